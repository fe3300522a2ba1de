/*
 * The adversary: an audit around the stage's space makes a fault at each byte that a call touches, in turn, and
 * changes the user's memory between any two of its accesses (laws 5, 7 and 9).
 */
#include <usermem/copy.h>
#include <usermem/cursor.h>
#include <usermem/spaces/audit.h>
#include "acts.h"

enum { NOTES = 4, LEDGER = 512, SAMPLES = 48 };

static struct um_audit audit;
static struct um_audit_note notes[NOTES];
static struct um_audit_entry ledger[LEDGER];

struct outcome {
	struct um_result result;
	uint64_t extras[EXTRAS];
	unsigned char kernel[AREA], destination[AREA];
};

static struct outcome clean, got, again;
static unsigned char before[AREA], after[AREA]; /* the source area, as it was and as it is changed to */

static bool begin(struct stage *stage, const struct act *act)
{
	if (!can(stage, act->needs))
		return false;
	tap_about(act->name);
	um_audit_init(&audit, stage->space, notes, NOTES, ledger, LEDGER);
	if (act->bounce)
		audit.space.can &= ~(unsigned)UM_CAN_VISIT;
	paint(stage);
	if (act->prepare != NULL)
		act->prepare(stage);
	__builtin_memcpy(before, stage->seen + SOURCE, AREA);
	return true;
}

/* Runs the call once, as one call of the audit, whose ledger is left to be read. */
static void run(struct stage *stage, const struct act *act, struct outcome *outcome)
{
	__builtin_memset(extras, 0x5a, sizeof extras);
	wipe(AREA);
	__builtin_memset(stage->seen + DESTINATION, UNTOUCHED, AREA);
	um_audit_call_begin(&audit, act->name);
	outcome->result = act->call(stage, &audit.space);
	__builtin_memcpy(outcome->extras, extras, sizeof extras);
	__builtin_memcpy(outcome->kernel, kernel, AREA);
	__builtin_memcpy(outcome->destination, stage->seen + DESTINATION, AREA);
}

static void expect_same(const struct outcome *a, const struct outcome *b)
{
	EXPECT_RESULT(a->result, b->result.done, b->result.status);
	EXPECT_EQUAL(a->result.side, b->result.side);
	EXPECT(equal(a->extras, b->extras, sizeof a->extras));
	EXPECT(equal(a->kernel, b->kernel, AREA));
	EXPECT(equal(a->destination, b->destination, AREA));
}

static void expect_no_second_fetch(void)
{
	bool complete = false;

	EXPECT_EQUAL(um_audit_call_end(&audit, &complete), 0);
	EXPECT(complete);
}

/* ---------------------------------------------------------------- a fault at each byte in turn */

/* What a call that failed has left behind: a true prefix of what it leaves when nothing fails. */
static void expect_prefix(const struct act *act, size_t touched)
{
	size_t done = got.result.done * act->unit;

	if (act->effect == EFFECT_OUT) {
		EXPECT(equal(got.destination, clean.destination, touched));
		EXPECT(same(got.destination + touched, AREA - touched, UNTOUCHED));
		EXPECT(same(got.kernel, AREA, UNTOUCHED));
		return;
	}
	EXPECT(same(got.destination, AREA, UNTOUCHED));
	EXPECT(equal(got.kernel, clean.kernel, done));
	if (act->effect == EFFECT_TEXT)
		EXPECT_EQUAL(got.kernel[done++], '\0');
	if (act->effect != EFFECT_OPEN)
		EXPECT(same(got.kernel + done, AREA - done, UNTOUCHED));
}

static void faults(struct stage *stage, const struct act *act)
{
	long k, total;

	run(stage, act, &clean);
	total = (long)audit.touched;
	EXPECT(clean.result.status == UM_OK || clean.result.status == UM_TOO_LONG);
	EXPECT(total > 0);
	for (k = 0; k < total; k++) {
		long done = act->done(k);

		tap_case((uint64_t)k, (uint64_t)total, 0);
		um_audit_fail_at(&audit, (uint64_t)k, UM_BUS);
		run(stage, act, &got);
		EXPECT(audit.touched == (uint64_t)k); /* nothing at or behind the fault */
		expect_no_second_fetch();
		EXPECT(equal(stage->seen + SOURCE, before, AREA));
		if (done == AS_CLEAN) {
			expect_same(&got, &clean);
			continue;
		}
		EXPECT_RESULT(got.result, done, UM_BUS);
		expect_prefix(act, (size_t)k);
	}
	um_audit_fail_at(&audit, 0, UM_OK);
	EXPECT(painted(stage, 0, SOURCE) && painted(stage, SOURCE + AREA, DESTINATION));
	EXPECT(painted(stage, DESTINATION + AREA, stage->size));
}

static void a_fault_at_each_byte(struct stage *stage)
{
	size_t i;

	for (i = 0; i < act_count; i++)
		if (begin(stage, &acts[i]))
			faults(stage, &acts[i]);
}

/* ---------------------------------------------------------------- a change between any two accesses */

struct change {
	struct stage *stage;
	uint64_t access; /* before this one */
};

static void make_change(void *context, uint64_t access)
{
	const struct change *change = context;

	if (access == change->access)
		__builtin_memcpy(change->stage->seen + SOURCE, after, AREA);
}

/* The source area as the call saw it: each byte as it was when it was fetched, which was once. */
static void freeze(struct stage *stage, uint64_t access, size_t entries)
{
	struct um_range area = { at(stage, SOURCE), AREA };
	size_t i;

	__builtin_memcpy(stage->seen + SOURCE, after, AREA);
	for (i = 0; i < entries; i++) {
		struct um_range part = um_range_intersect(ledger[i].range, area);
		size_t from = part.length != 0 ? part.start.value - area.start.value : 0;

		if (ledger[i].access < access)
			__builtin_memcpy(stage->seen + SOURCE + from, before + from, part.length);
	}
}

/* The outcome must be what a run over memory that nobody changes would have had. */
static void expect_as_of_frozen_memory(struct stage *stage, const struct act *act, uint64_t access)
{
	struct change change = { stage, access };
	size_t entries;
	bool complete = false;
	uint64_t twice;

	__builtin_memcpy(stage->seen + SOURCE, before, AREA);
	um_audit_between(&audit, make_change, &change);
	run(stage, act, &got);
	um_audit_between(&audit, NULL, NULL);
	entries = audit.ledger_count;
	twice = um_audit_call_end(&audit, &complete);
	EXPECT(complete);
	if (twice != 0) {
		EXPECT(act->follows_pointers);
		return;
	}
	freeze(stage, access, entries);
	run(stage, act, &again);
	expect_same(&got, &again);
}

static void change_each_byte(struct stage *stage, const struct act *act, uint64_t access)
{
	static const unsigned char values[] = { 0, 1, 0xff };
	size_t i;

	for (i = 0; i < sizeof values; i++) {
		tap_case(access, i, 0);
		__builtin_memset(after, values[i], AREA);
		expect_as_of_frozen_memory(stage, act, access);
	}
	for (i = 0; i < SAMPLES; i++) {
		size_t byte = (access * 7 + i * (AREA / SAMPLES) + i) % AREA;

		tap_case(access, byte, 1);
		__builtin_memcpy(after, before, AREA);
		after[byte] = (unsigned char)~after[byte];
		expect_as_of_frozen_memory(stage, act, access);
	}
}

static void a_change_between_any_two_accesses(struct stage *stage)
{
	uint64_t access, accesses;
	size_t i;

	for (i = 0; i < act_count; i++) {
		if (!begin(stage, &acts[i]))
			continue;
		run(stage, &acts[i], &clean);
		accesses = audit.accesses;
		expect_no_second_fetch();
		for (access = 1; access < accesses; access++)
			change_each_byte(stage, &acts[i], access);
	}
}

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
	{ "law 5: a fault at each byte in turn, of every call (R4)", a_fault_at_each_byte },
	{ "law 9: a change between any two accesses, of every call (R17)", a_change_between_any_two_accesses },
	{ "law 9: a retry fetches nothing again (R5)", a_retry_fetches_nothing_again },
	{ "law 10: a string goes on behind the fault (R5)", a_string_goes_on },
	{ "law 9: a copy between users reads at most 256 bytes again (R5)", a_copy_between_users_reads_little_again },
	{ "law 16: an atomic is done, or nothing is", an_atomic_is_done_or_not },
	{ "law 9: a double fetch is caught, and told", a_double_fetch_is_caught },
};

static const struct test_group group = TEST_GROUP(tests);
static const struct test_group *const groups[] = { &group };

int adversary(struct stage *stage)
{
	return tap_run(stage, groups, 1);
}
