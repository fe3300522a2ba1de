/* sched_setattr and sched_getattr: structs that grow, judged as Linux judges them, otherwise without effect. */
#include <linux/errno.h>
#include <linux/sched.h>
#include <linux/sched/types.h>
#include <asm/unistd.h>
#include <usermem/ptr.h>
#include <usermem/struct.h>
#include "process.h"
#include "syscall.h"

enum { SIZE_LIMIT = 4096, DEFAULT_PRIORITY_LIMIT = 99, CLAMP_FLAGS = SCHED_FLAG_UTIL_CLAMP };

static bool is_there(int pid)
{
	return pid == 0 || process_find(pid);
}

/* The size is fetched, judged, and fetched with the rest again: what the struct then says of its size nobody asks. */
static long fetch(um_addr from, struct sched_attr *attr)
{
	struct um_result result;
	uint32_t size, ours = sizeof *attr;

	result = um_get(user(), um_ptr_of(um_u32_ptr, from), &size, 0);
	if (result.status != UM_OK)
		return failed(result.status);
	if (size == 0)
		size = SCHED_ATTR_SIZE_VER0;
	result.status = UM_TOO_BIG;
	if (size >= SCHED_ATTR_SIZE_VER0 && size <= SIZE_LIMIT)
		result = um_copy_struct_in(user(), attr, sizeof *attr, from, size, 0);
	if (result.status == UM_TOO_BIG)
		(void)!um_put(user(), um_ptr_of(um_u32_ptr, from), &ours, 0).done;
	if (result.status != UM_OK)
		return failed(result.status);
	return (attr->sched_flags & CLAMP_FLAGS) && size < SCHED_ATTR_SIZE_VER1 ? -EINVAL : 0;
}

static bool is_deadline_sound(const struct sched_attr *attr)
{
	uint64_t period = attr->sched_period ? attr->sched_period : attr->sched_deadline;

	return attr->sched_deadline != 0 && attr->sched_runtime >= 1 << 10 && (attr->sched_deadline >> 63) == 0 &&
	       (attr->sched_period >> 63) == 0 && period >= attr->sched_deadline && attr->sched_deadline >= attr->sched_runtime;
}

static long judge(const struct sched_attr *attr)
{
	bool real_time = attr->sched_policy == SCHED_FIFO || attr->sched_policy == SCHED_RR;

	if (attr->sched_policy > SCHED_DEADLINE || attr->sched_policy == 4 || (attr->sched_flags & ~(uint64_t)SCHED_FLAG_ALL))
		return -EINVAL;
	if (attr->sched_priority > DEFAULT_PRIORITY_LIMIT || real_time != (attr->sched_priority != 0))
		return -EINVAL;
	if (attr->sched_policy == SCHED_DEADLINE && !is_deadline_sound(attr))
		return -EINVAL;
	return attr->sched_flags & CLAMP_FLAGS ? -EOPNOTSUPP : 0;
}

static long call_sched_setattr(const uint64_t *a)
{
	struct sched_attr attr;
	long error;

	if (a[1] == 0 || (int)a[0] < 0 || (uint32_t)a[2] != 0)
		return -EINVAL;
	error = fetch(um_addr_of(a[1]), &attr);
	if (error != 0)
		return error;
	if ((int)attr.sched_policy < 0)
		return -EINVAL;
	return is_there((int)a[0]) ? judge(&attr) : -ESRCH;
}

static long call_sched_getattr(const uint64_t *a)
{
	struct sched_attr attr = { .size = sizeof attr };
	uint32_t size = (uint32_t)a[2];

	if (a[1] == 0 || (int)a[0] < 0 || size > SIZE_LIMIT || size < SCHED_ATTR_SIZE_VER0 || (uint32_t)a[3] != 0)
		return -EINVAL;
	if (!is_there((int)a[0]))
		return -ESRCH;
	if (um_check(user(), (struct um_range){ um_addr_of(a[1]), size }, 0, 0).status != UM_OK)
		return -EFAULT;
	if (size < attr.size)
		attr.size = size;
	return failed(um_copy_out(user(), um_addr_of(a[1]), &attr, attr.size, 0).status);
}

static const struct syscall calls[] = {
	{ __NR_sched_setattr, call_sched_setattr },
	{ __NR_sched_getattr, call_sched_getattr },
};
const struct syscall_table calls_sched = SYSCALL_TABLE(calls);
