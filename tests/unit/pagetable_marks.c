/* What an access marks in the tables, and when it must not (UM_PAGETABLE_UPDATE). */
#include "tables.h"
#include <pthread.h>
#include <sched.h>

static unsigned char ours[8];
static const uint64_t aligned = 0x1240000800; /* of which every size of page has the first bytes */

/* A page of any size at aligned, with nothing marked.  It is the one that holds the root; what is at aligned is no entry on the way. */
static uint64_t *unmarked(enum um_pagetable_format format, unsigned level)
{
	uint64_t marks = format == UM_PAGETABLE_AARCH64_4K ? 0x400 : format <= UM_PAGETABLE_X86_64_5 ? 0x60 : 0xc0, *entry;

	memset(physical, 0, PHYSICAL);
	entry = path_to(format, aligned, level);
	*entry = page_entry(format, 0, level) & ~marks;
	if (format == UM_PAGETABLE_AARCH64_4K)
		*entry |= (uint64_t)1 << 51 | 0x80;
	return entry;
}

static void act_on(unsigned act, um_addr addr)
{
	struct um_atomic_access load = { .op = UM_LOAD, .size = 4 }, cas = { .op = UM_CAS, .size = 4, .expected = 1 };
	struct um_range range = { addr, 8 };
	static const unsigned char zeroes[8];

	switch (act) {
	case 0: CHECK(um_copy_in(&table.space, ours, addr, 8, 0), 8, UM_OK); break;
	case 1: CHECK_STATUS(um_atomic(&table.space, addr, &load, 0), UM_OK); break;
	case 2: CHECK(um_populate(&table.space, range, UM_READ, 0), 8, UM_OK); break;
	case 3: CHECK(um_copy_in(&table.space, ours, addr, 8, UM_IGNORE_PERMS), 8, UM_OK); break;
	case 4: CHECK(um_fill(&table.space, addr, 0, 8, 0), 8, UM_OK); break;
	case 5: CHECK_STATUS(um_atomic(&table.space, addr, &cas, 0), UM_OK); break;
	case 6: CHECK(um_populate(&table.space, range, UM_READ | UM_WRITE, 0), 8, UM_OK); break;
	default: CHECK(um_copy_out(&table.space, addr, zeroes, 8, 0), 8, UM_OK); break;
	}
}

static void marks_are_the_machines(void **state)
{
	static unsigned char before[PHYSICAL];
	um_addr addr = um_addr_of(aligned);
	struct um_translation got;
	unsigned f, level, act, i;

	(void)state;
	for (f = 0; f < 5; f++) {
		for (level = 1; level <= 3; level++) {
			for (act = 0; act < 8; act++) {
				struct answer answer;

				unmarked(all_formats[f], level);
				open_table(all_formats[f], UM_PAGETABLE_USER | UM_PAGETABLE_UPDATE);
				answer = oracle(&table.config, addr.value);
				memcpy(before, physical, PHYSICAL);
				CHECK(um_check(&table.space, (struct um_range){ addr, 8 }, UM_READ | UM_WRITE, 0), 8, UM_OK);
				CHECK_STATUS(um_pagetable_translate(&table, addr, UM_WRITE, &got), UM_OK);
				assert_memory_equal(before, physical, PHYSICAL);
				act_on(act, addr);
				act_on(act, addr); /* what is marked stays so */
				for (i = 0; i < answer.steps; i++) {
					uint64_t marked = act < 4 ? answer.step[i].used : answer.step[i].written;

					memcpy(before + answer.step[i].at, &marked, sizeof marked);
				}
				assert_memory_equal(before, physical, PHYSICAL);
			}
		}
	}
}

/* Refused accesses mark nothing, and neither do those that only UM_IGNORE_PERMS lets pass. */
static void what_is_refused_is_not_marked(void **state)
{
	static unsigned char before[PHYSICAL];
	um_addr addr = um_addr_of(aligned);
	unsigned f;

	(void)state;
	for (f = 0; f < 5; f++) {
		uint64_t *entry = unmarked(all_formats[f], 1), writable = all_formats[f] <= UM_PAGETABLE_X86_64_5 ? 2 : 4;

		*entry &= ~(all_formats[f] == UM_PAGETABLE_AARCH64_4K ? (uint64_t)1 << 51 : writable);
		open_table(all_formats[f], UM_PAGETABLE_USER | UM_PAGETABLE_UPDATE);
		memcpy(before, physical, PHYSICAL);
		CHECK(um_fill(&table.space, addr, 0, 8, 0), 0, UM_DENIED);
		assert_memory_equal(before, physical, PHYSICAL);
		CHECK(um_fill(&table.space, addr, 0, 8, UM_IGNORE_PERMS), 8, UM_OK);
		assert_memory_equal(before, physical, PHYSICAL);
	}
}

/* Without UM_PAGETABLE_UPDATE no entry is written; what lacks a mark is refused but on x86-64, and passed by a debugger. */
static void nothing_is_marked_unasked(void **state)
{
	static unsigned char before[PHYSICAL];
	um_addr addr = um_addr_of(aligned);
	unsigned f;

	(void)state;
	for (f = 0; f < 5; f++) {
		bool minds = all_formats[f] > UM_PAGETABLE_X86_64_5;
		uint64_t *entry = unmarked(all_formats[f], 1);

		open_table(all_formats[f], UM_PAGETABLE_USER);
		memcpy(before, physical, PHYSICAL);
		CHECK(um_copy_in(&table.space, ours, addr, 8, 0), minds ? 0 : 8, minds ? UM_DENIED : UM_OK);
		CHECK(um_fill(&table.space, addr, 0, 8, 0), minds ? 0 : 8, minds ? UM_DENIED : UM_OK);
		CHECK(um_fill(&table.space, addr, 0, 8, UM_IGNORE_PERMS), 8, UM_OK);
		assert_memory_equal(before, physical, PHYSICAL);
		*entry |= all_formats[f] == UM_PAGETABLE_AARCH64_4K ? 0x400 : 0x40; /* used, and not written */
		CHECK(um_copy_in(&table.space, ours, addr, 8, 0), 8, UM_OK);
		CHECK(um_fill(&table.space, addr, 0, 8, 0), minds ? 0 : 8, minds ? UM_DENIED : UM_OK);
	}
}

/* The page's entry moves to another page before it is marked: the access goes there, and only what was found is marked. */
static void an_entry_that_changes_is_walked_again(void **state)
{
	struct watched watched;
	unsigned f, i;

	(void)state;
	for (f = 0; f < 5; f++) {
		uint64_t *entry = unmarked(all_formats[f], 1), was = *entry, moved = was + (entry_to(all_formats[f], DATA) - entry_to(all_formats[f], 0));
		struct change change = { levels_of(all_formats[f]), entry, moved, false };
		struct answer answer;

		um_bytes_init(&memory, physical, PHYSICAL);
		if (all_formats[f] <= UM_PAGETABLE_X86_64_5) /* of tables that are marked already */
			for (i = 0; i < levels_of(all_formats[f]) - 1; i++)
				*slot(i * PAGE, slot_of(aligned, levels_of(all_formats[f]) - i)) |= 0x20;
		open_over(watch(&watched, &memory.space), all_formats[f], UM_PAGETABLE_USER | UM_PAGETABLE_UPDATE);
		um_audit_between(&watched.audit, make_change, &change);
		CHECK(um_copy_out(&table.space, um_addr_of(aligned), "moved", 5, 0), 5, UM_OK);
		assert_memory_equal(physical + DATA + 0x800, "moved", 5);
		assert_memory_equal(physical + 0x800, "\0\0\0\0\0", 5);
		*entry = moved;
		answer = oracle(&table.config, aligned);
		assert_int_equal(answer.addr, DATA + 0x800);
	}
}

/* Somebody who changes it each time: a bounded number of walks, UM_AGAIN, and nothing done. */
static void an_entry_that_never_holds_still(void **state)
{
	struct um_atomic_access add = { .op = UM_ADD, .size = 4, .operand = 1, .old = 7 };
	struct watched watched;
	unsigned f, act;

	(void)state;
	for (f = 0; f < 5; f++) {
		uint64_t *entry = unmarked(all_formats[f], 1), was = *entry;
		/* Bits that are software's, and do not matter. */
		struct change change = { 0, entry, all_formats[f] > UM_PAGETABLE_AARCH64_4K ? 0x100 : (uint64_t)1 << 55, true };

		um_bytes_init(&memory, physical, PHYSICAL);
		open_over(watch(&watched, &memory.space), all_formats[f], UM_PAGETABLE_USER | UM_PAGETABLE_UPDATE);
		um_audit_between(&watched.audit, make_change, &change);
		for (act = 0; act < 2; act++) {
			um_audit_call_begin(&watched.audit, "again");
			if (act == 0)
				CHECK(um_copy_in(&table.space, ours, um_addr_of(aligned), 8, 0), 0, UM_AGAIN);
			else
				CHECK_STATUS(um_atomic(&table.space, um_addr_of(aligned), &add, 0), UM_AGAIN);
			assert_true(watched.audit.accesses < 200);
		}
		assert_int_equal(*entry & ~(3 * change.value), was & ~(3 * change.value));
		assert_int_equal(add.old, 7);
	}
}

/* Where an entry cannot be marked nothing is done, and nothing else is marked. */
static void an_entry_that_cannot_be_written(void **state)
{
	static const struct { enum um_status inner, says; } cases[] = {
		{ UM_DENIED, UM_BUS }, { UM_UNMAPPED, UM_BUS }, { UM_MISALIGNED, UM_BUS }, { UM_GONE, UM_GONE }, { UM_NO_MEMORY, UM_NO_MEMORY },
	};
	static unsigned char before[PHYSICAL];
	struct watched watched;
	unsigned f;
	size_t i;

	(void)state;
	for (f = 0; f < 5; f++) {
		for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
			unmarked(all_formats[f], 1);
			memcpy(before, physical, PHYSICAL);
			um_bytes_init(&memory, physical, PHYSICAL);
			open_over(watch(&watched, &memory.space), all_formats[f], UM_PAGETABLE_USER | UM_PAGETABLE_UPDATE);
			um_audit_fail_at(&watched.audit, levels_of(all_formats[f]) * 8, cases[i].inner);
			CHECK(um_fill(&table.space, um_addr_of(aligned), 9, 8, 0), 0, cases[i].says);
			assert_int_equal(watched.audit.accesses, levels_of(all_formats[f]) + 1); /* nothing is tried again */
			assert_memory_equal(before, physical, PHYSICAL);
		}
	}
}

/* ---------------------------------------------------------------- while the machine's own kernel changes the entry */

enum { TURNS = 500, SOFTWARE = 0x200 /* a bit of x86-64's entries that is the kernel's alone */ };

struct kernel_thread {
	uint64_t *entry;
	unsigned lost; /* changes of its own that somebody undid */
	bool stop;
};

static void *turn_bits(void *context)
{
	struct kernel_thread *kernel = context;
	uint64_t ours_was = 0;
	unsigned i;

	for (i = 0; i < TURNS; i++) {
		uint64_t old = __atomic_fetch_xor(kernel->entry, SOFTWARE, __ATOMIC_SEQ_CST);

		kernel->lost += (old & SOFTWARE) != ours_was;
		ours_was ^= SOFTWARE;
		__atomic_fetch_and(kernel->entry, ~(uint64_t)0x60, __ATOMIC_SEQ_CST); /* looked who was accessed */
		sched_yield();
	}
	__atomic_store_n(&kernel->stop, true, __ATOMIC_SEQ_CST);
	return NULL;
}

static void let_it_run(void *context, uint64_t access)
{
	(void)context;
	(void)access;
	sched_yield();
}

/* A mark is one exchange of what was judged: it never undoes what the kernel has done to the entry since. */
static void marks_undo_nothing(void **state)
{
	struct kernel_thread kernel = { .entry = unmarked(UM_PAGETABLE_X86_64_4, 1) };
	uint64_t was = *kernel.entry;
	struct watched watched;
	pthread_t thread;
	bool stop = false;

	(void)state;
	um_bytes_init(&memory, physical, PHYSICAL);
	open_over(watch(&watched, &memory.space), UM_PAGETABLE_X86_64_4, UM_PAGETABLE_USER | UM_PAGETABLE_UPDATE);
	um_audit_between(&watched.audit, let_it_run, NULL);
	assert_int_equal(pthread_create(&thread, NULL, turn_bits, &kernel), 0);
	while (!stop) {
		enum um_status status;

		stop = __atomic_load_n(&kernel.stop, __ATOMIC_SEQ_CST);
		status = um_fill(&table.space, um_addr_of(aligned), 1, 8, 0).status;
		assert_true(status == UM_OK || status == UM_AGAIN);
	}
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(kernel.lost, 0);
	assert_int_equal(*kernel.entry, was | 0x60); /* the last turn was an even one, and the last access marked it */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(marks_are_the_machines),
		cmocka_unit_test(what_is_refused_is_not_marked),
		cmocka_unit_test(nothing_is_marked_unasked),
		cmocka_unit_test(an_entry_that_changes_is_walked_again),
		cmocka_unit_test(an_entry_that_never_holds_still),
		cmocka_unit_test(an_entry_that_cannot_be_written),
		cmocka_unit_test(marks_undo_nothing),
	};

	return cmocka_run_group_tests_name("pagetable, marks", tests, NULL, NULL);
}
