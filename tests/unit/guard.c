/* Guards: which faults they claim, what is left as it was, and what goes on to others. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <usermem/fault.h>
#include <usermem/guard.h>
#include <usermem/port.h>
#include "processor.h"
#include "under.h"

enum { PAGE = 4096 };
#define NON_CANONICAL ((uintptr_t)1 << 62)

static unsigned char *good, *hole; /* a page, and the page after it */

static struct um_range range_of(const void *start, uint64_t length)
{
	struct um_range range = { um_addr_of((uintptr_t)start), length };

	return range;
}

/* What lies under the port in these tests: counts, and steps over the load of load_at. */
static volatile sig_atomic_t passed_on, passed_on_code;
static void earlier(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	passed_on++;
	passed_on_code = info->si_code;
	if (info->si_code > 0)
		processor_step_over(context);
}

static void touch_load(void *address)
{
	load_at((uintptr_t)address);
}

static void touch_store(void *address)
{
	*(volatile unsigned char *)address = 1;
}

/* Inside the test, not around it: the runner puts its own handlers under each test and fixture. */
static void with_port(void **state)
{
	struct sigaction action = { .sa_sigaction = earlier, .sa_flags = SA_SIGINFO };
	void (*test)(void) = (void (*)(void))*state;

	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
	good = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	hole = good + PAGE;
	mprotect(hole, PAGE, PROT_NONE);
	passed_on = 0;
	assert_int_equal(um_port_open(), UM_OK);
	test();
	um_port_close();
	munmap(good, 2 * PAGE);
}

#define assert_result(result, expected_done, expected_status) do { \
		struct um_result is = (result); \
		assert_int_equal(is.status, expected_status); \
		assert_int_equal(is.done, expected_done); \
		assert_int_equal(is.side, UM_ONLY_SIDE); \
	} while (0)

static void a_touch_that_returns_is_done(void)
{
	assert_result(um_guard(range_of(hole, 123), touch_store, good), 123, UM_OK);
	assert_int_equal(good[0], 1);
	assert_result(um_guard(range_of(NULL, 0), touch_store, good), 0, UM_OK);
	assert_result(um_guard(range_of(NULL, UINT64_MAX), touch_store, good), UINT64_MAX, UM_OK);
}

static void done_is_the_distance_of_the_fault(void)
{
	size_t i;

	for (i = 0; i < PAGE; i += i < 70 ? 1 : 97) {
		assert_result(um_guard(range_of(good, 2 * PAGE), touch_load, hole + i), PAGE + i, UM_DENIED);
		assert_result(um_guard(range_of(hole + i, 1), touch_store, hole + i), 0, UM_DENIED);
	}
	assert_int_equal(passed_on, 0);
}

static void a_tag_is_no_part_of_an_address(void)
{
	unsigned char *tagged = (unsigned char *)((uintptr_t)good + PROCESSOR_TAG);

	assert_result(um_guard(range_of(good, 2 * PAGE), touch_load, tagged + PAGE + 3), PAGE + 3, UM_DENIED);
	assert_result(um_guard(range_of(tagged, 2 * PAGE), touch_load, hole + 4), PAGE + 4, UM_DENIED);
	assert_result(um_guard(range_of(tagged, 2 * PAGE), touch_store, tagged + PAGE + 5), PAGE + 5, UM_DENIED);
	assert_int_equal(passed_on, 0);
}

static void causes_are_kept(void)
{
	FILE *file = tmpfile();
	unsigned char *mapped;

	assert_non_null(file);
	assert_int_equal(ftruncate(fileno(file), 2 * PAGE), 0);
	mapped = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fileno(file), 0);
	mapped[PAGE] = 7;
	assert_int_equal(ftruncate(fileno(file), PAGE), 0);
	assert_result(um_guard(range_of(mapped, 2 * PAGE), touch_load, mapped + PAGE + 5), PAGE + 5, UM_BUS);
	munmap(mapped + PAGE, PAGE);
	assert_result(um_guard(range_of(mapped, 2 * PAGE), touch_load, mapped + PAGE + 6), PAGE + 6, UM_UNMAPPED);
	mprotect(mapped, PAGE, PROT_READ);
	assert_result(um_guard(range_of(mapped, 2 * PAGE), touch_store, mapped + 9), 9, UM_DENIED);
	munmap(mapped, PAGE);
	fclose(file);
	assert_result(um_guard(range_of(NULL, 1), touch_load, NULL), 0, UM_UNMAPPED);
	assert_int_equal(passed_on, 0);
}

static void outside_the_range_is_somebody_else_s(void)
{
	assert_result(um_guard(range_of(good, PAGE), touch_load, hole), PAGE, UM_OK);
	assert_int_equal(passed_on, 1);
	assert_result(um_guard(range_of(hole + 1, PAGE - 1), touch_load, hole), PAGE - 1, UM_OK);
	assert_int_equal(passed_on, 2);
	assert_result(um_guard(range_of(hole, 0), touch_load, hole), 0, UM_OK);
	assert_int_equal(passed_on, 3);
	/* A range that wraps ends at the top. */
	assert_result(um_guard(range_of((void *)UINTPTR_MAX, UINT64_MAX), touch_load, NULL), UINT64_MAX, UM_OK);
	assert_int_equal(passed_on, 4);
	/* After a guard there is none. */
	load_at((uintptr_t)hole);
	assert_int_equal(passed_on, 5);
}

static void a_fault_without_an_address_is_in_no_range(void)
{
	load_at(NON_CANONICAL);
	if (passed_on_code != SI_KERNEL) {
		um_port_close();
		print_message("on this machine every fault has an address\n");
		skip();
	}
	passed_on = 0;
	assert_result(um_guard(range_of(NULL, UINT64_MAX), touch_load, (void *)NON_CANONICAL), UINT64_MAX, UM_OK);
	assert_int_equal(passed_on, 1);
}

static void sent(void *context)
{
	(void)context;
	raise(SIGSEGV);
}

static void a_signal_that_was_sent_is_no_fault(void)
{
	assert_result(um_guard(range_of(NULL, UINT64_MAX), sent, NULL), UINT64_MAX, UM_OK);
	assert_int_equal(passed_on, 1);
	assert_true(passed_on_code <= 0);
}

struct nest {
	struct um_range inner;
	void *address;
	struct um_result result; /* of the inner */
	bool behind;             /* the outer touch went on */
};

static void touch_guarded(void *context)
{
	struct nest *nest = context;

	nest->result = um_guard(nest->inner, touch_load, nest->address);
	nest->behind = true;
}

static void guards_nest(void)
{
	struct nest nest = { .inner = range_of(hole, PAGE), .address = hole + 3 };

	assert_result(um_guard(range_of(good, 2 * PAGE), touch_guarded, &nest), 2 * PAGE, UM_OK);
	assert_true(nest.behind);
	assert_result(nest.result, 3, UM_DENIED);
	nest = (struct nest){ .inner = range_of(good, PAGE), .address = hole + 3 };
	assert_result(um_guard(range_of(good, 2 * PAGE), touch_guarded, &nest), PAGE + 3, UM_DENIED);
	assert_false(nest.behind);
	/* The inner one that was skipped is gone as well. */
	load_at((uintptr_t)good);
	assert_result(um_guard(range_of(hole, PAGE), touch_load, hole + 1), 1, UM_DENIED);
	assert_int_equal(passed_on, 0);
	load_at((uintptr_t)hole);
	assert_int_equal(passed_on, 1);
}

static void touch_copy(void *context)
{
	struct um_result *results = context;

	results[0] = um_raw_copy_in(good, (uintptr_t)hole, 8, 0);
	results[1] = um_raw_copy_out((uintptr_t)good, hole + 40, 8, 0);
}

/* The user's side of a copy is the copy's; the trusted side is the guard's. */
static void a_copy_in_a_guard_keeps_its_own_faults(void)
{
	struct um_result results[2] = { { 99, UM_OK, 0 }, { 99, UM_OK, 0 } };

	assert_result(um_guard(range_of(hole, PAGE), touch_copy, results), 40, UM_DENIED);
	assert_int_equal(results[0].status, UM_DENIED);
	assert_int_equal(results[0].done, 0);
	assert_int_equal(results[1].done, 99);
}

static void registers_and_modes_are_put_back(void)
{
	struct um_range range = range_of(hole, PAGE);
	struct um_result result;
	uint64_t untouched = processor_modes(), odd;
	bool kept;

	processor_use_modes(PROCESSOR_ODD_MODES);
	odd = processor_modes(); /* valgrind knows no precision but one */
	kept = guard_keeps_registers(&result, &range, touch_messily, hole + 17);
	assert_int_equal(processor_modes(), odd);
	processor_use_modes(untouched);
	assert_true(kept);
	assert_result(result, 17, UM_DENIED);
}

static void the_signal_mask_is_put_back(void)
{
	stack_t stack = { .ss_size = 1 << 16 }, now;
	sigset_t before, after;

	stack.ss_sp = malloc(stack.ss_size);
	sigaltstack(&stack, NULL);
	pthread_sigmask(SIG_SETMASK, NULL, &before);
	assert_result(um_guard(range_of(hole, PAGE), touch_load, hole), 0, UM_DENIED);
	pthread_sigmask(SIG_SETMASK, NULL, &after);
	assert_memory_equal(&before, &after, 8);
	sigaltstack(NULL, &now);
	assert_int_equal(now.ss_flags, 0);
	assert_ptr_equal(now.ss_sp, stack.ss_sp);
	stack.ss_flags = SS_DISABLE;
	sigaltstack(&stack, NULL);
	free(stack.ss_sp);
}

static void errno_is_put_back(void)
{
	errno = 77;
	assert_result(um_guard(range_of(hole, PAGE), touch_load, hole), 0, UM_DENIED);
	assert_int_equal(errno, 77);
}

static struct um_range of_the_handler;
static volatile sig_atomic_t handler_behind;
static void handler_that_faults(int signal)
{
	(void)signal;
	if (of_the_handler.length == 0)
		load_at((uintptr_t)hole + 2);
	else if (um_guard(of_the_handler, touch_load, hole + 2).status != UM_DENIED)
		return;
	handler_behind = 1;
}

static void touch_interrupted(void *behind)
{
	raise(SIGUSR1);
	*(bool *)behind = true;
}

/* Raises SIGUSR1 in a guard, on the same stack and on another, and says what came of it. */
static struct um_result interrupt(int flags, bool *behind)
{
	struct sigaction action = { .sa_handler = handler_that_faults, .sa_flags = flags };
	stack_t stack = { .ss_size = 1 << 16 };
	struct um_result result;

	stack.ss_sp = malloc(stack.ss_size);
	sigaltstack(&stack, NULL);
	sigaction(SIGUSR1, &action, NULL);
	*behind = false;
	handler_behind = 0;
	result = um_guard(range_of(good, 2 * PAGE), touch_interrupted, behind);
	stack.ss_flags = SS_DISABLE;
	sigaltstack(&stack, NULL);
	free(stack.ss_sp);
	signal(SIGUSR1, SIG_DFL);
	return result;
}

static void skip_under_tsan(void)
{
	if (under_tsan()) {
		print_message("ThreadSanitizer blocks all signals in a handler\n");
		um_port_close();
		skip();
	}
}

static void a_handler_may_have_a_guard_of_its_own(void)
{
	int flags;
	bool behind;

	skip_under_tsan();
	of_the_handler = range_of(hole, PAGE);
	for (flags = 0; flags <= SA_ONSTACK; flags += SA_ONSTACK) {
		assert_result(interrupt(flags, &behind), 2 * PAGE, UM_OK);
		assert_true(behind && handler_behind);
	}
}

/* And what it had blocked stays blocked. */
static void a_handler_that_interrupts_touch_is_unwound_too(void)
{
	sigset_t usr1;
	int flags;
	bool behind;

	skip_under_tsan();
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	of_the_handler.length = 0;
	for (flags = 0; flags <= SA_ONSTACK; flags += SA_ONSTACK) {
		assert_result(interrupt(flags, &behind), PAGE + 2, UM_DENIED);
		assert_false(behind || handler_behind);
		assert_int_equal(pthread_sigmask(SIG_UNBLOCK, &usr1, NULL), 0);
	}
}

/* A frame with redzones of its own, when that is how this is compiled. */
static __attribute__((noinline)) void touch_deep(void *address)
{
	volatile char local[100];

	memset((char *)local, 1, sizeof local);
	touch_load(address);
	local[1] = local[0];
}

static void use_stack(void)
{
	volatile char local[2000];

	memset((char *)local, 2, sizeof local);
}

static void unwound_frames_may_be_used_again(void)
{
	int i;

	for (i = 0; i < 100; i++) {
		assert_result(um_guard(range_of(hole, PAGE), touch_deep, hole + 1), 1, UM_DENIED);
		use_stack();
	}
}

static void *fault_often(void *nothing)
{
	unsigned char *page = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t i, wrong = 0;

	(void)nothing;
	for (i = 0; i < 1000; i++) {
		struct um_result result = um_guard(range_of(page, PAGE), touch_load, page + i);

		wrong += result.status != UM_DENIED || result.done != i;
	}
	munmap(page, PAGE);
	return (void *)wrong;
}

static void any_number_of_threads(void)
{
	pthread_t threads[4];
	void *wrong;
	size_t i;

	for (i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, fault_often, NULL), 0);
	for (i = 0; i < 4; i++) {
		pthread_join(threads[i], &wrong);
		assert_null(wrong);
	}
	assert_int_equal(passed_on, 0);
}

static void touch_never(void *ran)
{
	*(bool *)ran = true;
}

static void without_a_port_nothing_is_run(void **state)
{
	bool ran = false;

	(void)state;
	assert_result(um_guard(range_of(NULL, UINT64_MAX), touch_never, &ran), 0, UM_UNSUPPORTED);
	assert_false(ran);
}

int main(void)
{
#define guarded(test) { #test, with_port, NULL, NULL, (void *)test }
	static const struct CMUnitTest tests[] = {
		guarded(a_touch_that_returns_is_done),
		guarded(done_is_the_distance_of_the_fault),
		guarded(a_tag_is_no_part_of_an_address),
		guarded(causes_are_kept),
		guarded(outside_the_range_is_somebody_else_s),
		guarded(a_fault_without_an_address_is_in_no_range),
		guarded(a_signal_that_was_sent_is_no_fault),
		guarded(guards_nest),
		guarded(a_copy_in_a_guard_keeps_its_own_faults),
		guarded(registers_and_modes_are_put_back),
		guarded(the_signal_mask_is_put_back),
		guarded(errno_is_put_back),
		guarded(a_handler_may_have_a_guard_of_its_own),
		guarded(a_handler_that_interrupts_touch_is_unwound_too),
		guarded(unwound_frames_may_be_used_again),
		guarded(any_number_of_threads),
		cmocka_unit_test(without_a_port_nothing_is_run),
	};

	return cmocka_run_group_tests_name("guard", tests, NULL, NULL);
}
