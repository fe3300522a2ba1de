/* How far a command has come. */
#include "progress.h"
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { FIRST = 1000, EVERY = 200 /* milliseconds */ };

static const char erase[] = "\r\033[K";

static struct {
	bool wanted;
	volatile sig_atomic_t shown;
	uint64_t done, total;
	int64_t next; /* when to show it */
} progress;

static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* By now the signal would have its usual effect, and has it on return. */
static void on_signal(int number)
{
	ssize_t written = progress.shown ? write(STDERR_FILENO, erase, sizeof erase - 1) : 0;

	(void)written; /* there is nobody left to tell */
	raise(number);
}

/* Whoever ends us by Ctrl-C shall not find the line in front of the prompt.  A command that catches signals itself ends in order, and
 * what is ignored stays so. */
static void catch_signals(void)
{
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND }, earlier;

	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
		if (sigaction(ends[i], NULL, &earlier) == 0 && earlier.sa_handler == SIG_DFL)
			sigaction(ends[i], &action, NULL);
}

void progress_begin(uint64_t total)
{
	const char *term = getenv("TERM");

	progress.wanted = isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0;
	progress.done = 0;
	progress.total = total;
	progress.next = now() + FIRST;
	if (progress.wanted)
		catch_signals();
}

static void show(void)
{
	char total[32] = "";

	if (progress.total)
		snprintf(total, sizeof total, " of %" PRIu64 "M", progress.total >> 20);
	progress.shown = true; /* first: a signal may come before the next line */
	fprintf(stderr, "\r%s: %" PRIu64 "M%s\033[K", program_invocation_name, progress.done >> 20, total);
	fflush(stderr);
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
	fputs(erase, stderr);
	fflush(stderr);
	progress.shown = false;
}

void progress_end(void)
{
	progress_hide();
	progress.wanted = false;
}
