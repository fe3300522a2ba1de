/* Faults of the raw calls, in the code for each kind of processor: whose they are, what a handler is told, and where they were. */
#include "raw_kit.h"
#include <signal.h>
#include <sys/wait.h>
#include "context.h"
#include "processor.h"

/* ---------------------------------------------------------------- whose they are */

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
	static const size_t sizes[] = { 1, 2, 3, 4, 7, 8, 15, 16, 31, 33, 64, 65, 128, 200, 256, 300, 512, 600, 1024, 2048, 4096, 8192, GOOD };
	static const unsigned flags[] = { 0, UM_NOFAULT, UM_IGNORE_PERMS, UM_NOFAULT | UM_IGNORE_PERMS };
	static const size_t behind[] = { 0, 1, PAGE / 2 + 8, PAGE - 3 };
	struct um_atomic_access access = { .op = UM_ADD, .size = 4 };
	uintptr_t edge = (uintptr_t)user + GOOD, hole;
	size_t i, j;

	for (i = 0; i < sizeof flags / sizeof flags[0]; i++) {
		for (j = 0; j < sizeof sizes / sizeof sizes[0]; j++) {
			hole = edge + behind[(i + j) % 4];
			assert_told(flags[i], um_raw_copy_in(kernel, hole, sizes[j], flags[i]).status == UM_OK);
			assert_told(flags[i], um_raw_copy_out(hole, kernel, sizes[j], flags[i]).status == UM_OK);
			assert_told(flags[i], um_raw_copy(hole, (uintptr_t)other, sizes[j], flags[i]).status == UM_OK);
			assert_told(flags[i], um_raw_fill(hole, 0, sizes[j], flags[i]).status == UM_OK);
			assert_told(flags[i], um_raw_copy_string_in((char *)kernel, hole, sizes[j], flags[i]).status == UM_OK);
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
	memset(&told, 0, sizeof told);
	with_a_listener_in_each_variant(tagged_ends);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_trusted_side),
		cmocka_unit_test(a_handler_sees_the_flags),
		cmocka_unit_test(law_5_with_a_tag),
		cmocka_unit_test(law_5_whatever_the_address),
	};

	return cmocka_run_group_tests_name("raw_fault", tests, map_memory, NULL);
}
