/*
 * An ELF core file on its way to the disk: memory as it comes, then notes and headers.
 */
#ifndef CORE_WRITE_H
#define CORE_WRITE_H

#include "process.h"
#include <elf.h>

struct core_writer {
	int fd;
	int error;     /* an errno: from then on nothing more is written */
	uint64_t end;  /* of what the file has */
	Elf64_Phdr *segments; /* the first one is that of the notes */
	size_t count, room;
	uint64_t bytes, written; /* of memory, and of these so many were not left out as zeroes */
};

/* fd is an empty regular file. */
void core_begin(struct core_writer *writer, int fd);
/* From here on what comes lies at addr and behind; perms as /proc/PID/maps has them. */
void core_segment(struct core_writer *writer, uint64_t addr, const char *perms);
void core_bytes(struct core_writer *writer, const unsigned char *bytes, size_t n);
/* n bytes that could not be read. */
void core_hole(struct core_writer *writer, uint64_t n);
/* The notes and the headers.  Frees what it has.  0, or an errno: then the file is no core. */
int core_end(struct core_writer *writer, const void *notes, size_t size);

/*
 * core_notes.c.  What a core says besides memory: the process, its threads, its files.  Registers are whole of threads
 * that are stopped; of others there is where they wait, if they do.
 */
struct core_notes {
	char *data;
	size_t size;
	unsigned threads, whole; /* how many, and of how many all registers are there */
};
/* 0, or an errno.  Freed by core_notes_free, which a failure does not need. */
int core_notes_make(struct core_notes *notes, int pid, const struct mappings *mappings);
void core_notes_free(struct core_notes *notes);

#endif
