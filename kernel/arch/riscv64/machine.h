/*
 * RISC-V 64 in supervisor mode, under an SBI: Sv39.
 *
 * The kernel's half of every address space is physical memory, in 256 pages of 1 GiB, or of 2 MiB where the image runs.  SUM
 * stays clear but for the library's windows.  FS stays set: the kernel has no floating point of its own, so that a
 * program's registers wait in the processor until another thread runs.
 */
#ifndef KERNEL_MACHINE_H
#define KERNEL_MACHINE_H

#define ARCH_DIRECT 0xffffffc000000000
#define ARCH_DIRECT_SIZE 0x4000000000
#define ARCH_IMAGE 0x80200000 /* where the firmware jumps to; link.ld knows it too */
#define ARCH_USER_LAST 0x3fffffffff
#define ARCH_TRAMPOLINE 0x3fffffe000 /* the page above it stays free: Linux has none at the very end */
#define ARCH_LEVELS 3
#define ARCH_MACHINE "riscv64"
#define ARCH_ELF 243
#define ARCH_FRAME_BELOW 2

/* Of sstatus. */
#define STATUS_SPP (1 << 8)
#define STATUS_FS (3 << 13)
#define STATUS_SUM (1 << 18)

#define SATP_SV39 0x8000000000000000

#define PTE_VALID 1
#define PTE_READ 2
#define PTE_WRITE 4
#define PTE_EXEC 8
#define PTE_USER 16
#define PTE_GLOBAL 32
#define PTE_USED (64 | 128)  /* accessed and dirty: machines may fault where these are clear */
#define PTE_UNREADABLE 256   /* software's: the program may only write, which no machine can say */
#define PTE_PAGE 512         /* software's: keeps the entry of a page without access from being 0 */
#define PTE_ADDRESS 10       /* first bit */

/* Of struct arch_frame and struct arch_context. */
#define FRAME_STATUS 256
#define FRAME_CAUSE 264
#define FRAME_VALUE 272
#define FRAME_SIZE 288
#define CONTEXT_FPU 120

#ifndef __ASSEMBLER__

#include <asm/ptrace.h>
#include <stddef.h>
#include <stdint.h>
#include <usermem/access.h>

struct arch_frame {
	struct user_regs_struct registers; /* x1 to x31, and the program counter in place of x0 */
	uint64_t status, cause, value;     /* sstatus, scause, stval */
	uint64_t a0;                       /* of the system call, before its result */
};

struct arch_context {
	uint64_t saved[13]; /* ra, s0 to s11 */
	uint64_t stack, a0;
	struct __riscv_d_ext_state fpu;
};

_Static_assert(offsetof(struct arch_frame, status) == FRAME_STATUS && offsetof(struct arch_frame, cause) == FRAME_CAUSE &&
               offsetof(struct arch_frame, value) == FRAME_VALUE && sizeof(struct arch_frame) == FRAME_SIZE && FRAME_SIZE % 16 == 0 &&
               offsetof(struct arch_context, fpu) == CONTEXT_FPU, "what trap.S knows of them");

extern const char arch_trampoline[], arch_trampoline_end[]; /* trap.S */

/* Between the program's registers in this processor and memory; trap.S. */
void arch_fpu_save(struct __riscv_d_ext_state *fpu);
void arch_fpu_load(const struct __riscv_d_ext_state *fpu);

static inline uint64_t arch_pte_table(uint64_t physical)
{
	return physical >> 12 << PTE_ADDRESS | PTE_VALID;
}

static inline uint64_t arch_pte_page(uint64_t physical, unsigned access)
{
	uint64_t pte = physical >> 12 << PTE_ADDRESS | PTE_PAGE | PTE_USED | PTE_USER;

	if (access != 0)
		pte |= PTE_VALID | PTE_READ;
	if (!(access & UM_READ))
		pte |= PTE_UNREADABLE;
	if (access & UM_WRITE)
		pte |= PTE_WRITE;
	if (access & UM_EXEC)
		pte |= PTE_EXEC;
	return pte;
}

static inline unsigned arch_pte_access(uint64_t pte)
{
	return ((pte & (PTE_READ | PTE_UNREADABLE)) == PTE_READ ? UM_READ : 0) | (pte & PTE_WRITE ? UM_WRITE : 0) |
	       (pte & PTE_EXEC ? UM_EXEC : 0);
}

static inline uint64_t arch_pte_physical(uint64_t pte)
{
	return pte >> PTE_ADDRESS << 12 & (((uint64_t)1 << 56) - 1);
}

#endif

#endif
