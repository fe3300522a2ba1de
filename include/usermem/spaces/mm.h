/*
 * An address space of our own, for kernels, emulators and sandboxes: mappings with protections, pages on demand, copy on
 * write, shared mappings, pagers.
 *
 * A struct um_mm holds mappings and pages.  A struct um_mm_view is one thread's window on it: it is the space, and holds
 * what only that thread writes, a cache of translations and whether it is copying by them.  What mm needs of its host is a
 * provider; what translates addresses is a pmap: software here, page tables in a kernel.
 *
 * Thread safety: the calls on a um_mm may come from any thread; a view belongs to one (law 24).  Any number of views
 * copy while others map.  A copy takes no lock where the page is present, and none is held while a pager or a visitor
 * runs.  Who takes translations away (unmap, protect, fork, a copy on write) waits until no view copies by them, which is
 * a page's worth of copying, and only then frees or relies: a reader finishes or faults, and never sees freed memory.
 * What a visit shows is pinned: a mapping that goes meanwhile leaves the page to the visit, and so does a protection that
 * is taken; a fork copies such a page at once.  Not async-signal-safe, but for views that only touch what is present
 * and whose call no signal interrupted.
 *
 * Costs: a mapping is at most 200 bytes of nodes, and its tables; calls are logarithmic in the mappings, linear in
 * those they change and in the pages that are there, whatever the size of the ranges.  Neighbours that are alike are not
 * merged.  Nothing is written back: a pager is read, and what a program writes stays in pages.
 */
#ifndef USERMEM_SPACES_MM_H
#define USERMEM_SPACES_MM_H

#include <usermem/space.h>

UM_BEGIN_DECLS

enum { UM_MM_PAGE = 4096 }; /* bytes */

/* ---------------------------------------------------------------- what mm needs of its host */

struct __attribute__((aligned(16))) um_mm_page { /* the provider's */
	void *bytes;    /* UM_MM_PAGE of them, where this process reaches them, aligned to as much */
	uint64_t frame; /* mm never looks: the provider's, or what a pmap of its own needs to know */
	uint64_t holds; /* mm's: by address spaces and objects, and above 2^32 by visits */
	void *link;     /* the provider's */
};

struct um_mm_lock {
	uint64_t words[6];
};

/* Every member is wanted, but for barrier.  Called by any thread, with and without mm's locks held; none may call mm. */
struct um_mm_provider {
	uint32_t size; /* of this struct, as its author compiled it */
	/* A page of zeroes; NULL: there is none. */
	struct um_mm_page *(*page_alloc)(const struct um_mm_provider *provider);
	void (*page_free)(const struct um_mm_provider *provider, struct um_mm_page *page);
	/* Aligned to 16, and what has 4096 bytes (a pmap's tables) to 4096; need not be cleared.  NULL: none. */
	void *(*node_alloc)(const struct um_mm_provider *provider, size_t size);
	void (*node_free)(const struct um_mm_provider *provider, void *node, size_t size);
	/* Held for short: pages are allocated, filled with zeroes and copied under it, nothing else that takes long. */
	void (*lock_init)(const struct um_mm_provider *provider, struct um_mm_lock *lock);
	void (*lock_end)(const struct um_mm_provider *provider, struct um_mm_lock *lock);
	void (*lock)(const struct um_mm_provider *provider, struct um_mm_lock *lock);
	bool (*try_lock)(const struct um_mm_provider *provider, struct um_mm_lock *lock); /* never waits: for UM_NOFAULT */
	void (*unlock)(const struct um_mm_provider *provider, struct um_mm_lock *lock);
	/* Quiesce: when it returns, every thread that uses a view has executed a full barrier since the call (membarrier(2),
	 * an interrupt to each processor).  NULL: each view executes its own at every page of a copy. */
	void (*barrier)(const struct um_mm_provider *provider);
	void (*pause)(const struct um_mm_provider *provider); /* while waiting for a view to end its copy: lets others run */
};

/* The hosted provider: pages by mmap(2), nodes by malloc(3), POSIX mutexes, membarrier(2) where the host has it.  Its
 * pages are one pool for all of the process. */
const struct um_mm_provider *um_mm_host(void);

/* ---------------------------------------------------------------- what translates addresses */

struct um_pmap {
	const struct um_mm_provider *provider; /* for tables */
	uint64_t words[7];                     /* the kind's own */
};

/*
 * Addresses here are those of whole pages.  Access is what a page may be used for as it stands: one that is to be copied
 * on write lacks UM_WRITE, one behind a mapping without access has 0 and is there all the same.
 */
struct um_pmap_ops {
	uint32_t size; /* of this struct, as its author compiled it */
	unsigned can;  /* enum um_can, as far as the translation decides: views promise this */
	/* first and last: of the address space.  UM_NO_MEMORY. */
	enum um_status (*init)(struct um_pmap *pmap, um_addr first, um_addr last);
	void (*end)(struct um_pmap *pmap); /* no page is entered any more, no view is open */

	/* With the mm's lock held: */

	/* In place of what was there, and then it cannot fail; else it may, by UM_NO_MEMORY, and has changed nothing. */
	enum um_status (*enter)(struct um_pmap *pmap, um_addr addr, struct um_mm_page *page, unsigned access);
	struct um_mm_page *(*remove)(struct um_pmap *pmap, um_addr addr); /* NULL: there was none */
	/* The first page at or above *addr up to last; skips what is empty.  NULL: none, *addr and *access untouched. */
	struct um_mm_page *(*next)(struct um_pmap *pmap, um_addr *addr, um_addr last, unsigned *access);
	/* Before it is relied on that pages in the range were removed, replaced or restricted: when it returns, no processor
	 * translates otherwise.  Returns what views may still walk, for reclaim; NULL: nothing.  NULL for both: there is nothing to do. */
	void *(*flush)(struct um_pmap *pmap, struct um_range range);

	/* Without it: */

	void (*reclaim)(struct um_pmap *pmap, void *flushed); /* no view walks there any more */
	/* While others enter and remove, by a view that is marked as copying: what is flushed meanwhile is not reclaimed. */
	struct um_mm_page *(*find)(struct um_pmap *pmap, um_addr addr, unsigned *access);
	/* NULL: never.  Does this processor translate by this pmap now, so that fault.h reaches its memory by its addresses? */
	bool (*active)(struct um_pmap *pmap);
};

/* Tables in memory, of as many levels as the limits need; protections are honoured exactly (all of enum um_can). */
const struct um_pmap_ops *um_pmap_software(void);

/* ---------------------------------------------------------------- mappings */

/* Where a mapping's bytes come from. */
struct um_pager {
	uint32_t size; /* of this struct, as its author compiled it */
	/* Fills a page, which is zeroes before, with what is at offset.  No lock is held, and the mapping may change meanwhile; by
	 * any thread, perhaps twice for one page (one is dropped); may sleep, and may use views, also of the same mm.  What it says but
	 * UM_OK, UM_NO_MEMORY and UM_INTERRUPTED becomes UM_BUS. */
	enum um_status (*read)(const struct um_pager *pager, uint64_t offset, void *page);
	/* How long it is needed, counted; may be NULL: its owner knows.  hold: one more mapping or read in progress, with a lock of mm held;
	 * release: one less, with none.  A pager that is released to 0 is used no more.  Neither may call mm. */
	void (*hold)(const struct um_pager *pager);
	void (*release)(const struct um_pager *pager);
};

enum um_mm_flags {
	UM_MAP_SHARED = 1,  /* a fork shares its pages; else it copies them on write */
	UM_MAP_REPLACE = 2, /* what is mapped there goes, in the same step */
};

struct um_mapping {
	struct um_range range;        /* whole pages */
	unsigned access;              /* enum um_access: the program's protections */
	unsigned max_access;          /* what um_mm_protect may ever give, and what UM_IGNORE_PERMS reaches */
	unsigned flags;               /* enum um_mm_flags */
	const struct um_pager *pager; /* NULL: zeroes */
	uint64_t offset;              /* of the first byte, for the pager; whole pages */
};

/* ---------------------------------------------------------------- address spaces and views */

struct um_mm { /* its members are mm's own */
	const struct um_mm_provider *provider;
	const struct um_pmap_ops *ops;
	um_addr first, last;
	uint64_t taken; /* how often translations were taken away, from 1: views look here at every page */
	uint64_t apart[3];
	struct um_pmap pmap;
	void *mappings;
	uint64_t born; /* mappings so far */
	struct um_mm_view *views;
	struct um_mm_lock lock, views_lock;
};

enum { UM_MM_CACHED = 64 }; /* translations in a view */

struct um_mm_cached {
	uint64_t read, write; /* address of the page, where it may be used so; else no page's */
	uint64_t shift;       /* from its addresses there to those here */
	uint64_t apart;
};

struct um_mm_view {
	struct um_space space;
	struct um_mm *mm;
	struct um_mm_view *next;
	uint64_t section; /* 0: not copying; else what `taken` was when the translations that are used were good */
	uint64_t seen;    /* what `taken` was when the cache was last emptied */
	bool fenced;      /* the provider has no barrier */
	struct um_mm_cached cache[UM_MM_CACHED];
};

/* An empty address space.  first and last are its limits, and those of whole pages: first a multiple of UM_MM_PAGE, last one less
 * than one, and first < last; else UM_INVALID, as for a provider or a pmap that lacks something.  UM_NO_MEMORY. */
UM_CHECKED enum um_status um_mm_init(struct um_mm *mm, const struct um_mm_provider *provider, const struct um_pmap_ops *pmap,
                                     um_addr first, um_addr last);

/* Frees all of it.  No view is open any more. */
void um_mm_end(struct um_mm *mm);

/*
 * Makes view a space with the limits of mm, for one thread; um_close ends it.  Views promise what their pmap allows of UM_CAN_WRITE,
 * _ATOMIC, _SINGLE, _NOFAULT, _IGNORE_PERMS, _PERMS, _CHECK and _VISIT.  A page that is absent is made present by whoever touches it: by its
 * pager, or with zeroes; no memory for it, or for a copy on write, is UM_NO_MEMORY at its first byte.  UM_NOFAULT does what is present
 * and may be used as it is, and waits for no lock; UM_IGNORE_PERMS goes up to max_access, and writes to a copy of a private page's own.
 * Blocks of a visit are pages, and cannot fault.  Never fails today.
 */
UM_CHECKED enum um_status um_mm_view_open(struct um_mm_view *view, struct um_mm *mm);

/*
 * Each of these does all or nothing: on failure no mapping and no byte is changed.  In this order: UM_INVALID for a range that is
 * empty or not of whole pages, unknown bits, access beyond max_access, an offset that is not of whole pages or wraps within the range, a pager without read;
 * UM_RANGE outside the limits; then what each says; UM_NO_MEMORY.
 */

/* Over another mapping without UM_MAP_REPLACE: UM_INVALID.  *mapping is copied, its pager kept. */
UM_CHECKED enum um_status um_mm_map(struct um_mm *mm, const struct um_mapping *mapping);

/* What is not mapped stays so.  UM_NO_MEMORY: only where a mapping is cut in two. */
UM_CHECKED enum um_status um_mm_unmap(struct um_mm *mm, struct um_range range);

/* The whole range must be mapped, else UM_UNMAPPED, and allow it (max_access), else UM_DENIED: whichever comes first in it. */
UM_CHECKED enum um_status um_mm_protect(struct um_mm *mm, struct um_range range, unsigned access);

/* Initialises child, with the provider, pmap and limits of parent, and its memory as it stands: private pages are copied on
 * write, shared ones shared.  UM_NO_MEMORY: there is no child. */
UM_CHECKED enum um_status um_mm_fork(struct um_mm *child, struct um_mm *parent);

/* The lowest free stretch of length bytes, rounded up to pages, at or above from, that begins at a multiple of alignment: a power of
 * two, at least UM_MM_PAGE.  False, and *start untouched: there is none, or length is 0, or that is no alignment. */
bool um_mm_find_gap(struct um_mm *mm, um_addr from, uint64_t length, uint64_t alignment, um_addr *start);

/* The first mapping that ends above from; a pager in it is good for as long as the mapping is there.  False: there is none. */
bool um_mm_next(struct um_mm *mm, um_addr from, struct um_mapping *mapping);

UM_END_DECLS

#endif
