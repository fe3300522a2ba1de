/*
 * Pages by address, in tables of 512: for the software pmap, and for objects.
 *
 * Changed by one at a time, under a lock of its owner's; searched by any number meanwhile.  A table that became empty is unlinked
 * and retired: who searches may still be in it.
 */
#ifndef USERMEM_SPACES_PMAP_RADIX_H
#define USERMEM_SPACES_PMAP_RADIX_H

#include <usermem/spaces/mm.h>

struct __attribute__((may_alias)) umi_radix { /* also as the words of a struct um_pmap */
	uint64_t root;     /* as an entry of a table: the table's address and how many of its entries are in use; 0: none */
	uint64_t *retired; /* tables, by their first entries */
	uint32_t levels;
};

enum {
	UMI_RADIX_BITS = 9,
	UMI_RADIX_ENTRIES = 1 << UMI_RADIX_BITS,
	UMI_RADIX_PAGE_BITS = 12,
	UMI_RADIX_THERE = 8, /* in a page's entry, beside its access */
	UMI_RADIX_ACCESS = 7,
};

/* An entry of a table above the lowest level is there if it counts anything, so that links of retired tables are none. */
#define UMI_RADIX_COUNT ((uint64_t)1023)

static inline const uint64_t *umi_radix_table(uint64_t entry)
{
	return (const uint64_t *)(uintptr_t)(entry & ~(uint64_t)4095);
}

static inline unsigned umi_radix_index(uint64_t addr, unsigned level)
{
	return (unsigned)(addr >> (UMI_RADIX_PAGE_BITS + UMI_RADIX_BITS * level)) % UMI_RADIX_ENTRIES;
}

static inline struct um_mm_page *umi_radix_page(uint64_t entry)
{
	return (struct um_mm_page *)(uintptr_t)(entry & ~(uint64_t)15);
}

/* The entry of a page; without UMI_RADIX_THERE: there is none. */
static inline uint64_t umi_radix_find(const struct umi_radix *radix, uint64_t addr)
{
	uint64_t entry = __atomic_load_n(&radix->root, __ATOMIC_ACQUIRE);
	unsigned level;

	for (level = radix->levels; level-- > 0;) {
		if ((entry & UMI_RADIX_COUNT) == 0)
			return 0;
		entry = __atomic_load_n(umi_radix_table(entry) + umi_radix_index(addr, level), __ATOMIC_ACQUIRE);
	}
	return entry;
}

void umi_radix_init(struct umi_radix *radix, uint64_t last);

/* In place of what was there, which cannot fail.  False: no memory for a table. */
bool umi_radix_put(struct umi_radix *radix, const struct um_mm_provider *provider, uint64_t addr, struct um_mm_page *page, unsigned access);

/* The entry that was there. */
uint64_t umi_radix_remove(struct umi_radix *radix, uint64_t addr);

/* The first entry of a page at or above *addr, up to last; 0: none, and *addr untouched. */
uint64_t umi_radix_next(const struct umi_radix *radix, uint64_t *addr, uint64_t last);

/* Frees tables that were retired, and that nobody searches any more. */
void umi_radix_free(const struct um_mm_provider *provider, uint64_t *retired);

#endif
