/*
 * A string from where it may not be: the entry, the general-register variant, and the ends that all variants share.
 *
 * In:  rdi to, rsi from, rdx limit, ecx flags.   Out: rax done, rdx status.
 *
 * Memory is loaded in aligned blocks, each once, and what decides about a block's NUL is what is delivered of it.  A
 * block lies within a page, so a fault is a fault of its first wanted byte and nothing of it was delivered.
 * All along: r9 is the call's rdi, rdi where the next byte goes, and rdx the room left there, which
 * is not 0 when a block is asked for.
 */
#include "arch.h"

	.text

#define LOAD MAY_FAULT UMI_FROM, umi_string_fixup,

#ifdef UM_FREESTANDING

	KERNEL_ENTRY um_raw_copy_string_in, umi_string_general, UMI_FROM, %rsi

INTERNAL umi_string_general
	movq %rdi, %r9
	testq %rdx, %rdx
	je .Linvalid

#else

FUNCTION um_raw_copy_string_in
	endbr64
	leal UMI_FROM(, %rcx, 1 << UMI_ACCESS_SHIFT), %r8d
	movq %rdi, %r9
	testq %rdx, %rdx
	je .Linvalid
	jmp *umi_string(%rip)
	.hidden umi_string
END um_raw_copy_string_in

INTERNAL umi_string_general
	endbr64

#endif
	movabsq $0x0101010101010101, %r10
	movabsq $0x8080808080808080, %r11
.Lnext:
	testl $7, %esi
	jne .Lbyte
	cmpq $8, %rdx
	jb .Lbyte
	subq $8, %rdx
	LOAD movq (%rsi), %rax
	movq %rax, %rcx
	subq %r10, %rcx
	andq %r11, %rcx
	je .Lword
	notq %rax
	andq %rax, %rcx
	notq %rax
	testq %rcx, %rcx
	jne .Lend
.Lword:
	movq %rax, (%rdi)
	addq $8, %rsi
	addq $8, %rdi
	testq %rdx, %rdx
	jne .Lnext
	jmp .Ltoo_long
.Lbyte:
	decq %rdx
	LOAD movzbl (%rsi), %eax
	movb %al, (%rdi)
	testl %eax, %eax
	je .Lfound
	incq %rsi
	incq %rdi
	testq %rdx, %rdx
	jne .Lnext
.Ltoo_long:
	movb $0, -1(%rdi)
	leaq -1(%rdi), %rax
	subq %r9, %rax
	movl $UMI_STATUS_TOO_LONG, %edx
	ret
.Lend:
	movb %al, (%rdi)
	testb %al, %al
	je .Lfound
	incq %rdi
	shrq $8, %rax
	jmp .Lend
.Lfound:
	movq %rdi, %rax
	subq %r9, %rax
	xorl %edx, %edx
	ret
.Linvalid:
	xorl %eax, %eax
	movl $UMI_STATUS_INVALID, %edx
	ret
END umi_string_general

/* A fault in the second line, by a load that reached into it: the first line's bytes, from its byte rcx on, are still to be
 * delivered. */
INTERNAL umi_string_fixup_second
	negl %ecx
	addl $64, %ecx
1:	testl %ecx, %ecx
	je umi_string_fixup
	decl %ecx
	LOAD movzbl (%rsi), %eax
	movb %al, (%rdi)
	testl %eax, %eax
	je 2f
	incq %rsi
	incq %rdi
	jmp 1b
2:	xorl %r11d, %r11d
	jmp umi_string_fixup
END umi_string_fixup_second
INTERNAL umi_string_fixup
	movb $0, (%rdi)
	movq %rdi, %rax
	subq %r9, %rax
	movl %r11d, %edx
	ret
END umi_string_fixup

NOTES
