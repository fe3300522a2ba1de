/*
 * Reads that meet the limits of a space as they meet a hole, at that byte (law 3: terminated arrays, searches,
 * strings through a list).
 */
#ifndef USERMEM_SRC_FETCH_H
#define USERMEM_SRC_FETCH_H

#include <usermem/space.h>
#include "space.h"

enum { UMI_SCRATCH = 256 };

/* As um_copy_in, but a range that runs out of the limits is copied up to them.  n is at most UMI_SCRATCH. */
struct um_result umi_fetch(struct um_space *space, void *dst, um_addr src, size_t n, unsigned flags);

/* What law 25 asks before it looks at any length. */
static inline enum um_status umi_judge_read(const struct um_space *space, unsigned flags)
{
	return umi_judge(space, flags, 0);
}

static inline enum um_status umi_judge_write(const struct um_space *space, unsigned flags)
{
	return umi_judge(space, flags, UM_CAN_WRITE);
}

static inline size_t umi_least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Bytes from addr to the end of the block of `size` bytes that it lies in. */
static inline size_t umi_to_end(um_addr addr, size_t size)
{
	return size - (size_t)(addr.value % size);
}

static inline struct um_result umi_result(size_t done, enum um_status status, enum um_side side)
{
	struct um_result result = { done, status, status == UM_OK ? (uint32_t)UM_ONLY_SIDE : (uint32_t)side };

	return result;
}

#endif
