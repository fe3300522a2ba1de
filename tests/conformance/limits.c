/* Law 3: the limits of an address space, over a space that was narrowed for the test. */
#include "suite.h"

enum { MARGIN = 64, SPAN = 1024 }; /* the narrowed space: SPAN bytes, MARGIN behind the start */

static struct limits narrow_here(struct stage *stage)
{
	paint(stage);
	wipe(KERNEL_SIZE);
	return narrow(stage, at(stage, MARGIN), at(stage, MARGIN + SPAN - 1));
}

struct request {
	int64_t from;
	uint64_t n;
	bool within;
};

/* From the first byte of the narrowed space. */
static const struct request requests[] = {
	{ 0, 1, true }, { 0, SPAN, true }, { SPAN - 1, 1, true }, { 1, SPAN - 1, true }, { 500, 24, true },
	{ -1, 1, false }, { -1, 2, false }, { -8, SPAN, false }, { 0, SPAN + 1, false }, { 1, SPAN, false },
	{ SPAN - 1, 2, false }, { SPAN, 1, false }, { SPAN, SIZE_MAX, false }, { 0, SIZE_MAX, false },
	{ 0, SIZE_MAX / 2, false }, { SPAN - 1, SIZE_MAX - 4, false }, { -MARGIN, SPAN + 2 * MARGIN, false },
};
enum { REQUESTS = sizeof requests / sizeof requests[0] };

static void flat_calls(struct stage *stage)
{
	struct limits limits = narrow_here(stage);
	size_t i;

	for (i = 0; i < REQUESTS; i++) {
		um_addr addr = at(stage, (uint64_t)(MARGIN + requests[i].from));
		size_t n = requests[i].n, done = requests[i].within ? n : 0;
		enum um_status status = requests[i].within ? UM_OK : UM_RANGE;

		tap_case(i, n, 0);
		EXPECT_RESULT(um_copy_in(stage->space, kernel, addr, n, 0), done, status);
		EXPECT(equal(kernel, stage->seen + MARGIN + requests[i].from, done));
		EXPECT(same(kernel + done, 64, UNTOUCHED));
		wipe(done);
		EXPECT_RESULT(um_check(stage->space, (struct um_range){ addr, n }, 0, 0), done, status);
		EXPECT_RESULT(um_populate(stage->space, (struct um_range){ addr, n }, UM_READ, 0), done, status);
		if (!can(stage, UM_CAN_WRITE))
			continue;
		EXPECT_RESULT(um_copy_out(stage->space, addr, kernel, n, 0), done, status);
		EXPECT(same(stage->seen + MARGIN + requests[i].from, done, UNTOUCHED));
		EXPECT_RESULT(um_fill(stage->space, addr, 0, n, 0), done, status);
		EXPECT(same(stage->seen + MARGIN + requests[i].from, done, 0));
		EXPECT(painted(stage, 0, MARGIN) && painted(stage, MARGIN + SPAN, stage->size));
		paint(stage);
	}
	widen(stage, limits);
}

/* One past the end is legal for an empty range, as in Linux; wherever below it, too. */
static void empty_ranges(struct stage *stage)
{
	struct limits limits = narrow_here(stage);
	static const struct { uint64_t from; bool within; } table[] = {
		{ 0, true }, { MARGIN - 1, true }, { MARGIN, true }, { MARGIN + SPAN - 1, true }, { MARGIN + SPAN, true },
		{ MARGIN + SPAN + 1, false }, { MARGIN + SPAN + 4096, false },
	};
	size_t i;

	for (i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct um_range range = { at(stage, table[i].from), 0 };
		enum um_status status = table[i].within ? UM_OK : UM_RANGE;

		tap_case(i, 0, 0);
		EXPECT_RESULT(um_check(stage->space, range, 0, 0), 0, status);
		if (can(stage, UM_CAN_CHECK))
			EXPECT_RESULT(um_check(stage->space, range, UM_READ, 0), 0, status);
		EXPECT_RESULT(um_copy_in(stage->space, kernel, range.start, 0, 0), 0, UM_OK);
	}
	EXPECT_RESULT(um_check(stage->space, (struct um_range){ um_addr_of(0), 0 }, 0, 0), 0, UM_OK);
	widen(stage, limits);
	EXPECT_RESULT(um_check(stage->space, (struct um_range){ stage->space->last, 0 }, 0, 0), 0, UM_OK);
}

static void strings_meet_the_limit_at_its_byte(struct stage *stage)
{
	struct limits limits = narrow_here(stage);
	size_t k, limit;

	for (k = 0; k <= 70; k++) {
		um_addr addr = at(stage, MARGIN + SPAN - k);

		for (limit = k > 0 ? k - 1 : 0; limit <= k + 2; limit++) {
			bool too_long = limit <= k;

			tap_case(k, limit, 0);
			if (limit == 0)
				continue;
			wipe(80);
			EXPECT_RESULT(um_copy_string_in(stage->space, (char *)kernel, addr, limit, 0),
			              too_long ? limit - 1 : k, too_long ? UM_TOO_LONG : UM_RANGE);
			EXPECT_EQUAL(kernel[too_long ? limit - 1 : k], '\0');
			EXPECT(equal(kernel, stage->seen + MARGIN + SPAN - k, too_long ? limit - 1 : k));
			EXPECT(same(kernel + (too_long ? limit : k + 1), 4, UNTOUCHED));
		}
	}
	stage->seen[MARGIN + SPAN - 1] = '\0';
	EXPECT_RESULT(um_copy_string_in(stage->space, (char *)kernel, at(stage, MARGIN + SPAN - 5), SIZE_MAX, 0), 4, UM_OK);
	EXPECT_RESULT(um_copy_string_in(stage->space, (char *)kernel, at(stage, MARGIN - 1), 8, 0), 0, UM_RANGE);
	EXPECT_EQUAL(kernel[0], '\0');
	widen(stage, limits);
}

static void pieces_are_judged_when_reached(struct stage *stage)
{
	struct limits limits = narrow_here(stage);
	struct um_range array[3] = {
		{ at(stage, MARGIN + 8), 8 }, { at(stage, MARGIN + SPAN - 4), 8 }, { at(stage, MARGIN), 8 },
	};

	EXPECT_RESULT(um_copy_in_ranges(stage->space, kernel, 24, um_ranges_from(array, 3), 0), 8, UM_RANGE);
	EXPECT(equal(kernel, stage->seen + MARGIN + 8, 8) && same(kernel + 8, 24, UNTOUCHED));
	EXPECT_RESULT(um_copy_in_ranges(stage->space, kernel, 12, um_ranges_from(array, 3), 0), 12, UM_OK);
	EXPECT_RESULT(um_copy_in_ranges(stage->space, kernel, 8, um_ranges_from(array, 3), 0), 8, UM_OK);
	if (can(stage, UM_CAN_WRITE)) {
		wipe(24);
		EXPECT_RESULT(um_copy_out_ranges(stage->space, um_ranges_from(array, 3), kernel, 24, 0), 8, UM_RANGE);
		EXPECT(same(stage->seen + MARGIN + 8, 8, UNTOUCHED));
		EXPECT_RESULT(um_fill_ranges(stage->space, um_ranges_from(array, 3), 0, 24, 0), 8, UM_RANGE);
		EXPECT(same(stage->seen + MARGIN + 8, 8, 0));
		EXPECT(painted(stage, 0, MARGIN + 8) && painted(stage, MARGIN + 16, stage->size));
	}
	widen(stage, limits);
}

static void atomics_are_within_or_not(struct stage *stage)
{
	struct limits limits;
	static const uint8_t sizes[] = { 1, 2, 4, 8 };
	size_t i;

	if (!can(stage, UM_CAN_SINGLE)) {
		tap_skip("the space promises no single accesses");
		return;
	}
	limits = narrow(stage, at(stage, MARGIN + 4), at(stage, MARGIN + 11)); /* no 8 bytes at an aligned place */
	for (i = 0; i < sizeof sizes; i++) {
		struct um_atomic_access load = { .op = UM_LOAD, .size = sizes[i], .old = 7 };
		enum um_status status = sizes[i] == 8 ? UM_RANGE : UM_OK;

		tap_case(sizes[i], 0, 0);
		EXPECT_STATUS(um_atomic(stage->space, at(stage, MARGIN + (sizes[i] == 8 ? 0 : 4)), &load, 0), status);
		EXPECT_STATUS(um_atomic(stage->space, at(stage, MARGIN + 8), &load, 0), status);
		EXPECT_STATUS(um_atomic(stage->space, at(stage, MARGIN), &load, 0), UM_RANGE);
		EXPECT_STATUS(um_atomic(stage->space, at(stage, MARGIN + 16), &load, 0), UM_RANGE);
	}
	widen(stage, limits);
}

static void visits_end_at_the_limit(struct stage *stage)
{
	struct um_range array[3] = {
		{ at(stage, MARGIN + 8), 8 }, { at(stage, MARGIN + SPAN - 4), 8 }, { at(stage, MARGIN), 8 },
	};
	struct limits limits;

	if (!can(stage, UM_CAN_VISIT)) {
		tap_skip("the space shows nothing");
		return;
	}
	limits = narrow_here(stage);
	EXPECT_RESULT(um_visit(stage->space, um_ranges_from(array, 3), UM_READ, 0, take_all, NULL), 8, UM_RANGE);
	EXPECT_RESULT(um_visit(stage->space, um_ranges_from(array + 1, 2), UM_READ, 0, take_all, NULL), 0, UM_RANGE);
	EXPECT_RESULT(um_visit(stage->space, um_ranges_from(array, 1), UM_READ, 0, take_all, NULL), 8, UM_OK);
	widen(stage, limits);
}

/*
 * Bits that the machine ignores are taken for copies of the bit below them, in each kind of call.  These are below those that real
 * machines ignore, so that no processor does it instead of us.
 */
static void ignored_bits(struct stage *stage)
{
	uint64_t tag = (uint64_t)0x2a << 49;
	um_addr tagged = um_addr_of(stage->start.value | tag);
	struct um_atomic_access load = { .op = UM_LOAD, .size = 4 };

	if (stage->start.value + 2 * stage->size > (uint64_t)1 << 48) {
		tap_skip("the good bytes lie where ignored bits would be");
		return;
	}
	paint(stage);
	stage->seen[8] = '\0';
	wipe(16);
	EXPECT(um_copy_in(stage->space, kernel, tagged, 8, 0).status != UM_OK);
	stage->space->ignored = (uint64_t)0x7f << 49;
	EXPECT_RESULT(um_copy_in(stage->space, kernel, tagged, 8, 0), 8, UM_OK);
	EXPECT(equal(kernel, stage->seen, 8));
	EXPECT_RESULT(um_copy_string_in(stage->space, (char *)kernel, tagged, 16, 0), 8, UM_OK);
	EXPECT_RESULT(um_copy_in_ranges(stage->space, kernel, 8, um_ranges_of(tagged, 8), 0), 8, UM_OK);
	EXPECT_RESULT(um_check(stage->space, (struct um_range){ tagged, 8 }, 0, 0), 8, UM_OK);
	if (can(stage, UM_CAN_SINGLE))
		EXPECT_STATUS(um_atomic(stage->space, tagged, &load, 0), UM_OK);
	if (can(stage, UM_CAN_VISIT))
		EXPECT_RESULT(um_visit(stage->space, um_ranges_of(tagged, 8), UM_READ, 0, take_all, NULL), 8, UM_OK);
	if (can(stage, UM_CAN_WRITE)) {
		EXPECT_RESULT(um_copy_out(stage->space, tagged, "ABCDEFGH", 8, 0), 8, UM_OK);
		EXPECT(equal(stage->seen, "ABCDEFGH", 8));
	}
	stage->space->ignored = 0;
}

static const struct test tests[] = {
	{ "law 3: a flat call outside the limits does nothing", flat_calls },
	{ "law 3: an empty range may end one past the last byte", empty_ranges },
	{ "law 3: a string meets the limit at its byte", strings_meet_the_limit_at_its_byte },
	{ "law 3: pieces are judged when they are reached", pieces_are_judged_when_reached },
	{ "law 3: an atomic lies within the limits or is UM_RANGE", atomics_are_within_or_not },
	{ "law 3: a visit shows what is before the limit", visits_end_at_the_limit },
	{ "law 3: ignored address bits are resolved before the limits", ignored_bits },
};

const struct test_group group_limits = TEST_GROUP(tests);
