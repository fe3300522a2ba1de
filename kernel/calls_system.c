/* System calls that ask about the system, or tell it something that it takes note of. */
#include <linux/errno.h>
#include <linux/prctl.h>
#include <linux/random.h>
#include <linux/reboot.h>
#include <linux/resource.h>
#include <linux/sysinfo.h>
#include <linux/utsname.h>
#include <asm/unistd.h>
#include <usermem/cursor.h>
#include <usermem/ptr.h>
#include "memory.h"
#include "process.h"
#include "syscall.h"
#ifdef __x86_64__
#include <asm/prctl.h>
#endif

enum { RANDOM_PIECE = 256 };

UM_DEFINE_PTR_OUT(rlimit_ptr, struct rlimit64, rlim_cur, rlim_max);
UM_DEFINE_PTR_OUT(utsname_ptr, struct new_utsname, sysname, nodename, release, version, machine, domainname);

/* ---------------------------------------------------------------- random bytes */

static uint64_t random_state;

void random_init(uint64_t seed)
{
	random_state = seed ^ arch_time();
}

/* SplitMix64: for programs that want numbers that differ, not secrets. */
static uint64_t random_word(void)
{
	uint64_t z = random_state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

void random_bytes(void *to, size_t n)
{
	uint64_t word;
	size_t piece;

	for (; n > 0; n -= piece, to = (char *)to + piece) {
		word = random_word();
		piece = n < sizeof word ? n : sizeof word;
		__builtin_memcpy(to, &word, piece);
	}
}

static long call_getrandom(const uint64_t *a)
{
	struct um_slice slice = um_slice_of(user(), um_addr_of(a[0]), a[1] < INT32_MAX ? a[1] : INT32_MAX, 0);
	struct um_writer writer;
	struct um_result result;
	char piece[RANDOM_PIECE];
	size_t done = 0;

	if ((a[2] & ~(uint64_t)(GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE)) || (a[2] & (GRND_RANDOM | GRND_INSECURE)) == (GRND_RANDOM | GRND_INSECURE))
		return -EINVAL;
	if (um_check(user(), (struct um_range){ um_addr_of(a[0]), slice.ranges.length }, 0, 0).status != UM_OK)
		return -EFAULT;
	writer = um_slice_writer(&slice);
	do {
		random_bytes(piece, sizeof piece);
		result = um_write_some(&writer, piece, sizeof piece);
		done += result.done;
	} while (result.status == UM_OK && um_writer_left(&writer) > 0 && thread_go_on());
	result.done = done;
	return done_or_failed(result);
}

/* ---------------------------------------------------------------- questions */

static long call_uname(const uint64_t *a)
{
	static const struct new_utsname name = {
		.sysname = "Linux", /* what programs expect behind this system call interface */
		.nodename = "usermem",
		.release = "6.1.0-usermem",
		.version = "reference kernel",
		.machine = ARCH_MACHINE,
		.domainname = "(none)",
	};

	return failed(um_put(user(), um_ptr_of(utsname_ptr, um_addr_of(a[0])), &name, 0).status);
}

static long call_zero(const uint64_t *a)
{
	(void)a;
	return 0;
}

static long call_sysinfo(const uint64_t *a)
{
	struct sysinfo info;

	__builtin_memset(&info, 0, sizeof info);
	info.uptime = (long)(arch_time() / 1000000000);
	info.totalram = pages_total() * PAGE;
	info.freeram = pages_free() * PAGE;
	info.procs = (unsigned short)process_count();
	info.mem_unit = 1;
	return failed(um_copy_out(user(), um_addr_of(a[0]), &info, sizeof info, 0).status);
}

static long call_getrusage(const uint64_t *a)
{
	static const struct rusage usage;
	int who = (int)a[0];

	if (who != RUSAGE_SELF && who != RUSAGE_CHILDREN && who != RUSAGE_THREAD)
		return -EINVAL;
	return failed(um_copy_out(user(), um_addr_of(a[1]), &usage, sizeof usage, 0).status);
}

static long call_prlimit64(const uint64_t *a)
{
	struct process *process = (int)a[0] == 0 ? current->process : process_find((int)a[0]);
	struct rlimit64 before, wanted;
	struct um_result result;

	if (a[2] != 0) {
		result = um_get(user(), um_ptr_of(rlimit_ptr, um_addr_of(a[2])), &wanted, 0);
		if (result.status != UM_OK)
			return failed(result.status);
	}
	if (!process)
		return -ESRCH;
	if (a[1] >= RLIM_NLIMITS || (a[2] != 0 && wanted.rlim_cur > wanted.rlim_max))
		return -EINVAL;
	before = process->limits[a[1]];
	if (a[2] != 0)
		process->limits[a[1]] = wanted;
	return a[3] == 0 ? 0 : failed(um_put(user(), um_ptr_of(rlimit_ptr, um_addr_of(a[3])), &before, 0).status);
}

/* ---------------------------------------------------------------- what a program says of itself */

static long call_prctl(const uint64_t *a)
{
	struct process *process = current->process;
	char name[sizeof process->name];
	struct um_result result;
	struct um_reader reader;
	struct um_slice slice;

	switch ((int)a[0]) {
	case PR_SET_NAME: /* one byte less than there is room for is looked at */
		slice = um_slice_of(user(), um_addr_of(a[1]), sizeof name - 1, 0);
		reader = um_slice_reader(&slice);
		result = um_read_string(&reader, name, sizeof name);
		if (result.status != UM_OK && result.status != UM_WINDOW)
			return failed(result.status);
		__builtin_memset(process->name, 0, sizeof process->name);
		__builtin_memcpy(process->name, name, result.done);
		return 0;
	case PR_GET_NAME:
		return failed(um_copy_out(user(), um_addr_of(a[1]), process->name, sizeof process->name, 0).status);
	default:
		return -EINVAL;
	}
}

#ifdef __x86_64__
static long call_arch_prctl(const uint64_t *a)
{
	uint64_t base = arch_tls(&current->context);

	if ((int)a[0] == ARCH_GET_FS)
		return put_word(um_addr_of(a[1]), &base, sizeof base);
	if ((int)a[0] != ARCH_SET_FS)
		return -EINVAL;
	if (a[1] > ARCH_USER_LAST)
		return -EPERM;
	arch_set_tls(current->frame, &current->context, a[1]);
	return 0;
}
#endif

static long call_sched_yield(const uint64_t *a)
{
	(void)a;
	thread_yield();
	return 0;
}

static long call_reboot(const uint64_t *a)
{
	if ((uint32_t)a[0] != LINUX_REBOOT_MAGIC1 || (uint32_t)a[1] != LINUX_REBOOT_MAGIC2)
		return -EINVAL;
	switch ((uint32_t)a[2]) {
	case LINUX_REBOOT_CMD_RESTART:
	case LINUX_REBOOT_CMD_HALT:
	case LINUX_REBOOT_CMD_POWER_OFF:
		arch_off(ARCH_OFF_WELL);
	case LINUX_REBOOT_CMD_CAD_ON:
	case LINUX_REBOOT_CMD_CAD_OFF:
		return 0;
	default:
		return -EINVAL;
	}
}

static const struct syscall calls[] = {
	{ __NR_getrandom, call_getrandom },
	{ __NR_uname, call_uname },
	{ __NR_sysinfo, call_sysinfo },
	{ __NR_getrusage, call_getrusage },
	{ __NR_prlimit64, call_prlimit64 },
	{ __NR_prctl, call_prctl },
	{ __NR_sched_yield, call_sched_yield },
	{ __NR_reboot, call_reboot },
	{ __NR_getuid, call_zero },
	{ __NR_geteuid, call_zero },
	{ __NR_getgid, call_zero },
	{ __NR_getegid, call_zero },
#ifdef __x86_64__
	{ __NR_arch_prctl, call_arch_prctl },
#endif
};
const struct syscall_table calls_system = SYSCALL_TABLE(calls);
