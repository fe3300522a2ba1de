/* Kinds of values that point at something: it is fetched once, and what it was is shown, or why it could not be. */
#include "trace.h"
#include <limits.h>
#include <string.h>

enum {
	ELEMENTS_SHOWN = 16,
	STRINGS_SHOWN = 64,
	POINTERS_MAX = 4096, /* of a list of strings that is only counted */
	PAGE = 4096,
};

uint64_t kind_length(const struct decode *decode, const struct kind *kind)
{
	uint64_t length = kind->from ? decode->args[kind->from - 1] : 1;

	if (kind->by_result && decode->returned && !decode->failed && (uint64_t)decode->result < length)
		length = (uint64_t)decode->result;
	return length;
}

static bool is_null(struct decode *decode, struct value value)
{
	if (value.number == 0)
		show_word(decode->show, "NULL");
	return value.number == 0;
}

bool unwritten_show(struct decode *decode, uint64_t addr, uint64_t n)
{
	struct um_range range = { um_addr_of(addr), n };
	struct um_space *space = decode->memory->space;
	struct um_result result;

	if (!decode->failed)
		return false;
	result.status = UM_OK;
	if (space && space->can & UM_CAN_CHECK)
		result = um_check(space, range, UM_WRITE, 0);
	if (result.status == UM_OK)
		show_hex(decode->show, addr);
	else
		snapshot_fault(decode->memory, result.status), show_until(decode->show, addr, addr + result.done, result.status);
	return true;
}

void bytes_show(struct decode *decode, uint64_t addr, uint64_t n)
{
	unsigned char data[PAGE];
	size_t shown = n < decode->options->strings ? (size_t)n : decode->options->strings;
	struct um_result result;
	struct ending ending;

	if (n > UINT64_MAX - addr) {
		snapshot_fault(decode->memory, UM_RANGE);
		show_fault(decode->show, addr, UM_RANGE);
		return;
	}
	if (unwritten_show(decode, addr, n))
		return;
	result = snapshot_read(decode->memory, data, addr, shown);
	ending = (struct ending){ result.status, addr + result.done, result.status == UM_OK && shown < n };
	if (result.done == 0 && result.status != UM_OK)
		show_fault(decode->show, addr, result.status);
	else
		show_bytes(decode->show, data, result.done, ending);
}

void kind_bytes(struct decode *decode, const struct kind *kind, struct value value)
{
	uint64_t length = kind_length(decode, kind);

	if (value.number == 0 && length == 0)
		show_word(decode->show, "NULL");
	else
		bytes_show(decode, value.number, length);
}

/* limit counts the NUL. */
static void string_show(struct decode *decode, uint64_t addr, size_t limit)
{
	char data[PATH_MAX + 1];
	struct um_result result = snapshot_string(decode->memory, data, addr, limit);
	struct ending ending = { result.status, addr + result.done, result.status == UM_TOO_LONG };

	if (result.status == UM_TOO_LONG)
		ending.status = UM_OK;
	if (result.done == 0 && ending.status != UM_OK)
		show_fault(decode->show, addr, ending.status);
	else
		show_bytes(decode->show, data, result.done, ending);
}

void kind_path(struct decode *decode, const struct kind *kind, struct value value)
{
	/* about: a path that may be left out */
	if (value.number == 0 && kind->about)
		show_word(decode->show, "NULL");
	else
		string_show(decode, value.number, PATH_MAX);
}

/* Copies whole pointers up to the NULL, by the page, so that a hole behind it is not met.  done counts pointers;
 * UM_TOO_LONG: there are more. */
static struct um_result pointers_read(struct decode *decode, uint64_t *pointers, uint64_t addr, size_t limit)
{
	struct um_result result = { 0, UM_OK, UM_ONLY_SIDE };
	size_t bytes = 0, count = 0;

	while (count < limit && result.status == UM_OK) {
		size_t piece = PAGE - (size_t)((addr + bytes) % PAGE), left = limit * sizeof *pointers - bytes;

		result = snapshot_read(decode->memory, (char *)pointers + bytes, addr + bytes, piece < left ? piece : left);
		bytes += result.done;
		for (; (count + 1) * sizeof *pointers <= bytes; count++) {
			if (pointers[count] == 0) {
				result.done = count;
				result.status = UM_OK;
				return result;
			}
		}
	}
	result.done = count;
	if (result.status == UM_OK)
		result.status = UM_TOO_LONG;
	return result;
}

/* All strings of a list by one call. */
static void strings_prefetch(struct decode *decode, const uint64_t *pointers, size_t count, size_t limit)
{
	struct um_range ranges[STRINGS_SHOWN];

	for (size_t i = 0; i < count; i++) {
		size_t page = PAGE - (size_t)(pointers[i] % PAGE);

		ranges[i].start = um_addr_of(pointers[i]);
		ranges[i].length = page < limit ? page : limit;
	}
	snapshot_prefetch(decode->memory, ranges, count);
}

/* A list of strings; about: one that is counted alone unless all was asked for. */
void kind_strings(struct decode *decode, const struct kind *kind, struct value value)
{
	uint64_t pointers[POINTERS_MAX];
	bool brief = kind->about && !decode->options->verbose;
	size_t limit = decode->options->strings + 1, shown;
	struct um_result result;

	if (is_null(decode, value))
		return;
	result = pointers_read(decode, pointers, value.number, POINTERS_MAX);
	if (brief && result.status == UM_OK) {
		struct text note = { 0 };

		text_printf(&note, "%zu %s", result.done, (const char *)kind->about);
		text_add(&note, "", 1);
		show_note(decode->show, value.number, note.data ? note.data : "");
		text_free(&note);
		return;
	}
	if (result.done == 0 && result.status != UM_OK) {
		show_fault(decode->show, value.number, result.status);
		return;
	}
	shown = result.done < STRINGS_SHOWN ? result.done : STRINGS_SHOWN;
	strings_prefetch(decode, pointers, shown, limit);
	show_open(decode->show, '[');
	for (size_t i = 0; i < shown; i++)
		string_show(decode, pointers[i], limit);
	if (shown < result.done || result.status == UM_TOO_LONG)
		show_more(decode->show);
	else if (result.status != UM_OK)
		show_fault(decode->show, value.number + result.done * sizeof *pointers, result.status);
	show_close(decode->show, ']');
}

static uint64_t number_at(const unsigned char *bytes, size_t size, bool is_signed)
{
	uint64_t number = 0;

	/* Every machine that we run on is little-endian. */
	memcpy(&number, bytes, size);
	if (is_signed && size < 8 && number >> (8 * size - 1))
		number |= ~(uint64_t)0 << (8 * size);
	return number;
}

void layout_show(struct decode *decode, const struct layout *layout, const unsigned char *bytes, uint64_t addr,
                 struct um_result known)
{
	bool brief = layout->brief && !decode->options->verbose && decode->show->text;
	size_t count = brief ? layout->brief : layout->count;

	show_open(decode->show, '{');
	for (size_t i = 0; i < count; i++) {
		const struct member *member = &layout->members[i];
		struct value value = { 0, bytes + member->offset, member->size };

		if (member->offset + (size_t)member->size > known.done)
			continue;
		if (member->size <= 8)
			value.number = number_at(value.bytes, member->size, member->is_signed);
		show_name(decode->show, member->name);
		member->kind.show(decode, &member->kind, value);
	}
	if (known.status != UM_OK)
		show_fault(decode->show, addr + known.done, known.status);
	else if (brief)
		show_more(decode->show);
	show_close(decode->show, '}');
}

void kind_inline_struct(struct decode *decode, const struct kind *kind, struct value value)
{
	const struct layout *layout = kind->about;
	struct um_result known = { layout->size, UM_OK, UM_ONLY_SIDE };

	layout_show(decode, layout, value.bytes, 0, known);
}

void kind_inline_text(struct decode *decode, const struct kind *kind, struct value value)
{
	struct ending ending = { UM_OK, 0, false };

	(void)kind;
	show_bytes(decode->show, value.bytes, strnlen((const char *)value.bytes, value.size), ending);
}

void kind_struct(struct decode *decode, const struct kind *kind, struct value value)
{
	const struct layout *layout = kind->about;
	unsigned char bytes[PAGE];
	struct um_result result;

	if (is_null(decode, value) || unwritten_show(decode, value.number, layout->size))
		return;
	result = snapshot_read(decode->memory, bytes, value.number, layout->size);
	if (result.done == 0 && result.status != UM_OK)
		show_fault(decode->show, value.number, result.status);
	else
		layout_show(decode, layout, bytes, value.number, result);
}

/* A struct that says how long it is: what we know of it, and whether there is more in it (law 12). */
void kind_growing(struct decode *decode, const struct kind *kind, struct value value)
{
	const struct layout *layout = kind->about;
	unsigned char bytes[UM_STRUCT_MAX];
	uint64_t size = kind_length(decode, kind);
	struct um_result result;

	if (is_null(decode, value))
		return;
	if (size > UM_STRUCT_MAX) {
		show_fault(decode->show, value.number, UM_TOO_BIG);
		return;
	}
	result = snapshot_read(decode->memory, bytes, value.number, (size_t)size);
	if (result.done == 0 && result.status != UM_OK) {
		show_fault(decode->show, value.number, result.status);
		return;
	}
	for (size_t i = layout->size; i < result.done && result.status == UM_OK; i++) {
		if (bytes[i] == 0)
			continue;
		result.status = UM_TOO_BIG;
		result.done = i;
	}
	layout_show(decode, layout, bytes, value.number, result);
}

static void array_show(struct decode *decode, const struct layout *layout, struct value value, uint64_t count)
{
	unsigned char bytes[ELEMENTS_SHOWN * 256];
	size_t shown = count < ELEMENTS_SHOWN ? (size_t)count : ELEMENTS_SHOWN, whole;
	struct um_result result, known = { layout->size, UM_OK, UM_ONLY_SIDE };

	if (is_null(decode, value) || unwritten_show(decode, value.number, shown * layout->size))
		return;
	result = snapshot_read(decode->memory, bytes, value.number, shown * layout->size);
	if (result.done == 0 && result.status != UM_OK) {
		show_fault(decode->show, value.number, result.status);
		return;
	}
	whole = result.done / layout->size;
	show_open(decode->show, '[');
	for (size_t i = 0; i < whole; i++)
		layout_show(decode, layout, bytes + i * layout->size, 0, known);
	if (result.status != UM_OK)
		show_fault(decode->show, value.number + result.done, result.status);
	else if (shown < count)
		show_more(decode->show);
	show_close(decode->show, ']');
}

void kind_array(struct decode *decode, const struct kind *kind, struct value value)
{
	array_show(decode, kind->about, value, kind_length(decode, kind));
}

/* Two, always: last access and last change. */
void kind_times(struct decode *decode, const struct kind *kind, struct value value)
{
	array_show(decode, kind->about, value, 2);
}

void kind_numbers(struct decode *decode, const struct kind *kind, struct value value)
{
	const struct numbers *numbers = kind->about;
	unsigned char bytes[64];
	struct um_result result;

	if (is_null(decode, value) || unwritten_show(decode, value.number, (size_t)numbers->size * numbers->count))
		return;
	result = snapshot_read(decode->memory, bytes, value.number, (size_t)numbers->size * numbers->count);
	if (result.status != UM_OK) {
		show_fault(decode->show, value.number + result.done, result.status);
		return;
	}
	show_open(decode->show, '[');
	for (size_t i = 0; i < numbers->count; i++) {
		struct value one = { number_at(bytes + i * numbers->size, numbers->size, false), NULL, numbers->size };

		numbers->kind.show(decode, &numbers->kind, one);
	}
	show_close(decode->show, ']');
}
