/*
 * What the files of mm share.  mm.c judges and changes mappings, mm_map.c orders them, mm_page.c counts and finds pages,
 * mm_quiet.c takes translations away, mm_view.c is the space, pmap_radix.c is tables.
 */
#ifndef USERMEM_SPACES_MM_PARTS_H
#define USERMEM_SPACES_MM_PARTS_H

#include <bsd/sys/tree.h>
#include <usermem/spaces/mm.h>
#include "pmap_radix.h"

/* ---------------------------------------------------------------- mappings, in order */

/* The pages of a shared mapping, whichever address spaces see it: by their offset in it. */
struct umi_object {
	uint64_t uses; /* mappings */
	struct um_mm_lock lock;
	struct umi_radix pages;
};

struct umi_mapping {
	RB_ENTRY(umi_mapping) tree;
	uint64_t start, last;
	uint64_t below, gap; /* free bytes right below it; and the most that any has that is below it in the tree, or itself */
	uint64_t offset;
	struct umi_object *object; /* NULL: private */
	const struct um_pager *pager;
	uint64_t born; /* by which call of um_mm_map: parts of a mapping that was cut keep it */
	uint8_t access, max_access, flags;
};

/* One that it overlaps, or NULL and it is inserted. */
struct umi_mapping *umi_map_insert(struct um_mm *mm, struct umi_mapping *mapping);
void umi_map_remove(struct um_mm *mm, struct umi_mapping *mapping);
void umi_map_resize(struct umi_mapping *mapping, uint64_t start, uint64_t last); /* stays between its neighbours */
struct umi_mapping *umi_map_find(const struct um_mm *mm, uint64_t addr);         /* the one that has it */
struct umi_mapping *umi_map_from(const struct um_mm *mm, uint64_t addr);         /* the first that ends at it or above */
struct umi_mapping *umi_map_next(struct umi_mapping *mapping);
/* The first above that at least length free bytes lie right below; NULL: none. */
struct umi_mapping *umi_map_next_gap(struct umi_mapping *mapping, uint64_t length);
uint64_t umi_map_end(const struct um_mm *mm); /* the last byte of the last, or 0 */

/* For one more part of the same mapping. */
void umi_mapping_hold(const struct umi_mapping *mapping);

/* ---------------------------------------------------------------- locks, for short */

static inline void umi_lock(const struct um_mm_provider *provider, struct um_mm_lock *lock)
{
	provider->lock(provider, lock);
}

static inline void umi_unlock(const struct um_mm_provider *provider, struct um_mm_lock *lock)
{
	provider->unlock(provider, lock);
}

/* ---------------------------------------------------------------- pages and who holds them */

enum { UMI_PAGE = UM_MM_PAGE };

/* um_mm_page.holds: address spaces and objects that have it, visits that do, and between them whether it became copy on write.
 * That takes more than a count of 1 to undo: the visit of an address space that gave it up must not see another's writes. */
#define UMI_SHARED ((uint64_t)1 << 31)
#define UMI_PIN ((uint64_t)1 << 32)

static inline uint64_t umi_page_of(uint64_t addr)
{
	return addr & ~(uint64_t)(UMI_PAGE - 1);
}

static inline void umi_page_hold(struct um_mm_page *page, uint64_t holds)
{
	__atomic_fetch_add(&page->holds, holds, __ATOMIC_RELAXED);
}

static inline void umi_page_drop(const struct um_mm_provider *provider, struct um_mm_page *page, uint64_t holds)
{
	if ((__atomic_sub_fetch(&page->holds, holds, __ATOMIC_ACQ_REL) & ~UMI_SHARED) == 0)
		provider->page_free(provider, page);
}

static inline bool umi_page_pinned(const struct um_mm_page *page)
{
	return __atomic_load_n(&page->holds, __ATOMIC_ACQUIRE) >= UMI_PIN;
}

/* One address space more has it, and each that writes to it makes a copy. */
static inline void umi_page_share(struct um_mm_page *page)
{
	__atomic_fetch_or(&page->holds, UMI_SHARED, __ATOMIC_RELAXED);
	umi_page_hold(page, 1);
}

/* For a private page, and with the lock of an address space that has it held: may that write to it? */
static inline bool umi_page_is_own(struct um_mm_page *page)
{
	uint64_t last = UMI_SHARED + 1;

	return !(__atomic_load_n(&page->holds, __ATOMIC_ACQUIRE) & UMI_SHARED) ||
	       __atomic_compare_exchange_n(&page->holds, &last, 1, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

/* The pages that are there, in order; the one at hand may be replaced or removed. */
struct umi_walk {
	um_addr at, last;
	struct um_mm_page *page;
	unsigned has; /* what the pmap grants */
};

static inline struct umi_walk umi_walk_of(uint64_t start, uint64_t last)
{
	return (struct umi_walk){ um_addr_of(start), um_addr_of(last), NULL, 0 };
}

static inline bool umi_walk_next(struct um_mm *mm, struct umi_walk *walk)
{
	if (walk->page && walk->last.value - walk->at.value < UMI_PAGE)
		return false;
	walk->at.value += walk->page ? UMI_PAGE : 0;
	walk->page = mm->ops->next(&mm->pmap, &walk->at, walk->last, &walk->has);
	return walk->page != NULL;
}

struct umi_object *umi_object_new(const struct um_mm_provider *provider, uint64_t last_offset);
void umi_object_drop(const struct um_mm_provider *provider, struct umi_object *object);

/* What a page of the mapping may be used for while it is where it is. */
unsigned umi_mapping_grants(const struct umi_mapping *mapping, struct um_mm_page *page);

/*
 * Makes the page at addr present and fit for the access, or says why not.  pin: pins it, too, for *pin, whether or not the pmap
 * grants the access (UM_IGNORE_PERMS).  view is the caller's, NULL: nobody's.  No section of it is open.
 */
enum um_status umi_mm_resolve(struct um_mm *mm, struct um_mm_view *view, uint64_t addr, unsigned access, unsigned flags,
                              struct um_mm_page **pin);

/* ---------------------------------------------------------------- views */

extern const struct um_space_ops umi_view_ops, umi_active_view_ops; /* the second where the pmap may be active */

struct um_result umi_view_populate(struct um_space *space, struct um_range range, unsigned access, unsigned flags);
struct um_result umi_view_check(struct um_space *space, struct um_range range, unsigned access, unsigned flags);
struct um_result umi_view_visit(struct um_space *space, struct um_ranges ranges, unsigned access, unsigned flags, um_visit_fn *visit, void *context);
void umi_view_close(struct um_space *space);

static inline unsigned umi_access_of(const struct um_atomic_access *access)
{
	return access->op == UM_LOAD ? UM_READ : access->op == UM_STORE ? UM_WRITE : UM_READ | UM_WRITE;
}

/* ---------------------------------------------------------------- taking translations away */

enum { UMI_TAKEN_MAX = 128 };

/* What left the pmap and may still be read: freed when no view copies by it. */
struct umi_taken {
	bool any; /* was there a translation that a view may have? */
	void *flushed;
	size_t count;
	struct um_mm_page *pages[UMI_TAKEN_MAX];
};

static inline void umi_taken_begin(struct umi_taken *taken)
{
	taken->any = false;
	taken->flushed = NULL;
	taken->count = 0;
}

/* With the lock held; may wait, where there are many. */
void umi_take_pages(struct um_mm *mm, uint64_t start, uint64_t last, struct umi_taken *taken);

/* With the lock held, when the pmap is as it shall be: from here on views translate anew. */
void umi_taken_flush(struct um_mm *mm, struct um_range range, struct umi_taken *taken);

/* Waits until no other view than `view` copies by what was flushed, and frees it.  With or without the lock. */
void umi_taken_end(struct um_mm *mm, const struct um_mm_view *view, struct umi_taken *taken);

#endif
