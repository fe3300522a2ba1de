/* Between spaces, and in search of something (copy.h): laws 3 to 6 and 9. */
#include <usermem/copy.h>
#include <usermem/spaces/bytes.h>
#include "suite.h"

enum { OTHER_SIZE = 8192 };

static unsigned char other[OTHER_SIZE] __attribute__((aligned(8)));

/* A kernel buffer as a space, with known bytes. */
static struct um_bytes other_space(size_t size)
{
	struct um_bytes bytes;
	size_t i;

	for (i = 0; i < OTHER_SIZE; i++)
		other[i] = (unsigned char)(3 * i + 5);
	um_bytes_init(&bytes, other, size);
	return bytes;
}

static bool other_untouched(size_t from, size_t until)
{
	for (; from < until; from++)
		if (other[from] != (unsigned char)(3 * from + 5))
			return false;
	return true;
}

static void expect_side(struct um_result result, size_t done, enum um_status status, enum um_side side)
{
	EXPECT_RESULT(result, done, status);
	EXPECT_EQUAL(result.side, side);
}

/* Sizes around the scratch of 256 and around pages, from any offset to any. */
static void between_two_spaces(struct stage *stage)
{
	static const size_t sizes[] = { 1, 2, 7, 8, 9, 63, 64, 255, 256, 257, 511, 512, 600, 4096, 5000 };
	struct um_bytes bytes = other_space(OTHER_SIZE);
	size_t i, from, to;

	for (i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		for (from = 0; from < 3; from++) {
			for (to = 0; to < 3; to++) {
				size_t n = sizes[i];

				tap_case(n, from, to);
				paint(stage);
				bytes = other_space(OTHER_SIZE);
				expect_side(um_copy(&bytes.space, um_addr_of(to), stage->space, at(stage, from), n, 0), n, UM_OK, UM_ONLY_SIDE);
				EXPECT(equal(other + to, stage->seen + from, n));
				EXPECT(other_untouched(0, to) && other_untouched(to + n, OTHER_SIZE) && painted(stage, 0, stage->size));
				bytes = other_space(OTHER_SIZE);
				if (!can(stage, UM_CAN_WRITE))
					continue;
				expect_side(um_copy(stage->space, at(stage, to), &bytes.space, um_addr_of(from), n, 0), n, UM_OK, UM_ONLY_SIDE);
				EXPECT(equal(stage->seen + to, other + from, n));
				EXPECT(painted(stage, 0, to) && painted(stage, to + n, stage->size) && other_untouched(0, OTHER_SIZE));
			}
		}
	}
}

/* User to user within one space. */
static void within_one_space(struct stage *stage)
{
	size_t n;

	if (!can(stage, UM_CAN_WRITE)) {
		tap_skip("the space cannot be written");
		return;
	}
	for (n = 1; n <= 4100; n += n < 20 ? 1 : 255) {
		tap_case(n, 0, 0);
		paint(stage);
		expect_side(um_copy(stage->space, at(stage, 8001), stage->space, at(stage, 3), n, 0), n, UM_OK, UM_ONLY_SIDE);
		EXPECT(equal(stage->seen + 8001, stage->seen + 3, n));
		EXPECT(painted(stage, 0, 8001) && painted(stage, 8001 + n, stage->size));
	}
}

/* A hole on one side, on the other, on both at once. */
static void exact_on_both_sides(struct stage *stage, enum hole kind)
{
	enum um_status reads, writes;
	size_t good, ends;

	if (!dig(stage, kind, UM_READ, &reads) || !dig(stage, kind, UM_WRITE, &writes) || !can(stage, UM_CAN_WRITE)) {
		tap_skip("the space cannot have such a hole, or not be written");
		return;
	}
	for (good = 0; good <= 600; good += good < 18 ? 1 : 97) {
		for (ends = good ? good - 1 : 0; ends <= good + 1; ends++) {
			struct um_bytes bytes;
			size_t done = ends < good ? ends : good;

			tap_case(good, ends, 0);
			paint(stage);
			bytes = other_space(ends);
			expect_side(um_copy(&bytes.space, um_addr_of(0), stage->space, before_hole(stage, good), 1000, 0), done,
			            ends < good ? UM_UNMAPPED : reads, ends < good ? UM_TO : UM_FROM);
			EXPECT(equal(other, stage->seen + stage->size - good, done) && other_untouched(done, OTHER_SIZE));
			bytes = other_space(ends);
			expect_side(um_copy(stage->space, before_hole(stage, good), &bytes.space, um_addr_of(0), 1000, 0), done,
			            ends <= good ? UM_UNMAPPED : writes, ends <= good ? UM_FROM : UM_TO);
			EXPECT(equal(stage->seen + stage->size - good, other, done));
			EXPECT(painted(stage, 0, stage->size - good) && painted(stage, stage->size - good + done, stage->size));
		}
	}
}

static void unmapped(struct stage *stage) { exact_on_both_sides(stage, HOLE_UNMAPPED); }
static void protected(struct stage *stage) { exact_on_both_sides(stage, HOLE_PROTECTED); }
static void bus(struct stage *stage) { exact_on_both_sides(stage, HOLE_BUS); }

/* Of two bad sides the source is named, and neither is touched. */
static void limits_before_either_side(struct stage *stage)
{
	struct um_bytes bytes = other_space(OTHER_SIZE);
	struct limits limits;

	paint(stage);
	bytes.space.last = um_addr_of(99);
	limits = narrow(stage, stage->start, at(stage, 999));
	expect_side(um_copy(&bytes.space, um_addr_of(0), stage->space, at(stage, 996), 8, 0), 0, UM_RANGE, UM_FROM);
	expect_side(um_copy(&bytes.space, um_addr_of(96), stage->space, at(stage, 0), 8, 0), 0, UM_RANGE, UM_TO);
	expect_side(um_copy(&bytes.space, um_addr_of(96), stage->space, at(stage, 996), 8, 0), 0, UM_RANGE, UM_FROM);
	expect_side(um_copy(&bytes.space, um_addr_of(0), stage->space, at(stage, 0), SIZE_MAX, 0), 0, UM_RANGE, UM_FROM);
	expect_side(um_copy(&bytes.space, um_addr_of(UINT64_MAX), stage->space, um_addr_of(UINT64_MAX), 0, 0), 0, UM_OK, UM_ONLY_SIDE);
	EXPECT(other_untouched(0, OTHER_SIZE));
	if (can(stage, UM_CAN_WRITE)) {
		expect_side(um_copy(stage->space, at(stage, 996), &bytes.space, um_addr_of(0), 8, 0), 0, UM_RANGE, UM_TO);
		EXPECT(painted(stage, 0, stage->size));
	}
	widen(stage, limits);
}

/* ---------------------------------------------------------------- a space that shows its memory in many small blocks */

struct shredder {
	struct um_space space;
	struct um_space *inner;
	size_t width; /* of its blocks, at most */
};

struct shred {
	size_t width;
	um_visit_fn *visit;
	void *context;
};

static struct um_result shred(void *context, const struct um_block *blocks, size_t count)
{
	const struct shred *to = context;
	struct um_block small[UM_VISIT_MAX];
	struct um_result took = { 0, UM_OK, UM_ONLY_SIDE };
	size_t done = 0, i, from, shown;

	for (i = 0; i < count; i++) {
		for (from = 0; from < blocks[i].length; from += shown) {
			size_t n = 0;

			for (shown = 0; n < UM_VISIT_MAX && from + shown < blocks[i].length; shown += small[n++].length) {
				size_t left = blocks[i].length - from - shown;

				small[n] = (struct um_block){ (unsigned char *)blocks[i].ptr + from + shown,
				                              left < to->width ? left : to->width, blocks[i].may_fault };
			}
			took = to->visit(to->context, small, n);
			done += took.done;
			if (took.status != UM_OK || took.done < shown)
				return (struct um_result){ done, took.status, took.side };
		}
	}
	return (struct um_result){ done, UM_OK, UM_ONLY_SIDE };
}

static struct um_result shredder_visit(struct um_space *space, struct um_ranges ranges, unsigned access, unsigned flags,
                                       um_visit_fn *visit, void *context)
{
	const struct shredder *shredder = (const struct shredder *)space;
	struct shred to = { shredder->width, visit, context };

	return um_visit(shredder->inner, ranges, access, flags, shred, &to);
}

static struct um_result shredder_in(struct um_space *space, void *dst, um_addr src, size_t n, unsigned flags)
{
	return um_copy_in(((struct shredder *)space)->inner, dst, src, n, flags);
}

static struct um_result shredder_out(struct um_space *space, um_addr dst, const void *src, size_t n, unsigned flags)
{
	return um_copy_out(((struct shredder *)space)->inner, dst, src, n, flags);
}

static void through_many_small_blocks(struct stage *stage)
{
	static const struct um_space_ops ops = { .size = sizeof ops, .name = "shredder", .copy_in = shredder_in,
	                                         .copy_out = shredder_out, .visit = shredder_visit };
	struct shredder coarse = { *stage->space, stage->space, 11 }, fine;
	enum um_status says = dig_any(stage);
	size_t good;

	if (!can(stage, UM_CAN_VISIT | UM_CAN_WRITE)) {
		tap_skip("the space shows nothing, or cannot be written");
		return;
	}
	coarse.space.ops = &ops;
	coarse.space.can = UM_CAN_VISIT | UM_CAN_WRITE;
	fine = coarse;
	fine.width = 3;
	for (good = 0; good <= 500; good += good < 20 ? 1 : 37) {
		struct um_bytes bytes = other_space(OTHER_SIZE);

		tap_case(good, 0, 0);
		paint(stage);
		expect_side(um_copy(&fine.space, at(stage, 4001), &coarse.space, before_hole(stage, good), good + 90, 0), good,
		            says, UM_FROM);
		EXPECT(equal(stage->seen + 4001, stage->seen + stage->size - good, good));
		EXPECT(painted(stage, 0, 4001) && painted(stage, 4001 + good, stage->size));
		paint(stage);
		expect_side(um_copy(&fine.space, before_hole(stage, good), &coarse.space, at(stage, 4001), good + 90, 0), good,
		            says, UM_TO);
		EXPECT(equal(stage->seen + 4001, stage->seen + stage->size - good, good) && painted(stage, 0, stage->size - good));
		expect_side(um_copy(&bytes.space, um_addr_of(3), &coarse.space, at(stage, 4001), good, 0), good, UM_OK, UM_ONLY_SIDE);
		EXPECT(equal(other + 3, stage->seen + 4001, good) && other_untouched(3 + good, OTHER_SIZE));
		bytes = other_space(OTHER_SIZE);
		expect_side(um_copy(&fine.space, at(stage, 3999), &bytes.space, um_addr_of(3), good, 0), good, UM_OK, UM_ONLY_SIDE);
		EXPECT(equal(other + 3, stage->seen + 3999, good) && other_untouched(0, OTHER_SIZE));
	}
}

/* ---------------------------------------------------------------- searches */

/* Linux's check_nonzero_user: each [start, end) across a page's edge, against memory itself. */
static void every_interval(struct stage *stage)
{
	enum { FROM = 4096 - 40, SPAN = 80 };
	size_t start, end, hit;

	paint(stage);
	__builtin_memset(stage->seen + FROM, 0, SPAN);
	for (hit = 3; hit < SPAN; hit += 37) {
		stage->seen[FROM + hit] = 1;
		for (start = 0; start < SPAN; start++) {
			for (end = start; end <= SPAN; end++) {
				bool within = start <= hit && hit < end, zero = within, found = !within;
				size_t n = end - start, done = within ? hit - start : n;

				tap_case(hit, start, end);
				EXPECT_RESULT(um_is_zero(stage->space, at(stage, FROM + start), n, &zero, 0), done, UM_OK);
				EXPECT_EQUAL(zero, !within);
				EXPECT_RESULT(um_find_byte(stage->space, at(stage, FROM + start), 1, n, &found, 0), done, UM_OK);
				EXPECT_EQUAL(found, within);
			}
		}
		stage->seen[FROM + hit] = 0;
	}
}

static void compare(struct stage *stage)
{
	size_t n, differ;

	paint(stage);
	for (n = 0; n <= 600; n += n < 10 ? 1 : 59) {
		__builtin_memcpy(kernel, stage->seen + 4000, 640);
		for (differ = 0; differ <= n; differ += differ + 9 < n ? 7 : 1) {
			bool same_bytes = differ < n;

			tap_case(n, differ, 0);
			kernel[differ] ^= 0x80;
			EXPECT_RESULT(um_compare(stage->space, at(stage, 4000), kernel, n, &same_bytes, 0), differ, UM_OK);
			EXPECT_EQUAL(same_bytes, differ == n);
			kernel[differ] ^= 0x80;
		}
	}
}

/* The answer and the hole compete in address order; where the hole wins, there is no answer. */
static void questions_beside_a_hole(struct stage *stage)
{
	enum um_status says = dig_any(stage);
	size_t good;

	for (good = 0; good <= 300; good += good < 20 ? 1 : 29) {
		um_addr addr = before_hole(stage, good);
		bool answer = true;

		tap_case(good, 0, 0);
		__builtin_memset(stage->seen + stage->size - good, 0, good);
		__builtin_memset(kernel, 0, good + 64);
		EXPECT_RESULT(um_is_zero(stage->space, addr, good + 50, &answer, 0), good, says);
		EXPECT_RESULT(um_find_byte(stage->space, addr, 9, SIZE_MAX - addr.value, &answer, 0), good, says);
		EXPECT_RESULT(um_compare(stage->space, addr, kernel, good + 50, &answer, 0), good, says);
		EXPECT(answer == true);
		if (good == 0)
			continue;
		stage->seen[stage->size - 1] = 9;
		EXPECT_RESULT(um_is_zero(stage->space, addr, good + 50, &answer, 0), good - 1, UM_OK);
		EXPECT(answer == false);
		EXPECT_RESULT(um_find_byte(stage->space, addr, 9, SIZE_MAX, &answer, 0), good - 1, UM_OK);
		EXPECT(answer == true);
		EXPECT_RESULT(um_compare(stage->space, addr, kernel, good + 50, &answer, 0), good - 1, UM_OK);
		EXPECT(answer == false);
	}
}

static void questions_beside_the_limit(struct stage *stage)
{
	struct limits limits = narrow(stage, at(stage, 16), at(stage, 399));
	bool answer = true;

	__builtin_memset(stage->seen, 0, 500);
	EXPECT_RESULT(um_is_zero(stage->space, at(stage, 16), 385, &answer, 0), 384, UM_RANGE);
	EXPECT_RESULT(um_find_byte(stage->space, at(stage, 390), 1, SIZE_MAX, &answer, 0), 10, UM_RANGE);
	EXPECT_RESULT(um_compare(stage->space, at(stage, 400), "", 1, &answer, 0), 0, UM_RANGE);
	EXPECT_RESULT(um_is_zero(stage->space, at(stage, 15), 1, &answer, 0), 0, UM_RANGE);
	EXPECT(answer == true);
	stage->seen[399] = 1;
	EXPECT_RESULT(um_find_byte(stage->space, at(stage, 300), 1, SIZE_MAX, &answer, 0), 99, UM_OK);
	EXPECT_RESULT(um_is_zero(stage->space, at(stage, 16), 384, &answer, 0), 383, UM_OK);
	EXPECT(answer == false);
	widen(stage, limits);
}

static const struct test tests[] = {
	{ "law 5: a copy between two spaces", between_two_spaces },
	{ "law 5: a copy within one space", within_one_space },
	{ "law 5: a copy is exact on both sides, unmapped", unmapped },
	{ "law 5: a copy is exact on both sides, protected", protected },
	{ "law 5: a copy is exact on both sides, end of backing", bus },
	{ "law 5: a copy through many small blocks", through_many_small_blocks },
	{ "law 3: a copy's limits are judged before either side is touched", limits_before_either_side },
	{ "law 9: zero and found, of every interval across a page's edge", every_interval },
	{ "law 9: compared, and where they differ", compare },
	{ "law 5: an answer before a hole is an answer", questions_beside_a_hole },
	{ "law 3: searches meet the limit at its byte", questions_beside_the_limit },
};

const struct test_group group_copies = TEST_GROUP(tests);
