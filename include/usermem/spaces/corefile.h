/*
 * The memory that a process had when it died, from its ELF core file (hosted; headers and notes by libelf).
 *
 * Reads alone.  Address space is what the core's segments say; between them nothing is mapped (UM_UNMAPPED).  Bytes of
 * a segment that the file does not have, since they were not dumped or the file was cut off, are mapped all the same:
 * UM_BUS.  So is what is lost while the core is open, in a file that shrinks or on a disk that fails; never a signal.
 *
 * Promises UM_CAN_CHECK (a check of UM_WRITE is UM_UNSUPPORTED), UM_CAN_PERMS by the segments' protections, and
 * UM_CAN_IGNORE_PERMS, which reads what the program could not.  No write, no single access, no visit; no UM_NOFAULT:
 * the host waits for its disk.
 *
 * Nothing that a core says is believed before it was compared with the file, and what is allocated is bounded by what the
 * file really has, whatever counts and sizes it claims.  Opening costs n log n of the segments, a look-up log n.
 *
 * Any number of threads may use one: reads go by pread(2), and nothing is cached.  Data calls are async-signal-safe.
 */
#ifndef USERMEM_SPACES_COREFILE_H
#define USERMEM_SPACES_COREFILE_H

#include <usermem/space.h>

UM_BEGIN_DECLS

/* Why a file could not be opened, in more words than a status has. */
enum um_corefile_flaw {
	UM_COREFILE_SOUND,
	UM_COREFILE_MISSING,       /* UM_GONE         no file has that name */
	UM_COREFILE_REFUSED,       /* UM_REFUSED      the host does not let us read it */
	UM_COREFILE_NO_ROOM,       /* UM_NO_MEMORY    out of memory or descriptors */
	UM_COREFILE_UNREADABLE,    /* UM_BUS          its headers could not be read: an I/O error */
	UM_COREFILE_NO_FILE,       /* UM_UNSUPPORTED  a directory, a pipe, a device: nothing whose bytes have places */
	UM_COREFILE_EMPTY,         /* UM_INVALID      no bytes at all: a dump that was forbidden or had no room */
	UM_COREFILE_COMPRESSED,    /* UM_INVALID      by zstd, gzip, xz, lz4 or bzip2 */
	UM_COREFILE_FOREIGN,       /* UM_INVALID      no ELF file */
	UM_COREFILE_BYTE_ORDER,    /* UM_UNSUPPORTED  of a machine of the other byte order (law 24) */
	UM_COREFILE_PROGRAM,       /* UM_INVALID      ELF, but no core: a program, a library, an object */
	UM_COREFILE_CUT_OFF,       /* UM_INVALID      it ends before its headers do */
	UM_COREFILE_CONTRADICTORY, /* UM_INVALID      segments that wrap, overlap, or have more bytes in the file than in memory; sizes of another format */
	UM_COREFILE_TOO_MANY,      /* UM_TOO_BIG      more than 16,777,216 headers: no process has so many mappings */
};

/* One stretch of memory that was mapped alike. */
struct um_corefile_segment {
	struct um_range range;  /* never empty; its last byte may be the last address of all */
	unsigned access;        /* enum um_access: what the program could do */
	uint64_t in_file;       /* so many bytes of it were in the file at opening; the rest is UM_BUS */
	uint64_t offset;        /* in the core file, of the first byte, if in_file is not 0 */
	const char *name;       /* of the file that was mapped, as the core has it: any bytes but NUL; or NULL */
	uint64_t name_offset;   /* in that file, of the first byte */
};

struct um_corefile {
	struct um_space space;
	int fd;
	enum um_corefile_flaw flaw;                 /* set by opening, also where it fails */
	int pid;                                    /* of the process; 0: the core does not say */
	char command[17];                           /* the first bytes of its name; "": the core does not say */
	uint64_t lost;                              /* bytes that its headers promise and the file has not: it was cut off */
	bool notes_whole;                           /* false: notes contradict themselves, or were cut off; what they would have told is missing */
	const struct um_corefile_segment *segments; /* in address order; no two overlap */
	size_t count;
	void *reserved[4];
};

/* Opens the core file of that name.  On failure nothing is open, core->flaw says why, and the status is the one named
 * there. */
UM_CHECKED enum um_status um_corefile_open(struct um_corefile *core, const char *path);

/* The same from a descriptor that was handed over, wherever in the file it stands.  Taken over: um_close closes it; on
 * failure it is still the caller's. */
UM_CHECKED enum um_status um_corefile_adopt(struct um_corefile *core, int fd);

/* The first segment that ends above from.  False, and *segment untouched: there is none.  Its name is good until the core
 * is closed. */
bool um_corefile_next(const struct um_corefile *core, um_addr from, struct um_corefile_segment *segment);

UM_END_DECLS

#endif
