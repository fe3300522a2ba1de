/* Operations with one range. */
#include <string.h>
#include <usermem/atomic.h>
#include <usermem/copy.h>
#include <usermem/ptr.h>
#include <usermem/struct.h>
#include "driver.h"

static struct um_range range_of(const struct op *op)
{
	return (struct um_range){ { op->addr }, op->n };
}

static size_t at_most(uint64_t n, size_t most)
{
	return n < most ? (size_t)n : most;
}

void op_copy_in(struct drive *d, const struct op *op)
{
	struct model_ask ask = drive_ask(d, op, op->place);
	struct model_move in = { UM_READ, d->want + d->at, NULL, -1 };

	drive_expect_side(d, um_copy_in(d->space[op->place], d->got + d->at, um_addr_of(op->addr), op->n, op->flags),
	                  model_flat(&ask, range_of(op), in));
}

void op_copy_out(struct drive *d, const struct op *op)
{
	struct model_ask ask = drive_ask(d, op, op->place);
	struct model_move out = { UM_WRITE, NULL, d->give + d->at, -1 };

	drive_content(d, op->a, op->seed, d->give + d->at, at_most(op->n, WINDOW));
	drive_expect_side(d, um_copy_out(d->space[op->place], um_addr_of(op->addr), d->give + d->at, op->n, op->flags),
	                  model_flat(&ask, range_of(op), out));
}

void op_fill(struct drive *d, const struct op *op)
{
	struct model_ask ask = drive_ask(d, op, op->place);
	struct model_move fill = { UM_WRITE, NULL, NULL, op->a & 1 ? 0 : (uint8_t)op->b };

	drive_expect_side(d, um_fill(d->space[op->place], um_addr_of(op->addr), (uint8_t)fill.fill, op->n, op->flags),
	                  model_flat(&ask, range_of(op), fill));
}

void op_string(struct drive *d, const struct op *op)
{
	struct model_ask ask = drive_ask(d, op, op->place);

	drive_expect_side(d, um_copy_string_in(d->space[op->place], (char *)d->got + d->at, um_addr_of(op->addr), op->n, op->flags),
	                  model_string(&ask, (char *)d->want + d->at, op->addr, op->n));
}

/* ---------------------------------------------------------------- single accesses */

/* The word at addr, for a compare that is to succeed. */
static uint64_t there(struct drive *d, const struct op *op, unsigned size)
{
	struct model_ask ask = { &d->model, op->place, 0 };
	uint64_t plan = d->model.place[0].plan.left, value = 0;
	unsigned char *byte;
	unsigned i;

	for (i = 0; i < size && model_byte_within(&ask, op->addr, i, 0, &byte) == UM_OK; i++)
		value |= (uint64_t)*byte << (8 * i);
	d->model.place[0].plan.left = plan;
	return value;
}

void op_atomic(struct drive *d, const struct op *op)
{
	static const uint8_t sizes[] = { 1, 2, 4, 8, 4, 8, 4, 8, 8, 4, 2, 1, 0, 3, 16, 255 };
	struct model_ask ask = drive_ask(d, op, op->place);
	struct um_atomic_access access = { (enum um_atomic_op)(op->a % 8), sizes[op->b % 16], op->seed * UINT64_C(0x9e3779b97f4a7c15), 0, 0xabcd };
	struct um_atomic_access got;
	uint64_t addr = op->addr;
	enum um_status status, says;

	if (op->a >= 250)
		access.op = (enum um_atomic_op)op->a;
	if (op->b & 48 && access.size != 0 && access.size <= 8)
		addr &= ~(uint64_t)(access.size - 1);
	if (op->b & 64) {
		struct op aligned = *op;

		aligned.addr = addr;
		access.expected = there(d, &aligned, access.size <= 8 ? access.size : 0) | (access.size < 8 ? UINT64_MAX << (8 * access.size) : 0);
	}
	got = access;
	drive_note(d, "op %u size %u", access.op, access.size);
	status = um_atomic(d->space[op->place], um_addr_of(addr), &got, op->flags);
	says = model_atomic(&ask, addr, &access);
	drive_expect(d, (struct um_result){ 0, status, 0 }, (struct um_result){ 0, says, 0 });
	drive_expect_number(d, "old", got.old, access.old);
	drive_expect_number(d, "operand", got.operand, access.operand);
	drive_expect_number(d, "expected", got.expected, access.expected);
}

/* The named ones; two widths each. */
#define WORD(bits) do { \
	uint##bits##_t old##bits = (uint##bits##_t)access->old, value = (uint##bits##_t)access->operand; \
	switch (access->op) { \
	case UM_LOAD: status = um_load##bits(space, addr, &old##bits, flags); break; \
	case UM_STORE: status = um_store##bits(space, addr, value, flags); break; \
	case UM_SWAP: status = um_swap##bits(space, addr, value, &old##bits, flags); break; \
	case UM_CAS: status = um_cas##bits(space, addr, (uint##bits##_t)access->expected, value, &old##bits, flags); break; \
	case UM_ADD: status = um_fetch_add##bits(space, addr, value, &old##bits, flags); break; \
	case UM_AND: status = um_fetch_and##bits(space, addr, value, &old##bits, flags); break; \
	case UM_OR: status = um_fetch_or##bits(space, addr, value, &old##bits, flags); break; \
	case UM_XOR: status = um_fetch_xor##bits(space, addr, value, &old##bits, flags); break; \
	} \
	access->old = old##bits; \
} while (0)

#define SMALL_WORD(bits) do { \
	uint##bits##_t old##bits = (uint##bits##_t)access->old; \
	status = access->op == UM_LOAD ? um_load##bits(space, addr, &old##bits, flags) : \
	         um_store##bits(space, addr, (uint##bits##_t)access->operand, flags); \
	access->old = old##bits; \
} while (0)

static enum um_status named(struct um_space *space, um_addr addr, struct um_atomic_access *access, unsigned flags)
{
	enum um_status status = UM_OK;

	switch (access->size) {
	case 1: SMALL_WORD(8); break;
	case 2: SMALL_WORD(16); break;
	case 4: WORD(32); break;
	default: WORD(64); break;
	}
	return status;
}

void op_word(struct drive *d, const struct op *op)
{
	struct model_ask ask = drive_ask(d, op, op->place);
	unsigned size = 1u << op->b % 4;
	struct um_atomic_access access = { (enum um_atomic_op)(size < 4 ? op->a % 2 : op->a % 8), (uint8_t)size,
	                                   op->seed * UINT64_C(0x9e3779b97f4a7c15), 0, 0xab };
	struct um_atomic_access got;
	uint64_t addr = op->b & 48 ? op->addr & ~(uint64_t)(size - 1) : op->addr;
	struct op aligned = *op;
	enum um_status says;

	aligned.addr = addr;
	access.expected = op->b & 64 ? there(d, &aligned, size) : op->seed;
	got = access;
	says = model_atomic(&ask, addr, &access);
	drive_expect(d, (struct um_result){ 0, named(d->space[op->place], um_addr_of(addr), &got, op->flags), 0 },
	             (struct um_result){ 0, says, 0 });
	drive_expect_number(d, "old", got.old, access.old);
}

void op_get(struct drive *d, const struct op *op)
{
	struct model_ask ask = drive_ask(d, op, op->place);
	unsigned char scratch[UM_VALUE_MAX];
	size_t size = op->a & 1 ? (size_t)1 << op->a / 2 % 4 : op->seed % 270;
	struct model_move in = { UM_READ, scratch, NULL, -1 };
	struct um_result want = { 0, UM_INVALID, UM_ONLY_SIDE };

	if (size != 0 && size <= UM_VALUE_MAX)
		want = model_flat(&ask, (struct um_range){ { op->addr }, size }, in);
	if (want.status == UM_OK)
		memcpy(d->want + d->at, scratch, size);
	else
		want.done = 0;
	drive_note(d, "size %zu", size);
	drive_expect_side(d, um_get_object(d->space[op->place], um_addr_of(op->addr), d->got + d->at, size, op->flags), want);
}

/* ---------------------------------------------------------------- questions */

static void expect_answer(struct drive *d, struct um_result got, struct um_result want, bool answer, bool says)
{
	drive_expect_side(d, got, want);
	drive_expect_number(d, "answer", answer, says);
}

void op_compare(struct drive *d, const struct op *op)
{
	struct model_ask ask = drive_ask(d, op, op->place);
	bool equal = op->a & 1, says = equal;
	size_t n = at_most(op->n, WINDOW), i;
	struct model_ask any = { &d->model, op->place, 0 };
	uint64_t left = d->model.place[0].plan.left;
	struct um_result got, want;
	unsigned char *byte;

	for (i = 0; i < n && model_byte_within(&any, op->addr, i, 0, &byte) == UM_OK; i++)
		d->give[d->at + i] = *byte;
	memset(d->give + d->at + i, 7, n - i);
	if (op->a & 2 && n > 0)
		d->give[d->at + op->seed % n] ^= 1;
	d->model.place[0].plan.left = left;
	want = model_compare(&ask, op->addr, d->give + d->at, n, &says);
	got = um_compare(d->space[op->place], um_addr_of(op->addr), d->give + d->at, n, &equal, op->flags);
	expect_answer(d, got, want, equal, says);
}

void op_find(struct drive *d, const struct op *op)
{
	struct model_ask ask = drive_ask(d, op, op->place);
	bool found = op->a & 1, says = found;
	uint8_t byte = (uint8_t)(op->a & 2 ? 0 : op->seed);
	struct um_result got = um_find_byte(d->space[op->place], um_addr_of(op->addr), byte, op->n, &found, op->flags), want = model_find(&ask, op->addr, byte, op->n, &says);

	expect_answer(d, got, want, found, says);
}

void op_zero(struct drive *d, const struct op *op)
{
	struct model_ask ask = drive_ask(d, op, op->place);
	bool zero = op->a & 1, says = zero;
	struct um_result got = um_is_zero(d->space[op->place], um_addr_of(op->addr), op->n, &zero, op->flags), want = model_zero(&ask, op->addr, op->n, &says);

	expect_answer(d, got, want, zero, says);
}

void op_check(struct drive *d, const struct op *op)
{
	struct model_ask ask = drive_ask(d, op, op->place);
	unsigned access = op->a < 240 ? op->a % 8 : op->a;
	struct um_result got, want;

	if (!d->world->check_sees_bus && op->place != KERNEL && drive_on_bus(d, op->place >= SHARE ? 0 : op->place))
		return;
	drive_note(d, "access %u", access);
	want = model_check(&ask, range_of(op), access);
	got = um_check(d->space[op->place], range_of(op), access, op->flags);
	if (d->world->look && got.status == UM_WOULD_FAULT && op->flags & UM_NOFAULT && got.done <= want.done)
		want = got; /* an access may find that it need not wait */
	drive_expect_side(d, got, want);
}

/* To the page or better: what is said to be done is not more than can be, nor less by a page. */
static bool populated(const struct op *op, struct um_result got, struct um_result want)
{
	uint64_t before = op->addr % PAGE + want.done;

	before = before - before % PAGE < op->addr % PAGE ? 0 : before - before % PAGE - op->addr % PAGE;
	return got.status == want.status && got.done <= want.done && got.done >= (want.status == UM_OK ? want.done : before);
}

/* After it the pages are there, for what they were wanted. */
static void expect_present(struct drive *d, const struct op *op, unsigned access)
{
	const struct model_place *place = &d->model.place[op->place];
	unsigned i;

	if (d->world->look == NULL || op->place >= SHARE || op->place == KERNEL)
		return;
	d->world->look(d->world, &d->model);
	for (i = 0; i < PAGES; i++) {
		uint64_t page = place->base.value + (uint64_t)i * PAGE;

		if (page + PAGE > op->addr && page < op->addr + op->n && !(op->flags & UM_IGNORE_PERMS) && access & ~place->page[i].present)
			drive_fail(d, "page %u is not there", i);
	}
}

/* Whether UM_EXEC beside another access is judged is not specified. */
void op_populate(struct drive *d, const struct op *op)
{
	struct model_ask ask = drive_ask(d, op, op->place);
	unsigned access = op->a < 240 ? op->a % 8 : op->a, exec;
	struct um_result got = um_populate(d->space[op->place], range_of(op), access, op->flags), want;
	struct model_list list = { { range_of(op) }, 1 };

	want = (struct um_result){ 0, access & ~7u || !(access & 3) || op->flags & UM_NOFAULT ? UM_INVALID : model_judge(&ask, 0), 0 };
	if (want.status == UM_OK && access & UM_WRITE && got.status == UM_UNSUPPORTED)
		return; /* neither an op for it nor atomics */
	for (exec = 0; want.status == UM_OK && exec <= UM_EXEC; exec += UM_EXEC) {
		struct model_move look = { (access & (UM_READ | UM_WRITE)) | (access & exec), NULL, NULL, -1 };
		struct um_result says = model_pieces(&ask, &list, op->n, look);

		if (populated(op, got, says)) {
			if (got.status == UM_OK && op->n != 0)
				expect_present(d, op, access & (UM_READ | UM_WRITE));
			return;
		}
		if (exec == UM_EXEC)
			want = says;
	}
	drive_expect_side(d, got, want);
}

/* ---------------------------------------------------------------- structs */

void op_struct_in(struct drive *d, const struct op *op)
{
	struct model_ask ask = drive_ask(d, op, op->place);
	size_t kernel_size = op->a < 8 ? 0 : op->a % 5 ? op->a : op->a * 16u;
	struct um_result want = model_struct_in(&ask, d->want + d->at, kernel_size, op->addr, op->n);

	drive_note(d, "kernel size %zu", kernel_size);
	drive_expect_side(d, um_copy_struct_in(d->space[op->place], d->got + d->at, kernel_size, um_addr_of(op->addr), op->n, op->flags), want);
}

void op_struct_out(struct drive *d, const struct op *op)
{
	struct model_ask ask = drive_ask(d, op, op->place);
	size_t kernel_size = op->a < 8 ? 0 : op->a % 5 ? op->a : op->a * 16u;
	bool cut = true, says = true;
	struct um_result got, want;

	drive_content(d, op->b, op->seed, d->give + d->at, kernel_size);
	if (op->b & 8)
		memset(d->give + d->at + kernel_size / 2, 0, kernel_size - kernel_size / 2);
	want = model_struct_out(&ask, op->addr, op->n, d->give + d->at, kernel_size, &says);
	got = um_copy_struct_out(d->space[op->place], um_addr_of(op->addr), op->n, d->give + d->at, kernel_size, &cut, op->flags);
	drive_expect_side(d, got, want);
	drive_expect_number(d, "cut", cut, says);
}

void op_body(struct drive *d, const struct op *op)
{
	struct model_ask ask = drive_ask(d, op, op->place);
	size_t size = op->a * 64u, header_size = size == 0 ? 0 : op->b % size;
	struct um_result want;

	drive_content(d, op->b, op->seed, d->give + d->at, header_size);
	want = model_body(&ask, d->want + d->at, size, d->give + d->at, header_size, op->addr, op->n);
	drive_expect_side(d, um_copy_body_in(d->space[op->place], d->got + d->at, size, d->give + d->at, header_size, um_addr_of(op->addr), op->n,
	                                     op->flags), want);
}
