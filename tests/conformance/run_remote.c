/* The suite over another process: a child that shares the good bytes with us and digs its holes when told. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <usermem/spaces/remote.h>
#include "../unit/without.h"
#include "runner.h"

enum { SIZE = 32 * 1024 };

static struct region region;
static int orders; /* to and from the child: a kind of hole, and whether it was dug */

static void obey(int socket)
{
	enum hole kind;
	bool done;

	while (read(socket, &kind, sizeof kind) == sizeof kind) {
		done = region_dig(&region, kind);
		if (write(socket, &done, sizeof done) != sizeof done)
			break;
	}
	_exit(0);
}

static bool dig(struct stage *stage, enum hole kind)
{
	bool done;

	(void)stage;
	return write(orders, &kind, sizeof kind) == sizeof kind && read(orders, &done, sizeof done) == sizeof done && done;
}

static pid_t start(void)
{
	int ends[2];
	pid_t parent = getpid(), child;

	if (!region_open(&region, SIZE) || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
		return -1;
	child = fork();
	if (child == 0) {
		close(ends[0]);
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent)
			obey(ends[1]);
		_exit(1);
	}
	close(ends[1]);
	orders = ends[0];
	return child;
}

/* run-remote SUITE [by-file] */
int main(int argc, char **argv)
{
	struct um_remote remote;
	struct stage stage = { .name = "remote", .space = &remote.space, .size = SIZE, .dig = dig };
	pid_t child = start();
	enum um_status opened;
	int status;

	if (child < 0)
		return 1;
	if (argc == 3 && strcmp(argv[2], "by-file") == 0) {
		stage.name = "remote by file";
		if (!without_calls(true))
			return runner_skip("no filter can be installed");
		argc = 2;
	}
	opened = um_remote_open(&remote, child, 0);
	if (opened == UM_REFUSED)
		return runner_skip("the host does not let us touch our own child");
	if (opened != UM_OK) {
		fprintf(stderr, "%s\n", um_status_name(opened));
		return 1;
	}
	stage.seen = region.seen;
	stage.start = um_addr_of((uint64_t)(uintptr_t)region.user);
	status = runner(argc, argv, &stage);
	um_close(&remote.space);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	return status;
}
