/*
 * The walk goes once through the structure block, token by token, and remembers of the nodes above it what their
 * children need.  (Devicetree Specification, release 0.4, chapter 5.)
 */
#include "fdt.h"
#include "kernel.h"

enum token { BEGIN_NODE = 1, END_NODE, PROPERTY, NOP };
enum { CELL = 4, HEADER = 40, LARGEST = 2 << 20, DEPTH = 16 };
#define MAGIC 0xd00dfeed

struct walk {
	const struct fdt *fdt;
	size_t at;          /* the next token */
	unsigned depth;     /* of nodes that have begun: the root is 1 */
	size_t names[DEPTH + 1];
	uint32_t address_cells[DEPTH + 1], size_cells[DEPTH + 1]; /* in its children's reg */
};

/* What is past the end is 0, which is no token. */
static uint32_t cell(struct fdt_part part, size_t at)
{
	uint32_t value = 0;
	size_t i;

	for (i = 0; part.size >= CELL && at <= part.size - CELL && i < CELL; i++)
		value = value << 8 | part.bytes[at + i];
	return value;
}

static uint64_t number(struct fdt_part part, size_t at, size_t cells)
{
	uint64_t value = 0;
	size_t i;

	for (i = 0; i < cells; i++)
		value = value << 32 | cell(part, at + i * CELL);
	return value;
}

static uint64_t whole_number(struct fdt_part part)
{
	return number(part, 0, part.size / CELL);
}

static bool is_string(struct fdt_part part, size_t at, const char *string)
{
	for (; at < part.size && part.bytes[at] == (unsigned char)*string; at++, string++)
		if (*string == '\0')
			return true;
	return false;
}

static size_t after_string(struct fdt_part part, size_t at)
{
	while (at < part.size && part.bytes[at] != '\0')
		at++;
	return at + 1;
}

static size_t up_to_cell(size_t at)
{
	return (at + CELL - 1) / CELL * CELL;
}

/* ---------------------------------------------------------------- the three blocks */

static bool part_init(struct fdt_part *part, const unsigned char *tree, size_t total, size_t offset, size_t size)
{
	if (offset > total || size > total - offset)
		return false;
	part->bytes = tree + offset;
	part->size = size;
	return true;
}

bool fdt_open(struct fdt *fdt, const void *tree)
{
	struct fdt_part header = { tree, HEADER };
	size_t total = cell(header, 4), reserved = cell(header, 16);

	return cell(header, 0) == MAGIC && total <= LARGEST &&
	       part_init(&fdt->structure, tree, total, cell(header, 8), cell(header, 36)) &&
	       part_init(&fdt->strings, tree, total, cell(header, 12), cell(header, 32)) &&
	       part_init(&fdt->reserved, tree, total, reserved, total - reserved);
}

/* ---------------------------------------------------------------- properties of the node that has just begun */

static size_t after_property(struct fdt_part structure, size_t at)
{
	return up_to_cell(at + 3 * CELL + cell(structure, at + CELL));
}

static bool property(const struct walk *walk, const char *name, struct fdt_part *value)
{
	struct fdt_part structure = walk->fdt->structure;
	size_t at = walk->at, start, size;

	for (;; at = after_property(structure, at)) {
		while (cell(structure, at) == NOP)
			at += CELL;
		start = at + 3 * CELL;
		size = cell(structure, at + CELL);
		if (cell(structure, at) != PROPERTY || start > structure.size || size > structure.size - start)
			return false;
		if (is_string(walk->fdt->strings, cell(structure, at + 2 * CELL), name))
			break;
	}
	value->bytes = structure.bytes + start;
	value->size = size;
	return true;
}

static uint32_t cell_property(const struct walk *walk, const char *name, uint32_t otherwise)
{
	struct fdt_part value;

	return property(walk, name, &value) ? cell(value, 0) : otherwise;
}

/* Is one of its strings the wanted one? */
static bool string_property(const struct walk *walk, const char *name, const char *wanted)
{
	struct fdt_part value;
	size_t at;

	if (!property(walk, name, &value))
		return false;
	for (at = 0; at < value.size; at = after_string(value, at))
		if (is_string(value, at, wanted))
			return true;
	return false;
}

static bool enabled(const struct walk *walk)
{
	struct fdt_part status;

	return !property(walk, "status", &status) || is_string(status, 0, "okay") || is_string(status, 0, "ok");
}

static struct boot_range range_of(uint64_t start, uint64_t length)
{
	return (struct boot_range){ start, length <= UINT64_MAX - start ? start + length : UINT64_MAX };
}

/* False: no such entry. */
static bool registers(const struct walk *walk, size_t index, struct boot_range *range)
{
	uint32_t address = walk->address_cells[walk->depth - 1], size = walk->size_cells[walk->depth - 1];
	size_t entry = ((size_t)address + size) * CELL;
	struct fdt_part value;

	if (address < 1 || address > 2 || size < 1 || size > 2 || !property(walk, "reg", &value) || index >= value.size / entry)
		return false;
	*range = range_of(number(value, index * entry, address), number(value, index * entry + address * CELL, size));
	return true;
}

/* ---------------------------------------------------------------- nodes */

static void begin_node(struct walk *walk)
{
	size_t name = walk->at + CELL;

	walk->depth++;
	walk->names[walk->depth] = name;
	walk->at = up_to_cell(after_string(walk->fdt->structure, name));
	walk->address_cells[walk->depth] = cell_property(walk, "#address-cells", 2);
	walk->size_cells[walk->depth] = cell_property(walk, "#size-cells", 1);
}

static bool next_node(struct walk *walk)
{
	struct fdt_part structure = walk->fdt->structure;

	for (;;)
		switch (cell(structure, walk->at)) {
		case NOP:
			walk->at += CELL;
			break;
		case PROPERTY:
			walk->at = after_property(structure, walk->at);
			break;
		case END_NODE:
			if (walk->depth == 0)
				return false;
			walk->depth--;
			walk->at += CELL;
			break;
		case BEGIN_NODE:
			if (walk->depth == DEPTH)
				return false;
			begin_node(walk);
			return true;
		default:
			return false;
		}
}

/* Is it that node right below the root, or for depth 3 a child of that? */
static bool is_in(const struct walk *walk, unsigned depth, const char *name)
{
	return walk->depth == depth && is_string(walk->fdt->structure, walk->names[2], name);
}

/* ---------------------------------------------------------------- what the kernel wants to know */

static void add(struct boot_range *ranges, size_t *count, struct boot_range range)
{
	if (range.start >= range.end)
		return;
	if (*count == BOOT_RANGES)
		panic("the device tree has more than %d ranges of memory", BOOT_RANGES);
	ranges[(*count)++] = range;
}

static void add_registers(const struct walk *walk, struct boot_range *ranges, size_t *count)
{
	struct boot_range range;
	size_t i;

	for (i = 0; registers(walk, i, &range); i++)
		add(ranges, count, range);
}

static void read_chosen(const struct walk *walk, struct boot *boot)
{
	struct fdt_part start, end, line, seed;
	size_t i;

	if (property(walk, "linux,initrd-start", &start) && property(walk, "linux,initrd-end", &end) &&
	    whole_number(start) < whole_number(end)) {
		boot->initrd = (struct boot_range){ whole_number(start), whole_number(end) };
		add(boot->taken, &boot->taken_count, boot->initrd);
	}
	if (property(walk, "bootargs", &line))
		for (i = 0; i < line.size && i < sizeof boot->command_line - 1; i++)
			boot->command_line[i] = (char)line.bytes[i];
	if (property(walk, "rng-seed", &seed))
		boot->seed ^= number(seed, 0, 2);
}

static void read_reserved(const struct fdt *fdt, struct boot *boot)
{
	uint64_t length;
	size_t at;

	for (at = 0; (length = number(fdt->reserved, at + 2 * CELL, 2)) != 0; at += 4 * CELL)
		add(boot->taken, &boot->taken_count, range_of(number(fdt->reserved, at, 2), length));
}

void fdt_boot(const struct fdt *fdt, struct boot *boot)
{
	struct walk walk = { .fdt = fdt };

	read_reserved(fdt, boot);
	while (next_node(&walk))
		if (string_property(&walk, "device_type", "memory") && enabled(&walk))
			add_registers(&walk, boot->memory, &boot->memory_count);
		else if (is_in(&walk, 3, "reserved-memory"))
			add_registers(&walk, boot->taken, &boot->taken_count);
		else if (is_in(&walk, 2, "chosen"))
			read_chosen(&walk, boot);
}

bool fdt_device(const struct fdt *fdt, const char *compatible, unsigned index, struct boot_range *range)
{
	struct walk walk = { .fdt = fdt };

	while (next_node(&walk))
		if (string_property(&walk, "compatible", compatible) && enabled(&walk))
			return registers(&walk, index, range);
	return false;
}

bool fdt_number(const struct fdt *fdt, const char *node, const char *name, uint64_t *value)
{
	struct walk walk = { .fdt = fdt };
	struct fdt_part part;

	while (next_node(&walk))
		if (is_in(&walk, 2, node) && property(&walk, name, &part)) {
			*value = whole_number(part);
			return true;
		}
	return false;
}
