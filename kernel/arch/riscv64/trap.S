/*
 * Into supervisor mode and back, and from thread to thread.
 *
 * sscratch holds what right above the frame on the kernel's stack is while a program runs, and 0 otherwise.
 */
#include "machine.h"

	.attribute arch, "rv64imafdc" /* a program's floating point is kept, and not used */
	.text

.macro FUNCTION name
	.balign 4
	.globl \name
	.type \name, @function
\name:
.endm

.macro END name
	.size \name, . - \name
.endm

/* x2, the stack, is not among them. */
.macro REGISTERS how
	\how x1, 8(sp)
	.irp n, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	\how x\n, 8 * \n(sp)
	.endr
.endm

FUNCTION arch_trap
	csrrw sp, sscratch, sp
	bnez sp, 1f
	csrrw sp, sscratch, sp
1:	addi sp, sp, -FRAME_SIZE
	REGISTERS sd
	csrr t0, sepc
	sd t0, (sp)
	csrr t0, scause
	sd t0, FRAME_CAUSE(sp)
	csrr t0, stval
	sd t0, FRAME_VALUE(sp)
	/* Closes the library's window, should one be open. */
	li t0, STATUS_SUM
	csrrc t1, sstatus, t0
	sd t1, FRAME_STATUS(sp)
	addi t0, sp, FRAME_SIZE
	andi t1, t1, STATUS_SPP
	bnez t1, 2f
	csrr t0, sscratch
	csrw sscratch, zero
	li s0, 0
2:	sd t0, 16(sp)
	mv a0, sp
	call arch_trapped
	j .Lreturn

FUNCTION arch_enter_user
	mv sp, a0
.Lreturn:
	ld t0, FRAME_STATUS(sp)
	ld t1, (sp)
	csrw sstatus, t0
	/* Ends a reservation that was made before: a program's LR must not meet another's SC. */
	sc.d zero, t1, (sp)
	csrw sepc, t1
	andi t0, t0, STATUS_SPP
	bnez t0, 1f
	addi t0, sp, FRAME_SIZE
	csrw sscratch, t0
1:	REGISTERS ld
	ld x2, 16(sp)
	sret
END arch_enter_user
END arch_trap

.macro SAVED how
	\how ra, (a0)
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	\how s\n, 8 + 8 * \n(a0)
	.endr
	\how sp, 104(a0)
.endm

FUNCTION arch_switch
	SAVED sd
	mv s0, a0
	mv s1, a1
	addi a0, s0, CONTEXT_FPU
	call arch_fpu_save
	addi a0, s1, CONTEXT_FPU
	call arch_fpu_load
	mv a0, s1
	SAVED ld
	ld a0, 112(a0)
	ret
END arch_switch

.macro FPU how
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	\how f\n, 8 * \n(a0)
	.endr
.endm

FUNCTION arch_fpu_save
	FPU fsd
	frcsr t0
	sw t0, 256(a0)
	ret
END arch_fpu_save

FUNCTION arch_fpu_load
	FPU fld
	lw t0, 256(a0)
	fscsr t0
	ret
END arch_fpu_load

	.section .rodata
	.globl arch_trampoline, arch_trampoline_end
arch_trampoline:
	li a7, 139 /* rt_sigreturn */
	ecall
arch_trampoline_end:

	.section .note.GNU-stack, "", @progbits
