/*
 * Structs that grow with the ABI, and things whose header says how long they are.
 *
 * Thread safety and signal safety are those of the space.
 */
#ifndef USERMEM_STRUCT_H
#define USERMEM_STRUCT_H

#include <usermem/space.h>

UM_BEGIN_DECLS

/* The longest user struct that is looked at: a page, as Linux's callers of copy_struct_from_user have it. */
enum { UM_STRUCT_MAX = 4096 };

/*
 * Copies a user struct of user_size bytes into a kernel struct of kernel_size (law 12).  Equal: copied.  User
 * smaller, down to 0: copied, the rest of dst zero (a minimum is the caller's rule).  User larger: the rest
 * must be zero, else UM_TOO_BIG, decided before dst is touched; user_size above UM_STRUCT_MAX: UM_TOO_BIG without a
 * look.  done: bytes copied from the user; 0 when the tail faults or is not zero.  On a fault in the copy
 * dst beyond done is untouched.  kernel_size 0: UM_INVALID.
 */
UM_CHECKED struct um_result um_copy_struct_in(struct um_space *space, void *dst, size_t kernel_size, um_addr src,
                                              size_t user_size, unsigned flags);

/*
 * The mirror.  Equal: copied.  User smaller: its bytes copied, and *cut says whether any byte that was left
 * out was not zero.  User larger: the rest of the user's is zeroed.  *cut is false but in the middle case, and
 * always set.  user_size above UM_STRUCT_MAX: UM_TOO_BIG, nothing touched.  done: bytes of user memory written, zeroes
 * included.  kernel_size 0: UM_INVALID.
 */
UM_CHECKED struct um_result um_copy_struct_out(struct um_space *space, um_addr dst, size_t user_size, const void *src,
                                               size_t kernel_size, bool *cut, unsigned flags);

/*
 * All `total` bytes of something at src whose first header_size were fetched before: those come from `header`,
 * never from memory again, so what was judged is what is used (CVE-2016-6480 and its kin).  total > dst_size:
 * UM_TOO_BIG; total < header_size: UM_INVALID; both before anything is touched.  done counts from the start of
 * dst, header included.  header may be dst itself; otherwise they do not overlap.
 */
UM_CHECKED struct um_result um_copy_body_in(struct um_space *space, void *dst, size_t dst_size, const void *header,
                                            size_t header_size, um_addr src, size_t total, unsigned flags);

UM_END_DECLS

#endif
