/* A space by walking page tables; the contract is in pagetable.h, the arithmetic in pagetable_walk.c. */
#include <usermem/spaces/pagetable.h>
#include "../space.h"
#include "pagetable_walk.h"

enum {
	ACCESS = UM_READ | UM_WRITE | UM_EXEC,
	ATTEMPTS = 16, /* walks of one access, where entries change before they are marked */
};

/* What an access is for, besides enum um_access. */
enum purpose { COPY_IN = 8, COPY_OUT = 16, FILL = 32, POPULATE = 64, QUESTION = 128 };

static const struct um_pagetable *table_of(struct um_space *space)
{
	return (const struct um_pagetable *)space;
}

/* The protections of the inner space are not those that the program's debugger passes. */
static unsigned inner_flags(unsigned flags)
{
	return flags & UM_NOFAULT;
}

/* That the tables point where nothing is, is no word about the address that was asked for. */
enum { OF_PAGE = 1 << UM_UNMAPPED | 1 << UM_RANGE, OF_ENTRY = OF_PAGE | 1 << UM_DENIED | 1 << UM_MISALIGNED };

static inline enum um_status outside(enum um_status inner, unsigned causes)
{
	return causes >> inner & 1 ? UM_BUS : inner;
}

/* ---------------------------------------------------------------- one walk */

struct step {
	um_addr at;
	uint64_t raw, marked; /* the entry as it was fetched, and once it is marked */
};

struct walk {
	struct step steps[UMI_WALK_MOST_LEVELS], *page; /* the last one taken */
};

static enum um_status walk_down(const struct um_pagetable *table, um_addr addr, unsigned flags, bool writes, struct walk *walk,
                                struct um_translation *found)
{
	const struct um_pagetable_config *config = &table->config;
	struct umi_entry entry = { .rights = UMI_WALK_RIGHTS, .address = config->root.value };
	unsigned level = umi_walk_levels(config->format) + 1;
	struct step *step;
	uint64_t offset;

	if (!umi_walk_has(config->format, addr.value))
		return UM_UNMAPPED;
	if (config->format == UM_PAGETABLE_AARCH64_4K && addr.value > INT64_MAX) {
		if (config->flags & UM_PAGETABLE_NO_HIGH)
			return UM_UNMAPPED;
		entry.address = config->root_high.value;
	}
	for (step = walk->steps;; step++) {
		enum um_status status;

		level--;
		step->at = um_addr_of(entry.address + 8 * umi_walk_index(addr.value, level));
		status = um_copy_in(table->inner, &step->raw, step->at, sizeof step->raw, inner_flags(flags)).status;
		if (status != UM_OK)
			return outside(status, OF_ENTRY);
		entry = umi_walk_entry(config, level, step->raw, entry.rights);
		step->marked = step->raw ^ entry.accessed;
		if (entry.kind != UMI_ENTRY_TABLE) /* which no entry is at level 1 */
			break;
	}
	if (entry.kind != UMI_ENTRY_PAGE)
		return entry.kind == UMI_ENTRY_NONE ? UM_UNMAPPED : UM_BUS;
	if (writes)
		step->marked ^= entry.dirty;
	walk->page = step;
	offset = umi_walk_offset(addr.value, level);
	found->addr = um_addr_of(entry.address + offset);
	found->left = umi_walk_size(level) - offset;
	found->access = (unsigned)(config->flags & UM_PAGETABLE_USER ? entry.rights / UMI_WALK_USER : entry.rights % UMI_WALK_USER);
	found->level = level;
	return UM_OK;
}

/* UM_AGAIN: an entry is no more what it was. */
static enum um_status mark(const struct um_pagetable *table, const struct walk *walk, unsigned flags)
{
	const struct step *step;

	for (step = walk->steps; step <= walk->page; step++) {
		struct um_atomic_access swap;
		enum um_status status;

		if (step->marked == step->raw)
			continue;
		swap.op = UM_CAS;
		swap.size = sizeof step->raw;
		swap.expected = step->raw;
		swap.operand = step->marked;
		status = um_atomic(table->inner, step->at, &swap, inner_flags(flags));
		if (status != UM_OK)
			return outside(status, OF_ENTRY);
		if (swap.old != step->raw)
			return UM_AGAIN;
	}
	return UM_OK;
}

/* Marks the entries of an access that the machine would let pass. */
static enum um_status translate(const struct um_pagetable *table, um_addr addr, unsigned access, unsigned flags,
                                struct um_translation *found)
{
	enum um_status status;
	int attempt = 0;
	struct walk walk;

	do {
		status = walk_down(table, addr, flags, access & UM_WRITE, &walk, found);
		if (status != UM_OK)
			return status;
		if (access & ACCESS & ~found->access)
			return flags & UM_IGNORE_PERMS ? UM_OK : UM_DENIED;
		if (access & QUESTION || !(table->config.flags & UM_PAGETABLE_UPDATE))
			return UM_OK;
		status = mark(table, &walk, flags);
	} while (status == UM_AGAIN && ++attempt < ATTEMPTS);
	return status;
}

/* Where the first of the bytes of range are in the inner space: those in one page, and on one side of its limit. */
static enum um_status reach(const struct um_pagetable *table, struct um_range range, unsigned access, unsigned flags,
                            struct um_range *there)
{
	struct um_translation found;
	enum um_status status = translate(table, range.start, access, flags, &found);
	uint64_t behind; /* the first byte, up to that limit */

	if (status != UM_OK)
		return status;
	behind = table->inner->last.value - found.addr.value;
	if (found.left > range.length)
		found.left = range.length;
	there->start = found.addr;
	there->length = found.left - 1 > behind ? behind + 1 : found.left;
	return UM_OK;
}

/* ---------------------------------------------------------------- what is done page by page */

/* ours: as of umi_move. */
static struct um_result ask(struct um_space *inner, unsigned char *ours, struct um_range there, unsigned flags, unsigned access)
{
	if (access & (COPY_IN | COPY_OUT | FILL))
		return umi_move(inner, ours, there.start, there.length, flags, access & COPY_IN ? UMI_IN : access & COPY_OUT ? UMI_OUT : UMI_FILL);
	/* To execute what the tables map is, to whoever has the memory, to read it. */
	if (access & UM_EXEC)
		access = (access & ~(unsigned)UM_EXEC) | UM_READ;
	return access & POPULATE ? um_populate(inner, there, access & ACCESS, flags) : um_check(inner, there, access & ACCESS, flags);
}

static struct um_result each_page(struct um_space *space, unsigned char *ours, um_addr addr, size_t n, unsigned flags, unsigned access)
{
	const struct um_pagetable *table = table_of(space);
	struct um_range range = { addr, n }, there;
	enum um_status status;

	do {
		struct um_result result;

		status = reach(table, range, access, flags, &there);
		if (status != UM_OK)
			break;
		result = ask(table->inner, ours, there, inner_flags(flags), access);
		status = outside(result.status, OF_PAGE);
		range.start.value += result.done;
		range.length -= result.done;
		if (access & (COPY_IN | COPY_OUT))
			ours += result.done;
	} while (status == UM_OK && range.length != 0);
	return umi_result_of(n - range.length, status);
}

static struct um_result copy_in(struct um_space *space, void *dst, um_addr src, size_t n, unsigned flags)
{
	return each_page(space, dst, src, n, flags, COPY_IN | UM_READ);
}

static struct um_result copy_out(struct um_space *space, um_addr dst, const void *src, size_t n, unsigned flags)
{
	return each_page(space, (unsigned char *)(uintptr_t)src, dst, n, flags, COPY_OUT | UM_WRITE);
}

static struct um_result fill(struct um_space *space, um_addr dst, uint8_t byte, size_t n, unsigned flags)
{
	return each_page(space, &byte, dst, n, flags, FILL | UM_WRITE);
}

static struct um_result populate(struct um_space *space, struct um_range range, unsigned access, unsigned flags)
{
	return each_page(space, NULL, range.start, range.length, flags, POPULATE | access);
}

static struct um_result check(struct um_space *space, struct um_range range, unsigned access, unsigned flags)
{
	return each_page(space, NULL, range.start, range.length, flags, QUESTION | access);
}

static enum um_status atomic(struct um_space *space, um_addr addr, struct um_atomic_access *access, unsigned flags)
{
	const struct um_pagetable *table = table_of(space);
	struct um_range there;
	enum um_status status = reach(table, (struct um_range){ addr, access->size }, access->op == UM_LOAD ? UM_READ : UM_WRITE, flags, &there);

	return status == UM_OK ? outside(um_atomic(table->inner, there.start, access, inner_flags(flags)), OF_PAGE) : status;
}

/* ---------------------------------------------------------------- visit: as many pages at a time as a visitor takes blocks */

struct visitor {
	um_visit_fn *visit;
	void *context;
	bool spoke; /* a status is the visitor's own, and no word of the inner space */
};

static struct um_result show(void *context, const struct um_block *blocks, size_t count)
{
	struct visitor *visitor = context;
	struct um_result took = visitor->visit(visitor->context, blocks, count);

	visitor->spoke = took.status != UM_OK;
	return took;
}

static struct um_result visit(struct um_space *space, struct um_ranges ranges, unsigned access, unsigned flags, um_visit_fn *shown,
                              void *context)
{
	const struct um_pagetable *table = table_of(space);
	struct visitor visitor = { shown, context, false };
	struct um_range pieces[UM_VISIT_MAX], piece = { { 0 }, 0 };
	struct um_result result = { 0, UM_OK, UM_ONLY_SIDE };
	enum um_status status = UM_OK;
	size_t done = 0, count;

	do {
		for (count = 0; count < UM_VISIT_MAX && (piece.length != 0 || um_ranges_next(&ranges, UINT64_MAX, &piece)); count++) {
			status = reach(table, piece, access, flags, &pieces[count]);
			if (status != UM_OK)
				break;
			piece.start.value += pieces[count].length;
			piece.length -= pieces[count].length;
		}
		result = um_visit(table->inner, um_ranges_from(pieces, count), access, inner_flags(flags), show, &visitor);
		done += result.done;
		if (!visitor.spoke)
			result.status = outside(result.status, OF_PAGE);
		if (result.status == UM_OK)
			result.status = status;
	} while (result.status == UM_OK && count == UM_VISIT_MAX);
	result.done = done;
	return result;
}

/* ---------------------------------------------------------------- the space */

static const struct um_space_ops pagetable_ops = {
	.size = sizeof(struct um_space_ops),
	.name = "pagetable",
	.copy_in = copy_in,
	.copy_out = copy_out,
	.fill = fill,
	.atomic = atomic,
	.populate = populate,
	.check = check,
	.visit = visit,
};

enum um_status um_pagetable_init(struct um_pagetable *table, struct um_space *inner, const struct um_pagetable_config *config)
{
	const unsigned all = UM_PAGETABLE_USER | UM_PAGETABLE_NO_WP | UM_PAGETABLE_NO_NX | UM_PAGETABLE_NO_HIGH | UM_PAGETABLE_UPDATE;
	unsigned most, bits = config->address_bits, marks = UM_CAN_WRITE | UM_CAN_ATOMIC;
	uint64_t roots = config->root.value; /* what is wrong with one of them is wrong with both at once */

	if (umi_walk_levels(config->format) == 0 || config->flags & ~all)
		return UM_INVALID;
	most = umi_walk_address_bits(config->format);
	if (bits == 0)
		bits = most;
	if (config->format == UM_PAGETABLE_AARCH64_4K && !(config->flags & UM_PAGETABLE_NO_HIGH))
		roots |= config->root_high.value;
	if (bits < 32 || bits > most || roots % umi_walk_size(1) != 0 || roots >> bits != 0)
		return UM_INVALID;
	if (config->flags & UM_PAGETABLE_UPDATE && (inner->can & marks) != marks)
		return UM_UNSUPPORTED;
	table->space = (struct um_space){
		.ops = &pagetable_ops,
		.last = { UINT64_MAX },
		.can = (inner->can | UM_CAN_IGNORE_PERMS) & ~(unsigned)UM_CAN_PERMS,
	};
	table->inner = inner;
	table->config = *config;
	table->config.address_bits = bits;
	return UM_OK;
}

enum um_status um_pagetable_translate(struct um_pagetable *table, um_addr addr, unsigned access, struct um_translation *translation)
{
	struct um_translation found;
	enum um_status status;

	if (access & ~(unsigned)ACCESS)
		return UM_INVALID;
	status = translate(table, umi_resolve(&table->space, addr), QUESTION | access, 0, &found);
	if (status == UM_OK)
		*translation = found;
	return status;
}
