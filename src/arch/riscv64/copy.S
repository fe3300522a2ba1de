/*
 * Copies where the user's side may not be there.
 *
 * In:  a0 to, a1 from, a2 bytes, a3 flags.   Out: a0 done, a1 status and side.
 *
 * A piece is what the fix-up redoes.  Its registers stay intact while it is copied, and it is copied upwards: all
 * its loads, then its stores.  So what is before the page of the fault can be copied again byte by byte.
 * All along: a4 is the call's a0 and a5 its a2; a0 and a1 are where the next byte goes and comes from, a2 what is left.
 */
#include "arch.h"

	.text

#define LOAD MAY_FAULT UMI_FROM, .Lredo,
#define STORE MAY_FAULT UMI_TO, .Lredo,

#ifndef UM_FREESTANDING
/* um_raw_copy_in with a space before its arguments: self's op. */
INTERNAL umi_self_copy_in
	mv a0, a1
	mv a1, a2
	mv a2, a3
	mv a3, a4
	tail um_raw_copy_in
END umi_self_copy_in
#endif

FUNCTION um_raw_copy
	OPEN UMI_FROM | UMI_TO, a0, a1
	j .Lcopy
END um_raw_copy

FUNCTION um_raw_copy_out
	OPEN UMI_TO, a0
	j .Lcopy
END um_raw_copy_out

FUNCTION um_raw_copy_in
	OPEN UMI_FROM, a1
.Lcopy:
	mv a4, a0
	mv a5, a2
	li t0, 8
	bgtu a2, t0, .Lmany
	/* A word: one access on each side that is aligned to it (UM_CAN_SINGLE). */
	addi t0, a2, -1
	and t0, t0, a2
	bnez t0, .Lbytes
	beqz a2, .Ldone
	addi t0, a2, -1
	and t1, a1, t0
	bnez t1, .Lgather
	li t2, 4
	beq a2, t2, .Lload4
	bgtu a2, t2, .Lload8
	li t2, 2
	beq a2, t2, .Lload2
	LOAD lbu t3, (a1)
	j .Lloaded
.Lload2:
	LOAD lhu t3, (a1)
	j .Lloaded
.Lload4:
	LOAD lwu t3, (a1)
	j .Lloaded
.Lload8:
	LOAD ld t3, (a1)
.Lloaded:
	and t1, a0, t0
	bnez t1, .Lscatter
	li t2, 4
	beq a2, t2, .Lstore4
	bgtu a2, t2, .Lstore8
	li t2, 2
	beq a2, t2, .Lstore2
	STORE sb t3, (a0)
	j .Ldone
.Lstore2:
	STORE sh t3, (a0)
	j .Ldone
.Lstore4:
	STORE sw t3, (a0)
	j .Ldone
.Lstore8:
	STORE sd t3, (a0)
.Ldone:
	CLOSE
	mv a0, a5
	li a1, 0
	ret

	/* t3 of a2 bytes, lowest first. */
.Lgather:
	li t3, 0
	li t1, 0
	mv t2, a1
1:	LOAD lbu t4, (t2)
	sll t4, t4, t1
	or t3, t3, t4
	addi t1, t1, 8
	addi t2, t2, 1
	srli t4, t1, 3
	bltu t4, a2, 1b
	j .Lloaded
.Lscatter:
	mv t2, a0
	add t1, a0, a2
2:	STORE sb t3, (t2)
	srli t3, t3, 8
	addi t2, t2, 1
	bne t2, t1, 2b
	j .Ldone

	/* More than a word: bytes up to an aligned destination, words, bytes. */
.Lmany:
	li t0, 16
	bltu a2, t0, .Lbytes
3:	andi t0, a0, 7
	beqz t0, .Laligned
	MAY_FAULT UMI_FROM, .Lcopied, lbu t0, (a1)
	MAY_FAULT UMI_TO, .Lcopied, sb t0, (a0)
	addi a0, a0, 1
	addi a1, a1, 1
	addi a2, a2, -1
	j 3b
.Laligned:
	andi t0, a1, 7
	bnez t0, .Lshifted
	li t0, 32
	bltu a2, t0, .Lwords
4:	LOAD ld t1, (a1)
	LOAD ld t2, 8(a1)
	LOAD ld t3, 16(a1)
	LOAD ld t4, 24(a1)
	STORE sd t1, (a0)
	STORE sd t2, 8(a0)
	STORE sd t3, 16(a0)
	STORE sd t4, 24(a0)
	addi a0, a0, 32
	addi a1, a1, 32
	addi a2, a2, -32
	bgeu a2, t0, 4b
.Lwords:
	li t0, 8
	bltu a2, t0, .Lbytes
5:	LOAD ld t1, (a1)
	STORE sd t1, (a0)
	addi a0, a0, 8
	addi a1, a1, 8
	addi a2, a2, -8
	bgeu a2, t0, 5b

.Lbytes:
	beqz a2, .Ldone
6:	MAY_FAULT UMI_FROM, .Lcopied, lbu t0, (a1)
	MAY_FAULT UMI_TO, .Lcopied, sb t0, (a0)
	addi a0, a0, 1
	addi a1, a1, 1
	addi a2, a2, -1
	bnez a2, 6b
	j .Ldone

	/* The source is t0 bytes past an aligned word: t3 holds the rest of that word, by bytes, since what is in front of
	 * them was not asked for.  As long as the next aligned word lies in what is left, two make one. */
.Lshifted:
	li t1, 8
	sub t2, t1, t0
	li t3, 0
	slli t0, t0, 3
	slli t4, t2, 3
	add t2, a1, t2
	mv a6, t2
7:	addi a6, a6, -1
	LOAD lbu t1, (a6)
	slli t3, t3, 8
	or t3, t3, t1
	bne a6, a1, 7b
	li a6, 16
8:	bltu a2, a6, .Lbytes
	LOAD ld t1, (t2)
	sll a3, t1, t4
	or t3, t3, a3
	STORE sd t3, (a0)
	srl t3, t1, t0
	addi t2, t2, 8
	addi a0, a0, 8
	addi a1, a1, 8
	addi a2, a2, -8
	j 8b

	/* A fault in a piece: what is before its page is copied, if that is in what is left of the call; else byte
	 * by byte until it faults again. */
.Lredo:
	sub a2, a4, a0
	add a2, a2, a5
	srli t0, t6, UMI_GIVE_SIDE_SHIFT
	andi t0, t0, UMI_FROM
	mv t1, a0
	beqz t0, 9f
	mv t1, a1
9:	UP_TO_FAULT t1
10:	beqz a2, .Lcopied
	MAY_FAULT UMI_FROM, .Lcopied, lbu t0, (a1)
	MAY_FAULT UMI_TO, .Lcopied, sb t0, (a0)
	addi a0, a0, 1
	addi a1, a1, 1
	addi a2, a2, -1
	j 10b
	/* Which side is told only where both are the user's. */
.Lcopied:
	slli t6, t6, 1
	srli a1, t6, 1
	andi t0, a7, UMI_FROM | UMI_TO
	li t1, UMI_FROM | UMI_TO
	beq t0, t1, 11f
	slli a1, a1, 32
	srli a1, a1, 32
11:	CLOSE
	sub a0, a0, a4
	ret
END um_raw_copy_in

NOTES
