/* The structs of Linux's system calls, member by member. */
#include "trace_layouts.h"
#include "trace_names.h"
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/futex.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <linux/stat.h>
#include <poll.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/utsname.h>
#include <time.h>

#define M(type, member, ...) { #member, offsetof(type, member), sizeof ((type *)0)->member, false, { .show = __VA_ARGS__ } }
#define MS(type, member, ...) { #member, offsetof(type, member), sizeof ((type *)0)->member, true, { .show = __VA_ARGS__ } }
#define INSIDE(layout) kind_inline_struct, .about = &(layout)
#define COUNT(array) (sizeof (array) / sizeof (array)[0])
#define LAYOUT(name, type, brief) const struct layout layout_##name = { sizeof (type), COUNT(members_##name), brief, members_##name }

static const struct member members_timespec[] = { MS(struct timespec, tv_sec, kind_signed), MS(struct timespec, tv_nsec, kind_signed) };
LAYOUT(timespec, struct timespec, 0);

static const struct member members_timeval[] = { MS(struct timeval, tv_sec, kind_signed), MS(struct timeval, tv_usec, kind_signed) };
LAYOUT(timeval, struct timeval, 0);

static const struct member members_timezone[] = { MS(struct timezone, tz_minuteswest, kind_int), MS(struct timezone, tz_dsttime, kind_int) };
LAYOUT(timezone, struct timezone, 0);

static const struct member members_itimerspec[] = {
	M(struct itimerspec, it_interval, INSIDE(layout_timespec)), M(struct itimerspec, it_value, INSIDE(layout_timespec)),
};
LAYOUT(itimerspec, struct itimerspec, 0);

static const struct member members_itimerval[] = {
	M(struct itimerval, it_interval, INSIDE(layout_timeval)), M(struct itimerval, it_value, INSIDE(layout_timeval)),
};
LAYOUT(itimerval, struct itimerval, 0);

static const struct member members_stat[] = {
	M(struct stat, st_mode, kind_mode), M(struct stat, st_size, kind_unsigned),
	M(struct stat, st_dev, kind_device), M(struct stat, st_ino, kind_unsigned), M(struct stat, st_nlink, kind_unsigned), M(struct stat, st_uid, kind_uint),
	M(struct stat, st_gid, kind_uint), M(struct stat, st_rdev, kind_device), M(struct stat, st_blksize, kind_unsigned), M(struct stat, st_blocks, kind_unsigned),
	M(struct stat, st_atim, INSIDE(layout_timespec)), M(struct stat, st_mtim, INSIDE(layout_timespec)), M(struct stat, st_ctim, INSIDE(layout_timespec)),
};
LAYOUT(stat, struct stat, 2);

static const struct member members_statx_time[] = { MS(struct statx_timestamp, tv_sec, kind_signed), M(struct statx_timestamp, tv_nsec, kind_uint) };
static LAYOUT(statx_time, struct statx_timestamp, 0);

static const struct member members_statx[] = {
	M(struct statx, stx_mask, kind_flags, .about = names_statx_mask), M(struct statx, stx_mode, kind_mode), M(struct statx, stx_size, kind_unsigned),
	M(struct statx, stx_blksize, kind_uint), M(struct statx, stx_attributes, kind_hex), M(struct statx, stx_nlink, kind_uint), M(struct statx, stx_uid, kind_uint),
	M(struct statx, stx_gid, kind_uint), M(struct statx, stx_ino, kind_unsigned), M(struct statx, stx_blocks, kind_unsigned),
	M(struct statx, stx_atime, INSIDE(layout_statx_time)), M(struct statx, stx_btime, INSIDE(layout_statx_time)),
	M(struct statx, stx_ctime, INSIDE(layout_statx_time)), M(struct statx, stx_mtime, INSIDE(layout_statx_time)),
	M(struct statx, stx_dev_major, kind_uint), M(struct statx, stx_dev_minor, kind_uint),
};
LAYOUT(statx, struct statx, 3);

static const struct member members_statfs[] = {
	M(struct statfs, f_type, kind_hex), M(struct statfs, f_bsize, kind_unsigned), M(struct statfs, f_blocks, kind_unsigned), M(struct statfs, f_bfree, kind_unsigned),
	M(struct statfs, f_bavail, kind_unsigned), M(struct statfs, f_files, kind_unsigned), M(struct statfs, f_ffree, kind_unsigned),
	M(struct statfs, f_namelen, kind_unsigned), M(struct statfs, f_flags, kind_hex),
};
LAYOUT(statfs, struct statfs, 0);

/* As the kernel has it, which is not glibc's struct.  RISC-V has no restorer. */
struct kernel_action {
	uint64_t handler, flags;
#ifndef __riscv
	uint64_t restorer;
#endif
	uint64_t mask;
};
static const struct member members_sigaction[] = {
	{ "sa_handler", offsetof(struct kernel_action, handler), 8, false, { .show = kind_handler } },
	{ "sa_mask", offsetof(struct kernel_action, mask), 8, false, { .show = kind_signal_mask } },
	{ "sa_flags", offsetof(struct kernel_action, flags), 8, false, { .show = kind_flags, .about = names_action } },
#ifndef __riscv
	{ "sa_restorer", offsetof(struct kernel_action, restorer), 8, false, { .show = kind_hex } },
#endif
};
LAYOUT(sigaction, struct kernel_action, 0);

static const struct member members_stack[] = { M(stack_t, ss_sp, kind_pointer), M(stack_t, ss_flags, kind_flags, .about = names_stack), M(stack_t, ss_size, kind_unsigned) };
LAYOUT(stack, stack_t, 0);

static const struct member members_siginfo[] = {
	M(siginfo_t, si_signo, kind_signal), MS(siginfo_t, si_code, kind_enum, .about = names_signal_code), MS(siginfo_t, si_errno, kind_int),
	MS(siginfo_t, si_pid, kind_int), M(siginfo_t, si_uid, kind_uint),
};
LAYOUT(siginfo, siginfo_t, 0);

static const struct member members_rlimit[] = { M(struct rlimit, rlim_cur, kind_limit), M(struct rlimit, rlim_max, kind_limit) };
LAYOUT(rlimit, struct rlimit, 0);

static const struct member members_rusage[] = {
	M(struct rusage, ru_utime, INSIDE(layout_timeval)), M(struct rusage, ru_stime, INSIDE(layout_timeval)), M(struct rusage, ru_maxrss, kind_unsigned),
	M(struct rusage, ru_minflt, kind_unsigned), M(struct rusage, ru_majflt, kind_unsigned), M(struct rusage, ru_nvcsw, kind_unsigned), M(struct rusage, ru_nivcsw, kind_unsigned),
};
LAYOUT(rusage, struct rusage, 2);

static const struct member members_utsname[] = {
	M(struct utsname, sysname, kind_inline_text), M(struct utsname, nodename, kind_inline_text), M(struct utsname, release, kind_inline_text),
	M(struct utsname, version, kind_inline_text), M(struct utsname, machine, kind_inline_text), M(struct utsname, domainname, kind_inline_text),
};
LAYOUT(utsname, struct utsname, 3);

static const struct member members_pollfd[] = {
	MS(struct pollfd, fd, kind_int), M(struct pollfd, events, kind_flags, .about = names_poll), M(struct pollfd, revents, kind_flags, .about = names_poll),
};
LAYOUT(pollfd, struct pollfd, 0);

static const struct member members_epoll_event[] = {
	M(struct epoll_event, events, kind_flags, .about = names_epoll_events), M(struct epoll_event, data, kind_hex),
};
LAYOUT(epoll_event, struct epoll_event, 0);

static const struct member members_sysinfo[] = {
	MS(struct sysinfo, uptime, kind_signed), M(struct sysinfo, totalram, kind_unsigned), M(struct sysinfo, freeram, kind_unsigned), M(struct sysinfo, sharedram, kind_unsigned),
	M(struct sysinfo, bufferram, kind_unsigned), M(struct sysinfo, totalswap, kind_unsigned), M(struct sysinfo, freeswap, kind_unsigned), M(struct sysinfo, procs, kind_uint), M(struct sysinfo, mem_unit, kind_uint),
};
LAYOUT(sysinfo, struct sysinfo, 3);

static const struct member members_open_how[] = {
	M(struct open_how, flags, kind_flags, .about = names_open), M(struct open_how, mode, kind_octal), M(struct open_how, resolve, kind_flags, .about = names_resolve),
};
LAYOUT(open_how, struct open_how, 0);

static const struct member members_clone_args[] = {
	M(struct clone_args, flags, kind_flags, .about = names_clone), M(struct clone_args, pidfd, kind_pointer), M(struct clone_args, child_tid, kind_pointer),
	M(struct clone_args, parent_tid, kind_pointer), M(struct clone_args, exit_signal, kind_signal), M(struct clone_args, stack, kind_pointer),
	M(struct clone_args, stack_size, kind_hex), M(struct clone_args, tls, kind_pointer), M(struct clone_args, set_tid, kind_pointer), M(struct clone_args, set_tid_size, kind_unsigned),
	M(struct clone_args, cgroup, kind_unsigned),
};
LAYOUT(clone_args, struct clone_args, 8);

static const struct member members_flock[] = {
	M(struct flock, l_type, kind_enum, .about = names_lock), M(struct flock, l_whence, kind_enum, .about = names_whence), MS(struct flock, l_start, kind_signed),
	MS(struct flock, l_len, kind_signed), MS(struct flock, l_pid, kind_int),
};
LAYOUT(flock, struct flock, 0);

static const struct member members_tms[] = {
	M(struct tms, tms_utime, kind_unsigned), M(struct tms, tms_stime, kind_unsigned), M(struct tms, tms_cutime, kind_unsigned), M(struct tms, tms_cstime, kind_unsigned),
};
LAYOUT(tms, struct tms, 0);

static const struct member members_sched_param[] = { MS(struct sched_param, sched_priority, kind_int) };
LAYOUT(sched_param, struct sched_param, 0);

/* The sixth argument of pselect6. */
struct sigset_pack { uint64_t sigmask, sigsetsize; };
static const struct member members_sigset_pack[] = { M(struct sigset_pack, sigmask, kind_pointer), M(struct sigset_pack, sigsetsize, kind_unsigned) };
LAYOUT(sigset_pack, struct sigset_pack, 0);

static const struct member members_cap_header[] = { M(struct __user_cap_header_struct, version, kind_hex), MS(struct __user_cap_header_struct, pid, kind_int) };
LAYOUT(cap_header, struct __user_cap_header_struct, 0);

static const struct member members_cap_data[] = {
	M(struct __user_cap_data_struct, effective, kind_hex), M(struct __user_cap_data_struct, permitted, kind_hex), M(struct __user_cap_data_struct, inheritable, kind_hex),
};
LAYOUT(cap_data, struct __user_cap_data_struct, 0);
