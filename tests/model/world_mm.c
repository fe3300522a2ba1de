/* An address space of our own: mappings of zeroes, of a pager's bytes and of a pager that fails, private and shared; a fork of it
 * is the second place. */
#include <string.h>
#include "../mm_kit.h"
#include "spaces/mm_parts.h"
#include "worlds.h"

enum { CHILD = 2, ALL_ACCESS = UM_READ | UM_WRITE | UM_EXEC };

static struct kit kit;
static struct um_mm mms[PLACES];
static struct um_mm_view views[PLACES];
static unsigned char pristine[PAGES][PAGE]; /* what the pager pages in */
static bool shared[PLACES][PAGES];
static long holds; /* of the pagers */

static enum um_status page_in(const struct um_pager *pager, uint64_t offset, void *page)
{
	(void)pager;
	if (offset >= WINDOW)
		return UM_GONE; /* whatever it says */
	memcpy(page, pristine[offset / PAGE], PAGE);
	return UM_OK;
}

static void hold(const struct um_pager *pager)
{
	(void)pager;
	holds++;
}

static void release(const struct um_pager *pager)
{
	(void)pager;
	holds--;
}

static const struct um_pager pager = { .size = sizeof pager, .read = page_in, .hold = hold, .release = release };

static bool open_mm(struct world *world)
{
	world->base = um_addr_of(0x10000000);
	return kit_open(&kit);
}

static void close_mm(struct world *world)
{
	(void)world;
	kit_close(&kit);
}

/* ---------------------------------------------------------------- a program's beginning and its end */

static void close_place(struct world *world, unsigned place)
{
	if (world->space[place] == NULL)
		return;
	um_close(&views[place].space);
	um_mm_end(&mms[place]);
	world->space[place] = NULL;
}

static bool end(struct world *world)
{
	close_place(world, CHILD);
	close_place(world, 0);
	world->why = kit.pages != 0 || kit.bytes != 0 ? "memory is not freed" : holds != 0 ? "a pager is still held" : "a lock is not ended";
	return kit.pages == 0 && kit.bytes == 0 && kit.locks == 0 && holds == 0;
}

static void reset(struct world *world, struct model *model, uint32_t seed)
{
	static const uint64_t beside[][2] = { { PAGE, PAGE }, { 0, 0 }, { UINT64_C(0) - PAGE, UINT64_C(0) - 2 * PAGE }, { 0x10000000, UINT64_MAX } };
	const uint64_t *limits = beside[seed / 4 % 4], base = world->base.value;
	uint64_t last = limits[1] == UINT64_MAX ? UINT64_MAX : base + WINDOW - 1 + limits[1];
	struct um_mapping mapping = { { world->base, WINDOW }, UM_READ | UM_WRITE, ALL_ACCESS, seed / 16 % 2 ? UM_MAP_SHARED : 0, &pager, 0 };
	struct model_place *place = &model->place[0];
	uint64_t first_page = limits[0] == UINT64_C(0) - PAGE ? 1 : 0, last_page = limits[0] == UINT64_C(0) - PAGE ? PAGES - 3 : PAGES - 1;
	unsigned i;

	world->space[CHILD] = NULL;
	kit.provider.barrier = seed / 32 % 4 ? um_mm_host()->barrier : NULL;
	memcpy(pristine, model->frame, sizeof pristine);
	mapping.range = (struct um_range){ { base + first_page * PAGE }, (last_page - first_page + 1) * PAGE };
	mapping.offset = first_page * PAGE;
	if (um_mm_init(&mms[0], &kit.provider, um_pmap_software(), um_addr_of(base - limits[0]), um_addr_of(last)) != UM_OK ||
	    um_mm_view_open(&views[0], &mms[0]) != UM_OK || um_mm_map(&mms[0], &mapping) != UM_OK)
		abort();
	world->space[0] = &views[0].space;
	place->first = um_addr_of(base - limits[0]);
	place->last = um_addr_of(last);
	place->can = views[0].space.can;
	for (i = 0; i < PAGES; i++) {
		place->page[i] = (struct model_page){ .mapped = first_page <= i && i <= last_page, .access = 3, .beyond = ALL_ACCESS,
		                                      .frame = (unsigned char)i };
		shared[0][i] = mapping.flags;
	}
}

/* ---------------------------------------------------------------- the model of mappings */

static unsigned char free_frame(const struct model *model)
{
	bool used[FRAMES] = { false };
	unsigned p, i;

	for (p = 0; p < PLACES; p++)
		for (i = 0; i < PAGES; i++)
			used[model->place[p].page[i].frame] |= model->place[p].page[i].mapped;
	for (i = 0; used[i]; i++)
		;
	return (unsigned char)i;
}

/* What a call on whole pages must say, of those of the window; pages outside it are not mapped. */
static enum um_status judge(const struct model_place *place, struct um_range range)
{
	if (range.length == 0 || range.length % PAGE || range.start.value % PAGE)
		return UM_INVALID;
	return range.start.value < place->first.value || range.start.value > place->last.value ||
	       range.length - 1 > place->last.value - range.start.value ? UM_RANGE : UM_OK;
}

static void expect(struct drive *drive, const char *what, enum um_status got, enum um_status want)
{
	drive_note(drive, "%s: %s", what, um_status_name(want));
	if (got != want)
		drive_fail(drive, "%s: %s; the model has %s", what, um_status_name(got), um_status_name(want));
}

struct stretch {
	unsigned place, first, count;
	struct um_range range;
};

static void map(struct drive *drive, const struct stretch *at, const struct um_mapping *mapping)
{
	struct model_place *place = &drive->model.place[at->place];
	enum um_status want = judge(place, at->range);
	unsigned i;

	if (mapping->access & ~mapping->max_access || (mapping->access | mapping->max_access) > ALL_ACCESS || mapping->flags > 3)
		want = UM_INVALID;
	for (i = at->first; want == UM_OK && i < at->first + at->count; i++)
		if (place->page[i].mapped && !(mapping->flags & UM_MAP_REPLACE))
			want = UM_INVALID;
	expect(drive, "map", um_mm_map(&mms[at->place], mapping), want);
	for (i = at->first; want == UM_OK && i < at->first + at->count; i++) {
		struct model_page *page = &place->page[i];
		uint64_t offset = mapping->offset + (i - at->first) * (uint64_t)PAGE;

		page->mapped = false;
		page->frame = free_frame(&drive->model);
		*page = (struct model_page){ .mapped = true, .bus = mapping->pager && offset >= WINDOW, .access = mapping->access,
		                              .beyond = mapping->max_access, .frame = page->frame };
		memset(drive->model.frame[page->frame], 0, PAGE);
		if (mapping->pager && offset < WINDOW)
			memcpy(drive->model.frame[page->frame], pristine[offset / PAGE], PAGE);
		shared[at->place][i] = mapping->flags & UM_MAP_SHARED;
	}
}

static void unmap(struct drive *drive, const struct stretch *at)
{
	struct model_place *place = &drive->model.place[at->place];
	enum um_status want = judge(place, at->range);
	unsigned i;

	expect(drive, "unmap", um_mm_unmap(&mms[at->place], at->range), want);
	for (i = at->first; want == UM_OK && i < at->first + at->count; i++)
		place->page[i].mapped = false;
}

static void protect(struct drive *drive, const struct stretch *at, unsigned access)
{
	struct model_place *place = &drive->model.place[at->place];
	enum um_status want = access > ALL_ACCESS ? UM_INVALID : judge(place, at->range);
	unsigned i;

	for (i = at->first; want == UM_OK && i < at->first + at->count; i++)
		want = !place->page[i].mapped ? UM_UNMAPPED : access & ~place->page[i].beyond ? UM_DENIED : UM_OK;
	expect(drive, "protect", um_mm_protect(&mms[at->place], at->range, access), want);
	for (i = at->first; want == UM_OK && i < at->first + at->count; i++)
		place->page[i].access = access;
}

static void fork_it(struct world *world, struct drive *drive)
{
	struct model *model = &drive->model;
	unsigned i, r;

	for (r = 0; r < CURSORS; r++) { /* of those on the child that ends */
		drive->reads[r].used = drive->reads[r].used && drive->reads[r].ask.place != CHILD;
		drive->writes[r].used = drive->writes[r].used && drive->writes[r].ask.place != CHILD;
	}
	close_place(world, CHILD);
	model->place[CHILD] = (struct model_place){ 0 };
	expect(drive, "fork", um_mm_fork(&mms[CHILD], &mms[0]), UM_OK);
	if (drive->failed || um_mm_view_open(&views[CHILD], &mms[CHILD]) != UM_OK)
		return;
	world->space[CHILD] = drive->space[CHILD] = &views[CHILD].space;
	model->place[CHILD].base = model->place[0].base;
	model->place[CHILD].first = model->place[0].first;
	model->place[CHILD].last = model->place[0].last;
	model->place[CHILD].can = model->place[0].can;
	for (i = 0; i < PAGES; i++) {
		struct model_page *page = &model->place[CHILD].page[i];
		unsigned char frame = model->place[0].page[i].frame;

		*page = model->place[0].page[i];
		shared[CHILD][i] = shared[0][i];
		if (!page->mapped || shared[0][i])
			continue;
		page->mapped = false;
		page->frame = free_frame(model);
		page->mapped = true;
		memcpy(model->frame[page->frame], model->frame[frame], PAGE);
	}
}

/* The first page at or above `from` with so many free ones behind it; those behind the window are free up to the limit. */
static bool gap(const struct model_place *place, unsigned from, unsigned pages, uint64_t *start)
{
	unsigned i, free = 0;

	for (i = from; i < PAGES + pages; i++) {
		uint64_t addr = place->base.value + (uint64_t)i * PAGE;
		bool inside = addr >= place->first.value && addr + PAGE - 1 <= place->last.value;

		free = inside && (i >= PAGES || !place->page[i].mapped) ? free + 1 : 0;
		*start = addr - (pages - 1) * (uint64_t)PAGE;
		if (free == pages)
			return true;
	}
	return false;
}

/* What there is from `from` on, and where there is room. */
static void ask(struct drive *drive, unsigned number, unsigned from, unsigned pages)
{
	const struct model_place *place = &drive->model.place[number];
	um_addr addr = um_addr_of(place->base.value + (uint64_t)from * PAGE), got = um_addr_of(77);
	struct um_mapping mapping;
	uint64_t start;
	unsigned i = from;
	bool found = um_mm_next(&mms[number], addr, &mapping);

	while (i < PAGES && !place->page[i].mapped)
		i++;
	if (found != (i < PAGES))
		drive_fail(drive, "next: found %d; the model has %d", found, i < PAGES);
	else if (found && (mapping.access != place->page[i].access || mapping.max_access != place->page[i].beyond ||
	                   (mapping.flags & UM_MAP_SHARED) != shared[number][i] || (i > from && mapping.range.start.value != place->base.value + (uint64_t)i * PAGE)))
		drive_fail(drive, "next: another mapping than the model's");
	found = gap(place, from, pages, &start);
	drive_expect_number(drive, "gap found", um_mm_find_gap(&mms[number], addr, (uint64_t)pages * PAGE, PAGE, &got), found);
	drive_expect_number(drive, "gap", got.value, found ? start : 77);
}

static void shape(struct world *world, struct drive *drive, unsigned place, unsigned page, struct model_page wish, uint32_t seed)
{
	struct stretch at = { place, page, 1 + seed / 64 % (PAGES - page), { { 0 }, 0 } };
	struct um_mapping mapping = { { { 0 }, 0 }, wish.access, wish.beyond, seed / 8 % 4, seed & 4 ? &pager : NULL, seed / 32 % PAGES * PAGE };

	at.range = (struct um_range){ { world->base.value + (uint64_t)page * PAGE }, (uint64_t)at.count * PAGE };
	mapping.range = at.range;
	if (wish.bus) {
		mapping.pager = &pager;
		mapping.offset = WINDOW;
	}
	if (seed % 61 == 0)
		mapping.max_access &= ~1u;
	if (!wish.mapped)
		unmap(drive, &at);
	else if (seed & 1)
		protect(drive, &at, seed % 59 == 0 ? 8 : wish.access);
	else
		map(drive, &at, &mapping);
}

static void act(struct world *world, struct drive *drive, unsigned what, uint32_t seed)
{
	unsigned place = world->space[CHILD] && seed & 1 ? CHILD : 0;

	if (what % 4 == 0)
		fork_it(world, drive);
	else
		ask(drive, place, seed / 2 % PAGES, 1 + seed / 16 % 9);
}

/* ---------------------------------------------------------------- past the space */

static struct um_mm_page *find(unsigned place, um_addr base, unsigned page, unsigned *access)
{
	return um_pmap_software()->find(&mms[place].pmap, um_addr_of(base.value + (uint64_t)page * PAGE), access);
}

static const unsigned char *seen(struct world *world, unsigned place, unsigned page)
{
	struct um_mm_page *there;
	unsigned access;

	if (world->space[place] == NULL)
		return NULL;
	there = find(place, world->base, page, &access);
	return there ? there->bytes : NULL;
}

/* What is there, and may be used as it is: for writing not what a fork has left to two. */
static void look(struct world *world, struct model *model)
{
	unsigned p, i, access;

	for (p = 0; p <= CHILD; p++)
		for (i = 0; p != KERNEL && world->space[p] && i < PAGES; i++) {
			struct um_mm_page *there = find(p, world->base, i, &access);

			bool own = there && (shared[p][i] || !(there->holds & UMI_SHARED) || there->holds == UMI_SHARED + 1);

			model->place[p].page[i].present = own ? 7 : there ? UM_READ | UM_EXEC : 0;
		}
}

struct world world_mm = { .name = "mm", .open = open_mm, .reset = reset, .end = end, .shape = shape, .act = act, .seen = seen, .look = look,
	                  .close = close_mm };
