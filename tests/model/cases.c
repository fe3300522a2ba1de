/* See cases.h. */
#include "cases.h"

const struct known_case cases[] = {
	{ "remote: a check that ignores protections said yes to writing shared pages that are not writable",
	  "ff4cff487bd6b564d3e640c649ffc243a21649ccea3a9151a445cebd9cf823e59749" },
	{ "remote: behind the file's end, what ignores protections was told of protections",
	  "c631feb96a859a1b797f29571d8e3ff10bd564ccb531bdc6892d59abc2ccccff1534" },
	{ "corefile: a check for writing heard of memory before it heard that nothing is written there", "cac64b80df5acb831b9d10f03d05ab4bf7b5" },
	{ "share: memory to be written was lent where nothing is written", "d4aed69bf7cede5d47f3f672510e036e99d1" },
};
const size_t cases_count = sizeof cases / sizeof cases[0];
