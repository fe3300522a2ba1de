/* Programs that once found something, reduced. */
#ifndef USERMEM_TESTS_CASES_H
#define USERMEM_TESTS_CASES_H

#include <stddef.h>

struct known_case {
	const char *what, *program; /* in hexadecimal */
};
extern const struct known_case cases[];
extern const size_t cases_count;

#endif
