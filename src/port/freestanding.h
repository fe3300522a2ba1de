/* What a kernel supplied, for those who ask; see port.h.  The assembly knows umi_user_end and umi_features. */
#ifndef USERMEM_PORT_FREESTANDING_H
#define USERMEM_PORT_FREESTANDING_H

#include <usermem/port.h>

/* Written by um_port_supply alone (law 18). */
extern uintptr_t umi_user_end __attribute__((visibility("hidden"))); /* behind the last address that programs may have; 0: nothing was supplied */
extern uint64_t umi_features __attribute__((visibility("hidden")));   /* enum um_port_features */
extern void (*umi_might_fault)(void) __attribute__((visibility("hidden")));

#endif
