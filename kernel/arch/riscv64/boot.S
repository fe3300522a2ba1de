/*
 * The firmware jumps to the first byte of the image: translation off, a0 this hart, a1 the device tree's address.
 */
#include "machine.h"

#define CONSTANTS (PTE_VALID | PTE_READ | PTE_GLOBAL | PTE_USED)
#define CODE (CONSTANTS | PTE_EXEC)
#define DATA (CONSTANTS | PTE_WRITE)

	.section .boot, "ax"
	.globl arch_entry
arch_entry:
	csrw sie, zero
	li t0, STATUS_FS
	csrw sstatus, t0
	/* Programs may read the clock, as on Linux. */
	csrwi scounteren, 2
	la t0, image_bss
	la t1, image_end
1:	sd zero, (t0)
	addi t0, t0, 8
	bltu t0, t1, 1b

	/* No linker puts an address into an entry, where it is shifted. */
	la t0, image_pages
	srli t0, t0, 12 - PTE_ADDRESS
	ori t0, t0, PTE_VALID
	la t1, image_gigabyte
	sd t0, (t1)

	la t0, arch_kernel_root
	srli t0, t0, 12
	li t1, SATP_SV39
	or t0, t0, t1
	la t1, 2f
	li t2, ARCH_DIRECT
	add t1, t1, t2
	csrw stvec, t1
	sfence.vma
	csrw satp, t0
	/* Where this runs is mapped no more: the next fetch faults, and the trap leads to where it is. */
	.balign 4
2:	la t0, arch_trap
	csrw stvec, t0
	csrw sscratch, zero
	la sp, stack_end
	li s0, 0
	mv a0, a1
	call arch_start

	.section .data
	.balign 4096
	.globl arch_kernel_root
arch_kernel_root:
	.zero 2048
	.set gigabyte, 0
	.rept 256
	.if gigabyte == ARCH_IMAGE >> 30
image_gigabyte:
	.endif
	.quad gigabyte << (30 - 12 + PTE_ADDRESS) | DATA
	.set gigabyte, gigabyte + 1
	.endr

/* In pages of 2 MiB, of which code and constants have one each; link.ld sees to that. */
image_pages:
	.set page, ARCH_IMAGE >> 30 << 9
	.rept 512
	.if page == ARCH_IMAGE >> 21
	.quad page << (21 - 12 + PTE_ADDRESS) | CODE
	.elseif page == (ARCH_IMAGE >> 21) + 1
	.quad page << (21 - 12 + PTE_ADDRESS) | CONSTANTS
	.else
	.quad page << (21 - 12 + PTE_ADDRESS) | DATA
	.endif
	.set page, page + 1
	.endr

	.section .bss
	.balign 16
	.zero 16384
stack_end:

	.section .note.GNU-stack, "", @progbits
