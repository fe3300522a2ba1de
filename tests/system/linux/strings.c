/* Strings: paths in and out, names, and how long they may be before what comes after them. */
#include <linux/prctl.h>

#include "groups.h"
#include "line.h"

enum { PATH_BYTES = 4096, LONGEST = 4 * PAGE };

static char text[LONGEST];

static int64_t call_openat(uint64_t address)
{
	int64_t fd = CALL(openat, CURRENT_FOLDER, address, O_RDONLY);

	if (fd >= 0)
		CALL(close, (uint64_t)fd);
	return fd;
}

static int64_t call_readlinkat(uint64_t address)
{
	return CALL(readlinkat, CURRENT_FOLDER, address, PAGE_AT(RW), 100);
}

static int64_t call_newfstatat(uint64_t address)
{
	static uint8_t stat[256];

	return CALL(newfstatat, CURRENT_FOLDER, address, ADDRESS(stat), 0);
}

static int64_t call_execve(uint64_t address)
{
	return CALL(execve, address, 0, 0);
}

static int64_t call_set_name(uint64_t address)
{
	char name[16] = "";
	int64_t result;

	CALL(prctl, PR_SET_NAME, ADDRESS("before"));
	result = CALL(prctl, PR_SET_NAME, address);
	CALL(prctl, PR_GET_NAME, ADDRESS(name));
	line_effect(name, sizeof name);
	return result;
}

static const struct call {
	const char *name;
	int64_t (*call)(uint64_t address);
	const char *found; /* what it finds */
} calls[] = {
	{ "openat", call_openat, "/tmp/source" },
	{ "newfstatat", call_newfstatat, "/tmp/source" },
	{ "readlinkat", call_readlinkat, "/link" },
	{ "execve", call_execve, "/tmp/source" },
	{ "set_name", call_set_name, "a name" },
};

static uint64_t length_of(const char *string)
{
	uint64_t length = 0;

	while (string[length] != '\0')
		length++;
	return length;
}

static void run(const struct call *call, uint64_t address, uint64_t placed)
{
	int64_t result;

	arena_place(address, text, placed);
	result = call->call(address);
	arena_withdraw(address, text, placed);
	line_end(result);
}

static void begin(const struct call *call, const char *what)
{
	line_begin("strings");
	line_name(call->name);
	line_name(what);
}

/* What is found, and the empty string, by each of the pointers. */
static void try_pointers(const struct call *call)
{
	const struct pointer *pointer;
	uint64_t size = length_of(call->found) + 1;

	for (pointer = pointers; pointer->name != NULL; pointer++) {
		begin(call, "found");
		line_name(pointer->name);
		memcpy(text, call->found, size);
		run(call, pointer_at(pointer, size), size);
		begin(call, "empty");
		line_name(pointer->name);
		text[0] = '\0';
		run(call, pointer_at(pointer, 1), 1);
	}
}

/* A path of so many bytes that is found, if so long a one is: slashes and the name. */
static void make_path(const struct call *call, uint64_t length)
{
	uint64_t tail = length_of(call->found);

	memset(text, '/', sizeof text);
	memcpy(text + length - tail, call->found, tail + 1);
}

/* Every length around what may be, ended by the last byte of memory, or going on into the hole. */
static void try_lengths(const struct call *call)
{
	static const uint64_t lengths[] = { 12, 15, 16, 17, 31, 255, 256, 4062, 4063, 4064, 4065, 4093, 4094, 4095, 4096, 4097, 5000, 8192, 16000 };
	uint64_t i, ended;

	for (i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
		for (ended = 0; ended < 2; ended++) {
			begin(call, ended ? "ended" : "unended");
			line_number(lengths[i]);
			make_path(call, lengths[i]);
			run(call, PAGE_AT(LIST_END) - lengths[i] - ended, lengths[i] + ended);
		}
	}
}

/* Names between slashes, and what leads nowhere. */
static void try_names(const struct call *call)
{
	static const char *const paths[] = { "/", ".", "..", "/nothing", "/tmp/nothing", "/tmp/source/", "/tmp/source/more", "/tmp/../tmp/./source", "/link/x",
		"//tmp//source" };
	uint64_t i;

	for (i = 0; i < sizeof paths / sizeof paths[0]; i++) {
		begin(call, "path");
		line_number(i);
		memcpy(text, paths[i], length_of(paths[i]) + 1);
		run(call, PAGE_AT(RW), length_of(paths[i]) + 1);
	}
	for (i = 254; i < 258; i++) {
		begin(call, "name-of");
		line_number(i);
		memset(text, 'n', sizeof text);
		memcpy(text, "/tmp/", 5);
		text[5 + i] = '\0';
		run(call, PAGE_AT(RW), 5 + i + 1);
	}
}

/* Strings that come out: of each size, by each of the pointers. */
static int64_t out_readlinkat(uint64_t address, uint64_t size)
{
	return CALL(readlinkat, CURRENT_FOLDER, ADDRESS("/link"), address, size);
}

static int64_t out_getcwd(uint64_t address, uint64_t size)
{
	return CALL(getcwd, address, size);
}

static void try_outputs(void)
{
	static const struct {
		const char *name;
		int64_t (*call)(uint64_t address, uint64_t size);
	} outputs[] = { { "readlinkat", out_readlinkat }, { "getcwd", out_getcwd } };
	static const uint64_t sizes[] = { 0, 1, 2, 3, 5, 6, 7, 16, 100, 4096, 4097, INT32_MAX, 1ull << 31, UINT32_MAX, 1ull << 32, (1ull << 32) + 3, UINT64_MAX };
	const struct pointer *pointer;
	size_t i, k;

	for (i = 0; i < sizeof outputs / sizeof outputs[0]; i++) {
		for (k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
			for (pointer = pointers; pointer->name != NULL; pointer++) {
				line_begin("strings.out");
				line_name(outputs[i].name);
				line_name(pointer->name);
				line_number(sizes[k]);
				line_end(outputs[i].call(pointer_at(pointer, sizes[k]), sizes[k]));
			}
		}
	}
}

void try_strings(void)
{
	size_t i;

	files_source();
	for (i = 0; i < sizeof calls / sizeof calls[0]; i++) {
		try_pointers(&calls[i]);
		try_lengths(&calls[i]);
		try_names(&calls[i]);
	}
	try_outputs();
}
