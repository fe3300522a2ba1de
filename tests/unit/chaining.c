/*
 * What is not ours goes where it would have gone (law 19): every kind of earlier handler meets every kind of signal twice,
 * with a port open and without, each time in a traced child, and must see the same and end the same.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <usermem/fault.h>
#include <usermem/port.h>
#include "host.h"
#include "processor.h"
#include "under.h"

enum { PAGE = 4096, ALTERNATE_SIZE = 1 << 16, CALLS = 4 };
enum kind { DEFAULT, IGNORE, PLAIN, SIGINFO, KINDS };
enum masks { NOTHING, SOME, EVERYTHING, MASKS };

struct config {
	enum kind kind;
	int flags;
	enum masks mask;
	bool alternate; /* there is an alternate stack */
};

/* What a handler sees. */
struct call {
	enum kind kind;
	int signal, code, errno_before;
	bool mine; /* sent by this very process */
	uintptr_t address, value;
	uintptr_t pc, sp, frame, context, back;
	uint64_t mask, saved_mask;
	uint64_t modes;
	int stack_flags;
};

/* What is left of a child. */
struct outcome {
	unsigned calls;
	struct call call[CALLS];
	int finished; /* the scenario came to its end, with this errno + 1 */
	uint64_t mask_after;
	int status;
	/* the last signal that it met, as a core would have it */
	int signal, code;
	uintptr_t address, pc, sp;
};

static struct outcome *seen; /* shared with the child */
static unsigned char *page, *second, *file_page, *alternate;
static int file;
static sigjmp_buf escape;

static void repair(int signal)
{
	if (signal == SIGBUS)
		(void)!ftruncate(file, PAGE);
	mprotect(page, PAGE, PROT_READ | PROT_WRITE);
	if (seen->calls > 1)
		mprotect(second, PAGE, PROT_READ | PROT_WRITE);
}

/* What the handler of the scenario does on its first call, but for repairing. */
static void (*on_first_call)(void);

static uint64_t blocked_now(void)
{
	uint64_t mask = 0;

	syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &mask, sizeof mask);
	return mask;
}

static __attribute__((noinline)) void note(enum kind kind, int signal, void *frame, void *back)
{
	struct call *call = &seen->call[seen->calls < CALLS ? seen->calls : CALLS - 1];

	call->errno_before = errno;
	call->kind = kind;
	call->signal = signal;
	call->frame = (uintptr_t)frame;
	call->back = (uintptr_t)back;
	call->mask = blocked_now();
	call->modes = processor_modes();
	seen->calls++;
	if (seen->calls == 1 && on_first_call != NULL)
		on_first_call();
	repair(signal);
	errno = 5;
}

static void plain(int signal)
{
	note(PLAIN, signal, __builtin_frame_address(0), __builtin_return_address(0));
}

static void with_siginfo(int signal, siginfo_t *info, void *context)
{
	struct call *call = &seen->call[seen->calls < CALLS ? seen->calls : CALLS - 1];
	ucontext_t *at = context;

	call->code = info->si_code;
	call->mine = info->si_code <= 0 && info->si_pid == getpid();
	call->address = info->si_code > 0 ? (uintptr_t)info->si_addr : 0;
	call->value = info->si_code == SI_QUEUE ? (uintptr_t)info->si_ptr : 0;
	call->pc = (uintptr_t)processor_pc(at);
	call->sp = (uintptr_t)processor_sp(at);
	call->context = (uintptr_t)context;
	call->saved_mask = at->uc_sigmask.__val[0];
	call->stack_flags = at->uc_stack.ss_flags;
	note(SIGINFO, signal, __builtin_frame_address(0), __builtin_return_address(0));
}

/* The scenarios. */

static void denied(void)
{
	load_at((uintptr_t)page + 5);
}

static void jump_out(void)
{
	siglongjmp(escape, 1);
}

static void unmapped(void)
{
	munmap(page, PAGE);
	on_first_call = jump_out;
	if (sigsetjmp(escape, 1) == 0)
		load_at((uintptr_t)page + 7);
}

static void behind_the_file(void)
{
	load_at((uintptr_t)file_page + 9);
}

static void no_address(void)
{
	on_first_call = jump_out;
	if (sigsetjmp(escape, 1) == 0)
		load_at((uintptr_t)1 << 62);
}

static void no_address_on_the_stack(void)
{
	on_first_call = jump_out;
	if (sigsetjmp(escape, 1) == 0)
		load_at_stack_base((uintptr_t)1 << 62);
}

static void stack_overflow(void)
{
	on_first_call = jump_out;
	if (sigsetjmp(escape, 1) == 0)
		push_at((uintptr_t)page + 64);
}

static void killed(void)
{
	kill(getpid(), SIGSEGV);
}

static void queued(void)
{
	sigqueue(getpid(), SIGBUS, (union sigval){ .sival_ptr = (void *)0x1234 });
}

static void raised(void)
{
	syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), SIGSEGV);
}

static void twice(void)
{
	load_at((uintptr_t)page);
	mprotect(page, PAGE, PROT_NONE);
	load_at((uintptr_t)page + 1);
}

static void sent_twice(void)
{
	kill(getpid(), SIGBUS);
	kill(getpid(), SIGBUS);
}

static void touch_second(void)
{
	load_at((uintptr_t)second);
}

static void nested(void)
{
	on_first_call = touch_second;
	load_at((uintptr_t)page);
}

static void nested_other_signal(void)
{
	on_first_call = behind_the_file;
	load_at((uintptr_t)page);
}

static void suspended(void)
{
	sigset_t both, none;

	sigemptyset(&none);
	sigemptyset(&both);
	sigaddset(&both, SIGSEGV);
	sigprocmask(SIG_BLOCK, &both, NULL);
	raise(SIGSEGV);
	sigsuspend(&none);
}

/* The trusted side of a copy is not recovered: the caller's bug is the caller's signal. */
static void trusted_side(void)
{
	static uint64_t word;
	struct um_result result = um_raw_copy_in(page, (uintptr_t)&word, sizeof word, 0);

	(void)result;
}

static const struct scenario {
	const char *name;
	void (*run)(void);
	bool synchronous;
} scenarios[] = {
	{ "denied", denied, true }, { "unmapped", unmapped, true }, { "behind the file", behind_the_file, true },
	{ "no address", no_address, true }, { "no address, of the stack", no_address_on_the_stack, true },
	{ "stack overflow", stack_overflow, true }, { "killed", killed, false }, { "queued", queued, false },
	{ "raised", raised, false }, { "twice", twice, true }, { "sent twice", sent_twice, false }, { "nested", nested, true },
	{ "nested, other signal", nested_other_signal, true }, { "suspended", suspended, false },
	{ "trusted side", trusted_side, true },
};
enum { SCENARIOS = sizeof scenarios / sizeof scenarios[0] };

/* The two that port.h names: nobody can push a frame on an overflown stack, and an ignored signal ends a sleep. */
static bool differs_as_documented(const struct config *config, const struct scenario *scenario)
{
	bool no_handler = config->kind == DEFAULT || config->kind == IGNORE;

	return (scenario->run == stack_overflow && no_handler && !config->alternate) ||
	       (scenario->run == suspended && config->kind == IGNORE);
}

/* The host: for a port that passes a death on, who sleeps, who faults while it may not, and who is sent a signal as a process. */
static bool queues_faults, wakes, ends_blocked_faults, has_no_threads;

static bool is_a_death(const struct config *config, const struct scenario *scenario)
{
	return scenario->synchronous && (config->kind == DEFAULT || config->kind == IGNORE || (config->flags & (int)SA_RESETHAND) != 0);
}

static bool host_cannot(const struct config *config, const struct scenario *scenario)
{
	return (!queues_faults && is_a_death(config, scenario)) || (!wakes && scenario->run == suspended) ||
	       (!ends_blocked_faults && config->mask == EVERYTHING && scenario->run == nested_other_signal) ||
	       (!has_no_threads && scenario->run == killed);
}

static void set_up(const struct config *config)
{
	struct sigaction action = { .sa_flags = config->flags };
	stack_t stack = { .ss_sp = alternate, .ss_size = ALTERNATE_SIZE, .ss_flags = config->alternate ? 0 : SS_DISABLE };

	if (config->kind == SIGINFO) {
		action.sa_sigaction = with_siginfo;
		action.sa_flags |= SA_SIGINFO;
	} else {
		action.sa_handler = config->kind == PLAIN ? plain : config->kind == IGNORE ? SIG_IGN : SIG_DFL;
	}
	/* But what ends a child that hangs. */
	if (config->mask == EVERYTHING) {
		sigfillset(&action.sa_mask);
		sigdelset(&action.sa_mask, SIGALRM);
	}
	if (config->mask == SOME)
		sigaddset(&action.sa_mask, SIGUSR1);
	sigaltstack(&stack, NULL);
	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
	on_first_call = NULL;
}

static void child(const struct config *config, const struct scenario *scenario, bool with_port)
{
	set_up(config);
	if (with_port && um_port_open() != UM_OK)
		_exit(3);
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0)
		raise(SIGSTOP);
	alarm(60);
	errno = 0;
	scenario->run();
	seen->finished = errno + 1;
	seen->mask_after = blocked_now();
	_exit(0);
}

/* Lets the child meet its signals, and keeps the last.  A file that shrank is repaired at once: a death has its
 * cause even so. */
static int trace(pid_t pid, bool repairs)
{
	siginfo_t info;
	int status;

	while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status)) {
		int signal = WSTOPSIG(status);

		if (signal == SIGSTOP) {
			signal = 0;
		} else {
			ptrace(PTRACE_GETSIGINFO, pid, NULL, &info);
			seen->signal = info.si_signo;
			seen->code = info.si_code;
			seen->address = info.si_code > 0 ? (uintptr_t)info.si_addr : 0;
			processor_traced(pid, &seen->pc, &seen->sp);
			if (repairs)
				(void)!ftruncate(file, PAGE);
		}
		ptrace(PTRACE_CONT, pid, NULL, signal);
	}
	return status;
}

static struct outcome outcome_of(const struct config *config, const struct scenario *scenario, bool with_port)
{
	pid_t pid;

	memset(seen, 0, sizeof *seen);
	assert_int_equal(ftruncate(file, 0), 0);
	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		child(config, scenario, with_port);
	seen->status = trace(pid, config->kind == DEFAULT && scenario->run == behind_the_file);
	return *seen;
}

static void explain(const struct config *config, const struct scenario *scenario, const struct outcome outcomes[2])
{
	static const char *const kinds[] = { "SIG_DFL", "SIG_IGN", "plain", "siginfo" };
	int i;

	print_message("# %s: %s, flags %x, mask %d, alternate stack %d\n", scenario->name, kinds[config->kind],
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
	unsigned i, differing = 0;

	for (i = 0; i < SCENARIOS; i++) {
		struct outcome outcomes[2];

		if (differs_as_documented(config, &scenarios[i]) || host_cannot(config, &scenarios[i]))
			continue;
		outcomes[0] = outcome_of(config, &scenarios[i], false);
		outcomes[1] = outcome_of(config, &scenarios[i], true);
		if (memcmp(&outcomes[0], &outcomes[1], sizeof outcomes[0]) != 0) {
			explain(config, &scenarios[i], outcomes);
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
		config.flags = (i & 2 ? SA_ONSTACK : 0) | (i & 4 ? SA_NODEFER : 0) | (i & 8 ? (int)SA_RESETHAND : 0);
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
	outcome = outcome_of(&config, &scenarios[0], true);
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
	outcome = outcome_of(&config, &scenarios[0], true);
	assert_true(WIFSIGNALED(outcome.status) && WTERMSIG(outcome.status) == SIGSEGV);
}

static void sleeps_are_compared(void **state)
{
	static const struct config config = { .kind = PLAIN };
	struct outcome outcome;

	(void)state;
	skip_under_valgrind();
	NEED_HOST(wakes, "here a signal that waits does not end a sleep: sleeps were not compared");
	for (unsigned i = 0; i < SCENARIOS; i++) {
		if (scenarios[i].run != suspended)
			continue;
		outcome = outcome_of(&config, &scenarios[i], true);
		assert_true(outcome.calls == 1 && outcome.call[0].signal == SIGSEGV && outcome.finished);
	}
}

static void blocked_faults_are_compared(void **state)
{
	static const struct config config = { .kind = PLAIN, .mask = EVERYTHING };
	struct outcome outcome;

	(void)state;
	skip_under_valgrind();
	NEED_HOST(ends_blocked_faults, "here a fault whose signal is blocked does not end the program: those were not compared");
	for (unsigned i = 0; i < SCENARIOS; i++) {
		if (scenarios[i].run != nested_other_signal)
			continue;
		outcome = outcome_of(&config, &scenarios[i], true);
		assert_true(WIFSIGNALED(outcome.status) && WTERMSIG(outcome.status) == SIGBUS);
	}
}

static void signals_to_the_process_are_compared(void **state)
{
	static const struct config config = { .kind = PLAIN };
	struct outcome outcome;

	(void)state;
	skip_under_valgrind();
	NEED_HOST(has_no_threads, "here a thread that is not the program's may take its signals: SIGSEGV by kill was not compared");
	for (unsigned i = 0; i < SCENARIOS; i++) {
		if (scenarios[i].run != killed)
			continue;
		outcome = outcome_of(&config, &scenarios[i], true);
		assert_true(outcome.calls == 1 && outcome.call[0].signal == SIGSEGV && outcome.finished);
	}
}

static int make_memory(void **state)
{
	(void)state;
	queues_faults = host_queues_faults();
	wakes = host_wakes();
	ends_blocked_faults = host_ends_blocked_faults();
	has_no_threads = host_has_no_threads();
	file = memfd_create("chaining", 0);
	seen = mmap(NULL, sizeof *seen, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	page = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	second = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	alternate = mmap(NULL, ALTERNATE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	file_page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
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

	return cmocka_run_group_tests_name("chaining", tests, make_memory, NULL);
}
