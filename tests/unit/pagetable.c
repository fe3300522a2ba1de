/* The space around the walk: pages that end, tables that change, marks, and what the inner space says. */
#include "tables.h"

enum { DATA = 16 * PAGE }; /* where pages are put; tables are below */

static const enum um_pagetable_format formats[] = {
	UM_PAGETABLE_X86_64_4, UM_PAGETABLE_X86_64_5, UM_PAGETABLE_AARCH64_4K, UM_PAGETABLE_SV39, UM_PAGETABLE_SV48,
};
static const uint64_t address = 0x0000001234567000;
static unsigned char ours[4 * PAGE];

/* The entry of a page at addr that a program may read and write; nothing is left to mark. */
static uint64_t page_entry(enum um_pagetable_format format, uint64_t addr, unsigned level)
{
	uint64_t to = entry_to(format, addr);

	if (format <= UM_PAGETABLE_X86_64_5)
		return to | 0x60 | (level > 1 ? 0x80 : 0);
	return format == UM_PAGETABLE_AARCH64_4K ? (to | 0x440) ^ (level > 1 ? 2 : 0) : to | 0xd6;
}

/* Maps count pages from addr on to DATA and what follows, where every other one is left out. */
static void map(enum um_pagetable_format format, uint64_t addr, unsigned count)
{
	unsigned i;

	memset(physical, 0, PHYSICAL);
	pattern(physical + DATA, PHYSICAL - DATA, 3);
	for (i = 0; i < count; i++)
		path_to(format, addr, 1)[i] = page_entry(format, DATA + 2 * i * PAGE, 1);
}

/* ---------------------------------------------------------------- where memory ends */

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

		open_table(formats[f], UM_PAGETABLE_USER);
		map(formats[f], low_end - PAGE, 1);
		CHECK(um_copy_in(&table.space, ours, um_addr_of(low_end - 5), 9, 0), 5, UM_UNMAPPED);
		assert_memory_equal(ours, physical + DATA + PAGE - 5, 5);
		CHECK(um_copy_in(&table.space, ours, um_addr_of(low_end), 1, 0), 0, UM_UNMAPPED);
		map(formats[f], high_start, 1);
		CHECK(um_copy_in(&table.space, ours, um_addr_of(high_start), 5, 0), 5, UM_OK);
		assert_memory_equal(ours, physical + DATA, 5);
		CHECK(um_copy_in(&table.space, ours, um_addr_of(high_start - 1), 5, 0), 0, UM_UNMAPPED);
		map(formats[f], high_page, 1);
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

			open_table(formats[f], UM_PAGETABLE_USER);
			memset(physical, 0, PHYSICAL);
			*path_to(formats[f], base, level) = page_entry(formats[f], 0, level);
			memory.size = PHYSICAL - 3;
			expect_end(base + PHYSICAL - 3, UM_BUS);
			memory.size = PHYSICAL;
			memory.space.last.value = PHYSICAL - 14;
			expect_end(base + PHYSICAL - 13, UM_BUS);
			memory.space.last.value = UINT64_MAX;
			*path_to(formats[f], base, level) = page_entry(formats[f], size, level);
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
				struct um_pagetable_config config = { .format = formats[f], .address_bits = bits };
				uint64_t end = (uint64_t)1 << bits, size = (uint64_t)PAGE << 9 * (level - 1), *entry;
				struct um_translation got;

				memset(physical, 0, PHYSICAL);
				entry = path_to(formats[f], address, level);
				CHECK_STATUS(um_pagetable_init(&table, &memory.space, &config), UM_OK);
				*entry = page_entry(formats[f], end - size, level);
				CHECK_STATUS(um_pagetable_translate(&table, um_addr_of(address), UM_READ, &got), UM_OK);
				assert_int_equal(got.addr.value, end - size + address % size);
				*entry = bits < 48 ? page_entry(formats[f], end, level) : 0;
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
		map(formats[f], address, 3);
		open_table(formats[f], UM_PAGETABLE_USER);
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
		map(formats[f], address, 3);
		um_bytes_init(&memory, physical, PHYSICAL);
		open_over(watch(&watched, &memory.space), formats[f], UM_PAGETABLE_USER);
		for (i = 0; i < 3; i++) {
			um_audit_call_begin(&watched.audit, "page");
			CHECK(um_copy_in(&table.space, ours, um_addr_of(address + i * PAGE), PAGE, 0), PAGE, UM_OK);
			assert_int_equal(watched.audit.accesses, levels_of(formats[f]) + 1);
			assert_single_fetch(&watched);
		}
		um_audit_call_begin(&watched.audit, "pages");
		CHECK(um_copy_in(&table.space, ours, um_addr_of(address + 1), 3 * PAGE - 1, 0), 3 * PAGE - 1, UM_OK);
		assert_int_equal(watched.audit.accesses, 3 * (levels_of(formats[f]) + 1));
	}
}

struct change {
	uint64_t access, *entry, value;
	bool each; /* two bits from that value on, at each access */
};

static void make_change(void *context, uint64_t access)
{
	struct change *change = context;

	if (change->each) /* no two of accesses 1, 2, 4 or 5 apart find the same */
		*change->entry = (*change->entry & ~(3 * change->value)) | access % 3 * change->value;
	else if (access == change->access)
		*change->entry = change->value;
}

/* After each step of the walk every entry that it has passed is wiped: what was fetched counts. */
static void what_was_fetched_counts(void **state)
{
	struct watched watched;
	unsigned f, level, levels;

	(void)state;
	for (f = 0; f < 5; f++) {
		levels = levels_of(formats[f]);
		um_bytes_init(&memory, physical, PHYSICAL);
		open_over(watch(&watched, &memory.space), formats[f], UM_PAGETABLE_USER);
		for (level = 1; level <= levels; level++) {
			struct change change = { levels - level + 1, slot((levels - level) * PAGE, slot_of(address, level)), 0, false };

			map(formats[f], address, 1);
			um_audit_call_begin(&watched.audit, "change");
			um_audit_between(&watched.audit, make_change, &change);
			CHECK(um_copy_in(&table.space, ours, um_addr_of(address), 8, 0), 8, UM_OK);
			assert_memory_equal(ours, physical + DATA, 8);
			CHECK(um_copy_in(&table.space, ours, um_addr_of(address), 8, 0), 0, UM_UNMAPPED);
		}
	}
}

/* ---------------------------------------------------------------- marks */

static const uint64_t aligned = 0x1240000800; /* of which every size of page has the first bytes */

/* A page of any size at aligned, with nothing marked.  It holds the root, but not the entry that leads to itself. */
static uint64_t *unmarked(enum um_pagetable_format format, unsigned level)
{
	uint64_t marks = format == UM_PAGETABLE_AARCH64_4K ? 0x400 : format <= UM_PAGETABLE_X86_64_5 ? 0x60 : 0xc0, *entry;

	memset(physical, 0, PHYSICAL);
	entry = path_to(format, aligned, level);
	*entry = page_entry(format, 0, level) & ~marks;
	if (format == UM_PAGETABLE_AARCH64_4K)
		*entry |= (uint64_t)1 << 51 | 0x80;
	return entry;
}

static void act_on(unsigned act, um_addr addr)
{
	struct um_atomic_access load = { .op = UM_LOAD, .size = 4 }, cas = { .op = UM_CAS, .size = 4, .expected = 1 };
	struct um_range range = { addr, 8 };
	static const unsigned char zeroes[8];

	switch (act) {
	case 0: CHECK(um_copy_in(&table.space, ours, addr, 8, 0), 8, UM_OK); break;
	case 1: CHECK_STATUS(um_atomic(&table.space, addr, &load, 0), UM_OK); break;
	case 2: CHECK(um_populate(&table.space, range, UM_READ, 0), 8, UM_OK); break;
	case 3: CHECK(um_copy_in(&table.space, ours, addr, 8, UM_IGNORE_PERMS), 8, UM_OK); break;
	case 4: CHECK(um_fill(&table.space, addr, 0, 8, 0), 8, UM_OK); break;
	case 5: CHECK_STATUS(um_atomic(&table.space, addr, &cas, 0), UM_OK); break;
	case 6: CHECK(um_populate(&table.space, range, UM_READ | UM_WRITE, 0), 8, UM_OK); break;
	default: CHECK(um_copy_out(&table.space, addr, zeroes, 8, 0), 8, UM_OK); break;
	}
}

static void marks_are_the_machines(void **state)
{
	static unsigned char before[PHYSICAL];
	um_addr addr = um_addr_of(aligned);
	struct um_translation got;
	unsigned f, level, act, i;

	(void)state;
	for (f = 0; f < 5; f++) {
		for (level = 1; level <= 3; level++) {
			for (act = 0; act < 8; act++) {
				struct answer answer;

				unmarked(formats[f], level);
				open_table(formats[f], UM_PAGETABLE_USER | UM_PAGETABLE_UPDATE);
				answer = oracle(&table.config, addr.value);
				memcpy(before, physical, PHYSICAL);
				CHECK(um_check(&table.space, (struct um_range){ addr, 8 }, UM_READ | UM_WRITE, 0), 8, UM_OK);
				CHECK_STATUS(um_pagetable_translate(&table, addr, UM_WRITE, &got), UM_OK);
				assert_memory_equal(before, physical, PHYSICAL);
				act_on(act, addr);
				act_on(act, addr); /* what is marked stays so */
				for (i = 0; i < answer.steps; i++) {
					uint64_t marked = act < 4 ? answer.step[i].used : answer.step[i].written;

					memcpy(before + answer.step[i].at, &marked, sizeof marked);
				}
				assert_memory_equal(before, physical, PHYSICAL);
			}
		}
	}
}

/* Refused accesses mark nothing, and neither do those that only UM_IGNORE_PERMS lets pass. */
static void what_is_refused_is_not_marked(void **state)
{
	static unsigned char before[PHYSICAL];
	um_addr addr = um_addr_of(aligned);
	unsigned f;

	(void)state;
	for (f = 0; f < 5; f++) {
		uint64_t *entry = unmarked(formats[f], 1), writable = formats[f] <= UM_PAGETABLE_X86_64_5 ? 2 : 4;

		*entry &= ~(formats[f] == UM_PAGETABLE_AARCH64_4K ? (uint64_t)1 << 51 : writable);
		open_table(formats[f], UM_PAGETABLE_USER | UM_PAGETABLE_UPDATE);
		memcpy(before, physical, PHYSICAL);
		CHECK(um_fill(&table.space, addr, 0, 8, 0), 0, UM_DENIED);
		assert_memory_equal(before, physical, PHYSICAL);
		CHECK(um_fill(&table.space, addr, 0, 8, UM_IGNORE_PERMS), 8, UM_OK);
		assert_memory_equal(before, physical, PHYSICAL);
	}
}

/* Without UM_PAGETABLE_UPDATE no entry is written; what lacks a mark is refused but on x86-64, and passed by a debugger. */
static void nothing_is_marked_unasked(void **state)
{
	static unsigned char before[PHYSICAL];
	um_addr addr = um_addr_of(aligned);
	unsigned f;

	(void)state;
	for (f = 0; f < 5; f++) {
		bool minds = formats[f] > UM_PAGETABLE_X86_64_5;
		uint64_t *entry = unmarked(formats[f], 1);

		open_table(formats[f], UM_PAGETABLE_USER);
		memcpy(before, physical, PHYSICAL);
		CHECK(um_copy_in(&table.space, ours, addr, 8, 0), minds ? 0 : 8, minds ? UM_DENIED : UM_OK);
		CHECK(um_fill(&table.space, addr, 0, 8, 0), minds ? 0 : 8, minds ? UM_DENIED : UM_OK);
		CHECK(um_fill(&table.space, addr, 0, 8, UM_IGNORE_PERMS), 8, UM_OK);
		assert_memory_equal(before, physical, PHYSICAL);
		*entry |= formats[f] == UM_PAGETABLE_AARCH64_4K ? 0x400 : 0x40; /* used, and not written */
		CHECK(um_copy_in(&table.space, ours, addr, 8, 0), 8, UM_OK);
		CHECK(um_fill(&table.space, addr, 0, 8, 0), minds ? 0 : 8, minds ? UM_DENIED : UM_OK);
	}
}

/* The page's entry moves to another page before it is marked: the access goes there, and only what was found is marked. */
static void an_entry_that_changes_is_walked_again(void **state)
{
	struct watched watched;
	unsigned f, i;

	(void)state;
	for (f = 0; f < 5; f++) {
		uint64_t *entry = unmarked(formats[f], 1), was = *entry, moved = was + (entry_to(formats[f], DATA) - entry_to(formats[f], 0));
		struct change change = { levels_of(formats[f]), entry, moved, false };
		struct answer answer;

		um_bytes_init(&memory, physical, PHYSICAL);
		if (formats[f] <= UM_PAGETABLE_X86_64_5) /* of tables that are marked already */
			for (i = 0; i < levels_of(formats[f]) - 1; i++)
				*slot(i * PAGE, slot_of(aligned, levels_of(formats[f]) - i)) |= 0x20;
		open_over(watch(&watched, &memory.space), formats[f], UM_PAGETABLE_USER | UM_PAGETABLE_UPDATE);
		um_audit_between(&watched.audit, make_change, &change);
		CHECK(um_copy_out(&table.space, um_addr_of(aligned), "moved", 5, 0), 5, UM_OK);
		assert_memory_equal(physical + DATA + 0x800, "moved", 5);
		assert_memory_equal(physical + 0x800, "\0\0\0\0\0", 5);
		*entry = moved;
		answer = oracle(&table.config, aligned);
		assert_int_equal(answer.addr, DATA + 0x800);
	}
}

/* Somebody who changes it each time: a bounded number of walks, UM_AGAIN, and nothing done. */
static void an_entry_that_never_holds_still(void **state)
{
	struct um_atomic_access add = { .op = UM_ADD, .size = 4, .operand = 1, .old = 7 };
	struct watched watched;
	unsigned f, act;

	(void)state;
	for (f = 0; f < 5; f++) {
		uint64_t *entry = unmarked(formats[f], 1), was = *entry;
		/* Bits that are software's, and do not matter. */
		struct change change = { 0, entry, formats[f] > UM_PAGETABLE_AARCH64_4K ? 0x100 : (uint64_t)1 << 55, true };

		um_bytes_init(&memory, physical, PHYSICAL);
		open_over(watch(&watched, &memory.space), formats[f], UM_PAGETABLE_USER | UM_PAGETABLE_UPDATE);
		um_audit_between(&watched.audit, make_change, &change);
		for (act = 0; act < 2; act++) {
			um_audit_call_begin(&watched.audit, "again");
			if (act == 0)
				CHECK(um_copy_in(&table.space, ours, um_addr_of(aligned), 8, 0), 0, UM_AGAIN);
			else
				CHECK_STATUS(um_atomic(&table.space, um_addr_of(aligned), &add, 0), UM_AGAIN);
			assert_true(watched.audit.accesses < 200);
		}
		assert_int_equal(*entry & ~(3 * change.value), was & ~(3 * change.value));
		assert_int_equal(add.old, 7);
	}
}

/* Where an entry cannot be marked nothing is done, and nothing else is marked. */
static void an_entry_that_cannot_be_written(void **state)
{
	static const struct { enum um_status inner, says; } cases[] = {
		{ UM_DENIED, UM_BUS }, { UM_UNMAPPED, UM_BUS }, { UM_MISALIGNED, UM_BUS }, { UM_GONE, UM_GONE }, { UM_NO_MEMORY, UM_NO_MEMORY },
	};
	static unsigned char before[PHYSICAL];
	struct watched watched;
	unsigned f;
	size_t i;

	(void)state;
	for (f = 0; f < 5; f++) {
		for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
			unmarked(formats[f], 1);
			memcpy(before, physical, PHYSICAL);
			um_bytes_init(&memory, physical, PHYSICAL);
			open_over(watch(&watched, &memory.space), formats[f], UM_PAGETABLE_USER | UM_PAGETABLE_UPDATE);
			um_audit_fail_at(&watched.audit, levels_of(formats[f]) * 8, cases[i].inner);
			CHECK(um_fill(&table.space, um_addr_of(aligned), 9, 8, 0), 0, cases[i].says);
			assert_memory_equal(before, physical, PHYSICAL);
		}
	}
}

/* ---------------------------------------------------------------- what the inner space says */

static void statuses_of_the_inner_space(void **state)
{
	static const enum um_status statuses[] = {
		UM_UNMAPPED, UM_DENIED, UM_BUS, UM_RANGE, UM_WOULD_FAULT, UM_NO_MEMORY, UM_GONE, UM_REFUSED, UM_INTERRUPTED, UM_MISALIGNED,
	};
	struct watched watched;
	unsigned f, level;
	size_t i;

	(void)state;
	for (f = 0; f < 5; f++) {
		unsigned levels = levels_of(formats[f]);

		map(formats[f], address, 1);
		um_bytes_init(&memory, physical, PHYSICAL);
		open_over(watch(&watched, &memory.space), formats[f], UM_PAGETABLE_USER);
		for (i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
			bool no_word = statuses[i] == UM_UNMAPPED || statuses[i] == UM_RANGE;

			for (level = 0; level < levels; level++) {
				um_audit_fail_at(&watched.audit, level * 8 + 3, statuses[i]);
				CHECK(um_copy_in(&table.space, ours, um_addr_of(address), 8, 0), 0,
				      no_word || statuses[i] == UM_DENIED || statuses[i] == UM_MISALIGNED ? UM_BUS : statuses[i]);
			}
			um_audit_fail_at(&watched.audit, levels * 8 + 5, statuses[i]);
			CHECK(um_copy_in(&table.space, ours, um_addr_of(address), 8, 0), 5, no_word ? UM_BUS : statuses[i]);
			um_audit_fail_at(&watched.audit, levels * 8 + 5, statuses[i]);
			CHECK(um_copy_out(&table.space, um_addr_of(address), ours, 8, 0), 5, no_word ? UM_BUS : statuses[i]);
		}
	}
}

struct flags_seen {
	struct um_space space;
	unsigned any, all, populated;
	bool own_access; /* was execute asked of the inner space? */
};

static struct um_result note_copy_in(struct um_space *space, void *dst, um_addr src, size_t n, unsigned flags)
{
	((struct flags_seen *)space)->any |= flags;
	((struct flags_seen *)space)->all &= flags;
	return um_copy_in(&memory.space, dst, src, n, flags);
}

static struct um_result note_check(struct um_space *space, struct um_range range, unsigned access, unsigned flags)
{
	((struct flags_seen *)space)->any |= flags;
	((struct flags_seen *)space)->own_access |= access & UM_EXEC || access == 0;
	return um_check(&memory.space, range, access, flags);
}

static struct um_result note_populate(struct um_space *space, struct um_range range, unsigned access, unsigned flags)
{
	((struct flags_seen *)space)->any |= flags;
	((struct flags_seen *)space)->populated |= access;
	return um_populate(&memory.space, range, access, flags);
}

/* UM_NOFAULT goes on to the inner space, UM_IGNORE_PERMS does not, and to execute is to read there. */
static void flags_go_where_they_belong(void **state)
{
	static const struct um_space_ops ops = { .size = sizeof ops, .name = "flags", .copy_in = note_copy_in, .check = note_check,
	                                         .populate = note_populate };
	struct flags_seen inner = { .space = { .ops = &ops, .last = { UINT64_MAX },
	                                       .can = UM_CAN_NOFAULT | UM_CAN_IGNORE_PERMS | UM_CAN_CHECK } };

	(void)state;
	map(UM_PAGETABLE_X86_64_4, address, 1);
	um_bytes_init(&memory, physical, PHYSICAL);
	open_over(&inner.space, UM_PAGETABLE_X86_64_4, UM_PAGETABLE_USER);
	CHECK(um_copy_in(&table.space, ours, um_addr_of(address), 8, UM_IGNORE_PERMS), 8, UM_OK);
	CHECK(um_check(&table.space, (struct um_range){ um_addr_of(address), 8 }, UM_READ | UM_EXEC, UM_IGNORE_PERMS), 8, UM_OK);
	CHECK(um_check(&table.space, (struct um_range){ um_addr_of(address), 8 }, UM_EXEC, 0), 8, UM_OK);
	CHECK(um_populate(&table.space, (struct um_range){ um_addr_of(address), 8 }, UM_READ | UM_EXEC, UM_IGNORE_PERMS), 8, UM_OK);
	assert_int_equal(inner.populated, UM_READ);
	assert_int_equal(inner.any, 0);
	assert_false(inner.own_access);
	inner.all = ~0u;
	CHECK(um_copy_in(&table.space, ours, um_addr_of(address), 8, UM_NOFAULT | UM_IGNORE_PERMS), 8, UM_OK);
	assert_int_equal(inner.any, UM_NOFAULT);
	assert_int_equal(inner.all, UM_NOFAULT);
	CHECK_RESULT(um_copy_out(&table.space, um_addr_of(address), ours, 8, 0), 0, UM_UNSUPPORTED, UM_ONLY_SIDE);
}

/* ---------------------------------------------------------------- visit */

struct guest {
	size_t room, taken;
	struct um_result then;
	unsigned calls;
};

static struct um_result take(void *context, const struct um_block *blocks, size_t count)
{
	struct guest *guest = context;
	struct um_result took = { 0, UM_OK, UM_ONLY_SIDE };
	size_t i;

	guest->calls++;
	for (i = 0; i < count && took.status == UM_OK; i++) {
		size_t n = blocks[i].length < guest->room ? blocks[i].length : guest->room;

		if (guest->taken + n <= sizeof ours)
			memcpy(ours + guest->taken, blocks[i].ptr, n);
		guest->taken += n, guest->room -= n, took.done += n;
		if (n < blocks[i].length)
			took.status = guest->then.status, took.side = guest->then.side;
	}
	return took;
}

static void a_visit_shows_pages_and_keeps_causes_apart(void **state)
{
	struct guest guest = { .room = SIZE_MAX };
	struct um_range ranges[3] = { { um_addr_of(address + PAGE - 4), 8 }, { um_addr_of(address + 1), 2 }, { um_addr_of(address), 9 } };

	(void)state;
	map(UM_PAGETABLE_AARCH64_4K, address, 3);
	open_table(UM_PAGETABLE_AARCH64_4K, UM_PAGETABLE_USER);
	CHECK(um_visit(&table.space, um_ranges_from(ranges, 3), UM_READ, 0, take, &guest), 19, UM_OK);
	assert_int_equal(guest.calls, 1);
	assert_memory_equal(ours, physical + DATA + PAGE - 4, 4);
	assert_memory_equal(ours + 4, physical + DATA + 2 * PAGE, 4);
	assert_memory_equal(ours + 8, physical + DATA + 1, 2);
	assert_memory_equal(ours + 10, physical + DATA, 9);
	/* No table leads there; the tables lead nowhere; the visitor says so itself. */
	guest = (struct guest){ .room = SIZE_MAX };
	CHECK(um_visit(&table.space, um_ranges_of(um_addr_of(address + 1), 4 * PAGE), UM_READ, 0, take, &guest), 3 * PAGE - 1, UM_UNMAPPED);
	path_to(UM_PAGETABLE_AARCH64_4K, address, 1)[1] = page_entry(UM_PAGETABLE_AARCH64_4K, PHYSICAL, 1);
	guest = (struct guest){ .room = SIZE_MAX };
	CHECK(um_visit(&table.space, um_ranges_of(um_addr_of(address), 2 * PAGE), UM_READ, 0, take, &guest), PAGE, UM_BUS);
	guest = (struct guest){ .room = 5, .then = { 0, UM_UNMAPPED, UM_ONLY_SIDE } };
	CHECK(um_visit(&table.space, um_ranges_of(um_addr_of(address), PAGE), UM_READ, 0, take, &guest), 5, UM_UNMAPPED);
	guest = (struct guest){ .room = 5, .then = { 0, UM_RANGE, UM_TO } };
	CHECK_RESULT(um_visit(&table.space, um_ranges_of(um_addr_of(address), PAGE), UM_READ, 0, take, &guest), 5, UM_RANGE, UM_TO);
	guest = (struct guest){ .room = 5 };
	CHECK(um_visit(&table.space, um_ranges_of(um_addr_of(address), PAGE), UM_READ, 0, take, &guest), 5, UM_STOPPED);
}

/* More pages than a visitor takes blocks, one page of memory many times. */
static void a_visit_of_many_pages(void **state)
{
	unsigned count, i;

	(void)state;
	open_table(UM_PAGETABLE_SV39, UM_PAGETABLE_USER);
	for (count = UM_VISIT_MAX - 1; count <= 2 * UM_VISIT_MAX + 1; count++) {
		struct guest guest = { .room = SIZE_MAX };
		uint64_t *entries;

		map(UM_PAGETABLE_SV39, address, 1);
		entries = path_to(UM_PAGETABLE_SV39, address, 1);
		for (i = 1; i < count; i++)
			entries[i] = entries[0];
		CHECK(um_visit(&table.space, um_ranges_of(um_addr_of(address), count * PAGE), UM_READ, 0, take, &guest), count * PAGE, UM_OK);
		assert_int_equal(guest.calls, (count + UM_VISIT_MAX - 1) / UM_VISIT_MAX);
		guest = (struct guest){ .room = SIZE_MAX };
		CHECK(um_visit(&table.space, um_ranges_of(um_addr_of(address), count * PAGE + 1), UM_READ, 0, take, &guest), count * PAGE,
		      UM_UNMAPPED);
		guest = (struct guest){ .room = PAGE * UM_VISIT_MAX - 1 };
		CHECK(um_visit(&table.space, um_ranges_of(um_addr_of(address), count * PAGE), UM_READ, 0, take, &guest),
		      count < UM_VISIT_MAX ? count * PAGE : UM_VISIT_MAX * PAGE - 1, count < UM_VISIT_MAX ? UM_OK : UM_STOPPED);
		assert_int_equal(guest.calls, 1);
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
		cmocka_unit_test(marks_are_the_machines),
		cmocka_unit_test(what_is_refused_is_not_marked),
		cmocka_unit_test(nothing_is_marked_unasked),
		cmocka_unit_test(an_entry_that_changes_is_walked_again),
		cmocka_unit_test(an_entry_that_never_holds_still),
		cmocka_unit_test(an_entry_that_cannot_be_written),
		cmocka_unit_test(statuses_of_the_inner_space),
		cmocka_unit_test(flags_go_where_they_belong),
		cmocka_unit_test(a_visit_shows_pages_and_keeps_causes_apart),
		cmocka_unit_test(a_visit_of_many_pages),
	};

	return cmocka_run_group_tests_name("pagetable", tests, NULL, NULL);
}
