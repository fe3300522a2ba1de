/* Flat copies: every pointer with every count, on a file and on a pipe. */
#include "groups.h"
#include "line.h"

enum { PIPED_BYTES = 5000, OFFSET = 5 };

static const uint64_t counts[] = {
	0, 1, 2, 3, 5, 8, 13, 16, 17, 31, 33, 63, 64, 65, 100, 127, 129, 1000, 4095, 4096, 4097, 8191, 8192, 12288, 0x7fffefff, 0x7ffff000,
	0x7ffff001, 0x80000000, 0xffffffff, 1ull << 62, INT64_MAX, 1ull << 63, 0 - 4096ull, UINT64_MAX,
};
static const uint64_t few_counts[] = { 0, 1, 8, 17, 100, 4097, 0x7ffff001, INT64_MAX, 1ull << 63, UINT64_MAX };

/* What is called, on an address and a count. */
struct way {
	const char *name;
	int64_t (*call)(uint64_t fd, uint64_t address, uint64_t count);
	bool writes; /* into the file */
	bool seeks;
	bool is_plain;
};

static int64_t call_read(uint64_t fd, uint64_t address, uint64_t count)
{
	return CALL(read, fd, address, count);
}

static int64_t call_write(uint64_t fd, uint64_t address, uint64_t count)
{
	return CALL(write, fd, address, count);
}

static int64_t call_pread(uint64_t fd, uint64_t address, uint64_t count)
{
	return CALL(pread64, fd, address, count, OFFSET);
}

static int64_t call_pwrite(uint64_t fd, uint64_t address, uint64_t count)
{
	return CALL(pwrite64, fd, address, count, OFFSET);
}

static int64_t call_readv(uint64_t fd, uint64_t address, uint64_t count)
{
	const uint64_t list[] = { address, count };

	return CALL(readv, fd, ADDRESS(list), 1);
}

static int64_t call_writev(uint64_t fd, uint64_t address, uint64_t count)
{
	const uint64_t list[] = { address, count };

	return CALL(writev, fd, ADDRESS(list), 1);
}

static int64_t call_preadv(uint64_t fd, uint64_t address, uint64_t count)
{
	const uint64_t list[] = { address, count };

	return CALL(preadv, fd, ADDRESS(list), 1, OFFSET);
}

static int64_t call_pwritev(uint64_t fd, uint64_t address, uint64_t count)
{
	const uint64_t list[] = { address, count };

	return CALL(pwritev, fd, ADDRESS(list), 1, OFFSET);
}

static const struct way ways[] = {
	{ "read", call_read, false, false, true },     { "write", call_write, true, false, true },
	{ "pread64", call_pread, false, true, false }, { "pwrite64", call_pwrite, true, true, false },
	{ "readv", call_readv, false, false, false },  { "writev", call_writev, true, false, false },
	{ "preadv", call_preadv, false, true, false }, { "pwritev", call_pwritev, true, true, false },
};

static void try_file(const struct way *way, uint64_t address, uint64_t count)
{
	uint64_t fd = way->writes ? files_sink() : files_source();
	int64_t result = way->call(fd, address, count);

	if (way->writes) {
		files_effect(fd);
		CALL(close, fd);
	} else {
		line_effect_number(CALL(lseek, fd, 0, 1));
	}
	line_end(result);
}

static void try_pipe(const struct way *way, uint64_t address, uint64_t count)
{
	struct pipe pipe = pipes_filled(way->writes ? 0 : PIPED_BYTES);
	int64_t result = way->call((uint64_t)pipe.ends[way->writes], address, count);

	pipes_effect(&pipe);
	line_end(result);
}

static void try_pointers(const struct way *way, const char *object, uint64_t count, void (*try_one)(const struct way *, uint64_t, uint64_t))
{
	const struct pointer *pointer;

	for (pointer = pointers; pointer->name != NULL; pointer++) {
		line_begin("copies");
		line_name(way->name);
		line_name(object);
		line_name(pointer->name);
		line_number(count);
		try_one(way, pointer_at(pointer, count), count);
	}
}

static void try_way(const struct way *way)
{
	const uint64_t *list = way->is_plain ? counts : few_counts;
	size_t i, number = way->is_plain ? sizeof counts / sizeof *counts : sizeof few_counts / sizeof *few_counts;

	for (i = 0; i < number; i++) {
		try_pointers(way, "file", list[i], try_file);
		if (!way->seeks)
			try_pointers(way, "pipe", list[i], try_pipe);
	}
}

void try_copies(void)
{
	size_t i;

	for (i = 0; i < sizeof ways / sizeof ways[0]; i++)
		try_way(&ways[i]);
}
