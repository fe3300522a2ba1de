/*
 * What the kernel calls: (signal x0, siginfo x1, context x2), the restorer in x30.
 *
 * A fault that is not ours is passed on by a jump: the earlier handler stands on the kernel's own frame, on the stack
 * and under the mask that it asked for, since ours was installed with its flags and its mask.
 */
#include "../../../arch/arch.h"

	.text
	.macro entry index
	.balign 16
	hint #34 /* bti c */
	mov w3, #\index
	b dispatch
	.endm

	.globl umi_port_entries
	.hidden umi_port_entries
	.type umi_port_entries, %function
	.balign 16
umi_port_entries:
	.irp index, 0, 1, 2, 3, 4, 5, 6, 7
	entry \index
	.endr
	.size umi_port_entries, . - umi_port_entries

	.balign 16
	.type dispatch, %function
dispatch:
	.cfi_startproc
	stp x0, x1, [sp, #-32]!
	.cfi_adjust_cfa_offset 32
	stp x2, x30, [sp, #16]
	.cfi_rel_offset x30, 24
	bl umi_port_handle
	mov x16, x0
	ldp x2, x30, [sp, #16]
	ldp x0, x1, [sp], #32
	.cfi_adjust_cfa_offset -32
	.cfi_restore x30
	cbz x16, 1f
	br x16
1:	ret
	.cfi_endproc
	.size dispatch, . - dispatch

NOTES
