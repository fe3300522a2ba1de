/*
 * What the files of corefile share.
 */
#ifndef USERMEM_SPACES_COREFILE_PARTS_H
#define USERMEM_SPACES_COREFILE_PARTS_H

#include <gelf.h>
#include <usermem/spaces/corefile.h>

enum { COREFILE_NAMES }; /* the member of um_corefile.reserved that holds the notes' names, or NULL */

/* Reads n bytes at offset of the file, or as many as there are: how many.  Less than n: *error is an errno, or 0 where the
 * file ends. */
size_t umi_corefile_read(int fd, void *to, size_t n, uint64_t offset, int *error);

/* The first of a core's segments that ends above addr; core->count: none. */
size_t umi_corefile_find(const struct um_corefile *core, uint64_t addr);

/* Reads the headers of core->fd into core->segments and what the notes tell.  What it has allocated is core's, also on
 * failure. */
enum um_corefile_flaw umi_corefile_read_headers(struct um_corefile *core);

/*
 * A table of the file as libelf sees it: behind an ELF header of our own making, which tells of this table alone.
 *
 * libelf is never given the file itself.  It believes what the header says of counts, and has memory for it: a sparse file of
 * 8 KiB that claims 67,108,864 sections costs it half a minute, and gigabytes.
 */
struct umi_corefile_table {
	Elf *elf;
	unsigned char *image;
};
enum { COREFILE_TABLE = 64 }; /* where in the image the table starts */

enum umi_corefile_kind { COREFILE_PROGRAM_HEADERS, COREFILE_SECTION_HEADER, COREFILE_NOTES };

/* n entries (of notes: bytes) at offset of the file.  What is not SOUND has left nothing open. */
enum um_corefile_flaw umi_corefile_table_open(struct umi_corefile_table *table, int fd, int elf_class, enum umi_corefile_kind kind,
                                              uint64_t offset, size_t n);
void umi_corefile_table_close(struct umi_corefile_table *table);

/* corefile_notes.c: what the notes say, by the way of it. */
struct umi_corefile_notes {
	int elf_class;
	uint64_t budget; /* bytes of notes that may still be read */
	void *files;     /* the content of NT_FILE, ours; or NULL */
	size_t files_size;
};
void umi_corefile_notes_begin(struct umi_corefile_notes *notes, int elf_class);
/* One segment of notes.  False: no memory. */
bool umi_corefile_notes_add(struct um_corefile *core, struct umi_corefile_notes *notes, const GElf_Phdr *header, uint64_t file_size);
/* Gives the sorted segments their names. */
void umi_corefile_notes_end(struct um_corefile *core, struct umi_corefile_notes *notes);

#endif
