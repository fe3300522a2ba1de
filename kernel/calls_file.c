/* System calls on descriptors.  Each judges in Linux's order. */
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/stat.h>
#include <asm/unistd.h>
#include <usermem/iovec.h>
#include "memory.h"
#include "process.h"
#include "syscall.h"

enum direction { READ, WRITE };
enum { PIECE = 1 << 20 }; /* of a transfer, behind which others have their turn */

static bool may(const struct file *file, enum direction direction)
{
	unsigned mode = file->flags & O_ACCMODE;

	return mode == O_RDWR || mode == (direction == READ ? O_RDONLY : O_WRONLY);
}

/* ---------------------------------------------------------------- read, write and their kin */

static long transfer_piece(struct file *file, enum direction direction, struct um_ranges ranges, uint64_t offset)
{
	struct um_slice slice = um_slice_from(user(), ranges, 0);
	struct um_writer to;
	struct um_reader from;

	if (direction == READ) {
		to = um_slice_writer(&slice);
		return file->ops->read(file, &to, offset);
	}
	from = um_slice_reader(&slice);
	return file->ops->write(file, &from, offset);
}

/* At *position, or where the file is, which then moves.  Others may close the file meanwhile.  What waits for nobody is done by pieces. */
static long transfer(struct file *file, enum direction direction, struct um_ranges ranges, const uint64_t *position)
{
	uint64_t offset = position ? *position : file->offset;
	struct um_ranges piece;
	long done = 0, part;

	file_hold(file);
	do {
		piece = ranges;
		if (file->ops->seekable)
			um_ranges_limit(&piece, PIECE);
		ASSERT(um_ranges_skip(&ranges, piece.length) == UM_OK);
		if (direction == WRITE && (file->flags & O_APPEND) && file->node)
			offset = file->node->size;
		part = transfer_piece(file, direction, piece, offset);
		if (part > 0) {
			done += part;
			offset += (uint64_t)part;
		}
	} while (part == (long)piece.length && ranges.length > 0 && thread_go_on());
	if (!position && done > 0 && file->ops->seekable)
		file->offset = offset;
	file_drop(file);
	return done > 0 ? done : part;
}

/* A negative length, or an end that is no offset. */
static bool is_absurd(uint64_t offset, uint64_t length)
{
	return length > INT64_MAX || offset + length > INT64_MAX;
}

static long transfer_flat(const uint64_t *a, enum direction direction, const uint64_t *position)
{
	struct um_range range = { um_addr_of(a[1]), a[2] };
	struct file *file;

	if (position && *position > INT64_MAX)
		return -EINVAL;
	file = file_at(a[0]);
	if (!file)
		return -EBADF;
	if (position && !file->ops->seekable)
		return -ESPIPE;
	if (!may(file, direction))
		return -EBADF;
	if (um_check(user(), range, 0, 0).status != UM_OK)
		return -EFAULT;
	if (is_absurd(position ? *position : file->offset, a[2]))
		return -EINVAL;
	return transfer(file, direction, um_ranges_of(range.start, a[2] < UM_IOV_BYTES_MAX ? a[2] : UM_IOV_BYTES_MAX), position);
}

static long transfer_imported(struct file *file, const uint64_t *a, enum direction direction, const uint64_t *position,
                              struct um_range *storage, size_t storage_count)
{
	struct um_ranges ranges;
	struct um_result result = um_import_iovec(user(), um_addr_of(a[1]), (uint32_t)a[2], 8, storage, storage_count, &ranges, 0);

	if (result.status != UM_OK)
		return failed(result.status);
	if (!may(file, direction))
		return -EBADF;
	if (ranges.length == 0)
		return 0;
	if (is_absurd(position ? *position : file->offset, ranges.length))
		return -EINVAL;
	return transfer(file, direction, ranges, position);
}

static long transfer_list(const uint64_t *a, enum direction direction, const uint64_t *position)
{
	size_t count = (uint32_t)a[2] < UM_IOV_MAX ? (uint32_t)a[2] : UM_IOV_MAX; /* Linux looks at no more of it either */
	struct um_range *storage;
	struct file *file;
	long done;

	if (position && *position > INT64_MAX)
		return -EINVAL;
	file = file_at(a[0]);
	if (!file)
		return -EBADF;
	if (position && !file->ops->seekable)
		return -ESPIPE;
	storage = memory_alloc(count * sizeof *storage);
	if (!storage)
		return -ENOMEM;
	done = transfer_imported(file, a, direction, position, storage, count);
	memory_free(storage, count * sizeof *storage);
	return done;
}

static long call_read(const uint64_t *a)
{
	return transfer_flat(a, READ, NULL);
}

static long call_write(const uint64_t *a)
{
	return transfer_flat(a, WRITE, NULL);
}

static long call_pread64(const uint64_t *a)
{
	return transfer_flat(a, READ, &a[3]);
}

static long call_pwrite64(const uint64_t *a)
{
	return transfer_flat(a, WRITE, &a[3]);
}

static long call_readv(const uint64_t *a)
{
	return transfer_list(a, READ, NULL);
}

static long call_writev(const uint64_t *a)
{
	return transfer_list(a, WRITE, NULL);
}

/* The offset comes in two halves, the high one of which has no room in a machine of 64 bits. */
static long call_preadv(const uint64_t *a)
{
	return transfer_list(a, READ, &a[3]);
}

static long call_pwritev(const uint64_t *a)
{
	return transfer_list(a, WRITE, &a[3]);
}

/* ---------------------------------------------------------------- where a file is, and how long */

/* Negative, or an overflow, is no offset. */
static long seek(struct file *file, uint64_t base, int64_t by)
{
	uint64_t offset = base + (uint64_t)by;

	if (offset > INT64_MAX)
		return -EINVAL;
	file->offset = offset;
	return (long)offset;
}

static long call_lseek(const uint64_t *a)
{
	struct file *file = file_at(a[0]);
	int64_t by = (int64_t)a[1];

	if (!file)
		return -EBADF;
	if ((uint32_t)a[2] > SEEK_MAX)
		return -EINVAL;
	if (!file->ops->seekable)
		return -ESPIPE;
	if (S_ISCHR(file->node->mode)) /* Linux's null and zero are always at their start */
		return 0;
	switch ((uint32_t)a[2]) {
	case SEEK_SET: return seek(file, 0, by);
	case SEEK_CUR: return seek(file, file->offset, by);
	case SEEK_END: return S_ISDIR(file->node->mode) ? -EINVAL : seek(file, file->node->size, by);
	default: return -EINVAL;
	}
}

static long call_ftruncate(const uint64_t *a)
{
	struct file *file;

	if (a[1] > INT64_MAX)
		return -EINVAL;
	file = file_at(a[0]);
	if (!file)
		return -EBADF;
	if (!file->node || !S_ISREG(file->node->mode) || !may(file, WRITE))
		return -EINVAL;
	node_resize(file->node, a[1]);
	return 0;
}

/* ---------------------------------------------------------------- descriptors */

static long call_close(const uint64_t *a)
{
	return file_close(a[0]);
}

static long call_dup(const uint64_t *a)
{
	struct file *file = file_at(a[0]);

	return file ? file_install(file_hold(file), 0, false) : -EBADF;
}

static long duplicate(uint64_t from, uint32_t to, bool close_on_exec)
{
	struct file *file = file_at(from);

	if (to >= FILES || !file)
		return -EBADF;
	file_place(file_hold(file), to, close_on_exec);
	return (long)to;
}

#ifdef __NR_dup2
static long call_dup2(const uint64_t *a)
{
	if ((uint32_t)a[0] == (uint32_t)a[1])
		return file_at(a[0]) ? (long)(uint32_t)a[0] : -EBADF;
	return duplicate(a[0], (uint32_t)a[1], false);
}
#endif

static long call_dup3(const uint64_t *a)
{
	if (((uint32_t)a[2] & ~(uint32_t)O_CLOEXEC) != 0 || (uint32_t)a[0] == (uint32_t)a[1])
		return -EINVAL;
	return duplicate(a[0], (uint32_t)a[1], a[2] & O_CLOEXEC);
}

static long set_flags(struct file *file, unsigned flags)
{
	unsigned settable = O_APPEND | O_NONBLOCK | O_NOATIME;

	file->flags = (file->flags & ~settable) | (flags & settable);
	return 0;
}

static long call_fcntl(const uint64_t *a)
{
	struct file *file = file_at(a[0]);

	if (!file)
		return -EBADF;
	switch ((uint32_t)a[1]) {
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
		if ((uint32_t)a[2] >= FILES)
			return -EINVAL;
		return file_install(file_hold(file), (uint32_t)a[2], (uint32_t)a[1] == F_DUPFD_CLOEXEC);
	case F_GETFD: return file_closes_on_exec((uint32_t)a[0]) ? FD_CLOEXEC : 0;
	case F_SETFD:
		file_close_on_exec((uint32_t)a[0], a[2] & FD_CLOEXEC);
		return 0;
	case F_GETFL: return file->flags;
	case F_SETFL: return set_flags(file, (uint32_t)a[2]);
	default: return -EINVAL;
	}
}

static long call_ioctl(const uint64_t *a)
{
	struct file *file = file_at(a[0]);

	if (!file)
		return -EBADF;
	return file->ops->ioctl ? file->ops->ioctl(file, (uint32_t)a[1], um_addr_of(a[2])) : -ENOTTY;
}

static const struct syscall calls[] = {
	{ __NR_read, call_read },
	{ __NR_write, call_write },
	{ __NR_pread64, call_pread64 },
	{ __NR_pwrite64, call_pwrite64 },
	{ __NR_readv, call_readv },
	{ __NR_writev, call_writev },
	{ __NR_preadv, call_preadv },
	{ __NR_pwritev, call_pwritev },
	{ __NR_lseek, call_lseek },
	{ __NR_ftruncate, call_ftruncate },
	{ __NR_close, call_close },
	{ __NR_dup, call_dup },
#ifdef __NR_dup2
	{ __NR_dup2, call_dup2 },
#endif
	{ __NR_dup3, call_dup3 },
	{ __NR_fcntl, call_fcntl },
	{ __NR_ioctl, call_ioctl },
};
const struct syscall_table calls_file = SYSCALL_TABLE(calls);
