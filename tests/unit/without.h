/*
 * A host that lacks a call, as older ones do: played by a filter for as long as this process lives, unless it lacks it anyway.
 */
#ifndef TESTS_WITHOUT_H
#define TESTS_WITHOUT_H

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "host.h"

/* PROCMAP_QUERY of linux/fs.h, which older headers lack: a question of size 0 is refused, not unknown. */
static inline bool host_tells_mappings_one_by_one(void)
{
	char question[104] = "";
	int maps = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	bool unknown = ioctl(maps, _IOC(_IOC_READ | _IOC_WRITE, 'f', 17, sizeof question), question) == -1 && errno != EINVAL;

	close(maps);
	return !unknown;
}

/* Mappings are told by their text alone and, where that is asked for, data moves by the file alone.  False: it cannot be played. */
static inline bool without_calls(bool by_file)
{
	scmp_filter_ctx filter;
	bool done;

	if (!host_tells_mappings_one_by_one() && !(by_file && host_moves_between_processes()))
		return true;
	filter = seccomp_init(SCMP_ACT_ALLOW);
	done = filter && seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOTTY), SCMP_SYS(ioctl), 0) == 0;
	if (by_file)
		done = done && seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(process_vm_readv), 0) == 0 &&
		       seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(process_vm_writev), 0) == 0;
	done = done && seccomp_load(filter) == 0;
	seccomp_release(filter);
	return done;
}

#endif
