/*
 * subject WHAT...: what the tests of trace run.  Makes calls whose arguments are known, by the raw system call, so that no
 * library comes between.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CALL(name, ...) syscall(SYS_##name, ##__VA_ARGS__)

static int files(void)
{
	struct statx statx_;
	struct stat st;
	struct open_how how = { .flags = O_RDONLY | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS };
	char longer[32], buffer[4096], bytes[] = "a\tb\n\"c\"\\\1\377" "9";
	struct iovec list[] = { { "first", 5 }, { "", 0 }, { "second", 6 } };
	struct iovec in[] = { { buffer, 4 }, { buffer + 10, 4096 - 10 } };
	struct timespec times[2] = { { 1, 2 }, { 3, UTIME_OMIT } };
	int fd, pipes[2];

	CALL(openat, AT_FDCWD, "/nonexistent/file", O_RDWR | O_CREAT | O_EXCL, 0640);
	fd = (int)CALL(openat, AT_FDCWD, "/", O_RDONLY | O_DIRECTORY);
	CALL(newfstatat, fd, "dev/null", &st, AT_SYMLINK_NOFOLLOW);
	CALL(statx, fd, "etc", AT_STATX_DONT_SYNC, STATX_BASIC_STATS, &statx_);
	CALL(getdents64, fd, buffer, sizeof buffer);
	CALL(close, fd);
	CALL(openat2, AT_FDCWD, "/dev/null", &how, sizeof how);
	/* A struct that has grown beyond what we know: zero is fine, else it is shown where it is not. */
	memset(longer, 0, sizeof longer);
	CALL(openat2, AT_FDCWD, "/dev/null", memcpy(longer, &how, sizeof how), sizeof longer);
	longer[30] = 1;
	CALL(openat2, AT_FDCWD, "/dev/null", longer, sizeof longer);
	CALL(pipe2, pipes, O_CLOEXEC);
	CALL(write, pipes[1], bytes, sizeof bytes - 1);
	CALL(writev, pipes[1], list, 3);
	CALL(readv, pipes[0], in, 2);
	CALL(fcntl, pipes[0], F_SETFL, O_NONBLOCK);
	CALL(read, pipes[0], buffer, 100);
	CALL(utimensat, AT_FDCWD, "/nonexistent", times, 0);
	CALL(readlink, "/proc/self/fd/0", buffer, 0);
	CALL(lseek, pipes[0], (off_t)-1, SEEK_END);
	CALL(access, "/", R_OK | X_OK);
	CALL(mkdir, "/nonexistent/directory", 0755);
	return 0;
}

static int events(void)
{
	struct epoll_event event = { EPOLLIN | EPOLLET, { .u64 = 0x1234 } }, got[2];
	struct pollfd polled[2];
	struct timeval none = { 0, 0 };
	fd_set set;
	int pipes[2], ep;

	CALL(pipe2, pipes, 0);
	CALL(write, pipes[1], "x", 1);
	polled[0] = (struct pollfd){ pipes[0], POLLIN | POLLPRI, 0 };
	polled[1] = (struct pollfd){ -1, POLLOUT, 0 };
	CALL(poll, polled, 2, 1000);
	FD_ZERO(&set);
	FD_SET(pipes[0], &set);
	FD_SET(pipes[1], &set);
	CALL(select, pipes[1] + 1, &set, NULL, NULL, &none);
	ep = (int)CALL(epoll_create1, EPOLL_CLOEXEC);
	CALL(epoll_ctl, ep, EPOLL_CTL_ADD, pipes[0], &event);
	CALL(epoll_wait, ep, got, 2, 1000);
	return 0;
}

static void on_signal(int number)
{
	(void)number;
}

static int signals(void)
{
	struct { void (*handler)(int); uint64_t flags; void *restorer; uint64_t mask; } old;
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
	uint64_t set = 1ull << (SIGUSR1 - 1) | 1ull << (SIGTERM - 1), most = ~0ull & ~(1ull << (SIGHUP - 1));
	stack_t stack;

	CALL(rt_sigaction, SIGINT, NULL, &old, 8);
	sigaction(SIGUSR2, &action, NULL);
	CALL(rt_sigprocmask, SIG_BLOCK, &set, NULL, 8);
	CALL(rt_sigprocmask, SIG_SETMASK, &most, &set, 8);
	CALL(rt_sigprocmask, SIG_SETMASK, &set, NULL, 8);
	CALL(sigaltstack, NULL, &stack);
	CALL(kill, getpid(), SIGUSR2);
	return 0;
}

static int system_(void)
{
	struct timespec pause = { 0, 1000 }, time;
	struct itimerval timer = { { 0, 0 }, { 0, 0 } };
	struct rlimit limit = { 12345, RLIM_INFINITY };
	struct utsname name;
	struct sysinfo info;
	struct rusage usage;

	CALL(uname, &name);
	CALL(sysinfo, &info);
	CALL(prlimit64, 0, RLIMIT_CORE, NULL, &limit);
	limit.rlim_cur = 0;
	CALL(setrlimit, RLIMIT_CORE, &limit);
	CALL(getrusage, RUSAGE_SELF, &usage);
	CALL(nanosleep, &pause, NULL);
	CALL(clock_gettime, CLOCK_PROCESS_CPUTIME_ID, &time);
	CALL(setitimer, ITIMER_REAL, &timer, NULL);
	CALL(mmap, NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CALL(madvise, NULL, 0, MADV_DONTNEED);
	CALL(getrandom, &time, 0, GRND_NONBLOCK);
	CALL(futex, &info, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
	CALL(getgroups, 0, NULL);
	CALL(keyctl, 0x11, 0x22, 0x33, 0x44, 0x55);
	/* A number without a name, and a call as 32-bit programs make them: getpid. */
	syscall(999, 1, 2, 3, 4, 5, 6);
	__asm__ volatile("int $0x80" : : "a"(20) : "memory");
	return 0;
}

static int network(void)
{
	struct sockaddr_un unix_ = { AF_UNIX, "\0abstract" };
	struct sockaddr_in in = { AF_INET, htons(80), { htonl(INADDR_LOOPBACK) }, { 0 } };
	struct sockaddr_in6 in6 = { AF_INET6, htons(443), 0, IN6ADDR_LOOPBACK_INIT, 0 };
	struct sockaddr_storage from;
	socklen_t length = sizeof from;
	char buffer[64];
	struct iovec list[] = { { "mess", 4 }, { "age", 3 } }, in_list = { buffer, sizeof buffer };
	struct msghdr message = { NULL, 0, list, 2, NULL, 0, 0 }, got = { &from, sizeof from, &in_list, 1, NULL, 0, 0 };
	int pair[2], fd, one = 1;

	CALL(socketpair, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair);
	CALL(sendmsg, pair[0], &message, MSG_NOSIGNAL);
	CALL(recvmsg, pair[1], &got, 0);
	CALL(sendto, pair[0], "datagram", 8, 0, NULL, 0);
	CALL(recvfrom, pair[1], buffer, sizeof buffer, MSG_DONTWAIT, &from, &length);
	fd = (int)CALL(socket, AF_INET, SOCK_STREAM, 0);
	CALL(setsockopt, fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	length = sizeof from;
	CALL(getsockname, fd, &from, &length);
	CALL(connect, -1, &unix_, 2 + 9);
	CALL(connect, -1, &in, sizeof in);
	CALL(connect, -1, &in6, sizeof in6);
	CALL(connect, -1, (void *)0x18, sizeof in);
	return 0;
}

static int processes(void)
{
	struct clone_args args = { .exit_signal = SIGCHLD };
	char *argv[] = { "/bin/true", "with space", "and\nnewline", NULL }, *envp[] = { "A=1", "B=2", NULL };
	int status;
	pid_t pid;

	CALL(execve, "/nonexistent/program", argv, envp);
	pid = (pid_t)CALL(clone3, &args, sizeof args);
	if (pid == 0)
		CALL(exit_group, 7);
	CALL(wait4, pid, &status, 0, NULL);
	pid = vfork();
	if (pid == 0) {
		execve("/bin/true", argv, envp);
		_exit(1);
	}
	CALL(wait4, pid, &status, 0, NULL);
	return 0;
}

enum { THREADS = 8 };

static void *thread(void *number)
{
	CALL(write, -1, "from a thread", 13);
	CALL(close, -100 - (int)(intptr_t)number);
	return NULL;
}

static int threads(void)
{
	pthread_t ids[THREADS];

	for (intptr_t i = 0; i < THREADS; i++)
		if (pthread_create(&ids[i], NULL, thread, (void *)i) != 0)
			return 1;
	for (int i = 0; i < THREADS; i++)
		pthread_join(ids[i], NULL);
	return 0;
}

static void *outlives(void *first)
{
	pthread_join(*(pthread_t *)first, NULL);
	CALL(rename, "/nonexistent/the first thread", "/nonexistent/has ended");
	CALL(exit_group, 3);
	return NULL;
}

/* The first thread ends, another goes on. */
static int first_ends(void)
{
	static pthread_t first;
	pthread_t id;

	first = pthread_self();
	if (pthread_create(&id, NULL, outlives, &first) == 0)
		pthread_exit(NULL);
	return 1;
}

/* Killed in the middle of a call, by a thread of its own. */
static void *kills(void *unused)
{
	CALL(kill, getpid(), SIGKILL);
	return unused;
}

static int killed(void)
{
	pthread_t id;

	if (pthread_create(&id, NULL, kills, NULL) == 0)
		pause();
	return 1;
}

static void *executes(void *unused)
{
	char *argv[] = { "/bin/true", NULL };

	(void)unused;
	execve("/bin/true", argv, argv + 1);
	return NULL;
}

/* An exec by a thread that is not the first: it takes the first one's number. */
static int thread_exec(void)
{
	pthread_t id;

	if (pthread_create(&id, NULL, executes, NULL) == 0)
		pthread_join(id, NULL);
	return 1;
}

/* Two arguments, and buffers in a list, that share bytes: each is fetched once all the same. */
static int overlaps(void)
{
	static const char same[] = "/nonexistent/same";
	char data[64] = "shared bytes are fetched once";
	struct iovec list[] = { { data, 20 }, { data + 4, 20 }, { data, 20 }, { NULL, 0 } };

	CALL(rename, same, same);
	CALL(rename, data + 3, data);
	CALL(rename, data, data + 3);
	list[3] = (struct iovec){ list, 32 };
	CALL(writev, -1, list, 4);
	CALL(pipe2, (int *)list, 0);
	CALL(writev, ((int *)list)[1], list + 1, 3);
	return 0;
}

/* Hostile lengths: nothing is as long as it says. */
static int lengths(void)
{
	char data[16] = "sixteen bytes..";
	struct iovec list[] = { { data, SIZE_MAX }, { data, 1ul << 40 } };

	CALL(write, -1, data, 1ul << 62);
	CALL(writev, -1, list, 1ul << 60);
	CALL(poll, data, 0xffffffffu, 0);
	CALL(openat2, AT_FDCWD, "/", data, 1ul << 40);
	CALL(bind, -1, data, 0xffffffffu);
	CALL(select, INT32_MAX, data, NULL, NULL, NULL);
	CALL(getdents64, -1, data, UINT64_MAX);
	return 0;
}

static void *sleeps(void *unused)
{
	for (;;)
		pause();
	return unused;
}

static int waits(void)
{
	puts("ready");
	fflush(stdout);
	sleeps(NULL);
	return 0;
}

/* One thread asleep for ever, one that makes calls for ever. */
static int busy_waits(void)
{
	struct timespec millisecond = { 0, 1000000 };
	pthread_t id;

	if (pthread_create(&id, NULL, sleeps, NULL) != 0)
		return 1;
	puts("ready");
	fflush(stdout);
	while (CALL(nanosleep, &millisecond, NULL) == 0 || errno == EINTR)
		;
	return 1;
}

static const struct {
	const char *name;
	int (*run)(void);
} parts[] = {
	{ "files", files }, { "events", events }, { "signals", signals }, { "system", system_ }, { "network", network }, { "processes", processes },
	{ "threads", threads }, { "thread-exec", thread_exec }, { "first-ends", first_ends }, { "killed", killed }, { "overlaps", overlaps }, { "lengths", lengths }, { "waits", waits }, { "busy-waits", busy_waits },
};

int main(int argc, char **argv)
{
	/* Where a test fails, nothing stays behind. */
	alarm(120);
	if (argc == 3 && strcmp(argv[1], "exit") == 0)
		return atoi(argv[2]);
	if (argc == 3 && strcmp(argv[1], "raise") == 0)
		return raise(atoi(argv[2]));
	for (size_t i = 0; argc == 2 && i < sizeof parts / sizeof parts[0]; i++)
		if (strcmp(argv[1], parts[i].name) == 0)
			return parts[i].run();
	return 2;
}
