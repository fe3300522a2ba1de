/* Calls whose memory another thread changes meanwhile: of each only whether it ended as it may. */
#include <linux/futex.h>
#include <linux/mman.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <linux/sched/types.h>
#include <linux/time_types.h>
#include <linux/uio.h>

#include "groups.h"
#include "line.h"

enum { ROUNDS = 150, STACK_WORDS = 1024, WORD = 5 };

/* Two pages: the first stays, the second is what threads fight for. */
#define FIRST WILD
#define SECOND (WILD + PAGE)

struct race {
	const char *name;
	void (*meddle)(unsigned round);
	bool (*ends_well)(void);
};

static const struct __kernel_timespec shortly = { .tv_nsec = 1 };
static const struct race *running;
static volatile uint32_t thread_lives;
static _Alignas(16) uint64_t stack[STACK_WORDS];

/* What calls are given and threads change: in memory that stays. */
static volatile struct iovec entry;
static volatile char path[] = "/tmp/source";
static volatile struct open_how hows[2];
static volatile struct sched_attr attr;
static volatile uint32_t word;

static void map_second(void)
{
	CALL(mmap, SECOND, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, UINT64_MAX, 0);
}

static void rest(void)
{
	CALL(nanosleep, ADDRESS(&shortly), 0);
}

static _Noreturn void run_thread(void)
{
	unsigned round;

	for (round = 0; round < ROUNDS; round++) {
		running->meddle(round);
		rest();
	}
	for (;;)
		CALL(exit, 0);
}

static void begin_thread(void)
{
	const uint64_t flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | CLONE_CHILD_CLEARTID;

	thread_lives = 1;
	stack[STACK_WORDS - 2] = ADDRESS(run_thread);
	sys_spawn(flags, stack + STACK_WORDS - 2, 0, ADDRESS(&thread_lives));
}

static bool has_ended(void)
{
	return thread_lives == 0;
}

static void end_thread(void)
{
	while (!has_ended())
		CALL(futex, ADDRESS(&thread_lives), FUTEX_WAIT, 1);
}

static void meddle_protect(unsigned round)
{
	CALL(mprotect, SECOND, PAGE, round % 2 ? PROT_READ | PROT_WRITE : PROT_NONE);
}

static void meddle_unmap(unsigned round)
{
	if (round % 2)
		map_second();
	else
		CALL(munmap, SECOND, PAGE);
}

static void meddle_length(unsigned round)
{
	entry.iov_len = round % 2 ? 10 : SIZE_MAX;
}

static void meddle_path(unsigned round)
{
	path[5] = round % 2 ? 's' : 'n';
}

static void meddle_tail(unsigned round)
{
	hows[1].resolve = round % 2;
}

static void meddle_size(unsigned round)
{
	attr.size = round % 2 ? 48 : 7;
}

static void meddle_word(unsigned round)
{
	word = round % 2 ? WORD : WORD + 1;
}

static bool is_prefix(int64_t result)
{
	return result >= PAGE && result <= 2 * PAGE;
}

static bool read_ends_well(void)
{
	return is_prefix(CALL(read, files_source(), FIRST, 2 * PAGE));
}

static bool write_ends_well(void)
{
	uint64_t fd = files_sink();
	int64_t result = CALL(write, fd, FIRST, 2 * PAGE);
	bool well = is_prefix(result) && CALL(lseek, fd, 0, 2) == result;

	CALL(close, fd);
	return well;
}

static bool pipe_ends_well(void)
{
	const struct pipe pipe = pipes_filled(2 * PAGE);
	bool well = is_prefix(CALL(read, (uint64_t)pipe.ends[0], FIRST, 2 * PAGE));

	CALL(close, (uint64_t)pipe.ends[0]);
	CALL(close, (uint64_t)pipe.ends[1]);
	return well;
}

static bool remote_ends_well(void)
{
	const struct iovec local = { .iov_base = (void *)PAGE_AT(LIST), .iov_len = 2 * PAGE };
	const struct iovec remote = { .iov_base = (void *)FIRST, .iov_len = 2 * PAGE };

	return is_prefix(CALL(process_vm_readv, (uint64_t)CALL(getpid), ADDRESS(&local), 1, ADDRESS(&remote), 1, 0));
}

static bool struct_ends_well(void)
{
	int64_t result = CALL(clock_gettime, 0, SECOND);

	return result == 0 || result == -EFAULT;
}

static bool length_ends_well(void)
{
	int64_t result;

	entry.iov_base = (void *)FIRST;
	result = CALL(readv, files_source(), ADDRESS(&entry), 1);
	return result == 10 || result == -EINVAL;
}

static bool path_ends_well(void)
{
	int64_t fd = CALL(openat, CURRENT_FOLDER, ADDRESS(path), O_RDONLY);

	if (fd < 0)
		return fd == -ENOENT;
	CALL(close, (uint64_t)fd);
	return true;
}

static bool tail_ends_well(void)
{
	int64_t fd = CALL(openat2, CURRENT_FOLDER, ADDRESS("/tmp/source"), ADDRESS(hows), sizeof hows);

	if (fd < 0)
		return fd == -E2BIG;
	CALL(close, (uint64_t)fd);
	return true;
}

static bool size_ends_well(void)
{
	int64_t result = CALL(sched_setattr, 0, ADDRESS(&attr), 0);

	return result == 0 || result == -E2BIG;
}

static bool word_ends_well(void)
{
	int64_t result = CALL(futex, ADDRESS(&word), FUTEX_WAIT_PRIVATE, WORD, ADDRESS(&shortly));

	return result == -ETIMEDOUT || result == -EAGAIN;
}

static const struct race races[] = {
	{ "read.protect", meddle_protect, read_ends_well },
	{ "read.unmap", meddle_unmap, read_ends_well },
	{ "write.protect", meddle_protect, write_ends_well },
	{ "write.unmap", meddle_unmap, write_ends_well },
	{ "pipe.protect", meddle_protect, pipe_ends_well },
	{ "pipe.unmap", meddle_unmap, pipe_ends_well },
	{ "remote.protect", meddle_protect, remote_ends_well },
	{ "remote.unmap", meddle_unmap, remote_ends_well },
	{ "struct.protect", meddle_protect, struct_ends_well },
	{ "struct.unmap", meddle_unmap, struct_ends_well },
	{ "list.length", meddle_length, length_ends_well },
	{ "string.changed", meddle_path, path_ends_well },
	{ "growing.tail", meddle_tail, tail_ends_well },
	{ "growing.size", meddle_size, size_ends_well },
	{ "futex.word", meddle_word, word_ends_well },
};

/* Calls until the thread has ended, and says whether all were well. */
static void run_race(const struct race *race)
{
	bool well = true;

	line_begin("races");
	line_name(race->name);
	map_second();
	entry.iov_len = 10;
	attr.size = 48;
	running = race;
	begin_thread();
	while (!has_ended())
		well &= race->ends_well();
	end_thread();
	line_end_word(well ? "allowed" : "not allowed");
}

static void wait_for_word(unsigned round)
{
	if (round == 0)
		CALL(futex, ADDRESS(&word), FUTEX_WAIT_PRIVATE, WORD);
}

static const struct race waiting = { "futex", wait_for_word, NULL };

/* A thread sleeps on a word; the call is made until it has met it there. */
static void try_wake(const char *name, bool is_requeued)
{
	uint32_t other = WORD;
	int64_t woken;

	line_begin("races.futex");
	line_name(name);
	word = WORD;
	running = &waiting;
	begin_thread();
	do {
		rest();
		woken = is_requeued ? CALL(futex, ADDRESS(&word), FUTEX_CMP_REQUEUE_PRIVATE, 0, 1, ADDRESS(&other), WORD) : CALL(futex, ADDRESS(&word), FUTEX_WAKE_PRIVATE, 1);
	} while (woken == 0);
	if (woken == 1 && is_requeued)
		woken = CALL(futex, ADDRESS(&other), FUTEX_WAKE_PRIVATE, INT32_MAX);
	end_thread();
	line_end(woken);
}

void try_races(void)
{
	size_t i;

	CALL(mmap, FIRST, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, UINT64_MAX, 0);
	for (i = 0; i < sizeof races / sizeof races[0]; i++)
		run_race(&races[i]);
	try_wake("wake", false);
	try_wake("requeue", true);
	CALL(munmap, FIRST, 2 * PAGE);
}
