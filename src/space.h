/*
 * Judgement, for the way in and for what asks two spaces at once.  What is inline is a real symbol too, in space.c.
 */
#ifndef USERMEM_SRC_SPACE_H
#define USERMEM_SRC_SPACE_H

#include <usermem/space.h>
#include "ranges.h"
#ifdef UM_FREESTANDING
#include "port/freestanding.h"
#endif

/* An op that the space has: an author who compiled against an older header has a shorter struct. */
#define UMI_OP(space, op) \
	(offsetof(struct um_space_ops, op) + sizeof (space)->ops->op <= (space)->ops->size ? (space)->ops->op : NULL)

/* A body that each of its callers wants specialised for itself; where size counts, they share it. */
#if defined __OPTIMIZE_SIZE__ || defined UM_FREESTANDING
#define UMI_SPECIALISED static __attribute__((noinline))
/* And ways that are there for speed alone are left out: among them those by which a process reaches memory of its own as it does
 * a user's.  A kernel's instructions for the one fault on the other. */
enum { UMI_SMALL = true };
#else
#define UMI_SPECIALISED static inline __attribute__((always_inline))
enum { UMI_SMALL = false };
#endif

static inline struct um_result umi_result_of(size_t done, enum um_status status)
{
	struct um_result result = { done, status, UM_ONLY_SIDE };

	return result;
}

inline enum um_status umi_judge_flags(const struct um_space *space, unsigned flags)
{
	if (flags & ~(unsigned)(UM_NOFAULT | UM_IGNORE_PERMS))
		return UM_INVALID;
	if ((flags & UM_NOFAULT && !(space->can & UM_CAN_NOFAULT)) ||
	    (flags & UM_IGNORE_PERMS && !(space->can & UM_CAN_IGNORE_PERMS)))
		return UM_UNSUPPORTED;
	return UM_OK;
}

/* need: promises of the space that the call rests on. */
UMI_ONE_COPY inline enum um_status umi_judge(const struct um_space *space, unsigned flags, unsigned need)
{
	enum um_status status = flags == 0 ? UM_OK : umi_judge_flags(space, flags);

#ifdef UM_FREESTANDING
	if ((flags & UM_NOFAULT) == 0 && umi_might_fault)
		umi_might_fault();
#endif
	return status == UM_OK && (space->can & need) != need ? UM_UNSUPPORTED : status;
}

inline um_addr umi_resolve(const struct um_space *space, um_addr addr)
{
	uint64_t ignored = space->ignored;

	if (__builtin_expect(ignored == 0, 1))
		return addr;
	/* (ignored & ~(ignored - 1)) / 2 is the bit below the lowest ignored one. */
	if (addr.value & (ignored & ~(ignored - 1)) / 2)
		return um_addr_of(addr.value | ignored);
	return um_addr_of(addr.value & ~ignored);
}

/* Is the range of n bytes, or an empty one, within the limits?  Resolves its start. */
UMI_ONE_COPY inline bool umi_admit(const struct um_space *space, um_addr *start, uint64_t n)
{
	struct um_range range = { umi_resolve(space, *start), n };

	*start = range.start;
	return um_range_within(range, space->first, space->last);
}

/* The three directions as one call of the way in.  ours: of a fill, where its byte is. */
enum umi_direction { UMI_IN, UMI_OUT, UMI_FILL };

UMI_ONE_COPY inline struct um_result umi_move(struct um_space *space, void *ours, um_addr addr, size_t n, unsigned flags, enum umi_direction direction)
{
	if (direction == UMI_IN)
		return um_copy_in(space, ours, addr, n, flags);
	if (direction == UMI_OUT)
		return um_copy_out(space, addr, ours, n, flags);
	return um_fill(space, addr, *(const uint8_t *)ours, n, flags);
}

/* As um_copy_string_in, of memory that ends reach.done bytes behind src (at least 1), for a space around another: who runs
 * on to there is told reach.status. */
struct um_result umi_string_within(struct um_space *space, char *dst, um_addr src, size_t limit, unsigned flags, struct um_result reach);

#endif
