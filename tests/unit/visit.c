/* What a visit shows can be handed to readv and writev as it is, also where it may fault. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>
#include <usermem/spaces/bytes.h>
#include <usermem/spaces/self.h>

enum { PAGE = 4096 };

struct channel {
	int ends[2];
	bool fills; /* the blocks from the pipe; else the pipe from the blocks */
};

static struct um_result through_a_pipe(void *context, const struct um_block *blocks, size_t count)
{
	struct channel *channel = context;
	struct iovec list[UM_VISIT_MAX];
	ssize_t moved;
	size_t i;

	for (i = 0; i < count; i++)
		list[i] = (struct iovec){ blocks[i].ptr, blocks[i].length };
	moved = channel->fills ? readv(channel->ends[0], list, (int)count) : writev(channel->ends[1], list, (int)count);
	return (struct um_result){ moved < 0 ? 0 : (size_t)moved, moved < 0 ? UM_DENIED : UM_OK, UM_ONLY_SIDE };
}

/* Two ranges, out of address order, of memory at data whose address in the space is base. */
static void there_and_back(struct um_space *space, char *data, uint64_t base)
{
	const struct um_range list[] = { { { base + 100 }, 5 }, { { base }, 6 } };
	struct channel channel = { .fills = false };
	struct um_result result;
	char buffer[12] = "";

	assert_int_equal(pipe(channel.ends), 0);
	memcpy(data, "second", 6);
	memcpy(data + 100, "first", 5);
	result = um_visit(space, um_ranges_from(list, 2), UM_READ, 0, through_a_pipe, &channel);
	assert_true(result.status == UM_OK && result.done == 11);
	assert_int_equal(read(channel.ends[0], buffer, sizeof buffer), 11);
	assert_memory_equal(buffer, "firstsecond", 11);
	assert_int_equal(write(channel.ends[1], "FIRSTSECOND", 11), 11);
	channel.fills = true;
	result = um_visit(space, um_ranges_from(list, 2), UM_WRITE, 0, through_a_pipe, &channel);
	assert_true(result.status == UM_OK && result.done == 11);
	assert_memory_equal(data, "SECOND", 6);
	assert_memory_equal(data + 100, "FIRST", 5);
	close(channel.ends[0]);
	close(channel.ends[1]);
}

static void blocks_of_a_buffer(void **state)
{
	struct um_bytes bytes;
	char data[128];

	(void)state;
	um_bytes_init(&bytes, data, sizeof data);
	there_and_back(&bytes.space, data, 0);
}

static void blocks_that_may_fault(void **state)
{
	char *data = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct channel channel = { .fills = true };
	struct um_result result;
	struct um_self self;

	(void)state;
	assert_ptr_not_equal(data, MAP_FAILED);
	assert_int_equal(um_self_open(&self, um_addr_of(PAGE), um_addr_of(UM_SELF_LAST)), UM_OK);
	there_and_back(&self.space, data, (uintptr_t)data);

	/* The host meets the hole, and says what it did: nobody is killed. */
	assert_int_equal(mprotect(data + PAGE, PAGE, PROT_NONE), 0);
	assert_int_equal(pipe(channel.ends), 0);
	result = um_visit(&self.space, um_ranges_of(um_addr_of((uintptr_t)data + PAGE), 4), UM_READ, 0, through_a_pipe,
	                  &(struct channel){ { channel.ends[0], channel.ends[1] }, false });
	assert_true(result.status == UM_DENIED && result.done == 0);
	assert_int_equal(write(channel.ends[1], "ABC", 3), 3);
	result = um_visit(&self.space, um_ranges_of(um_addr_of((uintptr_t)data), 8), UM_WRITE, 0, through_a_pipe, &channel);
	assert_true(result.status == UM_STOPPED && result.done == 3);
	assert_memory_equal(data, "ABCOND", 6);
	um_close(&self.space);
	close(channel.ends[0]);
	close(channel.ends[1]);
	munmap(data, 2 * PAGE);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_of_a_buffer),
		cmocka_unit_test(blocks_that_may_fault),
	};

	return cmocka_run_group_tests_name("visit", tests, NULL, NULL);
}
