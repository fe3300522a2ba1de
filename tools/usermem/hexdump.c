/* hexdump -C, with real addresses. */
#include "hexdump.h"
#include "output.h"
#include <string.h>

static char *put_hex(char *to, uint64_t value, int digits)
{
	for (int i = digits - 1; i >= 0; i--)
		*to++ = "0123456789abcdef"[value >> 4 * i & 15];
	return to;
}

/* printf would be most of the time that a dump takes. */
static void print_line(uint64_t addr, const unsigned char *bytes, size_t n)
{
	char line[96];
	char *to = put_hex(line, addr, 16);

	*to++ = ' ';
	for (size_t i = 0; i < 16; i++) {
		if (i % 8 == 0)
			*to++ = ' ';
		if (i < n)
			to = put_hex(to, bytes[i], 2);
		else
			*to++ = ' ', *to++ = ' ';
		*to++ = ' ';
	}
	*to++ = ' ';
	*to++ = '|';
	for (size_t i = 0; i < n; i++)
		*to++ = bytes[i] >= ' ' && bytes[i] <= '~' ? (char)bytes[i] : '.';
	*to++ = '|';
	*to++ = '\n';
	fwrite(line, 1, (size_t)(to - line), stdout);
}

static void full_line(struct hexdump *dump, uint64_t addr, const unsigned char *bytes)
{
	if (!dump->every_line && dump->has_before && memcmp(bytes, dump->before, 16) == 0) {
		if (!dump->squeezing)
			puts("*");
		dump->squeezing = true;
		return;
	}
	print_line(addr, bytes, 16);
	memcpy(dump->before, bytes, 16);
	dump->has_before = true;
	dump->squeezing = false;
}

static void flush_line(struct hexdump *dump)
{
	if (dump->held > 0)
		print_line(dump->addr, dump->line, dump->held);
	dump->held = 0;
	dump->has_before = dump->squeezing = false;
}

bool hexdump_bytes(void *context, uint64_t addr, const unsigned char *bytes, size_t n)
{
	struct hexdump *dump = context;

	while (n > 0) {
		size_t take = 16 - dump->held < n ? 16 - dump->held : n;

		if (dump->held == 0)
			dump->addr = addr;
		memcpy(dump->line + dump->held, bytes, take);
		dump->held += take;
		addr += take;
		bytes += take;
		n -= take;
		if (dump->held == 16) {
			full_line(dump, dump->addr, dump->line);
			dump->held = 0;
		}
	}
	return ferror(stdout) == 0;
}

static void print_address(uint64_t start, uint64_t length)
{
	printf("%s%016" PRIx64, length != 0 && start + length == 0 ? "1" : "", start + length);
}

bool hexdump_hole(void *context, uint64_t addr, uint64_t length, enum um_status cause)
{
	struct hexdump *dump = context;

	flush_line(dump);
	print_address(addr, 0);
	printf("  %s[%s]%s %" PRIu64 " bytes, up to ", colour(COLOUR_BAD), hole_name(cause), colour(COLOUR_NONE), length);
	print_address(addr, length);
	putchar('\n');
	return ferror(stdout) == 0;
}

void hexdump_end(struct hexdump *dump, uint64_t start, uint64_t length)
{
	flush_line(dump);
	print_address(start, length);
	putchar('\n');
}
