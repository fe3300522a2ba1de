/* Signals, as far as a libc and a shell need them: no queues, no stopping. */
#include <asm/siginfo.h>
#include <linux/errno.h>
#include <asm/unistd.h>
#include <usermem/ptr.h>
#include "process.h"
#include "syscall.h"

static const uint64_t ignored_by_default = SIGNAL_BIT(SIGCHLD) | SIGNAL_BIT(SIGCONT) | SIGNAL_BIT(SIGURG) | SIGNAL_BIT(SIGWINCH) |
                                           SIGNAL_BIT(SIGSTOP) | SIGNAL_BIT(SIGTSTP) | SIGNAL_BIT(SIGTTIN) | SIGNAL_BIT(SIGTTOU);
static const uint64_t of_faults = SIGNAL_BIT(SIGSEGV) | SIGNAL_BIT(SIGBUS) | SIGNAL_BIT(SIGILL) | SIGNAL_BIT(SIGFPE) | SIGNAL_BIT(SIGTRAP);

static struct action *action_of(struct process *process, int number)
{
	return &process->actions[number - 1];
}

static bool is_ignored(struct process *process, int number)
{
	uint64_t handler = action_of(process, number)->handler;

	return handler == (uint64_t)SIG_IGN || (handler == (uint64_t)SIG_DFL && (ignored_by_default & SIGNAL_BIT(number)));
}

static uint64_t due(const struct thread *thread)
{
	return (thread->pending | thread->process->pending) & ~thread->blocked;
}

bool signal_due(const struct thread *thread)
{
	return thread->process && (process_thread_must_end(thread) || due(thread) != 0);
}

bool signal_ends(const struct thread *thread)
{
	return thread->process && (process_thread_must_end(thread) || (due(thread) & SIGNAL_BIT(SIGKILL)));
}

/* ---------------------------------------------------------------- sending */

void signal_process(struct process *process, int number)
{
	struct list *at, *next;

	if (process->ended || (is_ignored(process, number) && number != SIGKILL))
		return;
	process->pending |= SIGNAL_BIT(number);
	for (at = process->threads.next; at != &process->threads; at = next) {
		next = at->next;
		thread_interrupt(CONTAINER(at, struct thread, in_process));
	}
}

void signal_thread(struct thread *thread, int number)
{
	if (is_ignored(thread->process, number) && number != SIGKILL)
		return;
	thread->pending |= SIGNAL_BIT(number);
	thread_interrupt(thread);
}

void signal_force(const struct signal_info *info)
{
	if ((current->blocked & SIGNAL_BIT(info->number)) || is_ignored(current->process, info->number))
		*action_of(current->process, info->number) = (struct action){ 0 };
	current->blocked &= ~SIGNAL_BIT(info->number);
	current->pending |= SIGNAL_BIT(info->number);
	current->fault = *info;
}

/* ---------------------------------------------------------------- delivery */

static int take(uint64_t *from, uint64_t signals)
{
	int number = 1;

	while (!(signals & SIGNAL_BIT(number)))
		number++;
	*from &= ~SIGNAL_BIT(number);
	return number;
}

/* Faults first: a handler of another signal would run at the instruction that faulted.  0: none. */
static int next_signal(void)
{
	struct process *process = current->process;
	uint64_t signals = current->pending & ~current->blocked;

	if (signals & of_faults)
		return take(&current->pending, signals & of_faults);
	if (signals != 0)
		return take(&current->pending, signals);
	signals = process->pending & ~current->blocked;
	return signals != 0 ? take(&process->pending, signals) : 0;
}

static _Noreturn void kill(const struct arch_frame *frame, const struct signal_info *info)
{
	if ((SIGNAL_BIT(info->number) & of_faults) && info->code != SI_USER)
		print("%s[%d]: killed by signal %d at %lx: address %lx: %s\n", current->process->name, current->process->pid, info->number,
		      arch_frame_pc(frame), info->value,
		      info->number == SIGBUS ? "its backing cannot supply it" :
		      info->number != SIGSEGV ? "an instruction that cannot be executed" :
		      info->code == SI_KERNEL ? "what no program may do" :
		      info->code == SEGV_MAPERR ? "nothing is mapped there" : "mapped, but not for this kind of access");
	process_exit(info->number);
}

static void enter_handler(struct arch_frame *frame, const struct signal_info *info)
{
	struct action *action = action_of(current->process, info->number);
	struct signal_call call = {
		.number = info->number,
		.code = info->code,
		.address = info->value,
		.handler = action->handler,
		.stack = arch_frame_stack(frame),
		.mask = current->restores ? current->restored : current->blocked,
	};

#ifdef SA_RESTORER
	if (action->flags & SA_RESTORER)
		call.restorer = action->restorer;
#endif
#ifdef ARCH_TRAMPOLINE
	if (call.restorer == 0)
		call.restorer = ARCH_TRAMPOLINE;
#endif
	current->restores = false;
	if (arch_signal_enter(frame, &current->context, user(), &call) != UM_OK) {
		if (info->number == SIGSEGV)
			*action = (struct action){ 0 };
		signal_force(&(struct signal_info){ SIGSEGV, SEGV_MAPERR, call.stack });
		return;
	}
	current->blocked |= (action->mask | (action->flags & SA_NODEFER ? 0 : SIGNAL_BIT(info->number))) & ~UNBLOCKABLE;
	if (action->flags & SA_RESETHAND)
		*action = (struct action){ 0 };
}

/* What the signal that comes next does to a system call that one ended. */
static void settle_call(struct arch_frame *frame, bool made_anew)
{
	if (current->again && made_anew)
		arch_frame_again(frame);
	current->again = false;
}

void signal_deliver(struct arch_frame *frame)
{
	int number;

	while ((number = next_signal()) != 0) {
		struct signal_info info = { number, SI_USER, 0 };
		struct action *action = action_of(current->process, number);

		if (current->fault.number == number) {
			info = current->fault;
			current->fault.number = 0;
		}
		if (is_ignored(current->process, number))
			continue;
		if (action->handler == (uint64_t)SIG_DFL)
			kill(frame, &info);
		settle_call(frame, action->flags & SA_RESTART);
		enter_handler(frame, &info);
	}
	if (current->restores)
		current->blocked = current->restored;
	current->restores = false;
	settle_call(frame, true);
}
