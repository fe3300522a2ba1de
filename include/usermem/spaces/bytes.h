/*
 * A buffer that poses as a space: address 0 is its first byte, past its end is a hole (UM_UNMAPPED).
 *
 * Obeys every law that a real space obeys, so that code tested over it is tested.  Promises everything but
 * UM_CAN_IGNORE_PERMS and UM_CAN_PERMS (there are no protections), with UM_NOFAULT trivially true.  Freestanding.
 * Any number of threads; async-signal-safe.  um_close does nothing.
 */
#ifndef USERMEM_SPACES_BYTES_H
#define USERMEM_SPACES_BYTES_H

#include <usermem/space.h>

UM_BEGIN_DECLS

struct um_bytes {
	struct um_space space;
	unsigned char *data;
	size_t size;
};

/* data is the caller's, outlives the space, and may be NULL where size is 0. */
void um_bytes_init(struct um_bytes *bytes, void *data, size_t size);

UM_END_DECLS

#endif
