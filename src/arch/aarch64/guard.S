/*
 * um_guard(range.start x0, range.length x1, touch x2, context x3): done in x0, status and side in x1.
 *
 * One return: whether touch came back or the fault handler landed here, what is below the record on the stack is
 * taken off again.  The record is complete before it is in the chain, so that a signal may come anywhere.
 */
#include "arch.h"

#define RECORD 32
#define CONTROL 24
#define UNSUPPORTED 17
#define FRAME (RECORD + 160) /* the record, x19 to x30, d8 to d15 */

	.text
	.hidden umi_port_users
	.hidden umi_guard_innermost

/* x9: the thread's innermost record. */
.macro INNERMOST
	mrs x9, tpidr_el0
	adrp x10, :gottprel:umi_guard_innermost
	ldr x10, [x10, #:gottprel_lo12:umi_guard_innermost]
	add x9, x9, x10
.endm

FUNCTION um_guard
	adrp x9, umi_port_users
	ldr x9, [x9, #:lo12:umi_port_users]
	cbz x9, .Lclosed
	sub sp, sp, #FRAME
	.cfi_adjust_cfa_offset FRAME
	stp x29, x30, [sp, #RECORD]
	.cfi_rel_offset x29, RECORD
	.cfi_rel_offset x30, RECORD + 8
	stp x19, x20, [sp, #RECORD + 16]
	stp x21, x22, [sp, #RECORD + 32]
	stp x23, x24, [sp, #RECORD + 48]
	stp x25, x26, [sp, #RECORD + 64]
	stp x27, x28, [sp, #RECORD + 80]
	stp d8, d9, [sp, #RECORD + 96]
	stp d10, d11, [sp, #RECORD + 112]
	stp d12, d13, [sp, #RECORD + 128]
	stp d14, d15, [sp, #RECORD + 144]
	INNERMOST
	ldr x10, [x9]
	mrs x11, fpcr
	stp x10, x0, [sp]
	stp x1, x11, [sp, #16]
	mov x10, sp
	str x10, [x9]
	mov x0, x3
	blr x2
	ldr x0, [sp, #16]
	mov x1, xzr
.Lleave:
	INNERMOST
	ldr x10, [sp]
	str x10, [x9]
	ldp x19, x20, [sp, #RECORD + 16]
	ldp x21, x22, [sp, #RECORD + 32]
	ldp x23, x24, [sp, #RECORD + 48]
	ldp x25, x26, [sp, #RECORD + 64]
	ldp x27, x28, [sp, #RECORD + 80]
	ldp d8, d9, [sp, #RECORD + 96]
	ldp d10, d11, [sp, #RECORD + 112]
	ldp d12, d13, [sp, #RECORD + 128]
	ldp d14, d15, [sp, #RECORD + 144]
	ldp x29, x30, [sp, #RECORD]
	add sp, sp, #FRAME
	.cfi_adjust_cfa_offset -FRAME
	.cfi_restore x29
	.cfi_restore x30
	ret
.Lclosed:
	mov x0, xzr
	mov x1, #UNSUPPORTED
	ret
END um_guard

/* Whatever touch was in the middle of: rounding and masks go back to what a caller may rely on. */
INTERNAL umi_guard_land
	ldr x11, [sp, #CONTROL]
	msr fpcr, x11
	b .Lleave
END umi_guard_land

NOTES
