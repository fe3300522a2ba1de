/*
 * Terminated things: argument vectors, zero-terminated arrays, numbers written as text.
 *
 * A string alone is um_copy_string_in, in space.h.  Every byte is fetched once and judged in the caller's
 * buffer (law 9).  Thread safety and signal safety are those of the space.
 */
#ifndef USERMEM_TEXT_H
#define USERMEM_TEXT_H

#include <usermem/space.h>

UM_BEGIN_DECLS

/*
 * Copies a NULL-terminated array of string addresses (argv, envp) of address_size 4 or 8 (else UM_INVALID)
 * and its strings, each with its NUL, into buffer.  out[i] points at string i in buffer.  *count strings are
 * whole, whatever the status.  done: bytes of buffer that whole strings use.  side, on failure: UM_FROM the
 * array, UM_TO a string.  More strings than out_count or more bytes than size: UM_TOO_BIG; the terminating
 * NULL needs no place in out.  The array's elements need no alignment.
 */
UM_CHECKED struct um_result um_copy_strings_in(struct um_space *space, char **out, size_t out_count, size_t *count,
                                               char *buffer, size_t size, um_addr array, unsigned address_size,
                                               unsigned flags);

/*
 * Copies elements up to the first all-zero one, which is stored too when there is room for it, but not counted
 * (law 11).  done: elements before the zero one.  limit counts elements, the zero one included: none zero among
 * them is UM_TOO_LONG with done limit.  An element that a hole cuts is not stored: done whole elements, and
 * the status of the hole.  element_size 0 or above 256, or limit 0: UM_INVALID.  dst has room for limit elements.
 * The zero element and the hole compete in address order; up to 256 bytes behind the zero element may be read,
 * never beyond its page or the limit.
 */
UM_CHECKED struct um_result um_copy_terminated_in(struct um_space *space, void *dst, um_addr src, size_t element_size,
                                                  size_t limit, unsigned flags);

/*
 * Up to count white-space separated decimal numbers, as a write to a sysctl file means them.  White space is
 * space and the bytes 9 to 13; a number may have a sign.  done: bytes read, with the white space behind the last
 * number; *found: numbers stored in dst.  No number at all, a bad digit, or one that does not fit: UM_INVALID,
 * done is the offset of the offending token, and the numbers before it are stored.  A number that a fault cuts
 * off is not stored: the status of the fault, done bytes seen before it.  A number that the end of the ranges
 * ends is whole.  The limits of the space are met as a hole is.  Behind the last number that was wanted a hole
 * ends the white space: UM_OK.  Up to 256 bytes behind done may have been read.  count 0: UM_OK, nothing is
 * touched.  (gVisor's CopyInt32StringsInVec.)
 */
UM_CHECKED struct um_result um_copy_int32s_in(struct um_space *space, struct um_ranges src, int32_t *dst, size_t count,
                                              size_t *found, unsigned flags);

UM_END_DECLS

#endif
