/*
 * For tests of guests: memory to lend them, chance, and a barrier that counts.
 */
#ifndef TESTS_GUEST_KIT_H
#define TESTS_GUEST_KIT_H

#include "check.h"
#include <sys/mman.h>
#include <usermem/spaces/guest.h>

enum { PAGE = UM_GUEST_PAGE, RW = UM_READ | UM_WRITE };

static inline unsigned char *memory_of(size_t size)
{
	unsigned char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	assert_ptr_not_equal(memory, MAP_FAILED);
	return memory;
}

static inline unsigned random_below(unsigned below)
{
	static uint64_t state = 7;

	state = state * 6364136223846793005 + 1442695040888963407;
	return (unsigned)(state >> 33) % below;
}

static unsigned barriers;
static inline void count_barrier(void)
{
	barriers++;
}

#endif
