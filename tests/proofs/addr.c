#include "../../src/addr.c"
#include "addr.h"
