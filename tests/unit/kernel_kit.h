/*
 * The reference kernel's file tree, in a process: its memory and its words, which may be refused and read; and archives.
 */
#ifndef USERMEM_TESTS_KERNEL_KIT_H
#define USERMEM_TESTS_KERNEL_KIT_H

#include "check.h"
#include <errno.h>
#include <tree.h>

enum { PAGE_SIZE = 4096, ARCHIVE = 1 << 16, DIRECTORY = 0040755, FILE_MODE = 0100644, LINK = 0120777, CONSOLE = 0020600 };

extern size_t kit_used;    /* bytes of the tree's memory */
extern size_t kit_left;    /* allocations that will be granted */
extern size_t kit_pages;   /* of the machine */
extern char kit_said[];    /* what was printed last; empty: nothing since kit_unpack */

extern char kit_building[ARCHIVE]; /* an archive */
extern size_t kit_length, kit_last; /* of it; where its last entry begins */

/* `claims` is put in place of the number of bytes, and name_size, unless it is 0, in place of the name's. */
void kit_add_entry(const char *name, size_t name_size, unsigned mode, const void *bytes, size_t size, unsigned claims);
void kit_add(const char *name, unsigned mode, const char *text);
void kit_end(void);
void kit_build(void); /* a good one */

/* A tree of the first n bytes of it, which are copied to where a byte beyond them would be seen.  The tree before is gone. */
void kit_unpack(size_t n);

/* Before and after each test. */
int kit_start(void **state);
int kit_stop(void **state);

struct node *kit_find(const char *path); /* NULL: not there */
void kit_demand_text(const char *path, const char *text);

#endif
