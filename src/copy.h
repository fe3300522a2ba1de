/* The core of um_copy and um_transfer. */
#ifndef USERMEM_SRC_COPY_H
#define USERMEM_SRC_COPY_H

#include <usermem/copy.h>
#include "space.h"

struct copy_side {
	struct um_space *space;
	const struct um_ranges *ranges; /* stay as they are */
	unsigned flags;
};

/* The n bytes at addr, if they are in this process for as long as the space is open and nothing speaks against the
 * access; else NULL, and nothing is said of why. */
static inline void *umi_direct(struct um_space *space, um_addr addr, size_t n, unsigned flags, unsigned need)
{
	if (UMI_SMALL || n == 0 || umi_judge(space, flags, need) != UM_OK || !umi_admit(space, &addr, n) || !UMI_OP(space, direct))
		return NULL;
	return space->ops->direct(space, addr, n);
}

/* Copies the shortest of both lists and `most` bytes.  Each range is judged, as far as the copy will go, when the
 * copy reaches it, the source's first.  Otherwise as um_copy. */
struct um_result umi_copy_ranges(struct copy_side to, struct copy_side from, uint64_t most);

#endif
