/*
 * Two ways to do the same, side by side.
 *
 * Machines are shared and noisy: an absolute time says little, and two of them taken a second apart say less.  So
 * the two sides run in turn, in short bursts; each round yields one ratio, and the median of the rounds is the figure.
 * What is around it is the middle half of the rounds.  Results leave as lines of JSON, for bench/run to print.
 */
#ifndef USERMEM_BENCH_HARNESS_H
#define USERMEM_BENCH_HARNESS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* One side: does it `times` times. */
typedef void bench_side(void *context, size_t times);

struct bench_ratio {
	double ratio, low, high; /* of the library to its peer: median and quartiles */
	double ours, peer;       /* ns for one time: medians */
};

/* What both sides agree on is how often: as many times as fill a burst of the peer's. */
struct bench_ratio bench_compare(bench_side *ours, bench_side *peer, void *context);

/* wanted: the figure that the ratio should not pass; 0: none. */
void bench_row(const char *table, const char *name, struct bench_ratio ratio, double wanted);

/* Gathers rows of one table, for a last row or two about all of them. */
struct bench_total {
	double log_sum, worst;
	size_t count;
	char worst_name[32];
};
void bench_add(struct bench_total *total, const char *name, struct bench_ratio ratio);
void bench_total_rows(const char *table, const struct bench_total *total, double wanted_overall, double wanted_worst);

/* A figure that is no comparison of two times. */
void bench_figure(const char *table, const char *name, double ratio, double wanted);

/* Ends the program with one line that says why. */
_Noreturn void bench_fail(const char *why);

/* Private memory that is there; never fails. */
void *bench_memory(size_t size);

/* Numbers that look random and are the same in every run. */
uint32_t bench_random(void);

/* "64", "4 Ki", "16 Mi": in one of a few buffers that take turns. */
const char *bench_bytes(size_t n);

/* As anyone would call it who cannot have it inlined: through a pointer that the compiler cannot see through. */
typedef void *bench_memcpy_fn(void *, const void *, size_t);
extern bench_memcpy_fn *volatile bench_memcpy;

/* Keeps a value alive. */
#define BENCH_USE(value) __asm__ volatile("" : : "r"(value) : "memory")

/* Which registers the C library's memcpy moves data in: "sse2", "avx2", "avx512", or "evex" (AVX-512 with 256 bits).
 * Found by looking at them after a call, which no name of a symbol and no setting can belie. */
const char *bench_memcpy_registers(void);

/* For a program whose first argument names a variant of the library's code: uses it, and makes sure that the C library
 * was held to the same instruction set.  Without an argument: both as they choose themselves.  Returns a name for the
 * pair, "avx2" or "general (memcpy: sse2)".  A port is open. */
const char *bench_use_variant(int argc, char **argv);

#endif
