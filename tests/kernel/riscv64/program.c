/*
 * What RISC-V does to a program that asks for what it may not have, and what the program sees of it; and frames that lie.
 * TAP; /init of the reference kernel.  What it expects is Linux's, by its source: Debian 12 has no kernel for RISC-V.
 */
#include <sys/wait.h>
#include "../program.h"

static const uint64_t last_page = 0x3ffffff000, not_canonical = 0x4000000000, kernel_memory = 0xffffffc080200000;

/* ---------------------------------------------------------------- instructions that end in a signal */

static volatile struct {
	int signal, code;
	uint64_t address, pc;
} seen;

/* Goes on where s1 says. */
static void note(int number, siginfo_t *info, void *context)
{
	unsigned long *registers = ((ucontext_t *)context)->uc_mcontext.__gregs;

	seen.signal = number;
	seen.code = info->si_code;
	seen.address = (uint64_t)info->si_addr;
	seen.pc = registers[REG_PC];
	registers[REG_PC] = registers[REG_S1];
}

/* With t0 an address; gives where the instructions began. */
#define TRY(instructions, address)                                                                                    \
	({                                                                                                            \
		uint64_t try_at;                                                                                      \
		register uint64_t try_t0 __asm__("t0") = (uint64_t)(address);                                         \
		__asm__ volatile("lla s1, 2f\n\tlla %0, 1f\n1:\t" instructions "\n2:"                                    \
		                 : "=&r"(try_at), "+r"(try_t0) : : "s1", "t1", "t2", "a0", "a7", "ra", "memory");         \
		try_at;                                                                                               \
	})

static void expect_signal(const char *what, int signal, int code, uint64_t address)
{
	if (!expect(seen.signal == signal && seen.code == code && seen.address == address, what))
		printf("# got signal %d, code %d, address %lx, at %lx\n", seen.signal, seen.code, seen.address, seen.pc);
	memset((void *)&seen, 0, sizeof seen);
}

static void test_privilege(void)
{
	expect_signal("a read of sstatus", SIGILL, ILL_ILLOPC, TRY("csrr t1, sstatus", 0));
	expect_signal("a write to satp", SIGILL, ILL_ILLOPC, TRY("csrw satp, zero", 0));
	expect_signal("opening SUM", SIGILL, ILL_ILLOPC, TRY("csrs sstatus, t0", 1 << 18));
	expect_signal("sret", SIGILL, ILL_ILLOPC, TRY("sret", 0));
	expect_signal("sfence.vma", SIGILL, ILL_ILLOPC, TRY("sfence.vma", 0));
	expect_signal("wfi", SIGILL, ILL_ILLOPC, TRY("wfi", 0));
	expect_signal("what is no instruction", SIGILL, ILL_ILLOPC, TRY(".word 0xffffffff", 0));
	expect_signal("a breakpoint", SIGTRAP, TRAP_BRKPT, TRY("ebreak", 0));
	expect_signal("a look at the cycles", SIGILL, ILL_ILLOPC, TRY("rdcycle t0", 0));
	TRY("rdtime t0", 0);
	expect_signal("a look at the clock is allowed", 0, 0, 0);
}

static void test_alignment(void)
{
	uint64_t words[2] = { 0 };

	TRY("ld t1, 1(t0)", words);
	expect_signal("a load need not be aligned", 0, 0, 0);
	expect_signal("an atomic must be", SIGBUS, BUS_ADRALN, TRY("amoadd.w t1, t1, (t0)", (char *)words + 1));
	expect_signal("and a reservation", SIGBUS, BUS_ADRALN, TRY("lr.d t1, (t0)", (char *)words + 4));
}

static void test_addresses(void)
{
	static const uint64_t addresses[] = { 0, last_page, not_canonical, 0x0123456789abcde0, kernel_memory, UINT64_MAX - 7 };
	static const char *const names[] = { "page 0", "the last page of all", "an address that is not canonical", "an address amid those",
	                                     "the kernel's memory", "the last address" };
	char line[80];
	size_t i;

	for (i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
		snprintf(line, sizeof line, "a read of %s", names[i]);
		TRY("ld t1, (t0)", addresses[i]);
		expect_signal(line, SIGSEGV, SEGV_MAPERR, addresses[i]);
		snprintf(line, sizeof line, "a write to %s", names[i]);
		TRY("amoswap.d t1, t1, (t0)", addresses[i]);
		expect_signal(line, SIGSEGV, SEGV_MAPERR, addresses[i]);
		snprintf(line, sizeof line, "a jump to %s", names[i]);
		TRY("jalr t0", addresses[i]);
		expect_signal(line, SIGSEGV, SEGV_MAPERR, addresses[i]);
	}
}

/* ---------------------------------------------------------------- code that is made */

static void test_code(void)
{
	uint32_t *code = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	code[0] = 0x00700513; /* li a0, 7 */
	code[1] = 0x00008067; /* ret */
	mprotect(code, PAGE, PROT_READ | PROT_EXEC);
	expect(((long (*)(void))(uintptr_t)code)() == 7, "code that was written, then allowed");
	TRY("sd t1, (t0)", code);
	expect_signal("and may not be written then", SIGSEGV, SEGV_ACCERR, (uint64_t)code);
	mprotect(code, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC);
	code[0] = 0x00900513; /* li a0, 9 */
	__asm__ volatile("fence.i" : : : "memory");
	expect(((long (*)(void))(uintptr_t)code)() == 9, "code that is changed where it is");
}

/* ---------------------------------------------------------------- stacks and frames that lie */

static int in_child(void (*act)(void))
{
	pid_t child;
	int status = -1;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		handle(SIGSEGV, NULL);
		act();
		_exit(0);
	}
	waitpid(child, &status, 0);
	return status;
}

static bool died_of(int status, int signal)
{
	return WIFSIGNALED(status) && WTERMSIG(status) == signal;
}

/* getpid by a stack pointer that leads nowhere: a trap trusts none. */
static void test_stack_pointer(void)
{
	static const uint64_t stacks[] = { 0, 8, kernel_memory };
	size_t i;
	long id;

	for (i = 0; i < sizeof stacks / sizeof stacks[0]; i++) {
		__asm__ volatile("mv t1, sp\n\tmv sp, %1\n\tli a7, 172\n\tecall\n\tmv sp, t1\n\tmv %0, a0"
		                 : "=r"(id) : "r"(stacks[i]) : "t1", "a0", "a7", "memory");
		expect(id == getpid(), "a system call whatever the stack pointer");
	}
}

static void die_without_stack(void)
{
	__asm__ volatile("li sp, 8\n\tld zero, (zero)" : : : "memory");
}

static void return_from_nowhere(void)
{
	__asm__ volatile("li sp, 8\n\tli a7, 139\n\tecall" : : : "memory");
}

static void spoil_reserved(int number, siginfo_t *info, void *context)
{
	ucontext_t *spoilt = context;

	note(number, info, context);
	spoilt->uc_mcontext.__fpregs.__q.__glibc_reserved[1] = 1;
}

static void die_of_reserved(void)
{
	handle(SIGILL, spoil_reserved);
	TRY(".word 0", 0);
}

static void go_to_kernel(int number, siginfo_t *info, void *context)
{
	note(number, info, context);
	((ucontext_t *)context)->uc_mcontext.__gregs[REG_PC] = kernel_memory;
}

static void test_frames(void)
{
	handle(SIGILL, go_to_kernel);
	TRY(".word 0", 0);
	expect_signal("a frame that goes on in the kernel", SIGSEGV, SEGV_MAPERR, kernel_memory);
	handle(SIGILL, note);
	expect(died_of(in_child(die_of_reserved), SIGSEGV), "a frame with more of an FPU than there is");
	expect(died_of(in_child(return_from_nowhere), SIGSEGV), "no frame at all");
	expect(died_of(in_child(die_without_stack), SIGSEGV), "no room for one");
}

int main(void)
{
	static const int signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGTRAP };
	size_t i;

	setbuf(stdout, NULL);
	for (i = 0; i < sizeof signals / sizeof signals[0]; i++)
		handle(signals[i], note);
	test_privilege();
	test_alignment();
	test_addresses();
	test_code();
	test_stack_pointer();
	test_frames();
	return say_how_many();
}
