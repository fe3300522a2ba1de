/* usermem compare: where two ranges, or all of two processes or cores, differ. */
#include "output.h"
#include "progress.h"
#include "walk.h"
#include <ctype.h>
#include <errno.h>
#include <string.h>

enum {
	SHOWN = 16, /* bytes of a difference */
	NEAR = 8,   /* fewer equal bytes than this between two differences make them one */
	BLOCK = 4096,
};

struct side {
	struct source_name name;
	bool ranged;
	struct um_range range;
	struct source source;
	struct walker walker;
	struct walk_piece piece;
	uint64_t used; /* of the piece */
	unsigned char room[WALK_ROOM];
};

struct request {
	unsigned count;
	uint64_t most;
	bool json, quiet;
	unsigned flags;
	struct side sides[2];
};

/* One difference, as long as it goes on: bytes against bytes, or what is on one side alone. */
struct difference {
	uint64_t start[2], length; /* with the equal bytes at its end */
	uint64_t equal;            /* bytes at its end that are equal */
	bool has_bytes[2];
	enum um_status causes[2];  /* UM_OK where there are bytes */
	unsigned char bytes[2][SHOWN];
};

struct comparison {
	const struct request *request;
	struct difference difference; /* length 0: none is open */
	uint64_t compared, differing, places, alone, unreadable;
	bool enough;
};

static error_t refuse(const char *text, const char *why, const char *remedy)
{
	complain(STATUS_USAGE, remedy, "'%s': %s", text, why);
	return EINVAL;
}

/* PID or FILE, and a range behind a colon or not.  A file's name may have colons. */
static error_t take_side(struct request *request, char *text)
{
	struct side *side = &request->sides[request->count];
	char *colon = strrchr(text, ':');

	if (request->count == 2)
		return refuse_argument(text);
	request->count++;
	side->ranged = colon && !parse_range(colon + 1, 0, &side->range);
	if (colon && !side->ranged && isdigit((unsigned char)text[0]) && text[strspn(text, "0123456789")] == ':')
		return take_range(colon + 1, 0, &side->range);
	if (side->ranged)
		*colon = '\0';
	if (text[0] != '\0' && text[strspn(text, "0123456789")] == '\0')
		return take_pid(text, &side->name.pid);
	side->name.core = text;
	return 0;
}

/* What one side says holds for the other one too. */
static error_t judge(struct request *request)
{
	struct side *a = &request->sides[0], *b = &request->sides[1];

	if (a->ranged && !b->ranged)
		b->range = a->range;
	if (!a->ranged && b->ranged)
		a->range = b->range;
	if (!a->ranged && !b->ranged)
		a->range = b->range = (struct um_range){ um_addr_of(0), UINT64_MAX };
	if (a->range.length == 0)
		a->range.length = b->range.length;
	if (b->range.length == 0)
		b->range.length = a->range.length;
	if (a->range.length == 0)
		return refuse("A and B", "neither says how many bytes", "write ADDR+LENGTH or START-END behind one of them");
	if (a->range.length != b->range.length)
		return refuse("A and B", "their lengths differ", "give the length to one of them alone");
	for (int i = 0; i < 2; i++)
		if (request->sides[i].range.length - 1 > UINT64_MAX - request->sides[i].range.start.value)
			return refuse("A and B", "they end behind the last 64-bit address", "compare less");
	return 0;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct request *request = state->input;
	error_t error;

	switch (key) {
	case 'i': request->flags |= UM_IGNORE_PERMS; return 0;
	case 'j': request->json = true; return 0;
	case 'm': return take_length(argument, 1, UINT64_MAX, &request->most);
	case 'q': request->quiet = true; return 0;
	case ARGP_KEY_ARG: return take_side(request, argument);
	case ARGP_KEY_END:
		error = need_arguments(state, 2, "two sources, A and B");
		return error ? error : judge(request);
	default: return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "ignore-perms", 'i', NULL, 0, "Read what is mapped but not readable too, as a debugger does", 0 },
	{ "json", 'j', NULL, 0, "Print JSON", 0 },
	{ "max", 'm', "COUNT", 0, "Stop behind this many differences; 1: the first one", 0 },
	{ "quiet", 'q', NULL, 0, "Print nothing; the exit status says it all", 0 },
	{ 0 },
};
static const struct argp argp = { options, parse, "PID|FILE[:RANGE] PID|FILE[:RANGE]",
	"Compares the memory of two processes, or of cores (FILE): the same addresses, or a range of each.\v"
	"RANGE is ADDR+LENGTH or START-END; a length that one has holds for both.  For example, what a process has changed since its core was written, "
	"and two arrays:\n"
	"  usermem compare core.4711 4711\n"
	"  usermem compare 4711:55d0c0a04010+1K 4711:55d0c0b06010\n"
	"Exit status: 0 equal, 1 different; all others say why nobody knows.", NULL, NULL, NULL };

/* ---------------------------------------------------------------- telling */

static const char *side_name(const struct difference *difference, int side)
{
	return difference->has_bytes[side] ? "bytes" : hole_name(difference->causes[side]);
}

static size_t shown_of(const struct difference *difference, int side)
{
	return !difference->has_bytes[side] ? 0 : difference->length < SHOWN ? (size_t)difference->length : SHOWN;
}

static json_t *side_json(const struct difference *difference, int side)
{
	json_t *json = json_pack("{s:o, s:s}", "address", json_address(difference->start[side]), "is", side_name(difference, side));

	if (difference->has_bytes[side])
		json_object_set_new(json, "hex", json_hex(difference->bytes[side], shown_of(difference, side)));
	return json;
}

static void print_side(const struct difference *difference, int side)
{
	size_t shown = shown_of(difference, side);

	if (!difference->has_bytes[side]) {
		printf("%s[%s]%s", colour(COLOUR_BAD), side_name(difference, side), colour(COLOUR_NONE));
		return;
	}
	for (size_t i = 0; i < shown; i++)
		printf("%02x", difference->bytes[side][i]);
	fputs(shown < difference->length ? "..." : "", stdout);
}

static void print_difference(const struct comparison *comparison, const struct difference *difference)
{
	if (comparison->request->quiet)
		return;
	if (comparison->request->json) {
		fputs(comparison->places > 1 ? "," : "", stdout);
		json_print(json_pack("{s:I, s:o, s:o}", "length", (json_int_t)difference->length, "a", side_json(difference, 0), "b", side_json(difference, 1)));
		return;
	}
	progress_hide();
	printf("%s%016" PRIx64, colour(COLOUR_DIM), difference->start[0]);
	if (difference->start[0] != difference->start[1])
		printf(" %016" PRIx64, difference->start[1]);
	printf("%s  %" PRIu64 " byte%s: ", colour(COLOUR_NONE), difference->length, difference->length == 1 ? "" : "s");
	print_side(difference, 0);
	fputs(" | ", stdout);
	print_side(difference, 1);
	putchar('\n');
}

/* The open difference is over. */
static void tell(struct comparison *comparison)
{
	struct difference *difference = &comparison->difference;

	difference->length -= difference->equal;
	if (difference->length > 0) {
		comparison->places++;
		print_difference(comparison, difference);
		comparison->enough = comparison->places == comparison->request->most || ferror(stdout);
	}
	*difference = (struct difference){ 0 };
}

/* ---------------------------------------------------------------- comparing */

/* The next n bytes belong to a difference of this kind: the open one, or a new one. */
static void extend(struct comparison *comparison, const uint64_t start[2], const unsigned char *const bytes[2], const enum um_status causes[2], uint64_t n)
{
	struct difference *difference = &comparison->difference;

	if (difference->length == 0)
		*difference = (struct difference){ .start = { start[0], start[1] }, .has_bytes = { bytes[0], bytes[1] }, .causes = { causes[0], causes[1] } };
	for (int i = 0; i < 2; i++)
		if (bytes[i] && difference->length < SHOWN)
			memcpy(difference->bytes[i] + difference->length, bytes[i], n < SHOWN - difference->length ? (size_t)n : SHOWN - (size_t)difference->length);
	difference->length += n;
}

static bool goes_on(const struct difference *difference, const unsigned char *const bytes[2], const enum um_status causes[2])
{
	for (int i = 0; i < 2; i++)
		if (difference->has_bytes[i] != (bytes[i] != NULL) || difference->causes[i] != causes[i])
			return false;
	return difference->length > 0;
}

static void compare_bytes(struct comparison *comparison, const uint64_t start[2], const unsigned char *const bytes[2], size_t n)
{
	const enum um_status readable[2] = { UM_OK, UM_OK };
	struct difference *difference = &comparison->difference;

	for (size_t at = 0; at < n && !comparison->enough;) {
		const uint64_t here[2] = { start[0] + at, start[1] + at };
		const unsigned char *const those[2] = { bytes[0] + at, bytes[1] + at };
		size_t block = n - at < BLOCK ? n - at : BLOCK;

		if (difference->length == 0 && memcmp(those[0], those[1], block) == 0) {
			at += block;
			continue;
		}
		at++;
		if (*those[0] != *those[1]) {
			comparison->differing++;
			extend(comparison, here, those, readable, 1);
			difference->equal = 0;
		} else if (difference->length > 0) {
			extend(comparison, here, those, readable, 1);
			if (++difference->equal == NEAR)
				tell(comparison);
		}
	}
}

/* n bytes that are alike on each side. */
static void compare_pieces(struct comparison *comparison, const uint64_t start[2], const unsigned char *const bytes[2], const enum um_status causes[2], uint64_t n)
{
	if (!goes_on(&comparison->difference, bytes, causes))
		tell(comparison);
	if (comparison->enough)
		return;
	if (bytes[0] && bytes[1]) {
		comparison->compared += n;
		progress_add(n);
		compare_bytes(comparison, start, bytes, (size_t)n);
	} else if (bytes[0] || bytes[1] || causes[0] != causes[1]) {
		comparison->alone += n;
		extend(comparison, start, bytes, causes, n);
	} else if (causes[0] != UM_UNMAPPED || comparison->request->sides[0].ranged || comparison->request->sides[1].ranged) {
		comparison->unreadable += n;
	}
}

/* Something of the side's piece is left, or its range is over. */
static enum um_status fill(struct side *side)
{
	if (side->used < side->piece.length)
		return UM_OK;
	side->used = 0;
	return walk_next(&side->walker, &side->piece);
}

/* How many bytes are alike on each side; 0: both ranges are over. */
static uint64_t step(struct comparison *comparison, struct side *sides)
{
	const unsigned char *bytes[2];
	enum um_status causes[2];
	uint64_t start[2], n = UINT64_MAX;

	for (int i = 0; i < 2; i++)
		n = sides[i].piece.length - sides[i].used < n ? sides[i].piece.length - sides[i].used : n;
	for (int i = 0; i < 2; i++) {
		const struct walk_piece *piece = &sides[i].piece;

		start[i] = piece->addr + sides[i].used;
		bytes[i] = piece->bytes ? piece->bytes + sides[i].used : NULL;
		causes[i] = piece->bytes ? UM_OK : piece->cause;
		sides[i].used += n;
	}
	if (n > 0)
		compare_pieces(comparison, start, bytes, causes, n);
	return n;
}

/* UM_OK, or what ended it, on *failed. */
static enum um_status compare(struct request *request, struct comparison *comparison, const struct side **failed)
{
	enum um_status status;

	do {
		for (int i = 0; i < 2; i++) {
			*failed = &request->sides[i];
			status = fill(&request->sides[i]);
			if (status != UM_OK)
				return status;
		}
	} while (step(comparison, request->sides) > 0 && !comparison->enough);
	if (!comparison->enough)
		tell(comparison);
	return UM_OK;
}

static void begin_json(const struct request *request)
{
	fputs("{\"a\":{", stdout);
	source_json(&request->sides[0].source);
	fputs("},\"b\":{", stdout);
	source_json(&request->sides[1].source);
	fputs("},\"differences\":[", stdout);
}

static void print_totals(const struct comparison *comparison)
{
	const struct request *request = comparison->request;

	if (request->json)
		printf("],\"compared\":%" PRIu64 ",\"different\":%" PRIu64 ",\"alone\":%" PRIu64 ",\"unreadable\":%" PRIu64 ",\"places\":%" PRIu64
		       ",\"whole\":%s}\n", comparison->compared, comparison->differing, comparison->alone, comparison->unreadable, comparison->places,
		       comparison->enough ? "false" : "true");
	else if (!request->quiet)
		printf("%s%" PRIu64 " of %" PRIu64 " bytes differ, %" PRIu64 " are on one side alone, %" PRIu64 " can be read on neither%s%s\n", colour(COLOUR_DIM),
		       comparison->differing, comparison->compared, comparison->alone, comparison->unreadable, comparison->enough ? "; stopped there" : "",
		       colour(COLOUR_NONE));
}

static int compare_sides(struct request *request)
{
	struct comparison comparison = { .request = request };
	const struct side *failed = NULL;
	bool ranged = request->sides[0].ranged || request->sides[1].ranged;
	enum um_status status;

	if (request->json)
		begin_json(request);
	else
		progress_begin(ranged ? request->sides[0].range.length : 0);
	for (int i = 0; i < 2; i++)
		walk_begin(&request->sides[i].walker, &request->sides[i].source, request->sides[i].range, request->flags, request->sides[i].room);
	status = compare(request, &comparison, &failed);
	for (int i = 0; i < 2; i++)
		walk_end(&request->sides[i].walker);
	progress_end();
	print_totals(&comparison);
	if (status != UM_OK)
		return source_complain(&failed->source, status);
	if (comparison.places > 0)
		return STATUS_PARTLY;
	/* Of all of an address space something always is for nobody; of what was asked for by its address it is not known. */
	if (comparison.unreadable > 0 && (ranged || comparison.compared == 0))
		return complain(STATUS_REFUSED, "--ignore-perms reads what is denied, 'usermem maps' shows what is mapped",
		                "no difference was found, but %" PRIu64 " bytes can be read on neither side", comparison.unreadable);
	return STATUS_ALL;
}

int compare_main(int argc, char **argv)
{
	static struct request request = { .most = UINT64_MAX };
	int status;

	if (!options_parse(&argp, argc, argv, 0, &request))
		return STATUS_USAGE;
	status = source_open(&request.sides[0].source, &request.sides[0].name, SOURCE_MEMORY);
	if (status != STATUS_ALL)
		return status;
	status = source_open(&request.sides[1].source, &request.sides[1].name, SOURCE_MEMORY);
	if (status == STATUS_ALL) {
		status = compare_sides(&request);
		source_close(&request.sides[1].source);
	}
	source_close(&request.sides[0].source);
	return status;
}
