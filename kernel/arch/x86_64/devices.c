/* Serial line, exit, and time: the stamp counter tells it, the local APIC strikes. */
#include "x86.h"

/* ---------------------------------------------------------------- the serial line: a 16550, as emulators have it at the start */

enum { SERIAL = 0x3f8, LINE_STATUS = SERIAL + 5, HAS_INPUT = 1, HAS_ROOM = 0x20 };

void arch_put(char c)
{
	while (!(in8(LINE_STATUS) & HAS_ROOM))
		;
	out8(SERIAL, (uint8_t)c);
}

int arch_get(void)
{
	return in8(LINE_STATUS) & HAS_INPUT ? in8(SERIAL) : -1;
}

/* QEMU's isa-debug-exit makes 2n + 1 of n. */
void arch_off(int status)
{
	__asm__ volatile("outl %0, %w1" : : "a"(status >> 1), "Nd"(0xf4));
	for (;;)
		__asm__ volatile("cli; hlt");
}

/* ---------------------------------------------------------------- time */

enum { APIC_END = 0xb0, APIC_SPURIOUS = 0xf0, APIC_TIMER = 0x320, APIC_COUNT = 0x380, APIC_NOW = 0x390, APIC_DIVIDE = 0x3e0 };
enum { PIT = 0x40, PIT_COMMAND = 0x43, PIT_HZ = 1193182, SECOND = 1000000000 };

static uint64_t stamp_start, alarm;
static uint64_t stamp_scale, apic_scale; /* nanoseconds of a stamp, and the APIC's counts of a nanosecond; both by 2^32, and less than that */

static volatile uint32_t *apic(unsigned offset)
{
	return (volatile uint32_t *)(ARCH_DIRECT + 0xfee00000 + offset);
}

static uint64_t scaled(uint64_t value, uint64_t scale)
{
	return (uint64_t)((unsigned __int128)value * scale >> 32);
}

/* How far channel 0 has come of 65535; false: to its end, or beyond. */
static bool pit_passed(unsigned *count)
{
	bool ended;

	out8(PIT_COMMAND, 0xc2);
	ended = (in8(PIT) & 0x80) != 0;
	*count = 0xffff - in8(PIT);
	*count -= (unsigned)in8(PIT) << 8;
	return !ended;
}

/* Some 10 ms by the PIT, which all machines of QEMU have; not by channel 2, whose gate microvm lacks. */
static void measure(void)
{
	uint64_t start, stamps, counts, time;
	unsigned passed;
	bool whole;

	do {
		out8(PIT_COMMAND, 0x30);
		out8(PIT, 0xff);
		out8(PIT, 0xff);
		*apic(APIC_COUNT) = UINT32_MAX;
		start = __builtin_ia32_rdtsc();
		while ((whole = pit_passed(&passed)) && passed < PIT_HZ / 100)
			;
		stamps = __builtin_ia32_rdtsc() - start;
		counts = UINT32_MAX - *apic(APIC_NOW);
	} while (!whole);
	time = (uint64_t)passed * SECOND / PIT_HZ;
	stamp_scale = (time << 32) / stamps;
	apic_scale = (counts << 32) / time;
}

/* An emulator that was interrupted measures nonsense: two measurements must agree. */
void time_init(void)
{
	uint64_t before;

	out8(0x21, 0xff); /* the older interrupt controllers: silent */
	out8(0xa1, 0xff);
	*apic(APIC_SPURIOUS) = 0x100 | VECTOR_SPURIOUS;
	*apic(APIC_DIVIDE) = 3; /* by 16 */
	*apic(APIC_TIMER) = VECTOR_TIMER;
	do {
		before = stamp_scale;
		measure();
	} while (before - stamp_scale + stamp_scale / 128 > stamp_scale / 64);
	*apic(APIC_COUNT) = 0;
	stamp_start = __builtin_ia32_rdtsc();
}

uint64_t arch_time(void)
{
	return scaled(__builtin_ia32_rdtsc() - stamp_start, stamp_scale);
}

void arch_timer(uint64_t time)
{
	uint64_t now = arch_time(), counts = time > now ? scaled(time - now, apic_scale) + 1 : 1;

	alarm = time;
	*apic(APIC_COUNT) = counts < UINT32_MAX ? (uint32_t)counts : UINT32_MAX;
}

/* The APIC counts for a minute at most. */
void time_interrupt(struct arch_frame *frame)
{
	*apic(APIC_END) = 0;
	if (arch_time() < alarm)
		arch_timer(alarm);
	else
		trap_timer(frame);
}

void arch_wait(void)
{
	__asm__ volatile("sti; hlt; cli" : : : "memory");
}
