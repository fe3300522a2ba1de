/* usermem trace: shows every system call of a program, with what its pointers point at. */
#include "trace.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STRINGS_USUAL = 32, STRINGS_MOST = 4096 };
enum { OPTION_AUDIT = 256 };

static const struct argp_option options[] = {
	{ "follow", 'f', NULL, 0, "Follow threads and child processes", 0 },
	{ "calls", 'e', "SET", 0, "Show these calls alone: names and groups (%file, %desc, %network, %memory, %process, %signal), with commas between; "
	  "!SET: all but these", 0 },
	{ "json", 'j', NULL, 0, "One JSON object a line", 0 },
	{ "output", 'o', "FILE", 0, "Write the trace to FILE, not to stderr", 0 },
	{ "pid", 'p', "PID", 0, "Trace a process that runs already, until it ends or Ctrl-C lets it go", 0 },
	{ "strings", 's', "BYTES", 0, "Show so many bytes of a string or a buffer (32; at most 4096); paths are shown whole", 0 },
	{ "verbose", 'v', NULL, 0, "Show all members of structs, and the environment of a new program", 0 },
	{ "audit", OPTION_AUDIT, NULL, 0, "Tell which arguments changed while their call was under way, and what the tracer fetched twice", 0 },
	{ 0 },
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct trace_options *chosen = state->input;
	uint64_t bytes;

	switch (key) {
	case 'f':
		chosen->follow = true;
		return 0;
	case 'e':
		return call_set_parse(&chosen->set, argument) ? 0 : EINVAL;
	case 'j':
		chosen->json = true;
		return 0;
	case 'o':
		chosen->output = argument;
		return 0;
	case 'p':
		return take_pid(argument, &chosen->pid);
	case 's':
		if (take_length(argument, 0, STRINGS_MOST, &bytes) != 0)
			return EINVAL;
		chosen->strings = (unsigned)bytes;
		return 0;
	case 'v':
		chosen->verbose = true;
		return 0;
	case OPTION_AUDIT:
		chosen->audit = true;
		return 0;
	case ARGP_KEY_ARGS:
		chosen->command = state->argv + state->next;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options, .parser = parse, .args_doc = "-- COMMAND...\n-p PID",
	.doc = "Runs COMMAND, or looks at process PID, and shows each system call with what its pointers point at.\v"
	       "Exit status: the program's own, or its signal; 125 tracing failed, 126 COMMAND cannot be run, 127 it cannot be found; with --audit, 124 if it found something.",
};

/* Descriptors are what many processes need: two for each. */
static void raise_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

/* As the program ended, so do we. */
static int pass_on(const struct tracer *tracer)
{
	const struct rlimit no_core = { 0, 0 };
	int status = tracer->wait_status;

	if (tracer->run_error)
		return complain_not_run(tracer->options.command[0], tracer->run_error);
	if (tracer->child == 0)
		return 0;
	if (WIFSIGNALED(status)) {
		sigset_t one;

		setrlimit(RLIMIT_CORE, &no_core);
		sigemptyset(&one);
		sigaddset(&one, WTERMSIG(status));
		signal(WTERMSIG(status), SIG_DFL);
		sigprocmask(SIG_UNBLOCK, &one, NULL);
		raise(WTERMSIG(status));
	}
	return WEXITSTATUS(status);
}

static int run(struct tracer *tracer)
{
	int status;

	if (!output_open(&tracer->output, tracer->options.output))
		return TRACER_FAILED;
	cpu_follow_begin();
	status = tracer->options.pid ? start_attach(tracer) : start_command(tracer);
	if (status)
		return status;
	raise_descriptors();
	status = loop_run(tracer);
	if (!tracer->run_error)
		print_summary(tracer);
	output_flush(&tracer->output);
	if (status)
		return status;
	if (tracer->output.failed)
		return complain(TRACER_FAILED, "make room, or name another file with -o", "the trace could not be written whole");
	return tracer->changed || tracer->snapshot.again ? AUDIT_FOUND : pass_on(tracer);
}

int trace_main(int argc, char **argv)
{
	static struct tracer tracer;

	tracer.options.strings = STRINGS_USUAL;
	memset(tracer.options.set.in, true, sizeof tracer.options.set.in);
	tracer.options.set.others = true;
	if (!options_parse(&argp, argc, argv, ARGP_IN_ORDER, &tracer.options))
		return TRACER_FAILED;
	if (!tracer.options.command == !tracer.options.pid)
		return complain(TRACER_FAILED, "for example: usermem trace -- ls -l /", tracer.options.pid ? "-p and a command exclude each other" : "a command to trace is missing");
	return run(&tracer);
}
