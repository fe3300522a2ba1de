/* Floor 4: argument vectors, terminated arrays, numbers written as text. */
#include "check.h"
#include <usermem/text.h>

enum { USER = 12288, PAGE = 4096 };

static unsigned char user[USER];
static struct um_bytes bytes;

static int set_up(void **state)
{
	(void)state;
	memset(user, 0xAA, USER);
	um_bytes_init(&bytes, user, USER);
	return 0;
}

/* ---------------------------------------------------------------- argument vectors */

enum { ARRAY = 101 }; /* no alignment */

static void put_address(unsigned width, size_t index, uint64_t address)
{
	uint32_t narrow = (uint32_t)address;

	memcpy(user + ARRAY + index * width, width == 8 ? (void *)&address : (void *)&narrow, width);
}

/* "one" "" "three" as argv. */
static void put_vector(unsigned width)
{
	memcpy(user + 1000, "one", 4);
	memcpy(user + 1100, "", 1);
	memcpy(user + 1200, "three", 6);
	put_address(width, 0, 1000);
	put_address(width, 1, 1100);
	put_address(width, 2, 1200);
	put_address(width, 3, 0);
}

static void a_vector_comes_in_whole(void **state)
{
	char buffer[11], *out[3];
	struct watched watched;
	unsigned width;
	size_t count;

	(void)state;
	for (width = 4; width <= 8; width += 4) {
		put_vector(width);
		CHECK(um_copy_strings_in(watch(&watched, &bytes.space), out, 3, &count, buffer, 11, um_addr_of(ARRAY), width, 0), 11, UM_OK);
		assert_single_fetch(&watched);
		assert_int_equal(count, 3);
		assert_memory_equal(buffer, "one\0\0three", 11);
		assert_true(out[0] == buffer && out[1] == buffer + 4 && out[2] == buffer + 5);
	}
}

static void a_vector_that_does_not_fit_is_too_big(void **state)
{
	char buffer[16], *out[4];
	size_t count, room, size;

	(void)state;
	put_vector(8);
	for (room = 0; room < 3; room++) { /* the terminating NULL needs no place */
		CHECK_RESULT(um_copy_strings_in(&bytes.space, out, room, &count, buffer, 16, um_addr_of(ARRAY), 8, 0),
		             room == 0 ? 0 : room == 1 ? 4 : 5, UM_TOO_BIG, UM_FROM);
		assert_int_equal(count, room);
	}
	for (size = 0; size < 11; size++) {
		size_t whole = size < 4 ? 0 : size < 5 ? 1 : 2;

		memset(buffer, 0x55, sizeof buffer);
		CHECK_RESULT(um_copy_strings_in(&bytes.space, out, 4, &count, buffer, size, um_addr_of(ARRAY), 8, 0),
		             whole == 0 ? 0 : whole == 1 ? 4 : 5, UM_TOO_BIG, UM_TO);
		assert_int_equal(count, whole);
		assert_true(all(buffer + size, sizeof buffer - size, 0x55));
	}
	put_address(8, 0, 0);
	CHECK(um_copy_strings_in(&bytes.space, out, 0, &count, NULL, 0, um_addr_of(ARRAY), 8, 0), 0, UM_OK);
	assert_int_equal(count, 0);
}

static void a_vector_says_whether_the_array_or_a_string_failed(void **state)
{
	char buffer[16], *out[4];
	size_t count;

	(void)state;
	put_vector(8);
	put_address(8, 2, UINT64_MAX);
	CHECK_RESULT(um_copy_strings_in(&bytes.space, out, 4, &count, buffer, 16, um_addr_of(ARRAY), 8, 0), 5, UM_UNMAPPED, UM_TO);
	assert_int_equal(count, 2);
	put_vector(8);
	um_bytes_init(&bytes, user, 1203); /* "thr" */
	CHECK_RESULT(um_copy_strings_in(&bytes.space, out, 4, &count, buffer, 16, um_addr_of(ARRAY), 8, 0), 5, UM_UNMAPPED, UM_TO);
	set_up(state);
	put_vector(8);
	memcpy(user + USER - 16, user + ARRAY, 16); /* two strings, then the hole */
	CHECK_RESULT(um_copy_strings_in(&bytes.space, out, 4, &count, buffer, 16, um_addr_of(USER - 16), 8, 0), 5, UM_UNMAPPED, UM_FROM);
	assert_int_equal(count, 2);
	CHECK_RESULT(um_copy_strings_in(&bytes.space, out, 4, &count, buffer, 16, um_addr_of(UINT64_MAX - 3), 8, 0), 0, UM_RANGE, UM_FROM);
	CHECK_RESULT(um_copy_strings_in(&bytes.space, out, 4, &count, buffer, 16, um_addr_of(ARRAY), 2, 0), 0, UM_INVALID, UM_FROM);
	CHECK_RESULT(um_copy_strings_in(&bytes.space, out, 4, &count, buffer, 16, um_addr_of(ARRAY), 8, 32), 0, UM_INVALID, UM_FROM);
	assert_int_equal(count, 0);
}

/* ---------------------------------------------------------------- terminated arrays */

/* Every size, the zero element everywhere around the ends of pages and of the scratch; R15, R16 (elements of 16 and of more than
 * 32 bytes once never ended). */
static void a_terminated_array_ends_at_its_zero(void **state)
{
	static const size_t sizes[] = { 1, 2, 3, 4, 8, 12, 16, 40, 100, 255, 256 };
	static unsigned char dst[USER + 256], want[USER + 256];
	size_t s, shift, zero;

	for (s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
		size_t size = sizes[s], span = 700 / size + 2;

		for (shift = 1; shift <= size + 9; shift += size / 7 + 1) {
			for (zero = 0; zero <= span; zero += span / 40 + 1) {
				size_t start = PAGE - shift, fetched;
				struct watched watched;

				set_up(state);
				memset(user + start + zero * size, 0, size);
				memset(dst, 0xEE, sizeof dst);
				memset(want, 0xEE, sizeof want);
				memcpy(want, user + start, (zero + 1) * size);
				CHECK(um_copy_terminated_in(watch(&watched, &bytes.space), dst, um_addr_of(start), size, span + 1, 0), zero, UM_OK);
				assert_memory_equal(dst, want, sizeof dst);
				fetched = watched.audit.fetched;
				assert_true(fetched <= (zero + 1) * size + 256 && (start + fetched - 1) / PAGE == (start + (zero + 1) * size - 1) / PAGE);
				assert_single_fetch(&watched);
				/* One element too few: all of them, and none is zero. */
				if (zero == 0)
					continue;
				memset(want + zero * size, 0xEE, size);
				memset(dst, 0xEE, sizeof dst);
				CHECK(um_copy_terminated_in(&bytes.space, dst, um_addr_of(start), size, zero, 0), zero, UM_TOO_LONG);
				assert_memory_equal(dst, want, sizeof dst);
			}
		}
	}
}

/* The hole, the limit of the space and the zero element compete in address order; a cut element is not stored. */
static void a_terminated_array_meets_holes_in_order(void **state)
{
	static const size_t sizes[] = { 1, 2, 3, 8, 24, 256 };
	static unsigned char dst[2048], want[2048];
	size_t s, end;
	int limited;

	for (s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
		for (limited = 0; limited < 2; limited++) {
			for (end = PAGE - 300; end < PAGE + 300; end++) {
				size_t size = sizes[s], start = PAGE - 301, whole = (end - start) / size;

				set_up(state);
				limit_bytes(&bytes, user, limited ? USER : end, 0, limited ? end - 1 : UINT64_MAX);
				memset(dst, 0xEE, sizeof dst);
				memset(want, 0xEE, sizeof want);
				memcpy(want, user + start, whole * size);
				CHECK(um_copy_terminated_in(&bytes.space, dst, um_addr_of(start), size, SIZE_MAX, 0), whole, limited ? UM_RANGE : UM_UNMAPPED);
				assert_memory_equal(dst, want, sizeof dst);
				if (whole == 0)
					continue;
				memset(user + start + (whole - 1) * size, 0, size); /* the last whole one */
				CHECK(um_copy_terminated_in(&bytes.space, dst, um_addr_of(start), size, whole, 0), whole - 1, UM_OK);
			}
		}
	}
}

static void a_terminated_array_refuses_nonsense(void **state)
{
	unsigned char dst[8] = { 7 };
	struct um_space *space = &bytes.space;

	(void)state;
	CHECK(um_copy_terminated_in(space, dst, um_addr_of(0), 0, 1, 0), 0, UM_INVALID);
	CHECK(um_copy_terminated_in(space, dst, um_addr_of(0), 257, 1, 0), 0, UM_INVALID);
	CHECK(um_copy_terminated_in(space, dst, um_addr_of(0), 1, 0, 0), 0, UM_INVALID);
	CHECK(um_copy_terminated_in(space, dst, um_addr_of(0), 0, 0, UM_IGNORE_PERMS), 0, UM_INVALID);
	CHECK(um_copy_terminated_in(space, dst, um_addr_of(0), 1, 1, UM_IGNORE_PERMS), 0, UM_UNSUPPORTED);
	CHECK(um_copy_terminated_in(space, dst, um_addr_of(UINT64_MAX), 2, SIZE_MAX, 0), 0, UM_UNMAPPED);
	assert_int_equal(dst[0], 7);
}

/* ---------------------------------------------------------------- numbers */

static struct um_result numbers(const char *text, int32_t *dst, size_t count, size_t *found)
{
	size_t length = strlen(text);

	memcpy(user + USER - length, text, length);
	return um_copy_int32s_in(&bytes.space, um_ranges_of(um_addr_of(USER - length), length), dst, count, found, 0);
}

/* gVisor's CopyInt32StringsInVec, its cases and those that it lacks. */
static void numbers_are_read_as_sysctl_reads_them(void **state)
{
	static const struct { const char *text; size_t count; enum um_status status; size_t done, found; int32_t first, second; } table[] = {
		{ "100 200", 2, UM_OK, 7, 2, 100, 200 }, { "100", 2, UM_OK, 3, 1, 100, -7 }, { "100 200 300", 2, UM_OK, 8, 2, 100, 200 },
		{ " 100\t200\n", 2, UM_OK, 9, 2, 100, 200 }, { "\v\f\r1\n", 2, UM_OK, 5, 1, 1, -7 },
		{ "", 2, UM_INVALID, 0, 0, -7, -7 }, { "\n", 2, UM_INVALID, 1, 0, -7, -7 }, { "a123", 2, UM_INVALID, 0, 0, -7, -7 },
		{ "1 2x", 2, UM_INVALID, 2, 1, 1, -7 }, { "1 2x", 1, UM_OK, 2, 1, 1, -7 }, { "0x10", 1, UM_INVALID, 0, 0, -7, -7 },
		{ "+5 -6", 2, UM_OK, 5, 2, 5, -6 }, { "5 -", 2, UM_INVALID, 2, 1, 5, -7 }, { "+ 5", 2, UM_INVALID, 0, 0, -7, -7 },
		{ "--5", 2, UM_INVALID, 0, 0, -7, -7 }, { "1_0", 2, UM_INVALID, 0, 0, -7, -7 }, { "12\xB2", 2, UM_INVALID, 0, 0, -7, -7 },
		{ "2147483647 -2147483648", 2, UM_OK, 22, 2, INT32_MAX, INT32_MIN }, { "2147483648", 2, UM_INVALID, 0, 0, -7, -7 },
		{ "1 -2147483649", 2, UM_INVALID, 2, 1, 1, -7 }, { "99999999999999999999999999", 2, UM_INVALID, 0, 0, -7, -7 },
		{ "00000000000000000000000000000000000000000000000000000000000000000000000012 -0", 2, UM_OK, 77, 2, 12, 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof table / sizeof table[0]; i++) {
		int32_t dst[2] = { -7, -7 };
		size_t found = 99;

		CHECK(numbers(table[i].text, dst, table[i].count, &found), table[i].done, table[i].status);
		assert_int_equal(found, table[i].found);
		assert_int_equal(dst[0], table[i].first);
		assert_int_equal(dst[1], table[i].second);
	}
}

static struct um_result numbers_at(size_t start, size_t length, int32_t *dst, size_t count, size_t *found, unsigned flags)
{
	return um_copy_int32s_in(&bytes.space, um_ranges_of(um_addr_of(start), length), dst, count, found, flags);
}

/* gVisor stores "123" of a number that a fault cut; a number is whole, or it is not there. */
static void a_number_that_a_fault_cuts_is_not_stored(void **state)
{
	int32_t dst[3] = { -7, -7, -7 };
	size_t found;

	(void)state;
	memcpy(user + USER - 8, "123 4567", 8);
	CHECK(numbers_at(USER - 8, 20, dst, 3, &found, 0), 8, UM_UNMAPPED);
	assert_int_equal(found, 1);
	assert_int_equal(dst[0], 123);
	assert_int_equal(dst[1], -7);
	CHECK(numbers_at(USER - 8, 20, dst, 1, &found, 0), 4, UM_OK);
	memcpy(user + USER - 5, "12 34", 5);
	CHECK(numbers_at(USER - 2, 2, dst, 3, &found, 0), 2, UM_OK); /* the end of the ranges ends it */
	assert_int_equal(dst[0], 34);
	memcpy(user + USER - 5, "7 8 \n", 5); /* both are whole before the hole */
	CHECK(numbers_at(USER - 5, 20, dst, 2, &found, 0), 5, UM_OK);
	CHECK(numbers_at(USER - 5, 20, dst, 3, &found, 0), 5, UM_UNMAPPED);
	assert_int_equal(found, 2);
	memcpy(user + USER - 1, "-", 1);
	CHECK(numbers_at(USER - 1, 20, dst, 3, &found, 0), 1, UM_UNMAPPED);
	memcpy(user + USER - 2, "-x", 2); /* wrong before the hole is met */
	CHECK(numbers_at(USER - 2, 20, dst, 3, &found, 0), 0, UM_INVALID);
	bytes.space.last = um_addr_of(USER - 3);
	memcpy(user + USER - 6, "1 23", 4);
	CHECK(numbers_at(USER - 6, 20, dst, 3, &found, 0), 4, UM_RANGE);
	assert_int_equal(found, 1);
	CHECK(numbers_at(USER - 6, 20, dst, 0, &found, 0), 0, UM_OK);
	assert_int_equal(found, 0);
	CHECK(numbers_at(0, 20, dst, 0, &found, 64), 0, UM_INVALID);
	CHECK(numbers_at(UINT64_MAX, SIZE_MAX, dst, 1, &found, 0), 0, UM_RANGE);
}

/* Across ranges, and longer than the scratch: each byte once. */
static void numbers_run_on_through_a_list(void **state)
{
	static const struct um_range array[] = { { { 300 }, 0 }, { { 300 }, 2 }, { { 20 }, 0 }, { { 100 }, 3 }, { { 1000 }, 900 } };
	struct um_ranges ranges = um_ranges_from(array, 5);
	struct watched watched;
	int32_t dst[3];
	size_t found;

	(void)state;
	memcpy(user + 300, "12", 2);
	memcpy(user + 100, "34 ", 3);
	memset(user + 1000, ' ', 900);
	memcpy(user + 1000 + 600, "-77", 3);
	CHECK(um_copy_int32s_in(watch(&watched, &bytes.space), ranges, dst, 3, &found, 0), 905, UM_OK);
	assert_single_fetch(&watched);
	assert_int_equal(found, 2);
	assert_int_equal(dst[0], 1234);
	assert_int_equal(dst[1], -77);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_vector_comes_in_whole, set_up),
		cmocka_unit_test_setup(a_vector_that_does_not_fit_is_too_big, set_up),
		cmocka_unit_test_setup(a_vector_says_whether_the_array_or_a_string_failed, set_up),
		cmocka_unit_test_setup(a_terminated_array_ends_at_its_zero, set_up),
		cmocka_unit_test_setup(a_terminated_array_meets_holes_in_order, set_up),
		cmocka_unit_test_setup(a_terminated_array_refuses_nonsense, set_up),
		cmocka_unit_test_setup(numbers_are_read_as_sysctl_reads_them, set_up),
		cmocka_unit_test_setup(a_number_that_a_fault_cuts_is_not_stored, set_up),
		cmocka_unit_test_setup(numbers_run_on_through_a_list, set_up),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
