/* The port's coming and going, and what its handlers take. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <usermem/fault.h>
#include <usermem/guard.h>
#include <usermem/port.h>
#include "port/linux/port_internal.h"
#include "host.h"
#include "processor.h"
#include "under.h"

enum { PAGE = 4096, RESTORER = 0x04000000 /* the C library's own flag */ };
#define NON_CANONICAL ((uintptr_t)1 << 62)

static unsigned char *good, *hole; /* a page, and the page after it */

/* Handlers are process-wide, and a test that fails leaves them behind: each test has a process of its own. */
#define check(condition) do { \
		if (!(condition)) { \
			print_message("# %s:%d: %s\n", __FILE__, __LINE__, #condition); \
			fflush(NULL); \
			_exit(1); \
		} \
	} while (0)

static int status_of_child(void (*test)(void))
{
	pid_t pid;
	int status;

	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		signal(SIGSEGV, SIG_DFL);
		signal(SIGBUS, SIG_DFL);
		alarm(60);
		test();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

/* Of signals that a process sends itself, filters, cores and deaths, valgrind has its own. */
static void skip_under_valgrind(void)
{
	if (under_valgrind()) {
		print_message("valgrind has its own way with signals that are sent, filters and deaths\n");
		skip();
	}
}

#define NO_QUEUE "here no thread can be sent the fault that it had"

static void in_plain_child(void **state)
{
	skip_under_valgrind();
	NEED_HOST(host_queues_faults(), NO_QUEUE);
	assert_int_equal(status_of_child((void (*)(void))*state), 0);
}

static void in_child(void **state)
{
	assert_int_equal(status_of_child((void (*)(void))*state), 0);
}

/* Lies under the port: counts, and steps over load_at's load. */
static volatile sig_atomic_t passed_on;
static void earlier(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	if (++passed_on > 1000)
		_exit(9);
	if (info->si_code > 0 && (uintptr_t)processor_pc((ucontext_t *)context) == (uintptr_t)load_at)
		processor_step_over(context);
}

static void set_handler(int flags)
{
	struct sigaction action = { .sa_sigaction = earlier, .sa_flags = flags | SA_SIGINFO };

	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
}

static bool recovers(void)
{
	unsigned char byte;
	struct um_result result = um_raw_copy_in(&byte, (uintptr_t)hole, 1, 0);

	return result.status == UM_DENIED && result.done == 0;
}

static struct sigaction action_of(int signal)
{
	struct sigaction action;

	sigaction(signal, NULL, &action);
	action.sa_flags &= ~RESTORER;
	return action;
}

static bool same_action(struct sigaction a, struct sigaction b)
{
	return a.sa_sigaction == b.sa_sigaction && a.sa_flags == b.sa_flags && memcmp(&a.sa_mask, &b.sa_mask, 8) == 0;
}

static bool calls(int signal, void (*handler)(int, siginfo_t *, void *))
{
	return action_of(signal).sa_sigaction == handler;
}

static void opens_are_counted(void)
{
	struct sigaction segv, bus;

	set_handler(SA_NODEFER);
	segv = action_of(SIGSEGV);
	bus = action_of(SIGBUS);
	um_port_close();
	check(!um_port_installed());
	check(um_port_open() == UM_OK && um_port_installed());
	check(um_port_open() == UM_OK && um_port_installed());
	um_port_close();
	check(um_port_installed() && recovers());
	um_port_close();
	check(!um_port_installed());
	check(same_action(action_of(SIGSEGV), segv) && same_action(action_of(SIGBUS), bus));
	um_port_close();
	check(um_port_open() == UM_OK && um_port_installed() && recovers());
	um_port_close();
	check(!um_port_installed() && same_action(action_of(SIGSEGV), segv));
}

/* Law 19: so that an earlier handler finds all as it asked for. */
static void it_stands_in_with_the_flags_and_the_mask(void)
{
	static const int flags[] = { 0, SA_SIGINFO, SA_ONSTACK, SA_NODEFER | SA_RESTART, (int)SA_RESETHAND | SA_SIGINFO | SA_ONSTACK };
	size_t i;

	for (i = 0; i < sizeof flags / sizeof flags[0]; i++) {
		struct sigaction set = { .sa_sigaction = earlier, .sa_flags = flags[i] }, ours;

		sigaddset(&set.sa_mask, SIGUSR2);
		sigaddset(&set.sa_mask, 64);
		check(sigaction(SIGBUS, &set, NULL) == 0);
		check(um_port_open() == UM_OK);
		ours = action_of(SIGBUS);
		check(ours.sa_flags == ((set.sa_flags | SA_SIGINFO | UMI_EXPOSE_TAGBITS) & ~(int)SA_RESETHAND));
		check(memcmp(&ours.sa_mask, &set.sa_mask, 8) == 0 && ours.sa_sigaction != earlier);
		um_port_close();
		check(same_action(action_of(SIGBUS), set));
	}
}

static void without_a_handler_it_hides_as_well_as_it_can(void)
{
	static void (*const nobody[])(int) = { SIG_DFL, SIG_IGN };
	size_t i;

	for (i = 0; i < 2; i++) {
		struct sigaction set = { .sa_handler = nobody[i], .sa_flags = SA_NODEFER }, ours;

		check(sigaction(SIGSEGV, &set, NULL) == 0);
		check(um_port_open() == UM_OK && recovers());
		ours = action_of(SIGSEGV);
		check(ours.sa_flags == (SA_SIGINFO | SA_ONSTACK | SA_RESTART | UMI_EXPOSE_TAGBITS));
		check(sigismember(&ours.sa_mask, SIGUSR1) && sigismember(&ours.sa_mask, SIGTERM) && sigismember(&ours.sa_mask, 64));
		um_port_close();
		/* ThreadSanitizer does not tell the flags of nobody */
		check(action_of(SIGSEGV).sa_handler == set.sa_handler && (under_tsan() || same_action(action_of(SIGSEGV), set)));
	}
}

static void causes_are_kept(void)
{
	static const uint64_t word = 7;
	unsigned char *mapped;
	uint64_t into = 0;
	int file = memfd_create("port", 0);

	check(ftruncate(file, 2 * PAGE) == 0);
	mapped = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	check(ftruncate(file, PAGE) == 0);
	check(um_port_open() == UM_OK);
	errno = 77;
	check(um_raw_copy_in(&into, (uintptr_t)hole, 8, 0).status == UM_DENIED);
	check(um_raw_copy_out((uintptr_t)hole, &word, 8, 0).status == UM_DENIED);
	check(um_raw_copy_in(&into, 0, 8, 0).status == UM_UNMAPPED);
	check(um_raw_copy_in(&into, NON_CANONICAL, 8, 0).status == UM_UNMAPPED);
	check(um_raw_copy_in(&into, UINTPTR_MAX - 3, 8, 0).status == UM_UNMAPPED);
	check(um_raw_copy_in(&into, (uintptr_t)mapped + PAGE, 8, 0).status == UM_BUS);
	check(um_raw_copy_out((uintptr_t)mapped + PAGE, &word, 8, 0).status == UM_BUS);
	munmap(mapped + PAGE, PAGE);
	check(um_raw_copy_in(&into, (uintptr_t)mapped + PAGE - 3, 8, 0).done == 3);
	check(um_raw_copy_in(&into, (uintptr_t)mapped + PAGE, 8, 0).status == UM_UNMAPPED);
	mprotect(mapped, PAGE, PROT_READ);
	check(um_raw_copy_out((uintptr_t)mapped, &word, 8, 0).status == UM_DENIED);
	check(um_raw_copy_in(&into, (uintptr_t)mapped, 8, 0).status == UM_OK);
	check(errno == 77);
}

/* A fault that is ours leaves no trace, whatever the flags: no mask, no stack, no RESETHAND. */
static void a_recovered_fault_leaves_no_trace(void)
{
	static char alternate[1 << 16];
	stack_t stack = { .ss_sp = alternate, .ss_size = sizeof alternate }, now;
	int i;

	sigaltstack(&stack, NULL);
	for (i = 0; i < 8; i++) {
		sigset_t before, after;

		set_handler((i & 1 ? SA_ONSTACK : 0) | (i & 2 ? SA_NODEFER : 0) | (i & 4 ? (int)SA_RESETHAND : 0));
		sigprocmask(SIG_SETMASK, NULL, &before);
		check(um_port_open() == UM_OK);
		check(recovers() && recovers());
		sigprocmask(SIG_SETMASK, NULL, &after);
		sigaltstack(NULL, &now);
		check(memcmp(&before, &after, 8) == 0 && now.ss_flags == 0 && now.ss_sp == stack.ss_sp);
		check(passed_on == i);
		load_at((uintptr_t)hole);
		check(passed_on == i + 1 && recovers());
		um_port_close();
		check((action_of(SIGSEGV).sa_handler == SIG_DFL) == ((i & 4) != 0));
	}
}

/* Comes over ours later, and passes on as such handlers do. */
static struct sigaction below;
static volatile sig_atomic_t on_top;
static void over_ours(int signal, siginfo_t *info, void *context)
{
	on_top++;
	below.sa_sigaction(signal, info, context);
}

static void come_over(void)
{
	struct sigaction action = { .sa_sigaction = over_ours, .sa_flags = SA_SIGINFO };

	sigaction(SIGSEGV, &action, &below);
}

static void displaced_it_is_a_pass_through(void)
{
	set_handler(0);
	check(um_port_open() == UM_OK);
	come_over();
	check(!um_port_installed());
	check(recovers() && on_top == 1 && passed_on == 0);
	load_at((uintptr_t)hole);
	check(on_top == 2 && passed_on == 1);
	check(um_port_open() == UM_OK && !um_port_installed());
	um_port_close();
	um_port_close();
	check(calls(SIGSEGV, over_ours));
	check(calls(SIGBUS, earlier));
	load_at((uintptr_t)hole);
	check(on_top == 3 && passed_on == 2);
	/* they go, and ours is on top again */
	sigaction(SIGSEGV, &below, NULL);
	check(!um_port_installed());
	load_at((uintptr_t)hole);
	check(on_top == 3 && passed_on == 3);
	check(um_port_open() == UM_OK && um_port_installed() && recovers());
	um_port_close();
	check(calls(SIGSEGV, earlier));
}

/* What is left behind claims nothing: a fault at an instruction of ours is then the caller's bug. */
static void closed_it_takes_nothing(void)
{
	set_handler((int)SA_RESETHAND);
	check(um_port_open() == UM_OK);
	come_over();
	um_port_close();
	(void)recovers();
}

static void closed(void **state)
{
	int status;

	(void)state;
	skip_under_valgrind();
	NEED_HOST(host_queues_faults(), NO_QUEUE);
	status = status_of_child(closed_it_takes_nothing);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGSEGV);
}

/* Handlers that pass on to us, over and over: no circle, and an answer when there is no more room. */
#define LEVEL(n) \
	static struct sigaction below_##n; \
	static void over_##n(int signal, siginfo_t *info, void *context) \
	{ \
		on_top++; \
		below_##n.sa_sigaction(signal, info, context); \
	}
LEVEL(0) LEVEL(1) LEVEL(2) LEVEL(3) LEVEL(4) LEVEL(5) LEVEL(6) LEVEL(7)

static void installed_anew_above_those_that_pass_on_to_us(void)
{
	static const struct {
		void (*over)(int, siginfo_t *, void *);
		struct sigaction *below;
	} levels[UMI_PORT_SLOTS] = { { over_0, &below_0 }, { over_1, &below_1 }, { over_2, &below_2 }, { over_3, &below_3 },
	                             { over_4, &below_4 }, { over_5, &below_5 }, { over_6, &below_6 }, { over_7, &below_7 } };
	struct sigaction last;
	int i;

	set_handler(0);
	for (i = 0; i < UMI_PORT_SLOTS; i++) {
		struct sigaction action = { .sa_sigaction = levels[i].over, .sa_flags = SA_SIGINFO };

		check(um_port_open() == UM_OK && um_port_installed() && recovers());
		on_top = passed_on = 0;
		load_at((uintptr_t)hole);
		check(on_top == i && passed_on == 1);
		sigaction(SIGSEGV, &action, levels[i].below);
		um_port_close();
		load_at((uintptr_t)hole);
		check(on_top == 2 * i + 1 && passed_on == 2);
	}
	last = action_of(SIGSEGV);
	check(um_port_open() == UM_UNSUPPORTED && !um_port_installed());
	check(same_action(action_of(SIGSEGV), last) && calls(SIGBUS, earlier));
}

/* To set a handler; asking is allowed. */
static void refuse(int signal)
{
	const struct scmp_arg_cmp setting[] = { { 0, SCMP_CMP_EQ, (scmp_datum_t)signal, 0 }, { 1, SCMP_CMP_NE, 0, 0 } };
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

	check(filter != NULL);
	check(seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(rt_sigaction), 2, setting) == 0);
	check(seccomp_load(filter) == 0);
}

static void a_host_that_refuses(void)
{
	struct sigaction segv;

	set_handler(0);
	segv = action_of(SIGSEGV);
	refuse(SIGBUS);
	check(um_port_open() == UM_UNSUPPORTED && !um_port_installed());
	check(same_action(action_of(SIGSEGV), segv));
	refuse(SIGSEGV);
	check(um_port_open() == UM_UNSUPPORTED && !um_port_installed());
	check(same_action(action_of(SIGSEGV), segv));
	um_port_close();
}

static void refused(void **state)
{
	if (under_tsan()) {
		print_message("ThreadSanitizer tells of handlers that the host has refused\n");
		skip();
	}
	skip_under_valgrind();
	NEED_HOST(host_filters(), "needs seccomp filters");
	(void)state;
	assert_int_equal(status_of_child(a_host_that_refuses), 0);
}

static void queue_to_self(int signal, int code)
{
	siginfo_t info = { .si_signo = signal, .si_code = code };

	info.si_addr = hole;
	syscall(SYS_rt_tgsigqueueinfo, getpid(), syscall(SYS_gettid), signal, &info);
}

static void hear_of_a_lost_page(void *context)
{
	queue_to_self(SIGBUS, BUS_MCEERR_AO);
	*(bool *)context = true;
}

/* BUS_MCEERR_AO tells of a page that nobody has touched yet. */
static void news_is_no_fault(void)
{
	struct um_range all = { um_addr_of(0), UINT64_MAX };
	bool behind = false;

	signal(SIGBUS, SIG_IGN);
	check(um_port_open() == UM_OK);
	queue_to_self(SIGBUS, BUS_MCEERR_AO);
	um_port_close();
	set_handler(0);
	check(um_port_open() == UM_OK);
	check(um_guard(all, hear_of_a_lost_page, &behind).status == UM_OK);
	check(behind && passed_on == 1);
}

static void a_child_inherits(void)
{
	pid_t pid;
	int status;

	check(um_port_open() == UM_OK);
	pid = fork();
	if (pid == 0)
		_exit(recovers() && um_port_installed() ? 0 : 1);
	check(waitpid(pid, &status, 0) == pid && status == 0);
}

/* From the shared library, which may be closed while somebody still calls us. */
static void unloaded_it_still_passes_on(void)
{
	void *library = dlopen(getenv("USERMEM_SHARED"), RTLD_NOW | RTLD_LOCAL);
	enum um_status (*open_it)(void);
	void (*close_it)(void);

	check(getenv("USERMEM_SHARED") != NULL && library != NULL);
	open_it = (enum um_status (*)(void))dlsym(library, "um_port_open");
	close_it = (void (*)(void))dlsym(library, "um_port_close");
	set_handler(0);
	check(open_it() == UM_OK);
	come_over();
	close_it();
	check(dlclose(library) == 0);
	load_at((uintptr_t)hole);
	check(passed_on == 1 && on_top == 1);
}

static void copy_a_word(void)
{
	uint64_t word = 1;
	struct um_result result;

	set_handler(0);
	check(um_port_open() == UM_OK);
	check(ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0);
	raise(SIGSTOP);
	result = um_raw_copy_in(&word, (uintptr_t)good, sizeof word, 0);
	check(result.status == UM_OK && result.done == sizeof word && word == 0 && passed_on == 1);
}

/* kill() while the program stands on an instruction that may fault. */
static void sent_on_an_instruction_of_ours(void **state)
{
	uintptr_t pc, sp;
	unsigned flags;
	int status, steps = 0;
	pid_t pid;

	(void)state;
	if (under_valgrind() || under_asan() || under_tsan()) {
		print_message("single steps find our instruction in the plain program alone\n");
		skip();
	}
	NEED_HOST(host_single_steps(), "no program can be made to go step by step here");
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		copy_a_word();
		_exit(0);
	}
	assert_true(waitpid(pid, &status, 0) == pid && WIFSTOPPED(status));
	do {
		assert_int_equal(ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL), 0);
		assert_true(waitpid(pid, &status, 0) == pid && WIFSTOPPED(status));
		assert_true(processor_traced(pid, &pc, &sp));
		assert_true(++steps < 100000);
	} while (!um_fault_find(&(struct um_fault){ .pc = pc, .access_register = UM_FROM | UM_TO }, &flags));
	kill(pid, SIGSEGV);
	ptrace(PTRACE_DETACH, pid, NULL, NULL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static char core_directory[] = "/tmp/usermem-port-XXXXXX";

static void die_here(void)
{
	struct rlimit limit = { 256 << 20, 256 << 20 };

	check(chdir(core_directory) == 0);
	setrlimit(RLIMIT_CORE, &limit);
	load_at((uintptr_t)hole);
}

static void die_with_a_port(void)
{
	check(um_port_open() == UM_OK);
	die_here();
}

static void remove_cores(void)
{
	DIR *directory = opendir(core_directory);
	struct dirent *entry;

	while ((entry = readdir(directory)) != NULL)
		unlinkat(dirfd(directory), entry->d_name, 0);
	closedir(directory);
	rmdir(core_directory);
}

static void a_death_leaves_a_core(void **state)
{
	int without, with;

	(void)state;
	skip_under_valgrind();
	NEED_HOST(host_queues_faults(), NO_QUEUE);
	assert_non_null(mkdtemp(core_directory));
	without = status_of_child(die_here);
	with = status_of_child(die_with_a_port);
	remove_cores();
	assert_true(WIFSIGNALED(without) && WTERMSIG(without) == SIGSEGV);
	assert_int_equal(with, without);
	if (!WCOREDUMP(without)) {
		print_message("this host writes no cores\n");
		skip();
	}
}

static int make_memory(void **state)
{
	(void)state;
	good = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	hole = good + PAGE;
	return mprotect(hole, PAGE, PROT_NONE);
}

int main(void)
{
#define plain_child(test) { #test, in_plain_child, NULL, NULL, (void *)test }
#define child(test) { #test, in_child, NULL, NULL, (void *)test }
	static const struct CMUnitTest tests[] = {
		child(opens_are_counted),
		child(it_stands_in_with_the_flags_and_the_mask),
		child(without_a_handler_it_hides_as_well_as_it_can),
		child(causes_are_kept),
		child(a_recovered_fault_leaves_no_trace),
		child(displaced_it_is_a_pass_through),
		cmocka_unit_test(closed),
		child(installed_anew_above_those_that_pass_on_to_us),
		cmocka_unit_test(refused),
		plain_child(news_is_no_fault),
		child(a_child_inherits),
		child(unloaded_it_still_passes_on),
		cmocka_unit_test(sent_on_an_instruction_of_ours),
		cmocka_unit_test(a_death_leaves_a_core),
	};

	return cmocka_run_group_tests_name("port", tests, make_memory, NULL);
}
