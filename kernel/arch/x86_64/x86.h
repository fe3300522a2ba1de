/* What the files of this architecture share. */
#ifndef X86_H
#define X86_H

#include "arch.h"

enum { MSR_STAR = 0xc0000081, MSR_LSTAR, MSR_FMASK = 0xc0000084, MSR_FS_BASE = 0xc0000100, MSR_GS_BASE };

static inline uint64_t read_msr(uint32_t number)
{
	uint32_t low, high;

	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(number));
	return (uint64_t)high << 32 | low;
}

static inline void write_msr(uint32_t number, uint64_t value)
{
	__asm__ volatile("wrmsr" : : "c"(number), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)) : "memory");
}

static inline void out8(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint8_t in8(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static inline void fpu_save(struct arch_fpu *fpu)
{
	__asm__ volatile("fxsave64 %0" : "=m"(*fpu));
}

static inline void fpu_load(const struct arch_fpu *fpu)
{
	__asm__ volatile("fxrstor64 %0" : : "m"(*fpu));
}

struct __attribute__((packed)) task {
	uint32_t reserved;
	uint64_t stacks[3], reserved1, own_stacks[7], reserved2;
	uint16_t reserved3, ports;
};
extern struct task task;

/* Wherever these come from, the kernel does not go on. */
static inline bool is_fatal(uint64_t vector)
{
	return vector == VECTOR_NMI || vector == VECTOR_DOUBLE_FAULT || vector == VECTOR_MACHINE_CHECK;
}

extern const struct arch_fpu fpu_fresh; /* a program's at its start, and a signal handler's */

void time_init(void);
void time_interrupt(struct arch_frame *frame); /* NULL: from arch_wait */

_Noreturn void start(uint32_t info); /* for boot.S */
void trap(struct arch_frame *frame); /* for traps.S */

/* traps.S */
extern const char vectors[]; /* 16 bytes of code for each */
void syscall_entry(void);
void switch_stack(uintptr_t *from, uintptr_t to);
void thread_begin(void);

#endif
