/*
 * The structs of Linux's system calls, member by member.
 */
#ifndef TRACE_LAYOUTS_H
#define TRACE_LAYOUTS_H

#include "trace.h"

extern const struct layout layout_stat, layout_statx, layout_statfs, layout_timespec, layout_timeval, layout_timezone,
	layout_itimerspec, layout_itimerval, layout_sigaction, layout_stack, layout_rlimit, layout_rusage, layout_utsname, layout_pollfd, layout_epoll_event,
	layout_sysinfo, layout_open_how, layout_clone_args, layout_flock, layout_tms, layout_siginfo, layout_sched_param, layout_sigset_pack,
	layout_cap_header, layout_cap_data;

#endif
