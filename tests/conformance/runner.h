/*
 * What the runners on Linux share: arguments, printing, and memory that is mapped twice, with a hole behind it.
 */
#ifndef USERMEM_TESTS_RUNNER_H
#define USERMEM_TESTS_RUNNER_H

#include "stage.h"

/* Runs the suite that argv[1] names ("conformance", "residue", "adversary"; behind "audited-", with an audit around the
 * space) over stage, printing to stdout.  Returns an exit status: 0 where nothing failed, 1 otherwise, 2 for a name that
 * is no suite. */
int runner(int argc, char **argv, struct stage *stage);

/* "1..0 # SKIP reason", for a stage that this machine cannot have; returns the exit status. */
int runner_skip(const char *reason);

/*
 * size good bytes at `user`, the same bytes at `seen`, and size bytes behind `user` for the hole.  Both are shared
 * mappings of one file: after a fork, parent and child see the same bytes, and each digs its own hole.
 */
struct region {
	unsigned char *user, *seen;
	size_t size;
	int file;
};

bool region_open(struct region *region, size_t size); /* false, with errno set */
bool region_dig(struct region *region, enum hole kind); /* at first: HOLE_UNMAPPED */

#endif
