/* Lists of 64-byte ranges against a plain loop of memcpy, and whether their cost is linear. */
#include "harness.h"
#include <stdio.h>
#include <usermem/spaces/bytes.h>
#include <usermem/spaces/self.h>

enum { MOST = 1024, LENGTH = 64, STRIDE = 192 };

struct work {
	struct um_space *space;
	struct um_range list[MOST];
	unsigned char *base; /* of the space's address 0 in memory */
	unsigned char *to;
	size_t count;
};

static void copy_in(void *context, size_t times)
{
	struct work *work = context;
	size_t i;

	for (i = 0; i < times; i++) {
		struct um_result result = um_copy_in_ranges(work->space, work->to, SIZE_MAX, um_ranges_from(work->list, work->count), 0);
		if (result.done != work->count * LENGTH)
			bench_fail("a list was not copied");
	}
}

static void copy_out(void *context, size_t times)
{
	struct work *work = context;
	size_t i;

	for (i = 0; i < times; i++) {
		struct um_result result = um_copy_out_ranges(work->space, um_ranges_from(work->list, work->count), work->to, SIZE_MAX, 0);
		if (result.done != work->count * LENGTH)
			bench_fail("a list was not copied");
	}
}

static void peer_in(void *context, size_t times)
{
	struct work *work = context;
	bench_memcpy_fn *copy = bench_memcpy;
	size_t i, k;

	for (i = 0; i < times; i++) {
		unsigned char *to = work->to;

		for (k = 0; k < work->count; k++) {
			copy(to, work->base + work->list[k].start.value, work->list[k].length);
			to += work->list[k].length;
		}
	}
}

static void peer_out(void *context, size_t times)
{
	struct work *work = context;
	bench_memcpy_fn *copy = bench_memcpy;
	size_t i, k;

	for (i = 0; i < times; i++) {
		const unsigned char *from = work->to;

		for (k = 0; k < work->count; k++) {
			copy(work->base + work->list[k].start.value, from, work->list[k].length);
			from += work->list[k].length;
		}
	}
}

/* Scattered over their memory, in no order and at any alignment. */
static void lay_out(struct work *work, uint64_t start)
{
	size_t i;

	for (i = 0; i < MOST; i++)
		work->list[i] = (struct um_range){ um_addr_of(start + i * STRIDE + bench_random() % 64), LENGTH };
	for (i = MOST - 1; i > 0; i--) {
		size_t other = bench_random() % (i + 1);
		struct um_range range = work->list[i];

		work->list[i] = work->list[other];
		work->list[other] = range;
	}
}

static void table(const char *name, struct work *work, bench_side *ours, bench_side *peer)
{
	struct bench_ratio few = { 0 }, ratio = { 0 };
	char title[96], row[32];

	snprintf(title, sizeof title, "lists of 64-byte ranges, %s, against a loop of memcpy", name);
	for (work->count = 1; work->count <= MOST; work->count *= 4) {
		ratio = bench_compare(ours, peer, work);
		snprintf(row, sizeof row, "%zu", work->count);
		bench_row(title, row, ratio, 1.2);
		if (work->count == 16)
			few = ratio;
	}
	/* Both sides read more memory the longer the list: the loop's own growth is taken out. */
	bench_figure(title, "growth per range from 16 to 1024, to the loop's", (ratio.ours / few.ours) / (ratio.peer / few.peer), 1.2);
}

int main(void)
{
	static struct work work;
	struct um_bytes bytes;
	struct um_self self;
	size_t size = (MOST + 1) * STRIDE;
	unsigned char *memory = bench_memory(size);

	work.to = bench_memory(MOST * LENGTH);
	um_bytes_init(&bytes, memory, size);
	work.space = &bytes.space;
	work.base = memory;
	lay_out(&work, 0);
	table("in, bytes", &work, copy_in, peer_in);
	table("out, bytes", &work, copy_out, peer_out);
	if (um_self_open(&self, um_addr_of(0), um_addr_of(UINT64_MAX >> 17)) != UM_OK)
		bench_fail("self does not open");
	work.space = &self.space;
	work.base = NULL;
	lay_out(&work, (uintptr_t)memory);
	table("in, self", &work, copy_in, peer_in);
	table("out, self", &work, copy_out, peer_out);
	um_close(&self.space);
	return 0;
}
