/* Who claims a fault; the contract is in guard.h, and the way in and out in each architecture's guard.S. */
#include "arch/arch.h"
#include "guard_internal.h"

/* Initial-exec: a signal handler must not end up in the allocator of a lazily made thread-local block. */
__attribute__((tls_model("initial-exec"))) _Thread_local struct umi_guard_record *umi_guard_innermost;

_Static_assert(offsetof(struct umi_guard_record, outer) == 0 && offsetof(struct umi_guard_record, range) == 8 &&
               offsetof(struct umi_guard_record, control) == 24 && sizeof(struct umi_guard_record) == 32,
               "guard.S has these offsets");

void umi_guard_land(void);

/* How far it is from the guard's start, whatever tags the two have; out of its range for what is below it. */
UMI_UNINSTRUMENTED static uint64_t distance(const struct umi_guard_record *guard, uintptr_t address)
{
	uintptr_t start = umi_untagged(guard->range.start.value);

	address = umi_untagged(address);
	return address >= start ? address - start : UINT64_MAX;
}

UMI_UNINSTRUMENTED bool umi_guard_claim(const struct um_fault *fault, struct umi_guard_landing *landing)
{
	const struct umi_guard_record *guard = umi_guard_innermost;

	if (!fault->has_address)
		return false;
	while (guard != NULL && distance(guard, fault->address) >= guard->range.length)
		guard = guard->outer;
	if (guard == NULL)
		return false;
	landing->pc = (uintptr_t)umi_guard_land;
	landing->sp = (uintptr_t)guard;
	landing->result.done = distance(guard, fault->address);
	landing->result.status = fault->cause;
	landing->result.side = UM_ONLY_SIDE;
	return true;
}
