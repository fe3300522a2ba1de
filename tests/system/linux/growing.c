/* Structs that grow: every size of openat2's, sched_setattr's and sched_getattr's, with tails that are zero and that are not. */
#include <linux/openat2.h>
#include <linux/sched/types.h>

#include "groups.h"
#include "line.h"

enum { ROOM = 4 * PAGE };

static const uint64_t sizes[] = { 0, 1, 4, 7, 8, 16, 23, 24, 25, 31, 32, 40, 47, 48, 49, 52, 55, 56, 57, 60, 64, 65, 100, 128, 255, 256, 1000, 2048, 4080, 4095,
	4096, 4097, 5000, 8191, 8192, 8193, 1ull << 31, UINT32_MAX, 1ull << 32, (1ull << 32) + 24, (1ull << 32) + 48, 1ull << 63, UINT64_MAX };

enum tail { TAIL_ZERO, TAIL_FIRST, TAIL_LAST, TAILS };
static const char *const tails[] = { "zero", "first", "last" };

struct growing {
	const char *name;
	uint64_t known; /* what the kernel of Debian 12 knows of it */
	int64_t (*call)(uint64_t address, uint64_t size);
	void (*make)(uint8_t *object, uint64_t size); /* the known part; NULL: nothing is to be placed */
};

static uint8_t object[ROOM];

static int64_t call_openat2(uint64_t address, uint64_t size)
{
	static const char path[] = "/tmp/source";
	int64_t fd = CALL(openat2, CURRENT_FOLDER, ADDRESS(path), address, size);

	if (fd >= 0)
		CALL(close, (uint64_t)fd);
	return fd;
}

static void make_how(uint8_t *made, uint64_t size)
{
	(void)size;
	*(struct open_how *)(void *)made = (struct open_how){ .flags = O_RDONLY };
}

static int64_t call_setattr(uint64_t address, uint64_t size)
{
	(void)size;
	return CALL(sched_setattr, 0, address, 0);
}

/* It says its size itself. */
static void make_attr(uint8_t *made, uint64_t size)
{
	((struct sched_attr *)(void *)made)->size = (uint32_t)size;
}

static int64_t call_getattr(uint64_t address, uint64_t size)
{
	return CALL(sched_getattr, 0, address, size, 0);
}

static const struct growing all[] = {
	{ "openat2", sizeof(struct open_how), call_openat2, make_how },
	{ "sched_setattr", 56, call_setattr, make_attr },
	{ "sched_getattr", 56, call_getattr, NULL },
};

/* The object as it is to be placed: as many bytes as there are of it, though at least the first 8. */
static uint64_t make(const struct growing *growing, uint64_t size, enum tail tail)
{
	uint64_t made = size < 8 ? 8 : size < ROOM ? size : ROOM;

	memset(object, 0, sizeof object);
	if (growing->make != NULL)
		growing->make(object, size);
	if (tail == TAIL_FIRST && made > growing->known)
		object[growing->known] = 1;
	if (tail == TAIL_LAST && made > growing->known)
		object[made - 1] = 1;
	return made;
}

static void run(const struct growing *growing, uint64_t address, uint64_t size, uint64_t made)
{
	int64_t result;

	if (growing->make != NULL)
		arena_place(address, object, made);
	result = growing->call(address, size);
	if (growing->make != NULL)
		arena_withdraw(address, object, made);
	line_end(result);
}

static void begin(const struct growing *growing, const char *where, uint64_t size)
{
	line_begin("growing");
	line_name(growing->name);
	line_name(where);
	line_number(size);
}

/* At the end of memory, or a byte too far. */
static void try_sizes(const struct growing *growing)
{
	uint64_t i, cut, made;
	enum tail tail;

	for (i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		for (cut = 0; cut < 2; cut++) {
			for (tail = 0; tail < (growing->make != NULL ? TAILS : 1); tail++) {
				begin(growing, cut ? "cut" : "fitting", sizes[i]);
				line_name(tails[tail]);
				made = make(growing, sizes[i], tail);
				run(growing, PAGE_AT(LIST_END) - made + cut, sizes[i], made);
			}
		}
	}
}

static void try_pointers(const struct growing *growing)
{
	static const uint64_t few[] = { 24, 48, 56, 64, 4096 };
	const struct pointer *pointer;
	size_t i;

	for (i = 0; i < sizeof few / sizeof few[0]; i++) {
		for (pointer = pointers; pointer->name != NULL; pointer++) {
			begin(growing, pointer->name, few[i]);
			run(growing, pointer_at(pointer, few[i]), few[i], make(growing, few[i], TAIL_ZERO));
		}
	}
}

/* What else is judged, and in which order: with a struct that nobody can read. */
static void try_arguments(void)
{
	static const uint64_t processes[] = { 0, 1ull << 31, 0x3fffffff, UINT64_MAX };
	uint64_t i, flags;

	for (i = 0; i < sizeof processes / sizeof processes[0]; i++) {
		for (flags = 0; flags < 2; flags++) {
			line_begin("growing.sched_setattr.arguments");
			line_number(processes[i]);
			line_number(flags);
			line_end(CALL(sched_setattr, processes[i], PAGE_AT(RW_END), flags));
			line_begin("growing.sched_getattr.arguments");
			line_number(processes[i]);
			line_number(flags);
			line_end(CALL(sched_getattr, processes[i], PAGE_AT(RW_END), 48, flags));
		}
	}
}

/* Members that say what is not. */
static void try_members(void)
{
	static const struct {
		const char *name;
		struct sched_attr attr;
	} attrs[] = {
		{ "policy", { .size = 48, .sched_policy = 99 } },
		{ "flags", { .size = 48, .sched_flags = 1ull << 40 } },
		{ "priority", { .size = 48, .sched_priority = 1 } },
		{ "nice", { .size = 48, .sched_nice = 100 } },
		{ "good", { .size = 48 } },
	};
	static const struct {
		const char *name;
		struct open_how how;
	} hows[] = {
		{ "flags", { .flags = 1ull << 40 } },
		{ "mode", { .mode = 0600 } },
		{ "mode-bits", { .flags = O_CREAT, .mode = 1ull << 20 } },
		{ "resolve", { .resolve = 1ull << 20 } },
		{ "resolve-beneath", { .resolve = RESOLVE_BENEATH } },
		{ "good", { .flags = O_CREAT, .mode = 0600 } },
	};
	size_t i;

	for (i = 0; i < sizeof attrs / sizeof attrs[0]; i++) {
		line_begin("growing.sched_setattr.member");
		line_name(attrs[i].name);
		line_end(CALL(sched_setattr, 0, ADDRESS(&attrs[i].attr), 0));
	}
	CALL(sched_setattr, 0, ADDRESS(&attrs[i - 1].attr), 0);
	for (i = 0; i < sizeof hows / sizeof hows[0]; i++) {
		line_begin("growing.openat2.member");
		line_name(hows[i].name);
		line_end(call_openat2(ADDRESS(&hows[i].how), sizeof hows[i].how));
	}
}

void try_growing(void)
{
	size_t i;

	for (i = 0; i < sizeof all / sizeof all[0]; i++) {
		try_sizes(&all[i]);
		try_pointers(&all[i]);
	}
	try_arguments();
	try_members();
}
