/* The suite over a core file that we write ourselves: its bytes are shared with the tests, and a hole is dug by writing its
 * headers anew and opening it again. */
#include <elf.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <usermem/spaces/corefile.h>
#include "runner.h"

enum { SIZE = 32 * 1024, BYTES_AT = 4096, START = 0x10000000 };

static struct um_corefile core;
static int file;
static bool narrow; /* of 32 bits, and what is not in the file was cut off instead of left out */

static const struct {
	unsigned flags;
	bool in_file;
} holes[HOLE_KINDS] = {
	[HOLE_PROTECTED] = { 0, true },
	[HOLE_READ_ONLY] = { PF_R, true },
	[HOLE_WRITE_ONLY] = { PF_W, true },
	[HOLE_BUS] = { PF_R | PF_W, false },
};

/* The header of the hole comes first: nothing says that segments are in order. */
#define WRITE_HEADERS(bits, machine, has_hole, kind) \
	do { \
		struct { \
			Elf##bits##_Ehdr file; \
			Elf##bits##_Phdr hole, bytes; \
		} headers = { \
			.file = { .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS##bits, ELFDATA2LSB, EV_CURRENT }, \
			          .e_type = ET_CORE, .e_machine = (machine), .e_version = EV_CURRENT, .e_phoff = sizeof(Elf##bits##_Ehdr), \
			          .e_ehsize = sizeof(Elf##bits##_Ehdr), .e_phentsize = sizeof(Elf##bits##_Phdr), .e_phnum = 2 }, \
			.hole = { .p_type = (has_hole) ? PT_LOAD : PT_NULL, .p_offset = BYTES_AT + SIZE, .p_vaddr = START + SIZE, \
			          .p_filesz = holes[kind].in_file || narrow ? SIZE : 0, .p_memsz = SIZE, .p_flags = holes[kind].flags }, \
			.bytes = { .p_type = PT_LOAD, .p_offset = BYTES_AT, .p_vaddr = START, .p_filesz = SIZE, .p_memsz = SIZE, \
			           .p_flags = PF_R | PF_W }, \
		}; \
		written = pwrite(file, &headers, sizeof headers, 0) == sizeof headers; \
	} while (0)

static bool open_core(enum hole kind)
{
	int copy = dup(file);
	bool written;

	if (copy < 0 || ftruncate(file, BYTES_AT + SIZE + (holes[kind].in_file ? SIZE : 0)) != 0)
		return false;
	if (narrow)
		WRITE_HEADERS(32, EM_386, kind != HOLE_UNMAPPED, kind);
	else
		WRITE_HEADERS(64, EM_X86_64, kind != HOLE_UNMAPPED, kind);
	if (written && um_corefile_adopt(&core, copy) == UM_OK)
		return true;
	close(copy);
	return false;
}

static bool dig(struct stage *stage, enum hole kind)
{
	(void)stage;
	um_close(&core.space);
	if (open_core(kind))
		return true;
	fprintf(stderr, "the core cannot be opened again: flaw %d\n", core.flaw);
	_exit(1);
}

/* run-corefile SUITE [narrow] */
int main(int argc, char **argv)
{
	struct stage stage = { .name = "corefile", .space = &core.space, .start = { START }, .size = SIZE, .dig = dig };
	int status;

	if (argc == 3 && strcmp(argv[2], "narrow") == 0) {
		stage.name = "corefile of 32 bits";
		narrow = true;
		argc = 2;
	}
	file = memfd_create("usermem-core", MFD_CLOEXEC);
	if (file < 0 || !open_core(HOLE_UNMAPPED))
		return 1;
	stage.seen = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, file, BYTES_AT);
	if (stage.seen == MAP_FAILED)
		return 1;
	status = runner(argc, argv, &stage);
	um_close(&core.space);
	return status;
}
