/* There is nothing to choose: one way serves every RISC-V 64 with A (RV64GC). */
#include "arch.h"

void umi_arch_open(void)
{
}

bool umi_arch_use(enum umi_variant variant)
{
	return variant == UMI_GENERAL;
}

const char *umi_variant_name(enum umi_variant variant)
{
	(void)variant;
	return "general";
}
