/*
 * An address space: what a place where memory lives must provide, and the tested way in.
 *
 * Callers use the um_ functions below; they judge flags, length, limits and alignment once (laws 3, 4, 25)
 * and then ask the space.  Whoever builds a new kind of space fills in a struct um_space_ops; whoever
 * wraps one (audit, share, pagetable) reaches the inner one by the same um_ functions.
 *
 * Thread safety: any number of threads may use one space unless its own header says otherwise (law 24).
 * Async-signal-safe where the space is.  Nothing here allocates, locks or writes a global.
 */
#ifndef USERMEM_SPACE_H
#define USERMEM_SPACE_H

#include <usermem/access.h>
#include <usermem/addr.h>
#include <usermem/ranges.h>
#include <usermem/status.h>

UM_BEGIN_DECLS

/* A piece of user memory as the library's own process can reach it. */
struct um_block {
	void *ptr;
	size_t length;
	bool may_fault; /* touch it only through fault.h or a guard, or hand it to a system call */
};

/*
 * Takes blocks, in order, at most UM_VISIT_MAX at a time.  What it was shown is good until it returns
 * (law 1).  done: how many bytes it took.  Less than shown with UM_OK ends the visit with UM_STOPPED;
 * another status ends it with that status and side.  More than shown is a bug of the visitor and counts
 * as all.
 */
typedef struct um_result um_visit_fn(void *context, const struct um_block *blocks, size_t count);
enum { UM_VISIT_MAX = 16 };

/* What a space promises.  The conformance suite tests just that, and that the rest is refused. */
enum um_can {
	UM_CAN_WRITE = 1,
	UM_CAN_ATOMIC = 2,        /* read-modify-write is atomic against the program */
	UM_CAN_SINGLE = 4,        /* UM_LOAD and UM_STORE, and copies of exactly 1, 2, 4 or 8 aligned bytes, are one access of that width */
	UM_CAN_NOFAULT = 8,       /* UM_NOFAULT */
	UM_CAN_IGNORE_PERMS = 16, /* UM_IGNORE_PERMS */
	UM_CAN_PERMS = 32,        /* protections are judged exactly, also write-only and execute-only (law 14) */
	UM_CAN_CHECK = 64,        /* um_check of an access other than 0 */
	UM_CAN_VISIT = 128,       /* um_visit */
};

struct um_space;

/*
 * What a kind of space provides.  Every op is called with flags the space promised, a length of at least
 * 1, and a range within the limits whose ignored bits were resolved; ranges alike, and never empty.  An op
 * reports exact progress (law 5) and never touches what lies behind it.  In a space with UM_CAN_VISIT dst of
 * copy_in and src of copy_out may overlap the user's side: um_copy within it hands over blocks as they are.
 */
struct um_space_ops {
	uint32_t size; /* of this struct, as its author compiled it: later members are NULL to the library */
	const char *name;
	/* required; a space without UM_CAN_WRITE leaves copy_out and fill NULL, one with neither UM_CAN_ATOMIC nor UM_CAN_SINGLE atomic */
	struct um_result (*copy_in)(struct um_space *space, void *dst, um_addr src, size_t n, unsigned flags);
	struct um_result (*copy_out)(struct um_space *space, um_addr dst, const void *src, size_t n, unsigned flags);
	struct um_result (*fill)(struct um_space *space, um_addr dst, uint8_t byte, size_t n, unsigned flags);
	enum um_status (*atomic)(struct um_space *space, um_addr addr, struct um_atomic_access *access, unsigned flags);
	/* NULL: done with the four above */
	struct um_result (*copy_string_in)(struct um_space *space, char *dst, um_addr src, size_t limit, unsigned flags);
	struct um_result (*copy_in_ranges)(struct um_space *space, void *dst, struct um_ranges src, unsigned flags);
	struct um_result (*copy_out_ranges)(struct um_space *space, struct um_ranges dst, const void *src, unsigned flags);
	struct um_result (*populate)(struct um_space *space, struct um_range range, unsigned access, unsigned flags);
	/* NULL: UM_UNSUPPORTED; never imitated by touching or by a bounce buffer */
	struct um_result (*check)(struct um_space *space, struct um_range range, unsigned access, unsigned flags);
	struct um_result (*visit)(struct um_space *space, struct um_ranges ranges, unsigned access, unsigned flags,
	                          um_visit_fn *visit, void *context);
	void (*close)(struct um_space *space);
	/* NULL: um_copy asks for a visit.  Else: where the n bytes at addr are in this process, if they are there in one
	 * stretch and for as long as the space is open; NULL: not these.  Touches nothing; a fault there is recovered. */
	void *(*direct)(struct um_space *space, um_addr addr, size_t n);
};

struct um_space { /* the first member of each kind of space */
	const struct um_space_ops *ops;
	um_addr first, last; /* limits, both allowed; 0 and UINT64_MAX where the space has a size of its own (law 3) */
	uint64_t ignored;    /* address bits the machine ignores (TBI, LAM, pointer masking): taken for copies of the bit below them */
	unsigned can;        /* enum um_can: of this space, here, today */
};

/*
 * Copies n bytes of user memory to dst.  done: bytes copied; dst beyond them is untouched.  A flat range
 * outside the limits: UM_RANGE, done 0.  n 0: UM_OK, nothing is asked.  dst must not be memory of this space.
 */
UM_CHECKED struct um_result um_copy_in(struct um_space *space, void *dst, um_addr src, size_t n, unsigned flags);

/* Copies n bytes from src to user memory.  done: bytes that user memory now has; behind them it is untouched.
 * Asks for no read permission (law 14).  Without UM_CAN_WRITE: UM_UNSUPPORTED. */
UM_CHECKED struct um_result um_copy_out(struct um_space *space, um_addr dst, const void *src, size_t n, unsigned flags);

/* Sets n bytes of user memory to byte.  As um_copy_out. */
UM_CHECKED struct um_result um_fill(struct um_space *space, um_addr dst, uint8_t byte, size_t n, unsigned flags);

/*
 * One single access (law 16; see struct um_atomic_access).  UM_MISALIGNED, and nothing touched, unless the
 * address and the host address behind it are aligned to access->size.  A compare that fails is UM_OK with
 * old != expected.  An unknown op or a size that the op has not: UM_INVALID.  UM_LOAD and UM_STORE need
 * UM_CAN_SINGLE, the others UM_CAN_ATOMIC, and all but UM_LOAD UM_CAN_WRITE; else UM_UNSUPPORTED.
 * UM_AGAIN: a bounded loop lost its race; nothing was stored.
 */
UM_CHECKED enum um_status um_atomic(struct um_space *space, um_addr addr, struct um_atomic_access *access, unsigned flags);

/*
 * Copies the string at src, at most limit bytes with its NUL, to dst, which has room for limit (law 10).  Found:
 * UM_OK, done is the length without the NUL.  No NUL within limit: UM_TOO_LONG, done is limit - 1.  A hole or
 * the limits of the space first: that status, done bytes before it.  Whichever comes first in address order
 * decides.  dst is terminated after done bytes in each case, and untouched behind the terminator; with
 * limit 0, UM_INVALID, it is not touched.  Each byte is fetched once.
 */
UM_CHECKED struct um_result um_copy_string_in(struct um_space *space, char *dst, um_addr src, size_t limit, unsigned flags);

/* The same through a list of ranges; n is the size of the kernel buffer, and what is asked is the shorter of
 * it and the ranges.  Each piece is judged when the call reaches it: done counts those before.  Cost is
 * linear in the ranges. */
UM_CHECKED struct um_result um_copy_in_ranges(struct um_space *space, void *dst, size_t n, struct um_ranges src, unsigned flags);
UM_CHECKED struct um_result um_copy_out_ranges(struct um_space *space, struct um_ranges dst, const void *src, size_t n, unsigned flags);
UM_CHECKED struct um_result um_fill_ranges(struct um_space *space, struct um_ranges dst, uint8_t byte, uint64_t n, unsigned flags);

/*
 * Shows the ranges as blocks of this process's memory, which readv(2) and writev(2) can use as they are.
 * access: UM_READ, UM_WRITE or both, what the visitor may do.  done: bytes that the visitor took; see
 * um_visit_fn.  Without UM_CAN_VISIT: UM_UNSUPPORTED.
 */
UM_CHECKED struct um_result um_visit(struct um_space *space, struct um_ranges ranges, unsigned access, unsigned flags,
                                     um_visit_fn *visit, void *context);

/* Could the range be accessed so, as things stand?  Touches nothing, populates nothing; old news at once.
 * done: bytes that could.  access 0 asks the limits alone (Linux's access_ok), of empty ranges too, and every
 * space answers it; an empty range is judged by the limits alone.  UM_WRITE without UM_CAN_WRITE: UM_UNSUPPORTED. */
UM_CHECKED struct um_result um_check(struct um_space *space, struct um_range range, unsigned access, unsigned flags);

/*
 * Makes the pages of the range present for reading or (access with UM_WRITE) writing, so that a retry after
 * UM_WOULD_FAULT makes progress.  May sleep.  Changes no byte.  done: bytes made present, to the page or
 * better.  access 0, UM_EXEC alone, or UM_NOFAULT: UM_INVALID.  UM_WRITE where the space has neither an op for it
 * nor atomics: UM_UNSUPPORTED.
 */
UM_CHECKED struct um_result um_populate(struct um_space *space, struct um_range range, unsigned access, unsigned flags);

/* Ends a space: no call on it is running, and none comes after. */
void um_close(struct um_space *space);

UM_END_DECLS

#endif
