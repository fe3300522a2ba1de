/* A guest's map: hostile lists of slots, lookups among thousands. */
#include <stdlib.h>
#include "guest_kit.h"

/* ---------------------------------------------------------------- maps */

static unsigned char page[2 * PAGE] __attribute__((aligned(8)));
static uint64_t bitmap[2];

static struct um_guest_slot slot_at(uint64_t start, uint64_t length)
{
	return (struct um_guest_slot){ { { start }, length }, page, bitmap, RW };
}

static void assert_refused(const struct um_guest_slot *slots, size_t count)
{
	struct um_guest_map map = { NULL, 77, count_barrier };

	CHECK_STATUS(um_guest_map_init(&map, slots, count, NULL), UM_INVALID);
	assert_true(map.slots == NULL && map.count == 77 && map.barrier == count_barrier);
}

static void slots_that_are_none(void **state)
{
	static const struct um_range ranges[] = {
		{ { 0 }, 0 }, { { PAGE }, 0 }, { { UINT64_MAX - PAGE + 1 }, 0 }, { { 1 }, PAGE }, { { 8 }, PAGE }, { { PAGE / 2 }, PAGE }, { { 0 }, 1 },
		{ { 0 }, PAGE - 1 }, { { 0 }, PAGE + 1 }, { { PAGE }, UINT64_MAX }, { { 0 }, UINT64_MAX }, { { UINT64_MAX }, PAGE },
		{ { UINT64_MAX - PAGE + 1 }, 2 * PAGE }, { { 2 * PAGE }, UINT64_MAX - PAGE + 1 },
		{ { UINT64_MAX / 2 + 1 }, UINT64_MAX / 2 + 1 + PAGE },
	};
	static const unsigned accesses[] = { 0, 8, RW | 8, 1u << 31, ~0u };
	struct um_guest_slot slot;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
		slot = slot_at(ranges[i].start.value, ranges[i].length);
		assert_refused(&slot, 1);
	}
	for (i = 0; i < sizeof accesses / sizeof accesses[0]; i++) {
		slot = slot_at(0, PAGE);
		slot.access = accesses[i];
		assert_refused(&slot, 1);
	}
	for (i = 1; i < 8; i++) {
		slot = slot_at(0, PAGE);
		slot.host = page + i;
		assert_refused(&slot, 1);
		slot = slot_at(0, PAGE);
		slot.dirty = (uint64_t *)((uintptr_t)bitmap + i);
		assert_refused(&slot, 1);
	}
	slot = slot_at(0, PAGE);
	slot.host = NULL;
	assert_refused(&slot, 1);
	slot = slot_at(0, 2 * PAGE); /* its second page passes the end of ours */
	slot.host = (void *)(UINTPTR_MAX - PAGE + 1);
	assert_refused(&slot, 1);
}

static void slots_that_are_sound(void **state)
{
	static const unsigned accesses[] = { UM_READ, UM_WRITE, RW, UM_EXEC, RW | UM_EXEC };
	struct um_guest_slot slot;
	struct um_guest_map map;
	struct um_guest guest;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof accesses / sizeof accesses[0]; i++) {
		slot = slot_at(0, PAGE);
		slot.access = accesses[i];
		slot.dirty = NULL;
		CHECK_STATUS(um_guest_map_init(&map, &slot, 1, count_barrier), UM_OK);
		assert_true(map.slots == &slot && map.count == 1 && map.barrier == count_barrier);
	}
	/* The last page of all: its end is no address. */
	slot = slot_at(UINT64_MAX - PAGE + 1, PAGE);
	CHECK_STATUS(um_guest_map_init(&map, &slot, 1, NULL), UM_OK);
	um_guest_init(&guest, &map);
	page[PAGE - 1] = 42;
	CHECK(um_copy_in(&guest.space, page + PAGE, um_addr_of(UINT64_MAX), 1, 0), 1, UM_OK);
	assert_int_equal(page[PAGE], 42);
	CHECK(um_copy_in(&guest.space, page + PAGE, um_addr_of(UINT64_MAX), 2, 0), 0, UM_RANGE);
	CHECK(um_fill(&guest.space, um_addr_of(UINT64_MAX - PAGE + 1), 1, PAGE, 0), PAGE, UM_OK);
	CHECK(um_copy_in(&guest.space, page + PAGE, um_addr_of(UINT64_MAX - PAGE), 2, 0), 0, UM_UNMAPPED);
	/* All but the last page of all, of which no byte is touched. */
	slot = slot_at(0, 0 - (uint64_t)PAGE);
	slot.host = (void *)8;
	slot.dirty = NULL;
	CHECK_STATUS(um_guest_map_init(&map, &slot, 1, NULL), UM_OK);
	CHECK(um_check(&guest.space, (struct um_range){ { 1 }, UINT64_MAX }, UM_READ, 0), 0 - (size_t)PAGE - 1, UM_UNMAPPED);
}

static void slots_that_overlap(void **state)
{
	/* Second pages that are the other's first; the same twice; one within the other; across the end. */
	static const uint64_t overlapping[][2][2] = {
		{ { 0, 2 }, { 1, 2 } }, { { 5, 1 }, { 5, 1 } }, { { 0, 9 }, { 3, 1 } }, { { 7, 3 }, { 9, 1 } },
		{ { 0, 0xffffffffffffe }, { 0xffffffffffffd, 1 } },
	};
	struct um_guest_slot slots[3];
	struct um_guest_map map;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof overlapping / sizeof overlapping[0]; i++) {
		slots[0] = slot_at(overlapping[i][0][0] * PAGE, overlapping[i][0][1] * PAGE);
		slots[1] = slot_at(overlapping[i][1][0] * PAGE, overlapping[i][1][1] * PAGE);
		slots[2] = slot_at((uint64_t)0xffffffffffffe * PAGE, PAGE);
		slots[0].host = slots[1].host = (void *)8;
		assert_refused(slots, 3);
	}
	slots[0] = slot_at(0, PAGE); /* touching is no overlap */
	slots[1] = slot_at(PAGE, PAGE);
	slots[2] = slot_at(2 * PAGE, PAGE);
	CHECK_STATUS(um_guest_map_init(&map, slots, 3, NULL), UM_OK);
	assert_true(map.slots == slots && map.count == 3);
}

/* Each pair of places exchanged, among them the first page of all and the last. */
static void slots_out_of_order(void **state)
{
	static const uint64_t starts[] = { 0, 1, 5, 0xffffffffffffe, 0xfffffffffffff };
	struct um_guest_slot slots[5];
	struct um_guest_map map;
	size_t i, j, k;

	(void)state;
	for (i = 0; i < 5; i++) {
		for (j = i; j < 5; j++) {
			for (k = 0; k < 5; k++)
				slots[k] = slot_at(starts[k == i ? j : k == j ? i : k] * PAGE, PAGE);
			if (i == j)
				CHECK_STATUS(um_guest_map_init(&map, slots, 5, NULL), UM_OK);
			else
				assert_refused(slots, 5);
		}
	}
}

static void a_machine_without_memory(void **state)
{
	struct um_guest_map map;
	struct um_guest guest;
	uint64_t bits = 1;

	(void)state;
	CHECK_STATUS(um_guest_map_init(&map, NULL, 0, NULL), UM_OK);
	um_guest_init(&guest, &map);
	CHECK(um_fill(&guest.space, um_addr_of(0), 1, 8, 0), 0, UM_UNMAPPED);
	CHECK(um_check(&guest.space, (struct um_range){ { 0 }, UINT64_MAX }, UM_READ, 0), 0, UM_UNMAPPED);
	um_guest_mark_dirty(&guest, (struct um_range){ { 0 }, UINT64_MAX });
	assert_int_equal(um_guest_take_dirty(&map, 0, 0, &bits, 1), 0);
	assert_int_equal(bits, 0);
}

/* ---------------------------------------------------------------- lookups */

enum { MANY = 4096 };

static struct um_result note_block(void *context, const struct um_block *blocks, size_t count)
{
	*(struct um_block *)context = blocks[0];
	assert_int_equal(count, 1);
	return (struct um_result){ blocks[0].length, UM_OK, UM_ONLY_SIDE };
}

/* Where addr is by a look at each slot; NULL: nowhere. */
static unsigned char *by_hand(const struct um_guest_slot *slots, size_t count, uint64_t addr)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (addr >= slots[i].range.start.value && addr - slots[i].range.start.value < slots[i].range.length)
			return (unsigned char *)slots[i].host + (addr - slots[i].range.start.value);
	return NULL;
}

static void assert_found(struct um_guest *guest, const struct um_guest_slot *slots, size_t count, uint64_t addr)
{
	struct um_block block = { NULL, 0, false };
	struct um_result result = um_visit(&guest->space, um_ranges_of(um_addr_of(addr), 1), UM_READ, 0, note_block, &block);
	unsigned char *host = by_hand(slots, count, addr);

	CHECK(result, host != NULL, host ? UM_OK : UM_UNMAPPED);
	assert_ptr_equal(block.ptr, host);
}

/* The edges of every slot, one after the other and at random, whatever was found before. */
static void lookups_among_counts(void **state)
{
	static const size_t counts[] = { 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 100, 512, MANY };
	unsigned char *memory = memory_of((size_t)MANY * PAGE);
	struct um_guest_slot *slots = malloc(MANY * sizeof *slots);
	struct um_guest_map map;
	struct um_guest guest;
	size_t c, i, count;
	uint64_t start;

	(void)state;
	for (c = 0; c < sizeof counts / sizeof counts[0]; c++) {
		for (i = 0, count = counts[c], start = c % 2 * PAGE; i < count; i++) {
			slots[i] = (struct um_guest_slot){ { { start }, i % 3 == 2 ? 2 * PAGE : PAGE }, memory + (MANY - 1 - i) * PAGE, NULL, RW };
			start += slots[i].range.length + (i % 4 == 0 ? 0 : random_below(5) * PAGE);
		}
		CHECK_STATUS(um_guest_map_init(&map, slots, count, NULL), UM_OK);
		um_guest_init(&guest, &map);
		for (i = 0; i < 2 * (count < 64 ? count : 64); i++) {
			size_t at = i % 2 ? random_below((unsigned)count) : i / 2;
			struct um_range range = slots[at].range;

			assert_found(&guest, slots, count, range.start.value);
			assert_found(&guest, slots, count, range.start.value - 1);
			assert_found(&guest, slots, count, range.start.value + range.length - 1);
			assert_found(&guest, slots, count, range.start.value + range.length);
		}
		assert_found(&guest, slots, count, UINT64_MAX);
	}
	munmap(memory, (size_t)MANY * PAGE);
	free(slots);
}

static void a_map_in_the_place_of_another(void **state)
{
	struct um_guest_slot many[5], one = slot_at(9 * PAGE, PAGE);
	struct um_guest_map first, second;
	struct um_guest guest;
	size_t i;

	(void)state;
	for (i = 0; i < 5; i++)
		many[i] = slot_at(i * PAGE, PAGE);
	one.host = page + PAGE;
	CHECK_STATUS(um_guest_map_init(&first, many, 5, NULL), UM_OK);
	CHECK_STATUS(um_guest_map_init(&second, &one, 1, NULL), UM_OK);
	um_guest_init(&guest, &first);
	CHECK(um_fill(&guest.space, um_addr_of(4 * PAGE), 1, 8, 0), 8, UM_OK); /* the last slot is remembered */
	assert_ptr_equal(um_guest_replace(&guest, &second), &first);
	CHECK(um_fill(&guest.space, um_addr_of(4 * PAGE), 1, 8, 0), 0, UM_UNMAPPED);
	CHECK(um_fill(&guest.space, um_addr_of(9 * PAGE), 2, 8, 0), 8, UM_OK);
	assert_true(all(page + PAGE, 8, 2) && all(page, 8, 1));
	assert_ptr_equal(um_guest_replace(&guest, &first), &second);
	CHECK(um_fill(&guest.space, um_addr_of(9 * PAGE), 1, 8, 0), 0, UM_UNMAPPED);
	CHECK(um_fill(&guest.space, um_addr_of(0), 3, 8, 0), 8, UM_OK);
	assert_true(all(page, 8, 3));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(slots_that_are_none),
		cmocka_unit_test(slots_that_are_sound),
		cmocka_unit_test(slots_that_overlap),
		cmocka_unit_test(slots_out_of_order),
		cmocka_unit_test(a_machine_without_memory),
		cmocka_unit_test(lookups_among_counts),
		cmocka_unit_test(a_map_in_the_place_of_another),
	};

	return cmocka_run_group_tests_name("guest_map", tests, NULL, NULL);
}
