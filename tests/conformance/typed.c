/* Typed pointers and the names of single accesses (ptr.h, atomic.h): laws 1, 7, 8, 9, 11, 14 and 16. */
#include <usermem/atomic.h>
#include <usermem/ptr.h>
#include "suite.h"

struct record { /* 12 bytes, as epoll's packed events */
	uint32_t kind;
	uint32_t low, high;
};
UM_DEFINE_PTR_OUT(record_ptr, struct record, kind, low, high);

static record_ptr record_at(struct stage *stage, uint64_t offset)
{
	return um_ptr_of(record_ptr, at(stage, offset));
}

/* Arithmetic on them asks nobody, and says when it wraps. */
static void a_pointer_is_a_number(struct stage *stage)
{
	record_ptr null = um_ptr_of(record_ptr, um_addr_of(0)), last = um_ptr_of(record_ptr, um_addr_of(UINT64_MAX - 11));
	record_ptr next = record_at(stage, 7);

	EXPECT(um_ptr_is_null(null) && !um_ptr_is_null(last));
	EXPECT(!um_ptr_at(last, 1, &next) && next.addr.value == at(stage, 7).value);
	EXPECT(!um_ptr_at(null, UINT64_MAX / 12 + 1, &next));
	EXPECT(um_ptr_at(record_at(stage, 0), 3, &next) && next.addr.value == at(stage, 36).value);
}

/* R9: twelve-byte records, one behind the other, wherever they start. */
static void records_at_any_address(struct stage *stage)
{
	struct record record, put = { 1, 2, 3 };
	size_t off;

	for (off = 4080; off < 4100; off++) {
		tap_case(off, 0, 0);
		paint(stage);
		EXPECT_RESULT(um_get(stage->space, record_at(stage, off), &record, 0), 12, UM_OK);
		EXPECT(equal(&record, stage->seen + off, 12));
		if (!can(stage, UM_CAN_WRITE))
			continue;
		EXPECT_RESULT(um_put(stage->space, record_at(stage, off), &put, 0), 12, UM_OK);
		EXPECT(equal(&put, stage->seen + off, 12));
		EXPECT(painted(stage, 4000, off) && painted(stage, off + 12, 4200));
	}
}

/* R6: a get is all or nothing; a put says how much it wrote. */
static void beside_a_hole(struct stage *stage)
{
	enum um_status says = dig_any(stage);
	struct record record, untouched;
	size_t good;

	__builtin_memset(&untouched, UNTOUCHED, sizeof untouched);
	for (good = 0; good < 12; good++) {
		record_ptr p = record_at(stage, stage->size - good);

		tap_case(good, 0, 0);
		paint(stage);
		record = untouched;
		EXPECT_RESULT(um_get(stage->space, p, &record, 0), 0, says);
		EXPECT(equal(&record, &untouched, sizeof record));
		if (!can(stage, UM_CAN_WRITE))
			continue;
		EXPECT_RESULT(um_put(stage->space, p, &record, 0), good, says);
		EXPECT(same(stage->seen + stage->size - good, good, UNTOUCHED) && painted(stage, 0, stage->size - good));
	}
}

/* done counts bytes; n times the size cannot overflow into something small. */
static void arrays(struct stage *stage)
{
	enum um_status says = dig_any(stage);
	struct record records[10];
	size_t good;

	for (good = 0; good <= 60; good++) {
		record_ptr p = record_at(stage, stage->size - good);

		tap_case(good, 0, 0);
		paint(stage);
		__builtin_memset(records, UNTOUCHED, sizeof records);
		EXPECT_RESULT(um_get_array(stage->space, p, records, 10, 0), good, says);
		EXPECT(equal(records, stage->seen + stage->size - good, good));
		EXPECT(same((unsigned char *)records + good, sizeof records - good, UNTOUCHED));
		if (!can(stage, UM_CAN_WRITE))
			continue;
		__builtin_memset(records, UNTOUCHED, sizeof records);
		EXPECT_RESULT(um_put_array(stage->space, p, records, 10, 0), good, says);
		EXPECT(same(stage->seen + stage->size - good, good, UNTOUCHED) && painted(stage, 0, stage->size - good));
	}
	EXPECT_RESULT(um_get_array(stage->space, record_at(stage, 0), records, SIZE_MAX / 12 + 1, 0), 0, UM_RANGE);
	EXPECT_RESULT(um_get_array(stage->space, um_ptr_of(record_ptr, um_addr_of(UINT64_MAX)), records, 0, 0), 0, UM_OK);
	if (can(stage, UM_CAN_WRITE))
		EXPECT_RESULT(um_put_array(stage->space, record_at(stage, 0), records, SIZE_MAX / 12 + 1, 0), 0, UM_RANGE);
}

static void terminated_arrays_and_strings(struct stage *stage)
{
	struct record records[10];

	paint(stage);
	__builtin_memset(stage->seen + 4050 + 48, 0, 12);
	EXPECT_RESULT(um_get_terminated(stage->space, record_at(stage, 4050), records, 10, 0), 4, UM_OK);
	EXPECT(equal(records, stage->seen + 4050, 60));
	EXPECT_RESULT(um_get_terminated(stage->space, record_at(stage, 4050), records, 4, 0), 4, UM_TOO_LONG);
	EXPECT_RESULT(um_get_string(stage->space, um_ptr_of(um_str, at(stage, 4090)), (char *)kernel, 64, 0), 8, UM_OK);
}

/* The names of the single accesses do what um_atomic does. */
static void names_of_single_accesses(struct stage *stage)
{
	uint8_t one = 0;
	uint16_t two = 0;
	uint32_t four = 0;
	uint64_t eight = 0;

	if (!can(stage, UM_CAN_SINGLE | UM_CAN_ATOMIC | UM_CAN_WRITE)) {
		EXPECT_STATUS(um_load32(stage->space, stage->start, &four, 0), can(stage, UM_CAN_SINGLE) ? UM_OK : UM_UNSUPPORTED);
		return;
	}
	__builtin_memset(stage->seen, 0xff, 16);
	EXPECT_STATUS(um_load8(stage->space, stage->start, &one, 0), UM_OK);
	EXPECT_STATUS(um_load16(stage->space, stage->start, &two, 0), UM_OK);
	EXPECT_STATUS(um_load32(stage->space, stage->start, &four, 0), UM_OK);
	EXPECT_STATUS(um_load64(stage->space, stage->start, &eight, 0), UM_OK);
	EXPECT(one == UINT8_MAX && two == UINT16_MAX && four == UINT32_MAX && eight == UINT64_MAX); /* R11 */
	EXPECT_STATUS(um_store8(stage->space, stage->start, 0, 0), UM_OK);
	EXPECT_STATUS(um_store16(stage->space, at(stage, 2), 0, 0), UM_OK);
	EXPECT(equal(stage->seen, "\0\xff\0\0\xff", 5));
	EXPECT_STATUS(um_store32(stage->space, stage->start, 0, 0), UM_OK);
	EXPECT_STATUS(um_cas32(stage->space, stage->start, 0, 100, &four, 0), UM_OK); /* R12 */
	EXPECT_EQUAL(four, 0);
	EXPECT_STATUS(um_cas32(stage->space, stage->start, 100, 200, &four, 0), UM_OK);
	EXPECT_EQUAL(four, 100);
	EXPECT_STATUS(um_cas32(stage->space, stage->start, 300, 1, &four, 0), UM_OK);
	EXPECT_EQUAL(four, 200);
	EXPECT_STATUS(um_fetch_add32(stage->space, stage->start, 55, &four, 0), UM_OK);
	EXPECT_STATUS(um_swap32(stage->space, stage->start, 6, &four, 0), UM_OK);
	EXPECT_EQUAL(four, 255);
	EXPECT_STATUS(um_fetch_xor32(stage->space, stage->start, 5, &four, 0), UM_OK);
	EXPECT_STATUS(um_fetch_or32(stage->space, stage->start, 8, &four, 0), UM_OK);
	EXPECT_EQUAL(four, 3);
	EXPECT_STATUS(um_fetch_and32(stage->space, stage->start, 9, &four, 0), UM_OK);
	EXPECT_EQUAL(four, 11);
	EXPECT_STATUS(um_store64(stage->space, at(stage, 8), UINT64_MAX, 0), UM_OK);
	EXPECT_STATUS(um_fetch_add64(stage->space, at(stage, 8), 2, &eight, 0), UM_OK);
	EXPECT_EQUAL(eight, UINT64_MAX);
	EXPECT_STATUS(um_cas64(stage->space, at(stage, 8), 1, UINT64_MAX, &eight, 0), UM_OK);
	EXPECT_EQUAL(eight, 1);
	EXPECT_STATUS(um_load32(stage->space, at(stage, 2), &four, 0), UM_MISALIGNED);
	EXPECT_STATUS(um_store64(stage->space, at(stage, 4), 0, 0), UM_MISALIGNED);
	EXPECT_EQUAL(four, 11);
}

static const struct test tests[] = {
	{ "law 1: a typed pointer is a number", a_pointer_is_a_number },
	{ "law 8: records at any address (R9)", records_at_any_address },
	{ "law 7: a get is all or nothing, a put says what it wrote (R6)", beside_a_hole },
	{ "law 5: typed arrays count bytes", arrays },
	{ "law 11: typed arrays up to their zero element, and strings", terminated_arrays_and_strings },
	{ "law 16: the names of single accesses", names_of_single_accesses },
};

const struct test_group group_typed = TEST_GROUP(tests);
