/* What a program may do itself with each page, seen by the end of a child that tries. */
#include <linux/resource.h>

#include "groups.h"
#include "line.h"

enum { SIGNAL_BITS = 0x7f };

static void touch_read(uint64_t address)
{
	(void)*(volatile uint8_t *)address;
}

static void touch_write(uint64_t address)
{
	*(volatile uint8_t *)address = 1;
}

static void touch_run(uint64_t address)
{
	((void (*)(void))address)();
}

void try_faults(void)
{
	static const struct {
		const char *name;
		void (*touch)(uint64_t address);
	} touches[] = { { "read", touch_read }, { "write", touch_write }, { "run", touch_run } };
	static const struct rlimit64 no_core = { .rlim_max = 8192 };
	const struct pointer *pointer;
	size_t i;

	CALL(prlimit64, 0, RLIMIT_CORE, ADDRESS(&no_core), 0);
	for (i = 0; i < sizeof touches / sizeof touches[0]; i++) {
		for (pointer = pointers; pointer->name != NULL; pointer++) {
			/* Whether the file's end or the lack of permission is seen first is told differently by Linux on x86-64 and on others. */
			if (touches[i].touch == touch_run && pointer->base == PAGE_AT(BUS))
				continue;
			line_begin("faults");
			line_name(touches[i].name);
			line_name(pointer->name);
			if (children_begin()) {
				touches[i].touch(pointer_at(pointer, 0));
				children_end(0);
			}
			line_end(children_status() & SIGNAL_BITS);
		}
	}
}
