/*
 * Fills where the user's side may not be there.
 *
 * In:  a0 to, a1 byte, a2 bytes, a3 flags.   Out: a0 done, a1 status.
 * a4 is the call's a0 and a5 its a2; a0 is where the next byte goes, and a2 what is left.  Words are aligned, so a fault
 * is a fault of the word's first byte.
 */
#include "arch.h"

	.text

#define STORE MAY_FAULT UMI_TO, .Lfault,

FUNCTION um_raw_fill
	OPEN UMI_TO, a0
	mv a4, a0
	mv a5, a2
	slli t0, a1, 8
	or a1, a1, t0
	slli t0, a1, 16
	or a1, a1, t0
	slli t0, a1, 32
	or a1, a1, t0
1:	andi t0, a0, 7
	beqz t0, 2f
	beqz a2, .Ldone
	STORE sb a1, (a0)
	addi a0, a0, 1
	addi a2, a2, -1
	j 1b
2:	li t0, 32
	bltu a2, t0, 4f
3:	STORE sd a1, (a0)
	MAY_FAULT UMI_TO, .Lfault8, sd a1, 8(a0)
	MAY_FAULT UMI_TO, .Lfault16, sd a1, 16(a0)
	MAY_FAULT UMI_TO, .Lfault24, sd a1, 24(a0)
	addi a0, a0, 32
	addi a2, a2, -32
	bgeu a2, t0, 3b
4:	li t0, 8
	bltu a2, t0, 6f
5:	STORE sd a1, (a0)
	addi a0, a0, 8
	addi a2, a2, -8
	bgeu a2, t0, 5b
6:	beqz a2, .Ldone
	STORE sb a1, (a0)
	addi a0, a0, 1
	addi a2, a2, -1
	j 6b
.Ldone:
	CLOSE
	mv a0, a5
	li a1, 0
	ret
.Lfault24:
	addi a0, a0, 8
.Lfault16:
	addi a0, a0, 8
.Lfault8:
	addi a0, a0, 8
.Lfault:
	slli a1, t6, 32
	srli a1, a1, 32
	CLOSE
	sub a0, a0, a4
	ret
END um_raw_fill

NOTES
