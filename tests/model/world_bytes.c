/* A buffer that poses as a space, of as many bytes as the program's seed says. */
#include <stdlib.h>
#include <string.h>
#include "worlds.h"

static struct um_bytes bytes;
static _Alignas(PAGE) unsigned char data[WINDOW];

static bool open_bytes(struct world *world)
{
	world->space[0] = &bytes.space;
	return true;
}

static void reset(struct world *world, struct model *model, uint32_t seed)
{
	struct model_place *place = &model->place[0];
	unsigned pages = 1 + seed % PAGES, i;

	(void)world;
	um_bytes_init(&bytes, data, (size_t)pages * PAGE);
	place->can = bytes.space.can;
	for (i = 0; i < PAGES; i++) {
		memcpy(data + (size_t)i * PAGE, model->frame[i], PAGE);
		place->page[i] = (struct model_page){ .mapped = i < pages, .access = 7, .beyond = 7, .present = 7, .frame = (unsigned char)i };
	}
}

static const unsigned char *seen(struct world *world, unsigned place, unsigned page)
{
	(void)world;
	return place == 0 ? data + (size_t)page * PAGE : NULL;
}

struct world world_bytes = { .name = "bytes", .open = open_bytes, .reset = reset, .seen = seen, .check_sees_bus = true };
