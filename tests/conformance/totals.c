/* Laws 2, 4 and 25: any two numbers are a request, nothing asked is nothing done, and the order of judgement. */
#include "suite.h"

static void nothing_asked(struct stage *stage)
{
	enum um_status out = can(stage, UM_CAN_WRITE) ? UM_OK : UM_UNSUPPORTED;
	struct um_range empty[3] = { { { 0 }, 0 }, { { 42 }, 0 }, { { UINT64_MAX }, 0 } };
	unsigned visits = 0;
	size_t i;

	wipe(1);
	paint(stage);
	for (i = 0; i < WILD_ADDRESSES; i++) {
		um_addr addr = um_addr_of(wild_addresses[i]);

		tap_case(addr.value, 0, 0);
		EXPECT_RESULT(um_copy_in(stage->space, kernel, addr, 0, 0), 0, UM_OK);
		EXPECT_RESULT(um_copy_in(stage->space, NULL, addr, 0, 0), 0, UM_OK);
		EXPECT_RESULT(um_copy_out(stage->space, addr, NULL, 0, 0), 0, out);
		EXPECT_RESULT(um_fill(stage->space, addr, 1, 0, 0), 0, out);
		EXPECT_RESULT(um_copy_in_ranges(stage->space, kernel, 1, um_ranges_of(addr, 0), 0), 0, UM_OK);
		EXPECT_RESULT(um_copy_in_ranges(stage->space, kernel, 0, um_ranges_of(addr, SIZE_MAX), 0), 0, UM_OK);
		EXPECT_RESULT(um_copy_out_ranges(stage->space, um_ranges_of(addr, 0), kernel, 1, 0), 0, out);
		EXPECT_RESULT(um_fill_ranges(stage->space, um_ranges_of(addr, 0), 1, 1, 0), 0, out);
		EXPECT_RESULT(um_populate(stage->space, (struct um_range){ addr, 0 }, UM_READ, 0), 0, UM_OK);
		if (can(stage, UM_CAN_VISIT))
			EXPECT_RESULT(um_visit(stage->space, um_ranges_of(addr, 0), UM_READ, 0, take_all, &visits), 0, UM_OK);
	}
	EXPECT_RESULT(um_copy_in_ranges(stage->space, kernel, 1, um_ranges_from(empty, 3), 0), 0, UM_OK);
	EXPECT_RESULT(um_copy_in_ranges(stage->space, kernel, 1, um_ranges_from(NULL, 0), 0), 0, UM_OK);
	EXPECT_EQUAL(visits, 0);
	EXPECT_EQUAL(kernel[0], UNTOUCHED);
	EXPECT(painted(stage, 0, stage->size));
}

/* Of a request that starts outside the good bytes: nothing is done, and it is some EFAULT. */
static void expect_nothing(struct um_result result)
{
	EXPECT_EQUAL(result.done, 0);
	EXPECT_EQUAL(um_errno(result.status), 14);
}

static bool is_good(const struct stage *stage, uint64_t addr)
{
	return addr - stage->start.value < 2 * stage->size;
}

static void wild_requests(struct stage *stage)
{
	size_t i, k;

	wipe(KERNEL_SIZE);
	paint(stage);
	dig_any(stage);
	for (i = 0; i < WILD_ADDRESSES; i++) {
		for (k = 0; k < WILD_LENGTHS; k++) {
			um_addr addr = um_addr_of(wild_addresses[i]);
			size_t n = wild_lengths[k];

			if (is_good(stage, addr.value))
				continue;
			tap_case(addr.value, n, 0);
			expect_nothing(um_copy_in(stage->space, kernel, addr, n, 0));
			expect_nothing(um_copy_in_ranges(stage->space, kernel, n, um_ranges_of(addr, n), 0));
			expect_nothing(um_copy_string_in(stage->space, (char *)kernel, addr, n, 0));
			EXPECT_EQUAL(kernel[0], '\0');
			kernel[0] = UNTOUCHED;
			expect_nothing(um_populate(stage->space, (struct um_range){ addr, n }, UM_READ, 0));
			if (can(stage, UM_CAN_CHECK))
				expect_nothing(um_check(stage->space, (struct um_range){ addr, n }, UM_READ, 0));
			if (!can(stage, UM_CAN_WRITE))
				continue;
			expect_nothing(um_copy_out(stage->space, addr, kernel, n, 0));
			expect_nothing(um_fill(stage->space, addr, 1, n, 0));
		}
	}
	EXPECT(same(kernel, KERNEL_SIZE, UNTOUCHED));
	EXPECT(painted(stage, 0, stage->size));
}

/* Good bytes first, then far too many: done is what there is, or nothing where start + length wraps or passes a limit. */
static void huge_requests_at_good_bytes(struct stage *stage)
{
	enum um_status says = dig_any(stage);
	size_t i;

	for (i = 0; i < WILD_LENGTHS; i++) {
		size_t n = wild_lengths[i];
		um_addr addr = before_hole(stage, 1);
		bool within = um_range_within((struct um_range){ addr, n }, stage->space->first, stage->space->last);
		enum um_status status = !within ? UM_RANGE : n == 1 ? UM_OK : says;

		tap_case(n, 0, 0);
		if (n > stage->size && n <= UINT64_MAX - addr.value && within)
			EXPECT_EQUAL(status, says);
		wipe(64);
		paint(stage);
		EXPECT_RESULT(um_copy_in(stage->space, kernel, addr, n, 0), within, status);
		EXPECT_EQUAL(kernel[0], within ? pattern(stage->size - 1) : UNTOUCHED);
		EXPECT(same(kernel + 1, 63, UNTOUCHED));
		if (!can(stage, UM_CAN_WRITE))
			continue;
		kernel[0] = 0xee;
		EXPECT_RESULT(um_copy_out(stage->space, addr, kernel, n, 0), within, status);
		EXPECT_EQUAL(stage->seen[stage->size - 1], within ? 0xee : pattern(stage->size - 1));
		EXPECT_RESULT(um_fill(stage->space, addr, 0xdd, n, 0), within, status);
		EXPECT_EQUAL(stage->seen[stage->size - 1], within ? 0xdd : pattern(stage->size - 1));
		EXPECT(painted(stage, 0, stage->size - 1));
	}
}

static void expect_all(struct stage *stage, unsigned flags, enum um_status reads, enum um_status writes)
{
	struct um_atomic_access load = { .op = UM_LOAD, .size = 4 };
	struct um_range range = { stage->start, 8 };
	unsigned visits = 0;

	EXPECT_RESULT(um_copy_in(stage->space, kernel, stage->start, 0, flags), 0, reads);
	EXPECT_RESULT(um_copy_in(stage->space, kernel, stage->start, 8, flags), 0, reads);
	EXPECT_RESULT(um_copy_out(stage->space, stage->start, kernel, 0, flags), 0, writes);
	EXPECT_RESULT(um_copy_out(stage->space, stage->start, kernel, 8, flags), 0, writes);
	EXPECT_RESULT(um_fill(stage->space, stage->start, 1, 8, flags), 0, writes);
	EXPECT_RESULT(um_copy_string_in(stage->space, (char *)kernel, stage->start, 8, flags), 0, reads);
	EXPECT_RESULT(um_copy_in_ranges(stage->space, kernel, 8, um_ranges_of(stage->start, 8), flags), 0, reads);
	EXPECT_RESULT(um_copy_out_ranges(stage->space, um_ranges_of(stage->start, 8), kernel, 8, flags), 0, writes);
	EXPECT_RESULT(um_fill_ranges(stage->space, um_ranges_of(stage->start, 8), 1, 8, flags), 0, writes);
	EXPECT_RESULT(um_check(stage->space, range, 0, flags), 0, reads);
	if (can(stage, UM_CAN_SINGLE))
		EXPECT_STATUS(um_atomic(stage->space, stage->start, &load, flags), reads);
	if (can(stage, UM_CAN_VISIT))
		EXPECT_RESULT(um_visit(stage->space, um_ranges_of(stage->start, 8), UM_READ, flags, take_all, &visits), 0, reads);
	EXPECT_EQUAL(visits, 0);
}

static void unknown_flags(struct stage *stage)
{
	enum um_status writes = UM_INVALID;
	unsigned flag;

	paint(stage);
	for (flag = 4; flag != 0; flag <<= 1) {
		tap_case(flag, 0, 0);
		expect_all(stage, flag, UM_INVALID, writes);
		expect_all(stage, flag | UM_NOFAULT | UM_IGNORE_PERMS, UM_INVALID, writes);
	}
	EXPECT(painted(stage, 0, 64));
}

static void flags_without_their_promise(struct stage *stage)
{
	bool all = true;

	paint(stage);
	if (!can(stage, UM_CAN_NOFAULT))
		expect_all(stage, UM_NOFAULT, UM_UNSUPPORTED, UM_UNSUPPORTED), all = false;
	if (!can(stage, UM_CAN_IGNORE_PERMS))
		expect_all(stage, UM_IGNORE_PERMS, UM_UNSUPPORTED, UM_UNSUPPORTED), all = false;
	if (all)
		tap_skip("the space promises both flags");
	EXPECT(painted(stage, 0, 64));
}

static void writes_without_their_promise(struct stage *stage)
{
	struct um_atomic_access store = { .op = UM_STORE, .size = 4 };

	if (can(stage, UM_CAN_WRITE)) {
		tap_skip("the space can be written");
		return;
	}
	paint(stage);
	EXPECT_RESULT(um_copy_out(stage->space, stage->start, kernel, 8, 0), 0, UM_UNSUPPORTED);
	EXPECT_RESULT(um_fill(stage->space, stage->start, 0, 8, 0), 0, UM_UNSUPPORTED);
	EXPECT_RESULT(um_populate(stage->space, (struct um_range){ stage->start, 8 }, UM_WRITE, 0), 0, UM_UNSUPPORTED);
	EXPECT_STATUS(um_atomic(stage->space, stage->start, &store, 0), UM_UNSUPPORTED);
	EXPECT(painted(stage, 0, 64));
}

/* Must not be called: lies behind the end of the ops. */
static struct um_result string_trap(struct um_space *space, char *dst, um_addr src, size_t limit, unsigned flags)
{
	(void)space, (void)dst, (void)src, (void)limit, (void)flags;
	return (struct um_result){ 0, UM_GONE, UM_ONLY_SIDE };
}

static struct um_result in_trap(struct um_space *space, void *dst, struct um_ranges src, unsigned flags)
{
	(void)space, (void)dst, (void)src, (void)flags;
	return (struct um_result){ 0, UM_GONE, UM_ONLY_SIDE };
}

static struct um_result question_trap(struct um_space *space, struct um_range range, unsigned access, unsigned flags)
{
	(void)space, (void)range, (void)access, (void)flags;
	return (struct um_result){ 0, UM_GONE, UM_ONLY_SIDE };
}

/* Of the ops that came later the library knows nothing: it does with the first four what can be done with them. */
static void an_older_author(struct stage *stage)
{
	struct um_space_ops old = *stage->space->ops;
	struct um_space space = *stage->space;
	const struct um_space_ops *ops = stage->space->ops;
	struct um_range array[2] = { { at(stage, 8), 4 }, { at(stage, 0), 4 } };

	paint(stage);
	old.size = offsetof(struct um_space_ops, copy_string_in);
	old.copy_string_in = string_trap;
	old.copy_in_ranges = in_trap;
	old.populate = question_trap;
	old.check = question_trap;
	stage->space->ops = &old;
	stage->space->can &= ~(unsigned)(UM_CAN_CHECK | UM_CAN_VISIT);
	stage->seen[20] = '\0';
	wipe(64);
	EXPECT_RESULT(um_copy_string_in(stage->space, (char *)kernel, at(stage, 4), 64, 0), 16, UM_OK);
	EXPECT(equal(kernel, stage->seen + 4, 17) && same(kernel + 17, 47, UNTOUCHED));
	EXPECT_RESULT(um_copy_in_ranges(stage->space, kernel, 8, um_ranges_from(array, 2), 0), 8, UM_OK);
	EXPECT(equal(kernel, stage->seen + 8, 4) && equal(kernel + 4, stage->seen, 4));
	EXPECT_RESULT(um_populate(stage->space, (struct um_range){ stage->start, stage->size }, UM_READ, 0), stage->size, UM_OK);
	EXPECT_RESULT(um_check(stage->space, (struct um_range){ stage->start, 8 }, UM_READ, 0), 0, UM_UNSUPPORTED);
	EXPECT_RESULT(um_check(stage->space, (struct um_range){ stage->start, 8 }, 0, 0), 8, UM_OK);
	EXPECT_RESULT(um_visit(stage->space, um_ranges_of(stage->start, 8), UM_READ, 0, take_all, NULL), 0, UM_UNSUPPORTED);
	stage->space->ops = ops;
	stage->space->can = space.can;
}

static const struct test tests[] = {
	{ "law 2: wild addresses and lengths are a status", wild_requests },
	{ "law 2: good bytes, and far too many asked", huge_requests_at_good_bytes },
	{ "law 4: length 0 succeeds at any address (R3, R40)", nothing_asked },
	{ "law 25: unknown flags are UM_INVALID, also of nothing", unknown_flags },
	{ "law 25: a flag that is not promised is UM_UNSUPPORTED", flags_without_their_promise },
	{ "law 25: a space that cannot be written refuses to be", writes_without_their_promise },
	{ "law 25: an older author's ops end where they ended", an_older_author },
};

const struct test_group group_totals = TEST_GROUP(tests);
