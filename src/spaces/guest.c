/* A virtual machine's physical memory; the contract is in guest.h. */
#include <usermem/spaces/guest.h>
#include <usermem/fault.h>
#include "../space.h"
#include "../visit.h"
#include "own.h"

enum { PAGES_PER_WORD = 64 };

static struct um_guest *guest_of(struct um_space *space)
{
	return (struct um_guest *)space;
}

/* ---------------------------------------------------------------- lookup */

/* Does the slot hold addr?  Where addr is below its start the difference is beyond any length. */
static inline bool holds(const struct um_guest_slot *slot, uint64_t addr)
{
	return addr - slot->range.start.value < slot->range.length;
}

/* The last slot that starts at addr or below; the first one if there is none.  The choice is a move, not a branch: at
 * random addresses each branch would be guessed wrong every other time. */
static const struct um_guest_slot *bisect(const struct um_guest_map *map, uint64_t addr)
{
	const struct um_guest_slot *base = map->slots;
	size_t n = map->count;

	while (n > 1) {
		size_t half = n / 2;

		base += base[half].range.start.value <= addr ? half : 0;
		n -= half;
	}
	return base;
}

/* The slot that holds addr; NULL: none does.  What is remembered may come from another map, and proves nothing. */
static inline const struct um_guest_slot *find(struct um_guest *guest, const struct um_guest_map *map, uint64_t addr)
{
	size_t last = __atomic_load_n(&guest->last, __ATOMIC_RELAXED);
	const struct um_guest_slot *found;

	if (last < map->count && holds(&map->slots[last], addr))
		return &map->slots[last];
	if (map->count == 0)
		return NULL;
	found = bisect(map, addr);
	if (!holds(found, addr))
		return NULL;
	__atomic_store_n(&guest->last, (size_t)(found - map->slots), __ATOMIC_RELAXED);
	return found;
}

struct place { /* a guest-physical address that is there */
	const struct um_guest_map *map;
	const struct um_guest_slot *slot;
	uint64_t offset; /* within the slot */
};

/* need: what the slot must let be done. */
static inline enum um_status look(struct um_guest *guest, const struct um_guest_map *map, uint64_t addr, unsigned need, struct place *place)
{
	const struct um_guest_slot *slot = find(guest, map, addr);

	if (!slot)
		return UM_UNMAPPED;
	*place = (struct place){ map, slot, addr - slot->range.start.value };
	return (slot->access & need) == need ? UM_OK : UM_DENIED;
}

/* Bytes from there to the end of the slot. */
static inline uint64_t behind(const struct place *place)
{
	return place->slot->range.length - place->offset;
}

static inline unsigned char *host_of(const struct place *place)
{
	return (unsigned char *)place->slot->host + place->offset;
}

static const struct um_guest_map *map_of(struct um_guest *guest)
{
	return __atomic_load_n(&guest->map, __ATOMIC_ACQUIRE);
}

/* ---------------------------------------------------------------- dirty pages */

/*
 * A writer stores data and then marks the page; a taker clears the mark and then loads data.  No write is lost if
 * one of the two sees the other: the taker the data, or the writer that the mark is gone.
 *
 * A mark that is always set by an atomic instruction settles it: that comes before the taker's exchange, which then sees all that
 * was stored before it (release to acquire), or behind it, and the page is dirty again.
 *
 * To look first, and to leave alone what is set, is not enough: the look may be done while the data still waits in a store buffer,
 * the taker clears the mark and loads the old data, and nobody comes back.  What is missing is a full barrier between store and
 * look.  The map's barrier makes every writer pass one between the taker's exchange and its loads: a look before that has its
 * data stored before that too, where the taker sees it; a look behind it sees the mark gone.  All that is left for the
 * writer is to keep the compiler from turning the two around.
 */
static inline void mark_word(const struct um_guest_map *map, uint64_t *word, uint64_t mask)
{
	if (map->barrier) {
		__atomic_signal_fence(__ATOMIC_SEQ_CST);
		if ((__atomic_load_n(word, __ATOMIC_RELAXED) & mask) == mask)
			return;
	}
	__atomic_fetch_or(word, mask, __ATOMIC_RELEASE);
}

/* n bytes from there on, all of the slot, were written. */
static void mark(const struct place *place, uint64_t n)
{
	uint64_t page = place->offset / UM_GUEST_PAGE, last = (place->offset + n - 1) / UM_GUEST_PAGE, until;
	uint64_t *dirty = place->slot->dirty;

	for (; dirty && page <= last; page = until + 1) {
		until = page | (PAGES_PER_WORD - 1);
		if (until > last)
			until = last;
		mark_word(place->map, &dirty[page / PAGES_PER_WORD],
		          UINT64_MAX >> (PAGES_PER_WORD - 1 - (until - page)) << page % PAGES_PER_WORD);
	}
}

/* What of the range lies in slots. */
static void mark_range(const struct um_guest_map *map, struct um_range range)
{
	const struct um_guest_slot *slot, *end = map->slots + map->count;

	for (slot = bisect(map, range.start.value); slot < end; slot++) {
		struct um_range both = um_range_intersect(range, slot->range);
		struct place place = { map, slot, both.start.value - slot->range.start.value };

		if (both.length != 0)
			mark(&place, both.length);
		else if (slot->range.start.value > range.start.value)
			break;
	}
}

/* ---------------------------------------------------------------- a walk over the slots of a range */

struct act { /* what is done to each stretch */
	enum { COPY_IN, COPY_OUT, FILL, ASK, SHOW } kind;
	unsigned char *ours; /* the next bytes; the byte that fills */
	struct visit *show;
	bool ended; /* by the visitor */
};

/* The library's own copy is faster than memmove, and says how far it came should host memory not be there after all. */
static struct um_result move(unsigned char *ours, unsigned char *host, size_t n, bool in)
{
	if (n > 8 && !UMI_SMALL)
		return in ? um_raw_copy_in(ours, (uintptr_t)host, n, 0) : um_raw_copy_out((uintptr_t)host, ours, n, 0);
	umi_own_move(in ? ours : host, in ? host : ours, n, in);
	return umi_result_of(n, UM_OK);
}

static inline struct um_result act_on(struct act *act, const struct place *place, uint64_t n)
{
	struct um_result result = { n, UM_OK, UM_ONLY_SIDE };

	if (act->kind == COPY_IN || act->kind == COPY_OUT) {
		result = move(act->ours, host_of(place), n, act->kind == COPY_IN);
		act->ours += result.done;
	} else if (act->kind == FILL) {
		__builtin_memset(host_of(place), *act->ours, n);
	} else if (act->kind == SHOW) {
		act->ended = !umi_visit_add(act->show, (struct um_block){ host_of(place), n, false });
	}
	if (act->kind == COPY_OUT || act->kind == FILL)
		mark(place, result.done);
	return result;
}

static __attribute__((noinline)) struct um_result
walk(struct um_guest *guest, const struct um_guest_map *map, struct um_range range, unsigned need, struct act *act)
{
	struct um_result result = { 0, UM_OK, UM_ONLY_SIDE };
	uint64_t done = 0, n;
	struct place place;

	while (done < range.length && !act->ended && result.status == UM_OK) {
		result.status = look(guest, map, range.start.value + done, need, &place);
		if (result.status != UM_OK)
			break;
		n = behind(&place) < range.length - done ? behind(&place) : range.length - done;
		result = act_on(act, &place, n);
		done += result.done;
	}
	return umi_result_of(done, result.status);
}

/* ---------------------------------------------------------------- copies */

static __attribute__((noinline)) struct um_result copy_stretches(struct um_space *space, um_addr addr, void *ours, size_t n, bool in)
{
	struct um_guest *guest = guest_of(space);
	struct act act = { .kind = in ? COPY_IN : COPY_OUT, .ours = ours };

	return walk(guest, map_of(guest), (struct um_range){ addr, n }, in ? UM_READ : UM_WRITE, &act);
}

/* What lies in one slot goes without the steps of a walk. */
static inline struct um_result copy(struct um_space *space, um_addr addr, void *ours, size_t n, bool in)
{
	struct um_guest *guest = guest_of(space);
	struct um_result result;
	struct place place;

	if (UMI_SMALL || look(guest, map_of(guest), addr.value, in ? UM_READ : UM_WRITE, &place) != UM_OK || n > behind(&place))
		return copy_stretches(space, addr, ours, n, in);
	if (umi_move_once(in ? ours : host_of(&place), in ? host_of(&place) : ours, n, in)) {
		if (!in)
			mark(&place, n);
		return umi_result_of(n, UM_OK);
	}
	result = move(ours, host_of(&place), n, in);
	if (!in)
		mark(&place, result.done);
	return result;
}

static struct um_result guest_copy_in(struct um_space *space, void *dst, um_addr src, size_t n, unsigned flags)
{
	(void)flags;
	return copy(space, src, dst, n, true);
}

static struct um_result guest_copy_out(struct um_space *space, um_addr dst, const void *src, size_t n, unsigned flags)
{
	(void)flags;
	return copy(space, dst, (void *)(uintptr_t)src, n, false);
}

static struct um_result guest_fill(struct um_space *space, um_addr dst, uint8_t byte, size_t n, unsigned flags)
{
	struct um_guest *guest = guest_of(space);
	struct act act = { .kind = FILL, .ours = &byte };

	(void)flags;
	return walk(guest, map_of(guest), (struct um_range){ dst, n }, UM_WRITE, &act);
}

/* ---------------------------------------------------------------- single accesses */

/* Did it store something?  Only the low bytes of what was expected count. */
static bool stored(const struct um_atomic_access *access)
{
	unsigned unused = 64 - 8u * access->size;

	return access->op != UM_LOAD && (access->op != UM_CAS || (access->old ^ access->expected) << unused == 0);
}

/* Slots and their host memory are aligned: an aligned word lies within one, and is aligned there. */
static enum um_status guest_atomic(struct um_space *space, um_addr addr, struct um_atomic_access *access, unsigned flags)
{
	struct um_guest *guest = guest_of(space);
	unsigned need = access->op == UM_LOAD ? UM_READ : access->op == UM_STORE ? UM_WRITE : UM_READ | UM_WRITE;
	struct place place;
	enum um_status status = look(guest, map_of(guest), addr.value, need, &place);

	(void)flags;
	if (status != UM_OK)
		return status;
	status = umi_own_access(host_of(&place), access);
	if (status == UM_OK && stored(access))
		mark(&place, access->size);
	return status;
}

/* ---------------------------------------------------------------- questions */

static struct um_result guest_check(struct um_space *space, struct um_range range, unsigned access, unsigned flags)
{
	struct um_guest *guest = guest_of(space);
	struct act act = { .kind = ASK };

	(void)flags;
	return walk(guest, map_of(guest), range, access, &act);
}

static struct um_result guest_visit(struct um_space *space, struct um_ranges ranges, unsigned access, unsigned flags,
                                    um_visit_fn *visit, void *context)
{
	struct um_guest *guest = guest_of(space);
	const struct um_guest_map *map = map_of(guest);
	struct um_result result = { 0, UM_OK, UM_ONLY_SIDE };
	struct um_ranges left = ranges;
	struct um_range piece;
	struct visit show;
	struct act act = { .kind = SHOW, .show = &show };
	uint64_t shown = 0;

	(void)flags;
	umi_visit_begin(&show, visit, context);
	while (result.status == UM_OK && !act.ended && um_ranges_next(&left, UINT64_MAX, &piece)) {
		result = walk(guest, map, piece, access, &act);
		shown += result.done;
	}
	result = umi_visit_end(&show, result.status);
	for (um_ranges_limit(&ranges, access & UM_WRITE ? shown : 0); um_ranges_next(&ranges, UINT64_MAX, &piece);)
		mark_range(map, piece);
	return result;
}

static const struct um_space_ops guest_ops = {
	.size = sizeof(struct um_space_ops),
	.name = "guest",
	.copy_in = guest_copy_in,
	.copy_out = guest_copy_out,
	.fill = guest_fill,
	.atomic = guest_atomic,
	.populate = guest_check,
	.check = guest_check,
	.visit = guest_visit,
};

void um_guest_init(struct um_guest *guest, const struct um_guest_map *map)
{
	*guest = (struct um_guest){
		.space = {
			.ops = &guest_ops,
			.first = { 0 },
			.last = { UINT64_MAX },
			.can = UM_CAN_WRITE | UM_CAN_ATOMIC | UM_CAN_SINGLE | UM_CAN_NOFAULT | UM_CAN_PERMS | UM_CAN_CHECK | UM_CAN_VISIT,
		},
		.map = map,
	};
}

const struct um_guest_map *um_guest_replace(struct um_guest *guest, const struct um_guest_map *map)
{
	return __atomic_exchange_n(&guest->map, map, __ATOMIC_ACQ_REL);
}

uint64_t um_guest_take_dirty(const struct um_guest_map *map, size_t slot, size_t first, uint64_t *bits, size_t words)
{
	uint64_t *dirty = slot < map->count ? map->slots[slot].dirty : NULL, taken, count = 0;
	uint64_t there = dirty ? (map->slots[slot].range.length / UM_GUEST_PAGE + PAGES_PER_WORD - 1) / PAGES_PER_WORD : 0;
	size_t i;

	for (i = 0; i < words; i++) {
		bits[i] = 0;
		if (first >= there || i >= there - first || __atomic_load_n(&dirty[first + i], __ATOMIC_RELAXED) == 0)
			continue;
		bits[i] = __atomic_exchange_n(&dirty[first + i], 0, __ATOMIC_SEQ_CST);
		for (taken = bits[i]; taken != 0; taken &= taken - 1)
			count++;
	}
	if (count != 0 && map->barrier)
		map->barrier();
	return count;
}

void um_guest_mark_dirty(struct um_guest *guest, struct um_range range)
{
	mark_range(map_of(guest), range);
}

/* ---------------------------------------------------------------- maps */

enum um_status um_guest_map_init(struct um_guest_map *map, const struct um_guest_slot *slots, size_t count, void (*barrier)(void))
{
	uint64_t free = 0; /* one past the slot before; 0 behind the last page of all, and before the first slot */
	size_t i;

	for (i = 0; i < count; i++) {
		uint64_t start = slots[i].range.start.value, length = slots[i].range.length;
		uintptr_t host = (uintptr_t)slots[i].host;

		if ((start | length) % UM_GUEST_PAGE != 0 || length == 0 || length - 1 > UINT64_MAX - start ||
		    host == 0 || length - 1 > UINTPTR_MAX - host || (host | (uintptr_t)slots[i].dirty) % 8 != 0 ||
		    slots[i].access == 0 || slots[i].access & ~(unsigned)(UM_READ | UM_WRITE | UM_EXEC) ||
		    (i != 0 && (start < free || free == 0)))
			return UM_INVALID;
		free = start + length;
	}
	*map = (struct um_guest_map){ slots, count, barrier };
	return UM_OK;
}
