/* Page tables; the contract is in mm.h.  Tables stay until the end: an address space rarely gives up what it once used. */
#include "pmap.h"
#include "kernel.h"
#include "memory.h"

enum { ENTRIES = 512, INDEX_BITS = 9, ROOT = 0 }; /* words[ROOT]: the root's physical address */

static unsigned index_of(uint64_t addr, unsigned level)
{
	return (unsigned)(addr >> (12 + INDEX_BITS * level)) % ENTRIES;
}

static uint64_t *table_at(uint64_t physical)
{
	return memory_at(physical);
}

/* Where the entry of a page is, or NULL: there is no table for it, and *missing is the level that lacks it. */
static uint64_t *entry_at(const struct um_pmap *pmap, uint64_t addr, unsigned *missing)
{
	uint64_t *table = table_at(pmap->words[ROOT]);
	unsigned level;

	for (level = ARCH_LEVELS - 1; level > 0; level--) {
		uint64_t entry = table[index_of(addr, level)];

		if (entry == 0) {
			*missing = level;
			return NULL;
		}
		table = table_at(arch_pte_physical(entry));
	}
	return &table[index_of(addr, 0)];
}

/* The same, with the tables that it takes; NULL: no memory. */
static uint64_t *entry_made(const struct um_pmap *pmap, uint64_t addr)
{
	uint64_t *table = table_at(pmap->words[ROOT]);
	unsigned level;

	for (level = ARCH_LEVELS - 1; level > 0; level--) {
		uint64_t *entry = &table[index_of(addr, level)];
		void *below;

		if (*entry == 0) {
			below = memory_alloc(PAGE);
			if (!below)
				return NULL;
			*entry = arch_pte_table(memory_physical(below));
		}
		table = table_at(arch_pte_physical(*entry));
	}
	return &table[index_of(addr, 0)];
}

static enum um_status pmap_init(struct um_pmap *pmap, um_addr first, um_addr last)
{
	uint64_t *root = memory_alloc(PAGE);

	(void)first;
	(void)last;
	if (!root)
		return UM_NO_MEMORY;
	arch_root_init(root);
	pmap->words[ROOT] = memory_physical(root);
	return UM_OK;
}

/* Of a root, the program's half alone: the other is the kernel's. */
static void free_tables(uint64_t physical, unsigned level, uint64_t last)
{
	uint64_t *table = table_at(physical);
	unsigned i, count = level == ARCH_LEVELS - 1 ? index_of(last, level) + 1 : ENTRIES;

	for (i = 0; level > 0 && i < count; i++)
		if (table[i] != 0)
			free_tables(arch_pte_physical(table[i]), level - 1, last);
	memory_free(table, PAGE);
}

static void pmap_end(struct um_pmap *pmap)
{
	free_tables(pmap->words[ROOT], ARCH_LEVELS - 1, ARCH_USER_LAST);
}

static bool pmap_active(struct um_pmap *pmap)
{
	return arch_root() == pmap->words[ROOT];
}

static void *pmap_flush(struct um_pmap *pmap, struct um_range range)
{
	if (pmap_active(pmap))
		arch_flush(range.start.value, range.length);
	return NULL;
}

static void pmap_reclaim(struct um_pmap *pmap, void *flushed)
{
	(void)pmap;
	(void)flushed;
}

/* A machine may remember that a page was not there: that is flushed, too, or the program would fault for ever. */
static enum um_status pmap_enter(struct um_pmap *pmap, um_addr addr, struct um_mm_page *page, unsigned access)
{
	uint64_t *entry = entry_made(pmap, addr.value);

	if (!entry)
		return UM_NO_MEMORY;
	if (access & UM_EXEC)
		arch_sync_code(page->bytes, PAGE);
	__atomic_store_n(entry, arch_pte_page(page->frame, access), __ATOMIC_RELEASE);
	(void)pmap_flush(pmap, (struct um_range){ addr, PAGE });
	return UM_OK;
}

static struct um_mm_page *pmap_remove(struct um_pmap *pmap, um_addr addr)
{
	unsigned missing;
	uint64_t *entry = entry_at(pmap, addr.value, &missing), was;

	if (!entry || *entry == 0)
		return NULL;
	was = *entry;
	__atomic_store_n(entry, 0, __ATOMIC_RELEASE);
	return page_of(arch_pte_physical(was));
}

static struct um_mm_page *pmap_next(struct um_pmap *pmap, um_addr *addr, um_addr last, unsigned *access)
{
	uint64_t at = addr->value, apart;
	unsigned missing;

	for (;;) {
		uint64_t *entry = entry_at(pmap, at, &missing);

		if (entry && *entry != 0) {
			addr->value = at;
			*access = arch_pte_access(*entry);
			return page_of(arch_pte_physical(*entry));
		}
		apart = (uint64_t)PAGE << (entry ? 0 : INDEX_BITS * missing);
		if (last.value - at < apart - at % apart)
			return NULL;
		at += apart - at % apart;
	}
}

static struct um_mm_page *pmap_find(struct um_pmap *pmap, um_addr addr, unsigned *access)
{
	unsigned missing;
	uint64_t *entry = entry_at(pmap, addr.value, &missing);

	if (!entry || *entry == 0)
		return NULL;
	*access = arch_pte_access(*entry);
	return page_of(arch_pte_physical(*entry));
}

const struct um_pmap_ops pmap_ops = {
	.size = sizeof pmap_ops,
	.can = UM_CAN_WRITE | UM_CAN_ATOMIC | UM_CAN_SINGLE | UM_CAN_NOFAULT | UM_CAN_IGNORE_PERMS | UM_CAN_CHECK | UM_CAN_VISIT,
	.init = pmap_init,
	.end = pmap_end,
	.enter = pmap_enter,
	.remove = pmap_remove,
	.next = pmap_next,
	.flush = pmap_flush,
	.reclaim = pmap_reclaim,
	.find = pmap_find,
	.active = pmap_active,
};

void pmap_use(const struct um_pmap *pmap)
{
	uint64_t root = pmap ? pmap->words[ROOT] : 0;

	if (arch_root() != root)
		arch_root_use(root);
}
