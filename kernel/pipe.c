/*
 * Pipes.  A ring of pages as in Linux, since that shows: what a fault cuts off within a page was not written or read at all, and a
 * write that begins in a page of its own fills it.
 */
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <asm/poll.h>
#include <asm/unistd.h>
#include <usermem/ptr.h>
#include "memory.h"
#include "process.h"
#include "syscall.h"

enum { SLOTS = 16 };

struct slot {
	char *page;
	size_t start, length;
};

struct pipe {
	unsigned ends[2];    /* open files to read from it, and to write to it */
	unsigned head, tail; /* slots that were begun, and emptied; both only grow */
	struct slot slots[SLOTS];
	struct queue changed;
};

enum { READS, WRITES };

static bool is_empty(const struct pipe *pipe)
{
	return pipe->head == pipe->tail;
}

static bool is_full(const struct pipe *pipe)
{
	return pipe->head - pipe->tail == SLOTS;
}

static struct slot *slot_at(struct pipe *pipe, unsigned index)
{
	return &pipe->slots[index % SLOTS];
}

static void tell(struct pipe *pipe)
{
	queue_wake(&pipe->changed, SIZE_MAX);
	queue_wake(&poll_queue, SIZE_MAX);
}

/* 0, or why there is nothing to wait for. */
static long wait(const struct file *file, struct pipe *pipe)
{
	if (file->flags & O_NONBLOCK)
		return -EAGAIN;
	return thread_sleep(&pipe->changed, UINT64_MAX, UNTIL_SIGNALLED) == INTERRUPTED ? -RESTART : 0;
}

/* ---------------------------------------------------------------- reading */

static void drop_slot(struct pipe *pipe)
{
	memory_free(slot_at(pipe, pipe->tail++)->page, PAGE);
	tell(pipe);
}

/* From the first slot: a count, or a negative errno. */
static long read_slot(struct pipe *pipe, struct um_writer *to)
{
	struct slot *slot = slot_at(pipe, pipe->tail);
	size_t n = slot->length < um_writer_left(to) ? slot->length : (size_t)um_writer_left(to);
	struct um_result result = um_write(to, slot->page + slot->start, n);

	if (result.status != UM_OK)
		return failed(result.status);
	slot->start += n;
	slot->length -= n;
	if (slot->length == 0)
		drop_slot(pipe);
	return (long)n;
}

static long read_pipe(struct file *file, struct um_writer *to, uint64_t offset)
{
	struct pipe *pipe = file->object;
	long done = 0, part = 0;

	(void)offset;
	while (um_writer_left(to) > 0 && part >= 0) {
		if (!is_empty(pipe)) {
			part = read_slot(pipe, to);
			done += part > 0 ? part : 0;
		} else if (done > 0 || pipe->ends[WRITES] == 0) {
			break;
		} else {
			part = wait(file, pipe);
		}
	}
	return done > 0 ? done : part < 0 ? part : 0;
}

/* ---------------------------------------------------------------- writing */

/* Behind what the last slot has, if it all fits there: what is left over from whole pages. */
static long write_behind(struct pipe *pipe, struct um_reader *from)
{
	struct slot *slot = slot_at(pipe, pipe->head - 1);
	size_t n = um_reader_left(from) % PAGE;
	struct um_result result;

	if (n == 0 || is_empty(pipe) || slot->start + slot->length + n > PAGE)
		return 0;
	result = um_read(from, slot->page + slot->start + slot->length, n);
	if (result.status != UM_OK)
		return failed(result.status);
	slot->length += n;
	tell(pipe);
	return (long)n;
}

/* A slot that a fault leaves empty stays, as in Linux. */
static long write_slot(struct pipe *pipe, struct um_reader *from)
{
	struct slot *slot = slot_at(pipe, pipe->head);
	size_t n = um_reader_left(from) < PAGE ? (size_t)um_reader_left(from) : PAGE;
	struct um_result result;

	*slot = (struct slot){ .page = memory_alloc(PAGE) };
	if (!slot->page)
		return -ENOMEM;
	pipe->head++;
	result = um_read(from, slot->page, n);
	if (result.status != UM_OK)
		return failed(result.status);
	slot->length = n;
	tell(pipe);
	return (long)n;
}

static long broken(void)
{
	signal_thread(current, SIGPIPE);
	return -EPIPE;
}

static long write_pipe(struct file *file, struct um_reader *from, uint64_t offset)
{
	struct pipe *pipe = file->object;
	long done = 0, part = 0;

	(void)offset;
	if (um_reader_left(from) > 0 && pipe->ends[READS] > 0)
		done = part = write_behind(pipe, from);
	while (um_reader_left(from) > 0 && part >= 0) {
		if (pipe->ends[READS] == 0) {
			part = broken();
		} else if (!is_full(pipe)) {
			part = write_slot(pipe, from);
			done += part > 0 ? part : 0;
		} else {
			part = wait(file, pipe);
		}
	}
	return done > 0 ? done : part;
}

/* ---------------------------------------------------------------- ends */

static int end_of(const struct file *file)
{
	return (file->flags & O_ACCMODE) == O_RDONLY ? READS : WRITES;
}

static unsigned poll_pipe(struct file *file)
{
	struct pipe *pipe = file->object;

	if (end_of(file) == READS)
		return (is_empty(pipe) ? 0 : POLLIN | POLLRDNORM) | (pipe->ends[WRITES] == 0 ? POLLHUP : 0);
	return (is_full(pipe) ? 0 : POLLOUT | POLLWRNORM) | (pipe->ends[READS] == 0 ? POLLERR : 0);
}

static void free_if_closed(struct pipe *pipe)
{
	if (pipe->ends[READS] + pipe->ends[WRITES] > 0)
		return;
	while (!is_empty(pipe))
		memory_free(slot_at(pipe, pipe->tail++)->page, PAGE);
	memory_free(pipe, sizeof *pipe);
}

static void release_pipe(struct file *file)
{
	struct pipe *pipe = file->object;

	pipe->ends[end_of(file)]--;
	tell(pipe);
	free_if_closed(pipe);
}

static const struct file_ops pipe_ops = { .read = read_pipe, .write = write_pipe, .poll = poll_pipe, .release = release_pipe };

/* ---------------------------------------------------------------- pipe2 */

static struct file *new_end(struct pipe *pipe, int end, unsigned flags)
{
	struct file *file = file_new(&pipe_ops, NULL, (end == READS ? O_RDONLY : O_WRONLY) | (flags & O_NONBLOCK));

	if (file) {
		file->object = pipe;
		pipe->ends[end]++;
	}
	return file;
}

/* Both ends, or neither. */
static bool new_pipe(struct file *files[2], unsigned flags)
{
	struct pipe *pipe = memory_alloc(sizeof *pipe);

	if (!pipe)
		return false;
	queue_init(&pipe->changed);
	files[READS] = new_end(pipe, READS, flags);
	files[WRITES] = files[READS] ? new_end(pipe, WRITES, flags) : NULL;
	if (files[WRITES])
		return true;
	if (files[READS])
		file_drop(files[READS]);
	else
		free_if_closed(pipe);
	return false;
}

static long install(struct file *files[2], bool close_on_exec, int32_t numbers[2])
{
	numbers[READS] = (int32_t)file_install(files[READS], 0, close_on_exec);
	if (numbers[READS] < 0) {
		file_drop(files[WRITES]);
		return numbers[READS];
	}
	numbers[WRITES] = (int32_t)file_install(files[WRITES], 0, close_on_exec);
	if (numbers[WRITES] < 0) {
		file_close((uint64_t)numbers[READS]);
		return numbers[WRITES];
	}
	return 0;
}

static long make_pipe(um_addr address, unsigned flags)
{
	struct file *files[2];
	int32_t numbers[2];
	enum um_status status;
	long error;

	if (flags & ~(unsigned)(O_CLOEXEC | O_NONBLOCK))
		return -EINVAL;
	if (!new_pipe(files, flags))
		return -ENFILE;
	error = install(files, flags & O_CLOEXEC, numbers);
	if (error != 0)
		return error;
	status = um_put_array(user(), um_ptr_of(um_i32_ptr, address), numbers, 2, 0).status;
	if (status != UM_OK) {
		file_close((uint64_t)numbers[READS]);
		file_close((uint64_t)numbers[WRITES]);
	}
	return status == UM_OK ? 0 : failed(status);
}

static long call_pipe2(const uint64_t *a)
{
	return make_pipe(um_addr_of(a[0]), (unsigned)a[1]);
}

#ifdef __NR_pipe
static long call_pipe(const uint64_t *a)
{
	return make_pipe(um_addr_of(a[0]), 0);
}
#endif

static const struct syscall calls[] = {
	{ __NR_pipe2, call_pipe2 },
#ifdef __NR_pipe
	{ __NR_pipe, call_pipe },
#endif
};
const struct syscall_table calls_pipe = SYSCALL_TABLE(calls);
