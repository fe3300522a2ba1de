/* The address space of another process; the contract is in remote.h. */
#include <usermem/spaces/remote.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "port/linux/maps.h"
#include "spaces/host_string.h"
#include "spaces/remote_parts.h"

static struct um_result copy_in(struct um_space *space, void *dst, um_addr src, size_t n, unsigned flags)
{
	struct umi_transfer transfer = { (struct um_remote *)space, UM_READ, flags, dst, 0 };

	return umi_remote_move(&transfer, um_ranges_of(src, n));
}

static struct um_result copy_in_ranges(struct um_space *space, void *dst, struct um_ranges src, unsigned flags)
{
	struct umi_transfer transfer = { (struct um_remote *)space, UM_READ, flags, dst, 0 };

	return umi_remote_move(&transfer, src);
}

static struct um_result copy_out_ranges(struct um_space *space, struct um_ranges dst, const void *src, unsigned flags)
{
	/* The host's iovec has no const; what it is given to write from it does not write to. */
	struct umi_transfer transfer = { (struct um_remote *)space, UM_WRITE, flags, (unsigned char *)(uintptr_t)src, 0 };

	return umi_remote_move(&transfer, dst);
}

static struct um_result copy_out(struct um_space *space, um_addr dst, const void *src, size_t n, unsigned flags)
{
	return copy_out_ranges(space, um_ranges_of(dst, n), src, flags);
}

static struct um_result fill(struct um_space *space, um_addr dst, uint8_t byte, size_t n, unsigned flags)
{
	unsigned char block[HOST_PAGE];
	size_t period = n < sizeof block ? n : sizeof block;
	struct umi_transfer transfer = { (struct um_remote *)space, UM_WRITE, flags, block, period };

	memset(block, byte, period);
	return umi_remote_move(&transfer, um_ranges_of(dst, n));
}

static struct um_result check(struct um_space *space, struct um_range range, unsigned access, unsigned flags)
{
	struct um_remote *remote = (struct um_remote *)space;
	struct um_result result = umi_remote_look(remote, range, flags & UM_IGNORE_PERMS ? access | UMI_FORCE : access);

	/* The list may have been read as text, which can be that of a new image. */
	if (!umi_remote_alive(remote))
		return (struct um_result){ 0, UM_GONE, UM_ONLY_SIDE };
	return result;
}

static void close_if_open(int descriptor)
{
	if (descriptor >= 0)
		close(descriptor);
}

static void close_remote(struct um_space *space)
{
	struct um_remote *remote = (struct um_remote *)space;

	close_if_open(remote->mem);
	close_if_open(remote->pidfd);
	close_if_open(umi_remote_get(remote, REMOTE_MAPS));
	close_if_open(umi_remote_get(remote, REMOTE_PAGEMAP));
}

static const struct um_space_ops remote_ops = {
	.size = sizeof remote_ops,
	.name = "remote",
	.copy_in = copy_in,
	.copy_out = copy_out,
	.fill = fill,
	.copy_string_in = umi_host_string_in,
	.copy_in_ranges = copy_in_ranges,
	.copy_out_ranges = copy_out_ranges,
	.check = check,
	.close = close_remote,
};

/* ---------------------------------------------------------------- opening */

/* Does the mem file pass protections here?  A host may have been told that it does not (proc_mem.force_override). */
static bool file_ignores_protections(void)
{
	void *page = mmap(NULL, HOST_PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int mem = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	char byte;
	bool does = page != MAP_FAILED && mem >= 0 && pread(mem, &byte, 1, (off_t)(uintptr_t)page) == 1;

	close_if_open(mem);
	if (page != MAP_FAILED)
		munmap(page, HOST_PAGE);
	return does;
}

static bool ended(int pidfd)
{
	struct pollfd poll_end = { pidfd, POLLIN, 0 };

	return pidfd >= 0 && poll(&poll_end, 1, 0) > 0 && poll_end.revents & POLLIN;
}

/* The thread group of a thread; 0 if it cannot be told. */
static int leader_of(int task)
{
	char path[32], line[64];
	int leader = 0;
	FILE *status;

	snprintf(path, sizeof path, "/proc/%d/status", task);
	status = fopen(path, "re");
	if (!status)
		return 0;
	while (leader == 0 && fgets(line, sizeof line, status))
		if (sscanf(line, "Tgid: %d", &leader) != 1)
			leader = 0;
	fclose(status);
	return leader;
}

/* A pidfd is a help and no condition: older hosts have none, and none for a thread.  One that we get ourselves says
 * that pid leads its group. */
static enum um_status open_pidfd(struct um_remote *remote)
{
	bool handed_over = remote->pidfd >= 0;
	int leader = 0;

	if (!handed_over)
		remote->pidfd = (int)syscall(SYS_pidfd_open, remote->pid, 0);
	if (remote->pidfd < 0 && (errno == ESRCH || errno == EMFILE || errno == ENFILE || errno == ENOMEM))
		return umi_proc_status(errno);
	if (handed_over || remote->pidfd < 0)
		leader = leader_of(remote->pid);
	umi_remote_set(remote, REMOTE_LEADER, leader > 0 ? leader : remote->pid);
	return UM_OK;
}

/* Opens /proc/TASK/name unless it is there already. */
static enum um_status open_file(int *file, int task, const char *name, int mode)
{
	char path[32];

	if (*file >= 0)
		return UM_OK;
	snprintf(path, sizeof path, "/proc/%d/%s", task, name);
	*file = open(path, mode | O_CLOEXEC);
	if (*file < 0 && errno == EROFS)
		*file = open(path, O_RDONLY | O_CLOEXEC);
	return *file < 0 ? umi_proc_status(errno) : UM_OK;
}

/* Everything that names the address space, by way of one of its threads.  What a host refuses beyond the mem file
 * is done without. */
static enum um_status open_files(struct um_remote *remote, int task)
{
	int mem = remote->mem, maps = -1, pagemap = -1;
	enum um_status status = umi_task_has_memory(task) ? open_file(&mem, task, "mem", O_RDWR) : UM_GONE;

	if (status == UM_OK && open_file(&maps, task, "maps", O_RDONLY) == UM_NO_MEMORY)
		status = UM_NO_MEMORY;
	if (status == UM_OK && open_file(&pagemap, task, "pagemap", O_RDONLY) == UM_NO_MEMORY)
		status = UM_NO_MEMORY;
	/* If the mem file's address space lives now, the others, opened since by the same number, are its too. */
	if (status == UM_OK && !umi_remote_file_alive(mem))
		status = UM_GONE;
	if (status != UM_OK) {
		if (mem != remote->mem)
			close_if_open(mem);
		close_if_open(maps);
		close_if_open(pagemap);
		return status;
	}
	remote->mem = mem;
	umi_remote_set(remote, REMOTE_MAPS, maps);
	umi_remote_set(remote, REMOTE_PAGEMAP, pagemap);
	umi_remote_set(remote, REMOTE_TASK, task);
	return UM_OK;
}

/* A thread that has ended has no memory; others of its process may have. */
static enum um_status open_by_another_task(struct um_remote *remote)
{
	void *tasks = umi_tasks_open(umi_remote_get(remote, REMOTE_LEADER));
	enum um_status status = UM_GONE;
	int task;

	while (tasks && status == UM_GONE && (task = umi_tasks_next(tasks)) != 0)
		status = open_files(remote, task);
	if (tasks)
		umi_tasks_close(tasks);
	return status;
}

static enum um_status open_parts(struct um_remote *remote)
{
	enum um_status status = open_pidfd(remote);
	char path[32];

	if (status != UM_OK)
		return status;
	status = open_files(remote, remote->pid);
	if (status == UM_GONE)
		status = open_by_another_task(remote);
	/* Whoever has the number by now is not who was meant. */
	if (ended(remote->pidfd))
		return UM_GONE;
	/* It is there, but /proc does not show it to us. */
	snprintf(path, sizeof path, "/proc/%d", remote->pid);
	return status == UM_GONE && remote->pidfd >= 0 && access(path, F_OK) != 0 ? UM_REFUSED : status;
}

enum um_status um_remote_open(struct um_remote *remote, int pid, unsigned flags)
{
	return um_remote_adopt(remote, pid, -1, -1, flags);
}

enum um_status um_remote_adopt(struct um_remote *remote, int pid, int pidfd, int mem, unsigned flags)
{
	enum um_status status;

	if (pid <= 0 || flags & ~(unsigned)UM_REMOTE_HELD)
		return UM_INVALID;
	*remote = (struct um_remote){
		.space = { .ops = &remote_ops, .first = { 0 }, .last = { UINT64_MAX }, .can = UM_CAN_WRITE | UM_CAN_PERMS },
		.pid = pid, .pidfd = pidfd, .mem = mem, .flags = flags,
	};
	umi_remote_set(remote, REMOTE_MAPS, -1);
	umi_remote_set(remote, REMOTE_PAGEMAP, -1);
	/* First, while there are descriptors left: a promise must not depend on how many. */
	remote->space.can |= file_ignores_protections() ? (unsigned)UM_CAN_IGNORE_PERMS : 0;
	status = open_parts(remote);
	if (status == UM_OK) {
		remote->space.can |= umi_remote_get(remote, REMOTE_MAPS) >= 0 ? (unsigned)UM_CAN_CHECK : 0;
		return UM_OK;
	}
	remote->pidfd = pidfd >= 0 ? -1 : remote->pidfd;
	remote->mem = mem >= 0 ? -1 : remote->mem;
	close_remote(&remote->space);
	return status;
}
