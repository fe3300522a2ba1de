/* See worlds.h. */
#include "worlds.h"

struct world *const worlds[WORLDS] = { &world_bytes, &world_self, &world_remote, &world_mm, &world_guest, &world_pagetable, &world_corefile };
