/* Open files, and a process's descriptors of them. */
#include "file.h"
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/stat.h>
#include "memory.h"
#include "process.h"
#include "syscall.h"

/* ---------------------------------------------------------------- kinds of files */

static long read_node(struct file *file, struct um_writer *to, uint64_t offset)
{
	return node_read(file->node, to, offset);
}

static long write_node(struct file *file, struct um_reader *from, uint64_t offset)
{
	return node_write(file->node, from, offset);
}

static long read_directory(struct file *file, struct um_writer *to, uint64_t offset)
{
	(void)file;
	(void)to;
	(void)offset;
	return -EISDIR;
}

static long read_null(struct file *file, struct um_writer *to, uint64_t offset)
{
	(void)file;
	(void)to;
	(void)offset;
	return 0;
}

/* Linux does not look at what it takes. */
static long write_null(struct file *file, struct um_reader *from, uint64_t offset)
{
	(void)file;
	(void)offset;
	return (long)um_reader_left(from);
}

static long read_zero(struct file *file, struct um_writer *to, uint64_t offset)
{
	(void)file;
	(void)offset;
	return done_or_failed(um_write_fill(to, 0, um_writer_left(to)));
}

static const struct file_ops node_ops = { .read = read_node, .write = write_node, .seekable = true };
static const struct file_ops directory_ops = { .read = read_directory, .seekable = true };
static const struct file_ops null_ops = { .read = read_null, .write = write_null, .seekable = true };
static const struct file_ops zero_ops = { .read = read_zero, .write = write_null, .seekable = true };

const struct file_ops *file_ops_of(const struct node *node)
{
	if (S_ISREG(node->mode))
		return &node_ops;
	if (S_ISDIR(node->mode))
		return &directory_ops;
	switch (node->device) {
	case DEVICE_CONSOLE: return &console_ops;
	case DEVICE_NULL: return &null_ops;
	case DEVICE_ZERO: return &zero_ops;
	default: return NULL;
	}
}

/* ---------------------------------------------------------------- files */

struct file *file_new(const struct file_ops *ops, struct node *node, unsigned flags)
{
	struct file *file = memory_alloc(sizeof *file);

	if (file)
		*file = (struct file){ .ops = ops, .uses = 1, .flags = flags, .node = node ? node_hold(node) : NULL };
	return file;
}

struct file *file_hold(struct file *file)
{
	file->uses++;
	return file;
}

void file_drop(struct file *file)
{
	if (--file->uses > 0)
		return;
	if (file->ops->release)
		file->ops->release(file);
	node_drop(file->node);
	memory_free(file, sizeof *file);
}

/* ---------------------------------------------------------------- descriptors */

struct file *file_at(uint64_t descriptor)
{
	uint32_t number = (uint32_t)descriptor; /* Linux looks at no more of it */

	return number < FILES ? current->process->files[number] : NULL;
}

bool file_closes_on_exec(unsigned descriptor)
{
	return current->process->close_on_exec >> descriptor & 1;
}

void file_close_on_exec(unsigned descriptor, bool closes)
{
	uint64_t bit = (uint64_t)1 << descriptor, *set = &current->process->close_on_exec;

	*set = closes ? *set | bit : *set & ~bit;
}

void file_place(struct file *file, unsigned descriptor, bool close_on_exec)
{
	struct file *before = current->process->files[descriptor];

	current->process->files[descriptor] = file;
	file_close_on_exec(descriptor, close_on_exec);
	if (before)
		file_drop(before);
}

unsigned file_lowest_free(unsigned lowest)
{
	while (lowest < FILES && current->process->files[lowest])
		lowest++;
	return lowest;
}

long file_install(struct file *file, unsigned lowest, bool close_on_exec)
{
	unsigned i = file_lowest_free(lowest);

	if (i >= FILES) {
		file_drop(file);
		return -EMFILE;
	}
	file_place(file, i, close_on_exec);
	return (long)i;
}

long file_close(uint64_t descriptor)
{
	if (!file_at(descriptor))
		return -EBADF;
	file_place(NULL, (unsigned)descriptor, false);
	return 0;
}

void files_copy(struct process *child, const struct process *parent)
{
	unsigned i;

	child->close_on_exec = parent->close_on_exec;
	for (i = 0; i < FILES; i++)
		child->files[i] = parent->files[i] ? file_hold(parent->files[i]) : NULL;
}

static void drop_at(struct process *process, unsigned descriptor)
{
	if (process->files[descriptor])
		file_drop(process->files[descriptor]);
	process->files[descriptor] = NULL;
}

void files_exec(struct process *process)
{
	unsigned i;

	for (i = 0; i < FILES; i++)
		if (process->close_on_exec >> i & 1)
			drop_at(process, i);
	process->close_on_exec = 0;
}

void files_end(struct process *process)
{
	unsigned i;

	for (i = 0; i < FILES; i++)
		drop_at(process, i);
}
