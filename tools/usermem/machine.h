/* What a system call, and a core, look like on this machine. */
#ifndef MACHINE_H
#define MACHINE_H

#include <elf.h>
#include <linux/audit.h>

/* Where elf_gregset_t has the number of a call, its arguments, and where the thread was. */
#if defined __x86_64__

#include <sys/reg.h>
#define MACHINE_AUDIT_ARCH AUDIT_ARCH_X86_64
#define MACHINE_ELF EM_X86_64
enum { MACHINE_NUMBER = ORIG_RAX, MACHINE_SP = RSP, MACHINE_PC = RIP };
#define MACHINE_ARGUMENTS { RDI, RSI, RDX, R10, R8, R9 }

#elif defined __aarch64__

#define MACHINE_AUDIT_ARCH AUDIT_ARCH_AARCH64
#define MACHINE_ELF EM_AARCH64
enum { MACHINE_NUMBER = 8, MACHINE_SP = 31, MACHINE_PC = 32 };
#define MACHINE_ARGUMENTS { 0, 1, 2, 3, 4, 5 }

#elif defined __riscv

#define MACHINE_AUDIT_ARCH AUDIT_ARCH_RISCV64
#define MACHINE_ELF EM_RISCV
enum { MACHINE_NUMBER = 17, MACHINE_SP = 2, MACHINE_PC = 0 };
#define MACHINE_ARGUMENTS { 10, 11, 12, 13, 14, 15 }

#endif

#endif
