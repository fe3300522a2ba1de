/*
 * What differs between processors, for the tests that look at it: in processor/, one file of assembly for each.
 */
#ifndef TESTS_PROCESSOR_H
#define TESTS_PROCESSOR_H

#include <elf.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/procfs.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <ucontext.h>
#include <usermem/addr.h>
#include <usermem/fault.h>

/* One byte's load, at the function's first byte; and the same by a base register that stands for the stack, where there is one. */
unsigned char load_at(uintptr_t address);
unsigned char load_at_stack_base(uintptr_t address);

/* Has the stack end at address, and pushes.  Never returns. */
void push_at(uintptr_t address);

/* Makes a mess of everything that um_guard promises to put back, then loads. */
void touch_messily(void *address);

/* Calls um_guard with known numbers in the registers that belong to the caller: are they there after? */
bool guard_keeps_registers(struct um_result *result, const struct um_range *range, void (*touch)(void *), void *context);

/* PROCESSOR_TAG: bits of an address that the machine ignores.  PROCESSOR_SLEEPS_AGAIN: before a signal that ends a sleeping call is looked
 * at, the kernel goes back to the call.  Modes of the floating point, of which PROCESSOR_ODD_MODES are not what
 * programs start with. */
#if defined __x86_64__

enum { PROCESSOR_LOAD = 2, PROCESSOR_PC = 16, PROCESSOR_SP = 19 }; /* the load's bytes; the last two in elf_gregset_t */
#define PROCESSOR_ODD_MODES 0xffff027f00001f80
#define PROCESSOR_TAG ((uintptr_t)0)
#define PROCESSOR_SLEEPS_AGAIN false
#define processor_register(context, n) ((context)->uc_mcontext.gregs[n])
#define processor_pc(context) processor_register(context, REG_RIP)
#define processor_sp(context) processor_register(context, REG_RSP)

/* Control of the two units, and which registers of x87's stack are empty. */
struct processor_x87 {
	uint16_t control, unused1, status, unused2, tags, unused3;
	uint32_t pointers[4];
};

static inline uint64_t processor_modes(void)
{
	struct processor_x87 x87;
	uint32_t mxcsr;

	__asm__ volatile("fnstenv %0\n\tfldenv %0\n\tstmxcsr %1" : "=m"(x87), "=m"(mxcsr));
	return mxcsr | (uint64_t)x87.control << 32 | (uint64_t)x87.tags << 48;
}

static inline void processor_use_modes(uint64_t modes)
{
	struct processor_x87 x87 = { .control = (uint16_t)(modes >> 32), .tags = (uint16_t)(modes >> 48) };
	uint32_t mxcsr = (uint32_t)modes;

	__asm__ volatile("fldenv %0\n\tldmxcsr %1" : : "m"(x87), "m"(mxcsr));
}

#elif defined __aarch64__

enum { PROCESSOR_LOAD = 4, PROCESSOR_PC = 32, PROCESSOR_SP = 31 };
#define PROCESSOR_ODD_MODES 0xc00000 /* towards zero */
#define PROCESSOR_TAG ((uintptr_t)0x5a << 56)
#define PROCESSOR_SLEEPS_AGAIN true
#define processor_register(context, n) ((context)->uc_mcontext.regs[n])
#define processor_pc(context) ((context)->uc_mcontext.pc)
#define processor_sp(context) ((context)->uc_mcontext.sp)

static inline uint64_t processor_modes(void)
{
	uint64_t modes;

	__asm__ volatile("mrs %0, fpcr" : "=r"(modes));
	return modes;
}

static inline void processor_use_modes(uint64_t modes)
{
	__asm__ volatile("msr fpcr, %0" : : "r"(modes));
}

#elif defined __riscv

enum { PROCESSOR_LOAD = 4, PROCESSOR_PC = 0, PROCESSOR_SP = 2 };
#define PROCESSOR_ODD_MODES 0x20 /* towards zero */
#define PROCESSOR_TAG ((uintptr_t)0)
#define PROCESSOR_SLEEPS_AGAIN false
#define processor_register(context, n) ((context)->uc_mcontext.__gregs[n])
#define processor_pc(context) processor_register(context, REG_PC)
#define processor_sp(context) processor_register(context, REG_SP)

static inline uint64_t processor_modes(void)
{
	uint64_t modes;

	__asm__ volatile("frcsr %0" : "=r"(modes));
	return modes;
}

static inline void processor_use_modes(uint64_t modes)
{
	__asm__ volatile("fscsr %0" : : "r"(modes));
}

#endif

/* In a handler: behind the load of load_at. */
static inline void processor_step_over(ucontext_t *context)
{
	processor_pc(context) += PROCESSOR_LOAD;
}

/* Of a stopped child. */
static inline bool processor_traced(pid_t pid, uintptr_t *pc, uintptr_t *sp)
{
	elf_gregset_t registers;
	struct iovec room = { registers, sizeof registers };
	bool good = ptrace(PTRACE_GETREGSET, pid, (void *)NT_PRSTATUS, &room) == 0;

	*pc = good ? (uintptr_t)registers[PROCESSOR_PC] : 0;
	*sp = good ? (uintptr_t)registers[PROCESSOR_SP] : 0;
	return good;
}

#endif
