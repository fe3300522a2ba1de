/* Linux's rt_sigframe: siginfo, ucontext with its first record, and above them a frame record for unwinders. */
#include <asm/sigcontext.h>
#include <asm/siginfo.h>
#include <linux/signal.h>
#include <asm/ucontext.h>
#include <usermem/copy.h>
#include "arch.h"
#include "registers.h"

/* Of PSTATE, what a program may change: NZCV, DIT, SSBS. */
#define PSTATE_OPEN 0xf1001000
#define PSTATE_BTYPE 0xc00

struct signal_frame {
	siginfo_t info;
	struct ucontext context;
};

/* What of it is written and read: the rest of the room for records is left as it is. */
struct records {
	struct fpsimd_context fpu;
	struct _aarch64_ctx end;
};
enum { USED = offsetof(struct signal_frame, context.uc_mcontext.__reserved) + sizeof(struct records) };

static struct records *records_of(struct signal_frame *frame)
{
	return (struct records *)(void *)frame->context.uc_mcontext.__reserved;
}

static void fill_in(struct signal_frame *to, const struct arch_frame *frame, struct arch_context *context, const struct signal_call *call)
{
	struct sigcontext *registers = &to->context.uc_mcontext;

	to->info.si_signo = call->number;
	to->info.si_code = call->code;
	to->info.si_addr = (void *)(uintptr_t)call->address;
	to->context.uc_stack.ss_flags = SS_DISABLE;
	to->context.uc_sigmask.sig[0] = call->mask;
	registers->fault_address = call->code > 0 ? call->address : 0;
	__builtin_memcpy(registers->regs, frame->regs, sizeof registers->regs);
	registers->sp = frame->sp;
	registers->pc = frame->pc;
	registers->pstate = frame->pstate;
	program_save(context);
	records_of(to)->fpu = context->fpu;
}

enum um_status arch_signal_enter(struct arch_frame *frame, struct arch_context *context, struct um_space *user, const struct signal_call *call)
{
	struct signal_frame made = { 0 };
	uint64_t record[2] = { frame->regs[29], frame->regs[30] };
	uint64_t above = (call->stack - sizeof record) & ~UINT64_C(15), at = above - sizeof made;
	struct um_result result;

	fill_in(&made, frame, context, call);
	result = um_copy_out(user, um_addr_of(at), &made, USED, 0);
	if (result.status == UM_OK)
		result = um_copy_out(user, um_addr_of(above), record, sizeof record, 0);
	if (result.status != UM_OK)
		return result.status;
	frame->regs[0] = (uint64_t)call->number;
	frame->regs[1] = at + offsetof(struct signal_frame, info);
	frame->regs[2] = at + offsetof(struct signal_frame, context);
	frame->regs[29] = above;
	frame->regs[30] = call->restorer;
	frame->sp = at;
	frame->pc = call->handler;
	frame->pstate &= ~UINT64_C(PSTATE_BTYPE);
	return UM_OK;
}

enum um_status arch_signal_leave(struct arch_frame *frame, struct arch_context *context, struct um_space *user, uint64_t *mask)
{
	struct signal_frame made;
	const struct sigcontext *registers = &made.context.uc_mcontext;
	const struct fpsimd_context *fpu = &records_of(&made)->fpu;
	struct um_result result = um_copy_in(user, &made, um_addr_of(frame->sp), USED, 0);

	if (result.status != UM_OK)
		return result.status;
	if (frame->sp % 16 != 0 || fpu->head.magic != FPSIMD_MAGIC || fpu->head.size != sizeof *fpu)
		return UM_INVALID;
	__builtin_memcpy(frame->regs, registers->regs, sizeof frame->regs);
	frame->sp = registers->sp;
	frame->pc = registers->pc;
	frame->pstate = (frame->pstate & ~UINT64_C(PSTATE_OPEN)) | (registers->pstate & PSTATE_OPEN);
	program_save(context);
	context->fpu = *fpu;
	program_load(context);
	*mask = made.context.uc_sigmask.sig[0];
	return UM_OK;
}
