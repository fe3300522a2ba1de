/* Operations with two user sides, and with cursors, which live from one operation to another. */
#include <string.h>
#include <usermem/copy.h>
#include "driver.h"

static size_t room_for(uint64_t n)
{
	return n < BUFFER_MAX - 256 ? (size_t)n : BUFFER_MAX - 256;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static enum um_status judge_both(const struct model_ask *to, const struct model_ask *from)
{
	enum um_status in = model_judge(from, 0), out = model_judge(to, UM_CAN_WRITE);

	return in == UM_INVALID || out == UM_INVALID ? UM_INVALID : in != UM_OK ? in : out;
}

/* ---------------------------------------------------------------- um_copy */

void op_copy(struct drive *d, const struct op *op)
{
	struct model_ask to = drive_ask(d, op, op->place), from = drive_ask(d, op, op->other_place);
	struct um_range dst = { { op->addr }, op->n }, src = { { op->other }, op->n };
	struct model_list dst_list = { { dst }, 1 }, src_list = { { src }, 1 };
	struct um_result got, want = { 0, judge_both(&to, &from), 0 };

	if (model_overlap(&d->model, op->place, dst, op->other_place, src))
		return; /* what is in an overlap is unspecified */
	d->twice = true;
	got = um_copy(d->space[op->place], dst.start, d->space[op->other_place], src.start, op->n, op->flags);
	if (want.status != UM_OK || op->n == 0) {
		drive_expect(d, got, want);
		return;
	}
	if (!model_within(&from, src))
		want = (struct um_result){ 0, UM_RANGE, UM_FROM };
	else if (!model_within(&to, dst))
		want = (struct um_result){ 0, UM_RANGE, UM_TO };
	else
		want = model_copy(&to, &dst_list, &from, &src_list, op->n);
	drive_expect_side(d, got, want);
}

/* ---------------------------------------------------------------- making cursors */

static void hold(struct held *held, struct drive *d, const struct op *op, const struct model_list *list)
{
	*held = (struct held){ true, drive_ask(d, op, op->place), *list };
	model_list_limit(&held->list, UINT64_MAX);
}

void op_slice(struct drive *d, const struct op *op)
{
	unsigned r = op->b % CURSORS, w = op->b / 4 % CURSORS;
	struct model_list list = { { { { op->addr }, op->n } }, 1 };
	struct um_slice slice;

	if (op->b & 64) {
		slice = um_slice_of(d->space[op->place], um_addr_of(op->addr), op->n, op->flags);
	} else {
		struct um_range *array = d->arena[d->arenas++];

		list.count = drive_list(d, op, op->place, array);
		memcpy(list.range, array, sizeof list.range);
		slice = um_slice_from(d->space[op->place], um_ranges_from(array, list.count), op->flags);
	}
	if (op->b >= 192) {
		um_slice_reader_writer(&slice, &d->reader[r], &d->writer[w]);
		hold(&d->reads[r], d, op, &list);
		hold(&d->writes[w], d, op, &list);
	} else if (op->b & 32) {
		d->reader[r] = um_slice_reader(&slice);
		hold(&d->reads[r], d, op, &list);
	} else {
		d->writer[w] = um_slice_writer(&slice);
		hold(&d->writes[w], d, op, &list);
	}
	drive_expect_number(d, "left in the slice", slice.ranges.length, 0);
}

/* ---------------------------------------------------------------- reading */

static void expect_left(struct drive *d, unsigned r, unsigned w)
{
	if (r < CURSORS && d->reads[r].used)
		drive_expect_number(d, "left to read", um_reader_left(&d->reader[r]), model_list_length(&d->reads[r].list));
	if (w < CURSORS && d->writes[w].used)
		drive_expect_number(d, "left to write", um_writer_left(&d->writer[w]), model_list_length(&d->writes[w].list));
}

/* Exactly n, which asks the window first, or what there is; moves by what was done, or (a value) by all or nothing. */
static struct um_result model_held(struct held *held, uint64_t n, bool some, bool value, struct model_move move)
{
	uint64_t left = model_list_length(&held->list);
	struct um_result result = { 0, UM_WINDOW, 0 };

	if (some || n <= left)
		result.status = model_judge(&held->ask, move.want & UM_WRITE ? UM_CAN_WRITE : 0);
	if (result.status != UM_OK)
		return result;
	result = model_pieces(&held->ask, &held->list, least(n, left), move);
	if (value && result.status != UM_OK)
		result.done = 0;
	model_list_skip(&held->list, result.done);
	return result;
}

void op_read(struct drive *d, const struct op *op)
{
	unsigned r = op->b % CURSORS;
	struct held *held = &d->reads[r];
	struct model_move in = { UM_READ, d->want + d->at, NULL, -1 };
	bool some = op->a & 1;
	size_t n = op->n;

	if (!held->used)
		return;
	d->twice = true;
	if (some || n <= um_reader_left(&d->reader[r]))
		n = room_for(n);
	drive_expect_side(d, some ? um_read_some(&d->reader[r], d->got + d->at, n) : um_read(&d->reader[r], d->got + d->at, n),
	                  model_held(held, n, some, false, in));
	expect_left(d, r, CURSORS);
}

void op_read_value(struct drive *d, const struct op *op)
{
	unsigned char scratch[UM_VALUE_MAX];
	unsigned r = op->b % CURSORS;
	struct held *held = &d->reads[r];
	struct model_move in = { UM_READ, scratch, NULL, -1 };
	size_t size = op->a & 1 ? (size_t)1 << op->a / 2 % 4 : op->seed % 270;
	struct um_result want = { 0, UM_INVALID, 0 };

	if (!held->used)
		return;
	d->twice = true;
	if (size != 0 && size <= UM_VALUE_MAX)
		want = model_held(held, size, false, true, in);
	if (want.status == UM_OK)
		memcpy(d->want + d->at, scratch, size);
	drive_expect_side(d, um_read_value(&d->reader[r], d->got + d->at, size), want);
	expect_left(d, r, CURSORS);
}

static struct um_result model_read_string(struct held *held, char *dst, size_t limit)
{
	struct um_result result = { 0, model_judge(&held->ask, 0), 0 };
	uint64_t left = model_list_length(&held->list);
	struct model_list list = held->list;
	unsigned char *byte;
	size_t i, r = 0;

	if (limit == 0)
		return (struct um_result){ 0, UM_INVALID, 0 };
	dst[0] = '\0';
	if (left == 0)
		result.status = UM_WINDOW; /* which a cursor asks first */
	if (result.status != UM_OK)
		return result;
	for (i = 0; i < limit; i++) {
		while (i < left && list.range[r].length == 0)
			r++;
		result.status = i == left ? UM_WINDOW : model_byte_within(&held->ask, list.range[r].start.value, 0, UM_READ, &byte);
		dst[i] = result.status == UM_OK && i < limit - 1 ? (char)*byte : '\0';
		if (result.status != UM_OK || *byte == '\0')
			break;
		model_list_skip(&list, 1);
	}
	if (i == limit)
		result.status = UM_TOO_LONG;
	result.done = i == limit ? limit - 1 : i;
	model_list_skip(&held->list, result.status == UM_OK || result.status == UM_TOO_LONG ? result.done + 1 : result.done);
	return result;
}

void op_read_string(struct drive *d, const struct op *op)
{
	unsigned r = op->b % CURSORS;
	size_t limit = op->a & 1 ? op->n : room_for(op->n);

	if (!d->reads[r].used)
		return;
	if (limit > BUFFER_MAX - 256)
		limit = BUFFER_MAX - 256;
	d->twice = true;
	drive_expect_side(d, um_read_string(&d->reader[r], (char *)d->got + d->at, limit),
	                  model_read_string(&d->reads[r], (char *)d->want + d->at, limit));
	expect_left(d, r, CURSORS);
}

/* Skip, limit, take, refetch; of lists alone, on either side. */
static enum um_status model_take(struct held *held, uint64_t n, struct held *taken)
{
	if (n > model_list_length(&held->list))
		return UM_WINDOW;
	*taken = *held;
	model_list_skip(&held->list, n);
	model_list_limit(&taken->list, n);
	return UM_OK;
}

void op_reader(struct drive *d, const struct op *op)
{
	unsigned r = op->b % CURSORS, other = (r + 1) % CURSORS;
	struct held dropped;
	enum um_status got = UM_OK, want = UM_OK;

	if (!d->reads[r].used)
		return;
	switch (op->a % 4) {
	case 0:
		got = um_reader_skip(&d->reader[r], op->n);
		want = model_take(&d->reads[r], op->n, &dropped);
		break;
	case 1:
		um_reader_limit(&d->reader[r], op->n);
		model_list_limit(&d->reads[r].list, op->n);
		break;
	case 2:
		got = um_reader_take(&d->reader[r], op->n, &d->reader[other]);
		want = model_take(&d->reads[r], op->n, &d->reads[other]);
		break;
	case 3:
		d->reader[other] = um_reader_refetch(&d->reader[r]);
		d->reads[other] = d->reads[r];
	}
	drive_expect(d, (struct um_result){ 0, got, 0 }, (struct um_result){ 0, want, 0 });
	expect_left(d, r, CURSORS);
	expect_left(d, other, CURSORS);
}

/* ---------------------------------------------------------------- writing */

void op_write(struct drive *d, const struct op *op)
{
	unsigned w = op->b % CURSORS, kind = op->a % 3;
	struct held *held = &d->writes[w];
	struct model_move out = { UM_WRITE, NULL, d->give + d->at, -1 }, fill = { UM_WRITE, NULL, NULL, (uint8_t)op->a };
	size_t n = op->n;

	if (!held->used)
		return;
	if (kind == 1 || (kind == 0 && n <= um_writer_left(&d->writer[w])))
		n = room_for(n);
	drive_content(d, op->a >> 2, op->seed, d->give + d->at, room_for(n));
	if (kind == 0)
		drive_expect_side(d, um_write(&d->writer[w], d->give + d->at, n), model_held(held, n, false, false, out));
	else if (kind == 1)
		drive_expect_side(d, um_write_some(&d->writer[w], d->give + d->at, n), model_held(held, n, true, false, out));
	else
		drive_expect_side(d, um_write_fill(&d->writer[w], (uint8_t)op->a, n), model_held(held, n, false, false, fill));
	expect_left(d, CURSORS, w);
}

/* One that fails may have written part of the object: here, what comes before the fault. */
void op_write_value(struct drive *d, const struct op *op)
{
	unsigned w = op->b % CURSORS;
	struct model_move out = { UM_WRITE, NULL, d->give + d->at, -1 };
	size_t size = op->a & 1 ? (size_t)1 << op->a / 2 % 4 : op->seed % 270;
	struct um_result want = { 0, UM_INVALID, 0 };

	if (!d->writes[w].used)
		return;
	drive_content(d, op->a >> 2, op->seed, d->give + d->at, size);
	if (size != 0 && size <= UM_VALUE_MAX)
		want = model_held(&d->writes[w], size, false, true, out);
	drive_expect_side(d, um_write_value(&d->writer[w], d->give + d->at, size), want);
	expect_left(d, CURSORS, w);
}

void op_writer(struct drive *d, const struct op *op)
{
	unsigned w = op->b % CURSORS, other = (w + 1) % CURSORS;
	struct held dropped;
	enum um_status got = UM_OK, want = UM_OK;

	if (!d->writes[w].used)
		return;
	switch (op->a % 3) {
	case 0:
		got = um_writer_skip(&d->writer[w], op->n);
		want = model_take(&d->writes[w], op->n, &dropped);
		break;
	case 1:
		um_writer_limit(&d->writer[w], op->n);
		model_list_limit(&d->writes[w].list, op->n);
		break;
	case 2:
		got = um_writer_take(&d->writer[w], op->n, &d->writer[other]);
		want = model_take(&d->writes[w], op->n, &d->writes[other]);
	}
	drive_expect(d, (struct um_result){ 0, got, 0 }, (struct um_result){ 0, want, 0 });
	expect_left(d, CURSORS, w);
	expect_left(d, CURSORS, other);
}

/* ---------------------------------------------------------------- transfer */

static bool overlapping(struct drive *d, const struct held *a, const struct held *b)
{
	size_t i, k;

	for (i = 0; i < a->list.count; i++)
		for (k = 0; k < b->list.count; k++)
			if (model_overlap(&d->model, a->ask.place, a->list.range[i], b->ask.place, b->list.range[k]))
				return true;
	return false;
}

/* Does what is left of the range that holds byte `at` of the first n lie outside the limits?  The limits are judged for each piece
 * when the call reaches it, and where a piece ends that the other side has cut is not specified. */
static bool piece_outside(const struct held *held, uint64_t at, uint64_t n)
{
	struct model_list list = held->list;
	size_t i;

	model_list_skip(&list, at);
	model_list_limit(&list, n - at);
	for (i = 0; i < list.count; i++)
		if (list.range[i].length != 0)
			return !model_within(&held->ask, list.range[i]);
	return false;
}

void op_transfer(struct drive *d, const struct op *op)
{
	unsigned r = op->b % CURSORS, w = op->b / 4 % CURSORS;
	struct held *reads = &d->reads[r], *writes = &d->writes[w];
	struct um_result got, want;
	uint64_t n = least(op->n, least(model_list_length(&reads->list), model_list_length(&writes->list)));

	if (!reads->used || !writes->used || overlapping(d, reads, writes))
		return;
	d->twice = true;
	got = um_transfer(&d->writer[w], &d->reader[r], op->n);
	want = (struct um_result){ 0, judge_both(&writes->ask, &reads->ask), 0 };
	if (want.status != UM_OK) { /* either side's flags may be judged first */
		if (got.status == model_judge(&reads->ask, 0) || got.status == model_judge(&writes->ask, UM_CAN_WRITE))
			want.status = got.status == UM_OK ? want.status : got.status;
		drive_expect(d, got, want);
		return;
	}
	if (got.status == UM_RANGE && got.done < n && piece_outside(got.side == UM_FROM ? reads : writes, got.done, n))
		n = got.done;
	want = model_copy(&writes->ask, &writes->list, &reads->ask, &reads->list, n);
	if (want.status == UM_OK && n == got.done && got.status == UM_RANGE)
		want = got;
	drive_expect_side(d, got, want);
	model_list_skip(&reads->list, want.done);
	model_list_skip(&writes->list, want.done);
	expect_left(d, r, w);
}
