/*
 * Copies where the user's side may not be there.
 *
 * In:  x0 to, x1 from, x2 bytes, w3 flags.   Out: x0 done, x1 status and side.
 *
 * A piece is what the fix-up redoes.  Its registers stay intact while it is copied, and it is copied upwards: all
 * its loads, each starting no higher than the one before ended, then its stores alike.  So what is before the page of the
 * fault can be copied again byte by byte.
 *   start: x0, x1, x2 are those of the call
 *   going: x9 is the call's x0 and x10 its x2; x0 and x1 have moved, and an overlapping tail may begin below them
 */
#include "arch.h"

	.text

/* The forms of each side: in a kernel, unprivileged where it is the user's. */
#ifdef UM_FREESTANDING
#define USER_LOAD ldt
#define USER_STORE stt
#define USER_LDRB ldtrb
#define USER_STRB sttrb
#else
#define USER_LOAD ldu
#define USER_STORE stu
#define USER_LDRB ldurb
#define USER_STRB sturb
#endif

.macro DONE
	mov x0, x2
	mov x1, xzr
	ret
.endm

#ifdef UM_FREESTANDING

/* As little code as will do: bit by bit of what is left of the size, always going. */
.macro MOVE bit, load, store, register
	tbz x2, #\bit, 3f
	MAY_FAULT UMI_FROM, .Lredo, \load \register, [x1]
	MAY_FAULT UMI_TO, .Lredo, \store \register, [x0]
	.if \bit
	add x1, x1, #1 << \bit
	add x0, x0, #1 << \bit
	.endif
3:
.endm

/* ld, st: what the mnemonics begin with ("ldu" of ldur, ldurh, ldurb). */
.macro COPY ld, st, sides, users:vararg
	OPEN \sides, \users
	mov x9, x0
	mov x10, x2
	b 2f
1:	MAY_FAULT UMI_FROM, .Lredo, \ld\()r x4, [x1]
	MAY_FAULT UMI_FROM, .Lredo, \ld\()r x5, [x1, #8]
	MAY_FAULT UMI_TO, .Lredo, \st\()r x4, [x0]
	MAY_FAULT UMI_TO, .Lredo, \st\()r x5, [x0, #8]
	add x1, x1, #16
	add x0, x0, #16
2:	subs x2, x2, #16
	b.hs 1b
	MOVE 3, \ld\()r, \st\()r, x4
	MOVE 2, \ld\()r, \st\()r, w4
	MOVE 1, \ld\()rh, \st\()rh, w4
	MOVE 0, \ld\()rb, \st\()rb, w4
	mov x0, x10
	mov x1, xzr
	ret
.endm

#else

/* ld, st: as above. */
.macro COPY ld, st, sides, users:vararg
	OPEN \sides, \users
	cmp x2, #16
	b.hi .Lmore\@
	cmp x2, #8
	b.hs .L8\@
	cmp x2, #4
	b.hs .L4\@
	cmp x2, #2
	b.hs .L2\@
	cbz x2, .Lnothing\@
	MAY_FAULT UMI_FROM, .Lstart, \ld\()rb w4, [x1]
	MAY_FAULT UMI_TO, .Lstart, \st\()rb w4, [x0]
.Lnothing\@:
	DONE
.L2\@:
	MAY_FAULT UMI_FROM, .Lstart, \ld\()rh w4, [x1]
	b.ne .L3\@
	MAY_FAULT UMI_TO, .Lstart, \st\()rh w4, [x0]
	DONE
.L3\@:
	MAY_FAULT UMI_FROM, .Lstart, \ld\()rb w5, [x1, #2]
	MAY_FAULT UMI_TO, .Lstart, \st\()rh w4, [x0]
	MAY_FAULT UMI_TO, .Lstart, \st\()rb w5, [x0, #2]
	DONE
.L4\@:
	MAY_FAULT UMI_FROM, .Lstart, \ld\()r w4, [x1]
	b.ne .L5\@
	MAY_FAULT UMI_TO, .Lstart, \st\()r w4, [x0]
	DONE
.L5\@:
	add x6, x1, x2
	add x7, x0, x2
	MAY_FAULT UMI_FROM, .Lstart, \ld\()r w5, [x6, #-4]
	MAY_FAULT UMI_TO, .Lstart, \st\()r w4, [x0]
	MAY_FAULT UMI_TO, .Lstart, \st\()r w5, [x7, #-4]
	DONE
.L8\@:
	MAY_FAULT UMI_FROM, .Lstart, \ld\()r x4, [x1]
	b.ne .L9\@
	MAY_FAULT UMI_TO, .Lstart, \st\()r x4, [x0]
	DONE
.L9\@:
	add x6, x1, x2
	add x7, x0, x2
	MAY_FAULT UMI_FROM, .Lstart, \ld\()r x5, [x6, #-8]
	MAY_FAULT UMI_TO, .Lstart, \st\()r x4, [x0]
	MAY_FAULT UMI_TO, .Lstart, \st\()r x5, [x7, #-8]
	DONE
.Lmore\@:
	mov x9, x0
	mov x10, x2
	cmp x2, #64
	b.hi .Lvector
	cmp x2, #32
	b.ls .Ltail\@
	MAY_FAULT UMI_FROM, .Lredo, \ld\()r x4, [x1]
	MAY_FAULT UMI_FROM, .Lredo, \ld\()r x5, [x1, #8]
	MAY_FAULT UMI_FROM, .Lredo, \ld\()r x6, [x1, #16]
	MAY_FAULT UMI_FROM, .Lredo, \ld\()r x7, [x1, #24]
	MAY_FAULT UMI_TO, .Lredo, \st\()r x4, [x0]
	MAY_FAULT UMI_TO, .Lredo, \st\()r x5, [x0, #8]
	MAY_FAULT UMI_TO, .Lredo, \st\()r x6, [x0, #16]
	MAY_FAULT UMI_TO, .Lredo, \st\()r x7, [x0, #24]
	add x1, x1, #32
	add x0, x0, #32
	sub x2, x2, #32
	/* The last 16 bytes of what is left overlap the first 16, or what is done. */
.Ltail\@:
	add x11, x1, x2
	add x12, x0, x2
	cmp x2, #16
	b.ls .Llast\@
	MAY_FAULT UMI_FROM, .Lredo, \ld\()r x4, [x1]
	MAY_FAULT UMI_FROM, .Lredo, \ld\()r x5, [x1, #8]
	MAY_FAULT UMI_FROM, .Lredo, \ld\()r x6, [x11, #-16]
	MAY_FAULT UMI_FROM, .Lredo, \ld\()r x7, [x11, #-8]
	MAY_FAULT UMI_TO, .Lredo, \st\()r x4, [x0]
	MAY_FAULT UMI_TO, .Lredo, \st\()r x5, [x0, #8]
	b .Lend\@
.Llast\@:
	MAY_FAULT UMI_FROM, .Lredo, \ld\()r x6, [x11, #-16]
	MAY_FAULT UMI_FROM, .Lredo, \ld\()r x7, [x11, #-8]
.Lend\@:
	MAY_FAULT UMI_TO, .Lredo, \st\()r x6, [x12, #-16]
	MAY_FAULT UMI_TO, .Lredo, \st\()r x7, [x12, #-8]
	mov x0, x10
	mov x1, xzr
	ret
.endm

/* um_raw_copy_in with a space before its arguments: self's op. */
INTERNAL umi_self_copy_in
	mov x0, x1
	mov x1, x2
	mov x2, x3
	mov w3, w4
	b um_raw_copy_in
END umi_self_copy_in
#endif

FUNCTION um_raw_copy_in
	COPY USER_LOAD, stu, UMI_FROM, x1
END um_raw_copy_in

FUNCTION um_raw_copy_out
	COPY ldu, USER_STORE, UMI_TO, x0
END um_raw_copy_out

FUNCTION um_raw_copy
	COPY USER_LOAD, USER_STORE, UMI_FROM | UMI_TO, x0, x1
END um_raw_copy

#ifndef UM_FREESTANDING
/* From 64 bytes on; going. */
PART umi_copy_vector
.Lvector:
	MAY_FAULT UMI_FROM, .Lredo, ldp q0, q1, [x1]
	MAY_FAULT UMI_FROM, .Lredo, ldp q2, q3, [x1, #32]
	MAY_FAULT UMI_TO, .Lredo, stp q0, q1, [x0]
	MAY_FAULT UMI_TO, .Lredo, stp q2, q3, [x0, #32]
	add x1, x1, #64
	add x0, x0, #64
	sub x2, x2, #64
	cmp x2, #64
	b.hi .Lvector
	/* 64 that end where the copy ends. */
	add x11, x1, x2
	add x12, x0, x2
	MAY_FAULT UMI_FROM, .Lredo, ldp q0, q1, [x11, #-64]
	MAY_FAULT UMI_FROM, .Lredo, ldp q2, q3, [x11, #-32]
	MAY_FAULT UMI_TO, .Lredo, stp q0, q1, [x12, #-64]
	MAY_FAULT UMI_TO, .Lredo, stp q2, q3, [x12, #-32]
	mov x0, x10
	mov x1, xzr
	ret
END umi_copy_vector
#endif

/* A fault in a piece: what is before its page is copied, if that is in what is left of the call; else byte by byte until
 * it faults again. */
PART umi_copy_fixup
.Lstart:
	mov x9, x0
	mov x10, x2
.Lredo:
	sub x2, x9, x0
	add x2, x2, x10
	tst x17, #UMI_FROM << UMI_GIVE_SIDE_SHIFT
	csel x4, x0, x1, eq
	UP_TO_FAULT x4
1:	cbz x2, .Lcopied
	sub x2, x2, #1
#ifdef UM_FREESTANDING
	tbnz x8, #UMI_FROM_BIT, 2f
	ldrb w4, [x1]
	b 3f
#endif
2:	MAY_FAULT UMI_FROM, .Lcopied, USER_LDRB w4, [x1]
#ifdef UM_FREESTANDING
3:	tbnz x8, #UMI_TO_BIT, 4f
	strb w4, [x0]
	b 5f
#endif
4:	MAY_FAULT UMI_TO, .Lcopied, USER_STRB w4, [x0]
5:	add x1, x1, #1
	add x0, x0, #1
	b 1b
	/* Side is told only where both are the user's. */
.Lcopied:
	sub x0, x0, x9
	and x1, x17, #0x7fffffffffffffff
	and w4, w8, #UMI_FROM | UMI_TO
	cmp w4, #UMI_FROM | UMI_TO
	b.eq 6f
	mov w1, w1
6:	ret
END umi_copy_fixup

NOTES
