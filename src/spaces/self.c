/* This process's own memory; the contract is in self.h. */
#include <unistd.h>
#include <usermem/fault.h>
#include <usermem/port.h>
#include <usermem/spaces/self.h>
#include "../port/linux/maps.h"
#include "../visit.h"

/* In assembly beside um_raw_copy_in: a jump less is a tenth of a typed get. */
struct um_result umi_self_copy_in(struct um_space *space, void *dst, um_addr src, size_t n, unsigned flags) __attribute__((visibility("hidden")));

static struct um_result self_copy_out(struct um_space *space, um_addr dst, const void *src, size_t n, unsigned flags)
{
	(void)space;
	return um_raw_copy_out(dst.value, src, n, flags);
}

static struct um_result self_fill(struct um_space *space, um_addr dst, uint8_t byte, size_t n, unsigned flags)
{
	(void)space;
	return um_raw_fill(dst.value, byte, n, flags);
}

static enum um_status self_atomic(struct um_space *space, um_addr addr, struct um_atomic_access *access, unsigned flags)
{
	(void)space;
	return um_raw_atomic(addr.value, access, flags);
}

static struct um_result self_copy_string_in(struct um_space *space, char *dst, um_addr src, size_t limit, unsigned flags)
{
	(void)space;
	return um_raw_copy_string_in(dst, src.value, limit, flags);
}

/* A descriptor for each question: one that was kept would, after a fork, go on naming the parent. */
static struct um_result self_check(struct um_space *space, struct um_range range, unsigned access, unsigned flags)
{
	int maps = umi_maps_open(0);
	struct um_result result = { 0, UM_NO_MEMORY, UM_ONLY_SIDE };

	(void)space;
	(void)flags;
	if (maps < 0)
		return result;
	result = umi_maps_check(maps, range, access);
	close(maps);
	return result;
}

static struct um_result self_visit(struct um_space *space, struct um_ranges ranges, unsigned access, unsigned flags,
                                   um_visit_fn *visit, void *context)
{
	struct visit show;
	struct um_range piece;

	(void)space;
	(void)access;
	(void)flags;
	if (umi_visit_is_flat(&ranges))
		return umi_visit_flat((struct um_block){ (void *)(uintptr_t)ranges.head.start.value, ranges.length, true }, UM_OK, visit, context);
	umi_visit_begin(&show, visit, context);
	while (um_ranges_next(&ranges, UINT64_MAX, &piece)) {
		struct um_block block = { (void *)(uintptr_t)piece.start.value, piece.length, true };

		if (!umi_visit_add(&show, block))
			break;
	}
	return umi_visit_end(&show, UM_OK);
}

static void *self_direct(struct um_space *space, um_addr addr, size_t n)
{
	(void)space;
	(void)n;
	return (void *)(uintptr_t)addr.value;
}

static void self_close(struct um_space *space)
{
	(void)space;
	um_port_close();
}

static const struct um_space_ops self_ops = {
	.size = sizeof self_ops,
	.name = "self",
	.copy_in = umi_self_copy_in,
	.copy_out = self_copy_out,
	.fill = self_fill,
	.atomic = self_atomic,
	.copy_string_in = self_copy_string_in,
	.check = self_check,
	.visit = self_visit,
	.close = self_close,
	.direct = self_direct,
};

enum um_status um_self_open(struct um_self *self, um_addr first, um_addr last)
{
	static const struct um_self closed;
	enum um_status status;
	int maps;

	if (first.value > last.value)
		return UM_INVALID;
	status = um_port_open();
	if (status != UM_OK)
		return status;
	*self = closed;
	self->space.ops = &self_ops;
	self->space.first = first;
	self->space.last = last;
	self->space.can = UM_CAN_WRITE | UM_CAN_ATOMIC | UM_CAN_SINGLE | UM_CAN_VISIT;
	maps = umi_maps_open(0);
	if (maps >= 0) { /* no /proc, no answers */
		self->space.can |= UM_CAN_CHECK;
		close(maps);
	}
	return UM_OK;
}
