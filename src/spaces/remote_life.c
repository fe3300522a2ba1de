/* Does the address space of a remote still live, and through which thread is it reached? */
#include "spaces/remote_parts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>
#include "port/linux/maps.h"

/* The file belongs to an address space, not to a process: it reads as ended once nobody lives there. */
bool umi_remote_file_alive(int mem)
{
	char byte;

	return pread(mem, &byte, 1, 0) != 0;
}

/* A read of 1 byte is what a pagemap never gives: EINVAL, after it has looked for life and before any work.  That
 * is a third of what a byte of the memory costs. */
bool umi_remote_alive(const struct um_remote *remote)
{
	char byte;
	ssize_t got;

	got = pread(umi_remote_get(remote, REMOTE_PAGEMAP), &byte, 1, 0);
	if (got == 0)
		return false;
	if (got < 0 && errno == EINVAL)
		return true;
	return umi_remote_file_alive(remote->mem);
}

void *umi_tasks_open(int leader)
{
	char path[32];

	snprintf(path, sizeof path, "/proc/%d/task", leader);
	return opendir(path);
}

int umi_tasks_next(void *tasks)
{
	struct dirent *entry;

	while ((entry = readdir(tasks)) != NULL) {
		int task = atoi(entry->d_name);

		if (task > 0)
			return task;
	}
	return 0;
}

void umi_tasks_close(void *tasks)
{
	closedir(tasks);
}

/* A file that may not be opened is that of somebody who is there. */
static bool task_file_alive(int task)
{
	char path[32];
	bool alive;
	int mem;

	snprintf(path, sizeof path, "/proc/%d/mem", task);
	mem = open(path, O_RDONLY | O_CLOEXEC);
	if (mem < 0)
		return errno != ENOENT && errno != ESRCH;
	alive = umi_remote_file_alive(mem);
	close(mem);
	return alive;
}

bool umi_task_has_memory(int task)
{
	char byte;
	struct iovec ours = { &byte, 1 }, theirs = { NULL, 1 };

	if (process_vm_readv(task, &ours, 1, &theirs, 1, 0) >= 0 || errno == EFAULT)
		return true;
	/* A host without the call, or a filter, has answered before anybody looked for memory. */
	return errno != ESRCH && task_file_alive(task);
}

bool umi_remote_next_task(struct um_remote *remote)
{
	void *tasks = umi_tasks_open(umi_remote_get(remote, REMOTE_LEADER));
	int task = 0;

	if (!tasks)
		return false;
	while ((task = umi_tasks_next(tasks)) != 0 && !umi_task_has_memory(task))
		;
	umi_tasks_close(tasks);
	/* A stranger may have got the number; it has not got the address space. */
	if (task == 0 || !umi_remote_alive(remote))
		return false;
	umi_remote_set(remote, REMOTE_TASK, task);
	return true;
}

struct um_result umi_remote_look(struct um_remote *remote, struct um_range range, unsigned access)
{
	int maps = umi_remote_get(remote, REMOTE_MAPS);
	struct um_result result = { 0, UM_REFUSED, UM_ONLY_SIDE };

	if (maps < 0)
		return result;
	result = umi_maps_check(maps, range, access);
	/* The text is read by way of the thread for which it was opened: that may have ended, and others live. */
	if (result.status != UM_GONE || !umi_remote_next_task(remote))
		return result;
	maps = umi_maps_open(umi_remote_get(remote, REMOTE_TASK));
	if (maps < 0)
		return result;
	result = umi_maps_check(maps, range, access);
	close(maps);
	return result;
}
