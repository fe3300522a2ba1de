/*
 * What not every host can do, found out by trying.  A test that needs it says so where it is not there: qemu-user, a filter or
 * a container take some of it away.
 */
#ifndef TESTS_HOST_H
#define TESTS_HOST_H

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

/* In a cmocka test. */
#define NEED_HOST(can, what)                         \
	do {                                         \
		if (!(can)) {                        \
			print_message(what "\n");    \
			skip();                      \
		}                                    \
	} while (0)

/* How a child ended that did this. */
static inline int host_try(void (*what)(void))
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		what();
		_exit(0);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid ? status : -1;
}

static inline void host_try_trace(void)
{
	_exit(ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0);
}

static inline bool host_traces(void)
{
	return host_try(host_try_trace) == 0;
}

static inline void host_try_single_step(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0 && ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0)
		raise(SIGSTOP);
	if (pid == 0)
		_exit(0);
	_exit(waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status) || ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL) != 0 ||
	      ptrace(PTRACE_KILL, pid, NULL, NULL) != 0);
}

static inline bool host_single_steps(void)
{
	return host_try(host_try_single_step) == 0;
}

/* The manual's way to ask: a filter at NULL is looked at. */
static inline bool host_filters(void)
{
	return prctl(PR_SET_SECCOMP, 2 /* SECCOMP_MODE_FILTER */, NULL, 0, 0) == -1 && errno == EFAULT;
}

/* process_vm_readv. */
static inline bool host_moves_between_processes(void)
{
	return process_vm_readv(getpid(), NULL, 0, NULL, 0, 0) == 0;
}

static inline void host_woken(int signal)
{
	(void)signal;
	_exit(0);
}

static inline void host_try_suspend(void)
{
	sigset_t mask;

	signal(SIGSEGV, host_woken);
	sigemptyset(&mask);
	sigaddset(&mask, SIGSEGV);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	raise(SIGSEGV);
	sigemptyset(&mask);
	alarm(5);
	sigsuspend(&mask);
	_exit(1);
}

/* Does a signal that waits end sigsuspend? */
static inline bool host_wakes(void)
{
	return host_try(host_try_suspend) == 0;
}

static inline void host_try_queued_fault(void)
{
	siginfo_t info = { .si_signo = SIGSEGV, .si_code = SEGV_MAPERR };
	struct rlimit no_core = { 0, 0 };

	setrlimit(RLIMIT_CORE, &no_core);
	close(STDERR_FILENO);
	signal(SIGSEGV, SIG_DFL);
	syscall(SYS_rt_tgsigqueueinfo, getpid(), syscall(SYS_gettid), SIGSEGV, &info);
}

/* A fault's siginfo, by rt_tgsigqueueinfo to the thread that had it.  An emulator may take it for a fault of its own. */
static inline bool host_queues_faults(void)
{
	int status = host_try(host_try_queued_fault);

	return WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV;
}

#endif
