/* Why a host refuses: from facts, and where this machine can make them, from the host itself. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include "port/linux/maps.h"
#include "spaces/remote_parts.h"
#include "spaces/remote_refusal.h"
#include "apart.h"
#include "target.h"

enum { NOBODY = 65533 /* a user that nobody is, and whose number is not the overflow's */ };

static void reasons_follow_from_facts(void **state)
{
	static const struct { struct umi_refusal_facts facts; enum um_refusal reason; } table[] = {
		{ { .yama = 0 }, UM_REFUSAL_OTHER },
		{ { .yama = 1 }, UM_REFUSAL_YAMA },
		{ { .yama = 2 }, UM_REFUSAL_YAMA },
		{ { .yama = 3 }, UM_REFUSAL_YAMA },
		{ { .yama = 3, .capable = true }, UM_REFUSAL_YAMA },
		{ { .yama = 3, .other_user = true }, UM_REFUSAL_YAMA },
		{ { .yama = 2, .capable = true }, UM_REFUSAL_OTHER },
		{ { .yama = 1, .other_user = true }, UM_REFUSAL_OTHER_USER },
		{ { .other_user = true, .undumpable = true }, UM_REFUSAL_OTHER_USER },
		{ { .other_user = true, .nameless = true }, UM_REFUSAL_OTHER_USER }, /* "nobody" of our own namespace */
		{ { .other_user = true, .other_namespace = true }, UM_REFUSAL_OTHER_USER }, /* of a namespace below ours */
		{ { .other_user = true, .other_namespace = true, .nameless = true }, UM_REFUSAL_NAMESPACE },
		{ { .other_user = true, .other_namespace = true, .capable = true }, UM_REFUSAL_NAMESPACE },
		{ { .other_namespace = true, .undumpable = true }, UM_REFUSAL_NAMESPACE },
		{ { .other_user = true, .capable = true }, UM_REFUSAL_OTHER },
		{ { .undumpable = true, .yama = 1 }, UM_REFUSAL_NOT_DUMPABLE },
		{ { .undumpable = true, .capable = true }, UM_REFUSAL_OTHER },
		{ { .mightier = true, .yama = 1 }, UM_REFUSAL_OTHER },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof table / sizeof table[0]; i++)
		if (umi_refusal_judge(&table[i].facts) != table[i].reason)
			fail_msg("row %zu: %d", i, umi_refusal_judge(&table[i].facts));
}

static int scope_of(const char *text)
{
	char path[32];
	int file = memfd_create("yama", 0), scope;

	assert_int_equal(write(file, text, strlen(text)), (ssize_t)strlen(text));
	snprintf(path, sizeof path, "/proc/self/fd/%d", file);
	scope = umi_yama_scope(path);
	close(file);
	return scope;
}

/* This machine may have no Yama: a file as it makes one. */
static void yama_tells_its_scope_in_a_file(void **state)
{
	(void)state;
	assert_int_equal(scope_of("0\n"), 0);
	assert_int_equal(scope_of("1\n"), 1);
	assert_int_equal(scope_of("3\n"), 3);
	assert_int_equal(scope_of(""), 0);
	assert_int_equal(umi_yama_scope("/proc/sys/kernel/yama/no such file"), 0);
}

/* ---------------------------------------------------------------- by the host itself, as root */

static bool become(uid_t user, gid_t group)
{
	/* The host makes whoever changes users undumpable. */
	return setgroups(0, NULL) == 0 && setresgid(group, group, group) == 0 && setresuid(user, user, user) == 0 &&
	       prctl(PR_SET_DUMPABLE, 1) == 0;
}

struct somebody {
	uid_t user;
	gid_t group;
};

/* A target that has become *context, and on each order turns from dumpable to undumpable and back. */
static void be_somebody(int socket, void *context)
{
	int dumpable = 1;
	const struct somebody *who = context;

	if (!become(who->user, who->group))
		_exit(0);
	for (;; dumpable = !dumpable) {
		prctl(PR_SET_DUMPABLE, dumpable);
		target_ready(socket);
	}
}

/* Root, and not one who is kept from ptrace, as in many containers. */
static bool mighty(void)
{
	return getuid() == 0 && prctl(PR_CAPBSET_READ, CAP_SYS_PTRACE) == 1;
}

static bool no_yama(void)
{
	return umi_yama_scope("/proc/sys/kernel/yama/ptrace_scope") == 0;
}

static enum um_status open_and_close(pid_t pid)
{
	struct um_remote remote;
	enum um_status status = um_remote_open(&remote, pid, 0);

	if (status == UM_OK)
		um_close(&remote.space);
	return status;
}

static int another_user(void)
{
	struct somebody other = { NOBODY - 1, NOBODY };
	struct target target;

	NEED(mighty() && no_yama() && target_start(&target, be_somebody, &other));
	CHECK(open_and_close(target.pid) == UM_OK); /* with every capability */
	CHECK(um_remote_refusal(target.pid) == UM_REFUSAL_NONE);
	CHECK(become(NOBODY, NOBODY));
	CHECK(open_and_close(getppid()) == UM_REFUSED);
	CHECK(um_remote_refusal(getppid()) == UM_REFUSAL_OTHER_USER);
	CHECK(open_and_close(target.pid) == UM_REFUSED);
	CHECK(um_remote_refusal(target.pid) == UM_REFUSAL_OTHER_USER);
	return 0;
}

static int another_group(void)
{
	struct somebody other = { NOBODY, NOBODY - 1 };
	struct target target;

	NEED(mighty() && no_yama() && target_start(&target, be_somebody, &other) && become(NOBODY, NOBODY));
	CHECK(open_and_close(target.pid) == UM_REFUSED);
	CHECK(um_remote_refusal(target.pid) == UM_REFUSAL_OTHER_USER);
	return 0;
}

/* The facts themselves, where the verdict alone would not tell them apart. */
static int facts_of_root_and_nobody(void)
{
	struct umi_refusal_facts facts;

	NEED(mighty());
	CHECK(umi_refusal_look(getpid(), &facts));
	CHECK(facts.capable && !facts.mightier && !facts.other_user && !facts.other_namespace && !facts.undumpable && !facts.nameless);
	CHECK(become(NOBODY, NOBODY));
	CHECK(umi_refusal_look(getpid(), &facts));
	CHECK(!facts.capable && !facts.mightier && !facts.other_user);
	CHECK(umi_refusal_look(getppid(), &facts));
	CHECK(!facts.capable && facts.mightier && facts.other_user && !facts.other_namespace);
	CHECK(!umi_refusal_look(INT_MAX, &facts));
	return 0;
}

static int an_undumpable_process(void)
{
	struct somebody user = { NOBODY, NOBODY };
	struct target target;

	NEED(mighty() && no_yama() && target_start(&target, be_somebody, &user) && become(NOBODY, NOBODY));
	CHECK(open_and_close(target.pid) == UM_OK);
	CHECK(um_remote_refusal(target.pid) == UM_REFUSAL_NONE);
	CHECK(target_next(&target));
	CHECK(open_and_close(target.pid) == UM_REFUSED);
	CHECK(um_remote_refusal(target.pid) == UM_REFUSAL_NOT_DUMPABLE);
	CHECK(target_next(&target));
	CHECK(open_and_close(target.pid) == UM_OK);
	return 0;
}

/* What was opened stays open: a process cannot take back what its mem file gives. */
static int undumpable_since(void)
{
	static char text[4096] = "text";
	um_addr addr = um_addr_of((uint64_t)(uintptr_t)text);
	struct somebody user = { NOBODY, NOBODY };
	struct um_remote remote;
	struct um_result result;
	struct target target;
	char bytes[4] = "";

	NEED(mighty() && no_yama() && target_start(&target, be_somebody, &user) && become(NOBODY, NOBODY));
	CHECK(um_remote_open(&remote, target.pid, 0) == UM_OK);
	CHECK(target_next(&target));
	result = um_copy_in(&remote.space, bytes, addr, 4, 0);
	NEED(result.status != UM_REFUSED); /* the protections cannot be looked up without PROCMAP_QUERY */
	CHECK(result.status == UM_OK && result.done == 4 && memcmp(bytes, "text", 4) == 0);
	CHECK(um_copy_in(&remote.space, bytes, um_addr_of(64), 4, 0).status == UM_UNMAPPED);
	target_kill(&target, true);
	CHECK(um_copy_in(&remote.space, bytes, addr, 4, 0).status == UM_GONE);
	return 0;
}

/* Whoever is root only in a namespace of its own is nobody in ours. */
static int a_namespace_above(void)
{
	struct somebody user = { NOBODY, NOBODY };
	struct target target;
	int map;

	NEED(mighty() && no_yama() && target_start(&target, be_somebody, &user) && become(NOBODY, NOBODY));
	NEED(unshare(CLONE_NEWUSER) == 0);
	CHECK(open_and_close(target.pid) == UM_REFUSED);
	CHECK(um_remote_refusal(target.pid) == UM_REFUSAL_NAMESPACE);
	/* With a user of our own the maps are of one length, and the target's user gets a number. */
	NEED(prctl(PR_SET_DUMPABLE, 1) == 0 && (map = open("/proc/self/uid_map", O_WRONLY | O_CLOEXEC)) >= 0);
	NEED(dprintf(map, "0 %d 1", NOBODY) > 0 && close(map) == 0 && geteuid() == 0);
	CHECK(open_and_close(target.pid) == UM_REFUSED);
	CHECK(um_remote_refusal(target.pid) == UM_REFUSAL_NAMESPACE);
	return 0;
}

/* A mem file that was handed over by somebody who may more: no list of mappings, so no protections can be judged. */
static int a_file_without_rights(void)
{
	static char text[4096] = "text";
	um_addr addr = um_addr_of((uint64_t)(uintptr_t)text);
	struct somebody other = { NOBODY - 1, NOBODY };
	struct um_remote remote;
	struct um_result result;
	struct target target;
	char path[32], bytes[4] = "";
	int mem;

	NEED(mighty() && no_yama() && target_start(&target, be_somebody, &other));
	snprintf(path, sizeof path, "/proc/%d/mem", target.pid);
	mem = open(path, O_RDONLY | O_CLOEXEC);
	CHECK(mem >= 0 && become(NOBODY, NOBODY));
	CHECK(um_remote_adopt(&remote, target.pid, -1, -1, 0) == UM_REFUSED);
	CHECK(um_remote_adopt(&remote, target.pid, -1, mem, 0) == UM_OK);
	CHECK(!(remote.space.can & UM_CAN_CHECK));
	CHECK(um_copy_in(&remote.space, bytes, addr, 4, 0).status == UM_REFUSED);
	if (remote.space.can & UM_CAN_IGNORE_PERMS) {
		result = um_copy_in(&remote.space, bytes, addr, 4, UM_IGNORE_PERMS);
		CHECK(result.status == UM_OK && result.done == 4 && memcmp(bytes, "text", 4) == 0);
		CHECK(um_copy_in(&remote.space, bytes, um_addr_of(64), 4, UM_IGNORE_PERMS).status == UM_UNMAPPED);
		CHECK(um_copy_out(&remote.space, addr, bytes, 4, UM_IGNORE_PERMS).status == UM_REFUSED); /* opened for reading */
	}
	close(target.socket); /* it leaves by itself; kill() is not for us */
	CHECK(waitpid(target.pid, NULL, 0) == target.pid);
	CHECK(um_copy_in(&remote.space, bytes, addr, 4, 0).status == UM_GONE);
	um_close(&remote.space);
	return 0;
}

static void of_another_user(void **state)
{
	(void)state;
	RUN_APART(another_user, "root with CAP_SYS_PTRACE, and no Yama");
}

static void of_another_group(void **state)
{
	(void)state;
	RUN_APART(another_group, "root with CAP_SYS_PTRACE, and no Yama");
}

static void facts_are_seen_as_they_are(void **state)
{
	(void)state;
	RUN_APART(facts_of_root_and_nobody, "root with CAP_SYS_PTRACE");
}

static void of_an_undumpable_process(void **state)
{
	(void)state;
	RUN_APART(an_undumpable_process, "root with CAP_SYS_PTRACE, and no Yama");
}

static void what_was_opened_stays_open(void **state)
{
	(void)state;
	RUN_APART(undumpable_since, "root with CAP_SYS_PTRACE, PROCMAP_QUERY and no Yama");
}

static void of_a_namespace_above(void **state)
{
	(void)state;
	RUN_APART(a_namespace_above, "root with CAP_SYS_PTRACE, user namespaces, one thread alone and no Yama");
}

static void of_a_file_without_rights(void **state)
{
	(void)state;
	RUN_APART(a_file_without_rights, "root with CAP_SYS_PTRACE, and no Yama");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(reasons_follow_from_facts),
		cmocka_unit_test(yama_tells_its_scope_in_a_file),
		cmocka_unit_test(of_another_user),
		cmocka_unit_test(of_another_group),
		cmocka_unit_test(facts_are_seen_as_they_are),
		cmocka_unit_test(of_an_undumpable_process),
		cmocka_unit_test(what_was_opened_stays_open),
		cmocka_unit_test(of_a_namespace_above),
		cmocka_unit_test(of_a_file_without_rights),
	};

	return cmocka_run_group_tests_name("remote_refusal", tests, NULL, NULL);
}
