/*
 * Where a fault becomes a value: access to memory of the current address space, which may not be there.
 *
 * Total for any two 64-bit numbers (law 2): wild, wrapping, non-canonical, NULL, kernel half.  No limits are
 * judged here.  Exact to the byte, with one fault (law 5).  Only while a port is open (port.h).  A fault on the
 * trusted side of a copy is the caller's bug and is not recovered.  The flags go with the access into a
 * register that a kernel's trap handler can see.  In a kernel what is not the user's side is reached as the kernel's own memory, and
 * may not be the user's; the might-fault hook is passed above, in space.h.
 *
 * Thread safe, async-signal-safe, reentrant.
 */
#ifndef USERMEM_FAULT_H
#define USERMEM_FAULT_H

#include <usermem/access.h>
#include <usermem/status.h>

UM_BEGIN_DECLS

/* A copy of exactly 1, 2, 4 or 8 bytes that are aligned is one load and one store of that width. */
UM_CHECKED struct um_result um_raw_copy_in(void *dst, uintptr_t src, size_t n, unsigned flags);
UM_CHECKED struct um_result um_raw_copy_out(uintptr_t dst, const void *src, size_t n, unsigned flags);
/* Both sides may fault; side says which did, and at a tie it is UM_FROM.  Upwards; an overlap is unspecified. */
UM_CHECKED struct um_result um_raw_copy(uintptr_t dst, uintptr_t src, size_t n, unsigned flags);
UM_CHECKED struct um_result um_raw_fill(uintptr_t dst, uint8_t byte, size_t n, unsigned flags);
/* Law 10; limit 0: UM_INVALID.  Of the aligned 64 bytes that hold the NUL or the last byte within limit all may be
 * loaded, and a byte may be loaded twice (law 9): what is delivered was judged by the load that brought it. */
UM_CHECKED struct um_result um_raw_copy_string_in(char *dst, uintptr_t src, size_t limit, unsigned flags);
/* Law 16; judges op, size and alignment. */
UM_CHECKED enum um_status um_raw_atomic(uintptr_t addr, struct um_atomic_access *access, unsigned flags);

/*
 * What the machine says of a fault, and what the trap or signal handler does with the answer.
 *
 *               access_register   give[0]   give[1]
 *   x86-64      r8                r10       r11
 *   AArch64     x8                x16       x17
 *   RISC-V 64   a7                t5        t6
 */
struct um_fault {
	uintptr_t pc;              /* in: the instruction; out: where to go on */
	uintptr_t address;         /* in: as the machine reports it */
	bool has_address;          /* in: false where it reports none (x86-64 #GP; Linux: si_code SI_KERNEL) */
	unsigned access;           /* in: UM_READ or UM_WRITE, as the machine reports it; 0 where it does not */
	enum um_status cause;      /* in: UM_UNMAPPED, UM_DENIED, UM_BUS, UM_NO_MEMORY, UM_WOULD_FAULT */
	uintptr_t access_register; /* in: that register, all of it */
	uintptr_t give[2];         /* out: for those two registers */
};

/* Before a trap handler populates or sleeps: is the fault one of ours, and with which flags was the access made?  Goes by
 * pc, access and access_register.  False: not ours (or the trusted side of one of ours), *flags untouched. */
bool um_fault_find(const struct um_fault *fault, unsigned *flags);

/* Fills in where to go on.  False: as above, nothing changed. */
bool um_fault_resume(struct um_fault *fault);

UM_END_DECLS

#endif
