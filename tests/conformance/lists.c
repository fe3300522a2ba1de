/* Lists of ranges through the space (laws 5, 11): pieces in any order, empty ones, windows, holes in the middle. */
#include "suite.h"

enum { MANY = 1024 };

static struct um_range many[MANY];

static struct um_range piece(struct stage *stage, uint64_t from, uint64_t n)
{
	return (struct um_range){ at(stage, from), n };
}

/* gVisor's CopyOutFrom and CopyInTo: ranges out of address order. */
static void out_of_address_order(struct stage *stage)
{
	struct um_range array[2] = { piece(stage, 4, 3), piece(stage, 1, 3) };
	struct um_ranges ranges = um_ranges_from(array, 2);

	__builtin_memcpy(stage->seen, "AfoobarH", 8);
	wipe(16);
	EXPECT_RESULT(um_copy_in_ranges(stage->space, kernel, 6, ranges, 0), 6, UM_OK);
	EXPECT(equal(kernel, "barfoo", 6) && same(kernel + 6, 10, UNTOUCHED));
	if (!can(stage, UM_CAN_WRITE))
		return;
	__builtin_memcpy(stage->seen, "ABCDEFGH", 8);
	EXPECT_RESULT(um_copy_out_ranges(stage->space, ranges, "barfoo", 6, 0), 6, UM_OK);
	EXPECT(equal(stage->seen, "AfoobarH", 8));
	EXPECT_RESULT(um_fill_ranges(stage->space, ranges, 'x', 5, 0), 5, UM_OK);
	EXPECT(equal(stage->seen, "AxxoxxxH", 8));
}

/* The shorter of the two: gVisor's IOSequence. */
static void the_shorter_of_buffer_and_ranges(struct stage *stage)
{
	struct um_range array[4] = { piece(stage, 0, 3), piece(stage, 9, 0), piece(stage, 8, 2), piece(stage, 100, 50) };
	struct um_ranges window = um_ranges_from(array, 4);

	paint(stage);
	wipe(64);
	EXPECT_RESULT(um_copy_in_ranges(stage->space, kernel, 2, window, 0), 2, UM_OK);
	EXPECT(same(kernel + 2, 62, UNTOUCHED));
	um_ranges_limit(&window, 4);
	EXPECT_RESULT(um_copy_in_ranges(stage->space, kernel, 64, window, 0), 4, UM_OK);
	EXPECT(equal(kernel, stage->seen, 3) && kernel[3] == pattern(8) && same(kernel + 4, 60, UNTOUCHED));
	EXPECT_STATUS(um_ranges_skip(&window, 2), UM_OK);
	wipe(64);
	EXPECT_RESULT(um_copy_in_ranges(stage->space, kernel, 64, window, 0), 2, UM_OK);
	EXPECT(kernel[0] == pattern(2) && kernel[1] == pattern(8) && same(kernel + 2, 62, UNTOUCHED));
	if (!can(stage, UM_CAN_WRITE))
		return;
	EXPECT_RESULT(um_copy_out_ranges(stage->space, window, "##########", 10, 0), 2, UM_OK);
	EXPECT_RESULT(um_fill_ranges(stage->space, window, '#', UINT64_MAX, 0), 2, UM_OK);
	EXPECT(stage->seen[2] == '#' && stage->seen[8] == '#');
	EXPECT(painted(stage, 0, 2) && painted(stage, 3, 8) && painted(stage, 9, 200));
}

/* Good, then cut by the hole, then good again: what is behind the hole is not reached. */
static void a_hole_in_the_middle(struct stage *stage, enum hole kind)
{
	enum um_status says;
	bool dug = false;
	size_t good;

	for (good = 0; good <= 20; good++) {
		struct um_range array[4] = { piece(stage, 40, 5), piece(stage, stage->size - good, good + 8), piece(stage, 7, 0),
		                             piece(stage, 80, 9) };
		struct um_ranges ranges = um_ranges_from(array, 4);
		size_t done = 5 + good;

		tap_case(good, 0, 0);
		paint(stage);
		wipe(64);
		if (dig(stage, kind, UM_READ, &says)) {
			dug = true;
			EXPECT_RESULT(um_copy_in_ranges(stage->space, kernel, 64, ranges, 0), done, says);
			EXPECT(equal(kernel, stage->seen + 40, 5) && equal(kernel + 5, stage->seen + stage->size - good, good));
			EXPECT(same(kernel + done, 64 - done, UNTOUCHED));
		}
		if (!can(stage, UM_CAN_WRITE) || !dig(stage, kind, UM_WRITE, &says))
			continue;
		dug = true;
		wipe(64);
		EXPECT_RESULT(um_copy_out_ranges(stage->space, ranges, kernel, 64, 0), done, says);
		EXPECT(same(stage->seen + 40, 5, UNTOUCHED) && same(stage->seen + stage->size - good, good, UNTOUCHED));
		EXPECT_RESULT(um_fill_ranges(stage->space, ranges, 1, 64, 0), done, says);
		EXPECT(same(stage->seen + 40, 5, 1) && same(stage->seen + stage->size - good, good, 1));
		EXPECT(painted(stage, 0, 40) && painted(stage, 45, stage->size - good));
	}
	if (!dug)
		tap_skip("the space cannot have such a hole");
}

static void unmapped(struct stage *stage) { a_hole_in_the_middle(stage, HOLE_UNMAPPED); }
static void protected(struct stage *stage) { a_hole_in_the_middle(stage, HOLE_PROTECTED); }
static void read_only(struct stage *stage) { a_hole_in_the_middle(stage, HOLE_READ_ONLY); }
static void bus(struct stage *stage) { a_hole_in_the_middle(stage, HOLE_BUS); }

/* As many as an iovec may have, one of them bad; each place of it. */
static void a_thousand_ranges(struct stage *stage)
{
	enum um_status says = dig_any(stage);
	size_t i, bad;

	paint(stage);
	for (i = 0; i < MANY; i++)
		many[i] = piece(stage, 7 * i, i % 5);
	wipe(4096);
	EXPECT_RESULT(um_copy_in_ranges(stage->space, kernel, 4096, um_ranges_from(many, MANY), 0), 2046, UM_OK);
	EXPECT(same(kernel + 2046, 64, UNTOUCHED));
	for (i = 0, bad = 0; i < MANY; bad += i++ % 5)
		if (!equal(kernel + bad, stage->seen + 7 * i, i % 5))
			EXPECT_EQUAL(i, MANY);
	for (bad = 1; bad < MANY; bad += 101) {
		struct um_range saved = many[bad];
		size_t before = 0;

		for (i = 0; i < bad; i++)
			before += i % 5;
		many[bad] = (struct um_range){ before_hole(stage, 0), 1 };
		tap_case(bad, before, 0);
		wipe(4096);
		EXPECT_RESULT(um_copy_in_ranges(stage->space, kernel, 4096, um_ranges_from(many, MANY), 0), before, says);
		EXPECT(same(kernel + before, 64, UNTOUCHED));
		if (can(stage, UM_CAN_WRITE))
			EXPECT_RESULT(um_copy_out_ranges(stage->space, um_ranges_from(many, MANY), kernel, 4096, 0), before, says);
		many[bad] = saved;
		paint(stage);
	}
}

/* Addresses that wrap, lengths that sum past 2^64: a status, after what was good. */
static void wild_pieces(struct stage *stage)
{
	struct um_range array[3] = { piece(stage, 0, 4), { { 0 }, SIZE_MAX }, piece(stage, 8, SIZE_MAX) };
	size_t i;

	paint(stage);
	dig_any(stage);
	for (i = 0; i < WILD_ADDRESSES; i++) {
		struct um_result result;

		array[1].start = um_addr_of(wild_addresses[i]);
		if (wild_addresses[i] - stage->start.value < 2 * stage->size)
			continue;
		tap_case(wild_addresses[i], 0, 0);
		wipe(16);
		result = um_copy_in_ranges(stage->space, kernel, SIZE_MAX, um_ranges_from(array, 3), 0);
		EXPECT_EQUAL(result.done, 4);
		EXPECT_EQUAL(um_errno(result.status), 14);
		EXPECT(same(kernel + 4, 12, UNTOUCHED));
	}
}

static const struct test tests[] = {
	{ "law 11: a list's pieces come in its order", out_of_address_order },
	{ "law 11: the shorter of buffer, ranges and window is done", the_shorter_of_buffer_and_ranges },
	{ "law 5: a list stops at a piece that is not mapped", unmapped },
	{ "law 5: a list stops at a piece that may not be accessed", protected },
	{ "law 5: a list stops at a piece that may only be read", read_only },
	{ "law 5: a list stops at the end of what backs a mapping", bus },
	{ "law 5: a thousand ranges, and a bad one among them", a_thousand_ranges },
	{ "law 2: a list of wild ranges is a status", wild_pieces },
};

const struct test_group group_lists = TEST_GROUP(tests);
