/*
 * What the adversary makes trouble for: one call of the library each, over some space, with what it reads in one area
 * of the good bytes and what it writes in another.
 */
#ifndef USERMEM_TESTS_ACTS_H
#define USERMEM_TESTS_ACTS_H

#include "suite.h"

enum {
	AREA = 1024,           /* of each side, and of kernel[] */
	SOURCE = 4096 - 512,   /* offsets among the good bytes: across a page's edge */
	DESTINATION = 12288 - 512,
	EXTRAS = 2,
	AS_CLEAN = -1, /* the fault is behind what decides */
};

enum effect {
	EFFECT_IN,   /* kernel[] holds what is done, and nothing behind it is touched */
	EFFECT_TEXT, /* the same, with a terminator */
	EFFECT_OPEN, /* what lies behind done in kernel[] is not promised */
	EFFECT_OUT,  /* the destination holds each byte that was touched, and nothing behind it */
};

struct act {
	const char *name;
	unsigned needs;                                                        /* promises of the space */
	void (*prepare)(struct stage *stage);                                  /* the source area; NULL: pattern */
	struct um_result (*call)(struct stage *stage, struct um_space *space); /* must not look at the space otherwise */
	long (*done)(long k);                                                  /* when the k-th byte touched faults; AS_CLEAN */
	size_t unit;                                                           /* bytes that one of `done` stands for */
	enum effect effect;
	enum um_side side;     /* whose the fault is */
	bool bounce;           /* forbid visits: the copies go through a scratch */
	bool follows_pointers; /* a changed pointer may lead to the same bytes twice */
};

struct act_table {
	const struct act *acts;
	size_t count;
};
extern const struct act_table acts_plain, acts_held;

/* Where a call leaves what its result does not say: what is left of a cursor, an answer. */
extern uint64_t extras[EXTRAS];

static inline um_addr source(const struct stage *stage, uint64_t offset)
{
	return at(stage, SOURCE + offset);
}

static inline um_addr destination(const struct stage *stage, uint64_t offset)
{
	return at(stage, DESTINATION + offset);
}

static inline void put_source(struct stage *stage, size_t offset, const void *bytes, size_t n)
{
	__builtin_memcpy(stage->seen + SOURCE + offset, bytes, n);
}

static inline void zero_source(struct stage *stage, size_t offset, size_t n)
{
	__builtin_memset(stage->seen + SOURCE + offset, 0, n);
}

/* Common answers of act.done. */
long exactly(long k);
long nothing(long k);

/* A list of 100 bytes, with an empty piece and out of order, in one of the areas. */
struct um_ranges act_list(struct stage *stage, uint64_t area, struct um_range array[5]);

extern unsigned char given[AREA]; /* what is written to the destination, by hand or as a space */
void give(void);

#endif
