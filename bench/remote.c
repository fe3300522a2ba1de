/* Reading another process against bare process_vm_readv. */
#include "harness.h"
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>
#include <usermem/spaces/remote.h>

enum { MOST = 1024, LENGTH = 64, STRIDE = 256, SIZE = MOST * STRIDE };

struct work {
	struct um_remote remote;
	pid_t pid;
	int mem;
	unsigned char *from, *to;
	size_t n, count;
	struct um_range list[MOST];
	struct iovec bare[MOST];
};

static void single(void *context, size_t times)
{
	struct work *work = context;
	size_t i;

	for (i = 0; i < times; i++) {
		struct um_result result = um_copy_in(&work->remote.space, work->to, um_addr_of((uintptr_t)work->from), work->n, 0);
		if (result.done != work->n)
			bench_fail("a remote read failed");
	}
}

static void call(struct work *work)
{
	struct iovec local = { work->to, work->n }, remote = { work->from, work->n };

	if (process_vm_readv(work->pid, &local, 1, &remote, 1, 0) != (ssize_t)work->n)
		bench_fail("process_vm_readv failed");
}

static void peer_held(void *context, size_t times)
{
	size_t i;

	for (i = 0; i < times; i++)
		call(context);
}

/* What asks whether the address space still lives: any read of its mem file. */
static void peer_alive(void *context, size_t times)
{
	struct work *work = context;
	char byte;
	size_t i;

	for (i = 0; i < times; i++) {
		call(work);
		if (pread(work->mem, &byte, 1, (off_t)(uintptr_t)work->from) != 1)
			bench_fail("the mem file does not read");
	}
}

static void list(void *context, size_t times)
{
	struct work *work = context;
	size_t i;

	for (i = 0; i < times; i++) {
		struct um_result result = um_copy_in_ranges(&work->remote.space, work->to, SIZE_MAX, um_ranges_from(work->list, work->count), 0);
		if (result.done != work->count * LENGTH)
			bench_fail("a remote list failed");
	}
}

static void peer_list(void *context, size_t times)
{
	struct work *work = context;
	size_t i;

	for (i = 0; i < times; i++) {
		struct iovec local = { work->to, work->count * LENGTH };

		if (process_vm_readv(work->pid, &local, 1, work->bare, work->count, 0) != (ssize_t)(work->count * LENGTH))
			bench_fail("process_vm_readv failed");
	}
}

static void open_remote(struct work *work, unsigned flags)
{
	if (um_remote_open(&work->remote, work->pid, flags) != UM_OK)
		bench_fail("the child cannot be opened");
}

static void rows(struct work *work)
{
	static const size_t sizes[] = { 8, 64, 256, 4096, 65536 };
	const char *held = "remote, held, against process_vm_readv", *alive = "remote, not held, against process_vm_readv and one pread",
	           *batch = "remote lists of 64-byte ranges, held, against one process_vm_readv";
	char row[32];
	size_t i;

	open_remote(work, UM_REMOTE_HELD);
	for (i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		work->n = sizes[i];
		bench_row(held, bench_bytes(work->n), bench_compare(single, peer_held, work), 1.05);
	}
	for (work->count = 1; work->count <= MOST; work->count *= 4) {
		snprintf(row, sizeof row, "%zu", work->count);
		bench_row(batch, row, bench_compare(list, peer_list, work), 1.1);
	}
	um_close(&work->remote.space);
	open_remote(work, 0);
	for (i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		work->n = sizes[i];
		bench_row(alive, bench_bytes(work->n), bench_compare(single, peer_alive, work), 1.05);
	}
	um_close(&work->remote.space);
}

int main(void)
{
	static struct work work;
	char path[64];
	size_t i;

	work.from = bench_memory(SIZE);
	work.to = bench_memory(SIZE);
	for (i = 0; i < MOST; i++) {
		unsigned char *at = work.from + i * STRIDE;

		work.list[i] = (struct um_range){ um_addr_of((uintptr_t)at), LENGTH };
		work.bare[i] = (struct iovec){ at, LENGTH };
	}
	work.pid = fork();
	if (work.pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	snprintf(path, sizeof path, "/proc/%d/mem", work.pid);
	work.mem = open(path, O_RDONLY | O_CLOEXEC);
	if (work.pid < 0 || work.mem < 0)
		bench_fail("no child to read");
	rows(&work);
	kill(work.pid, SIGKILL);
	waitpid(work.pid, NULL, 0);
	return 0;
}
