/* Where the lines of a trace go. */
#include "trace.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OUTPUT_ROOM = 64 * 1024, LINE_SPACE = 4096 };

bool output_open(struct output *output, const char *path)
{
	const char *none = getenv("NO_COLOR"), *term = getenv("TERM");

	output->fd = STDERR_FILENO;
	if (path)
		output->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (output->fd < 0)
		return complain(0, "name a file that can be written with -o", "cannot write '%s': %s", path, strerror(errno)), false;
	output->data = malloc(OUTPUT_ROOM);
	if (!output->data)
		return complain(0, "close other programs", "no memory"), false;
	/* On stderr our lines and the program's own stay in order. */
	output->eager = !path || isatty(output->fd);
	output->colour = isatty(output->fd) && !(none && *none) && term && strcmp(term, "dumb") != 0;
	return true;
}

void output_flush(struct output *output)
{
	size_t done = 0;

	while (done < output->used && !output->failed) {
		ssize_t n = write(output->fd, output->data + done, output->used - done);

		if (n > 0)
			done += (size_t)n;
		else if (n < 0 && errno != EINTR)
			output->failed = true;
	}
	output->used = 0;
}

void output_add(struct output *output, const char *data, size_t n)
{
	while (n > 0) {
		size_t piece = OUTPUT_ROOM - output->used;

		if (piece > n)
			piece = n;
		memcpy(output->data + output->used, data, piece);
		output->used += piece;
		data += piece;
		n -= piece;
		if (output->used == OUTPUT_ROOM)
			output_flush(output);
	}
}

void output_line_ends(struct output *output)
{
	if (output->eager || output->used > OUTPUT_ROOM - LINE_SPACE)
		output_flush(output);
}
