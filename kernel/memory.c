/*
 * Pages by a buddy system, so that a stack or a table of some pages can be had; smaller things by powers of two, from pages that go back
 * when none of their things is in use.
 */
#include "memory.h"
#include "kernel.h"
#include "thread.h"

enum { ORDERS = 11, SMALLEST = 16, CLASSES = 8 };
#define FREE (UINT64_MAX - ORDERS) /* beyond all that mm counts: programs choose how many share a page */

static struct list free_runs[ORDERS]; /* in the first bytes of each run; its first page's `holds` is FREE + order */
static struct um_mm_page *pages;      /* of each frame from first_frame on, whether memory or not */
static uint64_t first_frame, frame_count, free_count, total_count;
static struct list free_small[CLASSES]; /* in the things themselves; their page's `holds` counts those that are in use */
static unsigned locks_held;

/* ---------------------------------------------------------------- runs of pages */

static struct um_mm_page *page_at(uint64_t frame)
{
	return &pages[frame - first_frame];
}

static struct list *run_at(uint64_t frame)
{
	return memory_at(frame * PAGE);
}

static bool is_free_run(uint64_t frame, unsigned order)
{
	return frame - first_frame < frame_count && page_at(frame)->holds == FREE + order;
}

static void add_run(uint64_t frame, unsigned order)
{
	page_at(frame)->holds = FREE + order;
	list_append(&free_runs[order], run_at(frame));
}

static void remove_run(uint64_t frame)
{
	page_at(frame)->holds = 0;
	list_remove(run_at(frame));
}

static void free_run(uint64_t frame, unsigned order)
{
	free_count += (uint64_t)1 << order;
	for (; order < ORDERS - 1 && is_free_run(frame ^ (uint64_t)1 << order, order); order++) {
		remove_run(frame ^ (uint64_t)1 << order);
		frame &= ~((uint64_t)1 << order);
	}
	add_run(frame, order);
}

/* NULL: none. */
static void *alloc_run(unsigned order)
{
	unsigned from = order;
	uint64_t frame;

	while (from < ORDERS && list_empty(&free_runs[from]))
		from++;
	if (from == ORDERS)
		return NULL;
	frame = memory_physical(free_runs[from].next) / PAGE;
	remove_run(frame);
	while (from-- > order)
		add_run(frame + ((uint64_t)1 << from), from);
	free_count -= (uint64_t)1 << order;
	return __builtin_memset(memory_at(frame * PAGE), 0, (size_t)PAGE << order);
}

struct um_mm_page *page_of(uint64_t physical)
{
	return page_at(physical / PAGE);
}

struct um_mm_page *page_alloc(void)
{
	void *bytes = alloc_run(0);

	return bytes ? page_of(memory_physical(bytes)) : NULL;
}

void page_free(struct um_mm_page *page)
{
	free_run(page->frame / PAGE, 0);
}

uint64_t pages_free(void)
{
	return free_count;
}

uint64_t pages_total(void)
{
	return total_count;
}

/* ---------------------------------------------------------------- sizes */

static unsigned order_of(size_t size, size_t unit)
{
	unsigned order = 0;

	while ((unit << order) < size)
		order++;
	return order;
}

/* A page of them. */
static bool refill(unsigned class)
{
	char *bytes = alloc_run(0);
	size_t size = (size_t)SMALLEST << class, at;

	_Static_assert(sizeof(struct list) <= SMALLEST, "a list's links are in what is free");
	for (at = 0; bytes && at < PAGE; at += size)
		list_append(&free_small[class], (struct list *)(void *)(bytes + at));
	return bytes != NULL;
}

static struct um_mm_page *page_with(const void *thing)
{
	return page_of(memory_physical(thing));
}

static void give_back(struct um_mm_page *page, unsigned class)
{
	size_t size = (size_t)SMALLEST << class, at;

	for (at = 0; at < PAGE; at += size)
		list_remove((struct list *)(void *)((char *)page->bytes + at));
	page_free(page);
}

void *memory_alloc(size_t size)
{
	unsigned class = order_of(size, SMALLEST);
	struct list *memory;

	if (size > (size_t)PAGE << (ORDERS - 1))
		return NULL;
	if (class >= CLASSES)
		return alloc_run(order_of(size, PAGE));
	if (list_empty(&free_small[class]) && !refill(class))
		return NULL;
	memory = free_small[class].next;
	list_remove(memory);
	page_with(memory)->holds++;
	return __builtin_memset(memory, 0, size);
}

void memory_free(void *memory, size_t size)
{
	unsigned class = order_of(size, SMALLEST);

	if (!memory)
		return;
	if (class >= CLASSES) {
		free_run(memory_physical(memory) / PAGE, order_of(size, PAGE));
		return;
	}
	list_append(free_small[class].next, memory); /* as the first */
	if (--page_with(memory)->holds == 0)
		give_back(page_with(memory), class);
}

/* ---------------------------------------------------------------- at the start */

/* The part of a range from `at` on that nothing has taken; false: none. */
static bool next_free(const struct boot *boot, const struct boot_range *range, uint64_t at, struct boot_range *part)
{
	size_t i = 0;

	*part = (struct boot_range){ (at + PAGE - 1) & ~(uint64_t)(PAGE - 1), range->end & ~(uint64_t)(PAGE - 1) };
	while (i < boot->taken_count) {
		const struct boot_range *taken = &boot->taken[i++];

		if (taken->start <= part->start && part->start < taken->end) {
			part->start = (taken->end + PAGE - 1) & ~(uint64_t)(PAGE - 1);
			i = 0;
		}
	}
	for (i = 0; i < boot->taken_count; i++)
		if (part->start < boot->taken[i].start && boot->taken[i].start < part->end)
			part->end = boot->taken[i].start & ~(uint64_t)(PAGE - 1);
	return part->start < part->end;
}

/* Calls visit with each free part. */
static void each_free(const struct boot *boot, void (*visit)(struct boot_range part))
{
	struct boot_range part;
	size_t i;

	for (i = 0; i < boot->memory_count; i++)
		for (part.end = boot->memory[i].start; next_free(boot, &boot->memory[i], part.end, &part);)
			visit(part);
}

static uint64_t lowest = UINT64_MAX, highest;

static void measure(struct boot_range part)
{
	lowest = part.start < lowest ? part.start : lowest;
	highest = part.end > highest ? part.end : highest;
}

/* The first part that holds the array of pages lends its beginning. */
static void place(struct boot_range part)
{
	if (!pages && part.end - part.start >= frame_count * sizeof *pages)
		pages = memory_at(part.start);
}

/* In runs as large as can be: page by page, each would be written to, and an emulator would have to find all of that memory. */
static void give(struct boot_range part)
{
	uint64_t frame = part.start / PAGE, end = part.end / PAGE, array = memory_physical(pages);
	unsigned order;

	if (part.start == array)
		frame = (array + frame_count * sizeof *pages + PAGE - 1) / PAGE;
	for (; frame < end; frame += (uint64_t)1 << order) {
		for (order = ORDERS - 1; frame % ((uint64_t)1 << order) != 0 || end - frame < (uint64_t)1 << order; order--)
			;
		free_run(frame, order);
	}
	total_count = free_count;
}

void memory_init(const struct boot *boot)
{
	uint64_t i;

	for (i = 0; i < ORDERS; i++)
		list_init(&free_runs[i]);
	for (i = 0; i < CLASSES; i++)
		list_init(&free_small[i]);
	each_free(boot, measure);
	ASSERT(lowest < highest);
	first_frame = lowest / PAGE;
	frame_count = highest / PAGE - first_frame;
	each_free(boot, place);
	ASSERT(pages);
	for (i = 0; i < frame_count; i++)
		pages[i] = (struct um_mm_page){ .bytes = memory_at((first_frame + i) * PAGE), .frame = (first_frame + i) * PAGE };
	each_free(boot, give);
}

/* ---------------------------------------------------------------- what mm needs */

static struct um_mm_page *provider_page_alloc(const struct um_mm_provider *provider)
{
	(void)provider;
	return page_alloc();
}

static void provider_page_free(const struct um_mm_provider *provider, struct um_mm_page *page)
{
	(void)provider;
	page_free(page);
}

static void *provider_node_alloc(const struct um_mm_provider *provider, size_t size)
{
	(void)provider;
	return memory_alloc(size);
}

static void provider_node_free(const struct um_mm_provider *provider, void *node, size_t size)
{
	(void)provider;
	memory_free(node, size);
}

static void provider_lock_init(const struct um_mm_provider *provider, struct um_mm_lock *lock)
{
	(void)provider;
	lock->words[0] = 0;
}

/* One processor, and nothing sleeps with a lock held: it is never waited for. */
static bool provider_try_lock(const struct um_mm_provider *provider, struct um_mm_lock *lock)
{
	(void)provider;
	ASSERT(lock->words[0] == 0);
	lock->words[0] = 1;
	locks_held++;
	return true;
}

static void provider_lock(const struct um_mm_provider *provider, struct um_mm_lock *lock)
{
	(void)provider_try_lock(provider, lock);
}

static void provider_unlock(const struct um_mm_provider *provider, struct um_mm_lock *lock)
{
	(void)provider;
	ASSERT(lock->words[0] == 1);
	lock->words[0] = 0;
	locks_held--;
}

static void provider_lock_end(const struct um_mm_provider *provider, struct um_mm_lock *lock)
{
	(void)provider;
	ASSERT(lock->words[0] == 0);
}

/* Every other view's thread has come through thread_sleep or a trap since it last copied. */
static void provider_barrier(const struct um_mm_provider *provider)
{
	(void)provider;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

static void provider_pause(const struct um_mm_provider *provider)
{
	(void)provider;
	panic("a view copies while another thread runs");
}

void memory_might_sleep(void)
{
	ASSERT(locks_held == 0);
}

const struct um_mm_provider memory_provider = {
	.size = sizeof memory_provider,
	.page_alloc = provider_page_alloc,
	.page_free = provider_page_free,
	.node_alloc = provider_node_alloc,
	.node_free = provider_node_free,
	.lock_init = provider_lock_init,
	.lock_end = provider_lock_end,
	.lock = provider_lock,
	.try_lock = provider_try_lock,
	.unlock = provider_unlock,
	.barrier = provider_barrier,
	.pause = provider_pause,
};
