/*
 * One access each, which may fault: umi_atomic_OP_SIZE.
 *
 * In:  x0 address, aligned; x1 operand; x2 expected; w3 flags.   Out: x0 old, zero-extended; x1 status.
 *
 * What stores is fully ordered: a release before it, and a barrier behind it that LSE's forms need no less (a later load
 * may pass their store).  In a kernel they see memory as the kernel does, since there is no unprivileged form: the limit
 * (window.S) is the only guard, and PAN is cleared for the access alone.
 */
#include "arch.h"

#define ATTEMPTS 128

	.text

.macro ATOMIC name
	INTERNAL umi_atomic_\name
#ifdef UM_FREESTANDING
	mov x9, x30
	bl umi_atomic_open
#else
	ubfiz x8, x3, #UMI_ACCESS_SHIFT, #32
	orr x8, x8, #UMI_FROM | UMI_TO
#endif
.endm

.macro RETURN
#ifdef UM_FREESTANDING
	b umi_atomic_close
#else
	ret
#endif
.endm

.macro DONE name
	mov x1, xzr
	RETURN
END umi_atomic_\name
.endm

.macro LOAD insn:vararg
	MAY_FAULT UMI_FROM, .Lfault, \insn
.endm

.macro STORE insn:vararg
	MAY_FAULT UMI_TO, .Lfault, \insn
.endm

ATOMIC load_1
	LOAD ldarb w0, [x0]
	DONE load_1
ATOMIC load_2
	LOAD ldarh w0, [x0]
	DONE load_2
ATOMIC load_4
	LOAD ldar w0, [x0]
	DONE load_4
ATOMIC load_8
	LOAD ldar x0, [x0]
	DONE load_8

/* Of these only a store is wanted. */
ATOMIC swap_1
	STORE stlrb w1, [x0]
	dmb ish
	DONE swap_1
ATOMIC swap_2
	STORE stlrh w1, [x0]
	dmb ish
	DONE swap_2

/*
 * Everything else, by LSE's instruction or by a loop.  LSE_op leaves the old value in register 5; NEW_op makes register 6,
 * what is stored, of the old value in 5, the operand in 1 and what was expected in 2.  A compare that fails stores what
 * it read, as LSE's form does: a page that must not be written says so.
 */
.macro LSE_swap r
	STORE swpal \r\()1, \r\()5, [x0]
.endm
.macro NEW_swap r
	mov \r\()6, \r\()1
.endm
.macro LSE_cas r
	mov \r\()5, \r\()2
	STORE casal \r\()5, \r\()1, [x0]
.endm
.macro NEW_cas r
	cmp \r\()5, \r\()2
	csel \r\()6, \r\()1, \r\()5, eq
.endm
.macro LSE_add r
	STORE ldaddal \r\()1, \r\()5, [x0]
.endm
.macro NEW_add r
	add \r\()6, \r\()5, \r\()1
.endm
.macro LSE_and r
	mvn \r\()6, \r\()1
	STORE ldclral \r\()6, \r\()5, [x0]
.endm
.macro NEW_and r
	and \r\()6, \r\()5, \r\()1
.endm
.macro LSE_or r
	STORE ldsetal \r\()1, \r\()5, [x0]
.endm
.macro NEW_or r
	orr \r\()6, \r\()5, \r\()1
.endm
.macro LSE_xor r
	STORE ldeoral \r\()1, \r\()5, [x0]
.endm
.macro NEW_xor r
	eor \r\()6, \r\()5, \r\()1
.endm

.macro MODIFY op, r, size
ATOMIC \op\()_\size
	LOAD_VARIABLE x4, umi_features
	tbz x4, #UMI_PORT_LSE_BIT, 1f
	LSE_\op \r
	b 3f
1:	mov w4, #ATTEMPTS
2:	LOAD ldaxr \r\()5, [x0]
	NEW_\op \r
	STORE stlxr w3, \r\()6, [x0]
	cbz w3, 3f
	sub w4, w4, #1
	cbnz w4, 2b
	mov x1, #UMI_STATUS_AGAIN
	RETURN
3:	mov \r\()0, \r\()5
	dmb ish
	DONE \op\()_\size
.endm

	.arch_extension lse
	.irp op, swap, cas, add, and, or, xor
	MODIFY \op, w, 4
	MODIFY \op, x, 8
	.endr

INTERNAL umi_atomic_fixup
.Lfault:
	mov w1, w17
	RETURN
END umi_atomic_fixup

NOTES
