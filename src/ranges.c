/* A window on a list of ranges; the contract is in ranges.h. */
#include "ranges.h"

extern inline struct um_ranges um_ranges_of(um_addr start, uint64_t length);
extern inline struct um_ranges um_ranges_from(const struct um_range *array, size_t count);
extern inline void um_ranges_limit(struct um_ranges *ranges, uint64_t most);
extern inline void umi_ranges_drop(struct um_ranges *ranges, uint64_t n);
extern inline bool umi_ranges_next(struct um_ranges *ranges, uint64_t most, struct um_range *piece);

bool um_ranges_next(struct um_ranges *ranges, uint64_t most, struct um_range *piece)
{
	return umi_ranges_next(ranges, most, piece);
}

enum um_status um_ranges_skip(struct um_ranges *ranges, uint64_t n)
{
	struct um_range piece;

	if (n > ranges->length)
		return UM_WINDOW;
	/*@ loop invariant n <= \at(n, Pre) && ranges->length - n == \at(ranges->length - n, Pre);
	    loop invariant \valid_read(ranges->rest + (0 .. ranges->rest_count - 1));
	    loop invariant ranges->length <= ranges->head.length + um_held(ranges->rest, ranges->rest_count);
	    loop invariant ranges->head.length + um_held(ranges->rest, ranges->rest_count) - n ==
	      \at(ranges->head.length + um_held(ranges->rest, ranges->rest_count) - n, Pre);
	    loop assigns n, piece, *ranges;
	    loop variant n; */
	while (n > 0 && umi_ranges_next(ranges, n, &piece))
		n -= piece.length;
	return UM_OK;
}
