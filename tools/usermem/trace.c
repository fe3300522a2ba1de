/* usermem trace: will be filled in by its own commit. */
#include "command.h"

int trace_main(int argc, char **argv)
{
	static const struct argp argp = { .doc = "Runs a program and shows its system calls." };

	if (!options_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL))
		return 125;
	return complain(125, "use a later version", "this version cannot trace yet");
}
