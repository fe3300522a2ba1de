/* The host's list of mappings, by both ways of asking. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "port/linux/maps.h"
#include "host.h"

enum { PAGE = 4096, PAGES = 8 };

/* Pages that no two of which are alike, so that the host cannot merge them: rw, r, none, gap, w, x, rx, gap. */
static const int protections[PAGES] = { PROT_READ | PROT_WRITE, PROT_READ, PROT_NONE, -1, PROT_WRITE, PROT_EXEC, PROT_READ | PROT_EXEC, -1 };
static char *base;

static int lay_out(void **state)
{
	int i;

	(void)state;
	base = mmap(NULL, PAGES * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (base == MAP_FAILED)
		return -1;
	for (i = 0; i < PAGES; i++) {
		if (protections[i] >= 0 && mprotect(base + i * PAGE, PAGE, protections[i]) != 0)
			return -1;
		if (protections[i] < 0 && munmap(base + i * PAGE, PAGE) != 0)
			return -1;
	}
	return 0;
}

static struct um_range range_of(uint64_t start, uint64_t length)
{
	struct um_range range = { um_addr_of(start), length };

	return range;
}

static unsigned access_of(int protection)
{
	return (protection & PROT_READ ? (unsigned)UM_READ : 0) | (protection & PROT_WRITE ? (unsigned)UM_WRITE : 0) |
	       (protection & PROT_EXEC ? (unsigned)UM_EXEC : 0);
}

/* What um_check ought to say of [from, until) of the layout. */
static struct um_result expected(int from, int until, unsigned access)
{
	struct um_result result = { 0, UM_OK, UM_ONLY_SIDE };
	int at;

	for (at = from; at < until; at++) {
		int protection = protections[at / PAGE];

		if (protection < 0)
			result.status = UM_UNMAPPED;
		else if (access & ~access_of(protection))
			result.status = UM_DENIED;
		if (result.status != UM_OK)
			return result;
		result.done++;
	}
	return result;
}

/* What the test above it says, said by check as well: the one question that um_check asks. */
static void check_layout(int maps)
{
	static const int offsets[] = { 0, 1, PAGE - 1 };
	int first, last, i, j;
	unsigned access;

	for (access = 0; access <= (UM_READ | UM_WRITE | UM_EXEC); access++) {
		for (first = 0; first < PAGES; first++) {
			for (last = first; last < PAGES; last++) {
				for (i = 0; i < 3; i++) {
					for (j = 0; j < 3; j++) {
						int from = first * PAGE + offsets[i], until = last * PAGE + offsets[j] + 1;
						struct um_result want, got;

						if (until <= from)
							continue;
						want = expected(from, until, access);
						got = umi_maps_check(maps, range_of((uint64_t)(uintptr_t)base + (unsigned)from, (unsigned)(until - from)), access);
						assert_int_equal(got.status, want.status);
						assert_int_equal(got.done, want.done);
					}
				}
			}
		}
	}
}

/* Addresses that no mapping of a user has. */
static void check_wild(int maps)
{
	static const uint64_t wild[] = { 0, 1, UINT64_C(1) << 47, (UINT64_C(1) << 47) - PAGE, UINT64_C(1) << 56, UINT64_C(1) << 63,
	                                 UINT64_C(0xffff800000000000), UINT64_C(0xffffffffff600000), UINT64_MAX - 7, UINT64_MAX };
	size_t i;

	for (i = 0; i < sizeof wild / sizeof wild[0]; i++) {
		uint64_t room = UINT64_MAX - wild[i];
		struct um_result result = umi_maps_check(maps, range_of(wild[i], room < 64 ? room + 1 : 64), 0);

		assert_int_equal(result.status, UM_UNMAPPED);
		assert_int_equal(result.done, 0);
		result = umi_maps_check(maps, range_of(wild[i], room), UM_READ);
		assert_int_equal(result.status, room == 0 ? UM_OK : UM_UNMAPPED);
		assert_int_equal(result.done, 0);
	}
}

/* Emulators make up a list of their own, with neighbours merged that the program has told apart. */
static bool list_has_the_layout(void)
{
	char line[512], rights[5];
	unsigned long start, end;
	FILE *list = fopen("/proc/self/maps", "re");
	unsigned right = 0;

	assert_non_null(list);
	while (fgets(line, sizeof line, list)) {
		int i;

		if (sscanf(line, "%lx-%lx %4s", &start, &end, rights) != 3)
			continue;
		for (i = 0; i < PAGES; i++) {
			uintptr_t page = (uintptr_t)base + (unsigned)i * PAGE;
			unsigned access = (rights[0] == 'r' ? (unsigned)UM_READ : 0) | (rights[1] == 'w' ? (unsigned)UM_WRITE : 0) |
			                  (rights[2] == 'x' ? (unsigned)UM_EXEC : 0);

			if (protections[i] >= 0 && start <= page && page < end && access == access_of(protections[i]))
				right++;
		}
	}
	fclose(list);
	return right == PAGES - 2;
}

static void the_layout_is_told_to_the_byte(void **state)
{
	int maps = umi_maps_open(0), plain = open("/proc/self/maps", O_RDONLY | O_CLOEXEC); /* which not every emulator heeds */

	(void)state;
	assert_true(maps >= 0 && plain >= 0);
	assert_int_equal(fcntl(maps, F_GETFD), fcntl(plain, F_GETFD));
	close(plain);
	check_wild(maps);
	if (!list_has_the_layout()) {
		close(maps);
		print_message("this host's list of our own mappings is not exact\n");
		skip();
	}
	check_layout(maps);
	close(maps);
}

/* A host before 6.11, or a filter that forbids the ioctl. */
static void the_text_says_the_same(void **state)
{
	int status;
	pid_t child;

	(void)state;
	NEED_HOST(host_filters(), "needs seccomp filters");
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
		int maps = umi_maps_open(0);

		if (!filter || maps < 0 || seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOTTY), SCMP_SYS(ioctl), 0) != 0 ||
		    seccomp_load(filter) != 0 || ioctl(maps, 0) != -1 || errno != ENOTTY)
			_exit(1);
		check_layout(maps);
		check_wild(maps);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

/* Mapping by mapping, from 0 up, and the last answer again for each byte of it. */
static void both_ways_walk_alike(void **state)
{
	struct umi_maps_walk ioctls, text;
	struct umi_mapping one = { 0 }, other = { 0 };
	int maps = umi_maps_open(0), stream = umi_maps_open(0);
	uint64_t from = 0;
	unsigned count = 0;

	(void)state;
	umi_maps_begin(&ioctls, maps);
	umi_maps_begin_text(&text, stream);
	for (;;) {
		enum um_status status = umi_maps_next(&ioctls, from, &one);

		assert_int_equal(umi_maps_next(&text, from, &other), status);
		if (status != UM_OK)
			break;
		assert_true(one.start == other.start && one.end == other.end && one.access == other.access);
		assert_true(one.end > from);
		assert_int_equal(umi_maps_next(&text, one.end - 1, &other), UM_OK);
		assert_true(one.start == other.start);
		from = one.end;
		count++;
	}
	assert_true(count > 4);
	umi_maps_end(&ioctls);
	umi_maps_end(&text);
	close(maps);
}

/* A file with this text, at its start. */
static int text_file(const char *text, size_t length)
{
	int file = memfd_create("maps", MFD_CLOEXEC);

	assert_true(file >= 0);
	assert_int_equal(write(file, text, length), (ssize_t)length);
	lseek(file, 0, SEEK_SET);
	return file;
}

static void lines_of_any_length_and_shape(void **state)
{
	static const char lines[] = "\n-\nz\n1000-2000garbage r\n5000-4000 rwxp \n1000 2000 r\n3000-3000 r--p 0 0 0\n"
	                            "6000-8000 r-xp 00000000 00:00 0    7000-9000 rwxp \n"
	                            "7ffffffff000-800000000000 -w-p 00000000 00:00 0\n"
	                            "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0  [vsyscall]\n9000-a0";
	size_t pad, length;
	char *text = malloc(100000 + sizeof lines);

	(void)state;
	assert_non_null(text);
	for (pad = 0; pad <= 100000; pad = pad < 1100 ? pad + 1 : pad + 98900) {
		struct umi_maps_walk walk;
		struct umi_mapping mapping = { 0 };

		length = pad + sizeof lines - 1;
		memset(text, 'x', pad);
		memcpy(text + pad, lines, sizeof lines - 1);
		umi_maps_begin_text(&walk, text_file(text, length));
		assert_int_equal(umi_maps_next(&walk, 0, &mapping), UM_OK);
		assert_true(mapping.start == 0x6000 && mapping.end == 0x8000 && mapping.access == (UM_READ | UM_EXEC));
		assert_int_equal(umi_maps_next(&walk, 0x7fff, &mapping), UM_OK);
		assert_true(mapping.start == 0x6000);
		assert_int_equal(umi_maps_next(&walk, 0x8000, &mapping), UM_OK);
		assert_true(mapping.start == 0x7ffffffff000 && mapping.end == UINT64_C(1) << 47 && mapping.access == UM_WRITE);
		assert_int_equal(umi_maps_next(&walk, mapping.end, &mapping), UM_UNMAPPED);
		assert_int_equal(umi_maps_next(&walk, UINT64_MAX, &mapping), UM_UNMAPPED);
		umi_maps_end(&walk);
	}
	free(text);
}

static void an_empty_list_is_of_nobody(void **state)
{
	struct umi_maps_walk walk;
	struct umi_mapping mapping = { 0 };

	(void)state;
	umi_maps_begin_text(&walk, text_file("", 0));
	assert_int_equal(umi_maps_next(&walk, 0, &mapping), UM_GONE);
	umi_maps_end(&walk);
}

static void who_ended_is_gone(void **state)
{
	struct umi_maps_walk walk;
	struct umi_mapping mapping = { 0 };
	struct um_result result;
	pid_t child = fork();
	int maps, stream;

	(void)state;
	assert_true(child >= 0);
	if (child == 0)
		for (;;)
			pause();
	maps = umi_maps_open(child);
	stream = umi_maps_open(child);
	assert_true(maps >= 0 && stream >= 0);
	result = umi_maps_check(maps, range_of((uint64_t)(uintptr_t)base, PAGE), UM_READ);
	assert_int_equal(result.status, UM_OK);
	assert_int_equal(result.done, PAGE);
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, NULL, 0), child);
	result = umi_maps_check(maps, range_of((uint64_t)(uintptr_t)base, PAGE), UM_READ);
	assert_int_equal(result.status, UM_GONE);
	assert_int_equal(result.done, 0);
	umi_maps_begin_text(&walk, stream);
	assert_int_equal(umi_maps_next(&walk, 0, &mapping), UM_GONE);
	umi_maps_end(&walk);
	assert_int_equal(umi_maps_open(child), -1);
	assert_int_equal(umi_proc_status(errno), UM_GONE);
	close(maps);
}

static void why_nothing_opened(void **state)
{
	(void)state;
	assert_int_equal(umi_proc_status(ENOENT), UM_GONE);
	assert_int_equal(umi_proc_status(ESRCH), UM_GONE);
	assert_int_equal(umi_proc_status(EMFILE), UM_NO_MEMORY);
	assert_int_equal(umi_proc_status(ENFILE), UM_NO_MEMORY);
	assert_int_equal(umi_proc_status(ENOMEM), UM_NO_MEMORY);
	assert_int_equal(umi_proc_status(EACCES), UM_REFUSED);
	assert_int_equal(umi_proc_status(EPERM), UM_REFUSED);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_layout_is_told_to_the_byte),
		cmocka_unit_test(the_text_says_the_same),
		cmocka_unit_test(both_ways_walk_alike),
		cmocka_unit_test(lines_of_any_length_and_shape),
		cmocka_unit_test(an_empty_list_is_of_nobody),
		cmocka_unit_test(who_ended_is_gone),
		cmocka_unit_test(why_nothing_opened),
	};

	return cmocka_run_group_tests_name("maps", tests, lay_out, NULL);
}
