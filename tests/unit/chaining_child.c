/* What a child of unit chaining's sees of its signals, and how it ends; see chaining.h. */
#include "chaining.h"
#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <usermem/port.h>
#include "processor.h"

enum { ALTERNATE_SIZE = 1 << 16 };

static struct outcome *seen; /* shared with the child */
static unsigned char *alternate;

void outcomes_open(void)
{
	seen = mmap(NULL, sizeof *seen, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	alternate = mmap(NULL, ALTERNATE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static uint64_t blocked_now(void)
{
	uint64_t mask = 0;

	syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &mask, sizeof mask);
	return mask;
}

static __attribute__((noinline)) void note(enum kind kind, int signal, void *frame, void *back)
{
	struct call *call = &seen->call[seen->calls < CALLS ? seen->calls : CALLS - 1];

	call->errno_before = errno;
	call->kind = kind;
	call->signal = signal;
	call->frame = (uintptr_t)frame;
	call->back = (uintptr_t)back;
	call->mask = blocked_now();
	call->modes = processor_modes();
	seen->calls++;
	scenarios_answer(signal);
	errno = 5;
}

static void plain(int signal)
{
	note(PLAIN, signal, __builtin_frame_address(0), __builtin_return_address(0));
}

static void with_siginfo(int signal, siginfo_t *info, void *context)
{
	struct call *call = &seen->call[seen->calls < CALLS ? seen->calls : CALLS - 1];
	ucontext_t *at = context;

	call->code = info->si_code;
	call->mine = info->si_code <= 0 && info->si_pid == getpid();
	call->address = info->si_code > 0 ? (uintptr_t)info->si_addr : 0;
	call->value = info->si_code == SI_QUEUE ? (uintptr_t)info->si_ptr : 0;
	call->pc = (uintptr_t)processor_pc(at);
	call->sp = (uintptr_t)processor_sp(at);
	call->context = (uintptr_t)context;
	call->saved_mask = at->uc_sigmask.__val[0];
	call->stack_flags = at->uc_stack.ss_flags;
	note(SIGINFO, signal, __builtin_frame_address(0), __builtin_return_address(0));
}

static void set_up(const struct config *config)
{
	struct sigaction action = { .sa_flags = config->flags };
	stack_t stack = { .ss_sp = alternate, .ss_size = ALTERNATE_SIZE, .ss_flags = config->alternate ? 0 : SS_DISABLE };

	if (config->kind == SIGINFO) {
		action.sa_sigaction = with_siginfo;
		action.sa_flags |= SA_SIGINFO;
	} else {
		action.sa_handler = config->kind == PLAIN ? plain : config->kind == IGNORE ? SIG_IGN : SIG_DFL;
	}
	/* But what ends a child that hangs. */
	if (config->mask == EVERYTHING) {
		sigfillset(&action.sa_mask);
		sigdelset(&action.sa_mask, SIGALRM);
	}
	if (config->mask == SOME)
		sigaddset(&action.sa_mask, SIGUSR1);
	sigaltstack(&stack, NULL);
	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
}

static void child(const struct config *config, enum scenario scenario, bool with_port)
{
	set_up(config);
	if (with_port && um_port_open() != UM_OK)
		_exit(3);
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0)
		raise(SIGSTOP);
	alarm(60);
	errno = 0;
	scenarios[scenario].run();
	seen->finished = errno + 1;
	seen->mask_after = blocked_now();
	_exit(0);
}

/* Lets the child meet its signals, and keeps the last.  A file that shrank is repaired at once: a death has its
 * cause even so. */
static int trace(pid_t pid, bool repairs)
{
	siginfo_t info;
	int status;

	while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status)) {
		int signal = WSTOPSIG(status);

		if (signal == SIGSTOP) {
			signal = 0;
		} else {
			ptrace(PTRACE_GETSIGINFO, pid, NULL, &info);
			seen->signal = info.si_signo;
			seen->code = info.si_code;
			seen->address = info.si_code > 0 ? (uintptr_t)info.si_addr : 0;
			processor_traced(pid, &seen->pc, &seen->sp);
			if (repairs)
				scenarios_mend_file();
		}
		ptrace(PTRACE_CONT, pid, NULL, signal);
	}
	return status;
}

struct outcome outcome_of(const struct config *config, enum scenario scenario, bool with_port)
{
	pid_t pid;

	memset(seen, 0, sizeof *seen);
	assert_true(scenarios_cut_file());
	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		child(config, scenario, with_port);
	seen->status = trace(pid, config->kind == DEFAULT && scenario == BEHIND_THE_FILE);
	return *seen;
}
