/*
 * Open files.  What one touches of user memory comes as a cursor; the bytes that were done decide over the status, as read(2) and
 * write(2) have it: 12 bytes and then a fault are 12.
 */
#ifndef KERNEL_FILE_H
#define KERNEL_FILE_H

#include <usermem/cursor.h>
#include <usermem/spaces/mm.h>
#include "tree.h"

struct file {
	const struct file_ops *ops;
	unsigned uses;
	unsigned flags;   /* as F_GETFL has them */
	uint64_t offset;
	struct node *node; /* NULL: a pipe */
	void *object;      /* the kind's own */
};

/* Each returns what its system call does: a count, or less than 0 a negative errno. */
struct file_ops {
	long (*read)(struct file *file, struct um_writer *to, uint64_t offset);
	long (*write)(struct file *file, struct um_reader *from, uint64_t offset);
	unsigned (*poll)(struct file *file); /* POLLIN and its like; NULL: it never waits */
	long (*ioctl)(struct file *file, unsigned command, um_addr argument); /* NULL: ENOTTY */
	void (*release)(struct file *file);  /* NULL: nothing to do */
	bool seekable;                       /* has an offset, for lseek and pread64 */
};

const struct file_ops *file_ops_of(const struct node *node);
struct file *file_new(const struct file_ops *ops, struct node *node, unsigned flags); /* NULL: no memory */
struct file *file_hold(struct file *file);
void file_drop(struct file *file);

/* Of the current process. */
struct file *file_at(uint64_t descriptor); /* NULL: there is none */
long file_install(struct file *file, unsigned lowest, bool close_on_exec);        /* takes the file over; EMFILE: drops it */
void file_place(struct file *file, unsigned descriptor, bool close_on_exec);      /* takes it over, in place of what is there */
unsigned file_lowest_free(unsigned lowest); /* FILES or more: there is none */
bool file_closes_on_exec(unsigned descriptor);
void file_close_on_exec(unsigned descriptor, bool closes);
long file_close(uint64_t descriptor);

struct process;
void files_copy(struct process *child, const struct process *parent);
void files_exec(struct process *process); /* closes what is to be closed */
void files_end(struct process *process);

extern const struct file_ops console_ops;
void console_input(void); /* by the clock: takes what came from the line */

/* What polls sleeps here, and who changes what it may wait for wakes it: one queue for all. */
extern struct queue poll_queue;

#endif
