/*
 * In and out of traps, from one thread to another, and what a program finds at ARCH_TRAMPOLINE.
 *
 * SP_EL1 is right above the current thread's frame whenever its program runs: what leaves to the program takes the frame off the
 * stack, and the next trap puts it there again.
 */
#include <asm/unistd.h>
#include "machine.h"

	.text

.macro FRAME_PAIR insn, first, second
	\insn x\first, x\second, [sp, #8 * \first]
.endm

.macro FRAME_PAIRS insn
	.irp pair, "0,1", "2,3", "4,5", "6,7", "8,9", "10,11", "12,13", "14,15", "16,17", "18,19", "20,21", "22,23", "24,25", "26,27", "28,29"
	FRAME_PAIR \insn, \pair
	.endr
.endm

/* At most 32 instructions.  The trap has set PAN: user memory is closed. */
.macro VECTOR handler
	.p2align 7
	sub sp, sp, #FRAME_SIZE
	FRAME_PAIRS stp
	mrs x1, sp_el0
	mrs x2, elr_el1
	mrs x3, spsr_el1
	stp x30, x1, [sp, #FRAME_SP - 8]
	stp x2, x3, [sp, #FRAME_PC]
	stp x29, x2, [sp, #FRAME_RECORD]
	add x29, sp, #FRAME_RECORD
	mov x0, sp
	bl \handler
	b leave
.endm

	.p2align 11
	.globl vectors
vectors: /* in fours: synchronous, IRQ, FIQ, SError */
	.rept 4 /* of the kernel, on a stack that it never uses */
	VECTOR trap_unexpected
	.endr
	VECTOR trap_kernel
	.rept 3 /* interrupts are masked there */
	VECTOR trap_unexpected
	.endr
	VECTOR trap_program
	VECTOR interrupt_take
	.rept 6 /* the last four are those of programs of 32 bits */
	VECTOR trap_unexpected
	.endr

	.globl arch_enter_user
arch_enter_user:
	mov sp, x0
leave:
	ldp x30, x1, [sp, #FRAME_SP - 8]
	ldp x2, x3, [sp, #FRAME_PC]
	msr sp_el0, x1
	msr elr_el1, x2
	msr spsr_el1, x3
	FRAME_PAIRS ldp
	add sp, sp, #FRAME_SIZE
	eret

.macro KEPT_PAIRS insn, base
	\insn x19, x20, [\base]
	\insn x21, x22, [\base, #16]
	\insn x23, x24, [\base, #32]
	\insn x25, x26, [\base, #48]
	\insn x27, x28, [\base, #64]
	\insn x29, x30, [\base, #80]
.endm

/* x2: struct fpsimd_context. */
.macro VECTOR_PAIRS insn
	.irp pair, "0,1", "2,3", "4,5", "6,7", "8,9", "10,11", "12,13", "14,15", "16,17", "18,19", "20,21", "22,23", "24,25", "26,27", "28,29", "30,31"
	VECTOR_PAIR \insn, \pair
	.endr
.endm

.macro VECTOR_PAIR insn, first, second
	\insn q\first, q\second, [x2, #16 + 16 * \first]
.endm

/* x0 from, x1 to */
	.globl arch_switch
arch_switch:
	mov x9, sp
	KEPT_PAIRS stp, x0
	str x9, [x0, #96]
	bl program_save
	mov x0, x1
	bl program_load
	KEPT_PAIRS ldp, x0
	ldr x9, [x0, #96]
	mov sp, x9
	ret

/* x0 context; x1 is kept */
	.globl program_save
program_save:
	mrs x2, tpidr_el0
	str x2, [x0, #CONTEXT_TLS]
	add x2, x0, #CONTEXT_FPU
	mrs x3, fpsr
	mrs x4, fpcr
	stp w3, w4, [x2, #8]
	VECTOR_PAIRS stp
	ret

	.globl program_load
program_load:
	ldr x2, [x0, #CONTEXT_TLS]
	msr tpidr_el0, x2
	add x2, x0, #CONTEXT_FPU
	ldp w3, w4, [x2, #8]
	msr fpsr, x3
	msr fpcr, x4
	VECTOR_PAIRS ldp
	ret

	.globl context_begin
context_begin:
	mov x0, x20
	blr x19

	.section .rodata
	.globl arch_trampoline, arch_trampoline_end
arch_trampoline: /* that of Linux is in its vdso */
	mov x8, #__NR_rt_sigreturn
	svc #0
arch_trampoline_end:

	.section .note.GNU-stack, "", %progbits
