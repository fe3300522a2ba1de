/*
 * A virtual address space inside another space, by walking its page tables: a guest's process seen in a guest's memory,
 * a process of a kernel seen in a dump of its memory.
 *
 * Each access walks anew and fetches each entry on its way once, as one aligned access of 8 bytes.  Nothing is cached.
 * Tables that change meanwhile give what some walk would have found; tables that point at themselves end, as all do,
 * after as many levels as the format has.
 *
 *   UM_UNMAPPED  no table maps the address, or it is none that the format has (not canonical)
 *   UM_DENIED    mapped, but not for this access
 *   UM_BUS       the tables say what they must not: reserved bits, a large page where there is none or on an odd
 *                address, a table or a page outside the inner space
 *   UM_AGAIN     UM_PAGETABLE_UPDATE alone: entries that change too fast to be marked
 *
 * For the rest the inner space speaks: of a page's bytes, and of entries where it cannot fetch them now (UM_WOULD_FAULT,
 * UM_GONE, ...).  UM_NOFAULT is its affair.  UM_IGNORE_PERMS passes the tables' protections and not its own, and marks no
 * entry where the machine would have refused.
 *
 * Promises what the inner space promises, with UM_CAN_IGNORE_PERMS and without UM_CAN_PERMS: no format can say that a
 * page may be written and not read, so the tables do not tell what the program asked for (law 14).
 *
 * Freestanding; thread safe and async-signal-safe as the inner space is, which outlives it.  um_close does nothing.
 */
#ifndef USERMEM_SPACES_PAGETABLE_H
#define USERMEM_SPACES_PAGETABLE_H

#include <usermem/space.h>

UM_BEGIN_DECLS

/* The rules are those of the machine's manual; docs/pagetable.md names the chapters, and what was left out. */
enum um_pagetable_format {
	UM_PAGETABLE_X86_64_4,   /* 4-level paging; pages of 4 KiB, 2 MiB and 1 GiB */
	UM_PAGETABLE_X86_64_5,   /* 5-level paging (CR4.LA57) */
	UM_PAGETABLE_AARCH64_4K, /* VMSAv8-64, EL1&0, stage 1: 4 KiB granule, 48-bit addresses; blocks of 2 MiB and 1 GiB */
	UM_PAGETABLE_SV39,       /* RISC-V; pages of 4 KiB, 2 MiB and 1 GiB */
	UM_PAGETABLE_SV48,       /* and of 512 GiB */
};

/* Combined with |. */
enum um_pagetable_flags {
	UM_PAGETABLE_USER = 1,     /* as a program; else as its kernel, which is let at the program's data too (no SMAP, no PAN, SUM) */
	UM_PAGETABLE_NO_WP = 2,    /* x86-64: CR0.WP is clear, and the kernel writes read-only pages */
	UM_PAGETABLE_NO_NX = 4,    /* x86-64: EFER.NXE is clear, and bit 63 of an entry reserved */
	UM_PAGETABLE_NO_HIGH = 8,  /* AArch64: TCR_EL1.EPD1 is set, and the upper half unmapped */
	UM_PAGETABLE_UPDATE = 16,  /* marks entries as used and written, as below */
};

/*
 * Marks: an access sets accessed and dirty as the machine would (x86-64; RISC-V with Svadu; AArch64 with TCR_EL1.HA and HD),
 * each by a compare-and-swap of the entry that the walk has fetched, before the access is made and after it was judged.  An
 * entry that has changed is walked again, a bounded number of times.  The inner space then needs UM_CAN_ATOMIC and
 * UM_CAN_WRITE.  um_check and um_pagetable_translate mark nothing.
 *
 * Without UM_PAGETABLE_UPDATE no entry is ever written, and what would need a mark is as the machine has it without
 * hardware to make them: on x86-64 nobody minds, on RISC-V (Svade) and AArch64 it is UM_DENIED.
 */
struct um_pagetable_config {
	enum um_pagetable_format format;
	unsigned flags;        /* enum um_pagetable_flags */
	um_addr root;          /* of the topmost table in the inner space: from CR3, TTBR0_EL1, or satp's PPN * 4096 */
	um_addr root_high;     /* AArch64 without UM_PAGETABLE_NO_HIGH: from TTBR1_EL1 */
	unsigned address_bits; /* of physical addresses, at least 32; bits above are reserved.  0: all that the format has */
};

struct um_pagetable {
	struct um_space space;
	struct um_space *inner;
	struct um_pagetable_config config;
};

/*
 * UM_INVALID: an unknown format or flag, an address_bits that the format has not, a root that is not whole pages of 4096
 * bytes within it.  UM_UNSUPPORTED: UM_PAGETABLE_UPDATE over a space that cannot.  Touches nothing.  Whoever reads as a program whose machine
 * ignores the top byte of an address (TBI, LAM) then sets space.ignored.
 */
UM_CHECKED enum um_status um_pagetable_init(struct um_pagetable *table, struct um_space *inner, const struct um_pagetable_config *config);

struct um_translation {
	um_addr addr;    /* of the byte, in the inner space, whether or not that has it */
	uint64_t left;   /* bytes from it to the end of its page */
	unsigned access; /* enum um_access: what the tables allow */
	unsigned level;  /* of the page: 1 is 4 KiB, and each above 512 times the one below */
};

/* Where a byte is, if it may be accessed so.  access 0: whatever its protections.  Otherwise *translation is untouched. */
UM_CHECKED enum um_status um_pagetable_translate(struct um_pagetable *table, um_addr addr, unsigned access, struct um_translation *translation);

UM_END_DECLS

#endif
