/* The suite over a guest: slots of a few pages that touch there, and are nowhere near each other here. */
#include <sys/mman.h>
#include <usermem/spaces/guest.h>
#include "runner.h"

enum { PAGE = UM_GUEST_PAGE, SIZE = 32 * 1024, START = 0x40000000, GOOD_SLOTS = 4 };

static struct region region;
static unsigned char hole[SIZE] __attribute__((aligned(8)));
static uint64_t dirty[GOOD_SLOTS + 1];

/* Slots of 1, 1, 2 and 4 pages, each a mapping of its own. */
static bool make(struct um_guest_slot slots[GOOD_SLOTS])
{
	static const size_t pages[GOOD_SLOTS] = { 1, 1, 2, 4 };
	size_t i, at = 0;

	for (i = 0; i < GOOD_SLOTS; at += slots[i++].range.length) {
		slots[i] = (struct um_guest_slot){ { { START + at }, pages[i] * PAGE }, NULL, &dirty[i], UM_READ | UM_WRITE };
		slots[i].host = mmap(NULL, slots[i].range.length, PROT_READ | PROT_WRITE, MAP_SHARED, region.file, (off_t)at);
		if (slots[i].host == MAP_FAILED)
			return false;
	}
	return at == SIZE;
}

/* Two maps take turns: what is replaced is kept for as long as it may be in use. */
static bool dig(struct stage *stage, enum hole kind)
{
	static const unsigned access[HOLE_KINDS] = {
		[HOLE_PROTECTED] = UM_EXEC, [HOLE_READ_ONLY] = UM_READ, [HOLE_WRITE_ONLY] = UM_WRITE,
	};
	static struct um_guest_slot slots[2][GOOD_SLOTS + 1];
	static struct um_guest_map maps[2];
	static unsigned turn;
	struct um_guest *guest = stage->context;

	if (kind == HOLE_BUS)
		return false;
	turn ^= 1;
	__builtin_memcpy(slots[turn], guest->map->slots, GOOD_SLOTS * sizeof slots[0][0]);
	slots[turn][GOOD_SLOTS] = (struct um_guest_slot){ { { START + SIZE }, SIZE }, hole, &dirty[GOOD_SLOTS], access[kind] };
	if (um_guest_map_init(&maps[turn], slots[turn], GOOD_SLOTS + (kind != HOLE_UNMAPPED), NULL) != UM_OK)
		return false;
	um_guest_replace(guest, &maps[turn]);
	return true;
}

int main(int argc, char **argv)
{
	struct um_guest guest;
	struct um_guest_slot slots[GOOD_SLOTS];
	struct um_guest_map map;
	struct stage stage = { .name = "guest", .space = &guest.space, .start = { START }, .size = SIZE, .dig = dig, .context = &guest };
	int status;

	if (!region_open(&region, SIZE) || !make(slots) || um_guest_map_init(&map, slots, GOOD_SLOTS, NULL) != UM_OK)
		return 1;
	stage.seen = region.seen;
	um_guest_init(&guest, &map);
	status = runner(argc, argv, &stage);
	um_close(&guest.space);
	return status;
}
