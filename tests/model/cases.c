/* See cases.h. */
#include "cases.h"

const struct known_case cases[] = {
	{ "remote: a check that ignores protections said yes to writing shared pages that are not writable",
	  "d521b2cc575ac82185a963bbab0638bd9b36d3daeb38f2a40ac4a683b0aea49ab2bb" },
	{ "remote: behind the file's end, what ignores protections was told of protections",
	  "5124aea99af54a0ba9efd9474dfeefe13b4581c1b06d4638d0440e5915806da83344" },
	{ "corefile: a check for writing heard of the limits before it heard that nothing is written there", "1be1da591a12ce17369393e8ccc90b606069" },
	{ "share: memory to be written was lent where nothing is written", "7bdc52d94ea248b81097f771754ac21a7fee" },
	{ "pagetable: a pointer before an array", "0000b42bd75ee1280a6a9f06208162a8ad0000" },
};
const size_t cases_count = sizeof cases / sizeof cases[0];
