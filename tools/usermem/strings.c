/* usermem strings: the string at an address, or the printable ones in a range. */
#include "output.h"
#include "progress.h"
#include "walk.h"
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { USUAL_LIMIT = 4096, MOST_LIMIT = 64 << 20, USUAL_LEAST = 4, USUAL_SCAN = 4096, ADDRESSES = 1024 };

struct request {
	struct source_name name;
	um_addr addresses[ADDRESSES];
	size_t count;
	struct um_range range;
	bool scan, json;
	uint64_t limit, least;
	unsigned flags;
};

static error_t take_another(struct request *request, const char *text)
{
	if (request->count < ADDRESSES)
		return take_address(text, &request->addresses[request->count++]);
	complain(STATUS_USAGE, "give the others to a second call", "more than %d addresses", ADDRESSES);
	return EINVAL;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct request *request = state->input;

	switch (key) {
	case 'i': request->flags |= UM_IGNORE_PERMS; return 0;
	case 'j': request->json = true; return 0;
	case SOURCE_CORE: request->name.core = argument; return 0;
	case 'n': return take_length(argument, 1, MOST_LIMIT, &request->limit);
	case 'm': return take_length(argument, 1, USUAL_LIMIT, &request->least);
	case 's':
		request->scan = true;
		return take_range(argument, USUAL_SCAN, &request->range);
	case ARGP_KEY_ARG:
		return source_place(&request->name, state) < 0 ? take_pid(argument, &request->name.pid) : take_another(request, argument);
	case ARGP_KEY_END:
		return source_need(&request->name, state, request->scan ? 0 : 1, request->scan ? NULL : "an ADDR or --scan with a range");
	default: return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	SOURCE_OPTION,
	{ "ignore-perms", 'i', NULL, 0, "Read what is mapped but not readable too, as a debugger does", 0 },
	{ "json", 'j', NULL, 0, "Print JSON", 0 },
	{ "limit", 'n', "BYTES", 0, "Look for the NUL in so many bytes at most (4096)", 0 },
	{ "scan", 's', "RANGE", 0, "Print each run of printable characters in ADDR+LENGTH, START-END or the 4096 bytes at ADDR, as strings(1) does", 0 },
	{ "min", 'm', "BYTES", 0, "The shortest run that --scan prints (4)", 0 },
	{ 0 },
};
static const struct argp argp = { options, parse, "PID ADDR...\n--core FILE ADDR...",
	"Shows the string at each ADDR, as C would write it, and why it ends where it has no NUL.", NULL, NULL, NULL };

static const char *ending(enum um_status status)
{
	return status == UM_TOO_LONG ? "no NUL so far" : hole_name(status);
}

static void print_string(const struct request *request, um_addr addr, const char *text, struct um_result result)
{
	const unsigned char *bytes = (const unsigned char *)text;

	if (request->json) {
		json_print(json_pack("{s:o, s:o, s:o, s:I, s:s}", "address", json_address(addr.value), "text", json_text(bytes, result.done),
		                     "hex", json_hex(bytes, result.done), "length", (json_int_t)result.done,
		                     "status", um_status_name(result.status)));
		return;
	}
	printf("%s%016" PRIx64 "%s  \"", colour(COLOUR_DIM), addr.value, colour(COLOUR_NONE));
	print_escaped(bytes, result.done);
	putchar('"');
	if (result.status != UM_OK)
		printf("  %s[%s]%s after %zu bytes", colour(COLOUR_BAD), ending(result.status), colour(COLOUR_NONE), result.done);
	putchar('\n');
}

static int complain_of_missing(size_t missing, size_t count, enum um_status last)
{
	return complain(STATUS_PARTLY, last == UM_TOO_LONG ? "-n takes a higher limit" : "'usermem maps PID' shows what is mapped",
	                "%zu of %zu strings are not whole; of the last one: %s", missing, count, um_status_text(last));
}

static void begin_json(const struct source *source)
{
	putchar('{');
	source_json(source);
	fputs(",\"strings\":[", stdout);
}

static int print_strings(const struct source *source, const struct request *request)
{
	char *text = malloc(request->limit);
	enum um_status last = UM_OK;
	size_t missing = 0;

	if (!text)
		return complain(STATUS_PARTLY, "-n takes a lower limit", "no memory for %" PRIu64 " bytes", request->limit);
	if (request->json)
		begin_json(source);
	for (size_t i = 0; i < request->count; i++) {
		struct um_result result = um_copy_string_in(source->space, text, request->addresses[i], request->limit, request->flags);

		if (result.status == UM_GONE || result.status == UM_UNSUPPORTED) {
			free(text);
			fputs(request->json ? "]}\n" : "", stdout);
			return source_complain(source, result.status);
		}
		if (request->json && i > 0)
			putchar(',');
		print_string(request, request->addresses[i], text, result);
		if (result.status != UM_OK) {
			missing++;
			last = result.status;
		}
	}
	free(text);
	fputs(request->json ? "]}\n" : "", stdout);
	return missing == 0 ? STATUS_ALL : complain_of_missing(missing, request->count, last);
}

/* A run of printable characters, told as soon as it is long enough and printed as it goes on. */
struct scan {
	const struct request *request;
	unsigned char held[USUAL_LIMIT];
	uint64_t start, length;
	bool begun;
};

static void end_run(struct scan *scan)
{
	if (scan->length >= scan->request->least)
		puts(scan->request->json ? "\"}" : "");
	scan->length = 0;
}

static void begin_run(struct scan *scan)
{
	if (scan->request->json)
		printf("%s{\"address\":\"0x%" PRIx64 "\",\"text\":\"", scan->begun ? "," : "", scan->start);
	else
		printf("%s%016" PRIx64 "%s  ", colour(COLOUR_DIM), scan->start, colour(COLOUR_NONE));
	scan->begun = true;
}

static void put_printable(const struct scan *scan, int c)
{
	if (!scan->request->json)
		putchar(c);
	else if (c == '\t')
		fputs("\\t", stdout);
	else
		printf(c == '"' || c == '\\' ? "\\%c" : "%c", c);
}

static bool scan_bytes(void *context, uint64_t addr, const unsigned char *bytes, size_t n)
{
	struct scan *scan = context;
	uint64_t least = scan->request->least;

	for (size_t i = 0; i < n; i++) {
		if ((bytes[i] < ' ' || bytes[i] > '~') && bytes[i] != '\t') {
			end_run(scan);
			continue;
		}
		if (scan->length == 0)
			scan->start = addr + i;
		if (scan->length < least)
			scan->held[scan->length] = bytes[i];
		if (++scan->length > least) {
			put_printable(scan, bytes[i]);
		} else if (scan->length == least) {
			begin_run(scan);
			for (size_t k = 0; k < least; k++)
				put_printable(scan, scan->held[k]);
		}
	}
	return ferror(stdout) == 0;
}

static bool scan_hole(void *context, uint64_t addr, uint64_t length, enum um_status cause)
{
	(void)addr, (void)length, (void)cause;
	end_run(context);
	return true;
}

static int scan(const struct source *source, const struct request *request)
{
	struct scan scan = { .request = request };
	const struct walk_visitor visitor = { scan_bytes, scan_hole, &scan };
	struct walk_totals totals;
	enum um_status status;

	if (request->json)
		begin_json(source);
	else if (!isatty(STDOUT_FILENO))
		/* A run is printed as it comes; nothing may come between. */
		progress_begin(request->range.length);
	status = walk(source, request->range, request->flags, &visitor, &totals);
	progress_end();
	end_run(&scan);
	fputs(request->json ? "]}\n" : "", stdout);
	return walk_complain(source, status, request->range, &totals);
}

int strings_main(int argc, char **argv)
{
	static struct request request = { .limit = USUAL_LIMIT, .least = USUAL_LEAST };
	struct source source;
	int status;

	if (!options_parse(&argp, argc, argv, 0, &request))
		return STATUS_USAGE;
	status = source_open(&source, &request.name, SOURCE_MEMORY);
	if (status != STATUS_ALL)
		return status;
	status = request.scan ? scan(&source, &request) : print_strings(&source, &request);
	source_close(&source);
	return status;
}
