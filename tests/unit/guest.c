/* A guest: borders of its slots, and which pages a call marks. */
#include <usermem/copy.h>
#include <usermem/spaces/self.h>
#include "guest_kit.h"

/* ---------------------------------------------------------------- a machine with all kinds of slots, and what is marked */

/*
 * pages   0..69 ram (more than one word of bits), 70..71 ram that touches it, 72 rom, 73 write-only, 74..79 hole, 80..81 ram,
 *         82..83 ram without a bitmap
 */
enum { SLOTS = 6, PAGES = 84, SIZE = PAGES * PAGE };

struct machine {
	struct um_guest_slot slots[SLOTS];
	struct um_guest_map map;
	struct um_guest guest;
	unsigned char *host;      /* of page i: host + place[i] */
	size_t place[PAGES];
	uint64_t bits[SLOTS][2];
	bool marked[PAGES];       /* what should be */
};

static const struct { size_t first, pages; unsigned access; } plan[SLOTS] = {
	{ 0, 70, RW }, { 70, 2, RW }, { 72, 1, UM_READ }, { 73, 1, UM_WRITE }, { 80, 2, RW }, { 82, 2, RW },
};

static void machine_open(struct machine *machine, void (*barrier)(void))
{
	size_t i, p, at = SIZE;

	memset(machine, 0, sizeof *machine);
	machine->host = memory_of(SIZE);
	for (i = 0; i < SLOTS; i++) {
		at -= plan[i].pages * PAGE; /* downwards: what touches there does not touch here */
		for (p = 0; p < plan[i].pages; p++)
			machine->place[plan[i].first + p] = at + p * PAGE;
		machine->slots[i] = (struct um_guest_slot){ { { plan[i].first * PAGE }, plan[i].pages * PAGE }, machine->host + at,
		                                            i == SLOTS - 1 ? NULL : machine->bits[i], plan[i].access };
	}
	CHECK_STATUS(um_guest_map_init(&machine->map, machine->slots, SLOTS, barrier), UM_OK);
	um_guest_init(&machine->guest, &machine->map);
}

static void machine_close(struct machine *machine)
{
	um_close(&machine->guest.space);
	munmap(machine->host, SIZE);
}

static bool has(size_t which, unsigned access)
{
	size_t i;

	for (i = 0; i < SLOTS; i++)
		if (which - plan[i].first < plan[i].pages)
			return (plan[i].access & access) == access;
	return false;
}

static enum um_status cause(size_t which)
{
	return which < 74 || (which >= 80 && which < PAGES) ? UM_DENIED : UM_UNMAPPED;
}

/* How many of the n bytes at addr come before the first that may not be accessed so. */
static size_t good(uint64_t addr, size_t n, unsigned access, enum um_status *status)
{
	size_t done;

	for (done = 0; done < n; done++)
		if ((done == 0 || (addr + done) % PAGE == 0) && !has((addr + done) / PAGE, access)) {
			*status = cause((addr + done) / PAGE);
			return done;
		}
	*status = UM_OK;
	return n;
}

static void expect_marked(struct machine *machine, uint64_t addr, size_t n)
{
	size_t p;

	for (p = addr / PAGE; n != 0 && p <= (addr + n - 1) / PAGE && p < PAGES; p++)
		if (has(p, 0) && p < 82)
			machine->marked[p] = true;
}

static void assert_marks(const struct machine *machine)
{
	size_t i, p;

	for (i = 0; i < SLOTS; i++)
		for (p = 0; p < 128; p++)
			assert_int_equal(machine->bits[i][p / 64] >> p % 64 & 1,
			                 p < plan[i].pages && i < SLOTS - 1 && machine->marked[plan[i].first + p]);
}

static void forget_marks(struct machine *machine)
{
	memset(machine->marked, 0, sizeof machine->marked);
	memset(machine->bits, 0, sizeof machine->bits);
}

/* One copy, of any size and place; most begin near a border. */
static void copy_somewhere(struct machine *machine, unsigned char *buffer, unsigned char *model)
{
	static const unsigned borders[] = { 0, 1, 63, 64, 65, 70, 71, 72, 73, 74, 80, 81, 82, 84 };
	uint64_t addr = borders[random_below(14)] * (uint64_t)PAGE + random_below(3) * 8 + random_below(20);
	size_t n = random_below(4) ? 1 + random_below(40) : 1 + random_below(3 * PAGE), done;
	struct um_space *space = &machine->guest.space;
	unsigned op = random_below(4), access = op == 0 ? UM_READ : UM_WRITE;
	enum um_status status;

	addr -= addr < 40 ? 0 : random_below(40);
	done = good(addr, n, access, &status);
	pattern(buffer, n, random_below(251));
	if (op == 0) {
		CHECK(um_copy_in(space, buffer, um_addr_of(addr), n, 0), done, status);
		assert_memory_equal(buffer, model + addr, done);
		return;
	}
	if (op == 1)
		memset(buffer, 0x77, n);
	memcpy(model + addr, buffer, done);
	if (op == 1)
		CHECK(um_fill(space, um_addr_of(addr), 0x77, n, 0), done, status);
	else
		CHECK(um_copy_out(space, um_addr_of(addr), buffer, n, 0), done, status);
	expect_marked(machine, addr, done);
}

static void copies_against_a_model(void (*barrier)(void))
{
	static unsigned char buffer[4 * PAGE], model[SIZE + 4 * PAGE];
	struct machine machine;
	unsigned i, p;

	machine_open(&machine, barrier);
	memset(model, 0, sizeof model);
	for (i = 0; i < 20000; i++) {
		copy_somewhere(&machine, buffer, model);
		if (i % 16 == 15) {
			assert_marks(&machine);
			forget_marks(&machine);
		}
	}
	for (p = 0; p < PAGES; p++)
		if (has(p, 0))
			assert_memory_equal(machine.host + machine.place[p], model + p * PAGE, PAGE);
	machine_close(&machine);
}

static void copies_mark_what_they_did(void **state)
{
	(void)state;
	copies_against_a_model(NULL);
	copies_against_a_model(count_barrier);
}

static void words_over_a_border(void **state)
{
	struct machine machine;
	uint64_t value = 0x0102030405060708, back;
	size_t before;

	(void)state;
	machine_open(&machine, NULL);
	for (before = 0; before <= 8; before++) {
		uint64_t addr = 70 * PAGE - before;

		CHECK(um_copy_out(&machine.guest.space, um_addr_of(addr), &value, 8, 0), 8, UM_OK);
		CHECK(um_copy_in(&machine.guest.space, &back, um_addr_of(addr), 8, 0), 8, UM_OK);
		assert_int_equal(back, value);
		expect_marked(&machine, addr, 8);
		assert_marks(&machine);
		forget_marks(&machine);
		value += 0x1111111111111111;
	}
	machine_close(&machine);
}

/* ---------------------------------------------------------------- single accesses */

static void single_accesses_by_slot(void **state)
{
	static const enum um_atomic_op ops[] = { UM_LOAD, UM_STORE, UM_SWAP, UM_CAS, UM_ADD, UM_AND, UM_OR, UM_XOR };
	static const uint8_t sizes[] = { 4, 8 };
	struct machine machine;
	size_t o, s, p;

	(void)state;
	machine_open(&machine, NULL);
	for (p = 69; p < 82; p++) {
		for (o = 0; o < 8; o++) {
			for (s = 0; s < 2; s++) {
				struct um_atomic_access access = { .op = ops[o], .size = sizes[s], .old = 7 };
				unsigned need = ops[o] == UM_LOAD ? UM_READ : ops[o] == UM_STORE ? UM_WRITE : RW;
				bool can = has(p, need);

				CHECK_STATUS(um_atomic(&machine.guest.space, um_addr_of((p + 1) * PAGE - sizes[s]), &access, 0), can ? UM_OK : cause(p));
				assert_int_equal(access.old, can && ops[o] != UM_STORE ? 0 : 7);
				if (can && ops[o] != UM_LOAD)
					expect_marked(&machine, p * PAGE, 1);
				assert_marks(&machine);
				forget_marks(&machine);
			}
		}
	}
	machine_close(&machine);
}

/* Only the low bytes of what was expected count, also for the mark. */
static void compares_that_fail_mark_nothing(void **state)
{
	static const struct { uint8_t size; uint64_t expected; bool swaps; } cases[] = {
		{ 4, 5, true }, { 4, 0xff00000005, true }, { 4, 6, false }, { 4, 0x80000005, false }, { 8, 5, true }, { 8, 0xff00000005, false },
	};
	struct machine machine;
	size_t i;

	(void)state;
	machine_open(&machine, NULL);
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct um_atomic_access cas = { .op = UM_CAS, .size = cases[i].size, .expected = cases[i].expected, .operand = 9 };
		uint64_t value = 5;

		memcpy(machine.host + machine.place[64], &value, 8);
		CHECK_STATUS(um_atomic(&machine.guest.space, um_addr_of(64 * PAGE), &cas, 0), UM_OK);
		assert_int_equal(cas.old, 5);
		if (cases[i].swaps)
			expect_marked(&machine, 64 * PAGE, 1);
		assert_int_equal(machine.host[machine.place[64]], cases[i].swaps ? 9 : 5);
		assert_marks(&machine);
		forget_marks(&machine);
	}
	machine_close(&machine);
}

/* ---------------------------------------------------------------- visits */

struct visitor {
	const struct machine *machine;
	size_t take; /* bytes, and then the status */
	enum um_status status;
	unsigned calls;
	size_t shown;
};

/* Nothing is marked before the visitor has had its way. */
static struct um_result scribble(void *context, const struct um_block *blocks, size_t count)
{
	struct visitor *visitor = context;
	struct um_result took = { 0, UM_OK, UM_ONLY_SIDE };
	size_t i;

	assert_marks(visitor->machine);
	visitor->calls++;
	for (i = 0; i < count; i++) {
		visitor->shown += blocks[i].length;
		took.done += blocks[i].length;
	}
	if (took.done > visitor->take) {
		took.done = visitor->take;
		took.status = visitor->status;
	}
	visitor->take -= took.done;
	return took;
}

static void visits_mark_what_they_showed(void **state)
{
	static const enum um_status statuses[] = { UM_OK, UM_NO_MEMORY };
	struct machine machine;
	struct um_range list[40];
	size_t i, room, s;
	unsigned access;

	(void)state;
	machine_open(&machine, NULL);
	for (i = 0; i < 40; i++)
		list[i] = (struct um_range){ { (39 - i) * PAGE + 4095 }, 1 };
	for (access = UM_READ; access <= RW; access++) {
		for (s = 0; s < 2; s++) {
			for (room = 0; room <= 41; room++) {
				struct visitor visitor = { &machine, room, statuses[s], 0, 0 };
				bool whole = room >= 40;
				struct um_result result = um_visit(&machine.guest.space, um_ranges_from(list, 40), access, 0, scribble, &visitor);

				CHECK(result, whole ? 40 : room, whole ? UM_OK : s == 0 ? UM_STOPPED : UM_NO_MEMORY);
				for (i = 0; access & UM_WRITE && i < visitor.shown; i++)
					expect_marked(&machine, list[i].start.value, 1);
				assert_marks(&machine);
				forget_marks(&machine);
			}
		}
	}
	machine_close(&machine);
}

/* Up to the rom, and nothing behind it. */
static void visits_end_where_they_may_not_write(void **state)
{
	struct machine machine;
	struct visitor visitor = { .machine = &machine, .take = SIZE };

	(void)state;
	machine_open(&machine, NULL);
	CHECK(um_visit(&machine.guest.space, um_ranges_of(um_addr_of(69 * PAGE + 5), 5 * PAGE), RW, 0, scribble, &visitor), 3 * PAGE - 5, UM_DENIED);
	assert_int_equal(visitor.shown, 3 * PAGE - 5);
	expect_marked(&machine, 69 * PAGE + 5, 3 * PAGE - 5);
	assert_marks(&machine);
	forget_marks(&machine);
	visitor = (struct visitor){ .machine = &machine, .take = SIZE };
	CHECK(um_visit(&machine.guest.space, um_ranges_of(um_addr_of(72 * PAGE), PAGE), RW, 0, scribble, &visitor), 0, UM_DENIED);
	CHECK(um_visit(&machine.guest.space, um_ranges_of(um_addr_of(74 * PAGE), PAGE), UM_WRITE, 0, scribble, &visitor), 0, UM_UNMAPPED);
	assert_int_equal(visitor.calls, 0);
	assert_marks(&machine);
	machine_close(&machine);
}

/* ---------------------------------------------------------------- um_copy */

/* Within one guest, over borders; what lies in the overlap is unspecified, all else is not. */
static void copies_within_one(void **state)
{
	static unsigned char model[72 * PAGE], buffer[72 * PAGE];
	static const size_t sizes[] = { 1, 8, 100, PAGE, 3 * PAGE + 17 };
	struct machine machine;
	struct um_space *space = &machine.guest.space;
	size_t i;
	int64_t shift;

	(void)state;
	machine_open(&machine, NULL);
	for (i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		for (shift = -2 * PAGE - 16; shift <= PAGE; shift += 1016) {
			uint64_t src = 70 * PAGE - sizes[i] / 2 - 100, dst = src + (uint64_t)shift, from = dst < src ? dst : src;
			size_t n = sizes[i];

			if (dst + n > sizeof model || src + n > sizeof model)
				continue;
			pattern(model, sizeof model, (unsigned)i);
			CHECK(um_copy_out(space, um_addr_of(0), model, sizeof model, 0), sizeof model, UM_OK);
			forget_marks(&machine);
			CHECK(um_copy(space, um_addr_of(dst), space, um_addr_of(src), n, 0), n, UM_OK);
			expect_marked(&machine, dst, n);
			assert_marks(&machine);
			CHECK(um_copy_in(space, buffer, um_addr_of(0), sizeof buffer, 0), sizeof buffer, UM_OK);
			assert_memory_equal(buffer, model, from);
			assert_memory_equal(buffer + dst + n, model + dst + n, sizeof model - dst - n);
			if (dst + n <= src || src + n <= dst)
				assert_memory_equal(buffer + dst, model + src, n);
			if (dst + n <= src || src + n <= dst || dst >= src)
				assert_memory_equal(buffer + src, model + src, dst >= src && dst < src + n ? dst - src : n);
		}
	}
	machine_close(&machine);
}

static void copies_between_two(void **state)
{
	static const uint64_t places[] = { 69 * PAGE - 5, 71 * PAGE + 3000, 72 * PAGE + 4000, 73 * PAGE, 74 * PAGE - 1, 76 * PAGE, 81 * PAGE + 90 };
	struct machine from, to;
	size_t i, j, n = 2 * PAGE + 7, of_from, of_to, done, k;
	static unsigned char buffer[3 * PAGE];
	enum um_status from_says, to_says;

	(void)state;
	machine_open(&from, NULL);
	machine_open(&to, count_barrier);
	for (i = 0; i < SIZE; i++)
		from.host[i] = (unsigned char)(1 + i % 251);
	for (i = 0; i < 7; i++) {
		for (j = 0; j < 7; j++) {
			of_from = good(places[i], n, UM_READ, &from_says);
			of_to = good(places[j], n, UM_WRITE, &to_says);
			done = of_from < of_to ? of_from : of_to;
			memset(to.host, 0, SIZE);
			CHECK_RESULT(um_copy(&to.guest.space, um_addr_of(places[j]), &from.guest.space, um_addr_of(places[i]), n, 0), done,
			             done == n ? UM_OK : of_from == done ? from_says : to_says,
			             done == n ? UM_ONLY_SIDE : of_from == done ? UM_FROM : UM_TO);
			expect_marked(&to, places[j], done);
			assert_marks(&to);
			assert_marks(&from);
			forget_marks(&to);
			for (k = 0; k < done; k++) {
				uint64_t dst = places[j] + k;

				buffer[k] = to.host[to.place[dst / PAGE] + dst % PAGE];
				assert_int_equal(buffer[k], from.host[from.place[(places[i] + k) / PAGE] + (places[i] + k) % PAGE]);
			}
		}
	}
	machine_close(&from);
	machine_close(&to);
}

/* Into a visit: all that was shown is marked, and done is exact all the same. */
static void copies_from_what_may_fault(void **state)
{
	unsigned char *data = memory_of(2 * PAGE);
	struct machine machine;
	struct um_self self;

	(void)state;
	machine_open(&machine, NULL);
	CHECK_STATUS(um_self_open(&self, um_addr_of(0), um_addr_of(INT64_MAX)), UM_OK);
	pattern(data, 2 * PAGE, 3);
	CHECK(um_copy(&machine.guest.space, um_addr_of(69 * PAGE + 9), &self.space, um_addr_of((uintptr_t)data), 2 * PAGE, 0), 2 * PAGE, UM_OK);
	assert_memory_equal(machine.host + machine.place[69] + 9, data, PAGE - 9);
	assert_memory_equal(machine.host + machine.place[70], data + PAGE - 9, PAGE);
	expect_marked(&machine, 69 * PAGE + 9, 2 * PAGE);
	assert_marks(&machine);
	forget_marks(&machine);
	munmap(data + PAGE, PAGE);
	CHECK_RESULT(um_copy(&machine.guest.space, um_addr_of(80 * PAGE), &self.space, um_addr_of((uintptr_t)data + PAGE - 5), 50, 0), 5, UM_UNMAPPED, UM_FROM);
	expect_marked(&machine, 80 * PAGE, 5);
	assert_marks(&machine);
	um_close(&self.space);
	munmap(data, PAGE);
	machine_close(&machine);
}

/* ---------------------------------------------------------------- taking, and marking by hand */

static void bits_are_taken_once(void **state)
{
	struct machine machine;
	uint64_t bits[4];

	(void)state;
	machine_open(&machine, count_barrier);
	barriers = 0;
	assert_int_equal(um_guest_take_dirty(&machine.map, 0, 0, bits, 2), 0);
	assert_int_equal(barriers, 0); /* nothing was taken, so there is nothing to see */
	CHECK(um_fill(&machine.guest.space, um_addr_of(62 * PAGE), 1, 4 * PAGE, 0), 4 * PAGE, UM_OK);
	CHECK(um_fill(&machine.guest.space, um_addr_of(0), 1, 1, 0), 1, UM_OK);
	CHECK(um_fill(&machine.guest.space, um_addr_of(71 * PAGE), 1, 1, 0), 1, UM_OK);
	memset(bits, 0xff, sizeof bits);
	assert_int_equal(um_guest_take_dirty(&machine.map, 0, 0, bits, 4), 5);
	assert_true(bits[0] == ((uint64_t)3 << 62 | 1) && bits[1] == 3 && bits[2] == 0 && bits[3] == 0);
	assert_int_equal(barriers, 1);
	assert_int_equal(um_guest_take_dirty(&machine.map, 0, 0, bits, 4), 0);
	assert_true(bits[0] == 0 && bits[1] == 0);
	assert_int_equal(um_guest_take_dirty(&machine.map, 1, 0, bits, 1), 1);
	assert_int_equal(bits[0], 2);
	assert_marks(&machine);
	machine_close(&machine);
}

static void parts_of_a_bitmap_are_taken(void **state)
{
	static const size_t places[] = { 2, 3, SIZE_MAX - 1, SIZE_MAX, (size_t)1 << 63 };
	struct machine machine;
	uint64_t bits[2];
	size_t i;

	(void)state;
	machine_open(&machine, NULL);
	CHECK(um_fill(&machine.guest.space, um_addr_of(0), 1, 72 * PAGE, 0), 72 * PAGE, UM_OK);
	machine.bits[1][1] = 5; /* not this slot's */
	for (i = 0; i < sizeof places / sizeof places[0]; i++) {
		bits[0] = bits[1] = 1;
		assert_int_equal(um_guest_take_dirty(&machine.map, 0, places[i], bits, 2), 0);
		assert_true(bits[0] == 0 && bits[1] == 0);
	}
	assert_int_equal(um_guest_take_dirty(&machine.map, 0, 1, bits, 2), 6);
	assert_true(bits[0] == 0x3f && bits[1] == 0 && machine.bits[0][1] == 0 && machine.bits[0][0] == UINT64_MAX);
	assert_int_equal(um_guest_take_dirty(&machine.map, 0, 0, bits, 0), 0);
	assert_int_equal(um_guest_take_dirty(&machine.map, 0, 0, bits, 1), 64);
	assert_int_equal(um_guest_take_dirty(&machine.map, 1, 0, bits, 2), 2);
	assert_true(bits[0] == 3 && bits[1] == 0 && machine.bits[1][1] == 5);
	bits[0] = 1;
	assert_int_equal(um_guest_take_dirty(&machine.map, SLOTS - 1, 0, bits, 1), 0); /* has no bitmap */
	assert_int_equal(bits[0], 0);
	bits[0] = 1;
	assert_int_equal(um_guest_take_dirty(&machine.map, SLOTS, 0, bits, 1), 0);
	assert_int_equal(bits[0], 0);
	bits[0] = 1;
	assert_int_equal(um_guest_take_dirty(&machine.map, SIZE_MAX, 0, bits, 1), 0);
	assert_int_equal(bits[0], 0);
	machine_close(&machine);
}

static void marks_made_by_hand(void **state)
{
	static const struct um_range ranges[] = {
		{ { 0 }, 0 }, { { PAGE }, 0 }, { { 0 }, 1 }, { { PAGE - 1 }, 2 }, { { 63 * PAGE }, 2 * PAGE }, { { 0 }, 70 * PAGE }, { { 69 * PAGE }, 4 * PAGE },
		{ { 74 * PAGE }, 6 * PAGE }, { { 74 * PAGE }, 6 * PAGE + 1 }, { { 73 * PAGE + 7 }, 8 * PAGE }, { { 0 }, UINT64_MAX }, { { 1 }, UINT64_MAX },
		{ { 81 * PAGE + 4095 }, UINT64_MAX }, { { UINT64_MAX }, UINT64_MAX }, { { 84 * PAGE }, 5 }, { { 84 * PAGE - 1 }, 5 }, { { 5 }, 64 * PAGE },
	};
	struct machine machine;
	size_t i, p;

	(void)state;
	machine_open(&machine, NULL);
	for (i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
		um_guest_mark_dirty(&machine.guest, ranges[i]);
		for (p = 0; p < PAGES; p++)
			if (um_range_overlaps(ranges[i], (struct um_range){ { p * PAGE }, PAGE }))
				expect_marked(&machine, p * PAGE, 1);
		assert_marks(&machine);
		forget_marks(&machine);
	}
	machine_close(&machine);
}

/* ---------------------------------------------------------------- what it promises */

static void questions_are_answered_by_the_bits(void **state)
{
	struct machine machine;
	struct um_space *space = &machine.guest.space;

	(void)state;
	machine_open(&machine, NULL);
	CHECK(um_check(space, (struct um_range){ { 0 }, UINT64_MAX }, UM_READ, 0), 73 * PAGE, UM_DENIED);
	CHECK(um_check(space, (struct um_range){ { 0 }, UINT64_MAX }, UM_WRITE, 0), 72 * PAGE, UM_DENIED);
	CHECK(um_check(space, (struct um_range){ { 80 * PAGE }, 100 * PAGE }, RW, 0), 4 * PAGE, UM_UNMAPPED);
	CHECK(um_check(space, (struct um_range){ { 0 }, 8 }, UM_EXEC, 0), 0, UM_DENIED);
	CHECK(um_check(space, (struct um_range){ { 73 * PAGE }, 8 }, RW, 0), 0, UM_DENIED);
	CHECK(um_populate(space, (struct um_range){ { 71 * PAGE }, 3 * PAGE }, UM_WRITE, 0), PAGE, UM_DENIED);
	assert_marks(&machine); /* no byte was changed */
	CHECK(um_fill(space, um_addr_of(0), 0, 8, UM_IGNORE_PERMS), 0, UM_UNSUPPORTED);
	CHECK(um_fill(space, um_addr_of(0), 0, 0, UM_NOFAULT), 0, UM_OK);
	space->can &= ~(unsigned)UM_CAN_NOFAULT;
	CHECK(um_fill(space, um_addr_of(0), 0, 8, UM_NOFAULT), 0, UM_UNSUPPORTED);
	assert_marks(&machine);
	machine_close(&machine);
}
int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(copies_mark_what_they_did),
		cmocka_unit_test(words_over_a_border),
		cmocka_unit_test(single_accesses_by_slot),
		cmocka_unit_test(compares_that_fail_mark_nothing),
		cmocka_unit_test(visits_mark_what_they_showed),
		cmocka_unit_test(visits_end_where_they_may_not_write),
		cmocka_unit_test(copies_within_one),
		cmocka_unit_test(copies_between_two),
		cmocka_unit_test(copies_from_what_may_fault),
		cmocka_unit_test(bits_are_taken_once),
		cmocka_unit_test(parts_of_a_bitmap_are_taken),
		cmocka_unit_test(marks_made_by_hand),
		cmocka_unit_test(questions_are_answered_by_the_bits),
	};

	return cmocka_run_group_tests_name("guest", tests, NULL, NULL);
}
