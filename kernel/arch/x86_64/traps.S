/* Into the kernel and out of it, and from one of its stacks to another. */
#include "machine.h"

#define REGISTERS r8, r9, r10, r11, r12, r13, r14, r15, rdi, rsi, rbp, rbx, rdx, rax, rcx
#define REGISTERS_REVERSED rcx, rax, rdx, rbx, rbp, rsi, rdi, r15, r14, r13, r12, r11, r10, r9, r8

#define TRAP_FLAG 0x100
#define RESUME_FLAG 0x10000

	.text

/* Some vectors come with an error code, the others get one. */
	.balign 16
	.globl vectors
vectors:
	.set vector, 0
	.rept VECTORS
	.balign 16
	.if (1 << vector) & 0x60227d00 == 0 || vector > 31
	pushq $0
	.endif
	pushq $vector
	jmp enter
	.set vector, vector + 1
	.endr

/* One processor, and no interrupts here: where the program's stack was can wait in memory. */
	.globl syscall_entry
syscall_entry:
	movq %rsp, user_stack(%rip)
	movq task + 4(%rip), %rsp
	pushq $USER_DATA
	pushq user_stack(%rip)
	pushq %r11
	pushq $USER_CODE
	pushq %rcx
	pushq %rax
	pushq $VECTOR_CALL

/* Whatever the flags were, the kernel has none set: with AC the window of an interrupted access is closed.  What was interrupted gets a
 * frame for traces, which end at a program. */
enter:
	.irp register, REGISTERS_REVERSED
	pushq %\register
	.endr
	pushq $2
	popfq
1:	testb $3, FRAME_CS(%rsp)
	jz 2f
	xorl %ebp, %ebp
2:	movq %rsp, %rdi
	pushq FRAME_RIP(%rdi)
	pushq %rbp
	movq %rsp, %rbp
	call trap
	addq $16, %rsp

/* To what was interrupted: by SYSRET where it does what IRET does, which is slower.  Both fault in the kernel where the program is to go
 * on at an address that is not canonical, SYSRET on the program's stack: the program gets that fault before. */
leave:
	testb $3, FRAME_CS(%rsp)
	jz restore
	movq FRAME_RIP(%rsp), %rcx
	movq %rcx, %rax
	sarq $47, %rax
	jz 3f
	incq %rax
	jz restore
	movq $VECTOR_PROTECTION, FRAME_VECTOR(%rsp)
	movq $0, FRAME_ERROR(%rsp)
	jmp 1b
3:	cmpq $VECTOR_CALL, FRAME_VECTOR(%rsp)
	jne restore
	cmpq FRAME_RCX(%rsp), %rcx
	jne restore
	movq FRAME_RFLAGS(%rsp), %rcx
	cmpq FRAME_R11(%rsp), %rcx
	jne restore
	testl $TRAP_FLAG | RESUME_FLAG, %ecx
	jnz restore
	.irp register, REGISTERS
	popq %\register
	.endr
	movq FRAME_RSP - FRAME_VECTOR(%rsp), %rsp
	sysretq
restore:
	.irp register, REGISTERS
	popq %\register
	.endr
	addq $16, %rsp
	iretq

	.globl arch_enter_user
arch_enter_user:
	movq %rdi, %rsp
	jmp leave

/* switch_stack(uintptr_t *from, uintptr_t to): what a C function keeps goes onto the stack that is left. */
	.globl switch_stack
switch_stack:
	.irp register, rbx, rbp, r12, r13, r14, r15
	pushq %\register
	.endr
	movq %rsp, (%rdi)
	movq %rsi, %rsp
	.irp register, r15, r14, r13, r12, rbp, rbx
	popq %\register
	.endr
	ret

/* A fresh stack leads here. */
	.globl thread_begin
thread_begin:
	movq %r12, %rdi
	call *%rbx
	ud2

	.bss
	.balign 8
user_stack:
	.quad 0

	.section .note.GNU-stack, "", @progbits
