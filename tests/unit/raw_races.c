/* The raw calls against a program that changes its memory meanwhile, in the code for each kind of processor. */
#include "raw_kit.h"
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

static atomic_bool over;

static bool alone(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof set, &set) != 0 || CPU_COUNT(&set) < 2;
}

static void against(void *(*program)(void *), void (*test)(void))
{
	pthread_t thread;

	if (alone()) {
		print_message("# SKIP there is one processor, and a race needs two\n");
		skip();
	}
	atomic_store(&over, false);
	assert_int_equal(pthread_create(&thread, NULL, program, NULL), 0);
	with_port_in_each_variant(test);
	atomic_store(&over, true);
	pthread_join(thread, NULL);
}

/* Some bytes of a string are NUL, and others the next moment; the last one stays. */
enum { STRING = 200 };

static void *change_string(void *unused)
{
	static const unsigned char places[] = { 9, 20, 38, 60, 84, 99, 130, 170, 190 };
	volatile unsigned char *string = user;
	unsigned turn = 1;

	(void)unused;
	while (!atomic_load_explicit(&over, memory_order_relaxed)) {
		unsigned char place;

		turn = turn * 1664525 + 1013904223;
		place = places[(turn >> 16) % sizeof places];
		string[place] = string[place] == 0 ? 'a' : 0;
	}
	return NULL;
}

static void read_string(void)
{
	unsigned rounds = slow() ? 500 : 400000, i;

	for (i = 0; i < rounds; i++) {
		size_t from = i % 97, limit = i % 3 == 0 ? 70 : 400;
		char *dst = (char *)kernel + MARGIN + i % 64;
		struct um_result result;

		memset(kernel, UNTOUCHED, 640);
		result = um_raw_copy_string_in(dst, (uintptr_t)user + from, limit, 0);
		assert_true(result.status == UM_OK || (result.status == UM_TOO_LONG && result.done == limit - 1));
		assert_true(result.done <= STRING - from);
		assert_int_equal(strnlen(dst, limit), result.done);
		assert_true(all(kernel, (size_t)(dst - (char *)kernel), UNTOUCHED));
		assert_true(all((unsigned char *)dst + result.done + 1, limit + MARGIN - result.done - 1, UNTOUCHED));
	}
}

static void law_10_while_the_string_changes(void **state)
{
	(void)state;
	memset(user, 'x', STRING);
	user[STRING] = 0;
	against(change_string, read_string);
}

/* Values that are all ones or all zeroes, never anything between. */
static void *flip(void *unused)
{
	uint64_t *value = (uint64_t *)(void *)user;

	(void)unused;
	while (!atomic_load_explicit(&over, memory_order_relaxed)) {
		__atomic_store_n(value, UINT64_MAX, __ATOMIC_RELAXED);
		__atomic_store_n(value, 0, __ATOMIC_RELAXED);
	}
	return NULL;
}

static unsigned torn(size_t size, unsigned rounds)
{
	unsigned count = 0, i;

	for (i = 0; i < rounds; i++) {
		uint64_t value = 0, ones = UINT64_MAX >> (64 - 8 * size);

		if (um_raw_copy_in(&value, (uintptr_t)user, size, 0).done != size || (value != 0 && value != ones))
			count++;
	}
	return count;
}

static void read_values(void)
{
	unsigned rounds = slow() ? 10000 : 60000000; /* 10^8 reads in all */

	assert_int_equal(torn(8, rounds), 0);
	assert_int_equal(torn(4, rounds / 3), 0);
	assert_int_equal(torn(2, rounds / 3), 0);
}

static size_t written; /* bytes of the value; nobody changes it meanwhile */
static atomic_uint seen_torn;

static void *watch(void *unused)
{
	const uint64_t ones = UINT64_MAX >> (64 - 8 * written);

	(void)unused;
	while (!atomic_load_explicit(&over, memory_order_relaxed)) {
		uint64_t value = __atomic_load_n((uint64_t *)(void *)user, __ATOMIC_RELAXED);

		if (value != 0 && value != ones)
			atomic_fetch_add(&seen_torn, 1);
	}
	return NULL;
}

static void write_values(void)
{
	unsigned rounds = slow() ? 10000 : 3000000, i;

	for (i = 0; i < rounds; i++) {
		uint64_t value = i % 2 != 0 ? UINT64_MAX : 0;

		if (um_raw_copy_out((uintptr_t)user, &value, written, 0).done != written)
			atomic_fetch_add(&seen_torn, 1);
	}
	assert_int_equal(atomic_load(&seen_torn), 0);
}

static void law_9_values_do_not_tear(void **state)
{
	(void)state;
	memset(user, 0, 8);
	against(flip, read_values);
	for (written = 8; written >= 2; written /= 2) {
		memset(user, 0, 8);
		against(watch, write_values);
	}
}

static atomic_uint started;

static void *add_and_toggle(void *rounds)
{
	unsigned i;

	atomic_fetch_add(&started, 1);
	while (atomic_load(&started) < 2)
		sched_yield();
	for (i = 0; i < *(unsigned *)rounds; i++) {
		struct um_atomic_access add = { .op = UM_ADD, .size = 8, .operand = 1 };
		struct um_atomic_access toggle = { .op = UM_XOR, .size = 4, .operand = 1 };
		enum um_status status;

		if (um_raw_atomic((uintptr_t)user, &add, 0) != UM_OK)
			return user;
		do
			status = um_raw_atomic((uintptr_t)user + 8, &toggle, 0);
		while (status == UM_AGAIN);
		if (status != UM_OK)
			return user;
	}
	return NULL;
}

static void two_threads(void)
{
	unsigned rounds = slow() ? 1001 : 1000001;
	pthread_t thread;
	void *failed;

	memset(user, 0, 16);
	atomic_store(&started, 0);
	assert_int_equal(pthread_create(&thread, NULL, add_and_toggle, &rounds), 0);
	assert_null(add_and_toggle(&rounds));
	assert_int_equal(pthread_join(thread, &failed), 0);
	assert_null(failed);
	assert_int_equal(*(uint64_t *)(void *)user, 2 * rounds);
	assert_int_equal(*(uint32_t *)(void *)(user + 8), 0);
}

static void law_16_two_threads(void **state)
{
	(void)state;
	with_port_in_each_variant(two_threads);
}

/* Where it would store nothing, too: LL/SC machines store back what they read. */
static void a_compare_is_a_write(void)
{
	struct um_atomic_access access = { .op = UM_CAS, .size = 8, .operand = 1, .expected = 2, .old = 3 };

	assert_int_equal(mprotect(user, PAGE, PROT_READ), 0);
	for (; access.op <= UM_XOR; access.op++)
		assert_int_equal(um_raw_atomic((uintptr_t)user, &access, 0), UM_DENIED);
	assert_true(access.old == 3);
	assert_int_equal(mprotect(user, PAGE, PROT_READ | PROT_WRITE), 0);
}

static void law_16_a_compare_is_a_write(void **state)
{
	(void)state;
	with_port_in_each_variant(a_compare_is_a_write);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(law_10_while_the_string_changes),
		cmocka_unit_test(law_9_values_do_not_tear),
		cmocka_unit_test(law_16_two_threads),
		cmocka_unit_test(law_16_a_compare_is_a_write),
	};

	return cmocka_run_group_tests_name("raw_races", tests, map_memory, NULL);
}
