/*
 * A list of ranges, seen through a window and consumed from the front.
 *
 * A value over an array that the caller owns and keeps unchanged.  Empty means "no bytes left" and
 * nothing else: ranges of length 0 are passed over.  Making one checks nothing (law 1).  An address
 * that would pass 2^64 stays at UINT64_MAX; what is left of such a range fails its limit test, but for single bytes at
 * UINT64_MAX itself, where no space that we know of has memory.
 *
 * Thread safe (values), async-signal-safe.  Cost: linear in the ranges passed.  um_ranges_of,
 * um_ranges_from and um_ranges_limit are inline, and real symbols.
 */
#ifndef USERMEM_RANGES_H
#define USERMEM_RANGES_H

#include <usermem/addr.h>
#include <usermem/status.h>

UM_BEGIN_DECLS

struct um_ranges {
	struct um_range head; /* what is left of the current range: no offset is ever encoded */
	const struct um_range *rest;
	size_t rest_count;
	uint64_t length; /* bytes left in the window; never more than head and rest hold */
};

/* One range. */
inline struct um_ranges um_ranges_of(um_addr start, uint64_t length)
{
	struct um_ranges ranges = { { start, length }, NULL, 0, length };

	return ranges;
}

/*@ // The sum of the lengths, without saturation, for tests/proofs.  No length is negative: \max spares the induction.
    logic integer um_held{L}(struct um_range *array, integer count) =
      count <= 0 ? 0 : \max(0, array->length + um_held(array + 1, count - 1)); */

/* The whole array; the sum of the lengths saturates at UINT64_MAX.  array may be NULL where count is 0. */
inline struct um_ranges um_ranges_from(const struct um_range *array, size_t count)
{
	struct um_ranges ranges = { { { 0 }, 0 }, array, count, 0 };
	uint64_t length = 0;
	size_t i;

	/*@ loop invariant i <= count && length + um_held(array + i, count - i) == um_held(array, count);
	    loop assigns i, length;
	    loop variant count - i; */
	for (i = 0; i < count && array[i].length <= UINT64_MAX - length; i++)
		length += array[i].length;
	ranges.length = i < count ? UINT64_MAX : length;
	return ranges;
}

/* Takes the next piece: contiguous, at least 1 byte, at most `most`.  False, and *piece untouched, when the
 * list is empty or most is 0. */
bool um_ranges_next(struct um_ranges *ranges, uint64_t most, struct um_range *piece);

/* Cuts the window to `most` bytes; it only ever shrinks. */
inline void um_ranges_limit(struct um_ranges *ranges, uint64_t most)
{
	if (most < ranges->length)
		ranges->length = most;
}

/* Drops the first n bytes.  UM_WINDOW, and nothing moved, if there are fewer. */
UM_CHECKED enum um_status um_ranges_skip(struct um_ranges *ranges, uint64_t n);

UM_END_DECLS

#endif
