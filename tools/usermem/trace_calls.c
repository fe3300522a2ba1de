/* The table of system calls: how each argument is shown, and when its memory means something. */
#include "trace_layouts.h"
#include "trace_names.h"
#include <fcntl.h>
#include <sys/syscall.h>

#define INT { .show = kind_int }
#define UINT { .show = kind_uint }
#define LONG { .show = kind_signed }
#define ULONG { .show = kind_unsigned }
#define HEX { .show = kind_hex }
#define OCTAL { .show = kind_octal }
#define MODE { .show = kind_mode }
#define DEVICE { .show = kind_device }
#define POINTER { .show = kind_pointer }
#define FD { .show = kind_fd }
#define SIGNAL { .show = kind_signal }
#define FLAGS(names) { .show = kind_flags, .about = names }
#define ENUM(names) { .show = kind_enum, .about = names }

/* Memory that the call reads.  ARG, 1 to 6, tells how long it is. */
#define PATH { .show = kind_path, .reach = reach_path }
#define PATH_OR_NULL { .show = kind_path, .reach = reach_path, .about = "" }
#define IN_BYTES(arg) { .show = kind_bytes, .reach = reach_bytes, .from = arg }
#define IN(name) { .show = kind_struct, .reach = reach_struct, .about = &layout_##name }
#define IN_ARRAY(name, arg) { .show = kind_array, .reach = reach_array, .about = &layout_##name, .from = arg }
#define IN_GROWING(name, arg) { .show = kind_growing, .reach = reach_whole, .about = &layout_##name, .from = arg }
#define IN_BUFFERS(arg) { .show = kind_iovec, .reach = reach_iovec, .from = arg }
#define IN_ADDRESS(arg) { .show = kind_sockaddr, .reach = reach_sockaddr, .from = arg }
#define IN_MESSAGE { .show = kind_message, .reach = reach_message }
#define IN_SIGNALS(arg) { .show = kind_signal_set, .reach = reach_whole, .from = arg }
#define IN_STRINGS { .show = kind_strings, .reach = reach_strings }
#define IN_VARIABLES { .show = kind_strings, .reach = reach_strings, .about = "vars" }

/* Memory that the call writes. */
#define OUT_BYTES(arg) { .show = kind_bytes, .reach = reach_bytes, .from = arg, .when = LEAVING, .by_result = true, .writes = true }
#define OUT(name) { .show = kind_struct, .reach = reach_struct, .about = &layout_##name, .when = LEAVING, .writes = true }
#define OUT_ARRAY(name, arg) { .show = kind_array, .reach = reach_array, .about = &layout_##name, .from = arg, .when = LEAVING, .by_result = true, .writes = true }
#define OUT_BUFFERS(arg) { .show = kind_iovec, .reach = reach_iovec, .from = arg, .when = LEAVING, .by_result = true, .writes = true }
#define OUT_ADDRESS(arg) { .show = kind_sockaddr, .reach = reach_sockaddr, .from = arg, .about = "", .when = LEAVING, .writes = true }
#define OUT_MESSAGE { .show = kind_message, .reach = reach_message, .when = LEAVING, .by_result = true, .writes = true }
#define OUT_NUMBERS(name) { .show = kind_numbers, .reach = reach_numbers, .about = &numbers_##name, .when = LEAVING, .writes = true }
#define OUT_SIGNALS(arg) { .show = kind_signal_set, .reach = reach_whole, .from = arg, .when = LEAVING, .writes = true }
#define OUT_FDS(arg) { .show = kind_fd_set, .reach = reach_fd_set, .from = arg, .when = LEAVING, .writes = true }
#define OUT_ENTRIES(arg) { .show = kind_entries, .reach = reach_whole, .from = arg, .when = LEAVING, .by_result = true, .writes = true }

/* Both.  Shown is what was asked, or, of poll's, that together with the answer; what is left of a time is not shown. */
#define BOTH(name) { .show = kind_struct, .reach = reach_struct, .about = &layout_##name, .writes = true }
#define BOTH_NUMBERS(name) { .show = kind_numbers, .reach = reach_numbers, .about = &numbers_##name, .writes = true }
#define BOTH_POLLED(arg) { .show = kind_array, .reach = reach_polled, .about = &layout_pollfd, .from = arg, .when = LEAVING_EVEN_FAILED }
#define LEFT { .show = kind_pointer, .reach = reach_struct, .about = &layout_timespec, .writes = true }

#define CALL(name, number, ...) [SYS_##name] = { .count = number, .returns = RETURNS_NUMBER, .args = { __VA_ARGS__ } }
#define CALL_LAST(name, number, has, ...) [SYS_##name] = { .count = number, .returns = RETURNS_NUMBER, .args = { __VA_ARGS__ }, .has_last = has }
#define CALL_ADDRESS(name, number, ...) [SYS_##name] = { .count = number, .returns = RETURNS_ADDRESS, .args = { __VA_ARGS__ } }

static const struct numbers numbers_int = { 4, 1, INT }, numbers_pair = { 4, 2, INT }, numbers_status = { 4, 1, { .show = kind_wait_status } },
	numbers_offset = { 8, 1, LONG }, numbers_size = { 8, 1, ULONG };

/* A mode is that of a file that is made. */
static bool makes(uint64_t flags)
{
	return (flags & (uint64_t)O_CREAT) != 0 || (flags & (uint64_t)O_TMPFILE) == (uint64_t)O_TMPFILE;
}

#ifdef SYS_open
static bool open_makes(const uint64_t *args)
{
	return makes(args[1]);
}
#endif

static bool openat_makes(const uint64_t *args)
{
	return makes(args[2]);
}

static bool fcntl_takes(const uint64_t *args)
{
	int command = (int)args[1];

	return command != F_GETFD && command != F_GETFL && command != F_GETOWN && command != F_GETSIG && command != F_GETLEASE && command != F_GETPIPE_SZ && command != F_GET_SEALS;
}

static const struct call calls[] = {
#include "trace_calls_files.inc"
#include "trace_calls_rest.inc"
#ifdef SYS_open
#include "trace_calls_older.inc"
#else
	/* Its last two are the other way round on machines that are younger than them. */
	CALL(clone, 5, FLAGS(names_clone), POINTER, OUT_NUMBERS(int), POINTER, OUT_NUMBERS(int)),
#endif
};

const struct call *call_find(uint64_t nr)
{
	return nr < sizeof calls / sizeof calls[0] && calls[nr].returns ? &calls[nr] : NULL;
}

unsigned call_count(const struct call *call, const uint64_t *args)
{
	bool lacks_last = call->has_last && !call->has_last(args);

	return lacks_last ? call->count - 1u : call->count;
}
