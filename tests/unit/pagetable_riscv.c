/* RISC-V's tables, Sv39 and Sv48: every encoding of an entry, on every level. */
#include "tables.h"

enum { V = 1, R = 2, W = 4, X = 8, U = 16, G = 32, A = 64, D = 128 };
static const enum um_pagetable_format formats[] = { UM_PAGETABLE_SV39, UM_PAGETABLE_SV48 };
static const uint64_t address = 0x0000003456789abc;

static uint64_t page_at(uint64_t addr)
{
	return addr >> 2 | V;
}

static void every_encoding_on_every_level(void **state)
{
	static const unsigned modes[] = { 0, UM_PAGETABLE_USER, UM_PAGETABLE_UPDATE, UM_PAGETABLE_USER | UM_PAGETABLE_UPDATE };
	unsigned f, level, at, mode, said;

	(void)state;
	for (f = 0; f < 2; f++) {
		for (mode = 0; mode < 4; mode++) {
			for (level = 1; level <= levels_of(formats[f]); level++) {
				memset(physical, 0, PHYSICAL);
				open_table(formats[f], modes[mode]);
				for (said = 0; said < 256; said++) {
					*path_to(formats[f], address, level) = (uint64_t)0x10000000000 >> 2 | said;
					assert_as_oracle(address);
				}
				*path_to(formats[f], address, level) = page_at(0x10000000000) | R | A;
				for (at = level + 1; at <= levels_of(formats[f]); at++) {
					uint64_t *entry = slot((levels_of(formats[f]) - at) * PAGE, slot_of(address, at)), was = *entry;

					for (said = 0; said < 256; said++) {
						*entry = (was & ~(uint64_t)255) | said;
						assert_as_oracle(address);
					}
					*entry = was;
				}
			}
		}
	}
}

static void every_bit_of_every_level(void **state)
{
	unsigned f, level, at, bit;

	(void)state;
	for (f = 0; f < 2; f++) {
		for (level = 1; level <= levels_of(formats[f]); level++) {
			memset(physical, 0, PHYSICAL);
			open_table(formats[f], UM_PAGETABLE_USER);
			*path_to(formats[f], address, level) = page_at(0x10000000000) | R | W | U | A | D;
			for (at = level; at <= levels_of(formats[f]); at++) {
				for (bit = 0; bit < 64; bit++) {
					uint64_t *entry = slot((levels_of(formats[f]) - at) * PAGE, slot_of(address, at));

					*entry ^= (uint64_t)1 << bit;
					assert_as_oracle(address);
					*entry ^= (uint64_t)1 << bit;
				}
			}
		}
	}
}

static enum um_status says(unsigned level, uint64_t entry, unsigned access)
{
	struct um_translation got;

	memset(physical, 0, PHYSICAL);
	*path_to(UM_PAGETABLE_SV48, address, level) = entry;
	return um_pagetable_translate(&table, um_addr_of(address), access, &got);
}

static void what_is_reserved(void **state)
{
	unsigned bit, level;

	(void)state;
	open_table(UM_PAGETABLE_SV48, 0);
	CHECK_STATUS(says(1, page_at(0x5000) | R | A | G, UM_READ), UM_OK);
	CHECK_STATUS(says(1, page_at(0x5000) | R | A | 0x300, UM_READ), UM_OK); /* RSW is software's */
	for (bit = 54; bit < 64; bit++) /* reserved, PBMT, N */
		CHECK_STATUS(says(1, page_at(0x5000) | R | A | (uint64_t)1 << bit, UM_READ), UM_BUS);
	CHECK_STATUS(says(1, page_at(0x5000) | W | A | D, UM_WRITE), UM_BUS);
	CHECK_STATUS(says(1, page_at(0x5000) | W | X | A | D, UM_WRITE), UM_BUS);
	CHECK_STATUS(says(1, page_at(0x5000), UM_READ), UM_BUS); /* a table below the last */
	for (level = 2; level <= 4; level++) {
		uint64_t size = (uint64_t)PAGE << 9 * (level - 1);

		CHECK_STATUS(says(level, page_at(size) | R | A, UM_READ), UM_OK);
		for (bit = 12; bit < 12 + 9 * (level - 1); bit++)
			CHECK_STATUS(says(level, page_at(size | (uint64_t)1 << bit) | R | A, UM_READ), UM_BUS);
		CHECK_STATUS(says(level, page_at(9 * PAGE) | U, UM_READ), UM_BUS);
		CHECK_STATUS(says(level, page_at(9 * PAGE) | A, UM_READ), UM_BUS);
		CHECK_STATUS(says(level, page_at(9 * PAGE) | D, UM_READ), UM_BUS);
		CHECK_STATUS(says(level, page_at(9 * PAGE) | G, UM_READ), UM_UNMAPPED); /* of a page of zeroes */
	}
}

static void permissions_by_name(void **state)
{
	(void)state;
	open_table(UM_PAGETABLE_SV48, UM_PAGETABLE_USER);
	CHECK_STATUS(says(1, page_at(0x5000) | R | W | U | A | D, UM_READ | UM_WRITE), UM_OK);
	CHECK_STATUS(says(1, page_at(0x5000) | R | W | A | D, UM_READ), UM_DENIED);
	CHECK_STATUS(says(1, page_at(0x5000) | X | U | A, UM_EXEC), UM_OK);
	CHECK_STATUS(says(1, page_at(0x5000) | X | U | A, UM_READ), UM_DENIED);
	CHECK_STATUS(says(1, page_at(0x5000) | R | W | U | A, UM_READ), UM_OK);
	CHECK_STATUS(says(1, page_at(0x5000) | R | W | U | A, UM_WRITE), UM_DENIED); /* clean, and nobody to mark it */
	CHECK_STATUS(says(1, page_at(0x5000) | R | W | U | D, UM_READ), UM_DENIED);
	open_table(UM_PAGETABLE_SV48, 0);
	CHECK_STATUS(says(1, page_at(0x5000) | R | W | X | U | A | D, UM_READ | UM_WRITE), UM_OK);
	CHECK_STATUS(says(1, page_at(0x5000) | R | W | X | U | A | D, UM_EXEC), UM_DENIED); /* never, whatever SUM */
	CHECK_STATUS(says(1, page_at(0x5000) | R | X | A, UM_EXEC), UM_OK);
	open_table(UM_PAGETABLE_SV48, UM_PAGETABLE_UPDATE);
	CHECK_STATUS(says(1, page_at(0x5000) | R | W, UM_WRITE), UM_OK);
	CHECK_STATUS(says(1, page_at(0x5000) | R, UM_WRITE), UM_DENIED);
}

/* The root's last entry leads to the root, at every level; at the last there may be no table. */
static void a_table_that_points_at_itself(void **state)
{
	struct um_translation got;
	unsigned f;

	(void)state;
	for (f = 0; f < 2; f++) {
		memset(physical, 0, PHYSICAL);
		open_table(formats[f], 0);
		*slot(0, 511) = page_at(0);
		CHECK_STATUS(um_pagetable_translate(&table, um_addr_of(UINT64_MAX), 0, &got), UM_BUS);
		assert_as_oracle(UINT64_MAX);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_encoding_on_every_level),
		cmocka_unit_test(every_bit_of_every_level),
		cmocka_unit_test(what_is_reserved),
		cmocka_unit_test(permissions_by_name),
		cmocka_unit_test(a_table_that_points_at_itself),
	};

	return cmocka_run_group_tests_name("pagetable RISC-V", tests, NULL, NULL);
}
