/* What the processor stops for. */
#include <asm/siginfo.h>
#include <asm/signal.h>
#include "kernel.h"
#include "x86.h"

enum { FAULT_WRITE = 2, FAULT_RESERVED = 8, FAULT_FETCH = 16 }; /* in a page fault's error code */

static uint64_t read_cr2(void)
{
	uint64_t value;

	__asm__ volatile("movq %%cr2, %0" : "=r"(value));
	return value;
}

static unsigned access_of(const struct arch_frame *frame)
{
	return frame->error & FAULT_FETCH ? UM_EXEC : frame->error & FAULT_WRITE ? UM_WRITE : UM_READ;
}

/* An address that is not canonical is no page fault, and the processor does not name it. */
static void kernel_fault(struct arch_frame *frame)
{
	bool is_page_fault = frame->vector == VECTOR_PAGE_FAULT;
	struct um_fault fault = {
		.pc = frame->rip,
		.address = is_page_fault ? read_cr2() : 0,
		.has_address = is_page_fault,
		.access = is_page_fault ? access_of(frame) : 0,
		.access_register = frame->r8,
	};

	if ((!is_page_fault && frame->vector != VECTOR_PROTECTION && frame->vector != VECTOR_STACK) || !trap_kernel_fault(&fault)) {
		arch_frame_print(frame);
		panic("exception %lu in the kernel, error %lx, address %lx", frame->vector, frame->error, fault.address);
	}
	if (fault.pc == frame->rip)
		return;
	frame->rip = fault.pc;
	frame->r10 = fault.give[0];
	frame->r11 = fault.give[1];
}

/* Signal and code as in Linux, but that it tells the floating-point ones apart.  SI_KERNEL comes without an address. */
static void program_exception(struct arch_frame *frame)
{
	switch (frame->vector) {
	case 0: trap_exception(frame, SIGFPE, FPE_INTDIV, frame->rip); return;
	case 1: trap_exception(frame, SIGTRAP, TRAP_TRACE, frame->rip); return;
	case VECTOR_BREAKPOINT: trap_exception(frame, SIGTRAP, SI_KERNEL, 0); return;
	case 6: trap_exception(frame, SIGILL, ILL_ILLOPN, frame->rip); return;
	case 11:
	case VECTOR_STACK: trap_exception(frame, SIGBUS, SI_KERNEL, 0); return;
	case 16:
	case 19: trap_exception(frame, SIGFPE, FPE_FLTUNK, frame->rip); return;
	case 17: trap_exception(frame, SIGBUS, BUS_ADRALN, 0); return;
	default: trap_exception(frame, SIGSEGV, SI_KERNEL, 0); return;
	}
}

void trap(struct arch_frame *frame)
{
	bool in_program = (frame->cs & 3) != 0;

	if (frame->vector == VECTOR_CALL)
		trap_call(frame);
	else if (frame->vector == VECTOR_TIMER)
		time_interrupt(in_program ? frame : NULL);
	else if (frame->vector == VECTOR_SPURIOUS)
		return;
	else if (!in_program || is_fatal(frame->vector) || (frame->vector == VECTOR_PAGE_FAULT && frame->error & FAULT_RESERVED))
		kernel_fault(frame);
	else if (frame->vector == VECTOR_PAGE_FAULT)
		trap_fault(frame, read_cr2(), access_of(frame));
	else
		program_exception(frame);
}
