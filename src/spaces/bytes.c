/* A buffer that poses as a space; the contract is in bytes.h. */
#include <usermem/spaces/bytes.h>
#include "../visit.h"

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

typedef uint8_t __attribute__((may_alias)) byte1;
typedef uint16_t __attribute__((may_alias)) byte2;
typedef uint32_t __attribute__((may_alias)) byte4;
typedef uint64_t __attribute__((may_alias)) byte8;

/* One load and one store of n bytes where n is a width and the user's side is aligned to it (UM_CAN_SINGLE).  memcpy
 * alone would not do: it may go by bytes (CVE-2020-13759).  in: the user's side is src. */
static inline __attribute__((always_inline)) bool move_once(void *dst, const void *src, size_t n, bool in)
{
#define ONCE(width) \
	if (__builtin_expect(n == width, 1)) { \
		byte##width value; \
		if (in) { \
			value = __atomic_load_n((const byte##width *)src, __ATOMIC_RELAXED); \
			__builtin_memcpy(dst, &value, width); \
		} else { \
			__builtin_memcpy(&value, src, width); \
			__atomic_store_n((byte##width *)dst, value, __ATOMIC_RELAXED); \
		} \
		return true; \
	}
	if (n > 8 || ((uintptr_t)(in ? src : dst) & (n - 1)) != 0)
		return false;
	ONCE(8)
	ONCE(4)
	ONCE(2)
	ONCE(1)
	return false;
#undef ONCE
}

/* What is no word that is there.  Both sides of um_copy may be in one buffer, and overlap. */
static __attribute__((noinline)) struct um_result move_bytes(const struct um_bytes *bytes, um_addr addr, void *ours, size_t n, bool in)
{
	struct um_result result = reach(bytes, addr, n);
	unsigned char *user;

	if (result.done == 0)
		return result;
	user = bytes->data + addr.value;
	if (in && !move_once(ours, user, result.done, true))
		__builtin_memmove(ours, user, result.done);
	if (!in && !move_once(user, ours, result.done, false))
		__builtin_memmove(user, ours, result.done);
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
	if (holds(bytes, src, n) && move_once(dst, bytes->data + src.value, n, true))
		return whole;
	return move_bytes(bytes, src, dst, n, true);
}

static struct um_result bytes_copy_out(struct um_space *space, um_addr dst, const void *src, size_t n, unsigned flags)
{
	struct um_bytes *bytes = bytes_of(space);
	struct um_result whole = { n, UM_OK, UM_ONLY_SIDE };

	(void)flags;
	if (holds(bytes, dst, n) && move_once(bytes->data + dst.value, src, n, false))
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

/* One access of a width, on a word that is there and aligned.  A compare that fails stores nothing. */
#define DEFINE_ACCESS(width) \
	static void access##width(byte##width *word, struct um_atomic_access *access) \
	{ \
		byte##width operand = (byte##width)access->operand, old = (byte##width)access->expected; \
\
		switch (access->op) { \
		case UM_LOAD: old = __atomic_load_n(word, __ATOMIC_SEQ_CST); break; \
		case UM_STORE: __atomic_store_n(word, operand, __ATOMIC_SEQ_CST); return; \
		case UM_SWAP: old = __atomic_exchange_n(word, operand, __ATOMIC_SEQ_CST); break; \
		case UM_CAS: __atomic_compare_exchange_n(word, &old, operand, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST); break; \
		case UM_ADD: old = __atomic_fetch_add(word, operand, __ATOMIC_SEQ_CST); break; \
		case UM_AND: old = __atomic_fetch_and(word, operand, __ATOMIC_SEQ_CST); break; \
		case UM_OR: old = __atomic_fetch_or(word, operand, __ATOMIC_SEQ_CST); break; \
		case UM_XOR: old = __atomic_fetch_xor(word, operand, __ATOMIC_SEQ_CST); break; \
		} \
		access->old = old; \
	}
DEFINE_ACCESS(1)
DEFINE_ACCESS(2)
DEFINE_ACCESS(4)
DEFINE_ACCESS(8)
#undef DEFINE_ACCESS

static enum um_status bytes_atomic(struct um_space *space, um_addr addr, struct um_atomic_access *access, unsigned flags)
{
	struct um_bytes *bytes = bytes_of(space);
	struct um_result result = reach(bytes, addr, access->size);
	unsigned char *word;

	(void)flags;
	if (((uintptr_t)bytes->data + addr.value) % access->size != 0)
		return UM_MISALIGNED;
	if (result.status != UM_OK)
		return result.status;
	word = bytes->data + addr.value;
	switch (access->size) {
	case 1: access1((byte1 *)word, access); break;
	case 2: access2((byte2 *)word, access); break;
	case 4: access4((byte4 *)word, access); break;
	default: access8((byte8 *)word, access); break;
	}
	return UM_OK;
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
	if (umi_visit_is_flat(&ranges)) {
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
