/* What a core says besides memory, in the structs in which Linux itself says it. */
#include "core_write.h"
#include "machine.h"
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/procfs.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <unistd.h>

static void put_note(FILE *file, Elf64_Word type, const void *content, size_t size)
{
	static const char name[8] = "CORE", zeroes[4];
	Elf64_Nhdr header = { .n_namesz = sizeof "CORE", .n_descsz = (Elf64_Word)size, .n_type = type };

	fwrite(&header, sizeof header, 1, file);
	fwrite(name, sizeof name, 1, file);
	fwrite(content, 1, size, file);
	fwrite(zeroes, 1, -size % 4, file);
}

/* As much of /proc/PID/name as there is room for; 0 where there is none. */
static size_t slurp(int pid, const char *name, void *to, size_t room)
{
	char path[128];
	size_t n = 0;
	FILE *file;

	snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
	file = fopen(path, "re");
	if (file) {
		n = fread(to, 1, room, file);
		fclose(file);
	}
	return n;
}

/* Asked of a thread that lives: of one that has ended there is no command line. */
static void put_process(FILE *file, int pid, pid_t tid)
{
	struct elf_prpsinfo info = { .pr_pid = pid };
	char line[1024] = "", value[64], *name, *end;
	long nice = 0;
	size_t n;

	line[slurp(tid, "stat", line, sizeof line - 1)] = '\0';
	name = strchr(line, '(');
	end = strrchr(line, ')');
	if (name && end && end[1] != '\0') {
		*end = '\0';
		memcpy(info.pr_fname, name + 1, strnlen(name + 1, sizeof info.pr_fname - 1));
		sscanf(end + 2, "%c %d %d %d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %ld", &info.pr_sname, &info.pr_ppid, &info.pr_pgrp, &info.pr_sid, &nice);
	}
	info.pr_nice = (char)nice;
	info.pr_zomb = info.pr_sname == 'Z';
	if (process_field(pid, "Uid", value, sizeof value))
		info.pr_uid = (unsigned)strtoul(value, NULL, 10);
	if (process_field(pid, "Gid", value, sizeof value))
		info.pr_gid = (unsigned)strtoul(value, NULL, 10);
	n = slurp(tid, "cmdline", info.pr_psargs, sizeof info.pr_psargs - 1);
	for (size_t i = 0; i + 1 < n; i++)
		if (info.pr_psargs[i] == '\0')
			info.pr_psargs[i] = ' ';
	put_note(file, NT_PRPSINFO, &info, sizeof info);
}

/* Where a thread waits in the kernel, and with what. */
static void waiting_registers(int pid, pid_t tid, elf_gregset_t regs)
{
	static const unsigned char arguments[6] = MACHINE_ARGUMENTS;
	unsigned long long args[6] = { 0 }, sp, pc;
	long long number;
	char name[64], line[256];

	snprintf(name, sizeof name, "task/%d/syscall", (int)tid);
	line[slurp(pid, name, line, sizeof line - 1)] = '\0';
	regs[MACHINE_NUMBER] = ~(elf_greg_t)0;
	if (sscanf(line, "%lld %llx %llx %llx %llx %llx %llx %llx %llx", &number, &args[0], &args[1], &args[2], &args[3], &args[4], &args[5], &sp, &pc) == 9)
		regs[MACHINE_NUMBER] = (elf_greg_t)number;
	else if (sscanf(line, "-1 %llx %llx", &sp, &pc) != 2)
		return;
	regs[MACHINE_SP] = sp;
	regs[MACHINE_PC] = pc;
	for (size_t i = 0; i < sizeof arguments; i++)
		regs[arguments[i]] = args[i];
}

static bool get_registers(pid_t tid, int set, void *to, size_t size)
{
	struct iovec room = { to, size };

	return ptrace(PTRACE_GETREGSET, tid, (void *)(uintptr_t)(unsigned)set, &room) == 0;
}

static void put_thread(FILE *file, struct core_notes *notes, int pid, pid_t tid)
{
	struct elf_prstatus status = { .pr_pid = tid };
	elf_fpregset_t floating;
	bool stopped = get_registers(tid, NT_PRSTATUS, &status.pr_reg, sizeof status.pr_reg);

	notes->threads++;
	notes->whole += stopped;
	if (!stopped)
		waiting_registers(pid, tid, status.pr_reg);
	status.pr_fpvalid = stopped && get_registers(tid, NT_PRFPREG, &floating, sizeof floating);
	put_note(file, NT_PRSTATUS, &status, sizeof status);
	if (status.pr_fpvalid)
		put_note(file, NT_FPREGSET, &floating, sizeof floating);
}

static DIR *open_threads(int pid)
{
	char name[32];

	snprintf(name, sizeof name, "/proc/%d/task", pid);
	return opendir(name);
}

/* In the order of the host, which has the first thread first.  One that has ended, and is there because others live on, has no registers:
 * it is left out, as Linux does.  0: there is none left. */
static pid_t next_thread(DIR *tasks)
{
	struct dirent *entry;

	while ((entry = readdir(tasks))) {
		pid_t tid = atoi(entry->d_name);

		if (tid > 0 && !thread_has_ended(tid))
			return tid;
	}
	return 0;
}

/* A path as it is: in the list of mappings a line feed is \012. */
static void put_path(FILE *file, const char *path)
{
	for (; *path; path++) {
		if (strncmp(path, "\\012", 4) == 0)
			putc('\n', file), path += 3;
		else
			putc(*path, file);
	}
	putc('\0', file);
}

static int put_files(FILE *file, const struct mappings *mappings)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), head[2] = { 0, page };
	char *content = NULL;
	size_t size = 0;
	FILE *list = open_memstream(&content, &size);

	if (!list)
		return errno;
	for (size_t i = 0; i < mappings->count; i++)
		head[0] += mappings->list[i].path[0] == '/';
	fwrite(head, sizeof head, 1, list);
	for (size_t i = 0; i < mappings->count; i++) {
		const struct mapping *mapping = &mappings->list[i];
		uint64_t entry[3] = { mapping->start, mapping->last + 1, mapping->offset / page };

		if (mapping->path[0] == '/')
			fwrite(entry, sizeof entry, 1, list);
	}
	for (size_t i = 0; i < mappings->count; i++)
		if (mappings->list[i].path[0] == '/')
			put_path(list, mappings->list[i].path);
	if (fclose(list) != 0)
		return errno;
	put_note(file, NT_FILE, content, size);
	free(content);
	return 0;
}

/* The thread that readers look at is the one of the first note. */
static int put_notes(FILE *file, struct core_notes *notes, DIR *tasks, int pid, const struct mappings *mappings)
{
	pid_t tid = next_thread(tasks);
	char auxv[4096];
	int error;

	if (tid == 0)
		return ESRCH;
	put_thread(file, notes, pid, tid);
	put_process(file, pid, tid);
	put_note(file, NT_AUXV, auxv, slurp(tid, "auxv", auxv, sizeof auxv));
	error = put_files(file, mappings);
	while (error == 0 && (tid = next_thread(tasks)) != 0)
		put_thread(file, notes, pid, tid);
	return error;
}

int core_notes_make(struct core_notes *notes, int pid, const struct mappings *mappings)
{
	DIR *tasks = open_threads(pid);
	FILE *file;
	int error;

	*notes = (struct core_notes){ 0 };
	if (!tasks)
		return errno == ENOENT ? ESRCH : errno;
	file = open_memstream(&notes->data, &notes->size);
	error = file ? put_notes(file, notes, tasks, pid, mappings) : errno;
	if (file && fclose(file) != 0 && error == 0)
		error = errno;
	closedir(tasks);
	if (error != 0)
		core_notes_free(notes);
	return error;
}

void core_notes_free(struct core_notes *notes)
{
	free(notes->data);
	notes->data = NULL;
}
