/*
 * The residue test: what is left over where a call stops.  Every primitive, every small size and those around each
 * threshold of the code, every place of the fault, offsets of both sides: done is exact, the bytes are the right
 * ones, nothing else was touched, and one fault was taken.
 *
 * The numbers printed with a failure are the kind of hole, 1000 times the size asked plus the good bytes, and the offset
 * of the kernel's side.
 */
#include "suite.h"

enum {
	SMALL = 128,  /* up to here every size */
	MARGIN = 128, /* of bytes that must not change, on either side */
	PERIOD = 251, /* of pattern() */
	FILLER = 0x5c,
};

/* Around the sizes at which one code or another of one machine or another takes over, here and in each vector more. */
static const size_t thresholds[] = { 256, 512, 576, 1024, 1900, 2048, 3000, 3900, 4096, 8192 };
enum { THRESHOLDS = sizeof thresholds / sizeof thresholds[0], LARGEST = 8192 + 80 };

static unsigned char patterns[PERIOD + LARGEST + 2 * MARGIN];

struct primitive {
	enum um_access access;
	bool fills;
	struct um_result (*move)(struct stage *stage, um_addr addr, unsigned char *buffer, size_t n);
};

struct attempt {
	enum hole kind;
	enum um_status says;
	size_t n, good;  /* bytes asked, and bytes before the hole */
	size_t offset;   /* of the kernel's side */
};

/* ---------------------------------------------------------------- bytes that say where they are */

static void make_patterns(void)
{
	size_t i;

	for (i = 0; i < sizeof patterns; i++)
		patterns[i] = pattern(i);
}

/* What paint would leave at `from`. */
static const unsigned char *pattern_at(size_t from)
{
	return patterns + from % PERIOD;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static uint64_t faults_of(struct stage *stage)
{
	return stage->faults != NULL ? stage->faults(stage) : 0;
}

static void expect_faults(struct stage *stage, uint64_t before, uint64_t expected)
{
	if (stage->faults != NULL)
		EXPECT_EQUAL(stage->faults(stage) - before, expected);
}

/* ---------------------------------------------------------------- copies and fills */

static struct um_result move_in(struct stage *stage, um_addr addr, unsigned char *buffer, size_t n)
{
	return um_copy_in(stage->space, buffer, addr, n, 0);
}

static struct um_result move_out(struct stage *stage, um_addr addr, unsigned char *buffer, size_t n)
{
	return um_copy_out(stage->space, addr, buffer, n, 0);
}

static struct um_result fill(struct stage *stage, um_addr addr, unsigned char *buffer, size_t n)
{
	(void)buffer;
	return um_fill(stage->space, addr, FILLER, n, 0);
}

/* Two pieces that follow each other, and an empty one between them. */
static struct um_ranges in_pieces(um_addr addr, size_t n, struct um_range pieces[3])
{
	size_t first = n * 2 / 5;

	pieces[0] = (struct um_range){ addr, first };
	pieces[1] = (struct um_range){ um_addr_of(UINT64_MAX), 0 };
	pieces[2] = (struct um_range){ um_addr_of(addr.value + first), n - first };
	return um_ranges_from(pieces, 3);
}

static struct um_result move_in_ranges(struct stage *stage, um_addr addr, unsigned char *buffer, size_t n)
{
	struct um_range pieces[3];

	return um_copy_in_ranges(stage->space, buffer, n, in_pieces(addr, n, pieces), 0);
}

static struct um_result move_out_ranges(struct stage *stage, um_addr addr, unsigned char *buffer, size_t n)
{
	struct um_range pieces[3];

	return um_copy_out_ranges(stage->space, in_pieces(addr, n, pieces), buffer, n, 0);
}

static struct um_result fill_ranges(struct stage *stage, um_addr addr, unsigned char *buffer, size_t n)
{
	struct um_range pieces[3];

	(void)buffer;
	return um_fill_ranges(stage->space, in_pieces(addr, n, pieces), FILLER, n, 0);
}

/* The user's bytes from `from` on are as painted, but for `done` bytes at `at`. */
static bool user_side_right(const struct stage *stage, const struct primitive *primitive, size_t at, size_t done, size_t until)
{
	const unsigned char *seen = stage->seen;

	if (!equal(seen + at - MARGIN, pattern_at(at - MARGIN), MARGIN) || !equal(seen + at + done, pattern_at(at + done), until - at - done))
		return false;
	if (primitive->access == UM_READ)
		return equal(seen + at, pattern_at(at), done);
	return primitive->fills ? same(seen + at, done, FILLER) : equal(seen + at, pattern_at(at + PERIOD / 2), done);
}

static bool kernel_side_right(const struct primitive *primitive, const unsigned char *buffer, size_t at, size_t done, size_t n)
{
	if (!same(buffer - MARGIN, MARGIN, UNTOUCHED) || !same(buffer + n, MARGIN, UNTOUCHED))
		return false;
	if (primitive->access == UM_READ)
		return equal(buffer, pattern_at(at), done) && same(buffer + done, n - done, UNTOUCHED);
	return equal(buffer, pattern_at(at + PERIOD / 2), n);
}

static void try(struct stage *stage, const struct primitive *primitive, const struct attempt *attempt)
{
	size_t n = attempt->n, at_byte = stage->size - attempt->good, done = least(n, attempt->good);
	size_t until = least(at_byte + n + MARGIN, stage->size);
	unsigned char *buffer = kernel + MARGIN + attempt->offset;
	uint64_t faults;

	tap_case(attempt->kind, 1000 * n + attempt->good, attempt->offset);
	__builtin_memcpy(stage->seen + at_byte - MARGIN, pattern_at(at_byte - MARGIN), until - at_byte + MARGIN);
	__builtin_memset(buffer - MARGIN, UNTOUCHED, n + 2 * MARGIN);
	if (primitive->access == UM_WRITE)
		__builtin_memcpy(buffer, pattern_at(at_byte + PERIOD / 2), n);
	faults = faults_of(stage);
	EXPECT_RESULT(primitive->move(stage, at(stage, at_byte), buffer, n), done, done < n ? attempt->says : UM_OK);
	expect_faults(stage, faults, done < n);
	EXPECT(user_side_right(stage, primitive, at_byte, done, until));
	EXPECT(kernel_side_right(primitive, buffer, at_byte, done, n));
}

/* Every small size, every place of the hole in it and one behind it, and the kernel's side at every offset in turn. */
static void small_sizes(struct stage *stage, const struct primitive *primitive, struct attempt *attempt)
{
	for (attempt->n = 0; attempt->n <= SMALL; attempt->n++) {
		for (attempt->good = 0; attempt->good <= attempt->n + 1; attempt->good++) {
			size_t turn;

			for (turn = 0; turn < 8; turn++) {
				attempt->offset = (8 * turn + attempt->good + 5 * attempt->n) % 64;
				try(stage, primitive, attempt);
			}
		}
	}
}

static void all_offsets(struct stage *stage, const struct primitive *primitive, struct attempt *attempt)
{
	static const size_t sizes[] = { 3, 8, 15, 17, 31, 33, 48, 65, 100 };
	size_t i;

	for (i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		attempt->n = sizes[i];
		for (attempt->offset = 0; attempt->offset < 64; attempt->offset++)
			for (attempt->good = 0; attempt->good <= attempt->n; attempt->good += 1 + attempt->offset % 3)
				try(stage, primitive, attempt);
	}
}

static void around_thresholds(struct stage *stage, const struct primitive *primitive, struct attempt *attempt)
{
	static const size_t beside[] = { 0, 1, 2, 17, 33, 65, 66 };
	size_t i, j, k;

	for (i = 0; i < THRESHOLDS; i++) {
		for (j = 0; j < sizeof beside / sizeof beside[0]; j++) {
			attempt->n = thresholds[i] + beside[j] - 1;
			for (k = 0; k < 90; k++) {
				/* the last bytes one by one, and places all over */
				attempt->good = k < 40 ? attempt->n - k : k * 7919 % attempt->n;
				attempt->offset = (k * 11 + j) % 64;
				try(stage, primitive, attempt);
			}
		}
	}
}

static void every_hole(struct stage *stage, const struct primitive *primitive)
{
	struct attempt attempt = { .kind = HOLE_UNMAPPED };
	bool dug = false;

	if (primitive->access == UM_WRITE && !can(stage, UM_CAN_WRITE)) {
		tap_skip("the space cannot be written");
		return;
	}
	make_patterns();
	for (; attempt.kind < HOLE_KINDS; attempt.kind++) {
		if (!dig(stage, attempt.kind, primitive->access, &attempt.says))
			continue;
		dug = true;
		small_sizes(stage, primitive, &attempt);
		all_offsets(stage, primitive, &attempt);
		around_thresholds(stage, primitive, &attempt);
	}
	EXPECT(dug);
}

#define DEFINE_MOVE(name, access, fills, move) \
	static void name(struct stage *stage) \
	{ \
		static const struct primitive primitive = { access, fills, move }; \
\
		every_hole(stage, &primitive); \
	}
DEFINE_MOVE(copies_in, UM_READ, false, move_in)
DEFINE_MOVE(copies_out, UM_WRITE, false, move_out)
DEFINE_MOVE(fills, UM_WRITE, true, fill)
DEFINE_MOVE(lists_in, UM_READ, false, move_in_ranges)
DEFINE_MOVE(lists_out, UM_WRITE, false, move_out_ranges)
DEFINE_MOVE(lists_filled, UM_WRITE, true, fill_ranges)

/* ---------------------------------------------------------------- strings */

/* attempt->good bytes without a NUL lie at the hole's edge, or, where ends, before a NUL there; n is the limit. */
static void try_string(struct stage *stage, const struct attempt *attempt, size_t behind, bool ends)
{
	size_t at_byte = stage->size - behind - attempt->good - ends;
	size_t limit = attempt->n, length = attempt->good < limit ? attempt->good : limit - 1;
	enum um_status status = attempt->good >= limit ? UM_TOO_LONG : ends ? UM_OK : attempt->says;
	char *dst = (char *)kernel + MARGIN + attempt->offset;
	size_t from = at_byte - MARGIN, painted_bytes = stage->size - from;
	uint64_t faults;

	tap_case(attempt->kind, 1000 * limit + attempt->good, attempt->offset);
	__builtin_memcpy(stage->seen + from, pattern_at(from), painted_bytes);
	/* A NUL before the string and one behind it are not its business. */
	stage->seen[at_byte - 1] = 0;
	if (ends)
		stage->seen[at_byte + attempt->good] = 0;
	__builtin_memset(dst - MARGIN, UNTOUCHED, length + 1 + 2 * MARGIN);
	faults = faults_of(stage);
	EXPECT_RESULT(um_copy_string_in(stage->space, dst, at(stage, at_byte), limit, 0), length, status);
	expect_faults(stage, faults, status != UM_OK && status != UM_TOO_LONG);
	EXPECT(equal(dst, pattern_at(at_byte), length) && dst[length] == 0);
	EXPECT(same(dst - MARGIN, MARGIN, UNTOUCHED) && same(dst + length + 1, MARGIN, UNTOUCHED));
}

/* Found, from every alignment to every other: a NUL at every distance from the hole. */
static void strings_found(struct stage *stage)
{
	struct attempt attempt = { .kind = HOLE_UNMAPPED };
	size_t behind;

	make_patterns();
	attempt.says = dig_any(stage);
	for (attempt.good = 0; attempt.good <= 3 * SMALL; attempt.good += attempt.good < SMALL + 70 ? 1 : 17) {
		for (behind = 0; behind < 64; behind++) {
			static const size_t more[] = { 1, 2, 64, 4096 };

			attempt.n = attempt.good + more[(attempt.good / 2 + behind) % 4];
			attempt.offset = (attempt.good + 3 * behind) % 64;
			try_string(stage, &attempt, behind, true);
		}
	}
	for (attempt.good = 4000; attempt.good <= 4200; attempt.good++) {
		attempt.n = LARGEST;
		try_string(stage, &attempt, attempt.good % 7, true);
	}
}

static void strings_too_long(struct stage *stage)
{
	struct attempt attempt = { .kind = HOLE_UNMAPPED };
	size_t behind;

	make_patterns();
	attempt.says = dig_any(stage);
	for (attempt.n = 1; attempt.n <= 2 * SMALL; attempt.n++) {
		for (behind = 0; behind < 64; behind++) {
			attempt.offset = (attempt.n + 5 * behind) % 64;
			/* the byte behind the limit: a hole, a NUL, another byte */
			attempt.good = attempt.n;
			try_string(stage, &attempt, behind, behind % 2 != 0);
			attempt.good = attempt.n + 70;
			try_string(stage, &attempt, behind, true);
		}
	}
}

static void strings_cut_off(struct stage *stage)
{
	struct attempt attempt = { .kind = HOLE_UNMAPPED };

	make_patterns();
	for (; attempt.kind < HOLE_KINDS; attempt.kind++) {
		if (!dig(stage, attempt.kind, UM_READ, &attempt.says))
			continue;
		for (attempt.good = 0; attempt.good <= 3 * SMALL; attempt.good++) {
			size_t more;

			for (more = 1; more < 5000; more = more * 3 + 1) {
				attempt.n = attempt.good + more;
				attempt.offset = (attempt.good + more) % 64;
				try_string(stage, &attempt, 0, false);
			}
		}
	}
}

static const struct test tests[] = {
	{ "residue: copies in", copies_in },
	{ "residue: copies out", copies_out },
	{ "residue: fills", fills },
	{ "residue: lists in", lists_in },
	{ "residue: lists out", lists_out },
	{ "residue: lists filled", lists_filled },
	{ "residue: strings found", strings_found },
	{ "residue: strings too long", strings_too_long },
	{ "residue: strings cut off by a hole", strings_cut_off },
};

static const struct test_group group_residue = TEST_GROUP(tests);

int residue(struct stage *stage)
{
	static const struct test_group *const groups[] = { &group_residue };

	return tap_run(stage, groups, 1);
}
