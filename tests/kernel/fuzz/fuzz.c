/*
 * fuzz [SEED [CHILDREN [CALLS]]]: the first process of a kernel, whose children make random system calls.  TAP.
 *
 * Each must end, or be killed; behind them all the machine must be sound; and the same children once more must cost no memory.
 */
#define _GNU_SOURCE /* what Linux alone has */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "fuzz.h"

enum { MILLISECOND = 1000000, PATIENCE = 800, PATIENCE_HOG = 3000, GRACE = 10000 /* milliseconds, for a child to end and to die */, HOGS = 16, MEBIBYTE = 1 << 20 };

static unsigned said, failures;

static bool check(bool good, const char *name)
{
	failures += !good;
	printf("%sok %u - %s\n", good ? "" : "not ", ++said, name);
	return good;
}

static void rest(void)
{
	nanosleep(&(struct timespec){ 0, MILLISECOND }, NULL);
}

/* ---------------------------------------------------------------- is the machine sound? */

static void remove_all(const char *folder)
{
	DIR *directory = opendir(folder);
	struct dirent *entry;
	char path[PATH_MAX];

	while (directory && (entry = readdir(directory))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
		if (unlink(path) != 0) {
			remove_all(path);
			rmdir(path);
		}
	}
	if (directory)
		closedir(directory);
}

/* A program that takes what a shell would. */
static int be_sound(void)
{
	int ends[2], status;
	char *memory = mmap(NULL, MEBIBYTE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), text[6] = "";
	pid_t child;

	if (memory == MAP_FAILED || pipe(ends) != 0)
		return 1;
	memset(memory, 7, MEBIBYTE);
	remove_all("/tmp");
	child = fork();
	if (child == 0)
		_exit(write(ends[1], "sound", 5) != 5 || memory[MEBIBYTE - 1] != 7);
	if (child < 0 || waitpid(child, &status, 0) != child || status != 0 || read(ends[0], text, 5) != 5)
		return 1;
	return strcmp(text, "sound") != 0 || open("/tmp/sound", O_CREAT | O_RDWR, 0600) < 0 || unlink("/tmp/sound") != 0;
}

/* ---------------------------------------------------------------- children */

/* Each begins afresh, so that no page of ours is anybody else's: what the child leaves us of the memory need not do for copies. */
static pid_t start(const char *what, uint64_t seed, unsigned calls, bool hog)
{
	char seed_text[24], calls_text[12];
	pid_t child;

	snprintf(seed_text, sizeof seed_text, "%lu", (unsigned long)seed);
	snprintf(calls_text, sizeof calls_text, "%u", calls);
	child = fork();
	if (child == 0) {
		execl("/init", "fuzz", what, seed_text, calls_text, hog ? "hog" : NULL, NULL);
		_exit(127);
	}
	return child;
}

static bool wait_for(pid_t child, unsigned patience, int *status)
{
	for (; patience > 0; patience--) {
		pid_t ended = waitpid(child, status, WNOHANG);

		if (ended < 0 && child == -1)
			return true;
		if (ended == child)
			return true;
		if (ended <= 0)
			rest();
	}
	return false;
}

/* Whoever is left is killed, its descendants too.  NULL: all is well. */
static const char *watch(pid_t child, unsigned patience)
{
	int status;

	if (child < 0 || (wait_for(child, patience, &status) && WIFEXITED(status) && WEXITSTATUS(status) == 127))
		return "cannot be made";
	kill(-1, SIGKILL);
	return wait_for(-1, GRACE, &status) ? NULL : "lives on";
}

static bool is_sound(void)
{
	int status;
	pid_t child = start("sound", 0, 0, false);

	return child > 0 && wait_for(child, GRACE, &status) && status == 0;
}

/* What is left of the memory: in *free. */
static bool run(uint64_t seed, unsigned children, unsigned calls, unsigned long *free)
{
	struct sysinfo info;

	for (unsigned i = 0; i < children; i++) {
		bool hog = i % HOGS == HOGS - 1;
		const char *trouble;

		printf("# seed %lu, child %u\n", (unsigned long)seed, i);
		trouble = watch(start("task", seed * 1000003 + i, calls, hog), hog ? PATIENCE_HOG : PATIENCE);
		if (trouble) {
			printf("# seed %lu, child %u %s\n", (unsigned long)seed, i, trouble);
			return false;
		}
	}
	if (!is_sound())
		return false;
	sysinfo(&info);
	*free = info.freeram;
	return info.procs == 1;
}

extern const char __executable_start[], _end[];

/* So that this program's own pages are there from the start: of what lies between segments, nobody minds. */
static void touch_all(void)
{
	const char *page = __executable_start;
	char byte;
	int ends[2];

	if (pipe(ends) != 0)
		return;
	for (; page < _end; page += PAGE)
		if (write(ends[1], page, 1) == 1 && read(ends[0], &byte, 1) != 1)
			break;
	close(ends[0]);
	close(ends[1]);
}

/* Somebody has eaten all memory: the machine must not end because its first process wants some. */
static bool is_fed_first(void)
{
	char *memory = mmap(NULL, 2 * MEBIBYTE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pid_t child = start("eat", 1, 0, true);
	struct sysinfo info = { .freeram = MEBIBYTE };

	for (unsigned i = 0; i < GRACE && info.freeram >= MEBIBYTE; i++) {
		rest();
		sysinfo(&info);
	}
	memset(memory, 1, 2 * MEBIBYTE);
	munmap(memory, 2 * MEBIBYTE);
	return info.freeram < MEBIBYTE && watch(child, PATIENCE) == NULL;
}

static int be_first(uint64_t seed, unsigned children, unsigned calls)
{
	static char text[BUFSIZ];
	unsigned long before = 0, after = 0;

	touch_all();
	setvbuf(stdout, text, _IOLBF, sizeof text);
	printf("1..5\n");
	check(run(seed, 0, 0, &before), "the machine is sound");
	if (check(run(seed, children, calls, &before), "children that make random calls end or can be killed, and it still is"))
		check(run(seed, children, calls, &after), "the same once more");
	else
		check(false, "the same once more # SKIP");
	printf("# %lu bytes free, then %lu\n", before, after);
	check(before != 0 && after >= before, "the same costs no memory");
	check(is_fed_first(), "who has eaten all memory dies of it, and not the first process");
	return failures != 0;
}

static uint64_t number(int argc, char **argv, int which, uint64_t otherwise)
{
	return argc > which ? strtoull(argv[which], NULL, 0) : otherwise;
}

int main(int argc, char **argv)
{
	struct task task = { number(argc, argv, 2, 1), (unsigned)number(argc, argv, 3, 0), argc > 4 };

	if (getpid() == 1)
		return be_first(number(argc, argv, 1, 1), (unsigned)number(argc, argv, 2, 32), (unsigned)number(argc, argv, 3, 300));
	if (argc > 1 && strcmp(argv[1], "sound") == 0)
		return be_sound();
	if (argc > 1 && (strcmp(argv[1], "task") == 0 || strcmp(argv[1], "eat") == 0))
		run_task(&task);
	return 0;
}
