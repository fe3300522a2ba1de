#include "registers.h"

#define OUT 48
#define RDI 56
#define FRAME 64 /* behind six registers of the caller's */

/* All but rsp and rdi. */
.macro LOAD register, offset
	mov \offset(%rdi), %\register
.endm

.macro STORE register, offset
	mov %\register, \offset(%rdi)
.endm

.macro GENERAL insn
	.irp pair, "rax,0", "rbx,8", "rcx,16", "rdx,24", "rsi,32", "rbp,40", "r8,48", "r9,56", "r10,64", "r11,72", "r12,80", "r13,88", "r14,96", "r15,112"
	\insn \pair
	.endr
.endm

.macro KEPT insn
	.irp pair, "rbx,0", "rbp,8", "r12,16", "r13,24", "r14,32", "r15,40"
	KEPT_\insn \pair
	.endr
.endm

.macro KEPT_STORE register, offset
	mov %\register, \offset(%rsp)
.endm

.macro KEPT_LOAD register, offset
	mov \offset(%rsp), %\register
.endm

.macro VECTORS insn
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	VECTOR_\insn \n
	.endr
.endm

.macro VECTOR_LOAD n
	movaps 256 + 16 * \n(%rdi), %xmm\n
.endm

.macro VECTOR_STORE n
	movaps %xmm\n, 256 + 16 * \n(%rdi)
.endm

	.text
	.globl registers_hold, registers_trap, registers_resume
	.type registers_hold, @function
registers_hold:
	.cfi_startproc
	sub $FRAME, %rsp
	.cfi_adjust_cfa_offset FRAME
	KEPT STORE
	mov %rsi, OUT(%rsp)
	VECTORS LOAD
	ldmxcsr 768(%rdi)
	GENERAL LOAD
	mov 104(%rdi), %rdi
	test %r15, %r15
	jnz 1f
registers_trap:
	ud2
registers_resume:
	jmp 2f
1:	dec %r15
	jnz 1b
2:	mov %rdi, RDI(%rsp)
	mov OUT(%rsp), %rdi
	GENERAL STORE
	mov RDI(%rsp), %rax
	mov %rax, 104(%rdi)
	VECTORS STORE
	stmxcsr 768(%rdi)
	KEPT LOAD
	add $FRAME, %rsp
	.cfi_adjust_cfa_offset -FRAME
	ret
	.cfi_endproc
	.size registers_hold, . - registers_hold

	.section .note.GNU-stack, "", @progbits
