/* Pages by address, in tables of 512; see pmap_radix.h. */
#include "pmap_radix.h"

enum { LEVELS_MAX = 6, TABLE = UMI_RADIX_ENTRIES * sizeof(uint64_t) };

void umi_radix_init(struct umi_radix *radix, uint64_t last)
{
	unsigned bits = UMI_RADIX_PAGE_BITS + UMI_RADIX_BITS;

	*radix = (struct umi_radix){ .levels = 1 };
	for (; bits < 64 && last >> bits != 0; bits += UMI_RADIX_BITS)
		radix->levels++;
}

/* Whoever searches sees an entry only with all that it points at. */
static void set(uint64_t *entry, uint64_t value)
{
	__atomic_store_n(entry, value, __ATOMIC_RELEASE);
}

static uint64_t *table_of(uint64_t entry)
{
	return (uint64_t *)(uintptr_t)umi_radix_table(entry);
}

/* The tables of `level` and below that addr needs and that are missing, linked up with `entry` at their end: what is to be
 * set above them; 0: no memory. */
static uint64_t new_tables(const struct um_mm_provider *provider, uint64_t addr, unsigned level, uint64_t entry)
{
	uint64_t *tables[LEVELS_MAX];
	unsigned i;

	for (i = 0; i <= level; i++) {
		tables[i] = provider->node_alloc(provider, TABLE);
		if (!tables[i])
			break;
		__builtin_memset(tables[i], 0, TABLE);
		tables[i][umi_radix_index(addr, i)] = entry;
		entry = (uintptr_t)tables[i] + 1;
	}
	if (i > level)
		return entry;
	while (i-- > 0)
		provider->node_free(provider, tables[i], TABLE);
	return 0;
}

bool umi_radix_put(struct umi_radix *radix, const struct um_mm_provider *provider, uint64_t addr, struct um_mm_page *page, unsigned access)
{
	uint64_t value = (uintptr_t)page | UMI_RADIX_THERE | access, *above = NULL, *entry = &radix->root;
	unsigned level = radix->levels;

	/* above: the entry that counts the table in which entry is */
	for (; level > 0 && *entry != 0; level--) {
		above = entry;
		entry = table_of(*entry) + umi_radix_index(addr, level - 1);
	}
	if (level > 0) {
		value = new_tables(provider, addr, level - 1, value);
		if (value == 0)
			return false;
	}
	if (*entry == 0 && above)
		set(above, *above + 1);
	set(entry, value);
	return true;
}

uint64_t umi_radix_remove(struct umi_radix *radix, uint64_t addr)
{
	uint64_t *above[LEVELS_MAX], *entry = &radix->root, old;
	unsigned level;

	for (level = radix->levels; level > 0 && *entry != 0; level--) {
		above[level - 1] = entry;
		entry = table_of(*entry) + umi_radix_index(addr, level - 1);
	}
	old = *entry;
	if (old == 0)
		return 0;
	set(entry, 0);
	/* One use less of its table; a table without any goes, and so on upwards. */
	for (; level < radix->levels; level++) {
		uint64_t *table = table_of(*above[level]);

		if ((*above[level] & UMI_RADIX_COUNT) > 1) {
			set(above[level], *above[level] - 1);
			break;
		}
		set(above[level], 0);
		set(table, (uintptr_t)radix->retired);
		radix->retired = table;
	}
	return old;
}

uint64_t umi_radix_next(const struct umi_radix *radix, uint64_t *addr, uint64_t last)
{
	uint64_t at = *addr;

	while (at <= last && radix->root != 0) {
		const uint64_t *table = &radix->root;
		unsigned level = radix->levels, index = 0, bits;

		for (; level > 0 && table[index] != 0; level--) {
			table = umi_radix_table(table[index]);
			index = umi_radix_index(at, level - 1);
		}
		if (table[index] != 0) {
			*addr = at;
			return table[index];
		}
		/* Past what is empty in this table; where it has no more, the next round finds out. */
		while (++index < UMI_RADIX_ENTRIES && table[index] == 0)
			;
		bits = UMI_RADIX_PAGE_BITS + UMI_RADIX_BITS * level;
		at = (at >> bits) - umi_radix_index(at, level) + index;
		if (at > UINT64_MAX >> bits)
			break;
		at <<= bits;
	}
	return 0;
}

void umi_radix_free(const struct um_mm_provider *provider, uint64_t *retired)
{
	while (retired) {
		uint64_t *next = (uint64_t *)(uintptr_t)*retired;

		provider->node_free(provider, retired, TABLE);
		retired = next;
	}
}
