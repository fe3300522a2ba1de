/*
 * What programs rely on of a kernel, as far as it is done by each architecture: registers that stay, faults that are told as signals,
 * handlers, threads.  It says TAP, and the same on Linux.
 */
#define _GNU_SOURCE /* the names of registers */
#include <errno.h>
#include <fenv.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>
#include <unwind.h>
#include "promises.h"
#include "registers.h"

enum { TURNS = 30000000, THREADS = 4 };

static unsigned said, failures;

void check(bool good, const char *name)
{
	failures += !good;
	printf("%sok %u - %s\n", good ? "" : "not ", ++said, name);
}

static void handle(int number, void (*handler)(int, siginfo_t *, void *), int flags)
{
	struct sigaction action = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO | flags };

	sigaction(number, &action, NULL);
}

static bool ended_well(pid_t child)
{
	int status;

	return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* ---------------------------------------------------------------- registers */

static void fill(struct registers *registers, uint64_t seed, uint64_t counter)
{
	uint64_t *word = (uint64_t *)registers;

	for (size_t i = 0; i < sizeof *registers / sizeof *word; i++)
		word[i] = seed = seed * 6364136223846793005 + 1442695040888963407;
	registers->general[COUNTER] = counter;
	registers->control = CONTROL;
}

/* Are they all as they were, when it comes back? */
static bool hold(uint64_t seed, uint64_t counter)
{
	struct registers in, out;

	fill(&in, seed, counter);
	out = in;
	registers_hold(&in, &out);
	fesetenv(FE_DFL_ENV);
	in.general[COUNTER] = 0;
	return memcmp(&in, &out, sizeof in) == 0;
}

static void set_pc(ucontext_t *context, const char *pc)
{
#if defined(__aarch64__)
	context->uc_mcontext.pc = (uintptr_t)pc;
#elif defined(__x86_64__)
	context->uc_mcontext.gregs[REG_RIP] = (greg_t)(uintptr_t)pc;
#else
	context->uc_mcontext.__gregs[REG_PC] = (uintptr_t)pc;
#endif
}

static volatile bool told, found;

static _Unwind_Reason_Code look(struct _Unwind_Context *context, void *unused)
{
	int at_call;

	(void)unused;
	found = found || _Unwind_GetIPInfo(context, &at_call) == (uintptr_t)registers_trap;
	return _URC_NO_REASON;
}

static void skip_trap(int number, siginfo_t *info, void *context)
{
	struct registers in, out;

	told = number == SIGILL && info->si_signo == SIGILL && info->si_addr == registers_trap;
	_Unwind_Backtrace(look, NULL);
	fill(&in, 3, 1);
	in.control = 0;
	registers_hold(&in, &out);
	set_pc(context, registers_resume);
}

static void try_handler(void)
{
	handle(SIGILL, skip_trap, 0);
	check(hold(1, 0), "a handler changes no register of what it interrupts");
	check(told, "what is no instruction is SIGILL, with its address");
	check(found, "a trace begun in a handler goes on to what it interrupted");
}

static void try_turns(void)
{
	pid_t child = fork();
	bool good = hold(child == 0 ? 1 : 2, TURNS);

	if (child == 0)
		_exit(!good);
	check(ended_well(child) && good, "another program's turns change no register");
}

/* Neither makes a system call. */
static void try_clock(void)
{
	volatile int *ball = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t child = fork();
	int side = child == 0;

	for (int i = 0; i < 6; i++) {
		while (*ball % 2 != side)
			;
		++*ball;
	}
	if (child == 0)
		_exit(0);
	check(ended_well(child) && *ball == 12, "a program that never calls the kernel loses its turn");
}

/* Of a frame, what would give its program the kernel's rights, if that were taken from there. */
static void claim_rights(int number, siginfo_t *info, void *frame)
{
	ucontext_t *context = frame;

	(void)number;
	(void)info;
#if defined(__aarch64__)
	context->uc_mcontext.pstate |= 5; /* EL1, with its own stack */
#elif defined(__x86_64__)
	context->uc_mcontext.gregs[REG_EFL] |= 0x3000; /* IOPL 3 */
#endif
	set_pc(context, registers_resume);
}

static void use_rights(void)
{
#if defined(__aarch64__)
	__asm__ volatile("msr daifset, #2");
#elif defined(__x86_64__)
	__asm__ volatile("cli");
#else
	__asm__ volatile("csrw sstatus, zero");
#endif
}

static void try_rights(void)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		handle(SIGILL, claim_rights, 0);
		(void)hold(4, 0);
		signal(SIGILL, SIG_DFL);
		use_rights();
		_exit(0);
	}
	waitpid(child, &status, 0);
	check(WIFSIGNALED(status) && (WTERMSIG(status) == SIGSEGV || WTERMSIG(status) == SIGILL), "a handler's frame gives no rights");
}

/* ---------------------------------------------------------------- faults */

static sigjmp_buf back;
static siginfo_t fault;

static void note(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)context;
	fault = *info;
	siglongjmp(back, 1);
}

static void run(uintptr_t address)
{
	((void (*)(void))address)();
}

static void try_fault(int how, const char *page, int number, int code, const char *name)
{
	volatile char *byte = (volatile char *)(uintptr_t)page + 8;

	memset(&fault, 0, sizeof fault);
	if (sigsetjmp(back, 1) == 0) {
		if (how == PROT_READ)
			(void)*byte;
		else if (how == PROT_WRITE)
			*byte = 1;
		else
			run((uintptr_t)byte);
	}
	check(fault.si_signo == number && fault.si_code == code && fault.si_addr == byte, name);
}

static char *page(int protection)
{
	return mmap(NULL, PAGE, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static char *page_past_end(void)
{
	FILE *file = tmpfile();

	return mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fileno(file), 0);
}

static void try_faults(void)
{
	char *data = page(PROT_READ | PROT_WRITE), *gone = page(PROT_READ);

	handle(SIGSEGV, note, 0);
	handle(SIGBUS, note, 0);
	*data = 1;
	munmap(gone, PAGE);
	try_fault(PROT_READ, gone, SIGSEGV, SEGV_MAPERR, "a read where nothing is mapped");
	try_fault(PROT_WRITE, gone, SIGSEGV, SEGV_MAPERR, "a write where nothing is mapped");
	try_fault(PROT_EXEC, gone, SIGSEGV, SEGV_MAPERR, "a jump to where nothing is mapped");
	try_fault(PROT_READ, page(PROT_NONE), SIGSEGV, SEGV_ACCERR, "a read where nothing is allowed");
	try_fault(PROT_WRITE, page(PROT_READ), SIGSEGV, SEGV_ACCERR, "a write where only reading is allowed");
	try_fault(PROT_EXEC, data, SIGSEGV, SEGV_ACCERR, "a jump to data");
	try_fault(PROT_READ, page_past_end(), SIGBUS, BUS_ADRERR, "a read past the end of a file");
	signal(SIGSEGV, SIG_DFL);
	signal(SIGBUS, SIG_DFL);
}

/* ---------------------------------------------------------------- handlers and calls */

volatile int *handled;

static void count(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)info;
	(void)context;
	++*handled;
}

/* A child interrupts its parent's read `times` times, and only then ends it. */
static ssize_t read_interrupted(int flags, int times)
{
	int ends[2];
	ssize_t result;
	pid_t child;
	char byte;

	*handled = 0;
	handle(SIGUSR1, count, flags);
	if (pipe(ends) != 0)
		return -1;
	child = fork();
	if (child == 0) {
		while (*handled < times && kill(getppid(), SIGUSR1) == 0)
			usleep(1000);
		_exit(write(ends[1], "x", 1) != 1);
	}
	result = read(ends[0], &byte, 1);
	if (result < 0)
		result = -errno;
	*handled = times;
	while (!ended_well(child) && errno == EINTR)
		;
	close(ends[0]);
	close(ends[1]);
	return result;
}

static void note_mask(int number, siginfo_t *info, void *context)
{
	sigset_t mask;

	sigprocmask(SIG_BLOCK, NULL, &mask);
	told = sigismember(&mask, number) == 1 && sigismember(&((ucontext_t *)context)->uc_sigmask, number) == 0 && info->si_signo == number &&
	       (uintptr_t)__builtin_frame_address(0) % 16 == 0;
}

static void try_signals(void)
{
	sigset_t mask;

	told = false;
	handle(SIGUSR1, note_mask, 0);
	kill(getpid(), SIGUSR1);
	sigprocmask(SIG_BLOCK, NULL, &mask);
	check(told && sigismember(&mask, SIGUSR1) == 0, "a signal is blocked while its handler runs, and then no more");
	handled = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	check(read_interrupted(0, 1000000) == -EINTR, "a handler ends a read");
	check(read_interrupted(SA_RESTART, 20) == 1, "with SA_RESTART it does not");
}

/* ---------------------------------------------------------------- threads and programs */

static __thread uint64_t own = 1;

static void *keep(void *argument)
{
	uint64_t seed = (uintptr_t)argument;

	own += seed;
	fesetround(FE_UPWARD);
	return (void *)(uintptr_t)(hold(seed, TURNS / 4) && own == seed + 1);
}

static void try_threads(void)
{
	pthread_t threads[THREADS];
	void *good;
	bool all = true;
	pid_t child;

	for (uintptr_t i = 0; i < THREADS; i++)
		all &= pthread_create(&threads[i], NULL, keep, (void *)(i + 7)) == 0;
	for (int i = 0; i < THREADS; i++)
		all &= pthread_join(threads[i], &good) == 0 && good;
	check(all && own == 1, "threads have registers and variables of their own");
	own = 5;
	fesetround(FE_UPWARD);
	child = fork();
	if (child == 0)
		_exit(own != 5 || fegetround() != FE_UPWARD);
	check(ended_well(child), "a fork has its parent's");
	child = fork();
	if (child == 0) {
		execl("/proc/self/exe", "promises", "fresh", NULL);
		execl("/init", "promises", "fresh", NULL);
		_exit(1);
	}
	check(ended_well(child), "a fresh program begins with none of them");
	fesetround(FE_TONEAREST);
}

static uint32_t word;

static void *wait_at_word(void *unused)
{
	while (__atomic_load_n(&word, __ATOMIC_SEQ_CST) == 0)
		syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, NULL);
	return unused;
}

/* A list that is walked while its members are put at its end has none. */
static void try_requeue_in_place(void)
{
	pthread_t threads[THREADS];
	bool all = true;

	for (int i = 0; i < THREADS; i++)
		all &= pthread_create(&threads[i], NULL, wait_at_word, NULL) == 0;
	while (all && syscall(SYS_futex, &word, FUTEX_CMP_REQUEUE_PRIVATE, 0, INT_MAX, &word, 0) < THREADS)
		sched_yield();
	__atomic_store_n(&word, 1, __ATOMIC_SEQ_CST);
	syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, INT_MAX);
	for (int i = 0; i < THREADS; i++)
		all &= pthread_join(threads[i], NULL) == 0;
	check(all, "whoever is moved from a futex to itself is counted once");
}

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1)
		return own != 1 || fegetround() != FE_TONEAREST;
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("1..28\n");
	try_handler();
	try_rights();
	try_turns();
	try_clock();
	try_faults();
	try_signals();
	try_threads();
	try_requeue_in_place();
	try_limits();
	return failures != 0;
}
