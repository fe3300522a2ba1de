/*
 * Bytes as hexdump -C prints them, at their own addresses, with holes.
 */
#ifndef HEXDUMP_H
#define HEXDUMP_H

#include "walk.h"

struct hexdump {
	bool every_line; /* also those equal to the one before, for which there is one `*` otherwise */
	uint64_t addr;   /* of line */
	unsigned char line[16], before[16];
	size_t held;     /* bytes of line */
	bool has_before, squeezing;
};

/* Visitors of a walk; context is a struct hexdump, at first all zero but for every_line. */
bool hexdump_bytes(void *context, uint64_t addr, const unsigned char *bytes, size_t n);
bool hexdump_hole(void *context, uint64_t addr, uint64_t length, enum um_status cause);

/* Prints what is held, and start + length, which may be 2^64. */
void hexdump_end(struct hexdump *dump, uint64_t start, uint64_t length);

#endif
