/* AArch64: the registers of a signal's frame, and a system call past the C library. */
#ifndef USERMEM_PORT_LINUX_CONTEXT_H
#define USERMEM_PORT_LINUX_CONTEXT_H

#include "../port_internal.h"

/* What an access was for is said by a record that not every kernel puts there; the table knows the sides without it. */
UMI_UNINSTRUMENTED static inline void umi_context_describe(const ucontext_t *context, struct um_fault *fault)
{
	fault->pc = (uintptr_t)context->uc_mcontext.pc;
	fault->access_register = (uintptr_t)context->uc_mcontext.regs[UMI_GREG_ACCESS];
}

UMI_UNINSTRUMENTED static inline void umi_context_resume(ucontext_t *context, const struct um_fault *fault)
{
	context->uc_mcontext.pc = fault->pc;
	context->uc_mcontext.regs[UMI_GREG_GIVE0] = fault->give[0];
	context->uc_mcontext.regs[UMI_GREG_GIVE1] = fault->give[1];
}

UMI_UNINSTRUMENTED static inline void umi_context_land(ucontext_t *context, const struct umi_guard_landing *landing)
{
	context->uc_mcontext.pc = landing->pc;
	context->uc_mcontext.sp = landing->sp;
	context->uc_mcontext.regs[0] = landing->result.done;
	context->uc_mcontext.regs[1] = (uint64_t)landing->result.status | (uint64_t)landing->result.side << 32;
}

UMI_UNINSTRUMENTED static inline long umi_system_call(long number, long a, long b, long c, long d)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;

	__asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
	return x0;
}

#endif
