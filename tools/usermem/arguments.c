/* Arguments of a command line, and what is wrong with them. */
#include "command.h"
#include <errno.h>
#include <inttypes.h>

static error_t refuse(const char *why, const char *what, const char *text, const char *remedy)
{
	if (!why)
		return 0;
	complain(STATUS_USAGE, remedy, "'%s' is no %s: %s", text, what, why);
	return EINVAL;
}

error_t take_pid(const char *text, int *pid)
{
	return refuse(parse_pid(text, pid), "process", text, "'ps' and 'pgrep NAME' tell the numbers of processes");
}

error_t take_address(const char *text, um_addr *addr)
{
	return refuse(parse_address(text, addr), "address", text, "write it in hexadecimal, with 0x or without; 'usermem maps PID' shows some");
}

error_t take_range(const char *text, uint64_t usual, struct um_range *range)
{
	return refuse(parse_range(text, usual, range), "range", text, "write ADDR, ADDR+LENGTH or START-END; 'usermem maps PID' shows some");
}

error_t take_length(const char *text, uint64_t least, uint64_t most, uint64_t *bytes)
{
	uint64_t value;
	error_t error = refuse(parse_length(text, &value), "length", text, "write it like 64, 0x40, 4K or 1M");

	if (error)
		return error;
	if (value < least || value > most) {
		complain(STATUS_USAGE, "take one between", "%s is no length for this: it goes from %" PRIu64 " to %" PRIu64, text, least, most);
		return EINVAL;
	}
	*bytes = value;
	return 0;
}

error_t refuse_argument(const char *text)
{
	complain(STATUS_USAGE, "'--help' tells what it takes", "'%s' is one argument too many", text);
	return EINVAL;
}

error_t need_arguments(const struct argp_state *state, unsigned least, const char *names)
{
	if (state->arg_num >= least)
		return 0;
	complain(STATUS_USAGE, "'--help' tells what it takes", "it takes %s, and not all of that was given", names);
	return EINVAL;
}
