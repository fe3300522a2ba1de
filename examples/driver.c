/*
 * A driver that keeps a buffer from one system call to the next, while the process that lent it shortens it, swaps it,
 * dies and starts again.
 *
 * The driver is three calls of a kernel: `allow` lends a buffer, `count` adds up the bytes that are lent, `grow` moves the
 * end of the process's memory.  It looks at nothing twice and keeps nothing but the share, so there is nothing that it
 * could get wrong when the process changes its mind.
 */
#include <stdio.h>
#include <string.h>
#include <usermem/usermem.h>

/* ---------------------------------------------------------------- the kernel: one slot for a process, one for a buffer */

static unsigned char memory[64]; /* of the process: all that it could ever have */
static struct um_bytes process;  /* what it has now */
static struct um_owner slot;
static struct um_share share;

static void start(size_t size)
{
	memset(memory, 0, sizeof memory);
	um_bytes_init(&process, memory, size);
	um_owner_start(&slot, &process.space);
	printf("start: instance %d, %zu bytes\n", (int)slot.generation, size);
}

static void stop(void)
{
	um_owner_end(&slot);
	printf("end\n");
}

static void grow(size_t size)
{
	bool may = um_owner_may_shrink(&slot, um_addr_of(size));

	if (may && size > process.size)
		memset(memory + process.size, 0, size - process.size);
	if (may)
		process.size = size;
	printf("grow to %zu: %s\n", size, may ? "done" : "refused, a driver may still count on it");
}

static void allow(uint64_t start_of_it, uint64_t length)
{
	struct um_range range = { um_addr_of(start_of_it), length };
	enum um_status status = um_share_swap(&share, &slot, UM_READ, &range);

	printf("allow %d+%d: %s, back comes %d+%d\n", (int)start_of_it, (int)length, um_status_text(status), (int)range.start.value, (int)range.length);
}

/* ---------------------------------------------------------------- the driver */

static void count(void)
{
	unsigned sum = 0, done = 0;
	unsigned char chunk[8];
	struct um_result got;

	/* Until it ends: whatever um_share_length says may be old by the next chunk. */
	do {
		got = um_copy_in(&share.space, chunk, um_addr_of(done), sizeof chunk, 0);
		for (size_t i = 0; i < got.done; i++)
			sum += chunk[i];
		done += (unsigned)got.done;
	} while (got.status == UM_OK);
	if (um_share_present(&share))
		printf("count: %u in %u bytes\n", sum, done);
	else
		printf("count: no buffer, %s\n", um_status_text(got.status));
}

int main(void)
{
	um_share_init(&share);
	count();
	start(32);
	memset(memory, 1, 32);
	allow(8, 20);
	count();
	allow(8, 5);   /* shortened */
	count();
	allow(24, 16); /* not its own: it is told so, and has lent what it had */
	count();
	grow(12);
	grow(64);
	allow(24, 16); /* eight ones, and what has grown */
	count();
	allow(0, 0);   /* empty, which is not the same as none */
	count();
	allow(8, 20);
	stop();
	count();
	start(32);     /* in the same slot */
	count();
	allow(0, 4);
	count();
}
