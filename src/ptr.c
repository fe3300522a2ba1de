/* The functions under the macros; the contracts are in ptr.h. */
#include <usermem/ptr.h>
#include "fetch.h"

bool um_ptr_step(um_addr addr, uint64_t i, size_t size, um_addr *sum)
{
	return (size == 0 || i <= UINT64_MAX / size) && um_addr_add(addr, i * size, sum);
}

/* A copy of known size needs no call. */
static inline void deliver(void *object, const void *scratch, size_t size)
{
	switch (size) {
	case 1: __builtin_memcpy(object, scratch, 1); break;
	case 2: __builtin_memcpy(object, scratch, 2); break;
	case 4: __builtin_memcpy(object, scratch, 4); break;
	case 8: __builtin_memcpy(object, scratch, 8); break;
	default: __builtin_memcpy(object, scratch, size); break;
	}
}

/* Through scratch also where one access would do: a hole may begin within an aligned word too (the end of a bytes space). */
struct um_result um_get_object(struct um_space *space, um_addr addr, void *object, size_t size, unsigned flags)
{
	_Alignas(8) unsigned char scratch[UM_VALUE_MAX];
	struct um_result result = { 0, UM_INVALID, UM_ONLY_SIDE };

	if (size - 1 >= UM_VALUE_MAX)
		return result;
	result = um_copy_in(space, scratch, addr, size, flags);
	if (result.status == UM_OK)
		deliver(object, scratch, size);
	else
		result.done = 0;
	return result;
}

struct um_result um_get_elements(struct um_space *space, um_addr addr, void *dst, size_t n, size_t size, unsigned flags)
{
	enum um_status status;

	if (size == 0 || n <= SIZE_MAX / size)
		return um_copy_in(space, dst, addr, n * size, flags);
	status = umi_judge_read(space, flags);
	return umi_result(0, status == UM_OK ? UM_RANGE : status, UM_ONLY_SIDE);
}

struct um_result um_put_elements(struct um_space *space, um_addr addr, const void *src, size_t n, size_t size, unsigned flags)
{
	enum um_status status;

	if (size == 0 || n <= SIZE_MAX / size)
		return um_copy_out(space, addr, src, n * size, flags);
	status = umi_judge_write(space, flags);
	return umi_result(0, status == UM_OK ? UM_RANGE : status, UM_ONLY_SIDE);
}
