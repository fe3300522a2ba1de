/* What the machine is: memory, devices and features, by its device tree and its ID registers. */
#include <usermem/port.h>
#include "fdt.h"
#include "kernel.h"
#include "memory.h"
#include "registers.h"

enum { GIB_SHIFT = 30, TABLE = 512, EPAN_BIT = 57 };

extern uint64_t kernel_gibs[TABLE]; /* boot.S: those of the direct map */
extern const char image_start[], image_end[];
_Noreturn void arch_start(uint64_t tree);

/* Whole GiBs: what is mapped besides memory is not touched.  The second GiB's blocks were there from the start. */
static void map_memory(const struct boot *boot)
{
	size_t i;

	for (i = 0; i < boot->memory_count; i++) {
		uint64_t gib = boot->memory[i].start >> GIB_SHIFT, last = (boot->memory[i].end - 1) >> GIB_SHIFT;

		for (; gib <= last && gib < TABLE; gib++)
			if (kernel_gibs[gib] == 0)
				kernel_gibs[gib] = gib << GIB_SHIFT | PTE_VALID | PTE_ACCESSED | PTE_SHAREABLE | PTE_KERNEL_NO_EXEC | PTE_USER_NO_EXEC;
	}
	__asm__ volatile("dsb ishst\n\tisb" : : : "memory");
}

/* Where the image was before it ran in its own half: those translations are global, and arch_flush leaves such alone. */
static void forget_start(void)
{
	__asm__ volatile("tlbi vmalle1\n\tdsb nsh\n\tisb" : : : "memory");
}

/* PAN from here on; and of pages, too, that programs can only execute. */
static void close_user_memory(void)
{
	if (!(arch_features() & UM_PORT_PAN))
		return;
	__asm__ volatile(".arch_extension pan\n\tmsr pan, #1");
	if (ID_FIELD(id_aa64mmfr1_el1, 20) >= 3)
		WRITE_REGISTER(sctlr_el1, READ_REGISTER(sctlr_el1) | UINT64_C(1) << EPAN_BIT);
}

_Noreturn void arch_start(uint64_t tree)
{
	static struct boot boot;
	struct fdt fdt;

	boot.taken[boot.taken_count++] = (struct boot_range){ memory_physical(image_start), memory_physical(image_end) };
	if (!fdt_open(&fdt, memory_at(tree)))
		panic("no device tree");
	console_start(&fdt);
	fdt_boot(&fdt, &boot);
	boot.seed ^= READ_REGISTER(cntvct_el0);
	map_memory(&boot);
	arch_root_use(0);
	forget_start();
	close_user_memory();
	interrupts_start(&fdt);
	kernel_main(&boot);
}

unsigned arch_features(void)
{
	return (ID_FIELD(id_aa64mmfr1_el1, 20) >= 1 ? UM_PORT_PAN : 0) | (ID_FIELD(id_aa64isar0_el1, 20) >= 2 ? UM_PORT_LSE : 0);
}

/* ---------------------------------------------------------------- translation */

static const _Alignas(UM_MM_PAGE) uint64_t no_program[TABLE];
static uint64_t root;

void arch_root_init(uint64_t *table)
{
	__builtin_memset(table, 0, TABLE * sizeof *table); /* the kernel's half has a root of its own */
}

void arch_root_use(uint64_t physical)
{
	root = physical;
	WRITE_REGISTER(ttbr0_el1, physical != 0 ? physical : memory_physical(no_program));
	arch_flush(0, UINT64_MAX);
}

uint64_t arch_root(void)
{
	return root;
}

/* What is the kernel's is global, and stays. */
void arch_flush(uint64_t start, uint64_t length)
{
	enum { MOST = 32 };
	uint64_t page = start / PAGE, i;

	__asm__ volatile("dsb ishst" : : : "memory");
	if (length > MOST * PAGE)
		__asm__ volatile("tlbi aside1, xzr");
	else
		for (i = 0; i * PAGE < length; i++)
			__asm__ volatile("tlbi vaae1, %0" : : "r"(page + i));
	__asm__ volatile("dsb nsh\n\tisb" : : : "memory");
}

/* All of the instruction cache: it may know these bytes by other addresses. */
void arch_sync_code(void *start, size_t length)
{
	uintptr_t line = (uintptr_t)4 << (READ_REGISTER(ctr_el0) >> 16 & 15), at;

	for (at = (uintptr_t)start & ~(line - 1); at < (uintptr_t)start + length; at += line)
		__asm__ volatile("dc cvau, %0" : : "r"(at) : "memory");
	__asm__ volatile("dsb ish\n\tic ialluis\n\tdsb ish\n\tisb" : : : "memory");
}
