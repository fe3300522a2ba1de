/*
 * A space around any space, which keeps a ledger of what was fetched, makes faults at a chosen byte, and lets a
 * callback change memory between two accesses.
 *
 * Promises what the inner space promises, with the same limits.  A call, to the audit, is what lies between
 * um_audit_call_begin and um_audit_call_end; every byte that is fetched twice within it is noted.
 *
 * An access is one copy, fill, string, atomic or visit, of at least one byte; a list is one for each of its pieces.
 * What an access fetches: the bytes that were done (a string's NUL too, and all `limit` bytes of one that is too
 * long); UM_STORE, copies out and visits for writing alone fetch nothing.  um_check and um_populate are passed on,
 * and are no accesses.
 *
 * Freestanding; for one thread.  um_close does not close the inner space.
 */
#ifndef USERMEM_SPACES_AUDIT_H
#define USERMEM_SPACES_AUDIT_H

#include <usermem/space.h>

UM_BEGIN_DECLS

/* One stretch of memory that one call fetched twice. */
struct um_audit_note {
	const char *call; /* the name given to um_audit_call_begin */
	um_addr addr;
	uint64_t length;
	uint64_t first, second; /* the accesses, counted from 0 within the call */
};

/* One stretch of the ledger: what access number `access` fetched. */
struct um_audit_entry {
	struct um_range range;
	uint64_t access;
};

struct um_audit {
	struct um_space space;
	struct um_space *inner;
	struct um_audit_note *notes;
	size_t note_room, note_count; /* note_count goes on counting when there is no more room */
	struct um_audit_entry *ledger;
	size_t ledger_room, ledger_count;
	bool ledger_full;
	const char *call;
	uint64_t accesses; /* within the call */
	uint64_t touched;  /* bytes since um_audit_fail_at, in either direction */
	uint64_t fetched;  /* bytes since um_audit_init */
	uint64_t fail_byte;
	enum um_status fail_with; /* UM_OK: no fault is planned */
	void (*between)(void *context, uint64_t access);
	void *context;
	uint64_t again; /* fetches of a byte within the call that were not its first */
};

/* notes and ledger are the caller's and may be NULL where their count is 0: then nothing is noted, and the ledger
 * is full at once. */
void um_audit_init(struct um_audit *audit, struct um_space *inner, struct um_audit_note *notes, size_t note_count,
                   struct um_audit_entry *ledger, size_t ledger_count);

/* The byte-th byte (from 0, counted from now) that is touched, in either direction, faults with `with`, as does every
 * later access until um_audit_fail_at is called again; UM_OK ends it.  A fault is exact: the bytes before it are done,
 * but of an atomic access, which is done or is not. */
void um_audit_fail_at(struct um_audit *audit, uint64_t byte, enum um_status with);

/* Called before each access but a call's first, with the access's number; may change the memory, but not through the
 * audit.  NULL ends it. */
void um_audit_between(struct um_audit *audit, void (*between)(void *context, uint64_t access), void *context);

/* Begins a call: the ledger is empty again.  name is kept, not copied. */
void um_audit_call_begin(struct um_audit *audit, const char *name);

/* Ends it: how many fetches of a byte were not its first.  *complete false: the ledger was full, and "0" proves
 * nothing. */
uint64_t um_audit_call_end(struct um_audit *audit, bool *complete);

UM_END_DECLS

#endif
