/* Which tool a test runs under: some make sense no more, some take too long. */
#ifndef TESTS_UNDER_H
#define TESTS_UNDER_H

#include <stdbool.h>
#include <stdlib.h>

#ifndef __has_feature
#define __has_feature(feature) 0
#endif

static inline bool under_asan(void)
{
#if defined __SANITIZE_ADDRESS__ || __has_feature(address_sanitizer)
	return true;
#else
	return false;
#endif
}

static inline bool under_tsan(void)
{
#if defined __SANITIZE_THREAD__ || __has_feature(thread_sanitizer)
	return true;
#else
	return false;
#endif
}

/* The test setup of that name says so. */
static inline bool under_valgrind(void)
{
	return getenv("UNDER_VALGRIND") != NULL;
}

#endif
