/* Floor 4: iovec arrays, as Linux imports them (R18). */
#include "check.h"
#include <usermem/iovec.h>

enum { ENTRIES = 1100, USER = ENTRIES * 16 };

static unsigned char user[USER];
static struct um_bytes bytes;
static struct um_range storage[ENTRIES];

static int set_up(void **state)
{
	(void)state;
	memset(user, 0, USER);
	um_bytes_init(&bytes, user, USER);
	memset(storage, 0xEE, sizeof storage);
	return 0;
}

static void put(unsigned width, size_t index, uint64_t base, uint64_t length)
{
	uint64_t wide[2] = { base, length };
	uint32_t narrow[2] = { (uint32_t)base, (uint32_t)length };

	memcpy(user + index * 2 * width, width == 8 ? (void *)wide : (void *)narrow, (size_t)2 * width);
}

static struct um_result import(size_t count, unsigned width, struct um_ranges *out)
{
	return um_import_iovec(&bytes.space, um_addr_of(0), count, width, storage, ENTRIES, out, 0);
}

static void entries_come_in_both_widths(void **state)
{
	unsigned width;
	size_t count, i;

	for (width = 4; width <= 8; width += 4) {
		for (count = 1; count <= UM_IOV_MAX; count = count == 7 ? UM_IOV_MAX : count + 1) {
			struct um_ranges out;
			struct um_range piece;

			set_up(state);
			for (i = 0; i < count; i++)
				put(width, i, 5000 + i * 64, i % 3); /* empty ones among them */
			CHECK(import(count, width, &out), count, UM_OK);
			for (i = 0; i < count; i++) {
				assert_true(storage[i].start.value == 5000 + i * 64 && storage[i].length == i % 3);
				if (i % 3 != 0) {
					assert_true(um_ranges_next(&out, 64, &piece));
					assert_true(piece.start.value == storage[i].start.value && piece.length == i % 3);
				}
			}
			assert_false(um_ranges_next(&out, 64, &piece));
			assert_true(all(storage + count, sizeof storage[0], 0xEE));
		}
	}
}

static void empty(const struct um_ranges *out)
{
	struct um_ranges copy = *out;
	struct um_range piece;

	assert_false(um_ranges_next(&copy, UINT64_MAX, &piece));
}

/* Count 0, 1025, more than there is room for; and what makes no sense at all (law 25). */
static void counts_are_judged_before_the_array(void **state)
{
	struct um_ranges out = um_ranges_of(um_addr_of(1), 1);
	struct um_space *space = &bytes.space;

	(void)state;
	CHECK(um_import_iovec(space, um_addr_of(UINT64_MAX), 0, 8, NULL, 0, &out, 0), 0, UM_OK);
	empty(&out);
	CHECK(um_import_iovec(space, um_addr_of(0), 1025, 8, storage, ENTRIES, &out, 0), 0, UM_INVALID);
	CHECK(um_import_iovec(space, um_addr_of(0), SIZE_MAX, 8, storage, SIZE_MAX, &out, 0), 0, UM_INVALID);
	CHECK(um_import_iovec(space, um_addr_of(0), SIZE_MAX / 16 + 2, 8, storage, SIZE_MAX, &out, 0), 0, UM_INVALID);
	CHECK(um_import_iovec(space, um_addr_of(0), 5, 8, storage, 4, &out, 0), 0, UM_INVALID);
	CHECK(um_import_iovec(space, um_addr_of(0), 0, 0, storage, 4, &out, 0), 0, UM_INVALID);
	CHECK(um_import_iovec(space, um_addr_of(0), 4, 16, storage, 4, &out, 0), 0, UM_INVALID);
	CHECK(um_import_iovec(space, um_addr_of(0), 0, 8, storage, 4, &out, 128), 0, UM_INVALID);
	CHECK(um_import_iovec(space, um_addr_of(0), 0, 8, storage, 4, &out, UM_IGNORE_PERMS), 0, UM_UNSUPPORTED);
	assert_true(all(storage, sizeof storage, 0xEE));
}

/* c-kernels 1.7: array, then all lengths, then all bases; of two wrong entries the earlier judgement wins. */
static void the_order_of_judgement_is_linux_s(void **state)
{
	struct um_ranges out = um_ranges_of(um_addr_of(1), 1);
	unsigned width;

	for (width = 4; width <= 8; width += 4) {
		uint64_t negative = width == 4 ? 0x80000000 : UINT64_C(1) << 63, most = negative - 1;

		set_up(state);
		bytes.space.last = um_addr_of(width == 4 ? UINT32_MAX : 0x7fffffffffff);
		put(width, 0, 16, most); /* too long for the limits where addresses are wide */
		put(width, 1, 16, 8);
		put(width, 2, 16, negative);
		CHECK(import(3, width, &out), 2, UM_INVALID);
		empty(&out);
		put(width, 2, 16, UINT64_MAX);
		CHECK(import(3, width, &out), 2, UM_INVALID);
		put(width, 2, 16, 8);
		CHECK(import(3, width, &out), width == 4 ? 3 : 0, width == 4 ? UM_OK : UM_RANGE);
		put(width, 0, 0, 8); /* NULL is a matter of the access */
		CHECK(import(3, width, &out), 3, UM_OK);
	}
	set_up(state);
	bytes.space.last = um_addr_of(0x7fffffffffff);
	put(8, 0, 16, 8);
	put(8, 1, 0x800000000000, 0); /* one past the last byte: legal when empty */
	put(8, 2, 0x800000000001, 0); /* asterinas #3720, readv.c of gVisor: empty ones are judged, too */
	CHECK(import(3, 8, &out), 2, UM_RANGE);
	empty(&out);
	CHECK(import(2, 8, &out), 2, UM_OK);
	put(8, 0, UINT64_MAX - 3, 8);
	CHECK(import(2, 8, &out), 0, UM_RANGE);
}

static void a_fault_counts_whole_entries(void **state)
{
	struct um_ranges out = um_ranges_of(um_addr_of(1), 1);
	unsigned width;
	size_t size;

	for (width = 4; width <= 8; width += 4) {
		for (size = 0; size < 64; size++) {
			set_up(state);
			um_bytes_init(&bytes, user, size);
			if (size >= 4 * 2 * width)
				continue;
			CHECK(import(4, width, &out), size / (2 * width), UM_UNMAPPED);
			empty(&out);
		}
	}
	CHECK(um_import_iovec(&bytes.space, um_addr_of(UINT64_MAX - 15), 2, 8, storage, 4, &out, 0), 0, UM_RANGE);
}

/* Law 11: the total is cut, without a complaint, after every base was judged. */
static void the_total_is_cut(void **state)
{
	struct um_ranges out;
	struct um_range piece;

	(void)state;
	put(8, 0, 0, 0x7ffff000 - 10);
	put(8, 1, 0, INT64_MAX);
	put(8, 2, 0, INT64_MAX);
	CHECK(import(3, 8, &out), 3, UM_OK);
	assert_true(out.length == UM_IOV_BYTES_MAX);
	assert_true(um_ranges_next(&out, UINT64_MAX, &piece) && piece.length == 0x7ffff000 - 10);
	assert_true(um_ranges_next(&out, UINT64_MAX, &piece) && piece.length == 10);
	empty(&out);
	put(8, 2, UINT64_MAX, 2); /* behind the cut, and judged all the same */
	CHECK(import(3, 8, &out), 2, UM_RANGE);
}

/* R17: what the program changes after the import has no effect; and the array is fetched once. */
static void the_array_is_a_snapshot(void **state)
{
	struct um_ranges out;
	struct um_range piece;
	struct watched watched;

	(void)state;
	put(4, 0, 100, 8);
	put(4, 1, 200, 8);
	CHECK(um_import_iovec(watch(&watched, &bytes.space), um_addr_of(0), 2, 4, storage, ENTRIES, &out, 0), 2, UM_OK);
	assert_single_fetch(&watched);
	memset(user, 0xFF, USER);
	assert_true(um_ranges_next(&out, 64, &piece) && piece.start.value == 100 && piece.length == 8);
	assert_true(um_ranges_next(&out, 64, &piece) && piece.start.value == 200 && piece.length == 8);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(entries_come_in_both_widths, set_up),
		cmocka_unit_test_setup(counts_are_judged_before_the_array, set_up),
		cmocka_unit_test_setup(the_order_of_judgement_is_linux_s, set_up),
		cmocka_unit_test_setup(a_fault_counts_whole_entries, set_up),
		cmocka_unit_test_setup(the_total_is_cut, set_up),
		cmocka_unit_test_setup(the_array_is_a_snapshot, set_up),
	};

	return cmocka_run_group_tests_name("iovec", tests, NULL, NULL);
}
