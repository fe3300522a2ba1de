/* Floor 5: slices and cursors. */
#include "check.h"
#include <sys/mman.h>
#include <usermem/cursor.h>
#include <usermem/spaces/self.h>

enum { USER = 2048 };

static unsigned char user[USER];
static struct um_bytes bytes;

static int set_up(void **state)
{
	(void)state;
	pattern(user, USER, 3);
	um_bytes_init(&bytes, user, USER);
	return 0;
}

/* The shapes of gVisor's sequence tests, as bytes 0..9 of `user` in another order. */
static const struct um_range shape[] = { { { 50 }, 0 }, { { 40 }, 3 }, { { 60 }, 0 }, { { 20 }, 5 }, { { 90 }, 2 }, { { 5 }, 0 } };
static const size_t order[] = { 40, 41, 42, 20, 21, 22, 23, 24, 90, 91 };
enum { SHAPE = 6, TOTAL = 10 };

static struct um_reader reader_of(uint64_t start, size_t length)
{
	struct um_slice slice = um_slice_of(&bytes.space, um_addr_of(start), length, 0);

	return um_slice_reader(&slice);
}

static struct um_reader list_reader(void)
{
	struct um_slice slice = um_slice_from(&bytes.space, um_ranges_from(shape, SHAPE), 0);

	return um_slice_reader(&slice);
}

static struct um_writer writer_of(uint64_t start, size_t length)
{
	struct um_slice slice = um_slice_of(&bytes.space, um_addr_of(start), length, 0);

	return um_slice_writer(&slice);
}

static struct um_writer list_writer(void)
{
	struct um_slice slice = um_slice_from(&bytes.space, um_ranges_from(shape, SHAPE), 0);

	return um_slice_writer(&slice);
}

/* Laws 7 and 9: every pair of reads; what was read is not read again, and "exactly" touches nothing past its window. */
static void reading_consumes(void **state)
{
	size_t first, second, i;

	(void)state;
	for (first = 0; first <= TOTAL + 2; first++) {
		for (second = 0; second <= TOTAL + 2; second++) {
			struct um_reader reader = list_reader();
			unsigned char dst[32];
			size_t at = first <= TOTAL ? first : 0, left = TOTAL - at;

			memset(dst, 0xEE, sizeof dst);
			CHECK(um_read(&reader, dst, first), at, first <= TOTAL ? UM_OK : UM_WINDOW);
			assert_int_equal(um_reader_left(&reader), left);
			CHECK(um_read_some(&reader, dst + at, second), second < left ? second : left, UM_OK);
			assert_int_equal(um_reader_left(&reader), second < left ? left - second : 0);
			at += second < left ? second : left;
			for (i = 0; i < at; i++)
				assert_int_equal(dst[i], user[order[i]]);
			assert_true(all(dst + at, sizeof dst - at, 0xEE));
		}
	}
}

static void writing_consumes(void **state)
{
	size_t first, second, i;

	for (first = 0; first <= TOTAL + 2; first++) {
		for (second = 0; second <= TOTAL + 2; second++) {
			struct um_writer writer = list_writer();
			unsigned char src[16], want[USER];
			size_t at = first <= TOTAL ? first : 0, left = TOTAL - at;

			set_up(state);
			pattern(src, sizeof src, 99);
			memcpy(want, user, USER);
			CHECK(um_write(&writer, src, first), at, first <= TOTAL ? UM_OK : UM_WINDOW);
			assert_int_equal(um_writer_left(&writer), left);
			CHECK(um_write_some(&writer, src + at, second), second < left ? second : left, UM_OK);
			at += second < left ? second : left;
			assert_int_equal(um_writer_left(&writer), TOTAL - at);
			for (i = 0; i < at; i++)
				want[order[i]] = src[i];
			assert_memory_equal(user, want, USER);
		}
	}
}

/* R4, R5: a fault moves the cursor by exactly done; R6: a value moves it all the way or not at all. */
static void a_fault_moves_by_done_and_a_value_not_at_all(void **state)
{
	size_t there, n;

	(void)state;
	for (n = 1; n <= 40; n++) {
		for (there = 0; there < n; there++) {
			struct um_reader reader = reader_of(USER - there, 64);
			struct um_writer writer = writer_of(USER - there, 64);
			unsigned char object[64];

			memset(object, 0xEE, sizeof object);
			CHECK(um_read_value(&reader, object, n), 0, UM_UNMAPPED);
			assert_true(all(object, sizeof object, 0xEE));
			assert_int_equal(um_reader_left(&reader), 64);
			CHECK(um_read(&reader, object, n), there, UM_UNMAPPED);
			assert_memory_equal(object, user + USER - there, there);
			assert_true(all(object + there, sizeof object - there, 0xEE));
			assert_int_equal(um_reader_left(&reader), 64 - there);
			CHECK(um_write_value(&writer, object, n), 0, UM_UNMAPPED);
			assert_int_equal(um_writer_left(&writer), 64);
			CHECK(um_write(&writer, object, n), there, UM_UNMAPPED);
			assert_int_equal(um_writer_left(&writer), 64 - there);
			writer = writer_of(USER - there, 64);
			CHECK(um_write_fill(&writer, 9, n), there, UM_UNMAPPED);
			assert_int_equal(um_writer_left(&writer), 64 - there);
			assert_true(all(user + USER - there, there, 9));
		}
	}
}

/* The same with a fault at each byte in turn, also within an aligned value, and across the ranges of a list. */
static void a_value_is_all_or_nothing(void **state)
{
	static const struct um_range cut[] = { { { 8 }, 3 }, { { 100 }, 5 }, { { 200 }, 300 } };
	static const size_t sizes[] = { 1, 2, 4, 7, 8, 16, 255, 256 };
	size_t s, k, lists;

	(void)state;
	for (lists = 0; lists < 2; lists++) {
		for (s = 0; s < 8; s++) {
			for (k = 0; k <= sizes[s]; k++) {
				struct watched watched;
				struct um_slice slice = um_slice_from(watch(&watched, &bytes.space),
				                                      lists ? um_ranges_from(cut, 3) : um_ranges_of(um_addr_of(8), 308), 0);
				struct um_reader reader = um_slice_reader(&slice);
				unsigned char object[256];
				bool good = k == sizes[s];

				um_audit_fail_at(&watched.audit, k, UM_BUS);
				memset(object, 0xEE, sizeof object);
				CHECK(um_read_value(&reader, object, sizes[s]), good ? k : 0, good ? UM_OK : UM_BUS);
				assert_int_equal(um_reader_left(&reader), good ? 308 - k : 308);
				assert_single_fetch(&watched);
				if (!good)
					assert_true(all(object, sizeof object, 0xEE));
				else if (!lists)
					assert_memory_equal(object, user + 8, k);
			}
		}
	}
}

static void sizes_and_windows_of_values(void **state)
{
	unsigned char object[300];
	struct um_reader reader = reader_of(0, 260);
	struct um_writer writer = writer_of(0, 260);

	(void)state;
	CHECK(um_read_value(&reader, object, 0), 0, UM_INVALID);
	CHECK(um_read_value(&reader, object, 257), 0, UM_INVALID);
	CHECK(um_write_value(&writer, object, 0), 0, UM_INVALID);
	CHECK(um_write_value(&writer, object, 257), 0, UM_INVALID);
	CHECK(um_read_value(&reader, object, 256), 256, UM_OK);
	CHECK(um_write_value(&writer, object, 256), 256, UM_OK);
	CHECK(um_read_value(&reader, object, 5), 0, UM_WINDOW);
	CHECK(um_write_value(&writer, object, 5), 0, UM_WINDOW);
	CHECK(um_write_fill(&writer, 0, 5), 0, UM_WINDOW);
	CHECK(um_read(&reader, object, SIZE_MAX), 0, UM_WINDOW);
	CHECK(um_read_value(&reader, object, 4), 4, UM_OK);
	CHECK(um_read(&reader, object, 0), 0, UM_OK);
	CHECK(um_read_some(&reader, object, 9), 0, UM_OK);
	assert_int_equal(um_reader_left(&reader), 0);
}

/* An aligned value in one piece is one call of the space, so that it cannot tear (law 9). */
static void an_aligned_value_is_one_access(void **state)
{
	size_t size;

	(void)state;
	for (size = 1; size <= 8; size *= 2) {
		struct watched watched;
		struct um_slice slice = um_slice_from(watch(&watched, &bytes.space), um_ranges_of(um_addr_of(64), 16), 0);
		struct um_reader reader = um_slice_reader(&slice);
		uint64_t value;

		CHECK(um_read_value(&reader, &value, size), size, UM_OK);
		assert_int_equal(watched.audit.accesses, 1);
	}
}

/* R33, R32; um_reader_take. */
static void windows_shrink_and_skips_stay_within(void **state)
{
	struct um_reader reader = list_reader(), taken = reader_of(1, 1);
	struct um_writer writer = list_writer(), part = writer_of(1, 1);
	unsigned char dst[8];

	(void)state;
	CHECK_STATUS(um_reader_skip(&reader, 11), UM_WINDOW);
	CHECK_STATUS(um_writer_skip(&writer, 11), UM_WINDOW);
	CHECK_STATUS(um_reader_take(&reader, 11, &taken), UM_WINDOW);
	CHECK_STATUS(um_writer_take(&writer, 11, &part), UM_WINDOW);
	assert_true(um_reader_left(&reader) == 10 && um_writer_left(&writer) == 10);
	assert_true(um_reader_left(&taken) == 1 && um_writer_left(&part) == 1);
	CHECK_STATUS(um_reader_skip(&reader, 2), UM_OK);
	CHECK_STATUS(um_writer_skip(&writer, 2), UM_OK);
	CHECK_STATUS(um_reader_take(&reader, 3, &taken), UM_OK);
	CHECK_STATUS(um_writer_take(&writer, 3, &part), UM_OK);
	assert_true(um_reader_left(&taken) == 3 && um_writer_left(&part) == 3);
	um_reader_limit(&reader, 4);
	um_reader_limit(&reader, 9);
	um_writer_limit(&writer, 4);
	um_writer_limit(&writer, 9);
	assert_true(um_reader_left(&reader) == 4 && um_writer_left(&writer) == 4);
	CHECK(um_read_some(&taken, dst, 8), 3, UM_OK);
	assert_true(dst[0] == user[42] && dst[1] == user[20] && dst[2] == user[21]);
	CHECK(um_read_some(&reader, dst, 8), 4, UM_OK);
	assert_true(dst[0] == user[22] && dst[2] == user[24] && dst[3] == user[90]);
	CHECK(um_write(&part, "abc", 3), 3, UM_OK);
	CHECK(um_write_fill(&writer, 'z', 4), 4, UM_OK);
	assert_true(user[42] == 'a' && user[20] == 'b' && user[21] == 'c' && user[22] == 'z' && user[24] == 'z' && user[90] == 'z');
}

/* A byte has one reader; a second look has a name. */
static void a_slice_is_taken_once(void **state)
{
	struct um_slice slice = um_slice_of(&bytes.space, um_addr_of(100), 8, 0);
	struct um_reader reader, again;
	struct um_writer writer;
	uint64_t value, second;

	(void)state;
	um_slice_reader_writer(&slice, &reader, &writer);
	assert_true(um_reader_left(&reader) == 8 && um_writer_left(&writer) == 8);
	again = um_slice_reader(&slice);
	assert_int_equal(um_reader_left(&again), 0);
	writer = um_slice_writer(&slice);
	assert_int_equal(um_writer_left(&writer), 0);
	again = um_reader_refetch(&reader);
	CHECK(um_read_value(&reader, &value, 8), 8, UM_OK);
	CHECK(um_read_value(&again, &second, 8), 8, UM_OK);
	assert_true(value == second && um_reader_left(&reader) == 0);
}

/* ---------------------------------------------------------------- strings (law 10, R13, R14) */

/* Where the bytes of the list lie, each range in a block of its own, all within reach or behind the hole. */
struct layout {
	struct um_range ranges[4];
	size_t count;
};

/* Cuts length bytes from `start` on into pieces of the lengths given, 50 bytes apart. */
static struct layout lay_out(size_t start, const size_t *lengths, size_t count)
{
	struct layout layout = { .count = count };
	size_t i;

	for (i = 0; i < count; i++) {
		layout.ranges[i].start = um_addr_of(start);
		layout.ranges[i].length = lengths[i];
		start += lengths[i] + 50;
	}
	return layout;
}

static unsigned char *at(const struct layout *layout, size_t index)
{
	size_t i;

	for (i = 0; i < layout->count; i++) {
		if (index < layout->ranges[i].length)
			return &user[layout->ranges[i].start.value + index];
		index -= layout->ranges[i].length;
	}
	return NULL;
}

/* Every place of the NUL and every limit, through lists of several shapes, single and not, against a model. */
static void strings_run_through_a_list(void **state)
{
	static const size_t shapes[][4] = { { 150, 0, 0, 0 }, { 1, 0, 1, 148 }, { 70, 64, 1, 15 }, { 149, 1, 0, 0 } };
	size_t s, nul, limit, i;
	unsigned single;

	for (single = 0; single < 2; single++) {
		for (s = 0; s < 4; s++) {
			for (nul = 0; nul <= 150; nul += nul < 3 || nul > 60 ? 1 : 11) {
				for (limit = 1; limit <= 153; limit += limit < 3 || limit > 146 || (limit > 60 && limit < 75) ? 1 : 9) {
					struct layout layout = lay_out(37, shapes[s], 4);
					struct um_slice slice = um_slice_from(&bytes.space, um_ranges_from(layout.ranges, 4), 0);
					struct watched watched;
					struct um_reader reader;
					char dst[200], want[200];
					size_t done = nul < limit && nul < 150 ? nul : limit <= 150 ? limit - 1 : 150;
					enum um_status status = nul < limit && nul < 150 ? UM_OK : limit <= 150 ? UM_TOO_LONG : UM_WINDOW;

					set_up(state);
					if (!single)
						bytes.space.can &= ~(unsigned)UM_CAN_SINGLE;
					slice.space = watch(&watched, &bytes.space);
					reader = um_slice_reader(&slice);
					if (nul < 150)
						*at(&layout, nul) = 0;
					memset(dst, 0x55, sizeof dst);
					memset(want, 0x55, sizeof want);
					for (i = 0; i < done; i++)
						want[i] = (char)*at(&layout, i);
					want[done] = '\0';
					CHECK(um_read_string(&reader, dst, limit), done, status);
					assert_memory_equal(dst, want, sizeof dst);
					assert_int_equal(um_reader_left(&reader), 150 - done - (status != UM_WINDOW));
					/* Nothing past the aligned block that holds the NUL. */
					assert_true(!single || status != UM_OK || watched.audit.fetched <= nul + 64);
					assert_single_fetch(&watched);
				}
			}
		}
	}
}

/* The hole and the limits of the space, in address order with the NUL and the limit. */
static void strings_meet_holes_in_order(void **state)
{
	size_t there, limit;
	int limited;
	char dst[200];

	(void)state;
	for (limited = 0; limited < 2; limited++) {
		for (there = 0; there <= 100; there++) {
			for (limit = 1; limit <= 104; limit++) {
				struct um_reader reader = reader_of(USER - 200, 103);
				size_t done = there < limit ? there : limit - 1;

				set_up(&(void *){ NULL });
				limit_bytes(&bytes, user, limited ? USER : USER - 200 + there, 0, limited ? USER - 200 + there - 1 : UINT64_MAX);
				CHECK(um_read_string(&reader, dst, limit), done, there < limit ? limited ? UM_RANGE : UM_UNMAPPED : UM_TOO_LONG);
				assert_int_equal(um_reader_left(&reader), there < limit ? 103 - there : 103 - limit);
				assert_int_equal(dst[done], 0);
				if (there == 0)
					continue;
				user[USER - 200 + there - 1] = 0; /* a NUL at the last byte before the hole is found */
				reader = reader_of(USER - 200, 103);
				CHECK(um_read_string(&reader, dst, 103), there - 1, UM_OK);
				assert_int_equal(um_reader_left(&reader), 103 - there);
			}
		}
	}
}

static void strings_at_the_edges(void **state)
{
	struct um_reader reader = reader_of(0, 0);
	char dst[8] = "keep";

	(void)state;
	CHECK(um_read_string(&reader, dst, 0), 0, UM_INVALID);
	assert_string_equal(dst, "keep");
	CHECK(um_read_string(&reader, dst, 5), 0, UM_WINDOW);
	assert_string_equal(dst, "");
	memcpy(user, "ab\0cd", 6); /* R14: the next read starts right behind the NUL */
	reader = reader_of(0, 6);
	CHECK(um_read_string(&reader, dst, 8), 2, UM_OK);
	CHECK(um_read_string(&reader, dst, 8), 2, UM_OK);
	assert_string_equal(dst, "cd");
	reader = reader_of(UINT64_MAX, 9);
	CHECK(um_read_string(&reader, dst, 8), 0, UM_UNMAPPED);
}

/* ---------------------------------------------------------------- transfer */

/* Lists of different cuts against each other, every length: both cursors move by done. */
static void transfer_goes_from_list_to_list(void **state)
{
	static const struct um_range cut[] = { { { 200 }, 1 }, { { 210 }, 4 }, { { 220 }, 0 }, { { 230 }, 9 } };
	static const size_t to_order[] = { 200, 210, 211, 212, 213, 230, 231, 232, 233, 234 };
	size_t most, skip, i;
	unsigned visits;

	for (visits = 0; visits < 2; visits++) {
		for (most = 0; most <= 16; most++) {
			for (skip = 0; skip <= TOTAL; skip++) {
				struct um_slice slice = um_slice_from(&bytes.space, um_ranges_from(cut, 4), 0);
				struct um_writer writer = um_slice_writer(&slice);
				struct um_reader reader = list_reader();
				size_t done = most < TOTAL - skip ? most : TOTAL - skip;
				unsigned char want[USER];

				set_up(state);
				if (!visits)
					bytes.space.can &= ~(unsigned)UM_CAN_VISIT;
				memcpy(want, user, USER);
				for (i = 0; i < done; i++)
					want[to_order[i]] = user[order[skip + i]];
				CHECK_STATUS(um_reader_skip(&reader, skip), UM_OK);
				CHECK(um_transfer(&writer, &reader, most), done, UM_OK);
				assert_memory_equal(user, want, USER);
				assert_int_equal(um_reader_left(&reader), TOTAL - skip - done);
				assert_int_equal(um_writer_left(&writer), 14 - done);
			}
		}
	}
}

/* A range is judged when the transfer reaches it; a hole stops it there; the side is named; a retry goes on. */
static void transfer_stops_where_a_side_does(void **state)
{
	static const struct um_range good_bad[] = { { { 10 }, 20 }, { { USER - 5 }, 20 } }, past[] = { { { 10 }, 20 }, { { UINT64_MAX }, 9 } };
	struct um_slice bad = um_slice_from(&bytes.space, um_ranges_from(good_bad, 2), 0);
	struct um_slice out = um_slice_from(&bytes.space, um_ranges_from(past, 2), 0);
	struct um_reader reader = um_slice_reader(&bad);
	struct um_writer writer = writer_of(500, 400);

	(void)state;
	CHECK_RESULT(um_transfer(&writer, &reader, UINT64_MAX), 25, UM_UNMAPPED, UM_FROM);
	assert_true(um_reader_left(&reader) == 15 && um_writer_left(&writer) == 375);
	CHECK_RESULT(um_transfer(&writer, &reader, UINT64_MAX), 0, UM_UNMAPPED, UM_FROM);
	reader = reader_of(500, 400);
	writer = um_slice_writer(&out);
	CHECK_RESULT(um_transfer(&writer, &reader, 21), 20, UM_UNMAPPED, UM_TO);
	CHECK_RESULT(um_transfer(&writer, &reader, 2), 0, UM_RANGE, UM_TO);
	assert_true(um_reader_left(&reader) == 380 && um_writer_left(&writer) == 9);
	reader.left.flags = UM_IGNORE_PERMS;
	CHECK_RESULT(um_transfer(&writer, &reader, 0), 0, UM_UNSUPPORTED, UM_FROM);
	reader = reader_of(500, 400);
	writer = writer_of(0, 400);
	bytes.space.can &= ~(unsigned)UM_CAN_WRITE;
	CHECK_RESULT(um_transfer(&writer, &reader, 9), 0, UM_UNSUPPORTED, UM_TO);
	assert_true(um_reader_left(&reader) == 400 && um_writer_left(&writer) == 400);
}

/* The same where a fault tells: both cursors stand at the byte that it came for, and a retry goes on there. */
static void transfer_stops_at_a_fault(void **state)
{
	unsigned char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct um_self self;
	unsigned side;

	(void)state;
	assert_true(pages != MAP_FAILED && mprotect(pages + 4096, 4096, PROT_NONE) == 0);
	CHECK_STATUS(um_self_open(&self, um_addr_of(0), um_addr_of(INT64_MAX)), UM_OK);
	for (side = UM_FROM; side <= UM_TO; side++) {
		struct um_slice cut = um_slice_of(&self.space, um_addr_of((uintptr_t)pages + 4096 - 37), 100, 0);
		struct um_slice whole = um_slice_of(&bytes.space, um_addr_of(50), 100, 0);
		struct um_reader reader = um_slice_reader(side == UM_FROM ? &cut : &whole);
		struct um_writer writer = um_slice_writer(side == UM_TO ? &cut : &whole);

		CHECK_RESULT(um_transfer(&writer, &reader, UINT64_MAX), 37, UM_DENIED, side);
		assert_true(um_reader_left(&reader) == 63 && um_writer_left(&writer) == 63);
		assert_memory_equal(pages + 4096 - 37, user + 50, 37);
		assert_int_equal(mprotect(pages + 4096, 4096, PROT_READ | PROT_WRITE), 0);
		CHECK(um_transfer(&writer, &reader, UINT64_MAX), 63, UM_OK);
		assert_true(um_reader_left(&reader) == 0 && um_writer_left(&writer) == 0);
		assert_memory_equal(pages + 4096 - 37, user + 50, 100);
		assert_int_equal(mprotect(pages + 4096, 4096, PROT_NONE), 0);
		set_up(state);
	}
	um_close(&self.space);
	munmap(pages, 8192);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(reading_consumes, set_up),
		cmocka_unit_test_setup(writing_consumes, set_up),
		cmocka_unit_test_setup(a_fault_moves_by_done_and_a_value_not_at_all, set_up),
		cmocka_unit_test_setup(a_value_is_all_or_nothing, set_up),
		cmocka_unit_test_setup(sizes_and_windows_of_values, set_up),
		cmocka_unit_test_setup(an_aligned_value_is_one_access, set_up),
		cmocka_unit_test_setup(windows_shrink_and_skips_stay_within, set_up),
		cmocka_unit_test_setup(a_slice_is_taken_once, set_up),
		cmocka_unit_test_setup(strings_run_through_a_list, set_up),
		cmocka_unit_test_setup(strings_meet_holes_in_order, set_up),
		cmocka_unit_test_setup(strings_at_the_edges, set_up),
		cmocka_unit_test_setup(transfer_goes_from_list_to_list, set_up),
		cmocka_unit_test_setup(transfer_stops_where_a_side_does, set_up),
		cmocka_unit_test_setup(transfer_stops_at_a_fault, set_up),
	};

	return cmocka_run_group_tests_name("cursor", tests, NULL, NULL);
}
