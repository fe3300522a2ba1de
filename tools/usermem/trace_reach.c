/* Which memory an argument reaches: what the call reads of it is kept, and what it may write is noted. */
#include "trace.h"
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

enum { PIECE = 4096, RANGES_MAX = 4096, BUFFERS_READ = 16, BUFFERS_MAX = 1024, STRINGS_READ = 64 };

void kept_free(struct kept *kept)
{
	free(kept->ranges);
	text_free(&kept->bytes);
	memset(kept, 0, sizeof *kept);
}

static struct kept_range *another(struct reach *reach, uint64_t addr)
{
	struct kept *kept = reach->kept;
	size_t room = kept->room ? 2 * kept->room : 16;
	struct kept_range *more;

	if (kept->count == kept->room) {
		more = room <= RANGES_MAX ? realloc(kept->ranges, room * sizeof *more) : NULL;
		if (!more) {
			kept->incomplete = true;
			return NULL;
		}
		kept->ranges = more;
		kept->room = room;
	}
	kept->ranges[kept->count] = (struct kept_range){ .start = addr, .at = kept->bytes.used, .argument = reach->argument };
	return &kept->ranges[kept->count++];
}

/* The call reads it. */
static void reads(struct reach *reach, uint64_t addr, uint64_t n)
{
	struct kept_range *range = addr && n ? another(reach, addr) : NULL;
	struct um_result result = { 0, UM_OK, UM_ONLY_SIDE };
	struct text *bytes = &reach->kept->bytes;
	char piece[PIECE];

	while (range && range->length < n && result.status == UM_OK) {
		size_t want = n - range->length < sizeof piece ? (size_t)(n - range->length) : sizeof piece, before = bytes->used;

		result = snapshot_read(reach->memory, piece, addr + range->length, want);
		text_add(bytes, piece, result.done);
		if (bytes->used - before < result.done)
			result = (struct um_result){ 0, UM_TOO_BIG, UM_ONLY_SIDE };
		range->length += result.done;
	}
	reach->kept->incomplete |= result.status == UM_TOO_BIG;
}

/* The call may write it. */
static void writes(struct reach *reach, uint64_t addr, uint64_t n)
{
	struct kept_range *range = addr && n ? another(reach, addr) : NULL;

	if (range) {
		range->length = n;
		range->written = true;
	}
}

static void passes(struct reach *reach, const struct kind *kind, uint64_t addr, uint64_t n)
{
	(kind->writes ? writes : reads)(reach, addr, n);
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t told(const struct reach *reach, const struct kind *kind)
{
	return kind->from ? reach->args[kind->from - 1] : 1;
}

/* A buffer that is read is kept as far as it is shown: it may be as long as it likes. */
static void buffer(struct reach *reach, bool written, uint64_t addr, uint64_t n)
{
	if (written)
		writes(reach, addr, n);
	else
		reads(reach, addr, least(n, reach->options->strings));
}

void reach_bytes(struct reach *reach, const struct kind *kind, uint64_t addr)
{
	buffer(reach, kind->writes, addr, told(reach, kind));
}

void reach_whole(struct reach *reach, const struct kind *kind, uint64_t addr)
{
	passes(reach, kind, addr, kind->writes ? told(reach, kind) : least(told(reach, kind), UM_STRUCT_MAX));
}

static void string(struct reach *reach, uint64_t addr, size_t limit)
{
	char text[PATH_MAX + 1];
	struct um_result result;

	if (addr == 0)
		return;
	result = snapshot_string(reach->memory, text, addr, limit);
	/* With its NUL: where that goes, the string is another one. */
	reads(reach, addr, result.done + (result.status == UM_OK));
	reach->kept->incomplete |= result.status == UM_TOO_BIG;
}

void reach_path(struct reach *reach, const struct kind *kind, uint64_t addr)
{
	(void)kind;
	string(reach, addr, PATH_MAX);
}

void reach_struct(struct reach *reach, const struct kind *kind, uint64_t addr)
{
	passes(reach, kind, addr, ((const struct layout *)kind->about)->size);
}

void reach_array(struct reach *reach, const struct kind *kind, uint64_t addr)
{
	uint64_t size = ((const struct layout *)kind->about)->size, count = told(reach, kind);

	passes(reach, kind, addr, count > SNAPSHOT_BYTES / size ? SNAPSHOT_BYTES : count * size);
}

/* The answer stands within the question. */
void reach_polled(struct reach *reach, const struct kind *kind, uint64_t addr)
{
	uint64_t count = least((unsigned)told(reach, kind), RANGES_MAX);

	reads(reach, addr, count * sizeof(struct pollfd));
	for (uint64_t i = 0; addr && i < count; i++)
		writes(reach, addr + i * sizeof(struct pollfd) + offsetof(struct pollfd, revents), sizeof(short));
}

void reach_times(struct reach *reach, const struct kind *kind, uint64_t addr)
{
	reads(reach, addr, 2u * ((const struct layout *)kind->about)->size);
}

void reach_numbers(struct reach *reach, const struct kind *kind, uint64_t addr)
{
	const struct numbers *numbers = kind->about;

	passes(reach, kind, addr, (uint64_t)numbers->size * numbers->count);
}

/* The kernel writes whole words. */
void reach_fd_set(struct reach *reach, const struct kind *kind, uint64_t addr)
{
	int count = (int)told(reach, kind);

	if (count > 0)
		passes(reach, kind, addr, ((uint64_t)count + 63) / 64 * 8);
}

void reach_strings(struct reach *reach, const struct kind *kind, uint64_t addr)
{
	uint64_t pointers[STRINGS_READ];
	size_t count = 0;

	(void)kind;
	/* One by one: behind the NULL there may be nothing. */
	while (addr && count < STRINGS_READ && snapshot_read(reach->memory, &pointers[count], addr + 8 * count, 8).status == UM_OK && pointers[count] != 0)
		count++;
	reads(reach, addr, 8 * count);
	for (size_t i = 0; i < count; i++)
		string(reach, pointers[i], reach->options->strings + 1);
}

static void buffers(struct reach *reach, bool written, uint64_t addr, uint64_t count)
{
	struct iovec list[BUFFERS_MAX];
	struct um_result result;

	if (addr == 0 || count > BUFFERS_MAX)
		return;
	reads(reach, addr, count * sizeof *list);
	result = snapshot_read(reach->memory, list, addr, (size_t)count * sizeof *list);
	for (size_t i = 0; i < result.done / sizeof *list; i++)
		if (written || i < BUFFERS_READ)
			buffer(reach, written, (uint64_t)list[i].iov_base, list[i].iov_len);
}

void reach_iovec(struct reach *reach, const struct kind *kind, uint64_t addr)
{
	buffers(reach, kind->writes, addr, told(reach, kind));
}

/* about: the argument points at the length. */
void reach_sockaddr(struct reach *reach, const struct kind *kind, uint64_t addr)
{
	uint64_t length = told(reach, kind);
	uint32_t pointed = 0;

	if (kind->about && (length == 0 || snapshot_read(reach->memory, &pointed, length, sizeof pointed).status != UM_OK))
		return;
	length = kind->about ? pointed : (uint32_t)length;
	passes(reach, kind, addr, least(length, sizeof(struct sockaddr_storage)));
}

void reach_message(struct reach *reach, const struct kind *kind, uint64_t addr)
{
	struct msghdr message;

	if (addr == 0 || snapshot_read(reach->memory, &message, addr, sizeof message).status != UM_OK)
		return;
	reads(reach, addr, sizeof message);
	if (kind->writes) {
		writes(reach, addr + offsetof(struct msghdr, msg_namelen), sizeof message.msg_namelen);
		writes(reach, addr + offsetof(struct msghdr, msg_controllen), sizeof message.msg_controllen);
		writes(reach, addr + offsetof(struct msghdr, msg_flags), sizeof message.msg_flags);
	}
	passes(reach, kind, (uint64_t)message.msg_name, least(message.msg_namelen, sizeof(struct sockaddr_storage)));
	buffer(reach, kind->writes, (uint64_t)message.msg_control, message.msg_controllen);
	buffers(reach, kind->writes, (uint64_t)message.msg_iov, message.msg_iovlen);
}

void reach_fcntl(struct reach *reach, const struct kind *kind, uint64_t addr)
{
	uint64_t size = ((const struct layout *)kind->about)->size;

	switch ((int)reach->args[1]) {
	case F_GETLK: case F_OFD_GETLK:
		writes(reach, addr, size);
		return;
	case F_SETLK: case F_SETLKW: case F_OFD_SETLK: case F_OFD_SETLKW:
		reads(reach, addr, size);
		return;
	default:
		return;
	}
}

void reach_futex(struct reach *reach, const struct kind *kind, uint64_t addr)
{
	if (futex_waits(reach->args))
		reach_struct(reach, kind, addr);
}
