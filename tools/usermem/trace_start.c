/* How tracing begins: a command is run, or a process is seized. */
#include "trace.h"
#include "process.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static unsigned long trace_what(const struct tracer *tracer, bool ours)
{
	unsigned long what = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC;

	if (ours)
		what |= PTRACE_O_EXITKILL;
	if (tracer->options.follow)
		what |= PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE;
	return what;
}

/* 0, or why this file cannot be executed. */
static int executable(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return errno;
	if (!S_ISREG(st.st_mode))
		return EACCES;
	return access(path, X_OK) == 0 ? 0 : errno;
}

/* Where execvp would find it.  Looked for here, so that the failed attempts are no part of the trace. */
static int find_command(const char *name, char *found, size_t size)
{
	const char *path = getenv("PATH");
	int error = ENOENT;

	if (strchr(name, '/')) {
		snprintf(found, size, "%s", name);
		return executable(found);
	}
	if (!path)
		path = "/bin:/usr/bin";
	for (;;) {
		size_t n = strcspn(path, ":");
		int why;

		if ((size_t)snprintf(found, size, "%.*s%s%s", (int)n, path, n ? "/" : "", name) < size) {
			why = executable(found);
			if (why == 0)
				return 0;
			/* A folder that may not be searched says nothing of a file. */
			if (why == EACCES && access(found, F_OK) == 0)
				error = EACCES;
		}
		if (path[n] == '\0')
			return error;
		path += n + 1;
	}
}

int complain_not_run(const char *name, int error)
{
	if (error == ENOENT || error == ENOTDIR)
		return complain(NOT_FOUND, "give a program that is in $PATH, or its path", "cannot find '%s'", name);
	return complain(CANNOT_RUN, "give a program that may be executed", "cannot run '%s': %s", name, strerror(error));
}

/* Waits until it is traced, then becomes the command. */
__attribute__((noreturn)) static void become(const char *path, char **command, int go)
{
	char byte;

	if (read(go, &byte, 1) == 1)
		execve(path, command, environ);
	_exit(CANNOT_RUN);
}

/* Between PTRACE_SEIZE and its first stop the child waits in read. */
static bool seize_child(struct tracer *tracer)
{
	int status;

	if (ptrace(PTRACE_SEIZE, tracer->child, NULL, trace_what(tracer, true)) != 0)
		return false;
	if (ptrace(PTRACE_INTERRUPT, tracer->child, NULL, NULL) != 0 || waitpid(tracer->child, &status, __WALL) < 0)
		return false;
	return WIFSTOPPED(status) && ptrace(PTRACE_SYSCALL, tracer->child, NULL, NULL) == 0;
}

int start_command(struct tracer *tracer)
{
	char path[PATH_MAX];
	int go[2], error = find_command(tracer->options.command[0], path, sizeof path);

	if (error)
		return complain_not_run(tracer->options.command[0], error);
	if (pipe2(go, O_CLOEXEC) != 0)
		return complain(TRACER_FAILED, "close other programs", "cannot make a pipe: %s", strerror(errno));
	tracer->child = fork();
	if (tracer->child == 0) {
		close(go[1]);
		become(path, tracer->options.command, go[0]);
	}
	close(go[0]);
	if (tracer->child < 0 || !seize_child(tracer)) {
		error = errno;
		if (tracer->child > 0)
			kill(tracer->child, SIGKILL);
		close(go[1]);
		return complain(TRACER_FAILED, "see 'usermem doctor'", "the host does not let us trace a child: %s", strerror(error));
	}
	if (!task_get(tracer, tracer->child) || write(go[1], "", 1) != 1)
		return complain(TRACER_FAILED, "close other programs", "no memory");
	close(go[1]);
	loop_catch_signals(tracer);
	return 0;
}

/* Already ours: that thread was met before. */
static int seize_thread(struct tracer *tracer, pid_t tid)
{
	if (task_find(tid))
		return 0;
	if (ptrace(PTRACE_SEIZE, tid, NULL, trace_what(tracer, false)) != 0)
		return errno;
	if (ptrace(PTRACE_INTERRUPT, tid, NULL, NULL) != 0)
		return errno;
	return task_get(tracer, tid) ? 0 : ENOMEM;
}

/* Threads may begin while we look: until a look finds no new one. */
static void seize_threads(struct tracer *tracer, pid_t pid)
{
	char path[64];
	unsigned before;

	snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
	do {
		DIR *directory = opendir(path);
		struct dirent *entry;

		before = tracer->task_count;
		while (directory && (entry = readdir(directory)))
			if (entry->d_name[0] != '.')
				seize_thread(tracer, atoi(entry->d_name));
		if (directory)
			closedir(directory);
	} while (tracer->task_count > before);
}

int start_attach(struct tracer *tracer)
{
	pid_t pid = tracer->options.pid;
	int error;

	if (pid == getpid())
		return complain(TRACER_FAILED, "give another process", "cannot trace itself");
	loop_catch_signals(tracer);
	error = seize_thread(tracer, pid);
	if (error == ESRCH || error == EPERM) {
		process_complain(pid, error == ESRCH ? UM_GONE : UM_REFUSED);
		return TRACER_FAILED;
	}
	if (error)
		return complain(TRACER_FAILED, "'usermem doctor' tells more", "cannot trace process %d: %s", (int)pid, strerror(error));
	if (tracer->options.follow)
		seize_threads(tracer, pid);
	return 0;
}
