/* Floor 4: the thin names of um_atomic; the machine's part is tested with the spaces. */
#include "check.h"
#include <usermem/atomic.h>

static _Alignas(8) unsigned char user[64];
static struct um_bytes bytes;

static int set_up(void **state)
{
	(void)state;
	memset(user, 0xFF, sizeof user); /* R11: all ones is a value, not a fault */
	um_bytes_init(&bytes, user, sizeof user);
	return 0;
}

static uint64_t word(size_t at)
{
	uint64_t value;

	memcpy(&value, user + at, 8);
	return value;
}

/* Every width touches its own bytes alone. */
#define CHECK_WIDTH(bits) \
	do { \
		uint##bits##_t value = 0; \
		CHECK_STATUS(um_load##bits(space, um_addr_of(16), &value, 0), UM_OK); \
		assert_true(value == (uint##bits##_t)UINT64_MAX); \
		CHECK_STATUS(um_store##bits(space, um_addr_of(16), 0, 0), UM_OK); \
		assert_true(all(user + 16, bits / 8, 0) && all(user, 16, 0xFF) && all(user + 16 + bits / 8, 48 - bits / 8, 0xFF)); \
		CHECK_STATUS(um_load##bits(space, um_addr_of(16), &value, 0), UM_OK); \
		assert_true(value == 0); \
		value = 7; \
		CHECK_STATUS(um_load##bits(space, um_addr_of(64), &value, 0), UM_UNMAPPED); \
		CHECK_STATUS(um_load##bits(space, um_addr_of(0), &value, 64), UM_INVALID); \
		assert_true(value == 7); \
		CHECK_STATUS(um_store##bits(space, um_addr_of(64), value, 0), UM_UNMAPPED); \
		set_up(state); \
	} while (0)

static void loads_and_stores_of_every_width(void **state)
{
	struct um_space *space = &bytes.space;

	CHECK_WIDTH(8);
	CHECK_WIDTH(16);
	CHECK_WIDTH(32);
	CHECK_WIDTH(64);
}

#define CHECK_FETCH(name, bits, operand, result) \
	do { \
		uint##bits##_t old = 0; \
		CHECK_STATUS(um_store##bits(space, um_addr_of(8), (uint##bits##_t)0xC3A5C3A5C3A5C3A5, 0), UM_OK); \
		CHECK_STATUS(um_##name##bits(space, um_addr_of(8), operand, &old, 0), UM_OK); \
		assert_true(old == (uint##bits##_t)0xC3A5C3A5C3A5C3A5); \
		CHECK_STATUS(um_load##bits(space, um_addr_of(8), &old, 0), UM_OK); \
		assert_true(old == (uint##bits##_t)(result)); \
		assert_true(bits == 64 || all(user + 12, 4, 0xFF)); \
		old = 7; \
		CHECK_STATUS(um_##name##bits(space, um_addr_of(10), operand, &old, 0), UM_MISALIGNED); \
		CHECK_STATUS(um_##name##bits(space, um_addr_of(64), operand, &old, 0), UM_UNMAPPED); \
		assert_true(old == 7); \
		memset(user + 8, 0xFF, 8); \
	} while (0)
#define CHECK_FETCHES(bits) \
	do { \
		CHECK_FETCH(swap, bits, 5, 5); \
		CHECK_FETCH(fetch_add, bits, 3, 0xC3A5C3A5C3A5C3A5 + 3); \
		CHECK_FETCH(fetch_and, bits, 0xF0F0F0F0, 0xC3A5C3A5C3A5C3A5 & 0xF0F0F0F0); \
		CHECK_FETCH(fetch_or, bits, 0x0F0F0F0F, 0xC3A5C3A5C3A5C3A5 | 0x0F0F0F0F); \
		CHECK_FETCH(fetch_xor, bits, 0xFFFF, 0xC3A5C3A5C3A5C3A5 ^ 0xFFFF); \
	} while (0)

static void each_name_is_its_operation(void **state)
{
	struct um_space *space = &bytes.space;

	(void)state;
	CHECK_FETCHES(32);
	CHECK_FETCHES(64);
}

/* R12: 0 -> 100 -> 200, 300 fails, -> 300, 200 fails. */
static void compare_and_swap(void **state)
{
	static const struct { uint32_t expected, desired, old; } steps[] = {
		{ UINT32_MAX, 0, UINT32_MAX }, { 0, 100, 0 }, { 100, 200, 100 }, { 100, 300, 200 }, { 200, 300, 200 }, { 200, 0, 300 } };
	struct um_space *space = &bytes.space;
	uint32_t old;
	uint64_t wide;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof steps / sizeof steps[0]; i++) {
		CHECK_STATUS(um_cas32(space, um_addr_of(8), steps[i].expected, steps[i].desired, &old, 0), UM_OK);
		assert_int_equal(old, steps[i].old);
	}
	assert_true(word(8) == 0xFFFFFFFF0000012C);
	CHECK_STATUS(um_cas64(space, um_addr_of(8), 0x12C, 0, &wide, 0), UM_OK);
	assert_true(wide == 0xFFFFFFFF0000012C && word(8) == wide);
	CHECK_STATUS(um_cas64(space, um_addr_of(8), wide, UINT64_MAX - 1, &wide, 0), UM_OK);
	assert_true(wide == 0xFFFFFFFF0000012C && word(8) == UINT64_MAX - 1);
	CHECK_STATUS(um_cas64(space, um_addr_of(4), 0, 0, &wide, 0), UM_MISALIGNED);
	CHECK_STATUS(um_cas32(space, um_addr_of(64), 0, 0, &old, 0), UM_UNMAPPED);
	assert_true(wide == 0xFFFFFFFF0000012C && old == 300);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(loads_and_stores_of_every_width, set_up),
		cmocka_unit_test_setup(each_name_is_its_operation, set_up),
		cmocka_unit_test_setup(compare_and_swap, set_up),
	};

	return cmocka_run_group_tests_name("atomic", tests, NULL, NULL);
}
