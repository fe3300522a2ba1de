/*
 * A string from where it may not be.
 *
 * In:  x0 to, x1 from, x2 limit, w3 flags.   Out: x0 done, x1 status.
 *
 * Memory is loaded in aligned words, each once, and what decides about a word's NUL is what is delivered of it.  A word
 * lies within a page, so a fault is a fault of its first wanted byte and nothing of it was delivered.
 * x9 is the call's x0, x0 where the next byte goes, and x2 the room left there.
 */
#include "arch.h"

	.text

#ifdef UM_FREESTANDING
#define LOAD_WORD ldtr
#define LOAD_BYTE ldtrb
#else
#define LOAD_WORD ldur
#define LOAD_BYTE ldurb
#endif

FUNCTION um_raw_copy_string_in
	OPEN UMI_FROM, x1
	mov x9, x0
	mov x10, #0x0101010101010101
	cbz x2, .Linvalid
.Lnext:
	tst x1, #7
	b.ne .Lbyte
	cmp x2, #8
	b.lo .Lbyte
	MAY_FAULT UMI_FROM, .Lfault, LOAD_WORD x4, [x1]
	sub x5, x4, x10
	bic x5, x5, x4
	ands x5, x5, x10, lsl #7
	b.ne .Lend
	str x4, [x0], #8
	add x1, x1, #8
	subs x2, x2, #8
	b.ne .Lnext
	b .Ltoo_long
.Lbyte:
	MAY_FAULT UMI_FROM, .Lfault, LOAD_BYTE w4, [x1]
	cbz w4, .Lfound
	strb w4, [x0], #1
	add x1, x1, #1
	subs x2, x2, #1
	b.ne .Lnext
.Ltoo_long:
	strb wzr, [x0, #-1]!
	sub x0, x0, x9
	mov x1, #UMI_STATUS_TOO_LONG
	ret
	/* The word x4 holds the NUL. */
.Lend:
	and w5, w4, #0xff
	cbz w5, .Lfound
	strb w5, [x0], #1
	lsr x4, x4, #8
	b .Lend
.Lfound:
	mov w17, wzr
.Lfault:
	strb wzr, [x0]
	sub x0, x0, x9
	mov w1, w17
	ret
.Linvalid:
	mov x0, xzr
	mov x1, #UMI_STATUS_INVALID
	ret
END um_raw_copy_string_in

NOTES
