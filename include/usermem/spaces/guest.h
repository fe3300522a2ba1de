/*
 * A virtual machine's physical memory: slots of this process's memory, with holes between them (UM_UNMAPPED).
 *
 * Slots that touch are contiguous: what goes over their border is one access to the caller, but for single accesses, which
 * never do.  A slot is accessed as its access bits say (UM_DENIED), which is judged exactly.  Promises everything but
 * UM_IGNORE_PERMS, which would have us write to host memory that may be read-only itself.
 *
 * Host memory is the caller's own and is there: that a fault in it is recovered is not promised, and UM_NOFAULT has nothing to
 * wait for.  Who pages it on demand takes UM_CAN_NOFAULT out of space.can (law 15).
 *
 * Any number of threads, and the machine itself, use it at once; async-signal-safe.  Freestanding; um_close does nothing.
 * A lookup is a bisection, with the last slot found tried first.
 */
#ifndef USERMEM_SPACES_GUEST_H
#define USERMEM_SPACES_GUEST_H

#include <usermem/space.h>

UM_BEGIN_DECLS

enum { UM_GUEST_PAGE = 4096 }; /* bytes that one dirty bit stands for */

struct um_guest_slot {
	struct um_range range; /* guest-physical, whole pages */
	void *host;            /* of its first byte, aligned to 8 */
	uint64_t *dirty;       /* bit i % 64 of word i / 64: page i of the slot was written; NULL: nobody asks */
	unsigned access;       /* enum um_access, at least one: a ROM is UM_READ */
};

/*
 * Slots in order of address; they and the map stay as they are while a guest uses them.
 *
 * barrier: returns when every other processor that writes through a guest of this map has passed a full memory barrier
 * since it was called.  On Linux that is membarrier(2), private and expedited; in a kernel, an interrupt to each.  It is called by
 * um_guest_take_dirty, and spares the writers theirs: marking a page that is marked costs a load.  NULL: each write ends in one
 * atomic instruction for each word of the bitmap.  The same for all maps that share a bitmap.
 */
struct um_guest_map {
	const struct um_guest_slot *slots;
	size_t count;
	void (*barrier)(void);
};

/*
 * Makes a map of slots; count 0 is a machine without memory.  UM_INVALID, and the map untouched: a slot that is not of whole
 * pages, is empty, passes 2^64, begins below the end of the one before it, has access bits that are unknown or none, host
 * memory that is NULL, unaligned or passes the end of ours, or an unaligned bitmap.  Cost: linear.
 */
UM_CHECKED enum um_status um_guest_map_init(struct um_guest_map *map, const struct um_guest_slot *slots, size_t count, void (*barrier)(void));

/*
 * A write marks its pages in the slot's bitmap after it was made, so that whoever takes the bits and then copies the
 * pages misses none: what he did not copy is marked again.  Marked is what was written: not what a failed call did not reach, not a
 * compare that failed; but all that a visit for writing showed, when it ends.  What several slots show of the
 * same host memory is marked in the slot that it was written through.
 */
struct um_guest {
	struct um_space space;
	const struct um_guest_map *map;
	size_t last; /* the last slot found, in whatever map */
};

void um_guest_init(struct um_guest *guest, const struct um_guest_map *map);

/* Puts map in the place of the one that is returned.  An access that begins afterwards uses the new one; those that run
 * may still use, and mark, the old one, which the caller keeps until they have ended. */
const struct um_guest_map *um_guest_replace(struct um_guest *guest, const struct um_guest_map *map);

/*
 * Moves words of a slot's bitmap, from word `first` on, to bits, and clears them: each bit is taken once, whoever
 * else takes.  Words behind the slot's end, or of a slot without a bitmap or that the map has not, are 0.  Returns how many bits were
 * set.  Whatever made them set is visible to the caller's reads from here on.
 */
uint64_t um_guest_take_dirty(const struct um_guest_map *map, size_t slot, size_t first, uint64_t *bits, size_t words);

/* Marks what something else wrote: a device, a thread by the host's address.  It comes after that write, by the same thread or
 * ordered behind it.  What lies in no slot is passed over. */
void um_guest_mark_dirty(struct um_guest *guest, struct um_range range);

UM_END_DECLS

#endif
