/* A value on its way out, as text in strace's style.  With no text, as JSON: trace_json.c. */
#include "trace.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 1 << 20 };

void text_add(struct text *text, const char *data, size_t n)
{
	if (n > text->room - text->used) {
		size_t room = text->room ? text->room : 512;
		char *grown;

		while (room < text->used + n && room <= TEXT_MAX)
			room *= 2;
		grown = room <= TEXT_MAX ? realloc(text->data, room) : NULL;
		if (!grown)
			return;
		text->data = grown;
		text->room = room;
	}
	memcpy(text->data + text->used, data, n);
	text->used += n;
}

void text_puts(struct text *text, const char *string)
{
	text_add(text, string, strlen(string));
}

void text_printf(struct text *text, const char *format, ...)
{
	char line[512];
	va_list arguments;
	int n;

	va_start(arguments, format);
	n = vsnprintf(line, sizeof line, format, arguments);
	va_end(arguments);
	if (n > 0)
		text_add(text, line, (size_t)n < sizeof line ? (size_t)n : sizeof line - 1);
}

void text_number(struct text *text, uint64_t value, unsigned base)
{
	char digits[24], *digit = digits + sizeof digits;

	do
		*--digit = "0123456789abcdef"[value % base];
	while ((value /= base) != 0);
	text_add(text, digit, (size_t)(digits + sizeof digits - digit));
}

void text_free(struct text *text)
{
	free(text->data);
	memset(text, 0, sizeof *text);
}

void show_begin(struct show *show, struct text *text, bool colour)
{
	show->text = text;
	show->depth = 0;
	show->named = false;
	show->colour = colour;
	show->whole = NULL;
	show->name = NULL;
}

/* What stands before a value. */
static void separate(struct show *show)
{
	if (!show->named && show->depth > 0) {
		if (show->more[show->depth - 1])
			text_add(show->text, ", ", 2);
		show->more[show->depth - 1] = true;
	}
	show->named = false;
}

void show_unsigned(struct show *show, uint64_t value)
{
	if (!show->text) {
		/* Beyond what readers of JSON keep exactly, in hexadecimal. */
		if (value > INT64_MAX)
			show_hex(show, value);
		else
			json_put(show, json_integer((json_int_t)value));
		return;
	}
	separate(show);
	text_number(show->text, value, 10);
}

void show_signed(struct show *show, int64_t value)
{
	if (!show->text) {
		json_put(show, json_integer(value));
		return;
	}
	separate(show);
	if (value < 0)
		text_add(show->text, "-", 1);
	text_number(show->text, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 10);
}

void show_octal(struct show *show, uint64_t value)
{
	char digits[32];

	snprintf(digits, sizeof digits, value ? "0%lo" : "000", (unsigned long)value);
	show_word(show, digits);
}

void show_hex(struct show *show, uint64_t value)
{
	if (!show->text) {
		json_put(show, json_address(value));
		return;
	}
	separate(show);
	text_add(show->text, "0x", 2);
	text_number(show->text, value, 16);
}

void show_word(struct show *show, const char *word)
{
	if (!show->text) {
		json_put(show, strcmp(word, "NULL") == 0 ? json_null() : json_string(word));
		return;
	}
	separate(show);
	text_puts(show->text, word);
}

void show_note(struct show *show, uint64_t value, const char *note)
{
	if (!show->text) {
		json_t *object = json_object();

		json_object_set_new(object, "address", json_address(value));
		json_object_set_new(object, "note", json_string(note));
		json_put(show, object);
		return;
	}
	show_hex(show, value);
	text_printf(show->text, " /* %s */", note);
}

/* As C would have it; an octal escape is as short as what follows it allows. */
static void add_escaped(struct text *text, const unsigned char *data, size_t n)
{
	static const char special[] = "\t\n\v\f\r\"\\", letters[] = "tnvfr\"\\";
	size_t i, plain = 0;

	for (i = 0; i < n; i++) {
		const char *found = data[i] ? strchr(special, data[i]) : NULL;
		bool digit = i + 1 < n && data[i + 1] >= '0' && data[i + 1] <= '9';

		if (!found && data[i] >= ' ' && data[i] < 0x7f)
			continue;
		text_add(text, (const char *)data + plain, i - plain);
		plain = i + 1;
		if (found)
			text_printf(text, "\\%c", letters[found - special]);
		else
			text_printf(text, digit ? "\\%03o" : "\\%o", data[i]);
	}
	text_add(text, (const char *)data + plain, n - plain);
}

void show_bytes(struct show *show, const void *data, size_t n, struct ending ending)
{
	if (!show->text) {
		json_bytes(show, data, n, ending);
		return;
	}
	separate(show);
	text_add(show->text, "\"", 1);
	add_escaped(show->text, data, n);
	text_add(show->text, "\"", 1);
	if (ending.more)
		text_add(show->text, "...", 3);
	if (ending.status != UM_OK)
		text_printf(show->text, "... <0x%lx: %s>", (unsigned long)ending.at, um_status_text(ending.status));
}

void show_open(struct show *show, char bracket)
{
	json_t *container;

	if (show->text) {
		separate(show);
		text_add(show->text, &bracket, 1);
		show->more[show->depth++] = false;
		return;
	}
	container = bracket == '{' ? json_object() : json_array();
	json_put(show, container);
	show->stack[show->depth++] = container;
}

void show_name(struct show *show, const char *name)
{
	show->name = name;
	if (!show->text)
		return;
	separate(show);
	text_puts(show->text, name);
	text_add(show->text, "=", 1);
	show->named = true;
}

void show_close(struct show *show, char bracket)
{
	if (show->text)
		text_add(show->text, &bracket, 1);
	show->depth--;
}

void show_more(struct show *show)
{
	if (!show->text) {
		json_put(show, json_pack("{s:b}", "more", 1));
		return;
	}
	separate(show);
	text_add(show->text, "...", 3);
}

void show_until(struct show *show, uint64_t addr, uint64_t bad, enum um_status status)
{
	if (addr == bad) {
		show_fault(show, addr, status);
	} else if (show->text) {
		show_hex(show, addr);
		text_printf(show->text, "... <0x%lx: %s>", (unsigned long)bad, um_status_text(status));
	} else {
		json_t *object = json_object();

		json_object_set_new(object, "address", json_address(addr));
		json_object_set_new(object, "ends", json_fault(bad, status));
		json_put(show, object);
	}
}

void show_fault(struct show *show, uint64_t addr, enum um_status status)
{
	if (!show->text) {
		show->name = "fault";
		json_put(show, json_fault(addr, status));
		return;
	}
	separate(show);
	/* Inside a struct or a list it must not be taken for a value. */
	text_puts(show->text, show->colour ? "\033[1;31m" : "");
	if (addr == 0)
		text_printf(show->text, show->depth ? "<NULL: %s>" : "NULL <%s>", um_status_text(status));
	else
		text_printf(show->text, show->depth ? "<0x%lx: %s>" : "0x%lx <%s>", (unsigned long)addr, um_status_text(status));
	text_puts(show->text, show->colour ? "\033[m" : "");
}
