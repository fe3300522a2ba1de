/*
 * From where the machine starts to arch_start.  The image has Linux's header: to an ELF file QEMU gives neither an initrd nor, in
 * x0, the device tree.
 *
 * The tables of the kernel's half are complete when the image is loaded, so that nothing is written before the MMU is on.  Until
 * then code runs at physical addresses; TTBR0_EL1 has the same tables for the step between.
 */
#include "machine.h"

#define RAM 0x40000000
#define LARGE 0x200000
#define GIB 0x40000000
#define STACK 16384

#define BLOCK (PTE_VALID | PTE_ACCESSED | PTE_SHAREABLE)
#define DATA (BLOCK | PTE_KERNEL_NO_EXEC | PTE_USER_NO_EXEC)
#define CODE (BLOCK | PTE_READ_ONLY | PTE_USER_NO_EXEC)
#define CONSTANTS (DATA | PTE_READ_ONLY)

#define MAIR 0x04ff /* 0: normal, write-back; 1: device, nGnRE */
#define TCR_TO_16 (16 | 16 << 16)          /* T0SZ, T1SZ: 48 bits */
#define TCR_CACHED (0x3500 | 0x3500 << 16) /* walks are inner shareable and write-back */
#define TCR (TCR_TO_16 | TCR_CACHED | 2 << 30) /* TG1: 4 KiB */
#define TCR_IPS_SHIFT 32
#define IPS_48_BITS 5

/* M C SA SA0 I; for programs DZE UCT nTWI nTWE UCI, as Linux has them; EOS EIS nTLSMD LSMAOE, without which some machines
 * behave otherwise.  Not SPAN: every trap closes user memory. */
#define SCTLR (1 | 1 << 2 | 1 << 3 | 1 << 4 | 1 << 12 | \
               1 << 14 | 1 << 15 | 1 << 16 | 1 << 18 | 1 << 26 | 1 << 11 | 1 << 22 | 1 << 28 | 1 << 29)

#define CPACR_FPEN (3 << 20)
#define CNTKCTL_EL0VCTEN 2
#define HCR_RW (1 << 31)
#define CPTR_RES1 0x32ff
#define SPSR_EL1H_MASKED 0x3c5

	.section .text.image, "ax"
	.globl image_start
	b start
	.long 0
	.quad LARGE /* from the beginning of memory */
	.quad image_size
	.quad 2 /* little-endian, 4 KiB */
	.quad 0, 0, 0
	.ascii "ARM\x64"
	.long 0

/* x0: the device tree */
start:
	mrs x1, CurrentEL
	tbz x1, #3, 1f
	mov x1, #HCR_RW
	msr hcr_el2, x1
	mov x1, #3 /* the counter and its timer are EL1's */
	msr cnthctl_el2, x1
	msr cntvoff_el2, xzr
	mov x1, #CPTR_RES1
	msr cptr_el2, x1
	mov x1, #SPSR_EL1H_MASKED
	msr spsr_el2, x1
	adr x1, 1f
	msr elr_el2, x1
	eret
1:
	ldr x1, =MAIR
	msr mair_el1, x1
	ldr x1, =TCR
	mrs x2, id_aa64mmfr0_el1
	and x2, x2, #15
	mov x3, #IPS_48_BITS
	cmp x2, x3
	csel x2, x2, x3, lo
	orr x1, x1, x2, lsl #TCR_IPS_SHIFT
	msr tcr_el1, x1
	adrp x1, kernel_root
	msr ttbr0_el1, x1
	msr ttbr1_el1, x1
	mov x1, #CPACR_FPEN
	msr cpacr_el1, x1
	mov x1, #CNTKCTL_EL0VCTEN
	msr cntkctl_el1, x1
	msr mdscr_el1, xzr
	tlbi vmalle1
	dsb nsh
	isb
	ldr x1, =SCTLR
	msr sctlr_el1, x1
	isb
	ldr x1, =1f
	br x1
1:
	ldr x1, =vectors
	msr vbar_el1, x1
	msr spsel, #1
	ldr x1, =stack_end
	mov sp, x1
	ldr x1, =bss_start
	ldr x2, =image_end
2:	stp xzr, xzr, [x1], #16
	cmp x1, x2
	b.lo 2b
	mov x29, xzr
	bl arch_start

	.data
	.p2align 12
kernel_root:
	.quad kernel_gibs - ARCH_DIRECT + (PTE_NOT_BLOCK | PTE_VALID)
	.fill 511, 8, 0

/* Devices are below 1 GiB, and memory begins there; arch_start adds what there is above 2 GiB. */
	.globl kernel_gibs
kernel_gibs:
	.quad DATA | PTE_DEVICE
	.quad kernel_blocks - ARCH_DIRECT + (PTE_NOT_BLOCK | PTE_VALID)
	.fill 510, 8, 0

kernel_blocks:
	.quad RAM | DATA
	.quad RAM + LARGE | CODE
	.quad RAM + 2 * LARGE | CONSTANTS
	.set block, RAM + 3 * LARGE
	.rept 509
	.quad block | DATA
	.set block, block + LARGE
	.endr

	.bss
	.p2align 4
	.fill STACK
stack_end:

	.section .note.GNU-stack, "", %progbits
