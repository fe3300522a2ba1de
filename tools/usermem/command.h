/*
 * What the subcommands of usermem share.  Each is a function in a file of its name; main.c has the list.
 */
#ifndef COMMAND_H
#define COMMAND_H

#include <argp.h>
#include <usermem/usermem.h>

/* Exit statuses, but for trace, which passes on its program's. */
enum exit_status {
	STATUS_ALL = 0,     /* all that was asked */
	STATUS_PARTLY = 1,  /* less than was asked; what there was has been printed */
	STATUS_USAGE = 2,   /* the request made no sense, or names a file of no use; nothing was touched */
	STATUS_GONE = 3,    /* there is no such process or core, or it ended meanwhile */
	STATUS_REFUSED = 4, /* the host does not let us */
};

/* argv[0] is "usermem NAME".  Returned is the exit status. */
int trace_main(int argc, char **argv);
int maps_main(int argc, char **argv);
int read_main(int argc, char **argv);
int strings_main(int argc, char **argv);
int find_main(int argc, char **argv);
int dump_main(int argc, char **argv);
int compare_main(int argc, char **argv);
int write_main(int argc, char **argv);
int doctor_main(int argc, char **argv);

/* One line on stderr: who we are, what went wrong and why (format), and what to do about it (remedy).  Returns
 * status, so that a caller can say: return complain(STATUS_USAGE, ...). */
int complain(int status, const char *remedy, const char *format, ...) __attribute__((format(printf, 3, 4), nonnull));

/* argp_parse with its complaints made into one line.  --help and --version end the program.  argp_flags are
 * argp_parse's: ARGP_IN_ORDER where a command line of another program follows.  A parser complains of a bad argument
 * itself and returns EINVAL; of a bad option it need not.  False: it has been complained. */
bool options_parse(const struct argp *argp, int argc, char **argv, unsigned argp_flags, void *input);

/*
 * Numbers as people type them.  NULL: it was understood.  Otherwise why it was not, for a message, and nothing
 * was stored.
 */
const char *parse_pid(const char *text, int *pid);
const char *parse_address(const char *text, um_addr *addr);  /* hexadecimal, 0x or not */
const char *parse_length(const char *text, uint64_t *bytes); /* decimal or 0x, then K, M, G or T: 1024 of the one before */
/* ADDR+LENGTH, START-END (END is the first byte behind it, as in /proc/PID/maps) or ADDR, which has the usual length. */
const char *parse_range(const char *text, uint64_t usual, struct um_range *range);

/* Pairs of hexadecimal digits, with white space between pairs; freed by the caller. */
const char *parse_hex(const char *text, unsigned char **bytes, size_t *length);
/* Decimal or 0x, with a minus or not, as `size` bytes (1, 2, 4 or 8) of this machine's order: what fits signed or unsigned. */
const char *parse_integer(const char *text, size_t size, uint64_t *value);

/* The same for argp's parsers: 0, or EINVAL when it has been complained. */
error_t take_pid(const char *text, int *pid);
error_t take_address(const char *text, um_addr *addr);
error_t take_range(const char *text, uint64_t usual, struct um_range *range);
error_t take_length(const char *text, uint64_t least, uint64_t most, uint64_t *bytes);
error_t refuse_argument(const char *text); /* one too many */
/* At ARGP_KEY_END: were there at least `least` arguments?  names is what they are called. */
error_t need_arguments(const struct argp_state *state, unsigned least, const char *names);

#endif
