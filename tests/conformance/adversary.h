/*
 * What the adversary's files share: an audit around the stage's space, and the source area before and after.
 */
#ifndef USERMEM_TESTS_ADVERSARY_H
#define USERMEM_TESTS_ADVERSARY_H

#include <usermem/spaces/audit.h>
#include "acts.h"

enum { NOTES = 4, LEDGER = 512 };

extern const struct test_group group_retries;

extern struct um_audit audit;
extern struct um_audit_note notes[NOTES];
extern struct um_audit_entry ledger[LEDGER];

/* The source area as it was, and as a change makes it. */
extern unsigned char before[AREA], after[AREA];

/* Wraps the stage's space and paints and prepares its memory.  False: the space lacks what the act needs. */
bool begin(struct stage *stage, const struct act *act);

/* Ends a call of the audit. */
void expect_no_second_fetch(void);

/* For um_audit_between: the source area becomes `after`. */
struct change {
	struct stage *stage;
	uint64_t access; /* before this one */
};
void make_change(void *change, uint64_t access);

#endif
