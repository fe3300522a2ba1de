/*
 * SIGSEGV and SIGBUS: ours, a guard's, or whose they would have been (law 19).
 *
 * Everything here runs in a signal handler: no lock, no allocation, no errno, no library call.
 */
#include "../../arch/arch.h"
#include "context.h"
#include <sys/syscall.h>

/* Of a shared library that was built without it, the program may still be under AddressSanitizer. */
__attribute__((weak)) void __asan_handle_no_return(void);

/* Of this thread's own instruction: not a signal that somebody sent, nor the kernel's news of a page lost elsewhere. */
UMI_UNINSTRUMENTED static bool is_synchronous(int signal, const siginfo_t *info)
{
	return info->si_code > 0 && !(signal == SIGBUS && info->si_code == BUS_MCEERR_AO);
}

/* SI_KERNEL is a general protection or stack fault: an address that no page could ever be at. */
UMI_UNINSTRUMENTED static enum um_status cause_of(int signal, int code)
{
	if (code == SI_KERNEL)
		return UM_UNMAPPED;
	if (signal == SIGBUS)
		return UM_BUS;
	return code == SEGV_MAPERR ? UM_UNMAPPED : UM_DENIED;
}

UMI_UNINSTRUMENTED static struct um_fault describe(int signal, const siginfo_t *info, const ucontext_t *context)
{
	struct um_fault fault;

	fault.address = (uintptr_t)info->si_addr;
	fault.has_address = info->si_code != SI_KERNEL && !(signal == SIGBUS && info->si_code == BUS_ADRALN);
	fault.access = 0;
	fault.cause = cause_of(signal, info->si_code);
	fault.give[0] = fault.give[1] = 0;
	umi_context_describe(context, &fault);
	return fault;
}

UMI_UNINSTRUMENTED static bool recover(int signal, const siginfo_t *info, ucontext_t *context)
{
	struct um_fault fault = describe(signal, info, context);
	struct umi_guard_landing landing;

	if (um_fault_resume(&fault)) {
		umi_context_resume(context, &fault);
		return true;
	}
	if (umi_guard_claim(&fault, &landing)) {
		umi_context_land(context, &landing);
		if (__asan_handle_no_return)
			__asan_handle_no_return();
		return true;
	}
	return false;
}

/* Past the C library and whoever stands in for it: errno belongs to the code that was interrupted, and this is the end. */
UMI_UNINSTRUMENTED static void set_default(int signal)
{
	static const struct {
		uintptr_t handler;
		unsigned long flags;
		uintptr_t restorer;
		uint64_t mask;
	} standard = { (uintptr_t)SIG_DFL, 0, 0, 0 };

	umi_system_call(SYS_rt_sigaction, signal, (long)&standard, 0, sizeof standard.mask);
}

/*
 * The death that SIG_DFL would have been: the same signal, pending while this thread leaves its handler, meets the
 * registers of the fault; executing again would lose the cause where the page has been repaired meanwhile.
 */
UMI_UNINSTRUMENTED static void die(int signal, siginfo_t *info, ucontext_t *context)
{
	uint64_t mask = UINT64_C(1) << (signal - 1);
	long process = umi_system_call(SYS_getpid, 0, 0, 0, 0), thread = umi_system_call(SYS_gettid, 0, 0, 0, 0);

	umi_system_call(SYS_rt_sigprocmask, SIG_BLOCK, (long)&mask, 0, sizeof mask);
	set_default(signal);
	umi_system_call(SYS_rt_tgsigqueueinfo, process, thread, signal, (long)info);
	/* Blocked there only if sigsuspend had opened it, and then it would not come. */
	context->uc_sigmask.__val[0] &= ~mask;
}

/* Whoever was there before us; its SA_RESETHAND serves once, as the kernel has it. */
UMI_UNINSTRUMENTED static uintptr_t earlier_handler(struct umi_port_slot *slot)
{
	if (atomic_load_explicit(&slot->once, memory_order_relaxed))
		return atomic_exchange_explicit(&slot->handler, (uintptr_t)SIG_DFL, memory_order_relaxed);
	return atomic_load_explicit(&slot->handler, memory_order_relaxed);
}

/* As the kernel does for whoever did not ask for more.  What a process sent has no address there. */
UMI_UNINSTRUMENTED static void hide_tag(const struct umi_port_slot *slot, siginfo_t *info)
{
	if (info->si_code > 0 && atomic_load_explicit(&slot->plain, memory_order_relaxed))
		info->si_addr = (void *)umi_untagged((uintptr_t)info->si_addr);
}

UMI_UNINSTRUMENTED uintptr_t umi_port_handle(int signal, siginfo_t *info, ucontext_t *context, unsigned index)
{
	struct umi_port_slot *slot = umi_port_slot(signal, index);
	bool synchronous = is_synchronous(signal, info);
	uintptr_t handler;

	if (synchronous && atomic_load_explicit(&umi_port_users, memory_order_relaxed) != 0 && recover(signal, info, context))
		return 0;
	handler = earlier_handler(slot);
	if (umi_is_handler(handler)) {
		hide_tag(slot, info);
		return handler;
	}
	if (synchronous || handler == (uintptr_t)SIG_DFL)
		die(signal, info, context);
	return 0;
}
