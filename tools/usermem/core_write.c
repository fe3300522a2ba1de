/* Writes an ELF core file. */
#include "core_write.h"
#include "machine.h"
#include <errno.h>
#include <libelf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The headers go behind the memory: how many segments there are is known when the last hole has been met.  libelf
 * translates them; to place them is left to us, since elf_update fills what it does not know of with zeroes. */

enum { PAGE = 4096 };

static void fail(struct core_writer *writer, int error)
{
	if (writer->error == 0)
		writer->error = error;
}

static void put(struct core_writer *writer, const void *bytes, size_t n, uint64_t at)
{
	const char *from = bytes;

	while (n > 0 && writer->error == 0) {
		ssize_t done = pwrite(writer->fd, from, n, (off_t)at);

		if (done < 0 && errno != EINTR)
			fail(writer, errno);
		if (done > 0) {
			from += done;
			n -= (size_t)done;
			at += (uint64_t)done;
		}
	}
}

static Elf64_Phdr *another(struct core_writer *writer)
{
	size_t room = writer->room ? 2 * writer->room : 256;
	Elf64_Phdr *more;

	if (writer->error)
		return NULL;
	if (writer->count == writer->room) {
		more = realloc(writer->segments, room * sizeof *more);
		if (!more) {
			fail(writer, ENOMEM);
			return NULL;
		}
		writer->segments = more;
		writer->room = room;
	}
	writer->segments[writer->count] = (Elf64_Phdr){ 0 };
	return &writer->segments[writer->count++];
}

void core_begin(struct core_writer *writer, int fd)
{
	*writer = (struct core_writer){ .fd = fd, .end = PAGE };
	another(writer);
}

static void segment(struct core_writer *writer, uint64_t addr, Elf64_Word flags)
{
	Elf64_Phdr *segment = another(writer);

	/* Where the memory of a segment lies in the file is where it lies in a page. */
	writer->end = (writer->end + PAGE - 1) / PAGE * PAGE + addr % PAGE;
	if (segment)
		*segment = (Elf64_Phdr){ .p_type = PT_LOAD, .p_flags = flags, .p_offset = writer->end, .p_vaddr = addr, .p_align = PAGE };
}

void core_segment(struct core_writer *writer, uint64_t addr, const char *perms)
{
	segment(writer, addr, (perms[0] == 'r' ? PF_R : 0u) | (perms[1] == 'w' ? PF_W : 0u) | (perms[2] == 'x' ? PF_X : 0u));
}

/* Pages of zeroes take no room in a file. */
static void put_sparse(struct core_writer *writer, const unsigned char *bytes, size_t n)
{
	static const unsigned char zeroes[PAGE];
	size_t block;

	for (; n > 0; bytes += block, n -= block, writer->end += block) {
		block = PAGE - (size_t)(writer->end % PAGE);
		block = block < n ? block : n;
		if (memcmp(bytes, zeroes, block) == 0)
			continue;
		put(writer, bytes, block, writer->end);
		writer->written += block;
	}
}

void core_bytes(struct core_writer *writer, const unsigned char *bytes, size_t n)
{
	Elf64_Phdr *last;

	if (writer->error)
		return;
	last = &writer->segments[writer->count - 1];
	/* What a segment has in the file is its beginning: behind a hole comes another one. */
	if (last->p_filesz != last->p_memsz) {
		segment(writer, last->p_vaddr + last->p_memsz, last->p_flags);
		if (writer->error)
			return;
		last = &writer->segments[writer->count - 1];
	}
	put_sparse(writer, bytes, n);
	last->p_filesz += n;
	last->p_memsz += n;
	writer->bytes += n;
}

void core_hole(struct core_writer *writer, uint64_t n)
{
	if (!writer->error)
		writer->segments[writer->count - 1].p_memsz += n;
}

/* From our order of bytes to the file's. */
static void put_translated(struct core_writer *writer, Elf_Type type, void *from, size_t size, uint64_t at)
{
	Elf_Data source = { .d_buf = from, .d_type = type, .d_version = EV_CURRENT, .d_size = size }, target = source;

	if (!elf64_xlatetof(&target, &source, ELFDATA2LSB))
		fail(writer, EINVAL);
	put(writer, from, size, at);
}

/* More segments than 16 bits can count are counted in a section's header. */
static void put_headers(struct core_writer *writer)
{
	bool many = writer->count >= PN_XNUM;
	size_t table = writer->count * sizeof *writer->segments;
	Elf64_Ehdr header = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_CORE, .e_machine = MACHINE_ELF, .e_version = EV_CURRENT, .e_phoff = writer->end,
		.e_ehsize = sizeof header, .e_phentsize = sizeof *writer->segments, .e_phnum = many ? PN_XNUM : (Elf64_Half)writer->count,
		.e_shoff = many ? writer->end + table : 0, .e_shentsize = many ? sizeof(Elf64_Shdr) : 0, .e_shnum = many,
	};
	Elf64_Shdr count = { .sh_info = (Elf64_Word)writer->count };

	put_translated(writer, ELF_T_PHDR, writer->segments, table, writer->end);
	if (many)
		put_translated(writer, ELF_T_SHDR, &count, sizeof count, writer->end + table);
	/* Last: a file without it is no core. */
	put_translated(writer, ELF_T_EHDR, &header, sizeof header, 0);
}

int core_end(struct core_writer *writer, const void *notes, size_t size)
{
	if (elf_version(EV_CURRENT) == EV_NONE)
		fail(writer, EINVAL);
	if (!writer->error) {
		writer->end = (writer->end + PAGE - 1) / PAGE * PAGE;
		writer->segments[0] = (Elf64_Phdr){ .p_type = PT_NOTE, .p_offset = writer->end, .p_filesz = size, .p_align = 4 };
		put(writer, notes, size, writer->end);
		writer->end = (writer->end + size + 7) / 8 * 8;
		put_headers(writer);
	}
	free(writer->segments);
	writer->segments = NULL;
	return writer->error;
}
