/*
 * The list of mappings that the host keeps of an address space (Linux).
 *
 * One ioctl per mapping where the host has it (PROCMAP_QUERY, Linux 6.11), else the text, read as a stream:
 * memory is bounded in either case.  What is said is as old as the look.  Mappings of the kernel's half (the
 * vsyscall page) do not count: no two ways of asking agree on them.
 */
#ifndef USERMEM_PORT_LINUX_MAPS_H
#define USERMEM_PORT_LINUX_MAPS_H

#include <usermem/access.h>
#include <usermem/addr.h>
#include <usermem/status.h>

struct umi_mapping {
	uint64_t start, end; /* end is the first byte behind it */
	unsigned access;     /* enum um_access */
	bool shared;         /* its pages are not the program's own */
};

/* What an open(2) below /proc that failed with this errno means. */
enum um_status umi_proc_status(int error);

/* The mappings of process pid, 0: of the caller.  A descriptor, close-on-exec, or -1 with errno. */
int umi_maps_open(int pid);

/* Mappings in address order; for one thread. */
struct umi_maps_walk {
	int maps;   /* the caller's */
	int stream; /* of the text, ours; -1: by ioctl */
	int field;  /* of the line being read */
	bool found; /* line is a mapping */
	bool any;   /* the text had one */
	struct umi_mapping line;
	size_t used, filled;
	char text[1024];
};

void umi_maps_begin(struct umi_maps_walk *walk, int maps);

/* The same, over text that was opened already, and is closed by umi_maps_end. */
void umi_maps_begin_text(struct umi_maps_walk *walk, int stream);

void umi_maps_end(struct umi_maps_walk *walk);

/*
 * The first mapping that ends above from; from never goes down during a walk.  UM_UNMAPPED: there is none.
 * UM_GONE: the address space exists no more.  UM_REFUSED, UM_NO_MEMORY: the text could not be opened.  Where it
 * goes by the text, an address space that the process has got by exec since is taken for the old one: whoever
 * minds asks for life afterwards.
 */
enum um_status umi_maps_next(struct umi_maps_walk *walk, uint64_t from, struct umi_mapping *mapping);

/* Combined with an access: as a debugger has it, who passes protections, but writes no shared pages that are not writable. */
enum { UMI_FORCE = 8 };

/* How much of a range is mapped for all of access (0: mapped at all)?  As um_check; UM_GONE, UM_REFUSED and
 * UM_NO_MEMORY say done 0. */
struct um_result umi_maps_check(int maps, struct um_range range, unsigned access);

#endif
