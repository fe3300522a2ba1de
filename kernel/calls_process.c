/* System calls that make processes and wait for them. */
#include <linux/errno.h>
#include <linux/resource.h>
#include <linux/sched.h>
#include <linux/wait.h>
#include <asm/unistd.h>
#include "memory.h"
#include "process.h"
#include "syscall.h"

/* ---------------------------------------------------------------- clone */

struct clone {
	uint64_t flags, stack, parent_tid, child_tid, tls;
};

/* Where a thread of a new process begins: its memory is its own only now. */
static void begin(void *child_tid)
{
	uint32_t tid = (uint32_t)current->tid;

	if (child_tid)
		(void)put_word(um_addr_of((uint64_t)child_tid), &tid, sizeof tid);
	process_check_end();
	signal_deliver(current->frame);
	arch_enter_user(current->frame);
}

/* The process of the new thread, with its memory; NULL: no memory for it. */
static struct process *make_process(uint64_t flags)
{
	struct process *process;

	if (flags & CLONE_THREAD)
		return current->process;
	process = process_new(current->process);
	if (!process)
		return NULL;
	process->vm = flags & CLONE_VM ? vm_hold(current->process->vm) : vm_fork(current->process->vm);
	if (!process->vm) {
		process_give_up(process);
		process_free(process);
		return NULL;
	}
	return process;
}

static void copy_program(struct thread *thread, const struct clone *clone)
{
	*thread->frame = *current->frame;
	arch_context_copy(&thread->context, &current->context);
	arch_frame_result(thread->frame, 0);
	if (clone->stack != 0)
		arch_frame_set_stack(thread->frame, clone->stack);
	if (clone->flags & CLONE_SETTLS)
		arch_set_tls(thread->frame, &thread->context, clone->tls);
	thread->blocked = current->blocked;
	thread->clear_tid = clone->flags & CLONE_CHILD_CLEARTID ? clone->child_tid : 0;
}

/* A child that sleeps holds up no end of its parent's. */
static void wait_for_vfork(struct vfork *vfork)
{
	queue_init(&vfork->parent);
	vfork->child->vfork = vfork;
	(void)thread_sleep(&vfork->parent, UINT64_MAX, UNTIL_KILLED);
	if (vfork->child)
		vfork->child->vfork = NULL;
}

static long start(struct thread *thread, struct process *process, const struct clone *clone)
{
	uint32_t tid = (uint32_t)(clone->flags & CLONE_THREAD ? process_new_id() : process->pid);
	struct vfork vfork = { .child = thread };

	process_add_thread(process, thread, (int)tid);
	if (clone->flags & CLONE_PARENT_SETTID)
		(void)put_word(um_addr_of(clone->parent_tid), &tid, sizeof tid);
	thread_ready(thread);
	if (clone->flags & CLONE_VFORK)
		wait_for_vfork(&vfork);
	return (long)tid;
}

static long clone_thread(const struct clone *clone)
{
	uint64_t flags = clone->flags;
	struct process *process;
	struct thread *thread;

	if (((flags & CLONE_THREAD) && !(flags & CLONE_SIGHAND)) || ((flags & CLONE_SIGHAND) && !(flags & CLONE_VM)))
		return -EINVAL;
	thread = thread_new(begin, flags & CLONE_CHILD_SETTID ? (void *)clone->child_tid : NULL);
	if (!thread)
		return -ENOMEM;
	process = make_process(flags);
	if (!process) {
		thread_free(thread);
		return -ENOMEM;
	}
	copy_program(thread, clone);
	return start(thread, process, clone);
}

/* Of the two orders of arguments, x86-64 has its own. */
static long call_clone(const uint64_t *a)
{
	struct clone clone = { .flags = a[0], .stack = a[1], .parent_tid = a[2] };

#ifdef __x86_64__
	clone.child_tid = a[3];
	clone.tls = a[4];
	if ((clone.flags & CLONE_SETTLS) && clone.tls > ARCH_USER_LAST)
		return -EPERM;
#else
	clone.tls = a[3];
	clone.child_tid = a[4];
#endif
	return clone_thread(&clone);
}

#ifdef __NR_fork
static long call_fork(const uint64_t *a)
{
	(void)a;
	return clone_thread(&(struct clone){ .flags = 0 });
}

static long call_vfork(const uint64_t *a)
{
	(void)a;
	return clone_thread(&(struct clone){ .flags = CLONE_VM | CLONE_VFORK });
}
#endif

/* ---------------------------------------------------------------- wait4 */

static bool is_wanted(const struct process *child, int pid)
{
	if (pid == -1)
		return true;
	if (pid > 0)
		return child->pid == pid;
	return child->group == (pid == 0 ? current->process->group : -pid);
}

/* One that has ended; NULL: none, and *any says whether there is one to wait for. */
static struct process *find_ended(int pid, bool *any)
{
	struct list *children = &current->process->children, *at;

	*any = false;
	for (at = children->next; at != children; at = at->next) {
		struct process *child = CONTAINER(at, struct process, in_children);

		if (!is_wanted(child, pid))
			continue;
		*any = true;
		if (child->ended)
			return child;
	}
	return NULL;
}

/* Where its answers cannot be put, the child is gone all the same, as in Linux. */
static long reap(struct process *child, um_addr status, um_addr usage)
{
	static const struct rusage none;
	int pid = child->pid, how = child->status;

	process_free(child);
	if (status.value != 0 && put_word(status, &how, sizeof how) != 0)
		return -EFAULT;
	if (usage.value != 0 && um_copy_out(user(), usage, &none, sizeof none, 0).status != UM_OK)
		return -EFAULT;
	return pid;
}

static long call_wait4(const uint64_t *a)
{
	int pid = (int)a[0];
	uint32_t options = (uint32_t)a[2];
	struct process *child;
	bool any;

	if (options & ~(uint32_t)(WNOHANG | WUNTRACED | WCONTINUED | __WNOTHREAD | __WALL | __WCLONE))
		return -EINVAL;
	if (pid == INT32_MIN)
		return -ESRCH;
	while ((child = find_ended(pid, &any)) == NULL) {
		if (!any)
			return -ECHILD;
		if (options & WNOHANG)
			return 0;
		if (thread_sleep(&current->process->changed, UINT64_MAX, UNTIL_SIGNALLED) == INTERRUPTED)
			return -RESTART;
	}
	return reap(child, um_addr_of(a[1]), um_addr_of(a[3]));
}

/* ---------------------------------------------------------------- the end, and names */

static long call_exit(const uint64_t *a)
{
	process_thread_exit((int)a[0]);
}

static long call_exit_group(const uint64_t *a)
{
	process_exit(((int)a[0] & 0xff) << 8);
}

static long call_getpid(const uint64_t *a)
{
	(void)a;
	return current->process->pid;
}

static long call_gettid(const uint64_t *a)
{
	(void)a;
	return current->tid;
}

static long call_getppid(const uint64_t *a)
{
	(void)a;
	return current->process->parent ? current->process->parent->pid : 0;
}

static long call_set_tid_address(const uint64_t *a)
{
	current->clear_tid = a[0];
	return current->tid;
}

static struct process *process_or_current(int pid)
{
	return pid == 0 ? current->process : process_find(pid);
}

static long call_setpgid(const uint64_t *a)
{
	struct process *process = process_or_current((int)a[0]);

	if ((int)a[1] < 0)
		return -EINVAL;
	if (!process || (process != current->process && process->parent != current->process))
		return -ESRCH;
	process->group = a[1] != 0 ? (int)a[1] : process->pid;
	return 0;
}

static long call_getpgid(const uint64_t *a)
{
	struct process *process = process_or_current((int)a[0]);

	return process ? process->group : -ESRCH;
}

#ifdef __NR_getpgrp
static long call_getpgrp(const uint64_t *a)
{
	(void)a;
	return current->process->group;
}
#endif

static long call_getsid(const uint64_t *a)
{
	struct process *process = process_or_current((int)a[0]);

	return process ? process->session : -ESRCH;
}

static long call_setsid(const uint64_t *a)
{
	struct process *process = current->process;

	(void)a;
	if (process->group == process->pid)
		return -EPERM;
	return process->group = process->session = process->pid;
}

static const struct syscall calls[] = {
	{ __NR_clone, call_clone },
#ifdef __NR_fork
	{ __NR_fork, call_fork },
	{ __NR_vfork, call_vfork },
#endif
	{ __NR_wait4, call_wait4 },
	{ __NR_exit, call_exit },
	{ __NR_exit_group, call_exit_group },
	{ __NR_getpid, call_getpid },
	{ __NR_gettid, call_gettid },
	{ __NR_getppid, call_getppid },
	{ __NR_set_tid_address, call_set_tid_address },
	{ __NR_setpgid, call_setpgid },
	{ __NR_getpgid, call_getpgid },
#ifdef __NR_getpgrp
	{ __NR_getpgrp, call_getpgrp },
#endif
	{ __NR_getsid, call_getsid },
	{ __NR_setsid, call_setsid },
};
const struct syscall_table calls_process = SYSCALL_TABLE(calls);
