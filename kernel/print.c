/* Words for the console, and the end. */
#include <stdarg.h>
#include "arch.h"
#include "kernel.h"

static void put(const char *text, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (text[i] == '\n')
			arch_put('\r');
		arch_put(text[i]);
	}
}

static void put_padded(const char *text, size_t n, size_t width, char pad)
{
	for (; width > n; width--)
		put(&pad, 1);
	put(text, n);
}

static void put_number(uint64_t value, bool negative, unsigned base, size_t width, char pad)
{
	char digits[24];
	size_t at = sizeof digits;

	if (negative)
		value = -value;
	do
		digits[--at] = "0123456789abcdef"[value % base];
	while ((value /= base) != 0);
	if (negative)
		digits[--at] = '-';
	put_padded(digits + at, sizeof digits - at, width, pad);
}

/* One conversion, from behind its %; returns where it ends. */
static const char *convert(const char *at, va_list *arguments)
{
	char pad = *at == '0' ? '0' : ' ';
	size_t width = 0;
	bool is_long;
	uint64_t value;

	for (; '0' <= *at && *at <= '9'; at++)
		width = width * 10 + (size_t)(*at - '0');
	is_long = *at == 'l' || *at == 'p';
	at += *at == 'l';
	if (*at == 's' || *at == 'c') {
		char c = 0;
		const char *text = &c;

		if (*at == 'c')
			c = (char)va_arg(*arguments, int);
		else
			text = va_arg(*arguments, const char *);
		put_padded(text, *at == 'c' ? 1 : __builtin_strlen(text), width, ' ');
		return at + 1;
	}
	if (*at == 'd')
		value = is_long ? va_arg(*arguments, uint64_t) : (uint64_t)va_arg(*arguments, int);
	else
		value = is_long ? va_arg(*arguments, uint64_t) : va_arg(*arguments, unsigned);
	put_number(value, *at == 'd' && (int64_t)value < 0, *at == 'x' || *at == 'p' ? 16 : 10, width, pad);
	return at + 1;
}

static void print_list(const char *format, va_list *arguments)
{
	const char *plain;

	while (*format != '\0') {
		for (plain = format; *format != '\0' && *format != '%'; format++)
			;
		put(plain, (size_t)(format - plain));
		if (*format == '%')
			format = convert(format + 1, arguments);
	}
}

void print(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print_list(format, &arguments);
	va_end(arguments);
}

enum { TRACE = 24 };

/* A frame holds the caller's frame, then where it goes on: at it, or right below it on RISC-V. */
void print_trace(const uintptr_t *frame)
{
	const uintptr_t *next;
	unsigned i;

	for (i = 0; i < TRACE && (uintptr_t)frame >= ARCH_DIRECT && (uintptr_t)frame % 8 == 0; i++, frame = next) {
		frame -= ARCH_FRAME_BELOW;
		print("    %p\n", (void *)frame[1]);
		next = (const uintptr_t *)frame[0];
		if (next <= frame)
			break;
	}
}

void panic(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print("panic: ");
	print_list(format, &arguments);
	print("\n");
	va_end(arguments);
	print_trace(__builtin_frame_address(0));
	arch_off(ARCH_OFF_BADLY);
}
