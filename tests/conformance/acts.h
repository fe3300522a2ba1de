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
	bool bounce;           /* forbid visits: the copies go through a scratch */
	bool follows_pointers; /* a changed pointer may lead to the same bytes twice */
};

extern const struct act acts[];
extern const size_t act_count;

/* Where a call leaves what its result does not say: what is left of a cursor, an answer. */
extern uint64_t extras[EXTRAS];

#endif
