/*
 * A program that makes random system calls: what its files share.
 *
 * A child may do to itself and its descendants whatever it likes, and to nobody else.  It takes no help of libc's that needs registers or memory
 * which a call before may have spoilt.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/types.h>

enum { PAGE = 4096, ARENA_PAGES = 64, EDGE = PAGE };

/* Where mappings come and go; and a page behind which is none, that stays. */
#define ARENA ((uintptr_t)0x200000000)
#define EDGE_PAGE ((uintptr_t)0x300000000)

struct dice {
	uint64_t state;
};

/* SplitMix64. */
static inline uint64_t roll(struct dice *dice)
{
	uint64_t z = dice->state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static inline uint64_t below(struct dice *dice, uint64_t limit)
{
	return roll(dice) % limit;
}

static inline bool one_in(struct dice *dice, uint64_t n)
{
	return below(dice, n) == 0;
}

/* A negative errno, where it fails. */
static inline long call(uint64_t number, const uint64_t a[6])
{
#if defined(__x86_64__)
	register uint64_t r10 __asm__("r10") = a[3], r8 __asm__("r8") = a[4], r9 __asm__("r9") = a[5];
	long result;

	__asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a[0]), "S"(a[1]), "d"(a[2]), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
	return result;
#elif defined(__aarch64__)
	register uint64_t x8 __asm__("x8") = number, x0 __asm__("x0") = a[0], x1 __asm__("x1") = a[1], x2 __asm__("x2") = a[2],
	                  x3 __asm__("x3") = a[3], x4 __asm__("x4") = a[4], x5 __asm__("x5") = a[5];

	__asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
	return (long)x0;
#else
	register uint64_t a7 __asm__("a7") = number, a0 __asm__("a0") = a[0], a1 __asm__("a1") = a[1], a2 __asm__("a2") = a[2],
	                  a3 __asm__("a3") = a[3], a4 __asm__("a4") = a[4], a5 __asm__("a5") = a[5];

	__asm__ volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5) : "memory");
	return (long)a0;
#endif
}

#define CALL(number, ...) call((number), (const uint64_t[6]){ __VA_ARGS__ })
#define ADDRESS(pointer) ((uint64_t)(uintptr_t)(pointer))

/* arguments.c: one of a kind, which is a letter of the table in calls.c; most are sound. */
uint64_t argument(struct dice *dice, char kind);
uint64_t any_address(struct dice *dice);
uint64_t any_value(struct dice *dice);

/* Processes that a child may act upon. */
enum { FAMILY = 4 };
extern int family[FAMILY];

void nothing(int number); /* handles a signal */

/* calls.c: one call of those that change no more than the program that makes it. */
void random_call(struct dice *dice);

/* child.c */
struct task { /* of a child: that number of calls, by that seed; hog: with next to no memory left */
	uint64_t seed;
	unsigned calls;
	bool hog;
};
void run_task(const struct task *task) __attribute__((noreturn));

#endif
