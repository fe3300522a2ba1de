/* System calls that look at what paths name.  Each judges in Linux's order. */
#include <asm/stat.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/stat.h>
#include <asm/unistd.h>
#include <usermem/ptr.h>
#include "memory.h"
#include "path.h"
#include "process.h"
#include "syscall.h"

/* ---------------------------------------------------------------- stat */

#ifdef __x86_64__
UM_DEFINE_PTR_OUT(stat_ptr, struct stat, st_dev, st_ino, st_nlink, st_mode, st_uid, st_gid, __pad0, st_rdev, st_size, st_blksize, st_blocks,
                  st_atime, st_atime_nsec, st_mtime, st_mtime_nsec, st_ctime, st_ctime_nsec, __unused);
#else
UM_DEFINE_PTR_OUT(stat_ptr, struct stat, st_dev, st_ino, st_mode, st_nlink, st_uid, st_gid, st_rdev, __pad1, st_size, st_blksize, __pad2, st_blocks,
                  st_atime, st_atime_nsec, st_mtime, st_mtime_nsec, st_ctime, st_ctime_nsec, __unused4, __unused5);
#endif

enum { DEVICE = 2, BLOCK = 512 };

/* NULL: a pipe's. */
static long put_stat(const struct node *node, uint64_t to)
{
	struct stat stat = { .st_dev = DEVICE, .st_blksize = PAGE, .st_mode = S_IFIFO | 0600, .st_nlink = 1 };

	if (node) {
		stat.st_ino = node->inode;
		stat.st_mode = node->mode;
		stat.st_nlink = node->links;
		stat.st_rdev = node->device;
		stat.st_size = (long)node->size;
		stat.st_blocks = (__typeof__(stat.st_blocks))((node->size + PAGE - 1) / PAGE * (PAGE / BLOCK));
	}
	return failed(um_put(user(), um_ptr_of(stat_ptr, um_addr_of(to)), &stat, 0).status);
}

static long stat_at(uint64_t descriptor, uint64_t address, uint64_t to, unsigned flags)
{
	char path[PATH_SIZE];
	struct node *node;
	long error;

	if (flags & ~(unsigned)(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH | AT_STATX_SYNC_TYPE))
		return -EINVAL;
	error = path_begin(descriptor, address, flags & AT_EMPTY_PATH ? PATH_MAY_BE_EMPTY : 0, path, &node);
	if (error == 0 && *path == '\0')
		return put_stat(node, to);
	if (error == 0)
		error = tree_walk(node, path, flags & AT_SYMLINK_NOFOLLOW ? TREE_NO_FOLLOW : 0, &node);
	if (error == 0) {
		error = put_stat(node, to);
		node_drop(node);
	}
	return error;
}

static long call_fstat(const uint64_t *a)
{
	struct file *file = file_at(a[0]);

	return file ? put_stat(file->node, a[1]) : -EBADF;
}

static long call_newfstatat(const uint64_t *a)
{
	return stat_at(a[0], a[1], a[2], (unsigned)a[3]);
}

/* ---------------------------------------------------------------- access and readlink */

static long judge_access(const struct node *node, unsigned mode)
{
	bool is_special = !S_ISREG(node->mode) && !S_ISDIR(node->mode);

	if ((mode & S_IWOTH) && node->read_only && !is_special)
		return -EROFS;
	return (mode & S_IXOTH) && !S_ISDIR(node->mode) && (node->mode & 0111) == 0 ? -EACCES : 0;
}

/* Everybody is root. */
static long access_at(uint64_t descriptor, uint64_t address, unsigned mode)
{
	struct node *node;
	long error;

	if (mode & ~(unsigned)S_IRWXO)
		return -EINVAL;
	error = path_walk(descriptor, address, 0, &node);
	if (error == 0) {
		error = judge_access(node, mode);
		node_drop(node);
	}
	return error;
}

/* To the end of the buffer, and no further: what is cut off, nobody is told. */
static long put_link(const struct node *link, uint64_t to, uint64_t size)
{
	char text[PATH_SIZE];
	size_t length = node_copy(link, text, 0, size < sizeof text ? size : sizeof text);
	enum um_status status = um_copy_out(user(), um_addr_of(to), text, length, 0).status;

	return status == UM_OK ? (long)length : failed(status);
}

static long read_link(uint64_t descriptor, uint64_t address, uint64_t to, uint64_t size)
{
	char path[PATH_SIZE];
	struct node *node;
	long error;

	if ((int)size <= 0)
		return -EINVAL;
	error = path_begin(descriptor, address, PATH_MAY_BE_EMPTY, path, &node);
	if (error == 0)
		error = *path == '\0' ? -ENOENT : tree_walk(node, path, TREE_NO_FOLLOW, &node);
	if (error != 0)
		return error;
	error = S_ISLNK(node->mode) ? put_link(node, to, (uint32_t)size) : -EINVAL;
	node_drop(node);
	return error;
}

static long call_faccessat(const uint64_t *a)
{
	return access_at(a[0], a[1], (unsigned)a[2]);
}

static long call_readlinkat(const uint64_t *a)
{
	return read_link(a[0], a[1], a[2], a[3]);
}

/* ---------------------------------------------------------------- directories */

struct record { /* what getdents64(2) writes, as far as the name goes */
	uint64_t inode;
	uint64_t next; /* the offset behind it */
	uint16_t length;
	uint8_t type;
	char name[NAME_SIZE];
};

enum { FIRST_CHILD = 2, RECORD_ALIGNED = 8 };

/* By inode, so that what is made or removed meanwhile moves no others. */
static const struct node *node_at(const struct node *directory, uint64_t offset)
{
	return offset == 0 ? directory : offset == 1 ? directory->parent : node_child(directory, offset - FIRST_CHILD);
}

/* What comes behind the node that is at offset. */
static const struct node *node_behind(const struct node *directory, uint64_t offset, const struct node *node)
{
	return offset < FIRST_CHILD ? node_at(directory, offset + 1) : node_next(node);
}

static void make_record(const struct node *node, uint64_t offset, struct record *record)
{
	const char *name = offset == 0 ? "." : offset == 1 ? ".." : NULL;
	size_t length;

	name = name ? name : node->name;
	length = __builtin_strlen(name) + 1;
	*record = (struct record){ .inode = node->inode, .next = offset + 1, .type = (uint8_t)(node->mode >> 12 & 15) };
	if (offset >= FIRST_CHILD)
		record->next = node->inode + FIRST_CHILD + 1;
	__builtin_memcpy(record->name, name, length);
	record->length = (uint16_t)((offsetof(struct record, name) + length + RECORD_ALIGNED - 1) & ~(size_t)(RECORD_ALIGNED - 1));
}

/* The bytes that align the next record stay the program's, as in Linux. */
static long put_record(struct um_writer *to, const struct record *record)
{
	size_t used = offsetof(struct record, name) + __builtin_strlen(record->name) + 1;
	struct um_writer own;
	enum um_status status;

	if (um_writer_take(to, record->length, &own) != UM_OK)
		return -EINVAL;
	status = um_write(&own, record, used).status;
	return status == UM_OK ? record->length : failed(status);
}

static long call_getdents64(const uint64_t *a)
{
	struct file *file = file_at(a[0]);
	struct um_slice slice = um_slice_of(user(), um_addr_of(a[1]), (int32_t)a[2] > 0 ? (uint32_t)a[2] : 0, 0);
	struct um_writer to = um_slice_writer(&slice);
	const struct node *node;
	struct record record;
	long done = 0, part = 0;

	if (!file)
		return -EBADF;
	if (!file->node || !S_ISDIR(file->node->mode))
		return -ENOTDIR;
	if (file->node->links == 0)
		return -ENOENT;
	for (node = node_at(file->node, file->offset); part >= 0 && node;) {
		make_record(node, file->offset, &record);
		part = put_record(&to, &record);
		if (part > 0) {
			node = node_behind(file->node, file->offset, node);
			file->offset = record.next;
			done += part;
		}
	}
	return done > 0 || part >= 0 ? done : part;
}

static long call_getcwd(const uint64_t *a)
{
	char path[PATH_SIZE];
	long length = tree_path(current->process->directory, path, sizeof path);
	enum um_status status;

	if (length < 0)
		return length;
	if ((uint64_t)length > a[1])
		return -ERANGE;
	status = um_copy_out(user(), um_addr_of(a[0]), path, (size_t)length, 0).status;
	return status == UM_OK ? length : failed(status);
}

/* ---------------------------------------------------------------- x86-64's older names */

#ifdef __NR_stat
static long call_stat(const uint64_t *a)
{
	return stat_at((uint64_t)AT_FDCWD, a[0], a[1], 0);
}

static long call_lstat(const uint64_t *a)
{
	return stat_at((uint64_t)AT_FDCWD, a[0], a[1], AT_SYMLINK_NOFOLLOW);
}

static long call_access(const uint64_t *a)
{
	return access_at((uint64_t)AT_FDCWD, a[0], (unsigned)a[1]);
}

static long call_readlink(const uint64_t *a)
{
	return read_link((uint64_t)AT_FDCWD, a[0], a[1], a[2]);
}
#endif

static const struct syscall calls[] = {
	{ __NR_fstat, call_fstat },
	{ __NR_newfstatat, call_newfstatat },
	{ __NR_faccessat, call_faccessat },
	{ __NR_readlinkat, call_readlinkat },
	{ __NR_getdents64, call_getdents64 },
	{ __NR_getcwd, call_getcwd },
#ifdef __NR_stat
	{ __NR_stat, call_stat },
	{ __NR_lstat, call_lstat },
	{ __NR_access, call_access },
	{ __NR_readlink, call_readlink },
#endif
};
const struct syscall_table calls_stat = SYSCALL_TABLE(calls);
