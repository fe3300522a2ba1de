/*
 * Every sequence of a few swaps, starts, ends and shrinks by two owners over one share, against a model that knows no
 * generations: it knows each instance by a number of its own, and each byte by where it is.
 */
#include "check.h"
#include "under.h"
#include <usermem/spaces/share.h>

enum { SIZE = 4, OWNERS = 2, INSTANCES = 8 };

/* ---------------------------------------------------------------- the world, and the model of it */

static unsigned char memory[INSTANCES][SIZE];
static struct um_bytes spaces[INSTANCES]; /* one for each instance that ever lives */

static struct world {
	struct um_owner owners[OWNERS];
	struct um_share share;
} world;

struct model {
	int instance[OWNERS]; /* that lives in each slot; -1: none */
	int instances;        /* that have been */
	int size[INSTANCES];  /* of its memory */
	int mark[INSTANCES];  /* high-water */
	int lender, slot;     /* the instance whose buffer is in the share, and its slot; -1: absent */
	int from, length;
	unsigned access;
	unsigned changes;
};

enum act { START, END, SHRINK, SWAP, ACTS };

struct step {
	enum act act;
	int owner, from, length;
	unsigned access;
};

/* Buffers that fit, that do not, that are empty, that wrap; taking back. */
static const struct step steps[] = {
	{ START, 0, 0, 0, 0 }, { START, 1, 0, 0, 0 }, { END, 0, 0, 0, 0 }, { END, 1, 0, 0, 0 }, { SHRINK, 0, 0, 2, 0 }, { SHRINK, 0, 0, 0, 0 },
	{ SWAP, 0, 0, 4, UM_READ }, { SWAP, 0, 1, 1, UM_READ | UM_WRITE }, { SWAP, 0, 3, 0, UM_WRITE }, { SWAP, 0, 0, 0, 0 },
	{ SWAP, 0, 2, 3, UM_READ }, { SWAP, 0, 1, -1, UM_READ }, { SWAP, 0, 0, 1, 0 }, { SWAP, 0, 0, 1, 8 },
	{ SWAP, 1, 0, 4, UM_READ | UM_WRITE }, { SWAP, 1, 2, 2, UM_WRITE }, { SWAP, 1, 0, 0, 0 },
};

static enum um_status model_swap(struct model *model, struct step step)
{
	int who = model->instance[step.owner];

	if (step.access > 3 || (step.access == 0 && step.length != 0))
		return UM_INVALID;
	if (who < 0)
		return UM_GONE;
	if (step.length < 0)
		return UM_RANGE;
	if (step.length > 0 && step.from + step.length > model->size[who])
		return UM_UNMAPPED;
	if (step.length > 0 && step.from + step.length > model->mark[who])
		model->mark[who] = step.from + step.length;
	model->lender = step.access == 0 ? -1 : who;
	model->slot = step.owner;
	model->from = step.from;
	model->length = step.length;
	model->access = step.access;
	model->changes++;
	return UM_OK;
}

static enum um_status model_byte(const struct model *model, int at, unsigned access)
{
	if (model->lender < 0)
		return UM_UNMAPPED;
	if (model->instance[model->slot] != model->lender)
		return UM_GONE;
	if (at >= model->length)
		return UM_UNMAPPED;
	if (!(model->access & access))
		return UM_DENIED;
	return model->from + at < model->size[model->lender] ? UM_OK : UM_UNMAPPED;
}

/* ---------------------------------------------------------------- one step of both */

static void swap(struct model *model, struct step step)
{
	struct um_range range = { um_addr_of((uint64_t)step.from), (uint64_t)(int64_t)step.length }, expected = range;
	struct model before = *model;
	enum um_status status = model_swap(model, step);

	if (status == UM_OK) {
		expected = (struct um_range){ um_addr_of(0), 0 };
		if (before.lender >= 0 && before.lender == model->instance[step.owner])
			expected = (struct um_range){ um_addr_of((uint64_t)before.from), (uint64_t)before.length };
	}
	CHECK_STATUS(um_share_swap(&world.share, &world.owners[step.owner], step.access, &range), status);
	assert_int_equal(range.start.value, expected.start.value);
	assert_int_equal(range.length, expected.length);
}

static void shrink(struct model *model, struct step step)
{
	int who = model->instance[step.owner];
	bool may = who < 0 || step.length >= model->mark[who];

	assert_int_equal(um_owner_may_shrink(&world.owners[step.owner], um_addr_of((uint64_t)step.length)), may);
	if (who >= 0) { /* a host that does not ask is survived too */
		model->size[who] = step.length;
		spaces[who].size = (size_t)step.length;
	}
}

static void act(struct model *model, struct step step)
{
	switch (step.act) {
	case START:
		um_bytes_init(&spaces[model->instances], memory[model->instances], SIZE);
		um_owner_start(&world.owners[step.owner], &spaces[model->instances].space);
		model->size[model->instances] = SIZE;
		model->mark[model->instances] = 0;
		model->instance[step.owner] = model->instances++;
		break;
	case END:
		um_owner_end(&world.owners[step.owner]);
		model->instance[step.owner] = -1;
		break;
	case SHRINK:
		shrink(model, step);
		break;
	default:
		swap(model, step);
	}
}

/* ---------------------------------------------------------------- all that can be seen of the share */

static void compare_reads(const struct model *model, int at)
{
	unsigned char got[SIZE];
	struct um_result result = um_copy_in(&world.share.space, got, um_addr_of((uint64_t)at), SIZE, 0);
	int done = 0;

	while (done < SIZE && model_byte(model, at + done, UM_READ) == UM_OK)
		done++;
	assert_int_equal(result.done, done);
	CHECK_STATUS(result.status, done == SIZE ? UM_OK : model_byte(model, at + done, UM_READ));
	if (done != 0)
		assert_memory_equal(got, memory[model->lender] + model->from + at, (size_t)done);
}

/* Each byte of memory has a value of its own; a write of one shows whether it went to the right one, and is undone. */
static void compare_writes(const struct model *model, int at)
{
	enum um_status status = model_byte(model, at, UM_WRITE);
	unsigned char *user = status == UM_OK ? &memory[model->lender][model->from + at] : NULL, was = user ? *user : 0, byte = 0xff;

	CHECK(um_copy_out(&world.share.space, um_addr_of((uint64_t)at), &byte, 1, 0), status == UM_OK, status);
	if (user) {
		assert_int_equal(*user, 0xff);
		*user = was;
	}
}

static void compare(const struct model *model)
{
	bool present = model->lender >= 0 && model->instance[model->slot] == model->lender;
	int at;

	for (at = 0; at <= SIZE; at++) {
		compare_reads(model, at);
		compare_writes(model, at);
	}
	assert_int_equal(um_share_present(&world.share), present);
	assert_int_equal(um_share_length(&world.share), present ? model->length : 0);
	assert_int_equal(world.share.changes, model->changes);
}

static unsigned sequences;

static void explore(const struct model *model, unsigned depth)
{
	const struct world here = world;
	size_t sizes[INSTANCES], i, step;

	sequences++;
	compare(model);
	if (depth == 0)
		return;
	for (i = 0; i < INSTANCES; i++)
		sizes[i] = spaces[i].size;
	for (step = 0; step < sizeof steps / sizeof steps[0]; step++) {
		struct model next = *model;

		act(&next, steps[step]);
		explore(&next, depth - 1);
		world = here;
		for (i = 0; i < INSTANCES; i++)
			spaces[i].size = sizes[i];
	}
}

static void every_sequence_of_steps(void **state)
{
	struct model model = { .instance = { -1, -1 }, .lender = -1 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof memory; i++)
		memory[i / SIZE][i % SIZE] = (unsigned char)i;
	um_share_init(&world.share);
	act(&model, steps[0]); /* one that lives, to begin with: nothing else is of interest before */
	explore(&model, under_valgrind() || under_tsan() || under_asan() ? 3 : 5);
	print_message("%u sequences\n", sequences);
	assert_true(sequences > 4000);
}

int main(void)
{
	static const struct CMUnitTest tests[] = { cmocka_unit_test(every_sequence_of_steps) };

	return cmocka_run_group_tests_name("share_model", tests, NULL, NULL);
}
