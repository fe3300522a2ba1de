/* The multi-step calls, each with what it promises of a fault at its k-th byte. */
#include <usermem/copy.h>
#include <usermem/cursor.h>
#include <usermem/iovec.h>
#include <usermem/ptr.h>
#include <usermem/spaces/bytes.h>
#include <usermem/struct.h>
#include <usermem/text.h>
#include "acts.h"

uint64_t extras[EXTRAS];

static um_addr source(const struct stage *stage, uint64_t offset)
{
	return at(stage, SOURCE + offset);
}

static um_addr destination(const struct stage *stage, uint64_t offset)
{
	return at(stage, DESTINATION + offset);
}

static void put_source(struct stage *stage, size_t offset, const void *bytes, size_t n)
{
	__builtin_memcpy(stage->seen + SOURCE + offset, bytes, n);
}

static void zero_source(struct stage *stage, size_t offset, size_t n)
{
	__builtin_memset(stage->seen + SOURCE + offset, 0, n);
}

static long exactly(long k)
{
	return k;
}

static unsigned char given[AREA]; /* what is written to the destination, by hand or as a space */

static struct um_bytes given_space(struct um_space *audited, bool read)
{
	struct um_bytes bytes;
	size_t i;

	for (i = 0; i < AREA; i++)
		given[i] = (unsigned char)(5 * i + 1);
	um_bytes_init(&bytes, read ? given : kernel, AREA);
	if (!(audited->can & UM_CAN_VISIT)) /* both, or the scratch would not be taken */
		bytes.space.can &= ~(unsigned)UM_CAN_VISIT;
	return bytes;
}

/* ---------------------------------------------------------------- through the space alone */

static struct um_result flat_in(struct stage *stage, struct um_space *space)
{
	return um_copy_in(space, kernel, source(stage, 500), 100, 0);
}

static struct um_ranges list(struct stage *stage, uint64_t area, struct um_range array[5])
{
	static const uint64_t pieces[5][2] = { { 500, 20 }, { 7, 0 }, { 3, 9 }, { 600, 70 }, { 400, 1 } };
	size_t i;

	for (i = 0; i < 5; i++)
		array[i] = (struct um_range){ at(stage, area + pieces[i][0]), pieces[i][1] };
	return um_ranges_from(array, 5); /* 100 bytes */
}

static struct um_result list_in(struct stage *stage, struct um_space *space)
{
	struct um_range array[5];

	return um_copy_in_ranges(space, kernel, AREA, list(stage, SOURCE, array), 0);
}

static struct um_result flat_out(struct stage *stage, struct um_space *space)
{
	given_space(space, true);
	return um_copy_out(space, destination(stage, 0), given, 600, 0);
}

static struct um_result fill(struct stage *stage, struct um_space *space)
{
	return um_fill(space, destination(stage, 0), 0x33, 600, 0);
}

static void prepare_text(struct stage *stage)
{
	zero_source(stage, 500 + 90, 1);
}

static struct um_result string(struct stage *stage, struct um_space *space)
{
	return um_copy_string_in(space, (char *)kernel, source(stage, 500), 200, 0);
}

static struct um_result string_too_long(struct stage *stage, struct um_space *space)
{
	return um_copy_string_in(space, (char *)kernel, source(stage, 500), 64, 0);
}

/* ---------------------------------------------------------------- text.h and iovec.h */

static void prepare_arguments(struct stage *stage)
{
	uint64_t array[4] = { source(stage, 480).value, source(stage, 700).value, source(stage, 600).value, 0 };

	put_source(stage, 33, array, sizeof array);
	put_source(stage, 480, "alpha", 6);
	put_source(stage, 700, "", 1);
	put_source(stage, 600, "a longer one", 13);
}

static struct um_result arguments(struct stage *stage, struct um_space *space)
{
	char *out[4];
	size_t count = 0;
	struct um_result result = um_copy_strings_in(space, out, 4, &count, (char *)kernel, 64, source(stage, 33), 8, 0);

	extras[0] = count;
	return result;
}

/* An address, "alpha", an address, "", an address, "a longer one", the NULL. */
static long arguments_done(long k)
{
	return k < 14 ? 0 : k < 23 ? 6 : k < 44 ? 7 : 20;
}

enum { ELEMENT = 12, ELEMENTS = 50 };

static void prepare_elements(struct stage *stage)
{
	zero_source(stage, 100 + ELEMENT * ELEMENTS, ELEMENT);
}

static struct um_result elements(struct stage *stage, struct um_space *space)
{
	return um_copy_terminated_in(space, kernel, source(stage, 100), ELEMENT, 80, 0);
}

static long elements_done(long k)
{
	return k < ELEMENT * (ELEMENTS + 1) ? k / ELEMENT : AS_CLEAN;
}

static void prepare_numbers(struct stage *stage)
{
	put_source(stage, 500, " 12 -34", 7);
	put_source(stage, 100, "5 67890", 7);
}

static struct um_result numbers(struct stage *stage, struct um_space *space)
{
	struct um_range array[2] = { { source(stage, 500), 7 }, { source(stage, 100), 7 } };
	int32_t dst[3];
	size_t found = 0;
	struct um_result result = um_copy_int32s_in(space, um_ranges_from(array, 2), dst, 3, &found, 0);

	__builtin_memcpy(kernel, dst, found * sizeof dst[0]);
	extras[0] = found;
	return result;
}

static void prepare_iovec(struct stage *stage)
{
	struct um_range entries[5] = { { source(stage, 0), 8 }, { { 0 }, 0 }, { source(stage, 9), 1 }, { destination(stage, 0), 100 },
	                               { source(stage, 30), 0 } };

	put_source(stage, 490, entries, sizeof entries);
}

static struct um_result iovec(struct stage *stage, struct um_space *space)
{
	struct um_ranges out;
	struct um_result result = um_import_iovec(space, source(stage, 490), 5, 8, (struct um_range *)(void *)kernel, 5, &out, 0);

	extras[0] = out.length;
	return result;
}

static long iovec_done(long k)
{
	return k / 16;
}

/* ---------------------------------------------------------------- struct.h */

enum { KNOWN = 24, LONGER = 500, SHORTER = 10 };

static void prepare_longer(struct stage *stage)
{
	zero_source(stage, 200 + KNOWN, LONGER - KNOWN);
}

static struct um_result longer_struct_in(struct stage *stage, struct um_space *space)
{
	return um_copy_struct_in(space, kernel, KNOWN, source(stage, 200), LONGER, 0);
}

static long longer_struct_in_done(long k)
{
	return k < LONGER - KNOWN ? 0 : k - (LONGER - KNOWN);
}

static struct um_result shorter_struct_in(struct stage *stage, struct um_space *space)
{
	return um_copy_struct_in(space, kernel, KNOWN, source(stage, 507), SHORTER, 0);
}

static struct um_result longer_struct_out(struct stage *stage, struct um_space *space)
{
	bool cut = true;
	struct um_result result;

	given_space(space, true);
	result = um_copy_struct_out(space, destination(stage, 0), LONGER, given, KNOWN, &cut, 0);
	extras[0] = cut;
	return result;
}

static struct um_result header_then_body(struct stage *stage, struct um_space *space)
{
	struct um_result header = um_copy_in(space, kernel, source(stage, 480), 8, 0);

	if (header.status != UM_OK)
		return header;
	return um_copy_body_in(space, kernel, AREA, kernel, 8, source(stage, 480), 40 + kernel[0] % 64, 0);
}

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

static long nothing(long k)
{
	(void)k;
	return 0;
}

static struct um_result writing(struct stage *stage, struct um_space *space)
{
	struct um_slice slice = um_slice_of(space, destination(stage, 0), 300, 0);
	struct um_writer writer = um_slice_writer(&slice);
	struct um_result result, part;

	given_space(space, true);
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

static struct um_result copy_from(struct stage *stage, struct um_space *space)
{
	struct um_bytes bytes = given_space(space, false);

	return um_copy(&bytes.space, um_addr_of(0), space, source(stage, 100), 700, 0);
}

static struct um_result copy_to(struct stage *stage, struct um_space *space)
{
	struct um_bytes bytes = given_space(space, true);

	return um_copy(space, destination(stage, 0), &bytes.space, um_addr_of(0), 700, 0);
}

static struct um_result transfer_from(struct stage *stage, struct um_space *space)
{
	struct um_bytes bytes = given_space(space, false);
	struct um_range array[5], halves[2] = { { { 0 }, 37 }, { { 37 }, AREA - 37 } };
	struct um_slice from = um_slice_from(space, list(stage, SOURCE, array), 0);
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

const struct act acts[] = {
	{ "copy in", 0, NULL, flat_in, exactly, 1, EFFECT_IN, false, false },
	{ "copy in ranges", 0, NULL, list_in, exactly, 1, EFFECT_IN, false, false },
	{ "copy out", UM_CAN_WRITE, NULL, flat_out, exactly, 1, EFFECT_OUT, false, false },
	{ "fill", UM_CAN_WRITE, NULL, fill, exactly, 1, EFFECT_OUT, false, false },
	{ "string", 0, prepare_text, string, exactly, 1, EFFECT_TEXT, false, false },
	{ "string, too long", 0, NULL, string_too_long, exactly, 1, EFFECT_TEXT, false, false },
	{ "strings", 0, prepare_arguments, arguments, arguments_done, 1, EFFECT_OPEN, false, true },
	{ "terminated array", 0, prepare_elements, elements, elements_done, ELEMENT, EFFECT_IN, false, false },
	{ "numbers", 0, prepare_numbers, numbers, exactly, 0, EFFECT_OPEN, false, false },
	{ "iovec", 0, prepare_iovec, iovec, iovec_done, 16, EFFECT_OPEN, false, false },
	{ "longer struct in", 0, prepare_longer, longer_struct_in, longer_struct_in_done, 1, EFFECT_IN, false, false },
	{ "shorter struct in", 0, NULL, shorter_struct_in, exactly, 1, EFFECT_IN, false, false },
	{ "longer struct out", UM_CAN_WRITE, NULL, longer_struct_out, exactly, 1, EFFECT_OUT, false, false },
	{ "header, then body", 0, NULL, header_then_body, exactly, 1, EFFECT_IN, false, false },
	{ "value, bytes, string", 0, prepare_reading, reading, value_first, 1, EFFECT_OPEN, false, false },
	{ "value in pieces", 0, NULL, split_value, nothing, 1, EFFECT_IN, false, false },
	{ "value, fill, bytes", UM_CAN_WRITE, NULL, writing, value_first, 1, EFFECT_OUT, false, false },
	{ "typed value", 0, NULL, typed_value, nothing, 1, EFFECT_IN, false, false },
	{ "typed array", 0, NULL, typed_array, exactly, 1, EFFECT_IN, false, false },
	{ "typed array out", UM_CAN_WRITE, NULL, typed_array_out, exactly, 1, EFFECT_OUT, false, false },
	{ "copy from", 0, NULL, copy_from, exactly, 1, EFFECT_IN, false, false },
	{ "copy from, bounced", 0, NULL, copy_from, exactly, 1, EFFECT_IN, true, false },
	{ "copy to", UM_CAN_WRITE, NULL, copy_to, exactly, 1, EFFECT_OUT, false, false },
	{ "copy to, bounced", UM_CAN_WRITE, NULL, copy_to, exactly, 1, EFFECT_OUT, true, false },
	{ "transfer", 0, NULL, transfer_from, exactly, 1, EFFECT_IN, false, false },
	{ "transfer, bounced", 0, NULL, transfer_from, exactly, 1, EFFECT_IN, true, false },
	{ "compare", 0, NULL, compare, exactly, 0, EFFECT_IN, false, false },
	{ "find", 0, prepare_find, find, find_done, 0, EFFECT_IN, false, false },
	{ "is zero", 0, prepare_zeroes, zeroes, exactly, 0, EFFECT_IN, false, false },
};
const size_t act_count = sizeof acts / sizeof acts[0];
