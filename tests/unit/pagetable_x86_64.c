/* x86-64's tables: every combination of what its entries say about access, on every size of page. */
#include "tables.h"

enum { P = 1, RW = 2, US = 4, A = 0x20, D = 0x40, PS = 0x80 };
static const uint64_t XD = (uint64_t)1 << 63;
static const enum um_pagetable_format formats[] = { UM_PAGETABLE_X86_64_4, UM_PAGETABLE_X86_64_5 };

/* A different entry of each table on the way. */
static const uint64_t address = 0x0000123456789abc;

static void page_at(uint64_t *entry, unsigned level)
{
	*entry = (uint64_t)0x8040000000 | P | RW | US | (level > 1 ? (uint64_t)PS : 0);
}

/* Bit 0 of `said` is R/W, 1 U/S, 2 XD, of the entry of the smallest page; and so on upwards. */
static void say(uint64_t addr, unsigned lowest, unsigned said, enum um_pagetable_format format)
{
	unsigned level;

	for (level = levels_of(format); level >= lowest; level--, said /= 8) {
		uint64_t *entry = slot((levels_of(format) - level) * PAGE, slot_of(addr, level));

		*entry = (*entry & ~(RW | US | XD)) | (said & 1 ? RW : 0) | (said & 2 ? US : 0) | (said & 4 ? XD : 0);
	}
}

static void every_permission_on_every_level(void **state)
{
	unsigned f, level, flags, said;

	(void)state;
	for (f = 0; f < 2; f++) {
		for (level = 1; level <= 3; level++) {
			for (flags = 0; flags < 8; flags++) {
				memset(physical, 0, PHYSICAL);
				open_table(formats[f], flags);
				page_at(path_to(formats[f], address, level), level);
				for (said = 0; said < 1u << 3 * (levels_of(formats[f]) - level + 1); said += f == 0 ? 1 : 7) {
					say(address, level, said, formats[f]);
					assert_as_oracle(address);
				}
			}
		}
	}
}

/* One bit of one entry at a time is flipped: ignored, reserved, an address or a permission, by level. */
static void every_bit_of_every_level(void **state)
{
	unsigned f, level, at, bit, nx;

	(void)state;
	for (f = 0; f < 2; f++) {
		for (nx = 0; nx <= UM_PAGETABLE_NO_NX; nx += UM_PAGETABLE_NO_NX) {
			for (level = 1; level <= levels_of(formats[f]); level++) {
				memset(physical, 0, PHYSICAL);
				open_table(formats[f], UM_PAGETABLE_USER | nx);
				page_at(path_to(formats[f], address, level), level);
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
}

/* The manual's own list, so that the oracle is no judge of itself. */
static void reserved_bits_by_name(void **state)
{
	static const struct {
		unsigned level, from, until;
		enum um_status says;
	} bits[] = {
		{ 5, 7, 7, UM_BUS }, { 4, 7, 7, UM_BUS },                             /* PS where there is no page */
		{ 3, 12, 12, UM_OK }, { 3, 13, 29, UM_BUS },                          /* PAT; below the address of 1 GiB */
		{ 2, 12, 12, UM_OK }, { 2, 13, 20, UM_BUS }, { 1, 7, 7, UM_OK },      /* and of 2 MiB; PAT */
		{ 3, 30, 45, UM_OK }, { 1, 12, 45, UM_OK }, { 1, 46, 51, UM_BUS },    /* addresses of 46 bits */
		{ 3, 46, 51, UM_BUS }, { 1, 52, 62, UM_OK }, { 4, 8, 11, UM_OK },     /* ignored */
		{ 5, 52, 62, UM_OK }, { 4, 52, 62, UM_OK }, { 1, 8, 11, UM_OK },
	};
	struct um_pagetable_config config = { .format = UM_PAGETABLE_X86_64_5, .address_bits = 46 };
	struct um_translation got;
	unsigned bit;
	size_t i;

	(void)state;
	open_table(UM_PAGETABLE_X86_64_5, 0);
	CHECK_STATUS(um_pagetable_init(&table, &memory.space, &config), UM_OK);
	for (i = 0; i < sizeof bits / sizeof bits[0]; i++) {
		unsigned page = bits[i].level > 3 ? 1 : bits[i].level;

		for (bit = bits[i].from; bit <= bits[i].until; bit++) {
			memset(physical, 0, PHYSICAL);
			page_at(path_to(UM_PAGETABLE_X86_64_5, address, page), page);
			*slot((5 - bits[i].level) * PAGE, slot_of(address, bits[i].level)) ^= (uint64_t)1 << bit;
			CHECK_STATUS(um_pagetable_translate(&table, um_addr_of(address), UM_READ, &got), bits[i].says);
		}
	}
}

/* What a program or its kernel may do, in words. */
static void permissions_by_name(void **state)
{
	static const struct {
		unsigned flags;
		uint64_t directory, page; /* the second level's entry, and the first's */
		unsigned access;
	} cases[] = {
		{ UM_PAGETABLE_USER, US | RW, US | RW, UM_READ | UM_WRITE | UM_EXEC },
		{ UM_PAGETABLE_USER, US | RW, US, UM_READ | UM_EXEC },
		{ UM_PAGETABLE_USER, US, US | RW, UM_READ | UM_EXEC },
		{ UM_PAGETABLE_USER, RW, US | RW, 0 },
		{ UM_PAGETABLE_USER, US | RW, RW, 0 },
		{ 0, RW, RW, UM_READ | UM_WRITE | UM_EXEC },
		{ 0, US | RW, US | RW, UM_READ | UM_WRITE | UM_EXEC },
		{ 0, US, US | RW, UM_READ | UM_EXEC },
		{ UM_PAGETABLE_NO_WP, US, US, UM_READ | UM_WRITE | UM_EXEC },
		{ UM_PAGETABLE_NO_WP | UM_PAGETABLE_USER, US | RW, US, UM_READ | UM_EXEC },
	};
	struct um_translation got;
	unsigned nx;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		for (nx = 0; nx < 3; nx++) {
			memset(physical, 0, PHYSICAL);
			open_table(UM_PAGETABLE_X86_64_4, cases[i].flags);
			*path_to(UM_PAGETABLE_X86_64_4, address, 1) = 0x5000 | P | cases[i].page | (nx == 1 ? XD : 0);
			*slot(2 * PAGE, slot_of(address, 2)) = 3 * PAGE | P | cases[i].directory | (nx == 2 ? XD : 0);
			CHECK_STATUS(um_pagetable_translate(&table, um_addr_of(address), 0, &got), UM_OK);
			assert_int_equal(got.access, cases[i].access & (nx ? ~(unsigned)UM_EXEC : ~0u));
			assert_int_equal(got.addr.value, 0x5abc);
		}
	}
}

/* PML4[510] leads to the PML4: each level is then a table of the level below it, and all are pages. */
static void tables_that_map_themselves(void **state)
{
	enum { SELF = 510 };
	struct um_translation got;
	uint64_t addr = 0;
	unsigned f, depth;

	(void)state;
	for (f = 0; f < 2; f++) {
		unsigned levels = levels_of(formats[f]);

		memset(physical, 0, PHYSICAL);
		open_table(formats[f], 0);
		*path_to(formats[f], address, 1) = 0x9000 | P;
		*slot(0, SELF) = P | RW;
		for (depth = 1; depth <= levels; depth++) {
			unsigned level;

			addr = 0;
			for (level = levels; level > 0; level--) /* so many times by itself, then on the way to address */
				addr = addr << 9 | (levels - level < depth ? SELF : slot_of(address, level + depth));
			addr = (uint64_t)((int64_t)(addr << (64 - 9 * levels)) >> (52 - 9 * levels));
			CHECK_STATUS(um_pagetable_translate(&table, um_addr_of(addr), UM_READ, &got), UM_OK);
			assert_int_equal(got.addr.value, (uint64_t)(levels - depth) * PAGE);
			assert_int_equal(got.level, 1);
			assert_as_oracle(addr);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_permission_on_every_level),
		cmocka_unit_test(every_bit_of_every_level),
		cmocka_unit_test(reserved_bits_by_name),
		cmocka_unit_test(permissions_by_name),
		cmocka_unit_test(tables_that_map_themselves),
	};

	return cmocka_run_group_tests_name("pagetable x86-64", tests, NULL, NULL);
}
