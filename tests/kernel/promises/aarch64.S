#include "registers.h"

#define KEPT 176 /* of the caller's; then `out`, and what x0 was */

.macro PAIR insn, first, second
	\insn x\first, x\second, [x0, #8 * \first]
.endm

.macro PAIRS insn
	.irp pair, "2,3", "4,5", "6,7", "8,9", "10,11", "12,13", "14,15", "16,17", "18,19", "20,21", "22,23", "24,25", "26,27", "28,29"
	PAIR \insn, \pair
	.endr
.endm

.macro VECTOR_PAIR insn, first, second
	\insn q\first, q\second, [x2, #16 * \first]
.endm

.macro VECTOR_PAIRS insn
	.irp pair, "0,1", "2,3", "4,5", "6,7", "8,9", "10,11", "12,13", "14,15", "16,17", "18,19", "20,21", "22,23", "24,25", "26,27", "28,29", "30,31"
	VECTOR_PAIR \insn, \pair
	.endr
.endm

.macro KEPT_PAIRS insn
	\insn x19, x20, [sp]
	\insn x21, x22, [sp, #16]
	\insn x23, x24, [sp, #32]
	\insn x25, x26, [sp, #48]
	\insn x27, x28, [sp, #64]
	\insn x29, x30, [sp, #80]
	\insn d8, d9, [sp, #96]
	\insn d10, d11, [sp, #112]
	\insn d12, d13, [sp, #128]
	\insn d14, d15, [sp, #144]
.endm

	.text
	.globl registers_hold, registers_trap, registers_resume
	.type registers_hold, %function
registers_hold:
	.cfi_startproc
	sub sp, sp, #KEPT
	.cfi_def_cfa_offset KEPT
	KEPT_PAIRS stp
	.cfi_offset x30, 88 - KEPT
	str x1, [sp, #160]
	add x2, x0, #256
	VECTOR_PAIRS ldp
	ldr x1, [x0, #768]
	msr fpcr, x1
	PAIRS ldp
	ldr x30, [x0, #240]
	ldp x0, x1, [x0]
	cbnz x28, 1f
registers_trap:
	.inst 0
registers_resume:
	b 2f
1:	sub x28, x28, #1
	cbnz x28, 1b
2:	str x0, [sp, #168]
	ldr x0, [sp, #160]
	PAIRS stp
	str x30, [x0, #240]
	ldr x2, [sp, #168]
	stp x2, x1, [x0]
	add x2, x0, #256
	VECTOR_PAIRS stp
	mrs x1, fpcr
	str x1, [x0, #768]
	KEPT_PAIRS ldp
	add sp, sp, #KEPT
	ret
	.cfi_endproc
	.size registers_hold, . - registers_hold

	.section .note.GNU-stack, "", %progbits
