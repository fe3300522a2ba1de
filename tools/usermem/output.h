/*
 * What the commands print: colour, JSON, bytes as text.
 */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <usermem/usermem.h>

enum colour { COLOUR_NONE, COLOUR_GOOD, COLOUR_BAD, COLOUR_DIM };

/* The escape sequence, or "" where stdout is no terminal or NO_COLOR is set. */
const char *colour(enum colour colour);

/* What stands in the place of bytes that could not be read: "unmapped", "denied", "bus". */
const char *hole_name(enum um_status cause);

/* As a C string literal would have them, without the quotes: nothing that a terminal would obey. */
void print_escaped(const unsigned char *bytes, size_t n);

/* The name of a file, as a list of mappings has it. */
void print_name(const char *name);

/* Addresses are JSON strings, "0x..."; as numbers most readers would round them. */
json_t *json_address(uint64_t value);
json_t *json_end(uint64_t start, uint64_t length); /* start + length, which may be 2^64 */
json_t *json_hex(const unsigned char *bytes, size_t n);
json_t *json_text(const unsigned char *bytes, size_t n); /* null where it is not UTF-8 */

/* Prints and frees it.  NULL (no memory) prints nothing and is false. */
bool json_print(json_t *json);

#endif
