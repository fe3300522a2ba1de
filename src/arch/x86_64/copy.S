/*
 * Copies where the user's side may not be there: the entries, sizes below 16, the general-register variant, and the fix-ups.
 *
 * In:  rdi to, rsi from, rdx bytes, ecx flags.   Out: rax done, rdx status and side.
 *
 * A piece is what the fix-up redoes.  Its registers stay intact while it is copied, and it is copied upwards: all
 * its loads, each starting no higher than the one before ended, then its stores alike.  So the fault's address is the
 * first byte that could not be, and what is before it can be copied again byte by byte.
 *   start: rdi, rsi, rdx are those of the call
 *   going: r9 is the call's rdi and rax its rdx; rdi and rsi have moved, and an overlapping tail may begin below them
 */
#include "arch.h"

	.text

/* One load, or store, of each kind of piece. */
#define LOAD_START MAY_FAULT UMI_FROM, umi_copy_fixup_start,
#define STORE_START MAY_FAULT UMI_TO, umi_copy_fixup_start,
#define LOAD_GOING MAY_FAULT UMI_FROM, umi_copy_fixup,
#define STORE_GOING MAY_FAULT UMI_TO, umi_copy_fixup,

.macro DONE
	movq %rdx, %rax
	xorl %edx, %edx
	ret
.endm

/* Up to 64 bytes, by the entry itself: a jump to a shared place would cost a fifth of the call. */
.macro COPY_SHORT
	cmpq $16, %rdx
	jb .Lsmall\@
#ifndef UM_FREESTANDING
	cmpq $32, %rdx
	jbe .L16\@
	cmpq $64, %rdx
	jbe .L33\@
	jmp *umi_copy_large(%rip)
	.hidden umi_copy_large
.L16\@:
	LOAD_START movups (%rsi), %xmm0
	LOAD_START movups -16(%rsi, %rdx), %xmm1
	STORE_START movups %xmm0, (%rdi)
	STORE_START movups %xmm1, -16(%rdi, %rdx)
	DONE
.L33\@:
	LOAD_START movups (%rsi), %xmm0
	LOAD_START movups 16(%rsi), %xmm1
	LOAD_START movups -32(%rsi, %rdx), %xmm2
	LOAD_START movups -16(%rsi, %rdx), %xmm3
	STORE_START movups %xmm0, (%rdi)
	STORE_START movups %xmm1, 16(%rdi)
	STORE_START movups %xmm2, -32(%rdi, %rdx)
	STORE_START movups %xmm3, -16(%rdi, %rdx)
	DONE
#else
	jmp .Llarge
#endif
.Lsmall\@:
	cmpl $8, %edx
	ja .L9\@
	je .L8\@
	cmpl $4, %edx
	ja .L5\@
	je .L4\@
	cmpl $2, %edx
	jb .L0\@
	LOAD_START movzwl (%rsi), %ecx
	jne .L3\@
	STORE_START movw %cx, (%rdi)
	DONE
.L3\@:
	LOAD_START movzbl 2(%rsi), %r9d
	STORE_START movw %cx, (%rdi)
	STORE_START movb %r9b, 2(%rdi)
	DONE
.L0\@:
	testl %edx, %edx
	je .Lnothing\@
	LOAD_START movzbl (%rsi), %ecx
	STORE_START movb %cl, (%rdi)
.Lnothing\@:
	DONE
.L4\@:
	LOAD_START movl (%rsi), %ecx
	STORE_START movl %ecx, (%rdi)
	DONE
.L5\@:
	LOAD_START movl (%rsi), %ecx
	LOAD_START movl -4(%rsi, %rdx), %r9d
	STORE_START movl %ecx, (%rdi)
	STORE_START movl %r9d, -4(%rdi, %rdx)
	DONE
.L8\@:
	LOAD_START movq (%rsi), %rcx
	STORE_START movq %rcx, (%rdi)
	DONE
.L9\@:
	LOAD_START movq (%rsi), %rcx
	LOAD_START movq -8(%rsi, %rdx), %r9
	STORE_START movq %rcx, (%rdi)
	STORE_START movq %r9, -8(%rdi, %rdx)
	DONE
.endm

#ifdef UM_FREESTANDING

	KERNEL_ENTRY um_raw_copy, umi_copy_general, UMI_FROM | UMI_TO, %rdi, %rsi
	KERNEL_ENTRY um_raw_copy_out, umi_copy_general, UMI_TO, %rdi
	KERNEL_ENTRY um_raw_copy_in, umi_copy_general, UMI_FROM, %rsi

INTERNAL umi_copy_general
	COPY_SHORT
.Llarge:

#else

FUNCTION um_raw_copy
	endbr64
	leal UMI_FROM | UMI_TO(, %rcx, 1 << UMI_ACCESS_SHIFT), %r8d
	jmp .Lcopy
END um_raw_copy

FUNCTION um_raw_copy_out
	endbr64
	leal UMI_TO(, %rcx, 1 << UMI_ACCESS_SHIFT), %r8d
	COPY_SHORT
END um_raw_copy_out

/* um_raw_copy_in with a space before its arguments: self's op, which typed gets of a word go through. */
INTERNAL umi_self_copy_in
	endbr64
	movq %rsi, %rdi
	movq %rdx, %rsi
	movq %rcx, %rdx
	leal UMI_FROM(, %r8, 1 << UMI_ACCESS_SHIFT), %r8d
	cmpq $8, %rdx
	jne .Lcopy
	LOAD_START movq (%rsi), %rcx
	STORE_START movq %rcx, (%rdi)
	DONE
END umi_self_copy_in

FUNCTION um_raw_copy_in
	endbr64
	leal UMI_FROM(, %rcx, 1 << UMI_ACCESS_SHIFT), %r8d
.Lcopy:
	COPY_SHORT
END um_raw_copy_in

/* From 16 bytes on. */
INTERNAL umi_copy_general
	endbr64

#endif
	cmpq $32, %rdx
	ja .Lloop
	LOAD_START movq (%rsi), %rax
	LOAD_START movq 8(%rsi), %rcx
	LOAD_START movq -16(%rsi, %rdx), %r9
	LOAD_START movq -8(%rsi, %rdx), %r10
	STORE_START movq %rax, (%rdi)
	STORE_START movq %rcx, 8(%rdi)
	STORE_START movq %r9, -16(%rdi, %rdx)
	STORE_START movq %r10, -8(%rdi, %rdx)
	DONE
.Lloop:
	movq %rdi, %r9
	movq %rdx, %rax
	cmpq $512, %rdx
	jae .Lrep
.Lnext:
	subq $32, %rdx
	LOAD_GOING movq (%rsi), %rcx
	LOAD_GOING movq 8(%rsi), %r10
	STORE_GOING movq %rcx, (%rdi)
	STORE_GOING movq %r10, 8(%rdi)
	LOAD_GOING movq 16(%rsi), %rcx
	LOAD_GOING movq 24(%rsi), %r10
	STORE_GOING movq %rcx, 16(%rdi)
	STORE_GOING movq %r10, 24(%rdi)
	addq $32, %rsi
	addq $32, %rdi
	cmpq $32, %rdx
	ja .Lnext
	LOAD_GOING movq -32(%rsi, %rdx), %rcx
	LOAD_GOING movq -24(%rsi, %rdx), %r10
	STORE_GOING movq %rcx, -32(%rdi, %rdx)
	STORE_GOING movq %r10, -24(%rdi, %rdx)
	LOAD_GOING movq -16(%rsi, %rdx), %rcx
	LOAD_GOING movq -8(%rsi, %rdx), %r10
	STORE_GOING movq %rcx, -16(%rdi, %rdx)
	STORE_GOING movq %r10, -8(%rdi, %rdx)
	xorl %edx, %edx
	ret
.Lrep:
	movq %rdx, %rcx
	MAY_FAULT UMI_FROM | UMI_TO, umi_copy_fixup, rep movsb
	xorl %edx, %edx
	ret
END umi_copy_general

/* A fault in a piece.  Where its address is in what is left of the call, what is before it is copied, and that is
 * all; else the piece is done byte by byte until it faults again. */
INTERNAL umi_copy_fixup_start
	movq %rdi, %r9
	movq %rdx, %rax
END umi_copy_fixup_start
INTERNAL_AT umi_copy_fixup
	movq %r9, %rdx
	subq %rdi, %rdx
	addq %rax, %rdx
	movq %r11, %rcx
	shrq $UMI_GIVE_SIDE_SHIFT, %rcx
	cmpl $UMI_FROM, %ecx
	je 1f
	cmpl $UMI_TO, %ecx
	jne 3f
	subq %rdi, %r10
	jmp 2f
1:	subq %rsi, %r10
2:	cmpq %rdx, %r10
	jae 3f
	movq %r10, %rdx
	jmp 4f
3:	xorl %r11d, %r11d
4:	testq %rdx, %rdx
	je .Lcopied
	decq %rdx
	MAY_FAULT UMI_FROM, .Lcopied, movb (%rsi), %cl
	MAY_FAULT UMI_TO, .Lcopied, movb %cl, (%rdi)
	incq %rsi
	incq %rdi
	jmp 4b
.Lcopied:
	movq %rdi, %rax
	subq %r9, %rax
	btrq $UMI_GIVE_NOWHERE_BIT, %r11
	movq %r11, %rdx
	movl %r8d, %ecx
	notl %ecx
	testb $UMI_FROM | UMI_TO, %cl
	je 5f
	movl %edx, %edx
5:	ret
END umi_copy_fixup

NOTES
