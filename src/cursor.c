/* Slices and cursors; the contracts are in cursor.h. */
#include <usermem/cursor.h>
#include <usermem/fault.h>
#include <usermem/ptr.h>
#include "copy.h"
#include "fetch.h"
#include "ranges.h"

/* ---------------------------------------------------------------- slices */

struct um_slice um_slice_of(struct um_space *space, um_addr start, size_t length, unsigned flags)
{
	return um_slice_from(space, um_ranges_of(start, length), flags);
}

struct um_slice um_slice_from(struct um_space *space, struct um_ranges ranges, unsigned flags)
{
	struct um_slice slice = { space, ranges, flags };

	return slice;
}

static struct um_slice take_all(struct um_slice *slice)
{
	struct um_slice taken = *slice;

	um_ranges_limit(&slice->ranges, 0);
	return taken;
}

struct um_reader um_slice_reader(struct um_slice *take)
{
	struct um_reader reader = { take_all(take) };

	return reader;
}

struct um_writer um_slice_writer(struct um_slice *take)
{
	struct um_writer writer = { take_all(take) };

	return writer;
}

void um_slice_reader_writer(struct um_slice *take, struct um_reader *reader, struct um_writer *writer)
{
	struct um_slice taken = take_all(take);

	reader->left = taken;
	writer->left = taken;
}

/* ---------------------------------------------------------------- what both cursors do */

/* Never more than is left. */
static void advance(struct um_slice *left, uint64_t done)
{
	struct um_range piece;

	while (umi_ranges_next(&left->ranges, done, &piece))
		done -= piece.length;
}

static enum um_status take(struct um_slice *left, uint64_t n, struct um_slice *taken)
{
	struct um_slice front = *left;
	enum um_status status = um_ranges_skip(&left->ranges, n);

	if (status != UM_OK)
		return status;
	um_ranges_limit(&front.ranges, n);
	*taken = front;
	return UM_OK;
}

static bool holds(const struct um_slice *left, uint64_t n)
{
	return n <= left->ranges.length;
}

static const struct um_result window = { 0, UM_WINDOW, UM_ONLY_SIDE };
static const struct um_result invalid = { 0, UM_INVALID, UM_ONLY_SIDE };

/* ours: as of umi_move. */
UMI_SPECIALISED struct um_result move_pieces(const struct um_slice *left, void *ours, uint64_t n, enum umi_direction direction)
{
	if (direction == UMI_IN)
		return um_copy_in_ranges(left->space, ours, n, left->ranges, left->flags);
	if (direction == UMI_OUT)
		return um_copy_out_ranges(left->space, left->ranges, ours, n, left->flags);
	return um_fill_ranges(left->space, left->ranges, *(const uint8_t *)ours, n, left->flags);
}

/* A value in one piece is one flat call, which a space that can makes one access; a value that is read goes through a scratch
 * where it might come in parts. */
UMI_SPECIALISED struct um_result move_value(struct um_slice *left, void *object, size_t size, enum umi_direction direction)
{
	struct um_ranges ahead = left->ranges;
	unsigned char scratch[UM_VALUE_MAX];
	void *ours = direction == UMI_IN ? scratch : object;
	struct um_range piece;
	struct um_result result;

	if (size == 0 || size > UM_VALUE_MAX)
		return invalid;
	if (!holds(left, size))
		return window;
	if (!um_ranges_next(&ahead, size, &piece) || piece.length != size)
		result = move_pieces(left, ours, size, direction);
	else if (direction == UMI_IN && !UMI_SMALL)
		result = um_get_object(left->space, piece.start, ours = object, size, left->flags);
	else
		result = umi_move(left->space, ours, piece.start, size, left->flags, direction);
	if (result.status != UM_OK)
		return umi_result(0, result.status, UM_ONLY_SIDE);
	if (ours != object)
		__builtin_memcpy(object, scratch, size);
	advance(left, size);
	return result;
}

/* The next n bytes, or as many as are left. */
UMI_SPECIALISED struct um_result move_some(struct um_slice *left, void *ours, uint64_t n, enum umi_direction direction)
{
	struct um_result result = move_pieces(left, ours, n, direction);

	advance(left, result.done);
	return result;
}

/* ---------------------------------------------------------------- reading */

uint64_t um_reader_left(const struct um_reader *reader)
{
	return reader->left.ranges.length;
}

struct um_result um_read(struct um_reader *reader, void *dst, size_t n)
{
	return holds(&reader->left, n) ? um_read_some(reader, dst, n) : window;
}

struct um_result um_read_some(struct um_reader *reader, void *dst, size_t n)
{
	return move_some(&reader->left, dst, n, UMI_IN);
}

struct um_result um_read_value(struct um_reader *reader, void *object, size_t size)
{
	return move_value(&reader->left, object, size, UMI_IN);
}

struct um_result um_read_string(struct um_reader *reader, char *dst, size_t limit)
{
	struct um_slice *left = &reader->left;
	struct um_ranges ahead = left->ranges;
	struct um_result result = window;
	struct um_range piece;

	if (limit == 0)
		return invalid;
	dst[0] = '\0';
	while (result.status == UM_WINDOW && um_ranges_next(&ahead, limit - result.done, &piece)) {
		struct um_result part = umi_string_within(left->space, dst + result.done, piece.start, limit - result.done, left->flags,
		                                          umi_result_of(piece.length, UM_WINDOW));

		part.done += result.done;
		result = part;
	}
	/* Found and too long have both consumed one byte more: the NUL, or the byte that the terminator took the place of. */
	advance(left, result.done + (result.status == UM_OK || result.status == UM_TOO_LONG));
	return result;
}

enum um_status um_reader_skip(struct um_reader *reader, uint64_t n)
{
	return um_ranges_skip(&reader->left.ranges, n);
}

void um_reader_limit(struct um_reader *reader, uint64_t most)
{
	um_ranges_limit(&reader->left.ranges, most);
}

enum um_status um_reader_take(struct um_reader *reader, uint64_t n, struct um_reader *taken)
{
	return take(&reader->left, n, &taken->left);
}

struct um_reader um_reader_refetch(const struct um_reader *reader)
{
	return *reader;
}

/* ---------------------------------------------------------------- writing */

uint64_t um_writer_left(const struct um_writer *writer)
{
	return writer->left.ranges.length;
}

struct um_result um_write(struct um_writer *writer, const void *src, size_t n)
{
	return holds(&writer->left, n) ? um_write_some(writer, src, n) : window;
}

struct um_result um_write_some(struct um_writer *writer, const void *src, size_t n)
{
	return move_some(&writer->left, (void *)(uintptr_t)src, n, UMI_OUT);
}

struct um_result um_write_value(struct um_writer *writer, const void *object, size_t size)
{
	return move_value(&writer->left, (void *)(uintptr_t)object, size, UMI_OUT);
}

struct um_result um_write_fill(struct um_writer *writer, uint8_t byte, uint64_t n)
{
	return holds(&writer->left, n) ? move_some(&writer->left, &byte, n, UMI_FILL) : window;
}

enum um_status um_writer_skip(struct um_writer *writer, uint64_t n)
{
	return um_ranges_skip(&writer->left.ranges, n);
}

void um_writer_limit(struct um_writer *writer, uint64_t most)
{
	um_ranges_limit(&writer->left.ranges, most);
}

enum um_status um_writer_take(struct um_writer *writer, uint64_t n, struct um_writer *taken)
{
	return take(&writer->left, n, &taken->left);
}

/* ---------------------------------------------------------------- both at once */

static __attribute__((noinline)) struct um_result transfer_lists(struct um_slice *to, struct um_slice *from, uint64_t most)
{
	struct copy_side dst = { to->space, &to->ranges, to->flags };
	struct copy_side src = { from->space, &from->ranges, from->flags };
	struct um_result result = umi_copy_ranges(dst, src, most);

	advance(to, result.done);
	advance(from, result.done);
	return result;
}

/* The next n bytes of a slice, where they are in this process.  NULL also where the cursor could not go on behind them. */
static void *direct(const struct um_slice *left, uint64_t n, unsigned need)
{
	um_addr start = left->ranges.head.start, end;

	if (n > left->ranges.head.length || !um_addr_add(start, n, &end))
		return NULL;
	return umi_direct(left->space, start, n, left->flags, need);
}

/* Drops n bytes of the current range; with -n, takes back the last n. */
static void move(struct um_ranges *ranges, uint64_t n)
{
	ranges->head.start.value += n;
	ranges->head.length -= n;
	ranges->length -= n;
}

/* Both cursors move before the copy: to look at them behind it would be to wait for its last store. */
struct um_result um_transfer(struct um_writer *to, struct um_reader *from, uint64_t most)
{
	struct um_slice *dst = &to->left, *src = &from->left;
	uint64_t n = umi_least(most, umi_least(dst->ranges.length, src->ranges.length));
	void *in = direct(src, n, 0), *out = in ? direct(dst, n, UM_CAN_WRITE) : NULL;
	struct um_result result;

	if (!out)
		return transfer_lists(dst, src, most);
	move(&dst->ranges, n);
	move(&src->ranges, n);
	result = um_raw_copy((uintptr_t)out, (uintptr_t)in, n, dst->flags | src->flags);
	if (result.status != UM_OK) {
		move(&dst->ranges, result.done - n);
		move(&src->ranges, result.done - n);
	}
	return result;
}
