/* The rest of the calls that touch memory, and numbers of files. */
#include <asm/ioctls.h>
#include <asm/termbits.h>
#include <linux/poll.h>
#include <linux/resource.h>
#include <linux/termios.h>
#include <linux/wait.h>

#include "groups.h"
#include "line.h"

enum { DIRENT_BYTES = 24, EXIT_CODE = 7 };

static int64_t call_pipe2(uint64_t address)
{
	int64_t result = CALL(pipe2, address, 0), lowest = CALL(dup, 0);

	line_effect_number(lowest); /* a pipe whose numbers nobody learns is closed again */
	CALL(close, (uint64_t)lowest);
	if (result == 0) {
		CALL(close, (uint64_t)lowest - 1);
		CALL(close, (uint64_t)lowest - 2);
	}
	return result;
}

static int64_t call_pipe2_wrong(uint64_t address)
{
	return CALL(pipe2, address, 1);
}

/* What varies is a window's size; and for a terminal all but its length. */
static int64_t call_winsize(uint64_t address)
{
	return CALL(ioctl, 1, TIOCGWINSZ, address);
}

static void mask_winsize(uint64_t address)
{
	arena_mask(address, sizeof(struct winsize));
}

static int64_t call_termios(uint64_t address)
{
	return CALL(ioctl, 1, TCGETS, address);
}

static void mask_termios(uint64_t address)
{
	arena_mask(address, sizeof(struct termios));
}

static int64_t call_winsize_file(uint64_t address)
{
	return CALL(ioctl, files_source(), TIOCGWINSZ, address);
}

/* A child has ended when these are called. */
static int64_t call_wait4_status(uint64_t address)
{
	return CALL(wait4, UINT64_MAX, address, __WALL, 0);
}

static int64_t call_wait4_usage(uint64_t address)
{
	return CALL(wait4, UINT64_MAX, 0, __WALL, address);
}

static void mask_usage(uint64_t address)
{
	arena_mask_words(address, sizeof(struct rusage), 5);
}

static int64_t call_wait4_nobody(uint64_t address)
{
	return CALL(wait4, UINT64_MAX, address, __WALL, address);
}

static int64_t call_poll(uint64_t address)
{
#ifdef __NR_poll
	return CALL(poll, address, 2, 0);
#else
	static const uint64_t now[2];

	return CALL(ppoll, address, 2, ADDRESS(now), 0, 0);
#endif
}

#ifdef __x86_64__
static int64_t call_get_fs(uint64_t address)
{
	return CALL(arch_prctl, 0x1003, address);
}
#endif

static const struct pollfd polled[2] = { { .fd = 99, .events = POLLIN, .revents = 0x5555 }, { .fd = -1, .events = POLLIN, .revents = 0x5555 } };

static void end_a_child(void)
{
	if (children_begin())
		children_end(EXIT_CODE);
}

static const struct object {
	const char *name;
	int64_t (*call)(uint64_t address);
	uint64_t size;
	const void *placed;
	void (*mask)(uint64_t address);
	void (*before)(void);
} objects[] = {
	{ "pipe2", call_pipe2, 8, NULL, NULL, NULL },
	{ "pipe2-wrong", call_pipe2_wrong, 8, NULL, NULL, NULL },
	{ "ioctl.winsize", call_winsize, sizeof(struct winsize), NULL, mask_winsize, NULL },
	{ "ioctl.termios", call_termios, sizeof(struct termios), NULL, mask_termios, NULL },
	{ "ioctl.winsize-file", call_winsize_file, sizeof(struct winsize), NULL, NULL, NULL },
	{ "wait4.status", call_wait4_status, 4, NULL, NULL, end_a_child },
	{ "wait4.usage", call_wait4_usage, sizeof(struct rusage), NULL, mask_usage, end_a_child },
	{ "wait4.nobody", call_wait4_nobody, sizeof(struct rusage), NULL, NULL, NULL },
	{ "poll", call_poll, sizeof polled, polled, NULL, NULL },
#ifdef __x86_64__
	{ "arch_prctl.get_fs", call_get_fs, 8, NULL, NULL, NULL },
#endif
};

static void try_object(const struct object *object)
{
	const struct pointer *pointer;
	uint64_t address;
	int64_t result;

	for (pointer = pointers; pointer->name != NULL; pointer++) {
		line_begin("others");
		line_name(object->name);
		line_name(pointer->name);
		address = pointer_at(pointer, object->size);
		if (object->before != NULL)
			object->before();
		if (object->placed != NULL)
			arena_place(address, object->placed, object->size);
		result = object->call(address);
		if (object->mask != NULL)
			object->mask(address);
		line_end_some(result);
		if (object->placed != NULL)
			arena_withdraw(address, object->placed, object->size);
	}
}

/* An empty folder has two entries, whose numbers and places vary. */
static void try_entries(void)
{
	static const uint64_t sizes[] = { 0, 1, 23, 24, 47, 48, 49, 4096, INT32_MAX, 1ull << 31, UINT32_MAX, 1ull << 32, UINT64_MAX };
	const struct pointer *pointer;
	uint64_t fd, at;
	int64_t result;
	size_t i;

	for (i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		for (pointer = pointers; pointer->name != NULL; pointer++) {
			line_begin("others.getdents64");
			line_name(pointer->name);
			line_number(sizes[i]);
			fd = (uint64_t)CALL(openat, CURRENT_FOLDER, ADDRESS("/empty"), O_RDONLY);
			at = pointer_at(pointer, sizes[i]);
			result = CALL(getdents64, fd, at, sizes[i]);
			arena_mask(at, 16);
			arena_mask(at + DIRENT_BYTES, 16);
			line_effect_number(CALL(getdents64, fd, PAGE_AT(LIST + 2), PAGE));
			arena_forget(PAGE_AT(LIST + 2), PAGE);
			CALL(close, fd);
			line_end(result);
		}
	}
	line_begin("others.getdents64-file");
	line_end(CALL(getdents64, files_source(), PAGE_AT(RW), PAGE));
}

/* More entries than there may be files open, and more than there is memory. */
static void try_poll_counts(void)
{
	static const uint64_t counts[] = { 0, 1, 3, 1u << 20, INT32_MAX, 1ull << 31, UINT32_MAX };
	const struct rlimit64 files = { .rlim_cur = 1024, .rlim_max = 4096 };
	static const uint64_t now[2];
	size_t i;

	CALL(prlimit64, 0, RLIMIT_NOFILE, ADDRESS(&files), 0);
	for (i = 0; i < 2 * sizeof counts / sizeof counts[0]; i++) {
		line_begin(i % 2 ? "others.poll-count-hole" : "others.poll-count");
		line_number(counts[i / 2]);
		arena_place(PAGE_AT(RW_END) - 16, polled, sizeof polled);
#ifdef __NR_poll
		(void)now;
		line_end(CALL(poll, i % 2 ? PAGE_AT(RW_END) : PAGE_AT(RW_END) - 16, counts[i / 2], 0));
#else
		line_end(CALL(ppoll, i % 2 ? PAGE_AT(RW_END) : PAGE_AT(RW_END) - 16, counts[i / 2], ADDRESS(now), 0, 0));
#endif
	}
}

static void say(const char *name, int64_t result)
{
	line_begin("others");
	line_name(name);
	line_end(result);
}

static void try_numbers(void)
{
	const struct pipe pipe = pipes_filled(10);
	const uint64_t in = (uint64_t)pipe.ends[0], out = (uint64_t)pipe.ends[1];
	int64_t fd = CALL(fcntl, in, F_DUPFD, 20);

	say("fcntl.dupfd", fd);
	say("fcntl.dupfd-negative", CALL(fcntl, in, F_DUPFD, UINT64_MAX));
	say("fcntl.getfd", CALL(fcntl, in, F_GETFD));
	say("fcntl.setfd", CALL(fcntl, in, F_SETFD, FD_CLOEXEC));
	say("fcntl.getfd-set", CALL(fcntl, in, F_GETFD));
	say("fcntl.getfl-in", CALL(fcntl, in, F_GETFL));
	say("fcntl.getfl-out", CALL(fcntl, out, F_GETFL));
	say("fcntl.closed", CALL(fcntl, 99, F_GETFL));
	say("fcntl.unknown", CALL(fcntl, in, 999));
	say("dup3", CALL(dup3, in, 30, 0));
	say("dup3-same", CALL(dup3, in, in, 0));
	say("dup3-flags", CALL(dup3, in, 31, 1));
	say("dup3-closed", CALL(dup3, 99, 31, 0));
	say("dup3-negative", CALL(dup3, in, UINT64_MAX, 0));
	say("close-closed", CALL(close, 99));
	say("close-negative", CALL(close, UINT64_MAX));
	say("read-wrong-end", CALL(read, out, PAGE_AT(RW), 1));
	say("read-wrong-end-hole", CALL(read, out, PAGE_AT(RW_END), 1));
	say("write-wrong-end", CALL(write, in, PAGE_AT(RW), 1));
	say("read-closed-hole", CALL(read, 99, PAGE_AT(RW_END), 1));
	say("pread64-pipe", CALL(pread64, in, PAGE_AT(RW), 1, 0));
	say("pread64-negative", CALL(pread64, files_source(), PAGE_AT(RW), 1, UINT64_MAX));
	say("pread64-negative-hole", CALL(pread64, files_source(), PAGE_AT(RW_END), 1, UINT64_MAX));
	say("pread64-past-end", CALL(pread64, files_source(), PAGE_AT(RW), 1, 1u << 20));
	say("pread64-past-end-hole", CALL(pread64, files_source(), PAGE_AT(RW_END), 1, 1u << 20));
	say("lseek-pipe", CALL(lseek, in, 0, 1));
	say("lseek-negative", CALL(lseek, files_source(), UINT64_MAX, 0));
	say("lseek-wrong", CALL(lseek, files_source(), 0, 9));
	say("lseek-end", CALL(lseek, files_source(), 0, 2));
	say("read-folder", CALL(read, (uint64_t)CALL(openat, CURRENT_FOLDER, ADDRESS("/empty"), O_RDONLY), PAGE_AT(RW), 1));
	CALL(close, (uint64_t)CALL(dup, 0) - 1);
	say("getuid", CALL(getuid));
	say("unknown-call", sys_call(5000, (const uint64_t[6]){ 0 }));
	CALL(close, (uint64_t)fd);
	CALL(close, 30);
	CALL(close, in);
	CALL(close, out);
}

void try_others(void)
{
	size_t i;

	for (i = 0; i < sizeof objects / sizeof objects[0]; i++)
		try_object(&objects[i]);
	try_entries();
	try_poll_counts();
	try_numbers();
}
