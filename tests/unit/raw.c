/* The raw calls, in the code for each kind of processor: wild numbers, two user sides, races with the program. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <usermem/port.h>
#include "arch/arch.h"
#include "context.h"
#include "fault_internal.h"
#include "host.h"
#include "processor.h"
#include "under.h"

enum { PAGE = 4096, GOOD = 4 * PAGE, MARGIN = 64, UNTOUCHED = 0xa5 };

static unsigned char *user, *other;           /* GOOD bytes each, with nothing behind them */
static unsigned char kernel[GOOD + 2 * MARGIN] __attribute__((aligned(64)));

static unsigned char *map_good(void)
{
	unsigned char *map = mmap(NULL, 2 * GOOD, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_true(map != MAP_FAILED && mprotect(map + GOOD, GOOD, PROT_NONE) == 0);
	return map;
}

static int map_memory(void **state)
{
	(void)state;
	user = map_good();
	other = map_good();
	return 0;
}

/* cmocka has handlers of its own for the length of a test: the port goes above them, so within it. */
static void open_port(void)
{
	assert_int_equal(um_port_open(), UM_OK);
}

static bool slow(void)
{
	return under_valgrind() || under_tsan() || under_asan();
}

static enum umi_variant variant;

static void in_each_variant(void (*test)(void))
{
	for (variant = UMI_GENERAL; variant < UMI_VARIANTS; variant++) {
		print_message("# %s%s\n", umi_variant_name(variant), umi_arch_use(variant) ? "" : ": this processor has none");
		if (umi_arch_use(variant))
			test();
	}
	umi_arch_open();
}

static void with_port_in_each_variant(void (*test)(void))
{
	open_port();
	in_each_variant(test);
	um_port_close();
}

static bool all(const unsigned char *bytes, size_t n, unsigned char value)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (bytes[i] != value)
			return false;
	return true;
}

static void assert_result(struct um_result result, size_t done, enum um_status status, enum um_side side)
{
	assert_int_equal(result.done, done);
	assert_string_equal(um_status_name(result.status), um_status_name(status));
	assert_int_equal(result.side, side);
}

/* ---------------------------------------------------------------- law 2 */

static const uintptr_t nowhere[] = {
	0, 1, 63, PAGE - 1,
	0x7fffffffffff, 0x7ffffffffff8, 0x7fffffffffc1, /* at the end of the user's half, and into the gap */
	0x800000000000, 0x4141414141414141, 0x8000000000000000, 0xdead000000000000, /* non-canonical */
	0xffff800000000000, 0xffffffff80000000, UINTPTR_MAX - 4096, UINTPTR_MAX - 64, UINTPTR_MAX - 7, UINTPTR_MAX,
};
static const size_t lengths[] = {
	1, 2, 3, 4, 7, 8, 15, 16, 31, 33, 64, 65, 128, 200, 256, 300, 512, 600, 1024, 2048, 4096, 8192, GOOD,
	(size_t)1 << 31, (size_t)1 << 47, (size_t)1 << 63, SIZE_MAX / 2, SIZE_MAX - 63, SIZE_MAX - 1, SIZE_MAX,
};
enum { NOWHERE = sizeof nowhere / sizeof nowhere[0], LENGTHS = sizeof lengths / sizeof lengths[0] };

static void one_wild_address(uintptr_t addr, size_t n)
{
	memset(kernel, UNTOUCHED, sizeof kernel);
	assert_result(um_raw_copy_in(kernel, addr, n, 0), 0, UM_UNMAPPED, UM_ONLY_SIDE);
	assert_result(um_raw_copy_out(addr, kernel, n < GOOD ? n : GOOD, 0), 0, UM_UNMAPPED, UM_ONLY_SIDE);
	assert_result(um_raw_fill(addr, 1, n, 0), 0, UM_UNMAPPED, UM_ONLY_SIDE);
	assert_result(um_raw_copy(addr, (uintptr_t)user, n < GOOD ? n : GOOD, 0), 0, UM_UNMAPPED, UM_TO);
	assert_result(um_raw_copy((uintptr_t)user, addr, n, 0), 0, UM_UNMAPPED, UM_FROM);
	assert_result(um_raw_copy(addr, addr, n, 0), 0, UM_UNMAPPED, UM_FROM);
	assert_true(all(kernel, sizeof kernel, UNTOUCHED));
	assert_result(um_raw_copy_string_in((char *)kernel, addr, n, 0), 0, UM_UNMAPPED, UM_ONLY_SIDE);
	assert_true(kernel[0] == 0 && all(kernel + 1, sizeof kernel - 1, UNTOUCHED));
}

static void wild_addresses(void)
{
	size_t i, j;

	for (i = 0; i < NOWHERE; i++)
		for (j = 0; j < LENGTHS; j++)
			one_wild_address(nowhere[i], lengths[j]);
}

/* Good bytes, and far more asked than there are. */
static void wild_lengths(void)
{
	size_t good, j;

	for (good = 0; good < 300; good += good < 70 ? 1 : 23) {
		for (j = 0; j < LENGTHS; j++) {
			uintptr_t addr = (uintptr_t)user + GOOD - good;

			if (lengths[j] <= good)
				continue;
			memset(user + GOOD - good, 0x33, good);
			memset(kernel, UNTOUCHED, sizeof kernel);
			assert_result(um_raw_copy_in(kernel, addr, lengths[j], 0), good, UM_DENIED, UM_ONLY_SIDE);
			assert_true(all(kernel, good, 0x33) && all(kernel + good, MARGIN, UNTOUCHED));
			assert_result(um_raw_copy_string_in((char *)kernel, addr, lengths[j], 0), good, UM_DENIED, UM_ONLY_SIDE);
			assert_true(all(kernel, good, 0x33) && kernel[good] == 0 && all(kernel + good + 1, MARGIN, UNTOUCHED));
			assert_result(um_raw_fill(addr, 0x44, lengths[j], 0), good, UM_DENIED, UM_ONLY_SIDE);
			assert_true(all(user + GOOD - good, good, 0x44));
		}
	}
}

static void wild_atomics(void)
{
	static const unsigned char sizes[] = { 1, 2, 4, 8 };
	size_t i, j;

	for (i = 0; i < NOWHERE; i++) {
		for (j = 0; j < sizeof sizes; j++) {
			struct um_atomic_access access = { .op = UM_LOAD, .size = sizes[j], .old = 77 };
			enum um_status expected = nowhere[i] % sizes[j] != 0 ? UM_MISALIGNED : UM_UNMAPPED;

			assert_int_equal(um_raw_atomic(nowhere[i], &access, 0), expected);
			access.op = UM_STORE;
			assert_int_equal(um_raw_atomic(nowhere[i], &access, 0), expected);
			for (access.op = UM_SWAP; access.op <= UM_XOR; access.op++)
				assert_int_equal(um_raw_atomic(nowhere[i], &access, 0), sizes[j] < 4 ? UM_INVALID : expected);
			assert_true(access.old == 77);
		}
	}
}

static void nothing_is_touched_for_nothing(void)
{
	size_t i;

	for (i = 0; i < NOWHERE; i++) {
		assert_result(um_raw_copy_in((void *)nowhere[i], nowhere[i], 0, 0), 0, UM_OK, UM_ONLY_SIDE);
		assert_result(um_raw_copy_out(nowhere[i], (void *)nowhere[i], 0, 0), 0, UM_OK, UM_ONLY_SIDE);
		assert_result(um_raw_copy(nowhere[i], nowhere[i], 0, 0), 0, UM_OK, UM_ONLY_SIDE);
		assert_result(um_raw_fill(nowhere[i], 0, 0, 0), 0, UM_OK, UM_ONLY_SIDE);
		assert_result(um_raw_copy_string_in((char *)nowhere[i], nowhere[i], 0, 0), 0, UM_INVALID, UM_ONLY_SIDE);
	}
}

static void law_2(void **state)
{
	(void)state;
	with_port_in_each_variant(wild_addresses);
	with_port_in_each_variant(wild_lengths);
	with_port_in_each_variant(nothing_is_touched_for_nothing);
	with_port_in_each_variant(wild_atomics);
}

/* ---------------------------------------------------------------- two user sides */

/* from_good and to_good bytes before the hole of either side. */
static void try_two_sides(size_t n, size_t from_good, size_t to_good)
{
	unsigned char *from = user + GOOD - from_good, *to = other + GOOD - to_good;
	size_t i, done = from_good < to_good ? from_good : to_good;

	for (i = 0; i < from_good; i++)
		from[i] = (unsigned char)(i * 7 + n);
	memset(to - MARGIN, UNTOUCHED, MARGIN + to_good);
	if (done >= n)
		assert_result(um_raw_copy((uintptr_t)to, (uintptr_t)from, n, 0), done = n, UM_OK, UM_ONLY_SIDE);
	else
		assert_result(um_raw_copy((uintptr_t)to, (uintptr_t)from, n, 0), done, UM_DENIED,
		              from_good <= to_good ? UM_FROM : UM_TO);
	assert_memory_equal(to, from, done);
	assert_true(all(to - MARGIN, MARGIN, UNTOUCHED) && all(to + done, to_good - done, UNTOUCHED));
}

static void both_sides(void)
{
	static const size_t sizes[] = { 1, 2, 3, 5, 8, 13, 16, 27, 32, 47, 64, 100, 128, 200, 300, 530, 700, 2100, 5000 };
	size_t i, from, to, step;

	for (i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		step = 1 + sizes[i] / 23;
		for (from = 0; from <= sizes[i] + step; from += step)
			for (to = 0; to <= sizes[i] + step; to += step)
				try_two_sides(sizes[i], from, to);
	}
}

static void a_fault_of_either_side(void **state)
{
	(void)state;
	with_port_in_each_variant(both_sides);
}

static bool found(const void *context, unsigned *flags)
{
	struct um_fault fault = { 0 };

	umi_context_describe(context, &fault);
	return um_fault_find(&fault, flags);
}

static void end_where_nothing_is_found(int signal, siginfo_t *info, void *context)
{
	unsigned flags;

	(void)signal;
	(void)info;
	_exit(found(context, &flags) ? 0 : 1);
}

/* The trusted side is the caller's to answer for: its fault goes where it would have gone without us, and is not found to be ours. */
static void the_trusted_side_is_not_ours(void)
{
	static const size_t sizes[] = { 4, 40, 100, 300, 5000 };
	size_t i;
	int status;

	for (i = 0; i < 2 * sizeof sizes / sizeof sizes[0]; i++) {
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (pid == 0) {
			struct sigaction earlier = { .sa_sigaction = end_where_nothing_is_found, .sa_flags = SA_SIGINFO };
			struct um_result result;

			um_port_close();
			sigaction(SIGSEGV, &earlier, NULL);
			if (um_port_open() != UM_OK || !umi_arch_use(variant) || um_raw_fill(0, 0, 1, 0).status != UM_UNMAPPED)
				_exit(0);
			if (i % 2 == 0)
				result = um_raw_copy_in(other + GOOD, (uintptr_t)user, sizes[i / 2], 0);
			else
				result = um_raw_copy_out((uintptr_t)user, other + GOOD, sizes[i / 2], 0);
			(void)result;
			_exit(0);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
	}
}

static void a_trusted_side(void **state)
{
	(void)state;
	with_port_in_each_variant(the_trusted_side_is_not_ours);
}

/* ---------------------------------------------------------------- what a handler is told */

static struct sigaction ports;
static struct {
	unsigned faults, flags;
	bool found;
} told;

static void listen(int signal, siginfo_t *info, void *context)
{
	told.faults++;
	told.found = found(context, &told.flags);
	ports.sa_sigaction(signal, info, context);
}

static void assert_told(unsigned flags, bool ok)
{
	assert_false(ok);
	assert_int_equal(told.faults, 1);
	assert_true(told.found);
	assert_int_equal(told.flags, flags);
	memset(&told, 0, sizeof told);
}

/* One fault each, wherever in the hole. */
static void flags_travel(void)
{
	static const unsigned flags[] = { 0, UM_NOFAULT, UM_IGNORE_PERMS, UM_NOFAULT | UM_IGNORE_PERMS };
	static const size_t behind[] = { 0, 1, PAGE / 2 + 8, PAGE - 3 };
	struct um_atomic_access access = { .op = UM_ADD, .size = 4 };
	uintptr_t edge = (uintptr_t)user + GOOD, hole;
	size_t i, j;

	for (i = 0; i < sizeof flags / sizeof flags[0]; i++) {
		for (j = 0; j < LENGTHS && lengths[j] <= GOOD; j++) {
			hole = edge + behind[(i + j) % 4];
			assert_told(flags[i], um_raw_copy_in(kernel, hole, lengths[j], flags[i]).status == UM_OK);
			assert_told(flags[i], um_raw_copy_out(hole, kernel, lengths[j], flags[i]).status == UM_OK);
			assert_told(flags[i], um_raw_copy(hole, (uintptr_t)other, lengths[j], flags[i]).status == UM_OK);
			assert_told(flags[i], um_raw_fill(hole, 0, lengths[j], flags[i]).status == UM_OK);
			assert_told(flags[i], um_raw_copy_string_in((char *)kernel, hole, lengths[j], flags[i]).status == UM_OK);
		}
		assert_told(flags[i], um_raw_atomic(edge, &access, flags[i]) == UM_OK);
	}
}

static void with_a_listener_in_each_variant(void (*test)(void))
{
	struct sigaction above;

	open_port();
	assert_int_equal(sigaction(SIGSEGV, NULL, &ports), 0);
	above = ports;
	above.sa_sigaction = listen;
	assert_int_equal(sigaction(SIGSEGV, &above, NULL), 0);
	in_each_variant(test);
	assert_int_equal(sigaction(SIGSEGV, &ports, NULL), 0);
	um_port_close();
}

static void a_handler_sees_the_flags(void **state)
{
	const uintptr_t nothing[] = { 0, UINTPTR_MAX, (uintptr_t)a_handler_sees_the_flags };
	unsigned flags = 99;
	size_t i;

	(void)state;
	with_a_listener_in_each_variant(flags_travel);
	for (i = 0; i < sizeof nothing / sizeof nothing[0]; i++)
		assert_false(um_fault_find(&(struct um_fault){ .pc = nothing[i], .access_register = UM_FROM | UM_TO }, &flags));
	assert_int_equal(flags, 99);
}

/* ---------------------------------------------------------------- machines that do not say where */

static enum { WITHOUT, ZERO, THERE, WAYS } way; /* What is told of the address?  WITHOUT: that there is none, and what there is is wrong. */
static bool repairs;                            /* Does the page come while the fault is served? */

static void protect_hole(int access)
{
	assert_int_equal(mprotect(user + GOOD, GOOD, access), 0);
}

static void blind(int signal, siginfo_t *info, void *context)
{
	uintptr_t address = (uintptr_t)info->si_addr;
	struct um_fault fault = { .cause = UM_DENIED, .has_address = way != WITHOUT };

	(void)signal;
	fault.address = way == THERE ? address : way == WITHOUT ? address + PAGE : 0;
	umi_context_describe(context, &fault);
	if (!um_fault_resume(&fault) || (repairs && mprotect(user + GOOD, GOOD, PROT_READ | PROT_WRITE) != 0))
		_exit(1);
	umi_context_resume(context, &fault);
}

/* Where the page has come, a fault of a byte may have been told all the same; but never one of others, nor what was not done. */
static void assert_ended(struct um_result result, size_t n, size_t good, enum um_side side)
{
	if (repairs && result.status == UM_OK)
		assert_result(result, n, UM_OK, UM_ONLY_SIDE);
	else
		assert_result(result, good, UM_DENIED, side);
	protect_hole(PROT_NONE);
}

static void try_address(size_t n, size_t good)
{
	uintptr_t addr = (uintptr_t)user + GOOD - good;
	struct um_result result;

	memset(user + GOOD - good, 0x33, good);
	memset(kernel, UNTOUCHED, sizeof kernel);
	result = um_raw_copy_in(kernel, addr, n, 0);
	assert_ended(result, n, good, UM_ONLY_SIDE);
	assert_true(all(kernel, good, 0x33) && all(kernel + good, result.done - good, 0) && all(kernel + result.done, MARGIN, UNTOUCHED));
	memset(kernel + good, 0, n - good);
	assert_ended(um_raw_copy_out(addr, kernel, n, 0), n, good, UM_ONLY_SIDE);
	assert_ended(um_raw_copy((uintptr_t)other, addr, n, 0), n, good, UM_FROM);
	memset(other + good, 0, n - good);
	assert_ended(um_raw_copy(addr, (uintptr_t)other, n, 0), n, good, UM_TO);
	assert_ended(um_raw_fill(addr, 0, n, 0), n, good, UM_ONLY_SIDE);
	assert_true(all(user + GOOD - good, good, 0));
}

static void try_addresses(void)
{
	static const size_t lengths_before[] = { 1, 2, 3, 5, 8, 9, 16, 24, 31, 32, 33, 64, 65, 100, 128, 200, 300, 520, 2100, 5000 };
	size_t i, good;

	for (i = 0; i < sizeof lengths_before / sizeof lengths_before[0]; i++)
		for (good = 0; good < lengths_before[i]; good += 1 + lengths_before[i] / 37)
			try_address(lengths_before[i], good);
}

/* Where it is no help, byte by byte until one faults again; where none does, all is well, and no further. */
static void law_5_whatever_the_address(void **state)
{
	struct sigaction above;

	(void)state;
	open_port();
	assert_int_equal(sigaction(SIGSEGV, NULL, &ports), 0);
	above = ports;
	above.sa_sigaction = blind;
	assert_int_equal(sigaction(SIGSEGV, &above, NULL), 0);
	for (way = WITHOUT; way < WAYS; way++) {
		repairs = false;
		in_each_variant(try_addresses);
		repairs = true;
		in_each_variant(try_addresses);
	}
	assert_int_equal(sigaction(SIGSEGV, &ports, NULL), 0);
	um_port_close();
}

/* ---------------------------------------------------------------- races with the program */

static atomic_bool over;

static bool alone(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof set, &set) != 0 || CPU_COUNT(&set) < 2;
}

static void against(void *(*program)(void *), void (*test)(void))
{
	pthread_t thread;

	if (alone()) {
		print_message("# SKIP there is one processor, and a race needs two\n");
		skip();
	}
	atomic_store(&over, false);
	assert_int_equal(pthread_create(&thread, NULL, program, NULL), 0);
	with_port_in_each_variant(test);
	atomic_store(&over, true);
	pthread_join(thread, NULL);
}

/* Some bytes of a string are NUL, and others the next moment; the last one stays. */
enum { STRING = 200 };

static void *change_string(void *unused)
{
	static const unsigned char places[] = { 9, 20, 38, 60, 84, 99, 130, 170, 190 };
	volatile unsigned char *string = user;
	unsigned turn = 1;

	(void)unused;
	while (!atomic_load_explicit(&over, memory_order_relaxed)) {
		unsigned char place;

		turn = turn * 1664525 + 1013904223;
		place = places[(turn >> 16) % sizeof places];
		string[place] = string[place] == 0 ? 'a' : 0;
	}
	return NULL;
}

static void read_string(void)
{
	unsigned rounds = slow() ? 500 : 400000, i;

	for (i = 0; i < rounds; i++) {
		size_t from = i % 97, limit = i % 3 == 0 ? 70 : 400;
		char *dst = (char *)kernel + MARGIN + i % 64;
		struct um_result result;

		memset(kernel, UNTOUCHED, 640);
		result = um_raw_copy_string_in(dst, (uintptr_t)user + from, limit, 0);
		assert_true(result.status == UM_OK || (result.status == UM_TOO_LONG && result.done == limit - 1));
		assert_true(result.done <= STRING - from);
		assert_int_equal(strnlen(dst, limit), result.done);
		assert_true(all(kernel, (size_t)(dst - (char *)kernel), UNTOUCHED));
		assert_true(all((unsigned char *)dst + result.done + 1, limit + MARGIN - result.done - 1, UNTOUCHED));
	}
}

static void law_10_while_the_string_changes(void **state)
{
	(void)state;
	memset(user, 'x', STRING);
	user[STRING] = 0;
	against(change_string, read_string);
}

/* Values that are all ones or all zeroes, never anything between. */
static void *flip(void *unused)
{
	uint64_t *value = (uint64_t *)(void *)user;

	(void)unused;
	while (!atomic_load_explicit(&over, memory_order_relaxed)) {
		__atomic_store_n(value, UINT64_MAX, __ATOMIC_RELAXED);
		__atomic_store_n(value, 0, __ATOMIC_RELAXED);
	}
	return NULL;
}

static unsigned torn(size_t size, unsigned rounds)
{
	unsigned count = 0, i;

	for (i = 0; i < rounds; i++) {
		uint64_t value = 0, ones = UINT64_MAX >> (64 - 8 * size);

		if (um_raw_copy_in(&value, (uintptr_t)user, size, 0).done != size || (value != 0 && value != ones))
			count++;
	}
	return count;
}

static void read_values(void)
{
	unsigned rounds = slow() ? 10000 : 60000000; /* 10^8 reads in all */

	assert_int_equal(torn(8, rounds), 0);
	assert_int_equal(torn(4, rounds / 3), 0);
	assert_int_equal(torn(2, rounds / 3), 0);
}

static size_t written; /* bytes of the value; nobody changes it meanwhile */
static atomic_uint seen_torn;

static void *watch(void *unused)
{
	const uint64_t ones = UINT64_MAX >> (64 - 8 * written);

	(void)unused;
	while (!atomic_load_explicit(&over, memory_order_relaxed)) {
		uint64_t value = __atomic_load_n((uint64_t *)(void *)user, __ATOMIC_RELAXED);

		if (value != 0 && value != ones)
			atomic_fetch_add(&seen_torn, 1);
	}
	return NULL;
}

static void write_values(void)
{
	unsigned rounds = slow() ? 10000 : 3000000, i;

	for (i = 0; i < rounds; i++) {
		uint64_t value = i % 2 != 0 ? UINT64_MAX : 0;

		if (um_raw_copy_out((uintptr_t)user, &value, written, 0).done != written)
			atomic_fetch_add(&seen_torn, 1);
	}
	assert_int_equal(atomic_load(&seen_torn), 0);
}

static void law_9_values_do_not_tear(void **state)
{
	(void)state;
	memset(user, 0, 8);
	against(flip, read_values);
	for (written = 8; written >= 2; written /= 2) {
		memset(user, 0, 8);
		against(watch, write_values);
	}
}

static atomic_uint started;

static void *add_and_toggle(void *rounds)
{
	unsigned i;

	atomic_fetch_add(&started, 1);
	while (atomic_load(&started) < 2)
		sched_yield();
	for (i = 0; i < *(unsigned *)rounds; i++) {
		struct um_atomic_access add = { .op = UM_ADD, .size = 8, .operand = 1 };
		struct um_atomic_access toggle = { .op = UM_XOR, .size = 4, .operand = 1 };
		enum um_status status;

		if (um_raw_atomic((uintptr_t)user, &add, 0) != UM_OK)
			return user;
		do
			status = um_raw_atomic((uintptr_t)user + 8, &toggle, 0);
		while (status == UM_AGAIN);
		if (status != UM_OK)
			return user;
	}
	return NULL;
}

static void two_threads(void)
{
	unsigned rounds = slow() ? 1001 : 1000001;
	pthread_t thread;
	void *failed;

	memset(user, 0, 16);
	atomic_store(&started, 0);
	assert_int_equal(pthread_create(&thread, NULL, add_and_toggle, &rounds), 0);
	assert_null(add_and_toggle(&rounds));
	assert_int_equal(pthread_join(thread, &failed), 0);
	assert_null(failed);
	assert_int_equal(*(uint64_t *)(void *)user, 2 * rounds);
	assert_int_equal(*(uint32_t *)(void *)(user + 8), 0);
}

static void law_16_two_threads(void **state)
{
	(void)state;
	with_port_in_each_variant(two_threads);
}

/* Where it would store nothing, too: LL/SC machines store back what they read. */
static void a_compare_is_a_write(void)
{
	struct um_atomic_access access = { .op = UM_CAS, .size = 8, .operand = 1, .expected = 2, .old = 3 };

	assert_int_equal(mprotect(user, PAGE, PROT_READ), 0);
	for (; access.op <= UM_XOR; access.op++)
		assert_int_equal(um_raw_atomic((uintptr_t)user, &access, 0), UM_DENIED);
	assert_true(access.old == 3);
	assert_int_equal(mprotect(user, PAGE, PROT_READ | PROT_WRITE), 0);
}

static void law_16_a_compare_is_a_write(void **state)
{
	(void)state;
	with_port_in_each_variant(a_compare_is_a_write);
}

/* ---------------------------------------------------------------- bits that the machine ignores */

static void assert_one_fault(struct um_result result, size_t done)
{
	assert_result(result, done, UM_DENIED, UM_ONLY_SIDE);
	assert_int_equal(told.faults, 1);
	told.faults = 0;
}

static void tagged_ends(void)
{
	size_t n;

	for (n = 0; n <= 130; n++) {
		uintptr_t at = (uintptr_t)user + GOOD - n + PROCESSOR_TAG;

		assert_one_fault(um_raw_copy_in(kernel, at, n + 70, 0), n);
		assert_one_fault(um_raw_copy_out(at, kernel, n + 70, 0), n);
		assert_one_fault(um_raw_fill(at, 'x', n + 70, 0), n);
		assert_one_fault(um_raw_copy_string_in((char *)kernel, at, n + 70, 0), n);
		assert_true(all(user + GOOD - n, n, 'x') && all(kernel, n, 'x'));
	}
}

/* Law 5 with such an address, too: one fault, at the byte that could not be. */
static void law_5_with_a_tag(void **state)
{
	(void)state;
	NEED_HOST(PROCESSOR_TAG == 0 || host_tells_tags(), "faults come without the byte that the machine ignores");
	memset(&told, 0, sizeof told);
	with_a_listener_in_each_variant(tagged_ends);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(law_2),
		cmocka_unit_test(a_fault_of_either_side),
		cmocka_unit_test(a_trusted_side),
		cmocka_unit_test(a_handler_sees_the_flags),
		cmocka_unit_test(law_5_with_a_tag),
		cmocka_unit_test(law_5_whatever_the_address),
		cmocka_unit_test(law_10_while_the_string_changes),
		cmocka_unit_test(law_9_values_do_not_tear),
		cmocka_unit_test(law_16_two_threads),
		cmocka_unit_test(law_16_a_compare_is_a_write),
	};

	return cmocka_run_group_tests_name("raw", tests, map_memory, NULL);
}
