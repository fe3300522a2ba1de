/* A second address space with the memory of a first; the contract is in mm.h. */
#include "mm_parts.h"

/* The child's record of a mapping of the parent's. */
static bool inherit(struct um_mm *child, const struct umi_mapping *mapping)
{
	struct umi_mapping *node = child->provider->node_alloc(child->provider, sizeof *node);

	if (!node)
		return false;
	*node = *mapping;
	umi_mapping_hold(node);
	umi_map_insert(child, node);
	return true;
}

/* No view writes to a private page of the parent's from here on, until it has asked. */
static void stop_writing(struct um_mm *parent)
{
	struct um_range all = { parent->first, parent->last.value - parent->first.value };
	struct umi_mapping *mapping;
	struct umi_taken taken;

	umi_taken_begin(&taken);
	for (mapping = umi_map_from(parent, 0); mapping; mapping = umi_map_next(mapping)) {
		struct umi_walk walk = umi_walk_of(mapping->start, mapping->last);

		while (!mapping->object && umi_walk_next(parent, &walk)) {
			if (walk.has & UM_WRITE) {
				(void)parent->ops->enter(&parent->pmap, walk.at, walk.page, walk.has & ~(unsigned)UM_WRITE);
				taken.any = true;
			}
		}
	}
	if (taken.any)
		umi_taken_flush(parent, all, &taken);
	umi_taken_end(parent, NULL, &taken);
}

/* A page that a visit has is the parent's alone: what is written through the visit must reach the parent, and nobody else. */
static struct um_mm_page *child_page(const struct um_mm *child, struct um_mm_page *page)
{
	struct um_mm_page *copy;

	if (!umi_page_pinned(page)) {
		umi_page_share(page);
		return page;
	}
	copy = child->provider->page_alloc(child->provider);
	if (copy) {
		__builtin_memcpy(copy->bytes, page->bytes, UMI_PAGE);
		copy->holds = 1;
	}
	return copy;
}

/* Shared mappings find their pages in their objects. */
static bool give_pages(struct um_mm *child, struct um_mm *parent, const struct umi_mapping *mapping)
{
	struct umi_walk walk = umi_walk_of(mapping->start, mapping->last);

	while (!mapping->object && umi_walk_next(parent, &walk)) {
		struct um_mm_page *page = child_page(child, walk.page);

		if (!page)
			return false;
		if (child->ops->enter(&child->pmap, walk.at, page, mapping->access & ~(unsigned)UM_WRITE) != UM_OK) {
			umi_page_drop(child->provider, page, 1);
			return false;
		}
	}
	return true;
}

static bool give(struct um_mm *child, struct um_mm *parent)
{
	struct umi_mapping *mapping;

	for (mapping = umi_map_from(parent, 0); mapping; mapping = umi_map_next(mapping))
		if (!inherit(child, mapping))
			return false;
	stop_writing(parent);
	for (mapping = umi_map_from(parent, 0); mapping; mapping = umi_map_next(mapping))
		if (!give_pages(child, parent, mapping))
			return false;
	return true;
}

enum um_status um_mm_fork(struct um_mm *child, struct um_mm *parent)
{
	enum um_status status = um_mm_init(child, parent->provider, parent->ops, parent->first, parent->last);
	bool given;

	if (status != UM_OK)
		return status;
	umi_lock(parent->provider, &parent->lock);
	child->born = parent->born;
	given = give(child, parent);
	umi_unlock(parent->provider, &parent->lock);
	if (given)
		return UM_OK;
	um_mm_end(child);
	return UM_NO_MEMORY;
}
