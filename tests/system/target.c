/*
 * A process to look at: pages of every kind side by side, at addresses that it prints as JSON.  Then it waits until
 * its standard input ends.
 *
 *   target            one thread
 *   target threads    three more, which count
 *   target leader     its first thread ends, another one waits
 *   target handler    one signal after another, each raised by the handler of the one before and counted by counters[0]
 *   target undumpable
 *   target vast FILE  also a terabyte that nobody may touch, and one of FILE, which is shorter
 *   target guarded    also three pages of which nobody may touch the second one, though its mapping says otherwise
 *   target plenty     also a terabyte of zeroes that anybody may read
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { PAGE = 4096 };
enum place { RW, RW_END, HOLE, NONE, RO, WO, RO_AGAIN, STRINGS, STRINGS_END, FILE_IN, FILE_BEHIND, FILE_FAR, LAST_HOLE, PLACES };

static const size_t VAST = (size_t)1 << 40;

static unsigned char *area, *vast;
static volatile uint64_t counters[3];

static unsigned char *at(enum place place)
{
	return area + (size_t)(1 + place) * PAGE;
}

static int map_file(void)
{
	int fd = memfd_create("target", 0);

	if (fd < 0 || ftruncate(fd, 100) != 0)
		return -1;
	return mmap(at(FILE_IN), 3 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) == MAP_FAILED ? -1 : 0;
}

static int lay_out(void)
{
	/* A hole on each side, so that no neighbour joins in. */
	area = mmap(NULL, (PLACES + 2) * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (area == MAP_FAILED || map_file() != 0)
		return -1;
	for (size_t i = 0; i < 2 * PAGE; i++)
		at(RW)[i] = (unsigned char)(i * 7 + i / 256);
	memset(at(RW) + 256, 0, 512);
	/* Lines that differ in one byte, first and last. */
	at(RW)[512 + 15] = 1;
	at(RW)[512 + 32] = 1;
	memset(at(NONE), 'n', PAGE);
	memset(at(RO), 'r', PAGE);
	memset(at(WO), 'w', PAGE);
	memset(at(RO_AGAIN), 'r', PAGE);
	strcpy((char *)at(STRINGS) + 8, "hello, \"world\"\n");
	strcpy((char *)at(STRINGS_END) - 6, "across the page");
	memcpy(at(STRINGS_END) + 100, "caf\xc3\xa9", 6);
	memcpy(at(STRINGS_END) + PAGE - 4, "last", 4);
	memset(at(FILE_IN), 'f', 100);
	mprotect(at(NONE), PAGE, PROT_NONE);
	mprotect(at(RO), PAGE, PROT_READ);
	mprotect(at(WO), PAGE, PROT_WRITE);
	mprotect(at(RO_AGAIN), PAGE, PROT_READ);
	munmap(area, PAGE);
	munmap(at(HOLE), PAGE);
	munmap(at(LAST_HOLE), 2 * PAGE);
	return 0;
}

/* Side by side: what nobody may touch, then the file. */
static int lay_out_vast(const char *file)
{
	int fd = open(file, O_RDONLY);

	vast = mmap(NULL, 2 * VAST, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (fd < 0 || vast == MAP_FAILED)
		return -1;
	return mmap(vast + VAST, VAST, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0) == MAP_FAILED ? -1 : 0;
}

/* Since Linux 6.13; before, there is no such page, and vast stays NULL. */
static void lay_out_guarded(void)
{
	enum { GUARD_INSTALL = 102 };
	unsigned char *pages = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (pages == MAP_FAILED || madvise(pages + PAGE, PAGE, GUARD_INSTALL) != 0)
		return;
	memset(pages, '1', PAGE);
	memset(pages + 2 * PAGE, '3', PAGE);
	vast = pages;
}

static int lay_out_plenty(void)
{
	vast = mmap(NULL, VAST, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	return vast == MAP_FAILED ? -1 : 0;
}

static void print_addresses(void)
{
	static const char *const names[] = { "rw", "rw_end", "hole", "none", "ro", "wo", "ro_again", "strings", "strings_end",
	                                     "file_in", "file_behind", "file_far", "last_hole" };

	printf("{");
	for (int i = 0; i < PLACES; i++)
		printf("\"%s\": %ju, ", names[i], (uintmax_t)(uintptr_t)at((enum place)i));
	printf("\"vast\": %ju, ", (uintmax_t)(uintptr_t)vast);
	printf("\"counters\": %ju, \"pid\": %d}\n", (uintmax_t)(uintptr_t)counters, getpid());
	fflush(stdout);
}

static void *wait_for_end(void *unused)
{
	char byte;

	while (read(STDIN_FILENO, &byte, 1) > 0)
		continue;
	_exit(unused ? 1 : 0);
}

static void *count(void *counter)
{
	for (;;)
		++*(volatile uint64_t *)counter;
	return NULL;
}

static void raise_next(int signal)
{
	counters[0]++;
	raise(signal);
}

static void handle_signals(void)
{
	sigset_t ours;
	pthread_t thread;

	/* The thread that waits shall not be bothered. */
	sigemptyset(&ours);
	sigaddset(&ours, SIGRTMIN);
	pthread_sigmask(SIG_BLOCK, &ours, NULL);
	pthread_create(&thread, NULL, wait_for_end, NULL);
	signal(SIGRTMIN, raise_next);
	pthread_sigmask(SIG_UNBLOCK, &ours, NULL);
	print_addresses();
	raise(SIGRTMIN);
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "";
	pthread_t thread;

	if (lay_out() != 0)
		return 1;
	if (strcmp(how, "handler") == 0)
		handle_signals();
	if (strcmp(how, "undumpable") == 0)
		prctl(PR_SET_DUMPABLE, 0);
	if (strcmp(how, "vast") == 0 && lay_out_vast(argv[2]) != 0)
		return 1;
	if (strcmp(how, "guarded") == 0)
		lay_out_guarded();
	if (strcmp(how, "plenty") == 0 && lay_out_plenty() != 0)
		return 1;
	for (int i = 0; strcmp(how, "threads") == 0 && i < 3; i++)
		pthread_create(&thread, NULL, count, (void *)&counters[i]);
	if (strcmp(how, "leader") == 0) {
		pthread_create(&thread, NULL, wait_for_end, NULL);
		print_addresses();
		pthread_exit(NULL);
	}
	print_addresses();
	wait_for_end(NULL);
}
