/*
 * One access each, which may fault: umi_atomic_OP_SIZE.
 *
 * In:  rdi address, aligned; rsi operand; rdx expected; ecx flags.   Out: rax old, zero-extended; rdx status.
 */
#include "arch.h"

#define ATTEMPTS 128

	.text

.macro ATOMIC name
	INTERNAL umi_atomic_\name
	endbr64
#ifdef UM_FREESTANDING
	call umi_atomic_open
#else
	leal UMI_FROM | UMI_TO(, %rcx, 1 << UMI_ACCESS_SHIFT), %r8d
#endif
.endm

.macro RETURN
#ifdef UM_FREESTANDING
	jmp umi_window_close
#else
	ret
#endif
.endm

.macro LOAD insn:vararg
	MAY_FAULT UMI_FROM, umi_atomic_fixup, \insn
.endm

.macro STORE insn:vararg
	MAY_FAULT UMI_TO, umi_atomic_fixup, \insn
.endm

.macro DONE name
	xorl %edx, %edx
	RETURN
END umi_atomic_\name
.endm

ATOMIC load_1
	LOAD movzbl (%rdi), %eax
	DONE load_1
ATOMIC load_2
	LOAD movzwl (%rdi), %eax
	DONE load_2
ATOMIC load_4
	LOAD movl (%rdi), %eax
	DONE load_4
ATOMIC load_8
	LOAD movq (%rdi), %rax
	DONE load_8

/* An exchange is ordered against what follows, and a plain store is not. */
ATOMIC swap_1
	STORE xchgb %sil, (%rdi)
	movzbl %sil, %eax
	DONE swap_1
ATOMIC swap_2
	STORE xchgw %si, (%rdi)
	movzwl %si, %eax
	DONE swap_2
ATOMIC swap_4
	STORE xchgl %esi, (%rdi)
	movl %esi, %eax
	DONE swap_4
ATOMIC swap_8
	STORE xchgq %rsi, (%rdi)
	movq %rsi, %rax
	DONE swap_8

ATOMIC cas_4
	movl %edx, %eax
	STORE lock cmpxchgl %esi, (%rdi)
	movl %eax, %eax
	DONE cas_4
ATOMIC cas_8
	movq %rdx, %rax
	STORE lock cmpxchgq %rsi, (%rdi)
	DONE cas_8

ATOMIC add_4
	STORE lock xaddl %esi, (%rdi)
	movl %esi, %eax
	DONE add_4
ATOMIC add_8
	STORE lock xaddq %rsi, (%rdi)
	movq %rsi, %rax
	DONE add_8

/* The old value is wanted, and only a compare-and-exchange gives it. */
.macro BITS op
ATOMIC \op\()_4
	LOAD movl (%rdi), %eax
	movl $ATTEMPTS, %ecx
1:	movl %eax, %edx
	\op\()l %esi, %edx
	STORE lock cmpxchgl %edx, (%rdi)
	je 2f
	decl %ecx
	jne 1b
	movl $UMI_STATUS_AGAIN, %edx
	RETURN
2:	movl %eax, %eax
	DONE \op\()_4
ATOMIC \op\()_8
	LOAD movq (%rdi), %rax
	movl $ATTEMPTS, %ecx
1:	movq %rax, %rdx
	\op\()q %rsi, %rdx
	STORE lock cmpxchgq %rdx, (%rdi)
	je 2f
	decl %ecx
	jne 1b
	movl $UMI_STATUS_AGAIN, %edx
	RETURN
2:	DONE \op\()_8
.endm
BITS and
BITS or
BITS xor

INTERNAL umi_atomic_fixup
	movl %r11d, %edx
	RETURN
END umi_atomic_fixup

#ifdef UM_FREESTANDING
INTERNAL umi_atomic_open
	leal UMI_FROM | UMI_TO(, %rcx, 1 << UMI_ACCESS_SHIFT), %r8d
	CLAMP %rdi
	jmp umi_window_open
END umi_atomic_open
#endif

NOTES
