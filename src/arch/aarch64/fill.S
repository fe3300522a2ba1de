/*
 * Fills where the user's side may not be there.
 *
 * In:  x0 to, w1 byte, x2 bytes, w3 flags.   Out: x0 done, x1 status.
 * Pieces are as in copy.S: x9 is the call's x0 and x10 its x2, and x4 holds the byte eight times.
 */
#include "arch.h"

	.text

.macro STORE insn, operands:vararg
#ifdef UM_FREESTANDING
	MAY_FAULT UMI_TO, .Lfault, stt\insn \operands
#else
	MAY_FAULT UMI_TO, .Lfault, stu\insn \operands
#endif
.endm

FUNCTION um_raw_fill
	ubfiz x8, x3, #UMI_ACCESS_SHIFT, #32
	orr x8, x8, #UMI_TO
	mov x9, x0
	mov x10, x2
	and w4, w1, #0xff
	mov x5, #0x0101010101010101
	mul x4, x4, x5
	b 2f
1:	STORE r, x4, [x0]
	STORE r, x4, [x0, #8]
	add x0, x0, #16
2:	subs x2, x2, #16
	b.hs 1b
	/* Bit by bit of what is left of the size. */
	tbz x2, #3, 3f
	STORE r, x4, [x0]
	add x0, x0, #8
3:	tbz x2, #2, 4f
	STORE r, w4, [x0]
	add x0, x0, #4
4:	tbz x2, #1, 5f
	STORE rh, w4, [x0]
	add x0, x0, #2
5:	tbz x2, #0, 6f
	STORE rb, w4, [x0]
6:	mov x0, x10
	mov x1, xzr
	ret

.Lfault:
	sub x2, x9, x0
	add x2, x2, x10
	UP_TO_FAULT x0
1:	cbz x2, .Lfilled
	sub x2, x2, #1
#ifdef UM_FREESTANDING
	MAY_FAULT UMI_TO, .Lfilled, sttrb w4, [x0]
#else
	MAY_FAULT UMI_TO, .Lfilled, sturb w4, [x0]
#endif
	add x0, x0, #1
	b 1b
.Lfilled:
	sub x0, x0, x9
	mov w1, w17
	ret
END um_raw_fill

NOTES
