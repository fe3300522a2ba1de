/* The way in, in ACSL: what umi_judge and umi_admit of src/space.h decide, laws 3 and 25. */
#include "space.h"
