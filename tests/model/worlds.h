/* The worlds that there are. */
#ifndef USERMEM_TESTS_WORLDS_H
#define USERMEM_TESTS_WORLDS_H

#include "driver.h"

extern struct world world_bytes, world_self, world_remote, world_mm, world_guest, world_pagetable, world_corefile;

enum { WORLDS = 7 };
extern struct world *const worlds[WORLDS];

#endif
