/* What C has no words for. */
#ifndef REGISTERS_H
#define REGISTERS_H

#include <stdint.h>

#define READ_REGISTER(name) ({ uint64_t value_; __asm__ volatile("mrs %0, " #name : "=r"(value_)); value_; })
#define WRITE_REGISTER(name, value) __asm__ volatile("msr " #name ", %0\n\tisb" : : "r"((uint64_t)(value)) : "memory")

/* A field of four bits, as the ID registers have them: how much of a feature there is. */
#define ID_FIELD(name, shift) ((unsigned)(READ_REGISTER(name) >> (shift)) & 15)

/* devices.c */
struct fdt;
void console_start(const struct fdt *fdt);
void interrupts_start(const struct fdt *fdt);
void interrupt_take(struct arch_frame *frame); /* NULL: none of a program's */

/* trap.S: V registers, FPSR, FPCR and TPIDR_EL0 */
void program_save(struct arch_context *context);
void program_load(const struct arch_context *context);
_Noreturn void context_begin(void); /* calls x19 with x20 */

#endif
