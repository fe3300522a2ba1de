/* Between spaces, and through memory in search of something; the contracts are in copy.h. */
#include <usermem/copy.h>
#include <usermem/fault.h>
#include "copy.h"
#include "fetch.h"

/* ---------------------------------------------------------------- a piece that is contiguous on both sides */

struct place {
	struct um_space *space;
	um_addr addr; /* of the next byte */
	unsigned flags;
};

struct pair {
	struct place to, from;
	struct um_block source; /* what the visit of `from` shows, for the visit of `to` within it */
};

/* Behind the last byte of all an address wraps, and nothing is copied there any more. */
static struct um_result go_on(struct pair *pair, struct um_result copied, enum um_side side)
{
	pair->to.addr.value += copied.done;
	pair->from.addr.value += copied.done;
	if (copied.status != UM_OK && copied.side == UM_ONLY_SIDE)
		copied.side = side;
	return copied;
}

static bool can_visit(const struct place *place)
{
	return (place->space->can & UM_CAN_VISIT) != 0;
}

static struct um_result bounce(struct pair *pair, size_t n)
{
	unsigned char scratch[UMI_SCRATCH];
	size_t done = 0;

	while (done < n) {
		struct um_result in = um_copy_in(pair->from.space, scratch, pair->from.addr, umi_least(n - done, sizeof scratch), pair->from.flags);
		struct um_result out = um_copy_out(pair->to.space, pair->to.addr, scratch, in.done, pair->to.flags);

		out = go_on(pair, out, UM_TO);
		done += out.done;
		if (out.status != UM_OK)
			return umi_result(done, out.status, UM_TO);
		if (in.status != UM_OK)
			return umi_result(done, in.status, UM_FROM);
	}
	return umi_result(done, UM_OK, UM_ONLY_SIDE);
}

static struct um_result between_blocks(struct pair *pair, struct um_block to)
{
	struct um_result copied = { to.length, UM_OK, UM_ONLY_SIDE };

	if (to.may_fault || pair->source.may_fault)
		copied = um_raw_copy((uintptr_t)to.ptr, (uintptr_t)pair->source.ptr, to.length, pair->to.flags | pair->from.flags);
	else
		__builtin_memmove(to.ptr, pair->source.ptr, to.length);
	pair->source.ptr = (unsigned char *)pair->source.ptr + copied.done;
	return go_on(pair, copied, UM_ONLY_SIDE);
}

/* Blocks of `to`: of all of it, or of what pair->source goes to. */
static struct um_result into_blocks(void *context, const struct um_block *blocks, size_t count)
{
	struct pair *pair = context;
	struct um_result copied = { 0, UM_OK, UM_ONLY_SIDE };
	size_t done = 0, i;

	for (i = 0; i < count && copied.status == UM_OK; i++) {
		if (pair->source.length != 0)
			copied = between_blocks(pair, blocks[i]);
		else if (blocks[i].may_fault)
			copied = bounce(pair, blocks[i].length);
		else
			copied = go_on(pair, um_copy_in(pair->from.space, blocks[i].ptr, pair->from.addr, blocks[i].length, pair->from.flags), UM_FROM);
		done += copied.done;
	}
	copied.done = done;
	return copied;
}

static struct um_result visit_to(struct pair *pair, size_t n)
{
	struct um_result result = um_visit(pair->to.space, um_ranges_of(pair->to.addr, n), UM_WRITE, pair->to.flags, into_blocks, pair);
	unsigned char byte;

	if (result.status == UM_OK || result.side != UM_ONLY_SIDE)
		return result;
	result.side = UM_TO;
	/* The destination ended before the source was asked for that byte: at a tie the source is named. */
	if (pair->source.length == 0 || pair->source.may_fault) {
		struct um_result asked = um_copy_in(pair->from.space, &byte, pair->from.addr, 1, pair->from.flags);

		if (asked.status != UM_OK)
			return umi_result(result.done, asked.status, UM_FROM);
	}
	return result;
}

static struct um_result out_of_blocks(void *context, const struct um_block *blocks, size_t count)
{
	struct pair *pair = context;
	struct um_result copied = { 0, UM_OK, UM_ONLY_SIDE };
	size_t done = 0, i;

	for (i = 0; i < count && copied.status == UM_OK; i++) {
		pair->source = blocks[i];
		if (can_visit(&pair->to))
			copied = visit_to(pair, blocks[i].length);
		else if (blocks[i].may_fault)
			copied = bounce(pair, blocks[i].length);
		else
			copied = go_on(pair, um_copy_out(pair->to.space, pair->to.addr, blocks[i].ptr, blocks[i].length, pair->to.flags), UM_TO);
		done += copied.done;
	}
	copied.done = done;
	return copied;
}

static struct um_result copy_piece(struct pair *pair, size_t n)
{
	struct um_result result;

	pair->source.length = 0;
	if (!can_visit(&pair->from))
		return can_visit(&pair->to) ? visit_to(pair, n) : bounce(pair, n);
	result = um_visit(pair->from.space, um_ranges_of(pair->from.addr, n), UM_READ, pair->from.flags, out_of_blocks, pair);
	if (result.status != UM_OK && result.side == UM_ONLY_SIDE)
		result.side = UM_FROM;
	return result;
}

/* ---------------------------------------------------------------- lists */

static enum um_status next_piece(struct copy_side *side, struct um_range *piece)
{
	if (piece->length != 0 || !um_ranges_next(&side->ranges, UINT64_MAX, piece))
		return UM_OK;
	return um_check(side->space, *piece, 0, side->flags).status;
}

static struct um_result copy_pieces(struct copy_side *to, struct copy_side *from, uint64_t n)
{
	struct um_range src = { { 0 }, 0 }, dst = { { 0 }, 0 };
	struct pair pair = { { to->space, { 0 }, to->flags }, { from->space, { 0 }, from->flags }, { NULL, 0, false } };
	size_t done = 0;

	while (done < n) {
		enum um_status of_src = next_piece(from, &src);
		enum um_status of_dst = next_piece(to, &dst);
		struct um_result copied;

		if (of_src != UM_OK || of_dst != UM_OK)
			return of_src != UM_OK ? umi_result(done, of_src, UM_FROM) : umi_result(done, of_dst, UM_TO);
		pair.from.addr = src.start;
		pair.to.addr = dst.start;
		copied = copy_piece(&pair, umi_least(src.length, dst.length));
		done += copied.done;
		if (copied.status != UM_OK)
			return umi_result(done, copied.status, (enum um_side)copied.side);
		src.start = pair.from.addr;
		dst.start = pair.to.addr;
		src.length -= copied.done;
		dst.length -= copied.done;
	}
	return umi_result(done, UM_OK, UM_ONLY_SIDE);
}

struct um_result umi_copy_ranges(struct copy_side to, struct copy_side from, uint64_t most)
{
	enum um_status of_src = umi_judge_read(from.space, from.flags);
	enum um_status of_dst = umi_judge_write(to.space, to.flags);

	if (of_src != UM_OK || of_dst != UM_OK)
		return of_src != UM_OK ? umi_result(0, of_src, UM_FROM) : umi_result(0, of_dst, UM_TO);
	um_ranges_limit(&to.ranges, umi_least(most, from.ranges.length));
	um_ranges_limit(&from.ranges, to.ranges.length);
	return copy_pieces(&to, &from, to.ranges.length);
}

struct um_result um_copy(struct um_space *to, um_addr dst, struct um_space *from, um_addr src, size_t n, unsigned flags)
{
	struct copy_side dst_side = { to, um_ranges_of(dst, n), flags };
	struct copy_side src_side = { from, um_ranges_of(src, n), flags };

	return umi_copy_ranges(dst_side, src_side, n);
}

/* ---------------------------------------------------------------- searches */

/* What is looked for, in bytes that were fetched: the index of the first that decides, or n. */
struct search {
	const unsigned char *with; /* compare: the bytes that these must be */
	uint8_t byte;              /* else: find this one, or the first that is not it */
	bool same;
};

static size_t decider(const struct search *search, const unsigned char *bytes, size_t n, size_t offset)
{
	const unsigned char *with = search->with ? search->with + offset : NULL;
	size_t i = 0;

	if (with) {
		if (__builtin_memcmp(bytes, with, n) == 0)
			return n;
		while (bytes[i] == with[i])
			i++;
		return i;
	}
	while (i < n && (bytes[i] == search->byte) != search->same)
		i++;
	return i;
}

static struct um_result look(struct um_space *space, um_addr addr, size_t n, const struct search *search, bool *decided, unsigned flags)
{
	unsigned char scratch[UMI_SCRATCH];
	enum um_status status = umi_judge_read(space, flags);
	size_t done = 0;

	if (status != UM_OK)
		return umi_result(0, status, UM_ONLY_SIDE);
	while (done < n) {
		struct um_result got = { 0, UM_RANGE, UM_ONLY_SIDE };
		size_t index;
		um_addr at;

		if (um_addr_add(addr, done, &at))
			got = umi_fetch(space, scratch, at, umi_least(umi_to_end(at, UMI_SCRATCH), n - done), flags);
		index = decider(search, scratch, got.done, done);
		done += index;
		if (index < got.done) {
			*decided = true;
			return umi_result(done, UM_OK, UM_ONLY_SIDE);
		}
		if (got.status != UM_OK)
			return umi_result(done, got.status, UM_ONLY_SIDE);
	}
	*decided = false;
	return umi_result(n, UM_OK, UM_ONLY_SIDE);
}

struct um_result um_compare(struct um_space *space, um_addr addr, const void *with, size_t n, bool *equal, unsigned flags)
{
	struct search search = { .with = with };
	bool differ;
	struct um_result result = look(space, addr, n, &search, &differ, flags);

	if (result.status == UM_OK)
		*equal = !differ;
	return result;
}

struct um_result um_find_byte(struct um_space *space, um_addr addr, uint8_t byte, size_t n, bool *found, unsigned flags)
{
	struct search search = { .byte = byte, .same = true };

	return look(space, addr, n, &search, found, flags);
}

struct um_result um_is_zero(struct um_space *space, um_addr addr, size_t n, bool *zero, unsigned flags)
{
	struct search search = { .byte = 0, .same = false };
	bool other;
	struct um_result result = look(space, addr, n, &search, &other, flags);

	if (result.status == UM_OK)
		*zero = !other;
	return result;
}
