/*
 * A range of a source's memory from its first byte to its last, whatever is there.
 */
#ifndef WALK_H
#define WALK_H

#include "source.h"

/* What is next: bytes that are there, or a hole. */
struct walk_piece {
	uint64_t addr, length;      /* length 0: the range is over */
	const unsigned char *bytes; /* good until the next piece; NULL: a hole, which may go on with the next piece */
	enum um_status cause;       /* of the hole */
};

enum { WALK_ROOM = 256 * 1024 };
struct walker {
	const struct source *source;
	unsigned flags;
	uint64_t next, left; /* what is still to be walked */
	struct mappings mappings;
	bool looked;         /* at the mappings */
	unsigned char *room;
};

/*
 * Piece by piece, in constant memory but for the list of mappings.  Where a hole ends is seen in that list, which is
 * read at the first hole and again when it is found to be old.  room has WALK_ROOM bytes.
 */
void walk_begin(struct walker *walker, const struct source *source, struct um_range range, unsigned flags, unsigned char *room);
/* UM_OK, or what ended it: UM_GONE, UM_UNSUPPORTED and the like. */
enum um_status walk_next(struct walker *walker, struct walk_piece *piece);
void walk_end(struct walker *walker);

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

/* All of it.  Returned is what walk_next returns.  Visitors do not walk themselves. */
enum um_status walk(const struct source *source, struct um_range range, unsigned flags, const struct walk_visitor *visitor,
                    struct walk_totals *totals);

/* After a walk: STATUS_ALL, or the one line that says what is missing. */
int walk_complain(const struct source *source, enum um_status status, struct um_range range, const struct walk_totals *totals);

#endif
