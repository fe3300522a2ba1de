/*
 * For tests of mm with threads: the kit's provider, which also knows who holds a lock, and a pmap that can hold a copy
 * where it has found its page and not touched it yet.
 *
 * Nothing here goes by time: who waits, waits for an event, and goes on at one that may not be too, so that a test can tell.
 */
#ifndef USERMEM_TESTS_MM_THREADS_H
#define USERMEM_TESTS_MM_THREADS_H

#include <pthread.h>
#include <sched.h>
#include "../mm_kit.h"
#include "check.h"

enum { P = UM_MM_PAGE, RW = UM_READ | UM_WRITE };

static struct kit kit;
static struct um_pmap_ops pmap;
static struct um_mm mm;

static _Thread_local int locks_held;
static _Thread_local bool hold_next; /* the next page that this thread finds */
static atomic_uint found;            /* is a thread held? */
static atomic_uint pauses, barriers, frees, returns; /* events */

static void lock_it(const struct um_mm_provider *provider, struct um_mm_lock *lock)
{
	um_mm_host()->lock(provider, lock);
	locks_held++;
}

static bool try_lock(const struct um_mm_provider *provider, struct um_mm_lock *lock)
{
	bool taken = um_mm_host()->try_lock(provider, lock);

	locks_held += taken;
	return taken;
}

static void unlock(const struct um_mm_provider *provider, struct um_mm_lock *lock)
{
	locks_held--;
	um_mm_host()->unlock(provider, lock);
}

static void barrier(const struct um_mm_provider *provider)
{
	um_mm_host()->barrier(provider);
	barriers++;
}

static void pause_a_while(const struct um_mm_provider *provider)
{
	pauses++;
	um_mm_host()->pause(provider);
}

static void free_page(const struct um_mm_provider *provider, struct um_mm_page *page)
{
	frees++;
	kit_page_free(provider, page);
}

/* Within a section: whoever takes the page away must wait for this thread, and neither return nor free it. */
static struct um_mm_page *find(struct um_pmap *of, um_addr addr, unsigned *access)
{
	struct um_mm_page *page = um_pmap_software()->find(of, addr, access);

	if (hold_next) {
		hold_next = false;
		found = 1;
		while (pauses == 0 && frees == 0 && returns == 0)
			sched_yield();
	}
	return page;
}

/* An empty mm.  *state: NULL, or the views fence themselves. */
static inline int begin(void **state)
{
	if (!kit_open(&kit))
		return -1;
	kit.provider.lock = lock_it;
	kit.provider.try_lock = try_lock;
	kit.provider.unlock = unlock;
	kit.provider.pause = pause_a_while;
	kit.provider.page_free = free_page;
	kit.provider.barrier = *state || !kit.provider.barrier ? NULL : barrier;
	pmap = *um_pmap_software();
	pmap.find = find;
	found = pauses = barriers = frees = returns = 0;
	return um_mm_init(&mm, &kit.provider, &pmap, um_addr_of(P), um_addr_of(((uint64_t)1 << 32) - 1)) == UM_OK ? 0 : -1;
}

static inline int end(void **state)
{
	(void)state;
	um_mm_end(&mm);
	return kit_close(&kit) && locks_held == 0 ? 0 : -1;
}

static inline struct um_mapping mapping_of(uint64_t page, uint64_t count, unsigned access, unsigned flags, const struct um_pager *pager)
{
	return (struct um_mapping){ { um_addr_of(page * P), count * P }, access, RW, flags, pager, 0 };
}

static inline enum um_status map(struct um_mm *to, uint64_t page, uint64_t count, unsigned access, unsigned flags, const struct um_pager *pager)
{
	struct um_mapping mapping = mapping_of(page, count, access, flags, pager);

	return um_mm_map(to, &mapping);
}

static inline enum um_status unmap(struct um_mm *from, uint64_t page, uint64_t count)
{
	return um_mm_unmap(from, (struct um_range){ um_addr_of(page * P), count * P });
}

static inline void open_view(struct um_mm_view *view, struct um_mm *of)
{
	CHECK_STATUS(um_mm_view_open(view, of), UM_OK);
}

static inline enum um_status load(struct um_mm_view *view, uint64_t addr, uint64_t *value)
{
	return um_copy_in(&view->space, value, um_addr_of(addr), 8, 0).status;
}

static inline enum um_status store(struct um_mm_view *view, uint64_t addr, uint64_t value)
{
	return um_copy_out(&view->space, um_addr_of(addr), &value, 8, 0).status;
}

/* Each with and without a barrier of the provider's. */
#define TEST(name) \
	{ #name, name, begin, end, NULL }, \
	{ #name ", views that fence themselves", name, begin, end, (void *)(uintptr_t)1 }

#endif
