/*
 * Paths that programs name.
 */
#ifndef KERNEL_PATH_H
#define KERNEL_PATH_H

#include "tree.h"

enum { PATH_MAY_BE_EMPTY = 256 }; /* among enum tree_flags: then *from is what the descriptor is of, NULL for a pipe */

/* Each: 0 or a negative errno.  Copies the path, of PATH_SIZE bytes, and finds where it begins: AT_FDCWD, or an open directory. */
long path_begin(uint64_t descriptor, uint64_t address, unsigned flags, char *path, struct node **from);
long path_walk(uint64_t descriptor, uint64_t address, unsigned flags, struct node **node); /* and tree_walk */

#endif
