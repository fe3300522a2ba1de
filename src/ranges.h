/*
 * um_ranges_next, for whoever walks lists of short ranges, where a call for each would cost more than copying it.
 */
#ifndef USERMEM_SRC_RANGES_H
#define USERMEM_SRC_RANGES_H

#include <usermem/ranges.h>

/* Of an inline function: where size counts it is called.  gcc knows by itself, and warns of the contradiction. */
#if defined __OPTIMIZE_SIZE__ && defined __clang__
#define UMI_ONE_COPY __attribute__((noinline))
#else
#define UMI_ONE_COPY
#endif

/* Drops n bytes of head, which has them, as the window has. */
inline void umi_ranges_drop(struct um_ranges *ranges, uint64_t n)
{
	um_addr start;

	if (!um_addr_add(ranges->head.start, n, &start))
		start = um_addr_of(UINT64_MAX);
	ranges->head.start = start;
	ranges->head.length -= n;
	ranges->length -= n;
}

UMI_ONE_COPY inline bool umi_ranges_next(struct um_ranges *ranges, uint64_t most, struct um_range *piece)
{
	uint64_t n = ranges->length < most ? ranges->length : most;

	if (n == 0)
		return false;
	/*@ loop invariant ranges->rest_count <= \at(ranges->rest_count, Pre);
	    loop invariant ranges->rest == \at(ranges->rest, Pre) + (\at(ranges->rest_count, Pre) - ranges->rest_count);
	    loop invariant ranges->rest_count == \at(ranges->rest_count, Pre) ? ranges->head == \at(ranges->head, Pre) :
	      \at(ranges->head.length, Pre) == 0 && ranges->head == ranges->rest[-1];
	    loop invariant ranges->head.length + um_held(ranges->rest, ranges->rest_count) ==
	      \at(ranges->head.length + um_held(ranges->rest, ranges->rest_count), Pre);
	    loop assigns ranges->head, ranges->rest, ranges->rest_count;
	    loop variant ranges->rest_count; */
	while (ranges->head.length == 0 && ranges->rest_count > 0) {
		ranges->head = *ranges->rest++;
		ranges->rest_count--;
	}
	if (n > ranges->head.length)
		n = ranges->head.length;
	piece->start = ranges->head.start;
	piece->length = n;
	umi_ranges_drop(ranges, n);
	return true;
}

#endif
