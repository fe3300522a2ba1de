/* The table of the instructions that may fault, searched and answered from, and single accesses; the contracts are in
 * fault.h. */
#include "arch/arch.h"
#include "fault_internal.h"

_Static_assert(UMI_FROM == UM_FROM && UMI_TO == UM_TO, "the assembly's sides");
_Static_assert(UMI_STATUS_INVALID == UM_INVALID && UMI_STATUS_TOO_LONG == UM_TOO_LONG && UMI_STATUS_AGAIN == UM_AGAIN,
               "the assembly's statuses");

/* The linker's names for the ends of a section. */
extern struct umi_fault_entry first_entry[] __asm__("__start_um_extable") __attribute__((visibility("hidden")));
extern struct umi_fault_entry entries_end[] __asm__("__stop_um_extable") __attribute__((visibility("hidden")));

static uintptr_t resolve(const int32_t *field)
{
	return (uintptr_t)field + (uintptr_t)(intptr_t)*field;
}

/* What an entry says, for a place that many bytes below its own. */
static struct umi_fault_entry moved(struct umi_fault_entry entry, int32_t down)
{
	entry.insn += down;
	entry.fixup += down;
	return entry;
}

/* By insertion: linkers leave the table sorted, and then this only looks. */
void umi_fault_sort(struct umi_fault_entry *entries, size_t count)
{
	size_t i, j;

	for (i = 1; i < count; i++) {
		for (j = i; j > 0 && resolve(&entries[j].insn) < resolve(&entries[j - 1].insn); j--) {
			struct umi_fault_entry lower = moved(entries[j], sizeof *entries);

			entries[j] = moved(entries[j - 1], -(int32_t)sizeof *entries);
			entries[j - 1] = lower;
		}
	}
}

void umi_fault_prepare(void)
{
	umi_fault_sort(first_entry, (size_t)(entries_end - first_entry));
}

static const struct umi_fault_entry *find(uintptr_t pc)
{
	const struct umi_fault_entry *low = first_entry, *high = entries_end;

	while (low < high) {
		const struct umi_fault_entry *middle = low + (high - low) / 2;
		uintptr_t insn = resolve(&middle->insn);

		if (insn == pc)
			return middle;
		if (insn < pc)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* Which side faulted; UM_ONLY_SIDE: not known, and the fix-up finds out byte by byte. */
static enum um_side side_of(const struct umi_fault_entry *entry, unsigned access)
{
	if (entry->side != (UM_FROM | UM_TO))
		return (enum um_side)entry->side;
	return access == UM_READ ? UM_FROM : access == UM_WRITE ? UM_TO : UM_ONLY_SIDE;
}

/* The entry of a fault that is the user's doing, as far as the machine tells; else NULL. */
static const struct umi_fault_entry *find_ours(const struct um_fault *fault)
{
	const struct umi_fault_entry *entry = find(fault->pc);
	enum um_side side;

	if (entry == NULL)
		return NULL;
	side = side_of(entry, fault->access);
	return side == UM_ONLY_SIDE || ((unsigned)fault->access_register & side) != 0 ? entry : NULL;
}

bool um_fault_find(const struct um_fault *fault, unsigned *flags)
{
	if (find_ours(fault) == NULL)
		return false;
	*flags = (unsigned)fault->access_register >> UMI_ACCESS_SHIFT;
	return true;
}

bool um_fault_resume(struct um_fault *fault)
{
	const struct umi_fault_entry *entry = find_ours(fault);
	enum um_side side;

	if (entry == NULL)
		return false;
	side = side_of(entry, fault->access);
	fault->pc = resolve(&entry->fixup);
	fault->give[0] = fault->address;
	fault->give[1] = (uintptr_t)fault->cause | (uintptr_t)side << UMI_GIVE_SIDE_SHIFT;
	if (!fault->has_address)
		fault->give[1] |= (uintptr_t)1 << UMI_GIVE_NOWHERE_BIT;
	return true;
}

/* Single accesses are judged here and done by one instruction of the architecture. */
struct answer {
	uint64_t old;
	uint64_t status; /* enum um_status */
};
typedef struct answer single_access(uintptr_t addr, uint64_t operand, uint64_t expected, unsigned flags);

#define HIDDEN __attribute__((visibility("hidden")))
extern single_access umi_atomic_load_1 HIDDEN, umi_atomic_load_2 HIDDEN, umi_atomic_load_4 HIDDEN, umi_atomic_load_8 HIDDEN,
	umi_atomic_swap_1 HIDDEN, umi_atomic_swap_2 HIDDEN, umi_atomic_swap_4 HIDDEN, umi_atomic_swap_8 HIDDEN,
	umi_atomic_cas_4 HIDDEN, umi_atomic_cas_8 HIDDEN, umi_atomic_add_4 HIDDEN, umi_atomic_add_8 HIDDEN,
	umi_atomic_and_4 HIDDEN, umi_atomic_and_8 HIDDEN, umi_atomic_or_4 HIDDEN, umi_atomic_or_8 HIDDEN,
	umi_atomic_xor_4 HIDDEN, umi_atomic_xor_8 HIDDEN;

/* By operation and size; NULL: there is no such access (law 16). */
static single_access *const accesses[][9] = {
	[UM_LOAD] = { [1] = umi_atomic_load_1, [2] = umi_atomic_load_2, [4] = umi_atomic_load_4, [8] = umi_atomic_load_8 },
	[UM_STORE] = { [1] = umi_atomic_swap_1, [2] = umi_atomic_swap_2, [4] = umi_atomic_swap_4, [8] = umi_atomic_swap_8 },
	[UM_SWAP] = { [4] = umi_atomic_swap_4, [8] = umi_atomic_swap_8 },
	[UM_CAS] = { [4] = umi_atomic_cas_4, [8] = umi_atomic_cas_8 },
	[UM_ADD] = { [4] = umi_atomic_add_4, [8] = umi_atomic_add_8 },
	[UM_AND] = { [4] = umi_atomic_and_4, [8] = umi_atomic_and_8 },
	[UM_OR] = { [4] = umi_atomic_or_4, [8] = umi_atomic_or_8 },
	[UM_XOR] = { [4] = umi_atomic_xor_4, [8] = umi_atomic_xor_8 },
};

enum um_status um_raw_atomic(uintptr_t addr, struct um_atomic_access *access, unsigned flags)
{
	unsigned op = (unsigned)access->op;
	struct answer answer;

	if (op >= sizeof accesses / sizeof accesses[0] || access->size > 8 || accesses[op][access->size] == NULL)
		return UM_INVALID;
	if ((addr & (access->size - 1U)) != 0)
		return UM_MISALIGNED;
	answer = accesses[op][access->size](addr, access->operand, access->expected, flags);
	if (answer.status == UM_OK && access->op != UM_STORE)
		access->old = answer.old;
	return (enum um_status)answer.status;
}
