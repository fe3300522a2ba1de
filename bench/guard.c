/* A guarded call against a bare one: of nothing, and of the least that a guard is for. */
#include "harness.h"
#include <usermem/guard.h>
#include <usermem/port.h>

struct work {
	void (*touch)(void *context);
	const volatile uint64_t *from;
	uint64_t value;
};

static void nothing(void *context)
{
	BENCH_USE(context);
}

/* What it finds it has to leave in its context. */
static void read_8(void *context)
{
	struct work *work = context;

	work->value += *work->from;
}

static void ours(void *context, size_t times)
{
	const struct work *work = context;
	struct um_range range = { um_addr_of((uintptr_t)work->from), sizeof *work->from };
	void (*volatile pointer)(void *) = work->touch, (*call)(void *) = pointer;
	size_t i;

	for (i = 0; i < times; i++) {
		struct um_result result = um_guard(range, call, context);
		BENCH_USE(result.done);
	}
}

static void peer(void *context, size_t times)
{
	const struct work *work = context;
	void (*volatile pointer)(void *) = work->touch, (*call)(void *) = pointer;
	size_t i;

	for (i = 0; i < times; i++)
		call(context);
}

int main(void)
{
	static const struct { const char *name; void (*touch)(void *); } ways[] = { { "empty function", nothing }, { "reads 8 bytes", read_8 } };
	uint64_t there = 1;
	struct work work = { .from = &there };
	size_t i;

	if (um_port_open() != UM_OK)
		bench_fail("the port does not open");
	for (i = 0; i < sizeof ways / sizeof ways[0]; i++) {
		work.touch = ways[i].touch;
		bench_row("um_guard against a bare call through a pointer", ways[i].name, bench_compare(ours, peer, &work), 2);
	}
	um_port_close();
	return 0;
}
