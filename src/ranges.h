/*
 * um_ranges_next, for whoever walks lists of short ranges, where a call for each would cost more than copying it.
 */
#ifndef USERMEM_SRC_RANGES_H
#define USERMEM_SRC_RANGES_H

#include <usermem/ranges.h>

/* Drops n bytes of head, which has them, as the window has. */
static inline void umi_ranges_drop(struct um_ranges *ranges, uint64_t n)
{
	if (!um_addr_add(ranges->head.start, n, &ranges->head.start))
		ranges->head.start = um_addr_of(UINT64_MAX);
	ranges->head.length -= n;
	ranges->length -= n;
}

static inline bool umi_ranges_next(struct um_ranges *ranges, uint64_t most, struct um_range *piece)
{
	uint64_t n = ranges->length < most ? ranges->length : most;

	if (n == 0)
		return false;
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
