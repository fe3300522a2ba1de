/*
 * The process that a command is about: its address space, its mappings, its threads at rest.
 */
#ifndef PROCESS_H
#define PROCESS_H

#include "command.h"
#include <sys/types.h>

/* Opens its memory.  Anything but STATUS_ALL: it has been complained, and nothing is open. */
int process_open(struct um_remote *remote, int pid);

/* Complains of a status that ends a command, and returns the exit status that goes with it. */
int process_complain(int pid, enum um_status status);

/* What /proc/PID/status says behind "name:".  False, and value "", where it says nothing. */
bool process_field(int pid, const char *name, char *value, size_t size);

/* A first thread that ended while others live on stays as a zombie: nobody may trace it, and it has no memory. */
bool thread_has_ended(pid_t tid);

/* One line of /proc/PID/maps, or one segment of a core. */
struct mapping {
	uint64_t start, last;   /* last is in it: a core's may be the last address of all */
	char perms[5];          /* as there: rwxp; rwx of a core, which does not tell what is shared */
	uint64_t offset, inode; /* of the file; a core does not tell inode, major and minor */
	unsigned major, minor;
	uint64_t dumped;        /* so many of its bytes a core has */
	const char *path;       /* escaped as there; "" where there is none */
};
struct mappings {
	char *text; /* the paths of a process live in it */
	struct mapping *list;
	size_t count;
};

/* Reads them all, through another thread where the first one has ended.  0, or an errno: ESRCH where there is no such
 * process or it has no memory (a zombie, a kernel thread).  Freed by mappings_free, which a failure does not need. */
int mappings_read(struct mappings *mappings, int pid);
void mappings_free(struct mappings *mappings);

/* The one that holds addr, or else the next one; NULL: there is none above. */
const struct mapping *mappings_at(const struct mappings *mappings, uint64_t addr);

/*
 * All its threads, stopped by ptrace so that the program does not see it; what it can see is that a few system calls
 * (epoll_wait, semop) return EINTR, as they do after SIGSTOP and SIGCONT.  Processes that merely share its memory
 * go on.  Our own end resumes it.
 */
struct stopped_thread {
	pid_t tid;
	int signal; /* the one that it was about to get, and will get */
};
struct stopped {
	struct stopped_thread *threads;
	size_t count;
};

/* Anything but STATUS_ALL: it has been complained, and all threads run. */
int process_stop(struct stopped *stopped, int pid);
void process_resume(struct stopped *stopped);

#endif
