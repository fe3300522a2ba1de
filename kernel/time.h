/*
 * Time as system calls have it.
 */
#ifndef KERNEL_TIME_H
#define KERNEL_TIME_H

#include <linux/time.h>
#include <usermem/ptr.h>

enum { SECOND = 1000000000 /* nanoseconds */ };

UM_DEFINE_PTR_OUT(timespec_ptr, struct __kernel_timespec, tv_sec, tv_nsec);

struct __kernel_timespec time_spec(uint64_t time);

/* A time of the clock, or one that far from now, as arch_time has it.  False: no such time.  What is beyond all clocks is UINT64_MAX. */
bool time_deadline(int64_t seconds, int64_t nanoseconds, bool relative, uint64_t *deadline);

#endif
