/* What the README shows: strings from memory that may not be there. */
#include <stdio.h>
#include <usermem/usermem.h>

int main(void)
{
	uint64_t names[] = { (uintptr_t)"hello", (uintptr_t)"good morning", 0x10, 0xdead000000000000 };
	struct um_self self;
	char text[8];

	if (um_self_open(&self, um_addr_of(0), um_addr_of(UM_SELF_LAST)) != UM_OK)
		return 1;
	for (int i = 0; i < 4; i++) {
		struct um_result got = um_copy_string_in(&self.space, text, um_addr_of(names[i]), sizeof text, 0);
		printf("\"%s\": %zu bytes, %s\n", text, got.done, um_status_text(got.status));
	}
	um_close(&self.space);
}
