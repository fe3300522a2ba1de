/* TAP without libc; what each call means is in tap.h. */
#include "tap.h"

enum { LINE_MAX_BYTES = 240, FAILURES_TOLD = 8 };

struct line {
	char text[LINE_MAX_BYTES];
	size_t length;
};

static struct {
	void (*print)(const char *line);
	const char *skipped;
	unsigned failures;
	const char *about;
	uint64_t at[3];
} tap;

static void add(struct line *line, const char *text)
{
	while (*text != '\0' && line->length < LINE_MAX_BYTES - 1)
		line->text[line->length++] = *text++;
}

static void add_number(struct line *line, uint64_t number, unsigned base)
{
	char digits[24];
	size_t at = sizeof digits;

	digits[--at] = '\0';
	do
		digits[--at] = "0123456789abcdef"[number % base];
	while ((number /= base) != 0);
	add(line, digits + at);
}

static void end(struct line *line)
{
	line->text[line->length] = '\0';
	tap.print(line->text);
}

static bool begin_failure(struct line *line, const char *file, int number, const char *what)
{
	if (tap.failures++ >= FAILURES_TOLD)
		return false;
	line->length = 0;
	add(line, "# ");
	add(line, file);
	add(line, ":");
	add_number(line, (uint64_t)number, 10);
	add(line, ": ");
	add(line, what);
	return true;
}

static void end_failure(struct line *line)
{
	size_t i;

	add(line, " (");
	add(line, tap.about);
	for (i = 0; i < 3; i++) {
		add(line, " ");
		add_number(line, tap.at[i], 10);
	}
	add(line, ")");
	end(line);
}

void tap_fail(const char *file, int line, const char *what)
{
	struct line out;

	if (begin_failure(&out, file, line, what))
		end_failure(&out);
}

void tap_fail_equal(const char *file, int line, const char *what, uint64_t got, uint64_t expected)
{
	struct line out;

	if (!begin_failure(&out, file, line, what))
		return;
	add(&out, ": got 0x");
	add_number(&out, got, 16);
	add(&out, ", expected 0x");
	add_number(&out, expected, 16);
	end_failure(&out);
}

void tap_fail_status(const char *file, int line, const char *what, enum um_status got, enum um_status expected)
{
	struct line out;

	if (!begin_failure(&out, file, line, what))
		return;
	add(&out, ": got ");
	add(&out, um_status_name(got));
	add(&out, ", expected ");
	add(&out, um_status_name(expected));
	end_failure(&out);
}

void tap_skip(const char *reason)
{
	tap.skipped = reason;
}

void tap_about(const char *what)
{
	tap.about = what;
}

void tap_case(uint64_t a, uint64_t b, uint64_t c)
{
	tap.at[0] = a;
	tap.at[1] = b;
	tap.at[2] = c;
}

static bool run_one(struct stage *stage, const struct test *test, unsigned number)
{
	struct line line = { .length = 0 };

	tap.skipped = NULL;
	tap.failures = 0;
	tap.about = "case";
	tap_case(0, 0, 0);
	test->run(stage);
	add(&line, tap.failures == 0 ? "ok " : "not ok ");
	add_number(&line, number, 10);
	add(&line, " - ");
	add(&line, test->name);
	if (tap.skipped != NULL && tap.failures == 0) {
		add(&line, " # SKIP ");
		add(&line, tap.skipped);
	}
	end(&line);
	return tap.failures == 0;
}

int tap_run(struct stage *stage, const struct test_group *const *groups, size_t count)
{
	struct line plan = { .length = 0 };
	unsigned number = 0;
	size_t i, k, total = 0;
	int failed = 0;

	tap.print = stage->print;
	for (i = 0; i < count; i++)
		total += groups[i]->count;
	add(&plan, "1..");
	add_number(&plan, total, 10);
	end(&plan);
	for (i = 0; i < count; i++)
		for (k = 0; k < groups[i]->count; k++)
			failed += !run_one(stage, &groups[i]->tests[k], ++number);
	return failed;
}
