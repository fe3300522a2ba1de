/* What the machine says of a trap, in the kernel's words; and a program's registers. */
#include <asm/siginfo.h>
#include <asm/signal.h>
#include "arch.h"
#include "kernel.h"

enum cause { /* scause; the privileged specification's table of exceptions */
	FETCH_MISALIGNED = 0,
	ILLEGAL = 2,
	BREAKPOINT = 3,
	LOAD_MISALIGNED = 4,
	STORE_MISALIGNED = 6,
	CALL = 8,
	FETCH_FAULT = 12,
	LOAD_FAULT = 13,
	STORE_FAULT = 15,
};
#define TIMER ((uint64_t)1 << 63 | 5)

void arch_trapped(struct arch_frame *frame); /* for trap.S */

static void call(struct arch_frame *frame)
{
	frame->a0 = frame->registers.a0;
	frame->registers.pc += 4;
	trap_call(frame);
}

static void from_user(struct arch_frame *frame)
{
	uint64_t pc = frame->registers.pc;

	switch (frame->cause) {
	case TIMER:
		arch_timer(UINT64_MAX);
		return trap_timer(frame);
	case CALL:
		return call(frame);
	case FETCH_FAULT:
		return trap_fault(frame, frame->value, UM_EXEC);
	case LOAD_FAULT:
		return trap_fault(frame, frame->value, UM_READ);
	case STORE_FAULT:
		return trap_fault(frame, frame->value, UM_WRITE);
	case ILLEGAL:
		return trap_exception(frame, SIGILL, ILL_ILLOPC, pc);
	case BREAKPOINT:
		return trap_exception(frame, SIGTRAP, TRAP_BRKPT, pc);
	case FETCH_MISALIGNED:
	case LOAD_MISALIGNED:
	case STORE_MISALIGNED:
		return trap_exception(frame, SIGBUS, BUS_ADRALN, pc);
	default:
		return trap_exception(frame, SIGSEGV, SEGV_ACCERR, pc);
	}
}

static void from_kernel(struct arch_frame *frame)
{
	struct um_fault fault = {
		.pc = frame->registers.pc,
		.address = frame->value,
		.has_address = true,
		.access = frame->cause == LOAD_FAULT ? UM_READ : UM_WRITE,
		.access_register = frame->registers.a7,
	};

	if ((frame->cause != LOAD_FAULT && frame->cause != STORE_FAULT) || !trap_kernel_fault(&fault)) {
		arch_frame_print(frame);
		panic("trap %lx in the kernel at %lx, address %lx", frame->cause, frame->registers.pc, frame->value);
	}
	if (fault.pc == frame->registers.pc)
		return;
	frame->registers.pc = fault.pc;
	frame->registers.t5 = fault.give[0];
	frame->registers.t6 = fault.give[1];
}

void arch_trapped(struct arch_frame *frame)
{
	if (frame->status & STATUS_SPP)
		from_kernel(frame);
	else
		from_user(frame);
}

/* ---------------------------------------------------------------- registers */

void arch_context_init(struct arch_context *context, void *stack, void (*entry)(void *), void *argument)
{
	*context = (struct arch_context){ .saved = { (uintptr_t)entry }, .stack = (uintptr_t)stack, .a0 = (uintptr_t)argument };
}

void arch_context_copy(struct arch_context *child, struct arch_context *current)
{
	(void)current;
	arch_fpu_save(&child->fpu);
}

void arch_stack(void *stack)
{
	(void)stack; /* the way back to a program leaves it in sscratch */
}

void arch_frame_start(struct arch_frame *frame, struct arch_context *context, uint64_t entry, uint64_t stack)
{
	*frame = (struct arch_frame){ .registers = { .pc = entry, .sp = stack }, .status = STATUS_FS };
	context->fpu = (struct __riscv_d_ext_state){ 0 };
	arch_fpu_load(&context->fpu);
}

uint64_t arch_frame_call(const struct arch_frame *frame, uint64_t arguments[6])
{
	__builtin_memcpy(arguments, &frame->registers.a0, 6 * sizeof *arguments);
	return frame->registers.a7;
}

void arch_frame_result(struct arch_frame *frame, long result)
{
	frame->registers.a0 = (uint64_t)result;
}

void arch_frame_again(struct arch_frame *frame)
{
	frame->registers.a0 = frame->a0;
	frame->registers.pc -= 4;
}

uint64_t arch_frame_pc(const struct arch_frame *frame)
{
	return frame->registers.pc;
}

uint64_t arch_frame_stack(const struct arch_frame *frame)
{
	return frame->registers.sp;
}

void arch_frame_set_stack(struct arch_frame *frame, uint64_t stack)
{
	frame->registers.sp = stack;
}

void arch_set_tls(struct arch_frame *frame, struct arch_context *context, uint64_t value)
{
	(void)context;
	frame->registers.tp = value;
}

void arch_frame_print(const struct arch_frame *frame)
{
	static const char names[32][4] = { "pc", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1", "a0", "a1", "a2", "a3", "a4", "a5",
	                                   "a6", "a7", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6" };
	const uint64_t *registers = &frame->registers.pc;
	size_t i;

	for (i = 0; i < COUNT(names); i++)
		print("%s %016lx%s", names[i], registers[i], i % 4 == 3 ? "\n" : "  ");
	print("status %lx  cause %lx  value %lx\n", frame->status, frame->cause, frame->value);
}
