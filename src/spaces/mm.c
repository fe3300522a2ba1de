/* An address space of our own: mappings, judged and changed.  The contract is in mm.h. */
#include "mm_parts.h"

enum { ALL_ACCESS = UM_READ | UM_WRITE | UM_EXEC };

/* ---------------------------------------------------------------- judgement */

static bool whole_pages(um_addr first, um_addr last)
{
	return first.value < last.value && first.value % UMI_PAGE == 0 && last.value % UMI_PAGE == UMI_PAGE - 1;
}

static enum um_status judge_range(const struct um_mm *mm, struct um_range range)
{
	if (range.length == 0 || range.length % UMI_PAGE != 0 || range.start.value % UMI_PAGE != 0)
		return UM_INVALID;
	return um_range_within(range, mm->first, mm->last) ? UM_OK : UM_RANGE;
}

static uint64_t last_of(struct um_range range)
{
	return range.start.value + (range.length - 1);
}

static enum um_status judge_mapping(const struct um_mm *mm, const struct um_mapping *mapping)
{
	const struct um_pager *pager = mapping->pager;

	if (mapping->max_access & ~(unsigned)ALL_ACCESS || mapping->access & ~mapping->max_access ||
	    mapping->flags & ~(unsigned)(UM_MAP_SHARED | UM_MAP_REPLACE))
		return UM_INVALID;
	if (mapping->offset % UMI_PAGE != 0 || mapping->range.length - 1 > UINT64_MAX - mapping->offset)
		return UM_INVALID;
	if (pager && (pager->size < sizeof *pager || !pager->read))
		return UM_INVALID;
	return judge_range(mm, mapping->range);
}

/* ---------------------------------------------------------------- records of mappings */

static void free_mapping(const struct um_mm_provider *provider, struct umi_mapping *mapping)
{
	if (mapping->pager && mapping->pager->release)
		mapping->pager->release(mapping->pager);
	if (mapping->object)
		umi_object_drop(provider, mapping->object);
	provider->node_free(provider, mapping, sizeof *mapping);
}

/* What left the tree, by its links. */
static void free_mappings(const struct um_mm_provider *provider, struct umi_mapping *gone)
{
	while (gone) {
		struct umi_mapping *next = RB_LEFT(gone, tree);

		free_mapping(provider, gone);
		gone = next;
	}
}

static struct umi_mapping *new_node(const struct um_mm *mm)
{
	return mm->provider->node_alloc(mm->provider, sizeof(struct umi_mapping));
}

static void free_node(const struct um_mm *mm, struct umi_mapping *node)
{
	if (node)
		mm->provider->node_free(mm->provider, node, sizeof *node);
}

void umi_mapping_hold(const struct umi_mapping *mapping)
{
	if (mapping->object)
		__atomic_fetch_add(&mapping->object->uses, 1, __ATOMIC_RELAXED);
	if (mapping->pager && mapping->pager->hold)
		mapping->pager->hold(mapping->pager);
}

/* Cuts mapping in two; `node` becomes what is from `at` on. */
static struct umi_mapping *cut(struct um_mm *mm, struct umi_mapping *mapping, uint64_t at, struct umi_mapping *node)
{
	*node = *mapping;
	node->start = at;
	node->offset += at - mapping->start;
	umi_mapping_hold(node);
	umi_map_resize(mapping, mapping->start, at - 1);
	umi_map_insert(mm, node);
	return node;
}

/* ---------------------------------------------------------------- room: what a range takes away */

/* Takes mappings out of the range; links what goes as *gone.  spare: for one that is cut in two, used then and NULL. */
static void carve(struct um_mm *mm, uint64_t start, uint64_t last, struct umi_mapping **spare, struct umi_mapping **gone)
{
	struct umi_mapping *mapping = umi_map_from(mm, start);

	while (mapping && mapping->start <= last) {
		struct umi_mapping *next;

		if (mapping->start < start && mapping->last > last) {
			cut(mm, mapping, last + 1, *spare);
			*spare = NULL;
		}
		next = umi_map_next(mapping);
		if (mapping->start < start) {
			umi_map_resize(mapping, mapping->start, start - 1);
		} else if (mapping->last > last) {
			umi_map_resize(mapping, last + 1, mapping->last);
		} else {
			umi_map_remove(mm, mapping);
			RB_LEFT(mapping, tree) = *gone;
			*gone = mapping;
		}
		mapping = next;
	}
}

/* Is there a mapping that reaches beyond both ends of the range? */
static bool is_inside(const struct um_mm *mm, uint64_t start, uint64_t last)
{
	const struct umi_mapping *mapping = umi_map_find(mm, start);

	return mapping && mapping->start < start && mapping->last > last;
}

static enum um_status make_room(struct um_mm *mm, uint64_t start, uint64_t last, struct umi_mapping **gone, struct umi_taken *taken)
{
	struct umi_mapping *spare = NULL;

	if (is_inside(mm, start, last)) {
		spare = new_node(mm);
		if (!spare)
			return UM_NO_MEMORY;
	}
	carve(mm, start, last, &spare, gone);
	umi_take_pages(mm, start, last, taken);
	return UM_OK;
}

enum um_status um_mm_unmap(struct um_mm *mm, struct um_range range)
{
	enum um_status status = judge_range(mm, range);
	struct umi_mapping *gone = NULL;
	struct umi_taken taken;

	if (status != UM_OK)
		return status;
	umi_taken_begin(&taken);
	umi_lock(mm->provider, &mm->lock);
	status = make_room(mm, range.start.value, last_of(range), &gone, &taken);
	umi_unlock(mm->provider, &mm->lock);
	umi_taken_end(mm, NULL, &taken);
	free_mappings(mm->provider, gone);
	return status;
}

/* ---------------------------------------------------------------- map */

/* In its place, or UM_INVALID: there is another, or UM_NO_MEMORY. */
static enum um_status place(struct um_mm *mm, struct umi_mapping *node, bool replace, struct umi_mapping **gone, struct umi_taken *taken)
{
	enum um_status status = replace ? make_room(mm, node->start, node->last, gone, taken) : UM_OK;

	if (status != UM_OK)
		return status;
	if (umi_map_insert(mm, node))
		return UM_INVALID;
	node->born = ++mm->born;
	if (node->pager && node->pager->hold)
		node->pager->hold(node->pager);
	return UM_OK;
}

/* A record of the mapping, in no tree; nobody knows of it. */
static struct umi_mapping *record(struct um_mm *mm, const struct um_mapping *mapping)
{
	struct umi_mapping *node = new_node(mm);

	if (!node)
		return NULL;
	*node = (struct umi_mapping){
		.start = mapping->range.start.value,
		.last = last_of(mapping->range),
		.offset = mapping->offset,
		.pager = mapping->pager,
		.access = (uint8_t)mapping->access,
		.max_access = (uint8_t)mapping->max_access,
		.flags = (uint8_t)mapping->flags,
	};
	if (mapping->flags & UM_MAP_SHARED) {
		node->object = umi_object_new(mm->provider, mapping->offset + (mapping->range.length - 1));
		if (!node->object) {
			free_node(mm, node);
			return NULL;
		}
	}
	return node;
}

enum um_status um_mm_map(struct um_mm *mm, const struct um_mapping *mapping)
{
	enum um_status status = judge_mapping(mm, mapping);
	struct umi_mapping *gone = NULL, *node;
	struct umi_taken taken;

	if (status != UM_OK)
		return status;
	node = record(mm, mapping);
	if (!node)
		return UM_NO_MEMORY;
	umi_taken_begin(&taken);
	umi_lock(mm->provider, &mm->lock);
	status = place(mm, node, mapping->flags & UM_MAP_REPLACE, &gone, &taken);
	umi_unlock(mm->provider, &mm->lock);
	umi_taken_end(mm, NULL, &taken);
	free_mappings(mm->provider, gone);
	if (status != UM_OK) {
		if (node->object)
			umi_object_drop(mm->provider, node->object);
		free_node(mm, node);
	}
	return status;
}

/* ---------------------------------------------------------------- protect */

/* Is all of the range mapped, and may all of it be had so?  *from: its first mapping. */
static enum um_status judge_protection(const struct um_mm *mm, uint64_t start, uint64_t last, unsigned access, struct umi_mapping **from)
{
	struct umi_mapping *mapping = *from = umi_map_find(mm, start);

	for (;;) {
		if (!mapping || mapping->start > start)
			return UM_UNMAPPED;
		if (access & ~(unsigned)mapping->max_access)
			return UM_DENIED;
		if (mapping->last >= last)
			return UM_OK;
		start = mapping->last + 1;
		mapping = umi_map_next(mapping);
	}
}

/* All pages of a mapping as it says now. */
static void regrant(struct um_mm *mm, const struct umi_mapping *mapping, struct umi_taken *taken)
{
	struct umi_walk walk = umi_walk_of(mapping->start, mapping->last);

	while (umi_walk_next(mm, &walk)) {
		unsigned grants = umi_mapping_grants(mapping, walk.page);

		if (grants != walk.has)
			(void)mm->ops->enter(&mm->pmap, walk.at, walk.page, grants);
		if (walk.has & ~grants)
			taken->any = true;
	}
}

/* From `from`, which has start, up to last.  nodes: for what is cut at either end, and NULL where that was used. */
static void protect(struct um_mm *mm, struct umi_mapping *from, struct um_range range, unsigned access, struct umi_mapping *nodes[2])
{
	uint64_t start = range.start.value, last = last_of(range);
	struct umi_mapping *mapping = from;
	struct umi_taken taken;

	umi_taken_begin(&taken);
	if (mapping->start < start) {
		mapping = cut(mm, mapping, start, nodes[0]);
		nodes[0] = NULL;
	}
	for (; mapping && mapping->start <= last; mapping = umi_map_next(mapping)) {
		if (mapping->last > last) {
			cut(mm, mapping, last + 1, nodes[1]);
			nodes[1] = NULL;
		}
		mapping->access = (uint8_t)access;
		regrant(mm, mapping, &taken);
	}
	if (taken.any)
		umi_taken_flush(mm, range, &taken);
	/* Under the lock: until nobody writes by what was taken, no fork may take the pages for settled. */
	umi_taken_end(mm, NULL, &taken);
}

enum um_status um_mm_protect(struct um_mm *mm, struct um_range range, unsigned access)
{
	struct umi_mapping *nodes[2] = { NULL, NULL }, *from;
	enum um_status status = access & ~(unsigned)ALL_ACCESS ? UM_INVALID : judge_range(mm, range);

	if (status != UM_OK)
		return status;
	umi_lock(mm->provider, &mm->lock);
	status = judge_protection(mm, range.start.value, last_of(range), access, &from);
	if (status == UM_OK) {
		bool at_start = from->start < range.start.value, at_end = umi_map_find(mm, last_of(range))->last > last_of(range);

		nodes[0] = at_start ? new_node(mm) : NULL;
		nodes[1] = at_end ? new_node(mm) : NULL;
		if (at_start == !nodes[0] || at_end == !nodes[1])
			status = UM_NO_MEMORY;
		else
			protect(mm, from, range, access, nodes);
	}
	umi_unlock(mm->provider, &mm->lock);
	free_node(mm, nodes[0]);
	free_node(mm, nodes[1]);
	return status;
}

/* ---------------------------------------------------------------- questions */

static bool align_up(uint64_t *at, uint64_t alignment)
{
	if (*at > UINT64_MAX - (alignment - 1))
		return false;
	*at = (*at + (alignment - 1)) & ~(alignment - 1);
	return true;
}

static bool find_gap(const struct um_mm *mm, uint64_t at, uint64_t length, uint64_t alignment, um_addr *start)
{
	struct umi_mapping *mapping = umi_map_from(mm, at);

	for (;;) {
		if (!align_up(&at, alignment) || at > mm->last.value || length - 1 > mm->last.value - at)
			return false;
		if (!mapping || (at < mapping->start && length <= mapping->start - at)) {
			*start = um_addr_of(at);
			return true;
		}
		/* On to the next stretch that is long enough, wherever it may be used from. */
		mapping = umi_map_next_gap(mapping, length);
		at = mapping ? mapping->start - mapping->below : umi_map_end(mm) + 1;
		if (at == 0)
			return false;
	}
}

bool um_mm_find_gap(struct um_mm *mm, um_addr from, uint64_t length, uint64_t alignment, um_addr *start)
{
	uint64_t at = from.value < mm->first.value ? mm->first.value : from.value;
	bool found;

	if (length == 0 || !align_up(&length, UMI_PAGE) || alignment < UMI_PAGE || (alignment & (alignment - 1)) != 0)
		return false;
	umi_lock(mm->provider, &mm->lock);
	found = find_gap(mm, at, length, alignment, start);
	umi_unlock(mm->provider, &mm->lock);
	return found;
}

bool um_mm_next(struct um_mm *mm, um_addr from, struct um_mapping *mapping)
{
	const struct umi_mapping *found;

	umi_lock(mm->provider, &mm->lock);
	found = umi_map_from(mm, from.value);
	if (found)
		*mapping = (struct um_mapping){
			.range = { um_addr_of(found->start), found->last - found->start + 1 },
			.access = found->access,
			.max_access = found->max_access,
			.flags = found->flags & (unsigned)UM_MAP_SHARED,
			.pager = found->pager,
			.offset = found->offset,
		};
	umi_unlock(mm->provider, &mm->lock);
	return found != NULL;
}

/* ---------------------------------------------------------------- beginning and end */

static bool complete(const struct um_mm_provider *provider, const struct um_pmap_ops *ops)
{
	return provider->size >= sizeof *provider && ops->size >= sizeof *ops && provider->page_alloc && provider->page_free &&
	       provider->node_alloc && provider->node_free && provider->lock_init && provider->lock_end && provider->lock &&
	       provider->try_lock && provider->unlock && provider->pause && ops->init && ops->end && ops->enter && ops->remove &&
	       ops->next && ops->find && !ops->flush == !ops->reclaim;
}

enum um_status um_mm_init(struct um_mm *mm, const struct um_mm_provider *provider, const struct um_pmap_ops *pmap, um_addr first, um_addr last)
{
	enum um_status status;

	if (!whole_pages(first, last) || !complete(provider, pmap))
		return UM_INVALID;
	*mm = (struct um_mm){ .provider = provider, .ops = pmap, .first = first, .last = last, .taken = 1, .pmap = { .provider = provider } };
	status = pmap->init(&mm->pmap, first, last);
	if (status != UM_OK)
		return status;
	provider->lock_init(provider, &mm->lock);
	provider->lock_init(provider, &mm->views_lock);
	return UM_OK;
}

void um_mm_end(struct um_mm *mm)
{
	struct umi_walk walk = umi_walk_of(mm->first.value, mm->last.value);
	struct umi_mapping *mapping, *gone = NULL;

	while (umi_walk_next(mm, &walk))
		umi_page_drop(mm->provider, mm->ops->remove(&mm->pmap, walk.at), 1);
	mm->ops->end(&mm->pmap);
	while ((mapping = mm->mappings)) {
		umi_map_remove(mm, mapping);
		RB_LEFT(mapping, tree) = gone;
		gone = mapping;
	}
	free_mappings(mm->provider, gone);
	mm->provider->lock_end(mm->provider, &mm->lock);
	mm->provider->lock_end(mm->provider, &mm->views_lock);
}
