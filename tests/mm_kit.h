/*
 * For tests of mm: a provider that counts what is out and fails when told, and a pmap that translates by this process's
 * own mappings, as a kernel's would by its page tables.
 */
#ifndef USERMEM_TESTS_MM_KIT_H
#define USERMEM_TESTS_MM_KIT_H

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <usermem/spaces/mm.h>

enum { KIT_FRAMES = 512 };

struct kit {
	struct um_mm_provider provider; /* the host's, with these counts */
	atomic_long pages, bytes, locks; /* that are out: pages, bytes of nodes, locks that are not ended */
	atomic_long allocations;
	atomic_long fail_at; /* the allocation, counted from 1, that fails, and with fail_on all behind it; 0: none */
	bool fail_on;
	/* A file's pages in order, the lowest that is free first: */
	int file;
	unsigned char *frames;
	atomic_flag used[KIT_FRAMES];
	struct um_mm_page page[KIT_FRAMES];
};

static inline struct kit *kit_of(const struct um_mm_provider *provider)
{
	return (struct kit *)(uintptr_t)provider;
}

static inline bool kit_fails(struct kit *kit)
{
	long number = atomic_fetch_add(&kit->allocations, 1) + 1, at = atomic_load(&kit->fail_at);

	return at != 0 && (number == at || (kit->fail_on && number > at));
}

static inline struct um_mm_page *kit_page_alloc(const struct um_mm_provider *provider)
{
	struct kit *kit = kit_of(provider);
	size_t i;

	if (kit_fails(kit))
		return NULL;
	for (i = 0; i < KIT_FRAMES; i++) {
		if (atomic_flag_test_and_set(&kit->used[i]))
			continue;
		atomic_fetch_add(&kit->pages, 1);
		kit->page[i].bytes = kit->frames + i * UM_MM_PAGE;
		kit->page[i].frame = i * UM_MM_PAGE;
		memset(kit->page[i].bytes, 0, UM_MM_PAGE);
		return &kit->page[i];
	}
	return NULL;
}

static inline void kit_page_free(const struct um_mm_provider *provider, struct um_mm_page *page)
{
	struct kit *kit = kit_of(provider);

	memset(page->bytes, 0xdd, UM_MM_PAGE); /* who still reads it will tell */
	atomic_fetch_sub(&kit->pages, 1);
	atomic_flag_clear(&kit->used[page - kit->page]);
}

static inline void *kit_node_alloc(const struct um_mm_provider *provider, size_t size)
{
	struct kit *kit = kit_of(provider);
	void *node = kit_fails(kit) ? NULL : um_mm_host()->node_alloc(um_mm_host(), size);

	if (node) {
		memset(node, 0xee, size);
		atomic_fetch_add(&kit->bytes, (long)size);
	}
	return node;
}

static inline void kit_node_free(const struct um_mm_provider *provider, void *node, size_t size)
{
	memset(node, 0xdd, size);
	atomic_fetch_sub(&kit_of(provider)->bytes, (long)size);
	um_mm_host()->node_free(um_mm_host(), node, size);
}

static inline void kit_lock_init(const struct um_mm_provider *provider, struct um_mm_lock *lock)
{
	atomic_fetch_add(&kit_of(provider)->locks, 1);
	um_mm_host()->lock_init(um_mm_host(), lock);
}

static inline void kit_lock_end(const struct um_mm_provider *provider, struct um_mm_lock *lock)
{
	atomic_fetch_sub(&kit_of(provider)->locks, 1);
	um_mm_host()->lock_end(um_mm_host(), lock);
}

static inline bool kit_open(struct kit *kit)
{
	memset(kit, 0, sizeof *kit);
	kit->provider = *um_mm_host();
	kit->provider.page_alloc = kit_page_alloc;
	kit->provider.page_free = kit_page_free;
	kit->provider.node_alloc = kit_node_alloc;
	kit->provider.node_free = kit_node_free;
	kit->provider.lock_init = kit_lock_init;
	kit->provider.lock_end = kit_lock_end;
	kit->file = memfd_create("usermem-test", MFD_CLOEXEC);
	if (kit->file < 0 || ftruncate(kit->file, (off_t)KIT_FRAMES * UM_MM_PAGE) != 0)
		return false;
	kit->frames = mmap(NULL, (size_t)KIT_FRAMES * UM_MM_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, kit->file, 0);
	return kit->frames != MAP_FAILED;
}

/* Is all that was allocated freed? */
static inline bool kit_close(struct kit *kit)
{
	munmap(kit->frames, (size_t)KIT_FRAMES * UM_MM_PAGE);
	close(kit->file);
	return kit->pages == 0 && kit->bytes == 0 && kit->locks == 0;
}

/* ---------------------------------------------------------------- a pmap for addresses of this process */

static bool region_is_active = true;

static inline void region_set(um_addr addr, int file, uint64_t frame, unsigned access)
{
	int protection = (access & UM_READ ? PROT_READ : 0) | (access & UM_WRITE ? PROT_WRITE : 0) | (access & UM_EXEC ? PROT_EXEC : 0);
	int flags = MAP_FIXED | (file >= 0 ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE);

	if (mmap((void *)(uintptr_t)addr.value, UM_MM_PAGE, protection, flags, file, (off_t)frame) == MAP_FAILED)
		abort();
}

static inline enum um_status region_enter(struct um_pmap *pmap, um_addr addr, struct um_mm_page *page, unsigned access)
{
	enum um_status status = um_pmap_software()->enter(pmap, addr, page, access);

	if (status == UM_OK)
		region_set(addr, kit_of(pmap->provider)->file, page->frame, access);
	return status;
}

static inline struct um_mm_page *region_remove(struct um_pmap *pmap, um_addr addr)
{
	struct um_mm_page *page = um_pmap_software()->remove(pmap, addr);

	if (page)
		region_set(addr, -1, 0, 0);
	return page;
}

static inline bool region_active(struct um_pmap *pmap)
{
	(void)pmap;
	return region_is_active;
}

/* Over the tables in memory, and in step with them.  The machine reads a write-only page. */
static inline const struct um_pmap_ops *region_pmap(void)
{
	static struct um_pmap_ops ops;

	ops = *um_pmap_software();
	ops.can &= ~(unsigned)UM_CAN_PERMS;
	ops.enter = region_enter;
	ops.remove = region_remove;
	ops.active = region_active;
	return &ops;
}

/* Addresses of this process that nothing else uses, with as much room on either side. */
static inline um_addr region_reserve(size_t size)
{
	unsigned char *memory = mmap(NULL, 3 * size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return um_addr_of(memory == MAP_FAILED ? 0 : (uint64_t)(uintptr_t)memory + size);
}

#endif
