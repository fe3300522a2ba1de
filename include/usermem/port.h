/*
 * What the library needs of the machine it runs on.
 *
 * Hosted (Linux): opening installs handlers for SIGSEGV and SIGBUS and chooses the code for this CPU.  Those
 * handlers take only faults at the library's own instructions and inside a guard, with si_code > 0; every
 * other one goes where it would have gone without them (law 19).
 *
 * The caller's part: the two signals are not blocked while memory is touched, and the stack that a handler
 * will run on has AT_MINSIGSTKSZ + 1 KiB left.  While a port is opened or closed, no other thread changes these two
 * handlers.  Where there was no handler, ours runs on the alternate stack, if there is one.  What shows all the same: sigaction() returns our handler, with
 * SA_EXPOSE_TAGBITS; an ignored signal interrupts a sleeping call; SIG_IGN is not inherited by exec; on AArch64, where a signal that nobody handles ends a
 * sleeping call and the program, the core's pc is behind the call, not at it.
 *
 * Under valgrind: --vex-guest-chase=no --vex-iropt-register-updates=allregs-at-mem-access, or handlers are told the wrong
 * instruction and stale registers.
 *
 * Freestanding: a kernel supplies struct um_port below, then opens, which sorts the exception table.  Its own part:
 *   Linking: the section um_extable stays whole and writable, with the linker's __start_um_extable and __stop_um_extable
 *   at its ends.  There are memcpy, memmove, memset and memcmp.
 *   Entry to any trap: the window of the access (RFLAGS.AC, PSTATE.PAN, sstatus.SUM) is saved and closed, and put back on
 *   return (law 22).
 *   A fault in the kernel: where um_fault_find (fault.h) says that it is one of ours, made without UM_NOFAULT, the handler may
 *   let interrupts in, sleep, populate the page and return to the same instruction.  Else, or where nothing helps,
 *   um_fault_resume, and on from where that says.  What neither knows is a bug of the kernel.
 *
 * Thread safe.  Not async-signal-safe.
 */
#ifndef USERMEM_PORT_H
#define USERMEM_PORT_H

#include <usermem/status.h>

UM_BEGIN_DECLS

#if !__STDC_HOSTED__

/* What the processor has; combined with |. */
enum um_port_features {
	UM_PORT_SMAP = 1, /* x86-64: STAC and CLAC */
	UM_PORT_PAN = 2,  /* AArch64: PSTATE.PAN */
	UM_PORT_LSE = 4,  /* AArch64: the atomic instructions of FEAT_LSE */
};

/* What a kernel supplies. */
struct um_port {
	uint32_t size;     /* of this struct, as its author compiled it */
	unsigned features; /* enum um_port_features: of all processors that run the kernel */
	/*
	 * The last address that programs may have, the last of a page.  An access of fault.h that begins above it begins at the
	 * address behind it instead, in speculation too (law 21).  Nothing may ever be mapped there: it is the first of
	 * those that the machine does not have, or of a page left free.  On AArch64 LDTR and STTR reach no further than the program
	 * itself besides (PSTATE.UAO is clear); its atomics have no such form, and nothing else keeps them from the kernel's memory.
	 */
	uintptr_t user_last;
	/* Law 15: called at the beginning of every call of space.h without UM_NOFAULT, also where nothing will be touched, by
	 * whoever makes it; a place to catch those who may not sleep.  NULL: none. */
	void (*might_fault)(void);
};

/* Before the first um_port_open, and by nobody else meanwhile.  UM_INVALID, and nothing changed: a smaller
 * size, features that are unknown or another machine's, a user_last that ends no page or is the last address of all, or a
 * port is open. */
UM_CHECKED enum um_status um_port_supply(const struct um_port *port);

#endif

/* Counted: um_self_open and whoever uses um_guard or fault.h each open it.  UM_UNSUPPORTED: the host refuses
 * the handlers, or they were left below others' eight times already.  Handlers that came over ours while the port was
 * open stay there: only a first open installs.  Freestanding: UM_INVALID as long as nothing was supplied. */
UM_CHECKED enum um_status um_port_open(void);

/* The last close puts the earlier handlers back or, where somebody has put others over ours since, leaves ours
 * below them as a pass-through.  A close without an open does nothing. */
void um_port_close(void);

/* Are our handlers the ones that the host calls?  False: no port is open, or somebody has put others over ours. */
bool um_port_installed(void);

UM_END_DECLS

#endif
