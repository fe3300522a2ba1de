/* Files, pipes and children for the groups; the contract is in groups.h. */
#include <linux/signal.h>
#include <linux/wait.h>

#include "groups.h"
#include "line.h"

enum { SOURCE_BYTES = 3 * PAGE };

static uint8_t scratch[4 * PAGE];
static uint64_t source_fd;
static int64_t child;

void *memset(void *bytes, int value, size_t size)
{
	uint8_t *at = bytes;

	while (size-- > 0)
		*at++ = (uint8_t)value;
	return bytes;
}

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
	uint8_t *at = to;
	const uint8_t *source = from;

	while (size-- > 0)
		*at++ = *source++;
	return to;
}

static void fill_scratch(uint64_t size)
{
	uint64_t i;

	for (i = 0; i < size; i++)
		scratch[i] = (uint8_t)(pattern_at(i / 8 * 8) >> i % 8 * 8 ^ 0x40);
}

uint64_t files_source(void)
{
	static const char path[] = "/tmp/source";

	if (source_fd == 0) {
		fill_scratch(SOURCE_BYTES);
		source_fd = (uint64_t)CALL(openat, CURRENT_FOLDER, ADDRESS(path), O_RDWR | O_CREAT | O_TRUNC, 0600);
		CALL(write, source_fd, ADDRESS(scratch), SOURCE_BYTES);
	}
	CALL(lseek, source_fd, 0, 0);
	return source_fd;
}

uint64_t files_sink(void)
{
	static const char path[] = "/tmp/sink";

	return (uint64_t)CALL(openat, CURRENT_FOLDER, ADDRESS(path), O_RDWR | O_CREAT | O_TRUNC, 0600);
}

void files_effect(uint64_t fd)
{
	int64_t got, at = 0;

	line_effect_number(CALL(lseek, fd, 0, 1));
	while ((got = CALL(pread64, fd, ADDRESS(scratch), sizeof scratch, (uint64_t)at)) > 0) {
		line_effect(scratch, (uint64_t)got);
		at += got;
	}
	line_effect_number(at);
}

struct pipe pipes_filled(uint64_t size)
{
	struct pipe pipe;

	fill_scratch(size);
	CALL(pipe2, ADDRESS(pipe.ends), 0);
	if (size != 0)
		CALL(write, (uint64_t)pipe.ends[1], ADDRESS(scratch), size);
	return pipe;
}

void pipes_effect(const struct pipe *pipe)
{
	int64_t got, total = 0;

	CALL(close, (uint64_t)pipe->ends[1]);
	while ((got = CALL(read, (uint64_t)pipe->ends[0], ADDRESS(scratch), sizeof scratch)) > 0) {
		line_effect(scratch, (uint64_t)got);
		total += got;
	}
	line_effect_number(total);
	CALL(close, (uint64_t)pipe->ends[0]);
}

bool children_begin(void)
{
	child = CALL(clone, SIGCHLD);
	return child == 0;
}

void children_end(int code)
{
	for (;;)
		CALL(exit_group, (uint64_t)code);
}

int children_status(void)
{
	int status = 0;

	CALL(wait4, (uint64_t)child, ADDRESS(&status), __WALL);
	return status;
}
