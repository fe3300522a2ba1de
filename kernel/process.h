/*
 * Processes: an address space, open files, answers to signals, and the threads that share them.
 */
#ifndef KERNEL_PROCESS_H
#define KERNEL_PROCESS_H

#include <asm/signal.h>
#include <linux/resource.h>
#include "file.h"
#include "thread.h"

enum { SIGNALS = 64, FILES = 64 };
#define SIGNAL_BIT(number) ((uint64_t)1 << ((number) - 1))
#define UNBLOCKABLE (SIGNAL_BIT(SIGKILL) | SIGNAL_BIT(SIGSTOP))

struct vm { /* counted: vfork's child has its parent's */
	unsigned uses;
	struct um_mm mm;
	uint64_t heap, heap_end; /* of brk(2): where it begins, and where it ends now */
};

struct action { /* of a signal; as rt_sigaction(2) has it */
	uint64_t handler, flags, restorer, mask;
};

struct process {
	int pid, group, session;
	struct process *parent;
	struct list children, in_children, threads, in_all;
	struct vm *vm;
	struct file *files[FILES];
	uint64_t close_on_exec; /* by descriptor */
	struct node *directory;
	unsigned mask; /* of umask(2) */
	struct action actions[SIGNALS];
	uint64_t pending; /* signals for any of its threads */
	struct queue changed; /* a child ended; an end of its own is seen by its parent */
	bool ending, ended;   /* its last thread is gone: to be waited for */
	struct thread *only;  /* NULL, or all others end: an exec */
	int status;           /* as wait4(2) has it */
	uint64_t started;
	struct rlimit64 limits[RLIM_NLIMITS]; /* for prlimit64(2); of them RLIMIT_NOFILE is looked at, by poll(2) */
	char name[16];
};

/* process.c */
int process_new_id(void);                            /* of a process or a thread: one that nobody has */
/* Its parent's files and all else but threads and memory; the first has no parent.  NULL: no memory. */
struct process *process_new(struct process *parent);
void process_add_thread(struct process *process, struct thread *thread, int tid); /* that has not run yet */
void process_give_up(struct process *process);       /* what it holds */
void process_release_vm(struct process *process);    /* that alone */
void process_free(struct process *process);          /* that has given up, and is nobody's any more */
struct process *process_find(int pid);
unsigned process_count(void); /* with those that nobody has waited for */
void process_each(void (*visit)(struct process *process, void *context), void *context);
_Noreturn void process_exit(int status);      /* of all threads of the current one; status as wait4(2) has it */
_Noreturn void process_thread_exit(int code); /* of the current thread */
bool process_thread_must_end(const struct thread *thread);
bool process_make_way(void);                  /* there is no memory for the first process: another ends for it; false: it is not the first, or alone */
void process_check_end(void);                 /* does not return if it must */
void process_only(void);                      /* ends the other threads of the current process */

/* futex.c */
long futex_wake(uint64_t address, uint64_t most); /* a word of the current address space; as one that is not called private */

/* vm.c */
struct vm *vm_new(void); /* NULL: no memory */
struct vm *vm_fork(struct vm *vm);
struct vm *vm_hold(struct vm *vm);
void vm_drop(struct vm *vm);
void vm_enter(struct thread *thread, struct vm *vm); /* opens the thread's view on it, and translates by it if it is the current one */
void vm_leave(struct thread *thread);                /* closes the view, and translates by none; tells who waits for it */
enum { VM_STACK = 8 << 20 };
uint64_t vm_stack(void); /* where a program's stack ends, above VM_STACK bytes */

/* exec.c: replaces the current process's program.  0: it is in its registers.  Else a negative errno, and nothing changed. */
struct program {
	const char *path; /* strings are the kernel's */
	char **argv, **envp;
	size_t argc, envc;
};
long exec_program(const struct program *program);

/* signal.c */
void signal_process(struct process *process, int number);
void signal_thread(struct thread *thread, int number);
void signal_force(const struct signal_info *info); /* to the current thread; one that it blocks or ignores kills */
bool signal_due(const struct thread *thread);      /* or is it to end? */
bool signal_ends(const struct thread *thread);     /* is it to end, by others or by a SIGKILL that it has not seen yet? */
void signal_deliver(struct arch_frame *frame);     /* on the way back to the program */
/* calls_signal.c: what is blocked until the current call returns, or a handler of what it lets through does (ppoll); 0 or a negative errno. */
long signal_mask_until_return(uint64_t address, uint64_t size);

#endif
