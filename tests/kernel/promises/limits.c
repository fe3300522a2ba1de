/* What goes to the limits of a kernel, or would make it wait: each was once its end, or nearly so. */
#define _GNU_SOURCE /* clone, process_vm_readv */
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>
#include "promises.h"

static char stack[16 * PAGE];

static _Noreturn void sleep_for_a_signal(void)
{
	for (;;)
		pause();
}

static int sleep_for_ever(void *unused)
{
	(void)unused;
	*handled = getpid();
	sleep_for_a_signal();
}

static int end_at_once(void *unused)
{
	return unused != NULL;
}

/* Who waits for a vfork's child can be killed; and it may be a thread that is waited for. */
static void try_vfork(void)
{
	const int thread = CLONE_VM | CLONE_THREAD | CLONE_SIGHAND | CLONE_VFORK;
	pid_t child;
	int status;

	*handled = 0;
	child = fork();
	if (child == 0)
		_exit(clone(sleep_for_ever, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, NULL) < 0);
	while (*handled == 0)
		sched_yield();
	kill(child, SIGKILL);
	check(waitpid(child, &status, 0) == child && WIFSIGNALED(status) && kill(*handled, SIGKILL) == 0, "who waits for the child of a vfork can be killed");
	check(clone(end_at_once, stack + sizeof stack, thread, NULL) > 0, "a thread that is waited for as a vfork's child ends");
}

/* ---------------------------------------------------------------- many */

static bool are_numbered(char *const *pages, int count)
{
	bool good = true;

	for (int i = 0; i < count; i++)
		good &= *(volatile char *)pages[i] == i;
	return good;
}

/* As many share a page as make its count whatever mark a kernel may have for one that nobody has; and then its neighbour goes. */
static void try_sharing(void)
{
	enum { PAIRS = 32, MANY = 62 };
	char *kept[PAIRS], *gone[PAIRS];
	pid_t children[MANY];
	bool good = true;

	*handled = 0;
	for (int i = 0; i < PAIRS; i++)
		kept[i] = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	for (int n = 0; n < MANY; n++) {
		children[n] = fork();
		while (children[n] == 0 && *handled == 0)
			sched_yield();
		if (children[n] == 0) {
			__atomic_add_fetch(handled, are_numbered(kept, PAIRS), __ATOMIC_SEQ_CST);
			sleep_for_a_signal();
		}
	}
	for (int i = 0; i < PAIRS; i++) {
		gone[i] = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		*kept[i] = gone[i][0] = gone[i][PAGE] = (char)i;
	}
	for (*handled = 1; *handled < MANY + 1;)
		sched_yield();
	for (int i = 0; i < PAIRS; i++)
		munmap(gone[i], 2 * PAGE);
	for (int n = 0; n < MANY; n++)
		good &= kill(children[n], SIGKILL) == 0 && waitpid(children[n], NULL, 0) == children[n];
	check(good && are_numbered(kept, PAIRS), "pages that many share stay theirs");
}

/* As many strings as there can be in one vector, and more in the other: they fit, or they do not. */
static void try_strings(void)
{
	enum { ARGUMENTS = 8191, VARIABLES = 120000 };
	static char *arguments[ARGUMENTS + 1], *variables[VARIABLES + 1];
	char name[] = "promises", fresh[] = "fresh", variable[] = "a";
	pid_t child = fork();
	int status;

	if (child == 0) {
		for (int i = 0; i < ARGUMENTS; i++)
			arguments[i] = i == 0 ? name : i == 1 ? fresh : name + sizeof name - 1;
		for (int i = 0; i < VARIABLES; i++)
			variables[i] = variable;
		execve("/proc/self/exe", arguments, variables);
		execve("/init", arguments, variables);
		_exit(errno == E2BIG ? 0 : 1);
	}
	check(waitpid(child, &status, 0) == child && status == 0, "more strings than a program can be given");
}

/* Two gigabytes, all of them in the same memory. */
static long move_much(bool within)
{
	enum { LENGTH = 2 << 20, PIECES = 1023 };
	static struct iovec here[PIECES], there[PIECES];
	char *memory = mmap(NULL, 2 * LENGTH, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (int i = 0; i < PIECES; i++) {
		here[i] = (struct iovec){ memory, LENGTH };
		there[i] = (struct iovec){ memory + LENGTH, LENGTH };
	}
	*handled = 1;
	return within ? process_vm_readv(getpid(), here, PIECES, there, PIECES, 0) : readv(open("/dev/zero", O_RDONLY), here, PIECES);
}

static void try_long_call(bool within, const char *name)
{
	pid_t child;
	int status;

	*handled = 0;
	child = fork();
	if (child == 0) {
		*handled = move_much(within) < 0 ? -1 : 2;
		_exit(0);
	}
	while (*handled == 0)
		sched_yield();
	kill(child, SIGKILL);
	check(waitpid(child, &status, 0) == child && WIFSIGNALED(status) && *handled == 1, name);
}

static uint32_t word;

static int wait_for_one(void *unused)
{
	(void)unused;
	syscall(SYS_futex, &word, FUTEX_WAIT_BITSET_PRIVATE, 0, NULL, NULL, 1);
	return 0;
}

static void try_bits(void)
{
	const int thread = CLONE_VM | CLONE_THREAD | CLONE_SIGHAND;
	long by_another = 0, by_its_own = 0;

	if (clone(wait_for_one, stack + sizeof stack, thread, NULL) > 0)
		for (; by_its_own == 0; sched_yield()) {
			by_another += syscall(SYS_futex, &word, FUTEX_WAKE_BITSET_PRIVATE, 1, NULL, NULL, 2);
			by_its_own = syscall(SYS_futex, &word, FUTEX_WAKE_BITSET_PRIVATE, 1, NULL, NULL, 3);
		}
	check(by_another == 0 && by_its_own == 1, "who waits for bits is woken by one of them");
}

/* But not where the futex is called private. */
static void try_shared_word(void)
{
	uint32_t *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	long in_private = 0, woken = 0;
	int status;
	pid_t child = fork();

	if (child == 0)
		_exit(syscall(SYS_futex, shared, FUTEX_WAIT, 0, NULL) != 0);
	for (; woken == 0; sched_yield()) {
		in_private += syscall(SYS_futex, shared, FUTEX_WAKE_PRIVATE, 1);
		woken = syscall(SYS_futex, shared, FUTEX_WAKE, 1);
	}
	check(waitpid(child, &status, 0) == child && status == 0 && in_private == 0 && woken == 1, "two processes meet at a word that they share");
}

void try_limits(void)
{
	try_vfork();
	try_bits();
	try_shared_word();
	try_sharing();
	try_strings();
	try_long_call(false, "a read of gigabytes gives way, and can be killed");
	try_long_call(true, "so can a copy of them between programs");
}
