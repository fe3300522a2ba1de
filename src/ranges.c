/* A window on a list of ranges; the contract is in ranges.h. */
#include <usermem/ranges.h>

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

struct um_ranges um_ranges_of(um_addr start, uint64_t length)
{
	struct um_ranges ranges = { { start, length }, NULL, 0, length };

	return ranges;
}

struct um_ranges um_ranges_from(const struct um_range *array, size_t count)
{
	struct um_ranges ranges = { { { 0 }, 0 }, array, count, 0 };
	size_t i;

	for (i = 0; i < count; i++)
		ranges.length += least(array[i].length, UINT64_MAX - ranges.length);
	return ranges;
}

/* Makes head a range with bytes in it.  The window is not empty. */
static void settle(struct um_ranges *ranges)
{
	while (ranges->head.length == 0 && ranges->rest_count > 0) {
		ranges->head = *ranges->rest++;
		ranges->rest_count--;
	}
}

/* Drops n bytes of head, which has them; the window has them too. */
static void advance(struct um_ranges *ranges, uint64_t n)
{
	if (!um_addr_add(ranges->head.start, n, &ranges->head.start))
		ranges->head.start = um_addr_of(UINT64_MAX);
	ranges->head.length -= n;
	ranges->length -= n;
}

bool um_ranges_next(struct um_ranges *ranges, uint64_t most, struct um_range *piece)
{
	if (ranges->length == 0 || most == 0)
		return false;
	settle(ranges);
	piece->start = ranges->head.start;
	piece->length = least(least(ranges->head.length, ranges->length), most);
	advance(ranges, piece->length);
	return true;
}

void um_ranges_limit(struct um_ranges *ranges, uint64_t most)
{
	ranges->length = least(ranges->length, most);
}

enum um_status um_ranges_skip(struct um_ranges *ranges, uint64_t n)
{
	struct um_range piece;

	if (n > ranges->length)
		return UM_WINDOW;
	while (n > 0 && um_ranges_next(ranges, n, &piece))
		n -= piece.length;
	return UM_OK;
}
