/* This process's own memory: pages of one file, mapped and protected as the program says. */
#include <string.h>
#include <usermem/spaces/self.h>
#include "window.h"
#include "worlds.h"

/* Around the window, and cutting it: how far the first byte lies from its start, the last one from its end. */
static const struct {
	int first, last;
} limits[] = { { -2 * PAGE, 2 * PAGE }, { 0, 0 }, { -20, -3 * PAGE + 99 }, { PAGE + 20, 7 } };
enum { LIMITS = sizeof limits / sizeof limits[0] };

static struct um_self self[LIMITS];
static struct window window;

static bool open_self(struct world *world)
{
	uint64_t base;
	unsigned i;

	if (!window_open(&window)) {
		world->why = "the addresses of the window are taken";
		return false;
	}
	world->without = window.executes ? NULL : WINDOW_WITHOUT;
	base = (uintptr_t)window.user;
	world->base = um_addr_of(base);
	for (i = 0; i < LIMITS; i++)
		if (um_self_open(&self[i], um_addr_of(base + (uint64_t)limits[i].first), um_addr_of(base + WINDOW - 1 + (uint64_t)limits[i].last)) != UM_OK)
			return false;
	return true;
}

static void close_self(struct world *world)
{
	unsigned i;

	(void)world;
	for (i = 0; i < LIMITS; i++)
		um_close(&self[i].space);
}

static void reset(struct world *world, struct model *model, uint32_t seed)
{
	struct model_place *place = &model->place[0];
	unsigned i;

	world->space[0] = &self[seed / 4 % LIMITS].space;
	place->first = world->space[0]->first;
	place->last = world->space[0]->last;
	place->can = world->space[0]->can;
	for (i = 0; i < PAGES; i++)
		place->page[i] = (struct model_page){ .mapped = true, .access = 3, .beyond = 3, .frame = (unsigned char)i };
	if (!window_reset(&window, model))
		world->why = "mmap failed";
}

/* By the machine: what can be written or executed can be read.  Of a page that is neither there nor to be written it is not said
 * which of the two an atomic access hears first. */
static void shape(struct world *world, struct drive *drive, unsigned place, unsigned page, struct model_page wish, uint32_t seed)
{
	(void)world;
	(void)seed;
	wish = window_grants(&window, wish);
	wish.access |= wish.bus ? 3u : wish.access ? (unsigned)UM_READ : 0;
	wish.frame = (unsigned char)page;
	if (!window_shape(&window, page, wish))
		drive_fail(drive, "mmap failed");
	drive->model.place[place].page[page] = wish;
}

static const unsigned char *seen(struct world *world, unsigned place, unsigned page)
{
	(void)world;
	return place == 0 ? window.seen + (size_t)page * PAGE : NULL;
}

struct world world_self = { .name = "self", .open = open_self, .reset = reset, .shape = shape, .seen = seen, .close = close_self };
