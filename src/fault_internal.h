/* The table of the instructions that may fault: for the port and for tests. */
#ifndef USERMEM_FAULT_INTERNAL_H
#define USERMEM_FAULT_INTERNAL_H

#include <usermem/fault.h>

/* Each field is relative to its own address. */
struct umi_fault_entry {
	int32_t insn;
	int32_t fixup;
	uint32_t side; /* enum um_side; both: the machine tells which */
};

/* Sorts the entries by instruction, if they are not sorted. */
void umi_fault_sort(struct umi_fault_entry *entries, size_t count);

/* For the port, at its first open. */
void umi_fault_prepare(void);

#endif
