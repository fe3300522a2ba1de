/* The reference kernel's file tree: paths that want out of it, and files that a fault cuts off. */
#include "kernel_kit.h"

/* ---------------------------------------------------------------- paths */

static void demand_error(const char *path, unsigned flags, long error)
{
	struct node *node;

	assert_int_equal(tree_walk(tree_root(), path, flags, &node), -error);
}

static void test_paths(void **state)
{
	char path[PATH_SIZE];

	(void)state;
	kit_build();
	kit_unpack(kit_length);
	demand_error("nowhere", 0, ENOENT);
	demand_error("et", 0, ENOENT);
	demand_error("nowhere/motd", 0, ENOENT);
	demand_error("etc/motd/", 0, ENOTDIR);
	demand_error("etc/motd/.", 0, ENOTDIR);
	demand_error("etc/motd/..", 0, ENOTDIR);
	demand_error("loop", 0, ELOOP);
	demand_error("loop/", TREE_NO_FOLLOW, ELOOP);
	demand_error("loop", TREE_NO_FOLLOW, 0);
	demand_error("bin/motd", TREE_NO_LINKS, ELOOP);
	assert_ptr_equal(kit_find("//etc///.././etc//"), kit_find("etc"));
	assert_ptr_equal(kit_find("/../.."), tree_root());
	memset(path, 'a', sizeof path);
	path[NAME_SIZE - 1] = '\0';
	demand_error(path, 0, ENOENT);
	path[NAME_SIZE - 1] = 'a';
	path[NAME_SIZE] = '\0';
	demand_error(path, 0, ENAMETOOLONG);
	path[0] = '/';
	demand_error(path, 0, ENOENT);
}

static void test_scopes(void **state)
{
	struct node *etc, *node;

	(void)state;
	kit_build();
	kit_unpack(kit_length);
	etc = kit_find("etc");
	assert_int_equal(tree_walk(etc, "motd", TREE_BENEATH, &node), 0);
	node_drop(node);
	assert_int_equal(tree_walk(etc, "../etc", TREE_BENEATH, &node), -EXDEV);
	assert_int_equal(tree_walk(etc, "/etc", TREE_BENEATH, &node), -EXDEV);
	assert_int_equal(tree_walk(tree_root(), "absolute/motd", TREE_BENEATH, &node), -EXDEV);
	assert_int_equal(tree_walk(etc, "/../motd", TREE_IN_ROOT, &node), 0);
	node_drop(node);
	assert_int_equal(tree_walk(etc, "/etc", TREE_IN_ROOT, &node), -ENOENT);
}

static void test_places(void **state)
{
	struct place place;

	(void)state;
	kit_build();
	kit_unpack(kit_length);
	assert_int_equal(tree_place(tree_root(), "etc/new//", TREE_PARENT, &place), 0);
	assert_true(!place.node && place.directory == kit_find("etc") && place.length == 3 && place.slash && place.kind == PLACE_NAME);
	assert_int_equal(tree_place(tree_root(), "bin//", TREE_PARENT, &place), 0);
	assert_true(place.node && place.node->mode == LINK && place.slash);
	assert_int_equal(tree_place(tree_root(), "//", TREE_PARENT, &place), 0);
	assert_int_equal(place.kind, PLACE_START);
	assert_int_equal(tree_place(tree_root(), "etc/.", TREE_PARENT, &place), 0);
	assert_int_equal(place.kind, PLACE_DOT);
	assert_int_equal(tree_place(tree_root(), "etc/..", TREE_PARENT, &place), 0);
	assert_int_equal(place.kind, PLACE_DOT_DOT);
}

static void test_names_of_directories(void **state)
{
	char path[PATH_SIZE], deep[] = "/tmp/a/b";
	struct place place;
	struct node *node;

	(void)state;
	kit_unpack(0);
	assert_int_equal(tree_path(tree_root(), path, sizeof path), 2);
	assert_string_equal(path, "/");
	assert_int_equal(tree_place(tree_root(), "/tmp/a", TREE_PARENT, &place), 0);
	node = tree_make(&place, DIRECTORY);
	assert_int_equal(kit_find("/tmp")->links, 3);
	assert_int_equal(tree_place(tree_root(), deep, TREE_PARENT, &place), 0);
	assert_int_equal(tree_path(tree_make(&place, DIRECTORY), path, sizeof path), sizeof deep);
	assert_string_equal(path, deep);
	assert_int_equal(tree_path(kit_find(deep), path, sizeof deep - 1), -ENAMETOOLONG);
	tree_remove(kit_find(deep));
	node_hold(node);
	tree_remove(node);
	assert_int_equal(kit_find("/tmp")->links, 2);
	assert_int_equal(tree_path(node, path, sizeof path), -ENOENT);
	node_drop(node);
}

/* ---------------------------------------------------------------- bytes */

static struct node *make_file(void)
{
	struct place place;

	kit_unpack(0);
	assert_int_equal(tree_place(tree_root(), "/tmp/file", TREE_PARENT, &place), 0);
	return tree_make(&place, FILE_MODE);
}

/* Moves n bytes of a program that has `mapped` of them. */
static long move(struct node *node, bool writes, void *bytes, size_t mapped, size_t n, uint64_t offset)
{
	struct um_bytes space;
	struct um_slice slice;
	struct um_writer writer;
	struct um_reader reader;

	um_bytes_init(&space, bytes, mapped);
	slice = um_slice_of(&space.space, um_addr_of(0), n, 0);
	if (writes) {
		reader = um_slice_reader(&slice);
		return node_write(node, &reader, offset);
	}
	writer = um_slice_writer(&slice);
	return node_read(node, &writer, offset);
}

static void test_bytes(void **state)
{
	enum { SIZE = 2 * PAGE_SIZE + 100 };
	static char out[SIZE], in[SIZE];
	struct node *node = make_file();
	size_t before = kit_used;

	(void)state;
	pattern(out, SIZE, 1);
	assert_int_equal(move(node, true, out, SIZE, SIZE, 10), SIZE);
	assert_int_equal(node->size, SIZE + 10);
	assert_int_equal(move(node, false, in, SIZE, SIZE, 10), SIZE);
	assert_memory_equal(in, out, SIZE);
	assert_int_equal(move(node, false, in, SIZE, SIZE, 0), SIZE);
	assert_true(all(in, 10, 0));
	assert_int_equal(move(node, false, in, SIZE, SIZE, SIZE), 10);
	assert_int_equal(move(node, false, in, SIZE, SIZE, SIZE + 10), 0);
	assert_int_equal(move(node, false, in, SIZE, SIZE, UINT64_MAX), 0);
	node_resize(node, 0);
	assert_int_equal(kit_used - before, node->page_count * sizeof(void *));
}

/* The bytes before the fault are done, on both sides, and the size tells. */
static void test_faults(void **state)
{
	static char out[3 * PAGE_SIZE], in[3 * PAGE_SIZE];
	struct node *node = make_file();

	(void)state;
	pattern(out, sizeof out, 1);
	assert_int_equal(move(node, true, out, 0, 10, 5), -EFAULT);
	assert_int_equal(node->size, 0);
	assert_int_equal(move(node, true, out, PAGE_SIZE + 7, sizeof out, 0), PAGE_SIZE + 7);
	assert_int_equal(node->size, PAGE_SIZE + 7);
	assert_int_equal(move(node, false, in, PAGE_SIZE + 3, sizeof in, 0), PAGE_SIZE + 3);
	assert_memory_equal(in, out, PAGE_SIZE + 3);
	assert_int_equal(move(node, false, in, 0, 10, 0), -EFAULT);
	kit_left = 0;
	assert_int_equal(move(node, true, out, 100, 100, PAGE_SIZE * 2 - 40), 40);
	assert_int_equal(move(node, true, out, 100, 100, PAGE_SIZE * 2), -ENOSPC);
	kit_left = SIZE_MAX;
	assert_int_equal(move(node, true, out, 100, 100, UINT64_C(1) << 40), -ENOSPC);
}

/* Half of the memory, over all files; what is cut off can be had again.  Tests before have left some of their pages. */
static void test_full(void **state)
{
	static char out[4 * PAGE_SIZE];
	struct node *node = make_file();
	long room;

	(void)state;
	kit_pages = 0;
	assert_int_equal(move(node, true, out, 1, 1, 0), -ENOSPC);
	while ((room = move(node, true, out, sizeof out, sizeof out, 0)) <= 0)
		kit_pages++;
	assert_int_equal(room, PAGE_SIZE);
	kit_pages += 4;
	assert_int_equal(move(node, true, out, sizeof out, sizeof out, 0), 3 * PAGE_SIZE);
	node_resize(node, PAGE_SIZE + 1);
	assert_int_equal(move(node, true, out, sizeof out, sizeof out, PAGE_SIZE), 2 * PAGE_SIZE);
	assert_int_equal(move(node, true, out, PAGE_SIZE, PAGE_SIZE, 0), PAGE_SIZE);
}

/* What was cut off does not come back. */
static void test_resized(void **state)
{
	static char out[2 * PAGE_SIZE], in[2 * PAGE_SIZE];
	struct node *node = make_file();

	(void)state;
	memset(out, 'x', sizeof out);
	assert_int_equal(move(node, true, out, sizeof out, sizeof out, 0), sizeof out);
	node_resize(node, 5);
	node_resize(node, sizeof out);
	assert_int_equal(move(node, false, in, sizeof in, sizeof in, 0), sizeof in);
	assert_true(all(in, 5, 'x') && all(in + 5, sizeof in - 5, 0));
	node_resize(node, UINT64_C(1) << 50);
	assert_int_equal(move(node, false, in, 1, 1, (UINT64_C(1) << 50) - 1), 1);
	assert_int_equal(node_copy(node, in, (UINT64_C(1) << 50) - 1, 2), 1);
}

/* A mapping keeps what was removed; past its end there is nothing. */
static void test_mapped(void **state)
{
	struct node *node = make_file();
	size_t without = kit_used - sizeof *node;
	char page[PAGE_SIZE] = "", out[] = "mapped";

	(void)state;
	assert_int_equal(move(node, true, out, sizeof out, sizeof out, 0), sizeof out);
	node->pager.hold(&node->pager);
	tree_remove(node);
	assert_null(kit_find("/tmp/file"));
	CHECK_STATUS(node->pager.read(&node->pager, 0, page), UM_OK);
	assert_string_equal(page, out);
	CHECK_STATUS(node->pager.read(&node->pager, PAGE_SIZE, page), UM_BUS);
	node->pager.release(&node->pager);
	assert_int_equal(kit_used, without);
	assert_null(kit_find("/dev/null")->pager.read);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_paths, kit_start, kit_stop),
		cmocka_unit_test_setup_teardown(test_scopes, kit_start, kit_stop),
		cmocka_unit_test_setup_teardown(test_places, kit_start, kit_stop),
		cmocka_unit_test_setup_teardown(test_names_of_directories, kit_start, kit_stop),
		cmocka_unit_test_setup_teardown(test_bytes, kit_start, kit_stop),
		cmocka_unit_test_setup_teardown(test_faults, kit_start, kit_stop),
		cmocka_unit_test_setup_teardown(test_full, kit_start, kit_stop),
		cmocka_unit_test_setup_teardown(test_resized, kit_start, kit_stop),
		cmocka_unit_test_setup_teardown(test_mapped, kit_start, kit_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
