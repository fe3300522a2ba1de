/*
 * A vector variant of string.S, which says what registers hold; see vector.S for what it is made of.
 *
 * The first 16 bytes begin where the string begins; then aligned 16 up to the end of a line of 64 bytes, and lines.  What is
 * behind a line is touched when the line has shown no NUL.  What is delivered comes from the load that was judged: the last
 * bytes by shifts in general registers, where loads of parts of it would be a second look, and through the stack would wait.
 */

#define LOAD MAY_FAULT UMI_FROM, FIX(umi_string_fixup),
#define LOAD_SECOND MAY_FAULT UMI_FROM, FIX(umi_string_fixup_second),

INTERNAL NAME(umi_string_)
	endbr64
	CLEAR
	movl %esi, %ecx
	andl $63, %ecx
	cmpl $48, %ecx
	ja 4f
	xorl %ecx, %ecx
	LOAD MOV_X (%rsi), X(0)
	MASK
	testq %rax, %rax
	jne 7f
1:	cmpq $16, %rdx
	jbe 7f
	MOV_X X(0), (%rdi)
/* On to aligned ones, of which the first has rcx bytes that have been delivered. */
	movl %esi, %ecx
	andl $15, %ecx
	movl $16, %eax
	subl %ecx, %eax
	addq %rax, %rsi
	addq %rax, %rdi
	subq %rax, %rdx
	jmp 22f
	.p2align 4
21:	MOV_X X(0), (%rdi)
	addq $16, %rsi
	addq $16, %rdi
	subq $16, %rdx
	xorl %ecx, %ecx
	testl $63, %esi
	je 32f
22:	cmpq $16, %rdx
	LOAD MOVA_X (%rsi), X(0)
	MASK
	jbe 23f
	testq %rax, %rax
	je 21b
23:	bsfq %rax, %r10
	je 24f
	cmpl %ecx, %r10d
	jb 5f
24:	xorl %ecx, %ecx
	jmp 7f
	.p2align 5
31:	LINE_PUT(0, %rdi)
	addq $64, %rsi
	addq $64, %rdi
	subq $64, %rdx
32:	cmpq $64, %rdx
	LINE_LOAD(LOAD, MOVA, 0(%rsi))
	jbe 33f
	LINE_TEST
	je 31b
33:	LINE_MASK(%r10, %r10d)
34:	testw %ax, %ax
	jne 7f
	cmpq $16, %rdx
	jbe 7f
	MOV_X X(0), (%rdi)
	LINE_SHIFT
	shrq $16, %rax
	addq $16, %rdi
	subq $16, %rdx
	jmp 34b
/* The string begins near the end of its line: its last 16 bytes decide whether there is more to touch.
 * rcx stays as it is well before the second load: valgrind would show the fix-up an older one. */
4:	movq %rsi, %r10
	orq $63, %r10
	LOAD MOVA_X -15(%r10), X(0)
	MASK
	shlq $48, %rax
	shrq %cl, %rax
	movl $64, %r10d
	subl %ecx, %r10d
	testq %rax, %rax
	jne 41f
	cmpq %r10, %rdx
	jbe 41f
	LOAD_SECOND MOV_X (%rsi), X(0)
	MASK
	xorl %ecx, %ecx
	testq %rax, %rax
	je 1b
	jmp 7f
41:	subl $48, %ecx
	jmp 7f
/* The program has put a NUL where there was none: on behind what has been delivered. */
5:	addq %rcx, %rsi
	addq %rcx, %rdi
	subq %rcx, %rdx
	jmp FIX(umi_string_general)
/* The last bytes, in X(0) from its byte rcx on; rax has a bit for each that is NUL, from that one on. */
	.p2align 4
7:	xorl %r11d, %r11d
	bsfq %rax, %rax
	je 71f
	incl %eax
	cmpq %rdx, %rax
	jbe 72f
71:	movl %edx, %eax
	movl $UMI_STATUS_TOO_LONG, %r11d
72:	cmpl $16, %eax
	je 76f
	MOV_8(X(0), %rsi)
	UPPER_8(%r10)
	testl %ecx, %ecx
	jne 77f
73:	leal (, %rax, 8), %ecx
	cmpl $8, %eax
	jb 74f
	movq %rsi, (%rdi)
	shrdq %cl, %r10, %rsi
	movq %rsi, -8(%rdi, %rax)
	jmp 9f
74:	cmpl $4, %eax
	jb 75f
	movl %esi, (%rdi)
	subl $32, %ecx
	shrq %cl, %rsi
	movl %esi, -4(%rdi, %rax)
	jmp 9f
75:	movb %sil, (%rdi)
	cmpl $2, %eax
	jb 9f
	subl $16, %ecx
	shrq %cl, %rsi
	movw %si, -2(%rdi, %rax)
	jmp 9f
76:	MOV_X X(0), (%rdi)
	jmp 9f
77:	shll $3, %ecx
	cmpl $64, %ecx
	jae 78f
	shrdq %cl, %r10, %rsi
	shrq %cl, %r10
	jmp 73b
78:	movq %r10, %rsi
	shrq %cl, %rsi
	jmp 73b
/* Delivered up to rax behind rdi. */
9:	movb $0, -1(%rdi, %rax)
	leaq -1(%rdi, %rax), %rax
	subq %r9, %rax
	movl %r11d, %edx
	LEAVE
	ret
END NAME(umi_string_)

#undef LOAD
#undef LOAD_SECOND
