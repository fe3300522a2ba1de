/*
 * A pattern, looked for in bytes that come piece by piece, in time linear in the bytes: also where occurrences overlap,
 * or lie in two pieces.
 */
#ifndef MATCH_H
#define MATCH_H

#include <stdbool.h>
#include <stddef.h>

struct match {
	const unsigned char *pattern; /* the caller's */
	size_t length;                /* at least 1 */
	size_t *borders; /* of the pattern's first i + 1 bytes: how many of their last ones, but not all, are also their first ones */
	size_t state;    /* so many of the pattern's bytes are the last ones that came */
};

/* False: no memory. */
bool match_begin(struct match *match, const unsigned char *pattern, size_t length);
void match_end(struct match *match);

/* The next bytes are not those behind the last ones. */
void match_gap(struct match *match);

/* The next occurrence that ends in bytes[*at] to bytes[n - 1]: true, and *at is behind it.  False: none, and *at is n. */
bool match_next(struct match *match, const unsigned char *bytes, size_t n, size_t *at);

#endif
