/* The suite's list of laws, and what its files share. */
#include "suite.h"

static const struct test_group *const groups[] = {
	&group_totals,
};

int conformance(struct stage *stage)
{
	return tap_run(stage, groups, sizeof groups / sizeof groups[0]);
}

const uint64_t wild_addresses[WILD_ADDRESSES] = {
	0, 1, 42, 4095, 0x7ffffffff000 - 1, 0x7ffffffff000, 0x800000000000, /* the ends of x86-64's user half */
	0x1000000000000, 0x4141414141414141, /* non-canonical */
	0x8000000000000000, 0xffff800000000000, 0xffffffff80000000, /* the kernel's */
	UINT64_MAX - 7, UINT64_MAX,
};

const size_t wild_lengths[WILD_LENGTHS] = {
	1, 2, 8, 4096, 0x7fffffff, 0x80000000, (size_t)1 << 63, SIZE_MAX / 2, SIZE_MAX - 1, SIZE_MAX,
};

/* Of period 251, a prime: no power of two away lies the same byte.  Never 0, so that no string ends by accident. */
unsigned char pattern(size_t offset)
{
	return (unsigned char)(1 + offset % 251);
}

void paint(struct stage *stage)
{
	size_t i;

	for (i = 0; i < stage->size; i++)
		stage->seen[i] = pattern(i);
}

bool painted(const struct stage *stage, size_t from, size_t until)
{
	size_t i;

	for (i = from; i < until; i++)
		if (stage->seen[i] != pattern(i))
			return false;
	return true;
}

bool same(const void *bytes, size_t n, unsigned char value)
{
	const unsigned char *byte = bytes;
	size_t i;

	for (i = 0; i < n; i++)
		if (byte[i] != value)
			return false;
	return true;
}
