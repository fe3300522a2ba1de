/*
 * Guards, as the port sees them.
 */
#ifndef USERMEM_GUARD_INTERNAL_H
#define USERMEM_GUARD_INTERNAL_H

#include <usermem/fault.h>
#include <usermem/guard.h>

/* A fault may interrupt a sanitizer's own run-time, which must not be entered a second time. */
#define UMI_UNINSTRUMENTED __attribute__((no_sanitize("address", "thread", "undefined")))

/* On the stack of um_guard; guard.S knows the offsets. */
struct umi_guard_record {
	struct umi_guard_record *outer;
	struct um_range range;
	uint64_t control; /* of floating point, as guard.S puts it together */
};

/* Where a fault that a guard claimed goes on: at umi_guard_landing, with the record as its stack pointer and the
 * result in the result registers. */
struct umi_guard_landing {
	uintptr_t pc, sp;
	struct um_result result;
};

/* Does a guard of this thread claim the fault?  The innermost that does; false: *landing untouched. */
bool umi_guard_claim(const struct um_fault *fault, struct umi_guard_landing *landing);

#endif
