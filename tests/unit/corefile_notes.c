/* What a core's notes tell, and what they may not: lies, flips of every byte, and the notes of a real process. */
#include "check.h"
#include <elf.h>
#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <usermem/spaces/corefile.h>
#include <usermem/spaces/remote.h>
#include "target.h"
#include "under.h"

enum { PAGE = 4096, NOTES = 1024, DATA = 4096, ROOM = 3 * PAGE };

static struct um_corefile core;
static int file = -1;

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

static enum um_status adopt(void)
{
	int copy = fcntl(file, F_DUPFD_CLOEXEC, 0);
	enum um_status status = um_corefile_adopt(&core, copy);

	if (status != UM_OK)
		close(copy);
	return status;
}

/* ---------------------------------------------------------------- notes of a few lines */

static unsigned char image[ROOM];
static size_t used; /* of the notes in it */

static void add_note(uint32_t type, const void *content, size_t size)
{
	Elf64_Nhdr note = { .n_namesz = 5, .n_descsz = (Elf64_Word)size, .n_type = type };

	memcpy(image + NOTES + used, &note, sizeof note);
	memcpy(image + NOTES + used + sizeof note, "CORE\0\0\0", 8);
	memcpy(image + NOTES + used + sizeof note + 8, content, size);
	used += (sizeof note + 8 + size + 3) & ~(size_t)3;
}

/* struct elf_prpsinfo, of that size. */
static void add_process(size_t size, int32_t pid, const char *command)
{
	unsigned char info[136] = { 0 };
	size_t at = size == 136 ? 24 : size == 128 ? 16 : 12;

	memcpy(info + at, &pid, sizeof pid);
	memcpy(info + at + 16, command, strnlen(command, 16));
	memset(info + at + 32, 'a', size - at - 32); /* its arguments */
	add_note(NT_PRPSINFO, info, size);
}

/* NT_FILE: numbers of `width` bytes, then text. */
static void add_files(size_t width, const uint64_t *numbers, size_t count, const char *text, size_t length)
{
	unsigned char content[1024];
	size_t i;

	for (i = 0; i < count; i++)
		memcpy(content + i * width, &numbers[i], width);
	memcpy(content + count * width, text, length);
	add_note(NT_FILE, content, count * width + length);
}

#define WRITE_HEADERS(bits, align) \
	do { \
		struct { \
			Elf##bits##_Ehdr file; \
			Elf##bits##_Phdr notes, segments[3]; \
		} headers = { \
			.file = { .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS##bits, ELFDATA2LSB, EV_CURRENT }, .e_type = ET_CORE, \
			          .e_version = EV_CURRENT, .e_phoff = sizeof(Elf##bits##_Ehdr), .e_phentsize = sizeof(Elf##bits##_Phdr), .e_phnum = 4 }, \
			.notes = { .p_type = PT_NOTE, .p_offset = NOTES, .p_filesz = (Elf##bits##_Word)used, .p_align = (align) }, \
			.segments = { { .p_type = PT_LOAD, .p_vaddr = 0x12000, .p_memsz = PAGE, .p_flags = PF_R }, \
			              { .p_type = PT_LOAD, .p_vaddr = 0x10000, .p_memsz = 2 * PAGE, .p_filesz = PAGE, .p_flags = PF_R, .p_offset = DATA }, \
			              { .p_type = PT_LOAD, .p_vaddr = 0x20000, .p_memsz = PAGE, .p_filesz = PAGE, .p_flags = PF_R, .p_offset = DATA + PAGE } }, \
		}; \
		memcpy(image, &headers, sizeof headers); \
	} while (0)

static void write_image(void)
{
	assert_int_equal(pwrite(file, image, sizeof image, 0), sizeof image);
}

static void open_core(int bits, unsigned align)
{
	if (bits == 32)
		WRITE_HEADERS(32, align);
	else
		WRITE_HEADERS(64, align);
	write_image();
	CHECK_STATUS(adopt(), UM_OK);
	assert_int_equal(core.count, 3);
	used = 0;
}

static void assert_name(size_t segment, const char *name, uint64_t offset)
{
	if (!name) {
		assert_null(core.segments[segment].name);
		return;
	}
	assert_non_null(core.segments[segment].name);
	assert_string_equal(core.segments[segment].name, name);
	assert_int_equal(core.segments[segment].name_offset, offset);
}

static const uint64_t usual[] = { 2, PAGE, 0x10000, 0x13000, 7, 0x20000, 0x21000, 0 };
static const char usual_names[] = "/bin/one\0/lib/two";

static void notes_tell_names_and_whose_it_was(void **state)
{
	static const struct {
		int bits;
		unsigned align;
		size_t process;
	} layouts[] = { { 64, 4, 136 }, { 64, 0, 136 }, { 32, 4, 124 }, { 32, 1, 128 } };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof layouts / sizeof layouts[0]; i++) {
		add_note(NT_PRSTATUS, "registers", 9);
		add_process(layouts[i].process, 4711, "sixteen letters!!");
		add_note(NT_AUXV, "", 0);
		add_files((size_t)layouts[i].bits / 8, usual, 8, usual_names, sizeof usual_names);
		open_core(layouts[i].bits, layouts[i].align);
		assert_true(core.notes_whole);
		assert_int_equal(core.pid, 4711);
		assert_string_equal(core.command, "sixteen letters!");
		assert_name(0, "/bin/one", 7 * PAGE);
		assert_name(1, "/bin/one", 9 * PAGE);
		assert_name(2, "/lib/two", 0);
		um_close(&core.space);
	}
}

static void notes_that_say_nothing(void **state)
{
	(void)state;
	open_core(64, 4);
	assert_true(core.notes_whole && core.pid == 0 && core.command[0] == '\0');
	um_close(&core.space);
	add_process(136, -5, "");
	add_files(8, (const uint64_t[]){ 0, PAGE }, 2, "", 0);
	open_core(64, 4);
	assert_true(core.notes_whole && core.pid == 0 && core.command[0] == '\0');
	assert_name(0, NULL, 0);
	um_close(&core.space);
	add_process(120, 5, "some other size"); /* of a machine that we do not know */
	open_core(64, 4);
	assert_true(core.notes_whole && core.pid == 0);
	um_close(&core.space);
	/* What others have written by that number is no process. */
	add_process(136, 5, "other");
	memcpy(image + NOTES + sizeof(Elf64_Nhdr), "LINU", 4);
	open_core(64, 4);
	assert_true(core.notes_whole && core.pid == 0);
	um_close(&core.space);
	add_process(136, 5, "other");
	memcpy(image + NOTES, &(uint32_t){ 8 }, 4); /* a longer name */
	open_core(64, 4);
	assert_true(core.notes_whole && core.pid == 0);
	um_close(&core.space);
}

static void the_first_of_its_kind_counts(void **state)
{
	static const uint64_t others[] = { 1, PAGE, 0x10000, 0x11000, 1 };

	(void)state;
	add_process(136, 4711, "first");
	add_process(136, 4712, "second");
	add_files(8, usual, 8, usual_names, sizeof usual_names);
	add_files(8, others, 5, "/other", 7);
	open_core(64, 4);
	assert_true(core.notes_whole);
	assert_int_equal(core.pid, 4711);
	assert_string_equal(core.command, "first");
	assert_name(0, "/bin/one", 7 * PAGE);
	um_close(&core.space);
}

static void a_file_ends_before_its_neighbour(void **state)
{
	static const uint64_t numbers[] = { 1, PAGE, 0x10000, 0x12000, 1 };

	(void)state;
	add_files(8, numbers, 5, "/file", 6);
	open_core(64, 4);
	assert_name(0, "/file", PAGE);
	assert_name(1, NULL, 0);
	um_close(&core.space);
}

static void files_that_lie_have_no_names(void **state)
{
	static const struct {
		uint64_t numbers[8];
		size_t count;
		const char *names;
		size_t length;
	} lies[] = {
		{ { 3, PAGE, 0x10000, 0x13000, 7, 0x20000, 0x21000, 0 }, 8, usual_names, sizeof usual_names },
		{ { UINT64_MAX, PAGE, 0x10000, 0x13000, 7, 0x20000, 0x21000, 0 }, 8, usual_names, sizeof usual_names },
		{ { UINT64_MAX / 24, PAGE, 0x10000, 0x13000, 7, 0x20000, 0x21000, 0 }, 8, usual_names, sizeof usual_names },
		{ { 2, PAGE, 0x10000, 0x13000, 7, 0x20000, 0x21000, 0 }, 8, usual_names, sizeof usual_names - 1 },
		{ { 2, PAGE, 0x10000, 0x13000, 7, 0x20000, 0x21000, 0 }, 8, "/bin/one", 9 },
		{ { 2, PAGE, 0x10000, 0x13000, 7, 0x20000, 0x21000, 0 }, 8, "", 0 },
		{ { 2, UINT64_MAX, 0x10000, 0x13000, 7, 0x20000, 0x21000, 0 }, 8, usual_names, sizeof usual_names },
		{ { 2, PAGE, 0x10000, 0x13000, UINT64_MAX / PAGE, 0x20000, 0x21000, 0 }, 8, usual_names, sizeof usual_names },
		{ { 2, PAGE, 0x10000, 0x10000, 7, 0x20000, 0x21000, 0 }, 8, usual_names, sizeof usual_names },
		{ { 2, PAGE, 0x10000, 0x20001, 7, 0x20000, 0x21000, 0 }, 8, usual_names, sizeof usual_names },
		{ { 2, PAGE, 0x20000, 0x21000, 7, 0x10000, 0x13000, 0 }, 8, usual_names, sizeof usual_names },
		{ { 1 }, 1, "", 0 },
		{ { 1, PAGE }, 2, "", 0 },
		{ { 0 }, 0, "abc", 3 },
	};
	unsigned char byte;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof lies / sizeof lies[0]; i++) {
		add_process(136, 4711, "liar");
		add_files(8, lies[i].numbers, lies[i].count, lies[i].names, lies[i].length);
		open_core(64, 4);
		assert_false(core.notes_whole);
		assert_int_equal(core.pid, 4711);
		assert_name(0, NULL, 0);
		assert_name(2, NULL, 0);
		CHECK(um_copy_in(&core.space, &byte, um_addr_of(0x10000), 1, 0), 1, UM_OK);
		um_close(&core.space);
	}
}

static void notes_that_end_early(void **state)
{
	size_t whole, first, left;

	(void)state;
	add_files(8, usual, 8, usual_names, sizeof usual_names);
	first = used;
	add_process(136, 4711, "behind");
	whole = used;
	for (left = 0; left < whole; left++) {
		bool has_first = left >= first;

		used = left;
		open_core(64, 4);
		/* Less than a header is padding. */
		assert_true(core.notes_whole == (left < sizeof(Elf64_Nhdr) || (has_first && left < first + sizeof(Elf64_Nhdr))));
		assert_int_equal(core.pid, 0);
		assert_name(2, has_first ? "/lib/two" : NULL, 0);
		um_close(&core.space);
	}
	/* Beyond the end of the file. */
	used = UINT32_MAX;
	open_core(64, 4);
	assert_false(core.notes_whole);
	assert_int_equal(core.pid, 4711);
	um_close(&core.space);
	/* Notes whose sizes wrap. */
	((Elf64_Nhdr *)(void *)(image + NOTES))->n_namesz = UINT32_MAX;
	used = whole;
	open_core(64, 4);
	assert_false(core.notes_whole);
	um_close(&core.space);
}

/* A gigabyte of notes that say nothing, in a file that has none of it; and many such segments. */
static void vast_notes_are_given_up(void **state)
{
	Elf64_Phdr entries[200];
	Elf64_Ehdr *header = (void *)image;
	struct rusage before, after;
	size_t i;

	(void)state;
	WRITE_HEADERS(64, 4);
	header->e_phoff = DATA;
	header->e_phnum = 200;
	for (i = 0; i < 200; i++)
		entries[i] = (Elf64_Phdr){ .p_type = PT_NOTE, .p_offset = 2 * DATA, .p_filesz = UINT64_C(1) << 30 };
	write_image();
	assert_int_equal(pwrite(file, entries, sizeof entries, DATA), sizeof entries);
	assert_int_equal(ftruncate(file, (off_t)1 << 40), 0);
	getrusage(RUSAGE_SELF, &before);
	CHECK_STATUS(adopt(), UM_OK);
	getrusage(RUSAGE_SELF, &after);
	assert_false(core.notes_whole);
	um_close(&core.space);
	assert_int_equal(ftruncate(file, ROOM), 0);
	if (!under_asan() && !under_tsan() && !under_valgrind())
		assert_true(after.ru_maxrss - before.ru_maxrss < 100 << 10);
}

/* ---------------------------------------------------------------- every byte of the headers, twisted */

/* Whatever was made of it: nothing is outside of the file, nothing overlaps, all can be read or has a status. */
static void assert_sane(void)
{
	static unsigned char to[ROOM];
	size_t i;

	for (i = 0; i < core.count; i++) {
		const struct um_corefile_segment *segment = &core.segments[i];
		uint64_t start = segment->range.start.value, ask = segment->range.length < ROOM ? segment->range.length : ROOM, n;

		assert_true(segment->range.length > 0 && segment->range.length - 1 <= UINT64_MAX - start);
		assert_true(i == 0 || start - 1 >= segment[-1].range.start.value + (segment[-1].range.length - 1));
		assert_true(segment->in_file <= segment->range.length && segment->in_file <= ROOM);
		assert_true(segment->in_file == 0 || segment->offset <= ROOM - segment->in_file);
		n = segment->in_file < ask ? segment->in_file : ask;
		CHECK(um_copy_in(&core.space, to, segment->range.start, ask, UM_IGNORE_PERMS), n, n == ask ? UM_OK : UM_BUS);
		assert_true(n == 0 || memcmp(to, image + segment->offset, n) == 0);
		assert_true(!segment->name || strlen(segment->name) < ROOM);
	}
	assert_true(core.pid >= 0 && strlen(core.command) <= 16);
}

static uint64_t random_state;

static uint64_t random_number(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

static void lay_out_for_flips(int bits)
{
	size_t i;

	memset(image, 0, sizeof image);
	for (i = DATA; i < ROOM; i++)
		image[i] = (unsigned char)(i * 13 + i / 256);
	used = 0;
	add_process(bits == 64 ? 136 : 124, 4711, "twisted");
	add_files((size_t)bits / 8, usual, 8, usual_names, sizeof usual_names);
	if (bits == 32)
		WRITE_HEADERS(32, 4);
	else
		WRITE_HEADERS(64, 4);
}

static void open_twisted(void)
{
	write_image();
	if (adopt() == UM_OK) {
		assert_sane();
		um_close(&core.space);
	} else {
		assert_true(core.flaw != UM_COREFILE_SOUND && core.count == 0 && !core.segments);
	}
}

static void each_byte_twisted_in_turn(void **state)
{
	static const unsigned char twists[] = { 0x01, 0x80, 0xff, 0x7f, 0x10 };
	size_t i, k, end;
	int bits;

	(void)state;
	for (bits = 32; bits <= 64; bits += 32) {
		lay_out_for_flips(bits);
		end = NOTES + used;
		for (i = 0; i < end; i += i == 300 ? NOTES - 300 : 1) { /* between them there is nothing */
			for (k = 0; k < sizeof twists; k++) {
				image[i] ^= twists[k];
				open_twisted();
				image[i] ^= twists[k];
			}
		}
		assert_int_equal((open_twisted(), core.flaw), UM_COREFILE_SOUND);
	}
}

/* Several at once, and numbers that are near the edges of their types. */
static void many_bytes_twisted(void **state)
{
	static const uint64_t edges[] = { 0, 1, 0xffff, 0x7fffffff, 0x80000000, UINT32_MAX, INT64_MAX, (uint64_t)INT64_MAX + 1, UINT64_MAX, UINT64_MAX - 1 };
	static unsigned char good[ROOM];
	int bits, round, n;

	(void)state;
	random_state = 0x9e3779b97f4a7c15;
	for (bits = 32; bits <= 64; bits += 32) {
		lay_out_for_flips(bits);
		memcpy(good, image, sizeof image);
		for (round = 0; round < 10000; round++) {
			memcpy(image, good, sizeof image);
			for (n = 1 + (int)(random_number() % 4); n > 0; n--) {
				uint64_t edge = edges[random_number() % (sizeof edges / sizeof edges[0])];
				size_t where = random_number() % (300 + used), width = (size_t)1 << random_number() % 4;

				/* Never the magic: what is no ELF file is told elsewhere. */
				where = where < 300 ? 4 + where : NOTES + where - 300;
				memcpy(image + where, &edge, width);
			}
			open_twisted();
		}
	}
}

/* ---------------------------------------------------------------- a real process */

/* gdb's gcore dumps a living process, which is then compared with its core, byte by byte. */
static bool dump(pid_t pid, const char *folder, char *name, size_t size)
{
	char prefix[100], number[20];
	char *const arguments[] = { "gcore", "-o", prefix, number, NULL };
	posix_spawn_file_actions_t actions;
	pid_t gcore;
	int status = -1;

	snprintf(prefix, sizeof prefix, "%s/core", folder);
	snprintf(number, sizeof number, "%d", pid);
	snprintf(name, size, "%s.%d", prefix, pid);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	if (posix_spawnp(&gcore, "gcore", &actions, NULL, arguments, environ) == 0)
		waitpid(gcore, &status, 0);
	posix_spawn_file_actions_destroy(&actions);
	return status == 0 && access(name, R_OK) == 0;
}

static unsigned char *pages; /* rw, r, none, what was never touched */
static int initialised = 4711; /* in a page of the program's file */

static void lay_out(int socket, void *context)
{
	cpu_set_t here;

	(void)context;
	/* The kernel writes the number of the processor into each thread (rseq); there shall be one. */
	CPU_ZERO(&here);
	CPU_SET((size_t)sched_getcpu(), &here);
	sched_setaffinity(0, sizeof here, &here);
	memset(pages, 'p', 3 * PAGE);
	mprotect(pages + PAGE, PAGE, PROT_READ);
	mprotect(pages + 2 * PAGE, PAGE, PROT_NONE);
	target_ready(socket);
}

/* It has told that it is ready; what it does after that, until it sleeps in wait of an order, would be seen. */
static void wait_until_asleep(pid_t pid)
{
	char path[32], state = '?';

	snprintf(path, sizeof path, "/proc/%d/stat", pid);
	while (state != 'S') {
		FILE *stat = fopen(path, "re");

		assert_true(stat && fscanf(stat, "%*d (%*[^)]) %c", &state) == 1);
		fclose(stat);
		usleep(1000);
	}
}

/* The kernel's name for it: of a program that is emulated, the emulator's. */
static const char *command_of(pid_t pid, char *command, int size)
{
	char path[32];
	FILE *comm;

	snprintf(path, sizeof path, "/proc/%d/comm", pid);
	comm = fopen(path, "re");
	assert_true(comm && fgets(command, size, comm));
	fclose(comm);
	command[strcspn(command, "\n")] = '\0';
	return command;
}

/* Nobody but the program itself is there to write to its memory while it sleeps; an emulator's threads would. */
static bool is_alone(pid_t pid)
{
	char path[32];
	struct stat task;

	snprintf(path, sizeof path, "/proc/%d/task", pid);
	return stat(path, &task) == 0 && task.st_nlink == 3;
}

/* Segment by segment: what the core has is what the process has. */
static size_t compare(struct um_remote *remote)
{
	static unsigned char dead[64 * 1024], alive[64 * 1024];
	size_t same = 0, i;

	for (i = 0; i < core.count; i++) {
		const struct um_corefile_segment *segment = &core.segments[i];
		uint64_t at, n;

		for (at = 0; at < segment->in_file; at += n) {
			um_addr addr = um_addr_of(segment->range.start.value + at);
			struct um_result got;

			n = segment->in_file - at < sizeof dead ? segment->in_file - at : sizeof dead;
			CHECK(um_copy_in(&core.space, dead, addr, n, UM_IGNORE_PERMS), n, UM_OK);
			/* What the host put there (vvar) goes on changing, and no call moves it. */
			got = um_copy_in(&remote->space, alive, addr, n, 0);
			if (got.status == UM_DENIED && remote->space.can & UM_CAN_IGNORE_PERMS)
				got = um_copy_in(&remote->space, alive, addr, n, UM_IGNORE_PERMS);
			if (got.status != UM_OK)
				continue;
			assert_memory_equal(dead, alive, n);
			same += n;
		}
	}
	return same;
}

static void a_core_has_what_its_process_had(void **state)
{
	char folder[] = "/tmp/usermem-XXXXXX", name[200], command[32];
	struct target target = { -1, -1 };
	struct um_remote remote;
	struct um_corefile_segment segment;
	bool dumped, alone;

	(void)state;
	if (under_asan() || under_tsan() || under_valgrind()) {
		print_message("a tool's shadow would be terabytes to dump\n");
		skip();
	}
	pages = mmap(NULL, 5 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(pages != MAP_FAILED && munmap(pages + 4 * PAGE, PAGE) == 0);
	assert_true(target_start(&target, lay_out, NULL) && mkdtemp(folder));
	wait_until_asleep(target.pid);
	alone = is_alone(target.pid);
	dumped = dump(target.pid, folder, name, sizeof name);
	if (dumped) {
		CHECK_STATUS(um_corefile_open(&core, name), UM_OK);
		CHECK_STATUS(um_remote_open(&remote, target.pid, 0), UM_OK);
		assert_true(core.notes_whole && core.lost == 0);
		assert_int_equal(core.pid, target.pid);
		assert_true(strncmp(core.command, command_of(target.pid, command, sizeof command), 15) == 0);
		if (alone)
			assert_true(compare(&remote) > 100 * 1024);
		assert_true(um_corefile_next(&core, um_addr_of((uintptr_t)&initialised), &segment));
		assert_true(segment.range.start.value <= (uintptr_t)&initialised && segment.name && strstr(segment.name, "unit-corefile_notes"));
		CHECK(um_copy_in(&core.space, image, um_addr_of((uintptr_t)pages + PAGE - 3), 6, 0), 6, UM_OK);
		assert_memory_equal(image, "pppppp", 6);
		um_close(&remote.space);
		um_close(&core.space);
		unlink(name);
	}
	target_end(&target);
	rmdir(folder);
	munmap(pages, 4 * PAGE);
	if (!dumped) {
		print_message("gcore, which comes with gdb, is not there or may not trace\n");
		skip();
	}
	if (!alone) {
		print_message("an emulator's threads write while the program sleeps: not all bytes were compared\n");
		skip();
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(notes_tell_names_and_whose_it_was),
		cmocka_unit_test(notes_that_say_nothing),
		cmocka_unit_test(the_first_of_its_kind_counts),
		cmocka_unit_test(a_file_ends_before_its_neighbour),
		cmocka_unit_test(files_that_lie_have_no_names),
		cmocka_unit_test(notes_that_end_early),
		cmocka_unit_test(vast_notes_are_given_up),
		cmocka_unit_test(each_byte_twisted_in_turn),
		cmocka_unit_test(many_bytes_twisted),
		cmocka_unit_test(a_core_has_what_its_process_had),
	};

	return cmocka_run_group_tests_name("corefile_notes", tests, set_up, tear_down);
}
