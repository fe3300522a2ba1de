/*
 * AArch64: the constants and layouts that arch.h wants of a machine.  4 KiB pages and 48-bit addresses: TTBR1_EL1 has the
 * kernel's half, which never changes, TTBR0_EL1 that of the current program.
 */
#ifndef MACHINE_H
#define MACHINE_H

#define ARCH_DIRECT 0xffff000000000000
#define ARCH_USER_LAST 0x0000ffffffffffff
#define ARCH_LEVELS 4
#define ARCH_MACHINE "aarch64"
#define ARCH_ELF 183
#define ARCH_FRAME_BELOW 0
#define ARCH_TRAMPOLINE 0x0000ffffffffe000 /* the page above it stays free: Linux rarely has one at the very end */

/* Of a table's entry: bit 1 is clear in the blocks of the upper levels. */
#define PTE_VALID 1
#define PTE_NOT_BLOCK 2
#define PTE_DEVICE (1 << 2) /* index into MAIR_EL1; 0 is normal memory */
#define PTE_USER (1 << 6)
#define PTE_READ_ONLY (1 << 7)
#define PTE_SHAREABLE (3 << 8)
#define PTE_ACCESSED (1 << 10)
#define PTE_NOT_GLOBAL (1 << 11)
#define PTE_KERNEL_NO_EXEC 0x0020000000000000
#define PTE_USER_NO_EXEC 0x0040000000000000

/* Offsets in struct arch_frame, and in struct arch_context. */
#define FRAME_SIZE 304
#define FRAME_SP 248
#define FRAME_PC 256
#define FRAME_RECORD 272
#define CONTEXT_TLS 104
#define CONTEXT_FPU 112

#ifndef __ASSEMBLER__

#include <asm/sigcontext.h>
#include <stdint.h>

struct arch_frame {
	_Alignas(16) uint64_t regs[31];
	uint64_t sp, pc, pstate;
	uint64_t record[2]; /* x29 and pc again, as a trace finds them */
	uint64_t call_x0;   /* of a system call: its result takes x0's place */
};

struct arch_context {
	uint64_t kept[13]; /* x19 to x30, and the stack */
	uint64_t tls;
	struct fpsimd_context fpu; /* as a signal's frame has it */
};

_Static_assert(sizeof(struct arch_frame) == FRAME_SIZE && __builtin_offsetof(struct arch_frame, sp) == FRAME_SP &&
               __builtin_offsetof(struct arch_frame, pc) == FRAME_PC && __builtin_offsetof(struct arch_frame, record) == FRAME_RECORD &&
               __builtin_offsetof(struct arch_context, tls) == CONTEXT_TLS && __builtin_offsetof(struct arch_context, fpu) == CONTEXT_FPU,
               "trap.S knows these");

extern const char arch_trampoline[], arch_trampoline_end[];

/* The machine ignores bits 55 to 58: access, and one that is set in every page's entry. */
enum { PTE_ACCESS_SHIFT = 55, PTE_IS_PAGE_SHIFT = 58 };
#define PTE_PHYSICAL 0x0000fffffffff000

static inline uint64_t arch_pte_table(uint64_t physical)
{
	return physical | PTE_NOT_BLOCK | PTE_VALID;
}

/* What may be written or executed may be read: without FEAT_PAN3 the kernel could read a page that programs cannot. */
static inline uint64_t arch_pte_page(uint64_t physical, unsigned access)
{
	uint64_t pte = physical | (uint64_t)access << PTE_ACCESS_SHIFT | (uint64_t)1 << PTE_IS_PAGE_SHIFT;

	return access == 0 ? pte : pte | PTE_NOT_BLOCK | PTE_VALID | PTE_USER | PTE_SHAREABLE | PTE_ACCESSED | PTE_NOT_GLOBAL |
	                           PTE_KERNEL_NO_EXEC | (access & 2 ? 0 : PTE_READ_ONLY) | (access & 4 ? 0 : PTE_USER_NO_EXEC);
}

static inline unsigned arch_pte_access(uint64_t pte)
{
	return (unsigned)(pte >> PTE_ACCESS_SHIFT) & 7;
}

static inline uint64_t arch_pte_physical(uint64_t pte)
{
	return pte & PTE_PHYSICAL;
}

#endif

#endif
