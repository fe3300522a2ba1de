/* The contract is in pagetable_walk.h; where the rules come from, in docs/pagetable.md. */
#include "pagetable_walk.h"

#define POWER(n) (UINT64_C(1) << (n))
#define HAS(raw, bit) ((raw) / POWER(bit) % 2 != 0)
#define FIELD(raw, bit, count) ((raw) / POWER(bit) % POWER(count))

static const struct {
	uint8_t levels, large, /* the highest level that has pages */
		half_bits,     /* of addresses: each half has 2 to so many */
		address_bits;  /* of physical ones */
} formats[] = {
	[UM_PAGETABLE_X86_64_4] = { 4, 3, 47, 52 },
	[UM_PAGETABLE_X86_64_5] = { 5, 3, 56, 52 },
	[UM_PAGETABLE_AARCH64_4K] = { 4, 3, 48, 48 },
	[UM_PAGETABLE_SV39] = { 3, 3, 38, 56 },
	[UM_PAGETABLE_SV48] = { 4, 4, 47, 56 },
};

unsigned umi_walk_levels(enum um_pagetable_format format)
{
	return (unsigned)format < sizeof formats / sizeof formats[0] ? formats[format].levels : 0;
}

unsigned umi_walk_address_bits(enum um_pagetable_format format)
{
	return formats[format].address_bits;
}

bool umi_walk_has(enum um_pagetable_format format, uint64_t addr)
{
	uint64_t half = POWER(formats[format].half_bits);

	return addr < half || UINT64_MAX - addr < half;
}

/* ---------------------------------------------------------------- entries, one format each */

struct said {
	bool page;
	uint64_t field;    /* the physical address, with what stands below it */
	uint64_t other;    /* the bit there that a large page may have: PAT, nT */
	uint64_t reserved; /* 0, or the entry is bad */
	uint64_t rights, accessed, dirty;
};

static struct said x86_64(unsigned flags, unsigned level, uint64_t raw)
{
	struct said said = { .page = level == 1 || HAS(raw, 7), .field = raw % POWER(52), .other = POWER(12), .accessed = POWER(5) };

	if (flags & UM_PAGETABLE_NO_NX)
		said.reserved = FIELD(raw, 63, 1);
	said.rights = UM_READ + FIELD(raw, 1, 1) * UM_WRITE + (1 - FIELD(raw, 63, 1)) * UM_EXEC;
	if (HAS(raw, 2))
		said.rights *= 1 + UMI_WALK_USER;
	if (flags & UM_PAGETABLE_NO_WP)
		said.rights |= UM_WRITE;
	said.dirty = HAS(raw, 6) ? 0 : POWER(6);
	return said;
}

static struct said aarch64(unsigned level, uint64_t raw)
{
	struct said said = { .page = HAS(raw, 1) == (level == 1), .field = raw % POWER(48), .other = POWER(16), .reserved = FIELD(raw, 48, 2) };
	/* What is taken away: PXN, UXN, the program's access, writing.  Of a table these are all it says. */
	uint64_t no = FIELD(raw, 59, 4);

	if (said.page) {
		no = FIELD(raw, 53, 2) + 4 * (1 - FIELD(raw, 6, 1)) + 8 * FIELD(raw, 7, 1);
		said.accessed = POWER(10);
		if (HAS(raw, 7) && HAS(raw, 51)) { /* clean, and marked dirty by clearing the read-only bit */
			said.dirty = POWER(7);
			no -= 8;
		}
	} else
		said.reserved = FIELD(raw, 48, 3);
	said.rights = UM_READ + (1 - no / 8) * UM_WRITE;
	if (!HAS(no, 2))
		said.rights *= 1 + UMI_WALK_USER;
	said.rights += (1 - no % 2) * UM_EXEC + (1 - FIELD(no, 1, 1)) * UMI_WALK_USER * UM_EXEC;
	return said;
}

static struct said riscv(uint64_t raw)
{
	uint64_t access = FIELD(raw, 1, 3); /* as enum um_access has them */
	struct said said = { .page = access != 0, .field = FIELD(raw, 10, 44) * POWER(12), .reserved = raw / POWER(54) };

	if (!said.page) {
		said.reserved += FIELD(raw, 4, 1) + FIELD(raw, 6, 2);
		said.rights = UMI_WALK_RIGHTS;
		return said;
	}
	if (access % 4 == UM_WRITE)
		said.reserved = 1;
	said.rights = HAS(raw, 4) ? access * UMI_WALK_USER + access % UM_EXEC : access;
	said.accessed = POWER(6);
	said.dirty = HAS(raw, 7) ? 0 : POWER(7);
	return said;
}

/* ---------------------------------------------------------------- what they have in common */

struct umi_entry umi_walk_entry(const struct um_pagetable_config *config, unsigned level, uint64_t raw, uint64_t rights)
{
	bool is_x86_64 = config->format <= UM_PAGETABLE_X86_64_5, is_aarch64 = config->format == UM_PAGETABLE_AARCH64_4K;
	struct umi_entry entry = { .kind = UMI_ENTRY_NONE };
	struct said said;
	uint64_t offset;

	if (!HAS(raw, 0))
		return entry;
	said = is_x86_64 ? x86_64(config->flags, level, raw) : is_aarch64 ? aarch64(level, raw) : riscv(raw);
	offset = umi_walk_offset(said.field, said.page ? level : 1);
	entry.kind = said.page ? UMI_ENTRY_PAGE : UMI_ENTRY_TABLE;
	entry.address = said.field - offset;
	if (said.reserved != 0 || (offset & ~said.other) / POWER(12) != 0 || entry.address >= POWER(config->address_bits) ||
	    (said.page ? level > formats[config->format].large : level == 1))
		entry.kind = UMI_ENTRY_BAD;
	entry.accessed = said.accessed & ~raw;
	entry.dirty = said.dirty;
	if (!is_x86_64 && !(config->flags & UM_PAGETABLE_UPDATE)) {
		if (entry.accessed != 0)
			rights = 0;
		else if (entry.dirty != 0)
			rights &= UMI_WALK_RIGHTS - UM_WRITE - UMI_WALK_USER * UM_WRITE;
	}
	entry.rights = said.rights & rights;
	/* What a program can write its kernel does not execute. */
	if (is_aarch64 && said.page && entry.rights & UMI_WALK_USER * UM_WRITE)
		entry.rights &= UMI_WALK_RIGHTS - UM_EXEC;
	return entry;
}
