/* A witness around any space; the contract is in audit.h. */
#include <usermem/spaces/audit.h>
#include "../space.h"

static struct um_audit *audit_of(struct um_space *space)
{
	return (struct um_audit *)space;
}

/* ---------------------------------------------------------------- the ledger: disjoint stretches, unsorted */

/* The stretch that holds addr; NULL: none. */
static const struct um_audit_entry *holder(const struct um_audit *audit, uint64_t addr)
{
	size_t i;

	for (i = 0; i < audit->ledger_count; i++)
		if (addr - audit->ledger[i].range.start.value < audit->ledger[i].range.length)
			return &audit->ledger[i];
	return NULL;
}

/* How many of the `most` bytes from addr, which no stretch holds, come before the next stretch. */
static uint64_t unheld(const struct um_audit *audit, uint64_t addr, uint64_t most)
{
	size_t i;

	for (i = 0; i < audit->ledger_count; i++) {
		uint64_t distance = audit->ledger[i].range.start.value - addr;

		if (distance < most)
			most = distance;
	}
	return most;
}

static void record(struct um_audit *audit, struct um_range range, uint64_t access)
{
	struct um_audit_entry *last = audit->ledger_count != 0 ? &audit->ledger[audit->ledger_count - 1] : NULL;

	if (last != NULL && last->access == access && last->range.start.value + last->range.length == range.start.value) {
		last->range.length += range.length;
		return;
	}
	if (audit->ledger_count == audit->ledger_room) {
		audit->ledger_full = true;
		return;
	}
	audit->ledger[audit->ledger_count++] = (struct um_audit_entry){ range, access };
}

static void note(struct um_audit *audit, struct um_range range, uint64_t first, uint64_t second)
{
	audit->again += range.length;
	if (audit->note_count < audit->note_room)
		audit->notes[audit->note_count] =
			(struct um_audit_note){ audit->call, range.start, range.length, first, second };
	audit->note_count++;
}

/* Access number `access` fetched the range, which lies in the space and so does not wrap. */
static void fetched(struct um_audit *audit, struct um_range range, uint64_t access)
{
	audit->fetched += range.length;
	while (range.length != 0) {
		const struct um_audit_entry *entry = holder(audit, range.start.value);
		struct um_range part = range;

		if (entry != NULL) {
			uint64_t held = entry->range.length - (range.start.value - entry->range.start.value);

			part.length = held < range.length ? held : range.length;
			note(audit, part, entry->access, access);
		} else {
			part.length = unheld(audit, range.start.value, range.length);
			record(audit, part, access);
		}
		range.start.value += part.length;
		range.length -= part.length;
	}
}

/* ---------------------------------------------------------------- an access: begun, cut before the planned fault, settled */

struct access {
	uint64_t number;
	size_t asked, let; /* bytes, and how many of them come before the planned fault */
};

static struct access begin(struct um_audit *audit, size_t n)
{
	struct access access = { audit->accesses, n, n };
	/* A copy within a space visits within a visit: the inner one may have gone past the fault for both. */
	uint64_t before_fault = audit->touched < audit->fail_byte ? audit->fail_byte - audit->touched : 0;

	if (access.number != 0 && audit->between != NULL)
		audit->between(audit->context, access.number);
	audit->accesses++;
	if (audit->fail_with != UM_OK && before_fault < n)
		access.let = (size_t)before_fault;
	return access;
}

/* result: what the inner space says of the bytes that were let through. */
static struct um_result settle(struct um_audit *audit, struct access access, struct um_result result)
{
	audit->touched += result.done;
	if (result.status == UM_OK && result.done < access.asked)
		result.status = audit->fail_with;
	return result;
}

UMI_SPECIALISED struct um_result move(struct um_space *space, void *ours, um_addr addr, size_t n, unsigned flags, enum umi_direction direction)
{
	struct um_audit *audit = audit_of(space);
	struct access access = begin(audit, n);
	struct um_result result = umi_move(audit->inner, ours, addr, access.let, flags, direction);

	if (direction == UMI_IN)
		fetched(audit, (struct um_range){ addr, result.done }, access.number);
	return settle(audit, access, result);
}

static struct um_result audit_copy_in(struct um_space *space, void *dst, um_addr src, size_t n, unsigned flags)
{
	return move(space, dst, src, n, flags, UMI_IN);
}

static struct um_result audit_copy_out(struct um_space *space, um_addr dst, const void *src, size_t n, unsigned flags)
{
	return move(space, (void *)(uintptr_t)src, dst, n, flags, UMI_OUT);
}

static struct um_result audit_fill(struct um_space *space, um_addr dst, uint8_t byte, size_t n, unsigned flags)
{
	return move(space, &byte, dst, n, flags, UMI_FILL);
}

static enum um_status audit_atomic(struct um_space *space, um_addr addr, struct um_atomic_access *atomic, unsigned flags)
{
	struct um_audit *audit = audit_of(space);
	struct access access = begin(audit, atomic->size);
	enum um_status status;

	if (access.let < access.asked) {
		audit->touched = audit->fail_byte; /* every later access faults too, also a narrower one */
		return audit->fail_with;
	}
	status = um_atomic(audit->inner, addr, atomic, flags);
	if (status != UM_OK)
		return status;
	audit->touched += atomic->size;
	if (atomic->op != UM_STORE)
		fetched(audit, (struct um_range){ addr, atomic->size }, access.number);
	return UM_OK;
}

static struct um_result audit_copy_string_in(struct um_space *space, char *dst, um_addr src, size_t limit, unsigned flags)
{
	struct um_audit *audit = audit_of(space);
	struct access access = begin(audit, limit);
	struct um_result result = { access.let, audit->fail_with, UM_ONLY_SIDE };
	size_t taken;

	if (access.let != 0)
		result = umi_string_within(audit->inner, dst, src, limit, flags, result);
	taken = result.done + (result.status == UM_OK || result.status == UM_TOO_LONG);
	audit->touched += taken;
	fetched(audit, (struct um_range){ src, taken }, access.number);
	return result;
}

/* ---------------------------------------------------------------- no accesses of their own */

static struct um_result audit_populate(struct um_space *space, struct um_range range, unsigned access, unsigned flags)
{
	return um_populate(audit_of(space)->inner, range, access, flags);
}

static struct um_result audit_check(struct um_space *space, struct um_range range, unsigned access, unsigned flags)
{
	return um_check(audit_of(space)->inner, range, access, flags);
}

/* ---------------------------------------------------------------- visit: one access, whatever the number of blocks */

static struct um_result audit_visit(struct um_space *space, struct um_ranges ranges, unsigned access, unsigned flags,
                                    um_visit_fn *visit, void *context)
{
	struct um_audit *audit = audit_of(space);
	struct access begun = begin(audit, ranges.length);
	struct um_ranges shown = ranges;
	struct um_result result;
	struct um_range piece;
	uint64_t left;

	um_ranges_limit(&shown, begun.let);
	result = um_visit(audit->inner, shown, access, flags, visit, context);
	for (left = result.done; access & UM_READ && um_ranges_next(&ranges, left, &piece); left -= piece.length)
		fetched(audit, piece, begun.number);
	return settle(audit, begun, result);
}

/* No ops for lists: each of their pieces is an access, with its own fault and its own change in between. */
static const struct um_space_ops audit_ops = {
	.size = sizeof(struct um_space_ops),
	.name = "audit",
	.copy_in = audit_copy_in,
	.copy_out = audit_copy_out,
	.fill = audit_fill,
	.atomic = audit_atomic,
	.copy_string_in = audit_copy_string_in,
	.populate = audit_populate,
	.check = audit_check,
	.visit = audit_visit,
};

void um_audit_init(struct um_audit *audit, struct um_space *inner, struct um_audit_note *notes, size_t note_count,
                   struct um_audit_entry *ledger, size_t ledger_count)
{
	*audit = (struct um_audit){
		.space = *inner,
		.inner = inner,
		.notes = notes,
		.note_room = note_count,
		.ledger = ledger,
		.ledger_room = ledger_count,
	};
	audit->space.ops = &audit_ops;
	um_audit_call_begin(audit, "");
}

void um_audit_fail_at(struct um_audit *audit, uint64_t byte, enum um_status with)
{
	audit->touched = 0;
	audit->fail_byte = byte;
	audit->fail_with = with;
}

void um_audit_between(struct um_audit *audit, void (*between)(void *context, uint64_t access), void *context)
{
	audit->between = between;
	audit->context = context;
}

void um_audit_call_begin(struct um_audit *audit, const char *name)
{
	audit->call = name;
	audit->accesses = 0;
	audit->again = 0;
	audit->ledger_count = 0;
	audit->ledger_full = audit->ledger_room == 0;
}

uint64_t um_audit_call_end(struct um_audit *audit, bool *complete)
{
	uint64_t again = audit->again;

	*complete = !audit->ledger_full;
	um_audit_call_begin(audit, "");
	return again;
}
