/* The way in: judged here, once, and then the space is asked.  The contracts are in space.h. */
#include <usermem/space.h>
