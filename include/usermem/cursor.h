/*
 * Memory held as a slice, and consumed by cursors.
 *
 * Reading consumes: each byte of a slice is delivered at most once (law 9).
 *
 *     // Wrong: the length that was judged need not be the length that is used.
 *     um_copy_in(space, &header, addr, sizeof header, 0);
 *     if (header.length <= sizeof buffer)
 *             um_copy_in(space, buffer, addr, header.length, 0);    // fetches the header again
 *
 *     // Right: what was judged is consumed, and the rest follows it.
 *     struct um_slice slice = um_slice_of(space, addr, length, 0);
 *     struct um_reader reader = um_slice_reader(&slice);
 *     um_read_value(&reader, &header, sizeof header);
 *     if (header.length <= sizeof buffer)
 *             um_read(&reader, buffer, header.length);
 *
 * Making a slice checks nothing, touches nothing and cannot fail (law 1).  A cursor moves by exactly what was
 * done.  "Exactly n" asks its window first and fails with UM_WINDOW, done 0, before touching anything; "some"
 * does the shorter of what was asked and what there is (law 7).  n 0 is UM_OK and touches nothing.
 *
 * A cursor belongs to one thread.  C cannot stop a cursor from being copied by assignment; do not.
 */
#ifndef USERMEM_CURSOR_H
#define USERMEM_CURSOR_H

#include <usermem/ranges.h>
#include <usermem/space.h>

UM_BEGIN_DECLS

struct um_slice {
	struct um_space *space;
	struct um_ranges ranges;
	unsigned flags; /* of every access through it */
};
struct um_reader {
	struct um_slice left;
};
struct um_writer {
	struct um_slice left;
};

/* The largest object of um_read_value and um_write_value: what their scratch holds (law 7). */
enum { UM_VALUE_MAX = 256 };

struct um_slice um_slice_of(struct um_space *space, um_addr start, size_t length, unsigned flags);
struct um_slice um_slice_from(struct um_space *space, struct um_ranges ranges, unsigned flags);

/* Each empties the slice it is given: a byte has one reader.  The last is for a request that is read and then
 * answered in place (_IOWR): one reader and one writer over the same bytes. */
struct um_reader um_slice_reader(struct um_slice *take);
struct um_writer um_slice_writer(struct um_slice *take);
void um_slice_reader_writer(struct um_slice *take, struct um_reader *reader, struct um_writer *writer);

/* Bytes left in the window; how many of them are mapped, only reading tells. */
uint64_t um_reader_left(const struct um_reader *reader);

UM_CHECKED struct um_result um_read(struct um_reader *reader, void *dst, size_t n);
UM_CHECKED struct um_result um_read_some(struct um_reader *reader, void *dst, size_t n); /* UM_OK with done < n: the end */

/* All or nothing: on failure object and cursor are as they were, done 0 (law 7).  size 0 or > UM_VALUE_MAX:
 * UM_INVALID; larger objects are read with um_read.  1, 2, 4 or 8 aligned bytes are one access where the space
 * can (UM_CAN_SINGLE) and the range is not cut in between. */
UM_CHECKED struct um_result um_read_value(struct um_reader *reader, void *object, size_t size);

/* As um_copy_string_in (law 10), also across the ranges of a list.  The cursor moves by done + 1 when found, by
 * done on a fault, by limit when too long.  At its own end: UM_WINDOW; at a tie too long wins. */
UM_CHECKED struct um_result um_read_string(struct um_reader *reader, char *dst, size_t limit);

UM_CHECKED enum um_status um_reader_skip(struct um_reader *reader, uint64_t n); /* UM_WINDOW: unmoved */
void um_reader_limit(struct um_reader *reader, uint64_t most);                  /* only ever shrinks */

/* The first n bytes become a cursor of their own, and this one goes on behind them.  UM_WINDOW: unmoved, and
 * *taken untouched. */
UM_CHECKED enum um_status um_reader_take(struct um_reader *reader, uint64_t n, struct um_reader *taken);

/* A second cursor at the same place: the one way to see a byte twice, and named so.  The program may change the
 * bytes between the two looks: nothing that was judged at the first is true at the second. */
struct um_reader um_reader_refetch(const struct um_reader *reader);

uint64_t um_writer_left(const struct um_writer *writer);
UM_CHECKED struct um_result um_write(struct um_writer *writer, const void *src, size_t n);
UM_CHECKED struct um_result um_write_some(struct um_writer *writer, const void *src, size_t n); /* UM_OK with done < n: the end */
/* A put that fails leaves the cursor where it was, done 0, and may have written part of the user's object. */
UM_CHECKED struct um_result um_write_value(struct um_writer *writer, const void *object, size_t size);
UM_CHECKED struct um_result um_write_fill(struct um_writer *writer, uint8_t byte, uint64_t n); /* exactly n */
UM_CHECKED enum um_status um_writer_skip(struct um_writer *writer, uint64_t n);
void um_writer_limit(struct um_writer *writer, uint64_t most);
UM_CHECKED enum um_status um_writer_take(struct um_writer *writer, uint64_t n, struct um_writer *taken);

/*
 * From one cursor to another, the shortest of the two and `most`: user to user, or, with a bytes space on one
 * side, between user and kernel buffer.  Both cursors advance by done; side says whose fault it was.  Up to
 * 256 bytes beyond done may have been read (law 9): a retry reads them again.
 */
UM_CHECKED struct um_result um_transfer(struct um_writer *to, struct um_reader *from, uint64_t most);

UM_END_DECLS

#endif
