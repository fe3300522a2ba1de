/* Exceptions, by what ESR_EL1 says of them. */
#include <asm/siginfo.h>
#include <asm/signal.h>
#include "arch.h"
#include "kernel.h"
#include "registers.h"

enum { /* classes */
	CALL = 0x15,
	FETCH_USER = 0x20,
	PC_ALIGNMENT = 0x22,
	DATA_USER = 0x24,
	DATA_KERNEL = 0x25,
	SP_ALIGNMENT = 0x26,
	BREAKPOINT = 0x3c,
};
enum { CLASS_SHIFT = 26, CACHE_MAINTENANCE = 1 << 8, WRITE = 1 << 6, FAULT = 0x3f, FAULT_ALIGNMENT = 0x21 };

void trap_program(struct arch_frame *frame);
void trap_kernel(struct arch_frame *frame);
_Noreturn void trap_unexpected(struct arch_frame *frame);

static unsigned class_of(uint64_t syndrome)
{
	return (unsigned)(syndrome >> CLASS_SHIFT) & 0x3f;
}

/* Translation, access flag and permission, at any level; not address size, alignment, parity and the bus. */
static bool is_page_fault(uint64_t syndrome)
{
	unsigned fault = (unsigned)syndrome & FAULT;

	return 0x04 <= fault && fault <= 0x0f;
}

/* Cache maintenance always calls itself a write. */
static unsigned data_access(uint64_t syndrome)
{
	return (syndrome & (WRITE | CACHE_MAINTENANCE)) == WRITE ? UM_WRITE : UM_READ;
}

static void abort_program(struct arch_frame *frame, uint64_t syndrome, uint64_t address)
{
	if (is_page_fault(syndrome))
		trap_fault(frame, address, class_of(syndrome) == FETCH_USER ? UM_EXEC : data_access(syndrome));
	else
		trap_exception(frame, SIGBUS, (syndrome & FAULT) == FAULT_ALIGNMENT ? BUS_ADRALN : BUS_OBJERR, address);
}

void trap_program(struct arch_frame *frame)
{
	uint64_t syndrome = READ_REGISTER(esr_el1), address = READ_REGISTER(far_el1);

	switch (class_of(syndrome)) {
	case CALL:
		frame->call_x0 = frame->regs[0];
		trap_call(frame);
		break;
	case FETCH_USER:
	case DATA_USER:
		abort_program(frame, syndrome, address);
		break;
	case PC_ALIGNMENT:
	case SP_ALIGNMENT:
		trap_exception(frame, SIGBUS, BUS_ADRALN, class_of(syndrome) == PC_ALIGNMENT ? frame->pc : frame->sp);
		break;
	case BREAKPOINT:
		trap_exception(frame, SIGTRAP, TRAP_BRKPT, frame->pc);
		break;
	default:
		trap_exception(frame, SIGILL, ILL_ILLOPC, frame->pc);
	}
}

/* In the frame is the program's stack: the kernel's begins above it. */
static _Noreturn void bad_trap(struct arch_frame *frame, uint64_t syndrome, uint64_t address)
{
	frame->sp = (uintptr_t)(frame + 1);
	arch_frame_print(frame);
	panic("a trap in the kernel: syndrome %lx, address %lx", syndrome, address);
}

void trap_kernel(struct arch_frame *frame)
{
	uint64_t syndrome = READ_REGISTER(esr_el1), address = READ_REGISTER(far_el1);
	struct um_fault fault = {
		.pc = frame->pc,
		.address = address,
		.has_address = true,
		.access = data_access(syndrome),
		.access_register = frame->regs[8],
	};

	if (class_of(syndrome) != DATA_KERNEL || !is_page_fault(syndrome) || !trap_kernel_fault(&fault))
		bad_trap(frame, syndrome, address);
	if (fault.pc == frame->pc)
		return;
	frame->pc = fault.pc;
	frame->regs[16] = fault.give[0];
	frame->regs[17] = fault.give[1];
}

void trap_unexpected(struct arch_frame *frame)
{
	bad_trap(frame, READ_REGISTER(esr_el1), READ_REGISTER(far_el1));
}
