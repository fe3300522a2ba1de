/*
 * Numbers in somebody's address space, never pointers.
 *
 * Total: every pair of 64-bit numbers is a legal (start, length), and every call here has an answer
 * for it (law 2).  Making a range checks nothing (law 1).  Thread safe, async-signal-safe; each is
 * inline and a real symbol.
 */
#ifndef USERMEM_ADDR_H
#define USERMEM_ADDR_H

#include <usermem/declare.h>

UM_BEGIN_DECLS

/* An address in somebody's memory.  A struct, so that it can be neither dereferenced nor compared nor
 * mixed with a length by accident.  It travels in one register, as the integer would. */
typedef struct um_addr {
	uint64_t value;
} um_addr;

struct um_range {
	um_addr start;
	uint64_t length;
};

inline um_addr um_addr_of(uint64_t value)
{
	um_addr addr = { value };
	return addr;
}

/* *sum = addr + n.  False, and *sum untouched, if that wraps. */
inline bool um_addr_add(um_addr addr, uint64_t n, um_addr *sum)
{
	if (n > UINT64_MAX - addr.value)
		return false;
	sum->value = addr.value + n;
	return true;
}

/* Is addr a multiple of alignment?  No address is a multiple of 0. */
inline bool um_addr_aligned(um_addr addr, uint64_t alignment)
{
	return alignment != 0 && addr.value % alignment == 0;
}

/* Law 3: may the range be touched where first and last are the lowest and the highest legal byte?
 * start + length is never computed.  An empty range may lie anywhere up to one past last (as Linux's
 * access_ok has it), so also below first. */
inline bool um_range_within(struct um_range range, um_addr first, um_addr last)
{
	uint64_t start = range.start.value;

	if (range.length == 0)
		return start == 0 || start - 1 <= last.value;
	return first.value <= start && start <= last.value && range.length - 1 <= last.value - start;
}

/* Of a range that wraps, the bytes below 2^64 count. */
bool um_range_overlaps(struct um_range a, struct um_range b);

/* The bytes that are in both; length 0 where there are none.  Never wraps. */
struct um_range um_range_intersect(struct um_range a, struct um_range b);

UM_END_DECLS

#endif
