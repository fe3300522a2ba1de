/* What the README shows: strings and a struct, from memory that may not be there. */
#include <stdio.h>
#include <usermem/usermem.h>

int main(void)
{
	uint64_t greetings[] = { (uintptr_t)"hello", (uintptr_t)"good morning", 0x10, 0xdead000000000000 };
	struct point { int x, y; } there = { 3, 4 }, here;
	struct um_result got;
	struct um_self self;
	char text[8];

	if (um_self_open(&self, um_addr_of(0), um_addr_of(0x7fffffffefff)) != UM_OK)
		return 1;
	for (int i = 0; i < 4; i++) {
		got = um_copy_string_in(&self.space, text, um_addr_of(greetings[i]), sizeof text, 0);
		printf("\"%s\": %zu bytes, %s\n", text, got.done, um_status_text(got.status));
	}
	got = um_copy_in(&self.space, &here, um_addr_of((uintptr_t)&there), sizeof here, 0);
	if (got.status == UM_OK)
		printf("{%d, %d}: %zu bytes, %s\n", here.x, here.y, got.done, um_status_text(got.status));
	um_close(&self.space);
}
