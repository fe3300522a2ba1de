/*
 * x86-64: the constants and layouts that arch.h wants of a machine.
 */
#ifndef MACHINE_H
#define MACHINE_H

#define ARCH_DIRECT 0xffff800000000000
#define ARCH_IMAGE 0xffffffff80000000 /* physical address 0 again, for the image: -mcmodel=kernel */
#define ARCH_USER_LAST 0x00007fffffffefff
#define ARCH_LEVELS 4
#define ARCH_MACHINE "x86_64"
#define ARCH_ELF 62
#define ARCH_FRAME_BELOW 0

/* Selectors are Linux's: programs see theirs in a signal's frame. */
#define KERNEL_CODE 0x10
#define KERNEL_DATA 0x18
#define USER_BASE 0x23 /* SYSRET adds to it */
#define USER_DATA 0x2b
#define USER_CODE 0x33
#define TASK 0x40

#define VECTORS 48
#define VECTOR_NMI 2
#define VECTOR_BREAKPOINT 3
#define VECTOR_OVERFLOW 4
#define VECTOR_DOUBLE_FAULT 8
#define VECTOR_STACK 12
#define VECTOR_PROTECTION 13
#define VECTOR_PAGE_FAULT 14
#define VECTOR_MACHINE_CHECK 18
#define VECTOR_TIMER 32
#define VECTOR_SPURIOUS 47
#define VECTOR_CALL 256 /* SYSCALL; the frame's error is then the call's number */

#define PTE_LARGE_WRITE 0x1e3 /* of the kernel: present, accessed, dirty, and global */

/* Offsets in struct arch_frame. */
#define FRAME_R11 24
#define FRAME_RCX 112
#define FRAME_VECTOR 120
#define FRAME_ERROR 128
#define FRAME_RIP 136
#define FRAME_CS 144
#define FRAME_RFLAGS 152
#define FRAME_RSP 160

#ifndef __ASSEMBLER__

#include <stdint.h>

struct arch_frame { /* up to rcx as struct sigcontext has them; from rip on as the machine pushes them */
	uint64_t r8, r9, r10, r11, r12, r13, r14, r15, rdi, rsi, rbp, rbx, rdx, rax, rcx;
	uint64_t vector, error, rip, cs, rflags, rsp, ss;
};

struct arch_fpu {
	_Alignas(16) uint32_t words[128]; /* as FXSAVE stores them */
};

struct arch_context {
	struct arch_fpu fpu;
	uint64_t fs_base, gs_base;
	uintptr_t stack; /* where the kept registers are */
};

/* An entry of a page table.  Access is kept where the machine does not look; the machine has no need to set the last two. */
enum { PTE_PRESENT = 1, PTE_WRITE = 2, PTE_USER = 4, PTE_ACCESSED = 32, PTE_DIRTY = 64, PTE_ACCESS_SHIFT = 9 };
#define PTE_NO_EXEC (UINT64_C(1) << 63)
#define PTE_PHYSICAL UINT64_C(0x000ffffffffff000)

static inline uint64_t arch_pte_table(uint64_t physical)
{
	return physical | PTE_PRESENT | PTE_WRITE | PTE_USER;
}

static inline uint64_t arch_pte_page(uint64_t physical, unsigned access)
{
	return physical | PTE_ACCESSED | PTE_DIRTY | (uint64_t)access << PTE_ACCESS_SHIFT | (access ? PTE_PRESENT | PTE_USER : 0) |
	       (access & 2 ? PTE_WRITE : 0) | (access & 4 ? 0 : PTE_NO_EXEC);
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
