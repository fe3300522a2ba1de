/* Memory of this process that stands for a user's; see own.h. */
#include "own.h"

enum { ATTEMPTS = 128 };

void umi_own_move(void *dst, const void *src, size_t n, bool in)
{
	if (!umi_move_once(dst, src, n, in))
		__builtin_memmove(dst, src, n);
}

/* Behind a store, so that no later load passes it.  x86-64's locked instructions need nothing more. */
static void order(void)
{
#ifndef __x86_64__
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
}

#define DEFINE_LOAD_AND_STORE(width) \
	static enum um_status load_or_store##width(byte##width *word, struct um_atomic_access *access) \
	{ \
		if (access->op == UM_LOAD) { \
			access->old = __atomic_load_n(word, __ATOMIC_SEQ_CST); \
			return UM_OK; \
		} \
		__atomic_store_n(word, (byte##width)access->operand, __ATOMIC_SEQ_CST); \
		order(); \
		return UM_OK; \
	}
DEFINE_LOAD_AND_STORE(1)
DEFINE_LOAD_AND_STORE(2)
DEFINE_LOAD_AND_STORE(4)
DEFINE_LOAD_AND_STORE(8)
#undef DEFINE_LOAD_AND_STORE

/* What is stored where `old` is. */
static uint64_t made_of(uint64_t old, const struct um_atomic_access *access)
{
	switch (access->op) {
	case UM_ADD: return old + access->operand;
	case UM_AND: return old & access->operand;
	case UM_OR: return old | access->operand;
	case UM_XOR: return old ^ access->operand;
	default: return access->operand;
	}
}

/* By attempts, since a loop of the compiler's would go on for as long as others change the word. */
#define DEFINE_MODIFY(width) \
	static enum um_status modify##width(byte##width *word, struct um_atomic_access *access) \
	{ \
		byte##width old = __atomic_load_n(word, __ATOMIC_SEQ_CST); \
		unsigned left = ATTEMPTS; \
\
		while (access->op != UM_CAS || old == (byte##width)access->expected) { \
			if (left-- == 0) \
				return UM_AGAIN; \
			if (__atomic_compare_exchange_n(word, &old, (byte##width)made_of(old, access), true, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) { \
				order(); \
				break; \
			} \
		} \
		access->old = old; \
		return UM_OK; \
	}
DEFINE_MODIFY(4)
DEFINE_MODIFY(8)
#undef DEFINE_MODIFY

enum um_status umi_own_access(void *word, struct um_atomic_access *access)
{
	bool modifies = access->op != UM_LOAD && access->op != UM_STORE;

	switch (access->size) {
	case 1: return load_or_store1(word, access);
	case 2: return load_or_store2(word, access);
	case 4: return modifies ? modify4(word, access) : load_or_store4(word, access);
	default: return modifies ? modify8(word, access) : load_or_store8(word, access);
	}
}
