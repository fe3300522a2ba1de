/*
 * One access each, which may fault: umi_atomic_OP_SIZE.
 *
 * In:  a0 address, aligned; a1 operand; a2 expected; a3 flags.   Out: a0 old, zero-extended; a1 status.
 *
 * Ordering as the memory model's table for C11 has it, and a full fence where there was a store.
 */
#include "arch.h"

#define ATTEMPTS 128

	.text

.macro ATOMIC name
	INTERNAL umi_atomic_\name
#ifdef UM_FREESTANDING
	call t0, umi_atomic_open
#else
	OPEN UMI_FROM | UMI_TO
#endif
.endm

.macro RETURN
#ifdef UM_FREESTANDING
	j .Lclose
#else
	ret
#endif
.endm

.macro DONE name
	li a1, 0
	RETURN
END umi_atomic_\name
.endm

.macro LOAD name, insn
ATOMIC \name
	fence rw, rw
	MAY_FAULT UMI_FROM, .Lfault, \insn a0, (a0)
	fence r, rw
	DONE \name
.endm

LOAD load_1, lbu
LOAD load_2, lhu
LOAD load_4, lwu
LOAD load_8, ld

/* Of these only a store is wanted. */
.macro STORE name, insn
ATOMIC \name
	fence rw, w
	MAY_FAULT UMI_TO, .Lfault, \insn a1, (a0)
	fence rw, rw
	DONE \name
.endm

STORE swap_1, sb
STORE swap_2, sh

.macro ZERO_EXTEND_4 register
	slli \register, \register, 32
	srli \register, \register, 32
.endm
.macro ZERO_EXTEND_8 register
.endm

.macro MODIFY op, insn, size, width
ATOMIC \op\()_\size
	MAY_FAULT UMI_TO, .Lfault, \insn\().\width\().aqrl a0, a1, (a0)
	ZERO_EXTEND_\size a0
	DONE \op\()_\size
.endm

/* A compare that fails stores what it read: a page that must not be written says so. */
.macro CAS size, width
ATOMIC cas_\size
	li t1, ATTEMPTS
.if \size == 4
	sext.w a2, a2
.endif
1:	MAY_FAULT UMI_FROM, .Lfault, lr.\width\().aqrl t0, (a0)
	mv t2, t0
	bne t0, a2, 2f
	mv t2, a1
2:	MAY_FAULT UMI_TO, .Lfault, sc.\width\().rl t3, t2, (a0)
	beqz t3, 3f
	addi t1, t1, -1
	bnez t1, 1b
	li a1, UMI_STATUS_AGAIN
	RETURN
3:	fence rw, rw
	mv a0, t0
	ZERO_EXTEND_\size a0
	DONE cas_\size
.endm

.macro SIZES size, width
	MODIFY swap, amoswap, \size, \width
	MODIFY add, amoadd, \size, \width
	MODIFY and, amoand, \size, \width
	MODIFY or, amoor, \size, \width
	MODIFY xor, amoxor, \size, \width
	CAS \size, \width
.endm

SIZES 4, w
SIZES 8, d

INTERNAL umi_atomic_fixup
.Lfault:
	slli a1, t6, 32
	srli a1, a1, 32
.Lclose:
	CLOSE
	ret
END umi_atomic_fixup

NOTES
