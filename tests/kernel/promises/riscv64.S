#include "registers.h"

#define OUT 208 /* behind 13 general registers of the caller's, and 12 of the FPU's */
#define X10 216
#define FRAME 224

/* All but zero, sp, gp and tp, which have tasks of their own, and x10. */
.macro GENERAL insn
	.irp n, 1, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	\insn x\n, 8 * \n(x10)
	.endr
.endm

.macro VECTORS insn
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	\insn f\n, 256 + 16 * \n(x10)
	.endr
.endm

.macro KEPT insn, float
	\insn ra, 0(sp)
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	\insn s\n, 8 + 8 * \n(sp)
	\float fs\n, 104 + 8 * \n(sp)
	.endr
.endm

	.text
	.globl registers_hold, registers_trap, registers_resume
	.type registers_hold, @function
registers_hold:
	.cfi_startproc
	addi sp, sp, -FRAME
	.cfi_def_cfa_offset FRAME
	KEPT sd, fsd
	.cfi_offset ra, -FRAME
	sd a1, OUT(sp)
	ld a1, 768(a0)
	fscsr a1
	VECTORS fld
	GENERAL ld
	ld x10, 80(x10)
	bnez x28, 1f
registers_trap:
	.word 0
registers_resume:
	j 2f
1:	addi x28, x28, -1
	bnez x28, 1b
2:	sd x10, X10(sp)
	ld x10, OUT(sp)
	GENERAL sd
	VECTORS fsd
	ld a1, X10(sp)
	sd a1, 80(x10)
	frcsr a1
	sd a1, 768(x10)
	KEPT ld, fld
	addi sp, sp, FRAME
	ret
	.cfi_endproc
	.size registers_hold, . - registers_hold

	.section .note.GNU-stack, "", @progbits
