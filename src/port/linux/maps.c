/* Looking up mappings; the contract is in maps.h. */
#include "port/linux/maps.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* linux/fs.h of Linux 6.11; older headers lack it. */
struct procmap_query {
	uint64_t size, query_flags, query_addr;
	uint64_t vma_start, vma_end, vma_flags, vma_page_size, vma_offset, inode;
	uint32_t dev_major, dev_minor, vma_name_size, build_id_size;
	uint64_t vma_name_addr, build_id_addr;
};
UM_STATIC_ASSERT(sizeof(struct procmap_query) == 104, "the host's layout");

#define QUERY_MAPPING _IOWR('f', 17, struct procmap_query)
enum { QUERY_COVERING_OR_NEXT = 16, QUERY_SHARED = 8 };
/* The host's bits for readable, writable and executable. */
UM_STATIC_ASSERT(UM_READ == 1 && UM_WRITE == 2 && UM_EXEC == 4, "the host's bits are taken as they are");

/* The fields of "start-end rwxp offset device inode path" */
enum { FIELD_START, FIELD_END, FIELD_ACCESS, FIELD_REST };

#define USER_END (UINT64_C(1) << 63)

enum um_status umi_proc_status(int error)
{
	switch (error) {
	case ENOENT:
	case ESRCH:
		return UM_GONE;
	case EMFILE:
	case ENFILE:
	case ENOMEM:
		return UM_NO_MEMORY;
	default:
		return UM_REFUSED;
	}
}

int umi_maps_open(int pid)
{
	char path[32];

	if (pid == 0)
		return open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	snprintf(path, sizeof path, "/proc/%d/maps", pid);
	return open(path, O_RDONLY | O_CLOEXEC);
}

void umi_maps_begin(struct umi_maps_walk *walk, int maps)
{
	walk->maps = maps;
	walk->stream = -1;
}

void umi_maps_begin_text(struct umi_maps_walk *walk, int stream)
{
	walk->stream = stream;
	walk->field = FIELD_START;
	walk->found = walk->any = false;
	walk->line = (struct umi_mapping){ 0 };
	walk->used = walk->filled = 0;
}

void umi_maps_end(struct umi_maps_walk *walk)
{
	if (walk->stream >= 0)
		close(walk->stream);
}

/* A stream of our own: the position of walk->maps belongs to every thread that uses it. */
static enum um_status open_text(struct umi_maps_walk *walk)
{
	char path[32];
	int stream;

	snprintf(path, sizeof path, "/proc/self/fd/%d", walk->maps);
	stream = open(path, O_RDONLY | O_CLOEXEC);
	if (stream < 0)
		return umi_proc_status(errno);
	umi_maps_begin_text(walk, stream);
	return UM_OK;
}

static bool add_digit(uint64_t *number, char digit)
{
	unsigned value;

	if (digit >= '0' && digit <= '9')
		value = (unsigned)(digit - '0');
	else if (digit >= 'a' && digit <= 'f')
		value = (unsigned)(digit - 'a') + 10;
	else
		return false;
	*number = *number << 4 | value;
	return true;
}

/* One character of the text at a time: no line is too long. */
static void parse(struct umi_maps_walk *walk, char next)
{
	struct umi_mapping *line = &walk->line;

	if (next == '\n') {
		walk->field = FIELD_START;
		walk->found = false;
		*line = (struct umi_mapping){ 0 };
	} else if (walk->field == FIELD_START && !add_digit(&line->start, next)) {
		walk->field = next == '-' ? FIELD_END : FIELD_REST;
	} else if (walk->field == FIELD_END && !add_digit(&line->end, next)) {
		walk->field = next == ' ' ? FIELD_ACCESS : FIELD_REST;
	} else if (walk->field == FIELD_ACCESS) {
		line->access |= next == 'r' ? UM_READ : next == 'w' ? UM_WRITE : next == 'x' ? UM_EXEC : 0u;
		line->shared |= next == 's';
		if (next == ' ') {
			walk->field = FIELD_REST;
			walk->found = line->start < line->end && line->end <= USER_END;
			walk->any |= walk->found;
		}
	}
}

static bool fill(struct umi_maps_walk *walk)
{
	ssize_t got;

	do
		got = read(walk->stream, walk->text, sizeof walk->text);
	while (got < 0 && errno == EINTR);
	walk->used = 0;
	walk->filled = got > 0 ? (size_t)got : 0;
	return got > 0;
}

static enum um_status next_by_text(struct umi_maps_walk *walk, uint64_t from, struct umi_mapping *mapping)
{
	/* The line that answered the last question may answer this one too. */
	while (!walk->found || walk->line.end <= from) {
		if (walk->used == walk->filled && !fill(walk))
			return walk->any ? UM_UNMAPPED : UM_GONE;
		parse(walk, walk->text[walk->used++]);
	}
	*mapping = walk->line;
	return UM_OK;
}

enum um_status umi_maps_next(struct umi_maps_walk *walk, uint64_t from, struct umi_mapping *mapping)
{
	struct procmap_query query = { .size = sizeof query, .query_flags = QUERY_COVERING_OR_NEXT, .query_addr = from };
	enum um_status status;

	if (walk->stream >= 0)
		return next_by_text(walk, from, mapping);
	if (ioctl(walk->maps, QUERY_MAPPING, &query) == 0) {
		mapping->start = query.vma_start;
		mapping->end = query.vma_end;
		mapping->access = query.vma_flags & (UM_READ | UM_WRITE | UM_EXEC);
		mapping->shared = query.vma_flags & QUERY_SHARED;
		return UM_OK;
	}
	if (errno == ENOENT)
		return UM_UNMAPPED;
	if (errno == ESRCH)
		return UM_GONE;
	/* Whatever else stood in the way, an older host or a filter, says nothing about the memory. */
	status = open_text(walk);
	return status == UM_OK ? next_by_text(walk, from, mapping) : status;
}

static bool denied(const struct umi_mapping *mapping, unsigned access)
{
	if (access & UMI_FORCE)
		access &= mapping->shared ? (unsigned)UM_WRITE : 0;
	return access & ~mapping->access;
}

struct um_result umi_maps_check(int maps, struct um_range range, unsigned access)
{
	struct umi_maps_walk walk;
	struct umi_mapping mapping;
	struct um_result result = { 0, UM_OK, UM_ONLY_SIDE };

	umi_maps_begin(&walk, maps);
	while (result.status == UM_OK && result.done < range.length) {
		uint64_t at = range.start.value + result.done, left = range.length - result.done;

		result.status = umi_maps_next(&walk, at, &mapping);
		if (result.status != UM_OK)
			break;
		if (mapping.start > at)
			result.status = UM_UNMAPPED;
		else if (denied(&mapping, access))
			result.status = UM_DENIED;
		else
			result.done += mapping.end - at < left ? mapping.end - at : left;
	}
	if (result.status == UM_GONE || result.status == UM_REFUSED || result.status == UM_NO_MEMORY)
		result.done = 0;
	umi_maps_end(&walk);
	return result;
}
