#include "../../src/fetch.h"
#include "space.h"
