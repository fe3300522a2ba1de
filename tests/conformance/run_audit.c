/* The suite over an audit that finds nothing wrong: a space like the one it wraps. */
#include <stdlib.h>
#include <usermem/spaces/audit.h>
#include <usermem/spaces/bytes.h>
#include "runner.h"

enum { SIZE = 32 * 1024, LEDGER = 64 };

static bool dig(struct stage *stage, enum hole kind)
{
	(void)stage;
	return kind == HOLE_UNMAPPED;
}

int main(int argc, char **argv)
{
	static struct um_audit_entry ledger[LEDGER];
	struct um_bytes bytes;
	struct um_audit audit;
	unsigned char *data = aligned_alloc(4096, SIZE);
	struct stage stage = { .name = "audit", .space = &audit.space, .size = SIZE, .seen = data, .dig = dig };
	int status;

	if (data == NULL)
		return 1;
	um_bytes_init(&bytes, data, SIZE);
	um_audit_init(&audit, &bytes.space, NULL, 0, ledger, LEDGER);
	status = runner(argc, argv, &stage);
	um_close(&audit.space);
	free(data);
	return status;
}
