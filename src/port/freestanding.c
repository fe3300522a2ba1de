/* The port of a kernel, which calls it at boot and asks fault.h from its own trap handler.  The contract is in port.h. */
#include <usermem/port.h>
#include "../fault_internal.h"

static unsigned opened;

enum um_status um_port_open(void)
{
	if (__atomic_add_fetch(&opened, 1, __ATOMIC_SEQ_CST) == 1)
		umi_fault_prepare();
	return UM_OK;
}

void um_port_close(void)
{
	unsigned count = __atomic_load_n(&opened, __ATOMIC_SEQ_CST);

	while (count > 0 && !__atomic_compare_exchange_n(&opened, &count, count - 1, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		;
}

bool um_port_installed(void)
{
	return __atomic_load_n(&opened, __ATOMIC_SEQ_CST) != 0;
}
