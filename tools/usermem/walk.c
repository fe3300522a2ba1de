/* A range of memory, holes and all. */
#include "progress.h"
#include "walk.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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

/* Reading failed at next; the mappings may say why, and how far. */
static struct walk_piece failure(struct walker *w, enum um_status cause)
{
	struct walk_piece hole = { .addr = w->next, .length = to_page_end(w->next), .cause = cause };
	const struct mapping *mapping;
	enum um_status listed;
	uint64_t n;

	/* A list that says otherwise than the memory is an old one. */
	if (!w->looked || cause == UM_UNMAPPED || cause == UM_DENIED)
		look(w);
	if (!w->looked)
		return hole;
	n = stretch(w, &listed);
	mapping = mappings_at(&w->mappings, w->next);
	if (listed != UM_OK)
		hole.cause = listed, hole.length = n;
	else if (cause == UM_BUS && source_ends_before(w->source, mapping, w->next))
		hole.length = mapping->last - w->next + 1;
	return hole;
}

static bool is_hole(enum um_status status)
{
	return status == UM_UNMAPPED || status == UM_DENIED || status == UM_BUS || status == UM_RANGE || status == UM_NO_MEMORY;
}

void walk_begin(struct walker *w, const struct source *source, struct um_range range, unsigned flags, unsigned char *room)
{
	*w = (struct walker){ .source = source, .flags = flags, .next = range.start.value, .left = range.length, .room = room };
}

enum um_status walk_next(struct walker *w, struct walk_piece *piece)
{
	enum um_status listed = UM_OK;
	uint64_t n = w->looked && w->left > 0 ? stretch(w, &listed) : WALK_ROOM;
	struct um_result result;

	*piece = (struct walk_piece){ .addr = w->next, .length = n, .cause = listed };
	if (w->left == 0)
		piece->length = 0;
	if (w->left > 0 && listed == UM_OK) {
		n = n < WALK_ROOM ? n : WALK_ROOM;
		result = um_copy_in(w->source->space, w->room, um_addr_of(w->next), n < w->left ? n : w->left, w->flags);
		if (result.status != UM_OK && !is_hole(result.status))
			return result.status;
		if (result.done > 0)
			*piece = (struct walk_piece){ .addr = w->next, .length = result.done, .bytes = w->room };
		else
			*piece = failure(w, result.status);
	}
	if (piece->length > w->left)
		piece->length = w->left;
	w->next += piece->length;
	w->left -= piece->length;
	return UM_OK;
}

void walk_end(struct walker *w)
{
	mappings_free(&w->mappings);
}

/* A hole is told when it is known how long it is. */
static bool tell_hole(struct walk_piece *hole, const struct walk_visitor *visitor, struct walk_totals *totals)
{
	uint64_t length = hole->length;

	hole->length = 0;
	if (length == 0)
		return true;
	if (hole->cause == UM_UNMAPPED)
		totals->unmapped += length;
	else if (hole->cause == UM_DENIED)
		totals->denied += length;
	else
		totals->other += length;
	return visitor->hole(visitor->context, hole->addr, length, hole->cause);
}

static bool tell(const struct walk_piece *piece, struct walk_piece *hole, const struct walk_visitor *visitor, struct walk_totals *totals)
{
	if ((piece->bytes || piece->cause != hole->cause) && !tell_hole(hole, visitor, totals))
		return false;
	if (piece->bytes) {
		if (!visitor->bytes(visitor->context, piece->addr, piece->bytes, piece->length))
			return false;
		totals->read += piece->length;
		progress_add(piece->length);
		return true;
	}
	if (hole->length == 0)
		*hole = *piece;
	else
		hole->length += piece->length;
	return true;
}

enum um_status walk(const struct source *source, struct um_range range, unsigned flags, const struct walk_visitor *visitor,
                    struct walk_totals *totals)
{
	static unsigned char room[WALK_ROOM];
	struct walk_piece piece, hole = { 0 };
	struct walker w;
	enum um_status status;

	*totals = (struct walk_totals){ 0 };
	walk_begin(&w, source, range, flags, room);
	do
		status = walk_next(&w, &piece);
	while (status == UM_OK && piece.length > 0 && !(totals->ended = !tell(&piece, &hole, visitor, totals)));
	if (!totals->ended)
		totals->ended = !tell_hole(&hole, visitor, totals);
	walk_end(&w);
	return status;
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
