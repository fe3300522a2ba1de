/* What happens to a child of unit chaining's; see chaining.h. */
#include "chaining.h"
#include <setjmp.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <usermem/fault.h>
#include "processor.h"

enum { PAGE = 4096 };

static unsigned char *page, *second, *file_page;
static int file;
static sigjmp_buf escape;

static void (*on_first_call)(void);
static unsigned calls;

void scenarios_open(void)
{
	file = memfd_create("chaining", 0);
	page = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	second = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	file_page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
}

bool scenarios_cut_file(void)
{
	return ftruncate(file, 0) == 0;
}

void scenarios_mend_file(void)
{
	(void)!ftruncate(file, PAGE);
}

void scenarios_answer(int signal)
{
	calls++;
	if (calls == 1 && on_first_call != NULL)
		on_first_call();
	if (signal == SIGBUS)
		scenarios_mend_file();
	mprotect(page, PAGE, PROT_READ | PROT_WRITE);
	if (calls > 1)
		mprotect(second, PAGE, PROT_READ | PROT_WRITE);
}

static void denied(void)
{
	load_at((uintptr_t)page + 5);
}

static void jump_out(void)
{
	siglongjmp(escape, 1);
}

static void unmapped(void)
{
	munmap(page, PAGE);
	on_first_call = jump_out;
	if (sigsetjmp(escape, 1) == 0)
		load_at((uintptr_t)page + 7);
}

static void behind_the_file(void)
{
	load_at((uintptr_t)file_page + 9);
}

static void no_address(void)
{
	on_first_call = jump_out;
	if (sigsetjmp(escape, 1) == 0)
		load_at((uintptr_t)1 << 62);
}

static void no_address_on_the_stack(void)
{
	on_first_call = jump_out;
	if (sigsetjmp(escape, 1) == 0)
		load_at_stack_base((uintptr_t)1 << 62);
}

static void stack_overflow(void)
{
	on_first_call = jump_out;
	if (sigsetjmp(escape, 1) == 0)
		push_at((uintptr_t)page + 64);
}

static void killed(void)
{
	kill(getpid(), SIGSEGV);
}

static void queued(void)
{
	sigqueue(getpid(), SIGBUS, (union sigval){ .sival_ptr = (void *)0x1234 });
}

static void raised(void)
{
	syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), SIGSEGV);
}

static void twice(void)
{
	load_at((uintptr_t)page);
	mprotect(page, PAGE, PROT_NONE);
	load_at((uintptr_t)page + 1);
}

static void sent_twice(void)
{
	kill(getpid(), SIGBUS);
	kill(getpid(), SIGBUS);
}

static void touch_second(void)
{
	load_at((uintptr_t)second);
}

static void nested(void)
{
	on_first_call = touch_second;
	load_at((uintptr_t)page);
}

static void nested_other_signal(void)
{
	on_first_call = behind_the_file;
	load_at((uintptr_t)page);
}

static void suspended(void)
{
	sigset_t both, none;

	sigemptyset(&none);
	sigemptyset(&both);
	sigaddset(&both, SIGSEGV);
	sigprocmask(SIG_BLOCK, &both, NULL);
	raise(SIGSEGV);
	sigsuspend(&none);
}

/* The trusted side of a copy is not recovered: the caller's bug is the caller's signal. */
static void trusted_side(void)
{
	static uint64_t word;
	struct um_result result = um_raw_copy_in(page, (uintptr_t)&word, sizeof word, 0);

	(void)result;
}

const struct scenario_entry scenarios[SCENARIOS] = {
	[DENIED] = { "denied", denied, true },
	[UNMAPPED] = { "unmapped", unmapped, true },
	[BEHIND_THE_FILE] = { "behind the file", behind_the_file, true },
	[NO_ADDRESS] = { "no address", no_address, true },
	[NO_ADDRESS_ON_THE_STACK] = { "no address, of the stack", no_address_on_the_stack, true },
	[STACK_OVERFLOW] = { "stack overflow", stack_overflow, true },
	[KILLED] = { "killed", killed, false },
	[QUEUED] = { "queued", queued, false },
	[RAISED] = { "raised", raised, false },
	[TWICE] = { "twice", twice, true },
	[SENT_TWICE] = { "sent twice", sent_twice, false },
	[NESTED] = { "nested", nested, true },
	[NESTED_OTHER_SIGNAL] = { "nested, other signal", nested_other_signal, true },
	[SUSPENDED] = { "suspended", suspended, false },
	[TRUSTED_SIDE] = { "trusted side", trusted_side, true },
};
