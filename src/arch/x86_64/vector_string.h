/*
 * A vector variant of string.S, which says what registers hold; see vector.S for what it is made of.
 *
 * By lines of 64 bytes, aligned; the next line is touched when the one before has shown no NUL.  What is delivered as a
 * whole line comes from the load that looked for a NUL.  The first and the last bytes come from two loads that begin
 * where the string begins and end where it ends, so that hardly a branch depends on an alignment; these are judged anew,
 * and where they do not show what the first look showed, because the program has changed it, the rest goes byte by byte.
 */

#define LOAD MAY_FAULT UMI_FROM, FIX(umi_string_fixup),
#define LOAD_SECOND MAY_FAULT UMI_FROM, FIX(umi_string_fixup_second),

/* rax and r10 say what two loads showed, of width bytes from the first one and of as many up to the last. */
#define DECIDE(width) \
	leal -width(%rcx), %ecx; \
	shlq %cl, %r10; \
	orq %r10, %rax; \
	cmpq %r11, %rax; \
	jne FIX(umi_string_general)

INTERNAL NAME(umi_string_)
	endbr64
	CLEAR
	movl %esi, %ecx
	andl $63, %ecx
#if VEC < 64
/* 32 bytes of its line, from the first one or from what lies before it. */
	xorl %eax, %eax
	leaq -32(%rcx), %r10
	cmpl $32, %ecx
	cmovbeq %rax, %r10
	movl %r10d, %ecx
	subq %r10, %rsi
	HALF_LOAD(LOAD, 0(%rsi))
	HALF_MASK(%r11d)
	addq %r10, %rsi
	shrl %cl, %eax
	testl %eax, %eax
	jne 4f
	movl %esi, %ecx
	andl $63, %ecx
#endif
	subq %rcx, %rsi
	LINE_LOAD(LOAD, MOVA, 0(%rsi))
	LINE_MASK(%r10, %r10d)
	addq %rcx, %rsi
	movl $64, %r11d
	subl %ecx, %r11d
	shrq %cl, %rax
	testq %rax, %rax
	jne 4f
	cmpq %r11, %rdx
	jbe 4f
/* No NUL in the first line, and room for more. */
	LINE_LOAD(LOAD_SECOND, MOV, 0(%rsi))
	LINE_MASK(%r10, %r10d)
	testq %rax, %rax
	jne 4f
	cmpq $64, %rdx
	jbe 4f
	LINE_PUT(0, %rdi)
	movl $64, %r11d
	subl %ecx, %r11d
	addq %r11, %rsi
	addq %r11, %rdi
	subq %r11, %rdx
	jmp 2f
	.p2align 5
1:	LINE_PUT(0, %rdi)
	addq $64, %rsi
	addq $64, %rdi
	subq $64, %rdx
2:	cmpq $64, %rdx
	LINE_LOAD(LOAD, MOVA, 0(%rsi))
	jbe 21f
	LINE_TEST
	je 1b
/* The last line: rcx bytes of it, and r11 what the 64 that end there have to show. */
21:	LINE_MASK(%r10, %r10d)
	movq %rdx, %rcx
	xorl %r11d, %r11d
	bsfq %rax, %rax
	je 22f
	cmpq %rdx, %rax
	jae 22f
	leaq 1(%rax), %rcx
	btsq $63, %r11
22:	movq %rdi, %rax
	subq %r9, %rax
	addq %rcx, %rax
	cmpq $64, %rax
	jb FIX(umi_string_general)
	LINE_LOAD(LOAD, MOV, -64(%rsi, %rcx))
	LINE_MASK(%r10, %r10d)
	cmpq %r11, %rax
	jne FIX(umi_string_general)
	addq %rcx, %rdi
	LINE_PUT(-64, %rdi)
	jmp 9f
/* Up to 64 bytes from rsi on, of which rax has shown the NUL, or 0: rcx bytes, and r11 what they have to show. */
4:	movq %rdx, %rcx
	xorl %r11d, %r11d
	bsfq %rax, %rax
	je 41f
	cmpq %rdx, %rax
	jae 41f
	leaq 1(%rax), %rcx
	btsq %rax, %r11
41:	cmpl $16, %ecx
	jb 5f
	cmpl $32, %ecx
	ja 6f
	LOAD MOV_X (%rsi), X(0)
	LOAD MOV_X -16(%rsi, %rcx), X(1)
	MASKS_OF_16
	DECIDE(16)
	MOV_X X(0), (%rdi)
	MOV_X X(1), (%rdi, %rcx)
	leaq 16(%rdi, %rcx), %rdi
	jmp 9f
6:	HALVES_LOAD(0(%rsi), -32(%rsi, %rcx))
	MASKS_OF_32
	DECIDE(32)
	HALVES_PUT(0(%rdi), 0(%rdi, %rcx))
	leaq 32(%rdi, %rcx), %rdi
	jmp 9f
5:	cmpl $8, %ecx
	jb 7f
	LOAD GET_8((%rsi), X(0))
	LOAD GET_8(-8(%rsi, %rcx), X(1))
	MASKS_OF_8
	DECIDE(8)
	PUT_8(X(0), (%rdi))
	PUT_8(X(1), (%rdi, %rcx))
	leaq 8(%rdi, %rcx), %rdi
	jmp 9f
7:	cmpl $4, %ecx
	jb FIX(umi_string_general)
	LOAD GET_4((%rsi), X(0))
	LOAD GET_4(-4(%rsi, %rcx), X(1))
	MASKS_OF_4
	DECIDE(4)
	PUT_4(X(0), (%rdi))
	PUT_4(X(1), (%rdi, %rcx))
	leaq 4(%rdi, %rcx), %rdi
/* Delivered up to rdi; where r11 is 0 there was no NUL. */
9:	xorl %eax, %eax
	movl $UMI_STATUS_TOO_LONG, %edx
	testq %r11, %r11
	cmovneq %rax, %rdx
	movb $0, -1(%rdi)
	leaq -1(%rdi), %rax
	subq %r9, %rax
	LEAVE
	ret
END NAME(umi_string_)

#undef DECIDE
#undef LOAD
#undef LOAD_SECOND
