/* usermem dump: all readable memory of a process into a core file, which debuggers open. */
#include "core_write.h"
#include "output.h"
#include "progress.h"
#include "walk.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct request {
	struct source_name name;
	const char *file;
	unsigned flags;
	bool json, force, stop;
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct request *request = state->input;

	switch (key) {
	case 'f': request->force = true; return 0;
	case 'i': request->flags |= UM_IGNORE_PERMS; return 0;
	case 'j': request->json = true; return 0;
	case 'o': request->file = argument; return 0;
	case 's': request->stop = true; return 0;
	case ARGP_KEY_ARG: return state->arg_num == 0 ? take_pid(argument, &request->name.pid) : refuse_argument(argument);
	case ARGP_KEY_END: return need_arguments(state, 1, "a PID");
	default: return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "output", 'o', "FILE", 0, "Write the core to FILE, not to core.PID", 0 },
	{ "force", 'f', NULL, 0, "Take the place of a FILE that is there, when the core is whole", 0 },
	{ "stop", 's', NULL, 0, "Stop the process meanwhile, so that nothing moves, and keep its registers", 0 },
	{ "ignore-perms", 'i', NULL, 0, "Dump what is mapped but not readable too, as a debugger does", 0 },
	{ "json", 'j', NULL, 0, "Print JSON", 0 },
	{ 0 },
};
static const struct argp argp = { options, parse, "PID",
	"Writes all readable memory of a process to an ELF core file, which lives on."
	"\vFor example, to look at it later, with a debugger or with usermem:\n"
	"  usermem dump 4711 --stop -o core\n"
	"  gdb -ex 'info proc mappings' /proc/4711/exe core\n"
	"  usermem strings --core core 7ffc12340fe9", NULL, NULL, NULL };

/* ---------------------------------------------------------------- the file */

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
	interrupted = number;
}

/* Whoever ends us shall not find half a core. */
static void catch_signals(void)
{
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action = { .sa_handler = on_signal }, earlier;

	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
		if (sigaction(ends[i], NULL, &earlier) == 0 && earlier.sa_handler != SIG_IGN)
			sigaction(ends[i], &action, NULL);
}

struct target {
	const char *name;
	char path[PATH_MAX]; /* where it is written; another name where one of that name is to be replaced */
	int fd;
};

static int target_complain(const struct target *target, int error)
{
	if (error == EEXIST)
		return complain(STATUS_USAGE, "name another one, or --force it", "%s is there already", target->name);
	return complain(STATUS_USAGE, "name a file that can be made", "%s: %s", target->name, strerror(error));
}

static int target_open(struct target *target, const char *name, bool force)
{
	struct stat file;
	bool replace = force && lstat(name, &file) == 0;

	target->name = name;
	if ((size_t)snprintf(target->path, sizeof target->path, replace ? "%s.XXXXXX" : "%s", name) >= sizeof target->path)
		return target_complain(target, ENAMETOOLONG);
	if (replace && !S_ISREG(file.st_mode))
		return complain(STATUS_USAGE, "name a regular file", "%s is none, and is not replaced", name);
	target->fd = replace ? mkostemp(target->path, O_CLOEXEC) : open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return target->fd >= 0 ? STATUS_ALL : target_complain(target, errno);
}

/* Keeps it under its name, or, where it is no core, leaves none behind.  0, or an errno. */
static int target_close(struct target *target, bool good)
{
	int error = close(target->fd) != 0 ? errno : 0;

	if (good && error == 0 && strcmp(target->path, target->name) != 0 && rename(target->path, target->name) != 0)
		error = errno;
	if (!good || error != 0)
		unlink(target->path);
	return error;
}

/* ---------------------------------------------------------------- the memory */

static bool dump_bytes(void *context, uint64_t addr, const unsigned char *bytes, size_t n)
{
	struct core_writer *writer = context;

	(void)addr;
	core_bytes(writer, bytes, n);
	return writer->error == 0 && !interrupted;
}

static bool dump_hole(void *context, uint64_t addr, uint64_t length, enum um_status cause)
{
	struct core_writer *writer = context;

	(void)addr, (void)cause;
	core_hole(writer, length);
	return writer->error == 0 && !interrupted;
}

static bool is_readable(const struct request *request, const struct mapping *mapping)
{
	return mapping->perms[0] == 'r' || request->flags & UM_IGNORE_PERMS;
}

static struct um_range range_of(const struct mapping *mapping)
{
	return (struct um_range){ um_addr_of(mapping->start), mapping->last - mapping->start + 1 };
}

static enum um_status dump_memory(const struct source *source, const struct request *request, const struct mappings *mappings, struct core_writer *writer)
{
	const struct walk_visitor visitor = { dump_bytes, dump_hole, writer };
	struct walk_totals totals = { 0 };
	enum um_status status = UM_OK;
	uint64_t total = 0;

	for (size_t i = 0; i < mappings->count; i++)
		if (is_readable(request, &mappings->list[i]))
			total += range_of(&mappings->list[i]).length;
	if (!request->json)
		progress_begin(total);
	for (size_t i = 0; i < mappings->count && status == UM_OK && !totals.ended; i++) {
		const struct mapping *mapping = &mappings->list[i];

		core_segment(writer, mapping->start, mapping->perms);
		if (is_readable(request, mapping))
			status = walk(source, range_of(mapping), request->flags, &visitor, &totals);
		else
			core_hole(writer, range_of(mapping).length);
	}
	progress_end();
	return status;
}

static uint64_t mapped(const struct mappings *mappings)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < mappings->count; i++)
		bytes += range_of(&mappings->list[i]).length;
	return bytes;
}

static void print_result(const struct request *request, const struct core_writer *writer, const struct core_notes *notes, uint64_t bytes, const char *name)
{
	if (request->json) {
		json_print(json_pack("{s:i, s:o, s:I, s:I, s:I, s:I, s:i, s:i}", "pid", request->name.pid, "file", json_text((const unsigned char *)name, strlen(name)),
		                     "bytes", (json_int_t)writer->bytes, "written", (json_int_t)writer->written, "left_out", (json_int_t)(bytes - writer->bytes),
		                     "segments", (json_int_t)(writer->count - 1), "threads", (int)notes->threads, "with_registers", (int)notes->whole));
		putchar('\n');
		return;
	}
	print_name(name);
	printf(": %" PRIu64 "K of memory, %" PRIu64 "K of them not zero; %" PRIu64 "K could not be read; %u threads, %u with registers\n", writer->bytes / 1024,
	       writer->written / 1024, (bytes - writer->bytes) / 1024, notes->threads, notes->whole);
}

/* The list and the notes first: what is read afterwards proves that the process is still the one it was. */
static int dump_to(const struct source *source, const struct request *request, struct target *target)
{
	struct core_writer writer;
	struct core_notes notes;
	struct mappings mappings;
	enum um_status status = UM_OK;
	int error = source_mappings(source, &mappings), closed;
	uint64_t bytes;

	if (error == 0 && (error = core_notes_make(&notes, request->name.pid, &mappings)) != 0)
		mappings_free(&mappings);
	if (error != 0) {
		target_close(target, false);
		return source_complain(source, error == ENOMEM ? UM_NO_MEMORY : error == EACCES || error == EPERM ? UM_REFUSED : UM_GONE);
	}
	bytes = mapped(&mappings);
	core_begin(&writer, target->fd);
	status = dump_memory(source, request, &mappings, &writer);
	error = core_end(&writer, notes.data, notes.size);
	closed = target_close(target, status == UM_OK && error == 0 && !interrupted);
	error = error ? error : closed;
	if (status == UM_OK && error == 0 && !interrupted)
		print_result(request, &writer, &notes, bytes, target->name);
	core_notes_free(&notes);
	mappings_free(&mappings);
	if (status != UM_OK)
		return source_complain(source, status);
	if (interrupted)
		return complain(STATUS_PARTLY, "nothing is left of it", "%s was not finished", target->name);
	return error == 0 ? STATUS_ALL : complain(STATUS_PARTLY, "make room, or name another file; nothing is left of it", "%s: %s", target->name, strerror(error));
}

static int dump_source(const struct source *source, const struct request *request)
{
	struct stopped stopped = { 0 };
	struct target target;
	char usual[32];
	int status;

	snprintf(usual, sizeof usual, "core.%d", request->name.pid);
	status = target_open(&target, request->file ? request->file : usual, request->force);
	if (status != STATUS_ALL)
		return status;
	catch_signals();
	status = request->stop ? process_stop(&stopped, request->name.pid) : STATUS_ALL;
	if (status != STATUS_ALL) {
		target_close(&target, false);
		return status;
	}
	status = dump_to(source, request, &target);
	process_resume(&stopped);
	return status;
}

int dump_main(int argc, char **argv)
{
	struct request request = { 0 };
	struct source source;
	int status;

	if (!options_parse(&argp, argc, argv, 0, &request))
		return STATUS_USAGE;
	status = source_open(&source, &request.name, SOURCE_MEMORY);
	if (status != STATUS_ALL)
		return status;
	status = dump_source(&source, &request);
	source_close(&source);
	if (interrupted) {
		signal(interrupted, SIG_DFL);
		raise(interrupted);
	}
	return status;
}
