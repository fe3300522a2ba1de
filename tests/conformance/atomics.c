/* Laws 8 and 16: single accesses. */
#include "suite.h"

static const uint8_t sizes[] = { 1, 2, 4, 8 };
static const enum um_atomic_op ops[] = { UM_LOAD, UM_STORE, UM_SWAP, UM_CAS, UM_ADD, UM_AND, UM_OR, UM_XOR };
enum { SIZES = 4, OPS = 8 };

static const uint64_t ALL_ONES = UINT64_MAX;

static uint64_t mask(uint8_t size)
{
	return size == 8 ? UINT64_MAX : ((uint64_t)1 << 8 * size) - 1;
}

static uint64_t seen(const struct stage *stage, size_t from, uint8_t size)
{
	uint64_t value = 0;

	__builtin_memcpy(&value, stage->seen + from, size); /* the host's byte order is little-endian or size is 8 */
	return value;
}

static void put(struct stage *stage, size_t from, uint64_t value)
{
	__builtin_memcpy(stage->seen + from, &value, 8);
}

static bool exists(enum um_atomic_op op, uint8_t size)
{
	return op == UM_LOAD || op == UM_STORE || size >= 4;
}

/* What the space says of an access that exists, wherever it is made. */
static enum um_status promised(const struct stage *stage, enum um_atomic_op op)
{
	unsigned need = op == UM_LOAD ? UM_CAN_SINGLE : op == UM_STORE ? UM_CAN_SINGLE | UM_CAN_WRITE : UM_CAN_ATOMIC | UM_CAN_WRITE;

	return can(stage, need) ? UM_OK : UM_UNSUPPORTED;
}

static uint64_t model(enum um_atomic_op op, uint64_t was, uint64_t operand, uint64_t expected)
{
	switch (op) {
	case UM_LOAD: return was;
	case UM_STORE:
	case UM_SWAP: return operand;
	case UM_CAS: return was == expected ? operand : was;
	case UM_ADD: return was + operand;
	case UM_AND: return was & operand;
	case UM_OR: return was | operand;
	case UM_XOR: return was ^ operand;
	}
	return was;
}

/* R11: all-ones, which some machine took for a fault, is a value as any other; high bits of the arguments do not count. */
static void every_op_and_size(struct stage *stage)
{
	static const uint64_t values[] = { 0, 1, 100, 0x7f, 0x80, 0x80000000, 0xffffffff, 0x8000000000000000, UINT64_MAX,
	                                   0x0123456789abcdef };
	enum { VALUES = sizeof values / sizeof values[0] };
	size_t o, s, a, b;

	for (o = 0; o < OPS; o++) {
		for (s = 0; s < SIZES; s++) {
			for (a = 0; a < VALUES; a++) {
				for (b = 0; b < VALUES; b++) {
					uint64_t was = values[a] & mask(sizes[s]), junk = ~mask(sizes[s]), operand = values[(a + b) % VALUES];
					struct um_atomic_access access = { .op = ops[o], .size = sizes[s], .old = 0x5a5a,
						.operand = operand ^ junk, .expected = values[b] | junk };
					enum um_status status = exists(ops[o], sizes[s]) ? promised(stage, ops[o]) : UM_INVALID;
					uint64_t want = was;

					tap_case(ops[o], sizes[s], a * VALUES + b);
					put(stage, 8, UINT64_MAX);
					__builtin_memcpy(stage->seen + 8, &values[a], sizes[s]);
					EXPECT_STATUS(um_atomic(stage->space, at(stage, 8), &access, 0), status);
					if (status == UM_OK)
						want = model(ops[o], was, operand, access.expected & mask(sizes[s])) & mask(sizes[s]);
					EXPECT_EQUAL(seen(stage, 8, sizes[s]), want);
					EXPECT_EQUAL(access.old, status == UM_OK && ops[o] != UM_STORE ? was : 0x5a5a);
					EXPECT(sizes[s] == 8 || same(stage->seen + 8 + sizes[s], 8u - sizes[s], 0xff));
				}
			}
		}
	}
}

static void ops_and_sizes_that_are_none(struct stage *stage)
{
	static const uint8_t bad[] = { 0, 3, 5, 6, 7, 9, 12, 16, 32, 255 };
	size_t o, i;

	put(stage, 0, ALL_ONES);
	for (i = 0; i < sizeof bad; i++) {
		for (o = 0; o < OPS; o++) {
			struct um_atomic_access access = { .op = ops[o], .size = bad[i], .old = 7 };

			tap_case(o, bad[i], 0);
			EXPECT_STATUS(um_atomic(stage->space, stage->start, &access, 0), UM_INVALID);
			EXPECT_EQUAL(access.old, 7);
		}
	}
	for (i = 0; i < SIZES; i++) {
		struct um_atomic_access access = { .op = (enum um_atomic_op)(UM_XOR + 1), .size = sizes[i], .old = 7 };

		EXPECT_STATUS(um_atomic(stage->space, stage->start, &access, 0), UM_INVALID);
		access.op = (enum um_atomic_op)-1;
		EXPECT_STATUS(um_atomic(stage->space, stage->start, &access, 0), UM_INVALID);
		EXPECT_EQUAL(access.old, 7);
	}
	EXPECT(same(stage->seen, 8, 0xff));
}

/* R10: an error, not an abort; not even at an address that is wild besides. */
static void misaligned(struct stage *stage)
{
	size_t o, s, off;

	paint(stage);
	for (o = 0; o < OPS; o++) {
		for (s = 1; s < SIZES; s++) {
			for (off = 1; off < sizes[s]; off++) {
				struct um_atomic_access access = { .op = ops[o], .size = sizes[s], .operand = ALL_ONES, .old = 7 };
				enum um_status status = exists(ops[o], sizes[s]) ? promised(stage, ops[o]) : UM_INVALID;

				tap_case(ops[o], sizes[s], off);
				if (status == UM_OK)
					status = UM_MISALIGNED;
				EXPECT_STATUS(um_atomic(stage->space, at(stage, 64 + off), &access, 0), status);
				EXPECT_STATUS(um_atomic(stage->space, before_hole(stage, off), &access, 0), status);
				EXPECT_EQUAL(access.old, 7);
			}
		}
	}
	EXPECT(painted(stage, 0, stage->size));
}

/* R12: 0 to 100 to 200; expecting 300 fails and sees 200; to 300; expecting 200 fails and sees 300. */
static void compare_and_swap(struct stage *stage)
{
	static const struct { uint64_t expected, desired, old, then; } steps[] = {
		{ 0, 100, 0, 100 }, { 100, 200, 100, 200 }, { 300, 400, 200, 200 }, { 200, 300, 200, 300 }, { 200, 400, 300, 300 },
		{ 300, UINT64_MAX, 300, UINT64_MAX }, { 0, 1, UINT64_MAX, UINT64_MAX }, { UINT64_MAX, 0, UINT64_MAX, 0 },
	};
	size_t s, i;

	if (!can(stage, UM_CAN_ATOMIC)) {
		tap_skip("the space promises no atomics");
		return;
	}
	for (s = 2; s < SIZES; s++) {
		put(stage, 0, 0);
		for (i = 0; i < sizeof steps / sizeof steps[0]; i++) {
			struct um_atomic_access cas = { .op = UM_CAS, .size = sizes[s], .expected = steps[i].expected,
			                                .operand = steps[i].desired };

			tap_case(sizes[s], i, 0);
			EXPECT_STATUS(um_atomic(stage->space, stage->start, &cas, 0), UM_OK);
			EXPECT_EQUAL(cas.old, steps[i].old & mask(sizes[s]));
			EXPECT_EQUAL(seen(stage, 0, sizes[s]), steps[i].then & mask(sizes[s]));
		}
	}
}

/* The last word before the hole is done, the first behind it is not; a compare that would fail is denied all the same. */
static void beside_a_hole(struct stage *stage)
{
	size_t kind, o, s;

	for (kind = 0; kind < HOLE_KINDS; kind++) {
		for (o = 0; o < OPS; o++) {
			enum um_status says;

			if (promised(stage, ops[o]) != UM_OK || !dig(stage, (enum hole)kind, ops[o] == UM_LOAD ? UM_READ : UM_WRITE, &says))
				continue;
			for (s = 0; s < SIZES; s++) {
				struct um_atomic_access access = { .op = ops[o], .size = sizes[s], .operand = 1, .expected = ALL_ONES, .old = 7 };

				if (!exists(ops[o], sizes[s]))
					continue;
				tap_case(kind, ops[o], sizes[s]);
				EXPECT_STATUS(um_atomic(stage->space, before_hole(stage, 0), &access, 0), says);
				EXPECT_EQUAL(access.old, 7);
				EXPECT_STATUS(um_atomic(stage->space, before_hole(stage, sizes[s]), &access, 0), UM_OK);
			}
		}
	}
	if (!can(stage, UM_CAN_SINGLE))
		tap_skip("the space promises no single accesses");
}

static void wild_addresses_are_a_status(struct stage *stage)
{
	size_t i, o, s;

	dig_any(stage);
	for (i = 0; i < WILD_ADDRESSES; i++) {
		for (o = 0; o < OPS; o++) {
			for (s = 0; s < SIZES; s++) {
				struct um_atomic_access access = { .op = ops[o], .size = sizes[s], .old = 7 };
				um_addr addr = um_addr_of(wild_addresses[i] & ~(uint64_t)7);
				enum um_status status;

				if (!exists(ops[o], sizes[s]) || promised(stage, ops[o]) != UM_OK ||
				    addr.value - stage->start.value < 2 * stage->size)
					continue;
				tap_case(addr.value, ops[o], sizes[s]);
				status = um_atomic(stage->space, addr, &access, 0);
				EXPECT_EQUAL(um_errno(status), 14);
				EXPECT_EQUAL(access.old, 7);
			}
		}
	}
	if (!can(stage, UM_CAN_SINGLE))
		tap_skip("the space promises no single accesses");
}

static const struct test tests[] = {
	{ "law 16: every operation of every size (R11)", every_op_and_size },
	{ "law 16: an operation or size that is none is UM_INVALID", ops_and_sizes_that_are_none },
	{ "law 8: misaligned is UM_MISALIGNED, and nothing is touched (R10)", misaligned },
	{ "law 16: a compare that fails is no error (R12)", compare_and_swap },
	{ "law 16: beside a hole, done or not done", beside_a_hole },
	{ "law 2: atomics at wild addresses are a status", wild_addresses_are_a_status },
};

const struct test_group group_atomics = TEST_GROUP(tests);
