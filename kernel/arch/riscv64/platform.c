/* The serial line, the end, the clock, and translation. */
#include "arch.h"
#include "fdt.h"
#include "kernel.h"
#include "memory.h"

enum { UART_DATA = 0, UART_STATUS = 5, UART_READY = 1, UART_EMPTY = 32 };
enum { TIMER_INTERRUPT = 1 << 5, SECOND = 1000000000 };

extern const char image_start[], image_end[];
extern uint64_t arch_kernel_root[];
_Noreturn void arch_start(uint64_t tree); /* for boot.S */

static uint64_t frequency;             /* of the clock */
static volatile uint8_t *uart;         /* a 16550; NULL: none */
static volatile uint32_t *test_device; /* that ends the emulator; NULL: none */

/* The firmware's own console writes a carriage return of its own before each newline. */
void arch_put(char c)
{
	while (uart && !(uart[UART_STATUS] & UART_EMPTY))
		;
	if (uart)
		uart[UART_DATA] = (uint8_t)c;
}

int arch_get(void)
{
	return uart && uart[UART_STATUS] & UART_READY ? uart[UART_DATA] : -1;
}

void arch_off(int status)
{
	for (;;)
		if (test_device)
			*test_device = (uint32_t)status << 16 | 0x3333;
}

unsigned arch_features(void)
{
	return 0;
}

/* ---------------------------------------------------------------- time */

uint64_t arch_time(void)
{
	uint64_t ticks;

	__asm__ volatile("rdtime %0" : "=r"(ticks));
	return ticks / frequency * SECOND + ticks % frequency * SECOND / frequency;
}

static void set_timer(uint64_t ticks)
{
	register uint64_t a0 __asm__("a0") = ticks, a1 __asm__("a1");
	register uint64_t function __asm__("a6") = 0, extension __asm__("a7") = 0x54494d45; /* of the SBI: TIME */

	__asm__ volatile("ecall" : "+r"(a0), "=r"(a1) : "r"(function), "r"(extension) : "memory");
}

/* Rounded up: when it strikes, arch_time has come as far. */
void arch_timer(uint64_t time)
{
	uint64_t ticks = time / SECOND * frequency + (time % SECOND * frequency + SECOND - 1) / SECOND;

	set_timer(time / SECOND < UINT64_MAX / frequency ? ticks : UINT64_MAX);
}

void arch_wait(void)
{
	uint64_t pending;

	do {
		__asm__ volatile("wfi");
		__asm__ volatile("csrr %0, sip" : "=r"(pending));
	} while (!(pending & TIMER_INTERRUPT));
	arch_timer(UINT64_MAX);
	trap_timer(NULL);
}

/* ---------------------------------------------------------------- translation */

void arch_root_init(uint64_t *root)
{
	__builtin_memset(root, 0, PAGE / 2);
	__builtin_memcpy(root + 256, arch_kernel_root + 256, PAGE / 2);
}

void arch_root_use(uint64_t physical)
{
	uint64_t root = physical != 0 ? physical : memory_physical(arch_kernel_root);

	__asm__ volatile("csrw satp, %0\n\tsfence.vma" : : "r"(SATP_SV39 | root >> 12) : "memory");
}

uint64_t arch_root(void)
{
	uint64_t satp;

	__asm__ volatile("csrr %0, satp" : "=r"(satp));
	satp = satp << 20 >> 8;
	return satp == memory_physical(arch_kernel_root) ? 0 : satp;
}

enum { FLUSHED_SINGLY = 64 }; /* pages */

void arch_flush(uint64_t start, uint64_t length)
{
	uint64_t at;

	if (length > FLUSHED_SINGLY * PAGE)
		__asm__ volatile("sfence.vma" : : : "memory");
	else
		for (at = 0; at < length; at += PAGE)
			__asm__ volatile("sfence.vma %0" : : "r"(start + at) : "memory");
}

void arch_sync_code(void *start, size_t length)
{
	(void)start;
	(void)length;
	__asm__ volatile("fence.i" : : : "memory");
}

/* ---------------------------------------------------------------- the start */

void arch_start(uint64_t tree)
{
	static struct boot boot;
	struct boot_range device;
	struct fdt fdt;
	size_t i;

	if (!fdt_open(&fdt, memory_at(tree)) || !fdt_number(&fdt, "cpus", "timebase-frequency", &frequency) || frequency == 0)
		panic("the firmware brings no device tree with a clock");
	if (fdt_device(&fdt, "ns16550a", 0, &device))
		uart = memory_at(device.start);
	if (fdt_device(&fdt, "sifive,test0", 0, &device))
		test_device = memory_at(device.start);
	boot.taken[boot.taken_count++] = (struct boot_range){ memory_physical(image_start), memory_physical(image_end) };
	fdt_boot(&fdt, &boot);
	for (i = 0; i < boot.memory_count; i++)
		if (boot.memory[i].end > ARCH_DIRECT_SIZE)
			boot.memory[i].end = ARCH_DIRECT_SIZE;
	arch_timer(UINT64_MAX);
	__asm__ volatile("csrw sie, %0" : : "r"((uint64_t)TIMER_INTERRUPT));
	kernel_main(&boot);
}
