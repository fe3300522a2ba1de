/* For tests of the freestanding core in a process: its trap handler is a signal's, and knows no more than a kernel's would. */
#ifndef USERMEM_TESTS_TRAP_H
#define USERMEM_TESTS_TRAP_H

#include <stdlib.h>
#include "arch/arch.h"
#include "context.h"

static uintptr_t trap_address; /* of the last fault, as the machine told it; UINTPTR_MAX: it told none */
static unsigned long traps;

static inline void trap(int signal, siginfo_t *info, void *context)
{
	struct um_fault fault = { .address = (uintptr_t)info->si_addr, .has_address = info->si_code != SI_KERNEL };

	fault.cause = signal == SIGBUS ? UM_BUS : info->si_code == SEGV_ACCERR ? UM_DENIED : UM_UNMAPPED;
	trap_address = fault.has_address ? fault.address : UINTPTR_MAX;
	traps++;
	umi_context_describe(context, &fault);
	if (!um_fault_resume(&fault))
		abort();
	umi_context_resume(context, &fault);
}

/* Takes the signals, and supplies a port whose programs have addresses up to user_last. */
static inline bool trap_supply(uintptr_t user_last, void (*might_fault)(void))
{
	struct um_port port = { .size = sizeof port, .user_last = user_last, .might_fault = might_fault };
	struct sigaction action = { .sa_sigaction = trap, .sa_flags = SA_SIGINFO };

	return sigaction(SIGSEGV, &action, NULL) == 0 && sigaction(SIGBUS, &action, NULL) == 0 && um_port_supply(&port) == UM_OK;
}

#endif
