/*
 * What not every host can do, found out by trying.  A test that needs it says so where it is not there: qemu-user, a filter or
 * a container take some of it away.
 */
#ifndef TESTS_HOST_H
#define TESTS_HOST_H

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
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

/* No alarm: whatever has a handler or ends the program politely may wake who sleeps, and then the signal that waits is met after all. */
static inline bool host_killed_after(time_t seconds)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGKILL };
	struct itimerspec when = { .it_value.tv_sec = seconds };
	timer_t timer;

	return timer_create(CLOCK_MONOTONIC, &event, &timer) == 0 && timer_settime(timer, 0, &when, NULL) == 0;
}

static inline void host_try_suspend(void)
{
	sigset_t mask;

	if (!host_killed_after(5))
		_exit(1);
	signal(SIGSEGV, host_woken);
	sigemptyset(&mask);
	sigaddset(&mask, SIGSEGV);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	raise(SIGSEGV);
	sigemptyset(&mask);
	sigsuspend(&mask);
	_exit(1);
}

/* Does a signal that waits end sigsuspend? */
static inline bool host_wakes(void)
{
	return host_try(host_try_suspend) == 0;
}

/* Who is about to die leaves neither a core nor an emulator's words. */
static inline void host_die_quietly(void)
{
	struct rlimit no_core = { 0, 0 };

	setrlimit(RLIMIT_CORE, &no_core);
	close(STDERR_FILENO);
}

static inline void host_try_queued_fault(void)
{
	siginfo_t info = { .si_signo = SIGSEGV, .si_code = SEGV_MAPERR };

	host_die_quietly();
	signal(SIGSEGV, SIG_DFL);
	syscall(SYS_rt_tgsigqueueinfo, getpid(), syscall(SYS_gettid), SIGSEGV, &info);
}

/* A fault's siginfo, by rt_tgsigqueueinfo to the thread that had it.  An emulator may take it for a fault of its own. */
static inline bool host_queues_faults(void)
{
	int status = host_try(host_try_queued_fault);

	return WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV;
}

static inline void host_try_blocked_fault(void)
{
	volatile char *behind_the_file = mmap(NULL, 1, PROT_READ, MAP_SHARED, memfd_create("host", 0), 0);
	sigset_t mask;

	host_die_quietly();
	sigemptyset(&mask);
	sigaddset(&mask, SIGBUS);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	alarm(5);
	(void)*behind_the_file;
}

/* Does a fault whose signal is blocked end the program?  An emulator may try the access for ever. */
static inline bool host_ends_blocked_faults(void)
{
	int status = host_try(host_try_blocked_fault);

	return WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS;
}

/*
 * Are all threads of this process its program's, which has one?  An emulator's own may take a SIGSEGV that is sent to the
 * process, and die of it.
 */
static inline bool host_has_no_threads(void)
{
	struct stat tasks;

	return stat("/proc/self/task", &tasks) == 0 && tasks.st_nlink == 2 + 1;
}

#endif
