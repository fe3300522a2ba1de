/*
 * um_guard(range.start a0, range.length a1, touch a2, context a3): done in a0, status and side in a1.
 *
 * One return: whether touch came back or the fault handler landed here, what is below the record on the stack is
 * taken off again.  The record is complete before it is in the chain, so that a signal may come anywhere.
 */
#include "arch.h"

#define RECORD 32
#define CONTROL 24
#define UNSUPPORTED 17
#define FRAME (RECORD + 208) /* the record, ra, s0 to s11, fs0 to fs11 */

	.text
	.hidden umi_port_users
	.hidden umi_guard_innermost

/* t0: the thread's innermost record. */
.macro INNERMOST
	la.tls.ie t0, umi_guard_innermost
	add t0, t0, tp
.endm

.macro SAVED how, fhow
	\how ra, RECORD(sp)
	\how s0, RECORD + 8(sp)
	\how s1, RECORD + 16(sp)
	\how s2, RECORD + 24(sp)
	\how s3, RECORD + 32(sp)
	\how s4, RECORD + 40(sp)
	\how s5, RECORD + 48(sp)
	\how s6, RECORD + 56(sp)
	\how s7, RECORD + 64(sp)
	\how s8, RECORD + 72(sp)
	\how s9, RECORD + 80(sp)
	\how s10, RECORD + 88(sp)
	\how s11, RECORD + 96(sp)
	\fhow fs0, RECORD + 104(sp)
	\fhow fs1, RECORD + 112(sp)
	\fhow fs2, RECORD + 120(sp)
	\fhow fs3, RECORD + 128(sp)
	\fhow fs4, RECORD + 136(sp)
	\fhow fs5, RECORD + 144(sp)
	\fhow fs6, RECORD + 152(sp)
	\fhow fs7, RECORD + 160(sp)
	\fhow fs8, RECORD + 168(sp)
	\fhow fs9, RECORD + 176(sp)
	\fhow fs10, RECORD + 184(sp)
	\fhow fs11, RECORD + 192(sp)
.endm

FUNCTION um_guard
	lla t0, umi_port_users
	ld t0, (t0)
	beqz t0, .Lclosed
	addi sp, sp, -FRAME
	.cfi_adjust_cfa_offset FRAME
	SAVED sd, fsd
	.cfi_rel_offset ra, RECORD
	INNERMOST
	ld t1, (t0)
	frcsr t2
	sd t1, (sp)
	sd a0, 8(sp)
	sd a1, 16(sp)
	sd t2, CONTROL(sp)
	sd sp, (t0)
	mv a0, a3
	jalr a2
	ld a0, 16(sp)
	li a1, 0
.Lleave:
	INNERMOST
	ld t1, (sp)
	sd t1, (t0)
	SAVED ld, fld
	addi sp, sp, FRAME
	.cfi_adjust_cfa_offset -FRAME
	.cfi_restore ra
	ret
.Lclosed:
	li a0, 0
	li a1, UNSUPPORTED
	ret
END um_guard

/* Whatever touch was in the middle of: rounding and flags go back to what a caller may rely on. */
INTERNAL umi_guard_land
	ld t2, CONTROL(sp)
	fscsr t2
	j .Lleave
END umi_guard_land

NOTES
