/* A program's registers, and those of the thread that runs it. */
#include "arch.h"
#include "kernel.h"
#include "registers.h"

enum { PSTATE_PROGRAM = 0 /* EL0, 64 bits, nothing masked */, CALL_SIZE = 4 };
enum { KEPT_X19 = 0, KEPT_X20 = 1, KEPT_X30 = 11, KEPT_SP = 12 };

static void fpu_init(struct fpsimd_context *fpu)
{
	*fpu = (struct fpsimd_context){ .head = { FPSIMD_MAGIC, sizeof *fpu } };
}

void arch_context_init(struct arch_context *context, void *stack, void (*entry)(void *), void *argument)
{
	*context = (struct arch_context){ 0 };
	context->kept[KEPT_X19] = (uint64_t)(uintptr_t)entry;
	context->kept[KEPT_X20] = (uint64_t)(uintptr_t)argument;
	context->kept[KEPT_X30] = (uint64_t)(uintptr_t)context_begin;
	context->kept[KEPT_SP] = (uint64_t)(uintptr_t)stack;
	fpu_init(&context->fpu);
}

void arch_context_copy(struct arch_context *child, struct arch_context *current)
{
	program_save(current);
	child->tls = current->tls;
	child->fpu = current->fpu;
}

/* SP_EL1 is where the last one began: arch_enter_user and the way back from a trap leave it there. */
void arch_stack(void *stack)
{
	(void)stack;
}

void arch_frame_start(struct arch_frame *frame, struct arch_context *context, uint64_t entry, uint64_t stack)
{
	*frame = (struct arch_frame){ .pc = entry, .sp = stack, .pstate = PSTATE_PROGRAM };
	fpu_init(&context->fpu);
	context->tls = 0;
	program_load(context);
}

uint64_t arch_frame_call(const struct arch_frame *frame, uint64_t arguments[6])
{
	__builtin_memcpy(arguments, frame->regs, 6 * sizeof *arguments);
	return (uint32_t)frame->regs[8];
}

void arch_frame_result(struct arch_frame *frame, long result)
{
	frame->regs[0] = (uint64_t)result;
}

void arch_frame_again(struct arch_frame *frame)
{
	frame->regs[0] = frame->call_x0;
	frame->pc -= CALL_SIZE;
}

uint64_t arch_frame_pc(const struct arch_frame *frame)
{
	return frame->pc;
}

uint64_t arch_frame_stack(const struct arch_frame *frame)
{
	return frame->sp;
}

void arch_frame_set_stack(struct arch_frame *frame, uint64_t stack)
{
	frame->sp = stack;
}

void arch_set_tls(struct arch_frame *frame, struct arch_context *context, uint64_t value)
{
	(void)frame;
	context->tls = value;
}

void arch_frame_print(const struct arch_frame *frame)
{
	unsigned i;

	for (i = 0; i < COUNT(frame->regs); i++)
		print("x%d%s %016lx%s", i, i < 10 ? " " : "", frame->regs[i], i % 4 == 3 ? "\n" : "  ");
	print("sp  %016lx\npc  %016lx  pstate %08lx\n", frame->sp, frame->pc, frame->pstate);
}
