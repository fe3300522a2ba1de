/* Law 11 and text.h: iovecs, argument vectors, terminated arrays, numbers as text. */
#include <usermem/iovec.h>
#include <usermem/text.h>
#include "suite.h"

static struct um_range storage[UM_IOV_MAX];

static void put_word(struct stage *stage, size_t from, uint64_t value, unsigned size)
{
	__builtin_memcpy(stage->seen + from, &value, size); /* little-endian, or size is 8 */
}

static void put_entry(struct stage *stage, size_t from, unsigned size, uint64_t base, uint64_t length)
{
	put_word(stage, from, base, size);
	put_word(stage, from + size, length, size);
}

static struct um_result import(struct stage *stage, um_addr array, size_t count, unsigned size, struct um_ranges *out)
{
	__builtin_memset(out, 0xff, sizeof *out);
	return um_import_iovec(stage->space, array, count, size, storage, UM_IOV_MAX, out, 0);
}

/* R18, of both layouts: 0 entries, -1, 1024, 1025; too little room. */
static void iovec_counts(struct stage *stage)
{
	unsigned size;

	for (size = 4; size <= 8; size += 4) {
		struct um_ranges out;
		size_t i;

		tap_case(size, 0, 0);
		for (i = 0; i < UM_IOV_MAX && (i + 1) * 2 * size <= stage->size; i++)
			put_entry(stage, 2 * size * i, size, 16 * i, i % 3);
		EXPECT_RESULT(import(stage, um_addr_of(UINT64_MAX), 0, size, &out), 0, UM_OK);
		EXPECT_EQUAL(out.length, 0);
		EXPECT_RESULT(import(stage, stage->start, UM_IOV_MAX + 1, size, &out), 0, UM_INVALID);
		EXPECT_RESULT(import(stage, stage->start, SIZE_MAX, size, &out), 0, UM_INVALID);
		EXPECT_EQUAL(out.length, 0);
		EXPECT_RESULT(um_import_iovec(stage->space, stage->start, 5, size, storage, 4, &out, 0), 0, UM_INVALID);
		EXPECT_RESULT(import(stage, stage->start, UM_IOV_MAX, size, &out), UM_IOV_MAX, UM_OK);
		EXPECT_EQUAL(out.length, 1023);
		for (i = 0; i < UM_IOV_MAX; i++)
			if (storage[i].start.value != 16 * i || storage[i].length != i % 3)
				EXPECT_EQUAL(i, UM_IOV_MAX);
	}
	for (size = 0; size <= 16; size++) {
		struct um_ranges out;

		if (size != 4 && size != 8)
			EXPECT_RESULT(import(stage, stage->start, 1, size, &out), 0, UM_INVALID);
	}
}

/* R18: all lengths are judged before any base; every base, also of empty entries; the total is cut last. */
static void iovec_entries(struct stage *stage)
{
	struct limits limits = narrow(stage, stage->start, at(stage, stage->size - 1));
	uint64_t past = stage->start.value + stage->size;
	struct um_ranges out;

	put_entry(stage, 0, 8, past + 8, 8);
	put_entry(stage, 16, 8, stage->start.value, (uint64_t)1 << 63);
	EXPECT_RESULT(import(stage, stage->start, 2, 8, &out), 1, UM_INVALID);
	EXPECT_EQUAL(out.length, 0);
	put_entry(stage, 16, 8, stage->start.value, UINT64_MAX);
	EXPECT_RESULT(import(stage, stage->start, 2, 8, &out), 1, UM_INVALID);
	put_entry(stage, 16, 8, stage->start.value, 8);
	EXPECT_RESULT(import(stage, stage->start, 2, 8, &out), 0, UM_RANGE);
	put_entry(stage, 0, 8, stage->start.value, 8);
	put_entry(stage, 16, 8, past + 1, 0); /* {bad, 0} */
	EXPECT_RESULT(import(stage, stage->start, 2, 8, &out), 1, UM_RANGE);
	EXPECT_EQUAL(out.length, 0);
	put_entry(stage, 16, 8, past, 0); /* one past the end, and NULL: legal of an empty entry */
	put_entry(stage, 32, 8, 0, 0);
	EXPECT_RESULT(import(stage, stage->start, 3, 8, &out), 3, UM_OK);
	EXPECT_EQUAL(out.length, 8);
	put_entry(stage, 16, 8, UINT64_MAX, 0);
	EXPECT_RESULT(import(stage, stage->start, 2, 8, &out), 1, UM_RANGE);
	widen(stage, limits);
	put_entry(stage, 0, 4, 0, 0x80000000);
	EXPECT_RESULT(import(stage, stage->start, 1, 4, &out), 0, UM_INVALID);
	put_entry(stage, 0, 4, 0, 0xffffffff);
	EXPECT_RESULT(import(stage, stage->start, 1, 4, &out), 0, UM_INVALID);
}

static void iovec_total_is_cut(struct stage *stage)
{
	struct um_ranges out;
	struct um_range piece = { { 0 }, 0 };

	if (stage->space->first.value != 0 || stage->space->last.value < INT64_MAX) {
		struct limits limits = narrow(stage, um_addr_of(0), um_addr_of(UINT64_MAX));

		put_entry(stage, 0, 8, 0, 0x7fffffff);
		put_entry(stage, 16, 8, 0, INT64_MAX);
		EXPECT_RESULT(import(stage, stage->start, 2, 8, &out), 2, UM_OK);
		widen(stage, limits);
	} else {
		put_entry(stage, 0, 8, 0, 0x7fffffff);
		put_entry(stage, 16, 8, 0, INT64_MAX);
		EXPECT_RESULT(import(stage, stage->start, 2, 8, &out), 2, UM_OK);
	}
	EXPECT_EQUAL(out.length, UM_IOV_BYTES_MAX);
	EXPECT(um_ranges_next(&out, UINT64_MAX, &piece) && piece.length == UM_IOV_BYTES_MAX);
	put_entry(stage, 0, 4, 16, 0x40000000);
	put_entry(stage, 8, 4, 32, 0x40000000);
	if (stage->space->first.value <= 16 && stage->space->last.value > 0x80000000) {
		EXPECT_RESULT(import(stage, stage->start, 2, 4, &out), 2, UM_OK);
		EXPECT_EQUAL(out.length, UM_IOV_BYTES_MAX);
	}
}

/* The array itself is cut by a hole: entries that were fetched; R17: what was imported is not looked at again. */
static void iovec_array_beside_a_hole(struct stage *stage)
{
	enum um_status says = dig_any(stage);
	struct um_ranges out;
	size_t good;

	for (good = 0; good < 80; good++) {
		size_t i;

		tap_case(good, 0, 0);
		for (i = 0; i < good; i++)
			stage->seen[stage->size - good + i] = 0;
		EXPECT_RESULT(import(stage, before_hole(stage, good), 5, 8, &out), good / 16, says);
		EXPECT_EQUAL(out.length, 0);
		if (good < 40)
			EXPECT_RESULT(import(stage, before_hole(stage, good), 5, 4, &out), good / 8, says);
	}
	put_entry(stage, 0, 8, stage->start.value + 64, 8);
	EXPECT_RESULT(import(stage, stage->start, 1, 8, &out), 1, UM_OK);
	put_entry(stage, 0, 8, UINT64_MAX, SIZE_MAX);
	EXPECT_EQUAL(out.length, 8);
	EXPECT_EQUAL(storage[0].start.value, stage->start.value + 64);
}

/* ---------------------------------------------------------------- argument vectors */

static struct um_result strings(struct stage *stage, size_t out_count, size_t size, unsigned width, char **out, size_t *count)
{
	wipe(64);
	return um_copy_strings_in(stage->space, out, out_count, count, (char *)kernel, size, at(stage, 1), width, 0);
}

static void argument_vectors(struct stage *stage)
{
	static const char text[] = "one\0\0three"; /* 4 + 1 + 6 bytes */
	unsigned width = stage->start.value < UINT32_MAX ? 4 : 8;

	for (; width <= 8; width += 4) {
		char *out[4] = { NULL, NULL, NULL, NULL };
		size_t count = 99, size;
		struct um_result result;

		tap_case(width, 0, 0);
		__builtin_memcpy(stage->seen + 100, text, sizeof text);
		put_word(stage, 1, stage->start.value + 100, width);
		put_word(stage, 1 + width, stage->start.value + 104, width);
		put_word(stage, 1 + 2 * width, stage->start.value + 105, width);
		put_word(stage, 1 + 3 * width, 0, width);
		EXPECT_RESULT(strings(stage, 3, 11, width, out, &count), 11, UM_OK);
		EXPECT_EQUAL(count, 3);
		EXPECT(out[0] == (char *)kernel && out[1] == (char *)kernel + 4 && out[2] == (char *)kernel + 5 && out[3] == NULL);
		EXPECT(equal(kernel, text, 11) && same(kernel + 11, 40, UNTOUCHED));
		EXPECT_RESULT(strings(stage, 2, 64, width, out, &count), 5, UM_TOO_BIG);
		EXPECT_EQUAL(count, 2);
		for (size = 0; size < 11; size++) {
			size_t whole = size < 4 ? 0 : size < 5 ? 1 : 2;

			tap_case(width, size, 0);
			result = strings(stage, 4, size, width, out, &count);
			EXPECT_RESULT(result, whole == 0 ? 0 : whole == 1 ? 4 : 5, UM_TOO_BIG);
			EXPECT_EQUAL(result.side, UM_TO);
			EXPECT_EQUAL(count, whole);
			EXPECT(same(kernel + size, 16, UNTOUCHED));
		}
		put_word(stage, 1, 0, width);
		EXPECT_RESULT(strings(stage, 0, 0, width, NULL, &count), 0, UM_OK);
		EXPECT_EQUAL(count, 0);
	}
	EXPECT_RESULT(strings(stage, 4, 64, 5, NULL, &(size_t){ 0 }), 0, UM_INVALID);
}

/* side says whose fault it was: the array's or a string's. */
static void argument_vectors_beside_a_hole(struct stage *stage)
{
	enum um_status says = dig_any(stage);
	size_t good;
	char *out[4];

	for (good = 0; good < 24; good++) {
		struct um_result result;
		size_t count = 99, i;

		tap_case(good, 0, 0);
		__builtin_memcpy(stage->seen + 100, "abc", 4);
		for (i = 0; i < good; i++) {
			uint64_t addr = stage->start.value + 100;

			stage->seen[stage->size - good + i] = (unsigned char)(addr >> 8 * (i % 8));
		}
		result = um_copy_strings_in(stage->space, out, 4, &count, (char *)kernel, 64, before_hole(stage, good), 8, 0);
		EXPECT_RESULT(result, 4 * (good / 8), says);
		EXPECT_EQUAL(result.side, UM_FROM);
		EXPECT_EQUAL(count, good / 8);
		paint(stage);
		__builtin_memcpy(stage->seen + 100, "abc", 4);
		put_word(stage, 0, stage->start.value + 100, 8);
		put_word(stage, 8, before_hole(stage, good).value, 8);
		result = um_copy_strings_in(stage->space, out, 4, &count, (char *)kernel, 64, stage->start, 8, 0);
		EXPECT_RESULT(result, 4, says);
		EXPECT_EQUAL(result.side, UM_TO);
		EXPECT_EQUAL(count, 1);
	}
}

/* ---------------------------------------------------------------- terminated arrays */

/* R16 among them: elements of 16, 32 and more bytes, which somebody's search never ended on. */
static void terminated_arrays(struct stage *stage)
{
	static const size_t sizes[] = { 1, 2, 3, 4, 8, 12, 16, 24, 32, 48, 64, 100, 255, 256 };
	size_t s, n, i;

	for (s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
		size_t size = sizes[s];

		for (n = 0; n * size < 1500; n += n < 9 ? 1 : 37) {
			tap_case(size, n, 0);
			paint(stage);
			__builtin_memset(stage->seen + 3700 + n * size, 0, size);
			if (n > 0 && size > 1) /* zero but for its last byte: not the end */
				__builtin_memset(stage->seen + 3700, 0, size - 1);
			for (i = 0; i < 2; i++) {
				size_t limit = n + 1 + 100 * i;

				wipe((n + 2) * size);
				EXPECT_RESULT(um_copy_terminated_in(stage->space, kernel, at(stage, 3700), size, limit, 0), n, UM_OK);
				EXPECT(equal(kernel, stage->seen + 3700, (n + 1) * size));
				EXPECT(same(kernel + (n + 1) * size, size, UNTOUCHED));
			}
			if (n == 0)
				continue;
			wipe((n + 2) * size);
			EXPECT_RESULT(um_copy_terminated_in(stage->space, kernel, at(stage, 3700), size, n, 0), n, UM_TOO_LONG);
			EXPECT(equal(kernel, stage->seen + 3700, n * size) && same(kernel + n * size, size, UNTOUCHED));
		}
	}
	EXPECT_RESULT(um_copy_terminated_in(stage->space, kernel, stage->start, 0, 4, 0), 0, UM_INVALID);
	EXPECT_RESULT(um_copy_terminated_in(stage->space, kernel, stage->start, 257, 4, 0), 0, UM_INVALID);
	EXPECT_RESULT(um_copy_terminated_in(stage->space, kernel, stage->start, 4, 0, 0), 0, UM_INVALID);
}

static void terminated_arrays_beside_a_hole(struct stage *stage)
{
	static const size_t sizes[] = { 1, 3, 8, 16, 100 };
	enum um_status says = dig_any(stage);
	size_t s, good;

	for (s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
		for (good = 0; good < 420; good += good < 40 ? 1 : 13) {
			size_t size = sizes[s], whole = good / size;

			tap_case(size, good, 0);
			paint(stage);
			wipe(good + size);
			EXPECT_RESULT(um_copy_terminated_in(stage->space, kernel, before_hole(stage, good), size, SIZE_MAX, 0), whole, says);
			EXPECT(equal(kernel, stage->seen + stage->size - good, whole * size));
			EXPECT(same(kernel + whole * size, size, UNTOUCHED));
			if (whole == 0)
				continue;
			EXPECT_RESULT(um_copy_terminated_in(stage->space, kernel, before_hole(stage, good), size, whole, 0), whole, UM_TOO_LONG);
			__builtin_memset(stage->seen + stage->size - good + (whole - 1) * size, 0, size);
			EXPECT_RESULT(um_copy_terminated_in(stage->space, kernel, before_hole(stage, good), size, SIZE_MAX, 0), whole - 1, UM_OK);
		}
	}
}

/* ---------------------------------------------------------------- numbers */

static struct um_result numbers(struct stage *stage, const char *text, int32_t *dst, size_t count, size_t *found)
{
	size_t n = 0;

	while (text[n] != '\0')
		n++;
	__builtin_memcpy(stage->seen + 4090, text, n);
	return um_copy_int32s_in(stage->space, um_ranges_of(at(stage, 4090), n), dst, count, found, 0);
}

/* gVisor's CopyInt32StringsInVec, and what it leaves open. */
static void numbers_as_text(struct stage *stage)
{
	static const struct { const char *text; size_t done; enum um_status status; size_t found; int32_t first, second; } table[] = {
		{ "100 200", 7, UM_OK, 2, 100, 200 }, { "100", 3, UM_OK, 1, 100, 2 }, { "100 200 300", 8, UM_OK, 2, 100, 200 },
		{ " 100\t200\n", 9, UM_OK, 2, 100, 200 }, { "", 0, UM_INVALID, 0, 1, 2 }, { "\n", 1, UM_INVALID, 0, 1, 2 },
		{ "a123", 0, UM_INVALID, 0, 1, 2 }, { "1 b", 2, UM_INVALID, 1, 1, 2 }, { "-5 +6", 5, UM_OK, 2, -5, 6 },
		{ "2147483647 -2147483648", 22, UM_OK, 2, INT32_MAX, INT32_MIN }, { "2147483648", 0, UM_INVALID, 0, 1, 2 },
		{ "-2147483649", 0, UM_INVALID, 0, 1, 2 }, { "99999999999999999999999", 0, UM_INVALID, 0, 1, 2 },
		{ "7 -", 2, UM_INVALID, 1, 7, 2 }, { "1x 2", 0, UM_INVALID, 0, 1, 2 }, { "007", 3, UM_OK, 1, 7, 2 },
	};
	size_t i;

	for (i = 0; i < sizeof table / sizeof table[0]; i++) {
		int32_t dst[2] = { 1, 2 };
		size_t found = 99;

		tap_case(i, 0, 0);
		EXPECT_RESULT(numbers(stage, table[i].text, dst, 2, &found), table[i].done, table[i].status);
		EXPECT_EQUAL(found, table[i].found);
		EXPECT_EQUAL((uint32_t)dst[0], (uint32_t)table[i].first);
		EXPECT_EQUAL((uint32_t)dst[1], (uint32_t)table[i].second);
	}
}

static void numbers_beside_a_hole(struct stage *stage)
{
	static const char text[] = "12 345 6";
	enum um_status says = dig_any(stage);
	size_t good;

	for (good = 0; good <= 8; good++) {
		int32_t dst[3] = { 0, 0, 0 };
		size_t found = 99, whole = good < 3 ? 0 : good < 7 ? 1 : 2;

		tap_case(good, 0, 0);
		__builtin_memcpy(stage->seen + stage->size - good, text, good);
		EXPECT_RESULT(um_copy_int32s_in(stage->space, um_ranges_of(before_hole(stage, good), 40), dst, 3, &found, 0), good, says);
		EXPECT_EQUAL(found, whole);
	}
}

static const struct test tests[] = {
	{ "law 11: an iovec's count (R18)", iovec_counts },
	{ "law 11: an iovec's lengths, then its bases (R18)", iovec_entries },
	{ "law 11: an iovec's total is cut last (R18)", iovec_total_is_cut },
	{ "law 11: an iovec is fetched once, whole entries or not at all (R17)", iovec_array_beside_a_hole },
	{ "law 10: argument vectors, and room for them", argument_vectors },
	{ "law 5: argument vectors beside a hole", argument_vectors_beside_a_hole },
	{ "law 11: arrays up to their zero element (R16)", terminated_arrays },
	{ "law 11: terminated arrays beside a hole", terminated_arrays_beside_a_hole },
	{ "law 6: numbers as text", numbers_as_text },
	{ "law 5: numbers beside a hole", numbers_beside_a_hole },
};

const struct test_group group_arrays = TEST_GROUP(tests);
