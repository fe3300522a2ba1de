/*
 * The suites inside the kernel: in supervisor mode, over the live memory of a process, by the machine's own faults.
 *
 * The command line names one: conformance, residue, adversary; behind "audited-", with an audit around the space; raw.  Or it names a
 * stray access, which must end in a panic: stray-read, stray-write, stray-jump, stray-copy; wild-read outside user memory; and data-jump and
 * code-write in the kernel's own.
 */
#include <usermem/spaces/audit.h>
#include "memory.h"
#include "pmap.h"
#include "process.h"
#include "raw.h"
#include "stage.h"

enum { START = 0x400000, SIZE = 16 * PAGE, LEDGER = 64 };

/* ---------------------------------------------------------------- good bytes that the kernel sees in one stretch */

static char *bytes; /* SIZE bytes of memory, whose pages are given out first, in order */
static size_t given;

static struct um_mm_page *page_alloc_of_run(const struct um_mm_provider *provider)
{
	if (given == SIZE / PAGE)
		return memory_provider.page_alloc(provider);
	return page_of(memory_physical(bytes + PAGE * given++));
}

/* ---------------------------------------------------------------- holes */

static enum um_status nothing_there(const struct um_pager *pager, uint64_t offset, void *page)
{
	(void)pager;
	(void)offset;
	(void)page;
	return UM_BUS;
}

static const struct um_pager ended = { .size = sizeof ended, .read = nothing_there };

static bool dig(struct stage *stage, enum hole kind)
{
	static const unsigned access[HOLE_KINDS] = { [HOLE_READ_ONLY] = UM_READ, [HOLE_WRITE_ONLY] = UM_WRITE, [HOLE_BUS] = UM_READ | UM_WRITE };
	struct um_mapping hole = {
		.range = { um_addr_of(START + SIZE), SIZE },
		.access = access[kind],
		.max_access = UM_READ | UM_WRITE,
		.flags = UM_MAP_REPLACE,
		.pager = kind == HOLE_BUS ? &ended : NULL,
	};
	struct um_mm *mm = &current->process->vm->mm;

	(void)stage;
	if (kind == HOLE_UNMAPPED)
		return um_mm_unmap(mm, hole.range) == UM_OK;
	return um_mm_map(mm, &hole) == UM_OK;
}

/* ---------------------------------------------------------------- the stage */

static uint64_t count_faults(struct stage *stage)
{
	(void)stage;
	return trap_kernel_faults;
}

static void print_line(const char *line)
{
	print("%s\n", line);
}

static struct stage stage = {
	.name = "mm in the kernel",
	.start = { START },
	.size = SIZE,
	.dig = dig,
	.faults = count_faults,
	.print = print_line,
};

static void set_stage(void)
{
	struct um_mapping good = {
		.range = { um_addr_of(START), SIZE },
		.access = UM_READ | UM_WRITE,
		.max_access = UM_READ | UM_WRITE | UM_EXEC,
	};

	ASSERT(um_mm_map(&current->process->vm->mm, &good) == UM_OK);
	ASSERT(um_populate(user(), good.range, UM_READ | UM_WRITE, 0).status == UM_OK && given == SIZE / PAGE);
	stage.space = user();
	stage.seen = (unsigned char *)bytes;
}

/* Through an audit that plans no fault, a space is what it was. */
static void put_audit_around(void)
{
	static struct um_audit_entry ledger[LEDGER];
	static struct um_audit audit;

	um_audit_init(&audit, stage.space, NULL, 0, ledger, LEDGER);
	stage.space = &audit.space;
}

/* ---------------------------------------------------------------- what must end in a panic */

static int stray_read(struct stage *here)
{
	print("read %lx\n", *(volatile uint64_t *)(uintptr_t)here->start.value);
	return 0;
}

static int stray_write(struct stage *here)
{
	*(volatile uint64_t *)(uintptr_t)here->start.value = 1;
	return 0;
}

/* A function that comes back. */
#if defined(__x86_64__)
static uint8_t comes_back[] = { 0xc3 };
#elif defined(__aarch64__)
static uint8_t comes_back[] __attribute__((aligned(4))) = { 0xc0, 0x03, 0x5f, 0xd6 };
#else
static uint8_t comes_back[] __attribute__((aligned(4))) = { 0x67, 0x80, 0x00, 0x00 };
#endif

/* To what the program may run. */
static int stray_jump(struct stage *here)
{
	struct um_range page = { here->start, PAGE };

	ASSERT(um_copy_out(user(), here->start, comes_back, sizeof comes_back, 0).status == UM_OK);
	ASSERT(um_mm_protect(&current->process->vm->mm, page, UM_READ | UM_EXEC) == UM_OK);
	((void (*)(void))(uintptr_t)here->start.value)();
	return 0;
}

/* To user memory that is not there yet, as if it were the kernel's own. */
static int stray_copy(struct stage *here)
{
	struct um_mapping mapping = {
		.range = { um_addr_of(START + SIZE), SIZE },
		.access = UM_READ | UM_WRITE,
		.max_access = UM_READ | UM_WRITE,
	};

	ASSERT(um_mm_map(&current->process->vm->mm, &mapping) == UM_OK);
	ASSERT(um_raw_copy_in((void *)(uintptr_t)mapping.range.start.value, (uintptr_t)here->start.value, 8, 0).status == UM_OK);
	return 0;
}

static int wild_read(struct stage *here)
{
	(void)here;
	print("read %lx\n", *(volatile uint64_t *)(uintptr_t)(ARCH_USER_LAST + 1));
	return 0;
}

/* The kernel's own. */
static int data_jump(struct stage *here)
{
	(void)here;
	((void (*)(void))(uintptr_t)comes_back)();
	return 0;
}

static int code_write(struct stage *here)
{
	(void)here;
	*(volatile uint8_t *)(uintptr_t)stray_jump = 0;
	return 0;
}

/* In the middle of an access of the library's: what a trap finds open it has closed. */
static enum um_status read_by_itself(const struct um_pager *pager, uint64_t offset, void *page)
{
	(void)pager;
	(void)offset;
	(void)page;
	if (trap_kernel_faults > 0)
		(void)stray_read(&stage);
	return UM_OK;
}

/* Of an atomic: on AArch64 nothing else opens anything. */
static int stray_read_in_trap(struct stage *here)
{
	struct um_atomic_access add = { .op = UM_ADD, .size = 8, .operand = 1 };
	static const struct um_pager pager = { .size = sizeof pager, .read = read_by_itself };
	struct um_mapping mapping = {
		.range = { um_addr_of(START + SIZE), SIZE },
		.access = UM_READ | UM_WRITE,
		.max_access = UM_READ | UM_WRITE,
		.pager = &pager,
	};

	ASSERT(um_mm_map(&current->process->vm->mm, &mapping) == UM_OK);
	ASSERT(um_raw_atomic(mapping.range.start.value, &add, 0) == UM_OK);
	return here->start.value != START;
}

/* ---------------------------------------------------------------- which */

static const struct {
	const char *name;
	int (*run)(struct stage *stage);
} suites[] = {
	{ "conformance", conformance }, { "residue", residue },         { "adversary", adversary },
	{ "stray-read", stray_read },   { "stray-write", stray_write }, { "stray-jump", stray_jump },
	{ "data-jump", data_jump },     { "code-write", code_write },
	{ "stray-copy", stray_copy },   { "wild-read", wild_read },     { "stray-read-in-trap", stray_read_in_trap },
	{ "raw", raw },
};

static void run_named(void *argument)
{
	static const char audited[] = "audited-";
	const char *name = argument;
	size_t i;

	set_stage();
	if (strncmp(name, audited, sizeof audited - 1) == 0) {
		put_audit_around();
		name += sizeof audited - 1;
	}
	for (i = 0; i < COUNT(suites); i++)
		if (strcmp(name, suites[i].name) == 0)
			arch_off(suites[i].run(&stage) == 0 ? ARCH_OFF_WELL : ARCH_OFF_BADLY);
	panic("no such suite: \"%s\"", name);
}

void kernel_start(const struct boot *boot)
{
	static struct um_mm_provider provider;
	static char name[sizeof boot->command_line];
	struct thread *thread = thread_new(run_named, name);
	struct process *process;

	__builtin_memcpy(name, boot->command_line, sizeof name);
	provider = memory_provider;
	provider.page_alloc = page_alloc_of_run;
	bytes = memory_alloc(SIZE);
	tree_init(NULL, 0);
	process = process_new(NULL);
	ASSERT(thread && bytes && process);
	process->vm = memory_alloc(sizeof *process->vm);
	ASSERT(process->vm && um_mm_init(&process->vm->mm, &provider, &pmap_ops, um_addr_of(0), um_addr_of(ARCH_USER_LAST)) == UM_OK);
	process_add_thread(process, thread, process->pid);
	thread_ready(thread);
	thread_start();
}
