/* A buffer that poses as a space; the contract is in bytes.h. */
#include <usermem/spaces/bytes.h>
