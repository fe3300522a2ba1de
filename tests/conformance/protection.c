/* Laws 14 and 15: direction, protection, and the flags about them. */
#include "suite.h"

static void reads_work_where_writes_do_not(struct stage *stage)
{
	if (!stage->dig(stage, HOLE_READ_ONLY)) {
		tap_skip("the space has no read-only memory");
		return;
	}
	paint(stage);
	EXPECT_RESULT(um_copy_in(stage->space, kernel, before_hole(stage, 8), 16, 0), 16, UM_OK);
	EXPECT(equal(kernel, stage->seen + stage->size - 8, 8));
	EXPECT_RESULT(um_copy_in_ranges(stage->space, kernel, 16, um_ranges_of(before_hole(stage, 8), 16), 0), 16, UM_OK);
	if (can(stage, UM_CAN_WRITE))
		EXPECT_RESULT(um_copy_out(stage->space, before_hole(stage, 8), kernel, 16, 0), 8, UM_DENIED);
}

/* R42: never demands to read what it only writes. */
static void writes_work_where_reads_may_not(struct stage *stage)
{
	if (!can(stage, UM_CAN_WRITE) || !stage->dig(stage, HOLE_WRITE_ONLY)) {
		tap_skip("the space has no write-only memory");
		return;
	}
	paint(stage);
	wipe(64);
	EXPECT_RESULT(um_copy_out(stage->space, before_hole(stage, 8), kernel, 64, 0), 64, UM_OK);
	EXPECT(same(stage->seen + stage->size - 8, 8, UNTOUCHED));
	EXPECT_RESULT(um_fill(stage->space, before_hole(stage, 8), 1, 64, 0), 64, UM_OK);
	EXPECT_RESULT(um_copy_out_ranges(stage->space, um_ranges_of(before_hole(stage, 8), 64), kernel, 64, 0), 64, UM_OK);
	if (can(stage, UM_CAN_PERMS))
		EXPECT_RESULT(um_copy_in(stage->space, kernel, before_hole(stage, 8), 16, 0), 8, UM_DENIED);
}

static void ignoring_protections(struct stage *stage)
{
	static const enum hole kinds[] = { HOLE_PROTECTED, HOLE_READ_ONLY, HOLE_WRITE_ONLY };
	size_t i;

	if (!can(stage, UM_CAN_IGNORE_PERMS)) {
		tap_skip("the space does not promise UM_IGNORE_PERMS");
		return;
	}
	for (i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		if (!stage->dig(stage, kinds[i]))
			continue;
		tap_case(kinds[i], 0, 0);
		paint(stage);
		EXPECT_RESULT(um_copy_in(stage->space, kernel, before_hole(stage, 8), 16, UM_IGNORE_PERMS), 16, UM_OK);
		EXPECT(equal(kernel, stage->seen + stage->size - 8, 8));
		if (!can(stage, UM_CAN_WRITE))
			continue;
		EXPECT_RESULT(um_copy_out(stage->space, before_hole(stage, 0), "past", 4, UM_IGNORE_PERMS), 4, UM_OK);
		EXPECT_RESULT(um_copy_in(stage->space, kernel, before_hole(stage, 0), 4, UM_IGNORE_PERMS), 4, UM_OK);
		EXPECT(equal(kernel, "past", 4));
	}
	if (stage->dig(stage, HOLE_UNMAPPED)) {
		paint(stage);
		EXPECT_RESULT(um_copy_in(stage->space, kernel, before_hole(stage, 8), 16, UM_IGNORE_PERMS), 8, UM_UNMAPPED);
	}
}

/* What is present is done; a hole stays what it was, or would have to be waited for. */
static void no_fault(struct stage *stage)
{
	enum um_status says;
	struct um_result result;

	if (!can(stage, UM_CAN_NOFAULT)) {
		tap_skip("the space does not promise UM_NOFAULT");
		return;
	}
	says = dig_any(stage);
	paint(stage);
	EXPECT_RESULT(um_populate(stage->space, (struct um_range){ before_hole(stage, 8), 8 }, UM_READ, 0), 8, UM_OK);
	EXPECT_RESULT(um_copy_in(stage->space, kernel, before_hole(stage, 8), 8, UM_NOFAULT), 8, UM_OK);
	result = um_copy_in(stage->space, kernel, before_hole(stage, 8), 16, UM_NOFAULT);
	EXPECT_EQUAL(result.done, 8);
	EXPECT(result.status == says || result.status == UM_WOULD_FAULT);
}

static const struct test tests[] = {
	{ "law 14: copying in never demands write permission", reads_work_where_writes_do_not },
	{ "law 14: copying out never demands read permission (R42)", writes_work_where_reads_may_not },
	{ "law 14: UM_IGNORE_PERMS passes protections, not holes", ignoring_protections },
	{ "law 15: UM_NOFAULT does what is present (R35)", no_fault },
};

const struct test_group group_protection = TEST_GROUP(tests);
