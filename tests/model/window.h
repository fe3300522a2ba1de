/* Pages of one file at an address where nothing else is, or comes: the memory of this process or of a child. */
#ifndef USERMEM_TESTS_WINDOW_H
#define USERMEM_TESTS_WINDOW_H

#include "model.h"

struct window {
	unsigned char *user, *seen; /* as the program has it, and past its protections */
	int file;
	bool executes; /* the host tells pages for executing alone from others */
};

#define WINDOW_WITHOUT "pages for executing alone are readable here, too"

bool window_open(struct window *window);
/* All pages mapped, to read and write, with the bytes of the model's first frames. */
bool window_reset(const struct window *window, const struct model *model);
/* The part of a wish that the host can grant. */
struct model_page window_grants(const struct window *window, struct model_page wish);
bool window_map(const struct window *window); /* the mapping alone, as a child does it */
bool window_shape(const struct window *window, unsigned page, struct model_page wish);

#endif
