/* The file tree: nodes, their names and their bytes. */
#include "tree.h"
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/stat.h>
#include "memory.h"
#include "syscall.h"

enum { PAGES_FIRST = 8, PAGES_MAX = 1 << 19 /* whose array memory_alloc still has */ };

static struct node *root;
static uint64_t pages_used, nodes; /* by files that were written; and all there are */

struct node *tree_root(void)
{
	return root;
}

static size_t least(size_t a, uint64_t b)
{
	return a < b ? a : (size_t)b;
}

/* ---------------------------------------------------------------- bytes */

static const char *page_at(const struct node *node, uint64_t index)
{
	return index < node->page_count ? node->pages[index] : NULL;
}

/* Files may have half of the memory, as in Linux's tmpfs, which has as many names at most: programs shall not die of them. */
static bool has_room(uint64_t pages)
{
	return pages <= pages_total() / 2 && pages_used <= pages_total() / 2 - pages;
}

static uint64_t array_pages(size_t count)
{
	return count * sizeof(void *) / PAGE;
}

static bool grow(struct node *node, uint64_t index)
{
	size_t count = node->page_count ? node->page_count : PAGES_FIRST;
	void **pages;

	while (count <= index && count < PAGES_MAX)
		count *= 2;
	pages = index < count && has_room(array_pages(count)) ? memory_alloc(count * sizeof *pages) : NULL;
	if (!pages)
		return false;
	if (node->pages)
		__builtin_memcpy(pages, node->pages, node->page_count * sizeof *pages);
	memory_free(node->pages, node->page_count * sizeof *pages);
	pages_used += array_pages(count) - array_pages(node->page_count);
	node->pages = pages;
	node->page_count = count;
	return true;
}

/* NULL: no room. */
static char *page_to_write(struct node *node, uint64_t index)
{
	if (index >= node->page_count && !grow(node, index))
		return NULL;
	if (!node->pages[index] && has_room(1)) {
		node->pages[index] = memory_alloc(PAGE);
		pages_used += node->pages[index] != NULL;
	}
	return node->pages[index];
}

/* As read(2) and write(2) answer. */
static long answer(uint64_t done, enum um_status status)
{
	return done_or_failed((struct um_result){ done, status, UM_ONLY_SIDE });
}

long node_read(const struct node *node, struct um_writer *to, uint64_t offset)
{
	struct um_result result = { 0, UM_OK, UM_ONLY_SIDE };
	uint64_t at = offset;

	while (result.status == UM_OK && at < node->size && um_writer_left(to) > 0) {
		const char *page = page_at(node, at / PAGE);
		size_t n = least(least(PAGE - at % PAGE, node->size - at), um_writer_left(to));

		result = page ? um_write(to, page + at % PAGE, n) : um_write_fill(to, 0, n);
		at += result.done;
	}
	return answer(at - offset, result.status);
}

long node_write(struct node *node, struct um_reader *from, uint64_t offset)
{
	struct um_result result = { 0, UM_OK, UM_ONLY_SIDE };
	uint64_t at = offset;

	while (result.status == UM_OK && um_reader_left(from) > 0) {
		char *page = page_to_write(node, at / PAGE);

		if (!page)
			return at > offset ? (long)(at - offset) : -ENOSPC;
		result = um_read(from, page + at % PAGE, least(PAGE - at % PAGE, um_reader_left(from)));
		at += result.done;
		if (result.done > 0 && at > node->size)
			node->size = at;
	}
	return answer(at - offset, result.status);
}

size_t node_copy(const struct node *node, void *to, uint64_t offset, size_t n)
{
	size_t done = 0, piece;

	for (; done < n && offset + done < node->size; done += piece) {
		uint64_t at = offset + done;
		const char *page = page_at(node, at / PAGE);

		piece = least(least(PAGE - at % PAGE, node->size - at), n - done);
		if (page)
			__builtin_memcpy((char *)to + done, page + at % PAGE, piece);
		else
			__builtin_memset((char *)to + done, 0, piece);
	}
	return done;
}

/* What grows again shows zeroes, not what was there. */
void node_resize(struct node *node, uint64_t size)
{
	uint64_t index = (size + PAGE - 1) / PAGE;

	if (size < node->size && page_at(node, size / PAGE))
		__builtin_memset((char *)node->pages[size / PAGE] + size % PAGE, 0, PAGE - size % PAGE);
	for (; index < node->page_count; index++) {
		pages_used -= node->pages[index] != NULL;
		memory_free(node->pages[index], PAGE);
		node->pages[index] = NULL;
	}
	node->size = size;
}

/* ---------------------------------------------------------------- for mappings */

static struct node *node_of(const struct um_pager *pager)
{
	return CONTAINER((uintptr_t)pager, struct node, pager);
}

/* As the page is now: a mapping that has it does not see what is written to the file later. */
static enum um_status pager_read(const struct um_pager *pager, uint64_t offset, void *page)
{
	return node_copy(node_of(pager), page, offset, PAGE) > 0 ? UM_OK : UM_BUS;
}

static void pager_hold(const struct um_pager *pager)
{
	node_hold(node_of(pager));
}

static void pager_release(const struct um_pager *pager)
{
	node_drop(node_of(pager));
}

/* ---------------------------------------------------------------- nodes */

struct node *node_hold(struct node *node)
{
	node->uses++;
	return node;
}

static void free_node(struct node *node)
{
	if (!node->read_only) {
		node_resize(node, 0);
		pages_used -= array_pages(node->page_count);
	}
	nodes--;
	memory_free(node->pages, node->page_count * sizeof *node->pages);
	memory_free(node, sizeof *node);
}

void node_drop(struct node *node)
{
	while (node && --node->uses == 0) {
		struct node *parent = node->parent;

		free_node(node);
		node = parent;
	}
}

struct node *node_child(const struct node *node, uint64_t inode)
{
	struct list *at;

	for (at = node->children.next; at != &node->children; at = at->next) {
		struct node *child = CONTAINER(at, struct node, in_parent);

		if (child->inode >= inode)
			return child;
	}
	return NULL;
}

struct node *node_next(const struct node *node)
{
	struct list *next = node->in_parent.next;

	return next == &node->parent->children || next == &node->in_parent ? NULL : CONTAINER(next, struct node, in_parent);
}

static struct node *new_node(unsigned mode)
{
	static const struct um_pager pager = { .size = sizeof pager, .read = pager_read, .hold = pager_hold, .release = pager_release };
	static uint64_t last_inode;
	struct node *node = nodes < pages_total() / 2 ? memory_alloc(sizeof *node) : NULL;

	if (!node)
		return NULL;
	nodes++;
	if (S_ISREG(mode))
		node->pager = pager;
	node->uses = 1;
	node->mode = mode;
	node->links = S_ISDIR(mode) ? 2 : 1;
	node->inode = ++last_inode;
	list_init(&node->in_parent);
	list_init(&node->children);
	return node;
}

struct node *tree_make(const struct place *place, unsigned mode)
{
	struct node *node = new_node(mode);

	if (!node)
		return NULL;
	__builtin_memcpy(node->name, place->name, place->length);
	node->parent = node_hold(place->directory);
	node->parent->links += S_ISDIR(mode);
	node->read_only = node->parent->read_only;
	list_append(&node->parent->children, &node->in_parent);
	return node;
}

void tree_remove(struct node *node)
{
	node->parent->links -= S_ISDIR(node->mode);
	node->links = 0;
	list_remove(&node->in_parent);
	node_drop(node);
}

long tree_path(const struct node *node, char *buffer, size_t size)
{
	size_t at = size - 1;

	buffer[at] = '\0';
	for (; node != root; node = node->parent) {
		size_t length = __builtin_strlen(node->name);

		if (node->links == 0)
			return -ENOENT;
		if (at < length + 1)
			return -ENAMETOOLONG;
		at -= length;
		__builtin_memcpy(buffer + at, node->name, length);
		buffer[--at] = '/';
	}
	if (at == size - 1)
		buffer[--at] = '/';
	__builtin_memmove(buffer, buffer + at, size - at);
	return (long)(size - at);
}

/* ---------------------------------------------------------------- the start */

static struct node *make(const char *path, unsigned mode, uint64_t device)
{
	struct place place;
	struct node *node = tree_place(root, path, TREE_PARENT, &place) == 0 ? tree_make(&place, mode) : NULL;

	ASSERT(node);
	node->device = device;
	return node;
}

void tree_init(const void *archive, size_t size)
{
	root = new_node(S_IFDIR | 0755);
	ASSERT(root);
	root->parent = root;
	root->read_only = true;
	make("/dev", S_IFDIR | 0755, 0);
	make("/dev/console", S_IFCHR | 0600, DEVICE_CONSOLE);
	make("/dev/null", S_IFCHR | 0666, DEVICE_NULL);
	make("/dev/zero", S_IFCHR | 0666, DEVICE_ZERO);
	make("/tmp", S_IFDIR | S_ISVTX | 0777, 0)->read_only = false;
	if (size > 0)
		tree_unpack(archive, size);
}
