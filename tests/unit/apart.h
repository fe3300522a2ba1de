/*
 * A part of a test that changes its own process for good (its user, its namespaces, its filters), in a process of its own.
 */
#ifndef USERMEM_TESTS_APART_H
#define USERMEM_TESTS_APART_H

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { APART_CANNOT = -1 };

#define CHECK(condition)                         \
	do {                                     \
		if (!(condition))                \
			return __LINE__;         \
	} while (0)

/* The machine does not let us do what the test needs. */
#define NEED(condition)                              \
	do {                                         \
		if (!(condition))                    \
			return APART_CANNOT;         \
	} while (0)

/* What part returned: 0, the line of a CHECK that failed, or APART_CANNOT; -2 if it died. */
static inline int run_apart(int (*part)(void))
{
	int *line = mmap(NULL, sizeof *line, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int result = -2;
	pid_t child;

	if (line == MAP_FAILED)
		return result;
	*line = result;
	child = fork();
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		*line = part();
		_exit(0);
	}
	if (child > 0 && waitpid(child, NULL, 0) == child)
		result = *line;
	munmap(line, sizeof *line);
	return result;
}

/* In a cmocka test. */
#define RUN_APART(part, what_is_needed)                                              \
	do {                                                                         \
		int apart_line = run_apart(part);                                    \
		if (apart_line == APART_CANNOT) {                                    \
			print_message("needs " what_is_needed "\n");                 \
			skip();                                                      \
		}                                                                    \
		if (apart_line != 0)                                                 \
			fail_msg("%s failed at line %d", #part, apart_line);         \
	} while (0)

#endif
