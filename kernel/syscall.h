/*
 * System calls: Linux's, of this architecture, by number.
 */
#ifndef KERNEL_SYSCALL_H
#define KERNEL_SYSCALL_H

#include <usermem/space.h>
#include <stdint.h>

/* A count, or a negative errno.  What touches the program's memory goes through user(). */
typedef long syscall_fn(const uint64_t *a);

struct syscall {
	unsigned number;
	syscall_fn *call;
};

/* One table in each file that has calls; syscall.c looks in all of them. */
struct syscall_table {
	const struct syscall *calls;
	unsigned count;
};
#define SYSCALL_TABLE(array) { (array), sizeof(array) / sizeof((array)[0]) }
extern const struct syscall_table calls_file, calls_path, calls_pipe, calls_poll, calls_memory, calls_process, calls_exec, calls_signal,
	calls_futex, calls_time, calls_system, calls_sched, calls_remote, calls_stat;

void syscall_init(void);
long syscall(uint64_t number, const uint64_t *arguments); /* ENOSYS for those that are in no table */

/* As negative errnos.  RESTART: a signal ended the call, which is made again if no handler runs, or one with SA_RESTART; else it is EINTR.
 * KEEP: the program's registers are as they shall be. */
enum { RESTART = 512, KEEP = 513 };

/* As Linux's put_user: a word of the program's is written whole or not at all. */
long put_word(um_addr to, const void *word, size_t size);

static inline long failed(enum um_status status)
{
	return -um_errno(status);
}

/* As read(2) and its like answer: what was done, and only if that is nothing, why. */
static inline long done_or_failed(struct um_result result)
{
	return result.done > 0 || result.status == UM_OK ? (long)result.done : failed(result.status);
}

#endif
