/* What a signal handler finds on its stack, as Linux lays it out; and the way back. */
#include <linux/signal.h>
#include <asm/sigcontext.h>
#include <asm/ucontext.h>
#include <usermem/space.h>
#include "arch.h"

struct signal_frame { /* Linux's struct rt_sigframe */
	siginfo_t info;
	struct ucontext context;
};

enum um_status arch_signal_enter(struct arch_frame *frame, struct arch_context *context, struct um_space *user, const struct signal_call *call)
{
	uint64_t stack = (call->stack - sizeof(struct signal_frame)) & ~(uint64_t)15;
	struct signal_frame image = { .info = { .si_signo = call->number, .si_code = call->code } };
	struct um_result result;

	image.info.si_addr = (void *)call->address;
	image.context.uc_stack.ss_flags = SS_DISABLE;
	image.context.uc_sigmask.sig[0] = call->mask;
	image.context.uc_mcontext.sc_regs = frame->registers;
	arch_fpu_save(&context->fpu);
	image.context.uc_mcontext.sc_fpregs.d = context->fpu;
	result = um_copy_out(user, um_addr_of(stack), &image, sizeof image, 0);
	if (result.status != UM_OK)
		return result.status;
	frame->registers.pc = call->handler;
	frame->registers.ra = call->restorer;
	frame->registers.sp = stack;
	frame->registers.a0 = (uint64_t)call->number;
	frame->registers.a1 = stack + offsetof(struct signal_frame, info);
	frame->registers.a2 = stack + offsetof(struct signal_frame, context);
	return UM_OK;
}

enum um_status arch_signal_leave(struct arch_frame *frame, struct arch_context *context, struct um_space *user, uint64_t *mask)
{
	struct signal_frame image;
	struct um_result result = um_copy_in(user, &image, um_addr_of(frame->registers.sp), sizeof image, 0);
	const __u32 *reserved = image.context.uc_mcontext.sc_fpregs.q.reserved;

	if (result.status != UM_OK)
		return result.status;
	if ((reserved[0] | reserved[1] | reserved[2]) != 0)
		return UM_INVALID;
	frame->registers = image.context.uc_mcontext.sc_regs;
	context->fpu = image.context.uc_mcontext.sc_fpregs.d;
	arch_fpu_load(&context->fpu);
	*mask = image.context.uc_sigmask.sig[0];
	return UM_OK;
}
