/*
 * What the kernel calls: (signal rdi, siginfo rsi, context rdx), the restorer in the return slot.
 *
 * A fault that is not ours is passed on by a jump: the earlier handler stands on the kernel's own frame, on the stack
 * and under the mask that it asked for, since ours was installed with its flags and its mask.
 */
#include "../../../arch/arch.h"

	.text
	.macro entry index
	.balign 16
	endbr64
	mov $\index, %ecx
	jmp dispatch
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
dispatch:
	.cfi_startproc
	push %rdi
	.cfi_adjust_cfa_offset 8
	push %rsi
	.cfi_adjust_cfa_offset 8
	push %rdx
	.cfi_adjust_cfa_offset 8
	call umi_port_handle
	pop %rdx
	.cfi_adjust_cfa_offset -8
	pop %rsi
	.cfi_adjust_cfa_offset -8
	pop %rdi
	.cfi_adjust_cfa_offset -8
	test %rax, %rax
	jz .Ldone
	mov %rax, %r11
	xor %eax, %eax
	jmp *%r11
.Ldone:
	ret
	.cfi_endproc
	.size dispatch, . - dispatch

NOTES
