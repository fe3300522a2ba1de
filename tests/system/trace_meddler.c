/*
 * meddler: what the tests of trace --audit run.  Its first thread sleeps in one call after the other; the second one
 * waits until it does, changes what the call's arguments point at, and ends the call.
 */
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define CALL(name, ...) syscall(SYS_##name, ##__VA_ARGS__)

enum { PAGE = 4096, BUFFERS = 32, LONG = 1000 /* seconds: nobody waits so long */ };

static char folder[] = "/tmp/usermem-XXXXXX", fifo[64];
static char path[64], *page, bytes[64];
static char full[PAGE * 32];
static int pipes[2], pair[2];
static struct iovec list[BUFFERS];
static struct pollfd polled[2];
static struct msghdr message;
static struct sockaddr_storage from;
static struct timespec sleeping, timeout;
static struct timeval chosen;
static fd_set set;
static uint32_t word;
static pid_t first;

static void write_byte(void)
{
	if (write(pipes[1], "x", 1) != 1)
		_exit(1);
}

static void read_byte(void)
{
	if (read(pipes[0], bytes, 1) != 1)
		_exit(1);
}

static void open_path(void)
{
	strcpy(path, fifo);
	close((int)CALL(openat, AT_FDCWD, path, O_RDONLY));
}

static void end_open(void)
{
	close(open(fifo, O_WRONLY));
}

static void change_path(void)
{
	memcpy(strrchr(path, '/') + 1, "evil", 4);
	end_open();
}

static void open_page(void)
{
	strcpy(page, fifo);
	close((int)CALL(openat, AT_FDCWD, page, O_RDONLY));
}

static void take_page(void)
{
	mprotect(page, PAGE, PROT_NONE);
	end_open();
}

static void read_list(void)
{
	for (int i = 0; i < BUFFERS; i++)
		list[i] = (struct iovec){ bytes, 1 };
	CALL(readv, pipes[0], list, BUFFERS);
}

static void change_list(void)
{
	list[1].iov_len = 2;
	write_byte();
}

static void change_all_of_it(void)
{
	for (int i = 0; i < BUFFERS; i++)
		list[i].iov_len = 2;
	write_byte();
}

static void poll_both(void)
{
	polled[0] = (struct pollfd){ pipes[0], POLLIN, 0 };
	polled[1] = (struct pollfd){ -1, 0, 0 };
	CALL(poll, polled, 2, LONG * 1000);
	read_byte();
}

static void change_events(void)
{
	polled[1].events = POLLOUT;
	write_byte();
}

static void select_one(void)
{
	chosen = (struct timeval){ LONG, 0 };
	FD_ZERO(&set);
	FD_SET(pipes[0], &set);
	CALL(select, pipes[0] + 1, &set, NULL, NULL, &chosen);
	read_byte();
}

static void receive(void)
{
	list[0] = (struct iovec){ bytes, sizeof bytes };
	message = (struct msghdr){ &from, sizeof from, list, 1, bytes + 32, 16, -1 };
	CALL(recvmsg, pair[0], &message, 0);
}

static void send_some(void)
{
	list[0].iov_len = 3;
	if (write(pair[1], "some", 4) != 4)
		_exit(1);
}

static void sleep_long(void)
{
	sleeping = (struct timespec){ LONG, 0 };
	CALL(nanosleep, &sleeping, NULL);
}

/* What is left of the time is put where the time stood. */
static void sleep_in_place(void)
{
	sleeping = (struct timespec){ LONG, 0 };
	CALL(nanosleep, &sleeping, &sleeping);
}

static void awaken(void)
{
	CALL(tgkill, getpid(), first, SIGUSR2);
}

static void change_sleep(void)
{
	sleeping.tv_sec = 7;
	awaken();
}

static void wait_word(void)
{
	timeout = (struct timespec){ LONG, 0 };
	CALL(futex, &word, FUTEX_WAIT_PRIVATE, word, &timeout, NULL, 0);
}

static void change_word(void)
{
	word++;
	timeout.tv_nsec = 0x41;
	CALL(futex, &word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

/* A pipe that is full takes no more. */
static void write_full(void)
{
	memset(full, 'a', sizeof full);
	CALL(write, pipes[1], full, sizeof full);
}

static void change_full(void)
{
	size_t left = sizeof full;

	memcpy(full + 4, "bbb", 3);
	/* What lies behind what is shown is of no interest. */
	full[PAGE] = 'c';
	while (left > 0) {
		char drained[PAGE];
		ssize_t n = read(pipes[0], drained, sizeof drained);

		if (n <= 0)
			_exit(1);
		left -= (size_t)n;
	}
}

static const struct {
	int number;
	void (*call)(void), (*meddle)(void);
} jobs[] = {
	{ SYS_openat, open_path, end_open },
	{ SYS_openat, open_path, change_path },
	{ SYS_openat, open_page, take_page },
	{ SYS_readv, read_list, change_list },
	{ SYS_readv, read_list, change_all_of_it },
	{ SYS_poll, poll_both, change_events },
	{ SYS_select, select_one, write_byte },
	{ SYS_recvmsg, receive, send_some },
	{ SYS_nanosleep, sleep_long, change_sleep },
	{ SYS_nanosleep, sleep_in_place, awaken },
	{ SYS_futex, wait_word, change_word },
	{ SYS_write, write_full, change_full },
};
enum { JOBS = sizeof jobs / sizeof jobs[0] };

static int job;
static pthread_barrier_t begun;

/* First that it is in the call, then that it sleeps: a thread that its tracer has stopped there does not. */
static int sleeps_in(int number)
{
	char name[64], line[512];
	FILE *file;
	int found = -1;

	snprintf(name, sizeof name, "/proc/self/task/%d/syscall", first);
	file = fopen(name, "r");
	if (!file || fscanf(file, "%d", &found) != 1)
		found = -1;
	if (file)
		fclose(file);
	if (found != number)
		return 0;
	snprintf(name, sizeof name, "/proc/self/task/%d/stat", first);
	file = fopen(name, "r");
	found = file && fgets(line, sizeof line, file) && strrchr(line, ')') && strrchr(line, ')')[2] == 'S';
	if (file)
		fclose(file);
	return found;
}

static void *meddle(void *unused)
{
	for (int i = 0; i < JOBS; i++) {
		pthread_barrier_wait(&begun);
		while (!sleeps_in(jobs[i].number))
			sched_yield();
		jobs[i].meddle();
	}
	return unused;
}

/* The answer is put over the last byte of the question. */
static void ask_and_answer(void)
{
	uint64_t hangup = 1;

	CALL(rt_sigprocmask, SIG_BLOCK, &hangup, NULL, 8);
	memset(bytes, 0, sizeof bytes);
	CALL(rt_sigprocmask, SIG_BLOCK, bytes, bytes + 7, 8);
}

static void ignore(int number)
{
	(void)number;
}

int main(void)
{
	struct sigaction action = { .sa_handler = ignore };
	pthread_t thread;

	/* Where a test fails, nothing stays behind. */
	alarm(120);
	first = getpid();
	page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED || !mkdtemp(folder) || pipe(pipes) != 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
		return 1;
	snprintf(fifo, sizeof fifo, "%s/fifo", folder);
	pthread_barrier_init(&begun, NULL, 2);
	if (mkfifo(fifo, 0600) != 0 || sigaction(SIGUSR2, &action, NULL) != 0 || pthread_create(&thread, NULL, meddle, NULL) != 0)
		return 1;
	ask_and_answer();
	for (job = 0; job < JOBS; job++) {
		pthread_barrier_wait(&begun);
		jobs[job].call();
	}
	pthread_join(thread, NULL);
	unlink(fifo);
	return rmdir(folder);
}
