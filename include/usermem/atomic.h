/*
 * One access, never torn, never retried in the dark: thin names over um_atomic (space.h), where the contract
 * stands (law 16).  A compare that fails is UM_OK with *old != expected.  *value and *old are untouched unless
 * UM_OK.  UM_AGAIN may come wherever one is made of attempts, of which there is a bounded number; the caller decides whether to try again.
 *
 * Not a substitute for um_copy_in of a futex word, but what um_copy_in must not be used for.
 */
#ifndef USERMEM_ATOMIC_H
#define USERMEM_ATOMIC_H

#include <usermem/space.h>

UM_BEGIN_DECLS

UM_CHECKED enum um_status um_load8(struct um_space *space, um_addr addr, uint8_t *value, unsigned flags);
UM_CHECKED enum um_status um_load16(struct um_space *space, um_addr addr, uint16_t *value, unsigned flags);
UM_CHECKED enum um_status um_load32(struct um_space *space, um_addr addr, uint32_t *value, unsigned flags);
UM_CHECKED enum um_status um_load64(struct um_space *space, um_addr addr, uint64_t *value, unsigned flags);

UM_CHECKED enum um_status um_store8(struct um_space *space, um_addr addr, uint8_t value, unsigned flags);
UM_CHECKED enum um_status um_store16(struct um_space *space, um_addr addr, uint16_t value, unsigned flags);
UM_CHECKED enum um_status um_store32(struct um_space *space, um_addr addr, uint32_t value, unsigned flags);
UM_CHECKED enum um_status um_store64(struct um_space *space, um_addr addr, uint64_t value, unsigned flags);

UM_CHECKED enum um_status um_swap32(struct um_space *space, um_addr addr, uint32_t value, uint32_t *old, unsigned flags);
UM_CHECKED enum um_status um_swap64(struct um_space *space, um_addr addr, uint64_t value, uint64_t *old, unsigned flags);
UM_CHECKED enum um_status um_cas32(struct um_space *space, um_addr addr, uint32_t expected, uint32_t desired, uint32_t *old, unsigned flags);
UM_CHECKED enum um_status um_cas64(struct um_space *space, um_addr addr, uint64_t expected, uint64_t desired, uint64_t *old, unsigned flags);
UM_CHECKED enum um_status um_fetch_add32(struct um_space *space, um_addr addr, uint32_t n, uint32_t *old, unsigned flags);
UM_CHECKED enum um_status um_fetch_add64(struct um_space *space, um_addr addr, uint64_t n, uint64_t *old, unsigned flags);
UM_CHECKED enum um_status um_fetch_and32(struct um_space *space, um_addr addr, uint32_t bits, uint32_t *old, unsigned flags);
UM_CHECKED enum um_status um_fetch_and64(struct um_space *space, um_addr addr, uint64_t bits, uint64_t *old, unsigned flags);
UM_CHECKED enum um_status um_fetch_or32(struct um_space *space, um_addr addr, uint32_t bits, uint32_t *old, unsigned flags);
UM_CHECKED enum um_status um_fetch_or64(struct um_space *space, um_addr addr, uint64_t bits, uint64_t *old, unsigned flags);
UM_CHECKED enum um_status um_fetch_xor32(struct um_space *space, um_addr addr, uint32_t bits, uint32_t *old, unsigned flags);
UM_CHECKED enum um_status um_fetch_xor64(struct um_space *space, um_addr addr, uint64_t bits, uint64_t *old, unsigned flags);

UM_END_DECLS

#endif
