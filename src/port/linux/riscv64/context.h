/* RISC-V 64: the registers of a signal's frame, and a system call past the C library. */
#ifndef USERMEM_PORT_LINUX_CONTEXT_H
#define USERMEM_PORT_LINUX_CONTEXT_H

#include "../port_internal.h"

/* What an access was for is not in the frame; the table knows the sides without it. */
UMI_UNINSTRUMENTED static inline void umi_context_describe(const ucontext_t *context, struct um_fault *fault)
{
	fault->pc = (uintptr_t)context->uc_mcontext.__gregs[REG_PC];
	fault->access_register = (uintptr_t)context->uc_mcontext.__gregs[UMI_GREG_ACCESS];
}

UMI_UNINSTRUMENTED static inline void umi_context_resume(ucontext_t *context, const struct um_fault *fault)
{
	context->uc_mcontext.__gregs[REG_PC] = fault->pc;
	context->uc_mcontext.__gregs[UMI_GREG_GIVE0] = fault->give[0];
	context->uc_mcontext.__gregs[UMI_GREG_GIVE1] = fault->give[1];
}

UMI_UNINSTRUMENTED static inline void umi_context_land(ucontext_t *context, const struct umi_guard_landing *landing)
{
	context->uc_mcontext.__gregs[REG_PC] = landing->pc;
	context->uc_mcontext.__gregs[REG_SP] = landing->sp;
	context->uc_mcontext.__gregs[REG_A0] = landing->result.done;
	context->uc_mcontext.__gregs[REG_A0 + 1] = (uint64_t)landing->result.status | (uint64_t)landing->result.side << 32;
}

UMI_UNINSTRUMENTED static inline long umi_system_call(long number, long a, long b, long c, long d)
{
	register long a7 __asm__("a7") = number;
	register long a0 __asm__("a0") = a;
	register long a1 __asm__("a1") = b;
	register long a2 __asm__("a2") = c;
	register long a3 __asm__("a3") = d;

	__asm__ volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2), "r"(a3) : "memory");
	return a0;
}

#endif
