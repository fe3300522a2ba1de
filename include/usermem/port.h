/*
 * What the library needs of the machine it runs on.
 *
 * Hosted (Linux): opening installs handlers for SIGSEGV and SIGBUS and chooses the code for this CPU.  Those
 * handlers take only faults at the library's own instructions and inside a guard, with si_code > 0; every
 * other one goes where it would have gone without them (law 19).
 *
 * The caller's part: the two signals are not blocked while memory is touched, and the stack that a handler
 * will run on has AT_MINSIGSTKSZ + 1 KiB left.  While a port is opened or closed, no other thread changes these two
 * handlers.  Where there was no handler, ours runs on the alternate stack, if there is one.  What shows all the same: sigaction() returns our handler; an
 * ignored signal interrupts a sleeping call; SIG_IGN is not inherited by exec.
 *
 * Under valgrind: --vex-guest-chase=no --vex-iropt-register-updates=allregs-at-mem-access, or handlers are told the wrong
 * instruction and stale registers.
 *
 * Freestanding: opening sorts the exception table; the kernel's trap handler asks fault.h.
 *
 * Thread safe.  Not async-signal-safe.
 */
#ifndef USERMEM_PORT_H
#define USERMEM_PORT_H

#include <usermem/status.h>

UM_BEGIN_DECLS

/* Counted: um_self_open and whoever uses um_guard or fault.h each open it.  UM_UNSUPPORTED: the host refuses
 * the handlers, or they were left below others' eight times already.  Handlers that came over ours while the port was
 * open stay there: only a first open installs. */
UM_CHECKED enum um_status um_port_open(void);

/* The last close puts the earlier handlers back or, where somebody has put others over ours since, leaves ours
 * below them as a pass-through.  A close without an open does nothing. */
void um_port_close(void);

/* Are our handlers the ones that the host calls?  False: no port is open, or somebody has put others over ours. */
bool um_port_installed(void);

UM_END_DECLS

#endif
