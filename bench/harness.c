#include "harness.h"
#include "arch/arch.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

enum { ROUNDS = 101, BURST_NS = 100000, TIMES_MAX = 1 << 20 };

bench_memcpy_fn *volatile bench_memcpy = memcpy;

/* ---------------------------------------------------------------- measuring */

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static double burst(bench_side *side, void *context, size_t times)
{
	double start = now();

	side(context, times);
	return now() - start;
}

/* By the fastest of three: one slow burst must not make all later ones short. */
static size_t calibrate(bench_side *side, void *context)
{
	size_t times = 1;

	while (times < TIMES_MAX) {
		double fastest = burst(side, context, times);
		int again;

		for (again = 0; again < 2; again++)
			fastest = fmin(fastest, burst(side, context, times));
		if (fastest >= BURST_NS)
			break;
		times *= 2;
	}
	return times;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

struct bench_ratio bench_compare(bench_side *ours, bench_side *peer, void *context)
{
	static double ratios[ROUNDS], our_times[ROUNDS], peer_times[ROUNDS];
	size_t times = calibrate(peer, context), i;

	burst(ours, context, times);
	for (i = 0; i < ROUNDS; i++) {
		/* Who comes second finds the caches as the first has left them: they take turns. */
		if (i % 2 == 0) {
			our_times[i] = burst(ours, context, times);
			peer_times[i] = burst(peer, context, times);
		} else {
			peer_times[i] = burst(peer, context, times);
			our_times[i] = burst(ours, context, times);
		}
		ratios[i] = our_times[i] / peer_times[i];
	}
	qsort(ratios, ROUNDS, sizeof ratios[0], ascending);
	qsort(our_times, ROUNDS, sizeof our_times[0], ascending);
	qsort(peer_times, ROUNDS, sizeof peer_times[0], ascending);
	return (struct bench_ratio){ .ratio = ratios[ROUNDS / 2],
		                     .low = ratios[ROUNDS / 4],
		                     .high = ratios[ROUNDS - 1 - ROUNDS / 4],
		                     .ours = our_times[ROUNDS / 2] / (double)times,
		                     .peer = peer_times[ROUNDS / 2] / (double)times };
}

/* ---------------------------------------------------------------- telling */

void bench_row(const char *table, const char *name, struct bench_ratio ratio, double wanted)
{
	printf("{\"table\": \"%s\", \"name\": \"%s\", \"ratio\": %.4f, \"low\": %.4f, \"high\": %.4f, \"ours_ns\": %.3f, "
	       "\"peer_ns\": %.3f, \"wanted\": %.2f}\n",
	       table, name, ratio.ratio, ratio.low, ratio.high, ratio.ours, ratio.peer, wanted);
	fflush(stdout);
}

void bench_figure(const char *table, const char *name, double ratio, double wanted)
{
	printf("{\"table\": \"%s\", \"name\": \"%s\", \"ratio\": %.4f, \"wanted\": %.2f}\n", table, name, ratio, wanted);
	fflush(stdout);
}

void bench_add(struct bench_total *total, const char *name, struct bench_ratio ratio)
{
	total->log_sum += log(ratio.ratio);
	total->count++;
	if (ratio.ratio > total->worst) {
		total->worst = ratio.ratio;
		snprintf(total->worst_name, sizeof total->worst_name, "%s", name);
	}
}

void bench_total_rows(const char *table, const struct bench_total *total, double wanted_overall, double wanted_worst)
{
	char name[64];

	bench_figure(table, "overall (geometric mean)", exp(total->log_sum / (double)total->count), wanted_overall);
	if (wanted_worst == 0)
		return;
	snprintf(name, sizeof name, "worst (%s)", total->worst_name);
	bench_figure(table, name, total->worst, wanted_worst);
}

_Noreturn void bench_fail(const char *why)
{
	fprintf(stderr, "bench: %s\n", why);
	exit(1);
}

const char *bench_bytes(size_t n)
{
	static char texts[4][32];
	static unsigned turn;
	char *text = texts[turn++ % 4];

	if (n >= 1 << 20 && n % (1 << 20) == 0)
		snprintf(text, sizeof texts[0], "%zu Mi", n >> 20);
	else if (n >= 1 << 10 && n % (1 << 10) == 0)
		snprintf(text, sizeof texts[0], "%zu Ki", n >> 10);
	else
		snprintf(text, sizeof texts[0], "%zu", n);
	return text;
}

/* ---------------------------------------------------------------- what both sides work on */

void *bench_memory(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (memory == MAP_FAILED)
		bench_fail("no memory for the buffers");
	memset(memory, 'x', size);
	return memory;
}

uint32_t bench_random(void)
{
	static uint64_t state = 1;

	state = state * 6364136223846793005 + 1442695040888963407;
	return (uint32_t)(state >> 33);
}

/* ---------------------------------------------------------------- which code */

static bool is_all(const unsigned char *bytes, size_t n, unsigned char byte)
{
	size_t i;

	for (i = 0; i < n && bytes[i] == byte; i++)
		;
	return i == n;
}

/* 100 bytes are two moves of 64, four of 32, or seven of 16; all of them begin with the first register. */
const char *bench_memcpy_registers(void)
{
	static unsigned char from[100], to[100], low[32], high[64];
	bench_memcpy_fn *copy = bench_memcpy;

	memset(from, 0x11, sizeof from);
	if (!__builtin_cpu_supports("avx"))
		return "sse2";
	__asm__ volatile("vxorps %%xmm0, %%xmm0, %%xmm0\n\tvcmptrueps %%ymm0, %%ymm0, %%ymm0" : : : "xmm0", "memory");
	copy(to, from, sizeof to);
	__asm__ volatile("vmovups %%ymm0, %0" : "=m"(low) : : "memory");
	if (is_all(low, 16, 0x11))
		return is_all(low + 16, 16, 0xff) ? "sse2" : "avx2";
	if (!__builtin_cpu_supports("avx512f"))
		return "?";
	__asm__ volatile("vpternlogd $0xff, %%zmm16, %%zmm16, %%zmm16" : : : "memory");
	copy(to, from, sizeof to);
	__asm__ volatile("vmovups %%zmm16, %0" : "=m"(high) : : "memory");
	if (!is_all(high, 32, 0x11))
		return "?";
	return is_all(high + 32, 32, 0x11) ? "avx512" : "evex";
}

const char *bench_use_variant(int argc, char **argv)
{
	static char pair[64];
	const char *registers = bench_memcpy_registers(), *variant = argc > 1 ? argv[1] : registers;
	unsigned i;

	for (i = 0; i < UMI_VARIANTS && strcmp(umi_variant_name(i), variant) != 0; i++)
		;
	if (argc > 1 && (i == UMI_VARIANTS || !umi_arch_use(i)))
		bench_fail("this processor has no such variant");
	if (argc > 1 && i != UMI_GENERAL && strcmp(registers, variant) != 0)
		bench_fail("the C library was not held to that instruction set");
	if (strcmp(registers, variant) == 0)
		return registers;
	snprintf(pair, sizeof pair, "%s (memcpy: %s)", variant, registers);
	return pair;
}
