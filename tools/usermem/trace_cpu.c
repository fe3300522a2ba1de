/*
 * Has the tracer run where the program runs.
 *
 * What a stop costs is waking the other side: with each on a CPU of its own that has gone idle, ten times what it costs on
 * one CPU.  Our own affinity is not enough for that: when we wake the program from its own CPU, the scheduler finds that CPU
 * busy, with us, and moves the program to an idle one.  A CPU that runs nothing but SCHED_IDLE threads counts as idle;
 * so we become one, and the program stays where it is, and runs at once when we wake it.
 *
 * A SCHED_IDLE thread gets next to nothing of a CPU that others want.  So this is left for a while whenever we had to
 * wait for others than the program, and is not begun at all by a user who may not leave it (RLIMIT_NICE, CAP_SYS_NICE).
 */
#include "trace.h"
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	WINDOW_STOPS = 64,
	MICROSECOND = 1000,
	WINDOW_MOST = 5000 * MICROSECOND,    /* of a window while we follow: look earlier */
	WINDOW_BUSY = 10000 * MICROSECOND,   /* a window that is longer is no reason to follow */
	PAUSE_CROWDED = 20000 * MICROSECOND, /* until the next look whether it is worth while */
	PAUSE_FIRST = 250000 * MICROSECOND,  /* after having waited for others; doubled each time */
	CPU_FIELD = 39,                      /* of /proc/TID/stat: the CPU that it last ran on */
};
static const uint64_t pause_last = 8000000ull * MICROSECOND;

static enum { UNKNOWN, IMPOSSIBLE, FREE, FOLLOWING } state;
static struct {
	unsigned stops;
	uint64_t start, waited, ran; /* when it began: the time, and by then, our waiting and the program's running */
	pid_t tid;
	int cpu;
} window;
static uint64_t resume_at, pause_length = PAUSE_FIRST;
static cpu_set_t everywhere;

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static bool read_file(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, size - 1);

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	return n > 0;
}

/* Nanoseconds that a thread ran, and that it waited for a CPU. */
static bool schedule_of(const char *path, uint64_t *ran, uint64_t *waited)
{
	char text[128];

	return read_file(path, text, sizeof text) && sscanf(text, "%lu %lu", ran, waited) == 2;
}

static int cpu_of(pid_t tid)
{
	char path[64], text[1024], *field;
	int number = 2;

	snprintf(path, sizeof path, "/proc/%d/stat", (int)tid);
	/* The name, field 2, may hold anything; it ends with the last parenthesis. */
	field = read_file(path, text, sizeof text) ? strrchr(text, ')') : NULL;
	for (; field && number < CPU_FIELD; number++)
		field = strchr(field + 1, ' ');
	return field ? atoi(field + 1) : -1;
}

/* Do others than we and the program want as many CPUs as there are?  Then none is idle, and there is nothing to gain. */
static bool crowded(void)
{
	char text[128];
	int running;

	return read_file("/proc/loadavg", text, sizeof text) && sscanf(text, "%*s %*s %*s %d/", &running) == 1 && running - 1 >= CPU_COUNT(&everywhere);
}

static bool become(int policy, const cpu_set_t *where)
{
	const struct sched_param none = { 0 };

	return sched_setscheduler(0, policy, &none) == 0 && sched_setaffinity(0, sizeof *where, where) == 0;
}

/* Not all may leave SCHED_IDLE who may enter it: a child tries. */
static bool may_return(void)
{
	int status;
	pid_t child = fork();

	if (child == 0)
		_exit(!(become(SCHED_IDLE, &everywhere) && become(SCHED_OTHER, &everywhere)));
	return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

void cpu_follow_begin(void)
{
	uint64_t ran, waited;
	bool can = sched_getscheduler(0) == SCHED_OTHER && sched_getaffinity(0, sizeof everywhere, &everywhere) == 0 && CPU_COUNT(&everywhere) > 1 &&
	           schedule_of("/proc/thread-self/schedstat", &ran, &waited) && may_return();

	state = can ? FREE : IMPOSSIBLE;
	window.start = now();
}

static void window_begin(pid_t tid, uint64_t time)
{
	char path[64];
	uint64_t ignored;

	window.stops = 0;
	window.start = time;
	if (state != FOLLOWING)
		return;
	snprintf(path, sizeof path, "/proc/%d/schedstat", (int)tid);
	window.tid = tid;
	if (!schedule_of(path, &window.ran, &ignored) || !schedule_of("/proc/thread-self/schedstat", &ignored, &window.waited))
		window.tid = 0;
}

/* Did others than the program keep us waiting for more than a quarter of the window? */
static bool starved(uint64_t time)
{
	char path[64];
	uint64_t ran, waited, ignored, program, others;

	snprintf(path, sizeof path, "/proc/%d/schedstat", (int)window.tid);
	if (!schedule_of("/proc/thread-self/schedstat", &ignored, &waited))
		return true;
	/* A program that has ended does not tell how long it ran. */
	program = schedule_of(path, &ran, &ignored) && ran > window.ran ? ran - window.ran : 0;
	others = waited - window.waited > program ? waited - window.waited - program : 0;
	return others > (time - window.start) / 4;
}

static void follow(pid_t tid)
{
	int cpu = cpu_of(tid);
	cpu_set_t one;

	if (cpu < 0 || (state == FOLLOWING && cpu == window.cpu) || !CPU_ISSET((size_t)cpu, &everywhere))
		return;
	CPU_ZERO(&one);
	CPU_SET((size_t)cpu, &one);
	window.cpu = cpu;
	state = become(SCHED_IDLE, &one) ? FOLLOWING : IMPOSSIBLE;
}

static void let_be(uint64_t time)
{
	state = become(SCHED_OTHER, &everywhere) ? FREE : IMPOSSIBLE;
	resume_at = time + pause_length;
	pause_length = pause_length * 2 < pause_last ? pause_length * 2 : pause_last;
}

static void window_ends(pid_t tid, uint64_t time)
{
	if (state == FOLLOWING && window.tid && time - window.start > WINDOW_MOST / 2 && starved(time))
		let_be(time);
	else if (state == FOLLOWING)
		follow(tid);
	else if (time - window.start < WINDOW_BUSY && time >= resume_at && !crowded())
		follow(tid);
	else if (time >= resume_at)
		resume_at = time + PAUSE_CROWDED;
	window_begin(tid, time);
}

void cpu_follow(pid_t tid)
{
	uint64_t time;

	if (state == IMPOSSIBLE)
		return;
	window.stops++;
	if (state == FREE && window.stops < WINDOW_STOPS)
		return;
	time = now();
	if (window.stops >= WINDOW_STOPS || time - window.start > WINDOW_MOST)
		window_ends(tid, time);
}
