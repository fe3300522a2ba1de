/* Strings where each read is a call of the host; see host_string.h. */
#include "spaces/host_string.h"

#include <string.h>

/* Through a scratch, since nothing behind the terminator may be written. */
struct um_result umi_host_string_in(struct um_space *space, char *dst, um_addr src, size_t limit, unsigned flags)
{
	char page[HOST_PAGE];
	size_t done = 0;

	while (done < limit) {
		uint64_t at = src.value + done;
		size_t ask = HOST_PAGE - at % HOST_PAGE < limit - done ? HOST_PAGE - at % HOST_PAGE : limit - done, length;
		struct um_result got = space->ops->copy_in(space, page, um_addr_of(at), ask, flags);
		const char *nul = memchr(page, '\0', got.done);

		if (got.status == UM_GONE)
			done = 0;
		length = nul ? (size_t)(nul - page) : got.done;
		if (nul || got.status != UM_OK) {
			memcpy(dst + done, page, length);
			dst[done + length] = '\0';
			got.done = done + length;
			got.status = nul ? UM_OK : got.status;
			return got;
		}
		memcpy(dst + done, page, length);
		done += length;
	}
	dst[limit - 1] = '\0'; /* where the last byte came, which has no place */
	return (struct um_result){ limit - 1, UM_TOO_LONG, UM_ONLY_SIDE };
}
