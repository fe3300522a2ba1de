/* The kernel's start. */
#include <usermem/port.h>
#include "kernel.h"
#include "memory.h"
#include "syscall.h"

static void open_port(void)
{
	struct um_port port = {
		.size = sizeof port,
		.features = arch_features(),
		.user_last = ARCH_USER_LAST,
		.might_fault = memory_might_sleep,
	};

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
	kernel_start(boot);
}
