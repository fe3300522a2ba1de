/* A child: what makes programs and ends them, and calls by the hundred in between. */
#define _GNU_SOURCE /* clone */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>
#include "fuzz.h"

enum { GENERATIONS = 2, CHILDREN = 4, THREADS = 3, STACK = 32768, FEW = 30, KICKS = 3000, SIGNALS = 64, STRINGS = 8192, WORDS = 800 };

static unsigned generation, born, threads;
static char stacks[THREADS][STACK];
static int clones[] = { SIGCHLD, CLONE_VM | SIGCHLD, CLONE_VM | CLONE_VFORK | SIGCHLD,
	                CLONE_VM | CLONE_THREAD | CLONE_SIGHAND | CLONE_FS | CLONE_FILES, CLONE_VM | CLONE_THREAD | CLONE_SIGHAND | CLONE_VFORK };

static void calls(struct dice *dice, unsigned count);

static _Noreturn void quit(void)
{
	for (;;)
		CALL(SYS_exit_group, 0);
}

/* ---------------------------------------------------------------- programs */

/* 0: the caller is the new one, and quits.  Else there may be none: they are bounded. */
static long beget(struct dice *dice, uint64_t flags)
{
	const unsigned of_parent = generation, born_before = born;
	long child;

	if (generation >= GENERATIONS || born >= CHILDREN)
		return -1;
	child = CALL(SYS_clone, flags);
	if (child != 0) { /* which may have counted in our memory */
		generation = of_parent;
		born = born_before;
	}
	if (child > 0)
		family[born++ % FAMILY] = (int)child;
	if (child != 0)
		return child;
	generation++;
	born = 0;
	dice->state += 0x1234567;
	return 0;
}

/* Once more from the start, with half of the calls. */
static void become_another(struct dice *dice, unsigned left)
{
	char seed[24], count[12];
	const char *const argv[] = { "fuzz", "task", seed, count, NULL };

	snprintf(seed, sizeof seed, "%lu", (unsigned long)roll(dice));
	snprintf(count, sizeof count, "%u", left / 2);
	CALL(SYS_execve, ADDRESS(one_in(dice, 4) ? "/tmp/script" : "/init"), ADDRESS(argv), 0);
}

/* Of strings and vectors, some that cannot be fetched, and as many as there can be. */
static void become_nobody(struct dice *dice)
{
	static const char *vectors[2][STRINGS + 1];

	for (int i = 0; i < 2; i++) {
		uint64_t count = one_in(dice, 3) ? STRINGS - below(dice, 3) : below(dice, 6);

		for (uint64_t at = 0; at < count; at++)
			vectors[i][at] = "";
		vectors[i][count] = NULL;
		if (one_in(dice, 3))
			vectors[i][below(dice, 6)] = (const char *)(uintptr_t)any_address(dice);
	}
	CALL(SYS_execve, one_in(dice, 2) ? ADDRESS("/init") : argument(dice, 'p'), one_in(dice, 8) ? any_address(dice) : ADDRESS(vectors[0]), ADDRESS(vectors[1]));
}

/* The headers of this program, but for some bytes. */
static void become_a_ruin(struct dice *dice)
{
	static char page[PAGE];
	const uint64_t headers = 64 + 8 * 56;
	uint64_t file = (uint64_t)CALL(SYS_openat, (uint64_t)AT_FDCWD, ADDRESS("/init"), O_RDONLY);

	CALL(SYS_pread64, file, ADDRESS(page), PAGE, 0);
	for (uint64_t i = below(dice, 4); i > 0; i--)
		page[below(dice, headers)] = (char)(one_in(dice, 2) ? roll(dice) : 0xff * below(dice, 2));
	file = (uint64_t)CALL(SYS_openat, (uint64_t)AT_FDCWD, ADDRESS("/tmp/ruin"), O_RDWR | O_CREAT | O_TRUNC, 0700);
	CALL(SYS_write, file, ADDRESS(page), PAGE);
	CALL(SYS_ftruncate, file, one_in(dice, 2) ? (uint64_t)1 << 32 : PAGE);
	CALL(SYS_execve, ADDRESS("/tmp/ruin"), 0, 0);
}

static int begin_thread(void *seed)
{
	struct dice dice = { ADDRESS(seed) };

	calls(&dice, FEW);
	CALL(SYS_exit, 0);
	return 0;
}

/* With a stack of its own.  Some make their parent wait. */
static void start_thread(struct dice *dice)
{
	int flags = clones[1 + below(dice, sizeof clones / sizeof *clones - 1)] | (one_in(dice, 2) ? CLONE_CHILD_CLEARTID | CLONE_PARENT_SETTID : 0);

	if (threads < THREADS) {
		unsigned which = threads++;

		clone(begin_thread, stacks[which] + STACK, flags, (void *)(uintptr_t)roll(dice), (pid_t *)(uintptr_t)any_address(dice), NULL, (pid_t *)(uintptr_t)any_address(dice));
	}
}

/* ---------------------------------------------------------------- frames that lie, and faults */

static struct dice forger;

/* Where a machine context has the word in which a program's rights are; RISC-V's has none. */
#if defined(__x86_64__)
enum { RIGHTS = 17, REGISTERS = 25 };
#elif defined(__aarch64__)
enum { RIGHTS = 34, REGISTERS = 35 };
#else
enum { RIGHTS = 32, REGISTERS = 32 };
#endif

static void forge(int number, siginfo_t *info, void *context)
{
	uint64_t *words = (uint64_t *)(void *)&((ucontext_t *)context)->uc_mcontext;

	(void)number;
	(void)info;
	if (one_in(&forger, 2))
		words[RIGHTS] ^= (uint64_t)1 << below(&forger, 32);
	for (uint64_t i = below(&forger, 2); i > 0; i--)
		words[below(&forger, one_in(&forger, 4) ? 80 : REGISTERS)] = one_in(&forger, 2) ? any_value(&forger) : roll(&forger);
}

static void return_by_forgery(struct dice *dice)
{
	struct sigaction action = { .sa_sigaction = forge, .sa_flags = SA_SIGINFO | SA_NODEFER };

	forger = *dice;
	sigaction(SIGUSR2, &action, NULL);
	for (unsigned i = 0; i < FEW; i++)
		CALL(SYS_kill, (uint64_t)CALL(SYS_getpid), SIGUSR2);
}

/* From nothing: what is on the stack is the frame. */
static void return_from_nothing(struct dice *dice)
{
	volatile uint64_t frame[WORDS];

	for (size_t i = 0; i < WORDS; i++)
		frame[i] = one_in(dice, 2) ? any_value(dice) : roll(dice);
	CALL(SYS_rt_sigreturn, frame[0]);
}

static void touch(struct dice *dice)
{
	volatile uint64_t *at = (uint64_t *)(uintptr_t)any_address(dice);

	switch (below(dice, 3)) {
	case 0: (void)*at; break;
	case 1: *at = roll(dice); break;
	default: ((void (*)(void))(uintptr_t)at)();
	}
}

/* ---------------------------------------------------------------- calls */

static void (*const ends[])(struct dice *dice) = { become_nobody, become_a_ruin, return_by_forgery, return_from_nothing, touch, touch };

/* What a program seldom survives is another's to do. */
static void end_somehow(struct dice *dice)
{
	if (beget(dice, one_in(dice, 4) ? CLONE_VM | CLONE_VFORK | SIGCHLD : SIGCHLD) == 0) {
		ends[below(dice, sizeof ends / sizeof *ends)](dice);
		quit();
	}
	if (born > 0 && CALL(SYS_wait4, (uint64_t)family[born - 1], 0, 0, 0) > 0)
		born--;
}

static void calls(struct dice *dice, unsigned count)
{
	for (; count > 0; count--) {
		switch (below(dice, 160)) {
		case 0: start_thread(dice); break;
		case 1:
			if (beget(dice, SIGCHLD) == 0) {
				calls(dice, FEW);
				quit();
			}
			break;
		case 2:
			if (one_in(dice, 4))
				become_another(dice, count);
			break;
		case 3:
		case 4: end_somehow(dice); break;
		default: random_call(dice);
		}
	}
}

/* ---------------------------------------------------------------- the start */

static bool is_of_faults(int number)
{
	return number == SIGSEGV || number == SIGBUS || number == SIGILL || number == SIGFPE || number == SIGTRAP;
}

/* A program that waits is told to go on, by whatever it has not come to ignore, from a process that does nothing else. */
static void kick(uint64_t whom)
{
	const int64_t while_it_works[2] = { 0, 2000000 };

	if (CALL(SYS_clone, SIGCHLD) != 0)
		return;
	for (unsigned i = 0; i < KICKS && CALL(SYS_kill, whom, SIGUSR1 + i % 2 * (2 + i % 8)) == 0; i++)
		CALL(SYS_nanosleep, ADDRESS(while_it_works), 0);
	quit();
}

/* Descriptors 0 to 2 cannot be written to, so that nobody's words are taken for those of the test. */
static void open_files(void)
{
	int ends_of_pipe[2], file;

	for (int i = 0; i < 3; i++) {
		close(i);
		open(i == 0 ? "/dev/null" : "/dev/console", O_RDONLY);
	}
	if (pipe(ends_of_pipe) != 0 || open("/tmp", O_RDONLY) < 0 || open("/dev/zero", O_RDWR) < 0 || open("/tmp/a", O_RDWR | O_CREAT, 0700) < 0)
		quit();
	open("/init", O_RDONLY);
	file = open("/tmp/script", O_RDWR | O_CREAT | O_TRUNC, 0700);
	if (write(file, "#!/init task\n", 13) != 13)
		quit();
}

static void map_memory(void)
{
	const int protections[] = { PROT_READ | PROT_WRITE, PROT_READ | PROT_WRITE, PROT_READ, PROT_NONE, PROT_WRITE, PROT_READ | PROT_WRITE | PROT_EXEC };

	mmap((void *)EDGE_PAGE, EDGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	for (unsigned i = 0; i < ARENA_PAGES / 4; i++)
		mmap((void *)(ARENA + i * 4 * PAGE), (i % 5 == 4 ? 3 : 4) * PAGE, protections[i % 6], (i % 3 == 2 ? MAP_SHARED : MAP_PRIVATE) | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

/* All of the memory but some pages. */
static void eat(struct dice *dice)
{
	enum { PIECE = 1 << 24 };
	const uint64_t at = (uint64_t)1 << 34, most = (uint64_t)1 << 31;
	uint64_t zero = (uint64_t)CALL(SYS_openat, (uint64_t)AT_FDCWD, ADDRESS("/dev/zero"), O_RDONLY), end = at;

	CALL(SYS_mmap, at, most, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, (uint64_t)-1, 0);
	while (end < at + most && CALL(SYS_read, zero, end, PIECE) == PIECE)
		end += PIECE;
	CALL(SYS_munmap, at + PAGE, below(dice, 40) * PAGE);
	CALL(SYS_close, zero);
}

void run_task(const struct task *task)
{
	struct dice dice = { task->seed };

	for (int i = 1; i <= SIGNALS; i++)
		sigaction(i, &(struct sigaction){ .sa_handler = nothing, .sa_flags = is_of_faults(i) ? (int)SA_RESETHAND : 0 }, NULL);
	setsid();
	map_memory();
	open_files();
	kick((uint64_t)CALL(SYS_getpid));
	if (task->hog)
		eat(&dice);
	while (task->hog && task->calls == 0)
		CALL(SYS_sched_yield);
	calls(&dice, task->calls);
	quit();
}
