/* Lists of buffers: where the array lies, how many entries it has, what an entry says, and how entries lie to each other. */
#include <linux/uio.h>

#include "groups.h"
#include "line.h"

enum { PIPED_BYTES = 5000, GOOD_BYTES = 16 };

struct way {
	const char *name;
	bool writes;
	bool is_pipe;
};

static const struct way ways[] = { { "readv.file", false, false }, { "writev.file", true, false }, { "readv.pipe", false, true }, { "writev.pipe", true, true } };

static int64_t call(const struct way *way, uint64_t fd, uint64_t array, uint64_t count)
{
	return way->writes ? CALL(writev, fd, array, count) : CALL(readv, fd, array, count);
}

/* The call on a fresh file or pipe, and the line's end; of the array, `size` bytes were placed. */
static void run(const struct way *way, uint64_t array, uint64_t count, const void *placed, uint64_t size)
{
	struct pipe pipe;
	uint64_t fd;
	int64_t result;

	if (way->is_pipe) {
		pipe = pipes_filled(way->writes ? 0 : PIPED_BYTES);
		result = call(way, (uint64_t)pipe.ends[way->writes], array, count);
		pipes_effect(&pipe);
	} else {
		fd = way->writes ? files_sink() : files_source();
		result = call(way, fd, array, count);
		files_effect(fd);
		if (way->writes)
			CALL(close, fd);
	}
	arena_withdraw(array, placed, size);
	line_end(result);
}

static void begin(const struct way *way, const char *what)
{
	line_begin("lists");
	line_name(way->name);
	line_name(what);
}

/* Good entries, in an array that lies at each of the pointers. */
static void try_arrays(const struct way *way)
{
	static const uint64_t counts[] = { 0, 1, 2, 5, 9 };
	struct iovec entries[9];
	const struct pointer *pointer;
	uint64_t array;
	size_t i;

	for (i = 0; i < 9; i++)
		entries[i] = (struct iovec){ .iov_base = (void *)(PAGE_AT(LIST) + i * 100), .iov_len = GOOD_BYTES + i };
	for (i = 0; i < sizeof counts / sizeof counts[0]; i++) {
		for (pointer = pointers; pointer->name != NULL; pointer++) {
			begin(way, "array");
			line_name(pointer->name);
			line_number(counts[i]);
			array = pointer_at(pointer, counts[i] * sizeof entries[0]);
			arena_place(array, entries, counts[i] * sizeof entries[0]);
			run(way, array, counts[i], entries, counts[i] * sizeof entries[0]);
		}
	}
}

/* Every count, with an array of 1024 entries whose end is the last byte before a hole, or a byte too far. */
static void try_counts(const struct way *way)
{
	static const uint64_t counts[] = { 0, 1, 1023, 1024, 1025, 2000, INT32_MAX, 1ull << 31, UINT32_MAX, 1ull << 32, (1ull << 32) + 1, (1ull << 32) + 1025,
		1ull << 60, INT64_MAX, 1ull << 63, UINT64_MAX };
	static struct iovec entries[1024];
	uint64_t array, cut;
	size_t i;

	for (i = 0; i < 1024; i++)
		entries[i] = (struct iovec){ .iov_base = (void *)(PAGE_AT(RW) + i % 64 * 3), .iov_len = i % 4 };
	for (i = 0; i < sizeof counts / sizeof counts[0]; i++) {
		for (cut = 0; cut < 2; cut++) {
			begin(way, cut ? "count-cut" : "count");
			line_number(counts[i]);
			array = PAGE_AT(LIST_END) - sizeof entries + cut;
			arena_place(array, entries, sizeof entries);
			run(way, array, counts[i], entries, sizeof entries);
		}
	}
}

/* One entry of three is bad: its base by each pointer, or its length. */
static void try_elements(const struct way *way)
{
	static const uint64_t lengths[] = { 0, 17, 4097, 0x7ffff001, INT64_MAX, UINT64_MAX };
	static const char *const positions[] = { "first", "last" };
	const struct pointer *pointer;
	size_t i, position;

	for (pointer = pointers; pointer->name != NULL; pointer++) {
		for (i = 0; i < 2 * sizeof lengths / sizeof lengths[0]; i++) {
			struct iovec entries[3] = { { .iov_base = (void *)PAGE_AT(RO - 1), .iov_len = GOOD_BYTES },
				{ .iov_base = (void *)(PAGE_AT(RO - 1) + 1000), .iov_len = GOOD_BYTES + 3 },
				{ .iov_base = (void *)(PAGE_AT(RO - 1) + 2000), .iov_len = GOOD_BYTES + 7 } };

			position = i % 2;
			entries[2 * position] = (struct iovec){ .iov_base = (void *)pointer_at(pointer, lengths[i / 2]), .iov_len = lengths[i / 2] };
			begin(way, "element");
			line_name(positions[position]);
			line_name(pointer->name);
			line_number(lengths[i / 2]);
			arena_place(PAGE_AT(LIST), entries, sizeof entries);
			run(way, PAGE_AT(LIST), 3, entries, sizeof entries);
		}
	}
}

/* Entries of which each is good and that are too much together, or that lie over each other or over their own array. */
static void try_together(const struct way *way)
{
	static const struct {
		const char *name;
		uint64_t entries[3][2];
	} lists[] = {
		{ "sum-at-limit", { { PAGE_AT(RW), 0x7fffe000 }, { PAGE_AT(LIST), 0x1000 }, { PAGE_AT(LIST), 0 } } },
		{ "sum-past-limit", { { PAGE_AT(RW), 0x7ffff000 }, { PAGE_AT(LIST), 1 }, { PAGE_AT(LIST), 1 } } },
		{ "sum-cuts-bad-base", { { PAGE_AT(RW), 0x7ffff000 }, { 1ull << 63, 1 }, { PAGE_AT(LIST), 1 } } },
		{ "sum-overflows", { { PAGE_AT(RW), INT64_MAX }, { PAGE_AT(LIST), INT64_MAX }, { PAGE_AT(LIST), 2 } } },
		{ "sum-wraps", { { PAGE_AT(RW), INT64_MAX }, { PAGE_AT(RW), INT64_MAX }, { PAGE_AT(RW), 3 } } },
		{ "negative-after-bad-base", { { 1ull << 63, 16 }, { PAGE_AT(RW), UINT64_MAX }, { PAGE_AT(RW), 1 } } },
		{ "negative-last", { { PAGE_AT(RW), 16 }, { PAGE_AT(RW), 16 }, { PAGE_AT(RW), 1ull << 63 } } },
		{ "the-same", { { PAGE_AT(RW), 100 }, { PAGE_AT(RW), 100 }, { PAGE_AT(RW), 100 } } },
		{ "forwards", { { PAGE_AT(RW), 100 }, { PAGE_AT(RW) + 50, 100 }, { PAGE_AT(RW) + 99, 100 } } },
		{ "backwards", { { PAGE_AT(RW) + 99, 100 }, { PAGE_AT(RW) + 50, 100 }, { PAGE_AT(RW), 100 } } },
		{ "whole-in-hole", { { PAGE_AT(RW_END), 10 }, { PAGE_AT(RW_END), 10 }, { PAGE_AT(RW_END), 10 } } },
		{ "hole-between", { { PAGE_AT(RW_END) - 10, 10 }, { PAGE_AT(RW_END), 10 }, { PAGE_AT(RW), 10 } } },
		{ "runs-into-hole", { { PAGE_AT(RW), 10 }, { PAGE_AT(RW_END) - 5, 10 }, { PAGE_AT(RW), 10 } } },
		{ "all-empty", { { 0, 0 }, { PAGE_AT(RW_END), 0 }, { WILD, 0 } } },
		{ "own-array", { { PAGE_AT(LIST), 48 }, { PAGE_AT(LIST) + 16, 32 }, { PAGE_AT(RW), 100 } } },
		{ "own-array-last", { { PAGE_AT(RW), 10 }, { PAGE_AT(LIST) + 32, 16 }, { PAGE_AT(RW) + 20, 100 } } },
	};
	size_t i;

	for (i = 0; i < sizeof lists / sizeof lists[0]; i++) {
		begin(way, lists[i].name);
		arena_place(PAGE_AT(LIST), lists[i].entries, sizeof lists[i].entries);
		run(way, PAGE_AT(LIST), 3, lists[i].entries, sizeof lists[i].entries);
	}
}

void try_lists(void)
{
	size_t i;

	for (i = 0; i < sizeof ways / sizeof ways[0]; i++) {
		try_arrays(&ways[i]);
		try_counts(&ways[i]);
		try_elements(&ways[i]);
		try_together(&ways[i]);
	}
}
