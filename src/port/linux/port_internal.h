/*
 * The Linux port from the inside: who was there before us, and what the handler asks.
 */
#ifndef USERMEM_PORT_LINUX_INTERNAL_H
#define USERMEM_PORT_LINUX_INTERNAL_H

#include <signal.h>
#include <stdatomic.h>
#include <ucontext.h>
#include <usermem/port.h>
#include "../../guard_internal.h"

/*
 * One place of ours in the chain of handlers of one signal.  Each has an entry point of its own: handlers that we
 * were left below may still call that one when we have been installed anew above them, and must not find
 * themselves behind it.
 */
struct umi_port_slot {
	bool taken;                 /* open and close, under their lock */
	struct sigaction under;     /* likewise: whom we replaced */
	_Atomic uintptr_t handler;  /* whom to pass on to; after its SA_RESETHAND, SIG_DFL */
	_Atomic bool once;          /* a handler with SA_RESETHAND */
	_Atomic bool plain;         /* one without SA_EXPOSE_TAGBITS */
};
/* Of sigaction(2), since Linux 5.11: the C library does not have it yet.  Older kernels take no notice of it. */
enum { UMI_EXPOSE_TAGBITS = 0x800 };

enum { UMI_PORT_SLOTS = 8, UMI_PORT_ENTRY_SIZE = 16 };

/* How many opens there are; guard.S compares it with 0. */
extern _Atomic uint64_t umi_port_users;

/* entry.S: UMI_PORT_SLOTS entry points of UMI_PORT_ENTRY_SIZE bytes. */
extern const char umi_port_entries[];

UMI_UNINSTRUMENTED static inline bool umi_is_handler(uintptr_t handler)
{
	return handler != (uintptr_t)SIG_DFL && handler != (uintptr_t)SIG_IGN;
}

/* Of SIGSEGV or SIGBUS. */
struct umi_port_slot *umi_port_slot(int signal, unsigned index);

/* Called by the entry points.  Not 0: the handler to jump to, with the same arguments. */
uintptr_t umi_port_handle(int signal, siginfo_t *info, ucontext_t *context, unsigned index);

#endif
