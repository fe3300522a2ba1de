/* Memory of this process that stands for a user's; see own.h. */
#include "own.h"

void umi_own_move(void *dst, const void *src, size_t n, bool in)
{
	if (!umi_move_once(dst, src, n, in))
		__builtin_memmove(dst, src, n);
}

/* Of 1 and 2 bytes there is nothing else (law 16). */
#define DEFINE_LOAD_AND_STORE(width) \
	static void access##width(byte##width *word, struct um_atomic_access *access) \
	{ \
		if (access->op == UM_STORE) \
			__atomic_store_n(word, (byte##width)access->operand, __ATOMIC_SEQ_CST); \
		else \
			access->old = __atomic_load_n(word, __ATOMIC_SEQ_CST); \
	}
DEFINE_LOAD_AND_STORE(1)
DEFINE_LOAD_AND_STORE(2)
#undef DEFINE_LOAD_AND_STORE

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
DEFINE_ACCESS(4)
DEFINE_ACCESS(8)
#undef DEFINE_ACCESS

void umi_own_access(void *word, struct um_atomic_access *access)
{
	switch (access->size) {
	case 1: access1(word, access); break;
	case 2: access2(word, access); break;
	case 4: access4(word, access); break;
	default: access8(word, access); break;
	}
}
