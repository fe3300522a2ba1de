/*
 * The vector variants of what copy.S, fill.S and string.S do from 16 bytes on: one body, three sets of registers.
 *
 *   VEC          bytes of a vector
 *   V(i) Y(i) X(i)   registers of VEC, 32 and 16 bytes
 *   MOV MOVA     a vector, unaligned and aligned; MOV_Y, MOV_X: the smaller ones
 *   LEAVE        what must be done before going back to code that knows nothing of vectors
 *   FIX(name)    the fix-up, after LEAVE
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
#define HAS_REP 1
#define LEAVE
#define FIX(name) name
#define SPREAD_BYTE(from, to) movd from, to; punpcklbw to, to; punpcklwd to, to; pshufd $0, to, to
#include "vector_body.h"
#undef VARIANT
#undef VEC
#undef V
#undef X
#undef MOV
#undef MOVA
#undef MOV_X
#undef HAS_REP
#undef LEAVE
#undef FIX
#undef SPREAD_BYTE

#define VARIANT avx2
#define VEC 32
#define V(i) %ymm##i
#define Y(i) %ymm##i
#define X(i) %xmm##i
#define MOV vmovdqu
#define MOVA vmovdqa
#define MOV_Y vmovdqu
#define MOV_X vmovdqu
#define HAS_REP 1
#define LEAVE vzeroupper
#define FIX(name) name##_vzeroupper
#define SPREAD_BYTE(from, to) vmovd from, %xmm0; vpbroadcastb %xmm0, to
#include "vector_body.h"
#undef VARIANT
#undef VEC
#undef V
#undef Y
#undef X
#undef MOV
#undef MOVA
#undef MOV_Y
#undef MOV_X
#undef HAS_REP
#undef LEAVE
#undef FIX
#undef SPREAD_BYTE

/* The upper sixteen registers need no vzeroupper. */
#define VARIANT avx512
#define VEC 64
#define V(i) %zmm2##i
#define Y(i) %ymm2##i
#define X(i) %xmm2##i
#define MOV vmovdqu64
#define MOVA vmovdqa64
#define MOV_Y vmovdqu64
#define MOV_X vmovdqu64
#define LEAVE
#define FIX(name) name
#define SPREAD_BYTE(from, to) vpbroadcastb from, to
#include "vector_body.h"

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
	AFTER_VZEROUPPER umi_string_fixup

NOTES
