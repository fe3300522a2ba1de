/* The multi-step calls, each with what it promises of a fault at its k-th byte: one user side, without cursors. */
#include <usermem/iovec.h>
#include <usermem/struct.h>
#include <usermem/text.h>
#include "acts.h"

uint64_t extras[EXTRAS];

long exactly(long k)
{
	return k;
}

long nothing(long k)
{
	(void)k;
	return 0;
}

unsigned char given[AREA];

void give(void)
{
	size_t i;

	for (i = 0; i < AREA; i++)
		given[i] = (unsigned char)(5 * i + 1);
}

struct um_ranges act_list(struct stage *stage, uint64_t area, struct um_range array[5])
{
	static const uint64_t pieces[5][2] = { { 500, 20 }, { 7, 0 }, { 3, 9 }, { 600, 70 }, { 400, 1 } };
	size_t i;

	for (i = 0; i < 5; i++)
		array[i] = (struct um_range){ at(stage, area + pieces[i][0]), pieces[i][1] };
	return um_ranges_from(array, 5); /* 100 bytes */
}

/* ---------------------------------------------------------------- through the space alone */

static struct um_result flat_in(struct stage *stage, struct um_space *space)
{
	return um_copy_in(space, kernel, source(stage, 500), 100, 0);
}

static struct um_result list_in(struct stage *stage, struct um_space *space)
{
	struct um_range array[5];

	return um_copy_in_ranges(space, kernel, AREA, act_list(stage, SOURCE, array), 0);
}

static struct um_result flat_out(struct stage *stage, struct um_space *space)
{
	give();
	return um_copy_out(space, destination(stage, 0), given, 600, 0);
}

static struct um_result fill(struct stage *stage, struct um_space *space)
{
	return um_fill(space, destination(stage, 0), 0x33, 600, 0);
}

/* Pieces that follow one another, so that what is done is a prefix of the destination. */
static struct um_ranges list_out(struct stage *stage, struct um_range array[3])
{
	array[0] = (struct um_range){ destination(stage, 0), 20 };
	array[1] = (struct um_range){ destination(stage, 9), 0 };
	array[2] = (struct um_range){ destination(stage, 20), 580 };
	return um_ranges_from(array, 3);
}

static struct um_result copy_list_out(struct stage *stage, struct um_space *space)
{
	struct um_range array[3];

	give();
	return um_copy_out_ranges(space, list_out(stage, array), given, 600, 0);
}

static struct um_result fill_list(struct stage *stage, struct um_space *space)
{
	struct um_range array[3];

	return um_fill_ranges(space, list_out(stage, array), 0x33, 600, 0);
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
	extras[1] = result.side; /* the array's fault or a string's: by k */
	result.side = UM_ONLY_SIDE;
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

	give();
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

static const struct act acts[] = {
	{ "copy in", 0, NULL, flat_in, exactly, 1, EFFECT_IN, UM_ONLY_SIDE, false, false },
	{ "copy in ranges", 0, NULL, list_in, exactly, 1, EFFECT_IN, UM_ONLY_SIDE, false, false },
	{ "copy out", UM_CAN_WRITE, NULL, flat_out, exactly, 1, EFFECT_OUT, UM_ONLY_SIDE, false, false },
	{ "fill", UM_CAN_WRITE, NULL, fill, exactly, 1, EFFECT_OUT, UM_ONLY_SIDE, false, false },
	{ "copy out ranges", UM_CAN_WRITE, NULL, copy_list_out, exactly, 1, EFFECT_OUT, UM_ONLY_SIDE, false, false },
	{ "fill ranges", UM_CAN_WRITE, NULL, fill_list, exactly, 1, EFFECT_OUT, UM_ONLY_SIDE, false, false },
	{ "string", 0, prepare_text, string, exactly, 1, EFFECT_TEXT, UM_ONLY_SIDE, false, false },
	{ "string, too long", 0, NULL, string_too_long, exactly, 1, EFFECT_TEXT, UM_ONLY_SIDE, false, false },
	{ "strings", 0, prepare_arguments, arguments, arguments_done, 1, EFFECT_OPEN, UM_ONLY_SIDE, false, true },
	{ "terminated array", 0, prepare_elements, elements, elements_done, ELEMENT, EFFECT_IN, UM_ONLY_SIDE, false, false },
	{ "numbers", 0, prepare_numbers, numbers, exactly, 0, EFFECT_OPEN, UM_ONLY_SIDE, false, false },
	{ "iovec", 0, prepare_iovec, iovec, iovec_done, 16, EFFECT_OPEN, UM_ONLY_SIDE, false, false },
	{ "longer struct in", 0, prepare_longer, longer_struct_in, longer_struct_in_done, 1, EFFECT_IN, UM_ONLY_SIDE, false, false },
	{ "shorter struct in", 0, NULL, shorter_struct_in, exactly, 1, EFFECT_IN, UM_ONLY_SIDE, false, false },
	{ "longer struct out", UM_CAN_WRITE, NULL, longer_struct_out, exactly, 1, EFFECT_OUT, UM_ONLY_SIDE, false, false },
	{ "header, then body", 0, NULL, header_then_body, exactly, 1, EFFECT_IN, UM_ONLY_SIDE, false, false },
};

const struct act_table acts_plain = { acts, sizeof acts / sizeof acts[0] };
