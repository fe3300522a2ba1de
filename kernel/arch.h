/*
 * What an architecture supplies to the kernel, and what it calls.
 *
 * One processor.  In supervisor mode interrupts are off, but for arch_wait.  User memory is reached through the library alone:
 * SMAP, PAN or a cleared SUM make every other access a fault, which is a panic.
 *
 * arch/ARCH/machine.h has struct arch_frame, struct arch_context, the constants and what is better inline:
 *
 *   ARCH_DIRECT      physical address 0 in the kernel's half: all memory is there
 *   ARCH_USER_LAST   the last address that a program may have, and what Linux has there
 *   ARCH_LEVELS      of page tables, each with 512 entries of 8 bytes
 *   ARCH_MACHINE     what uname(2) calls it
 *   ARCH_ELF         e_machine of its programs
 *   ARCH_FRAME_BELOW words from a frame pointer down to where the caller's is kept, with the return address above it: 0, or 2
 *   ARCH_TRAMPOLINE  where programs find the code that ends a signal handler, a page from arch_trampoline on; not defined where libc
 *                    brings its own
 *
 *   uint64_t arch_pte_table(uint64_t physical)                     an entry that leads to the next table
 *   uint64_t arch_pte_page(uint64_t physical, unsigned access)     a page of the user's; never 0, whatever the access.  The machine denies
 *                                                                  what access (enum um_access) lacks, or allows reading besides
 *   unsigned arch_pte_access(uint64_t pte)                         of a page's entry: exactly what it was made with
 *   uint64_t arch_pte_physical(uint64_t pte)                       of either kind
 */
#ifndef KERNEL_ARCH_H
#define KERNEL_ARCH_H

#include <machine.h>
#include <usermem/fault.h>
#include <usermem/space.h>

/* ---------------------------------------------------------------- start and end */

struct boot_range { /* physical */
	uint64_t start, end;
};

enum { BOOT_RANGES = 32 };

struct boot {
	struct boot_range memory[BOOT_RANGES], taken[BOOT_RANGES]; /* what there is; and what of it is not free, the image among it */
	size_t memory_count, taken_count;
	struct boot_range initrd; /* start == end: none */
	char command_line[256];
	uint64_t seed; /* of getrandom; what the machine has */
};

/* Called once, on a stack of ARCH's, with all memory mapped at ARCH_DIRECT and the traps set. */
_Noreturn void kernel_main(const struct boot *boot);

enum { ARCH_OFF_WELL = 33, ARCH_OFF_BADLY = 35 };
_Noreturn void arch_off(int status); /* the emulator's exit status, one of the two */

void arch_put(char c); /* to the serial line, as it is */
int arch_get(void);    /* what came from there; -1: nothing */

/* For um_port_supply, and after it the first um_port_open: features of the CPU. */
unsigned arch_features(void);

/* ---------------------------------------------------------------- time */

uint64_t arch_time(void);               /* nanoseconds, from any start; never goes back */
void arch_timer(uint64_t time);         /* calls trap_timer then, or soon after; replaces the earlier one */
void arch_wait(void);                   /* until an interrupt was taken; it may have come before */

/* ---------------------------------------------------------------- threads */

/* At the top of each thread's kernel stack lies the frame of its program: 16-byte aligned, and the stack goes down from it. */

/* A context that begins in entry(argument) on that stack; arch_switch keeps what a C function keeps and the program's FPU, and
 * its thread pointer where that is no register of the frame.  A fresh context has the FPU's state of a fresh program. */
void arch_context_init(struct arch_context *context, void *stack, void (*entry)(void *), void *argument);
void arch_context_copy(struct arch_context *child, struct arch_context *current); /* for a fork: the program's part alone */
void arch_switch(struct arch_context *from, struct arch_context *to);
void arch_stack(void *stack); /* where the next trap from user mode begins: right above the frame */

_Noreturn void arch_enter_user(struct arch_frame *frame);

/* ---------------------------------------------------------------- the registers of a program */

/* A fresh program in the current thread: its FPU and thread pointer too. */
void arch_frame_start(struct arch_frame *frame, struct arch_context *context, uint64_t entry, uint64_t stack);
uint64_t arch_frame_call(const struct arch_frame *frame, uint64_t arguments[6]); /* the system call's number */
void arch_frame_result(struct arch_frame *frame, long result);
void arch_frame_again(struct arch_frame *frame); /* as before the system call, which is made anew; after arch_frame_result too */
uint64_t arch_frame_pc(const struct arch_frame *frame);
uint64_t arch_frame_stack(const struct arch_frame *frame);
void arch_frame_set_stack(struct arch_frame *frame, uint64_t stack);
void arch_set_tls(struct arch_frame *frame, struct arch_context *context, uint64_t value); /* x86-64: up to ARCH_USER_LAST */
uint64_t arch_tls(const struct arch_context *context); /* of the current thread; where arch_prctl(2) is */
void arch_frame_print(const struct arch_frame *frame); /* by print() */

/* ---------------------------------------------------------------- signals: Linux's frames */

struct signal_call {
	int number, code;
	uint64_t address;      /* si_addr, for faults; else si_pid */
	uint64_t handler, restorer;
	uint64_t stack;        /* below which the frame goes */
	uint64_t mask;         /* to be restored */
};

/* Where the frame does not fit or fault: the status, and *frame untouched. */
enum um_status arch_signal_enter(struct arch_frame *frame, struct arch_context *context, struct um_space *user, const struct signal_call *call);
/* Of rt_sigreturn.  Registers that a program may not choose are kept as they are. */
enum um_status arch_signal_leave(struct arch_frame *frame, struct arch_context *context, struct um_space *user, uint64_t *mask);

/* ---------------------------------------------------------------- translation */

/* Makes a root table, whose user half is empty and whose kernel half is the kernel's. */
void arch_root_init(uint64_t *root);
void arch_root_use(uint64_t physical); /* that of no program: physical 0 */
uint64_t arch_root(void);
void arch_flush(uint64_t start, uint64_t length); /* any length; this processor's translations of these user addresses */
void arch_sync_code(void *start, size_t length);  /* what was stored there may be executed, at any address */

/* ---------------------------------------------------------------- what traps call; trap.c */

void trap_call(struct arch_frame *frame);
/* has_address etc. as in struct um_fault: what the machine says; access UM_EXEC for a fetch. */
void trap_fault(struct arch_frame *frame, uint64_t address, unsigned access);
void trap_exception(struct arch_frame *frame, int signal, int code, uint64_t address); /* whatever else a program does wrong */
void trap_timer(struct arch_frame *frame); /* NULL: from arch_wait */

/* A fault in supervisor mode: true: go on at fault->pc, with give[] in its registers; pc unchanged: again, and give[] does not count.
 * False: panic. */
bool trap_kernel_fault(struct um_fault *fault);
extern uint64_t trap_kernel_faults; /* how many there were */

#endif
