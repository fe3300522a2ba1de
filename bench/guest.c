/*
 * A guest's memory against rust-vmm's vm-memory and against a list walked with the last hit first, as QEMU does: the same slots
 * and host memory, the same addresses in the same order.
 *
 *     bench-guest [PEER]      the library that bench/run makes of vm_memory/; without it, the list alone
 */
#include "harness.h"
#include <dlfcn.h>
#include <linux/membarrier.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <usermem/port.h>
#include <usermem/ptr.h>
#include <usermem/spaces/guest.h>

enum { MOST = 512, LENGTH = 64 << 10, APART = 80 << 10, ADDRESSES = 1024, COPY = 4096 };

struct block { /* of the list */
	uint64_t start, length;
	unsigned char *host;
	struct block *next;
};

struct work {
	struct um_guest guest;
	struct um_guest_map map;
	struct um_guest_slot slots[MOST];
	uint64_t dirty[MOST];
	struct block blocks[MOST], *first, *last_hit;
	uint64_t addresses[ADDRESSES];
	size_t count;
	void *peer;
	unsigned char *own; /* memory, without a peer */
	unsigned char buffer[COPY] __attribute__((aligned(64)));
};

/* What the peer's library has. */
static struct {
	void *(*open)(const uint64_t *starts, size_t count, size_t length);
	void *(*host)(const void *peer, uint64_t start, bool logged);
	void (*get)(const void *peer, const uint64_t *addresses, size_t mask, size_t times);
	void (*put)(const void *peer, const uint64_t *addresses, size_t mask, size_t times);
	void (*copy)(const void *peer, const uint64_t *addresses, size_t mask, size_t times, void *to, size_t n);
} peer;

/* ---------------------------------------------------------------- ours */

static void get(void *context, size_t times)
{
	struct work *work = context;
	uint64_t value;
	size_t i;

	for (i = 0; i < times; i++) {
		um_addr at = um_addr_of(work->addresses[i % ADDRESSES]);

		if (um_get(&work->guest.space, um_ptr_of(um_u64_ptr, at), &value, 0).status != UM_OK)
			bench_fail("a get failed");
		BENCH_USE(value);
	}
}

static void put(void *context, size_t times)
{
	struct work *work = context;
	size_t i;

	for (i = 0; i < times; i++)
		if (um_copy_out(&work->guest.space, um_addr_of(work->addresses[i % ADDRESSES]), &(uint64_t){ i }, 8, 0).status != UM_OK)
			bench_fail("a put failed");
}

static void copy(void *context, size_t times)
{
	struct work *work = context;
	size_t i;

	for (i = 0; i < times; i++)
		if (um_copy_in(&work->guest.space, work->buffer, um_addr_of(work->addresses[i % ADDRESSES]), COPY, 0).status != UM_OK)
			bench_fail("a copy failed");
}

/* ---------------------------------------------------------------- vm-memory */

static void peer_get(void *context, size_t times)
{
	struct work *work = context;

	peer.get(work->peer, work->addresses, ADDRESSES - 1, times);
}

static void peer_put(void *context, size_t times)
{
	struct work *work = context;

	peer.put(work->peer, work->addresses, ADDRESSES - 1, times);
}

static void peer_copy(void *context, size_t times)
{
	struct work *work = context;

	peer.copy(work->peer, work->addresses, ADDRESSES - 1, times, work->buffer, COPY);
}

/* ---------------------------------------------------------------- the list */

static __attribute__((noinline)) unsigned char *look_up(struct work *work, uint64_t addr, size_t n)
{
	struct block *block = work->last_hit;

	if (!block || addr - block->start >= block->length) {
		for (block = work->first; block && addr - block->start >= block->length; block = block->next)
			;
		if (!block)
			return NULL;
		work->last_hit = block;
	}
	return n <= block->length - (addr - block->start) ? block->host + (addr - block->start) : NULL;
}

static void list_get(void *context, size_t times)
{
	struct work *work = context;
	uint64_t value;
	size_t i;

	for (i = 0; i < times; i++) {
		const unsigned char *at = look_up(work, work->addresses[i % ADDRESSES], sizeof value);

		if (!at)
			bench_fail("an address is in no block");
		__builtin_memcpy(&value, at, sizeof value);
		BENCH_USE(value);
	}
}

static void list_copy(void *context, size_t times)
{
	struct work *work = context;
	bench_memcpy_fn *call = bench_memcpy;
	size_t i;

	for (i = 0; i < times; i++) {
		const unsigned char *at = look_up(work, work->addresses[i % ADDRESSES], COPY);

		if (!at)
			bench_fail("an address is in no block");
		call(work->buffer, at, COPY);
	}
}

/* ---------------------------------------------------------------- the same memory for all of them */

static uint64_t start_of(size_t i)
{
	return ((uint64_t)1 << 20) + i * (uint64_t)APART;
}

/* Words lie in lines that do not all go to the same set of a cache. */
static void aim(struct work *work, bool at_random)
{
	size_t i;

	for (i = 0; i < ADDRESSES; i++) {
		size_t slot = at_random ? bench_random() % work->count : work->count / 3;

		work->addresses[i] = start_of(slot) + slot * 8 % 512 * 8;
	}
}

static void set_up(struct work *work, bool logged, void (*barrier)(void))
{
	size_t i;

	work->first = work->last_hit = NULL;
	for (i = work->count; i-- > 0;) {
		void *host = work->peer ? peer.host(work->peer, start_of(i), logged) : work->own + i * LENGTH;

		memset(host, 'x', LENGTH); /* present for all */
		work->slots[i] = (struct um_guest_slot){ { { start_of(i) }, LENGTH }, host, logged ? &work->dirty[i] : NULL, UM_READ | UM_WRITE };
		work->blocks[i] = (struct block){ start_of(i), LENGTH, host, work->first };
		work->first = &work->blocks[i];
	}
	if (um_guest_map_init(&work->map, work->slots, work->count, barrier) != UM_OK)
		bench_fail("there is no map of the slots");
	um_guest_init(&work->guest, &work->map);
}

static void open_work(struct work *work, size_t count)
{
	uint64_t starts[MOST];
	size_t i;

	for (i = 0; i < count; i++)
		starts[i] = start_of(i);
	work->count = count;
	if (peer.open)
		work->peer = peer.open(starts, count, LENGTH);
	else
		work->own = bench_memory(count * LENGTH);
}

/* ---------------------------------------------------------------- tables */

static void barrier_of_all(void)
{
	syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
}

static const struct table {
	const char *title;
	bench_side *ours, *other;
	bool with_peer, logged;
	void (*barrier)(void);
	double wanted;
} tables[] = {
	{ "a guest's 8-byte read against vm-memory's read_obj", get, peer_get, true, false, NULL, 0.8 },
	{ "a guest's copy of 4 KiB against vm-memory's read_slice", copy, peer_copy, true, false, NULL, 0.8 },
	/* Pages are dirty already, as nearly all are that are written to. */
	{ "a guest's 8-byte write, marked under a barrier, against vm-memory's", put, peer_put, true, true, barrier_of_all, 0.8 },
	/* An atomic instruction on both sides. */
	{ "a guest's 8-byte write, marked without a barrier, against vm-memory's", put, peer_put, true, true, NULL, 0 },
	{ "a guest's 8-byte read against a list, last hit first", get, list_get, false, false, NULL, 0 },
	{ "a guest's copy of 4 KiB against a list, last hit first", copy, list_copy, false, false, NULL, 0 },
};

static void row(struct work *work, const struct table *table, bool at_random)
{
	char name[64];

	if (table->with_peer && !work->peer)
		return;
	set_up(work, table->logged, table->barrier);
	aim(work, at_random);
	snprintf(name, sizeof name, "%zu slot%s", work->count, work->count == 1 ? "" : at_random ? "s, at random" : "s, one of them");
	bench_row(table->title, name, bench_compare(table->ours, table->other, work), table->wanted);
}

static void load_peer(const char *path)
{
	void *library = dlopen(path, RTLD_NOW);
	static const struct { const char *name; void *to; } symbols[] = {
		{ "peer_open", &peer.open }, { "peer_host", &peer.host }, { "peer_get", &peer.get },
		{ "peer_put", &peer.put }, { "peer_copy", &peer.copy },
	};
	size_t i;

	for (i = 0; i < sizeof symbols / sizeof symbols[0]; i++) {
		void *symbol = library ? dlsym(library, symbols[i].name) : NULL;

		if (!symbol)
			bench_fail(dlerror());
		memcpy(symbols[i].to, &symbol, sizeof symbol);
	}
}

int main(int argc, char **argv)
{
	static const size_t counts[] = { 1, 16, MOST };
	static struct work works[sizeof counts / sizeof counts[0]];
	size_t table, i;

	if (argc > 1)
		load_peer(argv[1]);
	if (um_port_open() != UM_OK) /* which chooses the code for this processor; see docs/guest.md */
		bench_fail("the port cannot be opened");
	syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0);
	for (i = 0; i < sizeof counts / sizeof counts[0]; i++)
		open_work(&works[i], counts[i]);
	for (table = 0; table < sizeof tables / sizeof tables[0]; table++) {
		for (i = 0; i < sizeof counts / sizeof counts[0]; i++) {
			row(&works[i], &tables[table], false);
			if (counts[i] > 1)
				row(&works[i], &tables[table], true);
		}
	}
	return 0;
}
