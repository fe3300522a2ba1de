/* A string copied at one go against strnlen and memcpy: strings [VARIANT]. */
#include "harness.h"
#include <stdio.h>
#include <usermem/fault.h>
#include <usermem/spaces/self.h>

enum { ALIGNMENTS = 64, LIMIT = 4096, ROOM = 8192 };

struct work {
	struct um_self self;
	char *to;
	const char *from[ALIGNMENTS];
};

static void raw(void *context, size_t times)
{
	struct work *work = context;
	size_t i;

	for (i = 0; i < times; i++) {
		struct um_result result = um_raw_copy_string_in(work->to, (uintptr_t)work->from[i % ALIGNMENTS], LIMIT, 0);
		BENCH_USE(result.done);
	}
}

static void over_self(void *context, size_t times)
{
	struct work *work = context;
	size_t i;

	for (i = 0; i < times; i++) {
		struct um_result result = um_copy_string_in(&work->self.space, work->to,
		                                            um_addr_of((uintptr_t)work->from[i % ALIGNMENTS]), LIMIT, 0);
		BENCH_USE(result.done);
	}
}

static size_t (*volatile peer_strnlen)(const char *, size_t) = strnlen;

static void peer(void *context, size_t times)
{
	struct work *work = context;
	size_t (*measure)(const char *, size_t) = peer_strnlen;
	bench_memcpy_fn *copy = bench_memcpy;
	size_t i;

	for (i = 0; i < times; i++) {
		const char *from = work->from[i % ALIGNMENTS];
		size_t length = measure(from, LIMIT - 1);

		copy(work->to, from, length);
		work->to[length] = '\0';
		BENCH_USE(length);
	}
}

/* Strings of one length at 64 alignments, each in memory of its own: several do not fit between the same two pages. */
static void lay_out(struct work *work, char *room, size_t length)
{
	size_t i;

	for (i = 0; i < ALIGNMENTS; i++) {
		char *string = room + i * ROOM + (i * 37 % 64);

		memset(string, 'a', length);
		string[length] = '\0';
		work->from[i] = string;
	}
}

int main(int argc, char **argv)
{
	static const size_t lengths[] = { 8, 12, 16, 24, 32, 48, 64, 100, 128, 200, 256, 500, 1000, 2000, 4000 };
	static const struct { const char *name; bench_side *side; } ways[] = { { "raw", raw }, { "over self", over_self } };
	static struct work work;
	char *room = bench_memory(ALIGNMENTS * ROOM), title[96];
	const char *variant;
	size_t way, i;

	if (um_self_open(&work.self, um_addr_of(0), um_addr_of(UINT64_MAX >> 17)) != UM_OK)
		bench_fail("self does not open");
	variant = bench_use_variant(argc, argv);
	/* Away from where in their pages the strings are: a store there looks like one to the next string. */
	work.to = (char *)bench_memory(ROOM) + 2048;
	for (way = 0; way < sizeof ways / sizeof ways[0]; way++) {
		struct bench_total total = { 0 };

		snprintf(title, sizeof title, "strings, %s, against strnlen and memcpy, %s", ways[way].name, variant);
		for (i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
			struct bench_ratio ratio;

			lay_out(&work, room, lengths[i]);
			ratio = bench_compare(ways[way].side, peer, &work);
			bench_row(title, bench_bytes(lengths[i]), ratio, 0);
			bench_add(&total, bench_bytes(lengths[i]), ratio);
		}
		bench_total_rows(title, &total, 0.9, 0);
	}
	um_close(&work.self.space);
	return 0;
}
