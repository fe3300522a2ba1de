/*
 * The arithmetic of a page walk: what an address and an entry say, as numbers alone.  Touches no memory.
 *
 * Plain integers, and division and modulo for fields, so that Frama-C can prove it (tests/proofs).
 */
#ifndef USERMEM_SPACES_PAGETABLE_WALK_H
#define USERMEM_SPACES_PAGETABLE_WALK_H

#include <usermem/spaces/pagetable.h>

enum {
	UMI_WALK_MOST_LEVELS = 5,
	UMI_WALK_USER = 8,    /* rights: enum um_access for the kernel, and so many times as much for the program */
	UMI_WALK_RIGHTS = 63, /* all of them */
};

enum umi_entry_kind {
	UMI_ENTRY_NONE,  /* maps nothing */
	UMI_ENTRY_TABLE, /* leads to the next level */
	UMI_ENTRY_PAGE,  /* ends the walk */
	UMI_ENTRY_BAD,   /* says what it must not */
};

struct umi_entry {
	enum umi_entry_kind kind;
	uint64_t rights;  /* of this entry and of those above it */
	uint64_t address; /* of the table or page: a multiple of its size, below 2 to the address_bits */
	/* The bit that the machine flips when the entry is used, and the one when its page, if it is one, is written.  0: nothing is left
	 * to mark. */
	uint64_t accessed, dirty;
};

/* How many levels a format has; 0 for a number that is no format. */
unsigned umi_walk_levels(enum um_pagetable_format format);

/* The most bits that a physical address may have. */
unsigned umi_walk_address_bits(enum um_pagetable_format format);

/* Does the format have such an address? */
bool umi_walk_has(enum um_pagetable_format format, uint64_t addr);

/* Bytes that an entry of a level, from 1 on, stands for. */
static inline uint64_t umi_walk_size(unsigned level)
{
	return UINT64_C(4096) << 9 * (level - 1);
}

/* Which entry of a table of that level. */
static inline uint64_t umi_walk_index(uint64_t addr, unsigned level)
{
	return (addr >> (9 * level + 3)) % 512;
}

/* Where addr is in the page that an entry of that level stands for. */
static inline uint64_t umi_walk_offset(uint64_t addr, unsigned level)
{
	return addr % umi_walk_size(level);
}

/* What an entry says, below others that leave so many rights. */
struct umi_entry umi_walk_entry(const struct um_pagetable_config *config, unsigned level, uint64_t raw, uint64_t rights);

#endif
