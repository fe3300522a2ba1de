#include "../../src/ranges.c"
#include "ranges.h"
