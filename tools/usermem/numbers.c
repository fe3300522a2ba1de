/* Numbers as people type them. */
#include "command.h"
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* strtoull, but for the signs and the white space that it would let pass. */
static const char *digits(const char *text, int base, uint64_t *value, const char **end)
{
	char *stop;

	if (!isxdigit((unsigned char)text[0]))
		return "it does not begin with a digit";
	errno = 0;
	*value = strtoull(text, &stop, base);
	*end = stop;
	if (stop == text)
		return "it does not begin with a digit";
	return errno == ERANGE ? "it needs more than 64 bits" : NULL;
}

const char *parse_pid(const char *text, int *pid)
{
	uint64_t value;
	const char *end;
	const char *why = digits(text, 10, &value, &end);

	if (why)
		return why;
	if (*end != '\0')
		return "it is not a decimal number";
	if (value == 0 || value > INT_MAX)
		return "no process has that number";
	*pid = (int)value;
	return NULL;
}

static const char *address_before(const char *text, const char *terminators, um_addr *addr, const char **end)
{
	uint64_t value;
	const char *why = digits(text, 16, &value, end);

	if (why)
		return why;
	if (**end != '\0' && !strchr(terminators, **end))
		return "it is not a hexadecimal number";
	*addr = um_addr_of(value);
	return NULL;
}

const char *parse_address(const char *text, um_addr *addr)
{
	const char *end;

	return address_before(text, "", addr, &end);
}

const char *parse_length(const char *text, uint64_t *bytes)
{
	static const char units[] = "KMGT";
	bool hexadecimal = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	uint64_t value;
	const char *end, *unit;
	unsigned shift = 0;
	const char *why = digits(text, hexadecimal ? 16 : 10, &value, &end);

	if (why)
		return why;
	if (*end != '\0') {
		unit = strchr(units, toupper((unsigned char)*end));
		if (!unit || end[1] != '\0')
			return "it is neither a decimal nor a 0x number with K, M, G, T or nothing behind it";
		shift = 10 * (unsigned)(unit - units + 1);
	}
	if (value > UINT64_MAX >> shift)
		return "it needs more than 64 bits";
	*bytes = value << shift;
	return NULL;
}

const char *parse_range(const char *text, uint64_t usual, struct um_range *range)
{
	struct um_range found = { .length = usual };
	um_addr stop;
	const char *end;
	const char *why = address_before(text, "+-", &found.start, &end);

	if (why)
		return why;
	if (*end == '+') {
		why = parse_length(end + 1, &found.length);
	} else if (*end == '-') {
		why = parse_address(end + 1, &stop);
		if (!why && stop.value < found.start.value)
			why = "its end lies before its start";
		if (!why)
			found.length = stop.value - found.start.value;
	} else if (found.length != 0 && found.length - 1 > UINT64_MAX - found.start.value) {
		found.length = UINT64_MAX - found.start.value + 1;
	}
	if (why)
		return why;
	if (found.length != 0 && found.length - 1 > UINT64_MAX - found.start.value)
		return "it ends behind the last 64-bit address";
	*range = found;
	return NULL;
}

static int digit_value(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

const char *parse_hex(const char *text, unsigned char **bytes, size_t *length)
{
	unsigned char *to = malloc(strlen(text) / 2 + 1);

	*bytes = to;
	*length = 0;
	if (!to)
		return "no memory";
	while (*text) {
		if (isspace((unsigned char)*text)) {
			text++;
			continue;
		}
		if (digit_value(text[0]) < 0 || digit_value(text[1]) < 0) {
			free(to);
			*bytes = NULL;
			return "it is not made of pairs of hexadecimal digits";
		}
		to[(*length)++] = (unsigned char)(digit_value(text[0]) << 4 | digit_value(text[1]));
		text += 2;
	}
	return NULL;
}

const char *parse_integer(const char *text, size_t size, uint64_t *value)
{
	bool negative = text[0] == '-';
	const char *digit = text + negative, *end;
	bool hexadecimal = digit[0] == '0' && (digit[1] == 'x' || digit[1] == 'X');
	uint64_t most = size < 8 ? ((uint64_t)1 << 8 * size) - 1 : UINT64_MAX, magnitude;
	const char *why = digits(digit, hexadecimal ? 16 : 10, &magnitude, &end);

	if (why)
		return why;
	if (*end != '\0')
		return "it is neither a decimal nor a 0x number";
	if (magnitude > (negative ? most / 2 + 1 : most))
		return "it needs more bytes than that";
	*value = (negative ? 0 - magnitude : magnitude) & most;
	return NULL;
}
