/* Laws 7, 9 and 12: structs that grow, and headers with bodies. */
#include <usermem/struct.h>
#include "suite.h"

enum { KNOWN = 24 }; /* the size of the kernel's struct */

/* The user's struct of n bytes at `from`: pattern up to `until`, zero behind. */
static um_addr put_struct(struct stage *stage, size_t from, size_t n, size_t until)
{
	size_t i;

	for (i = 0; i < n; i++)
		stage->seen[from + i] = i < until ? pattern(i) : 0;
	return at(stage, from);
}

/* R19 and Linux's copy_struct_from_user: each size, with the struct at and off a word. */
static void in_of_every_size(struct stage *stage)
{
	size_t n, off;

	for (n = 0; n <= 300; n++) {
		for (off = 0; off < 4; off++) {
			um_addr addr = put_struct(stage, 4000 + off, n, KNOWN);
			size_t both = n < KNOWN ? n : KNOWN;

			tap_case(n, off, 0);
			wipe(64);
			EXPECT_RESULT(um_copy_struct_in(stage->space, kernel, KNOWN, addr, n, 0), both, UM_OK);
			EXPECT(equal(kernel, stage->seen + 4000 + off, both) && same(kernel + both, KNOWN - both, 0));
			EXPECT(same(kernel + KNOWN, 40, UNTOUCHED));
		}
	}
}

/* Unknown fields that are not zero, wherever; decided before the destination is touched. */
static void in_with_unknown_fields(struct stage *stage)
{
	size_t n, bad;

	for (n = KNOWN + 1; n <= 600; n += n < 40 ? 1 : 71) {
		um_addr addr = put_struct(stage, 3900, n, KNOWN);

		for (bad = KNOWN; bad < n; bad++) {
			tap_case(n, bad, 0);
			stage->seen[3900 + bad] = 1;
			wipe(64);
			EXPECT_RESULT(um_copy_struct_in(stage->space, kernel, KNOWN, addr, n, 0), 0, UM_TOO_BIG);
			EXPECT(same(kernel, 64, UNTOUCHED));
			stage->seen[3900 + bad] = 0;
		}
	}
}

static void sizes_that_are_none(struct stage *stage)
{
	bool cut = true;

	wipe(64);
	paint(stage);
	EXPECT_RESULT(um_copy_struct_in(stage->space, kernel, KNOWN, stage->start, UM_STRUCT_MAX + 1, 0), 0, UM_TOO_BIG);
	EXPECT_RESULT(um_copy_struct_in(stage->space, kernel, KNOWN, stage->start, SIZE_MAX, 0), 0, UM_TOO_BIG);
	EXPECT_RESULT(um_copy_struct_in(stage->space, kernel, 0, stage->start, 8, 0), 0, UM_INVALID);
	EXPECT(same(kernel, 64, UNTOUCHED));
	if (!can(stage, UM_CAN_WRITE))
		return;
	EXPECT_RESULT(um_copy_struct_out(stage->space, stage->start, UM_STRUCT_MAX + 1, kernel, KNOWN, &cut, 0), 0, UM_TOO_BIG);
	EXPECT(!cut);
	EXPECT_RESULT(um_copy_struct_out(stage->space, stage->start, 8, kernel, 0, &cut, 0), 0, UM_INVALID);
	EXPECT(painted(stage, 0, stage->size));
}

static void in_beside_a_hole(struct stage *stage)
{
	enum um_status says = dig_any(stage);
	size_t good;

	for (good = 0; good < 60; good++) {
		um_addr addr = put_struct(stage, stage->size - good, good, KNOWN);

		tap_case(good, 0, 0);
		wipe(64);
		if (good < KNOWN)
			EXPECT_RESULT(um_copy_struct_in(stage->space, kernel, KNOWN, addr, KNOWN, 0), good, says);
		EXPECT(equal(kernel, stage->seen + stage->size - good, good < KNOWN ? good : 0));
		EXPECT(same(kernel + good, 64 - good, UNTOUCHED));
		wipe(64);
		EXPECT_RESULT(um_copy_struct_in(stage->space, kernel, KNOWN, addr, (good < KNOWN ? KNOWN : good) + 8, 0), 0, says);
		EXPECT(same(kernel, 64, UNTOUCHED));
		/* Unknown fields before the hole decide first. */
		if (good <= KNOWN)
			continue;
		stage->seen[stage->size - 1] = 1;
		EXPECT_RESULT(um_copy_struct_in(stage->space, kernel, KNOWN, addr, good + 8, 0), 0, UM_TOO_BIG);
	}
}

/* The mirror, which Linux shipped inverted: cut says whether something that was not zero was left out. */
static void out_of_every_size(struct stage *stage)
{
	size_t n, last, i;

	if (!can(stage, UM_CAN_WRITE)) {
		tap_skip("the space cannot be written");
		return;
	}
	for (n = 0; n <= 100; n++) {
		for (last = 0; last <= KNOWN; last++) { /* the kernel's bytes from `last` on are zero */
			size_t both = n < KNOWN ? n : KNOWN;
			bool cut = last <= n;

			tap_case(n, last, 0);
			paint(stage);
			for (i = 0; i < KNOWN; i++)
				kernel[i] = i < last ? (unsigned char)(i + 1) : 0;
			EXPECT_RESULT(um_copy_struct_out(stage->space, at(stage, 4001), n, kernel, KNOWN, &cut, 0), n, UM_OK);
			EXPECT_EQUAL(cut, n < last);
			EXPECT(equal(stage->seen + 4001, kernel, both) && same(stage->seen + 4001 + both, n - both, 0));
			EXPECT(painted(stage, 3900, 4001) && painted(stage, 4001 + n, 4200));
		}
	}
}

static void out_beside_a_hole(struct stage *stage)
{
	enum um_status says = dig_any(stage);
	size_t good;

	if (!can(stage, UM_CAN_WRITE)) {
		tap_skip("the space cannot be written");
		return;
	}
	for (good = 0; good < 60; good++) {
		size_t both = good < KNOWN ? good : KNOWN, from = stage->size - good;
		bool cut = true;

		tap_case(good, 0, 0);
		paint(stage);
		wipe(64);
		EXPECT_RESULT(um_copy_struct_out(stage->space, at(stage, from), 64, kernel, KNOWN, &cut, 0), good, says);
		EXPECT(!cut && same(stage->seen + from, both, UNTOUCHED) && same(stage->seen + from + both, good - both, 0));
		EXPECT(painted(stage, 0, from));
	}
}

/* What was judged is what is used: the header comes from the first fetch, whatever the user's memory says now. */
static void a_body_follows_its_header(struct stage *stage)
{
	enum um_status says = dig_any(stage);
	size_t n, good;

	for (n = 8; n < 300; n += n < 20 ? 1 : 57) {
		tap_case(n, 0, 0);
		paint(stage);
		wipe(512);
		EXPECT_RESULT(um_copy_body_in(stage->space, kernel, 300, "JUDGED##", 8, at(stage, 3990), n, 0), n, UM_OK);
		EXPECT(equal(kernel, "JUDGED##", 8) && equal(kernel + 8, stage->seen + 3998, n - 8));
		EXPECT(same(kernel + n, 64, UNTOUCHED));
	}
	wipe(64);
	EXPECT_RESULT(um_copy_body_in(stage->space, kernel, 64, "JUDGED##", 8, stage->start, 7, 0), 0, UM_INVALID);
	EXPECT_RESULT(um_copy_body_in(stage->space, kernel, 64, "JUDGED##", 8, stage->start, 65, 0), 0, UM_TOO_BIG);
	EXPECT(same(kernel, 64, UNTOUCHED));
	for (good = 8; good < 40; good++) {
		tap_case(good, 1, 0);
		wipe(64);
		EXPECT_RESULT(um_copy_body_in(stage->space, kernel, 64, "JUDGED##", 8, before_hole(stage, good), 48, 0), good, says);
		EXPECT(equal(kernel + 8, stage->seen + stage->size - good + 8, good - 8) && same(kernel + good, 64 - good, UNTOUCHED));
	}
}

static const struct test tests[] = {
	{ "law 12: a struct in, of every size (R19)", in_of_every_size },
	{ "law 12: unknown fields that are not zero (R19)", in_with_unknown_fields },
	{ "law 12: sizes that are none, or too many (R19)", sizes_that_are_none },
	{ "law 12: a struct in, beside a hole", in_beside_a_hole },
	{ "law 12: a struct out, of every size, and what was cut", out_of_every_size },
	{ "law 12: a struct out, beside a hole", out_beside_a_hole },
	{ "law 9: a body comes behind the header that was judged", a_body_follows_its_header },
};

const struct test_group group_structs = TEST_GROUP(tests);
