/*
 * The address space that another process had when it was opened (Linux; laws 6 and 23).
 *
 * Data moves by process_vm_readv(2) and process_vm_writev(2), lists in batches; by /proc/PID/mem for
 * UM_IGNORE_PERMS and where the host lacks those calls (that path judges the program's protections by the list
 * of mappings first, since the file would pass them).  The open mem file is the identity: a call that succeeded
 * asks once more whether that address space still lives, and says UM_GONE after exit and exec, never "0 bytes";
 * done is then 0, and what was copied by that call all the same is not to be used.  The cause of a failure is a
 * second look at the mappings, as old as that look.  docs/remote.md tells what this cannot see: an exec (or an
 * exit, and somebody else with the number) by a process that shares its memory with a living one (a vfork child).
 *
 * Promises UM_CAN_WRITE and UM_CAN_PERMS; UM_CAN_CHECK where the mappings may be looked at; UM_CAN_IGNORE_PERMS
 * where the mem file passes protections.
 *
 * No atomics, no single accesses, no visit (law 16: it never pretends).  A write asks for life before and
 * after; between the two a new image can be hit: stop the process first.
 *
 * Any number of threads may use one.  Data calls are async-signal-safe where nothing fails.
 */
#ifndef USERMEM_SPACES_REMOTE_H
#define USERMEM_SPACES_REMOTE_H

#include <usermem/space.h>

UM_BEGIN_DECLS

enum um_remote_flags {
	UM_REMOTE_HELD = 1, /* the caller keeps it stopped, or asks afterwards itself (ptrace, SECCOMP_IOCTL_NOTIF_ID_VALID): no liveness probe */
};

enum um_refusal {
	UM_REFUSAL_NONE,         /* nothing is in the way */
	UM_REFUSAL_YAMA,         /* kernel.yama.ptrace_scope */
	UM_REFUSAL_OTHER_USER,   /* it runs as another user */
	UM_REFUSAL_NOT_DUMPABLE, /* it made itself undumpable (set-uid, prctl) */
	UM_REFUSAL_NAMESPACE,    /* it lives in a user namespace that is not ours or below ours */
	UM_REFUSAL_OTHER,        /* some other rule of the host: a security module, seccomp */
};

struct um_remote {
	struct um_space space;
	int pid, pidfd, mem;
	unsigned flags;
	uint64_t reserved[8];
};

/* Opens the address space of process pid, which may be the id of any of its threads.  UM_GONE if there is none
 * (also a zombie with no living thread), UM_REFUSED if the host forbids it (um_remote_refusal says why),
 * UM_INVALID for pid <= 0 or an unknown flag, UM_NO_MEMORY when out of memory or descriptors.  On failure nothing
 * is open.  Descriptors are close-on-exec. */
UM_CHECKED enum um_status um_remote_open(struct um_remote *remote, int pid, unsigned flags);

/* The same from descriptors that were handed over: a pidfd (or -1) and an open /proc/PID/mem (or -1, which is
 * then opened as um_remote_open does).  UM_GONE where a pidfd or a mem file is of a process that has ended, whoever
 * has its number now.  Taken over: um_close closes them; on failure they are still the caller's. */
UM_CHECKED enum um_status um_remote_adopt(struct um_remote *remote, int pid, int pidfd, int mem, unsigned flags);

/* Why UM_REFUSED: for tools to print.  A second look, as old as that look. */
enum um_refusal um_remote_refusal(int pid);

UM_END_DECLS

#endif
