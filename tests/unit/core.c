/* The freestanding core: what a kernel supplies is judged, and what it means for each access. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include <sys/mman.h>
#include <unwind.h>
#include <usermem/usermem.h>
#include "../trap.h"
#include "under.h"

enum { PAGE = 4096 };

#if defined __x86_64__
enum { FEATURES = UM_PORT_SMAP };
#elif defined __aarch64__
enum { FEATURES = UM_PORT_PAN | UM_PORT_LSE };
#elif defined __riscv
enum { FEATURES = 0 };
#endif

static unsigned asked;

static void might_fault(void)
{
	asked++;
}

static struct um_port a_port(void)
{
	return (struct um_port){ .size = sizeof(struct um_port), .user_last = 0x7fffffffefff };
}

static enum um_status supply(struct um_port port)
{
	return um_port_supply(&port);
}

static void what_is_supplied_is_judged(void **state)
{
	static const uintptr_t wrong[] = { 0, PAGE - 2, PAGE, 0x7ffffffff000, UINTPTR_MAX - 1, UINTPTR_MAX };
	struct um_port port = a_port();
	size_t i;

	(void)state;
	assert_int_equal(um_port_open(), UM_INVALID);
	assert_false(um_port_installed());
	port.size--;
	assert_int_equal(supply(port), UM_INVALID);
	for (port = a_port(), port.features = 1; port.features != 0; port.features <<= 1)
		assert_int_equal(supply(port), port.features & FEATURES ? UM_OK : UM_INVALID);
	port.features = FEATURES;
	assert_int_equal(supply(port), UM_OK);
	for (port = a_port(), i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		port.user_last = wrong[i];
		assert_int_equal(supply(port), UM_INVALID);
	}
	port = a_port();
	port.size += 8;
	assert_int_equal(supply(port), UM_OK);
	assert_int_equal(um_port_open(), UM_OK);
	assert_true(um_port_installed());
	assert_int_equal(supply(a_port()), UM_INVALID);
	um_port_close();
	assert_int_equal(supply(a_port()), UM_OK);
}

static void what_is_refused_changes_nothing(void **state)
{
	struct um_port port = a_port();
	struct um_bytes bytes;
	unsigned char byte;

	(void)state;
	port.might_fault = might_fault;
	assert_int_equal(supply(port), UM_OK);
	port.might_fault = NULL;
	port.features = ~0U;
	assert_int_equal(supply(port), UM_INVALID);
	asked = 0;
	um_bytes_init(&bytes, &byte, 1);
	assert_int_equal(um_copy_in(&bytes.space, &byte, um_addr_of(0), 1, 0).status, UM_OK);
	assert_int_equal(asked, 1);
}

/* ---------------------------------------------------------------- law 15 */

/* Did `call` pass the hook, and with UM_NOFAULT not? */
#define passes(call) do { \
		for (flags = 0; flags <= UM_NOFAULT; flags += UM_NOFAULT) { \
			asked = 0; \
			(void)!(call).status; \
			assert_true((asked != 0) == (flags == 0)); \
		} \
	} while (0)

static struct um_result take_all(void *context, const struct um_block *blocks, size_t count)
{
	struct um_result result = { 0, UM_OK, UM_ONLY_SIDE };

	(void)context;
	while (count-- > 0)
		result.done += blocks[count].length;
	return result;
}

static struct um_result atomic(struct um_space *space, unsigned flags)
{
	struct um_atomic_access access = { .op = UM_LOAD, .size = 4 };

	return (struct um_result){ 0, um_atomic(space, um_addr_of(0), &access, flags), UM_ONLY_SIDE };
}

static void what_may_sleep_passes_the_hook(void **state)
{
	static unsigned char memory[64];
	unsigned char buffer[64];
	struct um_range range = { um_addr_of(0), 8 };
	struct um_bytes bytes;
	struct um_space *space = &bytes.space;
	um_addr addr = um_addr_of(0);
	unsigned flags;
	bool answer;

	(void)state;
	assert_true(trap_supply(0x7fffffffefff, might_fault));
	um_bytes_init(&bytes, memory, sizeof memory);
	passes(um_copy_in(space, buffer, addr, 8, flags));
	passes(um_copy_in(space, buffer, addr, 0, flags)); /* nothing will be touched */
	passes(um_copy_in(space, buffer, um_addr_of(UINT64_MAX), 8, flags));
	passes(um_copy_out(space, addr, buffer, 8, flags));
	passes(um_fill(space, addr, 0, 8, flags));
	passes(atomic(space, flags));
	passes(um_copy_string_in(space, (char *)buffer, addr, 8, flags));
	passes(um_copy_in_ranges(space, buffer, 8, um_ranges_of(addr, 8), flags));
	passes(um_copy_out_ranges(space, um_ranges_of(addr, 8), buffer, 8, flags));
	passes(um_fill_ranges(space, um_ranges_of(addr, 8), 0, 8, flags));
	passes(um_visit(space, um_ranges_of(addr, 8), UM_READ, flags, take_all, NULL));
	passes(um_check(space, range, UM_READ, flags));
	passes(um_copy(space, addr, space, um_addr_of(32), 8, flags));
	passes(um_get_object(space, addr, buffer, 8, flags)); /* inline in a process */
	passes(um_find_byte(space, addr, 1, 8, &answer, flags));
	asked = 0;
	assert_int_equal(um_populate(space, range, UM_READ, 0).status, UM_OK);
	assert_int_equal(asked, 1);
}

/* ---------------------------------------------------------------- law 21 */

/* Pages of this process: the last that programs have, a hole behind it, and one that they must not reach. */
static unsigned char *open_limit(void)
{
	unsigned char *last = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(last, MAP_FAILED);
	assert_int_equal(munmap(last + PAGE, PAGE), 0);
	memset(last, 'u', PAGE);
	memset(last + 2 * PAGE, 'k', PAGE);
	assert_true(trap_supply((uintptr_t)last + PAGE - 1, NULL));
	assert_int_equal(um_port_open(), UM_OK);
	return last;
}

static void close_limit(unsigned char *last)
{
	size_t i;

	for (i = 0; i < PAGE; i++)
		assert_int_equal(last[2 * PAGE + i], 'k');
	munmap(last, PAGE);
	munmap(last + 2 * PAGE, PAGE);
	um_port_close();
}

/* It came to `done`, and was stopped at the limit by one fault. */
static void stopped(struct um_result result, size_t done, enum um_side side, const unsigned char *last)
{
	assert_int_equal(result.done, done);
	assert_int_equal(result.status, UM_UNMAPPED);
	assert_int_equal(result.side, side);
	assert_int_equal(trap_address, (uintptr_t)last + PAGE);
	assert_int_equal(traps, 1);
	assert_false(trap_window_is_open());
	trap_address = traps = 0;
}

static void begin_at(uintptr_t above, unsigned char *last)
{
	static const size_t sizes[] = { 1, 2, 3, 4, 7, 8, 9, 16, 31, 64, 500, 2000 };
	unsigned char ours[2000];
	size_t i;

	memset(ours, 'o', sizeof ours);
	for (i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		size_t n = sizes[i];

		stopped(um_raw_copy_in(ours, above, n, 0), 0, UM_ONLY_SIDE, last);
		stopped(um_raw_copy_out(above, ours, n, 0), 0, UM_ONLY_SIDE, last);
		stopped(um_raw_fill(above, 0, n, 0), 0, UM_ONLY_SIDE, last);
		stopped(um_raw_copy(above, (uintptr_t)last, n, 0), 0, UM_TO, last);
		stopped(um_raw_copy((uintptr_t)last, above, n, 0), 0, UM_FROM, last);
		stopped(um_raw_copy_string_in((char *)ours, above, n, 0), 0, UM_ONLY_SIDE, last);
		assert_int_equal(ours[0], '\0');
		assert_int_equal(ours[sizeof ours - 1], 'o');
		ours[0] = 'o';
	}
}

static void what_begins_above_the_limit_begins_at_it(void **state)
{
	unsigned char *last;

	(void)state;
	last = open_limit();
	traps = 0;
	begin_at((uintptr_t)last + 2 * PAGE, last);
	begin_at((uintptr_t)last + PAGE + 1, last);
	begin_at((uintptr_t)1 << 63, last);
	begin_at(UINTPTR_MAX, last);
	close_limit(last);
}

static void what_runs_over_the_limit_stops_there(void **state)
{
	unsigned char *last = open_limit(), ours[2 * PAGE];
	uintptr_t end = (uintptr_t)last + PAGE;
	size_t before;

	(void)state;
	traps = 0;
	for (before = 1; before <= 70; before++) {
		stopped(um_raw_copy_in(ours, end - before, sizeof ours, 0), before, UM_ONLY_SIDE, last);
		stopped(um_raw_copy_out(end - before, ours, sizeof ours, 0), before, UM_ONLY_SIDE, last);
		stopped(um_raw_fill(end - before, 'f', sizeof ours, 0), before, UM_ONLY_SIDE, last);
		stopped(um_raw_copy_string_in((char *)ours, end - before, sizeof ours, 0), before, UM_ONLY_SIDE, last);
	}
	close_limit(last);
}

static void atomics_too(void **state)
{
	static const enum um_atomic_op ops[] = { UM_LOAD, UM_STORE, UM_SWAP, UM_CAS, UM_ADD, UM_AND, UM_OR, UM_XOR };
	unsigned char *last = open_limit();
	size_t i, size;

	(void)state;
	traps = 0;
	for (i = 0; i < sizeof ops / sizeof ops[0]; i++) {
		for (size = ops[i] <= UM_STORE ? 1 : 4; size <= 8; size *= 2) {
			struct um_atomic_access access = { .op = ops[i], .size = (uint8_t)size };
			struct um_result result = { 0, um_raw_atomic((uintptr_t)last + 2 * PAGE, &access, 0), UM_ONLY_SIDE };

			stopped(result, 0, UM_ONLY_SIDE, last);
			assert_int_equal(um_raw_atomic((uintptr_t)last + PAGE - size, &access, 0), UM_OK);
		}
	}
	close_limit(last);
}

/* Memory of the kernel's own lies above the limit: what reached it as a user's would be stopped. */
static void memory_of_our_own_is_not_taken_for_a_users(void **state)
{
	static unsigned char from[3000], to[3000];
	static uint64_t __attribute__((aligned(PAGE))) host[2 * PAGE / 8];
	struct um_guest_slot slot = { .range = { um_addr_of(0), sizeof host }, .host = host, .access = UM_READ | UM_WRITE };
	struct um_guest_map map;
	struct um_guest guest;
	struct um_bytes source, destination;
	struct um_slice read, write;
	struct um_reader reader;
	struct um_writer writer;

	(void)state;
	assert_true(trap_supply(PAGE - 1, NULL));
	assert_int_equal(um_port_open(), UM_OK);
	traps = 0;
	memset(from, 'f', sizeof from);
	um_bytes_init(&source, from, sizeof from);
	um_bytes_init(&destination, to, sizeof to);
	assert_int_equal(um_copy(&destination.space, um_addr_of(0), &source.space, um_addr_of(0), 1500, 0).status, UM_OK);
	read = um_slice_of(&source.space, um_addr_of(1500), 1500, 0);
	write = um_slice_of(&destination.space, um_addr_of(1500), 1500, 0);
	reader = um_slice_reader(&read);
	writer = um_slice_writer(&write);
	assert_int_equal(um_transfer(&writer, &reader, 1500).status, UM_OK);
	assert_memory_equal(from, to, sizeof from);

	assert_int_equal(um_guest_map_init(&map, &slot, 1, NULL), UM_OK);
	um_guest_init(&guest, &map);
	assert_int_equal(um_copy_out(&guest.space, um_addr_of(1), from, sizeof from, 0).status, UM_OK);
	memset(to, 0, sizeof to);
	assert_int_equal(um_copy_in(&guest.space, to, um_addr_of(1), sizeof to, 0).status, UM_OK);
	assert_memory_equal(from, to, sizeof from);
	memset(to, 0, sizeof to);
	assert_int_equal(um_copy(&destination.space, um_addr_of(0), &guest.space, um_addr_of(1), sizeof to, 0).status, UM_OK);
	assert_memory_equal(from, to, sizeof from);
	assert_int_equal(traps, 0);
	um_port_close();
}

/* ---------------------------------------------------------------- traces */

static void a_trace_finds_its_way_out(void **state);

static unsigned traced; /* faults whose trace came to the test */

/* What goes round in a circle ends some time, too. */
static _Unwind_Reason_Code look_for_the_test(struct _Unwind_Context *frame, void *left)
{
	bool there = _Unwind_GetRegionStart(frame) == (uintptr_t)a_trace_finds_its_way_out;

	traced += there;
	return there || --*(unsigned *)left == 0 ? _URC_END_OF_STACK : _URC_NO_REASON;
}

static void trace(int signal, siginfo_t *info, void *context)
{
	unsigned left = 64;

	_Unwind_Backtrace(look_for_the_test, &left);
	trap(signal, info, context);
}

static void a_trace_finds_its_way_out(void **state)
{
	static const enum um_atomic_op ops[] = { UM_LOAD, UM_STORE, UM_SWAP, UM_CAS, UM_ADD, UM_AND, UM_OR, UM_XOR };
	struct sigaction action = { .sa_sigaction = trace, .sa_flags = SA_SIGINFO };
	unsigned char *last, ours[64] = { 0 };
	uintptr_t hole;
	size_t i, size;

	(void)state;
	if (under_valgrind()) {
		print_message("handlers there return by what traces know nothing of\n");
		skip();
	}
	last = open_limit();
	hole = (uintptr_t)last + PAGE;
	assert_int_equal(sigaction(SIGSEGV, &action, NULL), 0);
	traced = 0;
	traps = 0;
	for (i = 0; i < sizeof ops / sizeof ops[0]; i++) {
		for (size = ops[i] <= UM_STORE ? 1 : 4; size <= 8; size *= 2) {
			struct um_atomic_access access = { .op = ops[i], .size = (uint8_t)size };

			assert_int_equal(um_raw_atomic(hole, &access, 0), UM_UNMAPPED);
		}
	}
	for (size = 1; size <= sizeof ours; size++) {
		assert_int_equal(um_raw_copy_in(ours, hole - size / 2, size, 0).status, UM_UNMAPPED);
		assert_int_equal(um_raw_copy_out(hole - size / 2, ours, size, 0).status, UM_UNMAPPED);
		assert_int_equal(um_raw_copy(hole - size / 2, (uintptr_t)last, size, 0).status, UM_UNMAPPED);
		assert_int_equal(um_raw_fill(hole - size / 2, 'u', size, 0).status, UM_UNMAPPED);
		assert_int_equal(um_raw_copy_string_in((char *)ours, hole - size / 2, size, 0).status, UM_UNMAPPED);
	}
	assert_int_equal(traps, 20 + 5 * sizeof ours);
	assert_int_equal(traced, traps);
	close_limit(last);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_supplied_is_judged),
		cmocka_unit_test(what_is_refused_changes_nothing),
		cmocka_unit_test(what_may_sleep_passes_the_hook),
		cmocka_unit_test(what_begins_above_the_limit_begins_at_it),
		cmocka_unit_test(what_runs_over_the_limit_stops_there),
		cmocka_unit_test(atomics_too),
		cmocka_unit_test(a_trace_finds_its_way_out),
		cmocka_unit_test(memory_of_our_own_is_not_taken_for_a_users),
	};

	return cmocka_run_group_tests_name("core", tests, NULL, NULL);
}
