/* What is printed; the contract is in line.h. */
#include "line.h"

enum { LINE_BYTES = 200 };

static struct {
	char text[LINE_BYTES];
	uint64_t length;
	uint64_t effect;
	bool has_effect;
	const char *said;
	uint64_t count;
} line;

static const char *const errnos[] = {
	[EPERM] = "EPERM", [ENOENT] = "ENOENT", [ESRCH] = "ESRCH", [EINTR] = "EINTR", [EIO] = "EIO", [ENXIO] = "ENXIO", [E2BIG] = "E2BIG",
	[ENOEXEC] = "ENOEXEC", [EBADF] = "EBADF", [ECHILD] = "ECHILD", [EAGAIN] = "EAGAIN", [ENOMEM] = "ENOMEM", [EACCES] = "EACCES",
	[EFAULT] = "EFAULT", [EBUSY] = "EBUSY", [EEXIST] = "EEXIST", [EXDEV] = "EXDEV", [ENODEV] = "ENODEV", [ENOTDIR] = "ENOTDIR",
	[EISDIR] = "EISDIR", [EINVAL] = "EINVAL", [ENFILE] = "ENFILE", [EMFILE] = "EMFILE", [ENOTTY] = "ENOTTY", [EFBIG] = "EFBIG",
	[ENOSPC] = "ENOSPC", [ESPIPE] = "ESPIPE", [EROFS] = "EROFS", [EPIPE] = "EPIPE", [ERANGE] = "ERANGE", [EDEADLK] = "EDEADLK",
	[ENAMETOOLONG] = "ENAMETOOLONG", [ENOSYS] = "ENOSYS", [ELOOP] = "ELOOP", [EOVERFLOW] = "EOVERFLOW", [EOPNOTSUPP] = "EOPNOTSUPP",
	[ETIMEDOUT] = "ETIMEDOUT",
};

static void add(const char *text)
{
	while (*text != '\0' && line.length < LINE_BYTES - 1)
		line.text[line.length++] = *text++;
}

static void add_number(uint64_t number, unsigned base)
{
	char digits[24];
	size_t at = sizeof digits;

	digits[--at] = '\0';
	do
		digits[--at] = "0123456789abcdef"[number % base];
	while ((number /= base) != 0);
	add(digits + at);
}

static void add_result(int64_t result)
{
	uint64_t code = 0 - (uint64_t)result;

	if (result >= 0) {
		add_number((uint64_t)result, 10);
	} else if (code < sizeof errnos / sizeof errnos[0] && errnos[code] != NULL) {
		add(errnos[code]);
	} else {
		add("-");
		add_number(code, 10);
	}
}

void line_begin(const char *name)
{
	line.length = line.effect = 0;
	line.has_effect = false;
	line.said = NULL;
	add(name);
	arena_reset();
}

void line_name(const char *part)
{
	add(".");
	add(part);
}

void line_number(uint64_t part)
{
	bool is_large = part > 1 << 20;

	add(is_large ? ".0x" : ".");
	add_number(part, is_large ? 16 : 10);
}

void line_effect(const void *bytes, uint64_t size)
{
	line.effect = digest(line.effect, bytes, size);
	line.has_effect = true;
}

void line_effect_number(int64_t number)
{
	line_effect(&number, sizeof number);
}

void line_say(const char *text)
{
	line.said = text;
}

static void finish(void)
{
	if (line.said != NULL) {
		add(" ");
		add(line.said);
	}
	line.text[line.length++] = '\n';
	CALL(write, 1, ADDRESS(line.text), line.length);
	line.count++;
}

static void add_digests(void)
{
	add(" ");
	add_number(arena_digest(), 16);
	if (line.has_effect) {
		add(" ");
		add_number(line.effect, 16);
	}
}

void line_end(int64_t result)
{
	add(": ");
	add_result(result);
	add_digests();
	finish();
}

void line_end_some(int64_t result)
{
	add(": ");
	if (result > 0)
		add("some");
	else
		add_result(result);
	add_digests();
	finish();
}

void line_end_word(const char *word)
{
	add(": ");
	add(word);
	finish();
}

void line_printed(void)
{
	line.count++;
}

uint64_t line_count(void)
{
	return line.count;
}
