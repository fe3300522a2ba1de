/* usermem: the command line.  Finds the subcommand, and teaches. */
#include "command.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct command {
	const char *name;
	int (*main)(int argc, char **argv);
	const char *what, *example;
};

static const struct command commands[] = {
	{ "trace", trace_main, "runs a program and shows its system calls, with what their pointers point at",
	  "usermem trace -- ls -l /" },
};
enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] };

static void help(void)
{
	puts("usermem: looks at the memory of a running process, and says why where it cannot\n"
	     "\n"
	     "Usage: usermem COMMAND [OPTION...] [ARGUMENT...]\n");
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		printf("  %-8s %s\n             %s\n", commands[i].name, commands[i].what, commands[i].example);
	puts("\n"
	     "'usermem COMMAND --help' tells the options of a command, 'man usermem' all of it.\n"
	     "Exit status: 0 all that was asked, 1 a part of it, 2 bad usage, 3 no such process (any more),\n"
	     "4 the host refuses; trace passes on the status of its program.");
}

static int run(const struct command *command, int argc, char **argv)
{
	char *name;

	/* Messages, argp's too, begin with what was typed. */
	if (asprintf(&name, "usermem %s", command->name) < 0)
		return complain(STATUS_PARTLY, "close other programs", "no memory");
	argv[0] = program_invocation_name = program_invocation_short_name = name;
	return command->main(argc, argv);
}

int main(int argc, char **argv)
{
	static char own_name[] = "usermem";

	program_invocation_name = program_invocation_short_name = own_name;
	/* Being ours, a usage error is not argp's EX_USAGE. */
	argp_err_exit_status = STATUS_USAGE;
	argp_program_version = "usermem " USERMEM_VERSION;
	if (argc < 2)
		return complain(STATUS_USAGE, "'usermem --help' lists them", "a command is missing");
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0)
		return help(), STATUS_ALL;
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0)
		return puts(argp_program_version), STATUS_ALL;
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return run(&commands[i], argc - 1, argv + 1);
	return complain(STATUS_USAGE, "'usermem --help' lists those it has", "it has no command '%s'", argv[1]);
}
