/* A virtual machine's memory: slots that come, go and change, and marks for what was written. */
#include <string.h>
#include <usermem/spaces/guest.h>
#include "worlds.h"

static struct um_guest guest;
static struct um_guest_slot slots[2][PAGES]; /* two maps take turns: what was replaced stays as it was */
static struct um_guest_map maps[2];
static unsigned turn;
static uint64_t dirty[PAGES]; /* of the slot that begins with the page */
static _Alignas(PAGE) unsigned char host[WINDOW];
static unsigned char before[WINDOW];

static bool open_guest(struct world *world)
{
	world->base = um_addr_of(0x40000000);
	world->space[0] = &guest.space;
	return true;
}

/* Pages that are alike share a slot, but where the seed cuts. */
static bool build(const struct world *world, const struct model_place *place, uint32_t seed)
{
	size_t count = 0;
	unsigned i;

	turn ^= 1;
	for (i = 0; i < PAGES; i++) {
		if (!place->page[i].mapped)
			continue;
		if (i > 0 && place->page[i - 1].mapped && place->page[i - 1].access == place->page[i].access && !(seed >> i & 1)) {
			slots[turn][count - 1].range.length += PAGE;
			continue;
		}
		slots[turn][count++] = (struct um_guest_slot){ { { world->base.value + (uint64_t)i * PAGE }, PAGE }, host + (size_t)i * PAGE, &dirty[i],
		                                               place->page[i].access };
	}
	memset(dirty, 0, sizeof dirty);
	return um_guest_map_init(&maps[turn], slots[turn], count, NULL) == UM_OK;
}

static void reset(struct world *world, struct model *model, uint32_t seed)
{
	struct model_place *place = &model->place[0];
	unsigned i;

	for (i = 0; i < PAGES; i++)
		place->page[i] = (struct model_page){ .mapped = true, .access = 3, .beyond = 3, .present = 7, .frame = (unsigned char)i };
	memcpy(host, model->frame, WINDOW);
	memcpy(before, host, WINDOW);
	if (!build(world, place, seed))
		world->why = "no map can be made";
	um_guest_init(&guest, &maps[turn]);
	place->can = guest.space.can;
}

static void shape(struct world *world, struct drive *drive, unsigned place, unsigned page, struct model_page wish, uint32_t seed)
{
	const struct um_guest_map *was = &maps[turn];

	wish.mapped = wish.mapped && wish.access != 0; /* a slot has one access at least */
	wish.bus = false;
	wish.beyond = wish.access;
	wish.present = 7;
	wish.frame = (unsigned char)page;
	drive->model.place[place].page[page] = wish;
	if (!build(world, &drive->model.place[place], seed) || um_guest_replace(&guest, &maps[turn]) != was)
		drive_fail(drive, "the map was not replaced");
}

/* What has changed is marked, and what was not asked for is not; a visit for writing marks what it shows. */
static void after(struct world *world, struct drive *drive)
{
	bool visit = drive->call[0] == 'v' || drive->call[0] == 'c' || drive->call[0] == 't';
	uint64_t marks[PAGES];
	size_t s;
	unsigned i;

	for (s = 0; s < maps[turn].count; s++) {
		const struct um_guest_slot *slot = &slots[turn][s];
		size_t first = (size_t)(slot->range.start.value - world->base.value) / PAGE;

		um_guest_take_dirty(&maps[turn], s, 0, &marks[s], 1);
		for (i = 0; i < slot->range.length / PAGE; i++) {
			size_t page = first + i;
			bool marked = marks[s] >> i & 1, changed = memcmp(before + page * PAGE, host + page * PAGE, PAGE) != 0;

			if (changed && !marked)
				drive_fail(drive, "page %zu was written and is not marked", page);
			if (marked && !visit && !drive->model.place[0].page[page].written)
				drive_fail(drive, "page %zu was not written and is marked", page);
			drive->model.place[0].page[page].written = false;
		}
		if (marks[s] >> slot->range.length / PAGE)
			drive_fail(drive, "a mark behind slot %zu", s);
	}
	memcpy(before, host, WINDOW);
}

static const unsigned char *seen(struct world *world, unsigned place, unsigned page)
{
	(void)world;
	return place == 0 ? host + (size_t)page * PAGE : NULL;
}

struct world world_guest = { .name = "guest", .open = open_guest, .reset = reset, .shape = shape, .after = after, .seen = seen,
	                     .check_sees_bus = true };
