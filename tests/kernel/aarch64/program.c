/*
 * What AArch64 does to a program, and what the program may do with it.  TAP; it says the same on Linux as on the reference kernel, where
 * it is /init.
 */
#include <asm/sigcontext.h>
#include "../program.h"

static const uint64_t kernel_half = 0xffff000040200000, no_half = 0x0001000000000000;

/* ---------------------------------------------------------------- what ends in a signal */

static volatile struct {
	int signal, code;
	uint64_t address, fault_address, pc;
	bool has_record, aligned;
} seen;

/* Goes on where x20 says. */
static void note(int number, siginfo_t *info, void *frame)
{
	ucontext_t *context = frame;
	const struct fpsimd_context *fpu = (const void *)context->uc_mcontext.__reserved;

	seen.signal = number;
	seen.code = info->si_code;
	seen.address = (uintptr_t)info->si_addr;
	seen.fault_address = context->uc_mcontext.fault_address;
	seen.pc = context->uc_mcontext.pc;
	seen.has_record = fpu->head.magic == FPSIMD_MAGIC && fpu->head.size == sizeof *fpu;
	seen.aligned = (uintptr_t)frame % 16 == 0;
	context->uc_mcontext.pc = context->uc_mcontext.regs[20];
}

/* With x1 an address; gives where the instructions began. */
#define TRY(instructions, address)                                                                                     \
	({                                                                                                             \
		uint64_t try_at;                                                                                       \
		register uint64_t try_address __asm__("x1") = (uint64_t)(address);                                      \
		__asm__ volatile("adr x20, 2f\n\tadr %0, 1f\n1:\t" instructions "\n2:"                                  \
		                 : "=&r"(try_at), "+r"(try_address) : : "x0", "x2", "x20", "x30", "memory", "cc");      \
		try_at;                                                                                                \
	})

static void expect_signal(const char *what, int signal, int code, uint64_t address)
{
	if (!expect(seen.signal == signal && seen.code == code && seen.address == address, what))
		printf("# got signal %d, code %d, address %lx\n", seen.signal, seen.code, seen.address);
	memset((void *)&seen, 0, sizeof seen);
}

static void test_memory(void)
{
	uint64_t *page = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t at = TRY("str x1, [x1]", page);

	expect(seen.pc == at && seen.fault_address == (uintptr_t)page && seen.has_record && seen.aligned, "a frame says where it was, and why");
	expect_signal("a write to what may only be read", SIGSEGV, SEGV_ACCERR, (uintptr_t)page);
	TRY("ldr x0, [x1]", kernel_half);
	expect_signal("a read in the kernel's half", SIGSEGV, SEGV_MAPERR, kernel_half);
	TRY("br x1", kernel_half);
	expect_signal("a jump into it", SIGSEGV, SEGV_MAPERR, kernel_half);
	TRY("ldr x0, [x1]", no_half);
	expect_signal("a read in no half", SIGSEGV, SEGV_MAPERR, no_half);
	TRY("ldaxr x0, [x1]", (uintptr_t)page + 1);
	expect_signal("an atomic load that is not aligned", SIGBUS, BUS_ADRALN, (uintptr_t)page + 1);
	TRY("br x1", (uintptr_t)expect + 2);
	expect_signal("a jump that is not aligned", SIGBUS, BUS_ADRALN, (uintptr_t)expect + 2);
	TRY("ic ivau, x1", page);
	expect_signal("cache maintenance of what may only be read", 0, 0, 0);
}

static void test_instructions(void)
{
	uint64_t at = TRY(".inst 0", 0);

	expect_signal("an instruction that is none", SIGILL, ILL_ILLOPC, at);
	at = TRY("brk #1", 0);
	expect_signal("a breakpoint", SIGTRAP, TRAP_BRKPT, at);
	at = TRY("mrs x0, sctlr_el1", 0);
	expect_signal("a register of the kernel's", SIGILL, ILL_ILLOPC, at);
	at = TRY("msr daifset, #2", 0);
	expect_signal("interrupts are not masked", SIGILL, ILL_ILLOPC, at);
	at = TRY("hvc #0", 0);
	expect_signal("nobody is called but by SVC", SIGILL, ILL_ILLOPC, at);
	at = TRY("hlt #0xf000", 0);
	expect_signal("the emulator's end is the kernel's alone", SIGILL, ILL_ILLOPC, at);
	at = TRY("tlbi vmalle1", 0);
	expect_signal("translations are the kernel's", SIGILL, ILL_ILLOPC, at);
}

/* ---------------------------------------------------------------- what does not */

static void test_allowed(void)
{
	_Alignas(256) char block[256];
	uint64_t counter[2] = { 0, 0 }, cache = 0, zeroed = 0;

	memset(block, 1, sizeof block);
	TRY("dc zva, x1", block);
	TRY("mrs x0, dczid_el0\n\tstr x0, [x1]", &zeroed);
	expect(seen.signal == 0 && (zeroed & 0x10 || block[0] == 0), "a block is zeroed by one instruction");
	TRY("mrs x0, ctr_el0\n\tstr x0, [x1]", &cache);
	expect(seen.signal == 0 && (cache & 15) != 0, "how large lines of caches are");
	TRY("mrs x0, cntvct_el0\n\tisb\n\tmrs x2, cntvct_el0\n\tstp x0, x2, [x1]", counter);
	expect(seen.signal == 0 && counter[0] > 0 && counter[1] >= counter[0], "the counter");
	TRY("wfi", 0);
	expect_signal("a wait for interrupts", 0, 0, 0);
}

int main(void)
{
	static const int numbers[] = { SIGSEGV, SIGBUS, SIGILL, SIGTRAP };

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (unsigned i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
		handle(numbers[i], note);
	test_memory();
	test_instructions();
	test_allowed();
	return say_how_many();
}
