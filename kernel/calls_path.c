/* System calls on paths, but for those that only look.  Each judges in Linux's order. */
#include "path.h"
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/openat2.h>
#include <linux/stat.h>
#include <asm/unistd.h>
#include <usermem/struct.h>
#include "process.h"
#include "syscall.h"

static long start_at(uint64_t descriptor, bool must_be_directory, struct node **from)
{
	struct file *file;

	*from = current->process->directory;
	if ((int)descriptor == AT_FDCWD)
		return 0;
	file = file_at(descriptor);
	if (!file)
		return -EBADF;
	*from = file->node;
	return must_be_directory && (!file->node || !S_ISDIR(file->node->mode)) ? -ENOTDIR : 0;
}

long path_begin(uint64_t descriptor, uint64_t address, unsigned flags, char *path, struct node **from)
{
	struct um_result result = um_copy_string_in(user(), path, um_addr_of(address), PATH_SIZE, 0);

	if (result.status != UM_OK)
		return failed(result.status);
	if (result.done == 0 && !(flags & PATH_MAY_BE_EMPTY))
		return -ENOENT;
	*from = tree_root();
	return *path == '/' && !(flags & TREE_IN_ROOT) ? 0 : start_at(descriptor, result.done > 0, from);
}

long path_walk(uint64_t descriptor, uint64_t address, unsigned flags, struct node **node)
{
	char path[PATH_SIZE];
	struct node *from;
	long error = path_begin(descriptor, address, flags, path, &from);

	return error == 0 ? tree_walk(from, path, flags, node) : error;
}

/* ---------------------------------------------------------------- open */

#define CREATION_FLAGS ((unsigned)(O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_CLOEXEC))
#define TEMPORARY (O_TMPFILE & ~O_DIRECTORY)
#define KNOWN_FLAGS \
	((uint64_t)(O_ACCMODE | O_APPEND | O_NONBLOCK | O_SYNC | FASYNC | O_DIRECT | O_LARGEFILE | O_DIRECTORY | O_NOFOLLOW | O_NOATIME | O_PATH | TEMPORARY) | \
	 CREATION_FLAGS)
enum { MODE_BITS = 07777 };

static bool writes(unsigned flags)
{
	return (flags & O_ACCMODE) != O_RDONLY;
}

/* How a node that was there before may be opened. */
static long judge_node(const struct place *place, unsigned flags)
{
	unsigned mode = place->node->mode;

	if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
		return -EEXIST;
	if ((flags & O_CREAT) && S_ISDIR(mode))
		return -EISDIR;
	if ((place->slash || (flags & O_DIRECTORY)) && !S_ISDIR(mode))
		return -ENOTDIR;
	if (S_ISLNK(mode))
		return -ELOOP;
	if (S_ISDIR(mode) && (writes(flags) || (flags & O_TRUNC)))
		return -EISDIR;
	if (S_ISREG(mode) && place->node->read_only && (writes(flags) || (flags & O_TRUNC)))
		return -EROFS;
	return 0;
}

/* Makes what is to be in a directory. */
static long make(struct place *place, unsigned mode)
{
	if (place->directory->links == 0)
		return -ENOENT;
	if (place->directory->read_only)
		return -EROFS;
	place->node = tree_make(place, mode & ~current->process->mask);
	return place->node ? 0 : -ENOSPC;
}

static long open_node(struct node *node, unsigned flags)
{
	const struct file_ops *ops = file_ops_of(node);
	struct file *file;

	if (!ops)
		return -ENXIO;
	if (flags & O_DIRECT)
		return -EINVAL;
	file = file_new(ops, node, (flags & ~CREATION_FLAGS) | O_LARGEFILE);
	if (!file)
		return -ENFILE;
	if (S_ISREG(node->mode) && (flags & O_TRUNC))
		node_resize(node, 0);
	return file_install(file, 0, flags & O_CLOEXEC);
}

static long open_path(struct node *from, const char *path, unsigned flags, unsigned mode, unsigned tree_flags)
{
	struct place place;
	long error;

	if ((flags & O_NOFOLLOW) || (flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
		tree_flags |= TREE_NO_FOLLOW;
	error = tree_place(from, path, tree_flags, &place);
	if (error != 0)
		return error;
	if ((flags & O_CREAT) && place.slash)
		return -EISDIR;
	if (place.node)
		error = judge_node(&place, flags);
	else
		error = flags & O_CREAT ? make(&place, S_IFREG | mode) : -ENOENT;
	return error == 0 ? open_node(place.node, flags) : error;
}

static unsigned tree_flags_of(uint64_t resolve)
{
	return (resolve & RESOLVE_NO_SYMLINKS ? TREE_NO_LINKS : 0) | (resolve & RESOLVE_BENEATH ? TREE_BENEATH : 0) |
	       (resolve & RESOLVE_IN_ROOT ? TREE_IN_ROOT : 0);
}

static long judge_how(const struct open_how *how)
{
	const uint64_t scopes = RESOLVE_BENEATH | RESOLVE_IN_ROOT;

	if ((how->flags & ~KNOWN_FLAGS) ||
	    (how->resolve & ~(uint64_t)(RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS | RESOLVE_CACHED | scopes)) ||
	    (how->resolve & scopes) == scopes || how->mode & ~(uint64_t)(how->flags & (O_CREAT | TEMPORARY) ? MODE_BITS : 0))
		return -EINVAL;
	if ((how->flags & O_PATH) || (how->flags & (O_CREAT | O_DIRECTORY)) == (O_CREAT | O_DIRECTORY))
		return -EINVAL; /* the first in this kernel alone */
	if (how->flags & TEMPORARY)
		return (how->flags & O_DIRECTORY) && writes((unsigned)how->flags) ? -EOPNOTSUPP : -EINVAL;
	if ((how->resolve & RESOLVE_CACHED) && (how->flags & (O_TRUNC | O_CREAT)))
		return -EAGAIN;
	return 0;
}

static long open_how(uint64_t descriptor, uint64_t address, const struct open_how *how)
{
	unsigned flags = tree_flags_of(how->resolve);
	char path[PATH_SIZE];
	struct node *from;
	long error = judge_how(how);

	if (error == 0)
		error = path_begin(descriptor, address, flags, path, &from);
	if (error == 0 && file_lowest_free(0) >= FILES) /* before anything is made or cut */
		error = -EMFILE;
	return error == 0 ? open_path(from, path, (unsigned)how->flags, (unsigned)how->mode, flags) : error;
}

/* What openat2 refuses, the older calls never saw. */
static long open_flags(uint64_t descriptor, uint64_t address, uint64_t flags, uint64_t mode)
{
	struct open_how how = { .flags = (uint32_t)flags & KNOWN_FLAGS };

	if (how.flags & (O_CREAT | TEMPORARY))
		how.mode = mode & MODE_BITS;
	return open_how(descriptor, address, &how);
}

static long call_openat(const uint64_t *a)
{
	return open_flags(a[0], a[1], a[2], a[3]);
}

static long call_openat2(const uint64_t *a)
{
	struct open_how how;
	enum um_status status;

	if (a[3] < sizeof how) /* which has not grown yet */
		return -EINVAL;
	status = um_copy_struct_in(user(), &how, sizeof how, um_addr_of(a[2]), a[3], 0).status;
	return status == UM_OK ? open_how(a[0], a[1], &how) : failed(status);
}

/* ---------------------------------------------------------------- what changes a directory */

static long place_of(uint64_t descriptor, uint64_t address, char *path, struct place *place)
{
	struct node *from;
	long error = path_begin(descriptor, address, 0, path, &from);

	return error == 0 ? tree_place(from, path, TREE_PARENT, place) : error;
}

static long make_directory(uint64_t descriptor, uint64_t address, uint64_t mode)
{
	char path[PATH_SIZE];
	struct place place;
	long error = place_of(descriptor, address, path, &place);

	if (error != 0)
		return error;
	if (place.node)
		return -EEXIST;
	return make(&place, S_IFDIR | (mode & (S_ISVTX | 0777)));
}

static long remove_directory(const struct place *place)
{
	static const long of_kind[] = { [PLACE_START] = -EBUSY, [PLACE_DOT] = -EINVAL, [PLACE_DOT_DOT] = -ENOTEMPTY };

	if (place->kind != PLACE_NAME)
		return of_kind[place->kind];
	if (place->directory->read_only)
		return -EROFS;
	if (!place->node)
		return -ENOENT;
	if (!S_ISDIR(place->node->mode))
		return -ENOTDIR;
	if (node_child(place->node, 0))
		return -ENOTEMPTY;
	tree_remove(place->node);
	return 0;
}

static long remove_file(const struct place *place)
{
	if (place->kind != PLACE_NAME)
		return -EISDIR;
	if (place->directory->read_only)
		return -EROFS;
	if (!place->node)
		return -ENOENT;
	if (S_ISDIR(place->node->mode))
		return -EISDIR;
	if (place->slash)
		return -ENOTDIR;
	tree_remove(place->node);
	return 0;
}

static long remove_at(uint64_t descriptor, uint64_t address, long (*judge_and_remove)(const struct place *place))
{
	char path[PATH_SIZE];
	struct place place;
	long error = place_of(descriptor, address, path, &place);

	return error == 0 ? judge_and_remove(&place) : error;
}

static long call_mkdirat(const uint64_t *a)
{
	return make_directory(a[0], a[1], a[2]);
}

static long call_unlinkat(const uint64_t *a)
{
	if ((uint32_t)a[2] & ~(uint32_t)AT_REMOVEDIR)
		return -EINVAL;
	return remove_at(a[0], a[1], a[2] & AT_REMOVEDIR ? remove_directory : remove_file);
}

static long call_umask(const uint64_t *a)
{
	unsigned before = current->process->mask;

	current->process->mask = a[0] & 0777;
	return before;
}

static long call_chdir(const uint64_t *a)
{
	struct node *node;
	long error = path_walk((uint64_t)AT_FDCWD, a[0], 0, &node);

	if (error != 0)
		return error;
	if (!S_ISDIR(node->mode)) {
		node_drop(node);
		return -ENOTDIR;
	}
	node_drop(current->process->directory);
	current->process->directory = node;
	return 0;
}

/* ---------------------------------------------------------------- x86-64's older names */

#ifdef __NR_open
static long call_open(const uint64_t *a)
{
	return open_flags((uint64_t)AT_FDCWD, a[0], a[1], a[2]);
}

static long call_mkdir(const uint64_t *a)
{
	return make_directory((uint64_t)AT_FDCWD, a[0], a[1]);
}

static long call_rmdir(const uint64_t *a)
{
	return remove_at((uint64_t)AT_FDCWD, a[0], remove_directory);
}

static long call_unlink(const uint64_t *a)
{
	return remove_at((uint64_t)AT_FDCWD, a[0], remove_file);
}
#endif

static const struct syscall calls[] = {
	{ __NR_openat, call_openat },
	{ __NR_openat2, call_openat2 },
	{ __NR_mkdirat, call_mkdirat },
	{ __NR_unlinkat, call_unlinkat },
	{ __NR_umask, call_umask },
	{ __NR_chdir, call_chdir },
#ifdef __NR_open
	{ __NR_open, call_open },
	{ __NR_mkdir, call_mkdir },
	{ __NR_rmdir, call_rmdir },
	{ __NR_unlink, call_unlink },
#endif
};
const struct syscall_table calls_path = SYSCALL_TABLE(calls);
