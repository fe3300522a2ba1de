/* Operations with lists, text, and a visit. */
#include <string.h>
#include <usermem/copy.h>
#include <usermem/fault.h>
#include <usermem/iovec.h>
#include <usermem/text.h>
#include "driver.h"

static size_t room_for(uint64_t n)
{
	return n < BUFFER_MAX - 256 ? (size_t)n : BUFFER_MAX - 256;
}

/* The list of an operation, on both sides. */
struct lists {
	struct um_range array[LIST];
	struct um_ranges real;
	struct model_list model;
};

static void make_lists(struct drive *d, const struct op *op, unsigned place, struct lists *lists)
{
	size_t i;

	lists->model.count = drive_list(d, op, place, lists->array);
	memcpy(lists->model.range, lists->array, sizeof lists->array);
	lists->real = um_ranges_from(lists->array, lists->model.count);
	d->twice = true;
	for (i = 0; i < lists->model.count; i++)
		drive_note(d, "    %#llx %#llx", (unsigned long long)lists->array[i].start.value, (unsigned long long)lists->array[i].length);
}

static struct um_result model_ranges(struct drive *d, const struct op *op, const struct lists *lists, uint64_t n, struct model_move move)
{
	struct model_ask ask = drive_ask(d, op, op->place);
	enum um_status status = model_judge(&ask, move.want & UM_WRITE ? UM_CAN_WRITE : 0);

	return status != UM_OK ? (struct um_result){ 0, status, 0 } : model_pieces(&ask, &lists->model, n, move);
}

void op_ranges_in(struct drive *d, const struct op *op)
{
	struct model_move in = { UM_READ, d->want + d->at, NULL, -1 };
	size_t n = room_for(op->n);
	struct lists lists;

	make_lists(d, op, op->place, &lists);
	drive_expect_side(d, um_copy_in_ranges(d->space[op->place], d->got + d->at, n, lists.real, op->flags),
	                  model_ranges(d, op, &lists, n, in));
}

void op_ranges_out(struct drive *d, const struct op *op)
{
	struct model_move out = { UM_WRITE, NULL, d->give + d->at, -1 };
	size_t n = room_for(op->n);
	struct lists lists;

	make_lists(d, op, op->place, &lists);
	drive_content(d, op->b, op->seed, d->give + d->at, n);
	drive_expect_side(d, um_copy_out_ranges(d->space[op->place], lists.real, d->give + d->at, n, op->flags),
	                  model_ranges(d, op, &lists, n, out));
}

void op_ranges_fill(struct drive *d, const struct op *op)
{
	struct model_move fill = { UM_WRITE, NULL, NULL, (uint8_t)op->b };
	struct lists lists;

	make_lists(d, op, op->place, &lists);
	drive_expect_side(d, um_fill_ranges(d->space[op->place], lists.real, (uint8_t)op->b, op->n, op->flags),
	                  model_ranges(d, op, &lists, op->n, fill));
}

/* ---------------------------------------------------------------- visit */

struct visitor {
	struct drive *drive;
	unsigned access;
	enum um_status then; /* what it says when it has had enough */
	uint64_t left;
	size_t taken;
	bool unseen; /* it stopped before memory that only a touch would have judged */
};

/* Through a page, so that what is read was not yet written where two pages are the same. */
static struct um_result take_piece(struct visitor *visitor, unsigned char *at, size_t n, bool may_fault)
{
	unsigned char *in = visitor->drive->got + visitor->drive->at + visitor->taken;
	const unsigned char *out = visitor->drive->give + visitor->drive->at + visitor->taken;
	struct um_result result = { n, UM_OK, 0 }, wrote;

	if (!may_fault) {
		if (visitor->access & UM_READ)
			memcpy(in, at, n);
		if (visitor->access & UM_WRITE)
			memcpy(at, out, n);
		return result;
	}
	if (visitor->access & UM_READ) {
		result = um_raw_copy_in(in, (uintptr_t)at, n, 0);
		n = result.done;
	}
	if (visitor->access & UM_WRITE) {
		wrote = um_raw_copy_out((uintptr_t)at, out, n, 0);
		if (wrote.status != UM_OK) {
			memset(in + wrote.done, 0xa5, n - wrote.done); /* was read, and is not taken */
			return wrote;
		}
	}
	return result;
}

static struct um_result visit(void *context, const struct um_block *blocks, size_t count)
{
	struct visitor *visitor = context;
	struct um_result result = { 0, UM_OK, 0 }, piece;
	size_t i;

	if (count == 0 || count > UM_VISIT_MAX)
		drive_fail(visitor->drive, "%zu blocks were shown", count);
	for (i = 0; i < count; i++) {
		unsigned char *at = blocks[i].ptr;
		size_t n = blocks[i].length, part;

		if (n == 0)
			drive_fail(visitor->drive, "an empty block was shown");
		for (; n > 0; n -= part, at += part) {
			part = PAGE - (uintptr_t)at % PAGE;
			part = part < n ? part : n;
			part = part < visitor->left ? part : (size_t)visitor->left;
			if (part == 0) {
				visitor->unseen = blocks[i].may_fault;
				result.status = visitor->then;
				return result;
			}
			piece = take_piece(visitor, at, part, blocks[i].may_fault);
			visitor->taken += piece.done;
			visitor->left -= piece.done;
			result.done += piece.done;
			result.status = piece.status;
			if (piece.status != UM_OK)
				return result;
		}
	}
	return result;
}

void op_visit(struct drive *d, const struct op *op)
{
	static const unsigned accesses[] = { 1, 2, 3, 1, 2, 3, 1, 2, 3, 0, 4, 5, 8, 9, 2, 1 };
	struct visitor visitor = { d, accesses[op->b & 15], op->b & 16 ? UM_INTERRUPTED : UM_OK, room_for(op->n), 0, false };
	struct model_move look = { visitor.access, NULL, NULL, -1 };
	struct model_move move = { visitor.access, visitor.access & UM_READ ? d->want + d->at : NULL,
	                           visitor.access & UM_WRITE ? d->give + d->at : NULL, -1 };
	struct model_ask ask = drive_ask(d, op, op->place);
	uint64_t plan = d->model.place[0].plan.left, most = visitor.left;
	struct lists lists;
	struct um_result got, want = { 0, visitor.access == 0 || visitor.access > 3 ? UM_INVALID : UM_OK, 0 };

	make_lists(d, op, op->place, &lists);
	drive_content(d, op->b, op->seed, d->give + d->at, BUFFER_MAX - 256);
	got = um_visit(d->space[op->place], lists.real, visitor.access, op->flags, visit, &visitor);
	if (want.status == UM_OK)
		want.status = model_judge(&ask, UM_CAN_VISIT | (visitor.access & UM_WRITE ? (unsigned)UM_CAN_WRITE : 0));
	if (want.status == UM_OK)
		want = model_pieces(&ask, &lists.model, UINT64_MAX, look);
	if (want.done > most || (want.done == most && visitor.unseen && want.status != UM_RANGE))
		want = (struct um_result){ most, visitor.then == UM_OK ? UM_STOPPED : visitor.then, 0 };
	d->model.place[0].plan.left = plan;
	model_pieces(&ask, &lists.model, want.done, move);
	drive_note(d, "access %u", visitor.access);
	drive_expect_side(d, got, want);
}

/* ---------------------------------------------------------------- iovec */

void op_iovec(struct drive *d, const struct op *op)
{
	struct model_ask ask = drive_ask(d, op, op->place);
	struct um_range storage[40], must[40], piece;
	unsigned width = op->b % 16 == 0 ? op->a : op->b & 1 ? 4 : 8;
	size_t room = op->a % 8 == 0 ? op->a % 40 : 40, count = op->seed % 64 == 0 ? (size_t)op->n : op->seed % 41, i;
	struct um_ranges out = um_ranges_of(um_addr_of(1), 1);
	struct um_result want;
	uint64_t total, left;

	if (op->b & 64) { /* an array that is one, where it can be written */
		struct model_move move = { UM_WRITE, NULL, d->give + d->at, -1 };

		drive_content(d, width == 4 ? 15 : 7, op->seed, d->give + d->at, 640);
		drive_expect(d, um_copy_out(d->space[op->place], um_addr_of(op->addr), d->give + d->at, 640, op->flags),
		             model_flat(&ask, (struct um_range){ { op->addr }, 640 }, move));
		d->twice = true; /* its plan was used up */
	}
	drive_note(d, "count %zu width %u room %zu", count, width, room);
	want = model_iovec(&ask, op->addr, count, width, room, must, &total);
	drive_expect_side(d, um_import_iovec(d->space[op->place], um_addr_of(op->addr), count, width, storage, room, &out, op->flags), want);
	if (d->failed)
		return;
	drive_expect_number(d, "bytes", out.length, total);
	for (i = 0, left = total; left != 0 && i < want.done; i++) {
		uint64_t length = must[i].length < left ? must[i].length : left;

		if (length == 0)
			continue;
		if (!um_ranges_next(&out, UINT64_MAX, &piece) || piece.start.value != must[i].start.value || piece.length != length)
			drive_fail(d, "entry %zu is not what was there", i);
		left -= length;
	}
}

/* ---------------------------------------------------------------- text */

void op_terminated(struct drive *d, const struct op *op)
{
	static const size_t sizes[] = { 1, 2, 4, 8, 8, 8, 4, 4, 3, 12, 16, 24, 100, 255, 256, 257 };
	struct model_ask ask = drive_ask(d, op, op->place);
	size_t size = op->b == 0 ? 0 : sizes[op->b % 16], limit = op->a;
	struct um_result want;

	if (size * limit > WINDOW)
		limit = WINDOW / size;
	drive_note(d, "size %zu limit %zu", size, limit);
	want = model_terminated(&ask, d->want + d->at, op->addr, size, limit);
	drive_expect_side(d, um_copy_terminated_in(d->space[op->place], d->got + d->at, um_addr_of(op->addr), size, limit, op->flags), want);
}

/* Some strings' addresses, and a NULL, at op->addr: where it can be written. */
static void put_vector(struct drive *d, const struct op *op, unsigned width)
{
	struct model_move out = { UM_WRITE, NULL, d->give + d->at, -1 };
	struct model_ask ask = drive_ask(d, op, op->place);
	size_t n = (op->a % 6 + 1) * (size_t)width;

	drive_content(d, width == 4 ? 14 : 6, op->seed, d->give + d->at, n);
	memset(d->give + d->at + n - width, 0, width);
	drive_expect(d, um_copy_out(d->space[op->place], um_addr_of(op->addr), d->give + d->at, n, op->flags),
	             model_flat(&ask, (struct um_range){ { op->addr }, n }, out));
}

void op_strings(struct drive *d, const struct op *op)
{
	struct model_ask ask = drive_ask(d, op, op->place);
	unsigned width = op->b % 16 == 0 ? op->a : op->b & 1 ? 4 : 8;
	size_t room = op->a % 7, size = op->n < 3000 ? (size_t)op->n : 3000, count = 77, says, at[8], i;
	char *out[8];
	struct um_result got, want;

	if (op->b & 64)
		put_vector(d, op, width == 4 ? 4 : 8);
	if (op->b & 32) { /* just as many bytes as there are, or one less */
		uint64_t plan = d->model.place[0].plan.left;

		size = model_strings(&ask, at, room, &says, (char *)d->give + d->at, size, op->addr, width).done;
		size -= size > 0 && op->b & 4;
		d->model.place[0].plan.left = plan;
	}
	drive_note(d, "width %u room %zu size %zu", width, room, size);
	want = model_strings(&ask, at, room, &says, (char *)d->want + d->at, size, op->addr, width);
	got = um_copy_strings_in(d->space[op->place], out, room, &count, (char *)d->got + d->at, size, um_addr_of(op->addr), width, op->flags);
	d->twice = true;
	if (d->world->inhabited && op->place != KERNEL && want.side == UM_TO && want.status == UM_UNMAPPED) {
		memcpy(d->want, d->got, ROOM);
		return;
	}
	if (want.status != UM_OK && (want.status == UM_TOO_BIG || want.status == UM_INVALID || want.status == UM_UNSUPPORTED))
		drive_expect(d, got, want);
	else
		drive_expect_side(d, got, want);
	drive_expect_number(d, "count", count, says);
	for (i = 0; !d->failed && i < count; i++)
		if (out[i] != (char *)d->got + d->at + at[i])
			drive_fail(d, "string %zu is elsewhere", i);
	if (!d->failed) /* what is behind the whole strings is scratch, up to size */
		memcpy(d->want + d->at + want.done, d->got + d->at + want.done, size - want.done);
}

void op_numbers(struct drive *d, const struct op *op)
{
	struct model_ask ask = drive_ask(d, op, op->place);
	int32_t *dst = (int32_t *)(void *)(d->got + 64), *must = (int32_t *)(void *)(d->want + 64);
	size_t count = op->b % 9, found = 77, says;
	struct um_result want;
	struct lists lists;

	if (op->b & 64) {
		struct model_move out = { UM_WRITE, NULL, d->give + d->at, -1 };

		drive_content(d, 5, op->seed, d->give + d->at, 100);
		drive_expect(d, um_copy_out(d->space[op->place], um_addr_of(op->addr), d->give + d->at, 100, op->flags),
		             model_flat(&ask, (struct um_range){ { op->addr }, 100 }, out));
	}
	make_lists(d, op, op->place, &lists);
	if (op->b & 128) {
		lists.array[0] = (struct um_range){ { op->addr }, op->n };
		lists.model = (struct model_list){ { lists.array[0] }, 1 };
		lists.real = um_ranges_from(lists.array, 1);
	}
	want = model_numbers(&ask, &lists.model, must, count, &says);
	drive_expect_side(d, um_copy_int32s_in(d->space[op->place], lists.real, dst, count, &found, op->flags), want);
	drive_expect_number(d, "found", found, says);
}
