/* um_visit (laws 1, 5): blocks that are the ranges, in order, and visitors of every temper. */
#include "suite.h"

/* A visitor that copies what it is shown to kernel[], and stops as it is told. */
struct guest {
	size_t room;           /* takes no more than so many bytes in all */
	enum um_status status; /* and then says this */
	size_t taken;
	unsigned calls, blocks, most_blocks;
	bool empty_block;
};

static struct um_result visit(void *context, const struct um_block *blocks, size_t count)
{
	struct guest *guest = context;
	struct um_result result = { 0, UM_OK, UM_ONLY_SIDE };
	size_t i;

	guest->calls++;
	guest->blocks += (unsigned)count;
	if (count > guest->most_blocks)
		guest->most_blocks = (unsigned)count;
	for (i = 0; i < count; i++) {
		size_t left = guest->room - guest->taken, n = blocks[i].length < left ? blocks[i].length : left;

		guest->empty_block |= blocks[i].length == 0;
		__builtin_memcpy(kernel + guest->taken, blocks[i].ptr, n);
		guest->taken += n;
		result.done += n;
		if (n < blocks[i].length) {
			result.status = guest->status;
			break;
		}
	}
	return result;
}

static struct guest guest_with(size_t room, enum um_status status)
{
	return (struct guest){ .room = room, .status = status };
}

static bool shows(struct stage *stage)
{
	if (can(stage, UM_CAN_VISIT))
		return true;
	tap_skip("the space shows nothing");
	return false;
}

static void not_promised(struct stage *stage)
{
	struct guest guest = guest_with(8, UM_OK);

	if (can(stage, UM_CAN_VISIT)) {
		tap_skip("the space promises visits");
		return;
	}
	EXPECT_RESULT(um_visit(stage->space, um_ranges_of(stage->start, 8), UM_READ, 0, visit, &guest), 0, UM_UNSUPPORTED);
	EXPECT_RESULT(um_visit(stage->space, um_ranges_of(stage->start, 0), UM_READ, 0, visit, &guest), 0, UM_UNSUPPORTED);
	EXPECT_EQUAL(guest.calls, 0);
}

/* Ranges of every kind: several pages, single bytes, empty ones, out of order. */
static void blocks_are_the_ranges(struct stage *stage)
{
	struct um_range array[5] = {
		{ at(stage, 4090), 20 }, { at(stage, 7), 0 }, { at(stage, 3), 1 }, { at(stage, 8), 8192 }, { at(stage, 1), 2 },
	};
	struct guest guest = guest_with(KERNEL_SIZE, UM_OK);

	if (!shows(stage))
		return;
	paint(stage);
	EXPECT_RESULT(um_visit(stage->space, um_ranges_from(array, 5), UM_READ, 0, visit, &guest), 8215, UM_OK);
	EXPECT_EQUAL(guest.taken, 8215);
	EXPECT(equal(kernel, stage->seen + 4090, 20) && kernel[20] == stage->seen[3]);
	EXPECT(equal(kernel + 21, stage->seen + 8, 8192) && equal(kernel + 8213, stage->seen + 1, 2));
	EXPECT(!guest.empty_block && guest.most_blocks <= UM_VISIT_MAX);
}

static void more_ranges_than_blocks_at_a_time(struct stage *stage)
{
	struct um_range array[3 * UM_VISIT_MAX + 1];
	size_t count, i;

	if (!shows(stage))
		return;
	paint(stage);
	for (count = 1; count <= 3 * UM_VISIT_MAX + 1; count++) {
		struct guest guest = guest_with(KERNEL_SIZE, UM_OK);

		for (i = 0; i < count; i++)
			array[i] = (struct um_range){ at(stage, 100 * (count - i)), 3 };
		tap_case(count, 0, 0);
		EXPECT_RESULT(um_visit(stage->space, um_ranges_from(array, count), UM_READ, 0, visit, &guest), 3 * count, UM_OK);
		EXPECT_EQUAL(guest.blocks, count);
		EXPECT(guest.most_blocks <= UM_VISIT_MAX && !guest.empty_block);
		for (i = 0; i < count; i++)
			EXPECT(equal(kernel + 3 * i, stage->seen + 100 * (count - i), 3));
	}
}

/* Each number of bytes taken, of 40 in 20 ranges: the visit ends there, with UM_STOPPED or the visitor's own status. */
static void a_visitor_ends_the_visit(struct stage *stage)
{
	static const enum um_status statuses[] = { UM_OK, UM_NO_MEMORY, UM_INTERRUPTED };
	struct um_range array[20];
	size_t i, room, s;

	if (!shows(stage))
		return;
	paint(stage);
	for (i = 0; i < 20; i++)
		array[i] = (struct um_range){ at(stage, 10 * i), 2 };
	for (s = 0; s < 3; s++) {
		for (room = 0; room < 40; room++) {
			struct guest guest = guest_with(room, statuses[s]);

			tap_case(room, statuses[s], 0);
			EXPECT_RESULT(um_visit(stage->space, um_ranges_from(array, 20), UM_READ, 0, visit, &guest), room,
			              statuses[s] == UM_OK ? UM_STOPPED : statuses[s]);
			EXPECT_EQUAL(guest.calls, room < 2 * UM_VISIT_MAX ? 1 : 2);
		}
	}
}

static struct um_result greedy(void *context, const struct um_block *blocks, size_t count)
{
	(void)context;
	(void)blocks;
	(void)count;
	return (struct um_result){ SIZE_MAX, UM_OK, UM_ONLY_SIDE };
}

/* Takes one block less than shown, whole, and says which of its own sides failed. */
static struct um_result one_sided(void *context, const struct um_block *blocks, size_t count)
{
	(void)context;
	(void)count;
	return (struct um_result){ blocks[0].length, UM_BUS, UM_TO };
}

static void what_a_visitor_says_is_not_believed_too_far(struct stage *stage)
{
	struct um_range array[2] = { { at(stage, 0), 8 }, { at(stage, 16), 8 } };
	struct um_result result;

	if (!shows(stage))
		return;
	EXPECT_RESULT(um_visit(stage->space, um_ranges_from(array, 2), UM_READ, 0, greedy, NULL), 16, UM_OK);
	result = um_visit(stage->space, um_ranges_from(array, 2), UM_READ, 0, one_sided, NULL);
	EXPECT_RESULT(result, 8, UM_BUS);
	EXPECT_EQUAL(result.side, UM_TO);
}

static struct um_result scribble(void *context, const struct um_block *blocks, size_t count)
{
	struct um_result all = take_all(context, blocks, count);
	size_t i;

	for (i = 0; i < count; i++)
		__builtin_memset(blocks[i].ptr, '#', blocks[i].length);
	return all;
}

static void what_a_visitor_writes_is_written(struct stage *stage)
{
	struct um_range array[2] = { { at(stage, 4090), 20 }, { at(stage, 1), 2 } };

	if (!shows(stage))
		return;
	paint(stage);
	if (!can(stage, UM_CAN_WRITE)) {
		EXPECT_RESULT(um_visit(stage->space, um_ranges_from(array, 2), UM_WRITE, 0, scribble, NULL), 0, UM_UNSUPPORTED);
		return;
	}
	EXPECT_RESULT(um_visit(stage->space, um_ranges_from(array, 2), UM_WRITE, 0, scribble, NULL), 22, UM_OK);
	EXPECT(same(stage->seen + 4090, 20, '#') && same(stage->seen + 1, 2, '#'));
	EXPECT(painted(stage, 0, 1) && painted(stage, 3, 4090) && painted(stage, 4110, stage->size));
}

/* Where a block cannot fault, what is behind the hole is never shown; where it may, the one who touches it learns. */
static void a_hole_is_not_shown_as_memory(struct stage *stage)
{
	enum um_status says = dig_any(stage);
	struct um_range array[2] = { { before_hole(stage, 8), 16 }, { stage->start, 4 } };
	struct um_result result;
	unsigned calls = 0;

	if (!shows(stage))
		return;
	result = um_visit(stage->space, um_ranges_from(array, 2), UM_READ, 0, take_all, &calls);
	EXPECT((result.status == says && result.done == 8) || (result.status == UM_OK && result.done == 20));
}

static const struct test tests[] = {
	{ "law 25: a visit that is not promised is refused", not_promised },
	{ "law 1: the blocks of a visit are the ranges", blocks_are_the_ranges },
	{ "law 1: more ranges than a visitor takes at a time", more_ranges_than_blocks_at_a_time },
	{ "law 5: a visitor ends the visit where it stops", a_visitor_ends_the_visit },
	{ "law 5: more than was shown counts as all", what_a_visitor_says_is_not_believed_too_far },
	{ "law 1: what a visitor writes is written, and nothing else", what_a_visitor_writes_is_written },
	{ "law 5: a hole is not shown as memory", a_hole_is_not_shown_as_memory },
};

const struct test_group group_visit = TEST_GROUP(tests);
