/* The kernel's start: memory, files, the first process. */
#include <usermem/port.h>
#include "kernel.h"
#include "memory.h"
#include "process.h"
#include "syscall.h"

static void open_port(void)
{
	struct um_port port = { .size = sizeof port, .user_last = ARCH_USER_LAST, .features = arch_features() };

	if (um_port_supply(&port) != UM_OK || um_port_open() != UM_OK)
		panic("the library refuses the port");
}

void kernel_main(const struct boot *boot)
{
	memory_init(boot);
	open_port();
	print("usermem: %s, %lu MiB of memory\n", ARCH_MACHINE, pages_total() * PAGE >> 20);
	syscall_init();
	random_init(boot->seed);
	tree_init(memory_at(boot->initrd.start), boot->initrd.end - boot->initrd.start);
	process_first();
}
