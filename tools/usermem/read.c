/* usermem read: memory as a hexdump, as JSON, or raw. */
#include "hexdump.h"
#include "output.h"
#include "progress.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { USUAL_LENGTH = 256, MOST_ZEROES = 1 << 30 };

struct request {
	struct source_name name;
	struct um_range range;
	unsigned flags;
	bool json, every_line;
	const char *file;
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct request *request = state->input;

	switch (key) {
	case 'i': request->flags |= UM_IGNORE_PERMS; return 0;
	case 'j': request->json = true; return 0;
	case 'o': request->file = argument; return 0;
	case 'v': request->every_line = true; return 0;
	case SOURCE_CORE: request->name.core = argument; return 0;
	case ARGP_KEY_ARG:
		switch (source_place(&request->name, state)) {
		case -1: return take_pid(argument, &request->name.pid);
		case 0: return take_range(argument, USUAL_LENGTH, &request->range);
		default: return refuse_argument(argument);
		}
	case ARGP_KEY_END: return source_need(&request->name, state, 1, "an ADDR");
	default: return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	SOURCE_OPTION,
	{ "ignore-perms", 'i', NULL, 0, "Read what is mapped but not readable too, as a debugger does", 0 },
	{ "json", 'j', NULL, 0, "Print JSON", 0 },
	{ "output", 'o', "FILE", 0, "Write the bytes to FILE, each at its distance from ADDR; holes are zero bytes", 0 },
	{ "verbose", 'v', NULL, 0, "Print equal lines too, instead of one *", 0 },
	{ 0 },
};
static const struct argp argp = { options, parse, "PID ADDR[+LENGTH|-END]\n--core FILE ADDR[+LENGTH|-END]",
	"Shows memory of a process, or of the core that one left, as hexdump -C does, at its own addresses, and what cannot be read as [unmapped], [denied] or [bus]."
	"\vADDR and END are hexadecimal, with 0x or without.  LENGTH is 256, or decimal or 0x, with K, M, G or T behind it.",
	NULL, NULL, NULL };

/* JSON is printed piece by piece: a range may be larger than memory. */
struct json_list {
	bool begun;
};

static bool json_piece(struct json_list *list, json_t *piece)
{
	if (list->begun)
		putchar(',');
	list->begun = true;
	return json_print(piece) && ferror(stdout) == 0;
}

static bool json_bytes(void *context, uint64_t addr, const unsigned char *bytes, size_t n)
{
	return json_piece(context, json_pack("{s:o, s:o, s:o}", "start", json_address(addr), "end", json_end(addr, n),
	                                     "hex", json_hex(bytes, n)));
}

static bool json_hole(void *context, uint64_t addr, uint64_t length, enum um_status cause)
{
	return json_piece(context, json_pack("{s:o, s:o, s:s}", "start", json_address(addr), "end", json_end(addr, length),
	                                     "hole", hole_name(cause)));
}

static enum um_status read_json(const struct source *source, const struct request *request, struct walk_totals *totals)
{
	struct json_list list = { false };
	const struct walk_visitor visitor = { json_bytes, json_hole, &list };
	enum um_status status;

	putchar('{');
	source_json(source);
	printf(",\"start\":\"0x%" PRIx64 "\",\"length\":%" PRIu64 ",\"pieces\":[", request->range.start.value, request->range.length);
	status = walk(source, request->range, request->flags, &visitor, totals);
	printf("],\"read\":%" PRIu64 ",\"status\":\"%s\"}\n", totals->read, um_status_name(status));
	return status;
}

static enum um_status read_dump(const struct source *source, const struct request *request, struct walk_totals *totals)
{
	struct hexdump dump = { .every_line = request->every_line };
	const struct walk_visitor visitor = { hexdump_bytes, hexdump_hole, &dump };
	enum um_status status = walk(source, request->range, request->flags, &visitor, totals);

	/* As far as it came. */
	hexdump_end(&dump, request->range.start.value, totals->read + totals->unmapped + totals->denied + totals->other);
	return status;
}

struct raw {
	int fd;
	bool seekable;
};

static bool write_all(int fd, const unsigned char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t written = write(fd, bytes, n);

		if (written < 0 && errno != EINTR)
			return false;
		if (written > 0) {
			bytes += written;
			n -= (size_t)written;
		}
	}
	return true;
}

static bool raw_bytes(void *context, uint64_t addr, const unsigned char *bytes, size_t n)
{
	struct raw *raw = context;

	(void)addr;
	return write_all(raw->fd, bytes, n);
}

/* A file keeps its place without using any; a pipe is given zeroes, but not for ever. */
static bool raw_hole(void *context, uint64_t addr, uint64_t length, enum um_status cause)
{
	static const unsigned char zeroes[65536];
	struct raw *raw = context;

	(void)addr, (void)cause;
	if (raw->seekable && length <= INT64_MAX && lseek(raw->fd, (off_t)length, SEEK_CUR) >= 0)
		return true;
	if (raw->seekable || length > MOST_ZEROES) {
		errno = EFBIG;
		return false;
	}
	for (; length > sizeof zeroes; length -= sizeof zeroes)
		if (!write_all(raw->fd, zeroes, sizeof zeroes))
			return false;
	return write_all(raw->fd, zeroes, length);
}

static int read_raw(const struct source *source, const struct request *request, enum um_status *status, struct walk_totals *totals)
{
	bool standard = strcmp(request->file, "-") == 0;
	struct raw raw = { .fd = standard ? STDOUT_FILENO : open(request->file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) };
	const struct walk_visitor visitor = { raw_bytes, raw_hole, &raw };
	struct stat file;
	int error = 0;

	if (raw.fd < 0)
		return complain(STATUS_USAGE, "name a file that can be written", "%s: %s", request->file, strerror(errno));
	/* Standard output may be a file that others append to. */
	raw.seekable = !standard && fstat(raw.fd, &file) == 0 && S_ISREG(file.st_mode);
	if (!standard)
		progress_begin(request->range.length);
	*status = walk(source, request->range, request->flags, &visitor, totals);
	if (totals->ended)
		error = errno;
	progress_end();
	/* A hole at the end is part of it. */
	if (error == 0 && raw.seekable && ftruncate(raw.fd, lseek(raw.fd, 0, SEEK_CUR)) != 0)
		error = errno;
	if (!standard && close(raw.fd) != 0 && error == 0)
		error = errno;
	if (error != 0)
		return complain(STATUS_PARTLY, "make room or read less", "%s: %s", request->file, strerror(error));
	return STATUS_ALL;
}

int read_main(int argc, char **argv)
{
	struct request request = { 0 };
	struct source source;
	struct walk_totals totals = { 0 };
	enum um_status status = UM_OK;
	int exit_status;

	if (!options_parse(&argp, argc, argv, 0, &request))
		return STATUS_USAGE;
	exit_status = source_open(&source, &request.name, SOURCE_MEMORY);
	if (exit_status != STATUS_ALL)
		return exit_status;
	if (request.file)
		exit_status = read_raw(&source, &request, &status, &totals);
	else if (request.json)
		status = read_json(&source, &request, &totals);
	else
		status = read_dump(&source, &request, &totals);
	source_close(&source);
	return exit_status != STATUS_ALL ? exit_status : walk_complain(&source, status, request.range, &totals);
}
