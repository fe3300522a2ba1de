/* The reference kernel's device trees: what it reads of good ones, and that bad ones lead nowhere. */
#include "check.h"
#include <stdlib.h>
#include <sys/mman.h>
#include "../../kernel/fdt.h"
#include "../../kernel/kernel.h"

enum { PAGE = 4096, HEADER = 40, RESERVED = 4 * 16, MUTANTS = 20000 };

static jmp_buf panicked;

void panic(const char *format, ...)
{
	(void)format;
	longjmp(panicked, 1);
}

/* ---------------------------------------------------------------- a tree that is being made */

static unsigned char structure[PAGE / 2], strings[PAGE / 4], reserved[RESERVED], tree[PAGE];
static size_t structure_size, strings_size, reserved_size, tree_size;

static void put_cell(unsigned char *at, uint32_t value)
{
	value = __builtin_bswap32(value);
	memcpy(at, &value, sizeof value);
}

static void token(uint32_t value)
{
	put_cell(structure + structure_size, value);
	structure_size += 4;
}

static void bytes(const void *from, size_t n)
{
	memcpy(structure + structure_size, from, n);
	structure_size = (structure_size + n + 3) & ~(size_t)3;
}

static void begin(const char *name)
{
	token(1);
	bytes(name, strlen(name) + 1);
}

static void end(void)
{
	token(2);
}

static void property(const char *name, const void *value, size_t n)
{
	token(4); /* what is no property may stand anywhere between them */
	token(3);
	token((uint32_t)n);
	token((uint32_t)strings_size);
	bytes(value, n);
	memcpy(strings + strings_size, name, strlen(name) + 1);
	strings_size += strlen(name) + 1;
}

static void text(const char *name, const char *value)
{
	property(name, value, strlen(value) + 1);
}

static void cells(const char *name, size_t n, const uint32_t *values)
{
	unsigned char value[64];
	size_t i;

	for (i = 0; i < n; i++)
		put_cell(value + 4 * i, values[i]);
	property(name, value, 4 * n);
}
#define CELLS(name, ...) \
	cells(name, sizeof((uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t), (const uint32_t[]){ __VA_ARGS__ })

static void reserve(uint32_t start, uint32_t length)
{
	put_cell(reserved + reserved_size + 4, start);
	put_cell(reserved + reserved_size + 12, length);
	reserved_size += 16;
}

enum last { STRINGS_LAST, STRUCTURE_LAST };

static void finish(enum last last)
{
	size_t structure_at = HEADER + RESERVED + (last == STRUCTURE_LAST ? strings_size : 0);
	size_t strings_at = HEADER + RESERVED + (last == STRINGS_LAST ? structure_size : 0);
	const uint32_t header[] = { 0xd00dfeed, (uint32_t)(HEADER + RESERVED + structure_size + strings_size), (uint32_t)structure_at,
	                            (uint32_t)strings_at, HEADER, 17, 16, 0, (uint32_t)strings_size, (uint32_t)structure_size };
	size_t i;

	for (i = 0; i < sizeof header / sizeof *header; i++)
		put_cell(tree + 4 * i, header[i]);
	memcpy(tree + HEADER, reserved, RESERVED);
	memcpy(tree + structure_at, structure, structure_size);
	memcpy(tree + strings_at, strings, strings_size);
	tree_size = header[1];
}

static int set_up(void **state)
{
	(void)state;
	memset(reserved, 0, sizeof reserved);
	structure_size = strings_size = reserved_size = 0;
	return 0;
}

/* As QEMU's are, and a little of what they have not. */
static void make_usual(enum last last)
{
	begin("");
	CELLS("#address-cells", 2);
	CELLS("#size-cells", 2);
	begin("reserved-memory");
	CELLS("#address-cells", 1);
	CELLS("#size-cells", 1);
	begin("firmware@80000000");
	CELLS("reg", 0x80000000, 0x1000, 0x80002000, 0x1000);
	end();
	end();
	begin("chosen");
	CELLS("linux,initrd-start", 0x88000000);
	CELLS("linux,initrd-end", 0, 0x88001234);
	text("bootargs", "one two");
	CELLS("rng-seed", 1, 2, 3);
	end();
	begin("memory@80000000");
	text("device_type", "memory");
	CELLS("reg", 0, 0x80000000, 0, 0x40000000, 1, 0, 2, 0);
	end();
	begin("secret@e000000");
	text("status", "disabled");
	text("device_type", "memory");
	CELLS("reg", 0, 0xe000000, 0, 0x1000);
	end();
	begin("cpus");
	CELLS("timebase-frequency", 10000000);
	CELLS("#size-cells", 0);
	begin("cpu@0");
	text("compatible", "cpu");
	CELLS("reg", 0, 1, 2, 3);
	end();
	end();
	begin("pci");
	CELLS("#address-cells", 3);
	CELLS("#size-cells", 1);
	begin("function@0");
	text("compatible", "wide");
	CELLS("reg", 0, 0, 1, 0, 0, 2);
	end();
	end();
	begin("soc");
	CELLS("#address-cells", 2);
	CELLS("#size-cells", 1);
	begin("cpus");
	CELLS("timebase-frequency", 5);
	end();
	begin("serial@1");
	text("status", "disabled");
	property("compatible", "uart", 5);
	CELLS("reg", 0, 0x1000, 0x100);
	end();
	begin("serial@2");
	text("status", "okay");
	property("compatible", "fine,uart\0uart", 15);
	CELLS("reg", 0, 0x2000, 0x100, 1, 0x3000, 0x200);
	end();
	end();
	end();
	token(9);
	reserve(0x90000000, 0x100);
	reserve(0x91000000, 0x200);
	finish(last);
}

/* ---------------------------------------------------------------- what is in it */

static void is_range(struct boot_range range, uint64_t start, uint64_t past)
{
	assert_int_equal(range.start, start);
	assert_int_equal(range.end, past);
}

static void memory_is_told_apart_from_what_is_taken(void **state)
{
	struct boot boot = { .taken_count = 1, .taken = { { 1, 2 } } };
	struct fdt fdt;

	(void)state;
	make_usual(STRINGS_LAST);
	assert_true(fdt_open(&fdt, tree));
	fdt_boot(&fdt, &boot);
	assert_int_equal(boot.memory_count, 2);
	is_range(boot.memory[0], 0x80000000, 0xc0000000);
	is_range(boot.memory[1], 0x100000000, 0x300000000);
	assert_int_equal(boot.taken_count, 6);
	is_range(boot.taken[0], 1, 2);
	is_range(boot.taken[1], 0x90000000, 0x90000100);
	is_range(boot.taken[2], 0x91000000, 0x91000200);
	is_range(boot.taken[3], 0x80000000, 0x80001000);
	is_range(boot.taken[4], 0x80002000, 0x80003000);
	is_range(boot.taken[5], 0x88000000, 0x88001234);
	is_range(boot.initrd, 0x88000000, 0x88001234);
	assert_string_equal(boot.command_line, "one two");
	assert_int_equal(boot.seed, 0x100000002);
}

static void devices_are_found_by_any_of_their_names(void **state)
{
	struct boot_range range = { 7, 8 };
	uint64_t value = 7;
	struct fdt fdt;

	(void)state;
	make_usual(STRINGS_LAST);
	assert_true(fdt_open(&fdt, tree));
	assert_true(fdt_device(&fdt, "uart", 0, &range));
	is_range(range, 0x2000, 0x2100);
	assert_true(fdt_device(&fdt, "fine,uart", 1, &range));
	is_range(range, 0x100003000, 0x100003200);
	assert_false(fdt_device(&fdt, "uart", 2, &range));
	assert_false(fdt_device(&fdt, "uar", 0, &range));
	assert_false(fdt_device(&fdt, "fine", 0, &range));
	assert_false(fdt_device(&fdt, "cpu", 0, &range));
	assert_false(fdt_device(&fdt, "wide", 0, &range));
	is_range(range, 0x100003000, 0x100003200);
	assert_true(fdt_number(&fdt, "cpus", "timebase-frequency", &value));
	assert_int_equal(value, 10000000);
	assert_false(fdt_number(&fdt, "cpus", "timebase", &value));
	assert_false(fdt_number(&fdt, "serial@2", "reg", &value));
	assert_int_equal(value, 10000000);
}

/* Without cell counts there are two and one; a length that wraps ends at the end; no length is no range. */
static void counts_that_are_missing_are_the_specification_s(void **state)
{
	struct boot boot = { 0 };
	struct fdt fdt;

	(void)state;
	begin("");
	begin("memory");
	text("device_type", "memory");
	CELLS("reg", 0xffffffff, 0xfffff000, 0x2000, 0, 0x1000, 0, 1, 2, 3, 4);
	end();
	begin("chosen");
	CELLS("linux,initrd-start", 2);
	CELLS("linux,initrd-end", 1);
	end();
	end();
	finish(STRINGS_LAST);
	assert_true(fdt_open(&fdt, tree));
	fdt_boot(&fdt, &boot);
	assert_int_equal(boot.memory_count, 2);
	is_range(boot.memory[0], 0xfffffffffffff000, UINT64_MAX);
	is_range(boot.memory[1], 0x100000002, 0x100000005);
	assert_int_equal(boot.taken_count, 0);
	is_range(boot.initrd, 0, 0);
}

static void a_long_command_line_is_cut(void **state)
{
	struct boot boot = { 0 };
	char line[300];
	struct fdt fdt;

	(void)state;
	memset(line, 'x', sizeof line);
	begin("");
	begin("chosen");
	property("bootargs", line, sizeof line);
	end();
	end();
	finish(STRINGS_LAST);
	assert_true(fdt_open(&fdt, tree));
	fdt_boot(&fdt, &boot);
	assert_int_equal(strlen(boot.command_line), sizeof boot.command_line - 1);
}

static void more_ranges_than_there_is_room_for_are_a_panic(void **state)
{
	static struct boot boot;
	struct fdt fdt;

	(void)state;
	make_usual(STRINGS_LAST);
	assert_true(fdt_open(&fdt, tree));
	boot.memory_count = BOOT_RANGES - 2;
	boot.taken_count = BOOT_RANGES - 5;
	fdt_boot(&fdt, &boot);
	assert_int_equal(boot.memory_count, BOOT_RANGES);
	assert_int_equal(boot.taken_count, BOOT_RANGES);
	boot.taken_count = BOOT_RANGES - 4;
	boot.memory_count = 0;
	if (setjmp(panicked) == 0) {
		fdt_boot(&fdt, &boot);
		fail();
	}
	assert_int_equal(boot.taken_count, BOOT_RANGES);
}

static void nodes_too_deep_end_the_tree(void **state)
{
	struct boot_range range;
	struct fdt fdt;
	unsigned i;

	(void)state;
	for (i = 0; i < 20; i++) {
		begin("");
		CELLS("#size-cells", 1);
		text("compatible", i == 15 ? "above" : i == 16 ? "below" : "");
		CELLS("reg", 0, 0x1000, 1);
	}
	finish(STRINGS_LAST);
	assert_true(fdt_open(&fdt, tree));
	assert_true(fdt_device(&fdt, "above", 0, &range));
	assert_false(fdt_device(&fdt, "below", 0, &range));
}

/* ---------------------------------------------------------------- what is no tree */

static void headers_are_judged(void **state)
{
	static const struct {
		size_t at;
		uint32_t value;
	} bad[] = { { 0, 0xd00dfeee }, { 4, (2 << 20) + 1 }, { 4, 100 }, { 8, 0xfffffffc }, { 12, PAGE },
	            { 16, PAGE },      { 32, UINT32_MAX },   { 36, PAGE } };
	struct fdt fdt;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_int_equal(set_up(NULL), 0);
		make_usual(STRINGS_LAST);
		assert_true(fdt_open(&fdt, tree));
		put_cell(tree + bad[i].at, bad[i].value);
		assert_false(fdt_open(&fdt, tree));
	}
}

/* Everything that may be asked. */
static void ask(const unsigned char *at)
{
	struct boot boot = { 0 };
	struct boot_range range;
	struct fdt fdt;
	uint64_t value;

	if (!fdt_open(&fdt, at) || setjmp(panicked) != 0)
		return;
	(void)fdt_device(&fdt, "uart", 1, &range);
	(void)fdt_device(&fdt, "nobody's", 0, &range);
	(void)fdt_number(&fdt, "cpus", "timebase-frequency", &value);
	(void)fdt_number(&fdt, "nowhere", "nothing", &value);
	fdt_boot(&fdt, &boot);
}

static unsigned char *before_a_hole(void)
{
	unsigned char *pages = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_true(pages != MAP_FAILED && mprotect(pages + PAGE, PAGE, PROT_NONE) == 0);
	return pages + PAGE;
}

/* Tokens, lengths, offsets and text are replaced; what says how long the whole is stays true. */
static void mutate(unsigned char *at)
{
	size_t changes = 1 + (size_t)rand() % 4, within;

	for (; changes > 0; changes--) {
		within = 8 + (size_t)rand() % (rand() % 2 ? tree_size - 8 : HEADER - 8);
		at[within] = (unsigned char)(rand() % 2 ? rand() % 10 : rand());
	}
}

static void bytes_that_somebody_made_up_lead_nowhere(void **state)
{
	unsigned char *hole = before_a_hole();
	enum last last;
	size_t i;

	(void)state;
	srand(1);
	for (last = STRINGS_LAST; last <= STRUCTURE_LAST; last++) {
		assert_int_equal(set_up(NULL), 0);
		make_usual(last);
		for (i = 0; i < MUTANTS; i++) {
			memcpy(hole - tree_size, tree, tree_size);
			mutate(hole - tree_size);
			ask(hole - tree_size);
		}
	}
	assert_int_equal(munmap(hole - PAGE, 2 * PAGE), 0);
}

static void a_tree_may_end_anywhere(void **state)
{
	unsigned char *hole = before_a_hole();
	size_t n, whole;

	(void)state;
	make_usual(STRUCTURE_LAST);
	whole = structure_size;
	for (n = 0; n < whole; n++) {
		structure_size = n;
		finish(STRUCTURE_LAST);
		ask(memcpy(hole - tree_size, tree, tree_size));
	}
	assert_int_equal(munmap(hole - PAGE, 2 * PAGE), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(memory_is_told_apart_from_what_is_taken, set_up),
		cmocka_unit_test_setup(devices_are_found_by_any_of_their_names, set_up),
		cmocka_unit_test_setup(counts_that_are_missing_are_the_specification_s, set_up),
		cmocka_unit_test_setup(a_long_command_line_is_cut, set_up),
		cmocka_unit_test_setup(more_ranges_than_there_is_room_for_are_a_panic, set_up),
		cmocka_unit_test_setup(nodes_too_deep_end_the_tree, set_up),
		cmocka_unit_test_setup(headers_are_judged, set_up),
		cmocka_unit_test_setup(bytes_that_somebody_made_up_lead_nowhere, set_up),
		cmocka_unit_test_setup(a_tree_may_end_anywhere, set_up),
	};

	return cmocka_run_group_tests_name("fdt", tests, NULL, NULL);
}
