/* Pages: where they come from, and how one is made fit for an access; see mm_parts.h. */
#include "mm_parts.h"

/* ---------------------------------------------------------------- objects */

struct umi_object *umi_object_new(const struct um_mm_provider *provider, uint64_t last_offset)
{
	struct umi_object *object = provider->node_alloc(provider, sizeof *object);

	if (!object)
		return NULL;
	object->uses = 1;
	provider->lock_init(provider, &object->lock);
	umi_radix_init(&object->pages, last_offset);
	return object;
}

/* The last mapping is gone: nobody looks for pages any more.  Address spaces that have some hold those themselves. */
void umi_object_drop(const struct um_mm_provider *provider, struct umi_object *object)
{
	uint64_t at = 0, entry;

	if (__atomic_sub_fetch(&object->uses, 1, __ATOMIC_ACQ_REL) != 0)
		return;
	while ((entry = umi_radix_next(&object->pages, &at, UINT64_MAX)) != 0) {
		umi_radix_remove(&object->pages, at);
		umi_page_drop(provider, umi_radix_page(entry), 1);
	}
	umi_radix_free(provider, object->pages.retired);
	provider->lock_end(provider, &object->lock);
	provider->node_free(provider, object, sizeof *object);
}

/* The object's page at offset, held once more; *fresh where there was none, and then that is taken and NULL; NULL: there is none,
 * or no memory for its place. */
static struct um_mm_page *object_page(const struct um_mm_provider *provider, struct umi_object *object, uint64_t offset, struct um_mm_page **fresh)
{
	struct um_mm_page *page;

	umi_lock(provider, &object->lock);
	page = umi_radix_page(umi_radix_find(&object->pages, offset));
	if (!page && *fresh && umi_radix_put(&object->pages, provider, offset, *fresh, 0)) {
		page = *fresh;
		*fresh = NULL;
	}
	if (page)
		umi_page_hold(page, 1);
	umi_unlock(provider, &object->lock);
	return page;
}

/* ---------------------------------------------------------------- a page for a fault */

struct fault {
	struct um_mm *mm;
	struct um_mm_view *view;
	um_addr addr; /* of the page */
	unsigned access, flags;
	struct um_mm_page **pin;
	struct um_mm_page *fresh; /* not in the pmap yet; holds of 1 */
	uint64_t filled;          /* by the pager of the mapping that was born as that; 0: with zeroes */
	struct umi_taken *taken;
};

unsigned umi_mapping_grants(const struct umi_mapping *mapping, struct um_mm_page *page)
{
	return mapping->object || umi_page_is_own(page) ? mapping->access : mapping->access & ~(unsigned)UM_WRITE;
}

static uint64_t offset_of(const struct umi_mapping *mapping, um_addr addr)
{
	return mapping->offset + (addr.value - mapping->start);
}

static enum um_status judge(const struct umi_mapping *mapping, const struct fault *fault)
{
	unsigned allowed;

	if (!mapping)
		return UM_UNMAPPED;
	allowed = fault->flags & UM_IGNORE_PERMS ? mapping->max_access : mapping->access;
	return fault->access & ~allowed ? UM_DENIED : UM_OK;
}

static bool make_fresh(struct fault *fault)
{
	if (!fault->fresh) {
		fault->fresh = fault->mm->provider->page_alloc(fault->mm->provider);
		if (fault->fresh)
			fault->fresh->holds = 1;
		fault->filled = 0;
	}
	return fault->fresh != NULL;
}

static void drop_fresh(struct fault *fault)
{
	if (fault->fresh)
		umi_page_drop(fault->mm->provider, fault->fresh, 1);
	fault->fresh = NULL;
}

static void pin_it(const struct fault *fault, struct um_mm_page *page)
{
	if (fault->pin) {
		umi_page_hold(page, UMI_PIN);
		*fault->pin = page;
	}
}

/* A private page that others have too gives way to a copy: all of it, whatever was in the page that is taken for that. */
static enum um_status copy_on_write(struct fault *fault, const struct umi_mapping *mapping, struct um_mm_page *page)
{
	struct um_mm *mm = fault->mm;

	if (!make_fresh(fault))
		return UM_NO_MEMORY;
	__builtin_memcpy(fault->fresh->bytes, page->bytes, UMI_PAGE);
	(void)mm->ops->enter(&mm->pmap, fault->addr, fault->fresh, mapping->access);
	pin_it(fault, fault->fresh);
	fault->fresh = NULL;
	fault->taken->pages[fault->taken->count++] = page;
	fault->taken->any = true;
	umi_taken_flush(mm, (struct um_range){ fault->addr, UMI_PAGE }, fault->taken);
	return UM_OK;
}

/* There is a page.  Others may have it too, and then it is not for writing. */
static enum um_status present(struct fault *fault, const struct umi_mapping *mapping, struct um_mm_page *page, unsigned has)
{
	unsigned grants = umi_mapping_grants(mapping, page);

	if (fault->access & UM_WRITE && !mapping->object && !umi_page_is_own(page))
		return fault->flags & UM_NOFAULT ? UM_WOULD_FAULT : copy_on_write(fault, mapping, page);
	if (grants != has)
		(void)fault->mm->ops->enter(&fault->mm->pmap, fault->addr, page, grants);
	pin_it(fault, page);
	return UM_OK;
}

/* There is none.  UM_AGAIN: the pager has to be asked first. */
static enum um_status absent(struct fault *fault, const struct umi_mapping *mapping)
{
	struct um_mm *mm = fault->mm;
	struct um_mm_page *page = NULL;

	if (fault->flags & UM_NOFAULT)
		return UM_WOULD_FAULT;
	/* Filled for another mapping, or not filled: as good as none. */
	if (fault->filled != (mapping->pager ? mapping->born : 0))
		drop_fresh(fault);
	if (mapping->object)
		page = object_page(mm->provider, mapping->object, offset_of(mapping, fault->addr), &fault->fresh);
	if (!page && !fault->fresh) {
		if (mapping->pager)
			return UM_AGAIN;
		if (!make_fresh(fault))
			return UM_NO_MEMORY;
		if (mapping->object)
			page = object_page(mm->provider, mapping->object, offset_of(mapping, fault->addr), &fault->fresh);
	}
	if (!page && mapping->object)
		return UM_NO_MEMORY; /* for its place */
	if (!page) {
		page = fault->fresh;
		fault->fresh = NULL;
	}
	if (mm->ops->enter(&mm->pmap, fault->addr, page, mapping->access) != UM_OK) {
		umi_page_drop(mm->provider, page, 1);
		return UM_NO_MEMORY;
	}
	pin_it(fault, page);
	return UM_OK;
}

/* With the lock held on entry, and not on return.  The mapping may be another when this is through. */
static enum um_status ask_pager(struct fault *fault, const struct umi_mapping *mapping)
{
	const struct um_mm_provider *provider = fault->mm->provider;
	const struct um_pager *pager = mapping->pager;
	uint64_t offset = offset_of(mapping, fault->addr), born = mapping->born;
	enum um_status status;

	if (pager->hold)
		pager->hold(pager);
	umi_unlock(provider, &fault->mm->lock);
	status = make_fresh(fault) ? UM_OK : UM_NO_MEMORY;
	if (status == UM_OK) {
		status = pager->read(pager, offset, fault->fresh->bytes);
		fault->filled = born;
		if (status != UM_OK && status != UM_NO_MEMORY && status != UM_INTERRUPTED)
			status = UM_BUS;
	}
	if (pager->release)
		pager->release(pager);
	return status;
}

static bool lock_for(const struct fault *fault)
{
	const struct um_mm_provider *provider = fault->mm->provider;

	if (fault->flags & UM_NOFAULT)
		return provider->try_lock(provider, &fault->mm->lock);
	umi_lock(provider, &fault->mm->lock);
	return true;
}

/* UM_AGAIN: a pager was asked, and now it must be seen what its page is good for. */
static enum um_status try_once(struct fault *fault)
{
	struct umi_mapping *mapping;
	struct um_mm_page *page;
	enum um_status status;
	unsigned has;

	if (!lock_for(fault))
		return UM_WOULD_FAULT;
	mapping = umi_map_find(fault->mm, fault->addr.value);
	status = judge(mapping, fault);
	if (status == UM_OK) {
		page = fault->mm->ops->find(&fault->mm->pmap, fault->addr, &has);
		status = page ? present(fault, mapping, page, has) : absent(fault, mapping);
	}
	if (status == UM_AGAIN) {
		status = ask_pager(fault, mapping);
		return status == UM_OK ? UM_AGAIN : status;
	}
	umi_unlock(fault->mm->provider, &fault->mm->lock);
	return status;
}

enum um_status umi_mm_resolve(struct um_mm *mm, struct um_mm_view *view, uint64_t addr, unsigned access, unsigned flags,
                              struct um_mm_page **pin)
{
	struct umi_taken taken;
	struct fault fault = { .mm = mm, .view = view, .addr = um_addr_of(umi_page_of(addr)), .access = access, .flags = flags, .pin = pin, .taken = &taken };
	enum um_status status;

	umi_taken_begin(&taken);
	do
		status = try_once(&fault);
	while (status == UM_AGAIN);
	drop_fresh(&fault);
	umi_taken_end(mm, view, &taken);
	return status;
}
