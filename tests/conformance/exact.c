/* Laws 5, 6, 8 and 9: done to the byte, the cause kept, at any alignment, each value one access. */
#include "suite.h"

enum { SWEEP = 33 }; /* good bytes before the hole: 0 to two vector registers and one, as gVisor sweeps */

struct direction {
	enum um_access access;
	struct um_result (*move)(struct stage *stage, um_addr addr, size_t n);
	bool writes_byte; /* the user's bytes all become 0x5c, whatever the kernel's buffer holds */
};

static struct um_result move_in(struct stage *stage, um_addr addr, size_t n)
{
	return um_copy_in(stage->space, kernel, addr, n, 0);
}

static struct um_result move_out(struct stage *stage, um_addr addr, size_t n)
{
	return um_copy_out(stage->space, addr, kernel, n, 0);
}

static struct um_result fill(struct stage *stage, um_addr addr, size_t n)
{
	return um_fill(stage->space, addr, 0x5c, n, 0);
}

static struct um_result move_in_ranges(struct stage *stage, um_addr addr, size_t n)
{
	return um_copy_in_ranges(stage->space, kernel, n, um_ranges_of(addr, n), 0);
}

static struct um_result move_out_ranges(struct stage *stage, um_addr addr, size_t n)
{
	return um_copy_out_ranges(stage->space, um_ranges_of(addr, n), kernel, n, 0);
}

static struct um_result fill_ranges(struct stage *stage, um_addr addr, size_t n)
{
	return um_fill_ranges(stage->space, um_ranges_of(addr, n), 0x5c, n, 0);
}

static const struct direction directions[] = {
	{ UM_READ, move_in, false }, { UM_WRITE, move_out, false }, { UM_WRITE, fill, true },
	{ UM_READ, move_in_ranges, false }, { UM_WRITE, move_out_ranges, false }, { UM_WRITE, fill_ranges, true },
};
enum { DIRECTIONS = sizeof directions / sizeof directions[0] };

/* Before a move of at most n: the user's bytes are painted, the kernel's are known. */
static void prepare(struct stage *stage, const struct direction *direction, size_t from, size_t n)
{
	size_t i, until = from + n < stage->size ? from + n : stage->size;

	for (i = from > 64 ? from - 64 : 0; i < until + 64 && i < stage->size; i++)
		stage->seen[i] = pattern(i);
	for (i = 0; i < n + 64; i++)
		kernel[i] = direction->access == UM_READ ? UNTOUCHED : (unsigned char)(7 * i + 1);
}

/* After it: done bytes have arrived, and nothing else has changed within 64 bytes on either side. */
static void expect_moved(struct stage *stage, const struct direction *direction, size_t from, size_t n, size_t done)
{
	size_t i, until = from + n + 64 < stage->size ? from + n + 64 : stage->size;

	EXPECT(painted(stage, from > 64 ? from - 64 : 0, from));
	if (direction->access == UM_READ) {
		EXPECT(equal(kernel, stage->seen + from, done) && painted(stage, from, until));
		EXPECT(same(kernel + done, n + 64 - done, UNTOUCHED));
		return;
	}
	EXPECT(painted(stage, from + done, until));
	for (i = 0; i < done; i++) {
		if (stage->seen[from + i] != (direction->writes_byte ? 0x5c : (unsigned char)(7 * i + 1))) {
			EXPECT_EQUAL(stage->seen[from + i], direction->writes_byte ? 0x5c : (unsigned char)(7 * i + 1));
			break;
		}
	}
}

static void hole_after(struct stage *stage, const struct direction *direction, size_t good, size_t ask, enum um_status says)
{
	size_t from = stage->size - good;

	prepare(stage, direction, from, ask);
	EXPECT_RESULT(direction->move(stage, at(stage, from), ask), good, says);
	expect_moved(stage, direction, from, ask, good);
}

static void sweep(struct stage *stage, enum hole kind)
{
	bool dug = false;
	size_t d, good;

	for (d = 0; d < DIRECTIONS; d++) {
		enum um_status says;

		if ((directions[d].access == UM_WRITE && !can(stage, UM_CAN_WRITE)) ||
		    !dig(stage, kind, directions[d].access, &says))
			continue;
		dug = true;
		for (good = 0; good <= SWEEP; good++) {
			tap_case(d, good, 0);
			hole_after(stage, &directions[d], good, good + 1, says);
			hole_after(stage, &directions[d], good, good + 8, says);
			hole_after(stage, &directions[d], good, 4096, says);
		}
		tap_case(d, 4095, 0);
		hole_after(stage, &directions[d], 4095, 4096 + 17, says);
	}
	if (!dug)
		tap_skip("the space cannot have such a hole");
}

static void unmapped(struct stage *stage) { sweep(stage, HOLE_UNMAPPED); }
static void protected(struct stage *stage) { sweep(stage, HOLE_PROTECTED); }
static void read_only(struct stage *stage) { sweep(stage, HOLE_READ_ONLY); }
static void write_only(struct stage *stage) { sweep(stage, HOLE_WRITE_ONLY); }
static void bus(struct stage *stage) { sweep(stage, HOLE_BUS); }

/* Sizes around each width, offsets of both sides (R39), and a few large ones (gVisor's 8192). */
static void sizes_and_offsets(struct stage *stage)
{
	static const size_t sizes[] = { 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 19, 31, 32, 33, 35, 63, 64, 65, 67, 127, 128, 129,
	                                255, 256, 257, 511, 513, 1024, 4095, 4096, 4097, 8192 };
	size_t i, user, side, d;

	dig_any(stage);
	for (i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		for (user = 64; user < 64 + 3; user++) {
			for (d = 0; d < DIRECTIONS; d++) {
				if (directions[d].access == UM_WRITE && !can(stage, UM_CAN_WRITE))
					continue;
				tap_case(sizes[i], user, d);
				prepare(stage, &directions[d], user, sizes[i]);
				EXPECT_RESULT(directions[d].move(stage, at(stage, user), sizes[i]), sizes[i], UM_OK);
				expect_moved(stage, &directions[d], user, sizes[i], sizes[i]);
			}
			for (side = 1; side < 3; side++) {
				wipe(sizes[i] + 64);
				EXPECT_RESULT(um_copy_in(stage->space, kernel + side, at(stage, user), sizes[i], 0), sizes[i], UM_OK);
				EXPECT(equal(kernel + side, stage->seen + user, sizes[i]));
				EXPECT(same(kernel, side, UNTOUCHED) && same(kernel + side + sizes[i], 32, UNTOUCHED));
			}
		}
	}
}

/* R4, R5: where it stopped, a retry stops again; when the hole is gone, it goes on. */
static void a_retry_goes_on_where_it_stopped(struct stage *stage)
{
	enum um_status says = dig_any(stage);
	size_t from = stage->size - 5;
	struct um_result first;

	paint(stage);
	wipe(64);
	first = um_copy_in(stage->space, kernel, at(stage, from), 8, 0);
	EXPECT_RESULT(first, 5, says);
	EXPECT_RESULT(um_copy_in(stage->space, kernel + 5, at(stage, from + 5), 3, 0), 0, says);
	EXPECT(same(kernel + 5, 32, UNTOUCHED));
	if (stage->dig(stage, HOLE_READ_ONLY))
		EXPECT_RESULT(um_copy_in(stage->space, kernel + 5, at(stage, from + 5), 3, 0), 3, UM_OK);
	EXPECT(equal(kernel, stage->seen + from, 5));
}

static const struct test tests[] = {
	{ "law 5: exact before memory that is not mapped", unmapped },
	{ "law 5: exact before memory that may not be accessed", protected },
	{ "law 5: exact before memory that may only be read", read_only },
	{ "law 5: exact before memory that may only be written", write_only },
	{ "law 5: exact before the end of what backs a mapping", bus },
	{ "law 5: sizes and offsets, neighbours untouched (R39)", sizes_and_offsets },
	{ "law 5: a retry goes on where the fault was (R4, R5)", a_retry_goes_on_where_it_stopped },
};

const struct test_group group_exact = TEST_GROUP(tests);
