/*
 * Views that copy while others map, unmap, protect, fork and populate, and pagers that take their time: each copy finishes
 * or says why not, and what it was given is what was there.  Freed pages are painted over (the kit's 0xdd).
 *
 * A word of user memory says where it belongs, or is 0; words are written whole, so that these tests race where mm may and
 * nowhere else.
 */
#include "mm_threads.h"
#include "under.h"
#include <usermem/copy.h>

enum { ARENA = 16, PAGES = 12, CODE = 48, THREADS = 2 }; /* pages: of the arena, from ARENA on; of what pagers fill, from CODE on */

static unsigned rounds(unsigned plain)
{
	return under_valgrind() || under_tsan() ? plain / 20 : under_asan() ? plain / 4 : plain;
}

static unsigned next(unsigned *random, unsigned below)
{
	*random = *random * 1103515245 + 12345;
	return (*random >> 12) % below;
}

/* What the word at addr is, whenever it is not 0: so nothing of another page, of a table or of a free page passes for it. */
static uint64_t word_at(uint64_t addr)
{
	return addr * 0x9e3779b97f4a7c15 | 1;
}

static enum um_status fill_slowly(const struct um_pager *pager, uint64_t offset, void *page)
{
	uint64_t *words = page;
	size_t i;

	(void)pager;
	if (locks_held != 0)
		return UM_BUS;
	sched_yield();
	for (i = 0; i < P / 8; i++)
		words[i] = word_at(CODE * P + offset + 8 * i);
	return UM_OK;
}

static const struct um_pager slow = { .size = sizeof slow, .read = fill_slowly };

static bool expected(enum um_status status)
{
	return status == UM_OK || status == UM_UNMAPPED || status == UM_DENIED || status == UM_NO_MEMORY || status == UM_WOULD_FAULT;
}

/* ---------------------------------------------------------------- those that copy */

static atomic_uint copying; /* threads that still copy */

struct copier {
	struct um_mm *mm;
	unsigned random;
	size_t wrong, done;
};

static void copy_word(struct copier *copier, struct um_mm_view *view)
{
	uint64_t addr = (ARENA + next(&copier->random, PAGES)) * P + 8 * next(&copier->random, 8), value = word_at(addr);
	unsigned flags = next(&copier->random, 8) == 0 ? UM_NOFAULT : 0;
	struct um_atomic_access access = { .op = UM_CAS, .size = 8, .operand = value };
	enum um_status status;

	switch (next(&copier->random, 3)) {
	case 0:
		status = um_copy_out(&view->space, um_addr_of(addr), &value, 8, flags).status;
		break;
	case 1:
		status = um_copy_in(&view->space, &value, um_addr_of(addr), 8, flags).status;
		break;
	default:
		status = um_atomic(&view->space, um_addr_of(addr), &access, flags);
		value = access.old;
	}
	copier->wrong += !expected(status) || (value != 0 && value != word_at(addr));
	copier->done += status == UM_OK;
}

static struct um_result look_at(void *context, const struct um_block *blocks, size_t count)
{
	struct um_result taken = { 0, UM_OK, UM_ONLY_SIDE };
	struct copier *copier = context;
	size_t i;

	copier->wrong += locks_held != 0;
	sched_yield();
	for (i = 0; i < count; i++) {
		copier->wrong += all(blocks[i].ptr, blocks[i].length, 0xdd);
		taken.done += blocks[i].length;
	}
	return taken;
}

/* Of what pagers fill, and nobody writes. */
static void copy_much(struct copier *copier, struct um_mm_view *view)
{
	static _Thread_local uint64_t words[3 * P / 8];
	uint64_t page = next(&copier->random, 4), n = 1 + next(&copier->random, 3);
	um_addr from = um_addr_of((CODE + page) * P);
	struct um_result result;
	size_t i;

	if (next(&copier->random, 4) == 0) {
		result = um_visit(&view->space, um_ranges_of(from, n * P), UM_READ, 0, look_at, copier);
	} else {
		result = um_copy_in(&view->space, words, from, n * P, 0);
		for (i = 0; i < result.done / 8; i++)
			copier->wrong += words[i] != word_at(from.value + 8 * i);
	}
	copier->wrong += !expected(result.status);
	copier->done += result.status == UM_OK;
}

static void *copy(void *argument)
{
	struct copier *copier = argument;
	struct um_mm_view view;
	unsigned i;

	copier->wrong += um_mm_view_open(&view, copier->mm) != UM_OK;
	for (i = 0; i < rounds(10000) || copier->done == 0; i++) {
		if (next(&copier->random, 50) == 0) { /* views come and go */
			um_close(&view.space);
			copier->wrong += um_mm_view_open(&view, copier->mm) != UM_OK;
		}
		if (next(&copier->random, 8) == 0)
			copy_much(copier, &view);
		else
			copy_word(copier, &view);
	}
	um_close(&view.space);
	copying--;
	return NULL;
}

/* ---------------------------------------------------------------- those that map */

static enum um_status change(struct um_mm_view *view, unsigned *random)
{
	static const unsigned accesses[] = { 0, UM_READ, RW, RW };
	uint64_t from = ARENA + next(random, PAGES), count = 1 + next(random, 3);
	struct um_range range = { um_addr_of(from * P), count * P };
	struct um_mm forked;
	enum um_status status;

	switch (next(random, 8)) {
	case 0:
		return unmap(&mm, from, count);
	case 1:
		return um_mm_protect(&mm, range, accesses[next(random, 4)]);
	case 2:
		return um_populate(&view->space, range, UM_WRITE, 0).status;
	case 3:
		status = um_mm_fork(&forked, &mm);
		if (status == UM_OK) {
			struct copier once = { &forked, *random, 0, 0 };
			struct um_mm_view other;
			unsigned i;

			open_view(&other, &forked);
			for (i = 0; i < 20; i++)
				copy_word(&once, &other);
			um_close(&other.space);
			um_mm_end(&forked);
			status = once.wrong == 0 ? UM_OK : UM_BUS;
		}
		return status;
	case 4: /* those that are there go, and the pager is asked anew */
		return map(&mm, CODE, 6, UM_READ, UM_MAP_REPLACE, &slow);
	default:
		return map(&mm, from, count, RW, UM_MAP_REPLACE | (next(random, 4) == 0 ? UM_MAP_SHARED : 0), NULL);
	}
}

static void copies_while_others_map(void **state)
{
	struct copier copiers[THREADS] = { { &mm, 1, 0, 0 }, { &mm, 2, 0, 0 } };
	pthread_t threads[THREADS];
	struct um_mm_view view;
	unsigned random = 3, i;
	size_t wrong = 0;

	(void)state;
	copying = THREADS;
	open_view(&view, &mm);
	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, copy, &copiers[i]), 0);
	while (copying != 0)
		wrong += !expected(change(&view, &random));
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	um_close(&view.space);
	assert_int_equal(wrong, 0);
	for (i = 0; i < THREADS; i++)
		assert_int_equal(copiers[i].wrong, 0);
}

/* ---------------------------------------------------------------- a writer, and forks of what it writes */

static atomic_ulong written;
static atomic_bool stop;

/* n to one page, then to the other, and again: a fork sees the first equal to the second, or one ahead. */
static void *write_on(void *argument)
{
	struct um_mm_view view;
	size_t wrong = um_mm_view_open(&view, &mm) != UM_OK;
	uint64_t n;

	(void)argument;
	for (n = 1; !stop; n++) {
		wrong += store(&view, ARENA * P, n) != UM_OK;
		wrong += store(&view, (ARENA + 1) * P + 64, n) != UM_OK;
		written = n;
	}
	um_close(&view.space);
	return (void *)wrong;
}

static size_t look_at_fork(void)
{
	struct um_mm forked;
	struct um_mm_view view;
	unsigned long at_fork;
	uint64_t a[2], b[2];
	size_t wrong = 0, i;

	at_fork = written;
	if (um_mm_fork(&forked, &mm) != UM_OK)
		return 1;
	/* What is allowed is said again, which makes no page that others have too anybody's own. */
	wrong += um_mm_protect(&mm, (struct um_range){ um_addr_of(ARENA * P), 2 * P }, RW) != UM_OK;
	open_view(&view, &forked);
	for (i = 0; i < 2; i++) {
		unsigned long before = written;

		wrong += load(&view, ARENA * P, &a[i]) != UM_OK || load(&view, (ARENA + 1) * P + 64, &b[i]) != UM_OK;
		while (written < before + 3) /* the writer writes on, and to copies of its own */
			sched_yield();
	}
	wrong += a[0] < at_fork || (a[0] != b[0] && a[0] != b[0] + 1) || a[0] != a[1] || b[0] != b[1];
	wrong += store(&view, ARENA * P, 0) != UM_OK; /* which the parent must not see: it would write on from there */
	um_close(&view.space);
	um_mm_end(&forked);
	return wrong;
}

static void a_fork_is_one_moment(void **state)
{
	struct um_mm_view view;
	pthread_t thread;
	uint64_t last[2];
	size_t wrong = 0;
	void *its_wrong;
	unsigned i;

	(void)state;
	stop = false;
	written = 0;
	CHECK_STATUS(map(&mm, ARENA, 2, RW, 0, NULL), UM_OK);
	assert_int_equal(pthread_create(&thread, NULL, write_on, NULL), 0);
	for (i = 0; i < rounds(200); i++)
		wrong += look_at_fork();
	stop = true;
	pthread_join(thread, &its_wrong);
	open_view(&view, &mm);
	CHECK_STATUS(load(&view, ARENA * P, &last[0]), UM_OK);
	CHECK_STATUS(load(&view, (ARENA + 1) * P + 64, &last[1]), UM_OK);
	um_close(&view.space);
	assert_null(its_wrong);
	assert_int_equal(wrong, 0);
	assert_int_equal(last[0], written);
	assert_int_equal(last[1], written);
}

/* ---------------------------------------------------------------- copies within, and between two in both directions */

static struct um_mm second;
static pthread_barrier_t meeting;

/* Both threads are in the midst of their copies, each with a page of its source, when the destinations are made. */
static enum um_status meet(const struct um_pager *pager, uint64_t offset, void *page)
{
	(void)pager;
	(void)offset;
	memset(page, 1, P);
	if (locks_held != 0)
		return UM_BUS;
	pthread_barrier_wait(&meeting);
	return UM_OK;
}

static const struct um_pager meeting_pager = { .size = sizeof meeting_pager, .read = meet };

struct crossing {
	struct um_mm *from, *to;
	size_t wrong;
};

static void *cross(void *argument)
{
	struct crossing *crossing = argument;
	struct um_mm_view from, to;
	uint64_t value = 0;
	unsigned i;

	crossing->wrong += um_mm_view_open(&from, crossing->from) != UM_OK || um_mm_view_open(&to, crossing->to) != UM_OK;
	for (i = 0; i < rounds(1000); i++) {
		/* Nobody is at the destination now: the other copies to the other. */
		crossing->wrong += map(crossing->to, 32, 2, RW, UM_MAP_REPLACE, &meeting_pager) != UM_OK;
		crossing->wrong += um_copy(&to.space, um_addr_of(32 * P), &from.space, um_addr_of(ARENA * P), 2 * P, 0).done != 2 * P;
		crossing->wrong += load(&to, 33 * P + 8, &value) != UM_OK || value != word_at((ARENA + 1) * P + 8);
	}
	um_close(&to.space);
	um_close(&from.space);
	return NULL;
}

static void write_words(struct um_mm *to)
{
	struct um_mm_view view;
	uint64_t addr;

	CHECK_STATUS(map(to, ARENA, 2, RW, 0, NULL), UM_OK);
	open_view(&view, to);
	for (addr = ARENA * P; addr < (ARENA + 2) * P; addr += 8)
		CHECK_STATUS(store(&view, addr, word_at(addr)), UM_OK);
	um_close(&view.space);
}

static void two_copy_to_each_other(void **state)
{
	struct crossing there = { &mm, &second, 0 }, back = { &second, &mm, 0 };
	pthread_t thread;

	(void)state;
	CHECK_STATUS(um_mm_init(&second, &kit.provider, &pmap, um_addr_of(P), um_addr_of(((uint64_t)1 << 32) - 1)), UM_OK);
	write_words(&mm);
	write_words(&second);
	pthread_barrier_init(&meeting, NULL, 2);
	assert_int_equal(pthread_create(&thread, NULL, cross, &there), 0);
	cross(&back);
	pthread_join(thread, NULL);
	pthread_barrier_destroy(&meeting);
	assert_int_equal(there.wrong + back.wrong, 0);
	um_mm_end(&second);
}

static void a_page_copied_to_itself(void **state)
{
	struct um_mm_view view, other;
	uint64_t value;

	(void)state;
	write_words(&mm);
	open_view(&view, &mm);
	open_view(&other, &mm);
	CHECK(um_copy(&view.space, um_addr_of(ARENA * P), &view.space, um_addr_of(ARENA * P), 2 * P, 0), 2 * P, UM_OK);
	CHECK(um_copy(&other.space, um_addr_of(ARENA * P), &view.space, um_addr_of(ARENA * P), 2 * P, 0), 2 * P, UM_OK);
	CHECK_STATUS(load(&view, ARENA * P + 8, &value), UM_OK);
	assert_true(value == word_at(ARENA * P + 8));
	CHECK_STATUS(map(&mm, 32, 1, RW, 0, NULL), UM_OK); /* and one that is not there yet */
	CHECK(um_copy(&view.space, um_addr_of(32 * P), &view.space, um_addr_of(32 * P), P, 0), P, UM_OK);
	um_close(&other.space);
	um_close(&view.space);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(copies_while_others_map),
		TEST(a_fork_is_one_moment),
		TEST(two_copy_to_each_other),
		TEST(a_page_copied_to_itself),
	};

	return cmocka_run_group_tests_name("mm_races", tests, NULL, NULL);
}
