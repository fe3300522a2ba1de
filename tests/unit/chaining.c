/*
 * What is not ours goes where it would have gone (law 19): every kind of earlier handler meets every kind of signal twice,
 * with a port open and without, each time in a traced child, and must see the same and end the same.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "chaining.h"
#include "host.h"
#include "processor.h"
#include "under.h"

enum { EXPOSE_TAGBITS = 0x800 /* SA_EXPOSE_TAGBITS: the C library does not have it yet */ };

/*
 * Those that port.h names: nobody can push a frame on an overflown stack, an ignored signal ends a sleep, and where AArch64's kernel lets a
 * death have begun.
 */
static bool differs_as_documented(const struct config *config, enum scenario scenario)
{
	bool no_handler = config->kind == DEFAULT || config->kind == IGNORE;

	return (scenario == STACK_OVERFLOW && no_handler && !config->alternate) ||
	       (scenario == SUSPENDED && (config->kind == IGNORE || (PROCESSOR_SLEEPS_AGAIN && config->kind == DEFAULT)));
}

/* The host: for a port that passes a death on, who sleeps, who faults while it may not, and who is sent a signal as a process. */
static bool queues_faults, wakes, ends_blocked_faults, has_no_threads;

static bool is_a_death(const struct config *config, enum scenario scenario)
{
	return scenarios[scenario].synchronous && (config->kind == DEFAULT || config->kind == IGNORE || (config->flags & (int)SA_RESETHAND) != 0);
}

static bool host_cannot(const struct config *config, enum scenario scenario)
{
	return (!queues_faults && is_a_death(config, scenario)) || (!wakes && scenario == SUSPENDED) ||
	       (!ends_blocked_faults && config->mask == EVERYTHING && scenario == NESTED_OTHER_SIGNAL) ||
	       (!has_no_threads && scenario == KILLED);
}

static void explain(const struct config *config, enum scenario scenario, const struct outcome outcomes[2])
{
	static const char *const kinds[] = { "SIG_DFL", "SIG_IGN", "plain", "siginfo" };
	int i;

	print_message("# %s: %s, flags %x, mask %d, alternate stack %d\n", scenarios[scenario].name, kinds[config->kind],
	              (unsigned)config->flags, config->mask, config->alternate);
	for (i = 0; i < 2; i++) {
		const struct outcome *is = &outcomes[i];

		print_message("#   %s: status %x, last %d/%d, %u calls (%d/%d errno %d mask %llx), finished %d, mask %llx\n",
		              i ? "port" : "none", (unsigned)is->status, is->signal, is->code, is->calls, is->call[0].signal,
		              is->call[0].code, is->call[0].errno_before, (unsigned long long)is->call[0].mask, is->finished,
		              (unsigned long long)is->mask_after);
	}
}

static unsigned compare(const struct config *config)
{
	enum scenario i;
	unsigned differing = 0;

	for (i = 0; i < SCENARIOS; i++) {
		struct outcome outcomes[2];

		if (differs_as_documented(config, i) || host_cannot(config, i))
			continue;
		outcomes[0] = outcome_of(config, i, false);
		outcomes[1] = outcome_of(config, i, true);
		if (memcmp(&outcomes[0], &outcomes[1], sizeof outcomes[0]) != 0) {
			explain(config, i, outcomes);
			differing++;
		}
	}
	return differing;
}

/* It cannot be traced, and has its own way with signals. */
static void skip_under_valgrind(void)
{
	if (under_valgrind()) {
		print_message("a program under valgrind cannot be traced\n");
		skip();
	}
}

static void no_handler(void **state)
{
	static const int flags[] = { 0, (int)(SA_ONSTACK | SA_NODEFER | SA_RESETHAND) };
	struct config config = { .mask = NOTHING };
	unsigned i, differing = 0;

	(void)state;
	skip_under_valgrind();
	for (config.kind = DEFAULT; config.kind <= IGNORE; config.kind++)
		for (i = 0; i < 4; i++) {
			config.flags = flags[i & 1];
			config.alternate = i >> 1;
			differing += compare(&config);
		}
	assert_int_equal(differing, 0);
}

static void handlers(enum kind kind)
{
	struct config config = { .kind = kind };
	unsigned i, differing = 0;

	for (i = 0; i < 16; i++) {
		config.alternate = i & 1;
		config.flags = (i & 2 ? SA_ONSTACK : 0) | (i & 4 ? SA_NODEFER | EXPOSE_TAGBITS : 0) | (i & 8 ? (int)SA_RESETHAND : 0);
		for (config.mask = NOTHING; config.mask < MASKS; config.mask++)
			differing += compare(&config);
	}
	assert_int_equal(differing, 0);
}

static void plain_handlers(void **state)
{
	(void)state;
	skip_under_valgrind();
	handlers(PLAIN);
}

static void siginfo_handlers(void **state)
{
	(void)state;
	skip_under_valgrind();
	handlers(SIGINFO);
}

/* That above there was something to compare of the last signal, too. */
static void the_last_signal_is_seen(void **state)
{
	static const struct config config = { .kind = DEFAULT };
	struct outcome outcome;

	(void)state;
	skip_under_valgrind();
	NEED_HOST(host_traces(), "no program can be traced here: what a core would say of the last signal was not compared");
	outcome = outcome_of(&config, DENIED, true);
	assert_int_equal(outcome.signal, SIGSEGV);
	assert_int_equal(outcome.code, SEGV_ACCERR);
	assert_int_equal(outcome.pc, (uintptr_t)load_at);
}

static void deaths_are_compared(void **state)
{
	static const struct config config = { .kind = DEFAULT };
	struct outcome outcome;

	(void)state;
	skip_under_valgrind();
	NEED_HOST(queues_faults, "here no thread can be sent the fault that it had: deaths were not compared");
	outcome = outcome_of(&config, DENIED, true);
	assert_true(WIFSIGNALED(outcome.status) && WTERMSIG(outcome.status) == SIGSEGV);
}

static void sleeps_are_compared(void **state)
{
	static const struct config config = { .kind = PLAIN };
	struct outcome outcome;

	(void)state;
	skip_under_valgrind();
	NEED_HOST(wakes, "here a signal that waits does not end a sleep: sleeps were not compared");
	outcome = outcome_of(&config, SUSPENDED, true);
	assert_true(outcome.calls == 1 && outcome.call[0].signal == SIGSEGV && outcome.finished);
}

static void blocked_faults_are_compared(void **state)
{
	static const struct config config = { .kind = PLAIN, .mask = EVERYTHING };
	struct outcome outcome;

	(void)state;
	skip_under_valgrind();
	NEED_HOST(ends_blocked_faults, "here a fault whose signal is blocked does not end the program: those were not compared");
	outcome = outcome_of(&config, NESTED_OTHER_SIGNAL, true);
	assert_true(WIFSIGNALED(outcome.status) && WTERMSIG(outcome.status) == SIGBUS);
}

static void signals_to_the_process_are_compared(void **state)
{
	static const struct config config = { .kind = PLAIN };
	struct outcome outcome;

	(void)state;
	skip_under_valgrind();
	NEED_HOST(has_no_threads, "here a thread that is not the program's may take its signals: SIGSEGV by kill was not compared");
	outcome = outcome_of(&config, KILLED, true);
	assert_true(outcome.calls == 1 && outcome.call[0].signal == SIGSEGV && outcome.finished);
}

static int open_all(void **state)
{
	(void)state;
	queues_faults = host_queues_faults();
	wakes = host_wakes();
	ends_blocked_faults = host_ends_blocked_faults();
	has_no_threads = host_has_no_threads();
	scenarios_open();
	outcomes_open();
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_handler),
		cmocka_unit_test(plain_handlers),
		cmocka_unit_test(siginfo_handlers),
		cmocka_unit_test(the_last_signal_is_seen),
		cmocka_unit_test(deaths_are_compared),
		cmocka_unit_test(sleeps_are_compared),
		cmocka_unit_test(blocked_faults_are_compared),
		cmocka_unit_test(signals_to_the_process_are_compared),
	};

	return cmocka_run_group_tests_name("chaining", tests, open_all, NULL);
}
