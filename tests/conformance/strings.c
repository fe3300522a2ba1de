/* Law 10: found, too long, or fault; whichever comes first in address order. */
#include "suite.h"

/* length bytes of pattern and a NUL, `from` bytes behind the start. */
static um_addr put_string(struct stage *stage, size_t from, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++)
		stage->seen[from + i] = pattern(i);
	stage->seen[from + length] = '\0';
	return at(stage, from);
}

static void expect_string(struct stage *stage, um_addr addr, size_t limit, size_t done, enum um_status status)
{
	wipe(done + 64);
	EXPECT_RESULT(um_copy_string_in(stage->space, (char *)kernel, addr, limit, 0), done, status);
	EXPECT(equal(kernel, stage->seen + (addr.value - stage->start.value), done));
	EXPECT_EQUAL(kernel[done], '\0');
	EXPECT(same(kernel + done + 1, 62, UNTOUCHED));
}

/* Lengths of gVisor's chunks (62, 96, 384) among them. */
static void found(struct stage *stage)
{
	static const size_t lengths[] = { 0, 1, 2, 3, 7, 8, 9, 15, 16, 31, 32, 33, 62, 63, 64, 65, 96, 127, 128, 255, 256, 384,
	                                  1000, 4094, 4095, 4096, 4097, 8000 };
	size_t i, from;

	paint(stage);
	for (i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
		size_t n = lengths[i];

		for (from = 0; from < 70; from += n < 300 ? 1 : 23) {
			um_addr addr = put_string(stage, from, n);

			tap_case(n, from, 0);
			expect_string(stage, addr, n + 1, n, UM_OK); /* exact fit */
			expect_string(stage, addr, n + 2, n, UM_OK);
			expect_string(stage, addr, SIZE_MAX, n, UM_OK);
			if (n == 0)
				continue;
			expect_string(stage, addr, n, n - 1, UM_TOO_LONG); /* one short */
			expect_string(stage, addr, 1, 0, UM_TOO_LONG);
		}
	}
}

static void too_long_is_not_a_truncation(struct stage *stage)
{
	paint(stage);
	expect_string(stage, stage->start, 5, 4, UM_TOO_LONG); /* gVisor's TruncatedByMaxlen, with a NUL */
	expect_string(stage, stage->start, 1, 0, UM_TOO_LONG);
	expect_string(stage, stage->start, 4096, 4095, UM_TOO_LONG);
	wipe(8);
	EXPECT_RESULT(um_copy_string_in(stage->space, (char *)kernel, stage->start, 0, 0), 0, UM_INVALID);
	EXPECT(same(kernel, 8, UNTOUCHED));
}

/* For each number of good bytes before the hole: a NUL at the last one; none; and a limit before, at and behind it. */
static void beside_a_hole(struct stage *stage, enum hole kind)
{
	enum um_status says;
	size_t good;

	if (!dig(stage, kind, UM_READ, &says)) {
		tap_skip("the space cannot have such a hole");
		return;
	}
	for (good = 0; good <= 140; good++) {
		um_addr addr = before_hole(stage, good);

		paint(stage);
		tap_case(good, 0, 0);
		expect_string(stage, addr, good + 1, good, says);
		expect_string(stage, addr, good + 100, good, says);
		expect_string(stage, addr, SIZE_MAX, good, says);
		if (good == 0)
			continue;
		expect_string(stage, addr, good, good - 1, UM_TOO_LONG); /* the tie: the hole is never reached */
		stage->seen[stage->size - 1] = '\0';
		expect_string(stage, addr, good, good - 1, UM_OK);
		expect_string(stage, addr, good + 100, good - 1, UM_OK);
		expect_string(stage, addr, SIZE_MAX, good - 1, UM_OK);
		stage->seen[stage->size - good] = '\0';
		expect_string(stage, addr, SIZE_MAX, 0, UM_OK);
	}
	paint(stage);
	expect_string(stage, before_hole(stage, 4096 + 63), SIZE_MAX, 4096 + 63, says);
}

static void beside_unmapped(struct stage *stage) { beside_a_hole(stage, HOLE_UNMAPPED); }
static void beside_protected(struct stage *stage) { beside_a_hole(stage, HOLE_PROTECTED); }
static void beside_bus(struct stage *stage) { beside_a_hole(stage, HOLE_BUS); }

/* R15: bytes that a lane-wise search takes for NUL, or that hide one. */
static void every_byte_value(struct stage *stage)
{
	size_t nul, value;

	for (value = 1; value < 256; value++) {
		for (nul = 0; nul < 18; nul++) {
			tap_case(value, nul, 0);
			__builtin_memset(stage->seen, (int)value, 32);
			stage->seen[nul] = '\0';
			expect_string(stage, stage->start, 32, nul, UM_OK);
		}
	}
}

/* A retry of what a fault cut off starts at its byte. */
static void adjacent_strings(struct stage *stage)
{
	static const char text[] = "one\0\0three";

	__builtin_memcpy(stage->seen, text, sizeof text);
	expect_string(stage, at(stage, 0), 64, 3, UM_OK);
	expect_string(stage, at(stage, 4), 64, 0, UM_OK);
	expect_string(stage, at(stage, 5), 64, 5, UM_OK);
}

static const struct test tests[] = {
	{ "law 10: found, also where it fits exactly (R13)", found },
	{ "law 10: too long is an answer, not a truncation (R13)", too_long_is_not_a_truncation },
	{ "law 10: beside memory that is not mapped (R13)", beside_unmapped },
	{ "law 10: beside memory that may not be read", beside_protected },
	{ "law 10: beside the end of what backs a mapping", beside_bus },
	{ "law 10: a NUL among any bytes (R15)", every_byte_value },
	{ "law 10: a string starts where the last one ended (R14)", adjacent_strings },
};

const struct test_group group_strings = TEST_GROUP(tests);
