/* execve's lists: the new image prints what it was given. */
#include "groups.h"
#include "line.h"

enum { EXEC_FAILED = 99, LISTED = 4, STRING_MAX = 32 * PAGE };

static char long_string[STRING_MAX + 1];

/* As the first lines on its stack: counts, and a digest of all strings.  It prints a line of its own, and its parent goes on. */
void show_image(const uint64_t *stack)
{
	const uint64_t *at = stack + 1;
	uint64_t strings = 0;
	const char *byte;
	int list;

	arena_open();
	line_begin("images.shown");
	for (list = 0; list < 2; list++, at++) {
		for (; *at != 0; at++, strings++) {
			for (byte = (const char *)*at; *byte != '\0'; byte++)
				continue;
			line_effect((const char *)*at, (uint64_t)(byte - (const char *)*at) + 1);
		}
		line_effect_number((int64_t)strings);
	}
	line_end((int64_t)stack[0]);
	children_end(0);
}

/* The lists are placed already.  What fails says so by the line; of what does not, the image is seen. */
static void run(uint64_t argv, uint64_t envp)
{
	int64_t result;

	if (children_begin()) {
		result = CALL(execve, ADDRESS(own_path), argv, envp);
		line_end(result);
		children_end(EXEC_FAILED);
	}
	line_printed();
	line_say(children_status() == EXEC_FAILED << 8 ? "failed" : "ran");
}

static void begin(const char *what)
{
	line_begin("images");
	line_name(what);
}

/* The parent's line: whether there was an image, which has printed itself, or the child has said why not. */
static void finish(void)
{
	line_name("outcome");
	line_end(0);
}

/* Lists of so many strings at each of the pointers; with the end, or going on into whatever comes then. */
static void try_arrays(void)
{
	static const uint64_t list[LISTED + 1] = { PAGE_AT(LIST), PAGE_AT(LIST) + 8, PAGE_AT(LIST) + 16, PAGE_AT(LIST) + 24, 0 };
	const struct pointer *pointer;
	uint64_t at, which, ended;

	for (pointer = pointers; pointer->name != NULL; pointer++) {
		for (which = 0; which < 4; which++) {
			ended = which / 2;
			begin(which % 2 ? "envp" : "argv");
			line_name(ended ? "ended" : "unended");
			line_name(pointer->name);
			at = pointer_at(pointer, (LISTED + ended) * sizeof list[0]);
			arena_place(PAGE_AT(LIST), "string0\0string1\0string2\0string3", LISTED * 8);
			arena_place(at, list, (LISTED + ended) * sizeof list[0]);
			run(which % 2 ? 0 : at, which % 2 ? at : 0);
			finish();
		}
	}
}

/* One string of three lies at each of the pointers. */
static void try_elements(void)
{
	const struct pointer *pointer;
	uint64_t list[4] = { PAGE_AT(LIST), 0, PAGE_AT(LIST) + 8, 0 };
	int is_envp;

	for (pointer = pointers; pointer->name != NULL; pointer++) {
		for (is_envp = 0; is_envp < 2; is_envp++) {
			begin(is_envp ? "environment-string" : "argument-string");
			line_name(pointer->name);
			list[1] = pointer_at(pointer, 20);
			arena_place(PAGE_AT(LIST), "string0\0string1", 16);
			arena_place(list[1], "nineteen characters", 20);
			run(is_envp ? 0 : ADDRESS(list), is_envp ? ADDRESS(list) : 0);
			finish();
		}
	}
}

/* A string may have 32 pages with its NUL. */
static void try_lengths(void)
{
	static const uint64_t lengths[] = { 0, 1, 4094, 4095, 4096, STRING_MAX - 2, STRING_MAX - 1, STRING_MAX };
	const uint64_t list[3] = { ADDRESS("name"), ADDRESS(long_string), 0 };
	size_t i;

	for (i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
		begin("length");
		line_number(lengths[i]);
		memset(long_string, 's', lengths[i]);
		long_string[lengths[i]] = '\0';
		run(ADDRESS(list), 0);
		finish();
	}
}

void try_images(void)
{
	try_arrays();
	try_elements();
	try_lengths();
}
