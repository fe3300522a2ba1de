/* The way in: what is judged before a space is asked.  What spaces themselves promise is in tests/conformance. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include <usermem/space.h>

/* A space that only writes down what it was asked. */
struct scribe {
	struct um_space space;
	unsigned calls;
	um_addr addr;
	uint64_t n;
};

static struct um_result scribe_done(struct um_space *space, um_addr addr, uint64_t n)
{
	struct scribe *scribe = (struct scribe *)space;

	scribe->calls++;
	scribe->addr = addr;
	scribe->n = n;
	return (struct um_result){ n, UM_OK, UM_ONLY_SIDE };
}

static struct um_result scribe_copy_in(struct um_space *space, void *dst, um_addr src, size_t n, unsigned flags)
{
	(void)flags;
	memset(dst, 'x', n);
	return scribe_done(space, src, n);
}

static struct um_result scribe_copy_out(struct um_space *space, um_addr dst, const void *src, size_t n, unsigned flags)
{
	(void)src;
	(void)flags;
	return scribe_done(space, dst, n);
}

static struct um_result scribe_fill(struct um_space *space, um_addr dst, uint8_t byte, size_t n, unsigned flags)
{
	(void)byte;
	(void)flags;
	return scribe_done(space, dst, n);
}

static enum um_status scribe_atomic(struct um_space *space, um_addr addr, struct um_atomic_access *access, unsigned flags)
{
	(void)flags;
	return scribe_done(space, addr, access->size).status;
}

static struct um_result scribe_in_ranges(struct um_space *space, void *dst, struct um_ranges src, unsigned flags)
{
	(void)dst;
	(void)flags;
	return scribe_done(space, src.head.start, src.length);
}

static struct um_result scribe_visit(struct um_space *space, struct um_ranges ranges, unsigned access, unsigned flags,
                                     um_visit_fn *visit, void *context)
{
	struct um_range piece;

	(void)access;
	(void)flags;
	(void)visit;
	(void)context;
	assert_true(um_ranges_next(&ranges, UINT64_MAX, &piece));
	return scribe_done(space, piece.start, piece.length + ranges.length);
}

static const struct um_space_ops ops = {
	.size = sizeof ops, .name = "scribe", .copy_in = scribe_copy_in, .copy_out = scribe_copy_out, .fill = scribe_fill,
	.atomic = scribe_atomic, .copy_in_ranges = scribe_in_ranges, .visit = scribe_visit,
};

static struct scribe scribe_of(uint64_t first, uint64_t last)
{
	return (struct scribe){ .space = { .ops = &ops, .first = { first }, .last = { last },
		.can = UM_CAN_WRITE | UM_CAN_ATOMIC | UM_CAN_SINGLE | UM_CAN_VISIT } };
}

static void assert_result(struct um_result result, size_t done, enum um_status status)
{
	assert_int_equal(result.status, status);
	assert_int_equal(result.done, done);
	assert_int_equal(result.side, UM_ONLY_SIDE);
}

static void nothing_outside_the_limits_reaches_the_space(void **state)
{
	static const uint64_t bad[][2] = { { 0, 1 }, { 99, 1 }, { 99, 2 }, { 100, 101 }, { 200, 1 }, { 199, 2 }, { 150, SIZE_MAX },
	                                   { UINT64_MAX, 2 }, { UINT64_MAX - 4, 200 } };
	struct scribe scribe = scribe_of(100, 199);
	struct um_atomic_access load = { .op = UM_LOAD, .size = 4 };
	char buffer[200];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		um_addr addr = um_addr_of(bad[i][0]);

		assert_result(um_copy_in(&scribe.space, buffer, addr, bad[i][1], 0), 0, UM_RANGE);
		assert_result(um_copy_out(&scribe.space, addr, buffer, bad[i][1], 0), 0, UM_RANGE);
		assert_result(um_fill(&scribe.space, addr, 1, bad[i][1], 0), 0, UM_RANGE);
		assert_result(um_check(&scribe.space, (struct um_range){ addr, bad[i][1] }, 0, 0), 0, UM_RANGE);
	}
	assert_int_equal(um_atomic(&scribe.space, um_addr_of(198), &load, 0), UM_RANGE);
	assert_int_equal(scribe.calls, 0);
	assert_result(um_copy_in(&scribe.space, buffer, um_addr_of(100), 100, 0), 100, UM_OK);
	assert_int_equal(scribe.calls, 1);
}

/* Law 25: the request, then the promise, then length, limits and alignment. */
static void the_order_of_judgement(void **state)
{
	struct scribe scribe = scribe_of(100, 199);
	struct um_atomic_access odd = { .op = UM_ADD, .size = 2 }, add = { .op = UM_ADD, .size = 4 };
	char text[4] = "abc";

	(void)state;
	assert_result(um_copy_in(&scribe.space, text, um_addr_of(0), 0, 4), 0, UM_INVALID);
	assert_result(um_copy_in(&scribe.space, text, um_addr_of(0), 0, UM_NOFAULT), 0, UM_UNSUPPORTED);
	assert_result(um_copy_in(&scribe.space, text, um_addr_of(0), 0, 0), 0, UM_OK);
	assert_int_equal(um_atomic(&scribe.space, um_addr_of(0), &odd, 0), UM_INVALID);
	assert_int_equal(um_atomic(&scribe.space, um_addr_of(1), &add, 0), UM_RANGE);
	assert_int_equal(um_atomic(&scribe.space, um_addr_of(101), &add, 0), UM_MISALIGNED);
	assert_result(um_copy_string_in(&scribe.space, text, um_addr_of(0), 0, 8), 0, UM_INVALID);
	assert_string_equal(text, "abc");
	assert_result(um_copy_string_in(&scribe.space, text, um_addr_of(0), 1, 0), 0, UM_RANGE);
	assert_string_equal(text, "");
	scribe.space.can = 0;
	assert_int_equal(um_atomic(&scribe.space, um_addr_of(1), &add, 0), UM_UNSUPPORTED);
	assert_result(um_copy_out(&scribe.space, um_addr_of(0), text, 0, 0), 0, UM_UNSUPPORTED);
	assert_result(um_visit(&scribe.space, um_ranges_of(um_addr_of(0), 0), 8, 0, NULL, NULL), 0, UM_INVALID);
	assert_result(um_visit(&scribe.space, um_ranges_of(um_addr_of(0), 0), UM_READ, 0, NULL, NULL), 0, UM_UNSUPPORTED);
	assert_result(um_check(&scribe.space, (struct um_range){ { 0 }, 0 }, 8, 0), 0, UM_INVALID);
	assert_result(um_check(&scribe.space, (struct um_range){ { 100 }, 1 }, UM_READ, 0), 0, UM_UNSUPPORTED);
	assert_result(um_populate(&scribe.space, (struct um_range){ { 100 }, 1 }, UM_EXEC, 0), 0, UM_INVALID);
	assert_result(um_populate(&scribe.space, (struct um_range){ { 100 }, 1 }, UM_WRITE, 0), 0, UM_UNSUPPORTED);
	assert_int_equal(scribe.calls, 0);
}

static void an_older_author_s_ops_end_where_they_ended(void **state)
{
	struct um_space_ops old = ops;
	struct scribe scribe = scribe_of(100, 199);
	char buffer[8] = "";

	(void)state;
	scribe.space.ops = &old;
	assert_result(um_copy_in_ranges(&scribe.space, buffer, 8, um_ranges_of(um_addr_of(100), 8), 0), 8, UM_OK);
	assert_int_equal(buffer[0], 0);
	old.size = offsetof(struct um_space_ops, copy_in_ranges);
	assert_result(um_copy_in_ranges(&scribe.space, buffer, 8, um_ranges_of(um_addr_of(100), 8), 0), 8, UM_OK);
	assert_int_equal(buffer[0], 'x');
	um_close(&scribe.space);
}

/* A list is judged piece by piece, whether the space takes lists or not. */
static void a_list_goes_up_to_its_first_bad_piece(void **state)
{
	static const struct um_range list[] = { { { 100 }, 4 }, { { 0 }, 0 }, { { 110 }, 2 }, { { 198 }, 3 }, { { 120 }, 1 } };
	struct um_space_ops plain = ops;
	struct scribe scribe = scribe_of(100, 199);
	char buffer[16] = { 0 };

	(void)state;
	assert_result(um_copy_in_ranges(&scribe.space, buffer, 16, um_ranges_from(list, 5), 0), 6, UM_RANGE);
	assert_result(um_copy_in_ranges(&scribe.space, buffer, 8, um_ranges_from(list, 5), 0), 8, UM_OK);
	assert_result(um_visit(&scribe.space, um_ranges_from(list, 5), UM_READ, 0, NULL, NULL), 6, UM_RANGE);
	assert_result(um_fill_ranges(&scribe.space, um_ranges_from(list, 5), 0, 16, 0), 6, UM_RANGE);
	plain.copy_in_ranges = NULL;
	scribe.space.ops = &plain;
	assert_result(um_copy_in_ranges(&scribe.space, buffer, 16, um_ranges_from(list, 5), 0), 6, UM_RANGE);
	scribe.calls = 0;
	assert_result(um_copy_in_ranges(&scribe.space, buffer, 16, um_ranges_from(list + 3, 1), 0), 0, UM_RANGE);
	assert_int_equal(scribe.calls, 0);
}

/* Top-byte-ignore: bits 56 to 63 are copies of bit 55. */
static void ignored_bits_copy_the_one_below(void **state)
{
	struct scribe scribe = scribe_of(0, 0x7fffffffffff);
	static const struct um_range tagged = { { UINT64_C(0x5a00000000001000) }, 8 };
	char buffer[8];

	(void)state;
	assert_result(um_copy_in(&scribe.space, buffer, tagged.start, 8, 0), 0, UM_RANGE);
	scribe.space.ignored = UINT64_C(0xff) << 56;
	assert_result(um_copy_in(&scribe.space, buffer, tagged.start, 8, 0), 8, UM_OK);
	assert_true(scribe.addr.value == 0x1000);
	assert_result(um_copy_in_ranges(&scribe.space, buffer, 8, um_ranges_from(&tagged, 1), 0), 8, UM_OK);
	assert_true(scribe.addr.value == 0x1000);
	assert_result(um_visit(&scribe.space, um_ranges_from(&tagged, 1), UM_READ, 0, NULL, NULL), 8, UM_OK);
	assert_true(scribe.addr.value == 0x1000);
	assert_result(um_check(&scribe.space, tagged, 0, 0), 8, UM_OK);
	/* Bit 55 set: the upper half, whatever the tag says. */
	assert_result(um_copy_in(&scribe.space, buffer, um_addr_of(UINT64_C(0x00f0000000001000)), 8, 0), 0, UM_RANGE);
	scribe.space.last = um_addr_of(UINT64_MAX);
	assert_result(um_copy_in(&scribe.space, buffer, um_addr_of(UINT64_C(0x00f0000000001000)), 8, 0), 8, UM_OK);
	assert_true(scribe.addr.value == UINT64_C(0xfff0000000001000));
}

/* Without an op of its own a space is populated by touching each page once, whatever the numbers. */
static void population_touches_each_page_once(void **state)
{
	struct scribe scribe = scribe_of(0, UINT64_MAX);

	(void)state;
	assert_result(um_populate(&scribe.space, (struct um_range){ { 0x1ffe }, 0x1003 }, UM_READ, 0), 0x1003, UM_OK);
	assert_int_equal(scribe.calls, 3);
	assert_true(scribe.addr.value == 0x3000);
	scribe.calls = 0;
	assert_result(um_populate(&scribe.space, (struct um_range){ { UINT64_MAX - 4096 }, 4097 }, UM_WRITE, 0), 4097, UM_OK);
	assert_int_equal(scribe.calls, 2);
	assert_true(scribe.addr.value == UINT64_C(0xfffffffffffff000));
	assert_result(um_populate(&scribe.space, (struct um_range){ { 5 }, 1 }, UM_READ, UM_NOFAULT), 0, UM_INVALID);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_outside_the_limits_reaches_the_space),
		cmocka_unit_test(the_order_of_judgement),
		cmocka_unit_test(an_older_author_s_ops_end_where_they_ended),
		cmocka_unit_test(a_list_goes_up_to_its_first_bad_piece),
		cmocka_unit_test(ignored_bits_copy_the_one_below),
		cmocka_unit_test(population_touches_each_page_once),
	};

	return cmocka_run_group_tests_name("space", tests, NULL, NULL);
}
