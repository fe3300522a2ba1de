/*
 * Fills where the user's side may not be there.
 *
 * In:  x0 to, w1 byte, x2 bytes, w3 flags.   Out: x0 done, x1 status.
 * Pieces are as in copy.S: x9 is the call's x0 and x10 its x2, and x4 holds the byte eight times.
 */
#include "arch.h"

	.text

#ifdef UM_FREESTANDING
#define STR sttr
#define STRH sttrh
#define STRB sttrb
#else
#define STR stur
#define STRH sturh
#define STRB sturb
#endif

#define STORE MAY_FAULT UMI_TO, .Lfault,

FUNCTION um_raw_fill
	OPEN UMI_TO, x0
	mov x9, x0
	mov x10, x2
	and w4, w1, #0xff
	mov x5, #0x0101010101010101
	mul x4, x4, x5
	b 2f
1:	STORE STR x4, [x0]
	STORE STR x4, [x0, #8]
	add x0, x0, #16
2:	subs x2, x2, #16
	b.hs 1b
	/* Bit by bit of what is left of the size. */
	tbz x2, #3, 3f
	STORE STR x4, [x0]
	add x0, x0, #8
3:	tbz x2, #2, 4f
	STORE STR w4, [x0]
	add x0, x0, #4
4:	tbz x2, #1, 5f
	STORE STRH w4, [x0]
	add x0, x0, #2
5:	tbz x2, #0, 6f
	STORE STRB w4, [x0]
6:	mov x0, x10
	mov x1, xzr
	ret

.Lfault:
	sub x2, x9, x0
	add x2, x2, x10
	UP_TO_FAULT x0
1:	cbz x2, .Lfilled
	sub x2, x2, #1
	MAY_FAULT UMI_TO, .Lfilled, STRB w4, [x0]
	add x0, x0, #1
	b 1b
.Lfilled:
	sub x0, x0, x9
	mov w1, w17
	ret
END um_raw_fill

NOTES
