/* See window.h. */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "window.h"

/* Where the kernel does not put what has no place of its own, and the sanitizers put nothing; the last two are for TSan.  What
 * is unmapped there stays so, whoever maps what meanwhile. */
static unsigned char *place(int file)
{
	static const uintptr_t hints[] = { 0x200000000000, 0x210000000000, 0x6000000000, 0x6100000000 };
	size_t i;

	for (i = 0; i < sizeof hints / sizeof hints[0]; i++) {
		unsigned char *hint = (unsigned char *)hints[i];
		void *at = mmap(hint, WINDOW, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);

		if (at == hint)
			return at;
		if (at != MAP_FAILED)
			munmap(at, WINDOW);
	}
	return NULL;
}

bool window_open(struct window *window)
{
	void *seen;

	window->file = memfd_create("usermem-model", MFD_CLOEXEC);
	if (window->file < 0 || ftruncate(window->file, WINDOW) != 0)
		return false;
	seen = mmap(NULL, WINDOW, PROT_READ | PROT_WRITE, MAP_SHARED, window->file, 0);
	window->seen = seen;
	window->user = place(window->file);
	return seen != MAP_FAILED && window->user != NULL;
}

bool window_map(const struct window *window)
{
	return mmap(window->user, WINDOW, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, window->file, 0) != MAP_FAILED;
}

bool window_reset(const struct window *window, const struct model *model)
{
	memcpy(window->seen, model->frame, WINDOW);
	return window_map(window);
}

bool window_shape(const struct window *window, unsigned page, struct model_page wish)
{
	unsigned char *at = window->user + (size_t)page * PAGE;
	int protection = (wish.access & UM_READ ? PROT_READ : 0) | (wish.access & UM_WRITE ? PROT_WRITE : 0) |
	                 (wish.access & UM_EXEC ? PROT_EXEC : 0);

	if (!wish.mapped)
		return munmap(at, PAGE) == 0;
	return mmap(at, PAGE, protection, MAP_SHARED | MAP_FIXED, window->file, (off_t)page * PAGE + (wish.bus ? WINDOW : 0)) != MAP_FAILED;
}
