/* What the files of the program share. */
#ifndef PROMISES_H
#define PROMISES_H

#include <stdbool.h>

enum { PAGE = 4096 };

extern volatile int *handled; /* shared with children */

void check(bool good, const char *name);
void try_limits(void); /* limits.c */

#endif
