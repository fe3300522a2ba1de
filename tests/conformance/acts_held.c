/* The multi-step calls: cursors, typed pointers, two user sides, searches. */
#include <usermem/copy.h>
#include <usermem/cursor.h>
#include <usermem/ptr.h>
#include <usermem/spaces/bytes.h>
#include "acts.h"

/* ---------------------------------------------------------------- cursors */

static struct um_result reading(struct stage *stage, struct um_space *space)
{
	struct um_range array[2] = { { source(stage, 500), 30 }, { source(stage, 100), 100 } };
	struct um_slice slice = um_slice_from(space, um_ranges_from(array, 2), 0);
	struct um_reader reader = um_slice_reader(&slice);
	struct um_result result = um_read_value(&reader, kernel, 8), part;

	if (result.status == UM_OK) {
		part = um_read(&reader, kernel + 8, 40);
		result = (struct um_result){ 8 + part.done, part.status, part.side };
	}
	if (result.status == UM_OK) {
		part = um_read_string(&reader, (char *)kernel + 48, 30);
		result = (struct um_result){ 48 + part.done, part.status, part.side };
	}
	extras[0] = um_reader_left(&reader);
	return result;
}

static void prepare_reading(struct stage *stage)
{
	zero_source(stage, 100 + 18 + 20, 1); /* the string's NUL */
}

static long value_first(long k)
{
	return k < 8 ? 0 : k;
}

static struct um_result split_value(struct stage *stage, struct um_space *space)
{
	struct um_range array[2] = { { source(stage, 500), 30 }, { source(stage, 100), 100 } };
	struct um_slice slice = um_slice_from(space, um_ranges_from(array, 2), 0);
	struct um_reader reader = um_slice_reader(&slice);
	struct um_result result = um_read_value(&reader, kernel, 100);

	extras[0] = um_reader_left(&reader);
	return result;
}

static struct um_result writing(struct stage *stage, struct um_space *space)
{
	struct um_slice slice = um_slice_of(space, destination(stage, 0), 300, 0);
	struct um_writer writer = um_slice_writer(&slice);
	struct um_result result, part;

	give();
	result = um_write_value(&writer, given, 8);
	if (result.status == UM_OK) {
		part = um_write_fill(&writer, 0x44, 40);
		result = (struct um_result){ 8 + part.done, part.status, part.side };
	}
	if (result.status == UM_OK) {
		part = um_write(&writer, given, 200);
		result = (struct um_result){ 48 + part.done, part.status, part.side };
	}
	extras[0] = um_writer_left(&writer);
	return result;
}

/* ---------------------------------------------------------------- typed pointers */

struct triple {
	uint32_t a, b, c;
};
UM_DEFINE_PTR_OUT(triple_ptr, struct triple, a, b, c);

static struct um_result typed_value(struct stage *stage, struct um_space *space)
{
	struct triple *object = (struct triple *)(void *)kernel;

	return um_get(space, um_ptr_of(triple_ptr, source(stage, 507)), object, 0);
}

static struct um_result typed_array(struct stage *stage, struct um_space *space)
{
	struct triple *objects = (struct triple *)(void *)kernel;

	return um_get_array(space, um_ptr_of(triple_ptr, source(stage, 99)), objects, 50, 0);
}

static struct um_result typed_array_out(struct stage *stage, struct um_space *space)
{
	static const struct triple objects[3] = { { 1, 2, 3 }, { 4, 5, 6 }, { 7, 8, 9 } };

	return um_put_array(space, um_ptr_of(triple_ptr, destination(stage, 0)), objects, 3, 0);
}

/* ---------------------------------------------------------------- two user sides */

/* The other side of a copy, in kernel[] or of what is given. */
static struct um_bytes other_side(const struct um_space *audited, bool read)
{
	struct um_bytes bytes;

	give();
	um_bytes_init(&bytes, read ? given : kernel, AREA);
	if (!(audited->can & UM_CAN_VISIT)) /* both, or the scratch would not be taken */
		bytes.space.can &= ~(unsigned)UM_CAN_VISIT;
	return bytes;
}

static struct um_result copy_from(struct stage *stage, struct um_space *space)
{
	struct um_bytes bytes = other_side(space, false);

	return um_copy(&bytes.space, um_addr_of(0), space, source(stage, 100), 700, 0);
}

static struct um_result copy_to(struct stage *stage, struct um_space *space)
{
	struct um_bytes bytes = other_side(space, true);

	return um_copy(space, destination(stage, 0), &bytes.space, um_addr_of(0), 700, 0);
}

static struct um_result transfer_from(struct stage *stage, struct um_space *space)
{
	struct um_bytes bytes = other_side(space, false);
	struct um_range array[5], halves[2] = { { { 0 }, 37 }, { { 37 }, AREA - 37 } };
	struct um_slice from = um_slice_from(space, act_list(stage, SOURCE, array), 0);
	struct um_slice to = um_slice_from(&bytes.space, um_ranges_from(halves, 2), 0);
	struct um_reader reader = um_slice_reader(&from);
	struct um_writer writer = um_slice_writer(&to);
	struct um_result result = um_transfer(&writer, &reader, UINT64_MAX);

	extras[0] = um_reader_left(&reader);
	extras[1] = um_writer_left(&writer);
	return result;
}

/* ---------------------------------------------------------------- searches */

static struct um_result compare(struct stage *stage, struct um_space *space)
{
	bool equal_bytes = false;
	struct um_result result;
	size_t i;

	for (i = 0; i < 600; i++)
		given[i] = pattern(SOURCE + 100 + i);
	result = um_compare(space, source(stage, 100), given, 600, &equal_bytes, 0);
	extras[0] = equal_bytes;
	return result;
}

static void prepare_find(struct stage *stage)
{
	zero_source(stage, 100 + 450, 1);
}

static struct um_result find(struct stage *stage, struct um_space *space)
{
	bool found = false;
	struct um_result result = um_find_byte(space, source(stage, 100), 0, 600, &found, 0);

	extras[0] = found;
	return result;
}

static long find_done(long k)
{
	return k <= 450 ? k : AS_CLEAN;
}

static void prepare_zeroes(struct stage *stage)
{
	zero_source(stage, 100, 600);
}

static struct um_result zeroes(struct stage *stage, struct um_space *space)
{
	bool zero = false;
	struct um_result result = um_is_zero(space, source(stage, 100), 600, &zero, 0);

	extras[0] = zero;
	return result;
}

static const struct act acts[] = {
	{ "value, bytes, string", 0, prepare_reading, reading, value_first, 1, EFFECT_OPEN, UM_ONLY_SIDE, false, false },
	{ "value in pieces", 0, NULL, split_value, nothing, 1, EFFECT_IN, UM_ONLY_SIDE, false, false },
	{ "value, fill, bytes", UM_CAN_WRITE, NULL, writing, value_first, 1, EFFECT_OUT, UM_ONLY_SIDE, false, false },
	{ "typed value", 0, NULL, typed_value, nothing, 1, EFFECT_IN, UM_ONLY_SIDE, false, false },
	{ "typed array", 0, NULL, typed_array, exactly, 1, EFFECT_IN, UM_ONLY_SIDE, false, false },
	{ "typed array out", UM_CAN_WRITE, NULL, typed_array_out, exactly, 1, EFFECT_OUT, UM_ONLY_SIDE, false, false },
	{ "copy from", 0, NULL, copy_from, exactly, 1, EFFECT_IN, UM_FROM, false, false },
	{ "copy from, bounced", 0, NULL, copy_from, exactly, 1, EFFECT_IN, UM_FROM, true, false },
	{ "copy to", UM_CAN_WRITE, NULL, copy_to, exactly, 1, EFFECT_OUT, UM_TO, false, false },
	{ "copy to, bounced", UM_CAN_WRITE, NULL, copy_to, exactly, 1, EFFECT_OUT, UM_TO, true, false },
	{ "transfer", 0, NULL, transfer_from, exactly, 1, EFFECT_IN, UM_FROM, false, false },
	{ "transfer, bounced", 0, NULL, transfer_from, exactly, 1, EFFECT_IN, UM_FROM, true, false },
	{ "compare", 0, NULL, compare, exactly, 0, EFFECT_IN, UM_ONLY_SIDE, false, false },
	{ "find", 0, prepare_find, find, find_done, 0, EFFECT_IN, UM_ONLY_SIDE, false, false },
	{ "is zero", 0, prepare_zeroes, zeroes, exactly, 0, EFFECT_IN, UM_ONLY_SIDE, false, false },
};

const struct act_table acts_held = { acts, sizeof acts / sizeof acts[0] };
