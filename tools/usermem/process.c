/* The process that a command is about, and why it cannot be touched. */
#include "process.h"
#include <stdio.h>
#include <string.h>

struct refusal {
	const char *why, *remedy;
};

static const struct refusal refusals[] = {
	[UM_REFUSAL_NONE] = { "the host refused it a moment ago and would not now", "try again" },
	[UM_REFUSAL_YAMA] = { "kernel.yama.ptrace_scope forbids it", "run as root, or: sudo sysctl kernel.yama.ptrace_scope=0" },
	[UM_REFUSAL_OTHER_USER] = { "it runs as another user", "run as that user, or as root" },
	[UM_REFUSAL_NOT_DUMPABLE] = { "it made itself undumpable, as set-uid programs and key holders do", "run as root" },
	[UM_REFUSAL_NAMESPACE] = { "its user namespace is not ours nor below ours", "run outside of the container, as root" },
	[UM_REFUSAL_OTHER] = { "a rule of the host forbids it", "'usermem doctor PID' tells what it can find out" },
};

int process_complain(int pid, enum um_status status)
{
	const struct refusal *refusal;

	switch (status) {
	case UM_GONE:
		return complain(STATUS_GONE, "'ps' lists those there are",
		                "process %d: it does not exist (any more), or has no memory (a zombie, a kernel thread)", pid);
	case UM_REFUSED:
		refusal = &refusals[um_remote_refusal(pid)];
		return complain(STATUS_REFUSED, refusal->remedy, "process %d cannot be touched: %s", pid, refusal->why);
	case UM_UNSUPPORTED:
		return complain(STATUS_REFUSED, "'usermem doctor PID' tells what works", "process %d: the host has no means for that", pid);
	default:
		return complain(STATUS_PARTLY, "try again", "process %d: %s", pid, um_status_text(status));
	}
}

int process_open(struct um_remote *remote, int pid)
{
	enum um_status status = um_remote_open(remote, pid, 0);

	return status == UM_OK ? STATUS_ALL : process_complain(pid, status);
}

bool process_field(int pid, const char *name, char *value, size_t size)
{
	char file_name[32], line[512];
	size_t length = strlen(name);
	bool found = false;
	FILE *file;

	value[0] = '\0';
	snprintf(file_name, sizeof file_name, "/proc/%d/status", pid);
	file = fopen(file_name, "re");
	while (file && !found && fgets(line, sizeof line, file)) {
		found = strncmp(line, name, length) == 0 && line[length] == ':';
		if (found)
			snprintf(value, size, "%.*s", (int)strcspn(line + length + 2, "\n"), line + length + 2);
	}
	if (file)
		fclose(file);
	return found;
}

bool thread_has_ended(pid_t tid)
{
	char state[80];

	return !process_field(tid, "State", state, sizeof state) || state[0] == 'Z' || state[0] == 'X';
}
