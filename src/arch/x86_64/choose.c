/* Which code serves this CPU: chosen once, from what CPUID says. */
#include "arch.h"
#include <cpuid.h>

#define HIDDEN __attribute__((visibility("hidden")))

typedef void code(void);

extern code umi_copy_general HIDDEN, umi_fill_general HIDDEN, umi_string_general HIDDEN;
extern code umi_fill_sse2 HIDDEN, umi_fill_avx2 HIDDEN, umi_fill_avx512 HIDDEN;
extern code umi_string_sse2 HIDDEN, umi_string_avx2 HIDDEN, umi_string_avx512_masked HIDDEN;
extern code umi_copy_sse2 HIDDEN, umi_copy_avx2 HIDDEN, umi_copy_avx512 HIDDEN;

/* Jumped to by the entries of copy.S, fill.S and string.S; written by a port's first open alone (law 18). */
code *umi_copy_large HIDDEN = umi_copy_general;
code *umi_fill_large HIDDEN = umi_fill_general;
code *umi_string HIDDEN = umi_string_general;

/* From how many bytes on the string instructions serve best; where they are slow, never.  A loop by AVX-512 is better
 * as long as both sides fit into the first cache. */
size_t umi_copy_rep_from HIDDEN = SIZE_MAX, umi_fill_rep_from HIDDEN = SIZE_MAX;

static const struct {
	const char *name;
	code *copy, *fill, *string;
	size_t copy_rep_from, fill_rep_from;
} variants[UMI_VARIANTS] = {
	[UMI_GENERAL] = { "general", umi_copy_general, umi_fill_general, umi_string_general, SIZE_MAX, SIZE_MAX },
	[UMI_SSE2] = { "sse2", umi_copy_sse2, umi_fill_sse2, umi_string_sse2, 1900, 2048 },
	[UMI_AVX2] = { "avx2", umi_copy_avx2, umi_fill_avx2, umi_string_avx2, 3900, 3000 },
	[UMI_AVX512] = { "avx512", umi_copy_avx512, umi_fill_avx512, umi_string_avx512_masked, 24 << 10, 4096 },
};

/* Of CPUID and of XCR0, as Intel's and AMD's manuals number them. */
enum {
	LEAF1_ECX_OSXSAVE = 1 << 27,
	LEAF7_EBX_AVX2 = 1 << 5,
	LEAF7_EBX_ERMS = 1 << 9,
	LEAF7_EBX_AVX512 = (int)(1U << 16 | 1U << 30 | 1U << 31), /* F, BW, VL */
	LEAF7_ECX_VBMI2 = 1 << 6,
	XCR0_YMM = 1 << 1 | 1 << 2,
	XCR0_ZMM = XCR0_YMM | 1 << 5 | 1 << 6 | 1 << 7,
};

static bool all(uint32_t word, int bits)
{
	return (word & (uint32_t)bits) == (uint32_t)bits;
}

void umi_cpuid_read(struct umi_cpuid *cpuid)
{
	static const struct umi_cpuid none;
	unsigned eax, ebx, ecx, edx;

	*cpuid = none;
	if (__get_cpuid(1, &eax, &ebx, &ecx, &edx))
		cpuid->leaf1_ecx = ecx;
	if (__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx)) {
		cpuid->leaf7_ebx = ebx;
		cpuid->leaf7_ecx = ecx;
	}
	if (all(cpuid->leaf1_ecx, LEAF1_ECX_OSXSAVE))
		__asm__("xgetbv" : "=a"(cpuid->xcr0), "=d"(edx) : "c"(0));
}

bool umi_arch_runs(const struct umi_cpuid *cpuid, enum umi_variant variant)
{
	uint32_t saved = all(cpuid->leaf1_ecx, LEAF1_ECX_OSXSAVE) ? cpuid->xcr0 : 0;

	switch (variant) {
	case UMI_GENERAL:
	case UMI_SSE2:
		return true;
	case UMI_AVX2:
		return all(saved, XCR0_YMM) && all(cpuid->leaf7_ebx, LEAF7_EBX_AVX2);
	case UMI_AVX512:
		return all(saved, XCR0_ZMM) && all(cpuid->leaf7_ebx, LEAF7_EBX_AVX2 | LEAF7_EBX_AVX512);
	default:
		return false;
	}
}

/* The processors before VBMI2 (Skylake's kind) lower their clock for 512-bit registers. */
enum umi_variant umi_arch_choose(const struct umi_cpuid *cpuid)
{
	if (umi_arch_runs(cpuid, UMI_AVX512) && all(cpuid->leaf7_ecx, LEAF7_ECX_VBMI2))
		return UMI_AVX512;
	return umi_arch_runs(cpuid, UMI_AVX2) ? UMI_AVX2 : UMI_SSE2;
}

static void use(const struct umi_cpuid *cpuid, enum umi_variant variant)
{
	bool fast_strings = all(cpuid->leaf7_ebx, LEAF7_EBX_ERMS);

	umi_copy_rep_from = fast_strings ? variants[variant].copy_rep_from : SIZE_MAX;
	umi_fill_rep_from = fast_strings ? variants[variant].fill_rep_from : SIZE_MAX;
	umi_copy_large = variants[variant].copy;
	umi_fill_large = variants[variant].fill;
	umi_string = variants[variant].string;
}

void umi_arch_open(void)
{
	struct umi_cpuid cpuid;

	umi_cpuid_read(&cpuid);
	use(&cpuid, umi_arch_choose(&cpuid));
}

bool umi_arch_use(enum umi_variant variant)
{
	struct umi_cpuid cpuid;

	umi_cpuid_read(&cpuid);
	if (!umi_arch_runs(&cpuid, variant))
		return false;
	use(&cpuid, variant);
	return true;
}

const char *umi_variant_name(enum umi_variant variant)
{
	return variants[variant].name;
}
