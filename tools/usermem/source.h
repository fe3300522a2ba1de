/*
 * Where a reading command looks: in a process, or in the core file of one.  What differs between them is here alone.
 */
#ifndef SOURCE_H
#define SOURCE_H

#include "process.h"

/* As the command line names it: PID, or --core FILE. */
struct source_name {
	int pid;          /* where there is no core */
	const char *core; /* NULL: a process */
};

/* In a command's list of options; its key is SOURCE_CORE, its argument goes to name.core. */
enum { SOURCE_CORE = 'c' };
#define SOURCE_OPTION { "core", SOURCE_CORE, "FILE", 0, "Look into the core file FILE; no PID is given then", 0 }

/* Of the argument that argp is at: the how manieth of the command's own it is, from 0; -1: it is the PID. */
int source_place(const struct source_name *name, const struct argp_state *state);

/* At ARGP_KEY_END: were all given, the PID and `least` own ones?  own: what these are called, or NULL. */
error_t source_need(const struct source_name *name, const struct argp_state *state, unsigned least, const char *own);

struct source {
	struct source_name name;
	struct um_space *space; /* NULL: opened for its mappings alone */
	union {
		struct um_remote remote;
		struct um_corefile core;
	} in;
};
enum source_use { SOURCE_MAPPINGS, SOURCE_MEMORY }; /* a host can allow the first and not the second */

/* Anything but STATUS_ALL: it has been complained, and nothing is open. */
int source_open(struct source *source, const struct source_name *name, enum source_use use);
void source_close(struct source *source);

/* The mappings as they are now.  0, or an errno as mappings_read's.  Paths of a core are good until it is closed. */
int source_mappings(const struct source *source, struct mappings *mappings);

/* Does the mapping go on at addr with nothing behind it, up to its end?  Of a process it is found out at the file. */
bool source_ends_before(const struct source *source, const struct mapping *mapping, uint64_t addr);

/* Complains of a status that ends a command, and returns the exit status that goes with it. */
int source_complain(const struct source *source, enum um_status status);

/* The first members of a JSON object, without braces: "pid":1, or "core":"FILE","pid":1 (or null). */
void source_json(const struct source *source);

#endif
