/*
 * Touching directly, and living to tell (hosted).
 *
 * For code that must dereference memory which may vanish: a mapped file that somebody truncates, a guest's
 * pages.  Everything else is better served by the copies.
 */
#ifndef USERMEM_GUARD_H
#define USERMEM_GUARD_H

#include <usermem/addr.h>
#include <usermem/status.h>

UM_BEGIN_DECLS

/*
 * Runs touch(context).  A fault of this thread at an address in `range` ends it: the status is the cause and done
 * the distance of the fault from range.start; bits of either that the machine ignores (AArch64's top byte) do not
 * count.  Otherwise UM_OK and done is range.length.  Every other fault goes where it would have gone without us.
 *
 * touch returns or faults: it must not leave by longjmp or an exception.  What it locked stays locked, what it
 * wrote stays written.  Guards nest; an inner one that does not claim a fault leaves it to the outer.  A signal
 * handler that interrupts touch and itself faults inside the range is unwound too, and what it had blocked stays
 * blocked.  The floating-point modes and the registers are the caller's again.  Belongs to one thread;
 * any number of threads may be in one at a time.  Async-signal-safe.  No port open (port.h): UM_UNSUPPORTED, and
 * touch is not run.
 */
UM_CHECKED struct um_result um_guard(struct um_range range, void (*touch)(void *context), void *context);

UM_END_DECLS

#endif
