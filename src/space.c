/* The way in: judged here, once, and then the space is asked.  The contracts are in space.h. */
#include <usermem/space.h>
#include "ranges.h"
#include "space.h"
#include "visit.h"

extern inline enum um_status umi_judge_flags(const struct um_space *space, unsigned flags);
extern inline enum um_status umi_judge(const struct um_space *space, unsigned flags, unsigned need);
extern inline um_addr umi_resolve(const struct um_space *space, um_addr addr);
extern inline bool umi_admit(const struct um_space *space, um_addr *start, uint64_t n);
extern inline struct um_result umi_move(struct um_space *space, void *ours, um_addr addr, size_t n, unsigned flags, enum umi_direction direction);

enum {
	ALL_ACCESS = UM_READ | UM_WRITE | UM_EXEC,
	PAGE = 4096,  /* no machine of ours has smaller pages */
	BLOCK = 64,   /* what a string read may load behind its NUL (law 10): in memory that this processor loads itself, */
	CALL = 256,   /* and through a call of the host, where fewer calls are worth more; never leaves a page */
};

/* ---------------------------------------------------------------- flat calls */

/* What every flat call asks first; resolves addr. */
UMI_SPECIALISED enum um_status enter(const struct um_space *space, um_addr *addr, uint64_t n, unsigned flags, unsigned need)
{
	enum um_status status = umi_judge(space, flags, need);

	return status == UM_OK && n != 0 && !umi_admit(space, addr, n) ? UM_RANGE : status;
}

struct um_result um_copy_in(struct um_space *space, void *dst, um_addr src, size_t n, unsigned flags)
{
	enum um_status status = enter(space, &src, n, flags, 0);

	if (status != UM_OK || n == 0)
		return umi_result_of(0, status);
	return space->ops->copy_in(space, dst, src, n, flags);
}

struct um_result um_copy_out(struct um_space *space, um_addr dst, const void *src, size_t n, unsigned flags)
{
	enum um_status status = enter(space, &dst, n, flags, UM_CAN_WRITE);

	if (status != UM_OK || n == 0)
		return umi_result_of(0, status);
	return space->ops->copy_out(space, dst, src, n, flags);
}

struct um_result um_fill(struct um_space *space, um_addr dst, uint8_t byte, size_t n, unsigned flags)
{
	enum um_status status = enter(space, &dst, n, flags, UM_CAN_WRITE);

	if (status != UM_OK || n == 0)
		return umi_result_of(0, status);
	return space->ops->fill(space, dst, byte, n, flags);
}

/* Does the operation exist, and on what promises does it rest? */
static bool judge_atomic(const struct um_atomic_access *access, unsigned *need)
{
	bool single = access->op == UM_LOAD || access->op == UM_STORE; /* law 16: the others would write the neighbours */
	unsigned sizes = single ? 1 << 1 | 1 << 2 | 1 << 4 | 1 << 8 : 1 << 4 | 1 << 8;

	*need = (single ? UM_CAN_SINGLE : UM_CAN_ATOMIC) | (access->op == UM_LOAD ? 0U : (unsigned)UM_CAN_WRITE);
	return (unsigned)access->op <= UM_XOR && access->size <= 8 && (sizes >> access->size & 1) != 0;
}

enum um_status um_atomic(struct um_space *space, um_addr addr, struct um_atomic_access *access, unsigned flags)
{
	unsigned need;
	enum um_status status;

	if (!judge_atomic(access, &need))
		return UM_INVALID;
	status = enter(space, &addr, access->size, flags, need);
	if (status != UM_OK)
		return status;
	if (!um_addr_aligned(addr, access->size))
		return UM_MISALIGNED;
	return space->ops->atomic(space, addr, access, flags);
}

/* ---------------------------------------------------------------- strings (law 10) */

static size_t length_before_nul(const char *text, size_t n)
{
	size_t i = 0;

	while (i < n && text[i] != '\0')
		i++;
	return i;
}

/* Room for `room` bytes without the NUL, so that what lies before a hole or a limit is delivered whole.  Goes by
 * aligned blocks through a scratch, since a copy straight into dst would write behind the terminator. */
static struct um_result string_by_blocks(struct um_space *space, char *dst, um_addr src, size_t room, unsigned flags)
{
	size_t size = space->can & UM_CAN_SINGLE ? BLOCK : CALL, done = 0;
	char block[CALL];

	while (done < room) {
		size_t ask = size - (size_t)(src.value + done) % size, length;
		struct um_result got;

		if (ask > room - done)
			ask = room - done;
		got = space->ops->copy_in(space, block, um_addr_of(src.value + done), ask, flags);
		length = length_before_nul(block, got.done);
		__builtin_memcpy(dst + done, block, length);
		done += length;
		if (length < got.done || got.status != UM_OK) {
			dst[done] = '\0';
			return umi_result_of(done, length < got.done ? UM_OK : got.status);
		}
	}
	return umi_result_of(done, UM_TOO_LONG);
}

/* An op that says "too long" has dropped the last byte that it fetched.  Where the memory ends, `below` bytes behind src, that
 * byte is wanted, and fetching it again is not to be had: hence by blocks. */
static __attribute__((noinline)) struct um_result
string_to_end(struct um_space *space, char *dst, um_addr src, size_t limit, uint64_t below, enum um_status behind, unsigned flags)
{
	struct um_result result = string_by_blocks(space, dst, src, limit - 1 <= below ? limit : (size_t)below + 1, flags);

	if (result.status != UM_TOO_LONG)
		return result;
	if (limit - 1 > below)
		result.status = behind;
	else
		result.done = limit - 1;
	dst[result.done] = '\0';
	return result;
}

struct um_result umi_string_within(struct um_space *space, char *dst, um_addr src, size_t limit, unsigned flags, struct um_result reach)
{
	enum um_status status = umi_judge(space, flags, 0);
	uint64_t below; /* bytes behind the first one, up to the limit of the space */

	if (limit == 0)
		return umi_result_of(0, UM_INVALID);
	dst[0] = '\0';
	if (status != UM_OK)
		return umi_result_of(0, status);
	if (!umi_admit(space, &src, 1))
		return umi_result_of(0, UM_RANGE);
	below = space->last.value - src.value;
	if (reach.done <= below)
		below = reach.done - 1;
	else
		reach.status = UM_RANGE;
	if (limit - 1 <= below && UMI_OP(space, copy_string_in))
		return space->ops->copy_string_in(space, dst, src, limit, flags);
	return string_to_end(space, dst, src, limit, below, reach.status, flags);
}

struct um_result um_copy_string_in(struct um_space *space, char *dst, um_addr src, size_t limit, unsigned flags)
{
	return umi_string_within(space, dst, src, limit, flags, umi_result_of(SIZE_MAX, UM_OK));
}

/* ---------------------------------------------------------------- lists */

/* What was judged, at `at` of the kernel's side; one core for three directions (umi_move). */
static inline struct um_result
move_piece(struct um_space *space, struct um_range piece, unsigned char *ours, size_t at, unsigned flags, enum umi_direction direction)
{
	switch (direction) {
	case UMI_IN:
		return space->ops->copy_in(space, ours + at, piece.start, piece.length, flags);
	case UMI_OUT:
		return space->ops->copy_out(space, piece.start, ours + at, piece.length, flags);
	default:
		return space->ops->fill(space, piece.start, *ours, piece.length, flags);
	}
}

/* Short ranges are what a list is for, so the walk is by hand: each piece is a whole range but for the last one, and
 * nothing is kept of a range that is done. */
static inline struct um_result
move_pieces(struct um_space *space, void *ours, const struct um_ranges *ranges, unsigned flags, enum umi_direction direction)
{
	const struct um_space judge = *space; /* no call changes it, which the compiler cannot know */
	const struct um_range *rest = ranges->rest;
	struct um_range piece = ranges->head;
	size_t done = 0;

	while (done < ranges->length) {
		struct um_result moved;

		if (piece.length > ranges->length - done)
			piece.length = ranges->length - done;
		if (piece.length != 0) {
			if (!umi_admit(&judge, &piece.start, piece.length))
				return umi_result_of(done, UM_RANGE);
			moved = move_piece(space, piece, ours, done, flags, direction);
			if (moved.status != UM_OK)
				return umi_result_of(done + moved.done, moved.status);
			done += piece.length;
			if (done == ranges->length)
				break;
		}
		piece = *rest++;
	}
	return umi_result_of(done, UM_OK);
}

/* Cuts the list before its first piece outside the limits; the status is what that piece will say. */
static enum um_status cut_to_limits(const struct um_space *space, struct um_ranges *ranges)
{
	struct um_ranges walk = *ranges;
	struct um_range piece;

	while (umi_ranges_next(&walk, UINT64_MAX, &piece)) {
		if (!um_range_within(piece, space->first, space->last)) {
			um_ranges_limit(ranges, ranges->length - walk.length - piece.length);
			return UM_RANGE;
		}
	}
	return UM_OK;
}

/* A call of the host for a whole list is worth a second walk.  Not where bits are ignored: the list is the
 * caller's, and its addresses are not ours to resolve in place. */
static struct um_result
move_list(struct um_space *space, void *ours, struct um_ranges *ranges, unsigned flags, enum umi_direction direction)
{
	enum um_status behind = cut_to_limits(space, ranges);
	struct um_result result = umi_result_of(0, UM_OK);

	if (ranges->length != 0 && direction == UMI_IN)
		result = space->ops->copy_in_ranges(space, ours, *ranges, flags);
	else if (ranges->length != 0)
		result = space->ops->copy_out_ranges(space, *ranges, ours, flags);
	if (result.status == UM_OK)
		result.status = behind;
	return result;
}

/* ranges: the caller's own copy. */
UMI_SPECIALISED struct um_result
move_ranges(struct um_space *space, void *ours, struct um_ranges *ranges, uint64_t n, unsigned flags, enum umi_direction direction)
{
	enum um_status status = umi_judge(space, flags, direction == UMI_IN ? 0 : UM_CAN_WRITE);
	bool list = direction == UMI_IN ? UMI_OP(space, copy_in_ranges) != NULL :
	            direction == UMI_OUT && UMI_OP(space, copy_out_ranges) != NULL;

	um_ranges_limit(ranges, n);
	if (status != UM_OK || ranges->length == 0)
		return umi_result_of(0, status);
	if (list && space->ignored == 0)
		return move_list(space, ours, ranges, flags, direction);
	return move_pieces(space, ours, ranges, flags, direction);
}

struct um_result um_copy_in_ranges(struct um_space *space, void *dst, size_t n, struct um_ranges src, unsigned flags)
{
	return move_ranges(space, dst, &src, n, flags, UMI_IN);
}

struct um_result um_copy_out_ranges(struct um_space *space, struct um_ranges dst, const void *src, size_t n, unsigned flags)
{
	return move_ranges(space, (void *)(uintptr_t)src, &dst, n, flags, UMI_OUT);
}

struct um_result um_fill_ranges(struct um_space *space, struct um_ranges dst, uint8_t byte, uint64_t n, unsigned flags)
{
	return move_ranges(space, &byte, &dst, n, flags, UMI_FILL);
}

struct um_result um_visit(struct um_space *space, struct um_ranges ranges, unsigned access, unsigned flags,
                          um_visit_fn *visit, void *context)
{
	unsigned need = UM_CAN_VISIT | (access & UM_WRITE ? (unsigned)UM_CAN_WRITE : 0);
	enum um_status status, behind;
	struct um_range piece;
	struct um_result result;
	size_t done = 0;

	if (access == 0 || access & ~(unsigned)(UM_READ | UM_WRITE))
		return umi_result_of(0, UM_INVALID);
	status = umi_judge(space, flags, need);
	if (status != UM_OK || ranges.length == 0)
		return umi_result_of(0, status);
	if (!UMI_SMALL && umi_visit_is_flat(&ranges)) {
		if (!umi_admit(space, &ranges.head.start, ranges.length))
			return umi_result_of(0, UM_RANGE);
		return space->ops->visit(space, ranges, access, flags, visit, context);
	}
	if (space->ignored == 0) {
		behind = cut_to_limits(space, &ranges);
		result = ranges.length == 0 ? umi_result_of(0, UM_OK) : space->ops->visit(space, ranges, access, flags, visit, context);
		if (result.status == UM_OK)
			result.status = behind;
		return result;
	}
	while (umi_ranges_next(&ranges, UINT64_MAX, &piece)) {
		if (!umi_admit(space, &piece.start, piece.length))
			return umi_result_of(done, UM_RANGE);
		result = space->ops->visit(space, um_ranges_of(piece.start, piece.length), access, flags, visit, context);
		done += result.done;
		result.done = done;
		if (result.status != UM_OK)
			return result;
	}
	return umi_result_of(done, UM_OK);
}

/* ---------------------------------------------------------------- questions */

struct um_result um_check(struct um_space *space, struct um_range range, unsigned access, unsigned flags)
{
	unsigned need = (access ? (unsigned)UM_CAN_CHECK : 0) | (access & UM_WRITE ? (unsigned)UM_CAN_WRITE : 0);
	enum um_status status = access & ~(unsigned)ALL_ACCESS ? UM_INVALID : umi_judge(space, flags, need);

	if (status == UM_OK && !umi_admit(space, &range.start, range.length))
		status = UM_RANGE;
	if (status != UM_OK)
		return umi_result_of(0, status);
	if (access == 0 || range.length == 0)
		return umi_result_of(range.length, UM_OK);
	return space->ops->check(space, range, access, flags);
}

/* An OR of 0 makes a page writable without changing what a racing program has just stored; a load and a store would. */
static enum um_status touch_page(struct um_space *space, um_addr addr, unsigned access, unsigned flags)
{
	struct um_atomic_access nothing = { .op = UM_OR, .size = 4 };
	unsigned char byte;

	if (access & UM_WRITE)
		return space->ops->atomic(space, um_addr_of(addr.value & ~(uint64_t)3), &nothing, flags);
	return space->ops->copy_in(space, &byte, addr, 1, flags).status;
}

struct um_result um_populate(struct um_space *space, struct um_range range, unsigned access, unsigned flags)
{
	bool own = UMI_OP(space, populate) != NULL;
	unsigned need = !(access & UM_WRITE) ? 0 : own ? (unsigned)UM_CAN_WRITE : (unsigned)(UM_CAN_WRITE | UM_CAN_ATOMIC);
	enum um_status status;
	uint64_t done, step;

	/* To populate is to wait: with UM_NOFAULT it contradicts itself. */
	if (access & ~(unsigned)ALL_ACCESS || !(access & (UM_READ | UM_WRITE)) || flags & UM_NOFAULT)
		return umi_result_of(0, UM_INVALID);
	status = enter(space, &range.start, range.length, flags, need);
	if (status != UM_OK || range.length == 0)
		return umi_result_of(0, status);
	if (own)
		return space->ops->populate(space, range, access, flags);
	for (done = 0; done < range.length; done += step) {
		um_addr at = um_addr_of(range.start.value + done);

		status = touch_page(space, at, access, flags);
		if (status != UM_OK)
			return umi_result_of(done, status);
		step = PAGE - at.value % PAGE;
		if (step > range.length - done)
			step = range.length - done;
	}
	return umi_result_of(done, UM_OK);
}

void um_close(struct um_space *space)
{
	if (UMI_OP(space, close))
		space->ops->close(space);
}
