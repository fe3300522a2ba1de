/* usermem maps: what is mapped where. */
#include "output.h"
#include "source.h"
#include <errno.h>
#include <string.h>

struct maps {
	struct source_name name;
	bool json;
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct maps *maps = state->input;

	switch (key) {
	case 'j': maps->json = true; return 0;
	case SOURCE_CORE: maps->name.core = argument; return 0;
	case ARGP_KEY_ARG:
		return source_place(&maps->name, state) < 0 ? take_pid(argument, &maps->name.pid) : refuse_argument(argument);
	case ARGP_KEY_END: return source_need(&maps->name, state, 0, NULL);
	default: return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	SOURCE_OPTION,
	{ "json", 'j', NULL, 0, "Print JSON", 0 },
	{ 0 },
};
static const struct argp argp = { options, parse, "PID\n--core FILE",
	"Shows what is mapped where, as /proc/PID/maps does, with sizes; of a core, how much of it was dumped too.", NULL, NULL, NULL };

static uint64_t size_of(const struct mapping *mapping)
{
	return mapping->last - mapping->start + 1;
}

/* ---------------------------------------------------------------- JSON */

static json_t *json_of(const struct source *source, const struct mapping *mapping)
{
	json_t *json = json_pack("{s:o, s:o, s:I, s:s, s:o}", "start", json_address(mapping->start),
		"end", json_end(mapping->start, size_of(mapping)), "size", (json_int_t)size_of(mapping), "perms", mapping->perms,
		"offset", json_address(mapping->offset));

	if (source->name.core)
		json_object_set_new(json, "dumped", json_integer((json_int_t)mapping->dumped));
	else
		json_object_update_new(json, json_pack("{s:o, s:I}", "device", json_sprintf("%02x:%02x", mapping->major, mapping->minor),
			"inode", (json_int_t)mapping->inode));
	json_object_set_new(json, "path", json_text((const unsigned char *)mapping->path, strlen(mapping->path)));
	return json;
}

static void print_json(const struct source *source, const struct mappings *mappings)
{
	putchar('{');
	source_json(source);
	if (source->name.core) {
		const char *command = source->in.core.command;

		fputs(",\"command\":", stdout);
		json_print(command[0] ? json_text((const unsigned char *)command, strlen(command)) : json_null());
		printf(",\"cut_off\":%" PRIu64, source->in.core.lost);
	}
	fputs(",\"mappings\":[", stdout);
	for (size_t i = 0; i < mappings->count; i++) {
		if (i > 0)
			putchar(',');
		json_print(json_of(source, &mappings->list[i]));
	}
	puts("]}");
}

/* ---------------------------------------------------------------- a table */

static void print_heading(const struct source *source)
{
	fputs(colour(COLOUR_DIM), stdout);
	printf("%-33s %-4s %-8s ", "ADDRESSES", "PERM", "OFFSET");
	if (source->name.core)
		printf("%9s %9s", "SIZE", "DUMPED");
	else
		printf("%-5s %-8s %9s", "DEV", "INODE", "SIZE");
	printf("  PATH%s\n", colour(COLOUR_NONE));
}

static void print_mapping(const struct source *source, const struct mapping *mapping)
{
	char range[40];

	if (mapping->last == UINT64_MAX)
		snprintf(range, sizeof range, "%08" PRIx64 "-10000000000000000", mapping->start);
	else
		snprintf(range, sizeof range, "%08" PRIx64 "-%08" PRIx64, mapping->start, mapping->last + 1);
	printf("%-33s %-4s %08" PRIx64 " ", range, mapping->perms, mapping->offset);
	if (source->name.core)
		printf("%8" PRIu64 "K %8" PRIu64 "K  ", size_of(mapping) / 1024, mapping->dumped / 1024);
	else
		printf("%02x:%02x %-8" PRIu64 " %8" PRIu64 "K  ", mapping->major, mapping->minor, mapping->inode, size_of(mapping) / 1024);
	print_name(mapping->path);
	putchar('\n');
}

static void print_origin(const struct um_corefile *core)
{
	if (core->lost > 0)
		printf(", %" PRIu64 "K more cut off", core->lost / 1024);
	if (core->pid != 0)
		printf("; process %d", core->pid);
	if (core->command[0]) {
		fputs(" (", stdout);
		print_name(core->command);
		putchar(')');
	}
}

static void print_table(const struct source *source, const struct mappings *mappings)
{
	uint64_t total = 0, dumped = 0;

	print_heading(source);
	for (size_t i = 0; i < mappings->count; i++) {
		print_mapping(source, &mappings->list[i]);
		total += size_of(&mappings->list[i]);
		dumped += mappings->list[i].dumped;
	}
	printf("%s%zu mappings, %" PRIu64 "K", colour(COLOUR_DIM), mappings->count, total / 1024);
	if (source->name.core) {
		printf(", %" PRIu64 "K dumped", dumped / 1024);
		print_origin(&source->in.core);
	}
	puts(colour(COLOUR_NONE));
}

static int complain_of_mappings(const struct source *source, int error)
{
	if (error == EACCES || error == EPERM)
		return source_complain(source, UM_REFUSED);
	return source_complain(source, error == ENOMEM ? UM_NO_MEMORY : UM_GONE);
}

int maps_main(int argc, char **argv)
{
	struct maps maps = { 0 };
	struct mappings mappings;
	struct source source;
	int error, status;

	if (!options_parse(&argp, argc, argv, 0, &maps))
		return STATUS_USAGE;
	status = source_open(&source, &maps.name, SOURCE_MAPPINGS);
	if (status != STATUS_ALL)
		return status;
	error = source_mappings(&source, &mappings);
	if (error != 0)
		status = complain_of_mappings(&source, error);
	else if (maps.json)
		print_json(&source, &mappings);
	else
		print_table(&source, &mappings);
	mappings_free(&mappings);
	if (error == 0 && maps.name.core && !source.in.core.notes_whole)
		status = complain(STATUS_PARTLY, "paths and the process may be missing", "core file '%s': its notes are cut off, or contradict themselves",
		                  maps.name.core);
	source_close(&source);
	return status;
}
