/* The contract is in fetch.h. */
#include "fetch.h"

struct um_result umi_fetch(struct um_space *space, void *dst, um_addr src, size_t n, unsigned flags)
{
	size_t done = 0, step = n;

	/* What is refused as a whole was not touched, so that asking for half of it fetches nothing twice. */
	while (done < n) {
		struct um_result got = { 0, UM_RANGE, UM_ONLY_SIDE };
		um_addr at;

		if (um_addr_add(src, done, &at))
			got = um_copy_in(space, (unsigned char *)dst + done, at, umi_least(step, n - done), flags);
		done += got.done;
		if (got.status == UM_RANGE && step > 1)
			step /= 2;
		else if (got.status != UM_OK)
			return umi_result(done, got.status, UM_ONLY_SIDE);
	}
	return umi_result(done, UM_OK, UM_ONLY_SIDE);
}
