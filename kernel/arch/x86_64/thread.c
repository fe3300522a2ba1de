/* A program's registers, and which tables translate for it. */
#include "kernel.h"
#include "memory.h"
#include "x86.h"

enum { FLAGS_INTERRUPTS = 0x202, CALL_LENGTH = 2, FLUSH_ALL = 32, ENTRIES = 512 };

_Static_assert(offsetof(struct arch_frame, r11) == FRAME_R11 && offsetof(struct arch_frame, rcx) == FRAME_RCX &&
               offsetof(struct arch_frame, vector) == FRAME_VECTOR && offsetof(struct arch_frame, error) == FRAME_ERROR &&
               offsetof(struct arch_frame, rip) == FRAME_RIP && offsetof(struct arch_frame, cs) == FRAME_CS &&
               offsetof(struct arch_frame, rflags) == FRAME_RFLAGS && offsetof(struct arch_frame, rsp) == FRAME_RSP &&
               sizeof(struct arch_frame) % 16 == 0, "as traps.S has them");

/* All exceptions masked. */
const struct arch_fpu fpu_fresh = { .words = { [0] = 0x37f, [6] = 0x1f80 } };

static struct arch_context *running;

/* ---------------------------------------------------------------- contexts */

void arch_context_init(struct arch_context *context, void *stack, void (*entry)(void *), void *argument)
{
	uintptr_t *top = stack;

	*--top = (uintptr_t)thread_begin;
	*--top = (uintptr_t)entry; /* rbx, rbp, r12 to r15: what switch_stack takes */
	*--top = 0;
	*--top = (uintptr_t)argument;
	*--top = 0;
	*--top = 0;
	*--top = 0;
	*context = (struct arch_context){ .fpu = fpu_fresh, .stack = (uintptr_t)top };
}

static void save(struct arch_context *context)
{
	fpu_save(&context->fpu);
	context->fs_base = read_msr(MSR_FS_BASE);
	context->gs_base = read_msr(MSR_GS_BASE);
}

static void load(const struct arch_context *context)
{
	fpu_load(&context->fpu);
	write_msr(MSR_FS_BASE, context->fs_base);
	write_msr(MSR_GS_BASE, context->gs_base);
}

void arch_context_copy(struct arch_context *child, struct arch_context *current)
{
	(void)current;
	save(child);
}

void arch_switch(struct arch_context *from, struct arch_context *to)
{
	save(from);
	load(to);
	running = to;
	switch_stack(&from->stack, to->stack);
}

void arch_stack(void *stack)
{
	task.stacks[0] = (uintptr_t)stack;
}

/* ---------------------------------------------------------------- registers */

void arch_frame_start(struct arch_frame *frame, struct arch_context *context, uint64_t entry, uint64_t stack)
{
	*frame = (struct arch_frame){ .rip = entry, .cs = USER_CODE, .rflags = FLAGS_INTERRUPTS, .rsp = stack, .ss = USER_DATA };
	*context = (struct arch_context){ .fpu = fpu_fresh };
	load(context);
}

uint64_t arch_frame_call(const struct arch_frame *frame, uint64_t arguments[6])
{
	const uint64_t registers[] = { frame->rdi, frame->rsi, frame->rdx, frame->r10, frame->r8, frame->r9 };

	__builtin_memcpy(arguments, registers, sizeof registers);
	return frame->rax;
}

void arch_frame_result(struct arch_frame *frame, long result)
{
	frame->rax = (uint64_t)result;
}

void arch_frame_again(struct arch_frame *frame)
{
	frame->rax = frame->error;
	frame->rip -= CALL_LENGTH;
}

uint64_t arch_frame_pc(const struct arch_frame *frame)
{
	return frame->rip;
}

uint64_t arch_frame_stack(const struct arch_frame *frame)
{
	return frame->rsp;
}

void arch_frame_set_stack(struct arch_frame *frame, uint64_t stack)
{
	frame->rsp = stack;
}

void arch_set_tls(struct arch_frame *frame, struct arch_context *context, uint64_t value)
{
	(void)frame;
	context->fs_base = value;
	if (context == running)
		write_msr(MSR_FS_BASE, value);
}

uint64_t arch_tls(const struct arch_context *context)
{
	(void)context;
	return read_msr(MSR_FS_BASE);
}

void arch_frame_print(const struct arch_frame *frame)
{
	static const char *const names[] = { "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "rdi", "rsi", "rbp", "rbx", "rdx", "rax",
		"rcx", "vec", "err", "rip", "cs", "fl", "rsp", "ss" };
	const uint64_t *values = &frame->r8;
	size_t i;

	for (i = 0; i < COUNT(names); i++)
		print("%s%4s %016lx%s", i % 4 == 0 ? "   " : "", names[i], values[i], i % 4 == 3 || i == COUNT(names) - 1 ? "\n" : "");
}

/* ---------------------------------------------------------------- translation */

extern const uint64_t root[ENTRIES]; /* boot.S: the kernel's half, and nothing else */
static uint64_t used;

void arch_root_init(uint64_t *table)
{
	__builtin_memcpy(table + ENTRIES / 2, root + ENTRIES / 2, ENTRIES / 2 * sizeof *table);
}

void arch_root_use(uint64_t physical)
{
	used = physical;
	if (physical == 0)
		physical = (uint64_t)root - ARCH_IMAGE;
	__asm__ volatile("movq %0, %%cr3" : : "r"(physical) : "memory");
}

uint64_t arch_root(void)
{
	return used;
}

void arch_flush(uint64_t start, uint64_t length)
{
	uint64_t at;

	if (length > FLUSH_ALL * PAGE)
		arch_root_use(used);
	else
		for (at = 0; at < length; at += PAGE)
			__asm__ volatile("invlpg (%0)" : : "r"(start + at) : "memory");
}

/* Instruction fetches see stores here. */
void arch_sync_code(void *start, size_t length)
{
	(void)start;
	(void)length;
}
