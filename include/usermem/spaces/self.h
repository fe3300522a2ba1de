/*
 * This process's own memory, through fault recovery (hosted).
 *
 * The host tells protections as the machine does: x86-64 reads a write-only page, so there is no UM_CAN_PERMS.
 * There is no UM_NOFAULT (the host does not say whether a page is present) and no UM_IGNORE_PERMS.  um_check is
 * answered from the host's list of mappings.  visit shows the memory where it is, with may_fault set.
 *
 * Any number of threads.  Copies, strings, atomics and visit are async-signal-safe; opening, closing, check and
 * populate are not promised to be.  In a kernel an mm view takes this one's place.
 */
#ifndef USERMEM_SPACES_SELF_H
#define USERMEM_SPACES_SELF_H

#include <usermem/space.h>

UM_BEGIN_DECLS

struct um_self {
	struct um_space space;
	uint64_t reserved[8];
};

/*
 * The highest address that Linux lets programs of this machine have before they ask for more by a hint to mmap: the end of the lower half,
 * less a page on x86-64.  RISC-V's halves are of 38, 47 or 56 bits, as the processor has it: this is the largest.
 */
#if defined __x86_64__
#define UM_SELF_LAST UINT64_C(0x00007fffffffefff)
#elif defined __aarch64__
#define UM_SELF_LAST UINT64_C(0x0000ffffffffffff)
#else
#define UM_SELF_LAST UINT64_C(0x00ffffffffffffff)
#endif

/* first and last: the lowest and the highest address that may be touched; outside them is UM_RANGE.  Opens the
 * port (port.h); um_close closes it.  first > last: UM_INVALID.  On failure nothing is open. */
UM_CHECKED enum um_status um_self_open(struct um_self *self, um_addr first, um_addr last);

UM_END_DECLS

#endif
