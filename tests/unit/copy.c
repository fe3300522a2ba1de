/* Floor 4: between spaces, and in search of something. */
#include "check.h"
#include <sys/mman.h>
#include <usermem/copy.h>
#include <usermem/spaces/self.h>
#include "visit.h"

enum { ROOM = 1200 };

struct two {
	unsigned char from_data[ROOM], to_data[ROOM], to_before[ROOM];
	struct um_bytes from, to;
};

/* Makes um_copy ask for visits. */
static void hide_direct(struct um_space *space, struct um_space_ops *ops)
{
	*ops = *space->ops;
	ops->direct = NULL;
	space->ops = ops;
}

/* One bit each: may the source be visited, may the destination, and do both say where they are? */
static void set_up(struct two *two, size_t from_size, size_t to_size, unsigned visits)
{
	pattern(two->from_data, ROOM, 1);
	memset(two->to_data, 0xEE, ROOM);
	memcpy(two->to_before, two->to_data, ROOM);
	um_bytes_init(&two->from, two->from_data, from_size);
	um_bytes_init(&two->to, two->to_data, to_size);
	if (!(visits & 4)) {
		static struct um_space_ops ops;

		hide_direct(&two->from.space, &ops);
		hide_direct(&two->to.space, &ops);
	}
	if (!(visits & 1))
		two->from.space.can &= ~(unsigned)UM_CAN_VISIT;
	if (!(visits & 2))
		two->to.space.can &= ~(unsigned)UM_CAN_VISIT;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Law 5 on both sides (R4, R39): every pair of holes around the sizes of the pieces; at a tie the source is named. */
static void done_is_exact_on_both_sides(void **state)
{
	static const size_t sizes[] = { 0, 1, 3, 255, 256, 257, 600 }, ends[] = { 40, 41, 295, 296, 297, 552, 700 };
	struct two two;
	size_t s, f, t;
	unsigned visits;

	(void)state;
	for (visits = 0; visits < 8; visits++) {
		for (s = 0; s < 7; s++) {
			for (f = 0; f < 7; f++) {
				for (t = 0; t < 7; t++) {
					size_t n = sizes[s], of_from = ends[f] - 40, of_to = ends[t] - 40;
					size_t done = least(n, least(of_from, of_to));

					set_up(&two, ends[f], ends[t], visits);
					CHECK_RESULT(um_copy(&two.to.space, um_addr_of(40), &two.from.space, um_addr_of(40), n, 0), done,
					             done == n ? UM_OK : UM_UNMAPPED,
					             done == n ? UM_ONLY_SIDE : of_from <= of_to ? UM_FROM : UM_TO);
					memcpy(two.to_before + 40, two.from_data + 40, done);
					assert_memory_equal(two.to_data, two.to_before, ROOM);
				}
			}
		}
	}
}

/* The same with causes of other kinds, at every byte, and nothing fetched twice (law 9). */
static void a_fault_anywhere_is_exact_and_nothing_is_fetched_twice(void **state)
{
	struct two two;
	struct watched from, to;
	unsigned visits, side;
	size_t k;

	(void)state;
	for (visits = 0; visits < 8; visits++) {
		for (side = UM_FROM; side <= UM_TO; side++) {
			for (k = 0; k <= 530; k++) {
				struct um_space *src, *dst;

				set_up(&two, ROOM, ROOM, visits);
				src = watch(&from, &two.from.space);
				dst = watch(&to, &two.to.space);
				um_audit_fail_at(side == UM_FROM ? &from.audit : &to.audit, k, UM_BUS);
				CHECK_RESULT(um_copy(dst, um_addr_of(5), src, um_addr_of(9), 530, 0), k, k == 530 ? UM_OK : UM_BUS,
				             k == 530 ? UM_ONLY_SIDE : side);
				memcpy(two.to_before + 5, two.from_data + 9, k);
				assert_memory_equal(two.to_data, two.to_before, ROOM);
				assert_single_fetch(&from);
			}
		}
	}
}

/* Law 3: the limits of both are judged before either is touched; of two bad sides the source is named. */
static void limits_come_first(void **state)
{
	struct two two;
	unsigned visits;

	(void)state;
	for (visits = 0; visits < 8; visits++) {
		set_up(&two, ROOM, ROOM, visits);
		two.to.space.last = two.from.space.last = um_addr_of(99);
		CHECK_RESULT(um_copy(&two.to.space, um_addr_of(50), &two.from.space, um_addr_of(51), 50, 0), 0, UM_RANGE, UM_FROM);
		CHECK_RESULT(um_copy(&two.to.space, um_addr_of(51), &two.from.space, um_addr_of(50), 50, 0), 0, UM_RANGE, UM_TO);
		CHECK_RESULT(um_copy(&two.to.space, um_addr_of(51), &two.from.space, um_addr_of(51), 50, 0), 0, UM_RANGE, UM_FROM);
		assert_memory_equal(two.to_data, two.to_before, ROOM);
		CHECK(um_copy(&two.to.space, um_addr_of(50), &two.from.space, um_addr_of(50), 50, 0), 50, UM_OK);
		CHECK(um_copy(&two.to.space, um_addr_of(5000), &two.from.space, um_addr_of(5000), 0, 0), 0, UM_OK); /* law 4 */
	}
}

/* Law 2 (R1, R2, R3): every two numbers are a request. */
static void wild_requests_are_answered(void **state)
{
	struct two two;
	unsigned visits;

	(void)state;
	for (visits = 0; visits < 8; visits++) {
		set_up(&two, 100, 80, visits);
		CHECK_RESULT(um_copy(&two.to.space, um_addr_of(0), &two.from.space, um_addr_of(UINT64_MAX), 2, 0), 0, UM_RANGE, UM_FROM);
		CHECK_RESULT(um_copy(&two.to.space, um_addr_of(UINT64_MAX), &two.from.space, um_addr_of(0), 2, 0), 0, UM_RANGE, UM_TO);
		CHECK_RESULT(um_copy(&two.to.space, um_addr_of(UINT64_MAX), &two.from.space, um_addr_of(0), 1, 0), 0, UM_UNMAPPED, UM_TO);
		CHECK_RESULT(um_copy(&two.to.space, um_addr_of(1), &two.from.space, um_addr_of(1), SIZE_MAX, 0), 79, UM_UNMAPPED, UM_TO);
		CHECK_RESULT(um_copy(&two.to.space, um_addr_of(2), &two.from.space, um_addr_of(1), SIZE_MAX, 0), 0, UM_RANGE, UM_TO);
		CHECK_RESULT(um_copy(&two.to.space, um_addr_of(UINT64_MAX), &two.from.space, um_addr_of(UINT64_MAX), 0, 0), 0, UM_OK, UM_ONLY_SIDE);
	}
}

/* Law 25, and 14: what is not promised is refused before the length is looked at. */
static void promises_are_judged_first(void **state)
{
	struct two two;
	size_t n;

	(void)state;
	set_up(&two, 100, 100, 3);
	for (n = 0; n < 2; n++) {
		CHECK_RESULT(um_copy(&two.to.space, um_addr_of(0), &two.from.space, um_addr_of(0), n, 64), 0, UM_INVALID, UM_FROM);
		CHECK_RESULT(um_copy(&two.to.space, um_addr_of(0), &two.from.space, um_addr_of(0), n, UM_IGNORE_PERMS), 0, UM_UNSUPPORTED, UM_FROM);
	}
	two.from.space.can |= UM_CAN_IGNORE_PERMS;
	CHECK_RESULT(um_copy(&two.to.space, um_addr_of(0), &two.from.space, um_addr_of(0), 0, UM_IGNORE_PERMS), 0, UM_UNSUPPORTED, UM_TO);
	CHECK_RESULT(um_copy(&two.to.space, um_addr_of(0), &two.from.space, um_addr_of(0), 9, UM_NOFAULT), 9, UM_OK, UM_ONLY_SIDE);
	two.from.space.can &= ~(unsigned)UM_CAN_WRITE; /* the source is not written */
	CHECK_RESULT(um_copy(&two.to.space, um_addr_of(0), &two.from.space, um_addr_of(0), 9, 0), 9, UM_OK, UM_ONLY_SIDE);
	CHECK_RESULT(um_copy(&two.from.space, um_addr_of(0), &two.to.space, um_addr_of(0), 0, 0), 0, UM_UNSUPPORTED, UM_TO);
}

/* Also where both sides say where they are, and the copy is made without asking them. */
static void promises_hold_for_memory_that_is_here(void **state)
{
	struct two two;

	(void)state;
	set_up(&two, 100, 100, 7);
	two.to.space.can &= ~(unsigned)UM_CAN_WRITE;
	CHECK_RESULT(um_copy(&two.to.space, um_addr_of(0), &two.from.space, um_addr_of(0), 9, 0), 0, UM_UNSUPPORTED, UM_TO);
	two.to.space.can |= UM_CAN_WRITE;
	CHECK_RESULT(um_copy(&two.to.space, um_addr_of(0), &two.from.space, um_addr_of(0), 9, UM_IGNORE_PERMS), 0, UM_UNSUPPORTED, UM_FROM);
	two.to.space.first = um_addr_of(8);
	CHECK_RESULT(um_copy(&two.to.space, um_addr_of(7), &two.from.space, um_addr_of(0), 9, 0), 0, UM_RANGE, UM_TO);
	assert_memory_equal(two.to_data, two.to_before, ROOM);
	CHECK_RESULT(um_copy(&two.to.space, um_addr_of(8), &two.from.space, um_addr_of(0), 9, 0), 9, UM_OK, UM_ONLY_SIDE);
	assert_memory_equal(two.to_data + 8, two.from_data, 9);
}

/* Within one buffer whatever lies in the overlap, all behind and before it is as it was. */
static void an_overlap_stays_within_itself(void **state)
{
	struct two two;
	unsigned visits;
	size_t shift;

	(void)state;
	for (visits = 0; visits < 8; visits++) {
		for (shift = 0; shift < 300; shift += 23) {
			set_up(&two, ROOM, ROOM, visits);
			CHECK(um_copy(&two.from.space, um_addr_of(300 + shift), &two.from.space, um_addr_of(300), 500, 0), 500, UM_OK);
			pattern(two.to_data, ROOM, 1);
			assert_memory_equal(two.from_data, two.to_data, 300 + shift);
			assert_memory_equal(two.from_data + 800 + shift, two.to_data + 800 + shift, ROOM - 800 - shift);
		}
	}
}

/* ---------------------------------------------------------------- every kind of side against every other */

enum { PAGE = 4096, KINDS = 7 };

/* A kind: may it be visited, and may what is then shown fault? */
struct kind {
	struct um_space *space;
	um_addr (*before_end)(const struct kind *kind, size_t good); /* of the good bytes in front of the hole */
	unsigned char *data;                                           /* of PAGE good bytes */
	union {
		struct um_bytes bytes;
		struct um_self self;
	} as;
	struct um_space_ops ops;
};

/* Bytes as a guest or a page table would show them: in patches of a few bytes each. */
static struct um_result show_patches(struct um_space *space, struct um_ranges ranges, um_visit_fn *visit, void *context, bool may_fault)
{
	struct um_bytes *bytes = (struct um_bytes *)space;
	struct um_range piece;
	struct visit show;

	umi_visit_begin(&show, visit, context);
	while (um_ranges_next(&ranges, 7 + ranges.length % 5, &piece)) {
		uint64_t there = piece.start.value < bytes->size ? bytes->size - piece.start.value : 0;
		struct um_block block = { bytes->data + piece.start.value, least(piece.length, there), may_fault };

		if (block.length != 0 && !umi_visit_add(&show, block))
			break;
		if (there < piece.length)
			return umi_visit_end(&show, UM_UNMAPPED);
	}
	return umi_visit_end(&show, UM_OK);
}

static struct um_result show_good_patches(struct um_space *space, struct um_ranges ranges, unsigned access, unsigned flags,
                                          um_visit_fn *visit, void *context)
{
	(void)access, (void)flags;
	return show_patches(space, ranges, visit, context, false);
}

static struct um_result show_doubtful_patches(struct um_space *space, struct um_ranges ranges, unsigned access, unsigned flags,
                                              um_visit_fn *visit, void *context)
{
	(void)access, (void)flags;
	return show_patches(space, ranges, visit, context, true);
}

static um_addr bytes_before_end(const struct kind *kind, size_t good)
{
	(void)kind;
	return um_addr_of(PAGE - good);
}

static um_addr self_before_end(const struct kind *kind, size_t good)
{
	return um_addr_of((uintptr_t)kind->data + PAGE - good);
}

static void open_kind(struct kind *kind, unsigned which)
{
	kind->data = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(kind->data != MAP_FAILED);
	if (which < 4) {
		um_bytes_init(&kind->as.bytes, kind->data, PAGE);
		kind->space = &kind->as.bytes.space;
		kind->before_end = bytes_before_end;
	} else {
		CHECK_STATUS(um_self_open(&kind->as.self, um_addr_of(0), um_addr_of(INT64_MAX)), UM_OK);
		kind->space = &kind->as.self.space;
		kind->before_end = self_before_end;
	}
	if (which == 0 || which == 4)
		return; /* says where it is */
	hide_direct(kind->space, &kind->ops);
	if (which == 1 || which == 5)
		kind->space->can &= ~(unsigned)UM_CAN_VISIT;
	if (which == 2 || which == 3)
		kind->ops.visit = which == 2 ? show_good_patches : show_doubtful_patches;
}

/* When no other mapping is to be made, which might fill it. */
static void make_hole(struct kind *kind)
{
	assert_int_equal(munmap(kind->data + PAGE, PAGE), 0);
}

static void close_kind(struct kind *kind)
{
	um_close(kind->space);
	munmap(kind->data, PAGE);
}

static void check_pair(struct kind *from, struct kind *to, size_t n, size_t of_from, size_t of_to)
{
	size_t done = least(n, least(of_from, of_to));
	unsigned char want[PAGE];

	pattern(from->data, PAGE, 1);
	memset(to->data, 0xEE, PAGE);
	memset(want, 0xEE, PAGE);
	memcpy(want + PAGE - of_to, from->data + PAGE - of_from, done);
	CHECK_RESULT(um_copy(to->space, to->before_end(to, of_to), from->space, from->before_end(from, of_from), n, 0), done,
	             done == n ? UM_OK : UM_UNMAPPED, done == n ? UM_ONLY_SIDE : of_from <= of_to ? UM_FROM : UM_TO);
	assert_memory_equal(to->data, want, PAGE);
}

/* The answer does not tell which way the bytes took: by one visit, by two, or through scratch. */
static void every_kind_copies_to_every_kind(void **state)
{
	static const size_t goods[] = { 0, 1, 8, 255, 256, 257, 700 };
	struct kind from, to;
	struct um_self self; /* what may fault is touched with a port open alone */
	unsigned pair;
	size_t f, t;

	(void)state;
	CHECK_STATUS(um_self_open(&self, um_addr_of(0), um_addr_of(INT64_MAX)), UM_OK);
	for (pair = 0; pair < KINDS * KINDS; pair++) {
		open_kind(&from, pair % KINDS);
		open_kind(&to, pair / KINDS);
		make_hole(&from);
		make_hole(&to);
		for (f = 0; f < 7; f++) {
			for (t = 0; t < 7; t++) {
				check_pair(&from, &to, 1000, goods[f], goods[t]);
				check_pair(&from, &to, 250, goods[f], goods[t]);
			}
		}
		close_kind(&from);
		close_kind(&to);
	}
	um_close(&self.space);
}

/* ---------------------------------------------------------------- searches */

static void the_first_decider_is_found(void **state)
{
	unsigned char data[600], with[600];
	struct um_bytes bytes;
	size_t at, start, n = 560;

	(void)state;
	um_bytes_init(&bytes, data, sizeof data);
	for (start = 0; start < 40; start += 13) {
		for (at = 0; at <= n; at++) {
			bool answer = at % 2;

			memset(data, 0, sizeof data);
			memset(with, 0, sizeof with);
			data[start + at] = 'x'; /* at n: just behind */
			if (at + 9 < n)
				data[start + at + 9] = 'x';
			CHECK(um_is_zero(&bytes.space, um_addr_of(start), n, &answer, 0), at, UM_OK);
			assert_int_equal(answer, at == n);
			CHECK(um_find_byte(&bytes.space, um_addr_of(start), 'x', n, &answer, 0), at, UM_OK);
			assert_int_equal(answer, at != n);
			CHECK(um_compare(&bytes.space, um_addr_of(start), with, n, &answer, 0), at, UM_OK);
			assert_int_equal(answer, at == n);
		}
	}
}

/* Strings' rule (law 3): the hole and the limit are met at their byte; what comes before them still decides. */
static void searches_run_up_to_the_hole_and_the_limit(void **state)
{
	unsigned char data[700], with[700] = { 0 };
	struct um_bytes bytes;
	size_t end;
	int limited;
	bool answer = true;

	(void)state;
	for (limited = 0; limited < 2; limited++) {
		for (end = 300; end < 600; end++) {
			enum um_status status = limited ? UM_RANGE : UM_UNMAPPED;

			memset(data, 0, sizeof data);
			limit_bytes(&bytes, data, limited ? sizeof data : end, 0, limited ? end - 1 : UINT64_MAX);
			answer = true;
			CHECK(um_is_zero(&bytes.space, um_addr_of(10), 690, &answer, 0), end - 10, status);
			CHECK(um_find_byte(&bytes.space, um_addr_of(10), 'x', SIZE_MAX, &answer, 0), end - 10, status);
			CHECK(um_compare(&bytes.space, um_addr_of(10), with, 690, &answer, 0), end - 10, status);
			assert_true(answer);
			data[end - 1] = 'x';
			CHECK(um_find_byte(&bytes.space, um_addr_of(10), 'x', SIZE_MAX, &answer, 0), end - 11, UM_OK);
			assert_true(answer);
			CHECK(um_is_zero(&bytes.space, um_addr_of(10), SIZE_MAX, &answer, 0), end - 11, UM_OK);
			assert_false(answer);
		}
	}
	CHECK(um_is_zero(&bytes.space, um_addr_of(UINT64_MAX), SIZE_MAX, &answer, 0), 0, UM_RANGE);
	um_bytes_init(&bytes, data, sizeof data);
	CHECK(um_find_byte(&bytes.space, um_addr_of(UINT64_MAX), 'x', 9, &answer, 0), 0, UM_UNMAPPED);
	CHECK(um_find_byte(&bytes.space, um_addr_of(4), 'x', 9, &answer, 8), 0, UM_INVALID);
}

static void a_search_of_nothing_finds_nothing(void **state)
{
	struct um_bytes bytes;
	bool answer = false;

	(void)state;
	um_bytes_init(&bytes, NULL, 0);
	CHECK(um_is_zero(&bytes.space, um_addr_of(UINT64_MAX), 0, &answer, 0), 0, UM_OK);
	assert_true(answer);
	CHECK(um_find_byte(&bytes.space, um_addr_of(UINT64_MAX), 0, 0, &answer, 0), 0, UM_OK);
	assert_false(answer);
	CHECK(um_compare(&bytes.space, um_addr_of(UINT64_MAX), "", 0, &answer, 0), 0, UM_OK);
	assert_true(answer);
	CHECK(um_compare(&bytes.space, um_addr_of(0), "", 0, &answer, UM_IGNORE_PERMS), 0, UM_UNSUPPORTED);
}

static void a_search_fetches_each_byte_once(void **state)
{
	unsigned char data[5000] = { 0 };
	struct um_bytes bytes;
	struct watched watched;
	struct um_space *space;
	bool answer;
	size_t k;

	(void)state;
	limit_bytes(&bytes, data, sizeof data, 0, 4567);
	for (k = 4300; k < 4600; k++) {
		space = watch(&watched, &bytes.space);
		um_audit_fail_at(&watched.audit, k, UM_BUS);
		CHECK(um_is_zero(space, um_addr_of(3), 4990, &answer, 0), k < 4565 ? k : 4565, k < 4565 ? UM_BUS : UM_RANGE);
		assert_single_fetch(&watched);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(done_is_exact_on_both_sides),
		cmocka_unit_test(a_fault_anywhere_is_exact_and_nothing_is_fetched_twice),
		cmocka_unit_test(limits_come_first),
		cmocka_unit_test(wild_requests_are_answered),
		cmocka_unit_test(promises_are_judged_first),
		cmocka_unit_test(promises_hold_for_memory_that_is_here),
		cmocka_unit_test(an_overlap_stays_within_itself),
		cmocka_unit_test(every_kind_copies_to_every_kind),
		cmocka_unit_test(the_first_decider_is_found),
		cmocka_unit_test(searches_run_up_to_the_hole_and_the_limit),
		cmocka_unit_test(a_search_of_nothing_finds_nothing),
		cmocka_unit_test(a_search_fetches_each_byte_once),
	};

	return cmocka_run_group_tests_name("copy", tests, NULL, NULL);
}
