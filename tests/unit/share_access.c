/* What is done through a share: each way to write and to read, overlaps, ends, visits, shares of shares. */
#include "check.h"
#include <usermem/copy.h>
#include <usermem/cursor.h>
#include <usermem/spaces/share.h>

enum { SIZE = 64, RW = UM_READ | UM_WRITE };

static unsigned char memory[SIZE] __attribute__((aligned(8)));
static struct um_bytes bytes;
static struct um_owner owner;
static struct um_share share, other;

static int start(void **state)
{
	(void)state;
	pattern(memory, SIZE, 0);
	um_bytes_init(&bytes, memory, SIZE);
	owner = (struct um_owner){ 0 };
	um_owner_start(&owner, &bytes.space);
	um_share_init(&share);
	um_share_init(&other);
	return 0;
}

static void lend(struct um_share *to, unsigned access, uint64_t from, uint64_t length)
{
	struct um_range range = { um_addr_of(from), length };

	CHECK_STATUS(um_share_swap(to, &owner, access, &range), UM_OK);
}

static struct um_result put(struct um_share *to, uint64_t at, const void *src, size_t n)
{
	return um_copy_out(&to->space, um_addr_of(at), src, n, 0);
}

static struct um_result take(struct um_share *from, void *dst, uint64_t at, size_t n)
{
	return um_copy_in(&from->space, dst, um_addr_of(at), n, 0);
}

static struct um_result count(void *context, const struct um_block *blocks, size_t n)
{
	struct um_result all = { 0, UM_OK, UM_ONLY_SIDE };
	size_t i;

	for (i = 0; i < n; i++)
		all.done += blocks[i].length;
	++*(unsigned *)context;
	return all;
}

/* Tock's test 1. */
static void what_is_written_is_in_the_lenders_memory(void **state)
{
	unsigned char byte = 42;

	(void)state;
	lend(&share, RW, 16, 16);
	CHECK(put(&share, 0, &byte, 1), 1, UM_OK);
	byte = 100;
	CHECK(put(&share, 5, &byte, 1), 1, UM_OK);
	assert_true(memory[16] == 42 && memory[21] == 100);
	CHECK(take(&share, &byte, 0, 1), 1, UM_OK);
	assert_int_equal(byte, 42);
}

/* Tock's tests 8 to 13: of four bytes; no index and no length is more than a status. */
static void a_byte_past_the_end_is_a_status(void **state)
{
	static const unsigned char four[4] = { 10, 20, 30, 40 };
	unsigned char got[8];
	struct um_slice slice = um_slice_of(&share.space, um_addr_of(0), 4, 0);
	struct um_reader reader = um_slice_reader(&slice);

	(void)state;
	lend(&share, RW, 8, 4);
	CHECK(put(&share, 0, four, 4), 4, UM_OK);
	CHECK(take(&share, got, 0, 4), 4, UM_OK);
	assert_memory_equal(got, four, 4);
	CHECK(take(&share, got, 3, 1), 1, UM_OK);
	CHECK(take(&share, got, 4, 1), 0, UM_UNMAPPED);
	CHECK(take(&share, got, 100, 1), 0, UM_UNMAPPED);
	CHECK(take(&share, got, 2, 3), 2, UM_UNMAPPED);
	CHECK(put(&share, 2, "zzz", 3), 2, UM_UNMAPPED);
	assert_int_equal(memory[12], 1 + 12 * 7);
	CHECK(um_fill(&share.space, um_addr_of(2), 9, SIZE_MAX - 8, 0), 2, UM_UNMAPPED);
	CHECK(um_read(&reader, got, 8), 0, UM_WINDOW);
}

/* Inside the share, but past the last address outside: never reached by wrapping. */
static void an_address_that_would_wrap_in_the_lenders_space(void **state)
{
	unsigned char got[8];
	uint64_t at;

	(void)state;
	lend(&share, RW, 16, 16);
	for (at = UINT64_MAX; at > UINT64_MAX - 64; at--) {
		CHECK(take(&share, got, at, 1), 0, UM_UNMAPPED);
		CHECK(put(&share, at, got, 1), 0, UM_UNMAPPED);
		CHECK(um_check(&share.space, (struct um_range){ um_addr_of(at), 1 }, UM_READ, 0), 0, UM_UNMAPPED);
	}
	bytes.space.can &= ~(unsigned)UM_CAN_CHECK; /* else so much is not lent */
	lend(&share, RW, 0, UINT64_MAX);
	CHECK(take(&share, got, SIZE - 4, 8), 4, UM_UNMAPPED);
	CHECK(take(&share, got, UINT64_MAX, 1), 0, UM_UNMAPPED);
	CHECK(take(&share, got, UINT64_MAX - 1, 1), 0, UM_UNMAPPED);
}

/* Tock's tests 2 and 3, #2632. */
static void r27_overlapping_shares_see_each_others_writes(void **state)
{
	unsigned char byte = 10;

	(void)state;
	lend(&share, RW, 0, 16);
	lend(&other, RW, 0, 16);
	CHECK(put(&share, 3, &byte, 1), 1, UM_OK);
	CHECK(take(&other, &byte, 3, 1), 1, UM_OK);
	assert_int_equal(byte, 10);
	lend(&share, RW, 0, 4);
	lend(&other, UM_READ, 2, 4);
	byte = 55;
	CHECK(put(&share, 2, &byte, 1), 1, UM_OK);
	CHECK(take(&other, &byte, 0, 1), 1, UM_OK);
	assert_int_equal(byte, 55);
}

/* A copy between two shares of the same memory moves it as memmove does. */
static void a_copy_between_overlapping_shares(void **state)
{
	unsigned char before[SIZE];

	(void)state;
	memcpy(before, memory, SIZE);
	lend(&share, UM_READ, 0, 40);
	lend(&other, UM_WRITE, 8, 40);
	CHECK(um_copy(&other.space, um_addr_of(0), &share.space, um_addr_of(0), 40, 0), 40, UM_OK);
	assert_memory_equal(memory, before, 8);
	assert_memory_equal(memory + 8, before, 40);
	assert_memory_equal(memory + 48, before + 48, SIZE - 48);
	CHECK_RESULT(um_copy(&share.space, um_addr_of(0), &other.space, um_addr_of(0), 4, 0), 0, UM_DENIED, UM_FROM);
	CHECK_RESULT(um_copy(&other.space, um_addr_of(0), &share.space, um_addr_of(36), 8, 0), 4, UM_UNMAPPED, UM_FROM);
	CHECK_RESULT(um_copy(&other.space, um_addr_of(36), &share.space, um_addr_of(0), 8, 0), 4, UM_UNMAPPED, UM_TO);
}

/* Tock #2218, and its test 14: what was lent for reading may be a constant. */
static void r28_what_is_lent_for_reading_is_not_written(void **state)
{
	static const struct um_atomic_access writes[] = {
		{ UM_STORE, 1, 0, 0, 0 }, { UM_STORE, 8, 0, 0, 0 }, { UM_SWAP, 4, 0, 0, 0 }, { UM_CAS, 4, 0, 1, 0 }, { UM_CAS, 8, 0, 0, 0 },
		{ UM_ADD, 4, 0, 0, 0 }, { UM_AND, 4, ~(uint64_t)0, 0, 0 }, { UM_OR, 4, 0, 0, 0 }, { UM_XOR, 8, 0, 0, 0 },
	};
	const struct um_range list[2] = { { { 4 }, 4 }, { { 0 }, 4 } };
	unsigned char before[SIZE], byte;
	unsigned flags, calls = 0;
	size_t i;

	(void)state;
	memcpy(before, memory, SIZE);
	bytes.space.can |= UM_CAN_IGNORE_PERMS; /* there are none to ignore */
	lend(&share, UM_READ, 16, 16);
	for (flags = 0; flags <= (UM_IGNORE_PERMS | UM_NOFAULT); flags++) {
		struct um_space *space = &share.space;
		const um_addr at = { 0 };

		CHECK(um_copy_in(space, &byte, at, 1, flags), 1, UM_OK);
		CHECK(um_copy_out(space, at, "abc", 3, flags), 0, UM_DENIED);
		CHECK(um_fill(space, at, 0, 16, flags), 0, UM_DENIED);
		CHECK(um_copy_out_ranges(space, um_ranges_from(list, 2), "abcdefgh", 8, flags), 0, UM_DENIED);
		CHECK(um_fill_ranges(space, um_ranges_from(list, 2), 0, 8, flags), 0, UM_DENIED);
		CHECK(um_visit(space, um_ranges_from(list, 2), UM_WRITE, flags, count, &calls), 0, UM_DENIED);
		CHECK(um_visit(space, um_ranges_of(at, 8), RW, flags, count, &calls), 0, UM_DENIED);
		CHECK(um_check(space, (struct um_range){ at, 4 }, UM_WRITE, flags), 0, UM_DENIED);
		CHECK(um_check(space, (struct um_range){ at, 4 }, RW, flags), 0, UM_DENIED);
		CHECK(um_check(space, (struct um_range){ at, 4 }, UM_EXEC, flags), 0, UM_DENIED);
		if (!(flags & UM_NOFAULT))
			CHECK(um_populate(space, (struct um_range){ at, 4 }, UM_WRITE, flags), 0, UM_DENIED);
		for (i = 0; i < sizeof writes / sizeof writes[0]; i++) {
			struct um_atomic_access access = writes[i];

			access.old = 77;
			CHECK_STATUS(um_atomic(space, at, &access, flags), UM_DENIED);
			assert_int_equal(access.old, 77);
		}
		/* Past its end there is a hole, not something denied. */
		CHECK(um_copy_out(space, um_addr_of(16), "abc", 3, flags), 0, UM_UNMAPPED);
	}
	assert_int_equal(calls, 0);
	assert_memory_equal(memory, before, SIZE);
}

static void what_is_lent_for_writing_is_not_read(void **state)
{
	struct um_atomic_access load = { .op = UM_LOAD, .size = 4 }, add = { .op = UM_ADD, .size = 4 }, store = { .op = UM_STORE, .size = 4 };
	char got[4] = "abc";

	(void)state;
	lend(&share, UM_WRITE, 16, 16);
	CHECK(put(&share, 0, "x", 1), 1, UM_OK);
	CHECK(take(&share, got, 0, 1), 0, UM_DENIED);
	CHECK(um_copy_string_in(&share.space, got, um_addr_of(0), 4, 0), 0, UM_DENIED);
	CHECK_STATUS(um_atomic(&share.space, um_addr_of(0), &load, 0), UM_DENIED);
	CHECK_STATUS(um_atomic(&share.space, um_addr_of(0), &add, 0), UM_DENIED);
	CHECK_STATUS(um_atomic(&share.space, um_addr_of(0), &store, 0), UM_OK);
	assert_memory_equal(got, "\0bc", 4);
}

/* Law 8: also the address behind the share's own; before anything else is said of it (law 25). */
static void single_accesses_want_alignment_in_the_lenders_space(void **state)
{
	struct um_atomic_access load = { .op = UM_LOAD, .size = 4 }, store = { .op = UM_STORE, .size = 4 };

	(void)state;
	lend(&share, UM_READ, 18, 16);
	CHECK_STATUS(um_atomic(&share.space, um_addr_of(2), &load, 0), UM_MISALIGNED);
	CHECK_STATUS(um_atomic(&share.space, um_addr_of(4), &load, 0), UM_MISALIGNED);
	CHECK_STATUS(um_atomic(&share.space, um_addr_of(4), &store, 0), UM_MISALIGNED);
	lend(&share, UM_READ, 20, 14);
	CHECK_STATUS(um_atomic(&share.space, um_addr_of(4), &load, 0), UM_OK);
	CHECK_STATUS(um_atomic(&share.space, um_addr_of(12), &load, 0), UM_UNMAPPED); /* two bytes of it */
}

/* Law 10, where the end of the share is the hole, and the owner's memory goes on behind it. */
static void a_string_ends_with_the_share(void **state)
{
	char got[32];
	size_t length, limit;

	(void)state;
	memcpy(memory + 16, "abcdefghijklmno\0", 16);
	for (length = 1; length <= 15; length++) {
		lend(&share, UM_READ, 16, length);
		for (limit = 1; limit <= 20; limit++) {
			struct watched watched;
			struct um_space *space = watch(&watched, &share.space);

			memset(got, '#', sizeof got);
			if (limit <= length) {
				CHECK(um_copy_string_in(space, got, um_addr_of(0), limit, 0), limit - 1, UM_TOO_LONG);
				assert_true(memcmp(got, memory + 16, limit - 1) == 0 && got[limit - 1] == 0 && got[limit] == '#');
			} else {
				CHECK(um_copy_string_in(space, got, um_addr_of(0), limit, 0), length, UM_UNMAPPED);
				assert_true(memcmp(got, memory + 16, length) == 0 && got[length] == 0 && got[length + 1] == '#');
			}
			assert_single_fetch(&watched);
		}
	}
	lend(&share, UM_READ, 16, 16);
	CHECK(um_copy_string_in(&share.space, got, um_addr_of(2), 32, 0), 13, UM_OK);
	assert_string_equal(got, "cdefghijklmno");
}

/* ---------------------------------------------------------------- visits */

struct plot { /* a visitor that does something to what it visits */
	void (*at_first)(void);
	unsigned calls;
	unsigned char sum;
};

static struct um_result act(void *context, const struct um_block *blocks, size_t n)
{
	struct plot *plot = context;
	struct um_result all = { 0, UM_OK, UM_ONLY_SIDE };
	size_t i;

	if (plot->calls++ == 0 && plot->at_first)
		plot->at_first();
	for (i = 0; i < n; i++) {
		plot->sum = (unsigned char)(plot->sum + *(unsigned char *)blocks[i].ptr);
		all.done += blocks[i].length;
	}
	return all;
}

static void end_the_owner(void)
{
	um_owner_end(&owner);
}

static void swap_for_another(void)
{
	lend(&share, UM_READ, 48, 16);
}

/* Twenty pieces of one byte: sixteen are shown, then four. */
static struct um_result visit_twenty(struct plot *plot)
{
	struct um_range list[20];
	size_t i;

	for (i = 0; i < 20; i++)
		list[i] = (struct um_range){ um_addr_of(0), 1 };
	return um_visit(&share.space, um_ranges_from(list, 20), UM_READ, 0, act, plot);
}

static void an_owner_that_ends_within_a_visit(void **state)
{
	struct plot plot = { end_the_owner, 0, 0 };

	(void)state;
	memory[16] = 1;
	lend(&share, UM_READ, 16, 16);
	CHECK(visit_twenty(&plot), 16, UM_GONE);
	assert_true(plot.sum == 16 && plot.calls == 1);
}

static void a_swap_within_a_visit(void **state)
{
	struct plot plot = { swap_for_another, 0, 0 };

	(void)state;
	memory[16] = 1;
	memory[48] = 2;
	lend(&share, UM_READ, 16, 16);
	CHECK(visit_twenty(&plot), 20, UM_OK);
	assert_true(plot.sum == 16 * 1 + 4 * 2 && plot.calls == 2);
}

static void a_visit_ends_with_the_share(void **state)
{
	const struct um_range list[3] = { { { 4 }, 4 }, { { 14 }, 4 }, { { 0 }, 4 } };
	unsigned calls = 0;

	(void)state;
	lend(&share, UM_READ, 16, 16);
	CHECK(um_visit(&share.space, um_ranges_from(list, 3), UM_READ, 0, count, &calls), 6, UM_UNMAPPED);
	assert_int_equal(calls, 1);
	CHECK(um_visit(&share.space, um_ranges_of(um_addr_of(16), 4), UM_READ, 0, count, &calls), 0, UM_UNMAPPED);
	assert_int_equal(calls, 1);
}

/* ---------------------------------------------------------------- what is promised */

static void a_share_promises_what_the_lenders_space_does(void **state)
{
	struct um_range range = { { 0 }, 8 };
	unsigned all_of_it;
	uint8_t byte;

	(void)state;
	all_of_it = share.space.can;
	CHECK(um_copy_in(&share.space, &byte, um_addr_of(0), 1, UM_IGNORE_PERMS | UM_NOFAULT), 0, UM_UNMAPPED); /* not UM_UNSUPPORTED */
	lend(&share, UM_READ, 0, 8);
	CHECK(um_check(&share.space, (struct um_range){ { 0 }, 9 }, UM_READ, UM_NOFAULT), 8, UM_UNMAPPED);
	lend(&share, UM_READ, 0, 8);
	assert_int_equal(share.space.can, bytes.space.can);
	assert_int_equal(share.space.can & ~all_of_it, 0);
	bytes.space.can &= ~(unsigned)(UM_CAN_WRITE | UM_CAN_VISIT);
	CHECK_STATUS(um_share_swap(&share, &owner, RW, &range), UM_UNSUPPORTED);
	lend(&share, UM_READ, 0, 8);
	assert_int_equal(share.space.can, bytes.space.can);
	CHECK(put(&share, 0, "x", 1), 0, UM_UNSUPPORTED);
	lend(&share, 0, 0, 0);
	assert_int_equal(share.space.can, all_of_it);
}

static void a_share_of_a_share(void **state)
{
	struct um_owner inner = { 0 };
	struct um_range range = { um_addr_of(4), 8 };
	unsigned char got[8];

	(void)state;
	lend(&share, RW, 16, 16);
	um_owner_start(&inner, &share.space);
	CHECK_STATUS(um_share_swap(&other, &inner, RW, &range), UM_OK);
	CHECK(take(&other, got, 0, 8), 8, UM_OK);
	assert_memory_equal(got, memory + 20, 8);
	lend(&share, UM_READ, 16, 8); /* shorter, and not to be written any more */
	CHECK(take(&other, got, 0, 8), 4, UM_UNMAPPED);
	CHECK(put(&other, 0, got, 8), 0, UM_DENIED);
	range = (struct um_range){ um_addr_of(4), 8 };
	CHECK_STATUS(um_share_swap(&other, &inner, UM_READ, &range), UM_UNMAPPED);
	um_owner_end(&owner);
	CHECK(take(&other, got, 0, 8), 0, UM_GONE);
	assert_true(um_share_present(&other)); /* its own owner lives */
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup(name, start)
		TEST(what_is_written_is_in_the_lenders_memory),
		TEST(a_byte_past_the_end_is_a_status),
		TEST(an_address_that_would_wrap_in_the_lenders_space),
		TEST(r27_overlapping_shares_see_each_others_writes),
		TEST(a_copy_between_overlapping_shares),
		TEST(r28_what_is_lent_for_reading_is_not_written),
		TEST(what_is_lent_for_writing_is_not_read),
		TEST(single_accesses_want_alignment_in_the_lenders_space),
		TEST(a_string_ends_with_the_share),
		TEST(an_owner_that_ends_within_a_visit),
		TEST(a_swap_within_a_visit),
		TEST(a_visit_ends_with_the_share),
		TEST(a_share_promises_what_the_lenders_space_does),
		TEST(a_share_of_a_share),
	};

	return cmocka_run_group_tests_name("share_access", tests, NULL, NULL);
}
