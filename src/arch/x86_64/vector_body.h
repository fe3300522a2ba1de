/* The body of a vector variant; see vector.S for what it is made of, and copy.S for pieces. */

#define LOAD_START MAY_FAULT UMI_FROM, FIX(umi_copy_fixup_start),
#define STORE_START MAY_FAULT UMI_TO, FIX(umi_copy_fixup_start),
#define LOAD_GOING MAY_FAULT UMI_FROM, FIX(umi_copy_fixup),
#define STORE_GOING MAY_FAULT UMI_TO, FIX(umi_copy_fixup),

/* From 65 bytes on. */
INTERNAL NAME(umi_copy_)
	endbr64
#if VEC >= 64
	cmpq $2 * VEC, %rdx
	ja 2f
	LOAD_START MOV (%rsi), V(0)
	LOAD_START MOV -VEC(%rsi, %rdx), V(1)
	movq %rdx, %rax
	STORE_START MOV V(0), (%rdi)
	STORE_START MOV V(1), -VEC(%rdi, %rdx)
	xorl %edx, %edx
	LEAVE
	ret
2:
#endif
#if VEC >= 32
	cmpq $4 * VEC, %rdx
	ja 4f
	LOAD_START MOV (%rsi), V(0)
	LOAD_START MOV VEC(%rsi), V(1)
	LOAD_START MOV -2 * VEC(%rsi, %rdx), V(2)
	LOAD_START MOV -VEC(%rsi, %rdx), V(3)
	movq %rdx, %rax
	STORE_START MOV V(0), (%rdi)
	STORE_START MOV V(1), VEC(%rdi)
	STORE_START MOV V(2), -2 * VEC(%rdi, %rdx)
	STORE_START MOV V(3), -VEC(%rdi, %rdx)
	xorl %edx, %edx
	LEAVE
	ret
4:
#endif
	cmpq $8 * VEC, %rdx
	ja 6f
	LOAD_START MOV (%rsi), V(0)
	LOAD_START MOV VEC(%rsi), V(1)
	LOAD_START MOV 2 * VEC(%rsi), V(2)
	LOAD_START MOV 3 * VEC(%rsi), V(3)
	LOAD_START MOV -4 * VEC(%rsi, %rdx), V(4)
	LOAD_START MOV -3 * VEC(%rsi, %rdx), V(5)
	LOAD_START MOV -2 * VEC(%rsi, %rdx), V(6)
	LOAD_START MOV -VEC(%rsi, %rdx), V(7)
	movq %rdx, %rax
	STORE_START MOV V(0), (%rdi)
	STORE_START MOV V(1), VEC(%rdi)
	STORE_START MOV V(2), 2 * VEC(%rdi)
	STORE_START MOV V(3), 3 * VEC(%rdi)
	STORE_START MOV V(4), -4 * VEC(%rdi, %rdx)
	STORE_START MOV V(5), -3 * VEC(%rdi, %rdx)
	STORE_START MOV V(6), -2 * VEC(%rdi, %rdx)
	STORE_START MOV V(7), -VEC(%rdi, %rdx)
	xorl %edx, %edx
	LEAVE
	ret
/* The first vector, then from where `to` is aligned. */
6:	LOAD_START MOV (%rsi), V(0)
	STORE_START MOV V(0), (%rdi)
	movq %rdi, %r9
	movq %rdx, %rax
	movl %edi, %ecx
	orq $-VEC, %rcx
	subq %rcx, %rdi
	subq %rcx, %rsi
	addq %rcx, %rdx
#ifdef HAS_REP
	cmpq umi_copy_rep_from(%rip), %rdx
	jae 8f
#endif
	.p2align 5
7:	subq $4 * VEC, %rdx
	LOAD_GOING MOV (%rsi), V(0)
	LOAD_GOING MOV VEC(%rsi), V(1)
	LOAD_GOING MOV 2 * VEC(%rsi), V(2)
	LOAD_GOING MOV 3 * VEC(%rsi), V(3)
	STORE_GOING MOVA V(0), (%rdi)
	STORE_GOING MOVA V(1), VEC(%rdi)
	STORE_GOING MOVA V(2), 2 * VEC(%rdi)
	STORE_GOING MOVA V(3), 3 * VEC(%rdi)
	addq $4 * VEC, %rsi
	addq $4 * VEC, %rdi
	cmpq $4 * VEC, %rdx
	ja 7b
	LOAD_GOING MOV -4 * VEC(%rsi, %rdx), V(0)
	LOAD_GOING MOV -3 * VEC(%rsi, %rdx), V(1)
	LOAD_GOING MOV -2 * VEC(%rsi, %rdx), V(2)
	LOAD_GOING MOV -VEC(%rsi, %rdx), V(3)
	STORE_GOING MOV V(0), -4 * VEC(%rdi, %rdx)
	STORE_GOING MOV V(1), -3 * VEC(%rdi, %rdx)
	STORE_GOING MOV V(2), -2 * VEC(%rdi, %rdx)
	STORE_GOING MOV V(3), -VEC(%rdi, %rdx)
	xorl %edx, %edx
	LEAVE
	ret
#ifdef HAS_REP
8:	LEAVE
	movq %rdx, %rcx
	MAY_FAULT UMI_FROM | UMI_TO, umi_copy_fixup, rep movsb
	xorl %edx, %edx
	ret
#endif
END NAME(umi_copy_)

#undef LOAD_START
#undef STORE_START
#undef LOAD_GOING
#undef STORE_GOING

#define STORE_START MAY_FAULT UMI_TO, FIX(umi_fill_fixup_start),
#define STORE_GOING MAY_FAULT UMI_TO, FIX(umi_fill_fixup),

/* From 65 bytes on. */
INTERNAL NAME(umi_fill_)
	endbr64
	SPREAD_BYTE(%esi, V(0))
#if VEC >= 64
	cmpq $2 * VEC, %rdx
	ja 2f
	STORE_START MOV V(0), (%rdi)
	STORE_START MOV V(0), -VEC(%rdi, %rdx)
	movq %rdx, %rax
	xorl %edx, %edx
	LEAVE
	ret
2:
#endif
#if VEC >= 32
	cmpq $4 * VEC, %rdx
	ja 4f
	STORE_START MOV V(0), (%rdi)
	STORE_START MOV V(0), VEC(%rdi)
	STORE_START MOV V(0), -2 * VEC(%rdi, %rdx)
	STORE_START MOV V(0), -VEC(%rdi, %rdx)
	movq %rdx, %rax
	xorl %edx, %edx
	LEAVE
	ret
4:
#endif
/* The first vector, then from where it is aligned. */
	STORE_START MOV V(0), (%rdi)
	movq %rdi, %r9
	orq $VEC - 1, %rdi
	incq %rdi
	cmpq umi_fill_rep_from(%rip), %rdx
	jae 8f
	movq %rdx, %rax
	movq %rdi, %rcx
	subq %r9, %rcx
	subq %rcx, %rdx
	cmpq $4 * VEC, %rdx
	jbe 7f
	.p2align 5
6:	subq $4 * VEC, %rdx
	STORE_GOING MOVA V(0), (%rdi)
	STORE_GOING MOVA V(0), VEC(%rdi)
	STORE_GOING MOVA V(0), 2 * VEC(%rdi)
	STORE_GOING MOVA V(0), 3 * VEC(%rdi)
	addq $4 * VEC, %rdi
	cmpq $4 * VEC, %rdx
	ja 6b
7:	STORE_GOING MOV V(0), -4 * VEC(%rdi, %rdx)
	STORE_GOING MOV V(0), -3 * VEC(%rdi, %rdx)
	STORE_GOING MOV V(0), -2 * VEC(%rdi, %rdx)
	STORE_GOING MOV V(0), -VEC(%rdi, %rdx)
	xorl %edx, %edx
	LEAVE
	ret
8:	LEAVE
	movl %esi, %eax
	leaq (%r9, %rdx), %rcx
	subq %rdi, %rcx
	MAY_FAULT UMI_TO, umi_fill_fixup_rep, rep stosb
	movq %rdx, %rax
	xorl %edx, %edx
	ret
END NAME(umi_fill_)

#undef STORE_START
#undef STORE_GOING
