/* Owners that end and start again while other threads are at what was lent: they get what was lent, or UM_GONE. */
#include "check.h"
#include "under.h"
#include <pthread.h>
#include <usermem/spaces/share.h>

enum { READERS = 2, SIZE = 64 };

static unsigned char lent[SIZE], others[SIZE];
static struct um_bytes spaces[2];
static struct um_owner owner;
static struct um_share share;
static pthread_barrier_t round_begins, round_ends;

static unsigned rounds(void)
{
	return under_valgrind() || under_tsan() ? 300 : 5000;
}

static void *read_until_gone(void *argument)
{
	size_t wrong = 0;
	unsigned i;

	(void)argument;
	for (i = 0; i < rounds(); i++) {
		struct um_result got = { 0, UM_OK, UM_ONLY_SIDE };
		unsigned char bytes[SIZE];

		pthread_barrier_wait(&round_begins);
		while (got.status == UM_OK) {
			got = um_copy_in(&share.space, bytes, um_addr_of(0), SIZE, 0);
			wrong += got.status == UM_OK && !all(bytes, SIZE, 1);
			wrong += um_share_length(&share) != SIZE && um_share_present(&share);
		}
		wrong += got.status != UM_GONE || got.done != 0;
		pthread_barrier_wait(&round_ends);
	}
	return (void *)wrong;
}

static void another_instance_is_never_reached(void **state)
{
	pthread_t threads[READERS];
	void *wrong;
	unsigned i;

	(void)state;
	memset(lent, 1, SIZE);
	memset(others, 2, SIZE);
	um_bytes_init(&spaces[0], lent, SIZE);
	um_bytes_init(&spaces[1], others, SIZE);
	um_share_init(&share);
	pthread_barrier_init(&round_begins, NULL, READERS + 1);
	pthread_barrier_init(&round_ends, NULL, READERS + 1);
	for (i = 0; i < READERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, read_until_gone, NULL), 0);
	for (i = 0; i < rounds(); i++) {
		struct um_range range = { um_addr_of(0), SIZE };

		um_owner_start(&owner, &spaces[0].space);
		assert_int_equal(um_share_swap(&share, &owner, UM_READ, &range), UM_OK);
		pthread_barrier_wait(&round_begins);
		if (i % 2 == 0)
			um_owner_end(&owner);
		um_owner_start(&owner, &spaces[1].space);
		pthread_barrier_wait(&round_ends);
	}
	for (i = 0; i < READERS; i++) {
		pthread_join(threads[i], &wrong);
		assert_null(wrong);
	}
	pthread_barrier_destroy(&round_begins);
	pthread_barrier_destroy(&round_ends);
}

int main(void)
{
	static const struct CMUnitTest tests[] = { cmocka_unit_test(another_instance_is_never_reached) };

	return cmocka_run_group_tests_name("share_races", tests, NULL, NULL);
}
