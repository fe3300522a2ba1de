/* AArch64's tables: permissions of pages and blocks, those that tables take away, and both halves. */
#include "tables.h"

enum { AF = 0x400, AP1 = 0x40, AP2 = 0x80 };
static const uint64_t PXN = (uint64_t)1 << 53, UXN = (uint64_t)1 << 54, DBM = (uint64_t)1 << 51, NT = 0x10000;
static const uint64_t address = 0x0000923456789abc; /* bit 47 is set: no sign here */
static const enum um_pagetable_format format = UM_PAGETABLE_AARCH64_4K;

static uint64_t page_at(uint64_t addr, unsigned level)
{
	return addr | AF | (level > 1 ? 1 : 3);
}

static void every_permission(void **state)
{
	static const unsigned modes[] = { 0, UM_PAGETABLE_USER, UM_PAGETABLE_UPDATE, UM_PAGETABLE_USER | UM_PAGETABLE_UPDATE };
	unsigned level, mode, tables, page;

	(void)state;
	for (mode = 0; mode < 4; mode++) {
		for (level = 1; level <= 3; level++) {
			unsigned above = 4 - level, l;
			uint64_t *entry;

			memset(physical, 0, PHYSICAL);
			open_table(format, modes[mode]);
			entry = path_to(format, address, level);
			/* Four bits of each table, and those of the page; of three tables not every combination. */
			for (tables = 0; tables < 1u << 4 * above; tables += above == 3 ? 5 : 1) {
				for (l = 0; l < above; l++) {
					uint64_t *table_entry = slot(l * PAGE, slot_of(address, 4 - l));

					*table_entry = (*table_entry & ~((uint64_t)15 << 59)) | (uint64_t)(tables >> 4 * l & 15) << 59;
				}
				for (page = 0; page < 64; page++) {
					*entry = page_at(0xc0000000, level) | (uint64_t)(page & 3) << 6 | (uint64_t)(page >> 2 & 3) << 53;
					*entry |= page & 16 ? DBM : 0;
					*entry ^= page & 32 ? (uint64_t)AF : 0;
					assert_as_oracle(address);
				}
			}
		}
	}
}

static void every_bit_of_every_level(void **state)
{
	unsigned level, at, bit;

	(void)state;
	for (level = 1; level <= 4; level++) {
		memset(physical, 0, PHYSICAL);
		open_table(format, UM_PAGETABLE_USER);
		*path_to(format, address, level) = page_at(0x8040000000, level) | AP1;
		for (at = level; at <= 4; at++) {
			for (bit = 0; bit < 64; bit++) {
				uint64_t *entry = slot((4 - at) * PAGE, slot_of(address, at));

				*entry ^= (uint64_t)1 << bit;
				assert_as_oracle(address);
				*entry ^= (uint64_t)1 << bit;
			}
		}
	}
}

static void reserved_bits_by_name(void **state)
{
	static const struct {
		unsigned page, level, from, until; /* of the entry of `level`, on the way to a page of level `page` */
		enum um_status says;
	} bits[] = {
		{ 3, 3, 12, 15, UM_BUS }, { 3, 3, 16, 16, UM_OK }, { 3, 3, 17, 29, UM_BUS }, { 3, 3, 30, 39, UM_OK }, /* nT is the one */
		{ 2, 2, 12, 15, UM_BUS }, { 2, 2, 16, 16, UM_OK }, { 2, 2, 17, 20, UM_BUS }, { 2, 2, 21, 39, UM_OK },
		{ 1, 1, 12, 39, UM_OK }, { 1, 1, 40, 49, UM_BUS }, { 2, 2, 40, 49, UM_BUS }, { 1, 1, 50, 50, UM_OK },
		{ 1, 1, 52, 52, UM_OK }, { 1, 1, 55, 63, UM_OK }, { 1, 1, 2, 5, UM_OK }, { 1, 1, 8, 9, UM_OK }, { 1, 1, 11, 11, UM_OK },
		{ 1, 2, 48, 50, UM_BUS }, { 1, 2, 51, 58, UM_OK }, { 1, 2, 2, 11, UM_OK }, { 1, 4, 63, 63, UM_OK },
		{ 1, 4, 1, 1, UM_BUS }, { 1, 1, 1, 1, UM_BUS }, /* a block of 512 GiB, one of 4 KiB */
	};
	struct um_pagetable_config config = { .format = format, .address_bits = 40 };
	struct um_translation got;
	unsigned bit;
	size_t i;

	(void)state;
	open_table(format, 0);
	CHECK_STATUS(um_pagetable_init(&table, &memory.space, &config), UM_OK);
	for (i = 0; i < sizeof bits / sizeof bits[0]; i++) {
		for (bit = bits[i].from; bit <= bits[i].until; bit++) {
			memset(physical, 0, PHYSICAL);
			*path_to(format, address, bits[i].page) = page_at(0x4040000000, bits[i].page);
			*slot((4 - bits[i].level) * PAGE, slot_of(address, bits[i].level)) ^= (uint64_t)1 << bit;
			CHECK_STATUS(um_pagetable_translate(&table, um_addr_of(address), UM_READ, &got), bits[i].says);
		}
	}
}

static unsigned allowed(unsigned flags, uint64_t said)
{
	struct um_translation got;

	memset(physical, 0, PHYSICAL);
	open_table(format, flags);
	*path_to(format, address, 1) = page_at(0x5000, 1) | said;
	CHECK_STATUS(um_pagetable_translate(&table, um_addr_of(address), 0, &got), UM_OK);
	return got.access;
}

static void permissions_by_name(void **state)
{
	const unsigned user = UM_PAGETABLE_USER, update = UM_PAGETABLE_UPDATE;

	(void)state;
	assert_int_equal(allowed(user, AP1), UM_READ | UM_WRITE | UM_EXEC);
	assert_int_equal(allowed(0, AP1), UM_READ | UM_WRITE); /* a kernel does not execute what its program can write */
	assert_int_equal(allowed(0, AP1 | AP2), UM_READ | UM_EXEC);
	assert_int_equal(allowed(user, AP1 | AP2 | UXN), UM_READ);
	assert_int_equal(allowed(user, 0), UM_EXEC); /* execute-only */
	assert_int_equal(allowed(user, UXN), 0);
	assert_int_equal(allowed(0, UXN | PXN), UM_READ | UM_WRITE);
	/* Clean, and dirty once it is written: by hardware that marks, or not at all. */
	assert_int_equal(allowed(user, AP1 | AP2 | DBM | UXN), UM_READ);
	assert_int_equal(allowed(user | update, AP1 | AP2 | DBM | UXN), UM_READ | UM_WRITE);
	assert_int_equal(allowed(0, AP2 | DBM | PXN), UM_READ);
	assert_int_equal(allowed(0, AP2 | NT), UM_READ | UM_EXEC);
}

static void both_halves(void **state)
{
	static const struct {
		uint64_t addr;
		enum um_status low, high; /* where only that half has tables: the other's root is a page of zeroes */
	} cases[] = {
		{ 0, UM_OK, UM_UNMAPPED }, { 0xffffffffffff, UM_OK, UM_UNMAPPED }, { 0x7fffffffffff, UM_OK, UM_UNMAPPED },
		{ 0xffff000000000000, UM_UNMAPPED, UM_OK }, { UINT64_MAX, UM_UNMAPPED, UM_OK }, { 0xffff7fffffffffff, UM_UNMAPPED, UM_OK },
		{ 0x1000000000000, UM_UNMAPPED, UM_UNMAPPED }, { 0xfffeffffffffffff, UM_UNMAPPED, UM_UNMAPPED },
		{ 0x8000000000000000, UM_UNMAPPED, UM_UNMAPPED }, { 0x7fffffffffffffff, UM_UNMAPPED, UM_UNMAPPED },
		{ 0x00ff000000000000, UM_UNMAPPED, UM_UNMAPPED },
	};
	struct um_pagetable_config config = { .format = format };
	struct um_translation got;
	unsigned half;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		for (half = 0; half < 2; half++) {
			memset(physical, 0, PHYSICAL);
			*path_to(format, cases[i].addr, 1) = page_at(0x5000, 1);
			config.root.value = half == 0 ? 0 : 9 * PAGE;
			config.root_high.value = half == 1 ? 0 : 9 * PAGE;
			CHECK_STATUS(um_pagetable_init(&table, &memory.space, &config), UM_OK);
			CHECK_STATUS(um_pagetable_translate(&table, um_addr_of(cases[i].addr), UM_READ, &got), half ? cases[i].high : cases[i].low);
			assert_as_oracle(cases[i].addr);
			table.config.flags = UM_PAGETABLE_NO_HIGH;
			CHECK_STATUS(um_pagetable_translate(&table, um_addr_of(cases[i].addr), UM_READ, &got), half ? UM_UNMAPPED : cases[i].low);
		}
	}
}

/* A program's pointers may carry a tag, where its machine ignores it. */
static void ignored_bits(void **state)
{
	struct um_translation got;
	unsigned char byte = 0;

	(void)state;
	memset(physical, 0, PHYSICAL);
	open_table(format, UM_PAGETABLE_USER);
	*path_to(format, address & 0x7fffffffffff, 1) = page_at(0x5000, 1) | AP1;
	physical[0x5abc] = 77;
	CHECK(um_copy_in(&table.space, &byte, um_addr_of((address & 0x7fffffffffff) | (uint64_t)0x5a << 56), 1, 0), 0, UM_UNMAPPED);
	table.space.ignored = (uint64_t)0xff << 56;
	CHECK(um_copy_in(&table.space, &byte, um_addr_of((address & 0x7fffffffffff) | (uint64_t)0x5a << 56), 1, 0), 1, UM_OK);
	assert_int_equal(byte, 77);
	CHECK_STATUS(um_pagetable_translate(&table, um_addr_of((address & 0x7fffffffffff) | (uint64_t)0x5a << 56), UM_READ, &got), UM_OK);
	assert_int_equal(got.addr.value, 0x5abc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_permission),
		cmocka_unit_test(every_bit_of_every_level),
		cmocka_unit_test(reserved_bits_by_name),
		cmocka_unit_test(permissions_by_name),
		cmocka_unit_test(both_halves),
		cmocka_unit_test(ignored_bits),
	};

	return cmocka_run_group_tests_name("pagetable AArch64", tests, NULL, NULL);
}
