/*
 * What x86-64 does to a program, and what the program sees of it: signals and their frames, registers and the FPU across traps.
 * TAP; it says the same on Linux as on the reference kernel, where it is /init.
 */
#include <asm/prctl.h>
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include "../program.h"

enum { FRESH_MXCSR = 0x1f80 };
enum {
	FLAG_CARRY = 1,
	FLAG_ALWAYS = 2,
	FLAG_TRAP = 0x100,
	FLAG_INTERRUPTS = 0x200,
	FLAG_DOWN = 0x400,
	FLAG_PRIVILEGE = 0x3000,
	FLAG_NESTED = 0x4000,
	FLAG_ALIGNMENT = 0x40000,
};

static const uint64_t last_page = 0x7fffffffe000, not_canonical = 0x800000000000, kernel_half = 0xffff800000000000,
	kernel_code = 0xffffffff80200000;

/* ---------------------------------------------------------------- instructions that end in a signal */

static volatile struct {
	int signal, code;
	uint64_t address, vector, error, flags;
} seen;

static greg_t *registers_of(void *context)
{
	return ((ucontext_t *)context)->uc_mcontext.gregs;
}

/* Goes on where rbx says. */
static void note(int number, siginfo_t *info, void *context)
{
	greg_t *registers = registers_of(context);

	seen.signal = number;
	seen.code = info->si_code;
	seen.address = (uint64_t)info->si_addr;
	seen.vector = (uint64_t)registers[REG_TRAPNO];
	seen.error = (uint64_t)registers[REG_ERR];
	seen.flags = (uint64_t)registers[REG_EFL];
	registers[REG_RIP] = registers[REG_RBX];
	registers[REG_EFL] &= ~(FLAG_TRAP | FLAG_DOWN | FLAG_NESTED | FLAG_ALIGNMENT);
}

/* With rax an address; gives where the instructions began. */
#define TRY(instructions, address)                                                                                                    \
	({                                                                                                                            \
		uint64_t try_at;                                                                                                      \
		__asm__ volatile("leaq 2f(%%rip), %%rbx\n\tleaq 1f(%%rip), %0\n1:\t" instructions "\n2:"                                \
		                 : "=&S"(try_at) : "a"((uint64_t)(address)), "c"(0L), "d"(0L) : "rbx", "rdi", "r8", "r11", "memory", "cc"); \
		try_at;                                                                                                               \
	})

static void expect_signal(const char *what, int signal, int code, uint64_t address)
{
	if (!expect(seen.signal == signal && seen.code == code && seen.address == address, what))
		printf("# got signal %d, code %d, address %lx, trap %lu, error %lu\n", seen.signal, seen.code, seen.address, seen.vector, seen.error);
	memset((void *)&seen, 0, sizeof seen);
}

/* Pages of nothing but jumps to rbx. */
static char *map_code(size_t size)
{
	uint16_t *code = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t i;

	for (i = 0; i < size / sizeof *code; i++)
		code[i] = 0xe3ff;
	return (char *)code;
}

static void test_memory(void)
{
	char *page = map_code(2 * PAGE);

	mprotect(page, PAGE, PROT_READ);
	munmap(page + PAGE, PAGE);
	TRY("movq (%%rax), %%rcx", page + PAGE - 4);
	expect(seen.vector == 14 && seen.error == 4, "a page fault of a program's read");
	expect_signal("a read into a hole names the hole's first byte", SIGSEGV, SEGV_MAPERR, (uint64_t)page + PAGE);
	TRY("movb %%cl, (%%rax)", page + 5);
	expect(seen.vector == 14 && (seen.error & ~1UL) == 6, "a page fault of a program's write");
	expect_signal("a write to what may only be read", SIGSEGV, SEGV_ACCERR, (uint64_t)page + 5);
	TRY("jmp *%%rax", page);
	expect_signal("a jump to what may only be read", SIGSEGV, SEGV_ACCERR, (uint64_t)page);
	mprotect(page, PAGE, PROT_READ | PROT_EXEC);
	TRY("jmp *%%rax", page);
	expect_signal("and none to what may be run", 0, 0, 0);
	mprotect(page, PAGE, PROT_NONE);
	TRY("movq (%%rax), %%rcx", page);
	expect_signal("a read of what may not be touched", SIGSEGV, SEGV_ACCERR, (uint64_t)page);
	TRY("movq (%%rax), %%rcx", not_canonical);
	expect(seen.vector == 13, "a protection fault");
	expect_signal("an address that is not canonical has no name", SIGSEGV, SI_KERNEL, 0);
	TRY("jmp *%%rax", not_canonical);
	expect_signal("nor has it for a jump", SIGSEGV, SI_KERNEL, 0);
	TRY("std; movq (%%rax), %%rcx", 0);
	expect(seen.flags & FLAG_DOWN, "whichever way strings go");
	expect_signal("address 0 is as good as others", SIGSEGV, SEGV_MAPERR, 0);
}

/* The processor remembers translations, and is told to forget them. */
static void test_unmapping(void)
{
	static const size_t sizes[] = { PAGE, 100 * PAGE };
	size_t i;

	for (i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		char *code = map_code(sizes[i]);

		munmap(code, sizes[i]);
		TRY("movq (%%rax), %%rcx", code + sizes[i] - PAGE);
		expect_signal("what was unmapped is gone", SIGSEGV, SEGV_MAPERR, (uint64_t)code + sizes[i] - PAGE);
	}
}

static void test_kernel_half(void)
{
	TRY("movq (%%rax), %%rcx", kernel_half);
	expect(seen.error == 5, "what is mapped in the kernel's half does not show");
	expect_signal("a read there", SIGSEGV, SEGV_MAPERR, kernel_half);
	TRY("movq (%%rax), %%rcx", kernel_half - PAGE * 1024L + (1L << 46));
	expect(seen.error == 5, "nor what is not");
	expect_signal("a read of nothing there", SIGSEGV, SEGV_MAPERR, kernel_half - PAGE * 1024L + (1L << 46));
	TRY("movq %%rcx, (%%rax)", kernel_code);
	expect_signal("a write to the kernel's code", SIGSEGV, SEGV_MAPERR, kernel_code);
	TRY("jmp *%%rax", kernel_code);
	expect_signal("a jump to it", SIGSEGV, SEGV_MAPERR, kernel_code);
}

static void test_instructions(void)
{
	uint64_t at = TRY("ud2", 0);

	expect_signal("an instruction that is none", SIGILL, ILL_ILLOPN, at);
	at = TRY("idivq %%rcx", 1);
	expect_signal("a division by zero", SIGFPE, FPE_INTDIV, at);
	TRY("hlt", 0);
	expect_signal("an instruction of the kernel's", SIGSEGV, SI_KERNEL, 0);
	TRY("inb $0x61, %%al", 0);
	expect_signal("a port", SIGSEGV, SI_KERNEL, 0);
	TRY("int $0x20", 0);
	expect_signal("a vector of the kernel's", SIGSEGV, SI_KERNEL, 0);
	TRY("int3", 0);
	expect_signal("a breakpoint", SIGTRAP, SI_KERNEL, 0);
	TRY("int $4", 0);
	expect(seen.vector == 4, "a program may ask for an overflow");
	expect_signal("which is a fault", SIGSEGV, SI_KERNEL, 0);
	TRY("pushfq; orq $0x100, (%%rsp); popfq; nop; nop", 0);
	expect(seen.signal == SIGTRAP && seen.code == TRAP_TRACE && (seen.flags & FLAG_TRAP), "a step");
	TRY("pushfq; orq $0x100, (%%rsp); popfq; movl $110, %%eax; syscall; nop; nop", 0);
	expect(seen.signal == SIGTRAP, "a step through a system call");
	memset((void *)&seen, 0, sizeof seen);
}

/* ---------------------------------------------------------------- registers across traps */

struct registers {
	uint64_t general[12]; /* all but rax, rcx, r11 and the stack */
	uint64_t vector[32];
};

/* around.S */
void around_call(struct registers *registers);
void around_spin(struct registers *registers);
uint64_t around_flags(uint64_t flags);
uint32_t red_zone(void);

static bool kept(void (*around)(struct registers *), uint64_t seed)
{
	struct registers before, after;
	size_t i;

	for (i = 0; i < sizeof before / sizeof(uint64_t); i++)
		((uint64_t *)&before)[i] = seed += 0x9e3779b97f4a7c15;
	after = before;
	around(&after);
	return memcmp(&before, &after, sizeof before) == 0;
}

/* Runs it in a child; how the child ended, as wait(2) has it. */
static int in_child(void (*run)(void))
{
	int status = -1;
	pid_t child = fork();

	if (child == 0) {
		run();
		_exit(0);
	}
	waitpid(child, &status, 0);
	return status;
}

static bool died_of(int status, int signal)
{
	return WIFSIGNALED(status) && WTERMSIG(status) == signal;
}

static void test_registers(void)
{
	const uint64_t flags = FLAG_ALWAYS | FLAG_INTERRUPTS | FLAG_CARRY | FLAG_DOWN | FLAG_NESTED | FLAG_ALIGNMENT;
	pid_t child;
	int status = -1;

	expect(kept(around_call, 1), "a system call keeps what it must");
	expect(around_flags(flags) == flags, "and the flags, whatever they are");
	child = fork();
	if (child == 0)
		_exit(kept(around_spin, 2) ? 0 : 1);
	expect(kept(around_spin, 3), "a program that is interrupted keeps its registers");
	waitpid(child, &status, 0);
	expect(status == 0, "and so does the one that ran meanwhile");
}

static void nothing(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)info;
	(void)context;
}

/* One that a signal ends is made anew, with the arguments it had. */
static void test_call_again(void)
{
	struct sigaction action = { .sa_sigaction = nothing, .sa_flags = SA_SIGINFO | SA_RESTART };
	pid_t parent = getpid();
	char letter = 0;
	int ends[2];

	sigaction(SIGUSR1, &action, NULL);
	if (pipe(ends) == 0 && fork() == 0) {
		usleep(50000);
		kill(parent, SIGUSR1);
		usleep(50000);
		_exit(write(ends[1], "x", 1) != 1);
	}
	expect(read(ends[0], &letter, 1) == 1 && letter == 'x', "a system call that a signal ended is made anew");
	wait(NULL);
}

static void with_another_base(void)
{
	uint64_t own, there[8] = { 4711 }, found;
	int i;

	syscall(SYS_arch_prctl, ARCH_GET_FS, &own);
	syscall(SYS_arch_prctl, ARCH_SET_FS, there);
	for (i = 0; i < 10; i++)
		__asm__ volatile("syscall" : : "a"(SYS_sched_yield) : "rcx", "r11", "memory");
	__asm__ volatile("movq %%fs:0, %0" : "=r"(found));
	syscall(SYS_arch_prctl, ARCH_SET_FS, own);
	_exit(found == 4711 ? 0 : 1);
}

static void test_thread_pointer(void)
{
	uint64_t base = 0, self;

	__asm__("movq %%fs:0, %0" : "=r"(self));
	expect(syscall(SYS_arch_prctl, ARCH_GET_FS, &base) == 0 && base == self, "where %fs begins");
	expect(in_child(with_another_base) == 0, "a child has its own");
	expect(syscall(SYS_arch_prctl, ARCH_SET_FS, not_canonical) == -1 && errno == EPERM, "which must be an address of a program's");
	expect(syscall(SYS_clone, CLONE_SETTLS | SIGCHLD, 0, NULL, NULL, not_canonical) == -1 && errno == EPERM, "also that of a clone");
}

/* ---------------------------------------------------------------- the frame of a signal */

static struct {
	uint32_t mxcsr, saved_mxcsr, saved_lane;
	uint16_t control;
	bool aligned;
} frame;

static void look(int number, siginfo_t *info, void *context)
{
	greg_t *registers = registers_of(context);
	struct _libc_fpstate *fpu = ((ucontext_t *)context)->uc_mcontext.fpregs;

	(void)number;
	(void)info;
	__asm__ volatile("stmxcsr %0" : "=m"(frame.mxcsr));
	__asm__ volatile("fnstcw %0" : "=m"(frame.control));
	frame.saved_mxcsr = fpu->mxcsr;
	frame.saved_lane = fpu->_xmm[3].element[0];
	frame.aligned = (uint64_t)__builtin_frame_address(0) % 16 == 0 && (uint64_t)fpu % 16 == 0;
	fpu->_xmm[3].element[0] = 33;
	registers[REG_RIP] = registers[REG_RBX];
	registers[REG_EFL] |= FLAG_PRIVILEGE;
	registers[REG_EFL] &= ~FLAG_INTERRUPTS;
}

static void test_frame(void)
{
	uint32_t rounding = FRESH_MXCSR | 0x6000, lane, mxcsr;
	uint64_t flags;

	handle(SIGILL, look);
	__asm__ volatile("ldmxcsr %0" : : "m"(rounding));
	lane = red_zone();
	__asm__ volatile("pushfq; popq %0; stmxcsr %1" : "=r"(flags), "=m"(mxcsr));
	handle(SIGILL, note);
	expect(frame.aligned, "a handler's stack is aligned, and its FPU state");
	expect(frame.mxcsr == FRESH_MXCSR && frame.control == 0x37f, "a handler has a fresh FPU");
	expect(frame.saved_mxcsr == rounding && frame.saved_lane == 3, "and sees the program's");
	expect(lane == 33, "what it changes there is changed, and the red zone is not");
	expect(mxcsr == rounding, "the program has its own again");
	expect((flags & (FLAG_PRIVILEGE | FLAG_INTERRUPTS)) == FLAG_INTERRUPTS, "flags that are the kernel's are kept");
	TRY("cli", 0);
	expect_signal("and the program may not clear one", SIGSEGV, SI_KERNEL, 0);
}

/* ---------------------------------------------------------------- frames that lie, and places that are none */

static void go_nowhere(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)info;
	registers_of(context)[REG_RIP] = (greg_t)not_canonical;
}

/* As a system call would: where what follows it is in rcx, and the flags are not in r11. */
static void go_as_call(int number, siginfo_t *info, void *context)
{
	greg_t *registers = registers_of(context);

	(void)number;
	(void)info;
	registers[REG_RIP] = registers[REG_RCX] = registers[REG_RBX];
	registers[REG_R11] = 0;
	registers[REG_EFL] |= FLAG_CARRY;
}

static void spoil_mxcsr(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)info;
	((ucontext_t *)context)->uc_mcontext.fpregs->mxcsr = UINT32_MAX;
}

static void lose_fpu(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)info;
	((ucontext_t *)context)->uc_mcontext.fpregs = (void *)not_canonical;
}

static void return_from_nowhere(void)
{
	__asm__ volatile("xorl %%esp, %%esp; syscall" : : "a"(SYS_rt_sigreturn) : "rcx", "r11", "memory");
}

static void (*wreck)(int, siginfo_t *, void *);

static void die_of_frame(void)
{
	handle(SIGSEGV, NULL);
	handle(SIGILL, wreck);
	TRY("ud2", 0);
}

static void die_without_stack(void)
{
	handle(SIGSEGV, NULL);
	TRY("movq %%rax, %%rsp; ud2", not_canonical);
}

/* The last bytes that a program can have are a system call, behind which there is nothing. */
static void call_at_the_end(void)
{
	static const uint8_t code[] = { 0xb8, 110, 0, 0, 0, 0x0f, 0x05 };
	char *page = mmap((void *)last_page, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	if (page == MAP_FAILED)
		_exit(1);
	memcpy(page + PAGE - sizeof code, code, sizeof code);
	TRY("jmp *%%rax", page + PAGE - sizeof code);
	_exit(seen.signal == SIGSEGV && seen.code == SEGV_MAPERR && seen.address == last_page + PAGE ? 0 : 2);
}

/* Code of 32 bits, where there is such a segment; its system calls are not ours.  Below 4 GiB. */
static void call_by_32_bits(void)
{
	static const uint8_t code[] = { 0xb8, 20, 0, 0, 0, 0x0f, 0x05, 0x0f, 0x34, 0xcd, 0x80, 0x0f, 0x0b }; /* syscall, sysenter, int $0x80, ud2 */
	const struct __attribute__((packed)) {
		uint32_t offset;
		uint16_t segment;
	} to = { 0x10000000, 0x23 };
	char *page = mmap((void *)(uintptr_t)to.offset, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	if (page == MAP_FAILED)
		_exit(0);
	memcpy(page, code, sizeof code);
	handle(SIGSEGV, NULL);
	handle(SIGILL, NULL);
	__asm__ volatile("ljmpl *%0" : : "m"(to) : "memory");
}

static void test_lies(void)
{
	static const struct {
		const char *what;
		void (*wreck)(int, siginfo_t *, void *);
	} lies[] = { { "a frame whose MXCSR no processor has", spoil_mxcsr }, { "a frame whose FPU state is nowhere", lose_fpu } };
	uint64_t flags;
	size_t i;

	handle(SIGILL, go_nowhere);
	TRY("ud2", 0);
	expect_signal("a frame that goes on where no address is", SIGSEGV, SI_KERNEL, 0);
	handle(SIGILL, go_as_call);
	__asm__ volatile("leaq 1f(%%rip), %%rbx\n\tclc\n\tud2\n1:\tpushfq\n\tpopq %0" : "=a"(flags) : : "rbx", "rcx", "r11", "memory", "cc");
	expect((flags & (FLAG_CARRY | FLAG_INTERRUPTS)) == (FLAG_CARRY | FLAG_INTERRUPTS), "a frame that looks like a system call's");
	handle(SIGILL, note);
	for (i = 0; i < sizeof lies / sizeof lies[0]; i++) {
		wreck = lies[i].wreck;
		expect(died_of(in_child(die_of_frame), SIGSEGV), lies[i].what);
	}
	expect(died_of(in_child(return_from_nowhere), SIGSEGV), "no frame at all");
	expect(died_of(in_child(die_without_stack), SIGSEGV), "no room for one");
	expect(in_child(call_by_32_bits) != 0, "system calls as programs of 32 bits make them");
	expect(in_child(call_at_the_end) == 0, "a system call with nothing behind it");
}

int main(void)
{
	static const int signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP };
	size_t i;

	setbuf(stdout, NULL);
	for (i = 0; i < sizeof signals / sizeof signals[0]; i++)
		handle(signals[i], note);
	test_memory();
	test_unmapping();
	test_kernel_half();
	test_instructions();
	test_registers();
	test_call_again();
	test_thread_pointer();
	test_frame();
	test_lies();
	return say_how_many();
}
