/* The calls, and of what kind their arguments are; arguments.c has the kinds. */
#include "fuzz.h"

/* Not among them: what makes a program or ends one, which is child.c's. */
static const struct {
	uint16_t number;
	char kinds[7];
} calls[] = {
	{ SYS_read, "fan" },
	{ SYS_write, "fan" },
	{ SYS_pread64, "fano" },
	{ SYS_pwrite64, "fano" },
	{ SYS_readv, "fvc" },
	{ SYS_writev, "fvc" },
	{ SYS_preadv, "fvcoz" },
	{ SYS_pwritev, "fvcoz" },
	{ SYS_lseek, "foL" },
	{ SYS_ftruncate, "fo" },
	{ SYS_close, "f" },
	{ SYS_dup, "f" },
	{ SYS_dup3, "ffO" },
	{ SYS_fcntl, "fkf" },
	{ SYS_ioctl, "fKa" },
	{ SYS_openat, "dpOm" },
	{ SYS_openat2, "dphH" },
	{ SYS_mkdirat, "dpm" },
	{ SYS_unlinkat, "dpA" },
	{ SYS_umask, "m" },
	{ SYS_chdir, "p" },
	{ SYS_fstat, "fa" },
	{ SYS_newfstatat, "dpaA" },
	{ SYS_faccessat, "dpe" },
	{ SYS_readlinkat, "dpan" },
	{ SYS_getdents64, "fan" },
	{ SYS_getcwd, "an" },
	{ SYS_pipe2, "aO" },
	{ SYS_ppoll, "qets8" },
	{ SYS_mmap, "rlPMfo" },
	{ SYS_mmap, "rlPMfo" },
	{ SYS_munmap, "rl" },
	{ SYS_mprotect, "rlP" },
	{ SYS_brk, "b" },
	{ SYS_wait4, "iawa" },
	{ SYS_getpid, "" },
	{ SYS_gettid, "" },
	{ SYS_getppid, "" },
	{ SYS_set_tid_address, "a" },
	{ SYS_setpgid, "jj" },
	{ SYS_getpgid, "i" },
	{ SYS_getsid, "i" },
	{ SYS_setsid, "" },
	{ SYS_rt_sigaction, "gSa8" },
	{ SYS_rt_sigprocmask, "esa8" },
	{ SYS_rt_sigsuspend, "s8" },
	{ SYS_kill, "ig" },
	{ SYS_tkill, "ig" },
	{ SYS_tgkill, "iig" },
	{ SYS_futex, "xFetxe" },
	{ SYS_futex, "xFetxe" },
	{ SYS_clock_gettime, "ea" },
	{ SYS_clock_getres, "ea" },
	{ SYS_nanosleep, "ta" },
	{ SYS_clock_nanosleep, "eeta" },
	{ SYS_gettimeofday, "aa" },
	{ SYS_getrandom, "ane" },
	{ SYS_uname, "a" },
	{ SYS_sysinfo, "a" },
	{ SYS_getrusage, "ea" },
	{ SYS_prlimit64, "ieRa" },
	{ SYS_prctl, "ya" },
	{ SYS_sched_yield, "" },
	{ SYS_reboot, "eee" },
	{ SYS_getuid, "" },
	{ SYS_sched_setattr, "iDe" },
	{ SYS_sched_getattr, "iane" },
	{ SYS_process_vm_readv, "ivcvcx" },
	{ SYS_process_vm_readv, "ivcvc" },
	{ SYS_process_vm_writev, "ivcvc" },
#ifdef SYS_open
	{ SYS_open, "pOm" },
	{ SYS_mkdir, "pm" },
	{ SYS_rmdir, "p" },
	{ SYS_unlink, "p" },
	{ SYS_stat, "pa" },
	{ SYS_lstat, "pa" },
	{ SYS_access, "pe" },
	{ SYS_readlink, "pan" },
	{ SYS_dup2, "ff" },
	{ SYS_pipe, "a" },
	{ SYS_poll, "qee" },
	{ SYS_time, "a" },
	{ SYS_getpgrp, "" },
	{ SYS_arch_prctl, "Ta" },
#endif
};

enum { COUNT = sizeof calls / sizeof calls[0], NUMBERS = 460 };

/* Beyond those that Linux has, too. */
static void unknown_call(struct dice *dice)
{
	uint64_t number = NUMBERS + (one_in(dice, 2) ? below(dice, 100) : roll(dice) << 16), arguments[6];

	for (int i = 0; i < 6; i++)
		arguments[i] = any_value(dice);
	call(number, arguments);
}

void random_call(struct dice *dice)
{
	uint64_t arguments[6] = { 0 };
	size_t which = below(dice, COUNT + 1);

	if (which == COUNT) {
		unknown_call(dice);
		return;
	}
	for (int i = 0; calls[which].kinds[i] != '\0'; i++)
		arguments[i] = argument(dice, calls[which].kinds[i]);
	call(calls[which].number, arguments);
}
