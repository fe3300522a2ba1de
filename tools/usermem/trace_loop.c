/* What the program's threads report, one stop after the other. */
#include "trace.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * A user who has had enough.  A signal may come just before waitpid sleeps, so the handler makes sure that there is
 * something to wake up for: a thread that is interrupted, or that gets a signal of its own.
 */
static volatile sig_atomic_t enough, attached, flush_due;
static volatile pid_t some_thread, command;

static void had_enough(int number, siginfo_t *info, void *context)
{
	int saved = errno;

	(void)context;
	enough++;
	if (attached)
		ptrace(PTRACE_INTERRUPT, some_thread, NULL, NULL);
	else if (enough > 1)
		kill(command, SIGKILL);
	else if (info->si_code != SI_KERNEL)
		/* A terminal sends its signal to the program too; whoever sends it to us alone means both. */
		kill(command, number);
	errno = saved;
}

static void flush_soon(int number)
{
	(void)number;
	flush_due = 1;
}

void loop_catch_signals(const struct tracer *tracer)
{
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action = { .sa_sigaction = had_enough, .sa_flags = SA_SIGINFO | SA_RESTART }, earlier;
	struct sigaction flush = { .sa_handler = flush_soon };
	struct itimerval second = { { 1, 0 }, { 1, 0 } };

	attached = tracer->child == 0;
	command = tracer->child;
	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
		/* What a shell had us ignore stays ignored. */
		if (sigaction(ends[i], NULL, &earlier) == 0 && earlier.sa_handler != SIG_IGN)
			sigaction(ends[i], &action, NULL);
	if (!tracer->output.eager && sigaction(SIGALRM, &flush, NULL) == 0)
		setitimer(ITIMER_REAL, &second, NULL);
}

static void interrupt_others(const struct task *self)
{
	for (struct task *task = task_walk(NULL); task; task = task_walk(task))
		if (task != self)
			ptrace(PTRACE_INTERRUPT, task->tid, NULL, NULL);
}

/* The end of the call that begins what is asked for: until then the child is still us. */
static bool before_start(struct tracer *tracer, const struct task *task, const struct __ptrace_syscall_info *info)
{
	if (tracer->started || task->tid != tracer->child)
		return false;
	if (info->op == PTRACE_SYSCALL_INFO_ENTRY)
		return info->entry.nr != SYS_execve;
	if (info->op == PTRACE_SYSCALL_INFO_EXIT && task->entered) {
		tracer->started = true;
		tracer->run_error = info->exit.is_error ? (int)-info->exit.rval : 0;
	}
	return false;
}

static void syscall_stop(struct tracer *tracer, struct task *task)
{
	struct __ptrace_syscall_info info = { 0 };
	struct entering entering;

	cpu_follow(task->tid);
	if (ptrace(PTRACE_GET_SYSCALL_INFO, task->tid, sizeof info, &info) <= 0 || before_start(tracer, task, &info))
		return;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
		entering.arch = info.arch;
		entering.nr = info.entry.nr;
		memcpy(entering.args, info.entry.args, sizeof entering.args);
		call_enters(tracer, task, &entering);
	} else if (info.op == PTRACE_SYSCALL_INFO_EXIT && task->entered) {
		call_leaves(tracer, task, info.exit.rval, info.exit.is_error);
	}
}

/* Another image; its thread, whichever it was, has the process's number now. */
static struct task *exec_stop(struct tracer *tracer, struct task *task)
{
	unsigned long former;
	struct task *self;

	if (ptrace(PTRACE_GETEVENTMSG, task->tid, NULL, &former) == 0 && (pid_t)former != task->tid && (self = task_find((pid_t)former))) {
		task_rename(tracer, self, task->tid);
		task = self;
	}
	process_changed(task->process);
	/* What its arguments pointed at was the former one's. */
	kept_free(&task->kept);
	return task;
}

static bool is_stop_signal(int number)
{
	return number == SIGSTOP || number == SIGTSTP || number == SIGTTIN || number == SIGTTOU;
}

/* The signal that stopped a thread on its way to it; 0: it was stopped otherwise. */
static int signal_of(int status)
{
	int number = WSTOPSIG(status);

	return status >> 16 == 0 && number != (SIGTRAP | 0x80) ? number : 0;
}

static void stopped(struct tracer *tracer, struct task *task, int status)
{
	int number = WSTOPSIG(status), event = status >> 16, deliver = signal_of(status);
	siginfo_t info;

	if (number == (SIGTRAP | 0x80)) {
		syscall_stop(tracer, task);
	} else if (event == PTRACE_EVENT_EXEC) {
		task = exec_stop(tracer, task);
	} else if (event == PTRACE_EVENT_STOP && is_stop_signal(number)) {
		print_stop(tracer, task, number);
		ptrace(PTRACE_LISTEN, task->tid, NULL, NULL);
		return;
	} else if (deliver && ptrace(PTRACE_GETSIGINFO, task->tid, NULL, &info) == 0) {
		print_signal(tracer, task, &info);
	}
	/* If it has been killed meanwhile, its end will be reported. */
	ptrace(PTRACE_SYSCALL, task->tid, NULL, (void *)(long)deliver);
}

static void ended(struct tracer *tracer, pid_t tid, int status)
{
	struct task *task = task_find(tid), *other;

	if (tid == tracer->child || tid == tracer->options.pid)
		tracer->wait_status = status;
	if (!task)
		return;
	if (!tracer->run_error) {
		call_abandoned(tracer, task);
		print_end(tracer, task, status);
	}
	task_end(tracer, task);
	other = task_walk(NULL);
	some_thread = other ? other->tid : 0;
}

static void let_go(struct tracer *tracer, struct task *task, int status)
{
	ptrace(PTRACE_DETACH, task->tid, NULL, (void *)(long)signal_of(status));
	task_end(tracer, task);
}

int loop_run(struct tracer *tracer)
{
	bool letting_go = false;
	struct task *task = task_walk(NULL);
	int status;
	pid_t tid;

	some_thread = task ? task->tid : 0;
	for (;;) {
		if (enough && attached && !letting_go) {
			letting_go = true;
			interrupt_others(NULL);
		}
		tid = waitpid(-1, &status, __WALL);
		if (flush_due) {
			flush_due = 0;
			output_flush(&tracer->output);
		}
		if (tid < 0 && errno == EINTR)
			continue;
		if (tid < 0)
			return 0;
		if (!WIFSTOPPED(status)) {
			ended(tracer, tid, status);
			continue;
		}
		task = task_get(tracer, tid);
		if (!task)
			return complain(TRACER_FAILED, "close other programs", "no memory");
		some_thread = tid;
		if (letting_go)
			let_go(tracer, task, status);
		else
			stopped(tracer, task, status);
		if (tracer->run_error)
			kill(tracer->child, SIGKILL);
	}
}
