/*
 * The file tree: all of it in memory.  What came with the initramfs cannot be changed; /tmp can.
 */
#ifndef KERNEL_TREE_H
#define KERNEL_TREE_H

#include <usermem/cursor.h>
#include <usermem/spaces/mm.h>
#include "kernel.h"

enum { PATH_SIZE = 4096, NAME_SIZE = 256 };

struct node {
	struct um_pager pager; /* its bytes, for mappings */
	unsigned uses;         /* links and holders; at 0 it goes */
	unsigned mode;         /* as stat(2) has it */
	unsigned links;
	bool read_only;
	uint64_t inode, size, device;
	void **pages;          /* NULL, or where a page is missing: zeroes */
	size_t page_count;
	struct node *parent;
	struct list in_parent, children;
	char name[NAME_SIZE];
};

/* Unpacks a newc cpio; adds /dev/console, /dev/null, /dev/zero, /tmp.  A bad archive: what came before the bad entry, and a message. */
void tree_init(const void *archive, size_t size);
struct node *tree_root(void);

/*
 * From `from`, or the root for a path that begins with /.  Holds *node.  0 or a negative errno.  TREE_PARENT: the directory
 * that the last name is in, which need not be, and *last that name.
 */
enum tree_flags { TREE_NO_FOLLOW = 1, TREE_PARENT = 2, TREE_DIRECTORY = 4 };
long tree_walk(struct node *from, const char *path, unsigned flags, struct node **node, const char **last);
long tree_make(struct node *directory, const char *name, unsigned mode, struct node **node); /* holds it */
long tree_path(const struct node *node, char *buffer, size_t size); /* its length with the NUL; ERANGE */

struct node *node_hold(struct node *node);
void node_drop(struct node *node);
long node_read(struct node *node, struct um_writer *to, uint64_t offset);
long node_write(struct node *node, struct um_reader *from, uint64_t offset);
size_t node_copy(struct node *node, void *to, uint64_t offset, size_t n); /* how much there is */
long node_resize(struct node *node, uint64_t size);

#endif
