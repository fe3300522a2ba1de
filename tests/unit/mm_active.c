/* A view while this processor translates by its pmap: copies by the program's own addresses, here this process's. */
#include <usermem/port.h>
#include "check.h"
#include "../mm_kit.h"
#include "under.h"

enum { P = UM_MM_PAGE, PAGES = 16, RW = UM_READ | UM_WRITE };

static struct kit kit;
static struct um_mm mm;
static struct um_mm_view view;
static struct um_space *const space = &view.space;
static uint64_t base;
static unsigned asked;

static enum um_status generate(const struct um_pager *pager, uint64_t offset, void *page)
{
	(void)pager;
	asked++;
	memset(page, (int)(offset / P), P);
	return offset / P == 3 ? UM_REFUSED : UM_OK;
}

static const struct um_pager pager = { .size = sizeof pager, .read = generate };

/* Within a test: the port's handlers go over cmocka's. */
static void begin(void)
{
	asked = 0;
	region_is_active = true;
	base = region_reserve(PAGES * P).value;
	assert_true(base != 0 && kit_open(&kit));
	CHECK_STATUS(um_port_open(), UM_OK);
	CHECK_STATUS(um_mm_init(&mm, &kit.provider, region_pmap(), um_addr_of(base), um_addr_of(base + PAGES * P - 1)), UM_OK);
	CHECK_STATUS(um_mm_view_open(&view, &mm), UM_OK);
}

static void end(void)
{
	um_close(space);
	um_mm_end(&mm);
	um_port_close();
	munmap((void *)(uintptr_t)(base - PAGES * P), 3 * PAGES * P);
	assert_true(kit_close(&kit));
}

static void map(uint64_t first, uint64_t count, unsigned access, const struct um_pager *from)
{
	struct um_mapping mapping = { { um_addr_of(base + first * P), count * P }, access, RW, 0, from, 0 };

	CHECK_STATUS(um_mm_map(&mm, &mapping), UM_OK);
}

static um_addr at(uint64_t offset)
{
	return um_addr_of(base + offset);
}

static void copies_are_by_the_address(void **state)
{
	unsigned char bytes[64];

	(void)state;
	begin();
	map(0, 4, RW, NULL);
	pattern(bytes, sizeof bytes, 1);
	CHECK(um_copy_out(space, at(P - 5), bytes, sizeof bytes, 0), sizeof bytes, UM_OK);
	assert_memory_equal((void *)(uintptr_t)(base + P - 5), bytes, sizeof bytes);
	*(volatile unsigned char *)(uintptr_t)(base + P) = 99; /* the program writes, too */
	CHECK(um_copy_in(space, bytes, at(P - 5), sizeof bytes, 0), sizeof bytes, UM_OK);
	assert_int_equal(bytes[5], 99);
	region_is_active = false; /* by frames: the same bytes */
	CHECK(um_copy_in(space, bytes, at(P), 1, 0), 1, UM_OK);
	assert_int_equal(bytes[0], 99);
	CHECK(um_fill(space, at(P), 7, 2, 0), 2, UM_OK);
	region_is_active = true;
	CHECK(um_copy_in(space, bytes, at(P), 2, UM_NOFAULT), 2, UM_OK);
	assert_int_equal(bytes[1], 7);
	end();
}

/* Page after page is made present on the way, up to the first that cannot be. */
static void faults_are_cured_until_one_is_not(void **state)
{
	static unsigned char bytes[8 * P];
	size_t n;

	(void)state;
	begin();
	map(0, 5, RW, &pager);
	CHECK(um_copy_in(space, bytes, at(100), sizeof bytes, UM_NOFAULT), 0, UM_WOULD_FAULT);
	CHECK(um_copy_in(space, bytes, at(100), sizeof bytes, 0), 3 * P - 100, UM_BUS);
	assert_true(all(bytes + P - 100, P, 1));
	assert_int_equal(asked, 4);
	CHECK(um_copy_in(space, bytes, at(100), sizeof bytes, UM_NOFAULT), 3 * P - 100, UM_WOULD_FAULT);
	CHECK(um_copy_in(space, bytes, at(4 * P + 1), sizeof bytes, 0), P - 1, UM_UNMAPPED);
	CHECK_STATUS(um_mm_protect(&mm, (struct um_range){ at(2 * P), P }, UM_READ), UM_OK);
	for (n = 0; n < 130; n++) {
		CHECK(um_fill(space, at(2 * P - n), 9, 200, 0), n, UM_DENIED);
		CHECK(um_copy_out(space, at(2 * P - n), bytes, 200, 0), n, UM_DENIED);
		CHECK(um_copy_in(space, bytes, at(3 * P - n), 200, 0), n, UM_BUS);
	}
	end();
}

static void past_protections_by_frames(void **state)
{
	unsigned char byte = 5;

	(void)state;
	begin();
	map(0, 1, 0, NULL);
	CHECK(um_copy_out(space, at(0), &byte, 1, 0), 0, UM_DENIED);
	CHECK(um_copy_out(space, at(0), &byte, 1, UM_IGNORE_PERMS), 1, UM_OK);
	CHECK(um_copy_in(space, &byte, at(0), 1, 0), 0, UM_DENIED);
	CHECK_STATUS(um_mm_protect(&mm, (struct um_range){ at(0), P }, UM_READ), UM_OK);
	byte = 0;
	CHECK(um_copy_in(space, &byte, at(0), 1, 0), 1, UM_OK);
	assert_int_equal(byte, 5);
	end();
}

static void single_accesses(void **state)
{
	struct um_atomic_access add = { .op = UM_ADD, .size = 8, .operand = 5 }, load = { .op = UM_LOAD, .size = 2 };

	(void)state;
	begin();
	map(0, 2, RW, NULL);
	map(2, 1, UM_READ, NULL);
	CHECK_STATUS(um_atomic(space, at(P + 8), &add, UM_NOFAULT), UM_WOULD_FAULT);
	CHECK_STATUS(um_atomic(space, at(P + 8), &add, 0), UM_OK);
	CHECK_STATUS(um_atomic(space, at(P + 8), &add, UM_NOFAULT), UM_OK);
	assert_int_equal(add.old, 5);
	CHECK_STATUS(um_atomic(space, at(P + 9), &load, 0), UM_MISALIGNED);
	CHECK_STATUS(um_atomic(space, at(2 * P), &add, 0), UM_DENIED);
	CHECK_STATUS(um_atomic(space, at(2 * P), &load, 0), UM_OK);
	CHECK_STATUS(um_atomic(space, at(3 * P), &load, 0), UM_UNMAPPED);
	region_is_active = false;
	CHECK_STATUS(um_atomic(space, at(P + 8), &add, UM_NOFAULT), UM_OK);
	assert_int_equal(add.old, 10);
	end();
}

/* The page is there, says mm; the machine cannot supply it: that ends, and is told. */
static void memory_that_fails(void **state)
{
	struct um_atomic_access load = { .op = UM_LOAD, .size = 2 };
	unsigned char byte = 1;

	(void)state;
	if (under_valgrind())
		skip(); /* it reads frames to say where they are */
	begin();
	map(0, 1, RW, NULL);
	CHECK(um_fill(space, at(0), 1, P, 0), P, UM_OK);
	assert_int_equal(ftruncate(kit.file, 0), 0);
	CHECK(um_copy_in(space, &byte, at(7), 1, 0), 0, UM_BUS);
	CHECK(um_copy_out(space, at(7), &byte, 1, 0), 0, UM_BUS);
	CHECK_STATUS(um_atomic(space, at(8), &load, 0), UM_BUS);
	assert_int_equal(ftruncate(kit.file, (off_t)KIT_FRAMES * P), 0);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copies_are_by_the_address),
		cmocka_unit_test(faults_are_cured_until_one_is_not),
		cmocka_unit_test(past_protections_by_frames),
		cmocka_unit_test(single_accesses),
		cmocka_unit_test(memory_that_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
