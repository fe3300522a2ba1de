/* The suite over page tables: good bytes and hole across the edge of the topmost tables, their pages scattered. */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <usermem/spaces/bytes.h>
#include <usermem/spaces/pagetable.h>
#include "runner.h"

enum { PAGE = 4096, SIZE = 8 * PAGE, PHYSICAL = 64 * PAGE, ROOT = 3 * PAGE, TABLES = 40 * PAGE };

/* A format in a few lines: what an entry is made of, for a table and for each hole. */
struct machine {
	const char *name;
	struct um_pagetable_config config;
	unsigned levels;
	uint64_t start; /* four pages before an edge of the largest kind that fits */
	unsigned shift; /* an address in an entry is so much to the right */
	uint64_t table, good, leaf[HOLE_KINDS];
};

static const struct machine machines[] = {
	{ "x86_64", { UM_PAGETABLE_X86_64_4, UM_PAGETABLE_USER, { ROOT }, { 0 }, 0 }, 4, 0x123fffffc000, 0, 7, 7,
	  { [HOLE_PROTECTED] = 3, [HOLE_READ_ONLY] = 5, [HOLE_BUS] = 7 } },
	/* The upper half, by its own root. */
	{ "aarch64", { UM_PAGETABLE_AARCH64_4K, UM_PAGETABLE_USER, { 0 }, { ROOT }, 0 }, 4, 0xffff123fffffc000, 0, 3, 0x443,
	  { [HOLE_PROTECTED] = 0x403, [HOLE_READ_ONLY] = 0x4c3, [HOLE_BUS] = 0x443 } },
	/* Nothing is marked before it is used. */
	{ "sv39", { UM_PAGETABLE_SV39, UM_PAGETABLE_USER | UM_PAGETABLE_UPDATE, { ROOT }, { 0 }, 0 }, 3, 0x123fffc000, 2, 1, 0x17,
	  { [HOLE_PROTECTED] = 7, [HOLE_READ_ONLY] = 0x13, [HOLE_BUS] = 0x17 } },
};

static const struct machine *machine = &machines[0];
static unsigned char *physical;
static uint64_t next_table = TABLES;

/* The entry for the page at addr; tables on the way are made. */
static uint64_t *entry_of(uint64_t addr)
{
	uint64_t table = ROOT, *entry;
	unsigned level;

	for (level = machine->levels;; level--) {
		entry = (uint64_t *)(void *)(physical + table) + (addr >> (12 + 9 * (level - 1)) & 511);
		if (level == 1)
			return entry;
		if (*entry == 0) {
			*entry = next_table >> machine->shift | machine->table;
			next_table += PAGE;
		}
		table = (*entry & ~machine->table) << machine->shift;
	}
}

/* Of the good bytes and the hole: page 0 to 15 lie at 16 to 31, and no two that follow each other do. */
static uint64_t place(uint64_t page)
{
	return (16 + page * 5 % 16) * PAGE;
}

static bool dig(struct stage *stage, enum hole kind)
{
	uint64_t page, per_hole = SIZE / PAGE;

	(void)stage;
	if (kind == HOLE_WRITE_ONLY)
		return false;
	for (page = per_hole; page < 2 * per_hole; page++) {
		uint64_t at = kind == HOLE_BUS ? PHYSICAL + page * PAGE : place(page);

		*entry_of(machine->start + page * PAGE) = kind == HOLE_UNMAPPED ? 0 : at >> machine->shift | machine->leaf[kind];
	}
	return true;
}

static bool map_good(struct stage *stage)
{
	int file = memfd_create("usermem-test", MFD_CLOEXEC);
	uint64_t page;

	if (file < 0 || ftruncate(file, PHYSICAL) != 0)
		return false;
	physical = mmap(NULL, PHYSICAL, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	stage->seen = mmap(NULL, SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (physical == MAP_FAILED || stage->seen == MAP_FAILED)
		return false;
	for (page = 0; page < SIZE / PAGE; page++) {
		if (mmap(stage->seen + page * PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file, (off_t)place(page)) ==
		    MAP_FAILED)
			return false;
		*entry_of(machine->start + page * PAGE) = place(page) >> machine->shift | machine->good;
	}
	close(file);
	return true;
}

/* run-pagetable SUITE [MACHINE] */
int main(int argc, char **argv)
{
	static struct um_pagetable table;
	static struct um_bytes bytes;
	struct stage stage = { .space = &table.space, .size = SIZE, .dig = dig };
	size_t i;

	for (i = 0; argc == 3 && i < sizeof machines / sizeof machines[0]; i++) {
		if (strcmp(argv[2], machines[i].name) == 0) {
			machine = &machines[i];
			argc = 2;
		}
	}
	stage.name = machine->name;
	stage.start = um_addr_of(machine->start);
	if (!map_good(&stage))
		return 1;
	um_bytes_init(&bytes, physical, PHYSICAL);
	if (um_pagetable_init(&table, &bytes.space, &machine->config) != UM_OK)
		return 1;
	return runner(argc, argv, &stage);
}
