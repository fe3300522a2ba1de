/* Forks of an mm: copy on write in both directions, over generations, beside visits; shared mappings. */
#include "check.h"
#include "../mm_kit.h"

enum { P = UM_MM_PAGE, RW = UM_READ | UM_WRITE, GENERATIONS = 4 };

static struct kit kit;
static struct um_mm mms[GENERATIONS];
static struct um_mm_view views[GENERATIONS];

static int begin(void **state)
{
	(void)state;
	assert_true(kit_open(&kit));
	CHECK_STATUS(um_mm_init(&mms[0], &kit.provider, um_pmap_software(), um_addr_of(0), um_addr_of(((uint64_t)1 << 40) - 1)), UM_OK);
	CHECK_STATUS(um_mm_view_open(&views[0], &mms[0]), UM_OK);
	return 0;
}

static void fork_of(size_t child, size_t parent)
{
	CHECK_STATUS(um_mm_fork(&mms[child], &mms[parent]), UM_OK);
	CHECK_STATUS(um_mm_view_open(&views[child], &mms[child]), UM_OK);
}

static void end_of(size_t which)
{
	um_close(&views[which].space);
	um_mm_end(&mms[which]);
}

static void map(uint64_t first, uint64_t count, unsigned access, unsigned flags)
{
	struct um_mapping mapping = { { um_addr_of(first * P), count * P }, access, RW, flags, NULL, 0 };

	CHECK_STATUS(um_mm_map(&mms[0], &mapping), UM_OK);
}

static unsigned get(size_t which, uint64_t addr)
{
	unsigned char byte;

	CHECK(um_copy_in(&views[which].space, &byte, um_addr_of(addr), 1, UM_IGNORE_PERMS), 1, UM_OK);
	return byte;
}

static void put(size_t which, uint64_t addr, unsigned char byte)
{
	CHECK(um_copy_out(&views[which].space, um_addr_of(addr), &byte, 1, UM_IGNORE_PERMS), 1, UM_OK);
}

/* ---------------------------------------------------------------- copy on write */

static void each_writes_to_its_own(void **state)
{
	(void)state;
	map(16, 4, RW, 0);
	put(0, 16 * P, 1);
	put(0, 17 * P, 2);
	fork_of(1, 0);
	assert_int_equal(kit.pages, 2); /* shared */
	assert_int_equal(get(1, 16 * P), 1);
	put(0, 16 * P, 10);
	assert_int_equal(get(1, 16 * P), 1);
	put(1, 17 * P, 20);
	assert_int_equal(get(0, 17 * P), 2);
	assert_int_equal(kit.pages, 4);
	put(1, 16 * P, 30); /* the last that has it writes to it as it is */
	assert_int_equal(kit.pages, 4);
	assert_int_equal(get(0, 16 * P), 10);
	assert_int_equal(get(1, 17 * P), 20);
	put(0, 18 * P, 3); /* came after the fork */
	assert_int_equal(get(1, 18 * P), 0);
	end_of(0);
	assert_int_equal(get(1, 16 * P), 30);
	assert_int_equal(get(1, 17 * P), 20);
	end_of(1);
	assert_true(kit_close(&kit));
}

/* Each generation has its own byte, in every order of writing. */
static void generations(void **state)
{
	size_t writer, i;

	(void)state;
	map(16, GENERATIONS, RW, 0);
	for (i = 0; i < GENERATIONS; i++)
		put(0, (16 + i) * P, 100);
	for (i = 1; i < GENERATIONS; i++)
		fork_of(i, i - 1);
	assert_int_equal(kit.pages, GENERATIONS);
	for (i = 0; i < GENERATIONS; i++) /* page i: by i first, then by those behind it, in a ring */
		for (writer = 0; writer < GENERATIONS; writer++) {
			size_t who = (i + writer) % GENERATIONS, other;

			put(who, (16 + i) * P, (unsigned char)who);
			for (other = 0; other < GENERATIONS; other++)
				assert_int_equal(get(other, (16 + i) * P), (other + GENERATIONS - i) % GENERATIONS <= writer ? other : 100);
		}
	assert_int_equal(kit.pages, GENERATIONS * GENERATIONS);
	end_of(1);
	end_of(0);
	assert_int_equal(get(2, 17 * P), 2);
	end_of(3);
	end_of(2);
	assert_true(kit_close(&kit));
}

/* What was protected at the fork, and is written to past that, is copied too. */
static void past_protections(void **state)
{
	(void)state;
	map(16, 1, RW, 0);
	put(0, 16 * P, 1);
	CHECK_STATUS(um_mm_protect(&mms[0], (struct um_range){ { 16 * P }, P }, 0), UM_OK);
	fork_of(1, 0);
	put(1, 16 * P, 2);
	assert_int_equal(get(0, 16 * P), 1);
	CHECK_STATUS(um_mm_protect(&mms[0], (struct um_range){ { 16 * P }, P }, RW), UM_OK);
	put(0, 16 * P, 3);
	assert_int_equal(get(1, 16 * P), 2);
	end_of(1);
	/* Shared again, and protected to and fro: still not to be written in place. */
	fork_of(1, 0);
	CHECK_STATUS(um_mm_protect(&mms[1], (struct um_range){ { 16 * P }, P }, UM_READ), UM_OK);
	CHECK_STATUS(um_mm_protect(&mms[1], (struct um_range){ { 16 * P }, P }, RW), UM_OK);
	put(1, 16 * P, 4);
	assert_int_equal(get(0, 16 * P), 3);
	end_of(1);
	end_of(0);
	assert_true(kit_close(&kit));
}

static void without_waiting_a_copy_on_write_would_fault(void **state)
{
	unsigned char byte = 9;

	(void)state;
	map(16, 1, RW, 0);
	put(0, 16 * P, 1);
	fork_of(1, 0);
	CHECK(um_copy_out(&views[0].space, um_addr_of(16 * P), &byte, 1, UM_NOFAULT), 0, UM_WOULD_FAULT);
	CHECK(um_copy_in(&views[0].space, &byte, um_addr_of(16 * P), 1, UM_NOFAULT), 1, UM_OK);
	CHECK(um_populate(&views[0].space, (struct um_range){ { 16 * P }, 1 }, UM_WRITE, 0), 1, UM_OK);
	CHECK(um_copy_out(&views[0].space, um_addr_of(16 * P), &byte, 1, UM_NOFAULT), 1, UM_OK);
	/* Nobody else has it: it is writable at once, without memory or waiting. */
	CHECK(um_copy_out(&views[1].space, um_addr_of(16 * P), &byte, 1, UM_NOFAULT), 1, UM_OK);
	end_of(0);
	end_of(1);
	assert_true(kit_close(&kit));
}

/* ---------------------------------------------------------------- shared mappings */

static void shared_pages_are_one(void **state)
{
	(void)state;
	map(16, 4, RW, UM_MAP_SHARED);
	put(0, 16 * P, 1);
	fork_of(1, 0);
	put(0, 16 * P, 2);
	assert_int_equal(get(1, 16 * P), 2);
	put(1, 17 * P, 3); /* made by the child */
	assert_int_equal(get(0, 17 * P), 3);
	fork_of(2, 1);
	put(2, 18 * P, 4);
	assert_int_equal(get(0, 18 * P), 4);
	assert_int_equal(kit.pages, 3);
	/* Cut, and in part unmapped: the same pages still. */
	CHECK_STATUS(um_mm_unmap(&mms[1], (struct um_range){ { 17 * P }, P }), UM_OK);
	put(1, 18 * P, 5);
	assert_int_equal(get(0, 18 * P), 5);
	assert_int_equal(get(2, 17 * P), 3);
	end_of(0);
	CHECK_STATUS(um_mm_unmap(&mms[2], (struct um_range){ { 16 * P }, 4 * P }), UM_OK);
	assert_int_equal(get(1, 16 * P), 2);
	end_of(2);
	assert_int_equal(get(1, 18 * P), 5);
	end_of(1);
	assert_true(kit_close(&kit));
}

/* ---------------------------------------------------------------- visits */

struct peek {
	void (*act)(void);
	unsigned char *seen;
	unsigned char write; /* 0: reads */
	unsigned before, after;
};

static struct um_result visitor(void *context, const struct um_block *blocks, size_t count)
{
	struct peek *peek = context;

	assert_int_equal(count, 1);
	peek->seen = blocks[0].ptr;
	peek->before = peek->seen[0];
	if (peek->act)
		peek->act();
	if (peek->write != 0)
		peek->seen[0] = peek->write;
	peek->after = peek->seen[0];
	return (struct um_result){ blocks[0].length, UM_OK, UM_ONLY_SIDE };
}

static void visit(size_t which, struct peek *peek)
{
	CHECK(um_visit(&views[which].space, um_ranges_of(um_addr_of(16 * P), 8), peek->write ? UM_WRITE : UM_READ, 0, visitor, peek), 8, UM_OK);
}

static void fork_it(void)
{
	fork_of(1, 0);
}

static void unmap_it(void)
{
	CHECK_STATUS(um_mm_unmap(&mms[0], (struct um_range){ { 16 * P }, P }), UM_OK);
}

static void write_to_parent(void)
{
	put(0, 16 * P, 77);
}

static void child_leaves_and_parent_writes(void)
{
	CHECK_STATUS(um_mm_unmap(&mms[1], (struct um_range){ { 16 * P }, P }), UM_OK);
	put(0, 16 * P, 66);
}

static void protect_to_and_fro(void)
{
	CHECK_STATUS(um_mm_protect(&mms[0], (struct um_range){ { 16 * P }, P }, UM_READ), UM_OK);
	CHECK_STATUS(um_mm_protect(&mms[0], (struct um_range){ { 16 * P }, P }, RW), UM_OK);
	put(0, 16 * P + 1, 88);
}

static void a_fork_under_a_visit_that_writes(void **state)
{
	struct peek peek = { fork_it, NULL, 5, 0, 0 };

	(void)state;
	map(16, 1, RW, 0);
	put(0, 16 * P, 1);
	visit(0, &peek);
	assert_int_equal(get(0, 16 * P), 5);
	assert_int_equal(get(1, 16 * P), 1);
	end_of(0);
	end_of(1);
	assert_true(kit_close(&kit));
}

static void unmapped_under_a_visit(void **state)
{
	struct peek peek = { unmap_it, NULL, 5, 0, 0 };

	(void)state;
	map(16, 1, RW, 0);
	put(0, 16 * P, 1);
	visit(0, &peek);
	assert_int_equal(peek.after, 5);
	assert_int_equal(kit.pages, 0); /* the visit's end freed it */
	end_of(0);
	assert_true(kit_close(&kit));
}

static void a_visit_that_writes_stays_with_its_page(void **state)
{
	struct peek peek = { protect_to_and_fro, NULL, 5, 0, 0 };

	(void)state;
	map(16, 1, RW, 0);
	put(0, 16 * P, 1);
	visit(0, &peek);
	assert_int_equal(get(0, 16 * P), 5);
	assert_int_equal(get(0, 16 * P + 1), 88);
	end_of(0);
	assert_true(kit_close(&kit));
}

/* Whom a page was shared with must not be seen through it after one of them has left. */
static void a_visit_sees_no_other_space(void **state)
{
	struct peek peek = { child_leaves_and_parent_writes, NULL, 0, 0, 0 };

	(void)state;
	map(16, 1, RW, 0);
	put(0, 16 * P, 1);
	fork_of(1, 0);
	visit(1, &peek);
	assert_int_equal(peek.before, 1);
	assert_int_equal(peek.after, 1);
	assert_int_equal(get(0, 16 * P), 66);
	end_of(0);
	end_of(1);
	assert_true(kit_close(&kit));
}

static void a_visit_of_what_was_shared_shows_it_as_it_was(void **state)
{
	struct peek peek = { write_to_parent, NULL, 0, 0, 0 };

	(void)state;
	map(16, 1, RW, 0);
	put(0, 16 * P, 1);
	fork_of(1, 0);
	visit(0, &peek);
	assert_int_equal(peek.after, 1);
	assert_int_equal(get(0, 16 * P), 77);
	end_of(0);
	end_of(1);
	assert_true(kit_close(&kit));
}

/* A list of more pages than a visit shows at a time: each is let go when it was shown, also where the visitor has had enough. */
static struct um_result count_blocks(void *context, const struct um_block *blocks, size_t count)
{
	unsigned *calls = context;
	struct um_result took = { 0, UM_OK, UM_ONLY_SIDE };
	size_t i;

	for (i = 0; i < count; i++)
		took.done += blocks[i].length;
	if (++*calls == 3)
		took.done--;
	return took;
}

static void long_visits(void **state)
{
	unsigned calls = 0;

	(void)state;
	map(16, 64, RW, 0);
	CHECK(um_visit(&views[0].space, um_ranges_of(um_addr_of(16 * P + 1), 40 * P), UM_READ, 0, count_blocks, &calls), 40 * P - 1, UM_STOPPED);
	assert_int_equal(calls, 3);
	CHECK(um_visit(&views[0].space, um_ranges_of(um_addr_of(16 * P + 1), 64 * P), UM_WRITE, 0, count_blocks, &calls), 64 * P - 1, UM_UNMAPPED);
	CHECK_STATUS(um_mm_unmap(&mms[0], (struct um_range){ { 16 * P }, 64 * P }), UM_OK);
	assert_int_equal(kit.pages, 0);
	end_of(0);
	assert_true(kit_close(&kit));
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_writes_to_its_own),
		TEST(generations),
		TEST(past_protections),
		TEST(without_waiting_a_copy_on_write_would_fault),
		TEST(shared_pages_are_one),
		TEST(a_fork_under_a_visit_that_writes),
		TEST(unmapped_under_a_visit),
		TEST(a_visit_that_writes_stays_with_its_page),
		TEST(a_visit_sees_no_other_space),
		TEST(a_visit_of_what_was_shared_shows_it_as_it_was),
		TEST(long_visits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
