/*
 * Lists of buffers, fetched once (law 11).
 */
#ifndef USERMEM_IOVEC_H
#define USERMEM_IOVEC_H

#include <usermem/space.h>

UM_BEGIN_DECLS

enum {
	UM_IOV_MAX = 1024,             /* entries, as Linux's UIO_MAXIOV */
	UM_IOV_BYTES_MAX = 0x7ffff000, /* bytes in all, as Linux's MAX_RW_COUNT */
};

/*
 * Fetches count entries {base, length} of two words of address_size 4 or 8 (else UM_INVALID) into storage and
 * makes *out of them.  The order of judgement is Linux's: count 0 is UM_OK and the array is not looked at;
 * count > UM_IOV_MAX or > storage_count: UM_INVALID, nothing fetched; the array, by its fault; then all lengths, a
 * negative one (of its own width) being UM_INVALID; then all bases, of empty entries too, against the limits of
 * the space (UM_RANGE).  Last the total is cut to UM_IOV_BYTES_MAX.  done: entries that were fetched, or that
 * are before the bad one.  *out is empty unless UM_OK.  storage is kept by *out and must outlive it.
 */
UM_CHECKED struct um_result um_import_iovec(struct um_space *space, um_addr array, size_t count, unsigned address_size,
                                            struct um_range *storage, size_t storage_count, struct um_ranges *out,
                                            unsigned flags);

UM_END_DECLS

#endif
