/* Waiting for any of several files. */
#include <linux/errno.h>
#include <asm/poll.h>
#include <asm/unistd.h>
#include <usermem/ptr.h>
#include "memory.h"
#include "process.h"
#include "syscall.h"
#include "time.h"

enum { ENTRIES_MAX = 1024 /* Linux's first limit of open files */, MILLISECOND = 1000000 };

UM_DEFINE_PTR_OUT(pollfd_ptr, struct pollfd, fd, events, revents);

struct queue poll_queue = { { &poll_queue.waiting, &poll_queue.waiting } };

static unsigned look_at(const struct pollfd *entry)
{
	struct file *file;

	if (entry->fd < 0)
		return 0;
	file = file_at((uint64_t)entry->fd);
	if (!file)
		return POLLNVAL;
	return (file->ops->poll ? file->ops->poll(file) : POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM) &
	       ((uint16_t)entry->events | POLLERR | POLLHUP);
}

/* How many have something to tell. */
static long look(struct pollfd *entries, size_t count)
{
	long found = 0;
	size_t i;

	for (i = 0; i < count; i++) {
		entries[i].revents = (short)look_at(&entries[i]);
		found += entries[i].revents != 0;
	}
	return found;
}

static long wait(struct pollfd *entries, size_t count, uint64_t deadline)
{
	enum wake woken = WOKEN;
	long found;

	while ((found = look(entries, count)) == 0 && woken == WOKEN)
		woken = thread_sleep(&poll_queue, deadline, UNTIL_SIGNALLED);
	return found == 0 && woken == INTERRUPTED ? -EINTR : found;
}

/* Of each entry the answer alone, as Linux: the rest is the program's. */
static enum um_status put_answers(uint64_t address, const struct pollfd *entries, size_t count)
{
	enum um_status status = UM_OK;
	size_t i;

	for (i = 0; i < count && status == UM_OK; i++) {
		um_addr to = um_addr_of(address + i * sizeof *entries + offsetof(struct pollfd, revents));

		status = um_put(user(), um_ptr_of(um_i16_ptr, to), &entries[i].revents, 0).status;
	}
	return status;
}

static long poll(uint64_t address, uint32_t count, uint64_t deadline)
{
	size_t size = count * sizeof(struct pollfd);
	struct pollfd *entries;
	enum um_status status;
	long found = 0;

	if (count > ENTRIES_MAX)
		return -EINVAL;
	entries = memory_alloc(size);
	if (!entries)
		return -ENOMEM;
	status = um_get_array(user(), um_ptr_of(pollfd_ptr, um_addr_of(address)), entries, count, 0).status;
	if (status == UM_OK) {
		found = wait(entries, count, deadline);
		status = put_answers(address, entries, count);
	}
	memory_free(entries, size);
	return status == UM_OK ? found : failed(status);
}

#ifdef __NR_poll
static long call_poll(const uint64_t *a)
{
	int timeout = (int)a[2];

	return poll(a[0], (uint32_t)a[1], timeout < 0 ? UINT64_MAX : arch_time() + (uint64_t)timeout * MILLISECOND);
}
#endif

/* What is left of the time is told; where that cannot be put, nobody is. */
static void put_left(uint64_t address, uint64_t deadline)
{
	uint64_t now = arch_time();
	struct __kernel_timespec left = time_spec(deadline > now ? deadline - now : 0);

	(void)!um_put(user(), um_ptr_of(timespec_ptr, um_addr_of(address)), &left, 0).done;
}

static long call_ppoll(const uint64_t *a)
{
	struct __kernel_timespec time = { 0 };
	uint64_t deadline = UINT64_MAX;
	long result = 0;

	if (a[2] != 0) {
		result = failed(um_get(user(), um_ptr_of(timespec_ptr, um_addr_of(a[2])), &time, 0).status);
		if (result == 0 && !time_deadline(time.tv_sec, time.tv_nsec, true, &deadline))
			result = -EINVAL;
	}
	if (result == 0 && a[3] != 0)
		result = signal_mask_until_return(a[3], a[4]);
	if (result != 0)
		return result;
	result = poll(a[0], (uint32_t)a[1], deadline);
	if (time.tv_sec != 0 || time.tv_nsec != 0)
		put_left(a[2], deadline);
	return result;
}

static const struct syscall calls[] = {
#ifdef __NR_poll
	{ __NR_poll, call_poll },
#endif
	{ __NR_ppoll, call_ppoll },
};
const struct syscall_table calls_poll = SYSCALL_TABLE(calls);
