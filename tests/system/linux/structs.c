/* Objects of a fixed size, in and out: each call with its object at each of the pointers. */
#include <asm/stat.h>
#include <linux/prctl.h>
#include <linux/resource.h>
#include <linux/sysinfo.h>
#include <linux/time_types.h>
#include <linux/utsname.h>

#include "groups.h"
#include "line.h"

static const char source[] = "/tmp/source";
static const struct rlimit64 limit = { .rlim_cur = 4096, .rlim_max = 8192 };
static const struct rlimit64 wrong_limit = { .rlim_cur = 8192, .rlim_max = 4096 };
static const struct __kernel_timespec shortly = { .tv_nsec = 1 };
static const struct __kernel_timespec negative = { .tv_sec = -1 };
static const struct __kernel_timespec second = { .tv_nsec = 1000000000 };
static const struct __kernel_timespec negative_part = { .tv_nsec = -1 };

/* A call and its object: what is put there before, and which of its words vary or whatever else is to be masked. */
struct object {
	const char *name;
	int64_t (*call)(uint64_t address);
	uint64_t size;
	const void *placed;
	void (*mask)(uint64_t address);
};

static int64_t call_fstat(uint64_t address)
{
	return CALL(fstat, files_source(), address);
}

static int64_t call_fstat_closed(uint64_t address)
{
	return CALL(fstat, 99, address);
}

static int64_t call_newfstatat(uint64_t address)
{
	return CALL(newfstatat, CURRENT_FOLDER, ADDRESS(source), address, 0);
}

static int64_t call_newfstatat_empty(uint64_t address)
{
	return CALL(newfstatat, files_source(), ADDRESS(""), address, AT_EMPTY_PATH);
}

static int64_t call_newfstatat_flags(uint64_t address)
{
	return CALL(newfstatat, CURRENT_FOLDER, ADDRESS(source), address, 1u << 30);
}

/* Device, inode, blocks and times. */
static void mask_stat(uint64_t address)
{
	arena_mask_words(address, 16, 5);
	arena_mask_words(address + 64, 56, 5);
}

static int64_t call_uname(uint64_t address)
{
	return CALL(uname, address);
}

static void mask_uname(uint64_t address)
{
	arena_mask(address, 16);
	arena_mask(address + offsetof(struct new_utsname, nodename), 40);
	arena_mask(address + offsetof(struct new_utsname, release), 40);
	arena_mask(address + offsetof(struct new_utsname, version), 64);
	arena_mask(address + offsetof(struct new_utsname, machine), 10);
	arena_mask(address + offsetof(struct new_utsname, domainname), 10);
}

static int64_t call_clock_real(uint64_t address)
{
	return CALL(clock_gettime, 0, address);
}

static int64_t call_clock_monotonic(uint64_t address)
{
	return CALL(clock_gettime, 1, address);
}

static int64_t call_clock_wrong(uint64_t address)
{
	return CALL(clock_gettime, 99, address);
}

static void mask_timespec(uint64_t address)
{
	arena_mask_words(address, 16, 5);
}

static int64_t call_sysinfo(uint64_t address)
{
	return CALL(sysinfo, address);
}

static void mask_sysinfo(uint64_t address)
{
	arena_mask_words(address, offsetof(struct sysinfo, procs), 5);
	arena_mask(address + offsetof(struct sysinfo, procs), 2);
}

static int64_t call_getrusage(uint64_t address)
{
	return CALL(getrusage, 0, address);
}

static int64_t call_getrusage_children(uint64_t address)
{
	return CALL(getrusage, UINT64_MAX, address);
}

static int64_t call_getrusage_wrong(uint64_t address)
{
	return CALL(getrusage, 99, address);
}

static void mask_rusage(uint64_t address)
{
	arena_mask_words(address, sizeof(struct rusage), 5);
}

static int64_t call_nanosleep(uint64_t address)
{
	return CALL(nanosleep, address, 0);
}

static int64_t call_nanosleep_rest(uint64_t address)
{
	return CALL(nanosleep, ADDRESS(&shortly), address);
}

static int64_t call_prlimit_set(uint64_t address)
{
	return CALL(prlimit64, 0, RLIMIT_CORE, address, 0);
}

static int64_t call_prlimit_get(uint64_t address)
{
	return CALL(prlimit64, 0, RLIMIT_CORE, 0, address);
}

static int64_t call_prlimit_swap(uint64_t address)
{
	return CALL(prlimit64, 0, RLIMIT_CORE, address, address);
}

static int64_t call_prlimit_set_get(uint64_t address)
{
	return CALL(prlimit64, 0, RLIMIT_CORE, ADDRESS(&limit), address);
}

static int64_t call_prlimit_wrong(uint64_t address)
{
	return CALL(prlimit64, 0, 99, address, address);
}

static int64_t call_prlimit_nobody(uint64_t address)
{
	return CALL(prlimit64, 0x3fffffff, RLIMIT_CORE, 0, address);
}

static int64_t call_get_name(uint64_t address)
{
	CALL(prctl, PR_SET_NAME, ADDRESS("a longer name than it may be"));
	return CALL(prctl, PR_GET_NAME, address);
}

#define TIMESPEC sizeof(struct __kernel_timespec)
#define LIMIT sizeof(struct rlimit64)

static const struct object objects[] = {
	{ "fstat", call_fstat, sizeof(struct stat), NULL, mask_stat },
	{ "fstat-closed", call_fstat_closed, sizeof(struct stat), NULL, NULL },
	{ "newfstatat", call_newfstatat, sizeof(struct stat), NULL, mask_stat },
	{ "newfstatat-empty", call_newfstatat_empty, sizeof(struct stat), NULL, mask_stat },
	{ "newfstatat-flags", call_newfstatat_flags, sizeof(struct stat), NULL, NULL },
	{ "uname", call_uname, sizeof(struct new_utsname), NULL, mask_uname },
	{ "clock_gettime.real", call_clock_real, TIMESPEC, NULL, mask_timespec },
	{ "clock_gettime.monotonic", call_clock_monotonic, TIMESPEC, NULL, mask_timespec },
	{ "clock_gettime.wrong", call_clock_wrong, TIMESPEC, NULL, NULL },
	{ "sysinfo", call_sysinfo, sizeof(struct sysinfo), NULL, mask_sysinfo },
	{ "getrusage.self", call_getrusage, sizeof(struct rusage), NULL, mask_rusage },
	{ "getrusage.children", call_getrusage_children, sizeof(struct rusage), NULL, mask_rusage },
	{ "getrusage.wrong", call_getrusage_wrong, sizeof(struct rusage), NULL, NULL },
	{ "nanosleep", call_nanosleep, TIMESPEC, &shortly, NULL },
	{ "nanosleep-negative", call_nanosleep, TIMESPEC, &negative, NULL },
	{ "nanosleep-second", call_nanosleep, TIMESPEC, &second, NULL },
	{ "nanosleep-negative-part", call_nanosleep, TIMESPEC, &negative_part, NULL },
	{ "nanosleep-rest", call_nanosleep_rest, TIMESPEC, NULL, NULL },
	{ "prctl.get_name", call_get_name, 16, NULL, NULL },
	{ "prlimit64.set", call_prlimit_set, LIMIT, &limit, NULL },
	{ "prlimit64.set-wrong", call_prlimit_set, LIMIT, &wrong_limit, NULL },
	{ "prlimit64.get", call_prlimit_get, LIMIT, NULL, NULL },
	{ "prlimit64.swap", call_prlimit_swap, LIMIT, &limit, NULL },
	{ "prlimit64.set-get", call_prlimit_set_get, LIMIT, NULL, NULL },
	{ "prlimit64.wrong", call_prlimit_wrong, LIMIT, &limit, NULL },
	{ "prlimit64.nobody", call_prlimit_nobody, LIMIT, NULL, NULL },
};

static void try_object(const struct object *object)
{
	const struct pointer *pointer;
	uint64_t address;
	int64_t result;

	for (pointer = pointers; pointer->name != NULL; pointer++) {
		line_begin("structs");
		line_name(object->name);
		line_name(pointer->name);
		address = pointer_at(pointer, object->size);
		CALL(prlimit64, 0, RLIMIT_CORE, ADDRESS(&limit), 0);
		if (object->placed != NULL)
			arena_place(address, object->placed, object->size);
		result = object->call(address);
		if (object->mask != NULL)
			object->mask(address);
		if (object->placed != NULL)
			arena_withdraw(address, object->placed, object->size);
		line_end(result);
	}
}

/* Bytes of which nobody can say what they will be: only how many.  Linux on AArch64 may have done up to 15 more than it says. */
static void mask_random(uint64_t address, int64_t result)
{
	if (result > 0)
		arena_mask(address, (uint64_t)result + 15);
}

static void try_random(void)
{
	static const uint64_t counts[] = { 0, 1, 7, 32, 33, 64, 100, 256, 257, 5000, 0x7ffff001, INT64_MAX, UINT64_MAX };
	static const uint64_t flags[] = { 0, 1, 2, 4, 6, 8 };
	const struct pointer *pointer;
	int64_t result;
	uint64_t i;

	for (i = 0; i < sizeof counts / sizeof counts[0]; i++) {
		for (pointer = pointers; pointer->name != NULL; pointer++) {
			line_begin("structs.getrandom");
			line_name(pointer->name);
			line_number(counts[i]);
			result = CALL(getrandom, pointer_at(pointer, counts[i]), counts[i], 0);
			mask_random(pointer_at(pointer, counts[i]), result);
			line_end(result);
		}
	}
	for (i = 0; i < sizeof flags / sizeof flags[0]; i++) {
		line_begin("structs.getrandom.flags");
		line_number(flags[i]);
		result = CALL(getrandom, PAGE_AT(RW), 8, flags[i]);
		mask_random(PAGE_AT(RW), result);
		line_end(result);
	}
}

void try_structs(void)
{
	size_t i;

	for (i = 0; i < sizeof objects / sizeof objects[0]; i++)
		try_object(&objects[i]);
	try_random();
}
