/* x86-64: what processor.h declares. */
	.macro FUNCTION name
	.globl \name
	.type \name, @function
\name:
	.endm

	.text

FUNCTION load_at
	movb (%rdi), %al
	ret
	.size load_at, . - load_at

FUNCTION load_at_stack_base
	push %rbp
	mov %rdi, %rbp
	movb (%rbp), %al
	pop %rbp
	ret
	.size load_at_stack_base, . - load_at_stack_base

FUNCTION push_at
	mov %rdi, %rsp
	push %rax
	hlt
	.size push_at, . - push_at

/* Eight pushes fill x87's stack. */
FUNCTION touch_messily
	push $0x7f80
	ldmxcsr (%rsp)
	movl $0x0c7f, (%rsp)
	fldcw (%rsp)
	pop %rax
	.rept 8
	fld1
	.endr
	mov $11, %ebx
	mov $12, %ebp
	mov $13, %r12d
	mov $14, %r13d
	mov $15, %r14d
	mov $16, %r15d
	std
	movb (%rdi), %al
	cld
	ret
	.size touch_messily, . - touch_messily

/* Of the direction flag, too. */
FUNCTION guard_keeps_registers
	push %rbx
	push %rbp
	push %r12
	push %r13
	push %r14
	push %r15
	push %rdi
	mov 8(%rsi), %rax
	mov (%rsi), %rdi
	mov %rax, %rsi
	mov $1, %ebx
	mov $2, %ebp
	mov $3, %r12d
	mov $4, %r13d
	mov $5, %r14d
	mov $6, %r15d
	call um_guard
	pop %rdi
	mov %rax, (%rdi)
	mov %rdx, 8(%rdi)
	xor %eax, %eax
	sub $1, %rbx
	sub $2, %rbp
	sub $3, %r12
	sub $4, %r13
	sub $5, %r14
	sub $6, %r15
	or %rbp, %rbx
	or %r12, %rbx
	or %r13, %rbx
	or %r14, %rbx
	or %r15, %rbx
	sete %al
	pushf
	pop %rcx
	test $0x400, %ecx
	jz 1f
	xor %eax, %eax
1:	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %rbp
	pop %rbx
	ret
	.size guard_keeps_registers, . - guard_keeps_registers

	.section .note.GNU-stack, "", @progbits
