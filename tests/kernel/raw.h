/* The raw calls in supervisor mode (raw.c): prints TAP with its plan, and returns how many tests failed. */
#ifndef TESTS_KERNEL_RAW_H
#define TESTS_KERNEL_RAW_H

#include "stage.h"

int raw(struct stage *stage);

#endif
