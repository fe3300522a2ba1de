/* usermem maps: what is mapped where. */
#include "output.h"
#include "process.h"
#include <errno.h>
#include <string.h>

struct maps {
	int pid;
	bool json;
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct maps *maps = state->input;

	switch (key) {
	case 'j': maps->json = true; return 0;
	case ARGP_KEY_ARG: return state->arg_num == 0 ? take_pid(argument, &maps->pid) : refuse_argument(argument);
	case ARGP_KEY_END: return need_arguments(state, 1, "PID");
	default: return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "json", 'j', NULL, 0, "Print JSON", 0 },
	{ 0 },
};
static const struct argp argp = { options, parse, "PID", "Shows what is mapped where, as /proc/PID/maps does, with sizes.", NULL, NULL, NULL };

static bool print_json(int pid, const struct mappings *mappings)
{
	json_t *list = json_array();

	for (size_t i = 0; i < mappings->count; i++) {
		const struct mapping *mapping = &mappings->list[i];
		json_t *path = json_text((const unsigned char *)mapping->path, strlen(mapping->path));

		json_array_append_new(list, json_pack("{s:o, s:o, s:o, s:s, s:o, s:o, s:I, s:o}", "start", json_address(mapping->start),
			"end", json_address(mapping->end), "size", json_integer((json_int_t)(mapping->end - mapping->start)),
			"perms", mapping->perms, "offset", json_address(mapping->offset),
			"device", json_sprintf("%02x:%02x", mapping->major, mapping->minor),
			"inode", (json_int_t)mapping->inode, "path", path));
	}
	return json_print(json_pack("{s:i, s:o}", "pid", pid, "mappings", list)) && putchar('\n') != EOF;
}

static void print_path(const char *path)
{
	/* The kernel escapes a line feed and nothing else. */
	for (; *path; path++)
		if ((unsigned char)*path < ' ' || *path == 127)
			printf("\\%03o", (unsigned char)*path);
		else
			putchar(*path);
	putchar('\n');
}

static void print_table(const struct mappings *mappings)
{
	uint64_t total = 0;

	printf("%s%-33s %-4s %-8s %-5s %-8s %9s  %s%s\n", colour(COLOUR_DIM), "ADDRESSES", "PERM", "OFFSET", "DEV", "INODE", "SIZE",
	       "PATH", colour(COLOUR_NONE));
	for (size_t i = 0; i < mappings->count; i++) {
		const struct mapping *mapping = &mappings->list[i];
		char range[40];

		snprintf(range, sizeof range, "%08" PRIx64 "-%08" PRIx64, mapping->start, mapping->end);
		printf("%-33s %s %08" PRIx64 " %02x:%02x %-8" PRIu64 " %8" PRIu64 "K  ", range, mapping->perms, mapping->offset,
		       mapping->major, mapping->minor, mapping->inode, (mapping->end - mapping->start) / 1024);
		print_path(mapping->path);
		total += mapping->end - mapping->start;
	}
	printf("%s%zu mappings, %" PRIu64 "K%s\n", colour(COLOUR_DIM), mappings->count, total / 1024, colour(COLOUR_NONE));
}

int maps_main(int argc, char **argv)
{
	struct maps maps = { 0 };
	struct mappings mappings;
	int error, status = STATUS_ALL;

	if (!options_parse(&argp, argc, argv, 0, &maps))
		return STATUS_USAGE;
	error = mappings_read(&mappings, maps.pid);
	if (error == EACCES || error == EPERM)
		return process_complain(maps.pid, UM_REFUSED);
	if (error != 0)
		return process_complain(maps.pid, error == ENOMEM ? UM_NO_MEMORY : UM_GONE);
	if (maps.json)
		status = print_json(maps.pid, &mappings) ? STATUS_ALL : STATUS_PARTLY;
	else
		print_table(&mappings);
	mappings_free(&mappings);
	return status;
}
