/*
 * System calls without a libc, on x86-64, AArch64 and RISC-V 64: the one place that knows which machine this is.
 *
 * A result is what the kernel gave: -errno, or the value.
 */
#ifndef TESTS_SYSTEM_LINUX_SYS_H
#define TESTS_SYSTEM_LINUX_SYS_H

#include <asm/unistd.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* CALL(read, fd, address, count); arguments that are left out are 0. */
#define CALL(name, ...) sys_call(__NR_##name, (const uint64_t[6]){ __VA_ARGS__ })
#define ADDRESS(object) ((uint64_t)(uintptr_t)(object))
#define CURRENT_FOLDER ((uint64_t)AT_FDCWD)

/*
 * SPAWN: `int64_t sys_spawn(flags, stack, parent_tid, child_tid)` is clone(2) with a stack of the child's own, on which the function
 * lies that it runs and that must not return.  START: the first instruction hands the first stack pointer to `start`.
 */
#if defined(__x86_64__)
#define USER_LIMIT 0x7ffffffff000
#define START "mov %rsp, %rdi\n and $-16, %rsp\n call start\n"
#define SPAWN "mov %rcx, %r10\n xor %r8, %r8\n mov $56, %eax\n syscall\n test %rax, %rax\n jz 1f\n ret\n 1: call *(%rsp)\n"
#elif defined(__aarch64__)
#define USER_LIMIT 0x1000000000000
#define START "mov x0, sp\n bl start\n"
#define SPAWN "mov x4, x3\n mov x3, #0\n mov x8, #220\n svc #0\n cbz x0, 1f\n ret\n 1: ldr x9, [sp]\n blr x9\n"
#elif defined(__riscv)
#define USER_LIMIT 0x4000000000
#define START ".option push\n .option norelax\n la gp, __global_pointer$\n .option pop\n mv a0, sp\n call start\n"
#define SPAWN "mv a4, a3\n li a3, 0\n li a7, 220\n ecall\n beqz a0, 1f\n ret\n 1: ld t0, (sp)\n jalr t0\n"
#endif

int64_t sys_spawn(uint64_t flags, const void *stack, uint64_t parent_tid, uint64_t child_tid);

static inline int64_t sys_call(uint64_t number, const uint64_t given[6])
{
#if defined(__x86_64__)
	register uint64_t r10 __asm__("r10") = given[3];
	register uint64_t r8 __asm__("r8") = given[4];
	register uint64_t r9 __asm__("r9") = given[5];
	int64_t result;

	__asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(given[0]), "S"(given[1]), "d"(given[2]), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
	return result;
#elif defined(__aarch64__)
	register uint64_t x8 __asm__("x8") = number;
	register uint64_t x0 __asm__("x0") = given[0];
	register uint64_t x1 __asm__("x1") = given[1];
	register uint64_t x2 __asm__("x2") = given[2];
	register uint64_t x3 __asm__("x3") = given[3];
	register uint64_t x4 __asm__("x4") = given[4];
	register uint64_t x5 __asm__("x5") = given[5];

	__asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
	return (int64_t)x0;
#elif defined(__riscv)
	register uint64_t a7 __asm__("a7") = number;
	register uint64_t a0 __asm__("a0") = given[0];
	register uint64_t a1 __asm__("a1") = given[1];
	register uint64_t a2 __asm__("a2") = given[2];
	register uint64_t a3 __asm__("a3") = given[3];
	register uint64_t a4 __asm__("a4") = given[4];
	register uint64_t a5 __asm__("a5") = given[5];

	__asm__ volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5) : "memory");
	return (int64_t)a0;
#endif
}

#endif
