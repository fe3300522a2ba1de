/* What calls are given: of each kind a pool of what is sound, next to sound, or known to have been somebody's undoing. */
#define _GNU_SOURCE /* flags of Linux alone */
#include <asm/ioctls.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <linux/sched/types.h>
#include <linux/time_types.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include "fuzz.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define PICK(dice, ...) pick((dice), (const uint64_t[]){ __VA_ARGS__ }, COUNT(((const uint64_t[]){ __VA_ARGS__ })))

enum { SCRATCH = 32768, IOVECS = 1025, DESCRIPTORS = 14, KERNELS_SIGNALS = 64 };

int family[FAMILY];

static char scratch[SCRATCH]; /* where structs are put; of all threads, which spoil each other's */
static struct iovec iovecs[IOVECS];

static uint64_t pick(struct dice *dice, const uint64_t *from, size_t count)
{
	return from[below(dice, count)];
}

/* ---------------------------------------------------------------- numbers */

static uint64_t length(struct dice *dice)
{
	if (one_in(dice, 2))
		return below(dice, 300);
	if (one_in(dice, 4))
		return PICK(dice, INT32_MAX, (uint64_t)INT32_MAX + 1, UINT32_MAX, (uint64_t)UINT32_MAX + 1, 0x7ffff000, INT64_MAX, (uint64_t)INT64_MIN, UINT64_MAX, 1 << 20);
	return PICK(dice, 0, 1, 7, 8, 15, 16, PAGE - 1, PAGE, PAGE + 1, 2 * PAGE, 3 * PAGE + 5, 16 * PAGE, 64 * PAGE);
}

static uint64_t offset(struct dice *dice)
{
	if (one_in(dice, 8))
		return PICK(dice, UINT64_MAX, INT64_MAX, (uint64_t)INT64_MIN, (uint64_t)INT64_MAX - PAGE + 1, (uint64_t)1 << 31, ((uint64_t)1 << 31) - PAGE, (uint64_t)1 << 45);
	return one_in(dice, 2) ? below(dice, 8) * PAGE : below(dice, 4 * PAGE);
}

uint64_t any_address(struct dice *dice)
{
	const uint64_t user_half = (uint64_t)1 << 47;

	if (one_in(dice, 8))
		return PICK(dice, 0, 8, PAGE - 1, user_half - PAGE - 1, user_half - 8, user_half, (uint64_t)1 << 48, (uint64_t)1 << 38, 0xffff800000000000, 0xffff000000000000,
		            0xffffffff80200000, 0xffffffc000000000, UINT64_MAX, UINT64_MAX - 7, UINT64_MAX - PAGE + 1, (uint64_t)1 << 63, ADDRESS(random_call));
	if (one_in(dice, 8))
		return EDGE_PAGE + EDGE - below(dice, 2) * 8 - below(dice, 9);
	return ARENA + below(dice, ARENA_PAGES) * PAGE + (one_in(dice, 2) ? below(dice, 8) * 8 : PICK(dice, 1, 4, PAGE - 1, PAGE - 4, PAGE - 8, PAGE - 16, 2044, 3));
}

uint64_t any_value(struct dice *dice)
{
	switch (below(dice, 4)) {
	case 0: return any_address(dice);
	case 1: return length(dice);
	case 2: return offset(dice);
	default: return roll(dice) >> below(dice, 64);
	}
}

static uint64_t some_bits(struct dice *dice, const uint64_t *from, size_t count)
{
	uint64_t bits = 0;

	if (one_in(dice, 16))
		return roll(dice);
	for (uint64_t more = below(dice, 4); more > 0; more--)
		bits |= pick(dice, from, count);
	return bits;
}

#define BITS(dice, ...) some_bits((dice), (const uint64_t[]){ __VA_ARGS__ }, COUNT(((const uint64_t[]){ __VA_ARGS__ })))

/* ---------------------------------------------------------------- who and what */

/* Never the first process, nor all of them. */
static uint64_t process(struct dice *dice)
{
	uint64_t self = (uint64_t)CALL(SYS_getpid), gone = 100000000;

	if (one_in(dice, 3))
		return (uint64_t)family[below(dice, FAMILY)];
	return PICK(dice, 0, self, self, (uint64_t)CALL(SYS_gettid), gone, -gone, -self, (uint64_t)INT32_MIN, INT32_MAX);
}

/* A group that somebody may be put in. */
static uint64_t group(struct dice *dice)
{
	return one_in(dice, 2) ? 0 : PICK(dice, (uint64_t)CALL(SYS_getpid), (uint64_t)family[below(dice, FAMILY)], 99999999, (uint64_t)-5);
}

static uint64_t descriptor(struct dice *dice)
{
	if (one_in(dice, 12))
		return PICK(dice, UINT64_MAX, 63, 64, 65, INT32_MAX, UINT32_MAX, (uint64_t)AT_FDCWD, (uint64_t)INT32_MIN, (uint64_t)1 << 32);
	return below(dice, DESCRIPTORS);
}

static uint64_t number_of_signal(struct dice *dice)
{
	uint64_t number = one_in(dice, 2) ? PICK(dice, 0, SIGUSR1, SIGUSR2, SIGCHLD, SIGPIPE, SIGURG, SIGCONT) : below(dice, KERNELS_SIGNALS + 3);

	return number == SIGKILL && !one_in(dice, 4) ? SIGUSR1 : number;
}

/* ---------------------------------------------------------------- what is in memory */

/* Where the program put an object that a call is to read: sound, or at the very end of what is mapped, or lies about it. */
static uint64_t put(struct dice *dice, const void *object, size_t size)
{
	void *to = scratch + below(dice, (SCRATCH - size) / 8 + 1) * 8;

	if (one_in(dice, 16))
		return any_address(dice);
	if (one_in(dice, 8))
		to = (char *)EDGE_PAGE + EDGE - size;
	memcpy(to, object, size);
	return ADDRESS(to) + (one_in(dice, 64) ? below(dice, 8) : 0);
}

static uint64_t path(struct dice *dice)
{
	static const char *const paths[] = {
		"/tmp", "/tmp/a", "/tmp/b", "/tmp/d", "/tmp/d/e", "/tmp/d/e/f", "/tmp/d/a", "a", "b", "d", "d/e", "../tmp/a", "d/..", ".", "..", "/", "", "/init", "/link",
		"/empty", "/dev/null", "/dev/zero", "/dev", "/tmp/a/", "//tmp//a", "/tmp/none/x", "/tmp/script", "/tmp/d/../../tmp/./b/", "c",
	};
	static char longest[5000];

	if (!one_in(dice, 32)) {
		const char *text = paths[below(dice, COUNT(paths))];

		return put(dice, text, strlen(text) + 1);
	}
	memset(longest, one_in(dice, 2) ? '/' : 'n', sizeof longest);
	longest[PICK(dice, 254, 255, 256, 4094, 4095, 4096)] = '\0';
	return put(dice, longest, sizeof longest);
}

static uint64_t list(struct dice *dice)
{
	uint64_t filled = one_in(dice, 64) ? IOVECS : 8;

	for (uint64_t i = 0; i < filled; i++)
		iovecs[i] = (struct iovec){ (void *)(uintptr_t)any_address(dice), one_in(dice, 8) ? length(dice) : below(dice, 2 * PAGE) };
	return one_in(dice, 16) ? any_address(dice) : ADDRESS(iovecs);
}

/* A millisecond or less, or none. */
static uint64_t time_to_wait(struct dice *dice)
{
	struct __kernel_timespec time = { 0, (int64_t)below(dice, 1000000) };

	if (one_in(dice, 16))
		time = (struct __kernel_timespec){ (int64_t)any_value(dice), (int64_t)any_value(dice) };
	return one_in(dice, 16) ? 0 : put(dice, &time, sizeof time);
}

void nothing(int number)
{
	(void)number;
}

static uint64_t action(struct dice *dice)
{
	struct {
		uint64_t handler, flags, rest[2];
	} action = { one_in(dice, 32) ? any_address(dice) : PICK(dice, (uint64_t)(one_in(dice, 8) ? 0 : 1), ADDRESS(nothing), ADDRESS(nothing)), BITS(dice, SA_RESTART, SA_NODEFER, SA_SIGINFO, SA_RESETHAND), { any_address(dice), roll(dice) } };

	return one_in(dice, 4) ? 0 : put(dice, &action, sizeof action);
}

static uint64_t polled(struct dice *dice)
{
	struct pollfd entries[4];

	for (size_t i = 0; i < COUNT(entries); i++)
		entries[i] = (struct pollfd){ (int)descriptor(dice), (short)roll(dice), 0 };
	return put(dice, entries, sizeof entries);
}

static uint64_t how_to_open(struct dice *dice)
{
	struct open_how how = { argument(dice, 'O'), one_in(dice, 2) ? 0 : 0600, BITS(dice, RESOLVE_BENEATH, RESOLVE_IN_ROOT, RESOLVE_NO_SYMLINKS, RESOLVE_CACHED) };

	return put(dice, &how, sizeof how);
}

static uint64_t scheduling(struct dice *dice)
{
	struct sched_attr attr = { .size = (uint32_t)PICK(dice, 0, 47, 48, 56, 100, 4096, 4097), .sched_policy = (uint32_t)below(dice, 8), .sched_priority = (uint32_t)below(dice, 3) };

	return put(dice, &attr, sizeof attr);
}

static uint64_t word(struct dice *dice)
{
	return one_in(dice, 2) ? EDGE_PAGE + below(dice, 4) * 4 : any_address(dice) & ~(uint64_t)3;
}

static uint64_t heap_end(struct dice *dice)
{
	static uint64_t start;

	if (start == 0)
		start = (uint64_t)CALL(SYS_brk, 0);
	return one_in(dice, 8) ? any_value(dice) | start : start + below(dice, 64) * 1000;
}

/* ---------------------------------------------------------------- by its letter */

static uint64_t flags_of(struct dice *dice, char kind)
{
	switch (kind) {
	case 'P': return BITS(dice, PROT_READ, PROT_WRITE, PROT_READ | PROT_WRITE, PROT_EXEC, PROT_NONE, PROT_GROWSDOWN);
	case 'M': return PICK(dice, MAP_PRIVATE, MAP_SHARED, MAP_SHARED, MAP_PRIVATE, MAP_SHARED_VALIDATE, 0) |
		         BITS(dice, MAP_FIXED, MAP_FIXED, MAP_ANONYMOUS, MAP_ANONYMOUS, MAP_ANONYMOUS, MAP_FIXED_NOREPLACE, MAP_NORESERVE);
	case 'O': return PICK(dice, O_RDONLY, O_WRONLY, O_RDWR, O_RDWR) | BITS(dice, O_CREAT, O_CREAT, O_EXCL, O_TRUNC, O_APPEND, O_NONBLOCK, O_CLOEXEC, O_DIRECTORY, O_NOFOLLOW, O_PATH);
	case 'A': return BITS(dice, AT_REMOVEDIR, AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH);
	case 'w': return BITS(dice, WNOHANG, WNOHANG, WUNTRACED, WCONTINUED);
	case 'F': return PICK(dice, FUTEX_WAIT, FUTEX_WAKE, FUTEX_WAIT_BITSET, FUTEX_WAKE_BITSET, FUTEX_CMP_REQUEUE, below(dice, 16)) | BITS(dice, FUTEX_PRIVATE_FLAG, FUTEX_CLOCK_REALTIME);
	case 'k': return PICK(dice, F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL, below(dice, 1100));
	case 'K': return PICK(dice, TCGETS, TCSETS, TCSETSW, TCSETSF, TIOCGWINSZ, TIOCGPGRP, TIOCSPGRP, TIOCSCTTY, FIONREAD);
	case 'y': return PICK(dice, PR_SET_NAME, PR_GET_NAME, below(dice, 60));
#ifdef __x86_64__
	case 'T': return PICK(dice, 0x1002, 0x1003, 0x1001); /* ARCH_SET_FS, GET_FS, SET_GS */
#endif
	default: return roll(dice); /* of a letter that there is not */
	}
}

static uint64_t address_of(struct dice *dice, char kind)
{
	switch (kind) {
	case 'p': return path(dice);
	case 'v': return list(dice);
	case 't': return time_to_wait(dice);
	case 'S': return action(dice);
	case 'q': return polled(dice);
	case 'h': return how_to_open(dice);
	case 'D': return scheduling(dice);
	case 'x': return word(dice);
	case 's': return one_in(dice, 4) ? 0 : put(dice, &(uint64_t){ one_in(dice, 2) ? 0 : roll(dice) & ~((uint64_t)1 << (SIGUSR1 - 1)) }, 8);
	case 'R': return one_in(dice, 2) ? 0 : put(dice, &(struct rlimit){ below(dice, 100), 100 }, sizeof(struct rlimit));
	default: return flags_of(dice, kind);
	}
}

uint64_t argument(struct dice *dice, char kind)
{
	switch (kind) {
	case 'f': return descriptor(dice);
	case 'd': return one_in(dice, 2) ? (uint64_t)AT_FDCWD : descriptor(dice);
	case 'a': return any_address(dice);
	case 'n': return length(dice);
	case 'o': return offset(dice);
	case 'c': return one_in(dice, 16) ? PICK(dice, 1024, 1025, UINT32_MAX, UINT64_MAX, (uint64_t)1 << 32) : below(dice, 9);
	case 'e': return one_in(dice, 16) ? any_value(dice) : below(dice, 6);
	case 'm': return one_in(dice, 16) ? roll(dice) : 0700;
	case 'r': return one_in(dice, 64) ? any_address(dice) & (one_in(dice, 2) ? ~(uint64_t)0 : ~(uint64_t)(PAGE - 1)) : ARENA + below(dice, ARENA_PAGES) * PAGE;
	case 'l': return one_in(dice, 128) ? length(dice) : below(dice, 12) * PAGE + below(dice, 2);
	case '8': return one_in(dice, 32) ? any_value(dice) : 8;
	case 'H': return one_in(dice, 16) ? any_value(dice) : sizeof(struct open_how);
	case 'L': return below(dice, 7);
	case 'z': return any_value(dice);
	case 'i': return process(dice);
	case 'j': return group(dice);
	case 'g': return number_of_signal(dice);
	case 'b': return heap_end(dice);
	default: return address_of(dice, kind);
	}
}
