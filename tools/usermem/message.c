/* What we say when something is wrong: one line, with the remedy. */
#include "command.h"
#include "progress.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* While getopt's own messages are caught, where ours go. */
static FILE *real_stderr;
static bool complained;

int complain(int status, const char *remedy, const char *format, ...)
{
	FILE *out = real_stderr ? real_stderr : stderr;
	va_list arguments;

	progress_end();
	/* What was printed so far comes before what went wrong. */
	fflush(stdout);
	complained = true;
	fprintf(out, "%s: ", program_invocation_name);
	va_start(arguments, format);
	vfprintf(out, format, arguments);
	va_end(arguments);
	fprintf(out, "; %s\n", remedy);
	return status;
}

/* With no stream for its errors, argp neither prints its two lines nor exits. */
static error_t silence(int key, char *argument, struct argp_state *state)
{
	(void)argument;
	if (key != ARGP_KEY_INIT)
		return ARGP_ERR_UNKNOWN;
	state->err_stream = NULL;
	state->child_inputs[0] = state->input;
	return 0;
}

bool options_parse(const struct argp *argp, int argc, char **argv, unsigned argp_flags, void *input)
{
	const struct argp_child children[] = { { .argp = argp }, { 0 } };
	const struct argp silent = { .parser = silence, .children = children };
	char *text = NULL;
	size_t size = 0;
	FILE *caught = open_memstream(&text, &size);
	error_t error;

	if (!caught)
		return complain(0, "close other programs", "no memory"), false;
	/* getopt writes to stderr whatever argp is told; glibc lets stderr be assigned. */
	real_stderr = stderr;
	stderr = caught;
	complained = false;
	error = argp_parse(&silent, argc, argv, argp_flags, NULL, input);
	stderr = real_stderr;
	real_stderr = NULL;
	fclose(caught);
	if (error && size > 0)
		fprintf(stderr, "%.*s; '%s --help' lists the options\n", (int)strcspn(text, "\n"), text, program_invocation_name);
	else if (error && !complained)
		complain(0, "'--help' tells what it takes", "there are arguments too many");
	free(text);
	return error == 0;
}
