/* Pagers: a file, a generator and another space; what they say when they fail; mappings that change while they run. */
#include <pthread.h>
#include <usermem/copy.h>
#include "check.h"
#include "../mm_kit.h"

enum { P = UM_MM_PAGE, RW = UM_READ | UM_WRITE };

static struct kit kit;
static struct um_mm mm;
static struct um_mm_view view, inner_view;

static int begin(void **state)
{
	(void)state;
	assert_true(kit_open(&kit));
	CHECK_STATUS(um_mm_init(&mm, &kit.provider, um_pmap_software(), um_addr_of(0), um_addr_of(((uint64_t)1 << 40) - 1)), UM_OK);
	CHECK_STATUS(um_mm_view_open(&view, &mm), UM_OK);
	CHECK_STATUS(um_mm_view_open(&inner_view, &mm), UM_OK);
	return 0;
}

static int end(void **state)
{
	(void)state;
	um_close(&view.space);
	um_close(&inner_view.space);
	um_mm_end(&mm);
	assert_true(kit_close(&kit));
	return 0;
}

/* A pager that knows how often it was asked, and by how many it is held. */
struct counted {
	struct um_pager pager;
	unsigned reads;
	long holds;
	enum um_status says;
	void (*meanwhile)(struct counted *counted);
	int file;
	struct um_space *from;
};

static void hold(const struct um_pager *pager)
{
	((struct counted *)(uintptr_t)pager)->holds++;
}

static void release(const struct um_pager *pager)
{
	((struct counted *)(uintptr_t)pager)->holds--;
}

static enum um_status generate(const struct um_pager *pager, uint64_t offset, void *page)
{
	struct counted *counted = (struct counted *)(uintptr_t)pager;

	counted->reads++;
	assert_true(all(page, P, 0));
	assert_true(counted->holds > 0);
	memset(page, (int)(offset / P), P);
	if (counted->meanwhile)
		counted->meanwhile(counted);
	return counted->says;
}

#define COUNTED(how) { .pager = { sizeof(struct um_pager), how, hold, release }, .says = UM_OK }

static void map(struct counted *counted, uint64_t first, uint64_t count, unsigned flags, uint64_t offset)
{
	struct um_mapping mapping = { { um_addr_of(first * P), count * P }, RW, RW, flags, &counted->pager, offset };

	CHECK_STATUS(um_mm_map(&mm, &mapping), UM_OK);
}

static void unmap(uint64_t first, uint64_t count)
{
	CHECK_STATUS(um_mm_unmap(&mm, (struct um_range){ { first * P }, count * P }), UM_OK);
}

static unsigned get(uint64_t addr)
{
	unsigned char byte;

	CHECK(um_copy_in(&view.space, &byte, um_addr_of(addr), 1, 0), 1, UM_OK);
	return byte;
}

static void put(uint64_t addr, unsigned char byte)
{
	CHECK(um_copy_out(&view.space, um_addr_of(addr), &byte, 1, 0), 1, UM_OK);
}

/* ---------------------------------------------------------------- where bytes come from */

static void offsets_follow_what_is_cut(void **state)
{
	struct counted counted = COUNTED(generate);

	(void)state;
	map(&counted, 16, 8, 0, 3 * P);
	assert_int_equal(counted.holds, 1);
	assert_int_equal(get(18 * P + 7), 5);
	unmap(18, 2);
	assert_int_equal(counted.holds, 2);
	CHECK_STATUS(um_mm_protect(&mm, (struct um_range){ { 21 * P }, P }, UM_READ), UM_OK);
	assert_int_equal(counted.holds, 4);
	assert_int_equal(get(16 * P), 3);
	assert_int_equal(get(17 * P), 4);
	assert_int_equal(get(20 * P), 7);
	assert_int_equal(get(21 * P), 8);
	assert_int_equal(get(23 * P), 10);
	assert_int_equal(counted.reads, 6);
	unmap(0, 64);
	assert_int_equal(counted.holds, 0);
}

/* Under a private mapping each has its own page, under a shared one all have one; nothing is written back. */
static void private_and_shared(void **state)
{
	struct counted counted = COUNTED(generate);
	struct um_mm child;
	struct um_mm_view child_view;
	unsigned char byte;

	(void)state;
	map(&counted, 16, 2, 0, P);
	map(&counted, 32, 2, UM_MAP_SHARED, 2 * P);
	put(16 * P, 100);
	assert_int_equal(get(16 * P + 1), 1); /* the page came first */
	assert_int_equal(get(32 * P), 2);
	CHECK_STATUS(um_mm_fork(&child, &mm), UM_OK);
	CHECK_STATUS(um_mm_view_open(&child_view, &child), UM_OK);
	assert_int_equal(counted.holds, 4);
	put(32 * P, 101);
	counted.reads = 0;
	CHECK(um_copy_in(&child_view.space, &byte, um_addr_of(32 * P), 1, 0), 1, UM_OK);
	assert_int_equal(byte, 101);
	assert_int_equal(counted.reads, 0);
	CHECK(um_copy_in(&child_view.space, &byte, um_addr_of(17 * P), 1, 0), 1, UM_OK);
	assert_int_equal(get(17 * P), 2);
	assert_int_equal(counted.reads, 2); /* each its own */
	CHECK(um_copy_in(&child_view.space, &byte, um_addr_of(33 * P), 1, 0), 1, UM_OK);
	assert_int_equal(get(33 * P), 3);
	assert_int_equal(counted.reads, 3);
	um_close(&child_view.space);
	um_mm_end(&child);
	assert_int_equal(counted.holds, 2);
	unmap(16, 64);
	map(&counted, 16, 1, 0, P);
	assert_int_equal(get(16 * P), 1);
	unmap(16, 1);
	assert_int_equal(counted.holds, 0);
}

static enum um_status read_file(const struct um_pager *pager, uint64_t offset, void *page)
{
	struct counted *counted = (struct counted *)(uintptr_t)pager;
	ssize_t n = pread(counted->file, page, P, (off_t)offset);

	return n > 0 ? UM_OK : UM_UNMAPPED;
}

static void a_file(void **state)
{
	struct counted counted = COUNTED(read_file);
	unsigned char bytes[2 * P];

	(void)state;
	counted.file = memfd_create("pager", MFD_CLOEXEC);
	assert_true(counted.file >= 0);
	pattern(bytes, P + 100, 3);
	assert_int_equal(write(counted.file, bytes, P + 100), P + 100);
	map(&counted, 16, 3, 0, 0);
	CHECK(um_compare(&view.space, um_addr_of(16 * P), bytes, P + 100, &(bool){ false }, 0), P + 100, UM_OK);
	assert_int_equal(get(17 * P + 100), 0); /* behind the end of the file, in its last page */
	CHECK(um_copy_in(&view.space, bytes, um_addr_of(17 * P), 2 * P, 0), P, UM_BUS);
	CHECK(um_fill(&view.space, um_addr_of(17 * P), 1, 2 * P, 0), P, UM_BUS);
	unmap(16, 3);
	close(counted.file);
}

static enum um_status read_space(const struct um_pager *pager, uint64_t offset, void *page)
{
	return um_copy_in(((struct counted *)(uintptr_t)pager)->from, page, um_addr_of(offset), P, 0).status;
}

/* Another space, here this one by another view, whose pages come from a third pager. */
static void another_space(void **state)
{
	struct counted generated = COUNTED(generate), counted = COUNTED(read_space);

	(void)state;
	counted.from = &inner_view.space;
	map(&generated, 64, 4, 0, 7 * P);
	map(&counted, 16, 8, 0, 64 * P);
	assert_int_equal(get(17 * P), 8);
	CHECK(um_copy(&view.space, um_addr_of(16 * P + 5), &view.space, um_addr_of(18 * P), 2 * P, 0), 2 * P, UM_OK);
	assert_int_equal(get(16 * P + 4), 7);
	assert_int_equal(get(16 * P + 5), 9);
	assert_int_equal(get(18 * P + 4), 10);
	CHECK(um_copy_in(&view.space, &(char){ 0 }, um_addr_of(20 * P), 1, 0), 0, UM_BUS); /* there it is UM_UNMAPPED */
	unmap(16, 64);
}

/* ---------------------------------------------------------------- failures */

static void what_a_pager_says(void **state)
{
	static const enum um_mm_flags kinds[] = { 0, UM_MAP_SHARED };
	struct counted counted = COUNTED(generate);
	enum um_status says;
	unsigned char bytes[16];
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		map(&counted, 16, 4, kinds[i], 0);
		for (says = UM_OK + 1; says <= UM_UNSUPPORTED + 1; says++) {
			enum um_status expected = says == UM_NO_MEMORY || says == UM_INTERRUPTED ? says : UM_BUS;
			struct um_atomic_access load = { .op = UM_LOAD, .size = 1 };

			counted.says = says;
			counted.reads = 0;
			CHECK(um_copy_in(&view.space, bytes, um_addr_of(16 * P), 16, 0), 0, expected);
			CHECK(um_copy_out(&view.space, um_addr_of(16 * P), bytes, 16, UM_IGNORE_PERMS), 0, expected);
			CHECK_STATUS(um_atomic(&view.space, um_addr_of(16 * P), &load, 0), expected);
			CHECK(um_populate(&view.space, (struct um_range){ { 16 * P }, 1 }, UM_READ, 0), 0, expected);
			assert_int_equal(counted.reads, 4);
			CHECK(um_copy_in(&view.space, bytes, um_addr_of(16 * P), 16, UM_NOFAULT), 0, UM_WOULD_FAULT);
			assert_int_equal(counted.reads, 4);
			assert_int_equal(kit.pages, 0);
		}
		counted.says = UM_OK;
		assert_int_equal(get(19 * P), 3);
		unmap(16, 4);
	}
	assert_int_equal(counted.holds, 0);
}

/* ---------------------------------------------------------------- meanwhile */

static struct counted other = COUNTED(generate);

static void is_unmapped(struct counted *counted)
{
	counted->meanwhile = NULL;
	unmap(16, 4);
	assert_int_equal(counted->holds, 1); /* by the read */
}

static void is_replaced(struct counted *counted)
{
	counted->meanwhile = NULL;
	map(&other, 16, 4, UM_MAP_REPLACE, 50 * P);
}

static void is_replaced_by_itself(struct counted *counted)
{
	counted->meanwhile = NULL;
	map(counted, 16, 4, UM_MAP_REPLACE, 60 * P);
}

static void is_replaced_by_zeroes(struct counted *counted)
{
	struct um_mapping zeroes = { { { 16 * P }, 4 * P }, RW, RW, UM_MAP_REPLACE, NULL, 0 };

	counted->meanwhile = NULL;
	CHECK_STATUS(um_mm_map(&mm, &zeroes), UM_OK);
}

static void is_protected(struct counted *counted)
{
	counted->meanwhile = NULL;
	CHECK_STATUS(um_mm_protect(&mm, (struct um_range){ { 16 * P }, 4 * P }, 0), UM_OK);
}

static void is_cut(struct counted *counted)
{
	counted->meanwhile = NULL;
	unmap(16, 1);
	CHECK_STATUS(um_mm_protect(&mm, (struct um_range){ { 18 * P }, P }, UM_READ), UM_OK);
}

static void is_touched(struct counted *counted)
{
	unsigned char byte = 99;

	counted->meanwhile = NULL;
	CHECK(um_copy_out(&inner_view.space, um_addr_of(17 * P), &byte, 1, 0), 1, UM_OK);
}

static void while_a_pager_runs(void **state)
{
	static const struct {
		void (*meanwhile)(struct counted *);
		enum um_status says;
		unsigned byte, reads, pages;
	} cases[] = {
		{ is_unmapped, UM_UNMAPPED, 0, 1, 0 },
		{ is_replaced, UM_OK, 51, 1, 1 },
		{ is_replaced_by_itself, UM_OK, 61, 2, 1 },
		{ is_replaced_by_zeroes, UM_OK, 0, 1, 1 },
		{ is_protected, UM_DENIED, 0, 1, 0 },
		{ is_cut, UM_OK, 21, 1, 1 },       /* the same bytes still: not asked again */
		{ is_touched, UM_OK, 99, 2, 1 },   /* whoever comes first has put the page there */
	};
	static const enum um_mm_flags kinds[] = { 0, UM_MAP_SHARED };
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++)
		for (k = 0; k < 2; k++) {
			struct counted counted = COUNTED(generate);
			unsigned char byte = 0;

			map(&counted, 16, 4, kinds[k], 20 * P);
			counted.meanwhile = cases[i].meanwhile;
			CHECK_STATUS(um_copy_in(&view.space, &byte, um_addr_of(17 * P), 1, 0).status, cases[i].says);
			assert_int_equal(byte, cases[i].byte);
			assert_int_equal(counted.reads, cases[i].reads);
			assert_int_equal(kit.pages, cases[i].pages);
			unmap(16, 4);
			assert_int_equal(counted.holds, 0);
			assert_int_equal(other.holds, 0);
		}
}

/* No lock is held: another thread maps and copies while a pager waits for it. */
static void *other_thread(void *unused)
{
	(void)unused;
	is_replaced_by_zeroes(&other);
	return NULL;
}

static void waits_for_a_thread(struct counted *counted)
{
	pthread_t thread;

	counted->meanwhile = NULL;
	assert_int_equal(pthread_create(&thread, NULL, other_thread, NULL), 0);
	pthread_join(thread, NULL);
}

static void no_lock_is_held(void **state)
{
	struct counted counted = COUNTED(generate);

	(void)state;
	map(&counted, 16, 4, 0, 20 * P);
	counted.meanwhile = waits_for_a_thread;
	assert_int_equal(get(17 * P), 0);
	unmap(16, 4);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(offsets_follow_what_is_cut),
		TEST(private_and_shared),
		TEST(a_file),
		TEST(another_space),
		TEST(what_a_pager_says),
		TEST(while_a_pager_runs),
		TEST(no_lock_is_held),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
