/*
 * A test runner small enough for a kernel: no libc, TAP out through the stage's print.
 *
 * A test goes on after an expectation failed; only its first few failures are told.
 */
#ifndef USERMEM_TESTS_TAP_H
#define USERMEM_TESTS_TAP_H

#include "stage.h"

struct test {
	const char *name; /* the law first: "law 10: a NUL at the last byte before a hole is found" */
	void (*run)(struct stage *stage);
};

struct test_group {
	const struct test *tests;
	size_t count;
};

#define TEST_GROUP(array) { (array), sizeof(array) / sizeof((array)[0]) }

/* Runs all, prints TAP with its plan, returns how many failed. */
int tap_run(struct stage *stage, const struct test_group *const *groups, size_t count);

/* Of the running test. */
void tap_skip(const char *reason);
void tap_about(const char *what); /* printed with the failures that follow; kept, not copied */
void tap_case(uint64_t a, uint64_t b, uint64_t c); /* printed with the failures that follow; of a loop's variables */
void tap_fail(const char *file, int line, const char *what);
void tap_fail_equal(const char *file, int line, const char *what, uint64_t got, uint64_t expected);
void tap_fail_status(const char *file, int line, const char *what, enum um_status got, enum um_status expected);

#define EXPECT(condition) \
	((condition) ? (void)0 : tap_fail(__FILE__, __LINE__, #condition))

#define EXPECT_EQUAL(actual, wanted)                                                                        \
	do {                                                                                                \
		uint64_t tap_actual = (uint64_t)(actual), tap_wanted = (uint64_t)(wanted);                  \
		if (tap_actual != tap_wanted)                                                               \
			tap_fail_equal(__FILE__, __LINE__, #actual, tap_actual, tap_wanted);                \
	} while (0)

#define EXPECT_STATUS(actual, wanted)                                                                       \
	do {                                                                                                \
		enum um_status tap_actual = (actual), tap_wanted = (wanted);                                \
		if (tap_actual != tap_wanted)                                                               \
			tap_fail_status(__FILE__, __LINE__, #actual, tap_actual, tap_wanted);               \
	} while (0)

/* actual is evaluated once. */
#define EXPECT_RESULT(actual, wanted_done, wanted_status)                                                   \
	do {                                                                                                \
		struct um_result tap_result = (actual);                                                     \
		if (tap_result.done != (size_t)(wanted_done))                                               \
			tap_fail_equal(__FILE__, __LINE__, "done: " #actual, tap_result.done, (size_t)(wanted_done)); \
		if (tap_result.status != (wanted_status))                                                   \
			tap_fail_status(__FILE__, __LINE__, #actual, tap_result.status, (wanted_status));   \
	} while (0)

#endif
