/* Whose memory it is: what ends an address space, what does not, and through whom it is reached. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <usermem/spaces/remote.h>
#include "spaces/remote_parts.h"
#include "apart.h"
#include "host.h"
#include "target.h"
#include "without.h"

enum { PAGE = 4096 };

static const char *program;
static unsigned char *page; /* shared with every child but those that exec */
static pid_t *told;         /* by a child: behind the page */

static um_addr addr(size_t offset)
{
	return um_addr_of((uint64_t)(uintptr_t)page + offset);
}

static int set_up(void **state)
{
	(void)state;
	page = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		return -1;
	memset(page, 'o', PAGE);
	told = (pid_t *)(void *)(page + PAGE);
	return 0;
}

static void stay(int socket, void *context)
{
	(void)context;
	for (;;)
		target_ready(socket);
}

static unsigned open_descriptors(void)
{
	DIR *all = opendir("/proc/self/fd");
	unsigned count = 0;

	while (readdir(all))
		count++;
	closedir(all);
	return count;
}

/* Is it answered, byte for byte, by every kind of call? */
static int is_there(struct um_remote *remote)
{
	struct um_range parts[2] = { { addr(5), 3 }, { addr(9), 4 } };
	unsigned char bytes[16] = { 0 };
	struct um_result result = um_copy_in(&remote->space, bytes, addr(1), 16, 0);

	CHECK(result.status == UM_OK && result.done == 16 && bytes[0] == 'o' && bytes[15] == 'o');
	result = um_copy_in_ranges(&remote->space, bytes, 16, um_ranges_from(parts, 2), 0);
	CHECK(result.status == UM_OK && result.done == 7);
	result = um_copy_out(&remote->space, addr(2), "o", 1, 0);
	CHECK(result.status == UM_OK && result.done == 1);
	result = um_fill(&remote->space, addr(2), 'o', 3, 0);
	CHECK(result.status == UM_OK && result.done == 3);
	result = um_copy_string_in(&remote->space, (char *)bytes, addr(2), 5, 0);
	CHECK(result.status == UM_TOO_LONG && result.done == 4 && strcmp((char *)bytes, "oooo") == 0);
	result = um_check(&remote->space, (struct um_range){ addr(0), PAGE }, UM_READ, 0);
	CHECK(result.status == UM_OK && result.done == PAGE);
	return 0;
}

static int is(struct um_result result, enum um_status status)
{
	return result.status == status && result.done == 0;
}

/* UM_GONE, and done 0, from every kind of call; law 4 all the same. */
static int is_gone(struct um_remote *remote)
{
	struct um_range parts[2] = { { addr(5), 3 }, { addr(9), 4 } };
	char bytes[16] = "xx";

	CHECK(is(um_copy_in(&remote->space, bytes, addr(0), 16, 0), UM_GONE));
	CHECK(is(um_copy_in(&remote->space, bytes, um_addr_of(64), 16, 0), UM_GONE));
	CHECK(is(um_copy_out(&remote->space, addr(0), bytes, 16, 0), UM_GONE));
	CHECK(is(um_fill(&remote->space, addr(0), 1, 16, 0), UM_GONE));
	CHECK(is(um_copy_in_ranges(&remote->space, bytes, 16, um_ranges_from(parts, 2), 0), UM_GONE));
	CHECK(is(um_copy_out_ranges(&remote->space, um_ranges_from(parts, 2), bytes, 16, 0), UM_GONE));
	CHECK(is(um_copy_in(&remote->space, bytes, addr(0), 16, UM_IGNORE_PERMS), UM_GONE));
	CHECK(is(um_copy_out(&remote->space, addr(0), bytes, 16, UM_IGNORE_PERMS), UM_GONE));
	CHECK(is(um_check(&remote->space, (struct um_range){ addr(0), 4 }, UM_READ, 0), UM_GONE));
	bytes[0] = 'x';
	CHECK(is(um_copy_string_in(&remote->space, bytes, addr(0), 16, 0), UM_GONE));
	CHECK(bytes[0] == '\0');
	CHECK(is(um_copy_in(&remote->space, bytes, addr(0), 0, 0), UM_OK));
	CHECK(is(um_fill(&remote->space, addr(0), 1, 0, 0), UM_OK));
	return 0;
}

static void nonsense_is_invalid(void **state)
{
	struct um_remote remote;
	unsigned before = open_descriptors();

	(void)state;
	assert_int_equal(um_remote_open(&remote, 0, 0), UM_INVALID);
	assert_int_equal(um_remote_open(&remote, -1, 0), UM_INVALID);
	assert_int_equal(um_remote_open(&remote, INT_MIN, 0), UM_INVALID);
	assert_int_equal(um_remote_open(&remote, getpid(), 2), UM_INVALID);
	assert_int_equal(um_remote_open(&remote, INT_MAX, 0), UM_GONE);
	assert_int_equal(um_remote_open(&remote, 2, 0), UM_GONE); /* a thread of the kernel; or nobody, in a namespace */
	assert_int_equal(um_remote_refusal(INT_MAX), UM_REFUSAL_NONE);
	assert_int_equal(um_remote_refusal(-1), UM_REFUSAL_NONE);
	assert_int_equal(open_descriptors(), before);
}

/* Ways: the host's calls, those without a pagemap to ask, those held, the file. */
enum { BY_CALL, NO_PAGEMAP, HELD, BY_FILE, WAYS };

static enum um_status open_way(struct um_remote *remote, pid_t pid, int way)
{
	enum um_status status = um_remote_open(remote, pid, way == HELD ? UM_REMOTE_HELD : 0);

	if (status == UM_OK && way == BY_FILE)
		umi_remote_set(remote, REMOTE_BY_FILE, 1);
	if (status == UM_OK && way == NO_PAGEMAP) {
		close(umi_remote_get(remote, REMOTE_PAGEMAP));
		umi_remote_set(remote, REMOTE_PAGEMAP, -1);
	}
	return status;
}

static void who_ends_is_gone(void **state)
{
	unsigned before = open_descriptors();
	int way;

	(void)state;
	for (way = 0; way < WAYS; way++) {
		struct um_remote remote, late;
		struct target target;

		assert_true(target_start(&target, stay, NULL));
		assert_int_equal(open_way(&remote, target.pid, way), UM_OK);
		assert_int_equal(is_there(&remote), 0);
		target_kill(&target, false);
		assert_int_equal(is_gone(&remote), 0);
		assert_int_equal(um_remote_open(&late, target.pid, 0), UM_GONE);
		target_end(&target);
		assert_int_equal(is_gone(&remote), 0);
		assert_int_equal(um_remote_open(&late, target.pid, 0), UM_GONE);
		um_close(&remote.space);
	}
	assert_int_equal(open_descriptors(), before);
}

/* ---------------------------------------------------------------- exec */

enum { WORDS = 16 };

/* By what programs are run here: an emulator's host may know no way to start one of this machine.  Returns if it fails. */
static void become(const char *what, const char *at, const char *descriptor)
{
	const char *emulator = getenv("EMULATOR"), *ours[] = { program, what, at, descriptor };
	char text[256], *words[WORDS + 5] = { 0 }, *word;
	size_t count = 0, i;

	snprintf(text, sizeof text, "%s", emulator ? emulator : "");
	for (word = strtok(text, " "); word && count < WORDS; word = strtok(NULL, " "))
		words[count++] = word;
	for (i = 0; i < 4; i++)
		words[count++] = (char *)(uintptr_t)ours[i];
	execvp(words[0], words);
}

static void try_exec(void)
{
	become("nothing", NULL, NULL);
	_exit(1);
}

static bool host_executes(void)
{
	return host_try(try_exec) == 0;
}

/* The same address in a new image: what a look at the number alone would take for the old one. */
static int new_image(char **argv)
{
	unsigned char *at = mmap((void *)strtoul(argv[2], NULL, 16), PAGE, PROT_READ | PROT_WRITE,
	                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	if (at == MAP_FAILED)
		return 1;
	memset(at, 'n', PAGE);
	stay(atoi(argv[3]), NULL);
	return 0;
}

static void exec_when_told(int socket, void *context)
{
	char at[32], descriptor[16];

	(void)context;
	snprintf(at, sizeof at, "%lx", (unsigned long)addr(0).value);
	snprintf(descriptor, sizeof descriptor, "%d", socket);
	target_ready(socket);
	become("image", at, descriptor);
}

static void who_execs_is_gone(void **state)
{
	int way;

	(void)state;
	NEED_HOST(host_executes(), "this host starts no programs of this machine");
	for (way = 0; way < WAYS; way++) {
		struct um_remote remote, fresh;
		struct target target;
		unsigned char bytes[PAGE];
		size_t i;

		assert_true(target_start(&target, exec_when_told, NULL));
		assert_int_equal(open_way(&remote, target.pid, way), UM_OK);
		assert_int_equal(is_there(&remote), 0);
		assert_true(target_next(&target));
		if (way == HELD && !umi_remote_get(&remote, REMOTE_BY_FILE)) { /* nobody asks, so the new image answers: its holder would have known */
			struct um_result result = um_copy_in(&remote.space, bytes, addr(0), 1, 0);

			assert_true(result.status == UM_OK && bytes[0] == 'n');
		} else {
			assert_int_equal(is_gone(&remote), 0);
		}
		assert_int_equal(um_remote_open(&fresh, target.pid, 0), UM_OK);
		assert_int_equal(um_copy_in(&fresh.space, bytes, addr(0), PAGE, 0).status, UM_OK);
		for (i = 0; i < PAGE; i++)
			assert_true(bytes[i] == 'n'); /* no write for the old image has hit the new one */
		um_close(&fresh.space);
		um_close(&remote.space);
		target_end(&target);
	}
}

/* By the text of the mappings, which is that of the new image: the cause of a failure is still UM_GONE. */
static int exec_seen_without_the_ioctl(void)
{
	struct um_remote remote;
	struct target target;

	CHECK(target_start(&target, exec_when_told, NULL));
	NEED(without_calls(false));
	CHECK(um_remote_open(&remote, target.pid, 0) == UM_OK);
	CHECK(is_there(&remote) == 0);
	CHECK(target_next(&target));
	CHECK(is_gone(&remote) == 0);
	umi_remote_set(&remote, REMOTE_BY_FILE, 1);
	CHECK(is_gone(&remote) == 0);
	target_end(&target);
	return 0;
}

static void an_exec_is_seen_without_the_ioctl(void **state)
{
	(void)state;
	RUN_APART(exec_seen_without_the_ioctl, "seccomp filters");
}

/* ---------------------------------------------------------------- threads */

static char state_of(pid_t thread)
{
	char path[48], text[256], *state;
	FILE *stat;
	size_t got;

	snprintf(path, sizeof path, "/proc/self/task/%d/stat", thread);
	stat = fopen(path, "re");
	if (!stat)
		return 'X';
	got = fread(text, 1, sizeof text - 1, stat);
	fclose(stat);
	text[got] = '\0';
	state = strrchr(text, ')');
	return state ? state[2] : 'X';
}

struct relay {
	int socket;
	pid_t before; /* the thread that ends first */
	_Atomic pid_t self;
};

/* Waits until the one before has ended, then takes over the conversation. */
static void *take_over(void *context)
{
	struct relay *relay = context;
	char state;

	relay->self = (pid_t)syscall(SYS_gettid);
	while ((state = state_of(relay->before)) != 'Z' && state != 'X')
		sched_yield();
	target_ready(relay->socket);
	syscall(SYS_exit, 0);
	return NULL;
}

/* The leader ends, then a thread, then the last one. */
static void end_one_by_one(int socket, void *context)
{
	static struct relay relays[2];
	pthread_t threads[2];
	int i;

	(void)context;
	for (i = 0; i < 2; i++) {
		relays[i].socket = socket;
		relays[i].before = i == 0 ? getpid() : relays[0].self;
		if (pthread_create(&threads[i], NULL, take_over, &relays[i]) != 0)
			_exit(1);
		while (relays[i].self == 0)
			sched_yield();
	}
	told[0] = relays[0].self;
	target_ready(socket);
	syscall(SYS_exit, 0);
}

static void *read_often(void *context)
{
	intptr_t wrong = 0;
	int i;

	for (i = 0; i < 100; i++)
		wrong |= is_there(context);
	return (void *)wrong;
}

static void a_leader_that_ended_is_not_the_end(void **state)
{
	struct um_remote remotes[WAYS], late, by_thread, adopted;
	struct target target;
	pthread_t reader;
	void *wrong;
	int way;

	(void)state;
	assert_true(target_start(&target, end_one_by_one, NULL));
	for (way = 0; way < WAYS; way++)
		assert_int_equal(open_way(&remotes[way], target.pid, way), UM_OK);
	assert_int_equal(um_remote_open(&by_thread, told[0], 0), UM_OK);
	assert_true(target_next(&target)); /* the leader has ended */
	assert_int_equal(pthread_create(&reader, NULL, read_often, &remotes[BY_CALL]), 0);
	wrong = read_often(&remotes[BY_CALL]);
	assert_null(wrong);
	assert_int_equal(pthread_join(reader, &wrong), 0);
	assert_null(wrong);
	for (way = 0; way < WAYS; way++)
		assert_int_equal(is_there(&remotes[way]), 0);
	assert_int_equal(um_remote_open(&late, target.pid, 0), UM_OK);
	assert_int_equal(is_there(&late), 0);
	assert_int_equal(um_remote_adopt(&adopted, target.pid, -1, dup(late.mem), 0), UM_OK);
	assert_int_equal(is_there(&adopted), 0);
	um_close(&adopted.space);
	assert_true(target_next(&target)); /* and the thread that was found instead */
	for (way = 0; way < WAYS; way++)
		assert_int_equal(is_there(&remotes[way]), 0);
	assert_int_equal(is_there(&late), 0);
	assert_int_equal(is_there(&by_thread), 0);
	um_close(&late.space);
	target_end(&target);
	for (way = 0; way < WAYS; way++) {
		assert_int_equal(is_gone(&remotes[way]), 0);
		um_close(&remotes[way].space);
	}
	assert_int_equal(is_gone(&by_thread), 0);
	um_close(&by_thread.space);
}

/* A list that is read as text is read by way of a thread, too. */
static int leader_ended_without_the_ioctl(void)
{
	struct um_remote remote, by_file;
	struct target target;
	char byte;

	CHECK(target_start(&target, end_one_by_one, NULL));
	NEED(without_calls(false));
	CHECK(open_way(&remote, target.pid, BY_CALL) == UM_OK && open_way(&by_file, target.pid, BY_FILE) == UM_OK);
	CHECK(target_next(&target));
	CHECK(is_there(&remote) == 0 && is_there(&by_file) == 0);
	CHECK(is(um_copy_in(&remote.space, &byte, um_addr_of(64), 1, 0), UM_UNMAPPED));
	CHECK(is(um_copy_in(&by_file.space, &byte, um_addr_of(64), 1, 0), UM_UNMAPPED));
	target_end(&target);
	CHECK(is_gone(&remote) == 0 && is_gone(&by_file) == 0);
	return 0;
}

static void a_leader_that_ended_without_the_ioctl(void **state)
{
	(void)state;
	RUN_APART(leader_ended_without_the_ioctl, "seccomp filters");
}

/* Nor is there a call that asks a thread for its memory: its file tells. */
static int leader_ended_by_file_alone(void)
{
	struct um_remote remote, late;
	struct target target;

	CHECK(target_start(&target, end_one_by_one, NULL));
	NEED(without_calls(true));
	CHECK(um_remote_open(&remote, target.pid, 0) == UM_OK);
	CHECK(target_next(&target));
	CHECK(is_there(&remote) == 0);
	CHECK(um_remote_open(&late, target.pid, 0) == UM_OK);
	CHECK(is_there(&late) == 0);
	target_end(&target);
	CHECK(is_gone(&remote) == 0 && is_gone(&late) == 0);
	return 0;
}

static void a_leader_that_ended_is_told_by_the_file_alone(void **state)
{
	(void)state;
	RUN_APART(leader_ended_by_file_alone, "seccomp filters");
}

static int vfork_ready[2];

static void *vfork_and_wait(void *context)
{
	pid_t child = vfork();

	(void)context;
	if (child == 0) {
		pid_t self = getpid();

		if (write(vfork_ready[1], &self, sizeof self) == sizeof self)
			for (;;)
				pause();
		_exit(1);
	}
	waitpid(child, NULL, 0);
	return NULL;
}

/* It shares its memory with us, who live on; its number may be somebody else's any time. */
static void a_vfork_child_that_ends_is_gone(void **state)
{
	struct um_remote remote;
	pthread_t thread;
	pid_t child;
	char byte;

	(void)state;
	assert_int_equal(pipe(vfork_ready), 0);
	assert_int_equal(pthread_create(&thread, NULL, vfork_and_wait, NULL), 0);
	assert_int_equal(read(vfork_ready[0], &child, sizeof child), sizeof child);
	assert_int_equal(um_remote_open(&remote, child, 0), UM_OK);
	assert_int_equal(is_there(&remote), 0);
	kill(child, SIGKILL);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_true(is(um_copy_in(&remote.space, &byte, addr(0), 1, 0), UM_GONE));
	assert_true(is(um_copy_out(&remote.space, addr(0), "o", 1, 0), UM_GONE));
	um_close(&remote.space);
	close(vfork_ready[0]);
	close(vfork_ready[1]);
}

/* ---------------------------------------------------------------- numbers that are used again */

static bool set_last_pid(pid_t pid)
{
	FILE *last = fopen("/proc/sys/kernel/ns_last_pid", "we");
	bool done = last && fprintf(last, "%d", pid) > 0;

	return last && fclose(last) == 0 && done;
}

/* Process 1 of a namespace of its own, where nobody else takes numbers. */
static int reuse_a_number(void)
{
	struct um_remote remotes[2], held, adopted;
	struct target old, young;
	int i, pidfd;

	NEED(mount("none", "/", "none", MS_REC | MS_PRIVATE, "") == 0 && mount("proc", "/proc", "proc", 0, "") == 0);
	CHECK(target_start(&old, stay, NULL));
	CHECK(um_remote_open(&remotes[0], old.pid, 0) == UM_OK && open_way(&remotes[1], old.pid, BY_FILE) == UM_OK);
	for (i = 0; i < 2; i++)
		CHECK(is_there(&remotes[i]) == 0);
	CHECK(open_way(&held, old.pid, HELD) == UM_OK);
	umi_remote_set(&held, REMOTE_TASK, INT_MAX); /* a thread that has ended: another is looked for */
	pidfd = remotes[0].pidfd;
	target_end(&old);
	NEED(set_last_pid(old.pid - 1));
	CHECK(target_start(&young, stay, NULL));
	NEED(young.pid == old.pid);
	for (i = 0; i < 2; i++)
		CHECK(is_gone(&remotes[i]) == 0);
	CHECK(is_gone(&held) == 0);
	CHECK(page[0] == 'o');
	/* A pidfd of the one who had the number, where the mem file is not at hand yet. */
	NEED(pidfd >= 0);
	CHECK(um_remote_adopt(&adopted, young.pid, pidfd, -1, 0) == UM_GONE);
	CHECK(um_remote_adopt(&adopted, young.pid, -1, remotes[0].mem, 0) == UM_GONE);
	CHECK(fcntl(pidfd, F_GETFD) != -1 && fcntl(remotes[0].mem, F_GETFD) != -1);
	return 0;
}

static int in_a_namespace(void)
{
	NEED(unshare(CLONE_NEWPID | CLONE_NEWNS) == 0);
	return run_apart(reuse_a_number);
}

static void a_number_used_again_is_not_the_process(void **state)
{
	(void)state;
	RUN_APART(in_a_namespace, "a process namespace and ns_last_pid");
}

/* ---------------------------------------------------------------- opening */

static void descriptors_that_were_handed_over(void **state)
{
	struct um_remote remote, adopted;
	struct target target;
	unsigned before = open_descriptors();
	int pidfd, mem;

	(void)state;
	assert_true(target_start(&target, stay, NULL));
	assert_int_equal(um_remote_open(&remote, target.pid, 0), UM_OK);
	assert_true(fcntl(remote.mem, F_GETFD) & FD_CLOEXEC);
	assert_true(fcntl(umi_remote_get(&remote, REMOTE_MAPS), F_GETFD) & FD_CLOEXEC);
	assert_true(fcntl(umi_remote_get(&remote, REMOTE_PAGEMAP), F_GETFD) & FD_CLOEXEC);
	assert_true(remote.pidfd < 0 || fcntl(remote.pidfd, F_GETFD) & FD_CLOEXEC);
	pidfd = remote.pidfd < 0 ? -1 : dup(remote.pidfd);
	mem = dup(remote.mem);
	assert_int_equal(um_remote_adopt(&adopted, target.pid, pidfd, mem, 0), UM_OK);
	assert_true(adopted.mem == mem && (pidfd < 0 || adopted.pidfd == pidfd));
	um_close(&remote.space);
	assert_int_equal(is_there(&adopted), 0);
	assert_int_equal(um_remote_adopt(&remote, -1, pidfd, mem, 0), UM_INVALID);
	um_close(&adopted.space);
	assert_int_equal(fcntl(mem, F_GETFD), -1);
	target_end(&target);
	assert_int_equal(open_descriptors(), before);
}

static void running_out_of_descriptors(void **state)
{
	struct um_remote usually;
	struct rlimit usual, tight;
	struct target target;
	unsigned before, room, need, opened = 0, can;

	(void)state;
	assert_true(target_start(&target, stay, NULL));
	assert_int_equal(um_remote_open(&usually, target.pid, 0), UM_OK);
	can = usually.space.can;
	need = usually.pidfd < 0 ? 3 : 4;
	um_close(&usually.space);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &usual), 0);
	before = open_descriptors();
	for (room = 0; room < 8; room++) {
		struct um_remote remote;
		enum um_status status;
		int lowest = dup(0);

		close(lowest); /* the numbers below it are taken */
		tight = usual;
		tight.rlim_cur = (rlim_t)lowest + room;
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &tight), 0);
		status = um_remote_open(&remote, target.pid, 0);
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &usual), 0);
		if (status == UM_OK) {
			assert_int_equal(remote.space.can, can);
			um_close(&remote.space);
			opened++;
		} else {
			assert_int_equal(status, UM_NO_MEMORY);
		}
		assert_int_equal(open_descriptors(), before);
	}
	assert_int_equal(opened, 8 - need);
	target_end(&target);
}

static int hide_proc(void)
{
	struct um_remote remote;

	NEED(unshare(CLONE_NEWNS) == 0 && mount("none", "/", "none", MS_REC | MS_PRIVATE, "") == 0);
	NEED(mount("none", "/proc", "tmpfs", 0, "") == 0);
	NEED(syscall(SYS_pidfd_open, getppid(), 0) >= 0);
	CHECK(um_remote_open(&remote, getppid(), 0) == UM_REFUSED);
	CHECK(um_remote_refusal(getppid()) == UM_REFUSAL_OTHER);
	return 0;
}

static void a_process_that_proc_hides_is_refused(void **state)
{
	(void)state;
	RUN_APART(hide_proc, "a mount namespace and pidfd_open");
}

/* ---------------------------------------------------------------- the host's calls are taken away */

static int forbidden_error;

static int lose_the_calls(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	uint32_t answer = SCMP_ACT_ERRNO((uint32_t)forbidden_error);
	struct um_remote remote;
	struct target target;

	NEED(host_filters() && host_moves_between_processes());
	CHECK(target_start(&target, stay, NULL));
	CHECK(um_remote_open(&remote, target.pid, 0) == UM_OK);
	CHECK(is_there(&remote) == 0 && !umi_remote_get(&remote, REMOTE_BY_FILE));
	NEED(filter && seccomp_rule_add(filter, answer, SCMP_SYS(process_vm_readv), 0) == 0 &&
	     seccomp_rule_add(filter, answer, SCMP_SYS(process_vm_writev), 0) == 0 && seccomp_load(filter) == 0);
	CHECK(is_there(&remote) == 0 && umi_remote_get(&remote, REMOTE_BY_FILE));
	um_close(&remote.space);
	CHECK(um_remote_open(&remote, target.pid, 0) == UM_OK);
	CHECK(is_there(&remote) == 0);
	target_end(&target);
	CHECK(is_gone(&remote) == 0);
	return 0;
}

static void where_the_calls_are_missing_the_file_serves(void **state)
{
	(void)state;
	forbidden_error = ENOSYS;
	RUN_APART(lose_the_calls, "process_vm_readv, and seccomp filters to lose it");
	forbidden_error = EPERM;
	RUN_APART(lose_the_calls, "process_vm_readv, and seccomp filters to lose it");
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(nonsense_is_invalid),
		cmocka_unit_test(who_ends_is_gone),
		cmocka_unit_test(who_execs_is_gone),
		cmocka_unit_test(an_exec_is_seen_without_the_ioctl),
		cmocka_unit_test(a_leader_that_ended_is_not_the_end),
		cmocka_unit_test(a_leader_that_ended_without_the_ioctl),
		cmocka_unit_test(a_leader_that_ended_is_told_by_the_file_alone),
		cmocka_unit_test(a_vfork_child_that_ends_is_gone),
		cmocka_unit_test(a_number_used_again_is_not_the_process),
		cmocka_unit_test(descriptors_that_were_handed_over),
		cmocka_unit_test(running_out_of_descriptors),
		cmocka_unit_test(a_process_that_proc_hides_is_refused),
		cmocka_unit_test(where_the_calls_are_missing_the_file_serves),
	};

	program = argv[0];
	if (argc == 2 && strcmp(argv[1], "nothing") == 0)
		return 0;
	if (argc == 4 && strcmp(argv[1], "image") == 0)
		return new_image(argv);
	return cmocka_run_group_tests_name("remote_life", tests, set_up, NULL);
}
