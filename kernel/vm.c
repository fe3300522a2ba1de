/* The memory of programs: the library's mm over the machine's tables. */
#include "memory.h"
#include "pmap.h"
#include "process.h"

#ifdef ARCH_TRAMPOLINE
static enum um_status read_trampoline(const struct um_pager *pager, uint64_t offset, void *page)
{
	(void)pager;
	(void)offset;
	__builtin_memcpy(page, arch_trampoline, (size_t)(arch_trampoline_end - arch_trampoline));
	return UM_OK;
}

static const struct um_pager trampoline_pager = { .size = sizeof trampoline_pager, .read = read_trampoline };

static enum um_status map_trampoline(struct um_mm *mm)
{
	struct um_mapping mapping = {
		.range = { um_addr_of(ARCH_TRAMPOLINE), PAGE },
		.access = UM_READ | UM_EXEC,
		.max_access = UM_READ | UM_EXEC,
		.pager = &trampoline_pager,
	};

	return um_mm_map(mm, &mapping);
}

uint64_t vm_stack(void)
{
	return ARCH_TRAMPOLINE - PAGE;
}
#else
static enum um_status map_trampoline(struct um_mm *mm)
{
	(void)mm;
	return UM_OK;
}

uint64_t vm_stack(void)
{
	return ARCH_USER_LAST + 1 - PAGE;
}
#endif

struct vm *vm_new(void)
{
	struct vm *vm = memory_alloc(sizeof *vm);

	if (!vm || um_mm_init(&vm->mm, &memory_provider, &pmap_ops, um_addr_of(0), um_addr_of(ARCH_USER_LAST)) != UM_OK) {
		memory_free(vm, sizeof *vm);
		return NULL;
	}
	vm->uses = 1;
	if (map_trampoline(&vm->mm) != UM_OK) {
		vm_drop(vm);
		return NULL;
	}
	return vm;
}

struct vm *vm_fork(struct vm *vm)
{
	struct vm *child = memory_alloc(sizeof *child);

	if (!child || um_mm_fork(&child->mm, &vm->mm) != UM_OK) {
		memory_free(child, sizeof *child);
		return NULL;
	}
	child->uses = 1;
	child->heap = vm->heap;
	child->heap_end = vm->heap_end;
	return child;
}

struct vm *vm_hold(struct vm *vm)
{
	vm->uses++;
	return vm;
}

void vm_drop(struct vm *vm)
{
	if (--vm->uses > 0)
		return;
	um_mm_end(&vm->mm);
	memory_free(vm, sizeof *vm);
}

void vm_enter(struct thread *thread, struct vm *vm)
{
	enum um_status status = um_mm_view_open(&thread->view, &vm->mm);

	ASSERT(status == UM_OK);
	if (thread == current)
		pmap_use(&vm->mm.pmap);
}

void vm_leave(struct thread *thread)
{
	struct vfork *vfork = thread->vfork;

	um_close(&thread->view.space);
	pmap_use(NULL);
	if (!vfork)
		return;
	vfork->child = NULL;
	thread->vfork = NULL;
	queue_wake(&vfork->parent, 1);
}
