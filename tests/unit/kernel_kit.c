/* What kernel_kit.h says. */
#include "kernel_kit.h"
#include <stdio.h>
#include <stdlib.h>

/* ---------------------------------------------------------------- what the kernel supplies */

void *memory_alloc(size_t size);
void memory_free(void *memory, size_t size);
uint64_t pages_total(void);

static void *memories[512];
size_t kit_used, kit_left = SIZE_MAX, kit_pages;
char kit_said[8 * PAGE_SIZE];

static size_t index_of(const void *memory)
{
	size_t i = 0;

	while (i < sizeof memories / sizeof *memories && memories[i] != memory)
		i++;
	assert_true(i < sizeof memories / sizeof *memories);
	return i;
}

void *memory_alloc(size_t size)
{
	void *memory = NULL;

	if (kit_left == 0 || posix_memalign(&memory, size < PAGE_SIZE ? 16 : PAGE_SIZE, size ? size : 1) != 0)
		return NULL;
	kit_left--;
	kit_used += size;
	memories[index_of(NULL)] = memory;
	return memset(memory, 0, size);
}

void memory_free(void *memory, size_t size)
{
	if (!memory)
		return;
	memories[index_of(memory)] = NULL;
	kit_used -= size;
	free(memory);
}

uint64_t pages_total(void)
{
	return kit_pages;
}

/* A kernel's tree is never given back. */
static void forget(void)
{
	size_t i;

	for (i = 0; i < sizeof memories / sizeof *memories; i++)
		free(memories[i]);
	memset(memories, 0, sizeof memories);
	kit_used = 0;
}

void print(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(kit_said, sizeof kit_said, format, arguments);
	va_end(arguments);
}

void panic(const char *format, ...)
{
	(void)format;
	abort();
}

/* ---------------------------------------------------------------- archives */

static char *archive;
char kit_building[ARCHIVE];
size_t kit_length, kit_last;

static void add_bytes(const void *bytes, size_t n)
{
	memcpy(kit_building + kit_length, bytes, n);
	kit_length += n;
	while (kit_length % 4 != 0)
		kit_building[kit_length++] = '\0';
}

void kit_add_entry(const char *name, size_t name_size, unsigned mode, const void *bytes, size_t size, unsigned claims)
{
	char header[PAGE_SIZE + 200];
	size_t n = (size_t)snprintf(header, sizeof header, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%s", 1, mode, 0, 0, 1, 0, claims,
	                            0, 0, 5, 1, (unsigned)(name_size ? name_size : strlen(name) + 1), 0, name);

	kit_last = kit_length;
	add_bytes(header, n + 1);
	add_bytes(bytes, size);
}

void kit_add(const char *name, unsigned mode, const char *text)
{
	kit_add_entry(name, 0, mode, text, strlen(text), (unsigned)strlen(text));
}

void kit_end(void)
{
	kit_add("TRAILER!!!", 0, "");
}

void kit_unpack(size_t n)
{
	forget();
	free(archive);
	archive = malloc(n ? n : 1);
	assert_non_null(archive);
	memcpy(archive, kit_building, n);
	kit_said[0] = '\0';
	tree_init(archive, n);
}

int kit_start(void **state)
{
	(void)state;
	memset(kit_building, 0, sizeof kit_building);
	kit_length = 0;
	kit_left = SIZE_MAX;
	kit_pages = SIZE_MAX;
	return 0;
}

int kit_stop(void **state)
{
	(void)state;
	forget();
	free(archive);
	archive = NULL;
	return 0;
}

void kit_build(void)
{
	static char large[2 * PAGE_SIZE + 5];

	memset(large, 'x', sizeof large - 1);
	kit_add(".", DIRECTORY, "");
	kit_add("./dev", DIRECTORY, "");
	kit_add("./dev/console", CONSOLE, "");
	kit_add("etc", DIRECTORY, "");
	kit_add("etc/motd", FILE_MODE, "hello\n");
	kit_add("/etc/absolute", FILE_MODE, "");
	kit_add("etc/large", FILE_MODE, large);
	kit_add("bin", LINK, "etc");
	kit_add("loop", LINK, "loop");
	kit_add("absolute", LINK, "/etc");
	kit_add("out", LINK, "../../etc/motd");
	kit_end();
}

/* ---------------------------------------------------------------- looking */

struct node *kit_find(const char *path)
{
	struct node *node;

	if (tree_walk(tree_root(), path, 0, &node) != 0)
		return NULL;
	node_drop(node);
	return node;
}

void kit_demand_text(const char *path, const char *text)
{
	struct node *node = kit_find(path);
	char bytes[PAGE_SIZE] = "";

	assert_non_null(node);
	assert_int_equal(node->size, strlen(text));
	assert_int_equal(node_copy(node, bytes, 0, sizeof bytes), strlen(text));
	assert_string_equal(bytes, text);
}
