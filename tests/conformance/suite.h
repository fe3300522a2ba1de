/*
 * What the files of the conformance suite share.
 */
#ifndef USERMEM_TESTS_SUITE_H
#define USERMEM_TESTS_SUITE_H

#include "tap.h"

extern const struct test_group group_totals;

/* ---------------------------------------------------------------- the stage, as tests see it */

/* Addresses and lengths that no test of an address may survive by luck (law 2). */
enum { WILD_ADDRESSES = 14, WILD_LENGTHS = 10 };
extern const uint64_t wild_addresses[WILD_ADDRESSES];
extern const size_t wild_lengths[WILD_LENGTHS];

static inline um_addr at(const struct stage *stage, uint64_t offset)
{
	return um_addr_of(stage->start.value + offset);
}

static inline bool can(const struct stage *stage, unsigned promises)
{
	return (stage->space->can & promises) == promises;
}

/* Good bytes that each say where they are: a byte of the wrong place shows. */
unsigned char pattern(size_t offset);
void paint(struct stage *stage);                                    /* all good bytes */
bool painted(const struct stage *stage, size_t from, size_t until); /* are those good bytes as paint left them? */

bool same(const void *bytes, size_t n, unsigned char value); /* are they all value? */

#endif
