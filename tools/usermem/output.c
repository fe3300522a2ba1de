/* What the commands print. */
#include "output.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool colourful(void)
{
	static int known; /* 0: not yet asked */
	const char *none = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	if (known == 0)
		known = isatty(STDOUT_FILENO) && !(none && none[0]) && term && strcmp(term, "dumb") != 0 ? 1 : -1;
	return known > 0;
}

const char *colour(enum colour colour)
{
	static const char *const sequences[] = {
		[COLOUR_NONE] = "\033[0m", [COLOUR_GOOD] = "\033[32m", [COLOUR_BAD] = "\033[31m", [COLOUR_DIM] = "\033[2m",
	};

	return colourful() ? sequences[colour] : "";
}

const char *hole_name(enum um_status cause)
{
	switch (cause) {
	case UM_UNMAPPED: return "unmapped";
	case UM_DENIED: return "denied";
	case UM_BUS: return "bus";
	default: return um_status_text(cause);
	}
}

void print_escaped(const unsigned char *bytes, size_t n)
{
	static const char letters[] = "\aa\bb\tt\nn\vv\ff\rr\"\"\\\\";
	const char *letter;

	for (size_t i = 0; i < n; i++) {
		letter = bytes[i] ? strchr(letters, bytes[i]) : NULL;
		if (letter && (letter - letters) % 2 == 0)
			printf("\\%c", letter[1]);
		else if (bytes[i] >= ' ' && bytes[i] <= '~')
			putchar(bytes[i]);
		else
			printf("\\%03o", bytes[i]);
	}
}

void print_name(const char *name)
{
	/* The kernel escapes a line feed and nothing else. */
	for (; *name; name++)
		if ((unsigned char)*name < ' ' || *name == 127)
			printf("\\%03o", (unsigned char)*name);
		else
			putchar(*name);
}

json_t *json_address(uint64_t value)
{
	return json_sprintf("0x%" PRIx64, value);
}

json_t *json_end(uint64_t start, uint64_t length)
{
	if (length != 0 && start + length == 0)
		return json_string("0x10000000000000000");
	return json_address(start + length);
}

json_t *json_hex(const unsigned char *bytes, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	char *text = malloc(2 * n + 1);
	json_t *json;

	if (!text)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		text[2 * i] = digits[bytes[i] >> 4];
		text[2 * i + 1] = digits[bytes[i] & 15];
	}
	json = json_stringn_nocheck(text, 2 * n);
	free(text);
	return json;
}

json_t *json_text(const unsigned char *bytes, size_t n)
{
	json_t *json = json_stringn((const char *)bytes, n);

	return json ? json : json_null();
}

bool json_print(json_t *json)
{
	bool printed = json && json_dumpf(json, stdout, JSON_COMPACT | JSON_ENCODE_ANY) == 0;

	json_decref(json);
	return printed;
}
