/*
 * What a runner of the conformance suite, the residue test and the adversary supplies: a space, and a way to make
 * holes in it.
 *
 * The suite is plain C without libc (memcpy, memmove, memset, memcmp aside), so that it also runs inside a kernel.
 */
#ifndef USERMEM_TESTS_STAGE_H
#define USERMEM_TESTS_STAGE_H

#include <usermem/space.h>

enum hole {
	HOLE_UNMAPPED,   /* nothing is mapped: UM_UNMAPPED */
	HOLE_PROTECTED,  /* mapped, no access: UM_DENIED */
	HOLE_READ_ONLY,  /* mapped, reads work, writes are UM_DENIED */
	HOLE_WRITE_ONLY, /* mapped, writes work, reads are UM_DENIED where the space has UM_CAN_PERMS */
	HOLE_BUS,        /* mapped, but the backing has ended: UM_BUS */
	HOLE_KINDS
};

struct stage {
	const char *name;
	struct um_space *space;
	um_addr start;       /* of the good bytes; a multiple of 4096 */
	size_t size;         /* good bytes, at least 16 KiB, a multiple of 4096; the hole behind them is as long */
	unsigned char *seen; /* the same good bytes, as tests see and set them past the space */
	/* Makes what lies behind the good bytes such a hole.  False: this space cannot have one. */
	bool (*dig)(struct stage *stage, enum hole kind);
	uint64_t (*faults)(struct stage *stage); /* hardware faults taken so far by this thread; NULL: cannot be counted */
	void (*print)(const char *line);         /* one line of TAP, without its newline */
	void *context;                           /* the runner's */
};

/* Each prints TAP with its plan, and returns how many tests failed. */
int conformance(struct stage *stage);
int residue(struct stage *stage);
int adversary(struct stage *stage);

#endif
