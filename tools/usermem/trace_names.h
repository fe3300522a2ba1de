/*
 * Names of numbers and of bits, as the manual pages have them.
 */
#ifndef TRACE_NAMES_H
#define TRACE_NAMES_H

#include "trace.h"

extern const struct name names_open[], names_at[], names_access[], names_protection[], names_map[], names_clone[], names_wait[],
	names_whence[], names_poll[], names_epoll_op[], names_epoll_create[], names_epoll_events[], names_family[], names_socket_type[],
	names_socket_flags[], names_message_flags[], names_shutdown[], names_level[], names_action[], names_signal_how[], names_rlimit[],
	names_who[], names_clock[], names_futex[], names_fcntl[], names_lock[], names_fd_flags[], names_madvise[], names_prctl[], names_arch[], names_ioctl[],
	names_statx_mask[], names_statx_flags[], names_random[], names_pipe[], names_eventfd[], names_resolve[], names_close_range[], names_rename[], names_memfd[],
	names_inotify[], names_inotify_init[], names_mode[], names_timer[], names_advice[], names_lock_op[], names_itimer[], names_rseq[], names_mremap[],
	names_msync[], names_splice[], names_socket_option[], names_tcp_option[], names_ptrace[], names_signal_code[], names_membarrier[], names_seccomp[],
	names_sync[], names_umount[], names_pidfd[], names_options[], names_timerfd[], names_falloc[], names_rwf[], names_child_code[], names_stack[], names_entry_type[];

#endif
