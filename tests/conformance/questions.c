/* Check and populate: questions about memory, and what makes a retry worth while (laws 3, 5, 15, 25). */
#include "suite.h"

static void unknown_access_bits(struct stage *stage)
{
	struct um_range range = { stage->start, 8 };
	unsigned bit;

	for (bit = 8; bit != 0; bit <<= 1) {
		tap_case(bit, 0, 0);
		EXPECT_RESULT(um_check(stage->space, range, bit, 0), 0, UM_INVALID);
		EXPECT_RESULT(um_check(stage->space, range, bit | UM_READ, 0), 0, UM_INVALID);
		EXPECT_RESULT(um_populate(stage->space, range, bit | UM_READ, 0), 0, UM_INVALID);
		EXPECT_RESULT(um_visit(stage->space, um_ranges_of(range.start, 8), bit | UM_READ, 0, take_all, NULL), 0, UM_INVALID);
	}
	EXPECT_RESULT(um_populate(stage->space, range, 0, 0), 0, UM_INVALID);
	EXPECT_RESULT(um_populate(stage->space, range, UM_EXEC, 0), 0, UM_INVALID);
	EXPECT_RESULT(um_populate(stage->space, (struct um_range){ stage->start, 0 }, 0, 0), 0, UM_INVALID);
	EXPECT_RESULT(um_populate(stage->space, range, UM_READ, UM_NOFAULT), 0, UM_INVALID); /* to populate is to wait */
	EXPECT_RESULT(um_visit(stage->space, um_ranges_of(range.start, 8), 0, 0, take_all, NULL), 0, UM_INVALID);
	EXPECT_RESULT(um_visit(stage->space, um_ranges_of(range.start, 8), UM_EXEC, 0, take_all, NULL), 0, UM_INVALID);
}

static void a_check_of_access_0_asks_the_limits_alone(struct stage *stage)
{
	dig_any(stage);
	EXPECT_RESULT(um_check(stage->space, (struct um_range){ stage->start, stage->size }, 0, 0), stage->size, UM_OK);
	EXPECT_RESULT(um_check(stage->space, (struct um_range){ before_hole(stage, 8), 16 }, 0, 0), 16, UM_OK);
	EXPECT_RESULT(um_check(stage->space, (struct um_range){ um_addr_of(UINT64_MAX), 2 }, 0, 0), 0, UM_RANGE);
	EXPECT_RESULT(um_check(stage->space, (struct um_range){ stage->start, UINT64_MAX }, 0, 0),
	              stage->start.value <= 1 ? SIZE_MAX : 0, stage->start.value <= 1 ? UM_OK : UM_RANGE);
}

static void an_unpromised_check_is_refused(struct stage *stage)
{
	if (can(stage, UM_CAN_CHECK)) {
		tap_skip("the space promises um_check");
		return;
	}
	EXPECT_RESULT(um_check(stage->space, (struct um_range){ stage->start, 8 }, UM_READ, 0), 0, UM_UNSUPPORTED);
	EXPECT_RESULT(um_check(stage->space, (struct um_range){ um_addr_of(UINT64_MAX), 8 }, UM_READ, 0), 0, UM_UNSUPPORTED);
	EXPECT_RESULT(um_check(stage->space, (struct um_range){ stage->start, 0 }, UM_READ, 0), 0, UM_UNSUPPORTED);
}

/* What check says, the access does; to the byte. */
static void a_check_says_what_an_access_would(struct stage *stage)
{
	static const enum um_access accesses[] = { UM_READ, UM_WRITE };
	size_t kind, a, good;
	enum um_status says;

	if (!can(stage, UM_CAN_CHECK)) {
		tap_skip("the space does not promise um_check");
		return;
	}
	paint(stage);
	for (kind = 0; kind < HOLE_KINDS; kind++) {
		for (a = 0; a < 2; a++) {
			if (!dig(stage, (enum hole)kind, accesses[a], &says) || (accesses[a] == UM_WRITE && !can(stage, UM_CAN_WRITE)))
				continue;
			/* The list of mappings, which some hosts answer from, does not show where a file ends. */
			if (kind == HOLE_BUS)
				continue;
			for (good = 0; good < 4100; good += good < 3 ? 1 : 1024) {
				struct um_range range = { before_hole(stage, good), good };

				tap_case(kind, accesses[a], good);
				EXPECT_RESULT(um_check(stage->space, range, accesses[a], 0), good, UM_OK);
				range.length += 16;
				EXPECT_RESULT(um_check(stage->space, range, accesses[a], 0), good, says);
			}
		}
	}
	EXPECT(painted(stage, 0, stage->size));
}

static void a_check_of_both_stops_at_the_first_that_fails(struct stage *stage)
{
	struct um_range range = { before_hole(stage, 8), 16 };

	if (!can(stage, UM_CAN_CHECK | UM_CAN_WRITE) || !stage->dig(stage, HOLE_READ_ONLY)) {
		tap_skip("the space has no read-only memory to ask about");
		return;
	}
	EXPECT_RESULT(um_check(stage->space, range, UM_READ, 0), 16, UM_OK);
	EXPECT_RESULT(um_check(stage->space, range, UM_READ | UM_WRITE, 0), 8, UM_DENIED);
}

/* Changes no byte; done to the page or better: at least what comes before the hole's page. */
static void populate(struct stage *stage)
{
	static const enum um_access accesses[] = { UM_READ, UM_WRITE, UM_READ | UM_WRITE };
	bool own = stage->space->ops->size >= sizeof(struct um_space_ops) && stage->space->ops->populate != NULL;
	bool may_write = can(stage, UM_CAN_WRITE) && (can(stage, UM_CAN_ATOMIC) || own);
	enum um_status says = dig_any(stage);
	size_t a;

	paint(stage);
	for (a = 0; a < 3; a++) {
		struct um_range all = { stage->start, stage->size }, past = { before_hole(stage, 8), 16 };
		struct um_range odd = { at(stage, 4095), 2 };
		bool refused = accesses[a] & UM_WRITE && !may_write;

		/* A space around another has an op to ask the other by, and the other may have none. */
		if (accesses[a] & UM_WRITE && own && !can(stage, UM_CAN_ATOMIC))
			refused = um_populate(stage->space, all, accesses[a], 0).status == UM_UNSUPPORTED;
		tap_case(accesses[a], 0, 0);
		if (refused) {
			EXPECT_RESULT(um_populate(stage->space, all, accesses[a], 0), 0, UM_UNSUPPORTED);
			continue;
		}
		EXPECT_RESULT(um_populate(stage->space, all, accesses[a], 0), stage->size, UM_OK);
		EXPECT_RESULT(um_populate(stage->space, odd, accesses[a], 0), 2, UM_OK);
		EXPECT_RESULT(um_populate(stage->space, past, accesses[a], 0), 8, says);
	}
	EXPECT(painted(stage, 0, stage->size));
}

static const struct test tests[] = {
	{ "law 25: unknown access bits are UM_INVALID", unknown_access_bits },
	{ "law 3: a check of access 0 asks the limits alone", a_check_of_access_0_asks_the_limits_alone },
	{ "law 25: a check that is not promised is refused", an_unpromised_check_is_refused },
	{ "law 5: a check says what an access would", a_check_says_what_an_access_would },
	{ "law 14: a check of two accesses wants both", a_check_of_both_stops_at_the_first_that_fails },
	{ "law 15: populate makes pages present and changes no byte", populate },
};

const struct test_group group_questions = TEST_GROUP(tests);
