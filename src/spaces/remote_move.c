/* Moving bytes between another process and us. */
#include "port/linux/maps.h"
#include "spaces/remote_parts.h"

#include <errno.h>
#include <sys/uio.h>
#include <unistd.h>
#include "ranges.h"

enum {
	BATCH = 256,            /* ranges per call: within 3% of the host's most, 1024, for 4 KiB of stack */
	CALL_MAX = 0x7ffff000,  /* what the host moves in one call, page for page */
	SEARCHES = 16,          /* for a living thread, in one transfer, of a process whose threads keep ending */
};

static inline struct um_result result_of(size_t done, enum um_status status)
{
	struct um_result result = { done, status, UM_ONLY_SIDE };

	return result;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static void *host_pointer(um_addr addr)
{
	return (void *)(uintptr_t)addr.value;
}

/* ---------------------------------------------------------------- by process_vm_readv and process_vm_writev */

/* As many ranges as go into one call. */
static size_t gather(struct um_ranges theirs, struct iovec *vector, size_t *bytes)
{
	struct um_range piece;
	size_t count = 0;

	*bytes = 0;
	while (count < BATCH && umi_ranges_next(&theirs, CALL_MAX - *bytes, &piece)) {
		vector[count++] = (struct iovec){ host_pointer(piece.start), piece.length };
		*bytes += piece.length;
	}
	return count;
}

/* The block, as often as it goes into one call. */
static size_t repeat(const struct umi_transfer *transfer, size_t left, struct iovec *vector, size_t *bytes)
{
	size_t count = 0;

	*bytes = 0;
	while (count < BATCH && *bytes < left) {
		vector[count] = (struct iovec){ transfer->ours, least(transfer->period, left - *bytes) };
		*bytes += vector[count++].iov_len;
	}
	return count;
}

/* One call of the host for the front of what is left: several ranges, or a block over and over. */
static __attribute__((noinline)) ssize_t call_host_with_many(const struct umi_transfer *transfer, struct um_ranges theirs, size_t done)
{
	struct iovec many[BATCH], one;
	struct iovec *ours = &one, *remote = many;
	size_t our_count = 1, remote_count = 1, bytes;
	int task = umi_remote_get(transfer->remote, REMOTE_TASK);
	struct um_range piece = { { 0 }, 0 };

	if (transfer->period != 0) {
		ours = many;
		remote = &one;
		umi_ranges_next(&theirs, UINT64_MAX, &piece);
		our_count = repeat(transfer, piece.length, many, &bytes);
		one = (struct iovec){ host_pointer(piece.start), bytes };
	} else {
		remote_count = gather(theirs, many, &bytes);
		one = (struct iovec){ transfer->ours + done, bytes };
	}
	if (transfer->access & UM_WRITE)
		return process_vm_writev(task, ours, our_count, remote, remote_count, 0);
	return process_vm_readv(task, ours, our_count, remote, remote_count, 0);
}

/* One call of the host for the front of what is left.  A single range does without a batch's stack. */
static ssize_t call_host(const struct umi_transfer *transfer, struct um_ranges theirs, size_t done)
{
	int task = umi_remote_get(transfer->remote, REMOTE_TASK);
	struct um_ranges front = theirs;
	struct iovec ours, remote;
	struct um_range piece;

	if (transfer->period != 0 || !umi_ranges_next(&front, CALL_MAX, &piece) || (front.length != 0 && piece.length != CALL_MAX))
		return call_host_with_many(transfer, theirs, done);
	ours = (struct iovec){ transfer->ours + done, piece.length };
	remote = (struct iovec){ host_pointer(piece.start), piece.length };
	if (transfer->access & UM_WRITE)
		return process_vm_writev(task, &ours, 1, &remote, 1, 0);
	return process_vm_readv(task, &ours, 1, &remote, 1, 0);
}

/* ---------------------------------------------------------------- by the file */

/* What is moved before the host stops; *failed, if it does.  The file knows no protections. */
static size_t move_by_file(const struct umi_transfer *transfer, struct um_range piece, size_t done, enum um_status *failed)
{
	int mem = transfer->remote->mem;
	size_t moved = 0;

	while (moved < piece.length) {
		size_t ask = least(piece.length - moved, transfer->period != 0 ? transfer->period : CALL_MAX);
		unsigned char *ours = transfer->ours + (transfer->period != 0 ? 0 : done + moved);
		off_t offset = (off_t)(piece.start.value + moved);
		ssize_t got = transfer->access & UM_WRITE ? pwrite(mem, ours, ask, offset) : pread(mem, ours, ask, offset);

		if (got <= 0) {
			*failed = got == 0 ? UM_GONE : errno == ENOMEM ? UM_NO_MEMORY : errno == EINTR ? UM_INTERRUPTED :
			          errno == EBADF || errno == EPERM ? UM_REFUSED : UM_BUS;
			break;
		}
		moved += (size_t)got;
	}
	return moved;
}

/* ---------------------------------------------------------------- causes */

/* Without the list of mappings: the file passes protections, so what it reads is mapped. */
static enum um_status cause_by_file(const struct um_remote *remote, um_addr at)
{
	char byte;
	ssize_t got = pread(remote->mem, &byte, 1, (off_t)at.value);

	return got > 0 ? UM_DENIED : got == 0 ? UM_GONE : UM_UNMAPPED;
}

/* The second look (law 6): why could the byte at `at` not be accessed? */
static enum um_status cause(struct um_remote *remote, um_addr at, unsigned access)
{
	struct um_range byte = { at, 1 };
	enum um_status status = umi_remote_look(remote, byte, access).status;

	if (status == UM_OK)
		return UM_BUS;
	return status == UM_REFUSED || status == UM_NO_MEMORY ? cause_by_file(remote, at) : status;
}

static um_addr front(struct um_ranges ranges)
{
	struct um_range piece = { { 0 }, 0 };

	umi_ranges_next(&ranges, 1, &piece);
	return piece.start;
}

/* ---------------------------------------------------------------- both */

/* Protections are judged by the mappings first, unless they are not asked for (law 23). */
static struct um_result transfer_by_file(const struct umi_transfer *transfer, struct um_ranges theirs, size_t done)
{
	struct um_range piece;

	while (umi_ranges_next(&theirs, UINT64_MAX, &piece)) {
		struct um_result allowed = { piece.length, UM_OK, UM_ONLY_SIDE };
		enum um_status failed = UM_OK;
		size_t moved;

		if (!(transfer->flags & UM_IGNORE_PERMS))
			allowed = umi_remote_look(transfer->remote, piece, transfer->access);
		piece.length = allowed.done;
		moved = move_by_file(transfer, piece, done, &failed);
		done += moved;
		if (failed == UM_BUS)
			failed = cause(transfer->remote, um_addr_of(piece.start.value + moved),
			               transfer->access | (transfer->flags & UM_IGNORE_PERMS ? UMI_FORCE : 0u));
		if (failed != UM_OK || allowed.status != UM_OK)
			return result_of(done, failed != UM_OK ? failed : allowed.status);
	}
	return result_of(done, UM_OK);
}

static struct um_result transfer_by_call(const struct umi_transfer *transfer, struct um_ranges theirs)
{
	size_t done = 0;
	int searches = 0;

	while (theirs.length != 0) {
		ssize_t got = call_host(transfer, theirs, done);
		int error;

		if (got > 0 && (uint64_t)got == theirs.length)
			return result_of(done + (size_t)got, UM_OK);
		error = got < 0 ? errno : EFAULT;
		if (got > 0 && um_ranges_skip(&theirs, (uint64_t)got) == UM_OK) {
			done += (size_t)got;
			continue;
		}
		switch (error) {
		case ESRCH:
			if (searches++ < SEARCHES && umi_remote_next_task(transfer->remote))
				continue;
			return result_of(done, UM_GONE);
		case ENOSYS:
		case EPERM: /* opening the file was allowed: a filter, or the process has become undumpable since */
			umi_remote_set(transfer->remote, REMOTE_BY_FILE, 1);
			return transfer_by_file(transfer, theirs, done);
		case ENOMEM:
			return result_of(done, UM_NO_MEMORY);
		case EINTR:
			return result_of(done, UM_INTERRUPTED);
		default:
			return result_of(done, cause(transfer->remote, front(theirs), transfer->access));
		}
	}
	return result_of(done, UM_OK);
}

struct um_result umi_remote_move(const struct umi_transfer *transfer, struct um_ranges theirs)
{
	struct um_remote *remote = transfer->remote;
	bool held = remote->flags & UM_REMOTE_HELD;
	struct um_result result;

	if (transfer->flags & UM_IGNORE_PERMS || umi_remote_get(remote, REMOTE_BY_FILE)) {
		result = transfer_by_file(transfer, theirs, 0);
		/* What the file moved was of the address space that it names; the text of the mappings may be another's. */
		held = true;
	} else if (transfer->access & UM_WRITE && !held && !umi_remote_alive(remote)) {
		return result_of(0, UM_GONE);
	} else {
		result = transfer_by_call(transfer, theirs);
	}
	if ((!held || result.status != UM_OK) && !umi_remote_alive(remote))
		result.status = UM_GONE;
	if (result.status == UM_GONE)
		result.done = 0;
	return result;
}
