/*
 * Threads, and how they wait.
 *
 * One processor, and supervisor mode is left only by thread_sleep, thread_yield (thread_go_on) and for the program: between two of those
 * nothing changes but by the one who looks.  A program is left when its slice ends.
 */
#ifndef KERNEL_THREAD_H
#define KERNEL_THREAD_H

#include <usermem/spaces/mm.h>
#include "arch.h"
#include "kernel.h"

enum { KERNEL_STACK = 32768, SLICE = 10000000 /* nanoseconds */ };

enum sleep { UNTIL_WOKEN, UNTIL_KILLED, UNTIL_SIGNALLED }; /* or until its deadline */
enum wake { WOKEN, TIMED_OUT, INTERRUPTED };

struct signal_info { /* of one that a fault caused */
	int number, code;
	uint64_t value; /* the address */
};

struct thread {
	struct arch_context context;
	struct arch_frame *frame; /* the program's registers */
	void *stack;              /* KERNEL_STACK bytes; the frame is at their end */
	struct um_mm_view view;   /* its program's memory */
	struct process *process;
	void (*entry)(void *);
	void *argument;
	struct list in_process, in_queue, in_sleep; /* in_queue: of those that are ready, or wait for the same */
	int tid;
	bool asleep;
	enum sleep sleep;         /* asleep: what else ends it */
	uint64_t deadline;        /* asleep: when it wakes by itself; UINT64_MAX: never */
	enum wake woken;
	uint64_t clear_tid;       /* address of a word to be cleared at its end; 0: none */
	uint64_t pending, blocked; /* signals */
	struct vfork *vfork;      /* NULL, or whom to tell when it leaves its parent's memory */
	struct signal_info fault; /* of a pending one, if number is not 0 */
	uint64_t restored;        /* if `restores`: what is blocked again when a handler returns, or none ran (ppoll, rt_sigsuspend) */
	bool restores;
	bool again;               /* the system call that a signal ended is made anew, if no handler is against it */
};

extern struct thread *current;

static inline struct um_space *user(void)
{
	return &current->view.space;
}

/* In the order of their coming. */
struct queue {
	struct list waiting;
};

static inline void queue_init(struct queue *queue)
{
	list_init(&queue->waiting);
}

struct vfork { /* on the stack of who waits */
	struct queue parent;
	struct thread *child; /* NULL: has left */
};

/* Until queue_wake, the deadline (of arch_time) or, as `sleep` says, a signal that this thread does not block, or only one that ends it. */
enum wake thread_sleep(struct queue *queue, uint64_t deadline, enum sleep sleep);
size_t queue_wake(struct queue *queue, size_t most); /* how many woke */
void thread_interrupt(struct thread *thread);        /* there may be a signal for it */
void thread_yield(void);
bool thread_go_on(void); /* in what takes long: yields as thread_yield where its slice is over; false: it is to end, with what was done */

/* For the first thread of all, and from then on. */
_Noreturn void thread_start(void);

/* A thread that begins in entry(argument), whose process and view are its maker's to set before it runs.  NULL: no memory. */
struct thread *thread_new(void (*entry)(void *), void *argument);
void thread_ready(struct thread *thread);
void thread_free(struct thread *thread); /* that has not run, or has ended */
_Noreturn void thread_end(void);         /* the current one's; somebody else frees it */

/* For traps: wakes whom the clock wakes. */
void thread_tick(void);
bool thread_slice_over(void);

#endif
