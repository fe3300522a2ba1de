/*
 * What the files of the conformance suite share.
 */
#ifndef USERMEM_TESTS_SUITE_H
#define USERMEM_TESTS_SUITE_H

#include "tap.h"

extern const struct test_group group_totals, group_limits, group_exact, group_protection, group_strings, group_lists,
	group_atomics, group_questions, group_visit, group_copies, group_structs, group_arrays, group_cursors,
	group_typed;

/* ---------------------------------------------------------------- the stage, as tests see it */

/* Addresses and lengths that no test of an address may survive by luck (law 2). */
enum { WILD_ADDRESSES = 13, WILD_LENGTHS = 10 };
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
bool equal(const void *a, const void *b, size_t n);

/* The trusted side of a copy.  wipe makes its first n bytes UNTOUCHED. */
enum { KERNEL_SIZE = 16384, UNTOUCHED = 0xa5 };
extern unsigned char kernel[KERNEL_SIZE];
void wipe(size_t n);

/* A visitor that takes what it is shown.  context: an unsigned that counts its calls, or NULL. */
um_visit_fn take_all;

/* ---------------------------------------------------------------- the hole */

static inline um_addr before_hole(const struct stage *stage, uint64_t n)
{
	return at(stage, stage->size - n);
}

/* Digs such a hole.  False: this space cannot have one, or it would not stop that access, or not on every machine. */
bool dig(struct stage *stage, enum hole kind, enum um_access access, enum um_status *says);

/* Any hole that stops both reading and writing; every space has one. */
enum um_status dig_any(struct stage *stage);

/* ---------------------------------------------------------------- for a while */

/* The stage's space with other limits, until widen. */
struct limits {
	um_addr first, last;
};
struct limits narrow(struct stage *stage, um_addr first, um_addr last);
void widen(struct stage *stage, struct limits limits);

#endif
