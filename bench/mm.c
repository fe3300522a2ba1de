/* An mm's views against memcpy, its mappings against the bare tree they are in. */
#include "harness.h"
#include <bsd/sys/tree.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <usermem/ptr.h>
#include <usermem/spaces/mm.h>

enum { P = UM_MM_PAGE, MANY = 1000000, FEW = 10 };

static const char table[] = "an address space of our own";
static const uint64_t BASE = (uint64_t)1 << 30;

/* ---------------------------------------------------------------- the bare tree: a key of two words, and nothing else */

struct key {
	RB_ENTRY(key) tree;
	uint64_t start, last;
};

static int compare(const struct key *a, const struct key *b)
{
	return a->last < b->start ? -1 : a->start > b->last;
}

RB_HEAD(keys, key);
RB_GENERATE_INTERNAL(keys, key, tree, compare, static __attribute__((unused)))

static struct key *insert_key(struct keys *keys, uint64_t start)
{
	struct key *key = malloc(sizeof *key);

	if (!key)
		bench_fail("no memory for keys");
	key->start = start;
	key->last = start + P - 1;
	if (RB_INSERT(keys, keys, key))
		bench_fail("a key was there");
	return key;
}

static void free_keys(struct keys *keys)
{
	struct key *key;

	while ((key = RB_ROOT(keys))) {
		RB_REMOVE(keys, keys, key);
		free(key);
	}
}

/* ---------------------------------------------------------------- mappings of one page, a page apart */

static uint32_t order[MANY]; /* in which they are mapped, and touched: at random */

static uint64_t address(uint32_t number)
{
	return BASE + (uint64_t)number * 2 * P;
}

static void shuffle(void)
{
	uint32_t i, j;

	for (i = 0; i < MANY; i++) {
		j = bench_random() % (i + 1);
		order[i] = order[j];
		order[j] = i;
	}
}

static void map_one(struct um_mm *mm, uint64_t at)
{
	struct um_mapping mapping = { { um_addr_of(at), P }, UM_READ | UM_WRITE, UM_READ | UM_WRITE, 0, NULL, 0 };

	if (um_mm_map(mm, &mapping) != UM_OK)
		bench_fail("a region cannot be mapped");
}

static void open_mm(struct um_mm *mm)
{
	if (um_mm_init(mm, um_mm_host(), um_pmap_software(), um_addr_of(P), um_addr_of(((uint64_t)1 << 47) - 1)) != UM_OK)
		bench_fail("no address space");
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* All of MANY at once, in turn; a round takes a second or so. */
static void mapping(const char *name, bool at_random)
{
	enum { ROUNDS = 5 };
	double ratios[ROUNDS], ours[ROUNDS], peers[ROUNDS];
	struct bench_ratio ratio;
	uint32_t i;
	int round;

	for (round = 0; round < ROUNDS; round++) {
		struct keys keys = RB_INITIALIZER(&keys);
		struct um_mm mm;
		double start = now();

		for (i = 0; i < MANY; i++)
			insert_key(&keys, address(at_random ? order[i] : i));
		peers[round] = now() - start;
		free_keys(&keys);
		open_mm(&mm);
		start = now();
		for (i = 0; i < MANY; i++)
			map_one(&mm, address(at_random ? order[i] : i));
		ours[round] = now() - start;
		um_mm_end(&mm);
		ratios[round] = ours[round] / peers[round];
	}
	qsort(ratios, ROUNDS, sizeof ratios[0], ascending);
	qsort(ours, ROUNDS, sizeof ours[0], ascending);
	qsort(peers, ROUNDS, sizeof peers[0], ascending);
	ratio = (struct bench_ratio){ ratios[ROUNDS / 2], ratios[1], ratios[ROUNDS - 2], ours[ROUNDS / 2] / MANY, peers[ROUNDS / 2] / MANY };
	bench_row(table, name, ratio, 2.0);
}

/* ---------------------------------------------------------------- views */

struct work {
	struct um_mm mm;
	struct um_mm_view view;
	uint64_t at; /* of pages to touch */
	unsigned char *own; /* as many of ours */
	struct keys keys;
	uint32_t next;
};

static void get(void *context, size_t times)
{
	struct work *work = context;
	uint64_t value;
	size_t i;

	for (i = 0; i < times; i++) {
		if (um_get(&work->view.space, um_ptr_of(um_u64_ptr, um_addr_of(work->at)), &value, 0).status != UM_OK)
			bench_fail("a get failed");
		BENCH_USE(value);
	}
}

static void get_peer(void *context, size_t times)
{
	struct work *work = context;
	bench_memcpy_fn *copy = bench_memcpy;
	uint64_t value;
	size_t i;

	for (i = 0; i < times; i++) {
		copy(&value, work->own, sizeof value);
		BENCH_USE(value);
	}
}

static void copy_page(void *context, size_t times)
{
	struct work *work = context;
	size_t i;

	for (i = 0; i < times; i++)
		if (um_copy_in(&work->view.space, work->own, um_addr_of(work->at), P, 0).status != UM_OK)
			bench_fail("a copy failed");
}

static unsigned char *frame; /* of the page that is copied */

static void copy_page_peer(void *context, size_t times)
{
	struct work *work = context;
	bench_memcpy_fn *copy = bench_memcpy;
	size_t i;

	for (i = 0; i < times; i++)
		copy(work->own, frame, P);
}

/* A mapping each time, none of which the view's cache knows. */
static void touch(void *context, size_t times)
{
	struct work *work = context;
	uint64_t value;
	size_t i;

	for (i = 0; i < times; i++) {
		uint64_t at = address(order[work->next++ % MANY]);

		if (um_get(&work->view.space, um_ptr_of(um_u64_ptr, um_addr_of(at)), &value, 0).status != UM_OK)
			bench_fail("a get failed");
		BENCH_USE(value);
	}
}

static void look_up(void *context, size_t times)
{
	struct work *work = context;
	size_t i;

	for (i = 0; i < times; i++) {
		struct key key;
		struct key *found;

		key.start = key.last = address(order[work->next++ % MANY]);
		found = RB_FIND(keys, &work->keys, &key);
		if (!found)
			bench_fail("a key is gone");
		BENCH_USE(found->last);
	}
}

static struct um_result take_frame(void *context, const struct um_block *blocks, size_t count)
{
	(void)context;
	(void)count;
	frame = blocks[0].ptr;
	return (struct um_result){ blocks[0].length, UM_OK, UM_ONLY_SIDE };
}

static void open_work(struct work *work, uint32_t mappings)
{
	uint32_t i;

	open_mm(&work->mm);
	if (um_mm_view_open(&work->view, &work->mm) != UM_OK)
		bench_fail("no view");
	for (i = 0; i < mappings; i++)
		map_one(&work->mm, address(mappings == MANY ? order[i] : i));
	work->at = address(mappings / 2);
	work->own = bench_memory(P);
	if (um_fill(&work->view.space, um_addr_of(work->at), 'x', P, 0).status != UM_OK ||
	    um_visit(&work->view.space, um_ranges_of(um_addr_of(work->at), P), UM_READ, 0, take_frame, NULL).status != UM_OK)
		bench_fail("no page");
}

static void close_work(struct work *work)
{
	um_close(&work->view.space);
	um_mm_end(&work->mm);
}

/* ---------------------------------------------------------------- two threads */

enum { COPIES = 50000 };

struct copier {
	struct um_mm *mm;
	pthread_barrier_t *start;
	double took;
};

static void *copy_often(void *context)
{
	struct copier *copier = context;
	struct um_mm_view *view = aligned_alloc(64, (sizeof *view + 63) / 64 * 64);
	unsigned char *bytes = aligned_alloc(P, P);
	double start;
	int i;

	if (!view || !bytes || um_mm_view_open(view, copier->mm) != UM_OK)
		bench_fail("no view");
	memset(bytes, 'x', P);
	pthread_barrier_wait(copier->start);
	start = now();
	for (i = 0; i < COPIES; i++)
		if (um_copy_in(&view->space, bytes, um_addr_of(address((uint32_t)i % FEW)), P, 0).status != UM_OK)
			bench_fail("a copy failed");
	copier->took = now() - start;
	um_close(&view->space);
	free(view);
	free(bytes);
	return NULL;
}

/* How long the slowest took. */
static double copying(struct um_mm *mm, unsigned threads)
{
	struct copier copiers[2];
	pthread_barrier_t start;
	pthread_t thread[2];
	double took = 0;
	unsigned i;

	pthread_barrier_init(&start, NULL, threads);
	for (i = 0; i < threads; i++) {
		copiers[i] = (struct copier){ mm, &start, 0 };
		if (pthread_create(&thread[i], NULL, copy_often, &copiers[i]) != 0)
			bench_fail("no thread");
	}
	for (i = 0; i < threads; i++) {
		pthread_join(thread[i], NULL);
		took = copiers[i].took > took ? copiers[i].took : took;
	}
	pthread_barrier_destroy(&start);
	return took;
}

/* The time of two for as much as one, by the fastest of each: whoever else wants a processor slows down two, and not one. */
static void two_threads(struct um_mm *mm)
{
	double one = copying(mm, 1), two = copying(mm, 2);
	int i;

	for (i = 0; i < 60; i++) {
		double again = copying(mm, 1);

		one = again < one ? again : one;
		again = copying(mm, 2);
		two = again < two ? again : two;
	}
	bench_figure(table, "4 Ki, two threads to one, each byte", two / (2 * one), 1 / 1.8);
}

int main(void)
{
	static struct work few, many;
	struct bench_ratio of_few, of_many;
	size_t before;
	uint32_t i;

	shuffle();
	open_work(&few, FEW);
	for (i = 0; i < FEW; i++)
		if (um_fill(&few.view.space, um_addr_of(address(i)), 'x', P, 0).status != UM_OK)
			bench_fail("no page");
	of_few = bench_compare(get, get_peer, &few);
	bench_row(table, "get of 8, 10 mappings: memcpy", of_few, 3.0);
	bench_row(table, "4 Ki, 10 mappings: memcpy", bench_compare(copy_page, copy_page_peer, &few), 1.3);
	two_threads(&few.mm);
	mapping("1,000,000 regions upwards: tree", false);
	mapping("1,000,000 at random: tree", true);

	before = mallinfo2().uordblks;
	open_work(&many, MANY);
	bench_figure(table, "bytes a mapping, with malloc's", (double)(mallinfo2().uordblks - before) / MANY, 200);
	of_many = bench_compare(get, get_peer, &many);
	bench_row(table, "get of 8, 1,000,000 mappings: memcpy", of_many, 0);
	bench_figure(table, "  of that with 10 mappings", of_many.ratio / of_few.ratio, 2.0);
	for (i = 0; i < MANY; i++) {
		insert_key(&many.keys, address(order[i]));
		if (um_fill(&many.view.space, um_addr_of(address(i)), 'x', 8, 0).status != UM_OK)
			bench_fail("no page");
	}
	bench_row(table, "get of 8 at random: look-up in tree", bench_compare(touch, look_up, &many), 1.5);
	free_keys(&many.keys);
	close_work(&many);
	close_work(&few);
	return 0;
}
