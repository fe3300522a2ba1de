/* What a signal handler finds on its stack: Linux's struct rt_sigframe, and above it the FPU as FXSAVE stores it. */
#include <asm/sigcontext.h>
#include <linux/signal.h>
#include <asm/ucontext.h>
#include "x86.h"

enum { RED_ZONE = 128, FPU_ALIGNMENT = 64, STACK_ALIGNMENT = 16, MXCSR = 6, MXCSR_MASK = 7, MXCSR_MASK_OLD = 0xffbf };
enum { FLAGS_CHOSEN = 0x50dd5, FLAGS_CLEARED = 0x10500 }; /* RF, AC, OF, DF, TF and the arithmetic ones; RF, DF, TF */

struct signal_frame {
	uint64_t restorer;
	struct ucontext context;
	struct siginfo info;
};

enum { REGISTERS = offsetof(struct arch_frame, vector) };
_Static_assert(offsetof(struct sigcontext, r8) == 0 && offsetof(struct sigcontext, rsp) == REGISTERS, "in the order of struct arch_frame");

static void fill(struct signal_frame *out, const struct arch_frame *frame, const struct signal_call *call)
{
	struct sigcontext *registers = &out->context.uc_mcontext;

	__builtin_memset(out, 0, sizeof *out);
	out->restorer = call->restorer;
	out->context.uc_flags = UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS;
	out->context.uc_stack.ss_flags = SS_DISABLE;
	__builtin_memcpy(&out->context.uc_sigmask, &call->mask, sizeof call->mask);
	__builtin_memcpy(registers, frame, REGISTERS);
	registers->rsp = frame->rsp;
	registers->rip = frame->rip;
	registers->eflags = frame->rflags;
	registers->cs = USER_CODE;
	registers->ss = USER_DATA;
	registers->oldmask = call->mask;
	if (frame->vector != VECTOR_CALL) {
		registers->trapno = frame->vector;
		registers->err = frame->error;
	}
	if (frame->vector == VECTOR_PAGE_FAULT) {
		registers->cr2 = call->address;
		if (call->address > ARCH_USER_LAST) /* what the kernel has there is not told */
			registers->err |= PTE_PRESENT;
	}
	out->info.si_signo = call->number;
	out->info.si_code = call->code;
	out->info.si_addr = (void *)call->address; /* where si_pid is, too, and si_uid above it */
}

enum um_status arch_signal_enter(struct arch_frame *frame, struct arch_context *context, struct um_space *user, const struct signal_call *call)
{
	uint64_t stack = call->stack == frame->rsp ? call->stack - RED_ZONE : call->stack;
	uint64_t fpu_at = (stack - sizeof(struct arch_fpu)) & -(uint64_t)FPU_ALIGNMENT;
	uint64_t at = ((fpu_at - sizeof(struct signal_frame)) & -(uint64_t)STACK_ALIGNMENT) - sizeof(uint64_t);
	struct signal_frame out;
	struct um_result result;

	fpu_save(&context->fpu);
	fill(&out, frame, call);
	out.context.uc_mcontext.fpstate = (void *)fpu_at;
	result = um_copy_out(user, um_addr_of(fpu_at), &context->fpu, sizeof context->fpu, 0);
	if (result.status == UM_OK)
		result = um_copy_out(user, um_addr_of(at), &out, sizeof out, 0);
	if (result.status != UM_OK)
		return result.status;
	fpu_load(&fpu_fresh);
	frame->rip = call->handler;
	frame->rsp = at;
	frame->rdi = (uint64_t)call->number;
	frame->rsi = at + offsetof(struct signal_frame, info);
	frame->rdx = at + offsetof(struct signal_frame, context);
	frame->rax = 0;
	frame->rflags &= ~(uint64_t)FLAGS_CLEARED;
	return UM_OK;
}

/* FXRSTOR faults on bits of MXCSR that the processor lacks. */
static enum um_status restore_fpu(struct arch_context *context, struct um_space *user, uint64_t at)
{
	struct arch_fpu fpu = fpu_fresh;
	struct um_result result = { 0, UM_OK, UM_ONLY_SIDE };
	uint32_t has;

	if (at != 0)
		result = um_copy_in(user, &fpu, um_addr_of(at), sizeof fpu, 0);
	if (result.status != UM_OK)
		return result.status;
	fpu_save(&context->fpu);
	has = context->fpu.words[MXCSR_MASK] ? context->fpu.words[MXCSR_MASK] : MXCSR_MASK_OLD;
	if (fpu.words[MXCSR] & ~has)
		return UM_INVALID;
	fpu_load(&fpu);
	return UM_OK;
}

/* The handler's return has taken the restorer's address from the stack.  Segments are kept as they are. */
enum um_status arch_signal_leave(struct arch_frame *frame, struct arch_context *context, struct um_space *user, uint64_t *mask)
{
	struct ucontext in;
	const struct sigcontext *registers = &in.uc_mcontext;
	struct um_result result = um_copy_in(user, &in, um_addr_of(frame->rsp), sizeof in, 0);
	enum um_status status = result.status;

	if (status == UM_OK)
		status = restore_fpu(context, user, (uint64_t)registers->fpstate);
	if (status != UM_OK)
		return status;
	__builtin_memcpy(frame, registers, REGISTERS);
	frame->rsp = registers->rsp;
	frame->rip = registers->rip;
	frame->rflags = (frame->rflags & ~(uint64_t)FLAGS_CHOSEN) | (registers->eflags & FLAGS_CHOSEN);
	__builtin_memcpy(mask, &in.uc_sigmask, sizeof *mask);
	return UM_OK;
}
