/* Law 5 for copies larger than the residue test makes: beyond the size from which string instructions do them. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include <sys/mman.h>
#include <usermem/fault.h>
#include <usermem/port.h>
#include "arch/arch.h"

enum { GOOD = 64 << 10, MARGIN = 128, UNTOUCHED = 0xa5 };

static unsigned char *user; /* GOOD bytes, with a hole behind them */
static unsigned char kernel[GOOD + 2 * MARGIN] __attribute__((aligned(64))), sample[GOOD + MARGIN], untouched[GOOD + 2 * MARGIN];

static int map_memory(void **state)
{
	size_t i;

	(void)state;
	memset(untouched, UNTOUCHED, sizeof untouched);
	user = mmap(NULL, 2 * GOOD, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (i = 0; i < sizeof sample; i++)
		sample[i] = (unsigned char)(i * 31 + i / 251);
	return user == MAP_FAILED || mprotect(user + GOOD, GOOD, PROT_NONE) != 0 ? -1 : 0;
}

static void assert_done(struct um_result result, size_t n, size_t there)
{
	assert_int_equal(result.done, n < there ? n : there);
	assert_int_equal(result.status, n <= there ? UM_OK : UM_DENIED);
}

/* n bytes, of which the last `there` of the good ones are there; the trusted side at an offset of its own. */
static void copy_in(size_t n, size_t there, size_t offset)
{
	unsigned char *start = user + GOOD - there, *to = kernel + MARGIN + offset;
	size_t done = n < there ? n : there;

	memcpy(start, sample, there);
	memset(kernel, UNTOUCHED, sizeof kernel);
	assert_done(um_raw_copy_in(to, (uintptr_t)start, n, 0), n, there);
	assert_memory_equal(to, sample, done);
	assert_memory_equal(kernel, untouched, (size_t)(to - kernel));
	assert_memory_equal(to + done, untouched, (size_t)(kernel + sizeof kernel - (to + done)));
}

static void copy_out(size_t n, size_t there, size_t offset)
{
	unsigned char *start = user + GOOD - there;
	size_t done = n < there ? n : there;

	memset(user, UNTOUCHED, GOOD);
	assert_done(um_raw_copy_out((uintptr_t)start, sample + offset, n, 0), n, there);
	assert_memory_equal(start, sample + offset, done);
	assert_memory_equal(user, untouched, (size_t)(start - user));
	assert_memory_equal(start + done, untouched, there - done);
}

static void around_each_hole(size_t n)
{
	const size_t from_start[] = { 0, 1, 63, 64, 65, 127, 128, 4095, 4097, 20001 }, from_end[] = { 0, 1, 63, 64, 65, 129, 4097 };
	size_t i, offset;

	for (offset = 0; offset < 64; offset += 21) {
		for (i = 0; i < sizeof from_start / sizeof from_start[0]; i++) {
			copy_in(n, from_start[i], offset);
			copy_out(n, from_start[i], offset);
		}
		for (i = 0; i < sizeof from_end / sizeof from_end[0]; i++) {
			copy_in(n, n - from_end[i], offset);
			copy_out(n, n - from_end[i], offset);
		}
		copy_in(n, n + 77, offset);
		copy_out(n, n + 77, offset);
	}
}

static void law_5_in_each_variant(void **state)
{
	static const size_t sizes[] = { 24 << 10, (24 << 10) + 1, 32 << 10, 40001 };
	enum umi_variant variant;
	size_t i;

	(void)state;
	assert_int_equal(um_port_open(), UM_OK);
	for (variant = UMI_GENERAL; variant < UMI_VARIANTS; variant++) {
		if (!umi_arch_use(variant))
			continue;
		for (i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
			around_each_hole(sizes[i]);
		for (i = 0; i < 64; i++) /* the size that decides is what is left behind the first vector */
			around_each_hole((24 << 10) + i * 2 + 1);
	}
	umi_arch_open();
	um_port_close();
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(law_5_in_each_variant) };

	return cmocka_run_group_tests(tests, map_memory, NULL);
}
