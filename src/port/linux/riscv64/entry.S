/*
 * What the kernel calls: (signal a0, siginfo a1, context a2), the restorer in ra.
 *
 * A fault that is not ours is passed on by a jump: the earlier handler stands on the kernel's own frame, on the stack
 * and under the mask that it asked for, since ours was installed with its flags and its mask.
 */
#include "../../../arch/arch.h"

	.text
	.option norvc /* every entry has the same length */
	.macro entry index
	.balign 16
	li a3, \index
	j dispatch
	.endm

	.globl umi_port_entries
	.hidden umi_port_entries
	.type umi_port_entries, @function
	.balign 16
umi_port_entries:
	.irp index, 0, 1, 2, 3, 4, 5, 6, 7
	entry \index
	.endr
	.size umi_port_entries, . - umi_port_entries

	.balign 16
	.type dispatch, @function
	.hidden umi_port_handle
dispatch:
	.cfi_startproc
	addi sp, sp, -32
	.cfi_adjust_cfa_offset 32
	sd a0, (sp)
	sd a1, 8(sp)
	sd a2, 16(sp)
	sd ra, 24(sp)
	.cfi_rel_offset ra, 24
	call umi_port_handle
	mv t0, a0
	ld a0, (sp)
	ld a1, 8(sp)
	ld a2, 16(sp)
	ld ra, 24(sp)
	addi sp, sp, 32
	.cfi_adjust_cfa_offset -32
	.cfi_restore ra
	beqz t0, 1f
	jr t0
1:	ret
	.cfi_endproc
	.size dispatch, . - dispatch

NOTES
