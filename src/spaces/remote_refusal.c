/* Why the host does not let us touch a process; the contract is in remote.h. */
#include "spaces/remote_refusal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CAP_SYS_PTRACE = 19, OVERFLOW_ID = 65534 /* how a user without a number of ours is shown */ };

/* As /proc/PID/status shows a task. */
struct credentials {
	unsigned uids[3], gids[3]; /* real, effective, saved */
	unsigned long permitted, effective;
};

static bool read_credentials(const char *path, struct credentials *of)
{
	char line[256];
	unsigned got = 0;
	FILE *status = fopen(path, "re");

	if (!status)
		return false;
	while (fgets(line, sizeof line, status)) {
		got |= sscanf(line, "Uid: %u %u %u", &of->uids[0], &of->uids[1], &of->uids[2]) == 3 ? 1u : 0;
		got |= sscanf(line, "Gid: %u %u %u", &of->gids[0], &of->gids[1], &of->gids[2]) == 3 ? 2u : 0;
		got |= sscanf(line, "CapPrm: %lx", &of->permitted) == 1 ? 4u : 0;
		got |= sscanf(line, "CapEff: %lx", &of->effective) == 1 ? 8u : 0;
	}
	fclose(status);
	return got == 15;
}

static size_t read_start(const char *path, char *text, size_t room)
{
	int file = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = file < 0 ? -1 : read(file, text, room);

	if (file >= 0)
		close(file);
	return got > 0 ? (size_t)got : 0;
}

int umi_yama_scope(const char *path)
{
	char text[16] = "";

	return read_start(path, text, sizeof text - 1) == 0 ? 0 : atoi(text);
}

/* The link below /proc/PID/ns is shown only to those who may look; the map is shown to all, seen from our side. */
static bool same_namespace(int pid)
{
	char path[32], ours[512], its[512];
	size_t our_length = read_start("/proc/self/uid_map", ours, sizeof ours), its_length;

	snprintf(path, sizeof path, "/proc/%d/uid_map", pid);
	its_length = read_start(path, its, sizeof its);
	return its_length == 0 || (its_length == our_length && memcmp(ours, its, its_length) == 0);
}

/* The host gives the files of an undumpable process to root. */
static bool dumpable(int pid, unsigned user)
{
	char path[32];
	struct stat mem;

	snprintf(path, sizeof path, "/proc/%d/mem", pid);
	return stat(path, &mem) != 0 || mem.st_uid == user;
}

static bool all_are(const unsigned ids[3], unsigned id)
{
	return ids[0] == id && ids[1] == id && ids[2] == id;
}

bool umi_refusal_look(int pid, struct umi_refusal_facts *facts)
{
	struct credentials ours, its;
	char path[32];

	snprintf(path, sizeof path, "/proc/%d/status", pid);
	if (!read_credentials("/proc/thread-self/status", &ours) || !read_credentials(path, &its))
		return false;
	facts->capable = ours.effective >> CAP_SYS_PTRACE & 1;
	facts->other_user = !all_are(its.uids, ours.uids[1]) || !all_are(its.gids, ours.gids[1]);
	facts->nameless = its.uids[1] == OVERFLOW_ID;
	facts->other_namespace = !same_namespace(pid);
	facts->undumpable = !dumpable(pid, its.uids[1]);
	facts->mightier = its.permitted & ~ours.effective;
	facts->yama = umi_yama_scope("/proc/sys/kernel/yama/ptrace_scope");
	return true;
}

/* In the order in which the host asks, __ptrace_may_access() and then its security modules. */
enum um_refusal umi_refusal_judge(const struct umi_refusal_facts *facts)
{
	if (facts->yama >= 3)
		return UM_REFUSAL_YAMA;
	if (facts->other_user && !facts->capable && !(facts->other_namespace && facts->nameless))
		return UM_REFUSAL_OTHER_USER;
	if (facts->other_namespace)
		return UM_REFUSAL_NAMESPACE;
	if (facts->capable)
		return UM_REFUSAL_OTHER;
	if (facts->undumpable)
		return UM_REFUSAL_NOT_DUMPABLE;
	if (facts->mightier)
		return UM_REFUSAL_OTHER;
	return facts->yama > 0 ? UM_REFUSAL_YAMA : UM_REFUSAL_OTHER;
}

enum um_refusal um_remote_refusal(int pid)
{
	struct umi_refusal_facts facts;
	char path[32];
	int mem;

	if (pid <= 0)
		return UM_REFUSAL_NONE;
	snprintf(path, sizeof path, "/proc/%d/mem", pid);
	mem = open(path, O_RDONLY | O_CLOEXEC);
	if (mem >= 0) {
		close(mem);
		return UM_REFUSAL_NONE;
	}
	if (errno != EACCES && errno != EPERM) /* there is no such process, or /proc hides it */
		return access(path, F_OK) != 0 && (kill(pid, 0) == 0 || errno == EPERM) ? UM_REFUSAL_OTHER : UM_REFUSAL_NONE;
	return umi_refusal_look(pid, &facts) ? umi_refusal_judge(&facts) : UM_REFUSAL_OTHER;
}
