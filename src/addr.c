/* Arithmetic on addresses; the contract is in addr.h. */
#include <usermem/addr.h>

extern inline um_addr um_addr_of(uint64_t value);
extern inline bool um_addr_add(um_addr addr, uint64_t n, um_addr *sum);
extern inline bool um_addr_aligned(um_addr addr, uint64_t alignment);
extern inline bool um_range_within(struct um_range range, um_addr first, um_addr last);

bool um_range_overlaps(struct um_range a, struct um_range b)
{
	return um_range_intersect(a, b).length != 0;
}

/* Bytes of range from `at`, which is not below its start, up to its end or 2^64. */
static uint64_t length_from(struct um_range range, uint64_t at)
{
	uint64_t skipped = at - range.start.value;
	uint64_t below_top = UINT64_MAX - at;
	uint64_t left;

	if (skipped >= range.length)
		return 0;
	left = range.length - skipped;
	return left - 1 <= below_top ? left : below_top + 1;
}

struct um_range um_range_intersect(struct um_range a, struct um_range b)
{
	uint64_t start = a.start.value > b.start.value ? a.start.value : b.start.value;
	uint64_t of_a = length_from(a, start);
	uint64_t of_b = length_from(b, start);
	struct um_range both = { um_addr_of(start), of_a < of_b ? of_a : of_b };

	return both;
}
