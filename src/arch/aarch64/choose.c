/* How this CPU modifies a word: chosen once, from what the kernel says of it. */
#include "arch.h"
#include <sys/auxv.h>

enum { HWCAP_WITH_LSE = 1 << 8 }; /* HWCAP_ATOMICS */

uint64_t umi_features __attribute__((visibility("hidden")));

static bool has_lse(void)
{
	return (getauxval(AT_HWCAP) & HWCAP_WITH_LSE) != 0;
}

void umi_arch_open(void)
{
	umi_features = has_lse() ? 1 << UMI_PORT_LSE_BIT : 0;
}

bool umi_arch_use(enum umi_variant variant)
{
	if (variant == UMI_LSE && !has_lse())
		return false;
	umi_features = variant == UMI_LSE ? 1 << UMI_PORT_LSE_BIT : 0;
	return true;
}

const char *umi_variant_name(enum umi_variant variant)
{
	return variant == UMI_LSE ? "lse" : "general";
}
