/*
 * The vector variants of what copy.S, fill.S and string.S leave to them: one body, three sets of registers.
 *
 *   VEC              bytes of a vector
 *   V(i) X(i)        registers of VEC and 16 bytes
 *   MOV MOVA         a vector, unaligned and aligned; MOV_X MOVA_X: 16 bytes
 *   SPREAD_BYTE      a byte to all bytes of a vector
 *   HAS_REP          string instructions can be the better way
 *   LEAVE            what must be done before going back to code that knows nothing of vectors
 *   FIX(name)        code elsewhere, after LEAVE
 * for strings:
 *   CLEAR            what the masks rest on
 *   LINE_...         64 bytes in V(0) and on.  LOAD: from the user; PUT: to elsewhere; MASK: rax gets a bit for each byte that
 *                    is 0, and the other register is lost; TEST: not equal if there is one
 *                    LINE_SHIFT: the next 16 bytes to X(0), as often as there are such
 *   MASK             eax gets a bit for each byte of X(0) that is 0
 *   MOV_8 UPPER_8    the first of two 8 bytes of a register, and the second of X(0), to a general one
 */
#include "arch.h"

	.text

	.hidden umi_fill_rep_from
	.hidden umi_copy_rep_from

#define PASTE_(a, b) a##b
#define PASTE(a, b) PASTE_(a, b)
#define NAME(stem) PASTE(stem, VARIANT)

#define VARIANT sse2
#define VEC 16
#define V(i) %xmm##i
#define X(i) %xmm##i
#define MOV movups
#define MOVA movaps
#define MOV_X movups
#define MOVA_X movaps
#define HAS_REP 1
#define LEAVE
#define FIX(name) name
#define CLEAR pxor %xmm7, %xmm7
#define LINE_LOAD(load, move, from) \
	load move from, %xmm0; \
	load move 16 + from, %xmm1; \
	load move 32 + from, %xmm2; \
	load move 48 + from, %xmm3
#define LINE_PUT(at, base) \
	movups %xmm0, at(base); \
	movups %xmm1, at + 16(base); \
	movups %xmm2, at + 32(base); \
	movups %xmm3, at + 48(base)
#define QUARTER_MASK(v, to) movdqa v, %xmm4; pcmpeqb %xmm7, %xmm4; pmovmskb %xmm4, to
#define LINE_MASK(other, other32) \
	QUARTER_MASK(%xmm3, %eax); shlq $16, %rax; \
	QUARTER_MASK(%xmm2, other32); orq other, %rax; shlq $16, %rax; \
	QUARTER_MASK(%xmm1, other32); orq other, %rax; shlq $16, %rax; \
	QUARTER_MASK(%xmm0, other32); orq other, %rax
#define LINE_TEST \
	movdqa %xmm0, %xmm4; pminub %xmm1, %xmm4; \
	movdqa %xmm2, %xmm5; pminub %xmm3, %xmm5; \
	pminub %xmm5, %xmm4; pcmpeqb %xmm7, %xmm4; \
	pmovmskb %xmm4, %eax; testl %eax, %eax
#define MOV_8(from, to) movq from, to
#define UPPER_8(to) movhlps %xmm0, %xmm4; movq %xmm4, to
#define MASK QUARTER_MASK(%xmm0, %eax)
#define LINE_SHIFT movdqa %xmm1, %xmm0; movdqa %xmm2, %xmm1; movdqa %xmm3, %xmm2
#define SPREAD_BYTE(from, to) movd from, to; punpcklbw to, to; punpcklwd to, to; pshufd $0, to, to
#include "vector_body.h"
#include "vector_string.h"
#undef VARIANT
#undef VEC
#undef V
#undef X
#undef MOV
#undef MOVA
#undef MOV_X
#undef MOVA_X
#undef HAS_REP
#undef LEAVE
#undef FIX
#undef CLEAR
#undef LINE_LOAD
#undef QUARTER_MASK
#undef LINE_PUT
#undef LINE_MASK
#undef LINE_TEST
#undef MOV_8
#undef UPPER_8
#undef MASK
#undef LINE_SHIFT
#undef SPREAD_BYTE

#define VARIANT avx2
#define VEC 32
#define V(i) %ymm##i
#define X(i) %xmm##i
#define MOV vmovdqu
#define MOVA vmovdqa
#define MOV_X vmovdqu
#define MOVA_X vmovdqa
#define HAS_REP 1
#define LEAVE vzeroupper
#define FIX(name) name##_vzeroupper
#define CLEAR vpxor %xmm7, %xmm7, %xmm7
#define LINE_LOAD(load, move, from) \
	load move from, %ymm0; \
	load move 32 + from, %ymm1
#define LINE_PUT(at, base) \
	vmovdqu %ymm0, at(base); \
	vmovdqu %ymm1, at + 32(base)
#define LINE_MASK(other, other32) \
	vpcmpeqb %ymm1, %ymm7, %ymm4; vpmovmskb %ymm4, %eax; shlq $32, %rax; \
	vpcmpeqb %ymm0, %ymm7, %ymm4; vpmovmskb %ymm4, other32; orq other, %rax
#define LINE_TEST \
	vpminub %ymm1, %ymm0, %ymm4; vpcmpeqb %ymm4, %ymm7, %ymm4; \
	vpmovmskb %ymm4, %eax; testl %eax, %eax
#define MOV_8(from, to) vmovq from, to
#define UPPER_8(to) vpextrq $1, %xmm0, to
#define MASK vpcmpeqb %xmm0, %xmm7, %xmm4; vpmovmskb %xmm4, %eax
#define LINE_SHIFT vperm2i128 $0x21, %ymm1, %ymm0, %ymm0; vextracti128 $1, %ymm1, %xmm1
#define SPREAD_BYTE(from, to) vmovd from, %xmm0; vpbroadcastb %xmm0, to
#include "vector_body.h"
#include "vector_string.h"
#undef VARIANT
#undef VEC
#undef V
#undef X
#undef MOV
#undef MOVA
#undef MOV_X
#undef MOVA_X
#undef HAS_REP
#undef LEAVE
#undef FIX
#undef CLEAR
#undef LINE_LOAD
#undef QUARTER_MASK
#undef LINE_PUT
#undef LINE_MASK
#undef LINE_TEST
#undef MOV_8
#undef UPPER_8
#undef MASK
#undef LINE_SHIFT
#undef SPREAD_BYTE

/* The upper sixteen registers need no vzeroupper. */
#define VARIANT avx512
#define VEC 64
#define V(i) %zmm2##i
#define X(i) %xmm2##i
#define MOV vmovdqu64
#define MOVA vmovdqa64
#define MOV_X vmovdqu64
#define MOVA_X vmovdqa64
#define HAS_REP 1
#define LEAVE
#define FIX(name) name
#define CLEAR
#define LINE_LOAD(load, move, from) load move from, %zmm20
#define LINE_PUT(at, base) vmovdqu64 %zmm20, at(base)
#define LINE_MASK(other, other32) vptestnmb %zmm20, %zmm20, %k1; kmovq %k1, %rax
#define LINE_TEST vptestnmb %zmm20, %zmm20, %k1; kortestq %k1, %k1
#define MOV_8(from, to) vmovq from, to
#define UPPER_8(to) vpsrldq $8, %xmm20, %xmm21; vmovq %xmm21, to
#define MASK vptestnmb %xmm20, %xmm20, %k1; kmovd %k1, %eax
#define LINE_SHIFT valignq $2, %zmm20, %zmm20, %zmm20
#define SPREAD_BYTE(from, to) vpbroadcastb from, to
#include "vector_body.h"
#include "vector_string.h"

.macro AFTER_VZEROUPPER name
INTERNAL \name\()_vzeroupper
	vzeroupper
	jmp \name
END \name\()_vzeroupper
.endm
	AFTER_VZEROUPPER umi_copy_fixup_start
	AFTER_VZEROUPPER umi_copy_fixup
	AFTER_VZEROUPPER umi_fill_fixup_start
	AFTER_VZEROUPPER umi_fill_fixup
	AFTER_VZEROUPPER umi_string_general
	AFTER_VZEROUPPER umi_string_fixup
	AFTER_VZEROUPPER umi_string_fixup_second

NOTES
