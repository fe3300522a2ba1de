/*
 * What the files of `usermem trace` share.  Downwards: trace (options) > start, loop > call > kinds > show, snapshot.
 *
 * A call of the program passes so: the loop sees it enter and leave; call.c looks it up in the table and has each
 * argument shown by its kind, at the stop at which its memory means something; kinds ask the snapshot for the
 * program's bytes and tell a show what they found; the show is text or JSON; the output is where lines go.
 */
#ifndef TRACE_H
#define TRACE_H

#include "command.h"
#include "output.h"
#include <signal.h>
#include <sys/types.h>

enum {
	CALL_ARGS = 6,
	CALL_NUMBERS = 1024, /* numbers above are legal, and have no name */
	AUDIT_FOUND = 124,   /* exit statuses of our own, the others as env's */
	TRACER_FAILED = 125,
	CANNOT_RUN = 126,
	NOT_FOUND = 127,
};

/* A set of system calls; all those from CALL_NUMBERS on are in or out together. */
struct call_set {
	bool in[CALL_NUMBERS];
	bool others;
};

struct trace_options {
	bool follow, json, audit, verbose;
	unsigned strings; /* bytes of a string or buffer that are shown */
	const char *output;
	int pid; /* 0: a command is run */
	char **command;
	struct call_set set;
};

/* trace_set.c.  Parses what -e was given; complains and returns false if it makes no sense. */
bool call_set_parse(struct call_set *set, const char *text);
bool call_set_has(const struct call_set *set, uint64_t nr);
/* The name of a system call of this machine; NULL if it has none. */
const char *call_name(uint64_t nr);

/* trace_output.c.  Where lines go. */
struct output {
	int fd;
	bool eager, colour; /* eager: somebody reads along, so each line goes at once */
	bool failed;
	char *data;
	size_t used;
};
bool output_open(struct output *output, const char *path);
void output_add(struct output *output, const char *data, size_t n);
void output_line_ends(struct output *output);
void output_flush(struct output *output);

/* Text that grows; of what finds no memory or passes the limit, nothing is kept. */
struct text {
	char *data;
	size_t used, room;
};
void text_add(struct text *text, const char *data, size_t n);
void text_puts(struct text *text, const char *string);
void text_printf(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_number(struct text *text, uint64_t value, unsigned base);
void text_free(struct text *text);

/*
 * trace_snapshot.c.  The program's memory as one stop saw it: each byte is fetched at most once per stop, so what was
 * judged is what is shown, and two arguments that overlap agree.
 */
enum { SNAPSHOT_PIECES = 128, SNAPSHOT_BYTES = 128 * 1024 };
#define STATUSES ((unsigned)UM_UNSUPPORTED + 1)

struct snapshot_piece {
	uint64_t start, done;  /* bytes that are known */
	size_t at;             /* where in data */
	enum um_status status; /* of the byte at start + done; UM_OK: not asked yet */
};

struct snapshot {
	struct um_space *space;
	enum um_status missing; /* space is NULL: why */
	size_t count, used;
	uint64_t fetches, bytes, faults[STATUSES]; /* of the whole run */
	uint64_t again;                            /* with audit: bytes fetched twice within a stop */
	bool incomplete;                           /* with audit: a ledger was full */
	struct snapshot_piece pieces[SNAPSHOT_PIECES];
	unsigned char data[SNAPSHOT_BYTES];
};
void snapshot_begin(struct snapshot *snapshot, struct um_space *space, enum um_status missing);
/* done and status as um_copy_in's; what an earlier fetch of this stop saw is not fetched again. */
struct um_result snapshot_read(struct snapshot *snapshot, void *dst, uint64_t addr, size_t n);
/* Counts a fault that was met in another way. */
void snapshot_fault(struct snapshot *snapshot, enum um_status status);
/* As um_copy_string_in. */
struct um_result snapshot_string(struct snapshot *snapshot, char *dst, uint64_t addr, size_t limit);
/* Fetches these with as few calls as it takes; those that overlap another or what is known are left to snapshot_read. */
void snapshot_prefetch(struct snapshot *snapshot, const struct um_range *ranges, size_t count);

/*
 * trace_show.c, trace_json.c.  A value on its way out, as text or as JSON.
 */
enum { SHOW_DEPTH = 12 };

struct show {
	struct text *text; /* NULL: JSON */
	unsigned depth;
	bool named;        /* text: a name has just been written */
	bool colour;
	bool more[SHOW_DEPTH];
	json_t *stack[SHOW_DEPTH], *whole;
	const char *name;  /* JSON: of the next value, in an object */
};

/* How a string or buffer ended: where and why the program's memory ended it, or that more follows. */
struct ending {
	enum um_status status;
	uint64_t at; /* the first byte that could not be had */
	bool more;
};

void show_begin(struct show *show, struct text *text, bool colour);
void show_signed(struct show *show, int64_t value);
void show_unsigned(struct show *show, uint64_t value);
void show_octal(struct show *show, uint64_t value);
void show_hex(struct show *show, uint64_t value);          /* an address, or bits without names */
void show_word(struct show *show, const char *word);       /* a name of the field's, O_RDONLY */
void show_note(struct show *show, uint64_t value, const char *note); /* an address, and what is to be said of it */
void show_bytes(struct show *show, const void *data, size_t n, struct ending ending);
void show_open(struct show *show, char bracket); /* '{' with names, '[' without */
void show_name(struct show *show, const char *name);
void show_close(struct show *show, char bracket);
void show_more(struct show *show); /* some elements are left out */
void show_fault(struct show *show, uint64_t addr, enum um_status status);
/* An address from which on it is good up to bad. */
void show_until(struct show *show, uint64_t addr, uint64_t bad, enum um_status status);
void json_bytes(struct show *show, const void *data, size_t n, struct ending ending);
void json_put(struct show *show, json_t *value);
json_t *json_fault(uint64_t addr, enum um_status status);

/*
 * trace_kinds.c and its neighbours.  A kind of argument, or of a struct's member: how a value is shown.
 */
struct decode {
	struct show *show;
	struct snapshot *memory;
	const struct trace_options *options;
	const uint64_t *args;
	bool returned, failed;
	int64_t result;
};

struct value {
	uint64_t number;
	const unsigned char *bytes; /* a member that is no number: where it lies, in our own memory */
	size_t size;
};

struct reach;
enum when { ENTERING, LEAVING, LEAVING_EVEN_FAILED };
enum { BY_RESULT = 7 };

struct kind {
	void (*show)(struct decode *decode, const struct kind *kind, struct value value);
	const void *about;  /* names, a layout, ... */
	unsigned char from; /* 1 to 6: the argument that tells the length or the count; 0: none does */
	unsigned char when; /* enum when: its memory means something */
	bool by_result;     /* what the call returned limits the length */
	bool writes;        /* the call may write there, whether or not it reads too */
	void (*reach)(struct reach *reach, const struct kind *kind, uint64_t addr); /* NULL: it reaches no memory */
};
typedef void kind_fn(struct decode *decode, const struct kind *kind, struct value value);

/* One name of a value or of some bits: those in mask (0: in value) have this value. */
struct name {
	uint64_t value, mask;
	const char *name;
};
#define NAME(x) { (uint64_t)(x), 0, #x }
#define NAME_MASK(x, mask) { (uint64_t)(x), (uint64_t)(mask), #x }
#define NAMES_END { 0, 0, NULL }

struct member {
	const char *name;
	unsigned short offset, size;
	bool is_signed;
	struct kind kind;
};

struct layout {
	unsigned short size, count;
	unsigned short brief; /* so many members are shown unless all were asked for; 0: all */
	const struct member *members;
};

/* trace_kinds.c: numbers. */
kind_fn kind_signed, kind_int, kind_unsigned, kind_uint, kind_octal, kind_hex, kind_flags, kind_enum, kind_fd, kind_mode, kind_device;
kind_fn kind_socket_type, kind_wait_status, kind_fcntl, kind_handler, kind_signal, kind_option_name, kind_limit, kind_futex;
/* trace_memory.c: what pointers point at. */
kind_fn kind_path, kind_bytes, kind_strings, kind_struct, kind_growing, kind_array, kind_times, kind_numbers, kind_pointer;
kind_fn kind_inline_struct, kind_inline_text;
/* trace_sets.c: sets, and entries one behind the other. */
kind_fn kind_signal_set, kind_signal_mask, kind_fd_set, kind_entries;
/* trace_message.c: buffers in lists, addresses of sockets, messages. */
kind_fn kind_iovec, kind_sockaddr, kind_message;

/* The length or count that another argument tells, no more than what the call returned where that is the limit. */
uint64_t kind_length(const struct decode *decode, const struct kind *kind);
/* Is this memory that a failed call should have written?  Then what stands there is nobody's business, and shown is
 * the address with what keeps anybody from writing there. */
bool unwritten_show(struct decode *decode, uint64_t addr, uint64_t n);
/* What the program has at addr, as a string of n bytes of which as many are shown as the user wants. */
void bytes_show(struct decode *decode, uint64_t addr, uint64_t n);
/* A struct of which `known` bytes are there; they ended with `status`. */
void layout_show(struct decode *decode, const struct layout *layout, const unsigned char *bytes, uint64_t addr,
                 struct um_result known);
/* A signal's name with its SIG, or its number; good until the next call. */
const char *signal_name(int number);

/* Does a futex call of these arguments wait?  Then its fourth is how long. */
bool futex_waits(const uint64_t *args);

/* Numbers that lie one behind the other. */
struct numbers {
	unsigned char size, count;
	struct kind kind; /* of each */
};

/* trace_calls.c.  The table. */
enum returns { RETURNS_UNKNOWN, RETURNS_NUMBER, RETURNS_ADDRESS };
struct call {
	unsigned char count, returns;
	struct kind args[CALL_ARGS];
	bool (*has_last)(const uint64_t *args); /* false: the last one means nothing; NULL: it always does */
};
const struct call *call_find(uint64_t nr); /* NULL: not in the table */
/* How many arguments mean something. */
unsigned call_count(const struct call *call, const uint64_t *args);

/*
 * trace_reach.c, trace_audit.c.  With audit: what a call's arguments point at, as it was when the call began, so that
 * it can be told what of it others changed while the call was under way.
 */
struct kept_range {
	uint64_t start, length;
	size_t at;         /* where in bytes; of what is written nothing is kept */
	unsigned argument; /* from 1 */
	bool written;      /* the call may write it, so that nobody can tell who did */
};
struct kept {
	struct kept_range *ranges;
	size_t count, room;
	struct text bytes;
	bool incomplete; /* there was more than there is room for */
};
/* An argument that is asked which memory it reaches. */
struct reach {
	struct snapshot *memory;
	const struct trace_options *options;
	const uint64_t *args;
	struct kept *kept;
	unsigned argument;
};
typedef void reach_fn(struct reach *reach, const struct kind *kind, uint64_t addr);
reach_fn reach_path, reach_bytes, reach_whole, reach_struct, reach_array, reach_polled, reach_times, reach_numbers, reach_fd_set, reach_strings;
reach_fn reach_iovec, reach_sockaddr, reach_message, reach_fcntl, reach_futex;
/* What of a buffer the call reads is kept as far as it is shown. */
void kept_free(struct kept *kept);

struct tracer;
struct task;
struct call;
/* Each between the begin and the end of a stop's memory. */
void audit_enters(struct tracer *tracer, struct task *task, const struct call *call);
void audit_leaves(struct tracer *tracer, struct task *task, const char *name);
/* What was fetched twice within the stop that ends. */
void audit_twice(struct tracer *tracer, struct task *task, const char *name, bool entering);

/*
 * trace_task.c.  The threads that are traced, and the processes they make up.
 */
struct process {
	pid_t pid;
	unsigned tasks;
	bool open; /* remote is */
	enum um_status missing;
	struct um_remote remote;
};

struct task {
	pid_t tid;
	struct process *process;
	struct task *next;
	bool entered, shown;
	uint64_t nr, args[CALL_ARGS];
	uint32_t arch;
	struct text text;
	size_t ends[CALL_ARGS]; /* where in text each argument ends */
	json_t *values[CALL_ARGS];
	struct kept kept;
};

enum { AUDIT_NOTES = 8 };

struct tracer {
	struct trace_options options;
	struct output output;
	struct snapshot snapshot;
	struct um_audit audit;
	struct um_audit_entry ledger[SNAPSHOT_PIECES];
	struct um_audit_note notes[AUDIT_NOTES];
	uint64_t changed;    /* with audit: arguments that were changed while their call was under way */
	uint64_t uncompared; /* calls whose arguments could not all be compared */
	struct text line;
	uint64_t calls;
	unsigned task_count;
	pid_t child;      /* the command that was run; 0: attached */
	int wait_status;  /* of the process that was run or named */
	int run_error;    /* the command could not be executed: why */
	bool started;     /* its execve has returned */
};

struct task *task_find(pid_t tid);
struct task *task_get(struct tracer *tracer, pid_t tid); /* made if there is none; NULL: no memory */
void task_end(struct tracer *tracer, struct task *task);
void task_rename(struct tracer *tracer, struct task *task, pid_t tid); /* an exec took the process's number */
void task_forget_arguments(struct task *task);
struct task *task_walk(struct task *after); /* NULL: from the start */
/* The memory of the task's process, opened when first asked for; NULL: it cannot be, and process->missing says why. */
struct um_space *process_memory(struct process *process);
void process_changed(struct process *process); /* an exec gave it another memory */

/* trace_call.c.  Calls. */
struct entering {
	uint32_t arch;
	uint64_t nr, args[CALL_ARGS];
};
void call_enters(struct tracer *tracer, struct task *task, const struct entering *entering);
void call_leaves(struct tracer *tracer, struct task *task, int64_t result, bool failed);
void call_abandoned(struct tracer *tracer, struct task *task); /* its thread ended within it */

/* trace_print.c.  Lines. */
void line_begin(struct tracer *tracer, const struct task *task);
void line_end(struct tracer *tracer);
void line_json(struct tracer *tracer, json_t *line); /* takes line */
void print_signal(struct tracer *tracer, struct task *task, const siginfo_t *info);
void print_stop(struct tracer *tracer, struct task *task, int number);
void print_end(struct tracer *tracer, struct task *task, int wait_status);
/* A line of text that is no call's. */
void print_note(struct tracer *tracer, const struct task *task, const char *text);
void print_summary(struct tracer *tracer);

/* trace_start.c.  Each complains for itself; returned is 0, or our exit status. */
int start_command(struct tracer *tracer);
int start_attach(struct tracer *tracer);
int complain_not_run(const char *name, int error);

/* trace_loop.c.  Until nothing is left to trace, or the user has had enough. */
int loop_run(struct tracer *tracer);
/* From here on Ctrl-C and its like end the loop; the child has begun, where there is to be one. */
void loop_catch_signals(const struct tracer *tracer);

/* trace_cpu.c.  Has the tracer run where the program runs. */
void cpu_follow_begin(void); /* once, before the first */
void cpu_follow(pid_t tid); /* at each stop */

#endif
