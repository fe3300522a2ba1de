/* process_vm_readv and process_vm_writev: from one address space of the library's to another. */
#include <linux/errno.h>
#include <linux/uio.h>
#include <asm/unistd.h>
#include <usermem/cursor.h>
#include <usermem/iovec.h>
#include "memory.h"
#include "process.h"
#include "syscall.h"

enum { PIECE = 1 << 20 }; /* behind which others have their turn */

struct remote {
	struct um_range ours[UM_IOV_MAX], theirs[UM_IOV_MAX];
	struct um_mm_view view;
};

static long transfer(struct remote *remote, struct um_ranges ours, struct um_ranges theirs, bool in)
{
	struct um_slice here = um_slice_from(user(), ours, 0), there = um_slice_from(&remote->view.space, theirs, 0);
	struct um_reader reader = um_slice_reader(in ? &there : &here);
	struct um_writer writer = um_slice_writer(in ? &here : &there);
	struct um_result result;
	uint64_t done = 0;

	do {
		result = um_transfer(&writer, &reader, PIECE);
		done += result.done;
	} while (result.status == UM_OK && result.done == PIECE && thread_go_on());
	result.done = done;
	return done_or_failed(result);
}

/* Of the other side's list Linux judges lengths alone: its bases are addresses of another program, which are met when they are reached. */
static long import_theirs(struct remote *remote, um_addr array, uint64_t count, struct um_ranges *theirs)
{
	struct um_result result;
	size_t i;

	if (count > UM_IOV_MAX)
		return -EINVAL;
	_Static_assert(sizeof(struct iovec) == sizeof(struct um_range), "an iovec is a range");
	result = um_copy_in(user(), remote->theirs, array, count * sizeof *remote->theirs, 0);
	if (result.status != UM_OK)
		return failed(result.status);
	for (i = 0; i < count; i++)
		if ((int64_t)remote->theirs[i].length < 0)
			return -EINVAL;
	*theirs = um_ranges_from(remote->theirs, count);
	return 0;
}

static long move(struct remote *remote, const uint64_t *a, bool in)
{
	struct um_ranges ours, theirs;
	struct um_result result;
	struct process *process;
	struct vm *vm;
	long answer;

	result = um_import_iovec(user(), um_addr_of(a[1]), (uint32_t)a[2], 8, remote->ours, UM_IOV_MAX, &ours, 0);
	if (result.status != UM_OK || ours.length == 0)
		return failed(result.status);
	answer = import_theirs(remote, um_addr_of(a[3]), a[4], &theirs);
	if (answer != 0 || theirs.length == 0)
		return answer;
	process = process_find((int)a[0]);
	if (!process || !process->vm)
		return -ESRCH;
	vm = vm_hold(process->vm);
	if (um_mm_view_open(&remote->view, &vm->mm) != UM_OK)
		panic("a view could not be opened");
	answer = transfer(remote, ours, theirs, in);
	um_close(&remote->view.space);
	vm_drop(vm);
	return answer;
}

static long call(const uint64_t *a, bool in)
{
	struct remote *remote;
	long answer;

	if (a[5] != 0)
		return -EINVAL;
	remote = memory_alloc(sizeof *remote);
	if (!remote)
		return -ENOMEM;
	answer = move(remote, a, in);
	memory_free(remote, sizeof *remote);
	return answer;
}

static long call_process_vm_readv(const uint64_t *a)
{
	return call(a, true);
}

static long call_process_vm_writev(const uint64_t *a)
{
	return call(a, false);
}

static const struct syscall calls[] = {
	{ __NR_process_vm_readv, call_process_vm_readv },
	{ __NR_process_vm_writev, call_process_vm_writev },
};
const struct syscall_table calls_remote = SYSCALL_TABLE(calls);
