/* Structs that grow, and headers with bodies; the contracts are in struct.h. */
#include <usermem/copy.h>
#include <usermem/struct.h>
#include "fetch.h"

/* The user's struct is one flat range: outside the limits nothing of it is touched (law 3). */
static enum um_status judge_struct(struct um_space *space, enum um_status flags_status, size_t kernel_size, um_addr addr,
                                   size_t user_size)
{
	struct um_range whole = { addr, user_size };

	if (flags_status != UM_OK)
		return flags_status;
	if (kernel_size == 0)
		return UM_INVALID;
	if (user_size > UM_STRUCT_MAX)
		return UM_TOO_BIG;
	return user_size == 0 ? UM_OK : um_check(space, whole, 0, 0).status;
}

/* Are the user's fields that the kernel does not know all zero? */
static enum um_status judge_tail(struct um_space *space, um_addr tail, size_t n, unsigned flags)
{
	bool zero = false;
	struct um_result looked = um_is_zero(space, tail, n, &zero, flags);

	return looked.status == UM_OK && !zero ? UM_TOO_BIG : looked.status;
}

struct um_result um_copy_struct_in(struct um_space *space, void *dst, size_t kernel_size, um_addr src, size_t user_size,
                                   unsigned flags)
{
	enum um_status status = judge_struct(space, umi_judge_read(space, flags), kernel_size, src, user_size);
	size_t both = umi_least(kernel_size, user_size);
	struct um_result copied;

	if (status == UM_OK && user_size > kernel_size)
		status = judge_tail(space, um_addr_of(src.value + kernel_size), user_size - kernel_size, flags);
	if (status != UM_OK)
		return umi_result(0, status, UM_ONLY_SIDE);
	copied = um_copy_in(space, dst, src, both, flags);
	if (copied.status == UM_OK)
		__builtin_memset((unsigned char *)dst + both, 0, kernel_size - both);
	return copied;
}

struct um_result um_copy_struct_out(struct um_space *space, um_addr dst, size_t user_size, const void *src,
                                    size_t kernel_size, bool *cut, unsigned flags)
{
	enum um_status status = judge_struct(space, umi_judge_write(space, flags), kernel_size, dst, user_size);
	size_t both = umi_least(kernel_size, user_size), i;
	struct um_result copied, filled;

	*cut = false;
	if (status != UM_OK)
		return umi_result(0, status, UM_ONLY_SIDE);
	for (i = both; i < kernel_size && !*cut; i++)
		*cut = ((const unsigned char *)src)[i] != 0;
	copied = um_copy_out(space, dst, src, both, flags);
	if (copied.status != UM_OK || user_size == both)
		return copied;
	filled = um_fill(space, um_addr_of(dst.value + both), 0, user_size - both, flags);
	filled.done += both;
	return filled;
}

struct um_result um_copy_body_in(struct um_space *space, void *dst, size_t dst_size, const void *header,
                                 size_t header_size, um_addr src, size_t total, unsigned flags)
{
	enum um_status status = umi_judge_read(space, flags);
	struct um_result body = { 0, UM_RANGE, UM_ONLY_SIDE };
	um_addr at = src;

	if (status == UM_OK && total > dst_size)
		status = UM_TOO_BIG;
	else if (status == UM_OK && total < header_size)
		status = UM_INVALID;
	if (status != UM_OK)
		return umi_result(0, status, UM_ONLY_SIDE);
	if (header_size != 0)
		__builtin_memmove(dst, header, header_size);
	if (total == header_size)
		return umi_result(total, UM_OK, UM_ONLY_SIDE);
	if (um_addr_add(src, header_size, &at))
		body = um_copy_in(space, (unsigned char *)dst + header_size, at, total - header_size, flags);
	body.done += header_size;
	return body;
}
