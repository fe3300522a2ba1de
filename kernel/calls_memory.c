/* System calls that change what is mapped.  Each judges in Linux's order. */
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/mman.h>
#include <asm/unistd.h>
#include "memory.h"
#include "process.h"
#include "syscall.h"

enum { LOWEST = 0x10000 }; /* for those who do not ask for less */

static struct um_mm *mm(void)
{
	return &current->process->vm->mm;
}

/* Rounded up to pages; 0: none, or it wraps. */
static uint64_t whole_pages(uint64_t length)
{
	return (length + PAGE - 1) & ~(uint64_t)(PAGE - 1);
}

static unsigned access_of(uint64_t protection)
{
	return (protection & PROT_READ ? UM_READ : 0) | (protection & PROT_WRITE ? UM_WRITE : 0) | (protection & PROT_EXEC ? UM_EXEC : 0);
}

/* ---------------------------------------------------------------- mmap */

/* Where there is room: at the hint, else from low to high in the upper half, where nothing grows. */
static bool choose_start(uint64_t hint, uint64_t length, um_addr *start)
{
	uint64_t from = hint & ~(uint64_t)(PAGE - 1);

	if (from >= LOWEST && um_mm_find_gap(mm(), um_addr_of(from), length, PAGE, start) && start->value == from)
		return true;
	return um_mm_find_gap(mm(), um_addr_of(ARCH_USER_LAST / 2 + 1), length, PAGE, start) ||
	       um_mm_find_gap(mm(), um_addr_of(LOWEST), length, PAGE, start);
}

static bool is_free(uint64_t start, uint64_t length)
{
	struct um_mapping mapping;

	return !um_mm_next(mm(), um_addr_of(start), &mapping) || mapping.range.start.value >= start + length;
}

/* The place of a new mapping, or a negative errno. */
static long place(uint64_t hint, uint64_t length, unsigned flags, um_addr *start)
{
	if (length > ARCH_USER_LAST)
		return -ENOMEM;
	if (!(flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)))
		return choose_start(hint, length, start) ? 0 : -ENOMEM;
	if (hint > ARCH_USER_LAST + 1 - length)
		return -ENOMEM;
	if (hint % PAGE != 0)
		return -EINVAL;
	*start = um_addr_of(hint);
	return flags & MAP_FIXED_NOREPLACE && !is_free(hint, length) ? -EEXIST : 0;
}

/* What a mapping of the file may be and become. */
static long judge_file(struct file *file, uint64_t protection, unsigned flags, uint64_t length, struct um_mapping *mapping)
{
	bool reads = (file->flags & O_ACCMODE) != O_WRONLY, shared = (flags & MAP_TYPE) != MAP_PRIVATE;

	if (mapping->offset > INT64_MAX - length)
		return -EOVERFLOW;
	if ((flags & MAP_TYPE) == 0 || (flags & MAP_TYPE) > MAP_SHARED_VALIDATE)
		return -EINVAL;
	if (shared && (protection & PROT_WRITE) && (file->flags & O_ACCMODE) != O_RDWR)
		return -EACCES;
	if (!reads)
		return -EACCES;
	if (!file->node || !file->node->pager.read)
		return -ENODEV;
	/* mm writes nothing back: what is shared with a file can only be read. */
	if (shared && (protection & PROT_WRITE))
		return -ENODEV;
	if (shared)
		mapping->max_access = UM_READ | UM_EXEC;
	mapping->pager = &file->node->pager;
	return 0;
}

static long map(uint64_t hint, uint64_t length, uint64_t protection, unsigned flags, struct file *file, uint64_t offset)
{
	struct um_mapping mapping = { .access = access_of(protection), .max_access = UM_READ | UM_WRITE | UM_EXEC, .offset = file ? offset : 0 };
	long error;

	if (length == 0)
		return -EINVAL;
	length = whole_pages(length);
	if (length == 0)
		return -ENOMEM;
	if (offset + length < offset)
		return -EOVERFLOW;
	error = place(hint, length, flags, &mapping.range.start);
	if (error == 0 && file)
		error = judge_file(file, protection, flags, length, &mapping);
	else if (error == 0 && (flags & MAP_TYPE) != MAP_PRIVATE && (flags & MAP_TYPE) != MAP_SHARED)
		error = -EINVAL;
	if (error != 0)
		return error;
	mapping.range.length = length;
	mapping.flags = ((flags & MAP_TYPE) == MAP_PRIVATE ? 0 : UM_MAP_SHARED) | (flags & MAP_FIXED ? UM_MAP_REPLACE : 0);
	return um_mm_map(mm(), &mapping) == UM_OK ? (long)mapping.range.start.value : -ENOMEM;
}

static long call_mmap(const uint64_t *a)
{
	unsigned flags = (unsigned)a[3];
	struct file *file = NULL;

	if (a[5] % PAGE != 0)
		return -EINVAL;
	if (!(flags & MAP_ANONYMOUS)) {
		file = file_at(a[4]);
		if (!file)
			return -EBADF;
	}
	return map(a[0], a[1], a[2], flags, file, a[5]);
}

/* ---------------------------------------------------------------- what is mapped */

static long call_munmap(const uint64_t *a)
{
	uint64_t length = whole_pages(a[1]);

	if (a[0] % PAGE != 0 || a[0] > ARCH_USER_LAST + 1 || a[1] > ARCH_USER_LAST + 1 - a[0] || length == 0)
		return -EINVAL;
	return um_mm_unmap(mm(), (struct um_range){ um_addr_of(a[0]), length }) == UM_OK ? 0 : -ENOMEM;
}

/* Linux goes from mapping to mapping: what is before a hole has changed. */
static long protect(uint64_t start, uint64_t end, unsigned access)
{
	struct um_mapping mapping;
	enum um_status status;
	uint64_t until;

	for (; start < end; start = until) {
		if (!um_mm_next(mm(), um_addr_of(start), &mapping) || mapping.range.start.value > start)
			return -ENOMEM;
		until = mapping.range.start.value + mapping.range.length;
		until = until < end ? until : end;
		status = um_mm_protect(mm(), (struct um_range){ um_addr_of(start), until - start }, access);
		if (status != UM_OK)
			return status == UM_DENIED ? -EACCES : -ENOMEM;
	}
	return 0;
}

static long call_mprotect(const uint64_t *a)
{
	uint64_t length = whole_pages(a[1]), ends = a[2] & (PROT_GROWSDOWN | PROT_GROWSUP);
	struct um_mapping mapping;

	if (ends == (PROT_GROWSDOWN | PROT_GROWSUP) || a[0] % PAGE != 0)
		return -EINVAL;
	if (a[1] == 0)
		return 0;
	if (a[0] + length <= a[0])
		return -ENOMEM;
	if ((a[2] & ~(uint64_t)(PROT_READ | PROT_WRITE | PROT_EXEC | PROT_SEM | PROT_GROWSDOWN | PROT_GROWSUP)) != 0)
		return -EINVAL;
	if (ends != 0) /* no mapping grows, as is noticed where there is one: downwards, anywhere in the range */
		return um_mm_next(mm(), um_addr_of(a[0]), &mapping) &&
		       mapping.range.start.value < (ends == PROT_GROWSDOWN ? a[0] + length : a[0] + 1) ? -EINVAL : -ENOMEM;
	return protect(a[0], a[0] + length, access_of(a[2]));
}

/* Answers where the heap ends, whether or not it could be moved there. */
static long call_brk(const uint64_t *a)
{
	struct vm *vm = current->process->vm;
	uint64_t from = whole_pages(vm->heap_end), to = whole_pages(a[0]);
	struct um_mapping mapping = {
		.range = { um_addr_of(from), to - from },
		.access = UM_READ | UM_WRITE,
		.max_access = UM_READ | UM_WRITE | UM_EXEC,
	};
	enum um_status status = UM_OK;

	if (a[0] < vm->heap || to < a[0] || to > ARCH_USER_LAST)
		return (long)vm->heap_end;
	if (to > from)
		status = um_mm_map(&vm->mm, &mapping);
	else if (to < from)
		status = um_mm_unmap(&vm->mm, (struct um_range){ um_addr_of(to), from - to });
	if (status == UM_OK)
		vm->heap_end = a[0];
	return (long)vm->heap_end;
}

static const struct syscall calls[] = {
	{ __NR_mmap, call_mmap },
	{ __NR_munmap, call_munmap },
	{ __NR_mprotect, call_mprotect },
	{ __NR_brk, call_brk },
};
const struct syscall_table calls_memory = SYSCALL_TABLE(calls);
