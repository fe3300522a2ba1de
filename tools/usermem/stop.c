/* All threads of a process at rest, by ptrace, without its knowing. */
#include "process.h"
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE = 10 /* seconds until all threads must have stopped */, PASSES = 100 };

static void awaken(int signal)
{
	(void)signal;
}

/* waitpid must return when the time is over: a thread may sleep where no signal reaches it. */
static void set_alarm(unsigned seconds)
{
	struct sigaction action = { .sa_handler = awaken };

	sigaction(SIGALRM, &action, NULL);
	alarm(seconds);
}

static bool is_stopped(const struct stopped *stopped, pid_t tid)
{
	for (size_t i = 0; i < stopped->count; i++)
		if (stopped->threads[i].tid == tid)
			return true;
	return false;
}

static int remember(struct stopped *stopped, pid_t tid, int wait_status)
{
	struct stopped_thread *more = realloc(stopped->threads, (stopped->count + 1) * sizeof *more);

	if (!more)
		return ENOMEM;
	stopped->threads = more;
	/* PTRACE_EVENT_STOP is our own doing; any other stop is a signal on its way. */
	more[stopped->count++] = (struct stopped_thread){ tid, wait_status >> 16 == PTRACE_EVENT_STOP ? 0 : WSTOPSIG(wait_status) };
	return 0;
}

/* ESRCH: it has ended. */
static int stop_thread(struct stopped *stopped, pid_t tid)
{
	int wait_status;

	if (ptrace(PTRACE_SEIZE, tid, NULL, NULL) != 0 || ptrace(PTRACE_INTERRUPT, tid, NULL, NULL) != 0)
		return errno == EPERM && thread_has_ended(tid) ? ESRCH : errno;
	if (waitpid(tid, &wait_status, __WALL) < 0)
		return errno == EINTR ? ETIMEDOUT : errno;
	return WIFSTOPPED(wait_status) ? remember(stopped, tid, wait_status) : ESRCH;
}

/* *found: threads that ran until now.  An error, or 0. */
static int stop_listed(struct stopped *stopped, int pid, size_t *found)
{
	char name[32];
	struct dirent *entry;
	DIR *tasks;
	int error = 0;

	*found = 0;
	snprintf(name, sizeof name, "/proc/%d/task", pid);
	tasks = opendir(name);
	if (!tasks)
		return ESRCH;
	while (error == 0 && (entry = readdir(tasks))) {
		pid_t tid = atoi(entry->d_name);

		if (tid <= 0 || is_stopped(stopped, tid))
			continue;
		error = stop_thread(stopped, tid);
		if (error == 0)
			++*found;
		if (error == ESRCH)
			error = 0;
	}
	closedir(tasks);
	return error;
}

static int complain_of_stop(int pid, int error)
{
	char tracer[16];

	process_field(pid, "TracerPid", tracer, sizeof tracer);
	if (error == ETIMEDOUT)
		return complain(STATUS_REFUSED, "try again later", "process %d: one of its threads does not stop (it waits in the kernel)", pid);
	if (error == EPERM && atoi(tracer) > 0)
		return complain(STATUS_REFUSED, "let that one write, or end it", "process %d cannot be stopped: process %s traces it already", pid, tracer);
	if (error == EPERM || error == EACCES)
		return process_complain(pid, UM_REFUSED);
	if (error == ESRCH || error == ECHILD)
		return process_complain(pid, UM_GONE);
	return complain(STATUS_PARTLY, "try again", "process %d cannot be stopped: %s", pid, strerror(error));
}

int process_stop(struct stopped *stopped, int pid)
{
	size_t found;
	int error, passes = 0;

	*stopped = (struct stopped){ 0 };
	set_alarm(PATIENCE);
	/* A thread that ran while the others were listed may have made another. */
	do
		error = stop_listed(stopped, pid, &found);
	while (error == 0 && found > 0 && ++passes < PASSES);
	alarm(0);
	if (error == 0 && stopped->count == 0)
		error = ESRCH;
	if (error == 0 && passes == PASSES)
		error = ETIMEDOUT;
	if (error == 0)
		return STATUS_ALL;
	process_resume(stopped);
	return complain_of_stop(pid, error);
}

void process_resume(struct stopped *stopped)
{
	for (size_t i = 0; i < stopped->count; i++)
		ptrace(PTRACE_DETACH, stopped->threads[i].tid, NULL, (void *)(intptr_t)stopped->threads[i].signal);
	free(stopped->threads);
	*stopped = (struct stopped){ 0 };
}
