/* Floor 5: typed user pointers.  What must not compile is in tests/compile. */
#include "check.h"
#include <usermem/ptr.h>

struct padded {
	uint8_t kind;
	uint32_t value;
};
struct inner {
	int32_t seconds, nanoseconds;
};
struct whole {
	struct inner when;
	uint16_t grid[2][3];
	uint8_t tag[4];
	double weight;
};
struct big {
	uint64_t words[32];
};

UM_DEFINE_PTR(padded_ptr, struct padded);
UM_DEFINE_PTR(const_ptr, const struct whole);
UM_DEFINE_PTR_OUT(whole_ptr, struct whole, when.seconds, when.nanoseconds, grid, tag, weight);
UM_DEFINE_PTR_OUT(big_ptr, struct big, words);
UM_DEFINE_PTR_SCALAR(double_ptr, double);

/* A struct that is shared with programs holds typed pointers as the numbers that they are. */
struct request {
	um_u32_ptr from;
	um_addr_ptr table;
	uint64_t length;
};
UM_DEFINE_PTR_OUT(request_ptr, struct request, from.addr.value, table.addr.value, length);

enum { USER = 1024 };

static _Alignas(8) unsigned char user[USER];
static struct um_bytes bytes;

static int set_up(void **state)
{
	(void)state;
	pattern(user, USER, 3);
	um_bytes_init(&bytes, user, USER);
	return 0;
}

static void a_pointer_is_one_word(void **state)
{
	um_u64_ptr p = um_ptr_of(um_u64_ptr, um_addr_of(16)), q = um_ptr_of(um_u64_ptr, um_addr_of(7));
	um_u8_ptr byte = um_ptr_cast(um_u8_ptr, p);

	(void)state;
	assert_true(sizeof p == 8 && sizeof(struct request) == 24);
	assert_true(byte.addr.value == 16);
	assert_false(um_ptr_is_null(p));
	assert_true(um_ptr_is_null(um_ptr_of(um_str, um_addr_of(0))));
	assert_true(um_ptr_at(p, 3, &q) && q.addr.value == 40);
	assert_true(um_ptr_at(p, 0, &q) && q.addr.value == 16);
	assert_true(um_ptr_at(p, (UINT64_MAX - 16) / 8, &q) && q.addr.value == UINT64_MAX - 7);
	assert_false(um_ptr_at(p, (UINT64_MAX - 16) / 8 + 1, &q));
	assert_false(um_ptr_at(p, -1, &q));
	assert_false(um_ptr_at(p, UINT64_MAX / 8 + 1, &q)); /* times 8 is 0 */
	assert_true(q.addr.value == UINT64_MAX - 7);
}

static void get_and_put_are_mirrors(void **state)
{
	struct whole out = { { 1, 2 }, { { 3, 4, 5 }, { 6, 7, 8 } }, "tag", 0.5 }, in;
	whole_ptr p = um_ptr_of(whole_ptr, um_addr_of(101));
	const struct whole *source = &out;
	const_ptr c = um_ptr_cast(const_ptr, p);
	struct padded padded = { 1, 2 };
	um_i32_ptr number = um_ptr_of(um_i32_ptr, um_addr_of(5));
	int32_t value = INT32_MIN;

	(void)state;
	CHECK(um_put(&bytes.space, p, source, 0), sizeof out, UM_OK);
	assert_memory_equal(user + 101, &out, sizeof out);
	CHECK(um_get(&bytes.space, p, &in, 0), sizeof in, UM_OK);
	assert_memory_equal(&in, &out, sizeof out);
	memset(&in, 0, sizeof in);
	CHECK(um_get(&bytes.space, c, &in, 0), sizeof in, UM_OK);
	assert_memory_equal(&in, &out, sizeof out);
	CHECK(um_get(&bytes.space, um_ptr_of(padded_ptr, um_addr_of(101)), &padded, 0), sizeof padded, UM_OK);
	assert_memory_equal(&padded, user + 101, sizeof padded);
	CHECK(um_put(&bytes.space, number, &value, 0), 4, UM_OK);
	value = 0;
	CHECK(um_get(&bytes.space, number, &value, 0), 4, UM_OK);
	assert_int_equal(value, INT32_MIN);
}

/* Law 7, R6: at every offset from a hole, and with a fault at every byte, also within an aligned word. */
static void a_get_is_all_or_nothing(void **state)
{
	static const size_t sizes[] = { 1, 2, 3, 4, 8, 9, 100, 256 };
	unsigned char object[256];
	size_t s, there, k;

	(void)state;
	for (s = 0; s < 8; s++) {
		for (there = 0; there <= sizes[s]; there++) {
			bool good = there == sizes[s];

			memset(object, 0xEE, sizeof object);
			CHECK(um_get_object(&bytes.space, um_addr_of(USER - there), object, sizes[s], 0), good ? there : 0, good ? UM_OK : UM_UNMAPPED);
			assert_true(good || all(object, sizeof object, 0xEE));
			assert_true(!good || memcmp(object, user + USER - there, there) == 0);
		}
		for (k = 0; k <= sizes[s]; k++) {
			struct watched watched;
			struct um_space *space = watch(&watched, &bytes.space);
			bool good = k == sizes[s];

			um_audit_fail_at(&watched.audit, k, UM_BUS);
			memset(object, 0xEE, sizeof object);
			CHECK(um_get_object(space, um_addr_of(64), object, sizes[s], 0), good ? k : 0, good ? UM_OK : UM_BUS);
			assert_true(good || all(object, sizeof object, 0xEE));
			assert_int_equal(watched.audit.accesses, 1);
		}
	}
	CHECK(um_get_object(&bytes.space, um_addr_of(0), object, 0, 0), 0, UM_INVALID);
	CHECK(um_get_object(&bytes.space, um_addr_of(0), object, 257, 0), 0, UM_INVALID);
	CHECK(um_get_object(&bytes.space, um_addr_of(0), object, SIZE_MAX, 0), 0, UM_INVALID);
}

static void a_put_that_fails_says_what_it_wrote(void **state)
{
	struct big big;
	big_ptr p = um_ptr_of(big_ptr, um_addr_of(USER - 20));

	(void)state;
	memset(&big, 9, sizeof big);
	CHECK(um_put(&bytes.space, p, &big, 0), 20, UM_UNMAPPED);
	assert_true(all(user + USER - 20, 20, 9));
	CHECK(um_get(&bytes.space, p, &big, 0), 0, UM_UNMAPPED);
	bytes.space.can &= ~(unsigned)UM_CAN_WRITE;
	CHECK(um_put(&bytes.space, p, &big, 0), 0, UM_UNSUPPORTED);
}

static void arrays_count_bytes_and_do_not_overflow(void **state)
{
	um_u32_ptr p = um_ptr_of(um_u32_ptr, um_addr_of(USER - 10));
	uint32_t in[4] = { 7, 7, 7, 7 }, back[4] = { 1, 2, 3, 4 };

	(void)state;
	CHECK(um_get_array(&bytes.space, p, in, 2, 0), 8, UM_OK);
	assert_memory_equal(in, user + USER - 10, 8);
	CHECK(um_get_array(&bytes.space, p, in, 4, 0), 10, UM_UNMAPPED);
	assert_memory_equal(in, user + USER - 10, 10);
	assert_int_equal(in[3], 7);
	CHECK(um_put_array(&bytes.space, p, back, 4, 0), 10, UM_UNMAPPED);
	assert_memory_equal(user + USER - 10, back, 10);
	CHECK(um_get_array(&bytes.space, p, in, 0, 0), 0, UM_OK);
	CHECK(um_get_array(&bytes.space, p, in, SIZE_MAX / 4 + 2, 0), 0, UM_RANGE); /* times 4 is 4 */
	CHECK(um_put_array(&bytes.space, p, in, SIZE_MAX / 4 + 2, 0), 0, UM_RANGE);
	CHECK(um_get_array(&bytes.space, p, in, SIZE_MAX, 64), 0, UM_INVALID);
	CHECK(um_put_array(&bytes.space, p, in, SIZE_MAX, UM_IGNORE_PERMS), 0, UM_UNSUPPORTED);
	assert_memory_equal(user + USER - 10, back, 10);
}

static void terminated_arrays_count_elements(void **state)
{
	um_u16_ptr p = um_ptr_of(um_u16_ptr, um_addr_of(33));
	uint16_t in[8];
	char text[8];

	(void)state;
	memset(user + 33 + 6, 0, 2);
	CHECK(um_get_terminated(&bytes.space, p, in, 8, 0), 3, UM_OK);
	assert_memory_equal(in, user + 33, 8);
	CHECK(um_get_terminated(&bytes.space, p, in, 3, 0), 3, UM_TOO_LONG);
	memcpy(user + 200, "hello", 6);
	CHECK(um_get_string(&bytes.space, um_ptr_of(um_str, um_addr_of(200)), text, 8, 0), 5, UM_OK);
	assert_string_equal(text, "hello");
	CHECK(um_get_string(&bytes.space, um_ptr_of(um_str, um_addr_of(200)), text, 5, 0), 4, UM_TOO_LONG);
}

/* Each argument is evaluated once. */
static void arguments_are_evaluated_once(void **state)
{
	um_u32_ptr pointers[3] = { { { 8 } }, { { 16 } }, { { 24 } } }, *p = pointers, q[2];
	uint32_t in[4] = { 1, 2, 3, 4 }, *object = in;
	unsigned flags[3] = { 0 }, *f = flags;
	size_t n = 0;

	(void)state;
	CHECK(um_get(&bytes.space, *p++, object++, *f++), 4, UM_OK);
	assert_true(p == pointers + 1 && object == in + 1 && f == flags + 1);
	CHECK(um_put(&bytes.space, *p++, object++, *f++), 4, UM_OK);
	assert_true(p == pointers + 2 && object == in + 2 && f == flags + 2);
	CHECK(um_get_array(&bytes.space, *--p, --object, ++n, *--f), 4, UM_OK);
	assert_true(p == pointers + 1 && object == in + 1 && f == flags + 1 && n == 1);
	CHECK(um_put_array(&bytes.space, *--p, --object, ++n, *--f), 8, UM_OK);
	assert_true(p == pointers && object == in && f == flags && n == 2);
	CHECK(um_get_terminated(&bytes.space, *p++, object++, n++, *f++), 2, UM_TOO_LONG);
	assert_true(p == pointers + 1 && object == in + 1 && f == flags + 1 && n == 3);
	p = q;
	assert_true(um_ptr_at(pointers[0], n++, p++));
	assert_true(n == 4 && p == q + 1 && q[0].addr.value == 20);
}

/* Law 3 for what is got inline: a word is within the limits or it is not touched. */
static void words_meet_the_limits(void **state)
{
	uint64_t word = 7;
	uint16_t half = 7;

	(void)state;
	limit_bytes(&bytes, user, USER, 16, 31);
	CHECK(um_get(&bytes.space, um_ptr_of(um_u64_ptr, um_addr_of(15)), &word, 0), 0, UM_RANGE);
	CHECK(um_get(&bytes.space, um_ptr_of(um_u64_ptr, um_addr_of(25)), &word, 0), 0, UM_RANGE);
	CHECK(um_get(&bytes.space, um_ptr_of(um_u64_ptr, um_addr_of(UINT64_MAX - 6)), &word, 0), 0, UM_RANGE);
	CHECK(um_get(&bytes.space, um_ptr_of(um_u16_ptr, um_addr_of(31)), &half, 0), 0, UM_RANGE);
	assert_true(word == 7 && half == 7);
	CHECK(um_get(&bytes.space, um_ptr_of(um_u64_ptr, um_addr_of(24)), &word, 0), 8, UM_OK);
	CHECK(um_get(&bytes.space, um_ptr_of(um_u16_ptr, um_addr_of(30)), &half, 0), 2, UM_OK);
	assert_true(memcmp(&word, user + 24, 8) == 0 && memcmp(&half, user + 30, 2) == 0);
	CHECK(um_get(&bytes.space, um_ptr_of(um_u64_ptr, um_addr_of(24)), &word, UM_IGNORE_PERMS), 0, UM_UNSUPPORTED);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_pointer_is_one_word, set_up),
		cmocka_unit_test_setup(get_and_put_are_mirrors, set_up),
		cmocka_unit_test_setup(a_get_is_all_or_nothing, set_up),
		cmocka_unit_test_setup(words_meet_the_limits, set_up),
		cmocka_unit_test_setup(a_put_that_fails_says_what_it_wrote, set_up),
		cmocka_unit_test_setup(arrays_count_bytes_and_do_not_overflow, set_up),
		cmocka_unit_test_setup(terminated_arrays_count_elements, set_up),
		cmocka_unit_test_setup(arguments_are_evaluated_once, set_up),
	};

	return cmocka_run_group_tests_name("ptr", tests, NULL, NULL);
}
