/*
 * Paths that programs name.
 */
#ifndef KERNEL_PATH_H
#define KERNEL_PATH_H

#include "tree.h"

/* Each: 0 or a negative errno.  path has PATH_SIZE bytes. */
long path_get(uint64_t address, char *path, bool may_be_empty);
long path_start(uint64_t descriptor, const char *path, struct node **from); /* AT_FDCWD, or an open directory */
long path_walk(uint64_t descriptor, uint64_t address, unsigned flags, struct node **node); /* the two, and tree_walk */

#endif
