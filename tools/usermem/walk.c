/* A range of memory, holes and all. */
#include "walk.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PIECE = 256 * 1024 };

struct walker {
	const struct source *source;
	unsigned flags;
	uint64_t next, left; /* what is still to be walked */
	struct mappings mappings;
	bool looked;         /* at the mappings */
	struct um_range hole; /* met, and not yet told: it may go on */
	enum um_status cause;
	const struct walk_visitor *visitor;
	struct walk_totals *totals;
};

static bool tell_hole(struct walker *w)
{
	struct um_range hole = w->hole;

	w->hole.length = 0;
	if (hole.length == 0)
		return true;
	if (w->cause == UM_UNMAPPED)
		w->totals->unmapped += hole.length;
	else if (w->cause == UM_DENIED)
		w->totals->denied += hole.length;
	else
		w->totals->other += hole.length;
	return w->visitor->hole(w->visitor->context, hole.start.value, hole.length, w->cause);
}

static void advance(struct walker *w, uint64_t n)
{
	w->next += n;
	w->left -= n;
}

/* The next n bytes, or those up to the end of the range, cannot be read. */
static bool skip(struct walker *w, uint64_t n, enum um_status cause)
{
	if (n > w->left)
		n = w->left;
	if (w->hole.length > 0 && w->cause != cause && !tell_hole(w))
		return false;
	if (w->hole.length == 0)
		w->hole.start = um_addr_of(w->next);
	w->cause = cause;
	w->hole.length += n;
	advance(w, n);
	return true;
}

static uint64_t to_page_end(uint64_t addr)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

	return page - addr % page;
}

static void look(struct walker *w)
{
	mappings_free(&w->mappings);
	w->looked = source_mappings(w->source, &w->mappings) == 0;
}

/* By the list of mappings: how many bytes from next on are alike, and are they readable (UM_OK)? */
static uint64_t stretch(const struct walker *w, enum um_status *cause)
{
	const struct mapping *mapping = mappings_at(&w->mappings, w->next);

	if (!mapping) {
		*cause = UM_UNMAPPED;
		return UINT64_MAX;
	}
	if (mapping->start > w->next) {
		*cause = UM_UNMAPPED;
		return mapping->start - w->next;
	}
	*cause = mapping->perms[0] == 'r' || w->flags & UM_IGNORE_PERMS ? UM_OK : UM_DENIED;
	return mapping->last - w->next + 1;
}

/* Reading failed at next, where the mappings may say why and how far. */
static bool skip_failure(struct walker *w, enum um_status cause)
{
	const struct mapping *mapping;
	enum um_status listed;

	/* A list that says otherwise than the memory is an old one. */
	if (!w->looked || cause == UM_UNMAPPED || cause == UM_DENIED)
		look(w);
	if (!w->looked)
		return skip(w, to_page_end(w->next), cause);
	stretch(w, &listed);
	if (listed != UM_OK)
		return true; /* walk_on sees that too */
	mapping = mappings_at(&w->mappings, w->next);
	return skip(w, cause == UM_BUS && source_ends_before(w->source, mapping, w->next) ? mapping->last - w->next + 1
	                                                                                 : to_page_end(w->next), cause);
}

static bool is_hole(enum um_status status)
{
	return status == UM_UNMAPPED || status == UM_DENIED || status == UM_BUS || status == UM_RANGE || status == UM_NO_MEMORY;
}

static enum um_status walk_on(struct walker *w)
{
	static unsigned char piece[PIECE];
	enum um_status listed = UM_OK;
	uint64_t n = w->looked ? stretch(w, &listed) : PIECE;
	struct um_result result;

	if (listed != UM_OK)
		return skip(w, n, listed) ? UM_OK : UM_STOPPED;
	if (n > PIECE)
		n = PIECE;
	if (n > w->left)
		n = w->left;
	result = um_copy_in(w->source->space, piece, um_addr_of(w->next), n, w->flags);
	if (result.status != UM_OK && !is_hole(result.status))
		return result.status;
	if (result.done > 0) {
		if (!tell_hole(w) || !w->visitor->bytes(w->visitor->context, w->next, piece, result.done))
			return UM_STOPPED;
		w->totals->read += result.done;
		advance(w, result.done);
	}
	if (result.status == UM_OK)
		return UM_OK;
	return skip_failure(w, result.status) ? UM_OK : UM_STOPPED;
}

enum um_status walk(const struct source *source, struct um_range range, unsigned flags, const struct walk_visitor *visitor,
                    struct walk_totals *totals)
{
	struct walker w = { .source = source, .flags = flags, .next = range.start.value, .left = range.length,
	                    .visitor = visitor, .totals = totals };
	enum um_status status = UM_OK;

	*totals = (struct walk_totals){ 0 };
	while (status == UM_OK && w.left > 0)
		status = walk_on(&w);
	if (!tell_hole(&w) && status == UM_OK)
		status = UM_STOPPED;
	mappings_free(&w.mappings);
	totals->ended = status == UM_STOPPED;
	return status == UM_STOPPED ? UM_OK : status;
}

int walk_complain(const struct source *source, enum um_status status, struct um_range range, const struct walk_totals *totals)
{
	if (status != UM_OK)
		return source_complain(source, status);
	if (totals->ended || totals->read == range.length)
		return totals->ended ? STATUS_PARTLY : STATUS_ALL;
	return complain(STATUS_PARTLY, totals->denied > 0 ? "--ignore-perms reads what is denied, 'usermem maps' shows what is mapped"
	                                                  : "'usermem maps' shows what is mapped",
	                "%" PRIu64 " of %" PRIu64 " bytes were read: %" PRIu64 " are not mapped, %" PRIu64
	                " denied, %" PRIu64 " %s",
	                totals->read, range.length, totals->unmapped, totals->denied, totals->other,
	                source->name.core ? "are not in the core" : "fail for another reason");
}
