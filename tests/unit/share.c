/*
 * Memory that is lent.  The cases R21 to R28, and what else a kernel that lends buffers learned from its users: each test
 * names where it comes from (Tock's numbers are of its issues).
 */
#include "check.h"
#include <sys/mman.h>
#include <usermem/cursor.h>
#include <usermem/spaces/self.h>
#include <usermem/spaces/share.h>

enum { SIZE = 64, RW = UM_READ | UM_WRITE };

static unsigned char memory[2][SIZE] __attribute__((aligned(8))); /* of two processes */
static struct um_bytes bytes[2];
static struct um_owner owners[2];
static struct um_share share, other;

static int start(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		pattern(memory[i], SIZE, (unsigned)(100 * i));
		um_bytes_init(&bytes[i], memory[i], SIZE);
		owners[i] = (struct um_owner){ 0 };
		um_owner_start(&owners[i], &bytes[i].space);
	}
	um_share_init(&share);
	um_share_init(&other);
	return 0;
}

static struct um_range range_of(uint64_t from, uint64_t length)
{
	return (struct um_range){ um_addr_of(from), length };
}

/* Lends, and demands to be given `before` back. */
static void lend(struct um_share *to, struct um_owner *owner, unsigned access, struct um_range range, struct um_range before)
{
	CHECK_STATUS(um_share_swap(to, owner, access, &range), UM_OK);
	assert_int_equal(range.start.value, before.start.value);
	assert_int_equal(range.length, before.length);
}

static const struct um_range nothing;

static void refuse(struct um_owner *owner, unsigned access, struct um_range range, enum um_status status)
{
	struct um_share was = share;
	struct um_owner owner_was = *owner;
	struct um_range passed = range;

	CHECK_STATUS(um_share_swap(&share, owner, access, &range), status);
	assert_memory_equal(&range, &passed, sizeof range);
	assert_memory_equal(&share, &was, sizeof share);
	assert_memory_equal(owner, &owner_was, sizeof *owner);
}

static struct um_result take(struct um_share *from, void *dst, uint64_t at, size_t n)
{
	return um_copy_in(&from->space, dst, um_addr_of(at), n, 0);
}

/* ---------------------------------------------------------------- lending and giving back */

static void r21_the_first_swap_returns_nothing_and_the_second_the_first(void **state)
{
	(void)state;
	lend(&share, &owners[0], RW, range_of(8, 16), nothing);
	lend(&share, &owners[0], UM_READ, range_of(40, 4), range_of(8, 16));
	lend(&share, &owners[0], RW, range_of(8, 16), range_of(40, 4));
	assert_int_equal(share.changes, 3);
	assert_int_equal(um_share_length(&share), 16);
}

static void r21_a_failed_swap_returns_what_was_passed(void **state)
{
	struct um_owner nobody = { 0 };
	unsigned bit;

	(void)state;
	lend(&share, &owners[0], UM_READ, range_of(8, 16), nothing);
	for (bit = UM_EXEC; bit != 0; bit <<= 1)
		refuse(&owners[0], bit | UM_READ, range_of(0, 4), UM_INVALID);
	refuse(&owners[0], 0, range_of(0, 4), UM_INVALID);
	refuse(&nobody, UM_READ, range_of(0, 4), UM_GONE);
	refuse(&nobody, UM_READ | UM_EXEC, range_of(0, 4), UM_INVALID); /* law 25 */
	um_owner_end(&owners[1]);
	refuse(&owners[1], UM_READ, range_of(0, 4), UM_GONE);
	refuse(&owners[1], 0, nothing, UM_GONE);
	refuse(&owners[0], UM_READ, range_of(8, UINT64_MAX), UM_RANGE);
	refuse(&owners[0], UM_READ, range_of(UINT64_MAX, 1), UM_RANGE);
	refuse(&owners[0], UM_READ, range_of(1, UINT64_MAX), UM_RANGE);
	refuse(&owners[0], UM_READ, range_of(UINT64_MAX, UINT64_MAX), UM_RANGE);
	refuse(&owners[0], UM_READ, range_of(0, UINT64_MAX), UM_UNMAPPED);
}

/* What one lends the other is not told, and gets nothing of. */
static void a_swap_returns_the_buffer_to_the_instance_that_lent_it_and_to_nobody_else(void **state)
{
	(void)state;
	lend(&share, &owners[0], RW, range_of(8, 16), nothing);
	lend(&share, &owners[1], RW, range_of(0, 4), nothing);
	lend(&share, &owners[0], RW, range_of(8, 8), nothing);
	um_owner_end(&owners[0]);
	um_owner_start(&owners[0], &bytes[0].space);
	lend(&share, &owners[0], RW, range_of(8, 4), nothing); /* the same slot */
	um_owner_start(&owners[0], &bytes[0].space); /* without an end in between, as by exec */
	lend(&share, &owners[0], RW, range_of(8, 2), nothing);
	um_owner_end(&owners[0]);
	lend(&share, &owners[1], RW, range_of(2, 2), nothing);
}

/* Tock #1905, #2906: a driver cannot hold on to what was taken back, whatever it had made of it. */
static void nothing_reaches_the_earlier_buffer_after_a_swap(void **state)
{
	struct um_slice slice = um_slice_of(&share.space, um_addr_of(0), 16, 0);
	struct um_writer writer = um_slice_writer(&slice);

	(void)state;
	lend(&share, &owners[0], RW, range_of(8, 16), nothing);
	CHECK(um_write(&writer, "ab", 2), 2, UM_OK);
	lend(&share, &owners[0], RW, range_of(32, 4), range_of(8, 16));
	CHECK(um_write(&writer, "cdef", 4), 2, UM_UNMAPPED);
	assert_memory_equal(memory[0] + 8, "ab", 2);
	assert_int_equal(memory[0][10], 1 + 10 * 7);
	assert_memory_equal(memory[0] + 34, "cd", 2);
	lend(&share, &owners[0], 0, nothing, range_of(32, 4));
	CHECK(um_write(&writer, "gh", 2), 0, UM_UNMAPPED);
}

/* Tock #3252, #3258. */
static void whether_it_was_swapped_since_can_be_asked(void **state)
{
	(void)state;
	assert_int_equal(share.changes, 0);
	lend(&share, &owners[0], RW, range_of(8, 16), nothing);
	refuse(&owners[0], RW, range_of(60, 8), UM_UNMAPPED);
	assert_int_equal(share.changes, 1);
	lend(&share, &owners[0], 0, nothing, range_of(8, 16));
	assert_int_equal(share.changes, 2);
}

/* ---------------------------------------------------------------- which memory may be lent */

/* Tock #1114. */
static void r22_what_the_process_cannot_access_is_not_lent(void **state)
{
	unsigned char *pages = mmap(NULL, 2 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t edge = (uintptr_t)pages + 4096;
	struct um_self self;

	(void)state;
	refuse(&owners[0], UM_READ, range_of(SIZE - 4, 8), UM_UNMAPPED);
	limit_bytes(&bytes[0], memory[0], SIZE, 8, 39); /* the kernel keeps the rest to itself */
	refuse(&owners[0], UM_READ, range_of(36, 8), UM_RANGE);
	refuse(&owners[0], UM_READ, range_of(40, 1), UM_RANGE);
	refuse(&owners[0], UM_READ, range_of(7, 4), UM_RANGE);
	lend(&share, &owners[0], UM_READ, range_of(8, 32), nothing);

	assert_int_equal(um_self_open(&self, um_addr_of(4096), um_addr_of(UM_SELF_LAST)), UM_OK);
	um_owner_start(&owners[1], &self.space);
	assert_int_equal(mprotect(pages + 4096, 4096, PROT_NONE), 0);
	refuse(&owners[1], UM_READ, range_of(edge - 8, 9), UM_DENIED);
	assert_int_equal(mprotect(pages + 4096, 4096, PROT_READ), 0);
	refuse(&owners[1], UM_WRITE, range_of(edge - 8, 9), UM_DENIED);
	refuse(&owners[1], RW, range_of(edge - 8, 9), UM_DENIED);
	lend(&share, &owners[1], UM_READ, range_of(edge - 8, 9), nothing);
	lend(&share, &owners[1], RW, range_of(edge - 8, 8), range_of(edge - 8, 9));
	um_close(&self.space);
	munmap(pages, 2 * 4096);
}

/* Where the space cannot tell, limits alone are judged, and the rest comes out at the access. */
static void a_space_without_um_check_judges_limits_alone(void **state)
{
	unsigned char got[8];

	(void)state;
	limit_bytes(&bytes[0], memory[0], SIZE, 0, 127);
	bytes[0].space.can &= ~(unsigned)UM_CAN_CHECK;
	lend(&share, &owners[0], UM_READ, range_of(SIZE - 4, 8), nothing);
	refuse(&owners[0], UM_READ, range_of(124, 8), UM_RANGE);
	CHECK(take(&share, got, 0, 8), 4, UM_UNMAPPED);
	assert_memory_equal(got, memory[0] + SIZE - 4, 4);
	CHECK(um_check(&share.space, range_of(0, 1), UM_READ, 0), 0, UM_UNSUPPORTED);
}

static void r25_memory_does_not_shrink_below_what_was_ever_lent(void **state)
{
	struct um_owner slot = { 0 };

	(void)state;
	assert_true(um_owner_may_shrink(&slot, um_addr_of(0)));
	um_owner_start(&slot, &bytes[0].space);
	assert_true(um_owner_may_shrink(&slot, um_addr_of(0)));
	lend(&share, &slot, UM_READ, range_of(8, 16), nothing);
	lend(&other, &slot, UM_READ, range_of(4, 4), nothing);
	assert_true(um_owner_may_shrink(&slot, um_addr_of(24)));
	assert_false(um_owner_may_shrink(&slot, um_addr_of(23)));
	lend(&share, &slot, 0, nothing, range_of(8, 16));
	lend(&share, &slot, UM_READ, range_of(60, 0), nothing); /* no byte of it was lent */
	refuse(&slot, UM_READ, range_of(60, 8), UM_UNMAPPED);
	assert_true(um_owner_may_shrink(&slot, um_addr_of(24)));
	assert_false(um_owner_may_shrink(&slot, um_addr_of(23))); /* given back, and still */
	um_owner_end(&slot);
	assert_true(um_owner_may_shrink(&slot, um_addr_of(0)));
	um_owner_start(&slot, &bytes[0].space);
	assert_true(um_owner_may_shrink(&slot, um_addr_of(0)));
}

/* Addresses with a tag count by where they lead; the owner gets them back with their tag. */
static void the_high_water_mark_knows_ignored_bits(void **state)
{
	const uint64_t tag = 0x5a00000000000000;
	unsigned char got[4];

	(void)state;
	bytes[0].space.ignored = 0x7f00000000000000;
	bytes[0].space.last = um_addr_of(0x007fffffffffffff);
	lend(&share, &owners[0], RW, range_of(tag + 8, 16), nothing);
	CHECK(take(&share, got, 12, 4), 4, UM_OK);
	assert_memory_equal(got, memory[0] + 20, 4);
	assert_false(um_owner_may_shrink(&owners[0], um_addr_of(23)));
	assert_true(um_owner_may_shrink(&owners[0], um_addr_of(24)));
	lend(&share, &owners[0], 0, nothing, range_of(tag + 8, 16));
}

/* ---------------------------------------------------------------- what is asked again at every access */

/* Tock #3007, #3031: a driver had looked at the length once. */
static void r23_a_buffer_that_was_shortened_is_short(void **state)
{
	unsigned char got[16];

	(void)state;
	lend(&share, &owners[0], UM_READ, range_of(8, 16), nothing);
	CHECK(take(&share, got, 0, 16), 16, UM_OK);
	lend(&share, &owners[0], UM_READ, range_of(8, 5), range_of(8, 16));
	assert_int_equal(um_share_length(&share), 5);
	CHECK(take(&share, got, 0, 16), 5, UM_UNMAPPED);
	CHECK(take(&share, got, 5, 1), 0, UM_UNMAPPED);
	/* And where the memory itself was, behind the owner's back. */
	bytes[0].size = 10;
	CHECK(take(&share, got, 0, 5), 2, UM_UNMAPPED);
}

/* Tock #1914, #1933: bound to the instance, not to the slot. */
static void r24_what_a_former_instance_lent_is_gone(void **state)
{
	unsigned char got[4], untouched[4] = "abc";

	(void)state;
	lend(&share, &owners[0], RW, range_of(8, 16), nothing);
	memcpy(got, untouched, 4);
	um_owner_end(&owners[0]);
	um_owner_end(&owners[0]);
	CHECK(take(&share, got, 0, 4), 0, UM_GONE);
	assert_int_equal(um_share_length(&share), 0);
	um_owner_start(&owners[0], &bytes[1].space);
	CHECK(take(&share, got, 0, 4), 0, UM_GONE);
	CHECK(um_copy_out(&share.space, um_addr_of(0), "x", 1, 0), 0, UM_GONE);
	assert_memory_equal(got, untouched, 4);
	um_owner_start(&owners[0], &bytes[0].space);
	CHECK(take(&share, got, 0, 4), 0, UM_GONE);
	lend(&share, &owners[0], RW, range_of(8, 16), nothing);
	CHECK(take(&share, got, 0, 4), 4, UM_OK);
}

static void a_generation_is_never_used_twice(void **state)
{
	struct um_owner slot = { .generations = UINT64_MAX - 2 };
	unsigned char byte;

	(void)state;
	um_owner_start(&slot, &bytes[0].space);
	lend(&other, &slot, UM_READ, range_of(0, 8), nothing);
	um_owner_start(&slot, &bytes[0].space);
	assert_int_equal(slot.generation, UINT64_MAX);
	lend(&share, &slot, UM_READ, range_of(0, 8), nothing);
	CHECK(take(&share, &byte, 0, 1), 1, UM_OK);
	um_owner_start(&slot, &bytes[0].space); /* the slot is used up */
	assert_int_equal(slot.generation, 0);
	refuse(&slot, UM_READ, range_of(0, 8), UM_GONE);
	um_owner_start(&slot, &bytes[0].space);
	assert_int_equal(slot.generation, 0);
	CHECK(take(&share, &byte, 0, 1), 0, UM_GONE);
	CHECK(take(&other, &byte, 0, 1), 0, UM_GONE);
}

/* Tock #2910, #2945; and gone is neither. */
static void r26_absent_is_not_empty_is_not_gone(void **state)
{
	unsigned char byte;

	(void)state;
	assert_false(um_share_present(&share));
	CHECK(take(&share, &byte, 0, 1), 0, UM_UNMAPPED);
	assert_null(share.owner);
	lend(&share, &owners[0], RW, range_of(8, 0), nothing);
	assert_true(um_share_present(&share));
	assert_int_equal(um_share_length(&share), 0);
	CHECK(take(&share, &byte, 0, 1), 0, UM_UNMAPPED);
	lend(&share, &owners[0], 0, nothing, range_of(8, 0));
	assert_false(um_share_present(&share));
	lend(&share, &owners[0], RW, range_of(8, 0), nothing);
	um_owner_end(&owners[0]);
	assert_false(um_share_present(&share));
	CHECK(take(&share, &byte, 0, 1), 0, UM_GONE);
	assert_non_null(share.owner);
}

/* Tock's tests 4 to 7, #2464, #3861: wherever an empty buffer lies, nothing of it is touched. */
static void r3_an_empty_buffer_may_lie_anywhere(void **state)
{
	static const uint64_t anywhere[] = { 0, 42, SIZE, 1000, 0xdead000000000000, UINT64_MAX };
	unsigned char byte;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof anywhere / sizeof anywhere[0]; i++) {
		lend(&share, &owners[0], RW, range_of(anywhere[i], 0), i == 0 ? nothing : range_of(anywhere[i - 1], 0));
		assert_true(um_share_present(&share));
		CHECK(take(&share, &byte, 0, 0), 0, UM_OK);
		CHECK(take(&share, &byte, 0, 1), 0, UM_UNMAPPED);
		CHECK(take(&share, &byte, UINT64_MAX, 1), 0, UM_UNMAPPED);
		CHECK(take(&share, &byte, 0 - anywhere[i], 1), 0, UM_UNMAPPED);
		CHECK(um_check(&share.space, range_of(0, 0), UM_READ, 0), 0, UM_OK);
	}
}

/* Law 4. */
static void length_0_succeeds_whatever_became_of_the_owner(void **state)
{
	(void)state;
	CHECK(um_copy_in(&share.space, NULL, um_addr_of(7), 0, 0), 0, UM_OK);
	lend(&share, &owners[0], UM_READ, range_of(8, 16), nothing);
	um_owner_end(&owners[0]);
	CHECK(um_copy_in(&share.space, NULL, um_addr_of(UINT64_MAX), 0, 0), 0, UM_OK);
	CHECK(um_copy_out(&share.space, um_addr_of(0), NULL, 0, 0), 0, UM_OK);
	CHECK(um_fill(&share.space, um_addr_of(99), 0, 0, 0), 0, UM_OK);
	CHECK(um_populate(&share.space, range_of(0, 0), UM_WRITE, 0), 0, UM_OK);
	CHECK(um_visit(&share.space, um_ranges_of(um_addr_of(0), 0), UM_WRITE, 0, NULL, NULL), 0, UM_OK);
}

/* Its space may be no more: it is not looked at. */
static void a_space_whose_owner_has_ended_is_not_asked(void **state)
{
	struct um_atomic_access load = { .op = UM_LOAD, .size = 4 };
	char text[4];

	(void)state;
	lend(&share, &owners[0], RW, range_of(8, 16), nothing);
	um_owner_end(&owners[0]);
	memset(&bytes[0], 0xff, sizeof bytes[0]);
	CHECK(take(&share, text, 0, 4), 0, UM_GONE);
	CHECK(um_copy_string_in(&share.space, text, um_addr_of(0), 4, 0), 0, UM_GONE);
	assert_int_equal(text[0], 0);
	CHECK_STATUS(um_atomic(&share.space, um_addr_of(0), &load, 0), UM_GONE);
	CHECK(um_fill(&share.space, um_addr_of(0), 0, 4, 0), 0, UM_GONE);
	CHECK(um_check(&share.space, range_of(0, 4), UM_READ, 0), 0, UM_GONE);
	CHECK(um_populate(&share.space, range_of(0, 4), UM_READ, 0), 0, UM_GONE);
	CHECK(um_visit(&share.space, um_ranges_of(um_addr_of(0), 4), UM_READ, 0, NULL, NULL), 0, UM_GONE);
	refuse(&owners[0], UM_READ, range_of(0, 4), UM_GONE);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup(name, start)
		TEST(r21_the_first_swap_returns_nothing_and_the_second_the_first),
		TEST(r21_a_failed_swap_returns_what_was_passed),
		TEST(a_swap_returns_the_buffer_to_the_instance_that_lent_it_and_to_nobody_else),
		TEST(nothing_reaches_the_earlier_buffer_after_a_swap),
		TEST(whether_it_was_swapped_since_can_be_asked),
		TEST(r22_what_the_process_cannot_access_is_not_lent),
		TEST(a_space_without_um_check_judges_limits_alone),
		TEST(r25_memory_does_not_shrink_below_what_was_ever_lent),
		TEST(the_high_water_mark_knows_ignored_bits),
		TEST(r23_a_buffer_that_was_shortened_is_short),
		TEST(r24_what_a_former_instance_lent_is_gone),
		TEST(a_generation_is_never_used_twice),
		TEST(r26_absent_is_not_empty_is_not_gone),
		TEST(r3_an_empty_buffer_may_lie_anywhere),
		TEST(length_0_succeeds_whatever_became_of_the_owner),
		TEST(a_space_whose_owner_has_ended_is_not_asked),
	};

	return cmocka_run_group_tests_name("share", tests, NULL, NULL);
}
