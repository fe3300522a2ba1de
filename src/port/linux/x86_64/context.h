/* x86-64: the registers of a signal's frame, and a system call past the C library. */
#ifndef USERMEM_PORT_LINUX_CONTEXT_H
#define USERMEM_PORT_LINUX_CONTEXT_H

#include "../port_internal.h"

UMI_UNINSTRUMENTED static inline void umi_context_describe(const ucontext_t *context, struct um_fault *fault)
{
	enum { TRAP_PAGE_FAULT = 14, PAGE_FAULT_WRITE = 2 };
	const greg_t *gregs = context->uc_mcontext.gregs;

	fault->pc = (uintptr_t)gregs[REG_RIP];
	fault->access_register = (uintptr_t)gregs[UMI_GREG_ACCESS];
	if (gregs[REG_TRAPNO] == TRAP_PAGE_FAULT)
		fault->access = (gregs[REG_ERR] & PAGE_FAULT_WRITE) != 0 ? UM_WRITE : UM_READ;
}

UMI_UNINSTRUMENTED static inline void umi_context_resume(ucontext_t *context, const struct um_fault *fault)
{
	greg_t *gregs = context->uc_mcontext.gregs;

	gregs[REG_RIP] = (greg_t)fault->pc;
	gregs[UMI_GREG_GIVE0] = (greg_t)fault->give[0];
	gregs[UMI_GREG_GIVE1] = (greg_t)fault->give[1];
}

UMI_UNINSTRUMENTED static inline void umi_context_land(ucontext_t *context, const struct umi_guard_landing *landing)
{
	greg_t *gregs = context->uc_mcontext.gregs;

	gregs[REG_RIP] = (greg_t)landing->pc;
	gregs[REG_RSP] = (greg_t)landing->sp;
	gregs[REG_RAX] = (greg_t)landing->result.done;
	gregs[REG_RDX] = (greg_t)((uint64_t)landing->result.status | (uint64_t)landing->result.side << 32);
}

UMI_UNINSTRUMENTED static inline long umi_system_call(long number, long a, long b, long c, long d)
{
	register long fourth __asm__("r10") = d;
	long result;

	__asm__ volatile("syscall" : "=a"(result) : "0"(number), "D"(a), "S"(b), "d"(c), "r"(fourth) : "rcx", "r11", "memory");
	return result;
}

#endif
