/* The exception table, by made-up entries. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "fault_internal.h"

static int32_t relative(uintptr_t target, const int32_t *field)
{
	return (int32_t)((intptr_t)target - (intptr_t)(uintptr_t)field);
}

/* The table is sorted where the linker has not, and each entry still says what it said. */
static void an_unsorted_table_is_sorted(void **state)
{
	enum { COUNT = 257 };
	static struct umi_fault_entry entries[COUNT];
	static const unsigned char code[4 * COUNT], fixups[4 * COUNT];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT; i++) {
		size_t which = i * 100 % COUNT; /* each once: 257 is a prime */

		entries[i].insn = relative((uintptr_t)&code[4 * which], &entries[i].insn);
		entries[i].fixup = relative((uintptr_t)&fixups[4 * which], &entries[i].fixup);
		entries[i].side = (uint32_t)which;
	}
	umi_fault_sort(entries, COUNT);
	for (i = 0; i < COUNT; i++) {
		assert_int_equal(entries[i].insn, relative((uintptr_t)&code[4 * i], &entries[i].insn));
		assert_int_equal(entries[i].fixup, relative((uintptr_t)&fixups[4 * i], &entries[i].fixup));
		assert_int_equal(entries[i].side, i);
	}
	umi_fault_sort(entries, 1);
	umi_fault_sort(entries, 0);
	assert_int_equal(entries[0].side, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_unsorted_table_is_sorted),
	};

	return cmocka_run_group_tests_name("fault", tests, NULL, NULL);
}
