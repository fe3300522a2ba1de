/* Kinds of values that point at sets, and at entries of different lengths one behind the other. */
#include "trace_names.h"
#include <dirent.h>
#include <string.h>

enum {
	SIGNALS = 64,
	DESCRIPTORS_SHOWN = 64,
	DESCRIPTORS_MAX = 1024,
	ENTRIES_SHOWN = 8,
	ENTRIES_BYTES = 4096,
};

/* Of a set that has more than half of them, those that are missing. */
static void signals_show(struct decode *decode, uint64_t set)
{
	bool most = __builtin_popcountl(set) > SIGNALS / 2;
	struct text word = { 0 };
	const char *between = "";

	text_puts(&word, most ? "~[" : "[");
	if (most)
		set = ~set;
	for (int number = 1; number <= SIGNALS; number++) {
		if (!(set >> (number - 1) & 1))
			continue;
		text_printf(&word, "%s%s", between, signal_name(number) + (strncmp(signal_name(number), "SIG", 3) ? 0 : 3));
		between = " ";
	}
	text_add(&word, "]", 2);
	show_word(decode->show, word.data ? word.data : "");
	text_free(&word);
}

void kind_signal_mask(struct decode *decode, const struct kind *kind, struct value value)
{
	(void)kind;
	signals_show(decode, value.number);
}

void kind_signal_set(struct decode *decode, const struct kind *kind, struct value value)
{
	uint64_t set, size = kind_length(decode, kind);
	struct um_result result;

	if (value.number == 0 || size != sizeof set) {
		kind_pointer(decode, kind, value);
		return;
	}
	if (unwritten_show(decode, value.number, sizeof set))
		return;
	result = snapshot_read(decode->memory, &set, value.number, sizeof set);
	if (result.status != UM_OK)
		show_fault(decode->show, value.number + result.done, result.status);
	else
		signals_show(decode, set);
}

/* The descriptors below the count that select has. */
void kind_fd_set(struct decode *decode, const struct kind *kind, struct value value)
{
	unsigned char bits[DESCRIPTORS_MAX / 8];
	uint64_t count = kind_length(decode, kind), shown = 0;
	struct um_result result;

	if (value.number == 0 || (int)count < 0) {
		kind_pointer(decode, kind, value);
		return;
	}
	count = count < DESCRIPTORS_MAX ? count : DESCRIPTORS_MAX;
	if (unwritten_show(decode, value.number, (count + 7) / 8))
		return;
	result = snapshot_read(decode->memory, bits, value.number, (size_t)(count + 7) / 8);
	if (result.status != UM_OK) {
		show_fault(decode->show, value.number + result.done, result.status);
		return;
	}
	show_open(decode->show, '[');
	for (uint64_t fd = 0; fd < count; fd++) {
		if (!(bits[fd / 8] >> fd % 8 & 1))
			continue;
		if (shown++ == DESCRIPTORS_SHOWN) {
			show_more(decode->show);
			break;
		}
		show_unsigned(decode->show, fd);
	}
	show_close(decode->show, ']');
}

/* One directory entry of the `left` bytes at bytes; its length, or 0 if it is none. */
static size_t entry_show(struct decode *decode, const unsigned char *bytes, size_t left)
{
	const size_t name_at = offsetof(struct dirent64, d_name);
	const struct kind type = { .about = names_entry_type };
	struct ending whole = { UM_OK, 0, false };
	struct dirent64 entry;
	size_t length;

	if (left < name_at)
		return 0;
	memcpy(&entry, bytes, name_at);
	length = entry.d_reclen;
	if (length < name_at || length > left)
		return 0;
	show_open(decode->show, '{');
	show_name(decode->show, "d_ino");
	show_unsigned(decode->show, entry.d_ino);
	show_name(decode->show, "d_type");
	kind_enum(decode, &type, (struct value){ entry.d_type, NULL, sizeof entry.d_type });
	show_name(decode->show, "d_name");
	show_bytes(decode->show, bytes + name_at, strnlen((const char *)bytes + name_at, length - name_at), whole);
	show_close(decode->show, '}');
	return length;
}

void kind_entries(struct decode *decode, const struct kind *kind, struct value value)
{
	unsigned char bytes[ENTRIES_BYTES];
	uint64_t length = kind_length(decode, kind);
	struct um_result result;
	size_t at = 0;

	if (unwritten_show(decode, value.number, length))
		return;
	result = snapshot_read(decode->memory, bytes, value.number, length < sizeof bytes ? (size_t)length : sizeof bytes);
	if (result.status != UM_OK && result.done == 0) {
		show_fault(decode->show, value.number, result.status);
		return;
	}
	show_open(decode->show, '[');
	for (unsigned shown = 0; shown < ENTRIES_SHOWN && at < result.done; shown++) {
		size_t n = entry_show(decode, bytes + at, result.done - at);

		if (n == 0)
			break;
		at += n;
	}
	if (result.status != UM_OK)
		show_fault(decode->show, value.number + result.done, result.status);
	else if (at < length)
		show_more(decode->show);
	show_close(decode->show, ']');
}
