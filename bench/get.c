/* A typed get of 8 bytes against an out-of-line memcpy of 8 bytes. */
#include "harness.h"
#include <usermem/ptr.h>
#include <usermem/spaces/bytes.h>
#include <usermem/spaces/self.h>

enum { WORDS = 512 };

struct work {
	struct um_space *space;
	unsigned char *base;   /* of the space's address 0 in memory */
	uint64_t words[WORDS]; /* each the address of the next, in one circle */
};

/* Nothing waits for the value. */
static void get(void *context, size_t times)
{
	struct work *work = context;
	uint64_t at = work->words[0], value;
	size_t i;

	for (i = 0; i < times; i++) {
		if (um_get(work->space, um_ptr_of(um_u64_ptr, um_addr_of(at)), &value, 0).status != UM_OK)
			bench_fail("a get failed");
		BENCH_USE(value);
	}
}

static void peer(void *context, size_t times)
{
	struct work *work = context;
	const unsigned char *at = work->base + work->words[0];
	bench_memcpy_fn *copy = bench_memcpy;
	uint64_t value;
	size_t i;

	for (i = 0; i < times; i++) {
		copy(&value, at, sizeof value);
		BENCH_USE(value);
	}
}

/* Each value is the next address. */
static void get_next(void *context, size_t times)
{
	struct work *work = context;
	uint64_t at = work->words[0];
	size_t i;

	for (i = 0; i < times; i++)
		if (um_get(work->space, um_ptr_of(um_u64_ptr, um_addr_of(at)), &at, 0).status != UM_OK)
			bench_fail("a get failed");
	BENCH_USE(at);
}

static void peer_next(void *context, size_t times)
{
	struct work *work = context;
	uint64_t at = work->words[0];
	bench_memcpy_fn *copy = bench_memcpy;
	size_t i;

	for (i = 0; i < times; i++)
		copy(&at, work->base + at, sizeof at);
	BENCH_USE(at);
}

static void rows(struct work *work, const char *throughput, const char *dependent, uint64_t start)
{
	const char *table = "a typed get of 8 bytes against an out-of-line memcpy";
	size_t i;

	for (i = 0; i < WORDS; i++)
		work->words[i] = start + (i + 101) % WORDS * sizeof work->words[0];
	bench_row(table, throughput, bench_compare(get, peer, work), 1.0);
	bench_row(table, dependent, bench_compare(get_next, peer_next, work), 1.0);
}

int main(void)
{
	static struct work work;
	struct um_bytes bytes;
	struct um_self self;

	if (um_self_open(&self, um_addr_of(0), um_addr_of(UINT64_MAX >> 17)) != UM_OK)
		bench_fail("self does not open");
	work.space = &self.space;
	rows(&work, "self, throughput", "self, dependent", (uintptr_t)work.words);
	um_bytes_init(&bytes, work.words, sizeof work.words);
	work.space = &bytes.space;
	work.base = (unsigned char *)work.words;
	rows(&work, "bytes, throughput", "bytes, dependent", 0);
	um_close(&self.space);
	return 0;
}
