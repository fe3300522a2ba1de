/* The functions under the macros; the contracts are in ptr.h. */
#include <usermem/ptr.h>
#include "fetch.h"

bool um_ptr_step(um_addr addr, uint64_t i, size_t size, um_addr *sum)
{
	return (size == 0 || i <= UINT64_MAX / size) && um_addr_add(addr, i * size, sum);
}

#if __STDC_HOSTED__
extern inline struct um_result um_get_object(struct um_space *space, um_addr addr, void *object, size_t size, unsigned flags);
#else
struct um_result um_get_object(struct um_space *space, um_addr addr, void *object, size_t size, unsigned flags)
{
	return um_get_scratch(space, addr, object, size, flags);
}
#endif

struct um_result um_get_scratch(struct um_space *space, um_addr addr, void *object, size_t size, unsigned flags)
{
	unsigned char scratch[UM_VALUE_MAX];
	struct um_result result;

	if (size == 0 || size > UM_VALUE_MAX)
		return umi_result(0, UM_INVALID, UM_ONLY_SIDE);
	result = um_copy_in(space, scratch, addr, size, flags);
	if (result.status == UM_OK)
		__builtin_memcpy(object, scratch, size);
	else
		result.done = 0;
	return result;
}

UMI_SPECIALISED struct um_result
move_elements(struct um_space *space, um_addr addr, void *ours, size_t n, size_t size, unsigned flags, enum umi_direction direction)
{
	enum um_status status;

	if (size == 0 || n <= SIZE_MAX / size)
		return umi_move(space, ours, addr, n * size, flags, direction);
	status = umi_judge(space, flags, direction == UMI_IN ? 0 : UM_CAN_WRITE);
	return umi_result(0, status == UM_OK ? UM_RANGE : status, UM_ONLY_SIDE);
}

struct um_result um_get_elements(struct um_space *space, um_addr addr, void *dst, size_t n, size_t size, unsigned flags)
{
	return move_elements(space, addr, dst, n, size, flags, UMI_IN);
}

struct um_result um_put_elements(struct um_space *space, um_addr addr, const void *src, size_t n, size_t size, unsigned flags)
{
	return move_elements(space, addr, (void *)(uintptr_t)src, n, size, flags, UMI_OUT);
}
