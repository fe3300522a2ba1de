/* Floor 0: statuses, addresses, ranges and lists of them. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <usermem/ranges.h>

static void errno_is_linux_s(void **state)
{
	static const struct { enum um_status status; int number; } table[] = {
		{ UM_OK, 0 }, { UM_UNMAPPED, EFAULT }, { UM_DENIED, EFAULT }, { UM_BUS, EFAULT }, { UM_RANGE, EFAULT },
		{ UM_WINDOW, EFAULT }, { UM_WOULD_FAULT, EFAULT }, { UM_MISALIGNED, EINVAL }, { UM_INVALID, EINVAL },
		{ UM_TOO_LONG, ENAMETOOLONG }, { UM_TOO_BIG, E2BIG }, { UM_NO_MEMORY, ENOMEM }, { UM_GONE, ESRCH },
		{ UM_REFUSED, EPERM }, { UM_AGAIN, EAGAIN }, { UM_INTERRUPTED, EINTR }, { UM_STOPPED, 0 },
		{ UM_UNSUPPORTED, EOPNOTSUPP }, { (enum um_status)(UM_UNSUPPORTED + 1), EFAULT }, { (enum um_status)-1, EFAULT },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof table / sizeof table[0]; i++)
		assert_int_equal(um_errno(table[i].status), table[i].number);
	assert_string_equal(um_status_name(UM_UNSUPPORTED), "UM_UNSUPPORTED");
	assert_string_equal(um_status_name((enum um_status)99), "UM_?");
	assert_string_equal(um_status_text(UM_UNMAPPED), "nothing is mapped there");
}

static void addition_says_when_it_wraps(void **state)
{
	um_addr sum = um_addr_of(7);

	(void)state;
	assert_false(um_addr_add(um_addr_of(UINT64_MAX), 1, &sum));
	assert_false(um_addr_add(um_addr_of(1), UINT64_MAX, &sum));
	assert_int_equal(sum.value, 7);
	assert_true(um_addr_add(um_addr_of(UINT64_MAX - 1), 1, &sum));
	assert_true(sum.value == UINT64_MAX);
	assert_false(um_addr_aligned(um_addr_of(0), 0));
	assert_true(um_addr_aligned(um_addr_of(24), 8));
	assert_false(um_addr_aligned(um_addr_of(12), 8));
}

static bool within(uint64_t start, uint64_t length, uint64_t first, uint64_t last)
{
	struct um_range range = { um_addr_of(start), length };

	return um_range_within(range, um_addr_of(first), um_addr_of(last));
}

/* Law 3, with the zero-length rule. */
static void limits_never_compute_an_end(void **state)
{
	(void)state;
	assert_true(within(0, UINT64_MAX, 0, UINT64_MAX));
	assert_true(within(UINT64_MAX, 1, 0, UINT64_MAX));
	assert_false(within(UINT64_MAX, 2, 0, UINT64_MAX));
	assert_false(within(1, UINT64_MAX, 1, 100));
	assert_true(within(1, 100, 1, 100));
	assert_false(within(1, 101, 1, 100));
	assert_false(within(0, 1, 1, 100));
	assert_true(within(100, 1, 1, 100));
	assert_false(within(101, 1, 1, 100));
	assert_true(within(101, 0, 1, 100));
	assert_false(within(102, 0, 1, 100));
	assert_true(within(0, 0, 1, 100));
	assert_true(within(UINT64_MAX, 0, 0, UINT64_MAX));
}

static struct um_range range_of(uint64_t start, uint64_t length)
{
	struct um_range range = { um_addr_of(start), length };

	return range;
}

static void assert_intersect(struct um_range a, struct um_range b, uint64_t start, uint64_t length)
{
	struct um_range both = um_range_intersect(a, b), other = um_range_intersect(b, a);

	assert_true(both.length == length && other.length == length);
	assert_true(um_range_overlaps(a, b) == (length != 0) && um_range_overlaps(b, a) == (length != 0));
	if (length != 0)
		assert_true(both.start.value == start && other.start.value == start);
}

static void intersections(void **state)
{
	(void)state;
	assert_intersect(range_of(10, 10), range_of(20, 10), 0, 0);
	assert_intersect(range_of(10, 11), range_of(20, 10), 20, 1);
	assert_intersect(range_of(10, 100), range_of(20, 10), 20, 10);
	assert_intersect(range_of(10, 0), range_of(5, 10), 0, 0);
	assert_intersect(range_of(UINT64_MAX, 50), range_of(UINT64_MAX - 9, 50), UINT64_MAX, 1);
	assert_intersect(range_of(UINT64_MAX, 50), range_of(0, 10), 0, 0);
	assert_intersect(range_of(0, UINT64_MAX), range_of(UINT64_MAX - 1, 2), UINT64_MAX - 1, 1);
	assert_intersect(range_of(0, UINT64_MAX), range_of(0, UINT64_MAX), 0, UINT64_MAX);
}

/* The shapes of gVisor's sequence tests: none, empty ones in front, between and behind, and a window. */
static void a_list_is_the_bytes_it_names(void **state)
{
	static const struct um_range array[] = { { { 50 }, 0 }, { { 10 }, 3 }, { { 60 }, 0 }, { { 60 }, 0 }, { { 20 }, 4 }, { { 70 }, 0 } };
	static const uint64_t bytes[] = { 10, 11, 12, 20, 21, 22, 23 };
	uint64_t window, most, drop;

	(void)state;
	for (window = 0; window <= 9; window++) {
		for (drop = 0; drop <= 9; drop++) {
			for (most = 1; most <= 8; most++) {
				uint64_t total = window < 7 ? window : 7, at = drop;
				struct um_ranges ranges = um_ranges_from(array, 6);
				struct um_range piece;

				assert_true(ranges.length == 7);
				um_ranges_limit(&ranges, window);
				assert_int_equal(um_ranges_skip(&ranges, drop), drop <= total ? UM_OK : UM_WINDOW);
				if (drop > total)
					at = 0;
				assert_true(ranges.length == total - at);
				while (um_ranges_next(&ranges, most, &piece)) {
					assert_true(piece.length >= 1 && piece.length <= most);
					assert_true(piece.start.value == bytes[at] && bytes[at + piece.length - 1] == bytes[at] + piece.length - 1);
					at += piece.length;
				}
				assert_true(at == total && ranges.length == 0);
			}
		}
	}
}

static void a_window_only_shrinks(void **state)
{
	struct um_ranges ranges = um_ranges_of(um_addr_of(100), 10);
	struct um_range piece = { { 1 }, 1 };

	(void)state;
	um_ranges_limit(&ranges, 4);
	um_ranges_limit(&ranges, 8);
	assert_true(ranges.length == 4);
	assert_false(um_ranges_next(&ranges, 0, &piece));
	assert_true(piece.length == 1 && ranges.length == 4);
	assert_int_equal(um_ranges_skip(&ranges, 5), UM_WINDOW);
	assert_int_equal(um_ranges_skip(&ranges, 4), UM_OK);
	assert_false(um_ranges_next(&ranges, UINT64_MAX, &piece));
	assert_true(piece.length == 1);
}

static void sums_and_addresses_saturate(void **state)
{
	static const struct um_range huge[] = { { { UINT64_MAX - 1 }, UINT64_MAX }, { { 0 }, UINT64_MAX } };
	struct um_ranges ranges = um_ranges_from(huge, 2);
	struct um_range piece;

	(void)state;
	assert_true(ranges.length == UINT64_MAX);
	assert_true(um_ranges_next(&ranges, 2, &piece));
	assert_true(piece.start.value == UINT64_MAX - 1 && piece.length == 2);
	assert_true(um_ranges_next(&ranges, 9, &piece));
	assert_true(piece.start.value == UINT64_MAX && piece.length == 9);
	assert_false(um_range_within(piece, um_addr_of(0), um_addr_of(UINT64_MAX)));
	ranges = um_ranges_from(NULL, 0);
	assert_false(um_ranges_next(&ranges, 1, &piece));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(errno_is_linux_s),
		cmocka_unit_test(addition_says_when_it_wraps),
		cmocka_unit_test(limits_never_compute_an_end),
		cmocka_unit_test(intersections),
		cmocka_unit_test(a_list_is_the_bytes_it_names),
		cmocka_unit_test(a_window_only_shrinks),
		cmocka_unit_test(sums_and_addresses_saturate),
	};

	return cmocka_run_group_tests_name("numbers", tests, NULL, NULL);
}
