/* Mappings of an mm: what may be mapped, unmapped, protected and found, and what a view sees of it. */
#include <stdio.h>
#include "check.h"
#include "../mm_kit.h"

enum { P = UM_MM_PAGE, RW = UM_READ | UM_WRITE, ALL = UM_READ | UM_WRITE | UM_EXEC };

static const uint64_t TOP = ((uint64_t)1 << 47) - 1;

static struct kit kit;
static struct um_mm mm;
static struct um_mm_view view;
static struct um_space *const space = &view.space;

static int begin(void **state)
{
	(void)state;
	assert_true(kit_open(&kit));
	CHECK_STATUS(um_mm_init(&mm, &kit.provider, um_pmap_software(), um_addr_of(P), um_addr_of(TOP)), UM_OK);
	CHECK_STATUS(um_mm_view_open(&view, &mm), UM_OK);
	return 0;
}

static int end(void **state)
{
	(void)state;
	um_close(space);
	um_mm_end(&mm);
	assert_true(kit_close(&kit));
	return 0;
}

static struct um_range pages(uint64_t first, uint64_t count)
{
	return (struct um_range){ um_addr_of(first * P), count * P };
}

static enum um_status map(uint64_t first, uint64_t count, unsigned access, unsigned max, unsigned flags)
{
	struct um_mapping mapping = { pages(first, count), access, max, flags, NULL, 0 };

	return um_mm_map(&mm, &mapping);
}

static uint8_t get(uint64_t addr, enum um_status expected)
{
	uint8_t byte = 0;
	struct um_result got = um_copy_in(space, &byte, um_addr_of(addr), 1, 0);

	CHECK_STATUS(got.status, expected);
	return byte;
}

static void put(uint64_t addr, uint8_t byte, enum um_status expected)
{
	CHECK_STATUS(um_copy_out(space, um_addr_of(addr), &byte, 1, 0).status, expected);
}

/* The mappings, as "first+count:access ". */
static const char *listed(void)
{
	static char text[1024];
	struct um_mapping mapping;
	um_addr from = um_addr_of(0);
	size_t length = 0;

	text[0] = '\0';
	while (um_mm_next(&mm, from, &mapping)) {
		length += (size_t)snprintf(text + length, sizeof text - length, "%lu+%lu:%u ", mapping.range.start.value / P, mapping.range.length / P, mapping.access);
		if (mapping.range.length - 1 == UINT64_MAX - mapping.range.start.value)
			break;
		from = um_addr_of(mapping.range.start.value + mapping.range.length);
	}
	return text;
}

/* ---------------------------------------------------------------- beginning */

static void limits_are_whole_pages(void **state)
{
	static const struct {
		uint64_t first, last;
		enum um_status says;
	} cases[] = {
		{ 0, UINT64_MAX, UM_OK },      { 0, P - 1, UM_OK },         { P, 2 * P - 1, UM_OK },     { 0, P, UM_INVALID },
		{ 1, P - 1, UM_INVALID },      { 0, P - 2, UM_INVALID },    { P, P - 1, UM_INVALID },    { 2 * P, P - 1, UM_INVALID },
		{ 0, UINT64_MAX - 1, UM_INVALID }, { 2048, 8191, UM_INVALID },
	};
	struct um_mm other;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		enum um_status status = um_mm_init(&other, &kit.provider, um_pmap_software(), um_addr_of(cases[i].first), um_addr_of(cases[i].last));

		CHECK_STATUS(status, cases[i].says);
		if (status == UM_OK)
			um_mm_end(&other);
	}
}

static void a_provider_or_pmap_that_lacks_something(void **state)
{
	struct um_mm_provider provider = kit.provider;
	struct um_pmap_ops ops = *um_pmap_software();
	struct um_mm other;

	(void)state;
	provider.try_lock = NULL;
	CHECK_STATUS(um_mm_init(&other, &provider, um_pmap_software(), um_addr_of(0), um_addr_of(TOP)), UM_INVALID);
	provider = kit.provider;
	provider.size--;
	CHECK_STATUS(um_mm_init(&other, &provider, um_pmap_software(), um_addr_of(0), um_addr_of(TOP)), UM_INVALID);
	ops.reclaim = NULL;
	CHECK_STATUS(um_mm_init(&other, &kit.provider, &ops, um_addr_of(0), um_addr_of(TOP)), UM_INVALID);
	ops = *um_pmap_software();
	ops.size = 8;
	CHECK_STATUS(um_mm_init(&other, &kit.provider, &ops, um_addr_of(0), um_addr_of(TOP)), UM_INVALID);
}

static void a_view_promises_what_its_pmap_allows(void **state)
{
	struct um_pmap_ops ops = *um_pmap_software();
	struct um_mm_view other_view;
	struct um_mm other;

	(void)state;
	assert_int_equal(space->can, UM_CAN_WRITE | UM_CAN_ATOMIC | UM_CAN_SINGLE | UM_CAN_NOFAULT | UM_CAN_IGNORE_PERMS | UM_CAN_PERMS | UM_CAN_CHECK | UM_CAN_VISIT);
	assert_int_equal(space->first.value, P);
	assert_int_equal(space->last.value, TOP);
	ops.can = UM_CAN_WRITE | UM_CAN_CHECK | 1u << 30;
	CHECK_STATUS(um_mm_init(&other, &kit.provider, &ops, um_addr_of(0), um_addr_of(TOP)), UM_OK);
	CHECK_STATUS(um_mm_view_open(&other_view, &other), UM_OK);
	assert_int_equal(other_view.space.can, UM_CAN_WRITE | UM_CAN_CHECK);
	um_close(&other_view.space);
	um_mm_end(&other);
}

/* ---------------------------------------------------------------- map, unmap, protect: judged */

static void mappings_that_make_no_sense(void **state)
{
	static const struct um_pager no_read = { .size = sizeof no_read };
	static const struct um_mapping good = { { { 16 * P }, 2 * P }, UM_READ, RW, 0, NULL, 0 };
	struct um_mapping bad[12];
	size_t i;

	(void)state;
	for (i = 0; i < 12; i++)
		bad[i] = good;
	bad[0].range.length = 0;
	bad[1].range.length = P + 1;
	bad[2].range.start.value++;
	bad[3].access = ALL;
	bad[4].access = bad[4].max_access = 8;
	bad[5].max_access |= 16;
	bad[6].flags = 4;
	bad[7].offset = 1;
	bad[8].offset = UINT64_MAX - P + 1;
	bad[9].pager = &no_read;
	bad[10].range.length = UINT64_MAX;
	bad[11].range = (struct um_range){ { 0 }, 0 };
	for (i = 0; i < 12; i++)
		CHECK_STATUS(um_mm_map(&mm, &bad[i]), UM_INVALID);
	assert_string_equal(listed(), "");
	bad[8].range.length = P; /* its last byte is at UINT64_MAX */
	CHECK_STATUS(um_mm_map(&mm, &bad[8]), UM_OK);
}

static void ranges_outside_the_limits(void **state)
{
	static const struct um_range wrong[] = {
		{ { 0 }, P }, { { 0 }, 2 * P }, { { ((uint64_t)1 << 47) - P }, 2 * P }, { { (uint64_t)1 << 47 }, P }, { { P }, 0 - (uint64_t)P }, { { 0 - (uint64_t)P }, P },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct um_mapping mapping = { wrong[i], UM_READ, UM_READ, 0, NULL, 0 };

		CHECK_STATUS(um_mm_map(&mm, &mapping), UM_RANGE);
		CHECK_STATUS(um_mm_unmap(&mm, wrong[i]), UM_RANGE);
		CHECK_STATUS(um_mm_protect(&mm, wrong[i], UM_READ), UM_RANGE);
	}
	CHECK_STATUS(map(1, ((uint64_t)1 << 35) - 1, RW, RW, 0), UM_OK);
	CHECK_STATUS(um_mm_unmap(&mm, (struct um_range){ { P }, 1 }), UM_INVALID);
	CHECK_STATUS(um_mm_unmap(&mm, (struct um_range){ { P }, 0 }), UM_INVALID);
	CHECK_STATUS(um_mm_unmap(&mm, (struct um_range){ { P + 1 }, P }), UM_INVALID);
	CHECK_STATUS(um_mm_protect(&mm, (struct um_range){ { P }, 0 }, 0), UM_INVALID);
	CHECK_STATUS(um_mm_protect(&mm, pages(1, 1), 8), UM_INVALID);
}

static void over_another_without_replace(void **state)
{
	uint64_t first, count;

	(void)state;
	CHECK_STATUS(map(10, 3, RW, RW, 0), UM_OK);
	CHECK_STATUS(map(20, 1, UM_READ, RW, 0), UM_OK);
	for (first = 7; first < 24; first++)
		for (count = 1; count < 16; count++) {
			bool free = (first + count <= 10 || first >= 13) && (first + count <= 20 || first >= 21);

			CHECK_STATUS(map(first, count, RW, RW, 0), free ? UM_OK : UM_INVALID);
			if (free)
				CHECK_STATUS(um_mm_unmap(&mm, pages(first, count)), UM_OK);
			assert_string_equal(listed(), "10+3:3 20+1:1 ");
		}
}

static void protect_wants_all_of_it(void **state)
{
	(void)state;
	CHECK_STATUS(map(10, 2, RW, RW, 0), UM_OK);
	CHECK_STATUS(map(12, 2, UM_READ, UM_READ, 0), UM_OK);
	CHECK_STATUS(map(15, 2, RW, ALL, 0), UM_OK);
	CHECK_STATUS(um_mm_protect(&mm, pages(10, 6), UM_READ), UM_UNMAPPED);
	CHECK_STATUS(um_mm_protect(&mm, pages(10, 6), RW), UM_DENIED); /* comes first */
	CHECK_STATUS(um_mm_protect(&mm, pages(9, 3), UM_READ), UM_UNMAPPED);
	CHECK_STATUS(um_mm_protect(&mm, pages(14, 1), UM_READ), UM_UNMAPPED);
	CHECK_STATUS(um_mm_protect(&mm, pages(16, 2), UM_READ), UM_UNMAPPED);
	assert_string_equal(listed(), "10+2:3 12+2:1 15+2:3 ");
	CHECK_STATUS(um_mm_protect(&mm, pages(11, 2), UM_READ), UM_OK);
	CHECK_STATUS(um_mm_protect(&mm, pages(16, 1), ALL), UM_OK);
	assert_string_equal(listed(), "10+1:3 11+1:1 12+1:1 13+1:1 15+1:3 16+1:7 ");
}

/* ---------------------------------------------------------------- what a view sees */

static void pages_come_on_demand(void **state)
{
	(void)state;
	CHECK_STATUS(map(1, ((uint64_t)1 << 35) - 1, RW, RW, 0), UM_OK);
	assert_int_equal(kit.pages, 0);
	assert_int_equal(get(P, UM_OK), 0);
	put(TOP, 7, UM_OK);
	put((uint64_t)1 << 40, 8, UM_OK);
	assert_int_equal(kit.pages, 3);
	assert_int_equal(get(TOP, UM_OK), 7);
	CHECK_STATUS(um_mm_unmap(&mm, pages(2, ((uint64_t)1 << 35) - 2)), UM_OK); /* at once, whatever its size */
	assert_int_equal(kit.pages, 1);
	get(TOP, UM_UNMAPPED);
	assert_int_equal(get(P, UM_OK), 0);
	CHECK_STATUS(um_mm_unmap(&mm, pages(1, 1)), UM_OK);
	assert_int_equal(kit.bytes, 0); /* and no table is left */
}

static void copies_across_pages_are_exact(void **state)
{
	static unsigned char there[3 * P], back[3 * P];
	struct um_result result;

	(void)state;
	CHECK_STATUS(map(16, 2, RW, RW, 0), UM_OK);
	CHECK_STATUS(map(18, 1, UM_READ, RW, 0), UM_OK);
	pattern(there, sizeof there, 1);
	CHECK(um_copy_out(space, um_addr_of(16 * P + 5), there, sizeof there, 0), 2 * P - 5, UM_DENIED);
	CHECK(um_copy_in(space, back, um_addr_of(16 * P + 5), sizeof back, 0), 3 * P - 5, UM_UNMAPPED);
	assert_memory_equal(there, back, 2 * P - 5);
	assert_true(all(back + 2 * P - 5, P, 0));
	result = um_copy_out(space, um_addr_of(16 * P), there, sizeof there, UM_IGNORE_PERMS);
	CHECK(result, 3 * P, UM_OK);
	CHECK(um_fill(space, um_addr_of(16 * P), 9, sizeof there, UM_NOFAULT), 2 * P, UM_DENIED);
	CHECK(um_copy_in(space, back, um_addr_of(16 * P), sizeof back, 0), 3 * P, UM_OK);
	assert_true(all(back, 2 * P, 9));
	assert_memory_equal(back + 2 * P, there + 2 * P, P);
}

static void ignoring_protections_stops_at_the_most_there_is(void **state)
{
	(void)state;
	CHECK_STATUS(map(16, 1, 0, UM_READ, 0), UM_OK);
	CHECK_STATUS(map(17, 1, 0, UM_WRITE, 0), UM_OK);
	uint8_t byte = 1;

	CHECK(um_copy_in(space, &byte, um_addr_of(16 * P), 1, 0), 0, UM_DENIED);
	CHECK(um_copy_in(space, &byte, um_addr_of(16 * P), 1, UM_IGNORE_PERMS), 1, UM_OK);
	CHECK(um_copy_out(space, um_addr_of(16 * P), &byte, 1, UM_IGNORE_PERMS), 0, UM_DENIED);
	CHECK(um_copy_in(space, &byte, um_addr_of(17 * P), 1, UM_IGNORE_PERMS), 0, UM_DENIED);
	CHECK(um_copy_out(space, um_addr_of(17 * P), &byte, 1, UM_IGNORE_PERMS), 1, UM_OK);
	CHECK(um_copy_out(space, um_addr_of(18 * P), &byte, 1, UM_IGNORE_PERMS), 0, UM_UNMAPPED);
	CHECK_STATUS(um_mm_protect(&mm, pages(17, 1), UM_READ), UM_DENIED);
}

static void protections_are_taken_and_given(void **state)
{
	(void)state;
	CHECK_STATUS(map(16, 4, RW, ALL, 0), UM_OK);
	put(17 * P, 5, UM_OK);
	CHECK_STATUS(um_mm_protect(&mm, pages(16, 4), 0), UM_OK);
	get(17 * P, UM_DENIED);
	put(17 * P, 6, UM_DENIED);
	CHECK_STATUS(um_mm_protect(&mm, pages(16, 4), UM_READ), UM_OK);
	assert_int_equal(get(17 * P, UM_OK), 5);
	put(17 * P, 6, UM_DENIED);
	CHECK_STATUS(um_mm_protect(&mm, pages(16, 4), UM_WRITE), UM_OK);
	put(17 * P, 6, UM_OK);
	get(17 * P, UM_DENIED);
	CHECK_STATUS(um_mm_protect(&mm, pages(16, 4), UM_EXEC), UM_OK);
	get(17 * P, UM_DENIED);
	CHECK(um_check(space, pages(16, 4), UM_EXEC, 0), 4 * P, UM_OK);
	CHECK_STATUS(um_mm_protect(&mm, pages(16, 4), ALL), UM_OK);
	assert_int_equal(get(17 * P, UM_OK), 6);
	assert_int_equal(kit.pages, 1);
}

static void replacing_is_one_step(void **state)
{
	(void)state;
	CHECK_STATUS(map(16, 4, RW, RW, 0), UM_OK);
	put(16 * P, 1, UM_OK);
	put(17 * P, 2, UM_OK);
	put(19 * P, 3, UM_OK);
	CHECK_STATUS(map(17, 2, UM_READ, RW, UM_MAP_REPLACE), UM_OK);
	assert_string_equal(listed(), "16+1:3 17+2:1 19+1:3 ");
	assert_int_equal(get(16 * P, UM_OK), 1);
	assert_int_equal(get(17 * P, UM_OK), 0);
	assert_int_equal(get(19 * P, UM_OK), 3);
	CHECK_STATUS(map(10, 20, UM_WRITE, RW, UM_MAP_REPLACE), UM_OK);
	assert_string_equal(listed(), "10+20:2 ");
	assert_int_equal(kit.pages, 0);
}

static void what_is_present_and_what_would_fault(void **state)
{
	struct um_atomic_access load = { .op = UM_LOAD, .size = 4 };
	unsigned char bytes[2 * P];

	(void)state;
	CHECK_STATUS(map(16, 2, RW, RW, 0), UM_OK);
	CHECK(um_copy_in(space, bytes, um_addr_of(16 * P), 8, UM_NOFAULT), 0, UM_WOULD_FAULT);
	CHECK_STATUS(um_atomic(space, um_addr_of(16 * P), &load, UM_NOFAULT), UM_WOULD_FAULT);
	CHECK(um_check(space, pages(16, 2), UM_READ, UM_NOFAULT), 0, UM_WOULD_FAULT);
	CHECK(um_check(space, pages(16, 2), UM_READ, 0), 2 * P, UM_OK);
	assert_int_equal(kit.pages, 0);
	CHECK(um_populate(space, (struct um_range){ { 16 * P + 100 }, 1 }, UM_READ, 0), 1, UM_OK);
	CHECK(um_copy_in(space, bytes, um_addr_of(16 * P), 2 * P, UM_NOFAULT), P, UM_WOULD_FAULT);
	CHECK(um_check(space, pages(16, 2), UM_READ, UM_NOFAULT), P, UM_WOULD_FAULT);
	CHECK_STATUS(um_atomic(space, um_addr_of(16 * P), &load, UM_NOFAULT), UM_OK);
	kit.provider.lock(&kit.provider, &mm.lock); /* present is done without the lock, and nothing waits for it */
	CHECK(um_copy_in(space, bytes, um_addr_of(16 * P), P, UM_NOFAULT), P, UM_OK);
	CHECK(um_copy_in(space, bytes, um_addr_of(17 * P), 1, UM_NOFAULT), 0, UM_WOULD_FAULT);
	CHECK(um_check(space, pages(16, 1), UM_READ, UM_NOFAULT), 0, UM_WOULD_FAULT);
	kit.provider.unlock(&kit.provider, &mm.lock);
}

/* ---------------------------------------------------------------- questions */

static void gaps(void **state)
{
	um_addr at = um_addr_of(99);

	(void)state;
	assert_true(um_mm_find_gap(&mm, um_addr_of(0), P, P, &at));
	assert_int_equal(at.value, P);
	CHECK_STATUS(map(1, 3, RW, RW, 0), UM_OK);
	CHECK_STATUS(map(6, 1, RW, RW, 0), UM_OK);
	CHECK_STATUS(map(10, 10, RW, RW, 0), UM_OK);
	assert_true(um_mm_find_gap(&mm, um_addr_of(0), 1, P, &at));
	assert_int_equal(at.value, 4 * P);
	assert_true(um_mm_find_gap(&mm, um_addr_of(0), 2 * P + 1, P, &at));
	assert_int_equal(at.value, 7 * P);
	assert_true(um_mm_find_gap(&mm, um_addr_of(0), 2 * P, 8 * P, &at));
	assert_int_equal(at.value, 8 * P);
	assert_true(um_mm_find_gap(&mm, um_addr_of(4 * P + 1), P, P, &at));
	assert_int_equal(at.value, 5 * P);
	assert_true(um_mm_find_gap(&mm, um_addr_of(4 * P + 1), 2 * P, P, &at));
	assert_int_equal(at.value, 7 * P);
	assert_true(um_mm_find_gap(&mm, um_addr_of(0), 4 * P, P, &at));
	assert_int_equal(at.value, 20 * P);
	assert_true(um_mm_find_gap(&mm, um_addr_of(0), TOP + 1 - 20 * P, P, &at));
	assert_false(um_mm_find_gap(&mm, um_addr_of(0), TOP + 1 - 19 * P, P, &at));
	assert_false(um_mm_find_gap(&mm, um_addr_of(TOP + 1), P, P, &at));
	assert_false(um_mm_find_gap(&mm, um_addr_of(UINT64_MAX), P, P, &at));
	assert_false(um_mm_find_gap(&mm, um_addr_of(0), 0, P, &at));
	assert_false(um_mm_find_gap(&mm, um_addr_of(0), UINT64_MAX, P, &at));
	assert_false(um_mm_find_gap(&mm, um_addr_of(0), P, P - 1, &at));
	assert_false(um_mm_find_gap(&mm, um_addr_of(0), P, 3 * P, &at));
	assert_false(um_mm_find_gap(&mm, um_addr_of(0), P, 0, &at));
	assert_false(um_mm_find_gap(&mm, um_addr_of(P), P, (uint64_t)1 << 63, &at));
	assert_int_equal(at.value, 20 * P);
}

static void next_tells_all_of_a_mapping(void **state)
{
	struct um_mapping mapping = { pages(16, 4), UM_READ, RW, UM_MAP_SHARED | UM_MAP_REPLACE, NULL, 3 * P }, got;

	(void)state;
	assert_false(um_mm_next(&mm, um_addr_of(0), &got));
	CHECK_STATUS(um_mm_map(&mm, &mapping), UM_OK);
	CHECK_STATUS(um_mm_unmap(&mm, pages(17, 1)), UM_OK);
	assert_true(um_mm_next(&mm, um_addr_of(17 * P), &got));
	assert_int_equal(got.range.start.value, 18 * P);
	assert_int_equal(got.range.length, 2 * P);
	assert_int_equal(got.offset, 5 * P);
	assert_int_equal(got.access, UM_READ);
	assert_int_equal(got.max_access, RW);
	assert_int_equal(got.flags, UM_MAP_SHARED);
	assert_null(got.pager);
	assert_true(um_mm_next(&mm, um_addr_of(17 * P - 1), &got));
	assert_int_equal(got.range.start.value, 16 * P);
	assert_true(um_mm_next(&mm, um_addr_of(20 * P - 1), &got));
	assert_false(um_mm_next(&mm, um_addr_of(20 * P), &got));
	assert_false(um_mm_next(&mm, um_addr_of(UINT64_MAX), &got));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(limits_are_whole_pages),
		TEST(a_provider_or_pmap_that_lacks_something),
		TEST(a_view_promises_what_its_pmap_allows),
		TEST(mappings_that_make_no_sense),
		TEST(ranges_outside_the_limits),
		TEST(over_another_without_replace),
		TEST(protect_wants_all_of_it),
		TEST(pages_come_on_demand),
		TEST(copies_across_pages_are_exact),
		TEST(ignoring_protections_stops_at_the_most_there_is),
		TEST(protections_are_taken_and_given),
		TEST(replacing_is_one_step),
		TEST(what_is_present_and_what_would_fault),
		TEST(gaps),
		TEST(next_tells_all_of_a_mapping),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
