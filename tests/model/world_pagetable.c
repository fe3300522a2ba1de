/* An address space by page tables, which the program edits: one machine after the other. */
#include <string.h>
#include <usermem/spaces/pagetable.h>
#include "worlds.h"

enum { PHYSICAL = 64 * PAGE, ROOT = 3 * PAGE, TABLES = 4 * PAGE };

/* What entries are made of; the window lies across an edge of the topmost table that has one there. */
static const struct machine {
	struct um_pagetable_config config;
	unsigned levels, shift;
	uint64_t start, table, page, no_read, write, no_write, no_exec, exec;
} machines[] = {
	{ { UM_PAGETABLE_X86_64_4, UM_PAGETABLE_USER, { ROOT }, { 0 }, 0 }, 4, 0, 0x123fffffc000, 7, 1, 0, 2, 0, UINT64_C(1) << 63, 0 },
	{ { UM_PAGETABLE_X86_64_5, UM_PAGETABLE_USER | UM_PAGETABLE_UPDATE, { ROOT }, { 0 }, 0 }, 5, 0, 0xff12ffffffffc000, 7, 1, 0, 2, 0,
	  UINT64_C(1) << 63, 0 },
	{ { UM_PAGETABLE_AARCH64_4K, UM_PAGETABLE_USER, { 0 }, { ROOT }, 0 }, 4, 0, 0xffff123fffffc000, 3, 0x403, 0, 0, 0x80, UINT64_C(1) << 54, 0 },
	{ { UM_PAGETABLE_SV39, UM_PAGETABLE_USER | UM_PAGETABLE_UPDATE, { ROOT }, { 0 }, 0 }, 3, 2, 0x123fffc000, 1, 3, 0, 4, 0, 0, 8 },
	{ { UM_PAGETABLE_SV48, UM_PAGETABLE_USER, { ROOT }, { 0 }, 0 }, 4, 2, 0x123fffffc000, 1, 0xc3, 0, 4, 0, 0, 8 },
};
enum { MACHINES = sizeof machines / sizeof machines[0] };

static const struct machine *machine;
static struct um_bytes physical;
static struct um_pagetable table;
static _Alignas(PAGE) unsigned char memory[PHYSICAL];
static uint64_t next_table;

static bool open_pagetable(struct world *world)
{
	world->base = um_addr_of(machines[0].start);
	world->space[0] = &table.space;
	return true;
}

/* The entry for the page at addr; tables on the way are made. */
static uint64_t *entry_of(uint64_t addr)
{
	uint64_t at = ROOT, *entry;
	unsigned level;

	for (level = machine->levels;; level--) {
		entry = (uint64_t *)(void *)(memory + at) + (addr >> (12 + 9 * (level - 1)) & 511);
		if (level == 1)
			return entry;
		if (*entry == 0) {
			*entry = next_table >> machine->shift | machine->table;
			next_table += PAGE;
		}
		at = (*entry & ~UINT64_C(0x3ff) & UINT64_C(0xfffffffffffff)) << machine->shift & ~UINT64_C(0xfff);
	}
}

/* The frames are scattered: no two that follow each other do so here. */
static uint64_t frame_at(unsigned page)
{
	return (16 + page * 5 % 16) * (uint64_t)PAGE;
}

static void set(unsigned page, const struct model_page *is)
{
	uint64_t user = machine->config.format == UM_PAGETABLE_AARCH64_4K ? 0x40 : machine->shift ? 16 : 4, entry = machine->page;
	uint64_t at = is->bus ? PHYSICAL + (uint64_t)page * PAGE : frame_at(page);

	entry |= is->access ? user : 0; /* else the kernel's */
	entry |= is->access & UM_WRITE ? machine->write : machine->no_write;
	entry |= is->access & UM_EXEC ? machine->exec : machine->no_exec;
	*entry_of(machine->start + (uint64_t)page * PAGE) = is->mapped ? at >> machine->shift | entry : 0;
}

/* No format has pages that can be written or executed and not read.  What ignores protections reaches every page, and its bytes go by the
 * inner space. */
static struct model_page as_mapped(struct model_page wish, unsigned page)
{
	wish.access |= wish.access ? (unsigned)UM_READ : 0;
	wish.beyond = UM_READ | UM_WRITE | UM_EXEC;
	wish.present = wish.beyond;
	wish.frame = (unsigned char)page;
	return wish;
}

static void reset(struct world *world, struct model *model, uint32_t seed)
{
	struct model_place *place = &model->place[0];
	unsigned i;

	machine = &machines[seed / 4 % MACHINES];
	world->base = place->base = um_addr_of(machine->start);
	memset(memory, 0, 16 * PAGE);
	next_table = TABLES;
	um_bytes_init(&physical, memory, PHYSICAL);
	if (um_pagetable_init(&table, &physical.space, &machine->config) != UM_OK)
		world->why = "it cannot be made";
	place->can = table.space.can;
	for (i = 0; i < PAGES; i++) {
		place->page[i] = as_mapped((struct model_page){ .mapped = true, .access = 3 }, i);
		memcpy(memory + frame_at(i), model->frame[i], PAGE);
		set(i, &place->page[i]);
	}
}

static void shape(struct world *world, struct drive *drive, unsigned place, unsigned page, struct model_page wish, uint32_t seed)
{
	(void)world;
	(void)seed;
	wish = as_mapped(wish, page);
	set(page, &wish);
	drive->model.place[place].page[page] = wish;
}

static const unsigned char *seen(struct world *world, unsigned place, unsigned page)
{
	(void)world;
	return place == 0 ? memory + frame_at(page) : NULL;
}

struct world world_pagetable = { .name = "pagetable", .open = open_pagetable, .reset = reset, .shape = shape, .seen = seen, .check_sees_bus = true };
