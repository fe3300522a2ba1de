/*
 * For tests of the raw calls: memory with nothing behind it, and each test in the code for each kind of processor.
 */
#ifndef TESTS_RAW_KIT_H
#define TESTS_RAW_KIT_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <usermem/fault.h>
#include <usermem/port.h>
#include "arch/arch.h"
#include "under.h"

enum { PAGE = 4096, GOOD = 4 * PAGE, MARGIN = 64, UNTOUCHED = 0xa5 };

static unsigned char *user, *other;           /* GOOD bytes each, with nothing behind them */
static unsigned char kernel[GOOD + 2 * MARGIN] __attribute__((aligned(64)));

static inline unsigned char *map_good(void)
{
	unsigned char *map = mmap(NULL, 2 * GOOD, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_true(map != MAP_FAILED && mprotect(map + GOOD, GOOD, PROT_NONE) == 0);
	return map;
}

static inline int map_memory(void **state)
{
	(void)state;
	user = map_good();
	other = map_good();
	return 0;
}

/* cmocka has handlers of its own for the length of a test: the port goes above them, so within it. */
static inline void open_port(void)
{
	assert_int_equal(um_port_open(), UM_OK);
}

static inline bool slow(void)
{
	return under_valgrind() || under_tsan() || under_asan();
}

static enum umi_variant variant;

static inline void in_each_variant(void (*test)(void))
{
	for (variant = UMI_GENERAL; variant < UMI_VARIANTS; variant++) {
		print_message("# %s%s\n", umi_variant_name(variant), umi_arch_use(variant) ? "" : ": this processor has none");
		if (umi_arch_use(variant))
			test();
	}
	umi_arch_open();
}

static inline void with_port_in_each_variant(void (*test)(void))
{
	open_port();
	in_each_variant(test);
	um_port_close();
}

static inline bool all(const unsigned char *bytes, size_t n, unsigned char value)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (bytes[i] != value)
			return false;
	return true;
}

static inline void assert_result(struct um_result result, size_t done, enum um_status status, enum um_side side)
{
	assert_int_equal(result.done, done);
	assert_string_equal(um_status_name(result.status), um_status_name(status));
	assert_int_equal(result.side, side);
}

#endif
