/* No memory: the k-th allocation of every call fails, for every k; nothing is changed, nothing is lost, and the call works after it. */
#include "check.h"
#include "../mm_kit.h"

enum { P = UM_MM_PAGE, RW = UM_READ | UM_WRITE };

static struct kit kit;
static struct um_mm mm, child;
static struct um_mm_view view;

static enum um_status generate(const struct um_pager *pager, uint64_t offset, void *page)
{
	(void)pager;
	memset(page, (int)(offset / P), P);
	return UM_OK;
}

static const struct um_pager pager = { .size = sizeof pager, .read = generate };

static enum um_status map(uint64_t first, uint64_t count, unsigned flags, const struct um_pager *from)
{
	struct um_mapping mapping = { { um_addr_of(first * P), count * P }, RW, RW, flags, from, 0 };

	return um_mm_map(&mm, &mapping);
}

/* ---------------------------------------------------------------- the calls; each leaves the mm as it was, where it works */

static enum um_status call_map(void)
{
	enum um_status status = map(100, 2, 0, NULL);

	return status == UM_OK ? um_mm_unmap(&mm, (struct um_range){ { 100 * P }, 2 * P }) : status;
}

static enum um_status call_map_shared(void)
{
	enum um_status status = map(100, 2, UM_MAP_SHARED, NULL);

	return status == UM_OK ? um_mm_unmap(&mm, (struct um_range){ { 100 * P }, 2 * P }) : status;
}

static enum um_status call_replace(void)
{
	return map(18, 2, UM_MAP_REPLACE | UM_MAP_SHARED, NULL);
}

static enum um_status call_unmap(void)
{
	return um_mm_unmap(&mm, (struct um_range){ { 18 * P }, P });
}

static enum um_status call_protect(void)
{
	return um_mm_protect(&mm, (struct um_range){ { 18 * P }, P }, UM_READ);
}

static enum um_status call_protect_two(void)
{
	return um_mm_protect(&mm, (struct um_range){ { 23 * P }, 2 * P }, UM_READ);
}

static enum um_status call_fork(void)
{
	enum um_status status = um_mm_fork(&child, &mm);

	if (status == UM_OK)
		um_mm_end(&child);
	return status;
}

/* Pages of all kinds, each in tables of their own. */
static enum um_status touch(uint64_t page)
{
	unsigned char byte = 7;

	return um_copy_out(&view.space, um_addr_of(page * P), &byte, 1, 0).status;
}

static enum um_status call_touch_zeroes(void)
{
	return touch(1 << 20);
}

static enum um_status call_touch_shared(void)
{
	return touch(2 << 20);
}

static enum um_status call_touch_paged(void)
{
	return touch(3 << 20);
}

static enum um_status call_touch_paged_shared(void)
{
	return touch(4 << 20);
}

static enum um_status call_copy_on_write(void)
{
	enum um_status status = touch(17);

	return status;
}

/* ---------------------------------------------------------------- what is there */

static void begin(void)
{
	static const unsigned flags[] = { 0, UM_MAP_SHARED };
	uint64_t i;

	assert_true(kit_open(&kit));
	CHECK_STATUS(um_mm_init(&mm, &kit.provider, um_pmap_software(), um_addr_of(0), um_addr_of(((uint64_t)1 << 47) - 1)), UM_OK);
	CHECK_STATUS(um_mm_view_open(&view, &mm), UM_OK);
	CHECK_STATUS(map(16, 8, 0, NULL), UM_OK);
	CHECK_STATUS(map(24, 4, 0, &pager), UM_OK);
	for (i = 0; i < 4; i++)
		CHECK_STATUS(map((i + 1) << 20, 2, flags[i % 2], i >= 2 ? &pager : NULL), UM_OK);
	for (i = 16; i < 28; i++)
		CHECK_STATUS(touch(i), UM_OK);
}

/* Mappings and their bytes, without touching what is not there. */
static uint64_t picture(void)
{
	struct um_mapping mapping;
	um_addr from = um_addr_of(0);
	uint64_t hash = 1;

	while (um_mm_next(&mm, from, &mapping)) {
		uint64_t i;

		from = um_addr_of(mapping.range.start.value + mapping.range.length);
		hash = hash * 31 + mapping.range.start.value / P;
		hash = hash * 31 + mapping.range.length / P * 8 + mapping.access;
		hash = hash * 31 + mapping.flags * 2 + (mapping.pager != NULL);
		for (i = mapping.range.start.value; i < from.value; i += P) {
			unsigned char byte = 0;
			struct um_result got = um_copy_in(&view.space, &byte, um_addr_of(i), 1, UM_NOFAULT);

			hash = hash * 31 + byte + (unsigned)got.status * 256;
		}
	}
	return hash;
}

static void every_allocation_fails_once(void **state)
{
	static const struct {
		const char *name;
		enum um_status (*call)(void);
		bool forked; /* a child has all pages too */
		long allocations; /* that the call wants, less what an object keeps from a failed one */
	} cases[] = {
		{ "map", call_map, false, 1 },
		{ "map shared", call_map_shared, false, 2 },
		{ "replace", call_replace, false, 3 },
		{ "unmap", call_unmap, false, 1 },
		{ "protect", call_protect, false, 2 },
		{ "protect two", call_protect_two, false, 2 },
		{ "fork", call_fork, false, 10 },
		{ "touch zeroes", call_touch_zeroes, false, 3 },
		{ "touch shared", call_touch_shared, false, 3 },
		{ "touch paged", call_touch_paged, false, 3 },
		{ "touch paged and shared", call_touch_paged_shared, false, 3 },
		{ "copy on write", call_copy_on_write, true, 1 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		long failing = 0, before, pages;
		enum um_status status = UM_NO_MEMORY;
		struct um_mm other;
		uint64_t as_it_was;

		begin();
		if (cases[i].forked)
			CHECK_STATUS(um_mm_fork(&other, &mm), UM_OK);
		as_it_was = picture();
		while (status != UM_OK) {
			before = kit.bytes;
			pages = kit.pages;
			kit.allocations = 0;
			kit.fail_at = ++failing;
			status = cases[i].call();
			if (status == UM_OK)
				break;
			CHECK_STATUS(status, UM_NO_MEMORY);
			kit.fail_at = 0;
			assert_int_equal(picture(), as_it_was);
			assert_true(kit.bytes <= before + 3 * P); /* tables on the way to an object's page may stay with it */
			assert_true(kit.pages <= pages + 1);      /* and the page */
			if (cases[i].call != call_touch_shared && cases[i].call != call_touch_paged_shared) {
				assert_int_equal(kit.bytes, before);
				assert_int_equal(kit.pages, pages);
			}
		}
		if (failing - 1 != cases[i].allocations)
			fail_msg("%s: %ld allocations", cases[i].name, failing - 1);
		kit.fail_at = 0;
		if (cases[i].forked)
			um_mm_end(&other);
		um_close(&view.space);
		um_mm_end(&mm);
		assert_true(kit_close(&kit));
	}
}

/* From some allocation on there is no memory at all: what can be done without still is, and the end frees everything. */
static void no_memory_at_all(void **state)
{
	unsigned char byte = 5;

	(void)state;
	begin();
	kit.allocations = 0;
	kit.fail_on = true;
	kit.fail_at = 1;
	CHECK_STATUS(call_map(), UM_NO_MEMORY);
	CHECK_STATUS(call_unmap(), UM_NO_MEMORY);
	CHECK_STATUS(call_fork(), UM_NO_MEMORY);
	CHECK(um_copy_out(&view.space, um_addr_of(((uint64_t)1 << 20) * P), &byte, 1, 0), 0, UM_NO_MEMORY);
	CHECK(um_populate(&view.space, (struct um_range){ { 20 * P }, 5 * P }, UM_WRITE, 0), 5 * P, UM_OK);
	CHECK_STATUS(um_mm_protect(&mm, (struct um_range){ { 16 * P }, 8 * P }, UM_READ), UM_OK);
	CHECK_STATUS(um_mm_unmap(&mm, (struct um_range){ { 16 * P }, 4 * P }), UM_OK);
	CHECK_STATUS(um_mm_unmap(&mm, (struct um_range){ { 0 }, 30 * P }), UM_OK);
	um_close(&view.space);
	um_mm_end(&mm);
	assert_true(kit_close(&kit));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_allocation_fails_once),
		cmocka_unit_test(no_memory_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
