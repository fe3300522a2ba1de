/* The port of a kernel, which supplies it at boot and asks fault.h from its own trap handler.  The contract is in port.h. */
#include "freestanding.h"
#include "../arch/arch.h"
#include "../fault_internal.h"

#if defined __x86_64__
_Static_assert(UMI_PORT_SMAP == UM_PORT_SMAP, "the assembly's features");
#elif defined __aarch64__
_Static_assert(1 << UMI_PORT_PAN_BIT == UM_PORT_PAN && 1 << UMI_PORT_LSE_BIT == UM_PORT_LSE, "the assembly's features");
#endif

enum { PAGE = 4096 }; /* no machine of ours has smaller pages */

uintptr_t umi_user_end;
uint64_t umi_features;
void (*umi_might_fault)(void);

static unsigned opened;

enum um_status um_port_supply(const struct um_port *port)
{
	if (port->size < sizeof *port || (port->features & ~(unsigned)UMI_PORT_FEATURES) != 0 || port->user_last == UINTPTR_MAX ||
	    port->user_last % PAGE != PAGE - 1 || um_port_installed())
		return UM_INVALID;
	umi_user_end = port->user_last + 1;
	umi_features = port->features;
	umi_might_fault = port->might_fault;
	return UM_OK;
}

enum um_status um_port_open(void)
{
	if (umi_user_end == 0)
		return UM_INVALID;
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
