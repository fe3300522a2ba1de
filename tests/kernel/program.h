/* What the programs of the three machines have in common (ARCH/program.c): their cases, which they print as TAP, and handlers of signals. */
#ifndef TESTS_KERNEL_PROGRAM_H
#define TESTS_KERNEL_PROGRAM_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

enum { PAGE = 4096 };

static int cases, failures;

static inline bool expect(bool condition, const char *what)
{
	cases++;
	failures += !condition;
	printf("%sok %d - %s\n", condition ? "" : "not ", cases, what);
	return condition;
}

/* For main to return. */
static inline int say_how_many(void)
{
	printf("1..%d\n", cases);
	return failures != 0;
}

/* NULL: the default. */
static inline void handle(int number, void (*handler)(int, siginfo_t *, void *))
{
	struct sigaction action = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO };

	if (!handler)
		action.sa_handler = SIG_DFL;
	sigaction(number, &action, NULL);
}

#endif
