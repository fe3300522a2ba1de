/* Bytes of another process, by each of the ways in which they move. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <usermem/spaces/remote.h>
#include "spaces/remote_parts.h"
#include "host.h"
#include "target.h"

enum { PAGE = 4096, PAGES = 16 };

/* The same bytes in every child, which has them under other protections. */
static unsigned char *shared;
static int file; /* its first half alone is there */
static struct target target;
static struct um_remote remote;
static unsigned char buffer[PAGES * PAGE];

/* Ways: the host's calls; those, held; the file. */
enum { BY_CALL, HELD, BY_FILE, WAYS };

static um_addr addr(size_t offset)
{
	return um_addr_of((uint64_t)(uintptr_t)shared + offset);
}

static unsigned char byte_at(size_t offset)
{
	return (unsigned char)(offset * 7 + offset / 256 + 1);
}

static void paint(void)
{
	size_t i;

	for (i = 0; i < PAGES / 2 * PAGE; i++)
		shared[i] = byte_at(i);
}

static void assert_painted(size_t from, size_t until)
{
	size_t i;

	for (i = from; i < until; i++)
		if (shared[i] != byte_at(i))
			fail_msg("byte %zu changed", i);
}

static void assert_result(struct um_result result, size_t done, enum um_status status)
{
	assert_string_equal(um_status_name(result.status), um_status_name(status));
	assert_int_equal(result.done, done);
	assert_int_equal(result.side, UM_ONLY_SIDE);
}

static void open_way(int way)
{
	assert_int_equal(um_remote_open(&remote, target.pid, way == HELD ? UM_REMOTE_HELD : 0), UM_OK);
	if (way == BY_FILE)
		umi_remote_set(&remote, REMOTE_BY_FILE, 1);
	paint();
}

/* ---------------------------------------------------------------- the child's layout */

/* Page by page: 0-3 rw, 4 r, 5 none, 6 w, 7 x, 8 and up behind the end of the file; a gap at PAGES. */
enum { READ_ONLY = 4, NONE, WRITE_ONLY, EXEC_ONLY, BEHIND, GAP = PAGES };

static void lay_out(int socket, void *context)
{
	(void)context;
	mprotect(shared + READ_ONLY * PAGE, PAGE, PROT_READ);
	mprotect(shared + NONE * PAGE, PAGE, PROT_NONE);
	mprotect(shared + WRITE_ONLY * PAGE, PAGE, PROT_WRITE);
	mprotect(shared + EXEC_ONLY * PAGE, PAGE, PROT_EXEC);
	munmap(shared + GAP * PAGE, PAGE);
	for (;;)
		target_ready(socket);
}

static int set_up(void **state)
{
	(void)state;
	file = memfd_create("remote", MFD_CLOEXEC);
	shared = mmap(NULL, (PAGES + 1) * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	if (file < 0 || shared == MAP_FAILED || ftruncate(file, PAGES / 2 * PAGE) != 0)
		return -1;
	return target_start(&target, lay_out, NULL) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	target_end(&target);
	return 0;
}

/* ---------------------------------------------------------------- flat */

/* Every length around the page's end that the bad page begins with; law 5. */
static void exact_around_a_page_edge(unsigned access, size_t edge, enum um_status status)
{
	size_t before, after;

	for (before = 0; before <= 40; before++) {
		for (after = 0; after <= 40; after++) {
			size_t want = before, n = before + after;
			enum um_status verdict = after == 0 ? UM_OK : status;

			memset(buffer, 0xee, sizeof buffer);
			if (access == UM_READ) {
				assert_result(um_copy_in(&remote.space, buffer, addr(edge - before), n, 0), want, verdict);
				assert_memory_equal(buffer, shared + edge - before, want);
				assert_true(buffer[want] == 0xee);
				continue;
			}
			assert_result(um_copy_out(&remote.space, addr(edge - before), buffer, n, 0), want, verdict);
			assert_memory_equal(buffer, shared + edge - before, want);
			assert_painted(edge - before - 1, edge - before);
			paint();
			assert_result(um_fill(&remote.space, addr(edge - before), 0xdd, n, 0), want, verdict);
			assert_true(want == 0 || (shared[edge - before] == 0xdd && shared[edge - 1] == 0xdd));
			assert_painted(edge - before - 1, edge - before);
			paint();
		}
	}
}

static void partial_results_are_exact(void **state)
{
	int way;

	(void)state;
	for (way = 0; way < WAYS; way++) {
		open_way(way);
		exact_around_a_page_edge(UM_READ, NONE * PAGE, UM_DENIED);
		exact_around_a_page_edge(UM_WRITE, READ_ONLY * PAGE, UM_DENIED);
		um_close(&remote.space);
	}
}

static void every_kind_of_page_has_its_status(void **state)
{
	static const struct { size_t page; enum um_status in, out; } kinds[] = {
		{ 0, UM_OK, UM_OK }, { READ_ONLY, UM_OK, UM_DENIED }, { NONE, UM_DENIED, UM_DENIED },
		{ WRITE_ONLY, UM_DENIED, UM_OK }, { BEHIND, UM_BUS, UM_BUS }, { GAP, UM_UNMAPPED, UM_UNMAPPED },
	};
	size_t i;
	int way;

	(void)state;
	for (way = 0; way < WAYS; way++) {
		open_way(way);
		assert_true(remote.space.can & UM_CAN_PERMS);
		for (i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
			um_addr at = addr(kinds[i].page * PAGE + 9);

			assert_result(um_copy_in(&remote.space, buffer, at, 50, 0), kinds[i].in == UM_OK ? 50 : 0, kinds[i].in);
			assert_result(um_copy_out(&remote.space, at, buffer, 50, 0), kinds[i].out == UM_OK ? 50 : 0, kinds[i].out);
			assert_result(um_fill(&remote.space, at, 1, 50, 0), kinds[i].out == UM_OK ? 50 : 0, kinds[i].out);
		}
		um_close(&remote.space);
	}
}

/* What the kernel says of a page of the target: "--xs". */
static const char *protection_of(size_t page, char *protection)
{
	char path[32], line[256];
	unsigned long start, end;
	FILE *list;

	snprintf(path, sizeof path, "/proc/%d/maps", target.pid);
	list = fopen(path, "re");
	assert_non_null(list);
	strcpy(protection, "");
	while (fgets(line, sizeof line, list))
		if (sscanf(line, "%lx-%lx %4s", &start, &end, protection) == 3 && addr(page * PAGE).value - start < end - start)
			break;
	fclose(list);
	return protection;
}

static void a_page_for_executing_alone(void **state)
{
	char protection[5];
	int way;

	(void)state;
	NEED_HOST(strcmp(protection_of(EXEC_ONLY, protection), "--xs") == 0, "pages for executing alone are readable here, too");
	for (way = 0; way < WAYS; way++) {
		open_way(way);
		assert_result(um_copy_in(&remote.space, buffer, addr(EXEC_ONLY * PAGE + 9), 50, 0), 0, UM_DENIED);
		assert_result(um_copy_out(&remote.space, addr(EXEC_ONLY * PAGE + 9), buffer, 50, 0), 0, UM_DENIED);
		assert_result(um_fill(&remote.space, addr(EXEC_ONLY * PAGE + 9), 1, 50, 0), 0, UM_DENIED);
		assert_result(um_check(&remote.space, (struct um_range){ addr(EXEC_ONLY * PAGE), PAGE }, UM_EXEC, 0), PAGE, UM_OK);
		um_close(&remote.space);
	}
}

/* Law 2: numbers that are no address of anybody. */
static void wild_addresses_are_unmapped(void **state)
{
	static const uint64_t wild[] = { 0, 8, UINT64_C(1) << 47, (UINT64_C(1) << 47) - 8, UINT64_C(1) << 56, INT64_MAX, UINT64_C(1) << 63,
	                                 UINT64_C(0xffff800000000000), UINT64_C(0xffffffff81000000), UINT64_MAX - 63 };
	unsigned flags;
	size_t i;
	int way;

	(void)state;
	for (way = 0; way < WAYS; way++) {
		open_way(way);
		for (i = 0; i < sizeof wild / sizeof wild[0]; i++) {
			for (flags = 0; flags <= UM_IGNORE_PERMS; flags += UM_IGNORE_PERMS) {
				assert_result(um_copy_in(&remote.space, buffer, um_addr_of(wild[i]), 64, flags), 0, UM_UNMAPPED);
				assert_result(um_copy_out(&remote.space, um_addr_of(wild[i]), buffer, 64, flags), 0, UM_UNMAPPED);
				assert_result(um_fill(&remote.space, um_addr_of(wild[i]), 1, UINT64_MAX - wild[i], flags), 0, UM_UNMAPPED);
				assert_result(um_copy_string_in(&remote.space, (char *)buffer, um_addr_of(wild[i]), 64, flags), 0, UM_UNMAPPED);
			}
			assert_result(um_copy_in(&remote.space, buffer, um_addr_of(wild[i]), 0, 0), 0, UM_OK);
		}
		assert_result(um_copy_in(&remote.space, buffer, um_addr_of(UINT64_MAX), 2, 0), 0, UM_RANGE);
		um_close(&remote.space);
	}
}

/* The address of the target's mapping with this name. */
static uint64_t find_mapping(const char *name)
{
	char path[32], line[512];
	unsigned long start, found = 0;
	FILE *maps;

	snprintf(path, sizeof path, "/proc/%d/maps", target.pid);
	maps = fopen(path, "re");
	assert_non_null(maps);
	while (fgets(line, sizeof line, maps))
		if (strstr(line, name) && sscanf(line, "%lx-", &start) == 1)
			found = start;
	fclose(maps);
	return found;
}

static void what_the_host_put_there_is_answered(void **state)
{
	uint64_t vvar = find_mapping("[vvar]"), vdso = find_mapping("[vdso]"), vsyscall = find_mapping("[vsyscall]");
	struct um_result result;
	int way;

	(void)state;
	for (way = 0; way < WAYS; way++) {
		open_way(way);
		if (vvar != 0)
			assert_result(um_copy_in(&remote.space, buffer, um_addr_of(vvar), 8, 0), 0, UM_BUS);
		if (vdso != 0) {
			assert_result(um_copy_in(&remote.space, buffer, um_addr_of(vdso), 8, 0), 8, UM_OK);
			assert_memory_equal(buffer, "\177ELF", 4);
		}
		if (vsyscall != 0) { /* an old host may let it be read */
			result = um_copy_in(&remote.space, buffer, um_addr_of(vsyscall), 8, 0);
			assert_true((result.status == UM_UNMAPPED && result.done == 0) || (result.status == UM_OK && result.done == 8));
		}
		um_close(&remote.space);
	}
}

static void a_fill_of_many_calls(void **state)
{
	size_t size = 5 * 1024 * 1024, from = 77, n = size - 200, i;
	unsigned char *big = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct target other = { -1, -1 };
	int way;

	(void)state;
	assert_true(big != MAP_FAILED && target_start(&other, lay_out, NULL));
	for (way = 0; way < WAYS; way++) {
		assert_int_equal(um_remote_open(&remote, other.pid, way == HELD ? UM_REMOTE_HELD : 0), UM_OK);
		umi_remote_set(&remote, REMOTE_BY_FILE, way == BY_FILE);
		memset(big, 1, size);
		assert_result(um_fill(&remote.space, um_addr_of((uint64_t)(uintptr_t)big + from), 0xa5, n, 0), n, UM_OK);
		for (i = 0; i < size; i++)
			if (big[i] != (i < from || i >= from + n ? 1 : 0xa5))
				fail_msg("byte %zu is %d", i, big[i]);
		um_close(&remote.space);
	}
	target_end(&other);
	munmap(big, size);
}

/* More than the host moves in one call: 2 GiB of addresses on both sides, over one small file. */
static void more_than_one_call_can_move(void **state)
{
	size_t piece = 16 * 1024 * 1024, size = 129 * piece, at;
	size_t n = (size_t)0x7ffff000 + PAGE + 5;
	unsigned char *far = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	int small = memfd_create("small", MFD_CLOEXEC);
	struct target other = { -1, -1 };
	struct um_range parts[2];

	(void)state;
	assert_true(far != MAP_FAILED && small >= 0 && ftruncate(small, (off_t)piece) == 0);
	for (at = 0; at < size; at += piece)
		assert_true(mmap(far + at, piece, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, small, 0) != MAP_FAILED);
	assert_true(target_start(&other, lay_out, NULL));
	assert_int_equal(um_remote_open(&remote, other.pid, 0), UM_OK);
	/* The same bytes: written over themselves, they stay. */
	memcpy(far + 100, "here", 4);
	assert_result(um_copy_in(&remote.space, far, um_addr_of((uint64_t)(uintptr_t)far), n, 0), n, UM_OK);
	assert_memory_equal(far + 100, "here", 4);
	/* The cut lies within a range of a list. */
	parts[0] = (struct um_range){ um_addr_of((uint64_t)(uintptr_t)far), 3 };
	parts[1] = (struct um_range){ um_addr_of((uint64_t)(uintptr_t)far + 3), n };
	assert_result(um_copy_in_ranges(&remote.space, far, (size_t)0x7ffff000 + 9, um_ranges_from(parts, 2), 0), (size_t)0x7ffff000 + 9, UM_OK);
	um_close(&remote.space);
	target_end(&other);
	munmap(far, size);
	close(small);
}

/* ---------------------------------------------------------------- lists */

/* Pieces of 1 to 8 bytes in no order, with one that is bad at its second byte, or none. */
static size_t scatter(struct um_range *list, size_t count, size_t bad, unsigned char *model)
{
	size_t i, done = 0, j;

	for (i = 0; i < count; i++) {
		size_t offset = i * 37 % (READ_ONLY * PAGE - 8), n = i % 9;

		list[i] = (struct um_range){ addr(offset), n };
		if (i == bad)
			list[i] = (struct um_range){ addr(NONE * PAGE - 1), 8 };
		for (j = 0; i <= bad && j < (i == bad ? 1 : n); j++)
			model[done++] = byte_at(i == bad ? NONE * PAGE - 1 : offset + j);
	}
	return done;
}

static void lists_stop_at_the_first_bad_byte(void **state)
{
	static const size_t bads[] = { 0, 1, 2, 254, 255, 256, 257, 511, 512, 513, 1023, 1024, 1999, SIZE_MAX };
	static struct um_range list[2000];
	static unsigned char model[sizeof buffer];
	size_t i, done;
	int way;

	(void)state;
	for (way = 0; way < WAYS; way++) {
		open_way(way);
		for (i = 0; i < sizeof bads / sizeof bads[0]; i++) {
			enum um_status status = bads[i] == SIZE_MAX ? UM_OK : UM_DENIED;
			struct um_ranges ranges;

			done = scatter(list, 2000, bads[i], model);
			ranges = um_ranges_from(list, 2000);
			memset(buffer, 0xee, sizeof buffer);
			assert_result(um_copy_in_ranges(&remote.space, buffer, sizeof buffer, ranges, 0), done, status);
			assert_memory_equal(buffer, model, done);
			assert_true(buffer[done] == 0xee);
			/* A window that ends before the bad byte never meets it. */
			assert_result(um_copy_in_ranges(&remote.space, buffer, done, ranges, 0), done, UM_OK);
		}
		um_close(&remote.space);
	}
}

static void lists_are_written_as_they_are_read(void **state)
{
	static struct um_range list[700];
	size_t i;
	int way;

	(void)state;
	for (way = 0; way < WAYS; way++) {
		size_t n = 0;

		open_way(way);
		for (i = 0; i < 700; i++) /* every second pair of bytes, downwards */
			list[i] = (struct um_range){ addr(READ_ONLY * PAGE - 4 * (i + 1)), 2 };
		for (i = 0; i < 1400; i++)
			buffer[i] = (unsigned char)(i % 251);
		assert_result(um_copy_out_ranges(&remote.space, um_ranges_from(list, 700), buffer, 1400, 0), 1400, UM_OK);
		for (i = 0; i < 700; i++, n += 2) {
			assert_memory_equal(shared + READ_ONLY * PAGE - 4 * (i + 1), buffer + n, 2);
			assert_painted(READ_ONLY * PAGE - 4 * i - 2, READ_ONLY * PAGE - 4 * i);
		}
		paint();
		list[650] = (struct um_range){ addr(READ_ONLY * PAGE - 1), 2 };
		assert_result(um_copy_out_ranges(&remote.space, um_ranges_from(list, 700), buffer, 1400, 0), 1301, UM_DENIED);
		assert_painted(0, READ_ONLY * PAGE - 4 * 650);
		um_close(&remote.space);
	}
}

/* ---------------------------------------------------------------- strings */

static void strings_meet_page_ends(void **state)
{
	size_t length, start, limit, edge;
	char text[2 * PAGE + 100];
	int way;

	(void)state;
	for (way = 0; way < WAYS; way++) {
		open_way(way);
		for (edge = PAGE; edge <= NONE * PAGE; edge += (NONE - 1) * PAGE) {
			memset(shared, 'a', NONE * PAGE);
			for (start = edge - 20; start <= edge; start++) {
				for (length = 0; length <= 30; length++) {
					size_t end = start + length;
					bool hole = edge == NONE * PAGE && end >= edge;

					if (!hole)
						shared[end] = 0;
					for (limit = 1; limit <= 35; limit += 2) {
						size_t readable = hole ? edge - start : length + 1;
						struct um_result want = { hole ? edge - start : length, hole ? UM_DENIED : UM_OK, 0 };

						if (limit < readable || (hole && limit == readable))
							want = (struct um_result){ limit - 1, UM_TOO_LONG, 0 };
						memset(text, 'z', sizeof text);
						assert_result(um_copy_string_in(&remote.space, text, addr(start), limit, 0), want.done, want.status);
						assert_true(strlen(text) == want.done && (want.done == 0 || text[want.done - 1] == 'a'));
						assert_true(text[want.done + 1] == 'z');
					}
					if (!hole)
						shared[end] = 'a';
				}
			}
		}
		shared[PAGE + 10] = 0;
		assert_result(um_copy_string_in(&remote.space, text, addr(5), sizeof text, 0), PAGE + 5, UM_OK);
		assert_int_equal(strlen(text), PAGE + 5);
		um_close(&remote.space);
	}
}

/* Pages that nobody has touched; the child has them, and so have we. */
static unsigned char *fresh;

static bool present(size_t page)
{
	char path[32];
	uint64_t entry = 0;
	int pagemap;

	snprintf(path, sizeof path, "/proc/%d/pagemap", target.pid);
	pagemap = open(path, O_RDONLY | O_CLOEXEC);
	assert_int_equal(pread(pagemap, &entry, sizeof entry, (off_t)(((uintptr_t)fresh / PAGE + page) * sizeof entry)), sizeof entry);
	close(pagemap);
	return entry >> 63;
}

static void take_fresh_pages(int socket, void *context)
{
	(void)context;
	fresh[PAGE - 3] = 'f';
	target_ready(socket);
}

/* Law 10: through a call of the host, nothing is touched past the page that holds the NUL. */
static void a_string_touches_no_page_behind_its_nul(void **state)
{
	struct target usual = target;
	char text[100];
	int way;

	(void)state;
	for (way = 0; way < WAYS; way++) {
		fresh = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		assert_true(fresh != MAP_FAILED && target_start(&target, take_fresh_pages, NULL));
		open_way(way);
		assert_result(um_copy_string_in(&remote.space, text, um_addr_of((uint64_t)(uintptr_t)fresh + PAGE - 3), sizeof text, 0), 1, UM_OK);
		assert_true(present(0));
		assert_false(present(1));
		assert_result(um_copy_in(&remote.space, text, um_addr_of((uint64_t)(uintptr_t)fresh + PAGE), 1, 0), 1, UM_OK);
		assert_true(present(1));
		um_close(&remote.space);
		target_end(&target);
		munmap(fresh, 2 * PAGE);
	}
	target = usual;
}

/* ---------------------------------------------------------------- protections passed over, and questions */

static unsigned char *private_pages; /* rw, r, none */

static void protect_private_pages(int socket, void *context)
{
	(void)context;
	memset(private_pages, 'p', 3 * PAGE);
	mprotect(private_pages + PAGE, PAGE, PROT_READ);
	mprotect(private_pages + 2 * PAGE, PAGE, PROT_NONE);
	target_ready(socket);
}

static void a_debugger_passes_protections_never_mappings(void **state)
{
	struct target other = { -1, -1 };
	um_addr start;
	char text[3 * PAGE + 1];

	(void)state;
	private_pages = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(private_pages != MAP_FAILED && munmap(private_pages + 3 * PAGE, PAGE) == 0);
	start = um_addr_of((uint64_t)(uintptr_t)private_pages);
	assert_true(target_start(&other, protect_private_pages, NULL));
	assert_int_equal(um_remote_open(&remote, other.pid, 0), UM_OK);
	if (!(remote.space.can & UM_CAN_IGNORE_PERMS)) {
		print_message("this host's mem file honours protections\n");
		skip();
	}
	assert_result(um_copy_in(&remote.space, text, start, 3 * PAGE + 1, 0), 2 * PAGE, UM_DENIED);
	assert_result(um_copy_in(&remote.space, text, start, 3 * PAGE + 1, UM_IGNORE_PERMS), 3 * PAGE, UM_UNMAPPED);
	assert_true(text[3 * PAGE - 1] == 'p');
	assert_result(um_copy_out(&remote.space, start, text, 3 * PAGE, 0), PAGE, UM_DENIED);
	memset(text, 'q', sizeof text);
	assert_result(um_copy_out(&remote.space, start, text, 3 * PAGE + 1, UM_IGNORE_PERMS), 3 * PAGE, UM_UNMAPPED);
	memset(text, 0, sizeof text);
	assert_result(um_copy_in(&remote.space, text, start, 3 * PAGE, UM_IGNORE_PERMS), 3 * PAGE, UM_OK);
	assert_true(text[0] == 'q' && text[2 * PAGE] == 'q' && text[3 * PAGE - 1] == 'q');
	assert_result(um_copy_string_in(&remote.space, text, um_addr_of(start.value + 3 * PAGE - 2), 9, UM_IGNORE_PERMS), 2, UM_UNMAPPED);
	assert_result(um_check(&remote.space, (struct um_range){ start, 4 * PAGE }, UM_WRITE, UM_IGNORE_PERMS), 3 * PAGE, UM_UNMAPPED);
	um_close(&remote.space);
	/* What may never be written stays so: a shared mapping that is not writable. */
	open_way(BY_CALL);
	assert_result(um_copy_out(&remote.space, addr(READ_ONLY * PAGE - 2), text, 4, UM_IGNORE_PERMS), 2, UM_DENIED);
	assert_result(um_copy_in(&remote.space, text, addr(BEHIND * PAGE - 2), 4, UM_IGNORE_PERMS), 2, UM_BUS);
	um_close(&remote.space);
	target_end(&other);
	munmap(private_pages, 3 * PAGE);
}

/* Where the list of mappings is out of reach, the mem file has to tell: it passes protections, so what it reads is mapped. */
static void causes_without_the_list(void **state)
{
	(void)state;
	NEED_HOST(host_moves_between_processes(), "needs process_vm_readv, which knows protections without the list");
	open_way(BY_CALL);
	if (!(remote.space.can & UM_CAN_IGNORE_PERMS)) {
		print_message("this host's mem file honours protections\n");
		skip();
	}
	close(umi_remote_get(&remote, REMOTE_MAPS));
	umi_remote_set(&remote, REMOTE_MAPS, -1);
	assert_result(um_copy_in(&remote.space, buffer, addr(NONE * PAGE - 5), 9, 0), 5, UM_DENIED);
	assert_result(um_copy_out(&remote.space, addr(READ_ONLY * PAGE - 5), buffer, 9, 0), 5, UM_DENIED);
	assert_result(um_copy_in(&remote.space, buffer, addr(GAP * PAGE), 9, 0), 0, UM_UNMAPPED);
	um_close(&remote.space);
}

static void check_tells_what_the_mappings_allow(void **state)
{
	int way;

	(void)state;
	for (way = 0; way < WAYS; way++) {
		open_way(way);
		assert_result(um_check(&remote.space, (struct um_range){ addr(1), NONE * PAGE }, UM_READ, 0), NONE * PAGE - 1, UM_DENIED);
		assert_result(um_check(&remote.space, (struct um_range){ addr(1), NONE * PAGE }, UM_READ | UM_WRITE, 0), READ_ONLY * PAGE - 1, UM_DENIED);
		assert_result(um_check(&remote.space, (struct um_range){ addr(BEHIND * PAGE), UINT64_C(1) << 60 }, UM_READ, 0), (GAP - BEHIND) * PAGE, UM_UNMAPPED);
		assert_result(um_check(&remote.space, (struct um_range){ addr(0), 0 }, UM_READ, 0), 0, UM_OK);
		um_close(&remote.space);
	}
}

static void what_it_cannot_do_it_refuses(void **state)
{
	struct um_atomic_access access = { .op = UM_LOAD, .size = 4 };

	(void)state;
	open_way(BY_CALL);
	assert_int_equal(remote.space.can & ~(unsigned)(UM_CAN_IGNORE_PERMS),
	                 UM_CAN_WRITE | UM_CAN_PERMS | UM_CAN_CHECK);
	assert_int_equal(um_atomic(&remote.space, addr(0), &access, 0), UM_UNSUPPORTED);
	assert_result(um_copy_in(&remote.space, buffer, addr(0), 1, UM_NOFAULT), 0, UM_UNSUPPORTED);
	assert_result(um_populate(&remote.space, (struct um_range){ addr(0), PAGE }, UM_WRITE, 0), 0, UM_UNSUPPORTED);
	assert_result(um_populate(&remote.space, (struct um_range){ addr(9), NONE * PAGE }, UM_READ, 0), NONE * PAGE - 9, UM_DENIED);
	um_close(&remote.space);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(partial_results_are_exact),
		cmocka_unit_test(every_kind_of_page_has_its_status),
		cmocka_unit_test(a_page_for_executing_alone),
		cmocka_unit_test(wild_addresses_are_unmapped),
		cmocka_unit_test(what_the_host_put_there_is_answered),
		cmocka_unit_test(a_fill_of_many_calls),
		cmocka_unit_test(more_than_one_call_can_move),
		cmocka_unit_test(lists_stop_at_the_first_bad_byte),
		cmocka_unit_test(lists_are_written_as_they_are_read),
		cmocka_unit_test(strings_meet_page_ends),
		cmocka_unit_test(a_string_touches_no_page_behind_its_nul),
		cmocka_unit_test(a_debugger_passes_protections_never_mappings),
		cmocka_unit_test(causes_without_the_list),
		cmocka_unit_test(check_tells_what_the_mappings_allow),
		cmocka_unit_test(what_it_cannot_do_it_refuses),
	};

	return cmocka_run_group_tests_name("remote", tests, set_up, tear_down);
}
