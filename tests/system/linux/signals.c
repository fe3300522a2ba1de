/* What is done on a signal, and which are held back: structs and sets in and out. */
#include "groups.h"
#include "line.h"

enum { SIGNAL = 10, SET_BYTES = 8, IGNORE = 1 };

/* As the kernel has it; only some machines have room for a restorer. */
struct action {
	uint64_t handler;
	uint64_t flags;
#ifndef __riscv
	uint64_t restorer;
#endif
	uint64_t mask;
};

static const struct action ignore = { .handler = IGNORE, .mask = 1u << 11 };
static const struct action usual = { .handler = 0 };
static const uint64_t no_signals;
static const uint64_t some_signals = 1u << 11;

/* To the effect: what is done now; and then it is as it was at first. */
static void settle(void)
{
	struct action now = { .handler = 99 };
	uint64_t held = 99;

	CALL(rt_sigaction, SIGNAL, 0, ADDRESS(&now), SET_BYTES);
	CALL(rt_sigprocmask, 0, 0, ADDRESS(&held), SET_BYTES);
	line_effect_number((int64_t)now.handler);
	line_effect_number((int64_t)now.mask);
	line_effect_number((int64_t)held);
	CALL(rt_sigaction, SIGNAL, ADDRESS(&usual), 0, SET_BYTES);
	CALL(rt_sigprocmask, 2, ADDRESS(&no_signals), 0, SET_BYTES);
}

static int64_t call_action(uint64_t address)
{
	return CALL(rt_sigaction, SIGNAL, address, 0, SET_BYTES);
}

static int64_t call_action_old(uint64_t address)
{
	return CALL(rt_sigaction, SIGNAL, ADDRESS(&ignore), address, SET_BYTES);
}

static int64_t call_action_both(uint64_t address)
{
	return CALL(rt_sigaction, SIGNAL, address, address, SET_BYTES);
}

static int64_t call_action_kill(uint64_t address)
{
	return CALL(rt_sigaction, 9, address, 0, SET_BYTES);
}

static int64_t call_mask(uint64_t address)
{
	return CALL(rt_sigprocmask, 0, address, 0, SET_BYTES);
}

static int64_t call_mask_old(uint64_t address)
{
	return CALL(rt_sigprocmask, 0, ADDRESS(&some_signals), address, SET_BYTES);
}

static int64_t call_mask_both(uint64_t address)
{
	return CALL(rt_sigprocmask, 2, address, address, SET_BYTES);
}

static int64_t call_mask_wrong(uint64_t address)
{
	return CALL(rt_sigprocmask, 3, address, 0, SET_BYTES);
}

static void try_pointers(void)
{
	static const struct {
		const char *name;
		int64_t (*call)(uint64_t address);
		const void *placed;
		uint64_t size;
	} calls[] = {
		{ "action", call_action, &ignore, sizeof ignore },
		{ "action-old", call_action_old, NULL, sizeof ignore },
		{ "action-both", call_action_both, &ignore, sizeof ignore },
		{ "action-kill", call_action_kill, &ignore, sizeof ignore },
		{ "mask", call_mask, &some_signals, SET_BYTES },
		{ "mask-old", call_mask_old, NULL, SET_BYTES },
		{ "mask-both", call_mask_both, &some_signals, SET_BYTES },
		{ "mask-wrong", call_mask_wrong, &some_signals, SET_BYTES },
	};
	const struct pointer *pointer;
	uint64_t at;
	int64_t result;
	size_t i;

	for (i = 0; i < sizeof calls / sizeof calls[0]; i++) {
		for (pointer = pointers; pointer->name != NULL; pointer++) {
			line_begin("signals");
			line_name(calls[i].name);
			line_name(pointer->name);
			at = pointer_at(pointer, calls[i].size);
			if (calls[i].placed != NULL)
				arena_place(at, calls[i].placed, calls[i].size);
			result = calls[i].call(at);
			settle();
			if (calls[i].placed != NULL)
				arena_withdraw(at, calls[i].placed, calls[i].size);
			if (calls[i].size != SET_BYTES)
				arena_forget(at, sizeof(struct action)); /* it is shorter on some machines */
			line_end(result);
		}
	}
}

/* Numbers of signals, sizes of sets, and how. */
static void try_numbers(void)
{
	static const uint64_t numbers[] = { 0, 1, 9, 19, 32, 64, 65, 1ull << 31, 1ull << 32, UINT64_MAX };
	static const uint64_t sizes[] = { 0, 4, 7, 9, 16, 128, 1ull << 32, UINT64_MAX };
	static const uint64_t hows[] = { 0, 1, 2, 3, 1ull << 32, UINT64_MAX };
	size_t i;

	for (i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		line_begin("signals.number");
		line_number(numbers[i]);
		line_end(CALL(rt_sigaction, numbers[i], ADDRESS(&usual), 0, SET_BYTES));
		line_begin("signals.number-asked");
		line_number(numbers[i]);
		line_end(CALL(rt_sigaction, numbers[i], 0, 0, SET_BYTES));
	}
	for (i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		line_begin("signals.action-size");
		line_number(sizes[i]);
		line_end(CALL(rt_sigaction, SIGNAL, PAGE_AT(RW_END), 0, sizes[i]));
		line_begin("signals.mask-size");
		line_number(sizes[i]);
		line_end(CALL(rt_sigprocmask, 0, PAGE_AT(RW_END), 0, sizes[i]));
	}
	for (i = 0; i < sizeof hows / sizeof hows[0]; i++) {
		line_begin("signals.how");
		line_number(hows[i]);
		line_effect_number(CALL(rt_sigprocmask, hows[i], ADDRESS(&some_signals), 0, SET_BYTES));
		settle();
		line_end(0);
		line_begin("signals.how-asked");
		line_number(hows[i]);
		line_end(CALL(rt_sigprocmask, hows[i], 0, PAGE_AT(RW), SET_BYTES));
	}
}

void try_signals(void)
{
	try_pointers();
	try_numbers();
}
