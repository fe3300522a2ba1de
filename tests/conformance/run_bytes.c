/* The suite over a buffer that poses as a space. */
#include <stdlib.h>
#include <usermem/spaces/bytes.h>
#include "runner.h"

enum { SIZE = 32 * 1024 };

static bool dig(struct stage *stage, enum hole kind)
{
	(void)stage;
	return kind == HOLE_UNMAPPED;
}

int main(int argc, char **argv)
{
	struct um_bytes bytes;
	unsigned char *data = aligned_alloc(4096, SIZE);
	struct stage stage = { .name = "bytes", .space = &bytes.space, .size = SIZE, .seen = data, .dig = dig };
	int status;

	if (data == NULL)
		return 1;
	um_bytes_init(&bytes, data, SIZE);
	status = runner(argc, argv, &stage);
	um_close(&bytes.space);
	free(data);
	return status;
}
