/* Memory of this process that stands for a user's: bytes, the pages of mm, the slots of guest.  It is there, so plain loads
 * and stores do, but a word is moved at once (UM_CAN_SINGLE) and single accesses are atomic. */
#ifndef USERMEM_SPACES_OWN_H
#define USERMEM_SPACES_OWN_H

#include <usermem/access.h>
#include <usermem/status.h>

typedef uint8_t __attribute__((may_alias)) byte1;
typedef uint16_t __attribute__((may_alias)) byte2;
typedef uint32_t __attribute__((may_alias)) byte4;
typedef uint64_t __attribute__((may_alias)) byte8;

/* One load and one store of n bytes where n is a width and the user's side is aligned to it (UM_CAN_SINGLE).  memcpy
 * alone would not do: it may go by bytes (CVE-2020-13759).  in: the user's side is src. */
static inline __attribute__((always_inline)) bool umi_move_once(void *dst, const void *src, size_t n, bool in)
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

/* n bytes, whatever they are; both sides may be the user's, and overlap. */
void umi_own_move(void *dst, const void *src, size_t n, bool in);

/* On a word that is there and aligned: op and size were judged.  Law 16; UM_OK or UM_AGAIN.  A compare that fails stores nothing. */
enum um_status umi_own_access(void *word, struct um_atomic_access *access);

#endif
