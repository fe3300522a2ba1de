/* /proc/PID/maps as a list. */
#include "process.h"
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The whole file, with a NUL behind it; 0 or an errno. */
static int read_all(const char *name, char **text, size_t *length)
{
	FILE *file = fopen(name, "re");
	size_t room = 0;
	ssize_t got;
	int error = 0;

	if (!file)
		return errno == ENOENT ? ESRCH : errno;
	*text = NULL;
	errno = 0;
	got = getdelim(text, &room, '\0', file);
	if (got < 0) {
		error = errno;
		free(*text);
		*text = NULL;
		got = 0;
	}
	*length = (size_t)got;
	fclose(file);
	return error;
}

/* Maps is empty for a leader that ended while other threads live on; theirs is not. */
static int read_through_thread(int pid, char **text, size_t *length)
{
	char name[64];
	DIR *tasks;
	struct dirent *task;

	*length = 0;
	snprintf(name, sizeof name, "/proc/%d/task", pid);
	tasks = opendir(name);
	if (!tasks)
		return ESRCH;
	while (*length == 0 && (task = readdir(tasks))) {
		snprintf(name, sizeof name, "/proc/%d/task/%.20s/maps", pid, task->d_name);
		if (task->d_name[0] != '.' && read_all(name, text, length) != 0)
			*length = 0;
	}
	closedir(tasks);
	return *length > 0 ? 0 : ESRCH;
}

/* One line, which it cuts off; false: it is not one of maps. */
static bool parse_line(char *line, struct mapping *mapping)
{
	uint64_t end;
	int path = 0;

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %x:%x %" SCNu64 " %n", &mapping->start, &end, mapping->perms,
	           &mapping->offset, &mapping->major, &mapping->minor, &mapping->inode, &path) < 7)
		return false;
	mapping->last = end - 1;
	mapping->path = line + path;
	return true;
}

static int parse(struct mappings *mappings)
{
	size_t lines = 0;
	char *line, *next = mappings->text;

	for (const char *c = mappings->text; *c; c++)
		lines += *c == '\n';
	mappings->list = calloc(lines + 1, sizeof *mappings->list);
	if (!mappings->list)
		return ENOMEM;
	while ((line = strsep(&next, "\n")) && mappings->count < lines)
		if (parse_line(line, &mappings->list[mappings->count]))
			mappings->count++;
	return mappings->count > 0 ? 0 : ESRCH;
}

int mappings_read(struct mappings *mappings, int pid)
{
	char name[64];
	size_t length = 0;
	int error;

	*mappings = (struct mappings){ 0 };
	snprintf(name, sizeof name, "/proc/%d/maps", pid);
	error = read_all(name, &mappings->text, &length);
	if (error == 0 && length == 0)
		error = read_through_thread(pid, &mappings->text, &length);
	if (error == 0)
		error = parse(mappings);
	if (error != 0)
		mappings_free(mappings);
	return error;
}

void mappings_free(struct mappings *mappings)
{
	free(mappings->list);
	free(mappings->text);
	*mappings = (struct mappings){ 0 };
}

const struct mapping *mappings_at(const struct mappings *mappings, uint64_t addr)
{
	size_t low = 0, high = mappings->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (mappings->list[middle].last < addr)
			low = middle + 1;
		else
			high = middle;
	}
	return low < mappings->count ? &mappings->list[low] : NULL;
}
