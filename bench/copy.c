/* Raw copy in and out against memcpy, from 1 byte to 16 MiB: copy [VARIANT]. */
#include "harness.h"
#include <stdio.h>
#include <usermem/fault.h>
#include <usermem/port.h>

enum { ALIGNMENTS = 256, LARGEST = 16 << 20, SLACK = 8192 };

struct work {
	unsigned char *to, *from;
	size_t n;
	struct { uint16_t to, from; } at[ALIGNMENTS];
};

static void copy_in(void *context, size_t times)
{
	const struct work *work = context;
	struct um_result (*volatile pointer)(void *, uintptr_t, size_t, unsigned) = um_raw_copy_in, (*call)(void *, uintptr_t, size_t, unsigned) = pointer;
	size_t i, n = work->n;

	for (i = 0; i < times; i++) {
		struct um_result result = call(work->to + work->at[i % ALIGNMENTS].to,
		                               (uintptr_t)work->from + work->at[i % ALIGNMENTS].from, n, 0);
		BENCH_USE(result.done);
	}
}

static void copy_out(void *context, size_t times)
{
	const struct work *work = context;
	struct um_result (*volatile pointer)(uintptr_t, const void *, size_t, unsigned) = um_raw_copy_out, (*call)(uintptr_t, const void *, size_t, unsigned) = pointer;
	size_t i, n = work->n;

	for (i = 0; i < times; i++) {
		struct um_result result = call((uintptr_t)work->to + work->at[i % ALIGNMENTS].to,
		                               work->from + work->at[i % ALIGNMENTS].from, n, 0);
		BENCH_USE(result.done);
	}
}

static void peer(void *context, size_t times)
{
	const struct work *work = context;
	bench_memcpy_fn *call = bench_memcpy;
	size_t i, n = work->n;

	for (i = 0; i < times; i++) {
		void *result = call(work->to + work->at[i % ALIGNMENTS].to, work->from + work->at[i % ALIGNMENTS].from, n);
		BENCH_USE(result);
	}
}

static const struct wanted {
	const char *variant;
	double overall, worst;
} wanted[] = { { "avx512", 1.05, 1.2 }, { "avx2", 1.10, 1.35 }, { "sse2", 1.10, 1.35 } };

static void table(const char *direction, bench_side *ours, struct work *work, const char *variant)
{
	static const size_t odd[] = { 3, 5, 7, 12, 15, 24, 31, 48, 63, 65, 100, 127, 200, 255, 300, 500, 777, 1000, 1500,
		                      3000, 5000, 10000, 100000 };
	struct bench_total total = { 0 };
	double overall = 0, worst = 0;
	char title[96];
	size_t i, powers = 0;

	snprintf(title, sizeof title, "raw copy %s against memcpy, %s", direction, variant);
	for (i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
		if (strcmp(wanted[i].variant, variant) == 0) {
			overall = wanted[i].overall;
			worst = wanted[i].worst;
		}
	}
	for (i = 0; (size_t)1 << powers <= LARGEST;) {
		bool is_odd = i < sizeof odd / sizeof odd[0] && odd[i] < (size_t)1 << powers;
		struct bench_ratio ratio;

		work->n = is_odd ? odd[i++] : (size_t)1 << powers++;
		ratio = bench_compare(ours, peer, work);
		bench_row(title, bench_bytes(work->n), ratio, 0);
		bench_add(&total, bench_bytes(work->n), ratio);
	}
	bench_total_rows(title, &total, overall, worst);
}

int main(int argc, char **argv)
{
	static struct work work;
	const char *variant;
	size_t i;

	if (um_port_open() != UM_OK)
		bench_fail("the port does not open");
	variant = bench_use_variant(argc, argv);
	/* Half a page apart, so that small copies do not meet the stores of the one before at the same place of a page. */
	work.to = (unsigned char *)bench_memory(LARGEST + SLACK) + 2048;
	work.from = bench_memory(LARGEST + SLACK);
	for (i = 0; i < ALIGNMENTS; i++) {
		work.at[i].to = bench_random() % 64;
		work.at[i].from = bench_random() % 64;
	}
	table("in", copy_in, &work, variant);
	table("out", copy_out, &work, variant);
	um_port_close();
	return 0;
}
