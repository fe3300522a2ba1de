/*
 * The file tree: all of it in memory.  What came with the initramfs cannot be changed; /tmp can.
 *
 * Nothing here sleeps: a node that is in the tree, or in use, is good until the caller does.
 */
#ifndef KERNEL_TREE_H
#define KERNEL_TREE_H

#include <usermem/cursor.h>
#include <usermem/spaces/mm.h>
#include "kernel.h"

enum { PATH_SIZE = 4096, NAME_SIZE = 256 }; /* with the NUL */
enum { DEVICE_NULL = 0x103, DEVICE_ZERO = 0x105, DEVICE_CONSOLE = 0x501 }; /* as Linux has them in st_rdev */

struct node {
	struct um_pager pager; /* its bytes, for mappings; read is NULL where there are none */
	unsigned uses;         /* its name, its children and who holds it; at 0 it goes */
	unsigned mode, links;  /* as stat(2) has them; links 0: it is in no directory any more */
	bool read_only;        /* it is not changed, and its bytes are the archive's */
	uint64_t inode, size, device; /* inode: later nodes have higher ones */
	void **pages;          /* NULL, or where a page is missing: zeroes */
	size_t page_count;
	struct node *parent;   /* of the root: the root */
	struct list in_parent, children; /* by inode */
	char name[NAME_SIZE];
};

/* Makes the root, /dev/console, null and zero, and /tmp; unpacks a newc cpio, whose pages are used as they lie.  A bad archive: what came
 * before the bad entry, and a message.  size 0: there is no archive. */
void tree_init(const void *archive, size_t size);
void tree_unpack(const char *archive, size_t size);
struct node *tree_root(void);

/* Where a path leads: its last name, the directory that it is in and, unless that is all that is missing, what it names. */
struct place {
	struct node *directory, *node; /* node NULL: there is none */
	const char *name;              /* not terminated, and no longer than NAME_MAX */
	size_t length;
	enum place_kind { PLACE_START, PLACE_NAME, PLACE_DOT, PLACE_DOT_DOT } kind; /* START: there is no name, as in "/" */
	bool slash;                    /* one follows the name: it must be a directory's */
};

enum tree_flags {
	TREE_NO_FOLLOW = 1, /* the last name, unless a slash follows it */
	TREE_PARENT = 2,    /* nor then */
	TREE_NO_LINKS = 4,  /* ELOOP for any */
	TREE_BENEATH = 8,   /* EXDEV on the way out of `from` */
	TREE_IN_ROOT = 16,  /* `from` is the root */
};

/* From `from`, or the root for a path that begins with /.  0 or a negative errno. */
long tree_place(struct node *from, const char *path, unsigned flags, struct place *place);
long tree_walk(struct node *from, const char *path, unsigned flags, struct node **node); /* what there is; holds it */

struct node *tree_make(const struct place *place, unsigned mode); /* where there is none, of that name; NULL: no memory.  Held by its name */
void tree_remove(struct node *node);                              /* from its directory; has no children */
long tree_path(const struct node *node, char *buffer, size_t size); /* of a directory: its length with the NUL; ENOENT, ENAMETOOLONG */

struct node *node_hold(struct node *node);
void node_drop(struct node *node);
struct node *node_child(const struct node *node, uint64_t inode); /* the first with that inode or a higher one; NULL: none */

struct node *node_next(const struct node *node); /* in the same directory; NULL: it is the last, or in none any more */

/* Counts, of what was done if that is not nothing; or a negative errno. */
long node_read(const struct node *node, struct um_writer *to, uint64_t offset);
long node_write(struct node *node, struct um_reader *from, uint64_t offset);
size_t node_copy(const struct node *node, void *to, uint64_t offset, size_t n); /* how much there is */
void node_resize(struct node *node, uint64_t size);

#endif
