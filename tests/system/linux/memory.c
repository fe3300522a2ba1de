/* mmap, mprotect, munmap and brk: of what range, and what can be read and written afterwards. */
#include <linux/mman.h>

#include "groups.h"
#include "line.h"

/* A region of its own: rw rw rw hole rw ro none rw, and a page on each side that is not there. */
#define REGION UINT64_C(0x200000000)
#define REGION_PAGE(page) (REGION + (uint64_t)(page) * PAGE)
enum { REGION_PAGES = 8, HOLE_PAGE = 3, RO_PAGE = 5, NONE_PAGE = 6, WORD = 8 };

static struct pipe probe;

static void make_region(void)
{
	uint64_t i;

	CALL(munmap, REGION_PAGE(-1), (REGION_PAGES + 2) * PAGE);
	CALL(mmap, REGION, REGION_PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, UINT64_MAX, 0);
	for (i = 0; i < REGION_PAGES; i++)
		*(volatile uint64_t *)REGION_PAGE(i) = pattern_at(REGION_PAGE(i));
	CALL(munmap, REGION_PAGE(HOLE_PAGE), PAGE);
	CALL(mprotect, REGION_PAGE(RO_PAGE), PAGE, PROT_READ);
	CALL(mprotect, REGION_PAGE(NONE_PAGE), PAGE, PROT_NONE);
}

/* What the kernel can do with a page, by a pipe: '-' nothing, 'r' read, 'w' write too, 'W' write alone. */
static char probe_page(uint64_t address)
{
	uint64_t word = 0, in = (uint64_t)probe.ends[0], out = (uint64_t)probe.ends[1];
	bool reads = CALL(write, out, address, WORD) == WORD, writes;

	if (reads)
		CALL(read, in, ADDRESS(&word), WORD);
	line_effect(&word, WORD);
	CALL(write, out, ADDRESS(&word), WORD);
	writes = CALL(read, in, address, WORD) == WORD;
	if (!writes)
		CALL(read, in, ADDRESS(&word), WORD);
	return "-rWw"[reads + 2 * writes];
}

/* The line's end, with what the region is now. */
static void end(int64_t result)
{
	static char map[REGION_PAGES + 3];
	uint64_t i;

	for (i = 0; i < REGION_PAGES + 2; i++)
		map[i] = probe_page(REGION_PAGE(i - 1));
	line_say(map);
	line_end(result);
}

static void begin(const char *what, const char *name)
{
	make_region();
	line_begin("memory");
	line_name(what);
	line_name(name);
}

static const struct range {
	const char *name;
	uint64_t start;
	uint64_t length;
} ranges[] = {
	{ "page", REGION, PAGE },
	{ "middle", REGION_PAGE(1), PAGE },
	{ "two", REGION_PAGE(1), 2 * PAGE },
	{ "into-hole", REGION_PAGE(1), 3 * PAGE },
	{ "hole", REGION_PAGE(HOLE_PAGE), PAGE },
	{ "from-hole", REGION_PAGE(HOLE_PAGE), 2 * PAGE },
	{ "over-hole", REGION_PAGE(2), 3 * PAGE },
	{ "over-protections", REGION_PAGE(4), 4 * PAGE },
	{ "past-end", REGION_PAGE(7), 2 * PAGE },
	{ "all", REGION, REGION_PAGES * PAGE },
	{ "unaligned", REGION + 1, PAGE },
	{ "unaligned-within", REGION + 8, 16 },
	{ "length-1", REGION, 1 },
	{ "length-page+1", REGION, PAGE + 1 },
	{ "empty", REGION, 0 },
	{ "empty-unaligned", REGION + 1, 0 },
	{ "empty-hole", REGION_PAGE(HOLE_PAGE), 0 },
	{ "empty-kernel", 0xffffffff81000000, 0 },
	{ "wild", WILD, PAGE },
	{ "to-limit", REGION, USER_LIMIT },
	{ "past-limit", USER_LIMIT, PAGE },
	{ "over-limit", USER_LIMIT - PAGE, 2 * PAGE },
	{ "non-canonical", 0xdead000000000000, PAGE },
	{ "kernel", 0xffffffff81000000, PAGE },
	{ "last-page", 0 - (uint64_t)PAGE, PAGE },
	{ "wrapping", 0 - (uint64_t)PAGE, 2 * PAGE },
	{ "length-half", REGION, 1ull << 63 },
	{ "length-negative", REGION, 0 - (uint64_t)PAGE },
	{ "length-last", REGION, UINT64_MAX },
};

static void try_ranges(void)
{
	static const uint64_t protections[] = { PROT_NONE, PROT_READ, PROT_WRITE, PROT_READ | PROT_WRITE, PROT_READ | PROT_EXEC, PROT_SEM, 0x100, PROT_GROWSDOWN,
		PROT_GROWSDOWN | PROT_GROWSUP };
	const struct range *range;
	size_t i;

	for (range = ranges; range < ranges + sizeof ranges / sizeof ranges[0]; range++) {
		begin("munmap", range->name);
		end(CALL(munmap, range->start, range->length));
		for (i = 0; i < sizeof protections / sizeof protections[0]; i++) {
			begin("mprotect", range->name);
			line_number(protections[i]);
			end(CALL(mprotect, range->start, range->length, protections[i]));
		}
		begin("mmap-fixed", range->name);
		end(CALL(mmap, range->start, range->length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, UINT64_MAX, 0));
		CALL(munmap, WILD, PAGE);
		begin("mmap-noreplace", range->name);
		end(CALL(mmap, range->start, range->length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, UINT64_MAX, 0));
		CALL(munmap, WILD, PAGE);
	}
}

enum file { NO_FILE, CLOSED, SOURCE, READ_ONLY, PIPE, FILES };

static uint64_t open_file(enum file file)
{
	switch (file) {
	case CLOSED:
		return 99;
	case SOURCE:
		return files_source();
	case READ_ONLY:
		return (uint64_t)CALL(openat, CURRENT_FOLDER, ADDRESS("/tmp/source"), O_RDONLY);
	case PIPE:
		return (uint64_t)probe.ends[0];
	default:
		return UINT64_MAX;
	}
}

/* The rest of what mmap judges; at REGION unless the name says else. */
static void try_arguments(void)
{
	static const struct {
		const char *name;
		uint64_t start, length, protection, flags;
		enum file file;
		uint64_t offset;
	} calls[] = {
		{ "no-type", REGION, PAGE, PROT_READ, MAP_FIXED | MAP_ANONYMOUS, NO_FILE, 0 },
		{ "three-types", REGION, PAGE, PROT_READ, MAP_FIXED | MAP_ANONYMOUS | 8, NO_FILE, 0 },
		{ "shared", REGION, PAGE, PROT_READ | PROT_WRITE, MAP_FIXED | MAP_ANONYMOUS | MAP_SHARED, NO_FILE, 0 },
		{ "none", REGION, PAGE, PROT_NONE, MAP_FIXED | MAP_ANONYMOUS | MAP_PRIVATE, NO_FILE, 0 },
		{ "read", REGION, PAGE, PROT_READ, MAP_FIXED | MAP_ANONYMOUS | MAP_PRIVATE, NO_FILE, 0 },
		{ "write", REGION, PAGE, PROT_WRITE, MAP_FIXED | MAP_ANONYMOUS | MAP_PRIVATE, NO_FILE, 0 },
		{ "offset-unaligned", REGION, PAGE, PROT_READ, MAP_FIXED | MAP_PRIVATE, SOURCE, 1 },
		{ "anonymous-offset-unaligned", REGION, PAGE, PROT_READ, MAP_FIXED | MAP_ANONYMOUS | MAP_PRIVATE, NO_FILE, 1 },
		{ "offset-last", REGION, 2 * PAGE, PROT_READ, MAP_FIXED | MAP_PRIVATE, SOURCE, 0 - (uint64_t)PAGE },
		{ "offset-half", REGION, PAGE, PROT_READ, MAP_FIXED | MAP_PRIVATE, SOURCE, 1ull << 63 },
		{ "no-file", REGION, PAGE, PROT_READ, MAP_FIXED | MAP_PRIVATE, NO_FILE, 0 },
		{ "closed", REGION, PAGE, PROT_READ, MAP_FIXED | MAP_PRIVATE, CLOSED, 0 },
		{ "pipe", REGION, PAGE, PROT_READ, MAP_FIXED | MAP_PRIVATE, PIPE, 0 },
		{ "file", REGION, 2 * PAGE, PROT_READ, MAP_FIXED | MAP_PRIVATE, SOURCE, PAGE },
		{ "file-past-end", REGION, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_FIXED | MAP_PRIVATE, SOURCE, 2 * PAGE },
		{ "file-empty", REGION, 0, PROT_READ, MAP_FIXED | MAP_PRIVATE, SOURCE, 0 },
		{ "read-only-private-write", REGION, PAGE, PROT_READ | PROT_WRITE, MAP_FIXED | MAP_PRIVATE, READ_ONLY, 0 },
		{ "read-only-shared-write", REGION, PAGE, PROT_READ | PROT_WRITE, MAP_FIXED | MAP_SHARED, READ_ONLY, 0 },
		{ "read-only-shared-read", REGION, PAGE, PROT_READ, MAP_FIXED | MAP_SHARED, READ_ONLY, 0 },
		{ "hint", REGION_PAGE(HOLE_PAGE), PAGE, PROT_READ, MAP_ANONYMOUS | MAP_PRIVATE, NO_FILE, 0 },
		{ "hint-unaligned", REGION_PAGE(HOLE_PAGE) + 5, PAGE, PROT_READ, MAP_ANONYMOUS | MAP_PRIVATE, NO_FILE, 0 },
		{ "anywhere-negative", 0, 0 - (uint64_t)PAGE, PROT_READ, MAP_ANONYMOUS | MAP_PRIVATE, NO_FILE, 0 },
		{ "anywhere-last", 0, UINT64_MAX, PROT_READ, MAP_ANONYMOUS | MAP_PRIVATE, NO_FILE, 0 },
		{ "anywhere-too-large", 0, USER_LIMIT, PROT_READ, MAP_ANONYMOUS | MAP_PRIVATE, NO_FILE, 0 },
		{ "anywhere-empty", 0, 0, PROT_READ, MAP_ANONYMOUS | MAP_PRIVATE, NO_FILE, 0 },
	};
	uint64_t fd;
	size_t i;

	for (i = 0; i < sizeof calls / sizeof calls[0]; i++) {
		begin("mmap", calls[i].name);
		fd = open_file(calls[i].file);
		end(CALL(mmap, calls[i].start, calls[i].length, calls[i].protection, calls[i].flags, fd, calls[i].offset));
		if (calls[i].file == READ_ONLY)
			CALL(close, fd);
	}
}

/* Where a kernel puts it is its own affair: that it is there, aligned, zero, and nobody else's. */
static void try_anywhere(void)
{
	static const struct range hints[] = { { "null", 0, PAGE }, { "low", 16, PAGE }, { "taken", REGION, PAGE }, { "past-limit", USER_LIMIT, PAGE },
		{ "kernel", 0xffffffff81000000, PAGE }, { "last", UINT64_MAX, PAGE } };
	uint64_t word = 1;
	int64_t at;
	size_t i;

	for (i = 0; i < sizeof hints / sizeof hints[0]; i++) {
		begin("mmap-anywhere", hints[i].name);
		at = CALL(mmap, hints[i].start, hints[i].length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, UINT64_MAX, 0);
		if (at > 0) {
			word = *(volatile uint64_t *)at;
			line_effect_number((int64_t)(word | ((uint64_t)at & (PAGE - 1))));
			CALL(munmap, (uint64_t)at, hints[i].length);
		}
		line_say(at > 0 && (uint64_t)at < USER_LIMIT && ((uint64_t)at < REGION || (uint64_t)at >= REGION_PAGE(REGION_PAGES)) ? "apart" : "taken");
		line_end_some(at);
	}
}

/* The file sees what is written through a shared mapping, and the mapping what is written to the file. */
static void try_shared_file(void)
{
	static const char words[] = "sixteen letters.";
	uint64_t fd;
	int64_t result;

	begin("mmap", "shared-file");
	fd = files_sink();
	CALL(write, fd, ADDRESS(words), 16);
	result = CALL(mmap, REGION, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0);
	CALL(pread64, fd, REGION + 8, 8, 0);
	CALL(pwrite64, fd, ADDRESS(words), 4, 2);
	files_effect(fd);
	CALL(close, fd);
	end(result);
}

/* Distances from the first break. */
static void try_breaks(void)
{
	static const struct {
		const char *name;
		int64_t distance;
	} moves[] = { { "same", 0 }, { "up", 3 * PAGE }, { "unaligned", PAGE + 100 }, { "back-a-byte", PAGE + 99 }, { "up-again", 2 * PAGE }, { "start", 0 },
		{ "below", -1 }, { "far-below", -(1 << 20) }, { "too-far", INT64_MAX / 2 } };
	static const struct range wrongs[] = { { "one", 1, 0 }, { "limit", USER_LIMIT, 0 }, { "non-canonical", 0xdead000000000000, 0 }, { "half", 1ull << 63, 0 },
		{ "last", UINT64_MAX, 0 } };
	const uint64_t first = (uint64_t)CALL(brk, 0);
	char map[4] = "";
	uint64_t i, k;
	int64_t result;

	for (i = 0; i < sizeof moves / sizeof moves[0]; i++) {
		begin("brk", moves[i].name);
		result = CALL(brk, first + (uint64_t)moves[i].distance) - (int64_t)first;
		for (k = 0; k < 3; k++)
			map[k] = probe_page(first + k * PAGE);
		line_say(map);
		line_end(result);
	}
	for (i = 0; i < sizeof wrongs / sizeof wrongs[0]; i++) {
		begin("brk", wrongs[i].name);
		line_end(CALL(brk, wrongs[i].start) - (int64_t)first);
	}
}

void try_memory(void)
{
	probe = pipes_filled(0);
	try_ranges();
	try_arguments();
	try_anywhere();
	try_shared_file();
	try_breaks();
	CALL(close, (uint64_t)probe.ends[0]);
	CALL(close, (uint64_t)probe.ends[1]);
}
