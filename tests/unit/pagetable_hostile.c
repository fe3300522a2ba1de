/* Tables that somebody made up: pages of random entries, against the oracle, and every call over them. */
#include "tables.h"

enum { ROUNDS = 100, LOOKS = 40, CALLS = 20 };

/* Bits that are mostly right, so that walks go deep, and an address that is mostly there. */
static uint64_t make_up(enum um_pagetable_format format, uint64_t *seed)
{
	uint64_t bits = next_random(seed), entry = entry_to(format, (bits >> 8) % (PAGES + 2) * PAGE);

	switch (bits % 8) {
	case 0: return next_random(seed);
	case 1: return entry ^ (uint64_t)1 << (bits >> 58);
	case 2: return entry ^ (next_random(seed) & 0xff);
	case 3: return entry ^ (next_random(seed) & 0xfff) ^ (uint64_t)1 << (bits >> 58);
	case 4: return 0;
	default: return entry;
	}
}

static void fill_physical(enum um_pagetable_format format, uint64_t *seed)
{
	uint64_t i;

	for (i = 0; i < PHYSICAL / 8; i++)
		*slot(0, i) = make_up(format, seed);
}

/* Addresses around every edge there is, and any at all. */
static uint64_t somewhere(uint64_t *seed)
{
	static const unsigned edges[] = { 12, 21, 30, 38, 39, 47, 48, 56, 57, 63 };
	uint64_t bits = next_random(seed), addr = next_random(seed);

	if (bits % 4 == 0)
		return addr;
	if (bits % 4 == 1) /* near an edge, in either half */
		return (bits & 4 ? (uint64_t)0 : UINT64_MAX) ^ (((uint64_t)1 << edges[bits / 8 % 10]) - (bits >> 60));
	return (uint64_t)((int64_t)(addr << (bits % 3 * 9 + 7)) >> (bits % 3 * 9 + 7));
}

static void random_tables_are_as_the_oracle_reads_them(void **state)
{
	uint64_t seed = 20261;
	unsigned f, round, look;

	(void)state;
	for (f = 0; f < 5; f++) {
		for (round = 0; round < ROUNDS; round++) {
			open_table(all_formats[f], (unsigned)next_random(&seed) % 32);
			table.config.address_bits -= (unsigned)next_random(&seed) % 8;
			fill_physical(all_formats[f], &seed);
			for (look = 0; look < LOOKS; look++)
				assert_as_oracle(somewhere(&seed));
		}
	}
}

static struct um_result scribble(void *context, const struct um_block *blocks, size_t count)
{
	struct um_result took = { 0, UM_OK, UM_ONLY_SIDE };
	size_t i;

	for (i = 0; i < count; i++) {
		memset(blocks[i].ptr, *(const unsigned char *)context, blocks[i].length);
		took.done += blocks[i].length;
	}
	return took;
}

/* Some sizes are a few pages, some all there is. */
static void expect_prefix(struct um_result result, size_t n)
{
	assert_true(result.done <= n);
	assert_true((result.status == UM_OK) == (result.done == n));
	assert_true(result.status <= UM_DENIED || result.status == UM_BUS || result.status == UM_RANGE || result.status == UM_AGAIN);
}

/* What is written may be the tables themselves: each page is judged as they are when its turn comes. */
static void every_call_over_random_tables_ends(void **state)
{
	static unsigned char ours[3 * PAGE];
	uint64_t seed = 20262;
	unsigned f, round, call;

	(void)state;
	for (f = 0; f < 5; f++) {
		for (round = 0; round < ROUNDS; round++) {
			open_table(all_formats[f], (unsigned)next_random(&seed) % 32);
			fill_physical(all_formats[f], &seed);
			for (call = 0; call < CALLS; call++) {
				um_addr addr = um_addr_of(somewhere(&seed));
				size_t n = 1 + (size_t)next_random(&seed) % sizeof ours;
				unsigned flags = (unsigned)next_random(&seed) % 4;
				struct um_atomic_access access = { .op = UM_ADD, .size = 8, .operand = 1 };
				struct um_range range = { addr, next_random(&seed) };
				struct um_result text = um_copy_string_in(&table.space, (char *)ours, addr, n, flags);

				assert_true(text.done < n && ours[text.done] == '\0');
				expect_prefix(um_copy_in(&table.space, ours, addr, n, flags), n);
				expect_prefix(um_check(&table.space, range, UM_READ, flags), range.length);
				expect_prefix(um_copy_out(&table.space, addr, ours, n, flags), n);
				expect_prefix(um_fill(&table.space, addr, (uint8_t)n, n, flags), n);
				expect_prefix(um_visit(&table.space, um_ranges_of(addr, n), UM_WRITE, flags, scribble, ours), n);
				expect_prefix(um_populate(&table.space, (struct um_range){ addr, n }, UM_READ, flags & UM_IGNORE_PERMS), n);
				access.old = 7;
				if (um_atomic(&table.space, um_addr_of(addr.value & ~(uint64_t)7), &access, flags) != UM_OK)
					assert_int_equal(access.old, 7);
			}
		}
	}
}

/* One entry leads to its own table, and everything else does too: a walk takes its levels and no step more. */
static void walks_end_after_their_levels(void **state)
{
	struct watched watched;
	unsigned char byte;
	unsigned f, i;

	(void)state;
	for (f = 0; f < 5; f++) {
		for (i = 0; i < 512; i++)
			*slot(0, i) = entry_to(all_formats[f], 0);
		open_table(all_formats[f], 0);
		open_over(watch(&watched, &memory.space), all_formats[f], 0);
		(void)!um_copy_in(&table.space, &byte, um_addr_of(0x123456789), 1, 0).done;
		assert_true(watched.audit.accesses <= levels_of(all_formats[f]) + 1);
		assert_true(watched.audit.accesses >= levels_of(all_formats[f]));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_tables_are_as_the_oracle_reads_them),
		cmocka_unit_test(every_call_over_random_tables_ends),
		cmocka_unit_test(walks_end_after_their_levels),
	};

	return cmocka_run_group_tests_name("pagetable, hostile", tests, NULL, NULL);
}
