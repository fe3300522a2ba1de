/*
 * What follows from copy in and copy out: between spaces, compare, search.
 *
 * Thread safety and signal safety are those of the spaces.  No call allocates; each uses at most 256
 * bytes of scratch on the stack, which never leaves it (law 13).
 */
#ifndef USERMEM_COPY_H
#define USERMEM_COPY_H

#include <usermem/space.h>

UM_BEGIN_DECLS

/*
 * Copies n bytes between two spaces, or within one: upwards, in pieces of unspecified size; what lies in an
 * overlap is unspecified.  done: exact, on both sides; side says whose fault it was.  Up to 256 bytes of the
 * source beyond done may have been read, and nothing was decided by them (law 9).  The limits of both spaces
 * are judged before either is touched: of two bad sides the source is named.
 */
UM_CHECKED struct um_result um_copy(struct um_space *to, um_addr dst, struct um_space *from, um_addr src, size_t n, unsigned flags);

/*
 * Three questions about n bytes of user memory.  UM_OK: the answer is known; done is the index of the byte that
 * decided it, or n.  Otherwise *answer is untouched and done is the number of bytes that were seen before the
 * hole or the limit of the space.  Bytes behind the one that decided may have been read, up to 256.
 */
/* Are they the n bytes at `with`? */
UM_CHECKED struct um_result um_compare(struct um_space *space, um_addr addr, const void *with, size_t n, bool *equal, unsigned flags);
/* Is one of them `byte`?  done is the first one's index. */
UM_CHECKED struct um_result um_find_byte(struct um_space *space, um_addr addr, uint8_t byte, size_t n, bool *found, unsigned flags);
/* Are they all zero? */
UM_CHECKED struct um_result um_is_zero(struct um_space *space, um_addr addr, size_t n, bool *zero, unsigned flags);

UM_END_DECLS

#endif
