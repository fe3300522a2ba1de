/* The core of um_copy and um_transfer. */
#ifndef USERMEM_SRC_COPY_H
#define USERMEM_SRC_COPY_H

#include <usermem/copy.h>

struct copy_side {
	struct um_space *space;
	struct um_ranges ranges;
	unsigned flags;
};

/* Copies the shortest of both lists and `most` bytes.  Each range is judged, as far as the copy will go, when the
 * copy reaches it, the source's first.  Otherwise as um_copy. */
struct um_result umi_copy_ranges(struct copy_side to, struct copy_side from, uint64_t most);

#endif
