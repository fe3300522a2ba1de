/* um_copy between spaces and um_transfer between cursors, against one memcpy. */
#include "harness.h"
#include <stdio.h>
#include <usermem/copy.h>
#include <usermem/cursor.h>
#include <usermem/spaces/bytes.h>
#include <usermem/spaces/self.h>

enum { LARGEST = 4 << 20 };

struct work {
	struct um_space *to, *from;
	um_addr dst, src;
	unsigned char *to_memory, *from_memory;
	size_t n;
	struct um_writer writer;
	struct um_reader reader;
};

static void copy(void *context, size_t times)
{
	struct work *work = context;
	size_t i;

	for (i = 0; i < times; i++) {
		struct um_result result = um_copy(work->to, work->dst, work->from, work->src, work->n, 0);
		if (result.done != work->n)
			bench_fail("um_copy did not copy");
	}
}

/* The cursors are there, and are put back to where they were by hand: copies of them would be read behind the stores of
 * the bytes, which at 4 KiB look to the processor as if they were in the way. */
static void transfer(void *context, size_t times)
{
	struct work *work = context;
	struct um_writer writer = work->writer;
	struct um_reader reader = work->reader;
	um_addr dst = work->dst, src = work->src;
	size_t i, n = work->n;

	for (i = 0; i < times; i++) {
		struct um_result result;
		writer.left.ranges.head = (struct um_range){ dst, n };
		reader.left.ranges.head = (struct um_range){ src, n };
		writer.left.ranges.length = reader.left.ranges.length = n;
		result = um_transfer(&writer, &reader, UINT64_MAX);
		if (result.done != n)
			bench_fail("um_transfer did not transfer");
	}
}

static void peer(void *context, size_t times)
{
	struct work *work = context;
	bench_memcpy_fn *call = bench_memcpy;
	size_t i;

	for (i = 0; i < times; i++)
		call(work->to_memory, work->from_memory, work->n);
}

static void table(struct work *work, const char *spaces)
{
	static const struct { const char *name; bench_side *side; } ways[] = { { "um_copy", copy }, { "um_transfer", transfer } };
	char title[96];
	size_t way;

	for (way = 0; way < sizeof ways / sizeof ways[0]; way++) {
		snprintf(title, sizeof title, "%s, %s, against memcpy", ways[way].name, spaces);
		for (work->n = 64; work->n <= LARGEST; work->n *= 4) {
			struct um_slice to = um_slice_of(work->to, work->dst, work->n, 0), from = um_slice_of(work->from, work->src, work->n, 0);

			work->writer = um_slice_writer(&to);
			work->reader = um_slice_reader(&from);
			bench_row(title, bench_bytes(work->n), bench_compare(ways[way].side, peer, work), work->n >= 4096 ? 1.2 : 0);
		}
	}
}

int main(void)
{
	struct um_bytes from, to;
	struct um_self self;
	struct work work = { .to_memory = bench_memory(LARGEST), .from_memory = bench_memory(LARGEST) };

	um_bytes_init(&from, work.from_memory, LARGEST);
	um_bytes_init(&to, work.to_memory, LARGEST);
	if (um_self_open(&self, um_addr_of(0), um_addr_of(UINT64_MAX >> 17)) != UM_OK)
		bench_fail("self does not open");
	work.from = &from.space;
	work.to = &to.space;
	table(&work, "bytes to bytes");
	work.to = &self.space;
	work.dst = um_addr_of((uintptr_t)work.to_memory);
	table(&work, "bytes to self");
	work.from = &self.space;
	work.src = um_addr_of((uintptr_t)work.from_memory);
	table(&work, "self to self");
	um_close(&self.space);
	return 0;
}
