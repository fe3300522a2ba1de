/* around_call(struct registers *), around_spin(struct registers *): loads all registers that a system call keeps, and those of SSE, makes
 * one or lets time pass, and stores them. */
#define GENERAL rbx, rdx, rsi, rbp, r8, r9, r10, r12, r13, r14, r15, rdi
#define VECTOR 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
#define VECTORS_AT 96

	.text

.macro AROUND name, instructions:vararg
	.globl \name
\name:
	.irp r, rbx, rbp, r12, r13, r14, r15, rdi
	pushq %\r
	.endr
	.irp n, VECTOR
	movdqu VECTORS_AT + 16 * \n(%rdi), %xmm\n
	.endr
	.set at, 0
	.irp r, GENERAL
	movq at(%rdi), %\r
	.set at, at + 8
	.endr
	\instructions
	popq %rax
	.set at, 0
	.irp r, GENERAL
	movq %\r, at(%rax)
	.set at, at + 8
	.endr
	.irp n, VECTOR
	movdqu %xmm\n, VECTORS_AT + 16 * \n(%rax)
	.endr
	.irp r, r15, r14, r13, r12, rbp, rbx
	popq %\r
	.endr
	ret
.endm

AROUND around_call, movl $110, %eax; syscall /* getppid */
AROUND around_spin, movl $50000000, %ecx; 1: decl %ecx; jnz 1b

/* uint64_t around_flags(uint64_t flags): those after a system call that is made with them, or ~0 where rcx and r11 are not as SYSCALL
 * leaves them. */
	.globl around_flags
around_flags:
	pushq %rdi
	popfq
	movl $110, %eax
	syscall
1:	pushfq
	popq %rax
	pushq $2
	popfq
	leaq 1b(%rip), %rdx
	cmpq %rdx, %rcx
	jne 2f
	cmpq %r11, %rax
	jne 2f
	ret
2:	movq $-1, %rax
	ret

/* uint64_t red_zone(void): is what lies below the stack pointer as it was, after a signal whose handler goes on at rbx?  xmm3 is 3 before it. */
	.globl red_zone
red_zone:
	pushq %rbx
	movl $3, %eax
	movd %eax, %xmm3
	movq $0x1122, -8(%rsp)
	movq $0x3344, -128(%rsp)
	leaq 1f(%rip), %rbx
	ud2
1:	movd %xmm3, %eax
	cmpq $0x1122, -8(%rsp)
	jne 2f
	cmpq $0x3344, -128(%rsp)
	je 3f
2:	xorl %eax, %eax
3:	popq %rbx
	ret

	.section .note.GNU-stack, "", @progbits
