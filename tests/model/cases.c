/* See cases.h. */
#include "cases.h"

const struct known_case cases[] = {
	{ "remote: a check that ignores protections said yes to writing shared pages that are not writable",
	  "d521b2cc575ac82185a963bbab0638bd9b36d3daeb38f2a40ac4a683b0aea49ab2bb" },
	{ "remote: behind the file's end, what ignores protections was told of protections",
	  "5124aea99af54a0ba9efd9474dfeefe13b4581c1b06d4638d0440e5915806da83344" },
};
const size_t cases_count = sizeof cases / sizeof cases[0];
