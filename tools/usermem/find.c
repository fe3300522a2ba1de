/* usermem find: where in memory some text, bytes or integers are. */
#include "match.h"
#include "output.h"
#include "progress.h"
#include "walk.h"
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { PATTERNS = 64, PATTERN_MOST = 64 * 1024, USUAL_RANGE = 4096 };

enum pattern_kind { TEXT = 0, INTEGER = 4, HEX = 'x' };
struct pattern {
	const char *given; /* as it was typed */
	enum pattern_kind kind;
	size_t size;       /* of an integer */
	unsigned char *bytes;
	size_t length;
	struct match match;
	size_t at;         /* in the piece that is searched: behind the next occurrence */
	bool found;        /* there is one */
};

struct request {
	struct source_name name;
	struct pattern patterns[PATTERNS];
	size_t count;
	struct um_range range;
	uint64_t align, most;
	const char *perms;
	bool json, ranged, big, fold;
	unsigned flags;
};

static error_t refuse(const char *text, const char *why, const char *remedy)
{
	complain(STATUS_USAGE, remedy, "'%s': %s", text, why);
	return EINVAL;
}

static error_t take_pattern(struct request *request, const char *text, enum pattern_kind kind, size_t size)
{
	struct pattern *pattern = &request->patterns[request->count];

	if (request->count == PATTERNS)
		return refuse(text, "it is one pattern more than the 64 that can be looked for at once", "give the others to a second call");
	*pattern = (struct pattern){ .given = text, .kind = kind, .size = size };
	request->count++;
	return 0;
}

static error_t take_perms(struct request *request, const char *text)
{
	request->perms = text;
	return text[strspn(text, "rwxsp")] == '\0' ? 0 : refuse(text, "permissions are among r, w, x, s and p", "write them as 'usermem maps' does: rw");
}

/* Whatever came before or behind the pattern on the command line holds for it. */
static error_t make_pattern(const struct request *request, struct pattern *pattern)
{
	const char *why = NULL;
	uint64_t value;

	if (pattern->kind == TEXT) {
		pattern->length = strlen(pattern->given);
		pattern->bytes = (unsigned char *)strdup(pattern->given);
		for (size_t i = 0; request->fold && pattern->bytes && i < pattern->length; i++)
			pattern->bytes[i] = (unsigned char)tolower(pattern->bytes[i]);
	} else if (pattern->kind == HEX) {
		why = parse_hex(pattern->given, &pattern->bytes, &pattern->length);
	} else {
		why = parse_integer(pattern->given, pattern->size, &value);
		pattern->length = pattern->size;
		pattern->bytes = malloc(sizeof value);
		for (size_t i = 0; !why && pattern->bytes && i < pattern->size; i++)
			pattern->bytes[i] = (unsigned char)(value >> 8 * (request->big ? pattern->size - 1 - i : i));
	}
	if (why)
		return refuse(pattern->given, why, "'usermem find --help' shows how patterns are written");
	if (pattern->length == 0 || pattern->length > PATTERN_MOST)
		return refuse(pattern->given, "a pattern has 1 to 65536 bytes", "give one with some, or a part of it");
	if (!pattern->bytes || !match_begin(&pattern->match, pattern->bytes, pattern->length))
		return refuse(pattern->given, "no memory", "close other programs");
	return 0;
}

static error_t make_patterns(struct request *request)
{
	error_t error = 0;

	if (request->count == 0)
		return refuse("PATTERN", "it is missing", "give some text, or --hex or --int32 and the like");
	for (size_t i = 0; i < request->count && error == 0; i++)
		error = make_pattern(request, &request->patterns[i]);
	return error;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct request *request = state->input;
	error_t error;

	switch (key) {
	case '1': case '2': case '4': case '8': return take_pattern(request, argument, INTEGER, (size_t)(key - '0'));
	case 'x': return take_pattern(request, argument, HEX, 0);
	case 'a': return take_length(argument, 1, (uint64_t)1 << 40, &request->align);
	case 'B': request->big = true; return 0;
	case 'I': request->fold = true; return 0;
	case 'i': request->flags |= UM_IGNORE_PERMS; return 0;
	case 'j': request->json = true; return 0;
	case 'm': return take_length(argument, 1, UINT64_MAX, &request->most);
	case 'p': return take_perms(request, argument);
	case 's':
		request->ranged = true;
		return take_range(argument, USUAL_RANGE, &request->range);
	case SOURCE_CORE: request->name.core = argument; return 0;
	case ARGP_KEY_ARG:
		return source_place(&request->name, state) < 0 ? take_pid(argument, &request->name.pid) : take_pattern(request, argument, TEXT, 0);
	case ARGP_KEY_END:
		error = source_need(&request->name, state, 0, NULL);
		return error ? error : make_patterns(request);
	default: return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	SOURCE_OPTION,
	{ "hex", 'x', "DIGITS", 0, "Find these bytes, two hexadecimal digits each", 1 },
	{ "int8", '1', "NUMBER", 0, "Find an integer of one byte, decimal or 0x, with a minus or not", 1 },
	{ "int16", '2', "NUMBER", 0, "of two", 1 },
	{ "int32", '4', "NUMBER", 0, "of four", 1 },
	{ "int64", '8', "NUMBER", 0, "or of eight", 1 },
	{ "big-endian", 'B', NULL, 0, "Integers have their highest byte first", 1 },
	{ "ignore-case", 'I', NULL, 0, "In text, a letter is as good as its capital (ASCII)", 1 },
	{ "align", 'a', "BYTES", 0, "Only at addresses that are multiples of this", 2 },
	{ "scan", 's', "RANGE", 0, "Only in ADDR+LENGTH, START-END or the 4096 bytes at ADDR", 2 },
	{ "perms", 'p', "PERMS", 0, "Only in mappings that have all of these: rw, or x", 2 },
	{ "max", 'm', "COUNT", 0, "No more than this many", 2 },
	{ "ignore-perms", 'i', NULL, 0, "Search what is mapped but not readable too, as a debugger does", 2 },
	{ "json", 'j', NULL, 0, "Print JSON", 2 },
	{ 0 },
};
static const struct argp argp = { options, parse, "PID PATTERN...\n--core FILE PATTERN...",
	"Finds text (PATTERN), bytes and integers in all readable memory of a process, or of the core that one left; also where they overlap."
	"\vFor example, where is this text, then this int among the writable bytes:\n"
	"  usermem find 4711 hello\n"
	"  usermem find 4711 --int32 1000 --align 4 --perms w\n"
	"Exit status: 0 something was found, 1 nothing was.", NULL, NULL, NULL };

struct search {
	const struct request *request;
	struct pattern *patterns;
	size_t count;
	const struct mappings *mappings;
	uint64_t found, read, unreadable;
	unsigned char folded[WALK_ROOM];
};

static void print_pattern(const struct pattern *pattern)
{
	if (pattern->kind == TEXT)
		putchar('"'), print_escaped((const unsigned char *)pattern->given, strlen(pattern->given)), putchar('"');
	else if (pattern->kind == HEX)
		printf("hex %s", pattern->given);
	else
		printf("int%zu %s", 8 * pattern->size, pattern->given);
}

static void print_found(struct search *search, const struct pattern *pattern, uint64_t addr)
{
	const struct mapping *mapping = mappings_at(search->mappings, addr);
	const char *perms = mapping ? mapping->perms : "", *path = mapping ? mapping->path : "";

	if (search->request->json) {
		fputs(search->found > 1 ? "," : "", stdout);
		json_print(json_pack("{s:o, s:I, s:s, s:o}", "address", json_address(addr), "pattern", (json_int_t)(pattern - search->patterns), "perms", perms,
		                     "path", json_text((const unsigned char *)path, strlen(path))));
		return;
	}
	progress_hide();
	printf("%s%016" PRIx64 "%s  %s  ", colour(COLOUR_DIM), addr, colour(COLOUR_NONE), perms);
	if (search->count > 1)
		print_pattern(pattern), fputs("  ", stdout);
	print_name(path);
	putchar('\n');
}

static void seek(struct pattern *pattern, const unsigned char *bytes, const unsigned char *folded, size_t n)
{
	pattern->found = match_next(&pattern->match, pattern->kind == TEXT ? folded : bytes, n, &pattern->at);
}

/* The pattern whose next occurrence ends first; NULL: there is no more. */
static struct pattern *first(struct search *search)
{
	struct pattern *first = NULL;

	for (size_t i = 0; i < search->count; i++)
		if (search->patterns[i].found && (!first || search->patterns[i].at < first->at))
			first = &search->patterns[i];
	return first;
}

static bool search_bytes(void *context, uint64_t addr, const unsigned char *bytes, size_t n)
{
	struct search *search = context;
	const unsigned char *folded = search->request->fold ? search->folded : bytes;
	struct pattern *pattern;

	for (size_t i = 0; search->request->fold && i < n; i++)
		search->folded[i] = (unsigned char)tolower(bytes[i]);
	for (size_t i = 0; i < search->count; i++) {
		search->patterns[i].at = 0;
		seek(&search->patterns[i], bytes, folded, n);
	}
	while ((pattern = first(search))) {
		uint64_t start = addr + pattern->at - pattern->length;

		if (start % search->request->align == 0) {
			search->found++;
			print_found(search, pattern, start);
			if (search->found == search->request->most || ferror(stdout))
				return false;
		}
		seek(pattern, bytes, folded, n);
	}
	return true;
}

static bool search_hole(void *context, uint64_t addr, uint64_t length, enum um_status cause)
{
	struct search *search = context;

	(void)addr, (void)length, (void)cause;
	for (size_t i = 0; i < search->count; i++)
		match_gap(&search->patterns[i].match);
	return true;
}

/* Is it to be searched?  Cut to the range that was asked for. */
static bool wanted(const struct request *request, const struct mapping *mapping, struct um_range *range)
{
	uint64_t start = mapping->start, last = mapping->last, limit = request->range.start.value;

	if (mapping->perms[0] != 'r' && !(request->flags & UM_IGNORE_PERMS))
		return false;
	for (const char *perm = request->perms; *perm; perm++)
		if (!strchr(mapping->perms, *perm))
			return false;
	if (request->ranged) {
		if (request->range.length == 0 || last < limit || start > limit + (request->range.length - 1))
			return false;
		start = start > limit ? start : limit;
		limit += request->range.length - 1;
		last = last < limit ? last : limit;
	}
	/* A whole space of 2^64 bytes has one more than a length can say. */
	*range = (struct um_range){ um_addr_of(start), last - start == UINT64_MAX ? UINT64_MAX : last - start + 1 };
	return true;
}

static uint64_t bytes_wanted(const struct request *request, const struct mappings *mappings)
{
	struct um_range range;
	uint64_t bytes = 0;

	for (size_t i = 0; i < mappings->count; i++)
		if (wanted(request, &mappings->list[i], &range))
			bytes += range.length;
	return bytes;
}

/* An occurrence may begin in one mapping and end in the next one: what is side by side is searched as one. */
static enum um_status search_all(const struct source *source, struct search *search)
{
	const struct walk_visitor visitor = { search_bytes, search_hole, search };
	struct walk_totals totals = { 0 };
	enum um_status status = UM_OK;
	uint64_t behind = 0;

	for (size_t i = 0; i < search->mappings->count && status == UM_OK && !totals.ended; i++) {
		struct um_range range;

		if (!wanted(search->request, &search->mappings->list[i], &range))
			continue;
		if (range.start.value != behind)
			search_hole(search, 0, 0, UM_UNMAPPED);
		status = walk(source, range, search->request->flags, &visitor, &totals);
		behind = range.start.value + range.length;
		search->read += totals.read;
		search->unreadable += totals.unmapped + totals.denied + totals.other;
	}
	return status;
}

static void begin_json(const struct source *source, const struct request *request)
{
	putchar('{');
	source_json(source);
	fputs(",\"patterns\":[", stdout);
	for (size_t i = 0; i < request->count; i++) {
		fputs(i > 0 ? "," : "", stdout);
		json_print(json_hex(request->patterns[i].bytes, request->patterns[i].length));
	}
	fputs("],\"matches\":[", stdout);
}

static int search_source(const struct source *source, struct request *request)
{
	static struct search search;
	struct mappings mappings;
	enum um_status status;
	int error = source_mappings(source, &mappings);

	if (error != 0)
		return source_complain(source, error == ENOMEM ? UM_NO_MEMORY : error == EACCES || error == EPERM ? UM_REFUSED : UM_GONE);
	search = (struct search){ .request = request, .patterns = request->patterns, .count = request->count, .mappings = &mappings };
	if (request->json)
		begin_json(source, request);
	else
		progress_begin(bytes_wanted(request, &mappings));
	status = search_all(source, &search);
	progress_end();
	mappings_free(&mappings);
	if (request->json)
		printf("],\"read\":%" PRIu64 ",\"unreadable\":%" PRIu64 ",\"status\":\"%s\"}\n", search.read, search.unreadable, um_status_name(status));
	else if (search.found > 0)
		printf("%s%" PRIu64 " found in %" PRIu64 "K, %" PRIu64 "K could not be read%s\n", colour(COLOUR_DIM), search.found, search.read / 1024,
		       search.unreadable / 1024, colour(COLOUR_NONE));
	if (status != UM_OK)
		return source_complain(source, status);
	if (search.found == 0)
		return complain(STATUS_PARTLY, "'usermem maps' shows what is mapped", "nothing was found in %" PRIu64 " bytes; %" PRIu64 " could not be read",
		                search.read, search.unreadable);
	return STATUS_ALL;
}

int find_main(int argc, char **argv)
{
	static struct request request = { .align = 1, .most = UINT64_MAX, .perms = "" };
	struct source source;
	int status = STATUS_USAGE;

	if (options_parse(&argp, argc, argv, 0, &request))
		status = source_open(&source, &request.name, SOURCE_MEMORY);
	else
		return status;
	if (status != STATUS_ALL)
		return status;
	status = search_source(&source, &request);
	source_close(&source);
	for (size_t i = 0; i < request.count; i++) {
		match_end(&request.patterns[i].match);
		free(request.patterns[i].bytes);
	}
	return status;
}
