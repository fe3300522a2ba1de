/* The PL011 at the serial line, the generic timer behind a GICv2, and the emulator's end. */
#include "fdt.h"
#include "kernel.h"
#include "memory.h"
#include "registers.h"

static volatile uint32_t *device(const struct fdt *fdt, const char *compatible, unsigned index)
{
	struct boot_range range;

	if (!fdt_device(fdt, compatible, index, &range))
		panic("no %s", compatible);
	return memory_at(range.start);
}

/* ---------------------------------------------------------------- console */

enum { UART_DATA = 0x00 / 4, UART_FLAGS = 0x18 / 4, UART_LINE = 0x2c / 4, UART_CONTROL = 0x30 / 4 };
enum { UART_RX_EMPTY = 1 << 4, UART_TX_FULL = 1 << 5, UART_8_BITS_FIFO = 7 << 4, UART_ENABLE_TX_RX = 0x301 };

static volatile uint32_t *uart;

void console_start(const struct fdt *fdt)
{
	uart = device(fdt, "arm,pl011", 0);
	uart[UART_LINE] = UART_8_BITS_FIFO;
	uart[UART_CONTROL] = UART_ENABLE_TX_RX;
}

void arch_put(char c)
{
	if (!uart) /* a panic before there is a console */
		return;
	while (uart[UART_FLAGS] & UART_TX_FULL)
		;
	uart[UART_DATA] = (unsigned char)c;
}

int arch_get(void)
{
	return uart[UART_FLAGS] & UART_RX_EMPTY ? -1 : (int)(uart[UART_DATA] & 0xff);
}

/* ---------------------------------------------------------------- time */

enum { SECOND = 1000000000 };

uint64_t arch_time(void)
{
	uint64_t ticks, frequency = READ_REGISTER(cntfrq_el0);

	__asm__ volatile("isb"); /* not before what came before */
	ticks = READ_REGISTER(cntvct_el0);
	return ticks / frequency * SECOND + ticks % frequency * SECOND / frequency;
}

enum { TIMER_ENABLE = 1 };

void arch_timer(uint64_t time)
{
	uint64_t frequency = READ_REGISTER(cntfrq_el0);

	WRITE_REGISTER(cntv_cval_el0, time / SECOND * frequency + time % SECOND * frequency / SECOND + 1);
	WRITE_REGISTER(cntv_ctl_el0, TIMER_ENABLE);
}

enum { DIST_CONTROL = 0x000 / 4, DIST_ENABLE = 0x100 / 4 };
enum { CPU_CONTROL = 0x00 / 4, CPU_PRIORITY_MASK = 0x04 / 4, CPU_ACKNOWLEDGE = 0x0c / 4, CPU_END = 0x10 / 4 };
enum { VIRTUAL_TIMER = 27 }; /* Base System Architecture */

static volatile uint32_t *gic_cpu;

void interrupts_start(const struct fdt *fdt)
{
	volatile uint32_t *distributor = device(fdt, "arm,cortex-a15-gic", 0);

	gic_cpu = device(fdt, "arm,cortex-a15-gic", 1);
	distributor[DIST_ENABLE] = 1 << VIRTUAL_TIMER;
	distributor[DIST_CONTROL] = 1;
	gic_cpu[CPU_PRIORITY_MASK] = 0xff;
	gic_cpu[CPU_CONTROL] = 1;
}

/* The timer asks until it is set anew: it is silenced before the interrupt's end, and that comes before another thread. */
void interrupt_take(struct arch_frame *frame)
{
	uint32_t number = gic_cpu[CPU_ACKNOWLEDGE];

	if (number != VIRTUAL_TIMER) /* it has gone meanwhile */
		return;
	WRITE_REGISTER(cntv_ctl_el0, 0);
	gic_cpu[CPU_END] = number;
	trap_timer(frame);
}

/* It wakes by an interrupt that is masked, too, and need not let it in. */
void arch_wait(void)
{
	__asm__ volatile("dsb sy\n\twfi" : : : "memory");
	interrupt_take(NULL);
}

/* ---------------------------------------------------------------- the end */

enum { SYS_EXIT_EXTENDED = 0x20, ADP_STOPPED_APPLICATION_EXIT = 0x20026 };

void arch_off(int status)
{
	static bool off;
	const uint64_t block[2] = { ADP_STOPPED_APPLICATION_EXIT, (uint64_t)status };
	register uint64_t operation __asm__("x0") = SYS_EXIT_EXTENDED;
	register const uint64_t *argument __asm__("x1") = block;

	if (!off) { /* without semihosting that is no instruction, and comes back here as a panic */
		off = true;
		__asm__ volatile("hlt #0xf000" : "+r"(operation) : "r"(argument) : "memory");
	}
	for (;;)
		__asm__ volatile("wfi");
}
