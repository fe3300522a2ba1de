/*
 * Memory that a process lends and may take back, as a space (law 17): address 0 is the buffer's first byte, past its end
 * is a hole (UM_UNMAPPED).  A driver keeps the share from one system call to the next; the process swaps what is in it.
 *
 * Three answers that are not the same.  Absent (nothing is lent): UM_UNMAPPED at every byte.  Empty (0 bytes are lent):
 * the same, but um_share_present.  Gone (the instance that lent it has ended): UM_GONE.
 *
 * Every access asks again whether that instance lives, how long the buffer is, and what may be done; then it goes to the
 * owner's space, which judges its limits and its memory as at any access, and whose statuses are passed on.  What is lent for
 * one direction is UM_DENIED in the other, also with UM_IGNORE_PERMS and where the owner may do both.  A visit asks once for each
 * UM_VISIT_MAX pieces of its list: if its visitor ends the owner or swaps, what it was shown stays good until it
 * returns, and the pieces after those are UM_GONE or the new buffer's.
 *
 * Promises what the owner's space promised at the last swap; while nothing is lent all of it, so that the answer is
 * UM_UNMAPPED and not UM_UNSUPPORTED.  Two shares may overlap, in one space or in several over the same memory: each
 * sees the other's writes.  The owner's space may be a share itself, but not this one.
 *
 * Thread safety: any number of threads may access one share, also while its owner ends or starts again; an access that has asked
 * may still run when um_owner_end returns, so that whoever tears a space down waits for those itself.  Swaps are not
 * made while another thread accesses the same share, and calls on one owner not by two threads at once.
 * Freestanding.  Async-signal-safe where the owner's space is.
 */
#ifndef USERMEM_SPACES_SHARE_H
#define USERMEM_SPACES_SHARE_H

#include <usermem/space.h>

UM_BEGIN_DECLS

/* Who lends: a slot in which one instance of a program runs after the other.  {0} before the first, and never again; it
 * outlives the shares that it lent to. */
struct um_owner {
	struct um_space *space; /* of the instance that lives */
	uint64_t generation;    /* of the instance that lives; 0: none does */
	uint64_t generations;   /* that have been: none is used twice */
	um_addr shared_end;     /* high-water mark: one past the last byte that this instance ever lent */
};

/* A new instance lives, in space; the one before it, if it still did, has ended.  The 2^64th never lives: no
 * generation is left for it. */
void um_owner_start(struct um_owner *owner, struct um_space *space);

/* From here on what the instance lent is UM_GONE, and its space is not asked again.  Once is as good as twice. */
void um_owner_end(struct um_owner *owner);

/* May the memory of the instance shrink, to end at new_end?  False while a byte from there on was ever lent, for a driver
 * may still count on it.  No instance: true. */
bool um_owner_may_shrink(const struct um_owner *owner, um_addr new_end);

/* All but space is to be read alone. */
struct um_share {
	struct um_space space;
	const struct um_owner *owner; /* NULL: nothing is lent */
	struct um_space *inner;       /* the owner's, when it lent: a later instance's is never reached */
	uint64_t generation;          /* of the instance that lent */
	struct um_range range;        /* in inner, as it was passed */
	unsigned access;
	uint64_t changes;             /* how often it was swapped: has it been since I last looked? */
};

/* Nothing is lent.  um_close does nothing. */
void um_share_init(struct um_share *share);

/*
 * owner lends *range, for access (UM_READ, UM_WRITE or both), in place of what was lent.  An empty range is lent wherever it
 * lies.  access 0 with an empty range lends nothing: the share is absent again.
 *
 * UM_OK: *range becomes what the same instance had lent before, as it was passed; {0, 0} if nothing was, or if that was
 * another's, be it in the same slot.  Else nothing is changed, *range either, and the status is the first of:
 * UM_INVALID: access has other bits, or is 0 and the range is not empty.  UM_GONE: no instance of owner lives.
 * UM_UNSUPPORTED: to be written, in a space without UM_CAN_WRITE.  UM_RANGE: outside the limits of the owner's space, or it holds the
 * byte at UINT64_MAX, which has no end.  What um_check says of it, where the owner's space promises UM_CAN_CHECK: only
 * memory that the process itself can access so may be lent.  Without that promise the limits alone are judged, and the
 * rest comes out at the access.
 *
 * When it returns, nobody touches the earlier buffer any more.
 */
UM_CHECKED enum um_status um_share_swap(struct um_share *share, struct um_owner *owner, unsigned access, struct um_range *range);

/* Is a buffer lent, of whatever length, by an instance that lives? */
bool um_share_present(const struct um_share *share);

/* Bytes; 0 when absent or gone.  May be less by the next call. */
uint64_t um_share_length(const struct um_share *share);

UM_END_DECLS

#endif
