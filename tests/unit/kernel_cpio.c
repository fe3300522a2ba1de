/* The reference kernel's initramfs: archives that are good, cut off, or lie. */
#include "kernel_kit.h"
#include <stdlib.h>

/* Whatever the archive was, what tree_init makes is there, and everything can be read. */
static void demand_sane(const struct node *node)
{
	uint64_t inode = 0;
	struct node *child;
	char bytes[64];

	node_copy(node, bytes, node->size < sizeof bytes ? 0 : node->size - sizeof bytes, sizeof bytes);
	for (; (child = node_child(node, inode)) != NULL; inode = child->inode + 1) {
		assert_ptr_equal(child->parent, node);
		assert_true(child->name[0] != '\0' && !strchr(child->name, '/') && strcmp(child->name, ".") != 0 && strcmp(child->name, "..") != 0);
		demand_sane(child);
	}
}

static void unpack_sanely(size_t n)
{
	kit_unpack(n);
	demand_sane(tree_root());
	assert_ptr_equal(kit_find("/dev/null")->parent, kit_find("/dev"));
	assert_false(kit_find("/tmp")->read_only);
}

static void test_unpacks(void **state)
{
	(void)state;
	kit_build();
	unpack_sanely(kit_length);
	assert_string_equal(kit_said, "");
	kit_demand_text("/etc/motd", "hello\n");
	kit_demand_text("bin/motd", "hello\n");
	kit_demand_text("out", "hello\n");
	kit_demand_text("/etc/absolute", "");
	assert_int_equal(kit_find("etc/large")->size, 2 * PAGE_SIZE + 4);
	assert_int_equal(kit_find("etc")->mode, DIRECTORY);
	assert_int_equal(kit_find("etc")->links, 2);
	assert_int_equal(kit_find("/")->links, 5);
	assert_true(kit_find("etc/motd")->read_only && kit_find("etc")->read_only);
	assert_int_equal(kit_find("/dev/console")->device, DEVICE_CONSOLE);
}

/* At each byte: no byte beyond is looked at, and what came before is there.  The last name needs no bytes that align it. */
static void test_truncated(void **state)
{
	size_t n, text = 0;

	(void)state;
	kit_build();
	while (memcmp(kit_building + text, "hello\n", 6) != 0)
		text++;
	for (n = 1; n < kit_length; n++) {
		unpack_sanely(n);
		assert_int_equal(kit_said[0] == '\0', n >= kit_length - 3);
		assert_int_equal(kit_find("/etc/motd") != NULL, n >= text + 6);
	}
}

static void test_no_archive(void **state)
{
	(void)state;
	unpack_sanely(0);
	assert_string_equal(kit_said, "");
}

/* ---------------------------------------------------------------- archives that lie */

/* In the header of the kit_last entry. */
static void overwrite(size_t at, const char *digits)
{
	memcpy(kit_building + kit_last + at, digits, strlen(digits));
}

/* Behind a good entry and before another. */
static void demand_refused(void)
{
	kit_add("later", FILE_MODE, "later");
	kit_end();
	unpack_sanely(kit_length);
	assert_true(kit_said[0] != '\0');
	kit_demand_text("first", "first");
	assert_null(kit_find("later"));
	kit_start(NULL);
	kit_add("first", FILE_MODE, "first");
}

static void test_lies(void **state)
{
	static const unsigned sizes[] = { 0xffffffff, 0xfffffffc, 0x80000000, 0x7fffffff, ARCHIVE };
	size_t i;

	(void)state;
	kit_add("first", FILE_MODE, "first");
	for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		kit_add_entry("size", 0, FILE_MODE, "", 0, sizes[i]);
		demand_refused();
		kit_add_entry("name", sizes[i], FILE_MODE, "", 0, 0);
		demand_refused();
	}
	kit_add("noNUL", FILE_MODE, "");
	overwrite(115, "!");
	demand_refused();
	kit_add("linked", FILE_MODE, "twice");
	overwrite(38, "00000002"); /* its names */
	demand_refused();
	kit_add("digit", FILE_MODE, "");
	overwrite(22, "000000g0"); /* of its owner, which nobody needs */
	demand_refused();
	kit_add("magic", FILE_MODE, "");
	overwrite(0, "070707");
	demand_refused();
	kit_unpack(0);
}

static void test_names(void **state)
{
	static const char *const names[] = {
		"first", "first/under", "nowhere/under", "..", ".", "/", "./first/..", "slash/", "/dev", "/dev/null", "dangling/under",
	};
	static char long_text[PAGE_SIZE + 1];
	char long_name[NAME_SIZE + 1];
	size_t i;

	(void)state;
	memset(long_name, 'n', NAME_SIZE);
	long_name[NAME_SIZE] = '\0';
	memset(long_text, '/', PAGE_SIZE);
	kit_add("first", FILE_MODE, "first");
	for (i = 0; i < sizeof names / sizeof *names; i++) {
		kit_add("dangling", LINK, "nowhere");
		kit_add(names[i], FILE_MODE, "second");
		demand_refused();
	}
	kit_add(long_name, FILE_MODE, "");
	demand_refused();
	kit_add("empty", LINK, "");
	demand_refused();
	kit_add("long", LINK, long_text);
	demand_refused();
	kit_add("socket", 0140777, "");
	demand_refused();
	kit_add("dev", LINK, "first");
	demand_refused();
	kit_add("tmp", CONSOLE, "");
	demand_refused();
	kit_unpack(0);
}

/* A name that leads up leads nowhere but to the root, as a program's would. */
static void test_names_stay_inside(void **state)
{
	(void)state;
	kit_add("../../../up", FILE_MODE, "up");
	kit_add("to-tmp", LINK, "/tmp");
	kit_add("to-tmp/../in", FILE_MODE, "in");
	kit_add("to-tmp/file", FILE_MODE, "file");
	kit_end();
	unpack_sanely(kit_length);
	kit_demand_text("/up", "up");
	kit_demand_text("/in", "in");
	kit_demand_text("/tmp/file", "file");
	assert_true(kit_find("/tmp/file")->read_only);
}

/* Single bytes of an archive, changed at random. */
static void test_noise(void **state)
{
	char good[ARCHIVE];
	size_t whole;
	unsigned i;

	(void)state;
	kit_build();
	whole = kit_length;
	memcpy(good, kit_building, whole);
	srand(1);
	for (i = 0; i < 3000; i++) {
		unsigned changes = 1 + (unsigned)rand() % 4;

		memcpy(kit_building, good, whole);
		while (changes-- > 0)
			kit_building[(size_t)rand() % whole] = (char)"0f-/.\0\xff"[rand() % 7];
		unpack_sanely(whole);
	}
	kit_unpack(0);
}

/* Wherever memory ends, there is a tree. */
static void test_no_memory(void **state)
{
	size_t granted;

	(void)state;
	kit_build();
	for (granted = 6 /* without those there is no kernel */; granted < 40; granted++) {
		kit_left = granted;
		unpack_sanely(kit_length);
		assert_true(!kit_find("bin/motd") || kit_find("etc/motd"));
	}
	kit_left = SIZE_MAX;
	kit_unpack(kit_length);
	kit_demand_text("out", "hello\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_unpacks, kit_start, kit_stop),
		cmocka_unit_test_setup_teardown(test_truncated, kit_start, kit_stop),
		cmocka_unit_test_setup_teardown(test_no_archive, kit_start, kit_stop),
		cmocka_unit_test_setup_teardown(test_lies, kit_start, kit_stop),
		cmocka_unit_test_setup_teardown(test_names, kit_start, kit_stop),
		cmocka_unit_test_setup_teardown(test_names_stay_inside, kit_start, kit_stop),
		cmocka_unit_test_setup_teardown(test_noise, kit_start, kit_stop),
		cmocka_unit_test_setup_teardown(test_no_memory, kit_start, kit_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
