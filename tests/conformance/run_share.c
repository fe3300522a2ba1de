/* The suites over memory that is lent: SUITE [self | share], of this process or by a share of a share; by default of a buffer. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <usermem/spaces/bytes.h>
#include <usermem/spaces/self.h>
#include <usermem/spaces/share.h>
#include "runner.h"

enum { SIZE = 32 * 1024, BEFORE = 4096 };

static struct um_bytes bytes;
static struct um_self self;
static struct region region;
static struct um_owner owners[2];
static struct um_share shares[2];

/* Behind a buffer that has ended there is a hole and nothing else. */
static bool dig_end(struct stage *stage, enum hole kind)
{
	(void)stage;
	return kind == HOLE_UNMAPPED;
}

static bool dig_region(struct stage *stage, enum hole kind)
{
	(void)stage;
	return region_dig(&region, kind);
}

static bool lend(size_t i, struct um_space *space, uint64_t start, uint64_t length)
{
	struct um_range range = { um_addr_of(start), length };

	um_owner_start(&owners[i], space);
	um_share_init(&shares[i]);
	return um_share_swap(&shares[i], &owners[i], UM_READ | UM_WRITE, &range) == UM_OK;
}

static bool lend_bytes(struct stage *stage)
{
	unsigned char *data = aligned_alloc(4096, BEFORE + SIZE + BEFORE);

	if (data == NULL)
		return false;
	um_bytes_init(&bytes, data, BEFORE + SIZE + BEFORE);
	stage->seen = data + BEFORE;
	stage->dig = dig_end;
	return lend(0, &bytes.space, BEFORE, SIZE);
}

/* All of it is there when it is lent; what is dug later, the share cannot know. */
static bool lend_self(struct stage *stage)
{
	if (!region_open(&region, SIZE) || um_self_open(&self, um_addr_of(1), um_addr_of(UM_SELF_LAST)) != UM_OK)
		return false;
	if (mmap(region.user + SIZE, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		return false;
	stage->seen = region.seen;
	stage->dig = dig_region;
	return lend(0, &self.space, (uintptr_t)region.user, 2 * SIZE) && region_dig(&region, HOLE_UNMAPPED);
}

int main(int argc, char **argv)
{
	struct stage stage = { .name = "share", .space = &shares[0].space, .size = SIZE };
	const char *of = argc == 3 ? argv[2] : "bytes";

	if (strcmp(of, "self") == 0) {
		stage.name = "share of self";
		if (!lend_self(&stage))
			return 1;
	} else if (!lend_bytes(&stage)) {
		return 1;
	}
	if (strcmp(of, "share") == 0) {
		stage.name = "share of a share";
		stage.space = &shares[1].space;
		stage.size = SIZE - 4096;
		stage.seen += 4096;
		if (!lend(1, &shares[0].space, 4096, SIZE - 4096))
			return 1;
	}
	return runner(argc == 3 ? 2 : argc, argv, &stage);
}
