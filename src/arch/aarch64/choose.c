/* How this CPU modifies a word: chosen once, from what the kernel says of it. */
#include "arch.h"
#include <sys/auxv.h>

enum { HWCAP_WITH_LSE = 1 << 8 }; /* HWCAP_ATOMICS */

uint64_t umi_features __attribute__((visibility("hidden")));

bool umi_arch_runs(uint64_t hwcap, enum umi_variant variant)
{
	return variant == UMI_GENERAL || (variant == UMI_LSE && (hwcap & HWCAP_WITH_LSE) != 0);
}

enum umi_variant umi_arch_choose(uint64_t hwcap)
{
	return umi_arch_runs(hwcap, UMI_LSE) ? UMI_LSE : UMI_GENERAL;
}

static void use(enum umi_variant variant)
{
	umi_features = variant == UMI_LSE ? 1 << UMI_PORT_LSE_BIT : 0;
}

void umi_arch_open(void)
{
	use(umi_arch_choose(getauxval(AT_HWCAP)));
}

bool umi_arch_use(enum umi_variant variant)
{
	if (!umi_arch_runs(getauxval(AT_HWCAP), variant))
		return false;
	use(variant);
	return true;
}

const char *umi_variant_name(enum umi_variant variant)
{
	return variant == UMI_LSE ? "lse" : "general";
}
