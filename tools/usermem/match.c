/*
 * Looks for a pattern.  What the C library's memmem is good at, skipping bytes where nothing begins, it does; an
 * occurrence that has begun, in the piece before or within another occurrence, is followed byte by byte (Knuth, Morris and
 * Pratt).
 */
#include "match.h"
#include <stdlib.h>
#include <string.h>

/* The state behind one more byte. */
static size_t follow(const struct match *match, size_t state, unsigned char byte)
{
	if (state == match->length)
		state = match->borders[state - 1];
	while (state > 0 && match->pattern[state] != byte)
		state = match->borders[state - 1];
	return match->pattern[state] == byte ? state + 1 : 0;
}

bool match_begin(struct match *match, const unsigned char *pattern, size_t length)
{
	*match = (struct match){ .pattern = pattern, .length = length, .borders = calloc(length, sizeof *match->borders) };
	if (!match->borders)
		return false;
	for (size_t i = 1; i < length; i++)
		match->borders[i] = follow(match, match->borders[i - 1], pattern[i]);
	return true;
}

void match_end(struct match *match)
{
	free(match->borders);
	match->borders = NULL;
}

void match_gap(struct match *match)
{
	match->state = 0;
}

/* Follows what has begun until it is an occurrence, or no more.  True: it is. */
static bool follow_on(struct match *match, const unsigned char *bytes, size_t n, size_t *at)
{
	while (*at < n) {
		match->state = follow(match, match->state, bytes[(*at)++]);
		if (match->state == match->length)
			return true;
		if (match->state == 0)
			return false;
	}
	return false;
}

bool match_next(struct match *match, const unsigned char *bytes, size_t n, size_t *at)
{
	const unsigned char *found;

	while (*at < n) {
		if (match->state > 0) {
			if (follow_on(match, bytes, n, at))
				return true;
			continue;
		}
		found = memmem(bytes + *at, n - *at, match->pattern, match->length);
		if (found) {
			*at = (size_t)(found - bytes) + match->length;
			match->state = match->length;
			return true;
		}
		/* The first bytes of one may be the last ones here. */
		if (n - *at >= match->length)
			*at = n - match->length + 1;
		while (*at < n)
			match->state = follow(match, match->state, bytes[(*at)++]);
	}
	return false;
}
