/*
 * Time as system calls have it.
 */
#ifndef KERNEL_TIME_H
#define KERNEL_TIME_H

#include <stdbool.h>
#include <stdint.h>

/* A time of the clock, or one that far from now, as arch_time has it.  False: no such time.  What is beyond all clocks is UINT64_MAX. */
bool time_deadline(int64_t seconds, int64_t nanoseconds, bool relative, uint64_t *deadline);

#endif
