/* Which code serves which x86-64 processor, by made-up CPUIDs. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "arch/x86_64/arch.h"

/* As Intel's and AMD's manuals number them. */
#define OSXSAVE (1U << 27)
#define AVX2 (1U << 5)
#define AVX512F (1U << 16)
#define AVX512BW (1U << 30)
#define AVX512VL (1U << 31)
#define AVX512 (AVX512F | AVX512BW | AVX512VL)
#define VBMI2 (1U << 6)
#define XMM 3U
#define YMM 7U
#define ZMM 0xe7U

static const struct {
	const char *what;
	struct umi_cpuid cpuid;
	enum umi_variant chosen;
	bool runs[UMI_VARIANTS]; /* general, sse2, avx2, avx512 */
} machines[] = {
	{ "the first of them", { 0, 0, 0, 0 }, UMI_SSE2, { true, true, false, false } },
	{ "AVX2", { OSXSAVE, AVX2, 0, YMM }, UMI_AVX2, { true, true, true, false } },
	{ "AVX2, and a system that does not use XSAVE", { 0, AVX2, 0, YMM }, UMI_SSE2, { true, true, false, false } },
	{ "AVX2, and a system that keeps no YMM", { OSXSAVE, AVX2, 0, XMM }, UMI_SSE2, { true, true, false, false } },
	{ "AVX alone", { OSXSAVE, 0, 0, YMM }, UMI_SSE2, { true, true, false, false } },
	{ "Skylake: 512 bits cost clock", { OSXSAVE, AVX2 | AVX512, 0, ZMM }, UMI_AVX2, { true, true, true, true } },
	{ "Ice Lake", { OSXSAVE, AVX2 | AVX512, VBMI2, ZMM }, UMI_AVX512, { true, true, true, true } },
	{ "Ice Lake, and a system that keeps no ZMM", { OSXSAVE, AVX2 | AVX512, VBMI2, YMM }, UMI_AVX2, { true, true, true, false } },
	{ "Ice Lake, and a system that keeps no mask registers", { OSXSAVE, AVX2 | AVX512, VBMI2, 0xc7 }, UMI_AVX2, { true, true, true, false } },
	{ "Ice Lake, and a system that does not use XSAVE", { 0, AVX2 | AVX512, VBMI2, ZMM }, UMI_SSE2, { true, true, false, false } },
	{ "no BW", { OSXSAVE, AVX2 | AVX512F | AVX512VL, VBMI2, ZMM }, UMI_AVX2, { true, true, true, false } },
	{ "no VL: Knights Landing", { OSXSAVE, AVX2 | AVX512F | AVX512BW, VBMI2, ZMM }, UMI_AVX2, { true, true, true, false } },
	{ "512 bits without AVX2", { OSXSAVE, AVX512, VBMI2, ZMM }, UMI_SSE2, { true, true, false, false } },
};

static void a_made_up_processor(void **state)
{
	size_t i;
	enum umi_variant variant;

	(void)state;
	for (i = 0; i < sizeof machines / sizeof machines[0]; i++) {
		print_message("# %s\n", machines[i].what);
		assert_int_equal(umi_arch_choose(&machines[i].cpuid), machines[i].chosen);
		for (variant = UMI_GENERAL; variant < UMI_VARIANTS; variant++)
			assert_int_equal(umi_arch_runs(&machines[i].cpuid, variant), machines[i].runs[variant]);
		assert_false(umi_arch_runs(&machines[i].cpuid, UMI_VARIANTS));
	}
}

static void this_processor(void **state)
{
	struct umi_cpuid cpuid;

	(void)state;
	umi_cpuid_read(&cpuid);
	assert_int_equal(umi_arch_runs(&cpuid, UMI_AVX2), __builtin_cpu_supports("avx2") != 0);
	assert_int_equal(umi_arch_runs(&cpuid, UMI_AVX512),
	                 __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw"));
	assert_true(umi_arch_runs(&cpuid, umi_arch_choose(&cpuid)));
	assert_true(umi_arch_use(umi_arch_choose(&cpuid)));
	assert_false(umi_arch_use(UMI_VARIANTS));
	umi_arch_open();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_made_up_processor),
		cmocka_unit_test(this_processor),
	};

	return cmocka_run_group_tests_name("choose", tests, NULL, NULL);
}
