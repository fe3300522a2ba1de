/*
 * All registers that a program may fill as it likes, for what must not change them: a trap, a handler, another program's turn.
 */
#ifndef REGISTERS_H
#define REGISTERS_H

/* The counter's place among the general registers, and a way of rounding that is not the usual one. */
#if defined(__aarch64__)
#define COUNTER 28
#define CONTROL 0x400000
#elif defined(__x86_64__)
#define COUNTER 14
#define CONTROL 0x3f80
#else
#define COUNTER 28
#define CONTROL 0x20
#endif

#ifndef __ASSEMBLER__

#include <stdint.h>

struct registers {
	uint64_t general[32];
	_Alignas(16) uint64_t vector[32][2];
	uint64_t control; /* of the FPU */
};

/* Fills registers from `in`, but the stack pointer and what the ABI sets apart.  Where the counter is 0, it then executes what is no
 * instruction, at registers_trap, and goes on at registers_resume; else it counts down to 0.  Stores all of them in `out`, and leaves the
 * FPU's as they are. */
void registers_hold(const struct registers *in, struct registers *out);
extern const char registers_trap[], registers_resume[];

#endif

#endif
