/*
 * AArch64: what the instructions that may fault, the fault table and the handlers agree on.  For C and for assembly.
 *
 * The access register is x8: bits 0 and 1 say which sides are the user's (UMI_FROM, UMI_TO), and the flags of the
 * access are above them.  A fix-up is entered with every register as it was at the fault, but for
 * x16 = um_fault.give[0] and x17 = um_fault.give[1]; what an instruction of ours needs later is never kept in those two.
 *
 * In a kernel the user's side is reached by the unprivileged forms (LDTR, STTR), which see memory as the program does,
 * whatever PAN says.  Atomics have none before FEAT_LSUI: they clear PAN for the one access and put back what it was (atomic.S), unless
 * x8 has UMI_WINDOW_BIT.  A trap saves and sets PAN, so a fix-up finds it as the access had it.
 */
#ifndef USERMEM_ARCH_AARCH64_H
#define USERMEM_ARCH_AARCH64_H

/* Sides, as in enum um_side. */
#define UMI_FROM 1
#define UMI_TO 2
#define UMI_FROM_BIT 0
#define UMI_TO_BIT 1

#define UMI_ACCESS_SHIFT 2 /* flags = access register >> UMI_ACCESS_SHIFT */
#define UMI_WINDOW_BIT 63

/* Of enum um_port_features, what concerns us; bits of umi_features, which the port's first open writes (law 18). */
#define UMI_PORT_PAN_BIT 1
#define UMI_PORT_LSE_BIT 2
#define UMI_PORT_FEATURES (1 << UMI_PORT_PAN_BIT | 1 << UMI_PORT_LSE_BIT)

/* give[0] is the fault's address; give[1] is the status, above it the side, and this where there is no address. */
#define UMI_GIVE_SIDE_SHIFT 32
#define UMI_GIVE_NOWHERE_BIT 63

/* Statuses that the assembly names; fault.c checks them. */
#define UMI_STATUS_INVALID 8
#define UMI_STATUS_TOO_LONG 9
#define UMI_STATUS_AGAIN 14

/* Numbers of the registers in a Linux ucontext. */
#define UMI_GREG_ACCESS 8
#define UMI_GREG_GIVE0 16
#define UMI_GREG_GIVE1 17

#ifdef __ASSEMBLER__

/* An instruction that may fault, what it touches, and where to go on: MAY_FAULT side, fix-up, instruction. */
.macro MAY_FAULT side, fixup, insn:vararg
.Lmay_fault\@:
	\insn
	.pushsection um_extable, "aw", %progbits
	.balign 4
	.long .Lmay_fault\@ - .
	.long \fixup - .
	.long \side
	.popsection
.endm

/* For this library alone, and reached by direct branches: without a landing pad. */
.macro PART name
	.hidden \name
	.globl \name
	.type \name, %function
\name:
	.cfi_startproc
.endm

.macro FUNCTION name
#ifndef UM_FREESTANDING /* where size counts */
	.p2align 4
#endif
	.globl \name
	.type \name, %function
\name:
	.cfi_startproc
	hint #34 /* bti c */
.endm

.macro INTERNAL name /* for this library alone */
	.hidden \name
	FUNCTION \name
.endm

.macro END name
	.cfi_endproc
	.size \name, . - \name
.endm

/* A word of another object's. */
.macro LOAD_VARIABLE register, name
	.hidden \name
	adrp \register, \name
	ldr \register, [\register, #:lo12:\name]
.endm

#ifdef UM_FREESTANDING

/* Law 21: what is above the limit becomes the address behind it, and no processor guesses which.  x4 is lost. */
.macro CLAMP users:vararg
	LOAD_VARIABLE x4, umi_user_end
	.irp user, \users
	cmp \user, x4
	csel \user, \user, x4, ls
	.endr
	hint #20 /* csdb */
.endm

#endif

/* The access register of a function whose flags are in w3.  In a kernel the addresses in the registers named last are clamped, and
 * x4 is lost. */
.macro OPEN sides, users:vararg
	ubfiz x8, x3, #UMI_ACCESS_SHIFT, #32
	orr x8, x8, #\sides
#ifdef UM_FREESTANDING
	CLAMP \users
#endif
.endm

/* In a fix-up: x2 bytes are left of the call, of which the next is at `next`, on the side that faulted.  x2 becomes how
 * many of them come before the page of the fault, for the machine may report any byte of the access on it.  Where it reports none, or
 * one that is not among them, x2 stays, and x17 says that all is well, until a byte faults again. */
.macro UP_TO_FAULT next
	and x5, x16, #0xfff
	sub x16, x16, \next
#ifndef UM_FREESTANDING /* where addresses may have a tag, which Linux before 5.11 leaves out */
	ubfx x16, x16, #0, #56
#endif
	tbnz x17, #UMI_GIVE_NOWHERE_BIT, .Lunknown\@
	cmp x16, x2
	b.hs .Lunknown\@
	subs x2, x16, x5
	csel x2, xzr, x2, lo
	b .Lknown\@
.Lunknown\@:
	mov x17, xzr
.Lknown\@:
.endm

/* The marks of an object that needs no executable stack and can live under BTI. */
.macro NOTES
	.section .note.GNU-stack, "", %progbits
	.section .note.gnu.property, "a", %note
	.p2align 3
	.long 4, 16, 5
	.asciz "GNU"
	.long 0xc0000000, 4, 1, 0
.endm

#else /* C */

#include <usermem/status.h>

/* A program's address without the byte that the machine ignores (TBI), which Linux hides from handlers; one of the kernel's half as it is. */
static inline uintptr_t umi_untagged(uintptr_t address)
{
	return address >> 55 & 1 ? address : address & UINTPTR_MAX >> 8;
}

/* How single accesses that read and write are done: by loops of exclusive loads and stores, or by LSE's instructions. */
enum umi_variant { UMI_GENERAL, UMI_LSE, UMI_VARIANTS };

/* By what Linux says of a CPU in AT_HWCAP, so that tests can make one up. */
bool umi_arch_runs(uint64_t hwcap, enum umi_variant variant);
enum umi_variant umi_arch_choose(uint64_t hwcap);

/* For the port, at its first open: chooses the code for this CPU. */
void umi_arch_open(void);

/* For tests and benchmarks, until the next umi_arch_open; nothing else runs meanwhile.  False: this machine cannot. */
bool umi_arch_use(enum umi_variant variant);
const char *umi_variant_name(enum umi_variant variant);

#endif

#endif
