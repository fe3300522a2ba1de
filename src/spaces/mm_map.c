/* Mappings in the order of their addresses: a red-black tree in which ranges that overlap are equal; see mm_parts.h. */
#include "mm_parts.h"

/* What a mapping says of all below it, from what its children say. */
static void gather(struct umi_mapping *mapping)
{
	const struct umi_mapping *left = RB_LEFT(mapping, tree), *right = RB_RIGHT(mapping, tree);
	uint64_t low = mapping->start, high = mapping->last, gap = 0;

	if (left) {
		gap = mapping->start - left->high - 1;
		gap = left->gap > gap ? left->gap : gap;
		low = left->low;
	}
	if (right) {
		uint64_t above = right->low - mapping->last - 1;

		gap = above > gap ? above : gap;
		gap = right->gap > gap ? right->gap : gap;
		high = right->high;
	}
	mapping->low = low;
	mapping->high = high;
	mapping->gap = gap;
}

/* The tree calls this where it links anew, with what may be old below; what the way up to the root meets is gathered after it. */
#undef RB_AUGMENT
#define RB_AUGMENT(mapping) gather(mapping)

RB_HEAD(map, umi_mapping);

static inline int compare(const struct umi_mapping *a, const struct umi_mapping *b)
{
	return a->last < b->start ? -1 : a->start > b->last;
}

RB_GENERATE_INTERNAL(map, umi_mapping, tree, compare, static inline __attribute__((unused)))

_Static_assert(sizeof(struct map) == sizeof(void *), "a root is what um_mm keeps");

static void gather_up(struct umi_mapping *mapping)
{
	for (; mapping; mapping = RB_PARENT(mapping, tree))
		gather(mapping);
}

struct umi_mapping *umi_map_insert(struct um_mm *mm, struct umi_mapping *mapping)
{
	struct map map = { mm->mappings };
	struct umi_mapping *other;

	mapping->low = mapping->start;
	mapping->high = mapping->last;
	mapping->gap = 0;
	other = RB_INSERT(map, &map, mapping);
	if (other)
		return other;
	mm->mappings = map.rbh_root;
	gather_up(mapping);
	return NULL;
}

void umi_map_remove(struct um_mm *mm, struct umi_mapping *mapping)
{
	struct map map = { mm->mappings };
	struct umi_mapping *from = RB_PARENT(mapping, tree);

	/* With two children it is the next one that leaves its place, for this one's. */
	if (RB_LEFT(mapping, tree) && RB_RIGHT(mapping, tree)) {
		struct umi_mapping *next = RB_NEXT(map, &map, mapping);

		from = RB_PARENT(next, tree) == mapping ? next : RB_PARENT(next, tree);
	}
	RB_REMOVE(map, &map, mapping);
	mm->mappings = map.rbh_root;
	gather_up(from);
}

void umi_map_resize(struct umi_mapping *mapping, uint64_t start, uint64_t last)
{
	mapping->offset += start - mapping->start;
	mapping->start = start;
	mapping->last = last;
	gather_up(mapping);
}

struct umi_mapping *umi_map_find(const struct um_mm *mm, uint64_t addr)
{
	struct umi_mapping *mapping = mm->mappings;

	while (mapping && (addr < mapping->start || addr > mapping->last))
		mapping = addr < mapping->start ? RB_LEFT(mapping, tree) : RB_RIGHT(mapping, tree);
	return mapping;
}

struct umi_mapping *umi_map_from(const struct um_mm *mm, uint64_t addr)
{
	struct umi_mapping *mapping = mm->mappings, *found = NULL;

	while (mapping) {
		if (addr <= mapping->last)
			found = mapping;
		mapping = addr <= mapping->last ? RB_LEFT(mapping, tree) : RB_RIGHT(mapping, tree);
	}
	return found;
}

struct umi_mapping *umi_map_next(struct umi_mapping *mapping)
{
	return map_RB_NEXT(mapping);
}

/* The first below `mapping` in the tree that has such a gap right below it, which there is.  *below: as for umi_map_next_gap,
 * and at first what ends before all of them. */
static struct umi_mapping *first_gap(struct umi_mapping *mapping, uint64_t length, uint64_t *below)
{
	for (;;) {
		struct umi_mapping *left = RB_LEFT(mapping, tree);

		if (left && (left->low - *below - 1 >= length || left->gap >= length)) {
			mapping = left;
			continue;
		}
		if (left)
			*below = left->high;
		if (mapping->start - *below - 1 >= length)
			return mapping;
		*below = mapping->last;
		mapping = RB_RIGHT(mapping, tree);
	}
}

struct umi_mapping *umi_map_next_gap(struct umi_mapping *mapping, uint64_t length, uint64_t *below)
{
	*below = mapping->last;
	for (;;) {
		struct umi_mapping *right = RB_RIGHT(mapping, tree), *parent;

		if (right && (right->low - *below - 1 >= length || right->gap >= length))
			return first_gap(right, length, below);
		if (right)
			*below = right->high;
		/* Up to the first that lies above all of this. */
		while ((parent = RB_PARENT(mapping, tree)) && mapping == RB_RIGHT(parent, tree))
			mapping = parent;
		if (!parent || parent->start - *below - 1 >= length)
			return parent;
		*below = parent->last;
		mapping = parent;
	}
}
