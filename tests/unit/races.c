/* Mappings that change under a copy, faults in many threads, handlers that come and go: legal answers alone. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <usermem/fault.h>
#include <usermem/port.h>
#include <usermem/spaces/self.h>
#include "processor.h"
#include "under.h"

enum { PAGE = 4096, PAGES = 4, SIZE = PAGES * PAGE, SEAM = 64 };

/* As many rounds as are done in about a second. */
static unsigned rounds(unsigned plain)
{
	return under_valgrind() || under_tsan() ? plain / 20 : under_asan() ? plain / 4 : plain;
}

/* What the user's byte at `at` is, whenever it is anything. */
static unsigned char pattern(size_t at)
{
	return (unsigned char)(at * 7 + at / 251 + 1);
}

static unsigned char *arena;      /* PAGES pages whose mapping changes all the time */
static unsigned char *contents;   /* the same bytes, always there */
static int arena_file;            /* behind both */
static atomic_bool stop;
static atomic_uint changes;

static void *change_mappings(void *seed)
{
	unsigned random = *(unsigned *)seed;

	while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
		unsigned char *page = arena + (size_t)(random >> 8) % PAGES * PAGE;
		static const int protections[] = { PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE };

		random = random * 1664525 + 1013904223;
		if ((random >> 16) % 4 < 3)
			mprotect(page, PAGE, protections[(random >> 16) % 4]);
		else if ((random >> 20) % 2 == 0)
			munmap(page, PAGE);
		else
			mmap(page, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, arena_file, page - arena);
		atomic_fetch_add_explicit(&changes, 1, memory_order_relaxed);
		random = random * 1664525 + 1013904223;
	}
	return NULL;
}

struct copier {
	struct um_self *self;
	unsigned random, wrong, faults, whole;
};

static unsigned next(struct copier *copier, unsigned below)
{
	copier->random = copier->random * 1103515245 + 12345;
	return (copier->random >> 12) % below;
}

static bool legal(struct um_result result, size_t n)
{
	if (result.status == UM_OK)
		return result.done == n;
	return result.done < n && (result.status == UM_UNMAPPED || result.status == UM_DENIED);
}

/* Law 5 under a mapping that changes: done is a truly copied prefix, and at most 63 bytes behind it were written. */
static bool copied_prefix(const unsigned char *buffer, size_t offset, size_t done, size_t n)
{
	size_t i;

	for (i = 0; i < done; i++)
		if (buffer[i] != pattern(offset + i))
			return false;
	for (i = done + 63; i < n + SEAM; i++)
		if (buffer[i] != 0)
			return false;
	return true;
}

static void copy_once(struct copier *copier, unsigned char *buffer)
{
	size_t n = 1 + next(copier, next(copier, 3) == 0 ? 2 * PAGE : 200), offset = next(copier, (unsigned)(SIZE - n));
	um_addr at = um_addr_of((uintptr_t)arena + offset);
	struct um_space *space = &copier->self->space;
	struct um_result result;

	switch (next(copier, 3)) {
	case 0:
		memset(buffer, 0, n + SEAM);
		result = um_copy_in(space, buffer, at, n, 0);
		copier->wrong += !legal(result, n) || !copied_prefix(buffer, offset, result.done, n);
		break;
	case 1:
		/* writes what is there: other copiers go on seeing the pattern */
		memcpy(buffer, contents + offset, n);
		result = um_copy_out(space, at, buffer, n, 0);
		copier->wrong += !legal(result, n);
		break;
	default:
		result = um_copy_string_in(space, (char *)buffer, at, n, 0);
		copier->wrong += result.status == UM_TOO_LONG ? result.done != n - 1 : result.status != UM_OK && !legal(result, n);
		copier->wrong += buffer[result.done] != 0;
	}
	copier->faults += result.status == UM_UNMAPPED || result.status == UM_DENIED;
	copier->whole += result.status == UM_OK || result.status == UM_TOO_LONG;
}

static void *copy_often(void *argument)
{
	struct copier *copier = argument;
	unsigned char *buffer = malloc(SIZE + SEAM);
	unsigned i;

	for (i = 0; i < rounds(40000) || (copier->faults == 0 && i < 1000000); i++)
		copy_once(copier, buffer);
	free(buffer);
	return NULL;
}

/* Somebody else's memory, a thread's stack or the sanitizer's, may come where a page is not mapped for a while, and would be copied.  Hosts take the
 * highest room that fits or the lowest: there is more of it on either side, and a page between that never goes. */
static unsigned char *map_arena(void)
{
	enum { BESIDE = 16 << 20 };
	unsigned char *room = mmap(NULL, 2 * BESIDE + SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	assert_ptr_not_equal(room, MAP_FAILED);
	munmap(room, BESIDE - PAGE);
	munmap(room + BESIDE + SIZE + PAGE, BESIDE - PAGE);
	return mmap(room + BESIDE, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, arena_file, 0);
}

static void mappings_that_change_under_a_copy(void **state)
{
	struct copier copiers[2] = { { .random = 1 }, { .random = 2 } };
	unsigned seed = 3;
	struct um_self self;
	pthread_t changer, threads[2];
	size_t i;

	(void)state;
	arena_file = memfd_create("races", 0);
	assert_int_equal(ftruncate(arena_file, SIZE), 0);
	contents = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, arena_file, 0);
	arena = map_arena();
	for (i = 0; i < SIZE; i++)
		contents[i] = pattern(i);
	atomic_store(&stop, false);
	atomic_store(&changes, 0);
	assert_int_equal(um_self_open(&self, um_addr_of(0), um_addr_of(UINT64_MAX)), UM_OK);
	assert_int_equal(pthread_create(&changer, NULL, change_mappings, &seed), 0);
	for (i = 0; i < 2; i++) {
		copiers[i].self = &self;
		assert_int_equal(pthread_create(&threads[i], NULL, copy_often, &copiers[i]), 0);
	}
	for (i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	atomic_store(&stop, true);
	pthread_join(changer, NULL);
	um_close(&self.space);
	for (i = 0; i < 2; i++) {
		assert_int_equal(copiers[i].wrong, 0);
		assert_true(copiers[i].faults > 0);
	}
	assert_true(atomic_load(&changes) > 0);
	for (i = 0; i < SIZE; i++)
		assert_int_equal(contents[i], pattern(i));
	munmap(contents, SIZE);
	munmap(arena - PAGE, SIZE + 2 * PAGE);
	close(arena_file);
}

static pthread_barrier_t together;

/* Both fault at the same page as nearly at once as a barrier can make it. */
static void *fault_together(void *hole)
{
	unsigned char buffer[100];
	size_t i, wrong = 0;

	for (i = 0; i < rounds(5000); i++) {
		size_t before = i % sizeof buffer;
		struct um_result result;

		pthread_barrier_wait(&together);
		result = um_raw_copy_in(buffer, (uintptr_t)hole - before, sizeof buffer, 0);
		wrong += result.status != UM_DENIED || result.done != before;
	}
	return (void *)wrong;
}

static void two_threads_fault_at_once(void **state)
{
	unsigned char *pages = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pthread_t threads[2];
	void *wrong;
	size_t i;

	(void)state;
	mprotect(pages + PAGE, PAGE, PROT_NONE);
	assert_int_equal(um_port_open(), UM_OK);
	pthread_barrier_init(&together, NULL, 2);
	for (i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, fault_together, pages + PAGE), 0);
	for (i = 0; i < 2; i++) {
		pthread_join(threads[i], &wrong);
		assert_null(wrong);
	}
	pthread_barrier_destroy(&together);
	um_port_close();
	munmap(pages, 2 * PAGE);
}

/* A program with faults and a handler of its own, which must meet each of them whether a port is open or not. */
static _Thread_local volatile unsigned met;
static void step_over(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)info;
	met++;
	processor_step_over(context);
}

static void *fault_for_oneself(void *hole)
{
	size_t faults;

	for (faults = 0; !atomic_load(&stop); faults++)
		load_at((uintptr_t)hole);
	return (void *)(uintptr_t)(faults == 0 || met != faults);
}

/* Holds a port of its own while it copies; that others come and go does not matter to it. */
static void *copy_with_a_port(void *hole)
{
	size_t wrong = 0;

	while (!atomic_load(&stop)) {
		unsigned char byte;
		struct um_result result;

		if (um_port_open() != UM_OK)
			return (void *)1;
		result = um_raw_copy_in(&byte, (uintptr_t)hole, 1, 0);
		wrong += result.status != UM_DENIED || result.done != 0;
		um_port_close();
	}
	return (void *)wrong;
}

static void ports_come_and_go_under_faults(void **state)
{
	struct sigaction action = { .sa_sigaction = step_over, .sa_flags = SA_SIGINFO }, before, after;
	unsigned char *hole = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pthread_t threads[2];
	void *wrong;
	unsigned i;

	(void)state;
	sigaction(SIGSEGV, &action, &before);
	atomic_store(&stop, false);
	assert_int_equal(pthread_create(&threads[0], NULL, fault_for_oneself, hole), 0);
	assert_int_equal(pthread_create(&threads[1], NULL, copy_with_a_port, hole), 0);
	for (i = 0; i < rounds(20000); i++) {
		assert_int_equal(um_port_open(), UM_OK);
		assert_true(um_port_installed());
		um_port_close();
	}
	atomic_store(&stop, true);
	for (i = 0; i < 2; i++) {
		pthread_join(threads[i], &wrong);
		assert_null(wrong);
	}
	assert_false(um_port_installed());
	sigaction(SIGSEGV, &before, &after);
	assert_ptr_equal(after.sa_sigaction, step_over);
	munmap(hole, PAGE);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(mappings_that_change_under_a_copy),
		cmocka_unit_test(two_threads_fault_at_once),
		cmocka_unit_test(ports_come_and_go_under_faults),
	};

	return cmocka_run_group_tests_name("races", tests, NULL, NULL);
}
