/* See window.h. */
#include <stdio.h>
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

/* What the host's list says of a page: "r-xs". */
static bool is_listed(const struct window *window, unsigned page, const char *rights)
{
	uintptr_t at = (uintptr_t)window->user + (uintptr_t)page * PAGE;
	FILE *list = fopen("/proc/self/maps", "re");
	unsigned long start, end;
	char line[512], found[5];
	bool is = false;

	while (list && fgets(line, sizeof line, list))
		if (sscanf(line, "%lx-%lx %4s", &start, &end, found) == 3 && start <= at && at < end)
			is = strcmp(found, rights) == 0;
	if (list)
		fclose(list);
	return is;
}

static bool executes(const struct window *window)
{
	struct model_page page = { .mapped = true, .access = UM_EXEC }, neighbour = { .mapped = true, .access = UM_READ };

	return window_shape(window, 0, page) && window_shape(window, 1, neighbour) && is_listed(window, 0, "--xs") && is_listed(window, 1, "r--s");
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
	if (seen == MAP_FAILED || window->user == NULL)
		return false;
	window->executes = executes(window);
	return window_map(window);
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

struct model_page window_grants(const struct window *window, struct model_page wish)
{
	if (!window->executes)
		wish.access &= ~(unsigned)UM_EXEC;
	return wish;
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
