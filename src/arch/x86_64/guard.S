/*
 * um_guard(range.start rdi, range.length rsi, touch rdx, context rcx): done in rax, status and side in rdx.
 *
 * One return: whether touch came back or the fault handler landed here, what is below the record on the stack is
 * taken off again.  The record is complete before it is in the chain, so that a signal may come anywhere.
 */
#include "arch.h"

#define RECORD 32
#define OUTER 0
#define START 8
#define LENGTH 16
#define MXCSR 24
#define FCW 28
#define UNSUPPORTED 17

	.text
	.globl um_guard
	.type um_guard, @function
	.balign 16
um_guard:
	.cfi_startproc
	endbr64
	cmpq $0, umi_port_users(%rip)
	je .Lclosed
	push %rbx
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset rbx, 0
	push %rbp
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset rbp, 0
	push %r12
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset r12, 0
	push %r13
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset r13, 0
	push %r14
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset r14, 0
	push %r15
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset r15, 0
	sub $(RECORD + 8), %rsp
	.cfi_adjust_cfa_offset RECORD + 8
	mov umi_guard_innermost@gottpoff(%rip), %rax
	mov %fs:(%rax), %r8
	mov %r8, OUTER(%rsp)
	mov %rdi, START(%rsp)
	mov %rsi, LENGTH(%rsp)
	stmxcsr MXCSR(%rsp)
	fnstcw FCW(%rsp)
	mov %rsp, %fs:(%rax)
	mov %rcx, %rdi
	call *%rdx
	mov LENGTH(%rsp), %rax
	xor %edx, %edx
.Lleave:
	mov umi_guard_innermost@gottpoff(%rip), %rcx
	mov OUTER(%rsp), %r8
	mov %r8, %fs:(%rcx)
	add $(RECORD + 8), %rsp
	.cfi_remember_state
	.cfi_adjust_cfa_offset -(RECORD + 8)
	pop %r15
	.cfi_adjust_cfa_offset -8
	.cfi_restore r15
	pop %r14
	.cfi_adjust_cfa_offset -8
	.cfi_restore r14
	pop %r13
	.cfi_adjust_cfa_offset -8
	.cfi_restore r13
	pop %r12
	.cfi_adjust_cfa_offset -8
	.cfi_restore r12
	pop %rbp
	.cfi_adjust_cfa_offset -8
	.cfi_restore rbp
	pop %rbx
	.cfi_adjust_cfa_offset -8
	.cfi_restore rbx
	ret
.Lclosed:
	xor %eax, %eax
	mov $UNSUPPORTED, %edx
	ret
	.cfi_restore_state

/* Whatever touch was in the middle of: string direction, x87 stack, rounding and masks go back to what a caller
 * may rely on. */
	.globl umi_guard_land
	.hidden umi_guard_land
umi_guard_land:
	cld
	fninit
	fldcw FCW(%rsp)
	ldmxcsr MXCSR(%rsp)
	jmp .Lleave
	.cfi_endproc
	.size um_guard, . - um_guard

NOTES 1 /* who lands has left calls behind, which a shadow stack still has */
