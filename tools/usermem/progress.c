/* How far a command has come. */
#include "progress.h"
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { FIRST = 1000, EVERY = 200 /* milliseconds */ };

static struct {
	bool wanted, shown;
	uint64_t done, total;
	int64_t next; /* when to show it */
} progress;

static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

void progress_begin(uint64_t total)
{
	const char *term = getenv("TERM");

	progress.wanted = isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0;
	progress.done = 0;
	progress.total = total;
	progress.next = now() + FIRST;
}

static void show(void)
{
	char total[32] = "";

	if (progress.total)
		snprintf(total, sizeof total, " of %" PRIu64 "M", progress.total >> 20);
	fprintf(stderr, "\r%s: %" PRIu64 "M%s\033[K", program_invocation_name, progress.done >> 20, total);
	fflush(stderr);
	progress.shown = true;
}

void progress_add(uint64_t bytes)
{
	progress.done += bytes;
	if (!progress.wanted || now() < progress.next)
		return;
	progress.next = now() + EVERY;
	show();
}

void progress_hide(void)
{
	if (!progress.shown)
		return;
	fputs("\r\033[K", stderr);
	fflush(stderr);
	progress.shown = false;
}

void progress_end(void)
{
	progress_hide();
	progress.wanted = false;
}
