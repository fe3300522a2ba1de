/* A buffer that poses as a space; the contract is in bytes.h. */
#include <usermem/spaces/bytes.h>
#include "../space.h"
#include "../visit.h"
#include "own.h"

static struct um_bytes *bytes_of(struct um_space *space)
{
	return (struct um_bytes *)space;
}

/* How much of the n bytes at addr there is. */
static inline struct um_result reach(const struct um_bytes *bytes, um_addr addr, uint64_t n)
{
	uint64_t there = addr.value < bytes->size ? bytes->size - addr.value : 0;
	struct um_result result = { n <= there ? n : there, n <= there ? UM_OK : UM_UNMAPPED, UM_ONLY_SIDE };

	return result;
}

/* ---------------------------------------------------------------- copies */

/* What is no word that is there.  Both sides of um_copy may be in one buffer, and overlap. */
static __attribute__((noinline)) struct um_result move_bytes(const struct um_bytes *bytes, um_addr addr, void *ours, size_t n, bool in)
{
	struct um_result result = reach(bytes, addr, n);
	unsigned char *user;

	if (result.done == 0)
		return result;
	user = bytes->data + addr.value;
	umi_own_move(in ? ours : user, in ? user : ours, result.done, in);
	return result;
}

static inline bool holds(const struct um_bytes *bytes, um_addr addr, size_t n)
{
	return addr.value < bytes->size && n <= bytes->size - addr.value;
}

static struct um_result bytes_copy_in(struct um_space *space, void *dst, um_addr src, size_t n, unsigned flags)
{
	struct um_bytes *bytes = bytes_of(space);
	struct um_result whole = { n, UM_OK, UM_ONLY_SIDE };

	(void)flags;
	if (!UMI_SMALL && holds(bytes, src, n) && umi_move_once(dst, bytes->data + src.value, n, true))
		return whole;
	return move_bytes(bytes, src, dst, n, true);
}

static struct um_result bytes_copy_out(struct um_space *space, um_addr dst, const void *src, size_t n, unsigned flags)
{
	struct um_bytes *bytes = bytes_of(space);
	struct um_result whole = { n, UM_OK, UM_ONLY_SIDE };

	(void)flags;
	if (!UMI_SMALL && holds(bytes, dst, n) && umi_move_once(bytes->data + dst.value, src, n, false))
		return whole;
	return move_bytes(bytes, dst, (void *)(uintptr_t)src, n, false);
}

static struct um_result bytes_fill(struct um_space *space, um_addr dst, uint8_t byte, size_t n, unsigned flags)
{
	struct um_bytes *bytes = bytes_of(space);
	struct um_result result = reach(bytes, dst, n);

	(void)flags;
	if (result.done != 0)
		__builtin_memset(bytes->data + dst.value, byte, result.done);
	return result;
}

/* ---------------------------------------------------------------- single accesses */

static enum um_status bytes_atomic(struct um_space *space, um_addr addr, struct um_atomic_access *access, unsigned flags)
{
	struct um_bytes *bytes = bytes_of(space);
	struct um_result result = reach(bytes, addr, access->size);

	(void)flags;
	if (((uintptr_t)bytes->data + addr.value) % access->size != 0)
		return UM_MISALIGNED;
	return result.status == UM_OK ? umi_own_access(bytes->data + addr.value, access) : result.status;
}

/* ---------------------------------------------------------------- questions */

static struct um_result bytes_check(struct um_space *space, struct um_range range, unsigned access, unsigned flags)
{
	(void)access;
	(void)flags;
	return reach(bytes_of(space), range.start, range.length);
}

static struct um_result bytes_visit(struct um_space *space, struct um_ranges ranges, unsigned access, unsigned flags,
                                    um_visit_fn *visit, void *context)
{
	struct um_bytes *bytes = bytes_of(space);
	enum um_status status = UM_OK;
	struct um_range piece;
	struct visit show;

	(void)access;
	(void)flags;
	if (!UMI_SMALL && umi_visit_is_flat(&ranges)) {
		struct um_result there = reach(bytes, ranges.head.start, ranges.length);

		void *user = there.done != 0 ? bytes->data + ranges.head.start.value : NULL;

		return umi_visit_flat((struct um_block){ user, there.done, false }, there.status, visit, context);
	}
	umi_visit_begin(&show, visit, context);
	while (status == UM_OK && um_ranges_next(&ranges, UINT64_MAX, &piece)) {
		struct um_result there = reach(bytes, piece.start, piece.length);

		if (there.done != 0 &&
		    !umi_visit_add(&show, (struct um_block){ bytes->data + piece.start.value, there.done, false }))
			break;
		status = there.status;
	}
	return umi_visit_end(&show, status);
}

static void *bytes_direct(struct um_space *space, um_addr addr, size_t n)
{
	struct um_bytes *bytes = bytes_of(space);

	return reach(bytes, addr, n).status == UM_OK ? bytes->data + addr.value : NULL;
}

static const struct um_space_ops bytes_ops = {
	.size = sizeof(struct um_space_ops),
	.name = "bytes",
	.copy_in = bytes_copy_in,
	.copy_out = bytes_copy_out,
	.fill = bytes_fill,
	.atomic = bytes_atomic,
	.populate = bytes_check,
	.check = bytes_check,
	.visit = bytes_visit,
	.direct = bytes_direct,
};

void um_bytes_init(struct um_bytes *bytes, void *data, size_t size)
{
	*bytes = (struct um_bytes){
		.space = {
			.ops = &bytes_ops,
			.first = { 0 },
			.last = { UINT64_MAX },
			.can = UM_CAN_WRITE | UM_CAN_ATOMIC | UM_CAN_SINGLE | UM_CAN_NOFAULT | UM_CAN_CHECK | UM_CAN_VISIT,
		},
		.data = data,
		.size = size,
	};
}
