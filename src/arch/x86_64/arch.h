/*
 * x86-64: what the instructions that may fault, the fault table and the handlers agree on.  For C and for assembly.
 *
 * The access register is r8: bits 0 and 1 say which sides are the user's (UMI_FROM, UMI_TO), and the flags of
 * the access are above them.  A fix-up is entered with every register as it was at the fault, but for
 * r10 = um_fault.give[0] and r11 = um_fault.give[1]; what an instruction of ours needs later is never kept in those two.
 *
 * In a kernel with SMAP the user's memory is reached with RFLAGS.AC set, for the access alone (window.S): r8 has UMI_WINDOW_BIT
 * where it is not ours to clear.  A trap saves and clears AC, so a fix-up finds it as the access had it.
 */
#ifndef USERMEM_ARCH_X86_64_H
#define USERMEM_ARCH_X86_64_H

/* Sides, as in enum um_side.  An entry of the table that names both is a string move: the machine says which it was. */
#define UMI_FROM 1
#define UMI_TO 2

#define UMI_ACCESS_SHIFT 2 /* flags = access register >> UMI_ACCESS_SHIFT */
#define UMI_WINDOW_BIT 63

/* Of enum um_port_features, what concerns us. */
#define UMI_PORT_SMAP 1
#define UMI_PORT_FEATURES UMI_PORT_SMAP

/* give[0] is the fault's address; give[1] is the status, above it the side (0: not known), and this where there
 * is no address. */
#define UMI_GIVE_SIDE_SHIFT 32
#define UMI_GIVE_NOWHERE_BIT 63

/* Statuses that the assembly names; fault.c checks them. */
#define UMI_STATUS_INVALID 8
#define UMI_STATUS_TOO_LONG 9
#define UMI_STATUS_AGAIN 14

/* Names of the registers in a Linux ucontext. */
#define UMI_GREG_ACCESS REG_R8
#define UMI_GREG_GIVE0 REG_R10
#define UMI_GREG_GIVE1 REG_R11

#ifdef __ASSEMBLER__

/* An instruction that may fault, what it touches, and where to go on: MAY_FAULT side, fix-up, instruction.  In a loop
 * there is none at the head or right behind a conditional jump: valgrind, where it unrolls, would misplace it. */
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

.macro FUNCTION_AT name
	.globl \name
	.type \name, @function
\name:
	.cfi_startproc
.endm

/* A line of its own. */
.macro FUNCTION name
#ifndef UM_FREESTANDING /* where size counts */
	.p2align 6
#endif
	FUNCTION_AT \name
.endm

/* For this library alone; INTERNAL_AT: right behind what is before it, which may run on into it. */
.macro INTERNAL_AT name
	.hidden \name
	FUNCTION_AT \name
.endm

.macro INTERNAL name
	.hidden \name
	FUNCTION \name
.endm

.macro END name
	.cfi_endproc
	.size \name, . - \name
.endm

#ifdef UM_FREESTANDING

/* Law 21: what is above the limit becomes the address behind it.  rax is lost. */
.macro CLAMP register
	.hidden umi_user_end
	movq umi_user_end(%rip), %rax
	cmpq %rax, \register
	cmovaq %rax, \register
.endm

/* A kernel's entry: the flags are in ecx, the user's addresses in the registers named last; the body returns here, and so
 * do its fix-ups. */
.macro KERNEL_ENTRY name, body, sides, users:vararg
FUNCTION \name
	endbr64
	leal \sides(, %rcx, 1 << UMI_ACCESS_SHIFT), %r8d
	.irp user, \users
	CLAMP \user
	.endr
	call umi_window_open
	call \body
	jmp umi_window_close
END \name
.endm

#endif

/* The marks of an object that needs no executable stack and can live under IBT (1) and shadow stacks (2). */
.macro NOTES lives_under=3
	.section .note.GNU-stack, "", @progbits
	.section .note.gnu.property, "a", @note
	.p2align 3
	.long 4, 16, 5
	.asciz "GNU"
	.long 0xc0000002, 4, \lives_under, 0
.endm

#else /* C */

#include <usermem/status.h>

/* A program's address without the bits that the machine ignores: there are none that the host hides from handlers. */
static inline uintptr_t umi_untagged(uintptr_t address)
{
	return address;
}

/* Which code serves sizes that general registers alone are not best for. */
enum umi_variant { UMI_GENERAL, UMI_SSE2, UMI_AVX2, UMI_AVX512, UMI_VARIANTS };

/* What CPUID and XGETBV say; a test makes its own. */
struct umi_cpuid {
	uint32_t leaf1_ecx;
	uint32_t leaf7_ebx, leaf7_ecx;
	uint32_t xcr0; /* counts only where the system has enabled XGETBV */
};

void umi_cpuid_read(struct umi_cpuid *cpuid);
bool umi_arch_runs(const struct umi_cpuid *cpuid, enum umi_variant variant);
enum umi_variant umi_arch_choose(const struct umi_cpuid *cpuid);

/* For the port, at its first open: chooses the code for this CPU. */
void umi_arch_open(void);

/* For tests and benchmarks, until the next umi_arch_open; nothing else runs meanwhile.  False: this machine cannot. */
bool umi_arch_use(enum umi_variant variant);
const char *umi_variant_name(enum umi_variant variant);

#endif

#endif
