/* Thin names over um_atomic; the contracts are in atomic.h and space.h. */
#include <usermem/atomic.h>
#include "space.h"

/* What is done to how many bytes, in one register. */
#define WHAT(op, bits) ((unsigned)(op) << 4 | bits / 8)

static inline void tell(void *old, unsigned size, uint64_t value)
{
	switch (size) {
	case 1: *(uint8_t *)old = (uint8_t)value; break;
	case 2: *(uint16_t *)old = (uint16_t)value; break;
	case 4: *(uint32_t *)old = (uint32_t)value; break;
	default: *(uint64_t *)old = value; break;
	}
}

/* What was there is told only if the access was done.  old: of the size; NULL: not wanted. */
UMI_SPECIALISED enum um_status single(struct um_space *space, um_addr addr, uint64_t operand, void *old, unsigned flags, unsigned what, uint64_t expected)
{
	struct um_atomic_access access = {
		.op = (enum um_atomic_op)(what >> 4), .size = what & 15, .operand = operand, .expected = expected,
	};
	enum um_status status = um_atomic(space, addr, &access, flags);

	if (status == UM_OK && old)
		tell(old, what & 15, access.old);
	return status;
}

#define DEFINE_LOAD_AND_STORE(bits) \
	enum um_status um_load##bits(struct um_space *space, um_addr addr, uint##bits##_t *old, unsigned flags) \
	{ \
		return single(space, addr, 0, old, flags, WHAT(UM_LOAD, bits), 0); \
	} \
	enum um_status um_store##bits(struct um_space *space, um_addr addr, uint##bits##_t value, unsigned flags) \
	{ \
		return single(space, addr, value, NULL, flags, WHAT(UM_STORE, bits), 0); \
	}

#define DEFINE_FETCH(name, op, bits) \
	enum um_status um_##name##bits(struct um_space *space, um_addr addr, uint##bits##_t n, uint##bits##_t *old, unsigned flags) \
	{ \
		return single(space, addr, n, old, flags, WHAT(op, bits), 0); \
	}

#define DEFINE_READ_MODIFY_WRITE(bits) \
	DEFINE_FETCH(swap, UM_SWAP, bits) \
	DEFINE_FETCH(fetch_add, UM_ADD, bits) \
	DEFINE_FETCH(fetch_and, UM_AND, bits) \
	DEFINE_FETCH(fetch_or, UM_OR, bits) \
	DEFINE_FETCH(fetch_xor, UM_XOR, bits) \
	enum um_status um_cas##bits(struct um_space *space, um_addr addr, uint##bits##_t expected, uint##bits##_t desired, \
	                            uint##bits##_t *old, unsigned flags) \
	{ \
		return single(space, addr, desired, old, flags, WHAT(UM_CAS, bits), expected); \
	}

DEFINE_LOAD_AND_STORE(8)
DEFINE_LOAD_AND_STORE(16)
DEFINE_LOAD_AND_STORE(32)
DEFINE_LOAD_AND_STORE(64)
DEFINE_READ_MODIFY_WRITE(32)
DEFINE_READ_MODIFY_WRITE(64)
