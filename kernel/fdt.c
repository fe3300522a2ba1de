/*
 * The walk goes once through the structure block, token by token, and remembers of the nodes above it what their
 * children need: names and cell counts.  (Devicetree Specification, release 0.4, chapter 5.)
 */
#include "fdt.h"
#include "kernel.h"

enum { BEGIN_NODE = 1, END_NODE, PROPERTY, NOP };
enum { CELL = 4, HEADER = 40, LARGEST = 2 << 20, DEPTH = 16 };
#define MAGIC 0xd00dfeedU

struct walk {
	const struct fdt *fdt;
	size_t at;         /* the next token; of the node's, once it has begun */
	unsigned depth;    /* of nodes that have begun; the root is 1 */
	size_t name[DEPTH + 1];
	uint32_t address_cells[DEPTH + 1], size_cells[DEPTH + 1]; /* of its children's reg */
};

/* What is past the end is 0, which is no token. */
static uint32_t cell(struct fdt_part part, size_t at)
{
	if (part.size < CELL || at > part.size - CELL)
		return 0;
	const unsigned char *b = part.bytes + at;
	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static uint64_t number(struct fdt_part part, size_t at, size_t cells)
{
	uint64_t value = 0;
	for (size_t i = 0; i < cells; i++)
		value = value << 32 | cell(part, at + i * CELL);
	return value;
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

static size_t after_property(struct fdt_part structure, size_t at)
{
	return up_to_cell(at + 3 * CELL + cell(structure, at + CELL));
}

static bool part_init(struct fdt_part *part, const unsigned char *tree, size_t total, size_t offset, size_t size)
{
	if (offset > total || size > total - offset)
		return false;
	*part = (struct fdt_part){ tree + offset, size };
	return true;
}

bool fdt_open(struct fdt *fdt, const void *tree)
{
	struct fdt_part header = { tree, HEADER };
	size_t total = cell(header, 4), reserved = cell(header, 16);
	return cell(header, 0) == MAGIC && total <= LARGEST &&
	       part_init(&fdt->structure, tree, total, cell(header, 8), cell(header, 36)) &&
	       part_init(&fdt->strings, tree, total, cell(header, 12), cell(header, 32)) &&
	       part_init(&fdt->reserved, tree, total, reserved, reserved <= total ? total - reserved : 0);
}

/* Of the node that has just begun: its properties come first in it. */
static bool property(const struct walk *walk, const char *name, struct fdt_part *value)
{
	struct fdt_part structure = walk->fdt->structure;
	for (size_t at = walk->at;;) {
		uint32_t token = cell(structure, at);
		if (token == NOP) {
			at += CELL;
			continue;
		}
		size_t size = cell(structure, at + CELL), start = at + 3 * CELL;
		if (token != PROPERTY || start > structure.size || size > structure.size - start)
			return false;
		if (is_string(walk->fdt->strings, cell(structure, at + 2 * CELL), name)) {
			*value = (struct fdt_part){ structure.bytes + start, size };
			return true;
		}
		at = after_property(structure, at);
	}
}

static uint32_t cell_property(const struct walk *walk, const char *name, uint32_t otherwise)
{
	struct fdt_part value;
	return property(walk, name, &value) ? cell(value, 0) : otherwise;
}

static bool string_property(const struct walk *walk, const char *name, const char *wanted)
{
	struct fdt_part value;
	if (!property(walk, name, &value))
		return false;
	for (size_t at = 0; at < value.size; at = after_string(value, at))
		if (is_string(value, at, wanted))
			return true;
	return false;
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
			walk->depth++;
			walk->name[walk->depth] = walk->at + CELL;
			walk->at = up_to_cell(after_string(structure, walk->at + CELL));
			walk->address_cells[walk->depth] = cell_property(walk, "#address-cells", 2);
			walk->size_cells[walk->depth] = cell_property(walk, "#size-cells", 1);
			return true;
		default:
			return false;
		}
}

static bool enabled(const struct walk *walk)
{
	struct fdt_part status;
	return !property(walk, "status", &status) || is_string(status, 0, "okay") || is_string(status, 0, "ok");
}

static bool below_root(const struct walk *walk, unsigned depth, const char *name)
{
	return walk->depth == depth && is_string(walk->fdt->structure, walk->name[2], name);
}

static struct boot_range range_of(uint64_t start, uint64_t length)
{
	return (struct boot_range){ start, length <= UINT64_MAX - start ? start + length : UINT64_MAX };
}

/* False: no such entry. */
static bool registers(const struct walk *walk, size_t index, struct boot_range *range)
{
	uint32_t address = walk->address_cells[walk->depth - 1], size = walk->size_cells[walk->depth - 1];
	struct fdt_part value;
	if (walk->depth < 2 || address < 1 || address > 2 || size < 1 || size > 2 || !property(walk, "reg", &value))
		return false;
	size_t entry = (address + size) * CELL;
	if (index >= value.size / entry)
		return false;
	*range = range_of(number(value, index * entry, address), number(value, index * entry + address * CELL, size));
	return true;
}

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
	for (size_t i = 0; registers(walk, i, &range); i++)
		add(ranges, count, range);
}

static void chosen(const struct walk *walk, struct boot *boot)
{
	struct fdt_part start, end, line, seed;
	if (property(walk, "linux,initrd-start", &start) && property(walk, "linux,initrd-end", &end)) {
		boot->initrd = (struct boot_range){ number(start, 0, start.size / CELL), number(end, 0, end.size / CELL) };
		add(boot->taken, &boot->taken_count, boot->initrd);
	}
	if (property(walk, "bootargs", &line))
		for (size_t i = 0; i < line.size && i < sizeof boot->command_line - 1; i++)
			boot->command_line[i] = (char)line.bytes[i];
	if (property(walk, "rng-seed", &seed))
		boot->seed ^= number(seed, 0, 2);
}

void fdt_boot(const struct fdt *fdt, struct boot *boot)
{
	for (size_t at = 0;; at += 4 * CELL) {
		uint64_t length = number(fdt->reserved, at + 2 * CELL, 2);
		if (length == 0)
			break;
		add(boot->taken, &boot->taken_count, range_of(number(fdt->reserved, at, 2), length));
	}
	for (struct walk walk = { .fdt = fdt }; next_node(&walk);)
		if (string_property(&walk, "device_type", "memory") && enabled(&walk))
			add_registers(&walk, boot->memory, &boot->memory_count);
		else if (below_root(&walk, 3, "reserved-memory"))
			add_registers(&walk, boot->taken, &boot->taken_count);
		else if (below_root(&walk, 2, "chosen"))
			chosen(&walk, boot);
}

bool fdt_device(const struct fdt *fdt, const char *compatible, unsigned index, struct boot_range *range)
{
	for (struct walk walk = { .fdt = fdt }; next_node(&walk);)
		if (string_property(&walk, "compatible", compatible) && enabled(&walk))
			return registers(&walk, index, range);
	return false;
}

bool fdt_number(const struct fdt *fdt, const char *node, const char *name, uint64_t *value)
{
	struct fdt_part part;
	for (struct walk walk = { .fdt = fdt }; next_node(&walk);)
		if (below_root(&walk, 2, node) && property(&walk, name, &part)) {
			*value = number(part, 0, part.size / CELL);
			return true;
		}
	return false;
}
