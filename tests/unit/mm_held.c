/* What waits for what in mm: a copy that is held in the middle of a page, a pager and a visitor that change what they serve. */
#include "mm_threads.h"

/* ---------------------------------------------------------------- a copy is held where it has found its page */

struct taker { /* what takes the page at 16 away meanwhile, by another thread */
	enum um_status (*take)(void);
	enum um_status status;
};

static struct um_mm child;
static struct um_mm_view writer; /* of mm, for the other thread */

static enum um_status take_by_unmap(void)
{
	return unmap(&mm, 16, 1);
}

static enum um_status take_by_map(void)
{
	return map(&mm, 16, 1, RW, UM_MAP_REPLACE, NULL);
}

static enum um_status take_by_protect(void)
{
	return um_mm_protect(&mm, (struct um_range){ um_addr_of(16 * P), P }, 0);
}

static enum um_status take_by_fork(void)
{
	return um_mm_fork(&child, &mm);
}

static enum um_status take_by_copy_on_write(void)
{
	return store(&writer, 16 * P, 99);
}

static void *take_it(void *argument)
{
	struct taker *taker = argument;

	while (found == 0)
		sched_yield();
	taker->status = taker->take();
	returns = 1;
	return NULL;
}

/* Each has its own code in a view.  *value: read, or written. */
enum access { READ_WORD, WRITE_WORD, READ_MUCH, WRITE_MUCH, ADD, ACCESSES };

static enum um_status touch(struct um_mm_view *view, enum access access, uint64_t *value)
{
	struct um_atomic_access add = { .op = UM_ADD, .size = 8, .operand = 1 };
	uint64_t words[16] = { *value };
	um_addr at = um_addr_of(16 * P);
	enum um_status status;

	switch (access) {
	case READ_WORD:
		return um_copy_in(&view->space, value, at, 8, 0).status;
	case WRITE_WORD:
		return um_copy_out(&view->space, at, value, 8, 0).status;
	case WRITE_MUCH:
		return um_copy_out(&view->space, at, words, sizeof words, 0).status;
	case READ_MUCH:
		status = um_copy_in(&view->space, words, at, sizeof words, 0).status;
		*value = words[0];
		return status;
	default:
		status = um_atomic(&view->space, at, &add, 0);
		*value = add.old + 1;
		return status;
	}
}

/* The page holds 7.  The access is held, and does what it does when the other has to wait for it; the other had a barrier first. */
static void hold(enum um_status (*take)(void), enum access access)
{
	struct taker taker = { take, UM_OK };
	struct um_mm_view view;
	pthread_t thread;
	uint64_t value = 8;

	found = pauses = barriers = frees = returns = 0;
	open_view(&view, &mm);
	open_view(&writer, &mm);
	assert_int_equal(pthread_create(&thread, NULL, take_it, &taker), 0);
	hold_next = true;
	CHECK_STATUS(touch(&view, access, &value), UM_OK);
	assert_int_equal(value, access == READ_WORD || access == READ_MUCH ? 7 : 8);
	pthread_join(thread, NULL);
	CHECK_STATUS(taker.status, UM_OK);
	assert_true(pauses > 0);
	assert_true(kit.provider.barrier == NULL || barriers > 0);
	um_close(&writer.space);
	um_close(&view.space);
}

/* The events, as they were when the held copy went on, cannot be told afterwards: a taker that did not wait never pauses. */
static void prepare(void)
{
	struct um_mm_view view;

	CHECK_STATUS(map(&mm, 16, 1, RW, UM_MAP_REPLACE, NULL), UM_OK);
	open_view(&view, &mm);
	CHECK_STATUS(store(&view, 16 * P, 7), UM_OK);
	um_close(&view.space);
}

static enum um_status now(uint64_t *value)
{
	struct um_mm_view view;
	enum um_status status;

	open_view(&view, &mm);
	status = load(&view, 16 * P, value);
	um_close(&view.space);
	return status;
}

static void who_takes_a_page_away_waits_for_a_copy(void **state)
{
	enum access access;
	uint64_t value;

	(void)state;
	for (access = 0; access < ACCESSES; access++) {
		prepare();
		hold(take_by_unmap, access);
		assert_int_equal(frees, 1);
		CHECK_STATUS(now(&value), UM_UNMAPPED);
	}
	prepare();
	hold(take_by_map, READ_WORD);
	CHECK_STATUS(now(&value), UM_OK);
	assert_int_equal(value, 0);
	prepare();
	hold(take_by_protect, READ_WORD);
	CHECK_STATUS(now(&value), UM_DENIED);
	prepare();
	hold(take_by_protect, WRITE_WORD);
	CHECK_STATUS(um_mm_protect(&mm, (struct um_range){ um_addr_of(16 * P), P }, UM_READ), UM_OK);
	CHECK_STATUS(now(&value), UM_OK);
	assert_int_equal(value, 8);
}

/* What was written when the fork began is in the child, all of it. */
static void a_fork_waits_for_a_write(void **state)
{
	struct um_mm_view view;
	static const enum access writes[] = { WRITE_WORD, WRITE_MUCH, ADD };
	uint64_t value;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof writes / sizeof writes[0]; i++) {
		prepare();
		hold(take_by_fork, writes[i]);
		open_view(&view, &child);
		CHECK_STATUS(load(&view, 16 * P, &value), UM_OK);
		assert_int_equal(value, 8);
		um_close(&view.space);
		um_mm_end(&child);
	}
}

static void a_copy_on_write_waits_for_a_read(void **state)
{
	struct um_mm_view view;
	uint64_t value;

	(void)state;
	prepare();
	CHECK_STATUS(um_mm_fork(&child, &mm), UM_OK);
	hold(take_by_copy_on_write, READ_MUCH);
	CHECK_STATUS(now(&value), UM_OK);
	assert_int_equal(value, 99);
	open_view(&view, &child);
	CHECK_STATUS(load(&view, 16 * P, &value), UM_OK);
	assert_int_equal(value, 7);
	um_close(&view.space);
	um_mm_end(&child);
}

/* ---------------------------------------------------------------- a pager does something to the mm that asks it */

static struct {
	void (*act)(void); /* at its first page */
	unsigned reads;
	int locks;         /* held by its thread; 0 */
	enum um_status says;
} paging;

static enum um_status read_page(const struct um_pager *pager, uint64_t offset, void *page)
{
	(void)pager;
	paging.locks += locks_held;
	/* With a lock held it would wait for itself. */
	if (paging.reads++ == 0 && paging.act && locks_held == 0)
		paging.act();
	memset(page, 'p' + (int)(offset / P), P);
	return paging.says;
}

static const struct um_pager pager = { .size = sizeof pager, .read = read_page };

static enum um_status first_byte(unsigned char *byte)
{
	struct um_mm_view view;
	enum um_status status;

	open_view(&view, &mm);
	status = um_copy_in(&view.space, byte, um_addr_of(16 * P), 1, 0).status;
	um_close(&view.space);
	return status;
}

static unsigned char read_through_a_pager(void (*act)(void), enum um_status expected)
{
	unsigned char byte = 0;

	memset(&paging, 0, sizeof paging);
	paging.act = act;
	CHECK_STATUS(map(&mm, 16, 2, RW, UM_MAP_REPLACE, &pager), UM_OK);
	CHECK_STATUS(first_byte(&byte), expected);
	assert_int_equal(paging.locks, 0);
	return byte;
}

static void use_all_of_mm(void)
{
	struct um_mm_view view;
	unsigned char byte = 1;
	um_addr gap;

	CHECK_STATUS(map(&mm, 64, 4, RW, 0, NULL), UM_OK);
	open_view(&view, &mm);
	CHECK_STATUS(um_copy_out(&view.space, um_addr_of(64 * P), &byte, 1, 0).status, UM_OK);
	CHECK(um_populate(&view.space, (struct um_range){ um_addr_of(64 * P), 4 * P }, UM_WRITE, 0), 4 * P, UM_OK);
	CHECK(um_check(&view.space, (struct um_range){ um_addr_of(16 * P), 2 * P }, RW, 0), 2 * P, UM_OK);
	CHECK_STATUS(um_mm_protect(&mm, (struct um_range){ um_addr_of(64 * P), P }, UM_READ), UM_OK);
	CHECK_STATUS(um_mm_fork(&child, &mm), UM_OK);
	assert_true(um_mm_find_gap(&mm, um_addr_of(P), P, P, &gap));
	CHECK_STATUS(unmap(&mm, 64, 4), UM_OK);
	um_mm_end(&child);
	um_close(&view.space);
}

static void unmap_it(void)
{
	CHECK_STATUS(unmap(&mm, 16, 2), UM_OK);
}

static void replace_it(void)
{
	CHECK_STATUS(map(&mm, 16, 2, RW, UM_MAP_REPLACE, NULL), UM_OK);
}

static void move_it(void)
{
	struct um_mapping moved = mapping_of(16, 2, RW, UM_MAP_REPLACE, &pager);

	moved.offset = 3 * P;
	CHECK_STATUS(um_mm_map(&mm, &moved), UM_OK);
}

static void deny_it(void)
{
	CHECK_STATUS(um_mm_protect(&mm, (struct um_range){ um_addr_of(16 * P), 2 * P }, 0), UM_OK);
}

static void cut_it(void)
{
	CHECK_STATUS(unmap(&mm, 17, 1), UM_OK);
}

static void read_it(void)
{
	unsigned char byte = 0;

	CHECK_STATUS(first_byte(&byte), UM_OK);
	assert_int_equal(byte, 'p');
}

static void a_pager_that_changes_what_it_pages(void **state)
{
	(void)state;
	assert_int_equal(read_through_a_pager(use_all_of_mm, UM_OK), 'p');
	assert_int_equal(paging.reads, 1);
	read_through_a_pager(unmap_it, UM_UNMAPPED);
	assert_int_equal(read_through_a_pager(replace_it, UM_OK), 0);
	assert_int_equal(read_through_a_pager(move_it, UM_OK), 'p' + 3); /* what it had read was for another mapping */
	read_through_a_pager(deny_it, UM_DENIED);
	assert_int_equal(read_through_a_pager(cut_it, UM_OK), 'p'); /* a part of it is still the same */
	assert_int_equal(paging.reads, 1);
	assert_int_equal(read_through_a_pager(read_it, UM_OK), 'p'); /* by another view of the same mm */
	assert_int_equal(paging.reads, 2);
}

static void a_pager_that_fails(void **state)
{
	static const struct { enum um_status says, becomes; } cases[] = {
		{ UM_NO_MEMORY, UM_NO_MEMORY }, { UM_INTERRUPTED, UM_INTERRUPTED }, { UM_GONE, UM_BUS }, { UM_AGAIN, UM_BUS }, { UM_WOULD_FAULT, UM_BUS },
	};
	unsigned char byte = 1;
	size_t i;

	(void)state;
	CHECK_STATUS(map(&mm, 16, 2, RW, 0, &pager), UM_OK);
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		memset(&paging, 0, sizeof paging);
		paging.says = cases[i].says;
		CHECK_STATUS(first_byte(&byte), cases[i].becomes);
		assert_int_equal(byte, 1);
		assert_int_equal(paging.reads, 1);
	}
}

/* ---------------------------------------------------------------- a visitor takes away what it is shown */

static struct um_result take_what_is_shown(void *context, const struct um_block *blocks, size_t count)
{
	enum um_status (*take)(void) = *(enum um_status (**)(void))context;
	unsigned char *bytes = blocks[0].ptr;
	enum um_status status = locks_held == 0 ? take() : UM_AGAIN;

	(void)count;
	if (status == UM_OK && (*bytes != 7 || frees != 0))
		status = UM_BUS;
	*bytes = 5; /* to nobody else's loss */
	return (struct um_result){ blocks[0].length, status, UM_ONLY_SIDE };
}

static void show(enum um_status (*take)(void))
{
	struct um_mm_view view;

	prepare();
	frees = 0;
	open_view(&view, &mm);
	CHECK(um_visit(&view.space, um_ranges_of(um_addr_of(16 * P), 8), RW, 0, take_what_is_shown, &take), 8, UM_OK);
	um_close(&view.space);
}

static void a_visitor_that_takes_away_what_it_is_shown(void **state)
{
	struct um_mm_view view;
	uint64_t value;

	(void)state;
	show(take_by_unmap);
	assert_int_equal(frees, 1); /* when it had returned */
	assert_int_equal(kit.pages, 0);
	CHECK_STATUS(now(&value), UM_UNMAPPED);
	show(take_by_map);
	CHECK_STATUS(now(&value), UM_OK);
	assert_int_equal(value, 0);
	show(take_by_protect);
	CHECK_STATUS(now(&value), UM_DENIED);
	show(take_by_fork); /* what is written behind it is the parent's */
	CHECK_STATUS(now(&value), UM_OK);
	assert_int_equal(value, 5);
	open_view(&view, &child);
	CHECK_STATUS(load(&view, 16 * P, &value), UM_OK);
	assert_int_equal(value, 7);
	um_close(&view.space);
	um_mm_end(&child);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(who_takes_a_page_away_waits_for_a_copy),
		TEST(a_fork_waits_for_a_write),
		TEST(a_copy_on_write_waits_for_a_read),
		TEST(a_pager_that_changes_what_it_pages),
		TEST(a_pager_that_fails),
		TEST(a_visitor_that_takes_away_what_it_is_shown),
	};

	return cmocka_run_group_tests_name("mm_held", tests, NULL, NULL);
}
