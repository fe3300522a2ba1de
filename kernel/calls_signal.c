/* System calls about signals. */
#include <asm/siginfo.h>
#include <linux/errno.h>
#include <asm/unistd.h>
#include <usermem/ptr.h>
#include "process.h"
#include "syscall.h"

UM_DEFINE_PTR(sigaction_ptr, struct sigaction);

static struct action action_from(const struct sigaction *user_action)
{
	struct action action = {
		.handler = (uint64_t)(uintptr_t)user_action->sa_handler,
		.flags = user_action->sa_flags,
	};

	__builtin_memcpy(&action.mask, &user_action->sa_mask, sizeof action.mask);
	action.mask &= ~UNBLOCKABLE;
#ifdef SA_RESTORER
	action.restorer = (uint64_t)(uintptr_t)user_action->sa_restorer;
#endif
	return action;
}

/* Without padding: three words, or four. */
static struct um_result put_action(um_addr to, const struct action *action)
{
	struct sigaction user_action = {
		.sa_handler = (__sighandler_t)(uintptr_t)action->handler,
		.sa_flags = action->flags,
	};

	__builtin_memcpy(&user_action.sa_mask, &action->mask, sizeof action->mask);
#ifdef SA_RESTORER
	user_action.sa_restorer = (void (*)(void))(uintptr_t)action->restorer;
#endif
	return um_copy_out(user(), to, &user_action, sizeof user_action, 0);
}

static long call_rt_sigaction(const uint64_t *a)
{
	int number = (int)a[0];
	struct sigaction user_action;
	struct action before;
	struct um_result result;

	if (a[3] != sizeof(uint64_t))
		return -EINVAL;
	if (a[1] != 0) {
		result = um_get(user(), um_ptr_of(sigaction_ptr, um_addr_of(a[1])), &user_action, 0);
		if (result.status != UM_OK)
			return failed(result.status);
	}
	if (number < 1 || number > SIGNALS || (a[1] != 0 && (SIGNAL_BIT(number) & UNBLOCKABLE)))
		return -EINVAL;
	before = current->process->actions[number - 1];
	if (a[1] != 0)
		current->process->actions[number - 1] = action_from(&user_action);
	if (a[2] == 0)
		return 0;
	return failed(put_action(um_addr_of(a[2]), &before).status);
}

static long call_rt_sigprocmask(const uint64_t *a)
{
	uint64_t before = current->blocked, set;
	struct um_result result;

	if (a[3] != sizeof set)
		return -EINVAL;
	if (a[1] != 0) {
		result = um_get(user(), um_ptr_of(um_u64_ptr, um_addr_of(a[1])), &set, 0);
		if (result.status != UM_OK)
			return failed(result.status);
		set &= ~UNBLOCKABLE;
		if ((int)a[0] == SIG_BLOCK)
			current->blocked |= set;
		else if ((int)a[0] == SIG_UNBLOCK)
			current->blocked &= ~set;
		else if ((int)a[0] == SIG_SETMASK)
			current->blocked = set;
		else
			return -EINVAL;
	}
	return a[2] == 0 ? 0 : failed(um_put(user(), um_ptr_of(um_u64_ptr, um_addr_of(a[2])), &before, 0).status);
}

long signal_mask_until_return(uint64_t address, uint64_t size)
{
	struct um_result result;
	uint64_t set;

	if (size != sizeof set)
		return -EINVAL;
	result = um_get(user(), um_ptr_of(um_u64_ptr, um_addr_of(address)), &set, 0);
	if (result.status != UM_OK)
		return failed(result.status);
	current->restored = current->blocked;
	current->restores = true;
	current->blocked = set & ~UNBLOCKABLE;
	return 0;
}

static long call_rt_sigsuspend(const uint64_t *a)
{
	long error = signal_mask_until_return(a[0], a[1]);
	struct queue nobody;

	if (error != 0)
		return error;
	queue_init(&nobody);
	(void)thread_sleep(&nobody, UINT64_MAX, UNTIL_SIGNALLED);
	return -EINTR;
}

static long call_rt_sigreturn(const uint64_t *a)
{
	uint64_t mask;

	(void)a;
	if (arch_signal_leave(current->frame, &current->context, user(), &mask) == UM_OK)
		current->blocked = mask & ~UNBLOCKABLE;
	else
		signal_force(&(struct signal_info){ SIGSEGV, SI_KERNEL, 0 });
	return -KEEP;
}

/* ---------------------------------------------------------------- kill */

struct kill {
	int pid, number;
	bool any;
};

static void kill_one(struct process *process, void *context)
{
	struct kill *kill = context;
	bool wanted = kill->pid > 0 ? process->pid == kill->pid :
	              kill->pid == 0 ? process->group == current->process->group :
	              kill->pid == -1 ? process->pid > 1 && process != current->process : process->group == -kill->pid;

	if (!wanted)
		return;
	kill->any = true;
	if (kill->number != 0)
		signal_process(process, kill->number);
}

static long call_kill(const uint64_t *a)
{
	struct kill kill = { (int)a[0], (int)a[1], false };

	if (kill.pid == INT32_MIN) /* has no negative */
		return -ESRCH;
	if (kill.number < 0 || kill.number > SIGNALS)
		return -EINVAL;
	process_each(kill_one, &kill);
	return kill.any ? 0 : -ESRCH;
}

struct find {
	int tid, group;
	struct thread *thread;
};

static void find_one(struct process *process, void *context)
{
	struct find *find = context;
	struct list *at;

	for (at = process->threads.next; at != &process->threads; at = at->next) {
		struct thread *thread = CONTAINER(at, struct thread, in_process);

		if (thread->tid == find->tid && (find->group == -1 || process->pid == find->group))
			find->thread = thread;
	}
}

static long kill_thread(struct find find, int number)
{
	if (find.tid <= 0 || number < 0 || number > SIGNALS)
		return -EINVAL;
	process_each(find_one, &find);
	if (!find.thread)
		return -ESRCH;
	if (number != 0)
		signal_thread(find.thread, number);
	return 0;
}

static long call_tkill(const uint64_t *a)
{
	return kill_thread((struct find){ .tid = (int)a[0], .group = -1 }, (int)a[1]);
}

static long call_tgkill(const uint64_t *a)
{
	if ((int)a[0] <= 0)
		return -EINVAL;
	return kill_thread((struct find){ .tid = (int)a[1], .group = (int)a[0] }, (int)a[2]);
}

static const struct syscall calls[] = {
	{ __NR_rt_sigaction, call_rt_sigaction },
	{ __NR_rt_sigprocmask, call_rt_sigprocmask },
	{ __NR_rt_sigsuspend, call_rt_sigsuspend },
	{ __NR_rt_sigreturn, call_rt_sigreturn },
	{ __NR_kill, call_kill },
	{ __NR_tkill, call_tkill },
	{ __NR_tgkill, call_tgkill },
};
const struct syscall_table calls_signal = SYSCALL_TABLE(calls);
