/* Programs: how bytes become operations, and what is compared after each. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "driver.h"

static const struct {
	const char *name;
	operation *run;
	unsigned weight; /* of 256; the last has the rest.  Who adds one puts it before that, so that known programs stay what they are */
	bool plan; /* with an audit, a fault may be planned: each byte is touched once, in order */
} operations[] = {
	{ "copy_in", op_copy_in, 10, true },
	{ "copy_out", op_copy_out, 10, true },
	{ "fill", op_fill, 5, true },
	{ "string", op_string, 8, true },
	{ "atomic", op_atomic, 10, true },
	{ "word", op_word, 5, true },
	{ "get", op_get, 5, true },
	{ "compare", op_compare, 5, true },
	{ "find", op_find, 5, true },
	{ "zero", op_zero, 5, true },
	{ "check", op_check, 8, false },
	{ "populate", op_populate, 5, false },
	{ "struct_in", op_struct_in, 5, true },
	{ "struct_out", op_struct_out, 5, true },
	{ "body", op_body, 3, true },
	{ "ranges_in", op_ranges_in, 8, true },
	{ "ranges_out", op_ranges_out, 8, true },
	{ "ranges_fill", op_ranges_fill, 3, true },
	{ "visit", op_visit, 8, true },
	{ "iovec", op_iovec, 5, true },
	{ "terminated", op_terminated, 5, true },
	{ "strings", op_strings, 5, true },
	{ "numbers", op_numbers, 5, true },
	{ "copy", op_copy, 8, false },
	{ "slice", op_slice, 10, false },
	{ "read", op_read, 8, true },
	{ "read_value", op_read_value, 5, true },
	{ "read_string", op_read_string, 5, true },
	{ "reader", op_reader, 5, false },
	{ "write", op_write, 8, true },
	{ "write_value", op_write_value, 5, true },
	{ "writer", op_writer, 5, false },
	{ "transfer", op_transfer, 8, false },
	{ "lend", op_share, 18, false },
	{ "act", NULL, 8, false },
	{ "shape", NULL, 0, false },
};
enum { OPERATIONS = sizeof operations / sizeof operations[0] };

/* ---------------------------------------------------------------- what is said */

void drive_fail(struct drive *drive, const char *format, ...)
{
	va_list list;
	int length;

	if (drive->failed)
		return;
	drive->failed = true;
	length = snprintf(drive->why, sizeof drive->why, "%s: ", drive->call);
	va_start(list, format);
	if (length >= 0 && (size_t)length < sizeof drive->why)
		vsnprintf(drive->why + length, sizeof drive->why - (size_t)length, format, list);
	va_end(list);
}

void drive_note(struct drive *drive, const char *format, ...)
{
	va_list list;

	if (!drive->verbose)
		return;
	printf("# %s ", drive->call);
	va_start(list, format);
	vprintf(format, list);
	va_end(list);
	putchar('\n');
	fflush(stdout);
}

void drive_expect(struct drive *drive, struct um_result got, struct um_result want)
{
	drive_note(drive, "-> %zu %s", want.done, um_status_name(want.status));
	if (got.done != want.done || got.status != want.status)
		drive_fail(drive, "done %zu, %s; the model has %zu, %s", got.done, um_status_name(got.status), want.done,
		           um_status_name(want.status));
}

void drive_expect_side(struct drive *drive, struct um_result got, struct um_result want)
{
	drive_expect(drive, got, want);
	if (got.side != want.side)
		drive_fail(drive, "side %u; the model has %u", (unsigned)got.side, (unsigned)want.side);
}

void drive_expect_number(struct drive *drive, const char *what, uint64_t got, uint64_t want)
{
	if (got != want)
		drive_fail(drive, "%s %#llx; the model has %#llx", what, (unsigned long long)got, (unsigned long long)want);
}

/* ---------------------------------------------------------------- from bytes */

uint32_t drive_random(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

/* Around the edges of pages, anywhere in the window, around its ends and the limits, and wild. */
uint64_t drive_addr(const struct drive *drive, unsigned place, unsigned kind, unsigned offset)
{
	static const uint64_t wild[] = { 0, 1, 8, 4095, UINT64_C(1) << 47, UINT64_MAX << 47, UINT64_C(1) << 63, UINT64_MAX, UINT64_MAX - 7,
	                                 UINT64_MAX - 4095 };
	const struct model_place *there = &drive->model.place[place];
	uint64_t page = there->base.value + (uint64_t)(kind >> 4) % PAGES * PAGE;

	switch (kind & 15) {
	case 0: case 1: case 2: case 3: case 4: return page + offset % 64 - 32;
	case 5: case 6: return page + (offset % 64 - 32) * 8;
	case 7: case 8: case 9: case 10: return page + offset % PAGE;
	case 11: return page + (offset & (PAGE - 8));
	case 12: return (offset & 64 ? there->first.value : there->last.value) + offset % 64 - 32;
	case 13: return there->base.value + (there->loan ? there->loan->range.length : WINDOW) + offset % 64 - 32;
	case 14: return wild[offset % (sizeof wild / sizeof wild[0])];
	}
	return there->base.value + offset % WINDOW;
}

uint64_t drive_length(unsigned kind, unsigned value)
{
	static const uint64_t wild[] = { UINT64_MAX, UINT64_MAX - 1, UINT64_C(1) << 63, INT64_MAX, UINT64_C(1) << 32, 2 * WINDOW, UINT64_MAX - PAGE };

	switch (kind & 7) {
	case 0: case 1: return value % 18;
	case 2: return value % 300;
	case 3: return value % 5000;
	case 4: return PAGE + value % 65 - 32;
	case 5: return value % (WINDOW + 300);
	case 6: return 1u << value % 15;
	}
	return value & 128 ? wild[value % (sizeof wild / sizeof wild[0])] : value % 4000;
}

size_t drive_list(const struct drive *drive, const struct op *op, unsigned place, struct um_range list[LIST])
{
	uint32_t seed = op->seed;
	size_t count = op->a % (LIST - 1), i;

	for (i = 0; i < count; i++) {
		list[i].start.value = drive_addr(drive, place, drive_random(&seed) & 255, drive_random(&seed) & 65535);
		list[i].length = drive_length(drive_random(&seed) & 7, drive_random(&seed) & 65535);
	}
	return count;
}

/* A word of `width` bytes. */
static size_t put_word(unsigned char *to, size_t n, uint64_t word, unsigned width)
{
	size_t i;

	for (i = 0; i < width && i < n; i++)
		to[i] = (unsigned char)(word >> (8 * i));
	return i;
}

static size_t put_content(const struct drive *drive, unsigned kind, uint32_t *seed, unsigned char *to, size_t n)
{
	static const char text[] = "12 -345\t6789 +7 2147483647 -2147483648 99999999999 4x ";
	unsigned width = kind & 8 ? 4 : 8;

	switch (kind & 7) {
	case 0: case 1: case 2:
		to[0] = (unsigned char)(drive_random(seed) | 1);
		return 1;
	case 3:
		to[0] = 0;
		return 1;
	case 4: /* words with a NUL here and there */
		to[0] = drive_random(seed) % 23 == 0 ? 0 : (unsigned char)('a' + drive_random(seed) % 26);
		return 1;
	case 5:
		to[0] = (unsigned char)text[drive_random(seed) % 11 == 0 ? drive_random(seed) % (sizeof text - 1) : (uintptr_t)to % (sizeof text - 1)];
		return 1;
	case 6: /* addresses, and one in ten NULL */
		return put_word(to, n, drive_random(seed) % 10 == 0 ? 0 : drive_addr(drive, 0, drive_random(seed) & 255, drive_random(seed) & 65535), width);
	}
	to += put_word(to, n, drive_addr(drive, 0, drive_random(seed) & 255, drive_random(seed) & 65535), width);
	if (n <= width)
		return n;
	return width + put_word(to, n - width, drive_random(seed) % 3 == 0 ? 0 : drive_length(drive_random(seed) % 40, drive_random(seed) & 65535), width);
}

void drive_content(const struct drive *drive, unsigned kind, uint32_t seed, unsigned char *to, size_t n)
{
	size_t done = 0;

	while (done < n)
		done += put_content(drive, kind, &seed, to + done, n - done);
}

static unsigned word(const unsigned char *bytes)
{
	return bytes[0] | (unsigned)bytes[1] << 8;
}

static unsigned place_of(const struct drive *drive, unsigned bits)
{
	static const unsigned char places[] = { 0, 0, 0, 0, 2, KERNEL, SHARE, SHARE + 1 };
	unsigned place = places[bits & 7];

	return drive->space[place] ? place : 0;
}

static unsigned flags_of(unsigned bits)
{
	static const unsigned flags[] = { UM_NOFAULT, UM_IGNORE_PERMS, UM_NOFAULT | UM_IGNORE_PERMS, 4, 0x80000001 };

	bits &= 31;
	return bits < 20 ? 0 : bits < 24 ? UM_NOFAULT : bits < 28 ? UM_IGNORE_PERMS : flags[bits % 5];
}

static struct op decode(const struct drive *drive, const unsigned char *bytes)
{
	struct op op = { .a = bytes[2], .b = bytes[3] };
	unsigned pick = bytes[0];

	for (op.code = 0; op.code < OPERATIONS - 1 && pick >= operations[op.code].weight; op.code++)
		pick -= operations[op.code].weight;
	op.place = place_of(drive, bytes[1]);
	op.flags = flags_of(bytes[1] >> 3);
	op.addr = drive_addr(drive, op.place, bytes[4], word(bytes + 5));
	op.n = drive_length(bytes[7], word(bytes + 8));
	op.other_place = place_of(drive, bytes[7] >> 3);
	op.other = drive_addr(drive, op.other_place, bytes[10], word(bytes + 11));
	op.seed = word(bytes + 13) | (uint32_t)bytes[15] << 16;
	return op;
}

/* ---------------------------------------------------------------- around an operation */

bool drive_on_bus(const struct drive *drive, unsigned place)
{
	unsigned i;

	for (i = 0; i < PAGES; i++)
		if (drive->model.place[place].page[i].bus)
			return true;
	return false;
}

struct model_ask drive_ask(struct drive *drive, const struct op *op, unsigned place)
{
	return (struct model_ask){ &drive->model, place, op->flags };
}

static void plan(struct drive *drive, const struct op *op)
{
	static const enum um_status with[] = { UM_UNMAPPED, UM_DENIED, UM_BUS, UM_WOULD_FAULT, UM_NO_MEMORY, UM_GONE, UM_INTERRUPTED };
	bool planned = drive->audited && operations[op->code].plan && op->place != KERNEL && op->place != 2 && (op->seed & 7) == 7;
	uint64_t byte = (op->seed >> 3) % 5 == 0 ? (op->seed >> 6) % 8 : (op->seed >> 6) % (op->n > 0 && op->n < 10000 ? op->n + 2 : 300);
	enum um_status status = planned ? with[(op->seed >> 3) % 7] : UM_OK;

	drive->model.place[0].plan.with = status;
	drive->model.place[0].plan.left = byte;
	if (drive->audited)
		um_audit_fail_at(&drive->audit, byte, status);
	if (planned)
		drive_note(drive, "with a fault at byte %llu", (unsigned long long)byte);
}

static void compare_memory(struct drive *drive)
{
	unsigned p, i;

	for (p = 0; p < SHARE && !drive->failed; p++)
		for (i = 0; drive->space[p] && i < PAGES; i++) {
			const struct model_page *page = &drive->model.place[p].page[i];
			const unsigned char *is = p != KERNEL ? drive->world->seen(drive->world, p, i) :
			                          i < KERNEL_PAGES ? drive->kernel_bytes + (size_t)i * PAGE : NULL;
			const unsigned char *must = drive->model.frame[page->frame];
			size_t at = 0;

			if (is == NULL || memcmp(is, must, PAGE) == 0)
				continue;
			while (is[at] == must[at])
				at++;
			drive_fail(drive, "place %u, page %u, byte %zu is %#x; the model has %#x", p, i, at, is[at], must[at]);
			return;
		}
}

static void compare_buffers(struct drive *drive)
{
	size_t at = 0;

	if (drive->failed || memcmp(drive->got, drive->want, ROOM) == 0)
		return;
	while (drive->got[at] == drive->want[at])
		at++;
	drive_fail(drive, "the buffer's byte %zd is %#x; the model has %#x", (ssize_t)at - (ssize_t)drive->at, drive->got[at], drive->want[at]);
}

static void shape(struct drive *drive, const struct op *op)
{
	static const unsigned access[8] = { 0, UM_READ, UM_WRITE, 3, 3, UM_READ | UM_EXEC, 7, UM_EXEC };
	unsigned page = op->a % PAGES, last = page + (op->a >> 3) % 3;
	struct model_page wish = { .mapped = op->b % 4 != 0, .bus = op->b % 16 == 5, .access = access[op->b >> 4 & 7], .beyond = access[op->seed & 7] };

	if (op->place == KERNEL || op->place >= SHARE || drive->world->shape == NULL)
		return;
	wish.beyond |= wish.access;
	for (; page <= last && page < PAGES; page++) {
		drive_note(drive, "place %u page %u: %s%s %u of %u", op->place, page, wish.mapped ? "mapped" : "not mapped", wish.bus ? ", bus" : "",
		           wish.access, wish.beyond);
		drive->world->shape(drive->world, drive, op->place, page, wish, op->seed);
	}
}

static void run_one(struct drive *drive, const struct op *op)
{
	uint64_t again;
	bool complete;

	drive->call = operations[op->code].name;
	drive->twice = false;
	drive->at = 64 + op->b % 64;
	memset(drive->got, 0xa5, ROOM);
	memset(drive->want, 0xa5, ROOM);
	drive_note(drive, "place %u addr %#llx n %#llx flags %#x a %u b %u other %u %#llx", op->place, (unsigned long long)op->addr,
	           (unsigned long long)op->n, op->flags, op->a, op->b, op->other_place, (unsigned long long)op->other);
	plan(drive, op);
	if (drive->audited)
		um_audit_call_begin(&drive->audit, drive->call);
	if (drive->world->look)
		drive->world->look(drive->world, &drive->model);
	if (operations[op->code].run)
		operations[op->code].run(drive, op);
	else if (drive->call[0] == 's')
		shape(drive, op);
	else if (drive->world->act)
		drive->world->act(drive->world, drive, op->a, op->seed);
	if (drive->audited) {
		again = um_audit_call_end(&drive->audit, &complete);
		um_audit_fail_at(&drive->audit, 0, UM_OK);
		if (again != 0 && complete && !drive->twice)
			drive_fail(drive, "%llu bytes were fetched twice", (unsigned long long)again);
	}
	drive->operations++;
	if (drive->world->after)
		drive->world->after(drive->world, drive);
	compare_buffers(drive);
	compare_memory(drive);
}

/* ---------------------------------------------------------------- a program */

/* Every frame has some of each kind of bytes; made once for a world, and dealt out by the seed. */
static void fill(struct drive *drive, uint32_t seed)
{
	unsigned f, i;

	for (f = 0; !drive->filled && f < FRAMES; f++)
		for (i = 0; i < 16; i++)
			drive_content(drive, 5 * f + i, f * 16 + i, drive->pristine[f] + 256 * i, 256);
	drive->filled = true;
	for (f = 0; f < FRAMES; f++)
		memcpy(drive->model.frame[f], drive->pristine[(f + seed) % FRAMES], PAGE);
}

static void reset(struct drive *drive, struct world *world, bool audited, uint32_t seed)
{
	struct model_place *kernel = &drive->model.place[KERNEL];
	unsigned i;

	memset(drive->model.place, 0, sizeof drive->model.place);
	drive->model.place[0].base = world->base;
	drive->model.place[0].last = um_addr_of(UINT64_MAX);
	fill(drive, seed);
	world->reset(world, &drive->model, seed);
	*kernel = (struct model_place){ .last = um_addr_of(UINT64_MAX) };
	for (i = 0; i < KERNEL_PAGES; i++) {
		kernel->page[i] = (struct model_page){ .mapped = true, .access = 7, .beyond = 7, .present = 7, .frame = (unsigned char)(KERNEL_FRAME + i) };
		memcpy(drive->kernel_bytes + (size_t)i * PAGE, drive->model.frame[KERNEL_FRAME + i], PAGE);
	}
	um_bytes_init(&drive->kernel, drive->kernel_bytes, sizeof drive->kernel_bytes);
	kernel->can = drive->kernel.space.can;
	memcpy(drive->space, world->space, sizeof drive->space);
	drive->space[KERNEL] = &drive->kernel.space;
	drive->audited = audited;
	if (audited) {
		um_audit_init(&drive->audit, world->space[0], NULL, 0, drive->ledger, sizeof drive->ledger / sizeof drive->ledger[0]);
		drive->space[0] = &drive->audit.space;
	}
	share_reset(drive);
	memset(drive->reads, 0, sizeof drive->reads);
	memset(drive->writes, 0, sizeof drive->writes);
	drive->arenas = 0;
	drive->failed = false;
	drive->world = world;
}

bool drive_run(struct drive *drive, struct world *world, bool audited, const unsigned char *program, size_t length)
{
	unsigned char bytes[OP_BYTES] = { 0 };
	uint32_t seed = 0;
	size_t i;

	memcpy(&seed, program, length < 2 ? length : 2);
	reset(drive, world, audited, seed);
	for (i = 2; i < length && i / OP_BYTES < OPS_MAX && !drive->failed; i += OP_BYTES) {
		struct op op;

		memset(bytes, 0, sizeof bytes);
		memcpy(bytes, program + i, length - i < OP_BYTES ? length - i : OP_BYTES);
		op = decode(drive, bytes);
		run_one(drive, &op);
	}
	if (world->end && !world->end(world))
		drive_fail(drive, "%s", world->why);
	return !drive->failed;
}
