/* The memory of a dead process: cores as this file writes them, cut, twisted and fuzzed, and one of a real process. */
#include "check.h"
#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <usermem/spaces/corefile.h>
#include <usermem/spaces/remote.h>
#include "target.h"
#include "under.h"

enum { PAGE = 4096, DATA = 4096 };

static struct um_corefile core;
static unsigned char buffer[16 * PAGE];

/* ---------------------------------------------------------------- a core of a few lines */

struct segment {
	uint64_t start, length, in_file;
	uint32_t flags, type;
	uint64_t offset; /* 0: behind the one before */
};

static int file = -1; /* what is being written, and read */

static int set_up(void **state)
{
	(void)state;
	file = memfd_create("core", MFD_CLOEXEC);
	return file < 0;
}

static int tear_down(void **state)
{
	(void)state;
	close(file);
	return 0;
}

static unsigned char byte_at(uint64_t offset)
{
	return (unsigned char)(offset * 31 + offset / 251);
}

static void put(const void *data, size_t n, uint64_t offset)
{
	assert_int_equal(pwrite(file, data, n, (off_t)offset), n);
}

static Elf64_Ehdr header_of(size_t count)
{
	return (Elf64_Ehdr){
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_CORE, .e_machine = EM_X86_64, .e_version = EV_CURRENT, .e_phoff = sizeof(Elf64_Ehdr),
		.e_ehsize = sizeof(Elf64_Ehdr), .e_phentsize = sizeof(Elf64_Phdr), .e_phnum = (Elf64_Half)count,
	};
}

/* The bytes of the file are a function of where they are, so that what was read can be told from any other. */
static void write_core(const struct segment *segments, size_t count)
{
	Elf64_Ehdr header = header_of(count);
	uint64_t offset = DATA;
	size_t i;

	assert_int_equal(ftruncate(file, 0), 0);
	for (i = 0; i < sizeof buffer; i++)
		buffer[i] = byte_at(DATA + i);
	put(buffer, sizeof buffer, DATA);
	put(&header, sizeof header, 0);
	for (i = 0; i < count; i++) {
		Elf64_Phdr entry = {
			.p_type = segments[i].type ? segments[i].type : PT_LOAD, .p_flags = segments[i].flags, .p_vaddr = segments[i].start,
			.p_offset = segments[i].offset ? segments[i].offset : offset, .p_filesz = segments[i].in_file, .p_memsz = segments[i].length,
		};

		put(&entry, sizeof entry, sizeof header + i * sizeof entry);
		offset = entry.p_offset + entry.p_filesz;
	}
}

static enum um_status adopt(void)
{
	int copy = fcntl(file, F_DUPFD_CLOEXEC, 0);
	enum um_status status = um_corefile_adopt(&core, copy);

	/* On failure it is still ours. */
	if (status != UM_OK)
		assert_int_equal(close(copy), 0);
	return status;
}

static void open_core(const struct segment *segments, size_t count)
{
	write_core(segments, count);
	CHECK_STATUS(adopt(), UM_OK);
	assert_int_equal(core.flaw, UM_COREFILE_SOUND);
}

static void assert_flaw(enum um_corefile_flaw flaw, enum um_status status)
{
	CHECK_STATUS(adopt(), status);
	assert_int_equal(core.flaw, flaw);
	assert_int_equal(core.count, 0);
	assert_null(core.segments);
}

static void refuse_core(const struct segment *segments, size_t count, enum um_corefile_flaw flaw, enum um_status status)
{
	write_core(segments, count);
	assert_flaw(flaw, status);
}

/* n bytes at addr are those of the file at offset, and then comes `status`. */
static void assert_reads(uint64_t addr, size_t ask, size_t n, uint64_t offset, enum um_status status, unsigned flags)
{
	size_t i;

	memset(buffer, 0xee, sizeof buffer);
	CHECK(um_copy_in(&core.space, buffer, um_addr_of(addr), ask, flags), n, status);
	for (i = 0; i < n; i++)
		assert_int_equal(buffer[i], byte_at(offset + i));
	assert_true(all(buffer + n, sizeof buffer - n, 0xee));
	CHECK(um_check(&core.space, (struct um_range){ um_addr_of(addr), ask }, UM_READ, flags), n, status);
}

/* ---------------------------------------------------------------- reading */

static const struct segment usual[] = {
	{ .start = 0x50000, .length = PAGE, .in_file = PAGE, .flags = PF_R | PF_W },
	{ .start = 0x10000, .length = 3 * PAGE, .in_file = PAGE + 5, .flags = PF_R | PF_X },
	{ .start = 0x13000, .length = PAGE, .in_file = PAGE, .flags = PF_R },
	{ .start = 0x14000, .length = PAGE, .in_file = PAGE, .flags = PF_W },
	{ .start = UINT64_MAX - 9, .length = 10, .in_file = 10, .flags = PF_R },
	{ .start = 0, .length = 10, .in_file = 10, .flags = PF_R },
	{ .start = 0x15000, .length = PAGE, .flags = PF_R },
	{ .start = 0x16000, .length = 7, .in_file = 7, .flags = PF_R, .offset = DATA },
	{ .start = 0x17000, .length = 0, .flags = PF_R },
};
enum { USUAL = sizeof usual / sizeof usual[0] };

static void every_byte_has_its_place(void **state)
{
	uint64_t second = DATA + PAGE;

	(void)state;
	open_core(usual, USUAL);
	assert_reads(0x50000, 2 * PAGE, PAGE, DATA, UM_UNMAPPED, 0);
	assert_reads(0x10000, 2 * PAGE, PAGE + 5, second, UM_BUS, 0);
	assert_reads(0x10003, PAGE + 2, PAGE + 2, second + 3, UM_OK, 0);
	assert_reads(0x12fff, 2, 0, 0, UM_BUS, 0);
	assert_reads(0x13000, 2 * PAGE, PAGE, second + PAGE + 5, UM_DENIED, 0);
	assert_reads(0x13000, 3 * PAGE, 2 * PAGE, second + PAGE + 5, UM_BUS, UM_IGNORE_PERMS);
	assert_reads(0x15000, 1, 0, 0, UM_BUS, 0);
	assert_reads(0x16000, 8, 7, DATA, UM_UNMAPPED, 0);
	assert_reads(0x17000, 1, 0, 0, UM_UNMAPPED, UM_IGNORE_PERMS);
	assert_reads(0, 11, 10, second + 3 * PAGE + 15, UM_UNMAPPED, 0);
	assert_reads(UINT64_MAX - 9, 10, 10, second + 3 * PAGE + 5, UM_OK, 0);
	assert_reads(UINT64_MAX - 10, 2, 0, 0, UM_UNMAPPED, 0);
	CHECK(um_copy_in(&core.space, buffer, um_addr_of(UINT64_MAX - 9), 11, 0), 0, UM_RANGE);
	um_close(&core.space);
}

static void segments_in_order(void **state)
{
	static const struct {
		uint64_t start, length, in_file;
		unsigned access;
	} wanted[] = {
		{ 0, 10, 10, UM_READ }, { 0x10000, 3 * PAGE, PAGE + 5, UM_READ | UM_EXEC }, { 0x13000, PAGE, PAGE, UM_READ }, { 0x14000, PAGE, PAGE, UM_WRITE },
		{ 0x15000, PAGE, 0, UM_READ }, { 0x16000, 7, 7, UM_READ }, { 0x50000, PAGE, PAGE, UM_READ | UM_WRITE }, { UINT64_MAX - 9, 10, 10, UM_READ },
	};
	struct um_corefile_segment segment = { .offset = 77 };
	size_t i, n = sizeof wanted / sizeof wanted[0];

	(void)state;
	open_core(usual, USUAL);
	assert_int_equal(core.count, n);
	assert_int_equal(core.lost, 0);
	assert_true(core.notes_whole && core.pid == 0 && core.command[0] == '\0');
	for (i = 0; i < n; i++) {
		uint64_t before = i == 0 ? 0 : wanted[i - 1].start + wanted[i - 1].length;
		uint64_t froms[] = { before, wanted[i].start, wanted[i].start + (wanted[i].length - 1) };
		size_t k;

		for (k = 0; k < 3; k++) {
			assert_true(um_corefile_next(&core, um_addr_of(froms[k]), &segment));
			assert_int_equal(segment.range.start.value, wanted[i].start);
			assert_int_equal(segment.range.length, wanted[i].length);
			assert_int_equal(segment.in_file, wanted[i].in_file);
			assert_int_equal(segment.access, wanted[i].access);
			assert_null(segment.name);
		}
	}
	um_close(&core.space);
	open_core(usual, 1);
	segment.offset = 77;
	assert_false(um_corefile_next(&core, um_addr_of(0x51000), &segment));
	assert_int_equal(segment.offset, 77);
	um_close(&core.space);
	open_core(NULL, 0);
	assert_false(um_corefile_next(&core, um_addr_of(0), &segment));
	assert_reads(0, 1, 0, 0, UM_UNMAPPED, 0);
	um_close(&core.space);
}

static void what_it_cannot_do_it_refuses(void **state)
{
	struct um_atomic_access access = { .op = UM_LOAD, .size = 4 };
	struct um_range range = { um_addr_of(0x50000), 8 };

	(void)state;
	open_core(usual, USUAL);
	assert_int_equal(core.space.can, UM_CAN_CHECK | UM_CAN_PERMS | UM_CAN_IGNORE_PERMS);
	CHECK(um_copy_out(&core.space, range.start, buffer, 8, 0), 0, UM_UNSUPPORTED);
	CHECK(um_fill(&core.space, range.start, 1, 8, UM_IGNORE_PERMS), 0, UM_UNSUPPORTED);
	CHECK_STATUS(um_atomic(&core.space, range.start, &access, 0), UM_UNSUPPORTED);
	CHECK(um_copy_in(&core.space, buffer, range.start, 8, UM_NOFAULT), 0, UM_UNSUPPORTED);
	CHECK(um_check(&core.space, range, UM_WRITE, 0), 0, UM_UNSUPPORTED);
	CHECK(um_check(&core.space, range, UM_READ | UM_WRITE, UM_IGNORE_PERMS), 0, UM_UNSUPPORTED);
	CHECK(um_check(&core.space, (struct um_range){ um_addr_of(0x10000), 8 }, UM_EXEC, 0), 8, UM_OK);
	CHECK(um_check(&core.space, range, UM_EXEC, 0), 0, UM_DENIED);
	CHECK(um_check(&core.space, range, UM_READ | UM_EXEC, 0), 0, UM_DENIED);
	CHECK(um_check(&core.space, range, UM_READ | UM_EXEC, UM_IGNORE_PERMS), 8, UM_OK);
	um_close(&core.space);
}

/* ---------------------------------------------------------------- files that end early */

static void a_core_that_was_cut_off(void **state)
{
	const struct segment segments[] = { { .start = 0x1000, .length = 100, .in_file = 100, .flags = PF_R },
		                            { .start = 0x2000, .length = 100, .in_file = 100, .flags = PF_R } };
	size_t length;

	(void)state;
	for (length = 0; length <= DATA + 200; length += length < 200 || length >= DATA - 2 ? 1 : 13) {
		size_t first = length < DATA ? 0 : length - DATA, second = first < 100 ? 0 : first - 100;

		write_core(segments, 2);
		assert_int_equal(ftruncate(file, (off_t)length), 0);
		if (length < sizeof(Elf64_Ehdr) + 2 * sizeof(Elf64_Phdr)) {
			assert_flaw(length == 0 ? UM_COREFILE_EMPTY : length < 4 ? UM_COREFILE_FOREIGN : UM_COREFILE_CUT_OFF, UM_INVALID);
			continue;
		}
		CHECK_STATUS(adopt(), UM_OK);
		first = first < 100 ? first : 100;
		assert_int_equal(core.lost, 200 - first - second);
		assert_reads(0x1000, 100, first, DATA, first < 100 ? UM_BUS : UM_OK, 0);
		assert_reads(0x2000, 100, second, DATA + 100, second < 100 ? UM_BUS : UM_OK, 0);
		um_close(&core.space);
	}
}

static void a_core_that_shrinks_while_it_is_open(void **state)
{
	size_t length;

	(void)state;
	open_core(usual, 1);
	for (length = PAGE; length-- > 0; length -= length > 4000 || length < 100 ? 0 : 36) {
		assert_int_equal(ftruncate(file, (off_t)(DATA + length)), 0);
		memset(buffer, 0xee, PAGE);
		CHECK(um_copy_in(&core.space, buffer, um_addr_of(0x50000), PAGE, 0), length, UM_BUS);
		assert_true(all(buffer + length, PAGE - length, 0xee));
	}
	assert_int_equal(ftruncate(file, 0), 0);
	CHECK(um_copy_in(&core.space, buffer, um_addr_of(0x50000), 1, 0), 0, UM_BUS);
	CHECK(um_copy_string_in(&core.space, (char *)buffer, um_addr_of(0x50000), 10, 0), 0, UM_BUS);
	um_close(&core.space);
}

/* ---------------------------------------------------------------- what is no core, and why */

static void write_file(const void *data, size_t n)
{
	assert_int_equal(ftruncate(file, 0), 0);
	put(data, n, 0);
}

static void files_that_are_no_cores(void **state)
{
	static const struct {
		const char *start;
		size_t length;
		enum um_corefile_flaw flaw;
		enum um_status status;
	} cases[] = {
		{ "", 0, UM_COREFILE_EMPTY, UM_INVALID },
		{ "\x7f", 1, UM_COREFILE_FOREIGN, UM_INVALID },
		{ "\x7f" "ELF", 4, UM_COREFILE_CUT_OFF, UM_INVALID },
		{ "#!/bin/sh\n", 10, UM_COREFILE_FOREIGN, UM_INVALID },
		{ "\x28\xb5\x2f\xfd....", 8, UM_COREFILE_COMPRESSED, UM_INVALID },
		{ "\x28\xb5\x2f", 3, UM_COREFILE_FOREIGN, UM_INVALID },
		{ "\x1f\x8b\x08", 3, UM_COREFILE_COMPRESSED, UM_INVALID },
		{ "\xfd" "7zXZ\0", 6, UM_COREFILE_COMPRESSED, UM_INVALID },
		{ "\x04\x22\x4d\x18", 4, UM_COREFILE_COMPRESSED, UM_INVALID },
		{ "BZh9", 4, UM_COREFILE_COMPRESSED, UM_INVALID },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		write_file(cases[i].start, cases[i].length);
		assert_flaw(cases[i].flaw, cases[i].status);
	}
}

/* Opens by name, and expects a failure that leaves no descriptor behind. */
static void assert_path(const char *path, enum um_corefile_flaw flaw, enum um_status status)
{
	int before = dup(0), after;

	close(before);
	CHECK_STATUS(um_corefile_open(&core, path), status);
	assert_int_equal(core.flaw, flaw);
	after = dup(0);
	close(after);
	assert_int_equal(before, after);
}

static void names_that_are_no_cores(void **state)
{
	char folder[] = "/tmp/usermem-XXXXXX", path[100], long_name[5000];
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct rlimit usual_limit, limit;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/it", folder);
	assert_path(path, UM_COREFILE_MISSING, UM_GONE);
	assert_path("", UM_COREFILE_MISSING, UM_GONE);
	memset(long_name, 'x', sizeof long_name - 1);
	long_name[sizeof long_name - 1] = '\0';
	assert_path(long_name, UM_COREFILE_MISSING, UM_GONE);
	assert_path(folder, UM_COREFILE_NO_FILE, UM_UNSUPPORTED);
	assert_path("/dev/null", UM_COREFILE_NO_FILE, UM_UNSUPPORTED);
	assert_path("/proc/self/exe", UM_COREFILE_PROGRAM, UM_INVALID);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_path(path, UM_COREFILE_NO_FILE, UM_UNSUPPORTED);
	assert_int_equal(unlink(path), 0);
	strcpy(address.sun_path, path);
	assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
	assert_path(path, UM_COREFILE_NO_FILE, UM_UNSUPPORTED);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink(path, path), 0);
	assert_path(path, UM_COREFILE_REFUSED, UM_REFUSED);
	assert_int_equal(unlink(path), 0);
	getrlimit(RLIMIT_NOFILE, &usual_limit);
	limit = usual_limit;
	limit.rlim_cur = (rlim_t)dup(0);
	close((int)limit.rlim_cur);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	CHECK_STATUS(um_corefile_open(&core, "/proc/self/exe"), UM_NO_MEMORY);
	assert_int_equal(core.flaw, UM_COREFILE_NO_ROOM);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &usual_limit), 0);
	CHECK_STATUS(um_corefile_adopt(&core, -1), UM_BUS);
	assert_int_equal(core.flaw, UM_COREFILE_UNREADABLE);
	rmdir(folder);
	close(listener);
}

static void a_core_by_name(void **state)
{
	char path[40];

	(void)state;
	write_core(usual, USUAL);
	snprintf(path, sizeof path, "/proc/self/fd/%d", file);
	CHECK_STATUS(um_corefile_open(&core, path), UM_OK);
	assert_reads(0x50000, PAGE, PAGE, DATA, UM_OK, 0);
	assert_int_equal(fcntl(core.fd, F_GETFD), FD_CLOEXEC);
	um_close(&core.space);
	assert_int_equal(fcntl(core.fd, F_GETFD), -1);
}

/* ---------------------------------------------------------------- headers that contradict themselves */

static void segments_that_cannot_be(void **state)
{
	static const struct segment wrong[][2] = {
		{ { .start = 0x1000, .length = 0x1001 }, { .start = 0x2000, .length = 1 } },        /* overlap */
		{ { .start = 0x2000, .length = 1 }, { .start = 0x1000, .length = 0x1001 } },        /* in the other order */
		{ { .start = 0x1000, .length = 1 }, { .start = 0x1000, .length = 1 } },             /* twice */
		{ { .start = 0x1000, .length = UINT64_MAX - 0xfff }, { .start = UINT64_MAX, .length = 1 } },
		{ { .start = 0, .length = UINT64_MAX }, { .start = UINT64_MAX - 1, .length = 2 } },
		{ { .start = UINT64_MAX, .length = 2 }, { .length = 0 } },                          /* wraps */
		{ { .start = 0x1000, .length = UINT64_MAX - 0xffe }, { .length = 0 } },
		{ { .start = 0x1000, .length = UINT64_MAX }, { .length = 0 } },
		{ { .start = 0x1000, .length = 10, .in_file = 11 }, { .length = 0 } },              /* more of it in the file */
		{ { .start = 0x1000, .length = 0, .in_file = 1 }, { .length = 0 } },
		{ { .start = 0x1000, .length = 100, .in_file = 100, .offset = UINT64_MAX - 98 }, { .length = 0 } },
	};
	static const struct segment right[][2] = {
		{ { .start = 0x1000, .length = 0x1000 }, { .start = 0x2000, .length = 1 } },
		{ { .start = 0, .length = UINT64_MAX }, { .start = UINT64_MAX, .length = 1 } },
		{ { .start = 1, .length = UINT64_MAX }, { .start = 0, .length = 1 } },
		{ { .start = 0x1000, .length = 100, .in_file = 100, .offset = UINT64_MAX - 100 }, { .length = 0 } },
		{ { .start = 0x1000, .length = 100, .in_file = 100, .offset = INT64_MAX }, { .length = 0 } },
		{ { .start = 0x1000, .length = UINT64_MAX - 0xfff, .in_file = UINT64_MAX - 0xfff, .offset = 1 }, { .length = 0 } },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		refuse_core(wrong[i], 2, UM_COREFILE_CONTRADICTORY, UM_INVALID);
	for (i = 0; i < sizeof right / sizeof right[0]; i++) {
		open_core(right[i], 2);
		CHECK(um_copy_in(&core.space, buffer, um_addr_of(right[i][0].start), 1, UM_IGNORE_PERMS), i == 5, i == 5 ? UM_OK : UM_BUS);
		um_close(&core.space);
	}
}

static void file_headers_that_cannot_be(void **state)
{
	static const struct {
		size_t at, size;
		uint64_t value;
		enum um_corefile_flaw flaw;
		enum um_status status;
	} cases[] = {
		{ EI_CLASS, 1, 0, UM_COREFILE_CONTRADICTORY, UM_INVALID },
		{ EI_CLASS, 1, 3, UM_COREFILE_CONTRADICTORY, UM_INVALID },
		{ EI_DATA, 1, 0, UM_COREFILE_CONTRADICTORY, UM_INVALID },
		{ EI_DATA, 1, ELFDATA2MSB, UM_COREFILE_BYTE_ORDER, UM_UNSUPPORTED },
		{ EI_VERSION, 1, 0, UM_COREFILE_CONTRADICTORY, UM_INVALID },
		{ offsetof(Elf64_Ehdr, e_type), 2, ET_EXEC, UM_COREFILE_PROGRAM, UM_INVALID },
		{ offsetof(Elf64_Ehdr, e_type), 2, ET_REL, UM_COREFILE_PROGRAM, UM_INVALID },
		{ offsetof(Elf64_Ehdr, e_phentsize), 2, 55, UM_COREFILE_CONTRADICTORY, UM_INVALID },
		{ offsetof(Elf64_Ehdr, e_phentsize), 2, 0, UM_COREFILE_CONTRADICTORY, UM_INVALID },
		{ offsetof(Elf64_Ehdr, e_phoff), 8, UINT64_MAX, UM_COREFILE_CUT_OFF, UM_INVALID },
		{ offsetof(Elf64_Ehdr, e_phoff), 8, UINT64_MAX - 55, UM_COREFILE_CUT_OFF, UM_INVALID },
		{ offsetof(Elf64_Ehdr, e_phoff), 8, DATA + sizeof buffer - 55, UM_COREFILE_CUT_OFF, UM_INVALID },
		{ offsetof(Elf64_Ehdr, e_phnum), 2, 0xfffe, UM_COREFILE_CUT_OFF, UM_INVALID },
		{ offsetof(Elf64_Ehdr, e_phnum), 2, PN_XNUM, UM_COREFILE_CUT_OFF, UM_INVALID }, /* no section counts them: it is the number */
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		write_core(usual, 1);
		put(&cases[i].value, cases[i].size, cases[i].at);
		assert_flaw(cases[i].flaw, cases[i].status);
	}
}

/* Addresses of 32 bits end earlier, and so does the header. */
static void narrow_cores_end_earlier(void **state)
{
	struct {
		Elf32_Ehdr file;
		Elf32_Phdr segment;
	} headers = {
		.file = { .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS32, ELFDATA2LSB, EV_CURRENT }, .e_type = ET_CORE,
		          .e_version = EV_CURRENT, .e_phoff = sizeof(Elf32_Ehdr), .e_phentsize = sizeof(Elf32_Phdr), .e_phnum = 1 },
		.segment = { .p_type = PT_LOAD, .p_vaddr = 0xfffff000, .p_memsz = 0x1000, .p_filesz = 52, .p_flags = PF_R },
	};

	(void)state;
	write_file(&headers, sizeof headers);
	CHECK_STATUS(adopt(), UM_OK);
	CHECK(um_copy_in(&core.space, buffer, um_addr_of(0xfffff000), 53, 0), 52, UM_BUS);
	assert_memory_equal(buffer, &headers, 52);
	CHECK(um_copy_in(&core.space, buffer, um_addr_of(0x100000000), 1, 0), 0, UM_UNMAPPED);
	um_close(&core.space);
	headers.segment.p_memsz = 0x1001;
	write_file(&headers, sizeof headers);
	assert_flaw(UM_COREFILE_CONTRADICTORY, UM_INVALID);
	headers.file.e_phnum = 0;
	write_file(&headers, sizeof headers.file);
	CHECK_STATUS(adopt(), UM_OK);
	um_close(&core.space);
	write_file(&headers, sizeof headers.file - 1);
	assert_flaw(UM_COREFILE_CUT_OFF, UM_INVALID);
}

/* ---------------------------------------------------------------- many, and too many */

/* count headers behind offset 0x1000 000, counted by a section's header as the kernel does it. */
static void write_many(uint32_t count, bool backwards)
{
	Elf64_Ehdr header = header_of(PN_XNUM);
	Elf64_Shdr section = { .sh_info = count, .sh_size = 1 };
	size_t size = count * sizeof(Elf64_Phdr);
	Elf64_Phdr *entries = calloc(count, sizeof *entries);
	uint32_t i;

	assert_non_null(entries);
	header.e_shoff = sizeof header;
	header.e_shnum = 1;
	header.e_phoff = DATA;
	assert_int_equal(ftruncate(file, 0), 0);
	put(&header, sizeof header, 0);
	put(&section, sizeof section, header.e_shoff);
	for (i = 0; i < count; i++) {
		uint64_t place = backwards ? count - 1 - i : i;

		entries[i] = (Elf64_Phdr){ .p_type = PT_LOAD, .p_flags = PF_R, .p_vaddr = 0x10000 + place * 2 * PAGE, .p_memsz = PAGE,
			                   .p_offset = DATA + i * sizeof *entries, .p_filesz = sizeof *entries };
	}
	put(entries, size, DATA);
	free(entries);
}

static void more_segments_than_sixteen_bits_count(void **state)
{
	static const uint32_t counts[] = { 65535, 65536, 65537, 300000 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof counts / sizeof counts[0]; i++) {
		uint32_t n = counts[i], k;

		write_many(n, i % 2);
		CHECK_STATUS(adopt(), UM_OK);
		assert_int_equal(core.count, n);
		for (k = 0; k < n; k += n / 1000) {
			Elf64_Phdr entry;

			CHECK(um_copy_in(&core.space, &entry, um_addr_of(0x10000 + k * UINT64_C(2) * PAGE), sizeof entry, 0), sizeof entry, UM_OK);
			assert_int_equal(entry.p_vaddr, 0x10000 + k * UINT64_C(2) * PAGE);
			CHECK(um_copy_in(&core.space, &entry, um_addr_of(0x10000 + k * UINT64_C(2) * PAGE + PAGE), 1, 0), 0, UM_UNMAPPED);
		}
		um_close(&core.space);
	}
}

static size_t resident(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (size_t)usage.ru_maxrss * 1024;
}

/* Sparse files, which claim gigabytes and have none. */
static void absurd_counts_cost_nothing(void **state)
{
	Elf64_Ehdr header = header_of(PN_XNUM);
	Elf64_Shdr section = { 0 };
	size_t before = resident();
	uint32_t many;

	(void)state;
	header.e_shoff = sizeof header;
	header.e_phoff = DATA;
	for (many = 1; many <= 4; many++) {
		/* Section headers, which a core hardly has, are not even looked at. */
		section.sh_size = many == 1 ? UINT32_MAX : UINT64_MAX;
		section.sh_info = many == 1 ? 1u << 24 : many == 2 ? (1u << 24) + 1 : many == 3 ? UINT32_MAX : 65534;
		assert_int_equal(ftruncate(file, 0), 0);
		put(&header, sizeof header, 0);
		put(&section, sizeof section, header.e_shoff);
		assert_int_equal(ftruncate(file, (off_t)1 << 40), 0);
		if (many == 1) { /* that many headers which say nothing */
			CHECK_STATUS(adopt(), UM_OK);
			assert_int_equal(core.count, 0);
			um_close(&core.space);
		} else {
			assert_flaw(many == 4 ? UM_COREFILE_CONTRADICTORY : UM_COREFILE_TOO_MANY, many == 4 ? UM_INVALID : UM_TOO_BIG);
		}
	}
	for (many = 0; many < 3; many++) {
		header.e_shoff = many == 0 ? UINT64_MAX : many == 1 ? INT64_MAX - 63 : (UINT64_C(1) << 40) - 63;
		put(&header, sizeof header, 0);
		assert_flaw(UM_COREFILE_CUT_OFF, UM_INVALID);
	}
	if (!under_asan() && !under_tsan() && !under_valgrind())
		assert_true(resident() - before < 64 << 20);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_byte_has_its_place),
		cmocka_unit_test(segments_in_order),
		cmocka_unit_test(what_it_cannot_do_it_refuses),
		cmocka_unit_test(a_core_that_was_cut_off),
		cmocka_unit_test(a_core_that_shrinks_while_it_is_open),
		cmocka_unit_test(files_that_are_no_cores),
		cmocka_unit_test(names_that_are_no_cores),
		cmocka_unit_test(a_core_by_name),
		cmocka_unit_test(segments_that_cannot_be),
		cmocka_unit_test(file_headers_that_cannot_be),
		cmocka_unit_test(narrow_cores_end_earlier),
		cmocka_unit_test(more_segments_than_sixteen_bits_count),
		cmocka_unit_test(absurd_counts_cost_nothing),
	};

	return cmocka_run_group_tests_name("corefile", tests, set_up, tear_down);
}
