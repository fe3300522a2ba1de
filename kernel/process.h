/*
 * Processes: an address space, open files, answers to signals, and the threads that share them.
 */
#ifndef KERNEL_PROCESS_H
#define KERNEL_PROCESS_H

#include <asm/signal.h>
#include "file.h"
#include "thread.h"

enum { SIGNALS = 64, FILES = 64 };

struct vm { /* counted: vfork's child has its parent's */
	unsigned uses;
	struct um_mm mm;
	uint64_t heap, heap_end; /* of brk(2) */
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
	struct action actions[SIGNALS];
	uint64_t pending; /* signals for any of its threads */
	struct signal_note *notes;
	struct queue changed; /* a child ended; an end of its own is seen by its parent */
	bool ending, ended;   /* its last thread is gone: to be waited for */
	int status;           /* as wait4(2) has it */
	struct queue *vfork;  /* woken when it gives up its parent's memory */
	uint64_t started;
	char name[16];
};

/* process.c */
struct process *process_new(struct process *parent); /* without threads, memory or files; NULL: none */
struct process *process_find(int pid);
_Noreturn void process_exit(int status);             /* of all threads of the current one; status as wait4(2) has it */
_Noreturn void process_thread_exit(int code);        /* of the current thread */
void process_check_end(void);                        /* does not return if the process is ending */
_Noreturn void process_first(void);                  /* /init, with the console at 0, 1 and 2; ends the machine when it ends */

/* vm.c */
struct vm *vm_new(void);
struct vm *vm_fork(struct vm *vm);
void vm_drop(struct vm *vm);
void vm_use(struct thread *thread, struct vm *vm); /* opens the thread's view on it, and translates by it if it is the current one */

/* exec.c: replaces the current process's program; only then there is no way back.  Strings are the kernel's. */
long exec_program(struct node *node, char *const *argv, size_t argc, char *const *envp, size_t envc, const char *path);

/* signal.c */
struct signal_info {
	int number, code;
	uint64_t value; /* address or pid */
};
void signal_process(struct process *process, const struct signal_info *info);
void signal_thread(struct thread *thread, const struct signal_info *info);
void signal_force(const struct signal_info *info); /* to the current thread; one that it blocks or ignores kills */
bool signal_due(const struct thread *thread);
void signal_deliver(struct arch_frame *frame);     /* on the way back to the program */

#endif
