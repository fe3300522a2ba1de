/* What the runners on Linux share; see runner.h. */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <usermem/spaces/audit.h>
#include "runner.h"

static const struct {
	const char *name;
	int (*run)(struct stage *stage);
} suites[] = {
	{ "conformance", conformance },
	{ "residue", residue },
	{ "adversary", adversary },
};

static void print(const char *line)
{
	puts(line);
	fflush(stdout); /* a crash must not take with it the names of the tests that passed */
}

/* Through an audit that plans no fault, a space is what it was. */
static void wrap(struct stage *stage)
{
	static struct um_audit_entry ledger[64];
	static struct um_audit audit;

	um_audit_init(&audit, stage->space, NULL, 0, ledger, sizeof ledger / sizeof ledger[0]);
	stage->space = &audit.space;
}

/* Valgrind cannot deliver a signal on a page of the stack that has not been touched. */
static void grow_stack(void)
{
	volatile char room[1 << 16];
	size_t i;

	for (i = sizeof room; i > 0; i -= 1 << 10)
		room[i - 1] = 0;
}

int runner(int argc, char **argv, struct stage *stage)
{
	static const char audited[] = "audited-";
	const char *name = argc == 2 ? argv[1] : "";
	size_t i;

	stage->print = print;
	grow_stack();
	if (strncmp(name, audited, strlen(audited)) == 0) {
		name += strlen(audited);
		wrap(stage);
	}
	for (i = 0; i < sizeof suites / sizeof suites[0]; i++)
		if (strcmp(name, suites[i].name) == 0)
			return suites[i].run(stage) == 0 ? 0 : 1;
	fprintf(stderr, "%s: name one suite, or one of them behind \"%s\":", argc > 0 ? argv[0] : "run", audited);
	for (i = 0; i < sizeof suites / sizeof suites[0]; i++)
		fprintf(stderr, " %s", suites[i].name);
	fputc('\n', stderr);
	return 2;
}

int runner_skip(const char *reason)
{
	printf("1..0 # SKIP %s\n", reason);
	return 0;
}

bool region_open(struct region *region, size_t size)
{
	void *user, *seen;

	region->size = size;
	region->file = memfd_create("usermem-test", MFD_CLOEXEC);
	if (region->file < 0 || ftruncate(region->file, (off_t)size) != 0)
		return false;
	/* With room in front and behind the hole: what the process maps later becomes no neighbour, and does not fit into the hole and
	 * what would be free behind it, to be mapped over by the next one. */
	user = mmap(NULL, 4 * size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (user == MAP_FAILED)
		return false;
	region->user = (unsigned char *)user + size;
	user = mmap(region->user, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, region->file, 0);
	seen = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, region->file, 0);
	if (user == MAP_FAILED || seen == MAP_FAILED)
		return false;
	region->seen = seen;
	return region_dig(region, HOLE_UNMAPPED);
}

bool region_dig(struct region *region, enum hole kind)
{
	static const int protection[HOLE_KINDS] = {
		[HOLE_PROTECTED] = PROT_NONE, [HOLE_READ_ONLY] = PROT_READ, [HOLE_WRITE_ONLY] = PROT_WRITE,
		[HOLE_BUS] = PROT_READ | PROT_WRITE,
	};
	unsigned char *hole = region->user + region->size;

	if (kind == HOLE_UNMAPPED)
		return munmap(hole, region->size) == 0;
	if (kind == HOLE_BUS) /* the file ends where the hole begins */
		return mmap(hole, region->size, protection[kind], MAP_SHARED | MAP_FIXED, region->file,
		            (off_t)region->size) != MAP_FAILED;
	return mmap(hole, region->size, protection[kind], MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED;
}
