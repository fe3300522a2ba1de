/* What the machine stops for: system calls, faults, the clock. */
#include <asm/siginfo.h>
#include <asm/signal.h>
#include <linux/errno.h>
#include "process.h"
#include "syscall.h"

/* On the way back to the program. */
static void leave(struct arch_frame *frame)
{
	process_check_end();
	if (thread_slice_over()) {
		thread_yield();
		process_check_end();
	}
	signal_deliver(frame);
}

void trap_call(struct arch_frame *frame)
{
	uint64_t arguments[6], number = arch_frame_call(frame, arguments);
	long result = syscall(number, arguments);

	current->again = result == -RESTART;
	if (result == -RESTART)
		result = -EINTR;
	if (result != -KEEP)
		arch_frame_result(frame, result);
	leave(frame);
}

/*
 * Makes the page at an address fit for the access.  A fetch is judged as such, and then needs the page alone.  What may be written or
 * executed can be read, as on Linux: no machine here can forbid it.
 */
static enum um_status make_present(uint64_t address, unsigned access)
{
	struct um_range range = { um_addr_of(address), 1 };
	enum um_status status = UM_DENIED;

	if (!(access & UM_EXEC))
		status = um_populate(user(), range, access, 0).status;
	if (status != UM_DENIED || (access & UM_WRITE))
		return status;
	if (!(access & UM_EXEC) && um_check(user(), range, UM_WRITE, 0).status == UM_OK)
		return um_populate(user(), range, UM_WRITE, 0).status;
	status = um_check(user(), range, UM_EXEC, 0).status;
	return status == UM_OK ? um_populate(user(), range, UM_READ, UM_IGNORE_PERMS).status : status;
}

void trap_fault(struct arch_frame *frame, uint64_t address, unsigned access)
{
	enum um_status status = make_present(address, access);

	if (status == UM_BUS)
		signal_force(&(struct signal_info){ SIGBUS, BUS_ADRERR, address });
	else if (status == UM_NO_MEMORY && !process_make_way())
		signal_force(&(struct signal_info){ SIGKILL, SI_KERNEL, 0 });
	else if (status != UM_OK && status != UM_NO_MEMORY)
		signal_force(&(struct signal_info){ SIGSEGV, status == UM_DENIED ? SEGV_ACCERR : SEGV_MAPERR, address });
	leave(frame);
}

void trap_exception(struct arch_frame *frame, int signal, int code, uint64_t address)
{
	signal_force(&(struct signal_info){ signal, code, address });
	leave(frame);
}

void trap_timer(struct arch_frame *frame)
{
	console_input();
	thread_tick();
	if (frame)
		leave(frame);
}

uint64_t trap_kernel_faults;

/* Asks the library before it sleeps or populates: only at its instructions is a fault the program's business. */
bool trap_kernel_fault(struct um_fault *fault)
{
	unsigned flags;

	trap_kernel_faults++;
	if (!um_fault_find(fault, &flags))
		return false;
	fault->cause = UM_UNMAPPED;
	if (flags & UM_NOFAULT)
		fault->cause = UM_WOULD_FAULT;
	else if (fault->has_address)
		fault->cause = make_present(fault->address, fault->access ? fault->access : UM_READ);
	return fault->cause == UM_OK || um_fault_resume(fault);
}
