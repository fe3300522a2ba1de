/*
 * A string from where it may not be.
 *
 * In:  a0 to, a1 from, a2 limit, a3 flags.   Out: a0 done, a1 status.
 *
 * Memory is loaded in aligned words, each once, and what decides about a word's NUL is what is delivered of it.  A word
 * lies within a page, so a fault is a fault of its first wanted byte and nothing of it was delivered.
 * a4 is the call's a0, a0 where the next byte goes, and a2 the room left there; the destination may be unaligned.
 */
#include "arch.h"

	.text

FUNCTION um_raw_copy_string_in
	beqz a2, .Linvalid
	OPEN UMI_FROM, a1
	mv a4, a0
	li a5, 8
	li t0, 0x0101010101010101
	slli t1, t0, 7
.Lnext:
	andi t2, a1, 7
	bnez t2, .Lbyte
	bltu a2, a5, .Lbyte
	MAY_FAULT UMI_FROM, .Lfault, ld t3, (a1)
	sub t4, t3, t0
	not t2, t3
	and t4, t4, t2
	and t4, t4, t1
	add t2, a0, a5
1:	andi a6, t3, 0xff
	sb a6, (a0)
	beqz t4, 2f
	beqz a6, .Lfound
2:	srli t3, t3, 8
	addi a0, a0, 1
	bne a0, t2, 1b
	addi a1, a1, 8
	addi a2, a2, -8
	bnez a2, .Lnext
	j .Ltoo_long
.Lbyte:
	MAY_FAULT UMI_FROM, .Lfault, lbu t3, (a1)
	beqz t3, .Lfound
	sb t3, (a0)
	addi a0, a0, 1
	addi a1, a1, 1
	addi a2, a2, -1
	bnez a2, .Lnext
.Ltoo_long:
	addi a0, a0, -1
	li t6, UMI_STATUS_TOO_LONG
	j .Lfault
.Lfound:
	li t6, 0
.Lfault:
	sb zero, (a0)
	slli a1, t6, 32
	srli a1, a1, 32
	CLOSE
	sub a0, a0, a4
	ret
.Linvalid:
	li a0, 0
	li a1, UMI_STATUS_INVALID
	ret
END um_raw_copy_string_in

NOTES
