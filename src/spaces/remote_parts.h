/*
 * What the files of remote share.
 */
#ifndef USERMEM_SPACES_REMOTE_PARTS_H
#define USERMEM_SPACES_REMOTE_PARTS_H

#include <usermem/spaces/remote.h>

/* The members of um_remote.reserved; descriptors are -1 where there is none. */
enum {
	REMOTE_MAPS,    /* descriptor of the list of mappings: causes, um_check, and protections where data moves by file */
	REMOTE_PAGEMAP, /* descriptor whose only use is to tell whether the address space lives */
	REMOTE_LEADER,  /* the thread group: pid, unless that is another thread's */
	REMOTE_TASK,    /* the thread that the host's calls are given; changed by any thread that finds it ended */
	REMOTE_BY_FILE, /* the host has no process_vm_readv, or forbids it: changed by any thread that finds out */
};

static inline int umi_remote_get(const struct um_remote *remote, int member)
{
	return (int)__atomic_load_n(&remote->reserved[member], __ATOMIC_RELAXED);
}

static inline void umi_remote_set(struct um_remote *remote, int member, int value)
{
	__atomic_store_n(&remote->reserved[member], (uint64_t)value, __ATOMIC_RELAXED);
}

/* remote_life.c: does the address space still live?  False is final. */
bool umi_remote_alive(const struct um_remote *remote);
bool umi_remote_file_alive(int mem);

/* Makes another thread of a living address space the one to ask.  False: there is none. */
bool umi_remote_next_task(struct um_remote *remote);

/* Has this thread any memory: does it live, and is it no kernel thread?  True where the host does not tell. */
bool umi_task_has_memory(int task);

/* umi_maps_check of the remote's mappings; UM_REFUSED where they may not be looked at. */
struct um_result umi_remote_look(struct um_remote *remote, struct um_range range, unsigned access);

/* The ids of a process's threads, whatever has become of the first.  0 at the end. */
void *umi_tasks_open(int leader);
int umi_tasks_next(void *tasks);
void umi_tasks_close(void *tasks);

/* remote_move.c: one transfer between the program and a buffer of ours. */
struct umi_transfer {
	struct um_remote *remote;
	unsigned access; /* UM_READ: towards us.  UM_WRITE: towards the program */
	unsigned flags;
	unsigned char *ours;
	size_t period; /* 0: ours is as long as the ranges.  Else a block of so many bytes, taken over and over */
};

struct um_result umi_remote_move(const struct umi_transfer *transfer, struct um_ranges theirs);

#endif
