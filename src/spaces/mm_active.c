/*
 * A view while this processor translates by its pmap: floor 0 copies at the program's own addresses, and what faults is made
 * fit as any other page.  A trap handler may have tried that before us, and then its cause is asked for once more.
 */
#include <usermem/fault.h>
#include "mm_parts.h"

static struct um_mm_view *view_of(struct um_space *space)
{
	return (struct um_mm_view *)space;
}

/* The machine knows of the program's own protections alone. */
static bool is_active(struct um_mm_view *view, unsigned flags)
{
	return !(flags & UM_IGNORE_PERMS) && view->mm->ops->active(&view->mm->pmap);
}

/* What another page, or the same after a look at the mappings, can cure.  UM_BUS none can: the page is there. */
static bool is_curable(enum um_status status)
{
	return status == UM_UNMAPPED || status == UM_DENIED || status == UM_WOULD_FAULT || status == UM_NO_MEMORY || status == UM_INTERRUPTED;
}

struct raw {
	enum { RAW_IN, RAW_OUT, RAW_FILL } kind;
	unsigned char *ours; /* RAW_FILL: none */
	uint8_t byte;
};

static struct um_result move_once(const struct raw *raw, uint64_t addr, size_t done, size_t n, unsigned flags)
{
	switch (raw->kind) {
	case RAW_IN:
		return um_raw_copy_in(raw->ours + done, addr + done, n - done, flags);
	case RAW_OUT:
		return um_raw_copy_out(addr + done, raw->ours + done, n - done, flags);
	default:
		return um_raw_fill(addr + done, raw->byte, n - done, flags);
	}
}

static struct um_result move(struct um_mm_view *view, uint64_t addr, const struct raw *raw, size_t n, unsigned flags)
{
	unsigned access = raw->kind == RAW_IN ? UM_READ : UM_WRITE;
	struct um_result result;
	size_t done = 0;

	do {
		result = move_once(raw, addr, done, n, flags);
		done += result.done;
		if (!is_curable(result.status))
			break;
		result.status = umi_mm_resolve(view->mm, view, addr + done, access, flags, NULL);
	} while (result.status == UM_OK);
	result.done = done;
	return result;
}

static struct um_result active_copy_in(struct um_space *space, void *dst, um_addr src, size_t n, unsigned flags)
{
	struct raw raw = { .kind = RAW_IN, .ours = dst };

	if (!is_active(view_of(space), flags))
		return umi_view_ops.copy_in(space, dst, src, n, flags);
	return move(view_of(space), src.value, &raw, n, flags);
}

static struct um_result active_copy_out(struct um_space *space, um_addr dst, const void *src, size_t n, unsigned flags)
{
	struct raw raw = { .kind = RAW_OUT, .ours = (unsigned char *)(uintptr_t)src };

	if (!is_active(view_of(space), flags))
		return umi_view_ops.copy_out(space, dst, src, n, flags);
	return move(view_of(space), dst.value, &raw, n, flags);
}

static struct um_result active_fill(struct um_space *space, um_addr dst, uint8_t byte, size_t n, unsigned flags)
{
	struct raw raw = { .kind = RAW_FILL, .byte = byte };

	if (!is_active(view_of(space), flags))
		return umi_view_ops.fill(space, dst, byte, n, flags);
	return move(view_of(space), dst.value, &raw, n, flags);
}

static enum um_status active_atomic(struct um_space *space, um_addr addr, struct um_atomic_access *access, unsigned flags)
{
	struct um_mm_view *view = view_of(space);
	enum um_status status;

	if (!is_active(view, flags))
		return umi_view_ops.atomic(space, addr, access, flags);
	do {
		status = um_raw_atomic(addr.value, access, flags);
		if (!is_curable(status))
			return status;
		status = umi_mm_resolve(view->mm, view, addr.value, umi_access_of(access), flags, NULL);
	} while (status == UM_OK);
	return status;
}

const struct um_space_ops umi_active_view_ops = {
	.size = sizeof umi_active_view_ops,
	.name = "mm",
	.copy_in = active_copy_in,
	.copy_out = active_copy_out,
	.fill = active_fill,
	.atomic = active_atomic,
	.populate = umi_view_populate,
	.check = umi_view_check,
	.visit = umi_view_visit,
	.close = umi_view_close,
};
