/* The suite over an address space of our own.  run-mm SUITE [fenced | active].  Of the freestanding core too, as run-core. */
#include <stdio.h>
#include <usermem/port.h>
#include <usermem/spaces/self.h>
#include "../mm_kit.h"
#include "runner.h"
#if !__STDC_HOSTED__
#include "../trap.h"
#endif

enum { SIZE = 32 * 1024 };

static struct um_mm mm;

static enum um_status refuse(const struct um_pager *pager, uint64_t offset, void *page)
{
	(void)pager;
	(void)offset;
	(void)page;
	return UM_GONE; /* whatever it says */
}

static const struct um_pager broken = { .size = sizeof broken, .read = refuse };

static bool dig(struct stage *stage, enum hole kind)
{
	static const unsigned access[HOLE_KINDS] = {
		[HOLE_READ_ONLY] = UM_READ, [HOLE_WRITE_ONLY] = UM_WRITE, [HOLE_BUS] = UM_READ | UM_WRITE,
	};
	struct um_mapping hole = {
		.range = { um_addr_of(stage->start.value + stage->size), stage->size },
		.access = access[kind],
		.max_access = UM_READ | UM_WRITE | UM_EXEC,
		.flags = UM_MAP_REPLACE,
		.pager = kind == HOLE_BUS ? &broken : NULL,
	};

	return (kind == HOLE_UNMAPPED ? um_mm_unmap(&mm, hole.range) : um_mm_map(&mm, &hole)) == UM_OK;
}

/* Frames are given out in order: what is populated first, from the first page on, is one stretch of memory. */
static bool set_stage(struct stage *stage, struct kit *kit, struct um_mm_view *view)
{
	struct um_mapping good = { .range = { stage->start, SIZE }, .access = UM_READ | UM_WRITE, .max_access = UM_READ | UM_WRITE };

	if (um_mm_map(&mm, &good) != UM_OK || um_mm_view_open(view, &mm) != UM_OK ||
	    um_populate(&view->space, good.range, UM_WRITE, 0).status != UM_OK)
		return false;
	stage->space = &view->space;
	stage->seen = kit->frames;
	return true;
}

int main(int argc, char **argv)
{
	static struct kit kit;
	static struct um_mm_view view;
	const char *how = argc == 3 ? argv[2] : "";
	bool active = strcmp(how, "active") == 0;
	struct stage stage = { .name = "mm", .size = SIZE, .dig = dig, .start = active ? region_reserve(SIZE) : um_addr_of(0x10000000) };
	um_addr last = um_addr_of(UINT64_MAX); /* the suite asks for more than half of what there is */
	int status;

#if !__STDC_HOSTED__
	if (!trap_supply(UM_SELF_LAST, NULL))
		return 1;
#endif
	if (!kit_open(&kit) || um_port_open() != UM_OK)
		return 1;
	if (strcmp(how, "fenced") == 0)
		kit.provider.barrier = NULL;
	if (um_mm_init(&mm, &kit.provider, active ? region_pmap() : um_pmap_software(), um_addr_of(0), last) != UM_OK ||
	    !set_stage(&stage, &kit, &view))
		return 1;
	status = runner(argc == 3 ? 2 : argc, argv, &stage);
	um_close(&view.space);
	um_mm_end(&mm);
	um_port_close();
#if !__STDC_HOSTED__
	if (trap_window_is_open())
		return 1;
#endif
	if (!kit_close(&kit)) {
		fprintf(stderr, "something is not freed\n");
		return 1;
	}
	return status;
}
