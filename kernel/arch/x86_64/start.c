/* The start: what the loader says, the processor's protections and its descriptors. */
#include <cpuid.h>
#include <usermem/port.h>
#include "kernel.h"
#include "x86.h"

extern uint64_t root[], direct[], gdt[]; /* boot.S */
extern const char image_end[];

enum output { EAX, EBX, ECX, EDX };

static bool has(unsigned leaf, enum output output, unsigned bit)
{
	unsigned out[4];

	return __get_cpuid_count(leaf, 0, &out[EAX], &out[EBX], &out[ECX], &out[EDX]) != 0 && (out[output] >> bit & 1) != 0;
}

/* ---------------------------------------------------------------- what a PVH loader says: Xen's hvm_start_info */

struct start_info {
	uint32_t magic, version, flags, module_count;
	uint64_t modules, command_line, rsdp, memory_map;
	uint32_t memory_map_count, reserved;
};

struct start_module {
	uint64_t address, size, command_line, reserved;
};

struct start_memory {
	uint64_t address, size;
	uint32_t type, reserved;
};

enum { START_MAGIC = 0x336ec578, TYPE_RAM = 1, LOW = 0x100000, GIB_SHIFT = 30, MAPPED_GIB = 4, MOST_GIB = 512, RANDOM_ATTEMPTS = 10 };

static void add(struct boot_range *ranges, size_t *count, uint64_t start, uint64_t end)
{
	if (start < end && *count < BOOT_RANGES)
		ranges[(*count)++] = (struct boot_range){ start, end };
}

/* How much of what ends there is in the direct map.  boot.S has mapped 4 GiB; behind them it takes pages of 1 GiB. */
static uint64_t map_direct(uint64_t end)
{
	uint64_t i, reach = (uint64_t)(has(0x80000001, EDX, 26) ? MOST_GIB : MAPPED_GIB) << GIB_SHIFT;

	end = end < reach ? end : reach;
	for (i = MAPPED_GIB; i << GIB_SHIFT < end; i++)
		direct[i] = i << GIB_SHIFT | PTE_LARGE_WRITE | PTE_NO_EXEC;
	return end;
}

static void read_start_info(const struct start_info *info, struct boot *boot)
{
	const struct start_memory *memory = (const void *)(info->memory_map + ARCH_DIRECT);
	const struct start_module *initrd = (const void *)(info->modules + ARCH_DIRECT);
	const char *line = (const char *)(info->command_line + ARCH_DIRECT);
	size_t i;

	if (info->magic != START_MAGIC)
		panic("not started by a PVH loader");
	for (i = 0; i < info->memory_map_count; i++)
		if (memory[i].type == TYPE_RAM)
			add(boot->memory, &boot->memory_count, memory[i].address, map_direct(memory[i].address + memory[i].size));
	add(boot->taken, &boot->taken_count, 0, LOW);
	add(boot->taken, &boot->taken_count, LOW, (uint64_t)image_end - ARCH_IMAGE);
	if (info->module_count > 0)
		boot->initrd = (struct boot_range){ initrd->address, initrd->address + initrd->size };
	add(boot->taken, &boot->taken_count, boot->initrd.start, boot->initrd.end);
	for (i = 0; info->command_line != 0 && line[i] != '\0' && i < sizeof boot->command_line - 1; i++)
		boot->command_line[i] = line[i];
}

static uint64_t seed(void)
{
	unsigned long long value = 0;
	unsigned attempts = has(1, ECX, 30) ? RANDOM_ATTEMPTS : 0;
	bool good = false;

	while (!good && attempts-- > 0)
		__asm__ volatile("rdrand %0" : "=r"(value), "=@ccc"(good));
	return value ^ __builtin_ia32_rdtsc();
}

/* ---------------------------------------------------------------- the processor */

enum { CR4_PGE = 7, CR4_UMIP = 11, CR4_FSGSBASE = 16, CR4_SMEP = 20, CR4_SMAP = 21 };

static uint64_t read_cr4(void)
{
	uint64_t value;

	__asm__ volatile("movq %%cr4, %0" : "=r"(value));
	return value;
}

/* With PGE the processor forgets all translations, also that of where the image was: no load of cr3 takes those that are global. */
static void protect(void)
{
	uint64_t cr4 = read_cr4();

	cr4 |= UINT64_C(1) << CR4_PGE | (uint64_t)has(7, EBX, 0) << CR4_FSGSBASE | (uint64_t)has(7, EBX, 7) << CR4_SMEP |
	       (uint64_t)has(7, EBX, 20) << CR4_SMAP | (uint64_t)has(7, ECX, 2) << CR4_UMIP;
	__asm__ volatile("movq %0, %%cr4" : : "r"(cr4) : "memory");
}

unsigned arch_features(void)
{
	return read_cr4() >> CR4_SMAP & 1 ? UM_PORT_SMAP : 0;
}

struct __attribute__((packed)) descriptors {
	uint16_t limit;
	const void *base;
};

/* A program may execute int3, and int with 4, as in Linux. */
static void load_gates(void)
{
	static uint64_t gates[VECTORS][2];
	struct descriptors table = { sizeof gates - 1, gates };
	unsigned i;

	for (i = 0; i < VECTORS; i++) {
		uint64_t address = (uint64_t)vectors + 16 * i, kind = i == VECTOR_BREAKPOINT || i == VECTOR_OVERFLOW ? 0xee : 0x8e;

		gates[i][0] = (address & 0xffff) | KERNEL_CODE << 16 | (uint64_t)is_fatal(i) << 32 | kind << 40 | (address >> 16 & 0xffff) << 48;
		gates[i][1] = address >> 32;
	}
	__asm__ volatile("lidt %0" : : "m"(table));
}

struct task task;

/* What is fatal relies on no stack that it finds. */
static void load_task(void)
{
	static _Alignas(16) char fatal_stack[4096];
	uint64_t address = (uint64_t)&task;

	task.own_stacks[0] = (uint64_t)(fatal_stack + sizeof fatal_stack);
	task.ports = sizeof task;
	gdt[TASK / 8] = (sizeof task - 1) | (address & 0xffffff) << 16 | (uint64_t)0x89 << 40 | (address >> 24 & 0xff) << 56;
	gdt[TASK / 8 + 1] = address >> 32;
	__asm__ volatile("ltr %w0" : : "r"(TASK));
}

static void accept_calls(void)
{
	write_msr(MSR_STAR, (uint64_t)USER_BASE << 48 | (uint64_t)KERNEL_CODE << 32);
	write_msr(MSR_LSTAR, (uint64_t)syscall_entry);
	write_msr(MSR_FMASK, UINT32_MAX & ~2U);
}

_Noreturn void start(uint32_t info)
{
	static struct boot boot;

	load_task();
	load_gates();
	root[0] = 0;
	protect();
	accept_calls();
	read_start_info((const void *)(info + ARCH_DIRECT), &boot);
	time_init();
	boot.seed = seed();
	kernel_main(&boot);
}
