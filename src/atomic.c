/* Thin names over um_atomic; the contracts are in atomic.h and space.h. */
#include <usermem/atomic.h>

/* What was there is told only if the access was done. */
#define FETCH(bits, what, ...) \
	{ \
		struct um_atomic_access access = { .op = what, .size = bits / 8, __VA_ARGS__ }; \
		enum um_status status = um_atomic(space, addr, &access, flags); \
\
		if (status == UM_OK) \
			*old = (uint##bits##_t)access.old; \
		return status; \
	}

#define DEFINE_LOAD_AND_STORE(bits) \
	enum um_status um_load##bits(struct um_space *space, um_addr addr, uint##bits##_t *old, unsigned flags) \
	FETCH(bits, UM_LOAD, .operand = 0) \
	enum um_status um_store##bits(struct um_space *space, um_addr addr, uint##bits##_t value, unsigned flags) \
	{ \
		struct um_atomic_access access = { .op = UM_STORE, .size = bits / 8, .operand = value }; \
\
		return um_atomic(space, addr, &access, flags); \
	}

#define DEFINE_FETCH(name, what, bits) \
	enum um_status um_##name##bits(struct um_space *space, um_addr addr, uint##bits##_t n, uint##bits##_t *old, unsigned flags) \
	FETCH(bits, what, .operand = n)

#define DEFINE_READ_MODIFY_WRITE(bits) \
	DEFINE_FETCH(swap, UM_SWAP, bits) \
	DEFINE_FETCH(fetch_add, UM_ADD, bits) \
	DEFINE_FETCH(fetch_and, UM_AND, bits) \
	DEFINE_FETCH(fetch_or, UM_OR, bits) \
	DEFINE_FETCH(fetch_xor, UM_XOR, bits) \
	enum um_status um_cas##bits(struct um_space *space, um_addr addr, uint##bits##_t expected, uint##bits##_t desired, \
	                            uint##bits##_t *old, unsigned flags) \
	FETCH(bits, UM_CAS, .operand = desired, .expected = expected)

DEFINE_LOAD_AND_STORE(8)
DEFINE_LOAD_AND_STORE(16)
DEFINE_LOAD_AND_STORE(32)
DEFINE_LOAD_AND_STORE(64)
DEFINE_READ_MODIFY_WRITE(32)
DEFINE_READ_MODIFY_WRITE(64)
