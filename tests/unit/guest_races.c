/* The dirty map of a guest, and its map, while others write: no write is lost to one who takes bits and then copies. */
#include "check.h"
#include <linux/membarrier.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <usermem/spaces/guest.h>
#include "under.h"

enum { PAGE = UM_GUEST_PAGE, WORDS = PAGE / 8, RW = UM_READ | UM_WRITE };

/* As many rounds as are done in about a second. */
static unsigned rounds(unsigned plain)
{
	return under_valgrind() || under_tsan() ? plain / 10 : plain;
}

static void *memory_of(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	assert_ptr_not_equal(memory, MAP_FAILED);
	return memory;
}

/* ---------------------------------------------------------------- the two ways to mark */

static void barrier_of_all(void)
{
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) != 0)
		abort();
}

static bool has_barrier(void)
{
	return syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0;
}

typedef void way(void (*barrier)(void));

static void with_barrier(way *test)
{
	if (!has_barrier()) {
		print_message("the host has no membarrier\n");
		skip();
	}
	test(barrier_of_all);
}

static uint32_t next(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

static void *zeroes(size_t count, size_t size)
{
	void *memory = calloc(count, size);

	assert_non_null(memory);
	return memory;
}

/* ---------------------------------------------------------------- a migration */

enum { RAM = 300, WRITERS = 2 };

struct migration {
	struct um_guest guest;
	struct um_guest_map map;
	struct um_guest_slot slots[2];
	uint64_t bits[2][RAM / 64 + 1];
	unsigned char *memory, *copy; /* of both slots, one behind the other */
	atomic_uint writing;
};

struct writer {
	struct migration *migration;
	uint32_t random;
	unsigned wrong;
};

/* Words alone under ThreadSanitizer: two programs that race for bytes are just what it looks for, and words are the
 * library's promise. */
static void write_something(struct writer *writer)
{
	static _Thread_local unsigned char bytes[3 * PAGE];
	struct um_space *space = &writer->migration->guest.space;
	um_addr word = um_addr_of((uint64_t)next(&writer->random) % (RAM * PAGE) & ~7ull);
	uint64_t value = next(&writer->random), n = 1 + value % sizeof bytes;
	struct um_atomic_access add = { .op = UM_ADD, .size = 8, .operand = value };

	switch (value % (under_tsan() ? 2 : 4)) {
	case 0:
		writer->wrong += um_copy_out(space, word, &value, sizeof value, 0).status != UM_OK;
		break;
	case 1:
		writer->wrong += um_atomic(space, word, &add, 0) != UM_OK;
		break;
	case 2:
		n = n < RAM * PAGE - word.value ? n : RAM * PAGE - word.value;
		memset(bytes, (int)value, n);
		writer->wrong += um_copy_out(space, word, bytes, n, 0).status != UM_OK;
		break;
	default:
		writer->wrong += um_fill(space, word, (uint8_t)value, 8, 0).status != UM_OK;
	}
}

static void *write_often(void *argument)
{
	struct writer *writer = argument;
	unsigned i;

	for (i = 0; i < rounds(100000); i++)
		write_something(writer);
	atomic_fetch_sub(&writer->migration->writing, 1);
	return NULL;
}

/* Word by word, as a program copies that others write at the same time. */
static void copy_page(struct migration *migration, uint64_t page)
{
	uint64_t *to = (uint64_t *)(void *)(migration->copy + page * PAGE);
	size_t i;

	for (i = 0; i < WORDS; i++)
		CHECK(um_copy_in(&migration->guest.space, &to[i], um_addr_of(page * PAGE + i * 8), 8, 0), 8, UM_OK);
}

static uint64_t copy_dirty_pages(struct migration *migration)
{
	uint64_t bits[RAM / 64 + 1], taken = 0, copied = 0;
	size_t slot, page;

	for (slot = 0; slot < 2; slot++) {
		uint64_t first = migration->slots[slot].range.start.value / PAGE, pages = migration->slots[slot].range.length / PAGE;

		taken += um_guest_take_dirty(&migration->map, slot, 0, bits, RAM / 64 + 1);
		for (page = 0; page < pages; page++) {
			if (bits[page / 64] >> page % 64 & 1) {
				copy_page(migration, first + page);
				copied++;
			}
		}
	}
	assert_int_equal(taken, copied);
	return taken;
}

static void migrate(void (*barrier)(void))
{
	struct migration *migration = zeroes(1, sizeof *migration);
	struct writer writers[WRITERS];
	pthread_t threads[WRITERS];
	size_t i;

	migration->memory = memory_of(RAM * PAGE);
	migration->copy = memory_of(RAM * PAGE);
	migration->slots[0] = (struct um_guest_slot){ { { 0 }, 100 * PAGE }, migration->memory, migration->bits[0], RW };
	migration->slots[1] = (struct um_guest_slot){ { { 100 * PAGE }, 200 * PAGE }, migration->memory + 100 * PAGE, migration->bits[1], RW };
	CHECK_STATUS(um_guest_map_init(&migration->map, migration->slots, 2, barrier), UM_OK);
	um_guest_init(&migration->guest, &migration->map);
	atomic_store(&migration->writing, WRITERS);
	for (i = 0; i < WRITERS; i++) {
		writers[i] = (struct writer){ migration, (uint32_t)i + 1, 0 };
		assert_int_equal(pthread_create(&threads[i], NULL, write_often, &writers[i]), 0);
	}
	while (atomic_load(&migration->writing) != 0)
		copy_dirty_pages(migration);
	for (i = 0; i < WRITERS; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(writers[i].wrong, 0);
	}
	copy_dirty_pages(migration);
	assert_int_equal(copy_dirty_pages(migration), 0);
	assert_memory_equal(migration->copy, migration->memory, RAM * PAGE);
	munmap(migration->memory, RAM * PAGE);
	munmap(migration->copy, RAM * PAGE);
	free(migration);
}

static void a_migration_ends_with_the_same_bytes(void **state)
{
	(void)state;
	migrate(NULL);
}

static void a_migration_with_a_barrier_ends_with_the_same_bytes(void **state)
{
	(void)state;
	with_barrier(migrate);
}

/* ---------------------------------------------------------------- a write that still waits when the bit is taken */

/*
 * Each page is dirty before a round.  In it one thread writes to all of them, and another takes their bits and copies: what
 * it copied too early must be dirty again.  A page has a cache line of the bitmap for itself, and the data is in the taker's cache, so that
 * a store of the writer's waits for long.
 */
enum { RACED = 64, APART = 512 /* pages */ };

struct race {
	struct um_guest guest;
	struct um_guest_map map;
	struct um_guest_slot slot;
	uint64_t *bits;
	unsigned char *memory;
	atomic_uint arrived;
	bool ended; /* read behind a meeting */
	unsigned wrong;
};

/* Rounds in which the two met in the middle, and rounds at most: on a busy machine they often run one after the other. */
enum { MET = 4000, RACES = 12000 };

static void meet(struct race *race)
{
	unsigned mine = atomic_fetch_add(&race->arrived, 1), spins = 0;

	while (atomic_load(&race->arrived) / 2 == mine / 2)
		if (++spins % 256 == 0)
			sched_yield();
}

static um_addr raced(size_t i)
{
	return um_addr_of(i * APART * PAGE);
}

static void *write_rounds(void *argument)
{
	struct race *race = argument;
	uint64_t round;
	size_t i;

	for (round = 1; !race->ended; round++) {
		for (i = 0; i < RACED; i++)
			um_guest_mark_dirty(&race->guest, (struct um_range){ raced(i), 8 });
		meet(race);
		for (i = 0; i < RACED; i++)
			race->wrong += um_copy_out(&race->guest.space, raced(i), &round, sizeof round, 0).status != UM_OK;
		meet(race);
		meet(race);
	}
	return NULL;
}

static void copy_if_dirty(struct race *race, size_t i, uint64_t *copy)
{
	uint64_t bits;

	if (um_guest_take_dirty(&race->map, 0, i * APART / 64, &bits, 1) != 0)
		CHECK(um_copy_in(&race->guest.space, copy, raced(i), sizeof *copy, 0), 8, UM_OK);
}

static void race_for_words(void (*barrier)(void))
{
	struct race *race = zeroes(1, sizeof *race);
	uint64_t copies[RACED], round, lost = 0, met = 0, early;
	pthread_t writer;
	size_t i;

	race->bits = zeroes(RACED, APART / 8);
	race->memory = memory_of((size_t)RACED * APART * PAGE);
	race->slot = (struct um_guest_slot){ { { 0 }, (uint64_t)RACED * APART * PAGE }, race->memory, race->bits, RW };
	CHECK_STATUS(um_guest_map_init(&race->map, &race->slot, 1, barrier), UM_OK);
	um_guest_init(&race->guest, &race->map);
	assert_int_equal(pthread_create(&writer, NULL, write_rounds, race), 0);
	for (round = 1; !race->ended; round++) {
		for (i = 0, early = 0; i < RACED; i++)
			*(uint64_t *)(void *)(race->memory + raced(i).value) = 0;
		meet(race);
		for (i = 0; i < RACED; i++) {
			size_t at = round % 2 ? i : RACED - 1 - i; /* side by side, or across each other's way */

			copy_if_dirty(race, at, &copies[at]);
			early += copies[at] != round;
		}
		met += early != 0 && early != RACED;
		race->ended = met == rounds(MET) || round == rounds(RACES);
		meet(race);
		for (i = 0; i < RACED; i++) {
			copy_if_dirty(race, i, &copies[i]);
			lost += copies[i] != round;
		}
		meet(race);
	}
	pthread_join(writer, NULL);
	assert_int_equal(race->wrong, 0);
	assert_int_equal(lost, 0);
	munmap(race->memory, (size_t)RACED * APART * PAGE);
	free(race->bits);
	free(race);
}

static void no_write_waits_unseen(void **state)
{
	(void)state;
	race_for_words(NULL);
}

static void no_write_waits_unseen_with_a_barrier(void **state)
{
	(void)state;
	with_barrier(race_for_words);
}

/* ---------------------------------------------------------------- several who take */

enum { TAKERS = 2, TAKEN = 64 };

struct taking {
	struct um_guest guest;
	struct um_guest_map map;
	struct um_guest_slot slot;
	uint64_t bits;
	unsigned marked[TAKEN];
	atomic_uint taken[TAKEN];
	atomic_bool ended;
};

static void *take_pages(void *argument)
{
	struct taking *taking = argument;
	uintptr_t wrong = 0;
	uint64_t bits;
	bool last;
	size_t i;

	do {
		uint64_t count, seen = 0;

		last = atomic_load(&taking->ended);
		count = um_guest_take_dirty(&taking->map, 0, 0, &bits, 1);
		for (i = 0; i < TAKEN; i++) {
			if (bits >> i & 1) {
				atomic_fetch_add(&taking->taken[i], 1);
				seen++;
			}
		}
		wrong += count != seen;
	} while (!last);
	return (void *)wrong;
}

/* A page is marked again once its last mark was taken, so that each mark sets a bit, and is one to take. */
static void each_bit_is_taken_by_one(void **state)
{
	struct taking *taking = zeroes(1, sizeof *taking);
	unsigned char *memory = memory_of(TAKEN * PAGE);
	pthread_t threads[TAKERS];
	unsigned round;
	void *wrong;
	size_t i;

	(void)state;
	taking->slot = (struct um_guest_slot){ { { 0 }, TAKEN * PAGE }, memory, &taking->bits, RW };
	CHECK_STATUS(um_guest_map_init(&taking->map, &taking->slot, 1, NULL), UM_OK);
	um_guest_init(&taking->guest, &taking->map);
	for (i = 0; i < TAKERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, take_pages, taking), 0);
	for (round = 0; round < rounds(200000); round++) {
		for (i = 0; i < TAKEN; i++) {
			if (atomic_load_explicit(&taking->taken[i], memory_order_relaxed) == taking->marked[i]) {
				taking->marked[i]++;
				um_guest_mark_dirty(&taking->guest, (struct um_range){ { i * PAGE }, 1 });
			}
		}
		if (round % 1024 == 0)
			sched_yield();
	}
	atomic_store(&taking->ended, true);
	for (i = 0; i < TAKERS; i++) {
		pthread_join(threads[i], &wrong);
		assert_null(wrong);
	}
	for (i = 0; i < TAKEN; i++)
		assert_int_equal(atomic_load(&taking->taken[i]), taking->marked[i]);
	munmap(memory, TAKEN * PAGE);
	free(taking);
}

/* ---------------------------------------------------------------- a map that changes under readers */

enum { PLACES = 40, MAPS = 2000 };

/* Each is made while others are read, and not changed any more. */
static struct published {
	struct um_guest_slot slots[PLACES];
	struct um_guest_map map;
} published[MAPS];
static atomic_bool stop;

static void make_map(struct published *made, uint64_t (*memory)[2][WORDS], unsigned odd)
{
	size_t i, count = 0;

	for (i = 0; i < PLACES; i += odd ? 1 : 2)
		made->slots[count++] = (struct um_guest_slot){ { { i * PAGE }, PAGE }, memory[i][odd], NULL, UM_READ };
	CHECK_STATUS(um_guest_map_init(&made->map, made->slots, count, NULL), UM_OK);
}

/* Page i holds i * 2 + which kind of map; only the second kind has the odd ones. */
static void *read_places(void *argument)
{
	struct um_guest *guest = argument;
	uintptr_t wrong = 0;
	uint32_t random = 5;

	while (!atomic_load(&stop)) {
		uint64_t i = next(&random) % PLACES, value = ~0ull;
		struct um_result got = um_copy_in(&guest->space, &value, um_addr_of(i * PAGE + 8), sizeof value, 0);
		bool whole = got.status == UM_OK && got.done == 8 && value / 2 == i;

		wrong += i % 2 == 0 ? !whole : !(whole && value % 2 == 1) && !(got.status == UM_UNMAPPED && got.done == 0);
	}
	return (void *)wrong;
}

static void a_map_changes_under_readers(void **state)
{
	uint64_t (*memory)[2][WORDS] = memory_of(sizeof *memory * PLACES);
	pthread_t threads[2];
	struct um_guest guest;
	unsigned round;
	void *wrong;
	size_t i;

	(void)state;
	for (i = 0; i < PLACES; i++) {
		memory[i][0][1] = i * 2;
		memory[i][1][1] = i * 2 + 1;
	}
	make_map(&published[0], memory, 0);
	um_guest_init(&guest, &published[0].map);
	atomic_store(&stop, false);
	for (i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, read_places, &guest), 0);
	for (round = 1; round < MAPS; round++) {
		make_map(&published[round], memory, round % 2);
		assert_ptr_equal(um_guest_replace(&guest, &published[round].map), &published[round - 1].map);
		if (round % 8 == 0)
			sched_yield();
	}
	atomic_store(&stop, true);
	for (i = 0; i < 2; i++) {
		pthread_join(threads[i], &wrong);
		assert_null(wrong);
	}
	munmap(memory, sizeof *memory * PLACES);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_migration_ends_with_the_same_bytes),
		cmocka_unit_test(a_migration_with_a_barrier_ends_with_the_same_bytes),
		cmocka_unit_test(no_write_waits_unseen),
		cmocka_unit_test(no_write_waits_unseen_with_a_barrier),
		cmocka_unit_test(each_bit_is_taken_by_one),
		cmocka_unit_test(a_map_changes_under_readers),
	};

	return cmocka_run_group_tests_name("guest races", tests, NULL, NULL);
}
