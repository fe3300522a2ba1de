/* What a core's notes tell of its process.  They decorate: one that lies costs what it would have told, and nothing else. */
#include "spaces/corefile_parts.h"

#include <stdlib.h>
#include <string.h>

enum {
	MOST_BYTES = 64 << 20,   /* of all notes together; thousands of threads */
	LEAST_CHARGE = 64 << 10, /* a thousand segments of notes at most */
};

void umi_corefile_notes_begin(struct umi_corefile_notes *notes, int elf_class)
{
	*notes = (struct umi_corefile_notes){ .elf_class = elf_class, .budget = MOST_BYTES };
}

/* struct elf_prpsinfo of the machine that wrote it, which its size tells: 64 bits, 32 bits, 32 bits with 16-bit user ids. */
static void take_process(struct um_corefile *core, const unsigned char *info, size_t size)
{
	size_t pid_at = size == 136 ? 24 : size == 128 ? 16 : 12, name_at = pid_at + 16;
	int32_t pid;

	if (core->pid != 0 || (size != 136 && size != 128 && size != 124))
		return;
	memcpy(&pid, info + pid_at, sizeof pid);
	core->pid = pid > 0 ? pid : 0;
	memcpy(core->command, info + name_at, sizeof core->command - 1);
}

static bool take_files(struct umi_corefile_notes *notes, const unsigned char *info, size_t size)
{
	if (notes->files)
		return true;
	notes->files = malloc(size + 1);
	if (!notes->files)
		return false;
	memcpy(notes->files, info, size);
	notes->files_size = size;
	return true;
}

static bool take_notes(struct um_corefile *core, struct umi_corefile_notes *notes, Elf_Data *data)
{
	size_t at = 0, next, name_at, content_at;
	GElf_Nhdr note;

	while ((next = gelf_getnote(data, at, &note, &name_at, &content_at)) > 0) {
		const unsigned char *name = (unsigned char *)data->d_buf + name_at, *content = (unsigned char *)data->d_buf + content_at;

		if (note.n_namesz == sizeof "CORE" && memcmp(name, "CORE", sizeof "CORE") == 0) {
			if (note.n_type == NT_PRPSINFO)
				take_process(core, content, note.n_descsz);
			else if (note.n_type == NT_FILE && !take_files(notes, content, note.n_descsz))
				return false;
		}
		at = next;
	}
	if (data->d_size - at >= sizeof(GElf_Nhdr))
		core->notes_whole = false;
	return true;
}

bool umi_corefile_notes_add(struct um_corefile *core, struct umi_corefile_notes *notes, const GElf_Phdr *header, uint64_t file_size)
{
	uint64_t there = header->p_offset < file_size ? file_size - header->p_offset : 0, size = header->p_filesz;
	Elf_Type type = header->p_align == 8 ? ELF_T_NHDR8 : ELF_T_NHDR;
	struct umi_corefile_table table;
	enum um_corefile_flaw flaw;
	Elf_Data *data;
	bool done;

	if (size > there)
		size = there;
	if (size > notes->budget)
		size = notes->budget;
	if (size < header->p_filesz)
		core->notes_whole = false;
	if (size == 0)
		return true;
	notes->budget -= size;
	notes->budget -= notes->budget < LEAST_CHARGE ? notes->budget : LEAST_CHARGE;
	flaw = umi_corefile_table_open(&table, core->fd, notes->elf_class, COREFILE_NOTES, header->p_offset, size);
	if (flaw != UM_COREFILE_SOUND) {
		core->notes_whole = false;
		return flaw != UM_COREFILE_NO_ROOM;
	}
	data = elf_getdata_rawchunk(table.elf, COREFILE_TABLE, size, type);
	done = data && take_notes(core, notes, data);
	umi_corefile_table_close(&table);
	return done;
}

/* ---------------------------------------------------------------- NT_FILE */

/* count, page size; then for each its start, end and offset in pages; then the names, each with its NUL. */
struct files {
	const unsigned char *numbers;
	size_t width; /* of a number */
	uint64_t count, page;
};
struct file {
	uint64_t start, end, offset;
};

static uint64_t number(const struct files *files, uint64_t i)
{
	uint32_t narrow;
	uint64_t wide;

	if (files->width == sizeof wide) {
		memcpy(&wide, files->numbers + i * sizeof wide, sizeof wide);
		return wide;
	}
	memcpy(&narrow, files->numbers + i * sizeof narrow, sizeof narrow);
	return narrow;
}

static struct file file_of(const struct files *files, uint64_t i)
{
	return (struct file){ number(files, 2 + 3 * i), number(files, 3 + 3 * i), number(files, 4 + 3 * i) * files->page };
}

/* Believed as a whole or not at all: in address order, with a name for each. */
static bool judge_files(struct files *files, size_t size, const char **names)
{
	uint64_t end = 0;
	const char *at;
	size_t left;

	if (size < 2 * files->width)
		return false;
	files->count = number(files, 0);
	files->page = number(files, 1);
	if (files->count > (size / files->width - 2) / 3)
		return false;
	left = size - (size_t)(2 + 3 * files->count) * files->width;
	at = (const char *)files->numbers + (size - left);
	*names = at;
	for (uint64_t i = 0; i < files->count; i++) {
		struct file file = file_of(files, i);
		const char *nul = memchr(at, '\0', left);
		uint64_t offset;

		if (!nul || file.start < end || file.end <= file.start ||
		    __builtin_mul_overflow(number(files, 4 + 3 * i), files->page, &offset) || offset > UINT64_MAX - (file.end - file.start))
			return false;
		end = file.end;
		left -= (size_t)(nul + 1 - at);
		at = nul + 1;
	}
	return true;
}

void umi_corefile_notes_end(struct um_corefile *core, struct umi_corefile_notes *notes)
{
	struct files files = { .numbers = notes->files, .width = notes->elf_class == ELFCLASS32 ? 4 : 8 };
	struct um_corefile_segment *segments = (struct um_corefile_segment *)(uintptr_t)core->segments;
	const char *name;
	size_t s = 0;

	core->reserved[COREFILE_NAMES] = notes->files;
	if (!notes->files)
		return;
	if (!judge_files(&files, notes->files_size, &name)) {
		core->notes_whole = false;
		return;
	}
	for (uint64_t i = 0; i < files.count; i++, name += strlen(name) + 1) {
		struct file file = file_of(&files, i);

		while (s < core->count && segments[s].range.start.value < file.start)
			s++;
		for (; s < core->count && segments[s].range.start.value < file.end; s++) {
			segments[s].name = name;
			segments[s].name_offset = file.offset + (segments[s].range.start.value - file.start);
		}
	}
}
