/* The adversary once more: what is fetched again by a retry, what is read ahead, and a witness for the witness. */
#include <usermem/copy.h>
#include <usermem/cursor.h>
#include <usermem/text.h>
#include "adversary.h"

/* ---------------------------------------------------------------- a retry (R5) */

enum { WHOLE = 300, SPLIT = 111 };

static struct um_reader reader_of(struct stage *stage, struct um_range array[2])
{
	struct um_slice slice;

	array[0] = (struct um_range){ at(stage, SOURCE + 400), SPLIT };
	array[1] = (struct um_range){ at(stage, SOURCE), WHOLE - SPLIT };
	slice = um_slice_from(&audit.space, um_ranges_from(array, 2), 0);
	return um_slice_reader(&slice);
}

static void a_retry_fetches_nothing_again(struct stage *stage)
{
	static const struct act act = { .name = "retry" };
	struct um_range array[2];
	uint64_t k;

	EXPECT(begin(stage, &act));
	for (k = 0; k < WHOLE; k++) {
		struct um_reader reader = reader_of(stage, array);
		struct um_result rest;

		tap_case(k, 0, 0);
		wipe(AREA);
		um_audit_call_begin(&audit, "retry");
		um_audit_fail_at(&audit, k, UM_NO_MEMORY);
		EXPECT_RESULT(um_read(&reader, kernel, WHOLE), k, UM_NO_MEMORY);
		um_audit_fail_at(&audit, 0, UM_OK);
		rest = um_read(&reader, kernel + k, WHOLE - k);
		EXPECT_RESULT(rest, WHOLE - k, UM_OK);
		EXPECT(equal(kernel, before + 400, SPLIT) && equal(kernel + SPLIT, before, WHOLE - SPLIT));
		expect_no_second_fetch();
	}
}

/* A string that a fault cut off goes on behind the fault. */
static void a_string_goes_on(struct stage *stage)
{
	static const struct act act = { .name = "string, retried" };
	uint64_t k;

	EXPECT(begin(stage, &act));
	stage->seen[SOURCE + 490 + 60] = '\0';
	for (k = 0; k <= 60; k++) {
		struct um_slice slice = um_slice_of(&audit.space, at(stage, SOURCE + 490), 100, 0);
		struct um_reader reader = um_slice_reader(&slice);

		tap_case(k, 0, 0);
		wipe(AREA);
		um_audit_call_begin(&audit, "string, retried");
		um_audit_fail_at(&audit, k, UM_NO_MEMORY);
		EXPECT_RESULT(um_read_string(&reader, (char *)kernel, 64), k, UM_NO_MEMORY);
		EXPECT_EQUAL(um_reader_left(&reader), 100 - k);
		um_audit_fail_at(&audit, 0, UM_OK);
		EXPECT_RESULT(um_read_string(&reader, (char *)kernel + k, 64 - k), 60 - k, UM_OK);
		EXPECT(equal(kernel, stage->seen + SOURCE + 490, 61));
		EXPECT_EQUAL(um_reader_left(&reader), 39);
		expect_no_second_fetch();
	}
}

/* Where both sides are the user's, up to 256 bytes beyond done are read again, and no more (law 9). */
static void a_copy_between_users_reads_little_again(struct stage *stage)
{
	static const struct act act = { .name = "copy, retried", .bounce = true };
	enum { N = 600 };
	uint64_t k;

	if (!can(stage, UM_CAN_WRITE)) {
		tap_skip("the space cannot be written");
		return;
	}
	EXPECT(begin(stage, &act));
	for (k = 0; k < 2 * N; k++) {
		struct um_result first, rest;
		bool complete = false;

		tap_case(k, 0, 0);
		__builtin_memset(stage->seen + DESTINATION, UNTOUCHED, AREA);
		um_audit_call_begin(&audit, "copy, retried");
		um_audit_fail_at(&audit, k, UM_NO_MEMORY);
		first = um_copy(&audit.space, at(stage, DESTINATION), &audit.space, at(stage, SOURCE + 200), N, 0);
		EXPECT_STATUS(first.status, UM_NO_MEMORY);
		EXPECT(first.side == UM_FROM || first.side == UM_TO);
		EXPECT(equal(stage->seen + DESTINATION, before + 200, first.done));
		EXPECT(same(stage->seen + DESTINATION + first.done, AREA - first.done, UNTOUCHED));
		um_audit_fail_at(&audit, 0, UM_OK);
		rest = um_copy(&audit.space, at(stage, DESTINATION + first.done), &audit.space, at(stage, SOURCE + 200 + first.done),
		               N - first.done, 0);
		EXPECT_RESULT(rest, N - first.done, UM_OK);
		EXPECT(equal(stage->seen + DESTINATION, before + 200, N));
		EXPECT(um_audit_call_end(&audit, &complete) <= 256 && complete);
	}
}

/* ---------------------------------------------------------------- what is read beyond what is asked */

/* Was any byte of the source area from `offset` on fetched? */
static bool fetched_from(struct stage *stage, uint64_t offset)
{
	struct um_range behind = { at(stage, SOURCE + offset), AREA - offset };
	size_t i;

	for (i = 0; i < audit.ledger_count; i++)
		if (um_range_overlaps(ledger[i].range, behind))
			return true;
	return false;
}

/* Behind a zero element, nothing past its page; behind a NUL, nothing past its aligned block where this processor
 * loads, nor past its page elsewhere (laws 10, 11). */
static void nothing_past_the_page(struct stage *stage)
{
	static const struct act act = { .name = "read ahead" };
	enum { PAGE_END = 4096 - SOURCE };
	size_t back, block = can(stage, UM_CAN_SINGLE) ? 64 : PAGE_END;

	EXPECT(begin(stage, &act));
	for (back = 1; back < 300; back++) { /* the zero byte lies so far before the page's end */
		size_t zero = PAGE_END - back;
		struct um_slice slice = um_slice_of(&audit.space, at(stage, SOURCE + 100), AREA - 100, 0);
		struct um_reader reader = um_slice_reader(&slice);

		tap_case(back, 0, 0);
		stage->seen[SOURCE + zero] = 0;
		um_audit_call_begin(&audit, "terminated array");
		EXPECT_RESULT(um_copy_terminated_in(&audit.space, kernel, at(stage, SOURCE + 100), 1, AREA, 0), zero - 100, UM_OK);
		EXPECT(!fetched_from(stage, PAGE_END));
		um_audit_call_begin(&audit, "string of a cursor");
		EXPECT_RESULT(um_read_string(&reader, (char *)kernel, KERNEL_SIZE), zero - 100, UM_OK);
		EXPECT(!fetched_from(stage, (zero / block + 1) * block));
		stage->seen[SOURCE + zero] = 1;
	}
}

/* ---------------------------------------------------------------- atomics, and a witness for the witness */

static void an_atomic_is_done_or_not(struct stage *stage)
{
	static const enum um_atomic_op ops[] = { UM_LOAD, UM_STORE, UM_SWAP, UM_CAS, UM_ADD };
	static const struct act act = { .name = "atomic", .needs = UM_CAN_ATOMIC | UM_CAN_SINGLE | UM_CAN_WRITE };
	size_t i, k;

	if (!begin(stage, &act)) {
		tap_skip("the space promises no atomics");
		return;
	}
	for (i = 0; i < sizeof ops / sizeof ops[0]; i++) {
		for (k = 0; k < 8; k++) {
			struct um_atomic_access access = { .op = ops[i], .size = 8, .operand = 1, .old = 7 };

			tap_case(i, k, 0);
			um_audit_fail_at(&audit, k, UM_BUS);
			EXPECT_STATUS(um_atomic(&audit.space, at(stage, SOURCE), &access, 0), UM_BUS);
			EXPECT_EQUAL(access.old, 7);
			EXPECT(equal(stage->seen + SOURCE, before, AREA));
		}
	}
}

/* Measure it, then copy it: what every program of fifteen in the notes did. */
static struct um_result wrong_string(struct um_space *space, char *dst, um_addr src, size_t size)
{
	bool found = false;
	struct um_result length = um_find_byte(space, src, 0, size, &found, 0);

	if (length.status != UM_OK || !found)
		return length;
	return um_copy_in(space, dst, src, length.done + 1, 0);
}

static void a_double_fetch_is_caught(struct stage *stage)
{
	static const struct act act = { .name = "wrong" };
	struct change change = { stage, 1 };
	bool complete = false;
	um_addr src = at(stage, SOURCE + 17);

	EXPECT(begin(stage, &act));
	stage->seen[SOURCE + 17 + 9] = '\0';
	__builtin_memset(after, 'x', AREA);
	um_audit_call_begin(&audit, "wrong string");
	um_audit_between(&audit, make_change, &change);
	EXPECT_RESULT(wrong_string(&audit.space, (char *)kernel, src, 64), 10, UM_OK);
	um_audit_between(&audit, NULL, NULL);
	EXPECT_EQUAL(kernel[9], 'x'); /* the bug that it is: no NUL */
	EXPECT_EQUAL(um_audit_call_end(&audit, &complete), 10);
	EXPECT(complete);
	EXPECT_EQUAL(audit.note_count, 1);
	EXPECT(equal(notes[0].call, "wrong string", 13));
	EXPECT_EQUAL(notes[0].addr.value, src.value);
	EXPECT_EQUAL(notes[0].length, 10);
	EXPECT_EQUAL(notes[0].first, 0);
	EXPECT_EQUAL(notes[0].second, 1);
}

static const struct test tests[] = {
	{ "law 9: a retry fetches nothing again (R5)", a_retry_fetches_nothing_again },
	{ "law 10: a string goes on behind the fault (R5)", a_string_goes_on },
	{ "law 9: a copy between users reads at most 256 bytes again (R5)", a_copy_between_users_reads_little_again },
	{ "law 11: nothing past the page of what ends a list or a string", nothing_past_the_page },
	{ "law 16: an atomic is done, or nothing is", an_atomic_is_done_or_not },
	{ "law 9: a double fetch is caught, and told", a_double_fetch_is_caught },
};

const struct test_group group_retries = TEST_GROUP(tests);
