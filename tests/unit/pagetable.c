/* The space around the walk: what it is made of, pages that end, entries that are fetched once. */
#include "tables.h"

static const uint64_t address = 0x0000001234567000;
static unsigned char ours[4 * PAGE];

static void wrong_configurations_are_refused(void **state)
{
	struct um_pagetable_config good = { .format = UM_PAGETABLE_AARCH64_4K, .root_high = { 1 << 20 } }, config;
	struct um_bytes plain;
	unsigned bit;

	(void)state;
	um_bytes_init(&memory, physical, PHYSICAL);
	CHECK_STATUS(um_pagetable_init(&table, &memory.space, &good), UM_OK);
	assert_int_equal(table.config.address_bits, 48);
	config = good, config.format = (enum um_pagetable_format)5;
	CHECK_STATUS(um_pagetable_init(&table, &memory.space, &config), UM_INVALID);
	config = good, config.format = (enum um_pagetable_format)-1;
	CHECK_STATUS(um_pagetable_init(&table, &memory.space, &config), UM_INVALID);
	for (bit = 0; bit < 12; bit++) {
		config = good, config.root.value = 1u << bit;
		CHECK_STATUS(um_pagetable_init(&table, &memory.space, &config), UM_INVALID);
	}
	for (bit = 32; bit; bit <<= 1) {
		config = good, config.flags = bit;
		CHECK_STATUS(um_pagetable_init(&table, &memory.space, &config), UM_INVALID);
	}
	config = good, config.address_bits = 31;
	CHECK_STATUS(um_pagetable_init(&table, &memory.space, &config), UM_INVALID);
	config.address_bits = 49;
	CHECK_STATUS(um_pagetable_init(&table, &memory.space, &config), UM_INVALID);
	config.address_bits = 32, config.root.value = (uint64_t)1 << 32;
	CHECK_STATUS(um_pagetable_init(&table, &memory.space, &config), UM_INVALID);
	config.root.value -= PAGE;
	CHECK_STATUS(um_pagetable_init(&table, &memory.space, &config), UM_OK);
	config = good, config.root_high.value = 8;
	CHECK_STATUS(um_pagetable_init(&table, &memory.space, &config), UM_INVALID);
	config.flags = UM_PAGETABLE_NO_HIGH;
	CHECK_STATUS(um_pagetable_init(&table, &memory.space, &config), UM_OK);
	config.format = UM_PAGETABLE_SV48, config.flags = 0;
	CHECK_STATUS(um_pagetable_init(&table, &memory.space, &config), UM_OK);
	plain = memory, plain.space.can = UM_CAN_WRITE | UM_CAN_PERMS;
	config = good, config.flags = UM_PAGETABLE_UPDATE;
	CHECK_STATUS(um_pagetable_init(&table, &plain.space, &config), UM_UNSUPPORTED);
	CHECK_STATUS(um_pagetable_init(&table, &memory.space, &config), UM_OK);
	assert_int_equal(table.space.can, memory.space.can | UM_CAN_IGNORE_PERMS);
	CHECK_STATUS(um_pagetable_init(&table, &plain.space, &good), UM_OK);
	assert_int_equal(table.space.can, UM_CAN_WRITE | UM_CAN_IGNORE_PERMS);
}

static void translate_judges_its_arguments(void **state)
{
	struct um_translation got = { { 7 }, 7, 7, 7 };

	(void)state;
	map(UM_PAGETABLE_SV39, address, 1);
	open_table(UM_PAGETABLE_SV39, 0);
	CHECK_STATUS(um_pagetable_translate(&table, um_addr_of(address), 8, &got), UM_INVALID);
	CHECK_STATUS(um_pagetable_translate(&table, um_addr_of(address + PAGE), 0, &got), UM_UNMAPPED);
	assert_true(got.addr.value == 7 && got.left == 7 && got.access == 7 && got.level == 7);
}

/* Each address that a format has last or first, and its neighbour that it has not. */
static void the_edges_of_the_halves(void **state)
{
	static const uint64_t halves[] = { (uint64_t)1 << 47, (uint64_t)1 << 56, (uint64_t)1 << 48, (uint64_t)1 << 38, (uint64_t)1 << 47 };
	unsigned f;

	(void)state;
	for (f = 0; f < 5; f++) {
		uint64_t low_end = halves[f], high_start = 0 - halves[f], high_page = UINT64_MAX - (PAGE - 1);

		open_table(all_formats[f], UM_PAGETABLE_USER);
		map(all_formats[f], low_end - PAGE, 1);
		CHECK(um_copy_in(&table.space, ours, um_addr_of(low_end - 5), 9, 0), 5, UM_UNMAPPED);
		assert_memory_equal(ours, physical + DATA + PAGE - 5, 5);
		CHECK(um_copy_in(&table.space, ours, um_addr_of(low_end), 1, 0), 0, UM_UNMAPPED);
		map(all_formats[f], high_start, 1);
		CHECK(um_copy_in(&table.space, ours, um_addr_of(high_start), 5, 0), 5, UM_OK);
		assert_memory_equal(ours, physical + DATA, 5);
		CHECK(um_copy_in(&table.space, ours, um_addr_of(high_start - 1), 5, 0), 0, UM_UNMAPPED);
		map(all_formats[f], high_page, 1);
		CHECK(um_copy_in(&table.space, ours, um_addr_of(high_page), PAGE, 0), PAGE, UM_OK);
		assert_memory_equal(ours, physical + DATA, PAGE);
		CHECK(um_copy_out(&table.space, um_addr_of(UINT64_MAX), "x", 1, 0), 1, UM_OK);
		CHECK(um_copy_in(&table.space, ours, um_addr_of(UINT64_MAX), 2, 0), 0, UM_RANGE);
		CHECK(um_copy_in(&table.space, ours, um_addr_of(high_page), PAGE + 1, 0), 0, UM_RANGE);
		CHECK(um_check(&table.space, (struct um_range){ um_addr_of(high_page), PAGE }, UM_WRITE, 0), PAGE, UM_OK);
	}
}

/* What is done on both sides of a byte that is the last one there. */
static void expect_end(uint64_t end, enum um_status says)
{
	struct um_atomic_access access = { .op = UM_ADD, .size = 8 };
	size_t good;

	for (good = 0; good < 70; good++) {
		um_addr from = um_addr_of(end - good);
		struct um_range range = { from, 100 };

		CHECK(um_copy_in(&table.space, ours, from, 100, 0), good, says);
		CHECK(um_copy_out(&table.space, from, ours, 100, 0), good, says);
		CHECK(um_fill(&table.space, from, 9, 100, 0), good, says);
		CHECK(um_copy_string_in(&table.space, (char *)ours, from, 100, 0), good, says);
		CHECK(um_check(&table.space, range, UM_READ | UM_WRITE, 0), good, says);
		CHECK(um_populate(&table.space, range, UM_WRITE, 0), good, says);
	}
	CHECK_STATUS(um_atomic(&table.space, um_addr_of(end & ~(uint64_t)7), &access, 0), says);
}

/* A large page of which the inner space has a part: its end comes at the byte, by its size and by its limits. */
static void a_page_partly_outside(void **state)
{
	unsigned f, level;

	(void)state;
	for (f = 0; f < 5; f++) {
		for (level = 2; level <= 3; level++) {
			uint64_t size = (uint64_t)PAGE << 9 * (level - 1), base = address & ~(size - 1);

			open_table(all_formats[f], UM_PAGETABLE_USER);
			memset(physical, 0, PHYSICAL);
			*path_to(all_formats[f], base, level) = page_entry(all_formats[f], 0, level);
			memory.size = PHYSICAL - 3;
			expect_end(base + PHYSICAL - 3, UM_BUS);
			memory.size = PHYSICAL;
			memory.space.last.value = PHYSICAL - 14;
			expect_end(base + PHYSICAL - 13, UM_BUS);
			memory.space.last.value = UINT64_MAX;
			*path_to(all_formats[f], base, level) = page_entry(all_formats[f], size, level);
			CHECK(um_copy_in(&table.space, ours, um_addr_of(base), 1, 0), 0, UM_BUS);
		}
	}
}

/* The last page and the last table that address_bits leave, and the first that they do not. */
static void addresses_of_so_many_bits(void **state)
{
	unsigned f, level, bits;

	(void)state;
	for (f = 0; f < 5; f++) {
		for (bits = 32; bits <= 48; bits += 4) {
			for (level = 1; level <= 3; level++) {
				struct um_pagetable_config config = { .format = all_formats[f], .address_bits = bits };
				uint64_t end = (uint64_t)1 << bits, size = (uint64_t)PAGE << 9 * (level - 1), *entry;
				struct um_translation got;

				memset(physical, 0, PHYSICAL);
				entry = path_to(all_formats[f], address, level);
				CHECK_STATUS(um_pagetable_init(&table, &memory.space, &config), UM_OK);
				*entry = page_entry(all_formats[f], end - size, level);
				CHECK_STATUS(um_pagetable_translate(&table, um_addr_of(address), UM_READ, &got), UM_OK);
				assert_int_equal(got.addr.value, end - size + address % size);
				*entry = bits < 48 ? page_entry(all_formats[f], end, level) : 0;
				CHECK_STATUS(um_pagetable_translate(&table, um_addr_of(address), UM_READ, &got), bits < 48 ? UM_BUS : UM_UNMAPPED);
				assert_as_oracle(address);
			}
		}
	}
}

static void pages_are_followed_where_they_lie(void **state)
{
	unsigned f, i;

	(void)state;
	for (f = 0; f < 5; f++) {
		map(all_formats[f], address, 3);
		open_table(all_formats[f], UM_PAGETABLE_USER);
		CHECK(um_copy_in(&table.space, ours, um_addr_of(address), 4 * PAGE, 0), 3 * PAGE, UM_UNMAPPED);
		for (i = 0; i < 3; i++)
			assert_memory_equal(ours + i * PAGE, physical + DATA + 2 * i * PAGE, PAGE);
		pattern(ours, sizeof ours, 200);
		CHECK(um_copy_out(&table.space, um_addr_of(address + 9), ours, 2 * PAGE, 0), 2 * PAGE, UM_OK);
		assert_memory_equal(physical + DATA + 9, ours, PAGE - 9);
		assert_memory_equal(physical + DATA + 2 * PAGE, ours + PAGE - 9, PAGE);
		assert_memory_equal(physical + DATA + 4 * PAGE, ours + 2 * PAGE - 9, 9);
	}
}

/* ---------------------------------------------------------------- single fetches, and tables that change */

static void each_entry_is_fetched_once_for_each_page(void **state)
{
	struct watched watched;
	unsigned f, i;

	(void)state;
	for (f = 0; f < 5; f++) {
		map(all_formats[f], address, 3);
		um_bytes_init(&memory, physical, PHYSICAL);
		open_over(watch(&watched, &memory.space), all_formats[f], UM_PAGETABLE_USER);
		for (i = 0; i < 3; i++) {
			um_audit_call_begin(&watched.audit, "page");
			CHECK(um_copy_in(&table.space, ours, um_addr_of(address + i * PAGE), PAGE, 0), PAGE, UM_OK);
			assert_int_equal(watched.audit.accesses, levels_of(all_formats[f]) + 1);
			assert_single_fetch(&watched);
		}
		um_audit_call_begin(&watched.audit, "pages");
		CHECK(um_copy_in(&table.space, ours, um_addr_of(address + 1), 3 * PAGE - 1, 0), 3 * PAGE - 1, UM_OK);
		assert_int_equal(watched.audit.accesses, 3 * (levels_of(all_formats[f]) + 1));
	}
}

/* After each step of the walk every entry that it has passed is wiped: what was fetched counts. */
static void what_was_fetched_counts(void **state)
{
	struct watched watched;
	unsigned f, level, levels;

	(void)state;
	for (f = 0; f < 5; f++) {
		levels = levels_of(all_formats[f]);
		um_bytes_init(&memory, physical, PHYSICAL);
		open_over(watch(&watched, &memory.space), all_formats[f], UM_PAGETABLE_USER);
		for (level = 1; level <= levels; level++) {
			struct change change = { levels - level + 1, slot((levels - level) * PAGE, slot_of(address, level)), 0, false };

			map(all_formats[f], address, 1);
			um_audit_call_begin(&watched.audit, "change");
			um_audit_between(&watched.audit, make_change, &change);
			CHECK(um_copy_in(&table.space, ours, um_addr_of(address), 8, 0), 8, UM_OK);
			assert_memory_equal(ours, physical + DATA, 8);
			CHECK(um_copy_in(&table.space, ours, um_addr_of(address), 8, 0), 0, UM_UNMAPPED);
		}
	}
}

/* A guest's guest: its memory is a program's, and its tables lie scattered in that. */
static void a_table_over_a_table(void **state)
{
	struct um_pagetable outer;
	uint64_t entry;
	unsigned i;

	(void)state;
	for (i = 0; i < 8; i++) { /* physical pages 16, 18, ... are the pages 0 to 7 at address */
		uint64_t base = address + i * PAGE;

		map(UM_PAGETABLE_X86_64_5, address, 8);
		open_table(UM_PAGETABLE_X86_64_5, UM_PAGETABLE_USER);
		outer = table;
		CHECK(um_fill(&outer.space, um_addr_of(base), 0, PAGE, 0), PAGE, UM_OK);
		/* One table of Sv39, which is its own directory. */
		entry = entry_to(UM_PAGETABLE_SV39, base);
		CHECK(um_copy_out(&outer.space, um_addr_of(base), &entry, 8, 0), 8, UM_OK);
		entry = page_entry(UM_PAGETABLE_SV39, address + (i + 3) % 8 * PAGE, 1);
		CHECK(um_copy_out(&outer.space, um_addr_of(base + 8), &entry, 8, 0), 8, UM_OK);
		CHECK_STATUS(um_pagetable_init(&table, &outer.space, &(struct um_pagetable_config){ .format = UM_PAGETABLE_SV39,
		             .flags = UM_PAGETABLE_USER, .root = um_addr_of(base) }), UM_OK);
		CHECK(um_copy_in(&table.space, ours, um_addr_of(PAGE + 7), PAGE, 0), PAGE - 7, UM_UNMAPPED);
		assert_memory_equal(ours, physical + DATA + 2 * ((i + 3) % 8) * PAGE + 7, PAGE - 7);
		CHECK(um_copy_in(&table.space, ours, um_addr_of(7), 1, 0), 0, UM_BUS); /* a directory at the last level */
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wrong_configurations_are_refused),
		cmocka_unit_test(translate_judges_its_arguments),
		cmocka_unit_test(the_edges_of_the_halves),
		cmocka_unit_test(a_page_partly_outside),
		cmocka_unit_test(addresses_of_so_many_bits),
		cmocka_unit_test(pages_are_followed_where_they_lie),
		cmocka_unit_test(each_entry_is_fetched_once_for_each_page),
		cmocka_unit_test(what_was_fetched_counts),
		cmocka_unit_test(a_table_over_a_table),
	};

	return cmocka_run_group_tests_name("pagetable", tests, NULL, NULL);
}
