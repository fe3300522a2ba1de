/* The audit space: its ledger, its faults, its changes in between. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include <usermem/spaces/audit.h>
#include <usermem/spaces/bytes.h>

enum { SIZE = 64, NOTES = 4, LEDGER = 8 };

static unsigned char user[SIZE] __attribute__((aligned(8)));
static struct um_bytes bytes;
static struct um_audit audit;
static struct um_audit_note notes[NOTES];
static struct um_audit_entry ledger[LEDGER];

static int start(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < SIZE; i++)
		user[i] = (unsigned char)(i + 1);
	um_bytes_init(&bytes, user, SIZE);
	um_audit_init(&audit, &bytes.space, notes, NOTES, ledger, LEDGER);
	return 0;
}

static void fetch(uint64_t addr, size_t n)
{
	unsigned char kernel[SIZE];
	struct um_result result = um_copy_in(&audit.space, kernel, um_addr_of(addr), n, 0);

	assert_int_equal(result.status, UM_OK);
	assert_memory_equal(kernel, user + addr, n);
}

static void assert_again(uint64_t expected)
{
	bool complete = false;

	assert_int_equal(um_audit_call_end(&audit, &complete), expected);
	assert_true(complete);
}

static void a_second_fetch_is_noted(void **state)
{
	(void)state;
	um_audit_call_begin(&audit, "twice");
	fetch(0, 8);
	fetch(16, 8);
	fetch(4, 16); /* 4 old, 8 new, 4 old */
	assert_again(8);
	assert_int_equal(audit.note_count, 2);
	assert_string_equal(notes[0].call, "twice");
	assert_int_equal(notes[0].addr.value, 4);
	assert_int_equal(notes[0].length, 4);
	assert_int_equal(notes[0].first, 0);
	assert_int_equal(notes[0].second, 2);
	assert_int_equal(notes[1].addr.value, 16);
	assert_int_equal(notes[1].length, 4);
	assert_int_equal(notes[1].first, 1);
	assert_int_equal(audit.fetched, 32);
}

static void neighbours_and_the_next_call_are_no_second_fetch(void **state)
{
	(void)state;
	um_audit_call_begin(&audit, "once");
	fetch(8, 8);
	fetch(0, 8);
	fetch(16, 8);
	assert_again(0);
	um_audit_call_begin(&audit, "later");
	fetch(8, 8);
	assert_again(0);
	assert_int_equal(audit.note_count, 0);
}

static void what_fetches_and_what_does_not(void **state)
{
	struct um_atomic_access add = { .op = UM_ADD, .size = 4 }, store = { .op = UM_STORE, .size = 4 };
	char text[8];

	(void)state;
	user[4] = '\0';
	um_audit_call_begin(&audit, "kinds");
	assert_int_equal(um_copy_string_in(&audit.space, text, um_addr_of(0), 8, 0).done, 4);
	fetch(5, 1);
	assert_int_equal(um_copy_string_in(&audit.space, text, um_addr_of(6), 2, 0).status, UM_TOO_LONG);
	assert_int_equal(um_copy_out(&audit.space, um_addr_of(8), "12345678", 8, 0).status, UM_OK);
	assert_int_equal(um_fill(&audit.space, um_addr_of(8), 0, 8, 0).status, UM_OK);
	assert_int_equal(um_atomic(&audit.space, um_addr_of(8), &store, 0), UM_OK);
	fetch(8, 1);
	assert_again(0);
	um_audit_call_begin(&audit, "kinds, twice");
	assert_int_equal(um_atomic(&audit.space, um_addr_of(8), &add, 0), UM_OK);
	fetch(0, 16);
	assert_int_equal(um_copy_string_in(&audit.space, text, um_addr_of(0), 8, 0).done, 4);
	assert_int_equal(um_copy_string_in(&audit.space, text, um_addr_of(6), 2, 0).status, UM_TOO_LONG);
	assert_again(4 + 5 + 2);
}

static void a_full_ledger_proves_nothing(void **state)
{
	bool complete = true;
	uint64_t i;

	(void)state;
	um_audit_call_begin(&audit, "full");
	for (i = 0; i < LEDGER; i++)
		fetch(2 * i, 1);
	fetch(40, 1);
	assert_int_equal(um_audit_call_end(&audit, &complete), 0);
	assert_false(complete);
	um_audit_init(&audit, &bytes.space, NULL, 0, NULL, 0);
	fetch(0, 8);
	um_audit_call_end(&audit, &complete);
	assert_false(complete);
}

static void notes_go_on_counting(void **state)
{
	uint64_t i;

	(void)state;
	um_audit_call_begin(&audit, "many");
	fetch(0, SIZE);
	for (i = 0; i < NOTES + 2; i++)
		fetch(i, 1);
	assert_again(NOTES + 2);
	assert_int_equal(audit.note_count, NOTES + 2);
}

static void a_fault_is_exact_and_stays(void **state)
{
	struct um_atomic_access add = { .op = UM_ADD, .size = 4, .operand = 1, .old = 7 };
	unsigned char kernel[SIZE] = { 0 };
	struct um_result result;
	char text[8] = "#######";

	(void)state;
	um_audit_fail_at(&audit, 10, UM_BUS);
	fetch(0, 6);
	result = um_copy_in(&audit.space, kernel, um_addr_of(6), 8, 0);
	assert_true(result.done == 4 && result.status == UM_BUS);
	assert_true(kernel[3] == 10 && kernel[4] == 0);
	result = um_fill(&audit.space, um_addr_of(0), 0, 1, 0);
	assert_true(result.done == 0 && result.status == UM_BUS && user[0] == 1);
	um_audit_fail_at(&audit, 2, UM_NO_MEMORY);
	assert_int_equal(um_atomic(&audit.space, um_addr_of(0), &add, 0), UM_NO_MEMORY);
	assert_true(add.old == 7 && user[0] == 1);
	result = um_copy_out(&audit.space, um_addr_of(0), "x", 1, 0);
	assert_true(result.done == 0 && result.status == UM_NO_MEMORY);
	um_audit_fail_at(&audit, 3, UM_UNMAPPED);
	result = um_copy_string_in(&audit.space, text, um_addr_of(0), sizeof text, 0);
	assert_true(result.done == 3 && result.status == UM_UNMAPPED);
	assert_memory_equal(text, "\1\2\3\0###", 7);
	um_audit_fail_at(&audit, 0, UM_OK);
	fetch(0, SIZE);
}

static void a_fault_behind_the_nul_does_not_count(void **state)
{
	struct um_result result;
	char text[8];

	(void)state;
	user[3] = '\0';
	um_audit_fail_at(&audit, 4, UM_BUS);
	result = um_copy_string_in(&audit.space, text, um_addr_of(0), sizeof text, 0);
	assert_true(result.done == 3 && result.status == UM_OK);
	result = um_copy_string_in(&audit.space, text, um_addr_of(0), sizeof text, 0);
	assert_true(result.done == 0 && result.status == UM_BUS && text[0] == '\0');
	um_audit_fail_at(&audit, 3, UM_BUS);
	result = um_copy_string_in(&audit.space, text, um_addr_of(0), sizeof text, 0);
	assert_true(result.done == 3 && result.status == UM_BUS);
}

static struct um_result take(void *context, const struct um_block *blocks, size_t count)
{
	struct um_result result = { 0, UM_OK, UM_ONLY_SIDE };
	size_t i;

	for (i = 0; i < count; i++)
		result.done += blocks[i].length;
	*(size_t *)context += result.done;
	return result;
}

static void a_visit_is_cut_at_the_fault_and_fetches(void **state)
{
	struct um_range array[2] = { { { 0 }, 8 }, { { 32 }, 8 } };
	struct um_result result;
	size_t shown = 0;

	(void)state;
	um_audit_call_begin(&audit, "visit");
	um_audit_fail_at(&audit, 10, UM_DENIED);
	result = um_visit(&audit.space, um_ranges_from(array, 2), UM_READ, 0, take, &shown);
	assert_true(result.done == 10 && result.status == UM_DENIED && shown == 10);
	um_audit_fail_at(&audit, 0, UM_OK);
	fetch(32, 8);
	assert_again(2);
	um_audit_call_begin(&audit, "visit to write");
	assert_int_equal(um_visit(&audit.space, um_ranges_from(array, 2), UM_WRITE, 0, take, &shown).status, UM_OK);
	fetch(0, 8);
	assert_again(0);
}

static void change(void *context, uint64_t access)
{
	user[access] = 0xee;
	*(uint64_t *)context = access;
}

static void between_comes_before_each_access_but_the_first(void **state)
{
	struct um_range array[2] = { { { 8 }, 2 }, { { 16 }, 2 } };
	unsigned char kernel[4];
	uint64_t last = 77;

	(void)state;
	um_audit_between(&audit, change, &last);
	um_audit_call_begin(&audit, "between");
	fetch(0, 1);
	assert_int_equal(last, 77);
	fetch(1, 1);
	assert_int_equal(last, 1);
	assert_int_equal(user[1], 0xee);
	assert_int_equal(um_copy_in_ranges(&audit.space, kernel, 4, um_ranges_from(array, 2), 0).status, UM_OK);
	assert_int_equal(last, 3);
	um_audit_between(&audit, NULL, NULL);
	fetch(20, 1);
	assert_int_equal(last, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_second_fetch_is_noted, start),
		cmocka_unit_test_setup(neighbours_and_the_next_call_are_no_second_fetch, start),
		cmocka_unit_test_setup(what_fetches_and_what_does_not, start),
		cmocka_unit_test_setup(a_full_ledger_proves_nothing, start),
		cmocka_unit_test_setup(notes_go_on_counting, start),
		cmocka_unit_test_setup(a_fault_is_exact_and_stays, start),
		cmocka_unit_test_setup(a_fault_behind_the_nul_does_not_count, start),
		cmocka_unit_test_setup(a_visit_is_cut_at_the_fault_and_fetches, start),
		cmocka_unit_test_setup(between_comes_before_each_access_but_the_first, start),
	};

	return cmocka_run_group_tests_name("audit", tests, NULL, NULL);
}
