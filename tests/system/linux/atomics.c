/* Words that the kernel itself reads, compares and writes: futexes, and the numbers that clone leaves. */
#include <linux/futex.h>
#include <linux/sched.h>
#include <linux/signal.h>
#include <linux/time_types.h>
#include <linux/wait.h>

#include "groups.h"
#include "line.h"

enum { WORD = 4, VALUE = 5, STACK_WORDS = 1024 };

static const struct __kernel_timespec shortly = { .tv_nsec = 1 };
static const struct __kernel_timespec negative = { .tv_sec = -1 };
static const struct __kernel_timespec second = { .tv_nsec = 1000000000 };
static const uint32_t value = VALUE;
static const uint32_t no_number = UINT32_MAX;
static uint64_t other = PAGE_AT(LIST);

static int64_t call_wait(uint64_t address, uint64_t kind)
{
	return CALL(futex, address, FUTEX_WAIT | kind, VALUE, ADDRESS(&shortly));
}

static int64_t call_wait_other(uint64_t address, uint64_t kind)
{
	return CALL(futex, address, FUTEX_WAIT | kind, VALUE + 1, ADDRESS(&shortly));
}

static int64_t call_wake(uint64_t address, uint64_t kind)
{
	return CALL(futex, address, FUTEX_WAKE | kind, 1);
}

static int64_t call_requeue(uint64_t address, uint64_t kind)
{
	return CALL(futex, address, FUTEX_CMP_REQUEUE | kind, 1, 1, other, VALUE);
}

static int64_t call_requeue_other(uint64_t address, uint64_t kind)
{
	return CALL(futex, address, FUTEX_CMP_REQUEUE | kind, 1, 1, other, VALUE + 1);
}

static int64_t call_requeue_to(uint64_t address, uint64_t kind)
{
	arena_place(PAGE_AT(LIST), &value, WORD);
	return CALL(futex, PAGE_AT(LIST), FUTEX_CMP_REQUEUE | kind, 1, 1, address, VALUE);
}

static void try_words(void)
{
	static const struct {
		const char *name;
		int64_t (*call)(uint64_t address, uint64_t kind);
	} calls[] = { { "wait", call_wait }, { "wait-other", call_wait_other }, { "wake", call_wake }, { "requeue", call_requeue },
		{ "requeue-other", call_requeue_other }, { "requeue-to", call_requeue_to } };
	const struct pointer *pointer;
	uint64_t i, k, plus, at;
	int64_t result;

	for (i = 0; i < 2 * sizeof calls / sizeof calls[0]; i++) {
		for (pointer = pointers; pointer->name != NULL; pointer++) {
			for (k = 0; k < 3; k++) {
				plus = k == 2 ? 2 : 0;
				line_begin(k == 1 ? "atomics.unplaced" : "atomics");
				line_name(calls[i / 2].name);
				line_name(i % 2 ? "private" : "shared");
				line_name(pointer->name);
				line_number(plus);
				at = pointer_at(pointer, WORD) + plus;
				if (k != 1)
					arena_place(at, &value, WORD);
				result = calls[i / 2].call(at, i % 2 ? FUTEX_PRIVATE_FLAG : 0);
				line_end(result);
				if (k != 1)
					arena_withdraw(at, &value, WORD);
			}
		}
	}
}

/* The word differs, so that nobody waits: what is said of the time comes first. */
static void try_times(void)
{
	static const struct {
		const char *name;
		const struct __kernel_timespec *time;
	} times[] = { { "good", &shortly }, { "negative", &negative }, { "second", &second } };
	const struct pointer *pointer;
	int64_t result;
	size_t i;
	uint64_t at;

	for (i = 0; i < sizeof times / sizeof times[0]; i++) {
		for (pointer = pointers; pointer->name != NULL; pointer++) {
			line_begin("atomics.time");
			line_name(times[i].name);
			line_name(pointer->name);
			at = pointer_at(pointer, sizeof *times[i].time);
			arena_place(at, times[i].time, sizeof *times[i].time);
			arena_place(PAGE_AT(LIST), &value, WORD);
			result = CALL(futex, PAGE_AT(LIST), FUTEX_WAIT_PRIVATE, VALUE + 1, at);
			arena_withdraw(at, times[i].time, sizeof *times[i].time);
			line_end(result);
		}
	}
}

static void try_operations(void)
{
	static const uint64_t counts[] = { 0, INT32_MAX, 1ull << 31, UINT32_MAX };
	size_t i;

	line_begin("atomics.operation.unknown");
	line_end(CALL(futex, PAGE_AT(LIST), 99, 1));
	line_begin("atomics.operation.unknown-null");
	line_end(CALL(futex, 0, 99, 1));
	for (i = 0; i < sizeof counts / sizeof counts[0]; i++) {
		line_begin("atomics.wake");
		line_number(counts[i]);
		line_end(CALL(futex, PAGE_AT(LIST), FUTEX_WAKE_PRIVATE, counts[i]));
		line_begin("atomics.requeue-wake");
		line_number(counts[i]);
		line_end(CALL(futex, PAGE_AT(LIST), FUTEX_CMP_REQUEUE_PRIVATE, counts[i], 1, PAGE_AT(LIST) + 8, VALUE));
		line_begin("atomics.requeue-count");
		line_number(counts[i]);
		line_end(CALL(futex, PAGE_AT(LIST), FUTEX_CMP_REQUEUE_PRIVATE, 1, counts[i], PAGE_AT(LIST) + 8, VALUE));
	}
}

static _Noreturn void end_child(void)
{
	for (;;)
		CALL(exit, 0);
}

/* A child with this memory and a stack of its own, which ends at once: what it leaves at an address. */
static void try_numbers(void)
{
	static const struct {
		const char *name;
		uint64_t flags;
		bool varies;
	} flags[] = { { "parent_settid", CLONE_PARENT_SETTID, true }, { "child_settid", CLONE_CHILD_SETTID, true }, { "child_cleartid", CLONE_CHILD_CLEARTID, false } };
	static _Alignas(16) uint64_t stack[STACK_WORDS];
	const struct pointer *pointer;
	uint64_t at;
	int64_t child;
	size_t i;

	stack[STACK_WORDS - 2] = ADDRESS(end_child);
	for (i = 0; i < sizeof flags / sizeof flags[0]; i++) {
		for (pointer = pointers; pointer->name != NULL; pointer++) {
			line_begin("atomics.clone");
			line_name(flags[i].name);
			line_name(pointer->name);
			at = pointer_at(pointer, WORD);
			arena_place(at, &no_number, WORD);
			child = sys_spawn(flags[i].flags | CLONE_VM | SIGCHLD, stack + STACK_WORDS - 2, at, at);
			CALL(wait4, (uint64_t)child, 0, __WALL);
			if (flags[i].varies)
				arena_mask(at, 2);
			line_end_some(child);
			arena_withdraw(at, &no_number, WORD);
		}
	}
}

static void try_set_tid_address(void)
{
	const struct pointer *pointer;

	for (pointer = pointers; pointer->name != NULL; pointer++) {
		line_begin("atomics.set_tid_address");
		line_name(pointer->name);
		line_end_some(CALL(set_tid_address, pointer_at(pointer, WORD)));
	}
	CALL(set_tid_address, 0);
}

void try_atomics(void)
{
	try_words();
	try_times();
	try_operations();
	try_numbers();
	try_set_tid_address();
}
