/* The suite's list of laws, and what its files share. */
#include "suite.h"

static const struct test_group *const groups[] = {
	&group_totals, &group_limits, &group_exact, &group_protection, &group_strings, &group_lists, &group_atomics,
	&group_questions, &group_visit, &group_copies, &group_structs, &group_arrays, &group_cursors,
	&group_typed,
};

int conformance(struct stage *stage)
{
	return tap_run(stage, groups, sizeof groups / sizeof groups[0]);
}

const uint64_t wild_addresses[WILD_ADDRESSES] = {
	0, 1, 42, 4095, 0x7ffffffff000, 0x800000000000, /* the end of x86-64's user half */
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

bool equal(const void *a, const void *b, size_t n)
{
	return __builtin_memcmp(a, b, n) == 0;
}

unsigned char kernel[KERNEL_SIZE] __attribute__((aligned(64)));

void wipe(size_t n)
{
	__builtin_memset(kernel, UNTOUCHED, n);
}

struct um_result take_all(void *context, const struct um_block *blocks, size_t count)
{
	struct um_result all = { 0, UM_OK, UM_ONLY_SIDE };
	size_t i;

	for (i = 0; i < count; i++)
		all.done += blocks[i].length;
	if (context != NULL)
		++*(unsigned *)context;
	return all;
}

bool dig(struct stage *stage, enum hole kind, enum um_access access, enum um_status *says)
{
	static const struct {
		enum um_status read, write; /* UM_OK: no hole */
	} says_of[HOLE_KINDS] = {
		[HOLE_UNMAPPED] = { UM_UNMAPPED, UM_UNMAPPED },
		[HOLE_PROTECTED] = { UM_DENIED, UM_DENIED },
		[HOLE_READ_ONLY] = { UM_OK, UM_DENIED },
		[HOLE_WRITE_ONLY] = { UM_DENIED, UM_OK },
		[HOLE_BUS] = { UM_BUS, UM_BUS },
	};

	*says = access == UM_READ ? says_of[kind].read : says_of[kind].write;
	if (*says == UM_OK || (kind == HOLE_WRITE_ONLY && access == UM_READ && !can(stage, UM_CAN_PERMS)))
		return false;
	return stage->dig(stage, kind);
}

enum um_status dig_any(struct stage *stage)
{
	if (stage->dig(stage, HOLE_UNMAPPED))
		return UM_UNMAPPED;
	return stage->dig(stage, HOLE_PROTECTED) ? UM_DENIED : UM_BUS;
}

struct limits narrow(struct stage *stage, um_addr first, um_addr last)
{
	struct limits limits = { stage->space->first, stage->space->last };

	stage->space->first = first;
	stage->space->last = last;
	return limits;
}

void widen(struct stage *stage, struct limits limits)
{
	stage->space->first = limits.first;
	stage->space->last = limits.last;
}
