/*
 * The AVX-512 variant of string.S, which says what registers hold: by lines of 64 bytes, aligned, each loaded once, and
 * tested and delivered from that load.  What is delivered of the first line and of the last is a mask, so that hardly a
 * branch depends on an alignment or a length.
 *
 * A masked store takes 90 ns where a page that it leaves alone is not mapped.  So the variant without masks serves where
 * the first line's would begin in the page before dst.
 */
#include "arch.h"

	.text

#define LOAD MAY_FAULT UMI_FROM, umi_string_fixup,
#define PAGE 4096

/* From where rdi and rdx are the line's: r10 says which of its bytes are the string's, and rax which of those are NUL. */
INTERNAL umi_string_avx512_masked
	endbr64
	movl %esi, %ecx
	movl %edi, %eax
	andl $63, %ecx
	andl $PAGE - 1, %eax
	cmpl %ecx, %eax
	jb umi_string_avx512
	subq %rcx, %rsi
	LOAD vmovdqa64 (%rsi), %zmm20
	vptestnmb %zmm20, %zmm20, %k1
	kmovq %k1, %rax
	movq $-1, %r10
	shlq %cl, %r10
	subq %rcx, %rdi
	addq %rcx, %rdx
	jc 6f
	andq %r10, %rax
	jne 3f
	cmpq $64, %rdx
	jbe 3f
	kmovq %r10, %k2
	vmovdqu8 %zmm20, (%rdi){%k2}
	movq $-1, %r10
	jmp 2f
	.p2align 5
1:	vmovdqu64 %zmm20, (%rdi)
2:	addq $64, %rsi
	addq $64, %rdi
	subq $64, %rdx
	LOAD vmovdqa64 (%rsi), %zmm20
	vptestnmb %zmm20, %zmm20, %k1
	cmpq $64, %rdx
	jbe 4f
	kortestq %k1, %k1
	je 1b
4:	kmovq %k1, %rax
/* The last line: up to the NUL at rcx, or to the end of the room. */
3:	bsfq %rax, %rcx
	je 5f
	cmpq %rdx, %rcx
	jae 5f
	leaq -1(%rax), %rdx
	xorq %rdx, %rax
	andq %r10, %rax
	kmovq %rax, %k2
	vmovdqu8 %zmm20, (%rdi){%k2}
	leaq (%rdi, %rcx), %rax
	subq %r9, %rax
	xorl %edx, %edx
	ret
5:	leal -1(%rdx), %ecx
	movq $-1, %rax
	shlq %cl, %rax
	notq %rax
	andq %r10, %rax
	kmovq %rax, %k2
	vmovdqu8 %zmm20, (%rdi){%k2}
	movb $0, (%rdi, %rcx)
	leaq (%rdi, %rcx), %rax
	subq %r9, %rax
	movl $UMI_STATUS_TOO_LONG, %edx
	ret
/* No string is as long as a limit that wraps. */
6:	movq $-1, %rdx
	andq %r10, %rax
	jne 3b
	kmovq %r10, %k2
	vmovdqu8 %zmm20, (%rdi){%k2}
	movq $-1, %r10
	jmp 2b
END umi_string_avx512_masked

NOTES
