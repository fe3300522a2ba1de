/* Mappings in the order of their addresses: a red-black tree in which ranges that overlap are equal; see mm_parts.h. */
#include "mm_parts.h"

/* What a mapping says of all below it in the tree, from what its children say.  True: that is news. */
static bool gather(struct umi_mapping *mapping)
{
	const struct umi_mapping *left = RB_LEFT(mapping, tree), *right = RB_RIGHT(mapping, tree);
	uint64_t gap = mapping->below, before = mapping->gap;

	if (left && left->gap > gap)
		gap = left->gap;
	if (right && right->gap > gap)
		gap = right->gap;
	mapping->gap = gap;
	return gap != before;
}

/* Called by the tree where it turns. */
#undef RB_AUGMENT
#define RB_AUGMENT(mapping) ((void)gather(mapping))

RB_HEAD(map, umi_mapping);

/* Of what the tree makes of it, turns, removal and neighbours are used: the ways down are written out here, since one to a place
 * meets both neighbours. */
static inline int compare(const struct umi_mapping *a, const struct umi_mapping *b)
{
	return a->last < b->start ? -1 : a->start > b->last;
}

RB_GENERATE_INTERNAL(map, umi_mapping, tree, compare, static inline __attribute__((unused)))

_Static_assert(sizeof(struct map) == sizeof(void *), "a root is what um_mm keeps");

/* Up from where something changed, as far as it is news. */
static void gather_up(struct umi_mapping *mapping)
{
	while (mapping && gather(mapping))
		mapping = RB_PARENT(mapping, tree);
}

/* As far as the root: where a node left, what is above may be old at any height. */
static void gather_all(struct umi_mapping *mapping)
{
	for (; mapping; mapping = RB_PARENT(mapping, tree))
		(void)gather(mapping);
}

/* low: the one before it, or NULL. */
static void set_below(struct umi_mapping *mapping, const struct umi_mapping *low)
{
	mapping->below = low ? mapping->start - low->last - 1 : mapping->start;
}

struct umi_mapping *umi_map_insert(struct um_mm *mm, struct umi_mapping *mapping)
{
	struct map map = { mm->mappings };
	struct umi_mapping **link = &map.rbh_root, *parent = NULL, *low = NULL, *high = NULL;

	while (*link) {
		parent = *link;
		if (mapping->last < parent->start) {
			high = parent;
			link = &RB_LEFT(parent, tree);
		} else if (mapping->start > parent->last) {
			low = parent;
			link = &RB_RIGHT(parent, tree);
		} else {
			return parent;
		}
	}
	RB_SET(mapping, parent, tree);
	*link = mapping;
	set_below(mapping, low);
	mapping->gap = mapping->below;
	gather_up(parent);
	if (high) {
		set_below(high, mapping);
		gather_up(high);
	}
	/* From here on all above is as it should be, and a turn changes but what it turns. */
	map_RB_INSERT_COLOR(&map, mapping);
	mm->mappings = map.rbh_root;
	return NULL;
}

void umi_map_remove(struct um_mm *mm, struct umi_mapping *mapping)
{
	struct map map = { mm->mappings };
	struct umi_mapping *low = map_RB_PREV(mapping), *high = map_RB_NEXT(mapping), *from = RB_PARENT(mapping, tree);

	/* With two children it is the next one that leaves its place, for this one's. */
	if (RB_LEFT(mapping, tree) && RB_RIGHT(mapping, tree))
		from = RB_PARENT(high, tree) == mapping ? high : RB_PARENT(high, tree);
	if (high)
		set_below(high, low);
	RB_REMOVE(map, &map, mapping);
	mm->mappings = map.rbh_root;
	gather_all(from);
	gather_all(high);
}

void umi_map_resize(struct umi_mapping *mapping, uint64_t start, uint64_t last)
{
	struct umi_mapping *high = map_RB_NEXT(mapping);

	mapping->below += start - mapping->start;
	mapping->offset += start - mapping->start;
	mapping->start = start;
	mapping->last = last;
	gather_up(mapping);
	if (high) {
		set_below(high, mapping);
		gather_up(high);
	}
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

/* The first of those below `mapping` in the tree, and itself, one of which has such a gap. */
static struct umi_mapping *first_gap(struct umi_mapping *mapping, uint64_t length)
{
	for (;;) {
		struct umi_mapping *left = RB_LEFT(mapping, tree);

		if (left && left->gap >= length)
			mapping = left;
		else if (mapping->below >= length)
			return mapping;
		else
			mapping = RB_RIGHT(mapping, tree);
	}
}

struct umi_mapping *umi_map_next_gap(struct umi_mapping *mapping, uint64_t length)
{
	for (;;) {
		struct umi_mapping *right = RB_RIGHT(mapping, tree), *parent;

		if (right && right->gap >= length)
			return first_gap(right, length);
		/* Up to the first that lies above all of this. */
		while ((parent = RB_PARENT(mapping, tree)) && mapping == RB_RIGHT(parent, tree))
			mapping = parent;
		if (!parent || parent->below >= length)
			return parent;
		mapping = parent;
	}
}

uint64_t umi_map_end(const struct um_mm *mm)
{
	struct map map = { mm->mappings };
	struct umi_mapping *last = RB_MAX(map, &map);

	return last ? last->last : 0;
}
