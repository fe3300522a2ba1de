/*
 * The firmware jumps to the first byte of the image: translation off, a0 this hart, a1 the device tree's address.
 */
#include "machine.h"

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

/* The one that has the image may be executed. */
	.section .data
	.balign 4096
	.globl arch_kernel_root
arch_kernel_root:
	.zero 2048
	.set gigabyte, 0
	.rept 256
	.if gigabyte == ARCH_IMAGE >> 30
	.quad gigabyte << (30 - 12 + PTE_ADDRESS) | PTE_VALID | PTE_READ | PTE_WRITE | PTE_EXEC | PTE_GLOBAL | PTE_USED
	.else
	.quad gigabyte << (30 - 12 + PTE_ADDRESS) | PTE_VALID | PTE_READ | PTE_WRITE | PTE_GLOBAL | PTE_USED
	.endif
	.set gigabyte, gigabyte + 1
	.endr

	.section .bss
	.balign 16
	.zero 16384
stack_end:

	.section .note.GNU-stack, "", @progbits
