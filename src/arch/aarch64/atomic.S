/*
 * One access each, which may fault: umi_atomic_OP_SIZE.
 *
 * In:  x0 address, aligned; x1 operand; x2 expected; w3 flags.   Out: x0 old, zero-extended; x1 status.
 *
 * What stores is fully ordered: a release before it, and a barrier behind it that LSE's forms need no less (a later load
 * may pass their store).  In a kernel they see memory as the kernel does, since there is no unprivileged form: the limit
 * is the only guard, and PAN is cleared for the access alone and put back to what it was (laws 21, 22).
 */
#include "arch.h"

#define ATTEMPTS 128

#define PAN s3_0_c4_c2_3 /* as assemblers call it that do not know it */

	.text

.macro ATOMIC name
	INTERNAL umi_atomic_\name
#ifdef UM_FREESTANDING
	mov x9, x30
	.cfi_register x30, x9
	bl umi_atomic_open
#else
	OPEN UMI_FROM | UMI_TO
#endif
.endm

/* In a kernel there is one way out. */
.macro RETURN_OK
#ifdef UM_FREESTANDING
	b .Ldone
#else
	mov x1, xzr
	ret
#endif
.endm

.macro DONE name
	RETURN_OK
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
 * Everything else, by LSE's instruction or by a loop.  LSE_op leaves the old value in register 5.  BITS_op says what the one
 * loop makes of it: ((old & register 10) ^ register 11) + register 12.  A compare that fails stores what it read, as
 * LSE's form does: a page that must not be written says so.
 */
.macro LSE_swap r
	STORE swpal \r\()1, \r\()5, [x0]
.endm
.macro BITS_swap r
	mov \r\()10, \r\()zr
	mov \r\()11, \r\()1
.endm
.macro LSE_add r
	STORE ldaddal \r\()1, \r\()5, [x0]
.endm
.macro BITS_add r
	mov \r\()10, #-1
	mov \r\()11, \r\()zr
	mov \r\()12, \r\()1
.endm
.macro LSE_and r
	mvn \r\()6, \r\()1
	STORE ldclral \r\()6, \r\()5, [x0]
.endm
.macro BITS_and r
	mov \r\()10, \r\()1
	mov \r\()11, \r\()zr
.endm
.macro LSE_or r
	STORE ldsetal \r\()1, \r\()5, [x0]
.endm
.macro BITS_or r
	mvn \r\()10, \r\()1
	mov \r\()11, \r\()1
.endm
.macro LSE_xor r
	STORE ldeoral \r\()1, \r\()5, [x0]
.endm
.macro BITS_xor r
	mov \r\()10, #-1
	mov \r\()11, \r\()1
.endm

/* To `where` on a processor that has no LSE. */
.macro WITHOUT_LSE where
#ifndef UM_FREESTANDING /* where umi_atomic_open has asked */
	LOAD_VARIABLE x4, umi_features
#endif
	tbz x4, #UMI_PORT_LSE_BIT, \where
.endm

.macro MODIFY op, loop, r, size
ATOMIC \op\()_\size
	WITHOUT_LSE 1f
	LSE_\op \r
	b .Lmodified_\size
1:	BITS_\op \r
	b .L\loop\()_\size
END umi_atomic_\op\()_\size
.endm

/* One attempt's end, of a loop that begins at the label 1. */
.macro STORE_OR_AGAIN r, size
	STORE stlxr w3, \r\()6, [x0]
	cbz w3, .Lmodified_\size
	sub w4, w4, #1
	cbnz w4, 1b
	mov w17, #UMI_STATUS_AGAIN
	b .Lfault
.endm

.macro SIZE r, size
	.irp op, swap, and, or, xor
	MODIFY \op, bits, \r, \size
	.endr
	MODIFY add, sum, \r, \size

ATOMIC cas_\size
	WITHOUT_LSE .Lcompare_\size
	mov \r\()5, \r\()2
	STORE casal \r\()5, \r\()1, [x0]
.Lmodified_\size:
	mov \r\()0, \r\()5
	dmb ish
	RETURN_OK
.Lcompare_\size:
	mov w4, #ATTEMPTS
1:	LOAD ldaxr \r\()5, [x0]
	cmp \r\()5, \r\()2
	csel \r\()6, \r\()1, \r\()5, eq
	STORE_OR_AGAIN \r, \size
.Lbits_\size:
	mov x12, xzr
.Lsum_\size:
	mov w4, #ATTEMPTS
1:	LOAD ldaxr \r\()5, [x0]
	and \r\()6, \r\()5, \r\()10
	eor \r\()6, \r\()6, \r\()11
	add \r\()6, \r\()6, \r\()12
	STORE_OR_AGAIN \r, \size
END umi_atomic_cas_\size
.endm

	.arch_extension lse
	SIZE w, 4
	SIZE x, 8

PART umi_atomic_end
#ifdef UM_FREESTANDING
	.cfi_register x30, x9
.Ldone:
	mov w17, wzr
.Lfault:
	mov w1, w17
	tbnz x8, #UMI_WINDOW_BIT, 1f
	msr PAN, x7
1:	ret x9
#else
.Lfault:
	mov w1, w17
	ret
#endif
END umi_atomic_end

#ifdef UM_FREESTANDING
/* In: x0 address, w3 flags.   Out: x0 within the limit; x8; x7 PAN as it was; x4 umi_features. */
PART umi_atomic_open
	OPEN UMI_FROM | UMI_TO, x0
	LOAD_VARIABLE x4, umi_features
	tbz x4, #UMI_PORT_PAN_BIT, 1f
	mrs x7, PAN
	msr PAN, xzr
	ret
1:	orr x8, x8, #1 << UMI_WINDOW_BIT
	ret
END umi_atomic_open
#endif

NOTES
