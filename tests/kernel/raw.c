/*
 * The raw calls in supervisor mode, without the limits that spaces put before them: what is the kernel's stays the kernel's, and the
 * window of the access is left as it was found (laws 21, 22).
 *
 * The numbers printed with a failure are the act, the size and the place.
 */
#include "raw.h"
#include <usermem/fault.h>
#include <usermem/port.h>
#include "memory.h"
#include "process.h"
#include "suite.h"

enum { UNCHANGED = 0x6b };

static unsigned char ours[1024], secret[1024] __attribute__((aligned(8)));
static uintptr_t good; /* user memory that is there */

/* ---------------------------------------------------------------- what is done */

enum { COPY_IN, COPY_OUT, COPY_FROM, COPY_TO, FILL, STRING, ATOMIC, ACTS = ATOMIC + UM_XOR + 1 };
static const size_t sizes[] = { 1, 2, 4, 8, 9, 48, 600 };

static struct um_result act(unsigned which, uintptr_t user, size_t n)
{
	struct um_atomic_access access = { .op = (enum um_atomic_op)(which - ATOMIC), .size = (uint8_t)n, .expected = 1 };
	struct um_result result = { 0, UM_OK, UM_ONLY_SIDE };

	switch (which) {
	case COPY_IN: return um_raw_copy_in(ours, user, n, 0);
	case COPY_OUT: return um_raw_copy_out(user, ours, n, 0);
	case COPY_FROM: return um_raw_copy(good, user, n, 0);
	case COPY_TO: return um_raw_copy(user, good, n, 0);
	case FILL: return um_raw_fill(user, UNCHANGED + 1, n, 0);
	case STRING: return um_raw_copy_string_in((char *)ours, user, n, 0);
	default:
		result.status = um_raw_atomic(user, &access, 0);
		return result;
	}
}

static bool exists(unsigned which, size_t n)
{
	return which < ATOMIC || n == 4 || n == 8 || (n <= 2 && which <= ATOMIC + UM_STORE);
}

static enum um_side side(unsigned which)
{
	return which == COPY_FROM ? UM_FROM : which == COPY_TO ? UM_TO : UM_ONLY_SIDE;
}

/* ---------------------------------------------------------------- law 21 */

static void the_kernels(struct stage *stage)
{
	const uintptr_t places[] = { (uintptr_t)secret, ARCH_USER_LAST + 1, ARCH_USER_LAST + 9, ARCH_DIRECT, (uintptr_t)1 << 63, UINTPTR_MAX - 7 };
	size_t i, j;
	unsigned which;

	__builtin_memset(secret, UNCHANGED, sizeof secret);
	for (which = 0; which < ACTS; which++) {
		for (i = 0; i < sizeof places / sizeof places[0]; i++) {
			for (j = 0; j < sizeof sizes / sizeof sizes[0]; j++) {
				uint64_t faults = stage->faults(stage);
				struct um_result result;

				if (!exists(which, sizes[j]))
					continue;
				tap_case(which, sizes[j], i);
				__builtin_memset(ours, 0, sizeof ours);
				result = act(which, places[i] & ~(uintptr_t)(which < ATOMIC ? 0 : 7), sizes[j]);
				EXPECT_RESULT(result, 0, UM_RANGE);
				EXPECT_EQUAL(result.side, side(which));
				EXPECT_EQUAL(stage->faults(stage) - faults, 1);
				EXPECT(same(ours, sizeof ours, 0) && same(secret, sizeof secret, UNCHANGED));
			}
		}
	}
}

/* ---------------------------------------------------------------- law 22 */

#if defined(__x86_64__)

enum { AC = 1 << 18 };

static bool is_open(void)
{
	uint64_t flags;

	__asm__ volatile("pushfq\n\tpopq %0" : "=r"(flags));
	return flags & AC;
}

static void set_open(bool open)
{
	__asm__ volatile("pushfq\n\tandq %0, (%%rsp)\n\torq %1, (%%rsp)\n\tpopfq" : : "r"(~(uint64_t)AC), "r"((uint64_t)(open ? AC : 0)) : "memory", "cc");
}

#elif defined(__aarch64__)

static bool is_open(void)
{
	uint64_t pan;

	__asm__ volatile("mrs %0, s3_0_c4_c2_3" : "=r"(pan));
	return pan == 0;
}

static void set_open(bool open)
{
	__asm__ volatile("msr s3_0_c4_c2_3, %0" : : "r"((uint64_t)!open << 22) : "memory");
}

#else

static bool is_open(void)
{
	uint64_t status;

	__asm__ volatile("csrr %0, sstatus" : "=r"(status));
	return status & STATUS_SUM;
}

static void set_open(bool open)
{
	if (open)
		__asm__ volatile("csrs sstatus, %0" : : "r"((uint64_t)STATUS_SUM) : "memory");
	else
		__asm__ volatile("csrc sstatus, %0" : : "r"((uint64_t)STATUS_SUM) : "memory");
}

#endif

/* Behind the good bytes: pages that come when they are asked for. */
static void map_fresh(struct stage *stage)
{
	struct um_mapping fresh = {
		.range = { um_addr_of(stage->start.value + stage->size), PAGE },
		.access = UM_READ | UM_WRITE,
		.max_access = UM_READ | UM_WRITE,
		.flags = UM_MAP_REPLACE,
	};

	EXPECT_STATUS(um_mm_map(&current->process->vm->mm, &fresh), UM_OK);
}

static void leaves(struct stage *stage, unsigned which, uintptr_t place, size_t n, bool open)
{
	struct um_result result;

	set_open(open);
	result = act(which, place, n);
	tap_case(which, n, place - stage->start.value);
	EXPECT_EQUAL(is_open(), open);
	set_open(false);
	EXPECT(result.done <= n);
}

static void windows(struct stage *stage)
{
	uintptr_t end = (uintptr_t)(stage->start.value + stage->size);
	unsigned which, open;
	size_t i;

#if defined(__aarch64__)
	if (!(arch_features() & UM_PORT_PAN)) {
		tap_skip("this processor has no PAN");
		return;
	}
#endif
	for (which = 0; which < ACTS; which++) {
		for (i = 0; i < 2 * sizeof sizes / sizeof sizes[0]; i++) {
			size_t n = sizes[i / 2];

			open = i % 2;
			if (!exists(which, n))
				continue;
			leaves(stage, which, good, n, open);
			leaves(stage, which, good, 0, open);
			map_fresh(stage);
			leaves(stage, which, end, n, open);
			EXPECT(stage->dig(stage, HOLE_UNMAPPED));
			leaves(stage, which, end, n, open);
			leaves(stage, which, end - n / 2, n, open);
			EXPECT(stage->dig(stage, HOLE_READ_ONLY));
			leaves(stage, which, end, n, open);
			leaves(stage, which, (uintptr_t)secret, n, open);
		}
	}
}

static const struct test tests[] = {
	{ "law 21: an access that begins above the limit begins at it", the_kernels },
	{ "law 22: a window is left as it was found", windows },
};

static const struct test_group group_raw = TEST_GROUP(tests);

int raw(struct stage *stage)
{
	static const struct test_group *const groups[] = { &group_raw };

	good = (uintptr_t)stage->start.value;
	return tap_run(stage, groups, 1);
}
