/* The headers of a core file, which may say anything. */
#include "spaces/corefile_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
	MOST_HEADERS = 1 << 24,
	WINDOW = 1024, /* program headers at a time */
	HOST_ORDER = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB,
};

/* What is known while the headers are read. */
struct reading {
	struct um_corefile *core;
	uint64_t file_size;
	GElf_Ehdr header;
	uint64_t headers; /* how many program headers there are */
	struct um_corefile_segment *segments;
	size_t count, room;
	struct umi_corefile_notes notes;
};

static enum um_corefile_flaw flaw_of_read(int error)
{
	if (error == 0)
		return UM_COREFILE_CUT_OFF;
	return error == ENOMEM ? UM_COREFILE_NO_ROOM : UM_COREFILE_UNREADABLE;
}

/* ---------------------------------------------------------------- tables */

/* An ELF header that is followed by a table, at COREFILE_TABLE, and knows of nothing else. */
#define DESCRIBE(bits, image, kind, n) \
	do { \
		Elf##bits##_Ehdr describe_header = { \
			.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS##bits, HOST_ORDER, EV_CURRENT }, \
			.e_type = ET_CORE, .e_version = EV_CURRENT, .e_ehsize = sizeof describe_header, \
			.e_phentsize = sizeof(Elf##bits##_Phdr), .e_shentsize = sizeof(Elf##bits##_Shdr), \
			.e_phoff = (kind) == COREFILE_PROGRAM_HEADERS ? COREFILE_TABLE : 0, \
			.e_phnum = (kind) == COREFILE_PROGRAM_HEADERS ? (Elf##bits##_Half)(n) : 0, \
			.e_shoff = (kind) == COREFILE_SECTION_HEADER ? COREFILE_TABLE : 0, \
			.e_shnum = (kind) == COREFILE_SECTION_HEADER ? (Elf##bits##_Half)(n) : 0, \
		}; \
		memcpy(image, &describe_header, sizeof describe_header); \
	} while (0)

static size_t entry_size(int elf_class, enum umi_corefile_kind kind)
{
	if (kind == COREFILE_NOTES)
		return 1;
	if (kind == COREFILE_PROGRAM_HEADERS)
		return elf_class == ELFCLASS32 ? sizeof(Elf32_Phdr) : sizeof(Elf64_Phdr);
	return elf_class == ELFCLASS32 ? sizeof(Elf32_Shdr) : sizeof(Elf64_Shdr);
}

enum um_corefile_flaw umi_corefile_table_open(struct umi_corefile_table *table, int fd, int elf_class, enum umi_corefile_kind kind,
                                              uint64_t offset, size_t n)
{
	size_t size = n * entry_size(elf_class, kind);
	int error;

	table->image = malloc(COREFILE_TABLE + size);
	if (!table->image)
		return UM_COREFILE_NO_ROOM;
	memset(table->image, 0, COREFILE_TABLE);
	if (elf_class == ELFCLASS32)
		DESCRIBE(32, table->image, kind, n);
	else
		DESCRIBE(64, table->image, kind, n);
	if (umi_corefile_read(fd, table->image + COREFILE_TABLE, size, offset, &error) < size) {
		free(table->image);
		return flaw_of_read(error);
	}
	table->elf = elf_memory((char *)table->image, COREFILE_TABLE + size);
	if (!table->elf) {
		free(table->image);
		return UM_COREFILE_NO_ROOM;
	}
	return UM_COREFILE_SOUND;
}

void umi_corefile_table_close(struct umi_corefile_table *table)
{
	elf_end(table->elf);
	free(table->image);
}

/* ---------------------------------------------------------------- the file's own header */

static bool is_compressed(const unsigned char *start, size_t n)
{
	static const struct {
		unsigned char length, magic[6];
	} formats[] = {
		{ 4, { 0x28, 0xb5, 0x2f, 0xfd } },             /* zstd */
		{ 2, { 0x1f, 0x8b } },                         /* gzip */
		{ 6, { 0xfd, '7', 'z', 'X', 'Z', 0 } },        /* xz */
		{ 4, { 0x04, 0x22, 0x4d, 0x18 } },             /* lz4 */
		{ 3, { 'B', 'Z', 'h' } },                      /* bzip2 */
	};

	for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
		if (n >= formats[i].length && memcmp(start, formats[i].magic, formats[i].length) == 0)
			return true;
	return false;
}

/* start is zero behind the n bytes of it. */
static enum um_corefile_flaw judge_ident(const unsigned char *start, size_t n)
{
	if (n == 0)
		return UM_COREFILE_EMPTY;
	if (is_compressed(start, n))
		return UM_COREFILE_COMPRESSED;
	if (memcmp(start, ELFMAG, SELFMAG) != 0)
		return UM_COREFILE_FOREIGN;
	if (n < EI_NIDENT)
		return UM_COREFILE_CUT_OFF;
	if (start[EI_DATA] == (HOST_ORDER == ELFDATA2LSB ? ELFDATA2MSB : ELFDATA2LSB))
		return UM_COREFILE_BYTE_ORDER;
	return UM_COREFILE_SOUND; /* libelf judges the rest of it */
}

static enum um_corefile_flaw read_header(struct reading *reading)
{
	unsigned char start[sizeof(Elf64_Ehdr)] __attribute__((aligned(8))) = { 0 };
	int error;
	size_t n = umi_corefile_read(reading->core->fd, start, sizeof start, 0, &error);
	enum um_corefile_flaw flaw = error != 0 ? flaw_of_read(error) : judge_ident(start, n);
	Elf *elf;

	if (flaw != UM_COREFILE_SOUND)
		return flaw;
	if (n < (start[EI_CLASS] == ELFCLASS32 ? sizeof(Elf32_Ehdr) : sizeof(Elf64_Ehdr)))
		return UM_COREFILE_CUT_OFF;
	elf = elf_memory((char *)start, sizeof start);
	if (!elf)
		return UM_COREFILE_NO_ROOM;
	flaw = gelf_getehdr(elf, &reading->header) ? UM_COREFILE_SOUND : UM_COREFILE_CONTRADICTORY;
	elf_end(elf);
	if (flaw == UM_COREFILE_SOUND && reading->header.e_type != ET_CORE)
		flaw = UM_COREFILE_PROGRAM;
	return flaw;
}

/* More headers than e_phnum can count are counted by the first section's header. */
static enum um_corefile_flaw count_headers(struct reading *reading)
{
	const GElf_Ehdr *header = &reading->header;
	int elf_class = header->e_ident[EI_CLASS];
	struct umi_corefile_table table;
	enum um_corefile_flaw flaw;
	GElf_Shdr first;

	reading->headers = header->e_phnum;
	if (header->e_phnum == PN_XNUM && header->e_shoff != 0) {
		if (header->e_shoff > reading->file_size || reading->file_size - header->e_shoff < entry_size(elf_class, COREFILE_SECTION_HEADER))
			return UM_COREFILE_CUT_OFF;
		flaw = umi_corefile_table_open(&table, reading->core->fd, elf_class, COREFILE_SECTION_HEADER, header->e_shoff, 1);
		if (flaw != UM_COREFILE_SOUND)
			return flaw;
		flaw = gelf_getshdr(elf_getscn(table.elf, 0), &first) ? UM_COREFILE_SOUND : UM_COREFILE_CONTRADICTORY;
		umi_corefile_table_close(&table);
		if (flaw != UM_COREFILE_SOUND)
			return flaw;
		reading->headers = first.sh_info;
		if (reading->headers < PN_XNUM)
			return UM_COREFILE_CONTRADICTORY;
	}
	if (reading->headers > MOST_HEADERS)
		return UM_COREFILE_TOO_MANY;
	if (reading->headers != 0 && header->e_phentsize != entry_size(elf_class, COREFILE_PROGRAM_HEADERS))
		return UM_COREFILE_CONTRADICTORY;
	/* Compared first, so that time is no more than the file is long. */
	if (header->e_phoff > reading->file_size ||
	    reading->headers > (reading->file_size - header->e_phoff) / entry_size(elf_class, COREFILE_PROGRAM_HEADERS))
		return UM_COREFILE_CUT_OFF;
	return UM_COREFILE_SOUND;
}

/* ---------------------------------------------------------------- segments */

static unsigned access_of(GElf_Word flags)
{
	return (flags & PF_R ? (unsigned)UM_READ : 0) | (flags & PF_W ? (unsigned)UM_WRITE : 0) | (flags & PF_X ? (unsigned)UM_EXEC : 0);
}

static enum um_corefile_flaw add_segment(struct reading *reading, const GElf_Phdr *header)
{
	uint64_t space = reading->header.e_ident[EI_CLASS] == ELFCLASS32 ? UINT32_MAX : UINT64_MAX, there = 0;

	if (header->p_filesz > header->p_memsz || header->p_offset > UINT64_MAX - header->p_filesz)
		return UM_COREFILE_CONTRADICTORY;
	if (header->p_memsz == 0)
		return UM_COREFILE_SOUND;
	if (header->p_memsz - 1 > space - header->p_vaddr)
		return UM_COREFILE_CONTRADICTORY;
	if (reading->count == reading->room) {
		size_t room = reading->room == 0 ? 64 : 2 * reading->room;
		struct um_corefile_segment *segments = realloc(reading->segments, room * sizeof *segments);

		if (!segments)
			return UM_COREFILE_NO_ROOM;
		reading->segments = segments;
		reading->room = room;
	}
	if (header->p_offset < reading->file_size)
		there = reading->file_size - header->p_offset;
	if (there < header->p_filesz)
		reading->core->lost += header->p_filesz - there; /* wraps where segments overlap, which is no core */
	reading->segments[reading->count++] = (struct um_corefile_segment){
		.range = { um_addr_of(header->p_vaddr), header->p_memsz },
		.access = access_of(header->p_flags),
		.in_file = header->p_filesz < there ? header->p_filesz : there,
		.offset = header->p_offset,
	};
	return UM_COREFILE_SOUND;
}

static enum um_corefile_flaw read_window(struct reading *reading, uint64_t from, size_t n)
{
	const GElf_Ehdr *header = &reading->header;
	int elf_class = header->e_ident[EI_CLASS];
	uint64_t offset = header->e_phoff + from * entry_size(elf_class, COREFILE_PROGRAM_HEADERS);
	struct umi_corefile_table table;
	enum um_corefile_flaw flaw = umi_corefile_table_open(&table, reading->core->fd, elf_class, COREFILE_PROGRAM_HEADERS, offset, n);

	if (flaw != UM_COREFILE_SOUND)
		return flaw;
	for (size_t i = 0; i < n && flaw == UM_COREFILE_SOUND; i++) {
		GElf_Phdr entry;

		if (!gelf_getphdr(table.elf, (int)i, &entry))
			flaw = UM_COREFILE_CONTRADICTORY;
		else if (entry.p_type == PT_LOAD)
			flaw = add_segment(reading, &entry);
		else if (entry.p_type == PT_NOTE && !umi_corefile_notes_add(reading->core, &reading->notes, &entry, reading->file_size))
			flaw = UM_COREFILE_NO_ROOM;
	}
	umi_corefile_table_close(&table);
	return flaw;
}

static int by_address(const void *left, const void *right)
{
	uint64_t a = ((const struct um_corefile_segment *)left)->range.start.value;
	uint64_t b = ((const struct um_corefile_segment *)right)->range.start.value;

	return (a > b) - (a < b);
}

/* Is each behind the end of the one before? */
static bool in_order(const struct um_corefile_segment *segments, size_t count)
{
	for (size_t i = 1; i < count; i++)
		if (segments[i].range.start.value < segments[i - 1].range.start.value ||
		    segments[i].range.start.value - segments[i - 1].range.start.value < segments[i - 1].range.length)
			return false;
	return true;
}

/* Most who write cores write them in order, and a sort takes as much memory again. */
static enum um_corefile_flaw sort_segments(struct reading *reading)
{
	if (in_order(reading->segments, reading->count))
		return UM_COREFILE_SOUND;
	qsort(reading->segments, reading->count, sizeof *reading->segments, by_address);
	return in_order(reading->segments, reading->count) ? UM_COREFILE_SOUND : UM_COREFILE_CONTRADICTORY;
}

enum um_corefile_flaw umi_corefile_read_headers(struct um_corefile *core)
{
	struct reading reading = { .core = core };
	enum um_corefile_flaw flaw;
	struct stat file;

	if (elf_version(EV_CURRENT) == EV_NONE)
		return UM_COREFILE_NO_ROOM;
	if (fstat(core->fd, &file) != 0)
		return UM_COREFILE_UNREADABLE;
	if (!S_ISREG(file.st_mode) || file.st_size < 0)
		return UM_COREFILE_NO_FILE;
	reading.file_size = (uint64_t)file.st_size;
	flaw = read_header(&reading);
	if (flaw == UM_COREFILE_SOUND)
		flaw = count_headers(&reading);
	umi_corefile_notes_begin(&reading.notes, reading.header.e_ident[EI_CLASS]);
	core->notes_whole = true;
	for (uint64_t i = 0; flaw == UM_COREFILE_SOUND && i < reading.headers; i += WINDOW)
		flaw = read_window(&reading, i, reading.headers - i < WINDOW ? reading.headers - i : WINDOW);
	if (flaw == UM_COREFILE_SOUND)
		flaw = sort_segments(&reading);
	core->segments = reading.segments;
	core->count = reading.count;
	umi_corefile_notes_end(core, &reading.notes);
	return flaw;
}
