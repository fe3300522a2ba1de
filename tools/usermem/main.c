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
	{ "maps", maps_main, "shows what is mapped where", "usermem maps $$" },
	{ "read", read_main, "shows memory as hexdump -C does, at its own addresses, holes and all",
	  "usermem read $$ 7ffc12340000+1K" },
	{ "strings", strings_main, "shows the string at an address, or all of a range",
	  "usermem strings $$ 7ffc12340fe9" },
	{ "find", find_main, "finds text, bytes and integers in all that is mapped, or in a part of it",
	  "usermem find $$ PATH=" },
	{ "compare", compare_main, "tells where two processes, cores or ranges differ",
	  "usermem compare core.4711 4711" },
	{ "dump", dump_main, "writes all readable memory of a process to a core file",
	  "usermem dump $$ -o core" },
	{ "write", write_main, "changes memory of a process that it stops for it, and tells how to change it back",
	  "usermem write $$ 55d0c0a04010 --hex 2a000000" },
	{ "doctor", doctor_main, "tells what keeps you from touching a process, and what would help", "usermem doctor $$" },
};
enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] };

static void help(void)
{
	puts("usermem: looks at the memory of a process or of the core that it left, and says why where it cannot\n"
	     "\n"
	     "Usage: usermem COMMAND [OPTION...] [ARGUMENT...]\n");
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		printf("  %-8s %s\n             %s\n", commands[i].name, commands[i].what, commands[i].example);
	puts("\n"
	     "'usermem COMMAND --help' tells the options of a command, 'man usermem' all of it.\n"
	     "maps, read and strings take --core FILE instead of a PID.\n"
	     "Exit status: 0 all that was asked, 1 a part of it (find: nothing was found; compare: they differ),\n"
	     "2 bad usage, 3 no such process (any more), 4 the host refuses; trace passes on that of its program.");
}

static int run(const struct command *command, int argc, char **argv)
{
	char *name;
	int status;

	/* Messages, argp's too, begin with what was typed. */
	if (asprintf(&name, "usermem %s", command->name) < 0)
		return complain(STATUS_PARTLY, "close other programs", "no memory");
	argv[0] = program_invocation_name = program_invocation_short_name = name;
	status = command->main(argc, argv);
	if (fflush(stdout) != 0 || ferror(stdout))
		return complain(STATUS_PARTLY, "make room there", "not all of the output could be written: %s", strerror(errno));
	return status;
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
