/*
 * Fills where the user's side may not be there: the entry, sizes below 16, the general-register variant, and the fix-ups.
 *
 * In:  rdi to, sil byte, rdx bytes, ecx flags.   Out: rax done, rdx status.
 * Pieces are as in copy.S, and sil stays.
 */
#include "arch.h"

	.text

#define STORE_START MAY_FAULT UMI_TO, umi_fill_fixup_start,
#define STORE_GOING MAY_FAULT UMI_TO, umi_fill_fixup,

.macro DONE
	movq %rdx, %rax
	xorl %edx, %edx
	ret
.endm

.macro SPREAD_RCX
	movzbl %sil, %eax
	movabsq $0x0101010101010101, %rcx
	imulq %rax, %rcx
.endm

.macro SPREAD_XMM0
	movd %esi, %xmm0
	punpcklbw %xmm0, %xmm0
	punpcklwd %xmm0, %xmm0
	pshufd $0, %xmm0, %xmm0
.endm

#ifdef UM_FREESTANDING
	KERNEL_ENTRY um_raw_fill, umi_fill_general, UMI_TO, %rdi

INTERNAL umi_fill_general
#else
FUNCTION um_raw_fill
	endbr64
	leal UMI_TO(, %rcx, 1 << UMI_ACCESS_SHIFT), %r8d
#endif
	cmpq $16, %rdx
	jb .Lsmall
#ifndef UM_FREESTANDING
	cmpq $32, %rdx
	jbe .L16
	cmpq $64, %rdx
	jbe .L33
	jmp *umi_fill_large(%rip)
	.hidden umi_fill_large
.L16:
	SPREAD_XMM0
	STORE_START movups %xmm0, (%rdi)
	STORE_START movups %xmm0, -16(%rdi, %rdx)
	DONE
.L33:
	SPREAD_XMM0
	STORE_START movups %xmm0, (%rdi)
	STORE_START movups %xmm0, 16(%rdi)
	STORE_START movups %xmm0, -32(%rdi, %rdx)
	STORE_START movups %xmm0, -16(%rdi, %rdx)
	DONE
#else
	jmp .Llarge
#endif
.Lsmall:
	SPREAD_RCX
	cmpl $8, %edx
	jae .L8
	cmpl $4, %edx
	jae .L4
	cmpl $2, %edx
	jae .L2
	testl %edx, %edx
	je .L0
	STORE_START movb %cl, (%rdi)
.L0:
	DONE
.L2:
	STORE_START movw %cx, (%rdi)
	STORE_START movw %cx, -2(%rdi, %rdx)
	DONE
.L4:
	STORE_START movl %ecx, (%rdi)
	STORE_START movl %ecx, -4(%rdi, %rdx)
	DONE
.L8:
	STORE_START movq %rcx, (%rdi)
	STORE_START movq %rcx, -8(%rdi, %rdx)
	DONE
.Llarge:
#ifndef UM_FREESTANDING
END um_raw_fill

/* From 16 bytes on. */
INTERNAL umi_fill_general
	endbr64
#endif
	SPREAD_RCX
	movq %rdi, %r9
	movq %rdx, %rax
	cmpq $512, %rdx
	jae .Lrep
1:	cmpq $16, %rdx
	jbe 2f
	subq $16, %rdx
	STORE_GOING movq %rcx, (%rdi)
	STORE_GOING movq %rcx, 8(%rdi)
	addq $16, %rdi
	jmp 1b
2:	STORE_GOING movq %rcx, -16(%rdi, %rdx)
	STORE_GOING movq %rcx, -8(%rdi, %rdx)
	xorl %edx, %edx
	ret
.Lrep:
	movl %ecx, %eax
	movq %rdx, %rcx
	MAY_FAULT UMI_TO, umi_fill_fixup_rep, rep stosb
	DONE
END umi_fill_general

INTERNAL umi_fill_fixup_start
	movq %rdi, %r9
END umi_fill_fixup_start
/* r9 is the call's rdi, and rdx still its rdx. */
INTERNAL_AT umi_fill_fixup_rep
	movq %rdx, %rax
END umi_fill_fixup_rep
/* r9 is the call's rdi, and rax its rdx. */
INTERNAL_AT umi_fill_fixup
	movq %r9, %rdx
	subq %rdi, %rdx
	addq %rax, %rdx
	testq %r11, %r11
	js 1f
	subq %rdi, %r10
	cmpq %rdx, %r10
	jae 1f
	movq %r10, %rdx
	jmp 2f
1:	xorl %r11d, %r11d
2:	testq %rdx, %rdx
	je .Lfilled
	decq %rdx
	MAY_FAULT UMI_TO, .Lfilled, movb %sil, (%rdi)
	incq %rdi
	jmp 2b
.Lfilled:
	movq %rdi, %rax
	subq %r9, %rax
	movl %r11d, %edx
	ret
END umi_fill_fixup

NOTES
