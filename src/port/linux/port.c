/*
 * Coming and going of the handlers; the contract is in port.h.
 *
 * By sigaction(3), so that whoever stands in for it goes on knowing who is above whom: ThreadSanitizer has one handler
 * of its own for all, and calls the last that it was told of.
 */
#include "../../arch/arch.h"
#include "../../fault_internal.h"
#include "port_internal.h"
#include <pthread.h>
#include <string.h>

_Atomic uint64_t umi_port_users;

static const int signals[] = { SIGSEGV, SIGBUS };
enum { SIGNALS = sizeof signals / sizeof signals[0], NO_SLOT = UMI_PORT_SLOTS };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct umi_port_slot slots[SIGNALS][UMI_PORT_SLOTS];

UMI_UNINSTRUMENTED struct umi_port_slot *umi_port_slot(int signal, unsigned index)
{
	return &slots[signal == SIGBUS][index];
}

static uintptr_t entry_of(unsigned index)
{
	return (uintptr_t)umi_port_entries + (uintptr_t)index * UMI_PORT_ENTRY_SIZE;
}

/* The slot whose entry point the host calls; NO_SLOT where it calls somebody else. */
static unsigned slot_on_top(int signal)
{
	struct sigaction top;
	unsigned index = 0;

	if (sigaction(signal, NULL, &top) != 0)
		return NO_SLOT;
	while (index < UMI_PORT_SLOTS && entry_of(index) != (uintptr_t)top.sa_sigaction)
		index++;
	return index;
}

static unsigned free_slot(int signal)
{
	unsigned index = 0;

	while (index < UMI_PORT_SLOTS && umi_port_slot(signal, index)->taken)
		index++;
	return index;
}

/*
 * A handler before us finds the stack, the mask and the interrupted system calls as it asked for.  Where there was none nobody
 * can tell, and most is hidden by: an alternate stack, since the other may just have overflowed; all signals
 * blocked, so that no handler runs between a fault and the death by it; restarted system calls.  Addresses come to us with
 * their tags, as a death is to be told of them.
 */
static struct sigaction over(const struct sigaction *under, unsigned index)
{
	struct sigaction ours = *under;

	if (!umi_is_handler((uintptr_t)under->sa_sigaction)) {
		ours.sa_flags = SA_ONSTACK | SA_RESTART;
		sigfillset(&ours.sa_mask);
	}
	ours.sa_flags = (ours.sa_flags | SA_SIGINFO | UMI_EXPOSE_TAGBITS) & ~(int)SA_RESETHAND;
	ours.sa_sigaction = (void (*)(int, siginfo_t *, void *))entry_of(index);
	return ours;
}

/* A sanitizer may say yes and do nothing: what counts is who is there. */
static enum um_status install(int signal)
{
	unsigned index = free_slot(signal);
	struct umi_port_slot *slot;
	struct sigaction ours;

	if (slot_on_top(signal) != NO_SLOT)
		return UM_OK;
	if (index == NO_SLOT)
		return UM_UNSUPPORTED;
	slot = umi_port_slot(signal, index);
	if (sigaction(signal, NULL, &slot->under) != 0)
		return UM_UNSUPPORTED;
	atomic_store(&slot->handler, (uintptr_t)slot->under.sa_sigaction);
	atomic_store(&slot->once, umi_is_handler(slot->handler) && (slot->under.sa_flags & (int)SA_RESETHAND) != 0);
	atomic_store(&slot->plain, (slot->under.sa_flags & UMI_EXPOSE_TAGBITS) == 0);
	ours = over(&slot->under, index);
	if (sigaction(signal, &ours, NULL) != 0 || slot_on_top(signal) != index)
		return UM_UNSUPPORTED;
	slot->taken = true;
	return UM_OK;
}

/* A slot that is not on top stays: somebody may still call it. */
static void take_out(int signal)
{
	unsigned index = slot_on_top(signal);
	struct umi_port_slot *slot;

	if (index == NO_SLOT)
		return;
	slot = umi_port_slot(signal, index);
	slot->under.sa_sigaction = (void (*)(int, siginfo_t *, void *))atomic_load(&slot->handler);
	if (sigaction(signal, &slot->under, NULL) == 0)
		slot->taken = false;
}

static enum um_status install_all(void)
{
	unsigned i;

	umi_fault_prepare();
	umi_arch_open();
	for (i = 0; i < SIGNALS; i++) {
		if (install(signals[i]) == UM_OK)
			continue;
		while (i-- > 0)
			take_out(signals[i]);
		return UM_UNSUPPORTED;
	}
	return UM_OK;
}

enum um_status um_port_open(void)
{
	enum um_status status = UM_OK;

	pthread_mutex_lock(&lock);
	if (umi_port_users == 0)
		status = install_all();
	if (status == UM_OK)
		umi_port_users++;
	pthread_mutex_unlock(&lock);
	return status;
}

void um_port_close(void)
{
	unsigned i;

	pthread_mutex_lock(&lock);
	if (umi_port_users > 0 && --umi_port_users == 0)
		for (i = 0; i < SIGNALS; i++)
			take_out(signals[i]);
	pthread_mutex_unlock(&lock);
}

bool um_port_installed(void)
{
	bool installed;
	unsigned i;

	pthread_mutex_lock(&lock);
	installed = umi_port_users > 0;
	for (i = 0; i < SIGNALS; i++)
		installed = installed && slot_on_top(signals[i]) != NO_SLOT;
	pthread_mutex_unlock(&lock);
	return installed;
}
