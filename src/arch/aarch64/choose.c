/* How this CPU modifies a word: chosen once, from what the kernel says of it. */
#include "arch.h"
#ifdef __linux__
#include <sys/auxv.h>
#endif

enum { HWCAP_WITH_LSE = 1 << 8 }; /* HWCAP_ATOMICS */

/* Read by atomic.S; written by a port's first open alone (law 18). */
uint8_t umi_lse __attribute__((visibility("hidden")));

static bool has_lse(void)
{
	return (getauxval(AT_HWCAP) & HWCAP_WITH_LSE) != 0;
}

void umi_arch_open(void)
{
	umi_lse = has_lse();
}

bool umi_arch_use(enum umi_variant variant)
{
	if (variant == UMI_LSE && !has_lse())
		return false;
	umi_lse = variant == UMI_LSE;
	return true;
}

const char *umi_variant_name(enum umi_variant variant)
{
	return variant == UMI_LSE ? "lse" : "general";
}
