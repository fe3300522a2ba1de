/* Sets of system calls, as -e names them. */
#include "trace.h"
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

const char *call_name(uint64_t nr)
{
	static char *names[CALL_NUMBERS];
	static bool asked[CALL_NUMBERS];

	if (nr >= CALL_NUMBERS)
		return NULL;
	if (!asked[nr])
		names[nr] = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, (int)nr);
	asked[nr] = true;
	return names[nr];
}

bool call_set_has(const struct call_set *set, uint64_t nr)
{
	return nr < CALL_NUMBERS ? set->in[nr] : set->others;
}

static void put_all(struct call_set *set, bool in)
{
	memset(set->in, in, sizeof set->in);
	set->others = in;
}

/* Is there an argument of this kind? */
static bool takes(uint64_t nr, kind_fn *show)
{
	const struct call *call = call_find(nr);

	for (unsigned i = 0; call && i < call->count; i++)
		if (call->args[i].show == show)
			return true;
	return false;
}

static const unsigned short network[] = {
	SYS_socket, SYS_socketpair, SYS_bind, SYS_connect, SYS_listen, SYS_accept, SYS_accept4, SYS_getsockname, SYS_getpeername, SYS_sendto, SYS_recvfrom,
	SYS_sendmsg, SYS_recvmsg, SYS_sendmmsg, SYS_recvmmsg, SYS_shutdown, SYS_setsockopt, SYS_getsockopt, 0,
};
static const unsigned short memory[] = {
	SYS_mmap, SYS_munmap, SYS_mprotect, SYS_pkey_mprotect, SYS_brk, SYS_mremap, SYS_msync, SYS_mincore, SYS_madvise, SYS_process_madvise, SYS_mlock, SYS_mlock2,
	SYS_munlock, SYS_mlockall, SYS_munlockall, SYS_remap_file_pages, SYS_shmat, SYS_shmdt, SYS_mbind, SYS_set_mempolicy, SYS_get_mempolicy, SYS_move_pages, SYS_migrate_pages, 0,
};
static const unsigned short process[] = {
	SYS_clone, SYS_clone3, SYS_execve, SYS_execveat, SYS_exit, SYS_exit_group, SYS_wait4, SYS_waitid, SYS_kill, SYS_tkill, SYS_tgkill,
	SYS_rt_sigqueueinfo, SYS_rt_tgsigqueueinfo, SYS_pidfd_open, SYS_pidfd_send_signal, SYS_unshare, SYS_setns,
#ifdef SYS_fork
	SYS_fork, SYS_vfork,
#endif
	0,
};
static const unsigned short signals[] = {
	SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigpending, SYS_rt_sigsuspend, SYS_rt_sigtimedwait, SYS_rt_sigqueueinfo, SYS_rt_tgsigqueueinfo, SYS_rt_sigreturn, SYS_sigaltstack,
	SYS_kill, SYS_tkill, SYS_tgkill, SYS_signalfd4, SYS_pidfd_send_signal,
#ifdef SYS_pause
	SYS_pause, SYS_signalfd,
#endif
	0,
};

/* A group is a list of calls, which end with 0 (a call that is in none), or those with an argument of some kind. */
static const struct group {
	const char *name;
	const unsigned short *calls;
	kind_fn *takes;
} groups[] = {
	{ "%file", NULL, kind_path }, { "%desc", NULL, kind_fd }, { "%network", network, NULL }, { "%memory", memory, NULL },
	{ "%process", process, NULL }, { "%signal", signals, NULL },
};
enum { GROUP_COUNT = sizeof groups / sizeof groups[0] };

static void put_group(struct call_set *set, const struct group *group, bool in)
{
	for (uint64_t nr = 0; group->takes && nr < CALL_NUMBERS; nr++)
		if (takes(nr, group->takes))
			set->in[nr] = in;
	for (const unsigned short *nr = group->calls; nr && *nr; nr++)
		set->in[*nr] = in;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Letters to change, drop or add. */
static size_t distance(const char *a, const char *b)
{
	enum { LONGEST = 40 };
	size_t row[LONGEST + 1], la = strlen(a), lb = strlen(b);

	if (la > LONGEST || lb > LONGEST)
		return SIZE_MAX;
	for (size_t j = 0; j <= lb; j++)
		row[j] = j;
	for (size_t i = 1; i <= la; i++) {
		size_t corner = row[0];

		row[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			size_t above = row[j], best = least(least(above, row[j - 1]) + 1, corner + (a[i - 1] != b[j - 1]));

			corner = above;
			row[j] = best;
		}
	}
	return row[lb];
}

static bool unknown(const char *name)
{
	const char *nearest = NULL;
	size_t best = SIZE_MAX;

	if (name[0] == '%')
		return complain(0, "the groups are %file, %desc, %network, %memory, %process and %signal", "-e: there is no group '%s'", name), false;
	for (uint64_t nr = 0; nr < CALL_NUMBERS; nr++) {
		size_t d = call_name(nr) ? distance(name, call_name(nr)) : SIZE_MAX;

		if (d < best) {
			best = d;
			nearest = call_name(nr);
		}
	}
	if (best < 3) {
		char remedy[64];

		snprintf(remedy, sizeof remedy, "did you mean '%s'?", nearest);
		return complain(0, remedy, "-e: there is no system call '%s'", name), false;
	}
	return complain(0, "'man syscalls' lists them", "-e: there is no system call '%s'", name), false;
}

static bool put_name(struct call_set *set, const char *name, bool in)
{
	int nr;

	if (strcmp(name, "all") == 0) {
		put_all(set, in);
		return true;
	}
	for (size_t i = 0; i < GROUP_COUNT; i++) {
		if (strcmp(name, groups[i].name) == 0) {
			put_group(set, &groups[i], in);
			return true;
		}
	}
	nr = seccomp_syscall_resolve_name_arch(SCMP_ARCH_NATIVE, name);
	if (nr < 0 || nr >= CALL_NUMBERS)
		return unknown(name);
	set->in[nr] = in;
	return true;
}

bool call_set_parse(struct call_set *set, const char *text)
{
	bool without = *text == '!', good = true;
	char *copy = strdup(text + without), *rest = copy, *name;

	if (!copy)
		return complain(0, "close other programs", "no memory"), false;
	put_all(set, without);
	while (good && (name = strsep(&rest, ",")))
		good = *name ? put_name(set, name, !without) : (complain(0, "name system calls or groups, as in -e openat,%network", "-e: a name is missing in '%s'", text), false);
	free(copy);
	return good;
}
