/* Where a reading command looks. */
#include "output.h"
#include "source.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* ---------------------------------------------------------------- the command line */

int source_place(const struct source_name *name, const struct argp_state *state)
{
	return (int)state->arg_num - (name->core ? 0 : 1);
}

error_t source_need(const struct source_name *name, const struct argp_state *state, unsigned least, const char *own)
{
	char names[120];

	if (name->core)
		return need_arguments(state, least, own ? own : "");
	snprintf(names, sizeof names, "a PID or --core FILE%s%s", own ? ", and " : "", own ? own : "");
	return need_arguments(state, least + 1, names);
}

/* ---------------------------------------------------------------- cores */

struct flaw {
	int status;
	const char *why, *remedy;
};

static const struct flaw flaws[] = {
	[UM_COREFILE_MISSING] = { STATUS_GONE, "there is no such file", "'coredumpctl list' or /proc/sys/kernel/core_pattern tell where cores go" },
	[UM_COREFILE_REFUSED] = { STATUS_REFUSED, "the host does not let us read it", "run as its owner, or as root" },
	[UM_COREFILE_NO_ROOM] = { STATUS_PARTLY, "no memory or descriptors", "close other programs" },
	[UM_COREFILE_UNREADABLE] = { STATUS_PARTLY, "its headers cannot be read: an I/O error", "look after its disk, or copy it" },
	[UM_COREFILE_NO_FILE] = { STATUS_USAGE, "it is a directory, a pipe or a device", "name a regular file" },
	[UM_COREFILE_EMPTY] = { STATUS_USAGE, "it is empty", "make room on its disk, raise 'ulimit -c', and let it crash again" },
	[UM_COREFILE_COMPRESSED] = { STATUS_USAGE, "it is compressed", "decompress it first: 'zstd -d' or the like, or 'coredumpctl dump -o FILE'" },
	[UM_COREFILE_FOREIGN] = { STATUS_USAGE, "it is no core: not an ELF file at all", "name the core that a process left" },
	[UM_COREFILE_BYTE_ORDER] = { STATUS_USAGE, "it is of a machine of the other byte order", "look at it there, or with gdb-multiarch" },
	[UM_COREFILE_PROGRAM] = { STATUS_USAGE, "it is no core, but a program or a library", "name the core that it left" },
	[UM_COREFILE_CUT_OFF] = { STATUS_USAGE, "it ends before its headers do", "copy it again, or raise 'ulimit -c' and let it crash again" },
	[UM_COREFILE_CONTRADICTORY] = { STATUS_USAGE, "its headers contradict themselves", "'readelf -lW' shows them; write it again" },
	[UM_COREFILE_TOO_MANY] = { STATUS_USAGE, "it claims more mappings than any process has", "'readelf -lW' shows them; write it again" },
};

static int core_open(struct source *source)
{
	const struct flaw *flaw;

	if (um_corefile_open(&source->in.core, source->name.core) == UM_OK) {
		source->name.pid = source->in.core.pid;
		source->space = &source->in.core.space;
		return STATUS_ALL;
	}
	flaw = &flaws[source->in.core.flaw];
	return complain(flaw->status, flaw->remedy, "core file '%s' cannot be used: %s", source->name.core, flaw->why);
}

static int core_mappings(const struct um_corefile *core, struct mappings *mappings)
{
	mappings->list = calloc(core->count + 1, sizeof *mappings->list);
	if (!mappings->list)
		return ENOMEM;
	mappings->count = core->count;
	for (size_t i = 0; i < core->count; i++) {
		const struct um_corefile_segment *segment = &core->segments[i];

		mappings->list[i] = (struct mapping){
			.start = segment->range.start.value,
			.last = segment->range.start.value + (segment->range.length - 1),
			.perms = { segment->access & UM_READ ? 'r' : '-', segment->access & UM_WRITE ? 'w' : '-', segment->access & UM_EXEC ? 'x' : '-' },
			.offset = segment->name_offset,
			.dumped = segment->in_file,
			.path = segment->name ? segment->name : "",
		};
	}
	return 0;
}

/* ---------------------------------------------------------------- processes */

/* A mapping can go on behind the end of its file, for terabytes. */
static bool process_ends_before(int pid, const struct mapping *mapping, uint64_t addr)
{
	char name[4200];
	struct stat file;
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

	snprintf(name, sizeof name, "/proc/%d/root%s", pid, mapping->path);
	if (mapping->path[0] != '/' || stat(name, &file) != 0 || file.st_size < 0)
		return false;
	if (file.st_ino != mapping->inode || major(file.st_dev) != mapping->major || minor(file.st_dev) != mapping->minor)
		return false;
	return mapping->offset + (addr - mapping->start) >= ((uint64_t)file.st_size + page - 1) / page * page;
}

/* ---------------------------------------------------------------- both */

int source_open(struct source *source, const struct source_name *name, enum source_use use)
{
	int status = STATUS_ALL;

	source->name = *name;
	source->space = NULL;
	if (name->core)
		return core_open(source);
	if (use == SOURCE_MEMORY) {
		status = process_open(&source->in.remote, name->pid);
		source->space = &source->in.remote.space;
	}
	return status;
}

void source_close(struct source *source)
{
	if (source->space)
		um_close(source->space);
}

int source_mappings(const struct source *source, struct mappings *mappings)
{
	*mappings = (struct mappings){ 0 };
	return source->name.core ? core_mappings(&source->in.core, mappings) : mappings_read(mappings, source->name.pid);
}

bool source_ends_before(const struct source *source, const struct mapping *mapping, uint64_t addr)
{
	if (source->name.core)
		return addr - mapping->start >= mapping->dumped;
	return process_ends_before(source->name.pid, mapping, addr);
}

int source_complain(const struct source *source, enum um_status status)
{
	if (!source->name.core)
		return process_complain(source->name.pid, status);
	return complain(STATUS_PARTLY, "'usermem maps --core' shows what it has", "core file '%s': %s", source->name.core, um_status_text(status));
}

void source_json(const struct source *source)
{
	const char *core = source->name.core;

	if (core) {
		fputs("\"core\":", stdout);
		json_print(json_text((const unsigned char *)core, strlen(core)));
		putchar(',');
	}
	if (core && source->name.pid == 0)
		fputs("\"pid\":null", stdout);
	else
		printf("\"pid\":%d", source->name.pid);
}
