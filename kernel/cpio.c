/* The initramfs: a cpio archive of the newc format, with or without checksums, which nobody looks at. */
#include <linux/errno.h>
#include <linux/stat.h>
#include "memory.h"
#include "tree.h"

enum { MAGIC = 6, DIGITS = 8, FIELDS = 13, ALIGNED = 4 };

struct header { /* as numbers; in the archive each is of eight hexadecimal digits */
	uint32_t inode, mode, uid, gid, links, time, size, major, minor, device_major, device_minor, name_size, check;
};

struct archive {
	const char *bytes;
	size_t size, at;
};

struct entry {
	struct header header;
	const char *name, *data;
};

/* The next n bytes, and then as many as are there to be aligned; NULL: there are not so many. */
static const char *take(struct archive *archive, size_t n)
{
	const char *start = archive->bytes + archive->at;

	if (n > archive->size - archive->at)
		return NULL;
	archive->at += n;
	while (archive->at % ALIGNED != 0 && archive->at < archive->size)
		archive->at++;
	return start;
}

static bool number_of(const char *digits, uint32_t *number)
{
	size_t i;

	*number = 0;
	for (i = 0; i < DIGITS; i++) {
		char c = digits[i] | 0x20;
		int digit = '0' <= c && c <= '9' ? c - '0' : 'a' <= c && c <= 'f' ? c - 'a' + 10 : -1;

		if (digit < 0)
			return false;
		*number = *number << 4 | (uint32_t)digit;
	}
	return true;
}

/* Name and header are aligned together. */
static bool next_entry(struct archive *archive, struct entry *entry)
{
	size_t fixed = MAGIC + FIELDS * DIGITS, left = archive->size - archive->at, i;
	const char *bytes = archive->bytes + archive->at;
	uint32_t fields[FIELDS];

	if (left < fixed || (__builtin_memcmp(bytes, "070701", MAGIC) != 0 && __builtin_memcmp(bytes, "070702", MAGIC) != 0))
		return false;
	for (i = 0; i < FIELDS; i++)
		if (!number_of(bytes + MAGIC + i * DIGITS, &fields[i]))
			return false;
	__builtin_memcpy(&entry->header, fields, sizeof entry->header);
	if (entry->header.name_size == 0 || !take(archive, fixed + entry->header.name_size))
		return false;
	entry->name = bytes + fixed;
	entry->data = take(archive, entry->header.size);
	return entry->data && entry->name[entry->header.name_size - 1] == '\0';
}

/* What a link says is to be followed by zeroes. */
static bool copy_text(struct node *node, const struct entry *entry)
{
	node->pages[0] = memory_alloc(PAGE);
	if (node->pages[0])
		__builtin_memcpy(node->pages[0], entry->data, entry->header.size);
	return node->pages[0] != NULL;
}

/* A file's pages are used where they lie; the last one is only looked at up to the size. */
static bool fill(struct node *node, const struct entry *entry)
{
	size_t size = entry->header.size, i;

	node->read_only = true;
	node->page_count = (size + PAGE - 1) / PAGE;
	node->pages = memory_alloc(node->page_count * sizeof *node->pages);
	if (!node->pages)
		return false;
	node->size = size;
	for (i = 0; i < node->page_count; i++)
		node->pages[i] = (void *)(uintptr_t)(entry->data + i * PAGE);
	return S_ISREG(node->mode) || copy_text(node, entry);
}

/* A second name of a file would be a second file here. */
static bool is_known(const struct header *header)
{
	if (S_ISREG(header->mode))
		return header->links <= 1;
	if (S_ISLNK(header->mode))
		return header->size > 0 && header->size < PAGE;
	return S_ISDIR(header->mode) || S_ISCHR(header->mode);
}

/* Names are looked up as a program's would be, so that none leads out of the tree.  Directories and devices may be there already. */
static long add(const struct entry *entry)
{
	const struct header *header = &entry->header;
	bool has_bytes = S_ISREG(header->mode) || S_ISLNK(header->mode);
	struct place place;
	struct node *node;
	long error = tree_place(tree_root(), entry->name, TREE_PARENT, &place);

	if (error != 0)
		return error;
	if (!is_known(header) || (place.slash && !S_ISDIR(header->mode)))
		return -EINVAL;
	if (place.node)
		return has_bytes || ((place.node->mode ^ header->mode) & S_IFMT) != 0 ? -EEXIST : 0;
	node = tree_make(&place, header->mode & (S_IFMT | 07777));
	if (!node)
		return -ENOMEM;
	node->device = header->device_major << 8 | header->device_minor;
	if (!has_bytes || header->size == 0 || fill(node, entry))
		return 0;
	tree_remove(node);
	return -ENOMEM;
}

void tree_unpack(const char *bytes, size_t size)
{
	struct archive archive = { bytes, size, 0 };
	struct entry entry;
	long error = 0;

	while (next_entry(&archive, &entry)) {
		if (__builtin_strcmp(entry.name, "TRAILER!!!") == 0)
			return;
		error = add(&entry);
		if (error != 0) {
			print("initramfs: %s: error %ld\n", entry.name, error);
			return;
		}
	}
	print("initramfs: no entry at byte %lu\n", archive.at);
}
