/*
 * A flattened device tree, as firmware hands it over: what the kernel wants to know of it.
 *
 * Total: whatever the bytes are, none outside the tree is touched, and a tree that is bad ends where it is bad.
 */
#ifndef KERNEL_FDT_H
#define KERNEL_FDT_H

#include "arch.h"

struct fdt_part {
	const unsigned char *bytes;
	size_t size;
};

struct fdt {
	struct fdt_part reserved, structure, strings;
};

/* False: that is no tree, or one larger than 2 MiB. */
bool fdt_open(struct fdt *fdt, const void *tree);

/* Adds memory, what of it is reserved, and the initrd, which is taken too; and fills in command line and seed, where the tree has
 * them.  The tree's own bytes are not taken: all is read before memory is given out.  More ranges than there is room for are a panic. */
void fdt_boot(const struct fdt *fdt, struct boot *boot);

/* The index-th range of registers of the first device that is compatible.  That of physical memory: buses that
 * translate have none of the devices wanted here.  False, and *range untouched: there is none. */
bool fdt_device(const struct fdt *fdt, const char *compatible, unsigned index, struct boot_range *range);

/* Of one or two cells, in a node right below the root.  False, and *value untouched: there is none. */
bool fdt_number(const struct fdt *fdt, const char *node, const char *property, uint64_t *value);

#endif
