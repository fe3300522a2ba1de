/* Laws 2 and 4: any two numbers are a request, and nothing asked is nothing done. */
#include "suite.h"

static void nothing_asked(struct stage *stage)
{
	unsigned char kernel[1] = { 0x5a };
	size_t i;

	for (i = 0; i < WILD_ADDRESSES; i++) {
		um_addr addr = um_addr_of(wild_addresses[i]);

		tap_case(addr.value, 0, 0);
		EXPECT_RESULT(um_copy_in(stage->space, kernel, addr, 0, 0), 0, UM_OK);
		EXPECT_EQUAL(kernel[0], 0x5a);
	}
}

static const struct test tests[] = {
	{ "law 4: length 0 succeeds at any address", nothing_asked },
};

const struct test_group group_totals = TEST_GROUP(tests);
