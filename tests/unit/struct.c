/* Floor 4: structs that grow, headers with bodies. */
#include "check.h"
#include <usermem/struct.h>

enum { USER = 5000 };

static unsigned char user[USER];
static struct um_bytes bytes;

static int set_up(void **state)
{
	(void)state;
	pattern(user, USER, 3);
	um_bytes_init(&bytes, user, USER);
	return 0;
}

/* Law 12, R19: every pair of sizes, and each byte of the unknown tail in turn. */
static void struct_in_grows_both_ways(void **state)
{
	unsigned char kernel[64], want[64];
	size_t kernel_size, user_size, bad;

	(void)state;
	for (kernel_size = 1; kernel_size <= 20; kernel_size++) {
		for (user_size = 0; user_size <= 24; user_size++) {
			size_t both = kernel_size < user_size ? kernel_size : user_size;

			set_up(state);
			memset(user + 100 + both, user_size > kernel_size ? 0 : 9, 24);
			user[100 + user_size] = 77; /* behind the struct: of no interest */
			memset(kernel, 0xEE, sizeof kernel);
			memset(want, 0xEE, sizeof want);
			memset(want, 0, kernel_size);
			memcpy(want, user + 100, both);
			CHECK(um_copy_struct_in(&bytes.space, kernel, kernel_size, um_addr_of(100), user_size, 0), both, UM_OK);
			assert_memory_equal(kernel, want, sizeof kernel);
			for (bad = kernel_size; bad < user_size; bad++) {
				user[100 + bad] = 1;
				memset(kernel, 0xEE, sizeof kernel);
				CHECK(um_copy_struct_in(&bytes.space, kernel, kernel_size, um_addr_of(100), user_size, 0), 0, UM_TOO_BIG);
				assert_true(all(kernel, sizeof kernel, 0xEE));
				user[100 + bad] = 0;
			}
		}
	}
}

/* A fault in the tail and one in the copy; the first nonzero byte and the hole compete in address order. */
static void struct_in_says_where_the_hole_is(void **state)
{
	unsigned char kernel[64];

	(void)state;
	memset(user + USER - 12, 0, 12);
	memset(kernel, 0xEE, sizeof kernel);
	CHECK(um_copy_struct_in(&bytes.space, kernel, 8, um_addr_of(USER - 12), 16, 0), 0, UM_UNMAPPED);
	assert_true(all(kernel, sizeof kernel, 0xEE));
	user[USER - 1] = 1;
	CHECK(um_copy_struct_in(&bytes.space, kernel, 8, um_addr_of(USER - 12), 16, 0), 0, UM_TOO_BIG);
	assert_true(all(kernel, sizeof kernel, 0xEE));
	CHECK(um_copy_struct_in(&bytes.space, kernel, 32, um_addr_of(USER - 12), 16, 0), 12, UM_UNMAPPED);
	assert_memory_equal(kernel, user + USER - 12, 12);
	assert_true(all(kernel + 12, sizeof kernel - 12, 0xEE));
}

static void struct_out_grows_both_ways(void **state)
{
	unsigned char kernel[64], want[USER];
	size_t kernel_size, user_size, bad;
	bool cut;

	(void)state;
	for (kernel_size = 1; kernel_size <= 20; kernel_size++) {
		for (user_size = 0; user_size <= 24; user_size++) {
			size_t both = kernel_size < user_size ? kernel_size : user_size;

			for (bad = 0; bad <= kernel_size; bad++) { /* the one byte that is not zero; at kernel_size: behind */
				set_up(state);
				memset(kernel, 0, sizeof kernel);
				kernel[bad] = 5;
				memcpy(want, user, USER);
				memset(want + 100, 0, user_size);
				memcpy(want + 100, kernel, both);
				cut = bad % 2;
				CHECK(um_copy_struct_out(&bytes.space, um_addr_of(100), user_size, kernel, kernel_size, &cut, 0), user_size, UM_OK);
				assert_int_equal(cut, user_size <= bad && bad < kernel_size);
				assert_memory_equal(user, want, USER);
			}
		}
	}
}

static void struct_out_says_where_the_hole_is(void **state)
{
	unsigned char kernel[16], want[12];
	bool cut = true;

	(void)state;
	pattern(kernel, sizeof kernel, 50);
	CHECK(um_copy_struct_out(&bytes.space, um_addr_of(USER - 12), 16, kernel, 16, &cut, 0), 12, UM_UNMAPPED);
	assert_memory_equal(user + USER - 12, kernel, 12);
	assert_false(cut);
	set_up(state);
	memset(want, 0, sizeof want);
	memcpy(want, kernel, 8);
	CHECK(um_copy_struct_out(&bytes.space, um_addr_of(USER - 12), 16, kernel, 8, &cut, 0), 12, UM_UNMAPPED);
	assert_memory_equal(user + USER - 12, want, 12);
	CHECK(um_copy_struct_out(&bytes.space, um_addr_of(USER), 4, kernel, 8, &cut, 0), 0, UM_UNMAPPED);
	assert_true(cut);
}

/* Mirrored: what is refused before a byte is touched. */
static void sizes_and_limits_are_judged_first(void **state)
{
	unsigned char kernel[8] = { 1, 2, 3, 4, 5, 6, 7, 8 }, before[USER];
	struct um_space *space = &bytes.space;
	bool cut;
	size_t huge;

	(void)state;
	memset(user + 8, 0, USER - 8);
	memcpy(before, user, USER);
	CHECK(um_copy_struct_in(space, kernel, 8, um_addr_of(0), UM_STRUCT_MAX, 0), 8, UM_OK);
	for (huge = UM_STRUCT_MAX + 1; huge != 0; huge = huge == SIZE_MAX ? 0 : SIZE_MAX) {
		CHECK(um_copy_struct_in(space, kernel, 8, um_addr_of(USER), huge, 0), 0, UM_TOO_BIG);
		cut = true;
		CHECK(um_copy_struct_out(space, um_addr_of(0), huge, kernel, 8, &cut, 0), 0, UM_TOO_BIG);
		assert_false(cut);
	}
	CHECK(um_copy_struct_in(space, kernel, 0, um_addr_of(0), 4, 0), 0, UM_INVALID);
	CHECK(um_copy_struct_out(space, um_addr_of(0), 4, kernel, 0, &cut, 0), 0, UM_INVALID);
	CHECK(um_copy_struct_in(space, kernel, 8, um_addr_of(0), 8, 32), 0, UM_INVALID);
	CHECK(um_copy_struct_in(space, kernel, 8, um_addr_of(0), SIZE_MAX, UM_IGNORE_PERMS), 0, UM_UNSUPPORTED);
	CHECK(um_copy_struct_in(space, kernel, 8, um_addr_of(UINT64_MAX - 9), 16, 0), 0, UM_RANGE);
	CHECK(um_copy_struct_in(space, kernel, 8, um_addr_of(UINT64_MAX), 0, 0), 0, UM_OK);
	assert_true(all(kernel, 8, 0));
	limit_bytes(&bytes, user, USER, 0, 99);
	CHECK(um_copy_struct_in(space, kernel, 8, um_addr_of(90), 16, 0), 0, UM_RANGE);
	CHECK(um_copy_struct_out(space, um_addr_of(90), 16, kernel, 8, &cut, 0), 0, UM_RANGE);
	bytes.space.can &= ~(unsigned)UM_CAN_WRITE;
	CHECK(um_copy_struct_out(space, um_addr_of(90), 0, kernel, 8, &cut, 0), 0, UM_UNSUPPORTED);
	assert_memory_equal(user, before, USER);
}

/* The byte after the one judged may change: each is fetched once (law 9). */
static void structs_and_bodies_are_fetched_once(void **state)
{
	unsigned char kernel[64];
	struct watched watched;
	size_t k;

	(void)state;
	memset(user + 40, 0, 400);
	for (k = 0; k <= 400; k++) {
		struct um_space *space = watch(&watched, &bytes.space);

		um_audit_fail_at(&watched.audit, k, UM_BUS);
		memset(kernel, 0xEE, sizeof kernel);
		/* The tail's 360 bytes first, then the 40 known ones. */
		CHECK(um_copy_struct_in(space, kernel, 40, um_addr_of(0), 400, 0), k < 360 ? 0 : k - 360, k < 400 ? UM_BUS : UM_OK);
		assert_true(all(kernel + (k < 360 ? 0 : k - 360), k < 360 ? 64 : 64 - (k - 360), 0xEE));
		assert_single_fetch(&watched);
	}
}

/* CVE-2016-6480 and its kin, gVisor d2d6f9c41: the length that was judged is the length that is used. */
static void a_body_follows_the_header_that_was_judged(void **state)
{
	unsigned char dst[32];
	size_t total;

	(void)state;
	for (total = 4; total <= 32; total++) {
		memset(dst, 0xEE, sizeof dst);
		CHECK(um_copy_body_in(&bytes.space, dst, 32, "HEAD", 4, um_addr_of(200), total, 0), total, UM_OK);
		assert_memory_equal(dst, "HEAD", 4);
		assert_memory_equal(dst + 4, user + 204, total - 4);
		assert_true(all(dst + total, 32 - total, 0xEE));
		memcpy(dst, "SELF", 4);
		CHECK(um_copy_body_in(&bytes.space, dst, 32, dst, 4, um_addr_of(200), total, 0), total, UM_OK);
		assert_memory_equal(dst, "SELF", 4);
	}
	memset(dst, 0xEE, sizeof dst);
	CHECK(um_copy_body_in(&bytes.space, dst, 32, "HEAD", 4, um_addr_of(USER - 10), 20, 0), 10, UM_UNMAPPED);
	assert_memory_equal(dst + 4, user + USER - 6, 6);
	assert_true(all(dst + 10, 22, 0xEE));
	CHECK(um_copy_body_in(&bytes.space, dst, 32, "HEAD", 4, um_addr_of(UINT64_MAX - 3), 20, 0), 4, UM_RANGE);
	CHECK(um_copy_body_in(&bytes.space, dst, 32, "HEAD", 4, um_addr_of(UINT64_MAX - 3), 4, 0), 4, UM_OK);
	CHECK(um_copy_body_in(&bytes.space, dst, 32, NULL, 0, um_addr_of(10), 32, 0), 32, UM_OK);
	assert_memory_equal(dst, user + 10, 32);
	memset(dst, 0xEE, sizeof dst);
	CHECK(um_copy_body_in(&bytes.space, dst, 32, "HEAD", 4, um_addr_of(200), 33, 0), 0, UM_TOO_BIG);
	CHECK(um_copy_body_in(&bytes.space, dst, 32, "HEAD", 4, um_addr_of(200), SIZE_MAX, 0), 0, UM_TOO_BIG);
	CHECK(um_copy_body_in(&bytes.space, dst, 32, "HEAD", 4, um_addr_of(200), 3, 0), 0, UM_INVALID);
	CHECK(um_copy_body_in(&bytes.space, dst, 32, "HEAD", 4, um_addr_of(200), 33, 16), 0, UM_INVALID);
	assert_true(all(dst, 32, 0xEE));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(struct_in_grows_both_ways, set_up),
		cmocka_unit_test_setup(struct_in_says_where_the_hole_is, set_up),
		cmocka_unit_test_setup(struct_out_grows_both_ways, set_up),
		cmocka_unit_test_setup(struct_out_says_where_the_hole_is, set_up),
		cmocka_unit_test_setup(sizes_and_limits_are_judged_first, set_up),
		cmocka_unit_test_setup(structs_and_bodies_are_fetched_once, set_up),
		cmocka_unit_test_setup(a_body_follows_the_header_that_was_judged, set_up),
	};

	return cmocka_run_group_tests_name("struct", tests, NULL, NULL);
}
