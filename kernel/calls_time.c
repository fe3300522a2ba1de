/* System calls about time.  There is one clock, which begins with the machine. */
#include <linux/errno.h>
#include <asm/unistd.h>
#include "process.h"
#include "syscall.h"
#include "time.h"

enum { CLOCKS = CLOCK_BOOTTIME + 1 };

struct __kernel_timespec time_spec(uint64_t time)
{
	return (struct __kernel_timespec){ (int64_t)(time / SECOND), (int64_t)(time % SECOND) };
}

bool time_deadline(int64_t seconds, int64_t nanoseconds, bool relative, uint64_t *deadline)
{
	uint64_t time;

	if (seconds < 0 || nanoseconds < 0 || nanoseconds >= SECOND)
		return false;
	if (__builtin_mul_overflow((uint64_t)seconds, (uint64_t)SECOND, &time) ||
	    __builtin_add_overflow(time, (uint64_t)nanoseconds + (relative ? arch_time() : 0), &time))
		time = UINT64_MAX;
	*deadline = time;
	return true;
}

static long call_clock_gettime(const uint64_t *a)
{
	struct __kernel_timespec time = time_spec(arch_time());

	if (a[0] >= CLOCKS)
		return -EINVAL;
	return failed(um_put(user(), um_ptr_of(timespec_ptr, um_addr_of(a[1])), &time, 0).status);
}

static long call_clock_getres(const uint64_t *a)
{
	struct __kernel_timespec time = { 0, 1 };

	if (a[0] >= CLOCKS)
		return -EINVAL;
	return a[1] == 0 ? 0 : failed(um_put(user(), um_ptr_of(timespec_ptr, um_addr_of(a[1])), &time, 0).status);
}

/* What is left is told when a signal ended it. */
static long sleep(uint64_t request, uint64_t left, bool relative)
{
	struct __kernel_timespec time;
	struct queue nobody;
	struct um_result result = um_get(user(), um_ptr_of(timespec_ptr, um_addr_of(request)), &time, 0);
	uint64_t deadline, now;

	if (result.status != UM_OK)
		return failed(result.status);
	if (!time_deadline(time.tv_sec, time.tv_nsec, relative, &deadline))
		return -EINVAL;
	queue_init(&nobody);
	if (thread_sleep(&nobody, deadline, UNTIL_SIGNALLED) == TIMED_OUT)
		return 0;
	now = arch_time();
	time = time_spec(deadline > now ? deadline - now : 0);
	if (relative && left != 0 && um_put(user(), um_ptr_of(timespec_ptr, um_addr_of(left)), &time, 0).status != UM_OK)
		return -EFAULT;
	return -EINTR;
}

static long call_nanosleep(const uint64_t *a)
{
	return sleep(a[0], a[1], true);
}

static long call_clock_nanosleep(const uint64_t *a)
{
	return a[0] < CLOCKS ? sleep(a[2], a[3], !(a[1] & TIMER_ABSTIME)) : -EINVAL;
}

static long call_gettimeofday(const uint64_t *a)
{
	struct __kernel_timespec time = time_spec(arch_time());

	time.tv_nsec /= 1000;
	if (a[0] != 0 && um_put(user(), um_ptr_of(timespec_ptr, um_addr_of(a[0])), &time, 0).status != UM_OK)
		return -EFAULT;
	return a[1] == 0 ? 0 : failed(um_fill(user(), um_addr_of(a[1]), 0, sizeof(struct timezone), 0).status);
}

#ifdef __NR_time
static long call_time(const uint64_t *a)
{
	int64_t seconds = (int64_t)(arch_time() / SECOND);

	if (a[0] != 0 && um_copy_out(user(), um_addr_of(a[0]), &seconds, sizeof seconds, 0).status != UM_OK)
		return -EFAULT;
	return seconds;
}
#endif

static const struct syscall calls[] = {
	{ __NR_clock_gettime, call_clock_gettime },
	{ __NR_clock_getres, call_clock_getres },
	{ __NR_nanosleep, call_nanosleep },
	{ __NR_clock_nanosleep, call_clock_nanosleep },
	{ __NR_gettimeofday, call_gettimeofday },
#ifdef __NR_time
	{ __NR_time, call_time },
#endif
};
const struct syscall_table calls_time = SYSCALL_TABLE(calls);
