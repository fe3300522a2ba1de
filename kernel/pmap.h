/*
 * The hardware pmap of the library's mm: page tables that this processor walks.
 */
#ifndef KERNEL_PMAP_H
#define KERNEL_PMAP_H

#include <usermem/spaces/mm.h>

/* Makes no promise of UM_CAN_PERMS: where a program asked for writing or executing alone, the machine lets it read. */
extern const struct um_pmap_ops pmap_ops;

void pmap_use(const struct um_pmap *pmap); /* this processor translates by it; NULL: by none */

#endif
