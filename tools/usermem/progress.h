/*
 * How far a command has come that takes longer than a second: one line on stderr where that is a terminal, erased when
 * it is over, and when a signal ends us.  One at a time.
 */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <stdint.h>

void progress_begin(uint64_t total); /* bytes; 0: nobody knows */
void progress_add(uint64_t bytes);   /* without a progress_begin it does nothing */
/* Before anything else is printed, so that the line is not in the way; it comes back. */
void progress_hide(void);
void progress_end(void);

#endif
