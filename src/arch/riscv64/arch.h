/*
 * RISC-V 64: what the instructions that may fault, the fault table and the handlers agree on.  For C and for assembly.
 *
 * The access register is a7: bits 0 and 1 say which sides are the user's (UMI_FROM, UMI_TO), and the flags of the
 * access are above them.  A fix-up is entered with every register as it was at the fault, but for
 * t5 = um_fault.give[0] and t6 = um_fault.give[1]; what an instruction of ours needs later is never kept in those two.
 *
 * In a kernel the user's memory is reached under SUM, which is set for the access alone (window.S) and put back to what it was: a7
 * has UMI_WINDOW_BIT where it was set before.  A trap saves and clears it, so a fix-up finds it as the access had it.
 *
 * No access is misaligned: machines may hand those to their firmware, byte by byte.
 */
#ifndef USERMEM_ARCH_RISCV64_H
#define USERMEM_ARCH_RISCV64_H

/* Sides, as in enum um_side. */
#define UMI_FROM 1
#define UMI_TO 2

#define UMI_ACCESS_SHIFT 2 /* flags = access register >> UMI_ACCESS_SHIFT */
#define UMI_WINDOW_BIT 63

/* Of enum um_port_features nothing concerns us. */
#define UMI_PORT_FEATURES 0

/* give[0] is the fault's address; give[1] is the status, above it the side, and this where there is no address. */
#define UMI_GIVE_SIDE_SHIFT 32
#define UMI_GIVE_NOWHERE_BIT 63

/* Statuses that the assembly names; fault.c checks them. */
#define UMI_STATUS_INVALID 8
#define UMI_STATUS_TOO_LONG 9
#define UMI_STATUS_AGAIN 14

/* Numbers of the registers in a Linux ucontext. */
#define UMI_GREG_ACCESS 17
#define UMI_GREG_GIVE0 30
#define UMI_GREG_GIVE1 31

#ifdef __ASSEMBLER__

/* An instruction that may fault, what it touches, and where to go on: MAY_FAULT side, fix-up, instruction. */
.macro MAY_FAULT side, fixup, insn:vararg
.Lmay_fault\@:
	\insn
	.pushsection um_extable, "aw", @progbits
	.balign 4
	.long .Lmay_fault\@ - .
	.long \fixup - .
	.long \side
	.popsection
.endm

.macro FUNCTION name
#ifndef UM_FREESTANDING /* where size counts */
	.p2align 4
#endif
	.globl \name
	.type \name, @function
\name:
	.cfi_startproc
.endm

.macro INTERNAL name /* for this library alone */
	.hidden \name
	FUNCTION \name
.endm

.macro END name
	.cfi_endproc
	.size \name, . - \name
.endm

#define UMI_SUM (1 << 18) /* of sstatus */

/* The access register of a function whose flags are in a3; from here on the user's memory may be touched.  In a kernel the
 * addresses in the registers named last are clamped, and t0, t1, t2, t5 and t6 are lost. */
.macro OPEN sides, users:vararg
	slli a7, a3, 32
	srli a7, a7, 32 - UMI_ACCESS_SHIFT
	ori a7, a7, \sides
#ifdef UM_FREESTANDING
	.irp user, \users
	CLAMP \user
	.endr
	call t0, umi_window_open
#endif
.endm

.macro CLOSE
#ifdef UM_FREESTANDING
	bltz a7, .Lstays\@
	li t5, UMI_SUM
	csrc sstatus, t5
.Lstays\@:
#endif
.endm

#ifdef UM_FREESTANDING

/* Law 21: what is above the limit becomes the address behind it. */
.macro CLAMP register
	.hidden umi_user_end
	ld t0, umi_user_end
	sltu t1, t0, \register
	neg t1, t1
	xor t2, t0, \register
	and t2, t2, t1
	xor \register, \register, t2
.endm

#endif

/* In a fix-up: a2 bytes are left of the call, of which the next is at `next`, on the side that faulted.  a2 becomes how
 * many of them come before the page of the fault, for the machine may report any byte of the access on it.  Where it reports none, or
 * one that is not among them, a2 stays, and t6 says that all is well, until a byte faults again. */
.macro UP_TO_FAULT next
	slli t3, t5, 52
	srli t3, t3, 52
	sub t5, t5, \next
	bltz t6, .Lunknown\@
	bgeu t5, a2, .Lunknown\@
	sub a2, t5, t3
	bgeu t5, t3, .Lknown\@
	li a2, 0
	j .Lknown\@
.Lunknown\@:
	li t6, 0
.Lknown\@:
.endm

/* The mark of an object that needs no executable stack. */
.macro NOTES
	.section .note.GNU-stack, "", @progbits
.endm

#else /* C */

#include <usermem/status.h>

/* A program's address without the bits that the machine ignores: there are none that the host hides from handlers. */
static inline uintptr_t umi_untagged(uintptr_t address)
{
	return address;
}

/* There is one way to do everything. */
enum umi_variant { UMI_GENERAL, UMI_VARIANTS };

/* For the port, at its first open: chooses the code for this CPU. */
void umi_arch_open(void);

/* For tests and benchmarks, until the next umi_arch_open; nothing else runs meanwhile.  False: this machine cannot. */
bool umi_arch_use(enum umi_variant variant);
const char *umi_variant_name(enum umi_variant variant);

#endif

#endif
