/* For tests of the freestanding core in a process: its trap handler is a signal's, and knows no more than a kernel's would. */
#ifndef USERMEM_TESTS_TRAP_H
#define USERMEM_TESTS_TRAP_H

#include <stdlib.h>
#include <string.h>
#include "arch/arch.h"
#include "context.h"

static uintptr_t trap_address; /* of the last fault, as the machine told it; UINTPTR_MAX: it told none */
static unsigned long traps;

#if defined __riscv

enum { TRAP_SUM = 1 << 18, TRAP_CSRRS = 2, TRAP_CSRRC = 3 };

static uint64_t trap_sstatus;

/* sstatus is a supervisor's, and an instruction that opens or closes the window by it is illegal here: its part is played. */
static inline void trap_window(int signal, siginfo_t *info, void *context)
{
	unsigned long *registers = ((ucontext_t *)context)->uc_mcontext.__gregs;
	uint64_t before = trap_sstatus, bits;
	uint32_t code;

	(void)signal;
	(void)info;
	memcpy(&code, (const void *)registers[REG_PC], sizeof code);
	if ((code & 0x7f) != 0x73 || code >> 20 != 0x100)
		abort();
	bits = (code >> 15 & 31) != 0 ? registers[code >> 15 & 31] : 0;
	if ((code >> 12 & 7) == TRAP_CSRRS)
		trap_sstatus |= bits;
	else if ((code >> 12 & 7) == TRAP_CSRRC)
		trap_sstatus &= ~bits;
	else
		abort();
	if ((code >> 7 & 31) != 0)
		registers[code >> 7 & 31] = before;
	registers[REG_PC] += sizeof code;
}

static inline bool trap_window_is_open(void)
{
	return (trap_sstatus & TRAP_SUM) != 0;
}

static inline bool trap_supply_window(void)
{
	struct sigaction action = { .sa_sigaction = trap_window, .sa_flags = SA_SIGINFO };

	return sigaction(SIGILL, &action, NULL) == 0;
}

/* What programs may have was reached by the window alone. */
static inline bool trap_was_allowed(void)
{
	return trap_window_is_open();
}

#else /* no feature, no window */

static inline bool trap_window_is_open(void)
{
	return false;
}

static inline bool trap_supply_window(void)
{
	return true;
}

static inline bool trap_was_allowed(void)
{
	return true;
}

#endif

static inline void trap(int signal, siginfo_t *info, void *context)
{
	struct um_fault fault = { .address = (uintptr_t)info->si_addr, .has_address = info->si_code != SI_KERNEL };

	fault.cause = signal == SIGBUS ? UM_BUS : info->si_code == SEGV_ACCERR ? UM_DENIED : UM_UNMAPPED;
	trap_address = fault.has_address ? fault.address : UINTPTR_MAX;
	traps++;
	umi_context_describe(context, &fault);
	if (!trap_was_allowed() || !um_fault_resume(&fault))
		abort();
	umi_context_resume(context, &fault);
}

/* Takes the signals, and supplies a port whose programs have addresses up to user_last. */
static inline bool trap_supply(uintptr_t user_last, void (*might_fault)(void))
{
	struct um_port port = { .size = sizeof port, .user_last = user_last, .might_fault = might_fault };
	struct sigaction action = { .sa_sigaction = trap, .sa_flags = SA_SIGINFO };

	return sigaction(SIGSEGV, &action, NULL) == 0 && sigaction(SIGBUS, &action, NULL) == 0 && trap_supply_window() &&
	       um_port_supply(&port) == UM_OK;
}

#endif
