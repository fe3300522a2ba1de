/* A guarded call against a bare one, both of nothing. */
#include "harness.h"
#include <usermem/guard.h>
#include <usermem/port.h>

static void __attribute__((noinline)) touch(void *context)
{
	__asm__ volatile("" : : "r"(context) : "memory");
}

static void (*volatile touch_pointer)(void *context) = touch;

static void ours(void *context, size_t times)
{
	struct um_range range = { um_addr_of((uintptr_t)context), 1 };
	void (*call)(void *) = touch_pointer;
	size_t i;

	for (i = 0; i < times; i++) {
		struct um_result result = um_guard(range, call, context);
		BENCH_USE(result.done);
	}
}

static void peer(void *context, size_t times)
{
	void (*call)(void *) = touch_pointer;
	size_t i;

	for (i = 0; i < times; i++)
		call(context);
}

int main(void)
{
	char byte = 0;

	if (um_port_open() != UM_OK)
		bench_fail("the port does not open");
	bench_row("um_guard against a bare call through a pointer", "empty function", bench_compare(ours, peer, &byte), 2);
	um_port_close();
	return 0;
}
