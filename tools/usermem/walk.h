/*
 * A range of a source's memory from its first byte to its last, whatever is there.
 */
#ifndef WALK_H
#define WALK_H

#include "source.h"

/* Whoever is told: each byte once, in order, in pieces; a hole is told once, as long as it is.  False ends it. */
struct walk_visitor {
	bool (*bytes)(void *context, uint64_t addr, const unsigned char *bytes, size_t n);
	bool (*hole)(void *context, uint64_t addr, uint64_t length, enum um_status cause);
	void *context;
};

/* What was met. */
struct walk_totals {
	uint64_t read;
	uint64_t unmapped, denied, other; /* bytes in holes, by cause */
	bool ended;                       /* a visitor had enough */
};

/*
 * Walks it in constant memory but for the list of mappings; visitors do not walk themselves.  Where a hole ends is seen in the list of mappings, which is read at the first hole and
 * again when it is found to be old.  Returned is UM_OK, or what ended it: UM_GONE, UM_UNSUPPORTED and the like.
 */
enum um_status walk(const struct source *source, struct um_range range, unsigned flags, const struct walk_visitor *visitor,
                    struct walk_totals *totals);

/* After a walk: STATUS_ALL, or the one line that says what is missing. */
int walk_complain(const struct source *source, enum um_status status, struct um_range range, const struct walk_totals *totals);

#endif
