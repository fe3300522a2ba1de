/* Laws 1, 4, 5, 7, 9 and 10 through cursors. */
#include <usermem/cursor.h>
#include <usermem/spaces/bytes.h>
#include "suite.h"

static struct um_reader reader_at(struct stage *stage, uint64_t from, size_t n)
{
	struct um_slice slice = um_slice_of(stage->space, at(stage, from), n, 0);

	return um_slice_reader(&slice);
}

static struct um_writer writer_at(struct stage *stage, uint64_t from, size_t n)
{
	struct um_slice slice = um_slice_of(stage->space, at(stage, from), n, 0);

	return um_slice_writer(&slice);
}

static bool writable(struct stage *stage)
{
	if (can(stage, UM_CAN_WRITE))
		return true;
	tap_skip("the space cannot be written");
	return false;
}

/* R3, R40: a slice is numbers; a cursor over nothing, or asked for nothing, touches nothing. */
static void making_one_checks_nothing(struct stage *stage)
{
	size_t i;

	wipe(64);
	for (i = 0; i < WILD_ADDRESSES; i++) {
		struct um_slice slice = um_slice_of(stage->space, um_addr_of(wild_addresses[i]), SIZE_MAX, 0);
		struct um_reader reader = um_slice_reader(&slice), empty = um_slice_reader(&slice);

		tap_case(wild_addresses[i], 0, 0);
		EXPECT_EQUAL(um_reader_left(&reader), SIZE_MAX);
		EXPECT_RESULT(um_read(&reader, kernel, 0), 0, UM_OK);
		EXPECT_RESULT(um_read_some(&reader, NULL, 0), 0, UM_OK);
		EXPECT_STATUS(um_reader_skip(&reader, SIZE_MAX), UM_OK);
		EXPECT_RESULT(um_read(&reader, kernel, 1), 0, UM_WINDOW);
		/* The first reader took all: a byte has one reader. */
		EXPECT_EQUAL(um_reader_left(&empty), 0);
		EXPECT_RESULT(um_read_some(&empty, kernel, 64), 0, UM_OK);
		EXPECT_RESULT(um_read_value(&empty, kernel, 8), 0, UM_WINDOW);
	}
	EXPECT(same(kernel, 64, UNTOUCHED));
}

/* gVisor's IOSequence: some is limited by the window, which is no error; exactly is refused before anything is touched (R7). */
static void some_and_exactly(struct stage *stage)
{
	struct um_reader reader = reader_at(stage, 10, 4);

	paint(stage);
	wipe(64);
	EXPECT_RESULT(um_read_some(&reader, kernel, 2), 2, UM_OK);
	EXPECT_EQUAL(um_reader_left(&reader), 2);
	EXPECT_RESULT(um_read(&reader, kernel + 2, 3), 0, UM_WINDOW);
	EXPECT_RESULT(um_read_value(&reader, kernel + 2, 3), 0, UM_WINDOW);
	EXPECT(equal(kernel, stage->seen + 10, 2) && same(kernel + 2, 62, UNTOUCHED));
	EXPECT_RESULT(um_read_some(&reader, kernel + 2, 4), 2, UM_OK);
	EXPECT(equal(kernel, stage->seen + 10, 4) && same(kernel + 4, 60, UNTOUCHED));
	EXPECT_RESULT(um_read_some(&reader, kernel, 4), 0, UM_OK);
	EXPECT_EQUAL(um_reader_left(&reader), 0);
}

static void writing_some_and_exactly(struct stage *stage)
{
	struct um_writer writer = writer_at(stage, 10, 8);

	if (!writable(stage))
		return;
	paint(stage);
	wipe(64);
	EXPECT_RESULT(um_write(&writer, kernel, 9), 0, UM_WINDOW);
	EXPECT_RESULT(um_write_value(&writer, kernel, 9), 0, UM_WINDOW);
	EXPECT_RESULT(um_write_fill(&writer, 0, 9), 0, UM_WINDOW);
	EXPECT(painted(stage, 0, 64));
	EXPECT_EQUAL(um_writer_left(&writer), 8);
	EXPECT_RESULT(um_write(&writer, kernel, 2), 2, UM_OK);
	EXPECT_RESULT(um_write_fill(&writer, 0, 2), 2, UM_OK); /* gVisor's ZeroOut, R31 */
	EXPECT_RESULT(um_write_some(&writer, kernel, 64), 4, UM_OK);
	EXPECT_RESULT(um_write_some(&writer, kernel, 64), 0, UM_OK);
	EXPECT(same(stage->seen + 10, 2, UNTOUCHED) && same(stage->seen + 12, 2, 0) && same(stage->seen + 14, 4, UNTOUCHED));
	EXPECT(painted(stage, 0, 10) && painted(stage, 18, 64));
}

/* R32, R33: a limit only shrinks; a skip past the end leaves the cursor where it was. */
static void limits_skips_and_takes(struct stage *stage)
{
	struct um_reader reader = reader_at(stage, 0, 20), taken = reader_at(stage, 100, 1);
	struct um_writer writer = writer_at(stage, 0, 20), part = writer_at(stage, 100, 1);

	paint(stage);
	um_reader_limit(&reader, 10);
	um_reader_limit(&reader, 15);
	EXPECT_EQUAL(um_reader_left(&reader), 10);
	EXPECT_STATUS(um_reader_skip(&reader, 11), UM_WINDOW);
	EXPECT_STATUS(um_reader_skip(&reader, UINT64_MAX), UM_WINDOW);
	EXPECT_STATUS(um_reader_take(&reader, 11, &taken), UM_WINDOW);
	EXPECT_EQUAL(um_reader_left(&reader), 10);
	EXPECT_EQUAL(um_reader_left(&taken), 1);
	EXPECT_STATUS(um_reader_skip(&reader, 2), UM_OK);
	EXPECT_STATUS(um_reader_take(&reader, 3, &taken), UM_OK);
	EXPECT_RESULT(um_read_some(&reader, kernel, 64), 5, UM_OK);
	EXPECT(equal(kernel, stage->seen + 5, 5));
	EXPECT_RESULT(um_read_some(&taken, kernel, 64), 3, UM_OK); /* gVisor's TakeFirst */
	EXPECT(equal(kernel, stage->seen + 2, 3));
	um_writer_limit(&writer, 10);
	um_writer_limit(&writer, 15);
	EXPECT_STATUS(um_writer_skip(&writer, 11), UM_WINDOW);
	EXPECT_STATUS(um_writer_take(&writer, 11, &part), UM_WINDOW);
	EXPECT_EQUAL(um_writer_left(&part), 1);
	EXPECT_STATUS(um_writer_skip(&writer, 2), UM_OK);
	EXPECT_STATUS(um_writer_take(&writer, 3, &part), UM_OK);
	EXPECT_EQUAL(um_writer_left(&writer), 5);
	EXPECT_EQUAL(um_writer_left(&part), 3);
}

/* R4, R8: for each number of bytes before the hole, a cursor has moved by exactly what was done. */
static void moved_by_what_was_done(struct stage *stage)
{
	enum um_status says = dig_any(stage);
	size_t good;

	for (good = 0; good <= 70; good++) {
		size_t from = stage->size - good;
		struct um_reader reader = reader_at(stage, from, good + 9);
		struct um_writer writer = writer_at(stage, from, good + 9);

		tap_case(good, 0, 0);
		paint(stage);
		wipe(128);
		EXPECT_RESULT(um_read(&reader, kernel, good + 9), good, says);
		EXPECT(equal(kernel, stage->seen + from, good) && same(kernel + good, 16, UNTOUCHED));
		EXPECT_EQUAL(um_reader_left(&reader), 9);
		EXPECT_RESULT(um_read_some(&reader, kernel, 9), 0, says);
		EXPECT_EQUAL(um_reader_left(&reader), 9);
		if (!can(stage, UM_CAN_WRITE))
			continue;
		wipe(128);
		EXPECT_RESULT(um_write(&writer, kernel, good + 9), good, says);
		EXPECT_EQUAL(um_writer_left(&writer), 9);
		EXPECT(same(stage->seen + from, good, UNTOUCHED) && painted(stage, 0, from));
		writer = writer_at(stage, from, good + 9);
		EXPECT_RESULT(um_write_fill(&writer, 1, good + 9), good, says);
		EXPECT_EQUAL(um_writer_left(&writer), 9);
		EXPECT(same(stage->seen + from, good, 1) && painted(stage, 0, from));
	}
}

/* R6: a value is got whole, or object and cursor are as they were. */
static void values_are_all_or_nothing(struct stage *stage)
{
	enum um_status says = dig_any(stage);
	size_t size, good;

	for (size = 1; size <= UM_VALUE_MAX; size += size < 20 ? 1 : 59) {
		for (good = 0; good < size; good += good < 20 ? 1 : 31) {
			struct um_reader reader = reader_at(stage, stage->size - good, size);
			struct um_writer writer = writer_at(stage, stage->size - good, size);

			tap_case(size, good, 0);
			paint(stage);
			wipe(300);
			EXPECT_RESULT(um_read_value(&reader, kernel, size), 0, says);
			EXPECT_EQUAL(um_reader_left(&reader), size);
			EXPECT(same(kernel, 300, UNTOUCHED));
			if (!can(stage, UM_CAN_WRITE))
				continue;
			EXPECT_RESULT(um_write_value(&writer, kernel, size), 0, says);
			EXPECT_EQUAL(um_writer_left(&writer), size);
			EXPECT(painted(stage, 0, stage->size - good));
		}
	}
}

static void values_of_every_size(struct stage *stage)
{
	struct um_reader reader = reader_at(stage, 0, 1000);
	size_t size, off;

	EXPECT_RESULT(um_read_value(&reader, kernel, 0), 0, UM_INVALID);
	EXPECT_RESULT(um_read_value(&reader, kernel, UM_VALUE_MAX + 1), 0, UM_INVALID);
	EXPECT_EQUAL(um_reader_left(&reader), 1000);
	for (size = 1; size <= UM_VALUE_MAX; size++) {
		for (off = 0; off < 3; off++) {
			struct um_writer writer = writer_at(stage, 4000 + off, size + 1);

			tap_case(size, off, 0);
			paint(stage);
			wipe(size + 64);
			reader = reader_at(stage, 4000 + off, size + 1);
			EXPECT_RESULT(um_read_value(&reader, kernel, size), size, UM_OK);
			EXPECT_EQUAL(um_reader_left(&reader), 1);
			EXPECT(equal(kernel, stage->seen + 4000 + off, size) && same(kernel + size, 64, UNTOUCHED));
			if (!can(stage, UM_CAN_WRITE))
				continue;
			wipe(size);
			EXPECT_RESULT(um_write_value(&writer, kernel, size), size, UM_OK);
			EXPECT_EQUAL(um_writer_left(&writer), 1);
			EXPECT(same(stage->seen + 4000 + off, size, UNTOUCHED));
			EXPECT(painted(stage, 0, 4000 + off) && painted(stage, 4000 + off + size, stage->size));
		}
	}
}

/* A value that a list cuts in pieces; strings too, in each place of the cut (Asterinas's multi-reader strings). */
static void across_the_pieces_of_a_list(struct stage *stage)
{
	static const char text[] = "hello\0worlds!"; /* the last NUL is the text's own */
	size_t cut;

	for (cut = 1; cut < sizeof text - 1; cut++) {
		struct um_range array[3] = { { at(stage, 4000), cut }, { at(stage, 50), 0 }, { at(stage, 100), sizeof text - cut } };
		struct um_slice slice = um_slice_from(stage->space, um_ranges_from(array, 3), 0);
		struct um_slice again = slice;
		struct um_reader reader = um_slice_reader(&slice), values = um_slice_reader(&again);

		tap_case(cut, 0, 0);
		__builtin_memcpy(stage->seen + 4000, text, cut);
		__builtin_memcpy(stage->seen + 100, text + cut, sizeof text - cut);
		wipe(64);
		EXPECT_RESULT(um_read_value(&values, kernel, sizeof text), sizeof text, UM_OK);
		EXPECT(equal(kernel, text, sizeof text));
		wipe(64);
		EXPECT_RESULT(um_read_string(&reader, (char *)kernel, 64), 5, UM_OK);
		EXPECT(equal(kernel, "hello", 6) && same(kernel + 6, 50, UNTOUCHED));
		EXPECT_EQUAL(um_reader_left(&reader), sizeof text - 6); /* R14 */
		EXPECT_RESULT(um_read_string(&reader, (char *)kernel, 4), 3, UM_TOO_LONG);
		EXPECT(equal(kernel, "wor", 4));
		EXPECT_EQUAL(um_reader_left(&reader), sizeof text - 10);
		EXPECT_RESULT(um_read_string(&reader, (char *)kernel, 4), 3, UM_OK);
		EXPECT(equal(kernel, "ds!", 4));
		EXPECT_EQUAL(um_reader_left(&reader), 0);
		EXPECT_RESULT(um_read_string(&reader, (char *)kernel, 4), 0, UM_WINDOW);
		EXPECT_EQUAL(kernel[0], '\0');
	}
}

/* The end of the cursor, its limit and the hole: whichever comes first; at a tie too long wins. */
static void strings_end_somewhere(struct stage *stage)
{
	enum um_status says = dig_any(stage);
	size_t good, window, limit;

	paint(stage);
	for (good = 0; good <= 70; good += good < 6 ? 1 : 16) {
		for (window = 0; window <= good + 2; window++) {
			for (limit = 1; limit <= good + 3; limit++) {
				struct um_reader reader = reader_at(stage, stage->size - good, window);
				size_t done = good, moved;
				enum um_status status = says;

				if (window <= good) {
					done = window;
					status = UM_WINDOW;
				}
				moved = done;
				if (limit <= done) {
					moved = limit;
					done = limit - 1;
					status = UM_TOO_LONG;
				}
				tap_case(good, window, limit);
				wipe(done + 16);
				EXPECT_RESULT(um_read_string(&reader, (char *)kernel, limit), done, status);
				EXPECT_EQUAL(window - um_reader_left(&reader), moved);
				EXPECT(equal(kernel, stage->seen + stage->size - good, done) && kernel[done] == '\0');
				EXPECT(same(kernel + done + 1, 15, UNTOUCHED));
			}
		}
	}
}

static void a_refetch_says_so(struct stage *stage)
{
	struct um_reader reader = reader_at(stage, 10, 8), second;

	paint(stage);
	EXPECT_RESULT(um_read(&reader, kernel, 2), 2, UM_OK);
	second = um_reader_refetch(&reader);
	EXPECT_RESULT(um_read(&reader, kernel, 6), 6, UM_OK);
	EXPECT_RESULT(um_read(&second, kernel + 6, 6), 6, UM_OK);
	EXPECT(equal(kernel, kernel + 6, 6));
}

/* Read, then answered in place: each byte to a bit more (Rust's first doctest). */
static void read_and_written_in_place(struct stage *stage)
{
	struct um_slice slice = um_slice_of(stage->space, at(stage, 4090), 20, 0);
	struct um_reader reader;
	struct um_writer writer;
	unsigned char byte;
	size_t i;

	if (!writable(stage))
		return;
	paint(stage);
	um_slice_reader_writer(&slice, &reader, &writer);
	for (i = 0; i < 20; i++) {
		EXPECT_RESULT(um_read_value(&reader, &byte, 1), 1, UM_OK);
		byte ^= 0x80;
		EXPECT_RESULT(um_write_value(&writer, &byte, 1), 1, UM_OK);
	}
	for (i = 0; i < 20; i++)
		EXPECT_EQUAL(stage->seen[4090 + i], pattern(4090 + i) ^ 0x80);
	EXPECT_EQUAL(slice.ranges.length, 0);
	EXPECT(painted(stage, 0, 4090) && painted(stage, 4110, stage->size));
}

/* Both cursors move by done, whosever fault it was. */
static void transfers(struct stage *stage)
{
	enum um_status says = dig_any(stage);
	size_t good;

	for (good = 0; good <= 600; good += good < 10 ? 1 : 59) {
		struct um_range array[2] = { { at(stage, 100), 3 }, { before_hole(stage, good), 1000 } };
		struct um_slice list = um_slice_from(stage->space, um_ranges_from(array, 2), 0), buffer;
		struct um_reader reader = um_slice_reader(&list);
		struct um_writer writer;
		struct um_bytes bytes;
		struct um_result result;

		tap_case(good, 0, 0);
		paint(stage);
		wipe(1024);
		um_bytes_init(&bytes, kernel, 1024);
		buffer = um_slice_of(&bytes.space, um_addr_of(5), 1000, 0);
		writer = um_slice_writer(&buffer);
		EXPECT_RESULT(um_transfer(&writer, &reader, 0), 0, UM_OK);
		EXPECT_RESULT(um_transfer(&writer, &reader, 2), 2, UM_OK);
		result = um_transfer(&writer, &reader, UINT64_MAX);
		EXPECT_RESULT(result, good + 1, says);
		EXPECT_EQUAL(result.side, UM_FROM);
		EXPECT_EQUAL(um_writer_left(&writer), 1000 - good - 3);
		EXPECT_EQUAL(um_reader_left(&reader), 1000 - good);
		EXPECT(equal(kernel + 5, stage->seen + 100, 3) && equal(kernel + 8, stage->seen + stage->size - good, good));
		EXPECT(same(kernel, 5, UNTOUCHED) && same(kernel + 8 + good, 64, UNTOUCHED));
	}
}

static const struct test tests[] = {
	{ "law 1: making a slice checks nothing (R3, R40)", making_one_checks_nothing },
	{ "law 7: some, and exactly, read (R7)", some_and_exactly },
	{ "law 7: some, and exactly, written (R31)", writing_some_and_exactly },
	{ "law 7: limits shrink, skips and takes stay within (R32, R33)", limits_skips_and_takes },
	{ "law 5: a cursor moves by what was done (R4, R8)", moved_by_what_was_done },
	{ "law 7: a value is all or nothing (R6)", values_are_all_or_nothing },
	{ "law 8: values of every size at any address (R9)", values_of_every_size },
	{ "law 9: values and strings across a list (R14)", across_the_pieces_of_a_list },
	{ "law 10: a string ends at the cursor's end, its limit or the hole", strings_end_somewhere },
	{ "law 9: a refetch is named so", a_refetch_says_so },
	{ "law 9: read and answered in place", read_and_written_in_place },
	{ "law 5: a transfer moves both cursors", transfers },
};

const struct test_group group_cursors = TEST_GROUP(tests);
