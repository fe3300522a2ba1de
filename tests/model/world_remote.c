/* Another process: a child that maps and protects its pages when told. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <usermem/spaces/remote.h>
#include "window.h"
#include "worlds.h"

enum { ALL = PAGES }; /* of an order: every page, as at first */
struct order {
	unsigned page;
	struct model_page wish;
};

static struct window window;
static struct um_remote remote;
static pid_t child;
static int orders;

static void obey(int from)
{
	struct order order;
	bool done;

	while (read(from, &order, sizeof order) == sizeof order) {
		done = order.page == ALL ? window_map(&window) : window_shape(&window, order.page, order.wish);
		if (write(from, &done, sizeof done) != sizeof done)
			break;
	}
	_exit(0);
}

static bool tell(unsigned page, struct model_page wish)
{
	struct order order = { page, wish };
	bool done;

	return write(orders, &order, sizeof order) == sizeof order && read(orders, &done, sizeof done) == sizeof done && done;
}

static bool start(void)
{
	int ends[2];
	pid_t parent = getpid();

	if (!window_open(&window) || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
		return false;
	fflush(NULL); /* under ThreadSanitizer _exit writes what is left, and the child must have nothing */
	child = fork();
	if (child == 0) {
		close(ends[0]);
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent)
			obey(ends[1]);
		_exit(1);
	}
	close(ends[1]);
	orders = ends[0];
	return child > 0;
}

static bool open_remote(struct world *world)
{
	enum um_status opened;

	world->why = "no child";
	if (!start())
		return false;
	world->without = window.executes ? NULL : WINDOW_WITHOUT;
	opened = um_remote_open(&remote, child, 0);
	world->why = opened == UM_REFUSED ? "the host does not let us touch our own child" : um_status_name(opened);
	world->base = um_addr_of((uintptr_t)window.user);
	world->space[0] = &remote.space;
	return opened == UM_OK;
}

static void close_remote(struct world *world)
{
	(void)world;
	um_close(&remote.space);
	close(orders);
	waitpid(child, NULL, 0);
}

/* The pages are shared ones: a debugger may read (and so execute) them all, and writes those that the program may. */
static struct model_page as_mapped(struct model_page wish, unsigned page)
{
	wish.beyond = wish.access | UM_READ | UM_EXEC;
	wish.frame = (unsigned char)page;
	return wish;
}

static void reset(struct world *world, struct model *model, uint32_t seed)
{
	struct model_place *place = &model->place[0];
	struct model_page page = { .mapped = true, .access = 3 };
	unsigned i;

	(void)seed;
	place->can = remote.space.can;
	memcpy(window.seen, model->frame, WINDOW);
	if (!tell(ALL, page))
		world->why = "the child is gone";
	for (i = 0; i < PAGES; i++)
		place->page[i] = as_mapped(page, i);
}

static void shape(struct world *world, struct drive *drive, unsigned place, unsigned page, struct model_page wish, uint32_t seed)
{
	(void)world;
	(void)seed;
	wish = as_mapped(window_grants(&window, wish), page);
	if (!tell(page, wish))
		drive_fail(drive, "the child did not map");
	drive->model.place[place].page[page] = wish;
}

static const unsigned char *seen(struct world *world, unsigned place, unsigned page)
{
	(void)world;
	return place == 0 ? window.seen + (size_t)page * PAGE : NULL;
}

struct world world_remote = { .name = "remote", .open = open_remote, .reset = reset, .shape = shape, .seen = seen, .close = close_remote,
	                       .inhabited = true };
