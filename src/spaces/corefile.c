/* The memory of a dead process, from its core file; the contract is in corefile.h. */
#include <usermem/spaces/corefile.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "spaces/corefile_parts.h"
#include "spaces/host_string.h"

static struct um_result result_of(size_t done, enum um_status status)
{
	return (struct um_result){ done, status, UM_ONLY_SIDE };
}

/* ---------------------------------------------------------------- segments */

static uint64_t last_of(const struct um_corefile_segment *segment)
{
	return segment->range.start.value + (segment->range.length - 1);
}

size_t umi_corefile_find(const struct um_corefile *core, uint64_t addr)
{
	size_t low = 0, high = core->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (last_of(&core->segments[middle]) < addr)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool um_corefile_next(const struct um_corefile *core, um_addr from, struct um_corefile_segment *segment)
{
	size_t found = umi_corefile_find(core, from.value);

	if (found == core->count)
		return false;
	*segment = core->segments[found];
	return true;
}

/* From addr on: up to n bytes that are alike. */
struct stretch {
	enum um_status status; /* UM_OK: they are in the file, at offset */
	uint64_t n, offset;
};

static struct stretch stretch_at(const struct um_corefile *core, uint64_t addr, uint64_t n, unsigned access, unsigned flags)
{
	size_t found = umi_corefile_find(core, addr);
	const struct um_corefile_segment *segment = &core->segments[found];
	uint64_t within;

	if (found == core->count || segment->range.start.value > addr)
		return (struct stretch){ UM_UNMAPPED, n, 0 };
	if (access & ~segment->access && !(flags & UM_IGNORE_PERMS))
		return (struct stretch){ UM_DENIED, n, 0 };
	within = addr - segment->range.start.value;
	if (within >= segment->in_file)
		return (struct stretch){ UM_BUS, n, 0 };
	if (n > segment->in_file - within)
		n = segment->in_file - within;
	return (struct stretch){ UM_OK, n, segment->offset + within };
}

/* ---------------------------------------------------------------- the space */

size_t umi_corefile_read(int fd, void *to, size_t n, uint64_t offset, int *error)
{
	size_t done = 0;

	*error = 0;
	while (done < n) {
		ssize_t got = pread(fd, (unsigned char *)to + done, n - done, (off_t)(offset + done));

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			*error = got < 0 ? errno : 0;
			break;
		}
		done += (size_t)got;
	}
	return done;
}

static struct um_result copy_in(struct um_space *space, void *dst, um_addr src, size_t n, unsigned flags)
{
	const struct um_corefile *core = (struct um_corefile *)space;
	size_t done = 0;

	while (done < n) {
		struct stretch stretch = stretch_at(core, src.value + done, n - done, UM_READ, flags);
		size_t got;
		int error;

		if (stretch.status != UM_OK)
			return result_of(done, stretch.status);
		got = umi_corefile_read(core->fd, (unsigned char *)dst + done, stretch.n, stretch.offset, &error);
		done += got;
		if (got < stretch.n)
			return result_of(done, error == ENOMEM ? UM_NO_MEMORY : UM_BUS);
	}
	return result_of(done, UM_OK);
}

static struct um_result check(struct um_space *space, struct um_range range, unsigned access, unsigned flags)
{
	const struct um_corefile *core = (struct um_corefile *)space;
	uint64_t done = 0;

	while (done < range.length) {
		struct stretch stretch = stretch_at(core, range.start.value + done, range.length - done, access, flags);

		if (stretch.status != UM_OK)
			return result_of(done, stretch.status);
		done += stretch.n;
	}
	return result_of(done, UM_OK);
}

static void release(struct um_corefile *core)
{
	free((void *)(uintptr_t)core->segments);
	free(core->reserved[COREFILE_NAMES]);
	core->segments = NULL;
	core->reserved[COREFILE_NAMES] = NULL;
	core->count = 0;
}

static void close_corefile(struct um_space *space)
{
	struct um_corefile *core = (struct um_corefile *)space;

	release(core);
	close(core->fd);
}

static const struct um_space_ops corefile_ops = {
	.size = sizeof corefile_ops,
	.name = "corefile",
	.copy_in = copy_in,
	.copy_string_in = umi_host_string_in,
	.check = check,
	.close = close_corefile,
};

/* ---------------------------------------------------------------- opening */

static enum um_status fail(struct um_corefile *core, enum um_corefile_flaw flaw)
{
	static const enum um_status statuses[] = {
		[UM_COREFILE_MISSING] = UM_GONE,
		[UM_COREFILE_REFUSED] = UM_REFUSED,
		[UM_COREFILE_NO_ROOM] = UM_NO_MEMORY,
		[UM_COREFILE_UNREADABLE] = UM_BUS,
		[UM_COREFILE_NO_FILE] = UM_UNSUPPORTED,
		[UM_COREFILE_EMPTY] = UM_INVALID,
		[UM_COREFILE_COMPRESSED] = UM_INVALID,
		[UM_COREFILE_FOREIGN] = UM_INVALID,
		[UM_COREFILE_BYTE_ORDER] = UM_UNSUPPORTED,
		[UM_COREFILE_PROGRAM] = UM_INVALID,
		[UM_COREFILE_CUT_OFF] = UM_INVALID,
		[UM_COREFILE_CONTRADICTORY] = UM_INVALID,
		[UM_COREFILE_TOO_MANY] = UM_TOO_BIG,
	};

	release(core);
	core->flaw = flaw;
	return statuses[flaw];
}

static enum um_corefile_flaw flaw_of_open(int error)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR:
	case ENAMETOOLONG:
		return UM_COREFILE_MISSING;
	case EACCES:
	case EPERM:
	case ELOOP:
		return UM_COREFILE_REFUSED;
	case ENOMEM:
	case EMFILE:
	case ENFILE:
		return UM_COREFILE_NO_ROOM;
	case ENXIO: /* a socket */
	case ENODEV:
		return UM_COREFILE_NO_FILE;
	default:
		return UM_COREFILE_UNREADABLE;
	}
}

enum um_status um_corefile_adopt(struct um_corefile *core, int fd)
{
	enum um_corefile_flaw flaw;

	*core = (struct um_corefile){
		.space = {
			.ops = &corefile_ops,
			.first = { 0 },
			.last = { UINT64_MAX },
			.can = UM_CAN_CHECK | UM_CAN_PERMS | UM_CAN_IGNORE_PERMS,
		},
		.fd = fd,
	};
	flaw = umi_corefile_read_headers(core);
	return flaw == UM_COREFILE_SOUND ? UM_OK : fail(core, flaw);
}

enum um_status um_corefile_open(struct um_corefile *core, const char *path)
{
	/* A pipe that nobody writes to must not keep us waiting. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	enum um_status status;

	if (fd < 0) {
		int error = errno;

		*core = (struct um_corefile){ .fd = -1 };
		return fail(core, flaw_of_open(error));
	}
	status = um_corefile_adopt(core, fd);
	if (status != UM_OK) {
		close(fd);
		core->fd = -1;
	}
	return status;
}
