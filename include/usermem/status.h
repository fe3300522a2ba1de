/*
 * What happened, and how far it got.
 *
 * One vocabulary for every space and every call.  A status is a cause; the errno that a system call
 * reports is derived from it once, at the edge, by um_errno (law 6).
 *
 * Everything here is thread safe and async-signal-safe.
 */
#ifndef USERMEM_STATUS_H
#define USERMEM_STATUS_H

#include <usermem/declare.h>

UM_BEGIN_DECLS

enum um_status {
	UM_OK = 0,
	UM_UNMAPPED,    /* EFAULT        nothing is mapped at the first byte not done                   */
	UM_DENIED,      /* EFAULT        mapped, but not for this kind of access                        */
	UM_BUS,         /* EFAULT        mapped, but its backing cannot supply it (file end, ECC, I/O)  */
	UM_RANGE,       /* EFAULT        outside the address space's limits, or start + length wraps    */
	UM_WINDOW,      /* EFAULT        more asked of a cursor or slice than it holds                  */
	UM_WOULD_FAULT, /* EFAULT        UM_NOFAULT was given and the page is not present               */
	UM_MISALIGNED,  /* EINVAL        a single or atomic access that is not naturally aligned        */
	UM_INVALID,     /* EINVAL        a request that makes no sense: negative length, zero limit     */
	UM_TOO_LONG,    /* ENAMETOOLONG  no terminator within the limit                                 */
	UM_TOO_BIG,     /* E2BIG         unknown fields that are not zero; more than the caller's room  */
	UM_NO_MEMORY,   /* ENOMEM        the space could not find memory to back the page               */
	UM_GONE,        /* ESRCH         the process, its image or the share's owner exists no more     */
	UM_REFUSED,     /* EPERM         the host does not let this caller touch that process           */
	UM_AGAIN,       /* EAGAIN        a bounded number of atomic attempts all lost their race        */
	UM_INTERRUPTED, /* EINTR         the wait for a page was given up: the caller is being killed   */
	UM_STOPPED,     /* 0 or short    a visitor took less than it was shown                          */
	UM_UNSUPPORTED, /* EOPNOTSUPP    this kind of space cannot do that                              */
};

/* Which of a call's two user sides failed; a call with one user side says UM_ONLY_SIDE. */
enum um_side { UM_ONLY_SIDE = 0, UM_FROM = 1, UM_TO = 2 };

/*
 * Two registers: how many bytes were done, exactly, and why no more (law 5).  UM_OK if and only if
 * all that was asked was done.  In a flat copy the fault is at byte `done` of the user memory or,
 * where a call has two user sides, of the one that `side` names.  A call that counts something
 * other than bytes says what.
 */
struct um_result {
	size_t done;
	enum um_status status;
	uint32_t side; /* enum um_side */
};
UM_STATIC_ASSERT(sizeof(size_t) == 8 && sizeof(enum um_status) == 4 && sizeof(struct um_result) == 16,
                 "usermem wants 64-bit hosts, and no -fshort-enums");

/* Linux's positive errno, also where there is no errno.h.  UM_OK and UM_STOPPED: 0.  A number that is no
 * status: EFAULT. */
int um_errno(enum um_status status);

/* The name of a status in the source, "UM_UNMAPPED"; "UM_?" for a number that is no status. */
const char *um_status_name(enum um_status status);

/* A status for people, "nothing is mapped there"; no address, no full stop. */
const char *um_status_text(enum um_status status);

UM_END_DECLS

#endif
