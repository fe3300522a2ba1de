/*
 * What the tests of pagetable share: physical memory to build tables in, and an oracle, which walks them by the words of the manuals and
 * has nothing of the code that it judges.
 */
#ifndef USERMEM_TESTS_TABLES_H
#define USERMEM_TESTS_TABLES_H

#include "check.h"
#include <usermem/spaces/pagetable.h>

enum { PAGE = 4096, PAGES = 32, PHYSICAL = PAGES * PAGE, DATA = PHYSICAL / 2 /* where pages are put; tables are below */ };

extern unsigned char physical[PHYSICAL];
extern struct um_bytes memory;
extern struct um_pagetable table;

/* The entry number index of the table at addr. */
static inline uint64_t *slot(uint64_t addr, uint64_t index)
{
	return (uint64_t *)(void *)(physical + addr) + index;
}

/* Which entry of a table of that level, 1 for the last, an address takes. */
static inline uint64_t slot_of(uint64_t addr, unsigned level)
{
	return addr >> (9 * level + 3) & 511;
}

extern const enum um_pagetable_format all_formats[5];

/* A table over memory, or over something around it, with its root at 0. */
void open_over(struct um_space *inner, enum um_pagetable_format format, unsigned flags);
void open_table(enum um_pagetable_format format, unsigned flags);

/* An entry that leads to the table or page at addr, as the format has it. */
uint64_t entry_to(enum um_pagetable_format format, uint64_t addr);

/* Tables at 0, one page, two pages, ... lead addr down to a level; the entry there, not set yet. */
uint64_t *path_to(enum um_pagetable_format format, uint64_t addr, unsigned level);

unsigned levels_of(enum um_pagetable_format format);

/* The entry of a page that a program may read and write; nothing is left to mark. */
uint64_t page_entry(enum um_pagetable_format format, uint64_t addr, unsigned level);

/* Maps count pages from addr on to every other page from DATA on, all of which have a pattern. */
void map(enum um_pagetable_format format, uint64_t addr, unsigned count);

/* What um_audit_between does to an entry. */
struct change {
	uint64_t access, *entry, value;
	bool each; /* two bits from that value on, at each access */
};

void make_change(void *context, uint64_t access);

/* ---------------------------------------------------------------- the oracle */

struct answer {
	enum um_status status;
	uint64_t addr;
	unsigned level, access;
	unsigned steps; /* entries looked at */
	struct {
		uint64_t at, used, written; /* where, and what it holds after a use and after a write */
	} step[5];
};

struct answer oracle(const struct um_pagetable_config *config, uint64_t addr);

/* What the oracle says is what the table says, of each access. */
void assert_as_oracle(uint64_t addr);

/* A generator with a fixed seed. */
uint64_t next_random(uint64_t *state);

#endif
