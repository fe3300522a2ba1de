/* The raw calls, in the code for each kind of processor: wild numbers, and two user sides. */
#include "raw_kit.h"

/* ---------------------------------------------------------------- law 2 */

static const uintptr_t nowhere[] = {
	0, 1, 63, PAGE - 1,
	0x7fffffffffff, 0x7ffffffffff8, 0x7fffffffffc1, /* at the end of the user's half, and into the gap */
	0x800000000000, 0x4141414141414141, 0x8000000000000000, 0xdead000000000000, /* non-canonical */
	0xffff800000000000, 0xffffffff80000000, UINTPTR_MAX - 4096, UINTPTR_MAX - 64, UINTPTR_MAX - 7, UINTPTR_MAX,
};
static const size_t lengths[] = {
	1, 2, 3, 4, 7, 8, 15, 16, 31, 33, 64, 65, 128, 200, 256, 300, 512, 600, 1024, 2048, 4096, 8192, GOOD,
	(size_t)1 << 31, (size_t)1 << 47, (size_t)1 << 63, SIZE_MAX / 2, SIZE_MAX - 63, SIZE_MAX - 1, SIZE_MAX,
};
enum { NOWHERE = sizeof nowhere / sizeof nowhere[0], LENGTHS = sizeof lengths / sizeof lengths[0] };

static void one_wild_address(uintptr_t addr, size_t n)
{
	memset(kernel, UNTOUCHED, sizeof kernel);
	assert_result(um_raw_copy_in(kernel, addr, n, 0), 0, UM_UNMAPPED, UM_ONLY_SIDE);
	assert_result(um_raw_copy_out(addr, kernel, n < GOOD ? n : GOOD, 0), 0, UM_UNMAPPED, UM_ONLY_SIDE);
	assert_result(um_raw_fill(addr, 1, n, 0), 0, UM_UNMAPPED, UM_ONLY_SIDE);
	assert_result(um_raw_copy(addr, (uintptr_t)user, n < GOOD ? n : GOOD, 0), 0, UM_UNMAPPED, UM_TO);
	assert_result(um_raw_copy((uintptr_t)user, addr, n, 0), 0, UM_UNMAPPED, UM_FROM);
	assert_result(um_raw_copy(addr, addr, n, 0), 0, UM_UNMAPPED, UM_FROM);
	assert_true(all(kernel, sizeof kernel, UNTOUCHED));
	assert_result(um_raw_copy_string_in((char *)kernel, addr, n, 0), 0, UM_UNMAPPED, UM_ONLY_SIDE);
	assert_true(kernel[0] == 0 && all(kernel + 1, sizeof kernel - 1, UNTOUCHED));
}

static void wild_addresses(void)
{
	size_t i, j;

	for (i = 0; i < NOWHERE; i++)
		for (j = 0; j < LENGTHS; j++)
			one_wild_address(nowhere[i], lengths[j]);
}

/* Good bytes, and far more asked than there are. */
static void wild_lengths(void)
{
	size_t good, j;

	for (good = 0; good < 300; good += good < 70 ? 1 : 23) {
		for (j = 0; j < LENGTHS; j++) {
			uintptr_t addr = (uintptr_t)user + GOOD - good;

			if (lengths[j] <= good)
				continue;
			memset(user + GOOD - good, 0x33, good);
			memset(kernel, UNTOUCHED, sizeof kernel);
			assert_result(um_raw_copy_in(kernel, addr, lengths[j], 0), good, UM_DENIED, UM_ONLY_SIDE);
			assert_true(all(kernel, good, 0x33) && all(kernel + good, MARGIN, UNTOUCHED));
			assert_result(um_raw_copy_string_in((char *)kernel, addr, lengths[j], 0), good, UM_DENIED, UM_ONLY_SIDE);
			assert_true(all(kernel, good, 0x33) && kernel[good] == 0 && all(kernel + good + 1, MARGIN, UNTOUCHED));
			assert_result(um_raw_fill(addr, 0x44, lengths[j], 0), good, UM_DENIED, UM_ONLY_SIDE);
			assert_true(all(user + GOOD - good, good, 0x44));
		}
	}
}

static void wild_atomics(void)
{
	static const unsigned char sizes[] = { 1, 2, 4, 8 };
	size_t i, j;

	for (i = 0; i < NOWHERE; i++) {
		for (j = 0; j < sizeof sizes; j++) {
			struct um_atomic_access access = { .op = UM_LOAD, .size = sizes[j], .old = 77 };
			enum um_status expected = nowhere[i] % sizes[j] != 0 ? UM_MISALIGNED : UM_UNMAPPED;

			assert_int_equal(um_raw_atomic(nowhere[i], &access, 0), expected);
			access.op = UM_STORE;
			assert_int_equal(um_raw_atomic(nowhere[i], &access, 0), expected);
			for (access.op = UM_SWAP; access.op <= UM_XOR; access.op++)
				assert_int_equal(um_raw_atomic(nowhere[i], &access, 0), sizes[j] < 4 ? UM_INVALID : expected);
			assert_true(access.old == 77);
		}
	}
}

static void nothing_is_touched_for_nothing(void)
{
	size_t i;

	for (i = 0; i < NOWHERE; i++) {
		assert_result(um_raw_copy_in((void *)nowhere[i], nowhere[i], 0, 0), 0, UM_OK, UM_ONLY_SIDE);
		assert_result(um_raw_copy_out(nowhere[i], (void *)nowhere[i], 0, 0), 0, UM_OK, UM_ONLY_SIDE);
		assert_result(um_raw_copy(nowhere[i], nowhere[i], 0, 0), 0, UM_OK, UM_ONLY_SIDE);
		assert_result(um_raw_fill(nowhere[i], 0, 0, 0), 0, UM_OK, UM_ONLY_SIDE);
		assert_result(um_raw_copy_string_in((char *)nowhere[i], nowhere[i], 0, 0), 0, UM_INVALID, UM_ONLY_SIDE);
	}
}

static void law_2(void **state)
{
	(void)state;
	with_port_in_each_variant(wild_addresses);
	with_port_in_each_variant(wild_lengths);
	with_port_in_each_variant(nothing_is_touched_for_nothing);
	with_port_in_each_variant(wild_atomics);
}

/* ---------------------------------------------------------------- two user sides */

/* from_good and to_good bytes before the hole of either side. */
static void try_two_sides(size_t n, size_t from_good, size_t to_good)
{
	unsigned char *from = user + GOOD - from_good, *to = other + GOOD - to_good;
	size_t i, done = from_good < to_good ? from_good : to_good;

	for (i = 0; i < from_good; i++)
		from[i] = (unsigned char)(i * 7 + n);
	memset(to - MARGIN, UNTOUCHED, MARGIN + to_good);
	if (done >= n)
		assert_result(um_raw_copy((uintptr_t)to, (uintptr_t)from, n, 0), done = n, UM_OK, UM_ONLY_SIDE);
	else
		assert_result(um_raw_copy((uintptr_t)to, (uintptr_t)from, n, 0), done, UM_DENIED,
		              from_good <= to_good ? UM_FROM : UM_TO);
	assert_memory_equal(to, from, done);
	assert_true(all(to - MARGIN, MARGIN, UNTOUCHED) && all(to + done, to_good - done, UNTOUCHED));
}

static void both_sides(void)
{
	static const size_t sizes[] = { 1, 2, 3, 5, 8, 13, 16, 27, 32, 47, 64, 100, 128, 200, 300, 530, 700, 2100, 5000 };
	size_t i, from, to, step;

	for (i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		step = 1 + sizes[i] / 23;
		for (from = 0; from <= sizes[i] + step; from += step)
			for (to = 0; to <= sizes[i] + step; to += step)
				try_two_sides(sizes[i], from, to);
	}
}

static void a_fault_of_either_side(void **state)
{
	(void)state;
	with_port_in_each_variant(both_sides);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(law_2),
		cmocka_unit_test(a_fault_of_either_side),
	};

	return cmocka_run_group_tests_name("raw", tests, map_memory, NULL);
}
