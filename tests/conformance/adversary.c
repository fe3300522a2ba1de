/*
 * The adversary: an audit around the stage's space makes a fault at each byte that a call touches, in turn, and
 * changes the user's memory between any two of its accesses (laws 5, 7 and 9).
 */
#include "adversary.h"

enum { SAMPLES = 48 };

struct um_audit audit;
struct um_audit_note notes[NOTES];
struct um_audit_entry ledger[LEDGER];

struct outcome {
	struct um_result result;
	uint64_t extras[EXTRAS];
	unsigned char kernel[AREA], destination[AREA];
};

static struct outcome clean, got, again;
unsigned char before[AREA], after[AREA];

bool begin(struct stage *stage, const struct act *act)
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

void expect_no_second_fetch(void)
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
		EXPECT_EQUAL(got.result.side, act->side);
		expect_prefix(act, (size_t)k);
	}
	um_audit_fail_at(&audit, 0, UM_OK);
	EXPECT(painted(stage, 0, SOURCE) && painted(stage, SOURCE + AREA, DESTINATION));
	EXPECT(painted(stage, DESTINATION + AREA, stage->size));
}

static void for_each_act(struct stage *stage, void (*make_trouble)(struct stage *stage, const struct act *act))
{
	static const struct act_table *const tables[] = { &acts_plain, &acts_held };
	size_t i, k;

	for (i = 0; i < 2; i++)
		for (k = 0; k < tables[i]->count; k++)
			if (begin(stage, &tables[i]->acts[k]))
				make_trouble(stage, &tables[i]->acts[k]);
}

static void a_fault_at_each_byte(struct stage *stage)
{
	for_each_act(stage, faults);
}

/* ---------------------------------------------------------------- a change between any two accesses */

void make_change(void *context, uint64_t access)
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

static void changes(struct stage *stage, const struct act *act)
{
	uint64_t access, accesses;

	run(stage, act, &clean);
	accesses = audit.accesses;
	expect_no_second_fetch();
	for (access = 1; access < accesses; access++)
		change_each_byte(stage, act, access);
}

static void a_change_between_any_two_accesses(struct stage *stage)
{
	for_each_act(stage, changes);
}

static const struct test tests[] = {
	{ "law 5: a fault at each byte in turn, of every call (R4)", a_fault_at_each_byte },
	{ "law 9: a change between any two accesses, of every call (R17)", a_change_between_any_two_accesses },
};

static const struct test_group group = TEST_GROUP(tests);
static const struct test_group *const groups[] = { &group, &group_retries };

int adversary(struct stage *stage)
{
	return tap_run(stage, groups, sizeof groups / sizeof groups[0]);
}
