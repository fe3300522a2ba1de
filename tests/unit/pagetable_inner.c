/* What the inner space says, what it is asked, and what of it is shown. */
#include "tables.h"
#include <usermem/spaces/guest.h>

static const uint64_t address = 0x0000001234567000;
static unsigned char ours[4 * PAGE];

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
		unsigned levels = levels_of(all_formats[f]);

		map(all_formats[f], address, 1);
		um_bytes_init(&memory, physical, PHYSICAL);
		open_over(watch(&watched, &memory.space), all_formats[f], UM_PAGETABLE_USER);
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

enum { ASK = 3 * PAGE - 90, FROM = 50 }; /* a call over three pages */

/* What was done when byte k of the inner space's faults: entries and the page's bytes come by turns. */
static size_t done_at(uint64_t k, unsigned levels, bool *entry)
{
	static const size_t of_page[] = { PAGE - FROM, PAGE, ASK - 2 * PAGE + FROM };
	size_t done = 0;
	unsigned i;

	for (i = 0; i < 3; i++) {
		*entry = k < 8 * levels;
		if (*entry || k - 8 * levels < of_page[i])
			return done + (*entry ? 0 : k - 8 * levels);
		k -= 8 * levels + of_page[i];
		done += of_page[i];
	}
	return done;
}

static void a_fault_at_each_byte_of_the_inner_space(void **state)
{
	struct watched watched;
	unsigned f;
	uint64_t k;

	(void)state;
	for (f = 0; f < 5; f++) {
		uint64_t total = ASK + 3 * 8 * levels_of(all_formats[f]);

		map(all_formats[f], address, 3);
		um_bytes_init(&memory, physical, PHYSICAL);
		open_over(watch(&watched, &memory.space), all_formats[f], UM_PAGETABLE_USER);
		for (k = 0; k <= total; k += k % 61 ? 1 : 60) {
			bool entry = false;
			size_t done = done_at(k, levels_of(all_formats[f]), &entry);
			enum um_status says = entry ? UM_BUS : UM_DENIED;

			um_audit_call_begin(&watched.audit, "fault");
			um_audit_fail_at(&watched.audit, k, UM_DENIED);
			CHECK(um_copy_in(&table.space, ours, um_addr_of(address + FROM), ASK, 0), k < total ? done : ASK, k < total ? says : UM_OK);
			assert_memory_equal(ours, physical + DATA + FROM, done < PAGE - FROM ? done : PAGE - FROM);
			um_audit_fail_at(&watched.audit, k, UM_DENIED);
			CHECK(um_copy_out(&table.space, um_addr_of(address + FROM), ours, ASK, 0), k < total ? done : ASK, k < total ? says : UM_OK);
		}
	}
}

struct move {
	uint64_t access, *entries;
	enum um_pagetable_format format;
};

static void move_pages(void *context, uint64_t access)
{
	const struct move *move = context;
	unsigned i;

	for (i = 0; access == move->access && i < 3; i++)
		move->entries[i] = page_entry(move->format, DATA + (2 * i + 1) * PAGE, 1);
}

/* All pages move between two accesses: each is from where its entry led when that was fetched, the whole page. */
static void pages_that_move(void **state)
{
	struct watched watched;
	unsigned f, i;
	uint64_t a;

	(void)state;
	for (f = 0; f < 5; f++) {
		unsigned levels = levels_of(all_formats[f]);

		for (a = 1; a <= 3 * (levels + 1); a++) {
			struct move move = { a, NULL, all_formats[f] };

			map(all_formats[f], address, 3);
			move.entries = path_to(all_formats[f], address, 1);
			um_bytes_init(&memory, physical, PHYSICAL);
			open_over(watch(&watched, &memory.space), all_formats[f], UM_PAGETABLE_USER);
			um_audit_between(&watched.audit, move_pages, &move);
			CHECK(um_copy_in(&table.space, ours, um_addr_of(address), 3 * PAGE, 0), 3 * PAGE, UM_OK);
			for (i = 0; i < 3; i++) {
				bool moved = i * (levels + 1) + levels - 1 >= a;

				assert_memory_equal(ours + i * PAGE, physical + DATA + (2 * i + moved) * PAGE, PAGE);
			}
		}
	}
}

/* Over a machine's memory: a ROM, a hole, and which pages were written. */
static void over_a_guest(void **state)
{
	static uint64_t dirty[1];
	struct um_guest_slot slots[2] = {
		{ { { 0 }, DATA }, physical, dirty, UM_READ | UM_WRITE },
		{ { { DATA }, PAGE }, physical + DATA, NULL, UM_READ },
	};
	uint64_t bits = 0, *entries;
	struct um_guest_map slots_map;
	struct um_guest guest;

	(void)state;
	memset(physical, 0, PHYSICAL);
	entries = path_to(UM_PAGETABLE_SV39, address, 1);
	entries[0] = page_entry(UM_PAGETABLE_SV39, 9 * PAGE, 1) & ~(uint64_t)0xc0;
	entries[1] = page_entry(UM_PAGETABLE_SV39, DATA, 1);
	entries[2] = page_entry(UM_PAGETABLE_SV39, DATA + PAGE, 1);
	CHECK_STATUS(um_guest_map_init(&slots_map, slots, 2, NULL), UM_OK);
	um_guest_init(&guest, &slots_map);
	open_over(&guest.space, UM_PAGETABLE_SV39, UM_PAGETABLE_USER | UM_PAGETABLE_UPDATE);
	CHECK(um_fill(&table.space, um_addr_of(address + 9), 1, 2 * PAGE, 0), PAGE - 9, UM_DENIED);
	assert_int_equal(um_guest_take_dirty(&slots_map, 0, 0, &bits, 1), 2);
	assert_int_equal(bits, 1 << 9 | 1 << 2); /* the page, and the table that was marked */
	CHECK(um_fill(&table.space, um_addr_of(address + PAGE), 1, 2, UM_IGNORE_PERMS), 0, UM_DENIED);
	CHECK(um_copy_in(&table.space, ours, um_addr_of(address), 3 * PAGE, 0), 2 * PAGE, UM_BUS);
	assert_int_equal(um_guest_take_dirty(&slots_map, 0, 0, &bits, 1), 0);
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
		cmocka_unit_test(statuses_of_the_inner_space),
		cmocka_unit_test(a_fault_at_each_byte_of_the_inner_space),
		cmocka_unit_test(pages_that_move),
		cmocka_unit_test(over_a_guest),
		cmocka_unit_test(flags_go_where_they_belong),
		cmocka_unit_test(a_visit_shows_pages_and_keeps_causes_apart),
		cmocka_unit_test(a_visit_of_many_pages),
	};

	return cmocka_run_group_tests_name("pagetable, inner space", tests, NULL, NULL);
}
