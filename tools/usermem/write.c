/* usermem write: changes memory of a process that stands still, and says how to change it back. */
#include "output.h"
#include "process.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	PRINTED = 4096,         /* bytes that were there before are printed up to so many, else they go to a file */
	MOST_BYTES = 256 << 20,
};

struct request {
	int pid;
	um_addr addr;
	unsigned flags;
	bool json;
	const char *backup;
	unsigned char *bytes;
	size_t length;
	bool given;
};

static error_t refuse(const char *what, const char *why, const char *remedy)
{
	complain(STATUS_USAGE, remedy, "%s: %s", what, why);
	return EINVAL;
}

static error_t take_hex(struct request *request, const char *text)
{
	const char *why = parse_hex(text, &request->bytes, &request->length);

	return why ? refuse("--hex", why, "write it like 48656c6c6f or '48 65 6c'") : 0;
}

static error_t take_text(struct request *request, const char *text)
{
	request->length = strlen(text);
	request->bytes = (unsigned char *)strdup(text);
	return request->bytes ? 0 : refuse("--text", "no memory", "use --file");
}

static error_t take_file(struct request *request, const char *name)
{
	FILE *file = strcmp(name, "-") == 0 ? stdin : fopen(name, "re");
	size_t room = 0, got = 1;

	if (!file)
		return refuse(name, strerror(errno), "name a file that can be read");
	while (got > 0 && request->length <= MOST_BYTES) {
		if (request->length == room) {
			unsigned char *more = realloc(request->bytes, room = room ? 2 * room : 65536);

			if (!more)
				return refuse(name, "no memory", "write it in parts");
			request->bytes = more;
		}
		got = fread(request->bytes + request->length, 1, room - request->length, file);
		request->length += got;
	}
	if (ferror(file))
		return refuse(name, strerror(errno), "name a file that can be read");
	if (file != stdin)
		fclose(file);
	return request->length <= MOST_BYTES ? 0 : refuse(name, "it is larger than 256M", "write it in parts");
}

static error_t take_bytes(struct request *request, int key, const char *argument)
{
	if (request->given)
		return refuse("--hex, --text and --file", "more than one was given", "give one");
	request->given = true;
	return key == 'x' ? take_hex(request, argument) : key == 't' ? take_text(request, argument) : take_file(request, argument);
}

static error_t judge(const struct request *request)
{
	if (!request->given)
		return refuse("what to write", "it is missing", "give --hex, --text or --file");
	if (request->length == 0)
		return refuse("what to write", "it has no bytes", "give --hex, --text or --file with some");
	if (request->length > PRINTED && !request->backup)
		return refuse("what was there before", "it is printed for up to 4096 bytes", "give --backup FILE for more");
	if (request->length - 1 > UINT64_MAX - request->addr.value)
		return refuse("what to write", "it goes beyond the last address", "write less");
	return 0;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct request *request = state->input;
	error_t error;

	switch (key) {
	case 'b': request->backup = argument; return 0;
	case 'i': request->flags |= UM_IGNORE_PERMS; return 0;
	case 'j': request->json = true; return 0;
	case 'x': case 't': case 'f': return take_bytes(request, key, argument);
	case ARGP_KEY_ARG:
		switch (state->arg_num) {
		case 0: return take_pid(argument, &request->pid);
		case 1: return take_address(argument, &request->addr);
		default: return refuse_argument(argument);
		}
	case ARGP_KEY_END:
		error = need_arguments(state, 2, "a PID and an ADDR");
		return error ? error : judge(request);
	default: return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "hex", 'x', "DIGITS", 0, "Write these bytes, two hexadecimal digits each", 0 },
	{ "text", 't', "TEXT", 0, "Write this text, without a NUL behind it", 0 },
	{ "file", 'f', "FILE", 0, "Write what is in FILE; - is standard input", 0 },
	{ "backup", 'b', "FILE", 0, "Keep what was there before in FILE, a new one; needed for more than 4096 bytes", 0 },
	{ "ignore-perms", 'i', NULL, 0, "Write what is mapped but not writable too, as a debugger does", 0 },
	{ "json", 'j', NULL, 0, "Print JSON", 0 },
	{ 0 },
};
static const struct argp argp = { options, parse, "PID ADDR --hex DIGITS|--text TEXT|--file FILE",
	"Stops the process, prints what is at ADDR and the command that puts it back, writes, and lets the process go on.", NULL, NULL, NULL };

/* As much of what is there as can be put back: the rest is not written. */
static struct um_result read_before(struct um_space *space, const struct request *request, unsigned char *before)
{
	/* A debugger's look: what may be written need not be readable. */
	unsigned flags = space->can & UM_CAN_IGNORE_PERMS ? UM_IGNORE_PERMS : request->flags;

	return um_copy_in(space, before, request->addr, request->length, flags);
}

static bool keep(const char *name, const unsigned char *bytes, size_t n)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
	bool kept = file && fwrite(bytes, 1, n, file) == n;

	return file && fclose(file) == 0 && kept;
}

static void print_hex(const unsigned char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		printf("%02x", bytes[i]);
}

/* Before anything is written, so that it is known whatever happens next. */
static void print_before(const struct request *request, const unsigned char *before, size_t n)
{
	if (n <= PRINTED) {
		printf("before:   \"");
		print_escaped(before, n);
		puts("\"");
	} else {
		printf("before:   in %s\n", request->backup);
	}
	fflush(stdout);
}

/* For a shell. */
static void print_quoted(const char *text)
{
	putchar('\'');
	for (; *text; text++)
		if (*text == '\'')
			fputs("'\\''", stdout);
		else
			putchar(*text);
	putchar('\'');
}

static void print_way_back(const struct request *request, const unsigned char *before, size_t n)
{
	printf("put back: usermem write %d 0x%" PRIx64 "%s ", request->pid, request->addr.value,
	       request->flags & UM_IGNORE_PERMS ? " --ignore-perms" : "");
	if (n > PRINTED) {
		printf("--file ");
		print_quoted(request->backup);
		printf(" --backup ");
		print_quoted(request->backup);
		putchar('~');
	} else {
		printf("--hex ");
		print_hex(before, n);
	}
	putchar('\n');
}

static void print_result(const struct request *request, const unsigned char *before, struct um_result result)
{
	if (!request->json) {
		printf("written:  %zu of %zu bytes\n", result.done, request->length);
		if (result.done > 0)
			print_way_back(request, before, result.done);
		return;
	}
	json_print(json_pack("{s:i, s:o, s:I, s:I, s:s, s:o, s:s?}", "pid", request->pid, "address", json_address(request->addr.value),
	                     "asked", (json_int_t)request->length, "written", (json_int_t)result.done,
	                     "status", um_status_name(result.status), "before",
	                     result.done > PRINTED ? json_null() : json_hex(before, result.done), "backup", request->backup));
	putchar('\n');
}

static int complain_of_result(const struct request *request, struct um_result result)
{
	if (result.status == UM_OK)
		return STATUS_ALL;
	if (result.status == UM_GONE || result.status == UM_REFUSED || result.status == UM_UNSUPPORTED)
		return process_complain(request->pid, result.status);
	return complain(STATUS_PARTLY, result.status == UM_DENIED ? "--ignore-perms writes there too" : "'usermem maps PID' shows what is mapped",
	                "%zu of %zu bytes were written; of the next one: %s", result.done, request->length, um_status_text(result.status));
}

/* The process stands still. */
static int write_stopped(struct um_space *space, const struct request *request, unsigned char *before)
{
	struct um_result seen = read_before(space, request, before);
	struct um_result result = seen;

	if (request->backup && !keep(request->backup, before, seen.done))
		return complain(STATUS_USAGE, "nothing was written; name a new file", "%s: %s", request->backup, strerror(errno));
	if (seen.done > 0 && !request->json)
		print_before(request, before, seen.done);
	if (seen.done > 0) {
		result = um_copy_out(space, request->addr, request->bytes, seen.done, request->flags);
		if (result.status == UM_OK)
			result.status = seen.status;
	}
	/* Only what was changed is to be put back. */
	if (request->backup && truncate(request->backup, (off_t)result.done) != 0)
		complain(0, "put back only what was written", "%s: %s", request->backup, strerror(errno));
	print_result(request, before, result);
	return complain_of_result(request, result);
}

static int write_bytes(const struct request *request)
{
	struct um_remote remote;
	struct stopped stopped;
	unsigned char *before = malloc(request->length);
	int status = before ? process_stop(&stopped, request->pid)
	                    : complain(STATUS_PARTLY, "write it in parts", "no memory for %zu bytes", request->length);

	if (status == STATUS_ALL) {
		status = process_open(&remote, request->pid);
		if (status == STATUS_ALL) {
			status = write_stopped(&remote.space, request, before);
			um_close(&remote.space);
		}
		process_resume(&stopped);
	}
	free(before);
	return status;
}

int write_main(int argc, char **argv)
{
	struct request request = { 0 };
	int status = STATUS_USAGE;

	if (options_parse(&argp, argc, argv, 0, &request))
		status = write_bytes(&request);
	free(request.bytes);
	return status;
}
