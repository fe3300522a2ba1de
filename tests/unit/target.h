/*
 * A child that lays out its memory, says that it has, and then stays until it is killed or told to go on.
 */
#ifndef USERMEM_TESTS_TARGET_H
#define USERMEM_TESTS_TARGET_H

#include <stdbool.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct target {
	pid_t pid;
	int socket; /* our end */
};

/* In the child: everything that was asked for is done; waits for the next order. */
static inline void target_ready(int socket)
{
	char byte = 0;

	if (write(socket, &byte, 1) != 1 || read(socket, &byte, 1) != 1)
		_exit(0);
}

/* Lets the child go on, and waits until it is ready again. */
static inline bool target_next(const struct target *target)
{
	char byte = 0;

	return write(target->socket, &byte, 1) == 1 && read(target->socket, &byte, 1) == 1;
}

/* Runs body in a child, up to its first target_ready.  No child outlives its parent. */
static inline bool target_start(struct target *target, void (*body)(int socket, void *context), void *context)
{
	pid_t parent = getpid();
	int ends[2];
	char byte;

	target->pid = target->socket = -1;
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
		return false;
	target->pid = fork();
	if (target->pid == 0) {
		close(ends[0]);
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent)
			body(ends[1], context);
		_exit(0);
	}
	close(ends[1]);
	target->socket = ends[0];
	return target->pid > 0 && read(target->socket, &byte, 1) == 1;
}

/* Kills it; reaped, or left as a zombie. */
static inline void target_kill(const struct target *target, bool reap)
{
	siginfo_t info;

	kill(target->pid, SIGKILL);
	waitid(P_PID, (id_t)target->pid, &info, WEXITED | (reap ? 0 : WNOWAIT));
}

static inline void target_end(struct target *target)
{
	target_kill(target, true);
	close(target->socket);
}

#endif
