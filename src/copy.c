/* Between spaces, and through memory in search of something; the contracts are in copy.h. */
#include <usermem/copy.h>
#include <usermem/fault.h>
#include "copy.h"
#include "fetch.h"
#include "ranges.h"

/* ---------------------------------------------------------------- a piece that is contiguous on both sides */

struct place {
	struct um_space *space;
	um_addr addr; /* of the next byte; resolved */
	unsigned flags;
};

struct pair {
	struct place to, from;
	bool between; /* is the visit of `to` within one of `from`, which shows what begins at source? */
	const unsigned char *source;
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

/* The piece was judged once; from there on the spaces are asked without a detour. */
static struct um_result ask_in(const struct place *from, void *dst, size_t n)
{
	return from->space->ops->copy_in(from->space, dst, from->addr, n, from->flags);
}

static struct um_result ask_out(const struct place *to, const void *src, size_t n)
{
	return to->space->ops->copy_out(to->space, to->addr, src, n, to->flags);
}

static struct um_result ask_visit(const struct place *place, size_t n, unsigned access, um_visit_fn *visit, struct pair *pair)
{
	return place->space->ops->visit(place->space, um_ranges_of(place->addr, n), access, place->flags, visit, pair);
}

static struct um_result bounce(struct pair *pair, size_t n)
{
	unsigned char scratch[UMI_SCRATCH];
	struct um_result in = { 0, UM_OK, UM_ONLY_SIDE }, out = { 0, UM_OK, UM_ONLY_SIDE };
	size_t done = 0;

	while (done < n && in.status == UM_OK) {
		in = ask_in(&pair->from, scratch, umi_least(n - done, sizeof scratch));
		if (in.done != 0)
			out = go_on(pair, ask_out(&pair->to, scratch, in.done), UM_TO);
		done += in.done != 0 ? out.done : 0;
		if (out.status != UM_OK)
			return umi_result(done, out.status, UM_TO);
	}
	return umi_result(done, in.status, UM_FROM);
}

static struct um_result between_blocks(struct pair *pair, struct um_block to)
{
	unsigned flags = pair->to.flags | pair->from.flags;
	uintptr_t source = (uintptr_t)pair->source;
	struct um_result copied = to.may_fault ? um_raw_copy((uintptr_t)to.ptr, source, to.length, flags) :
	                                         um_raw_copy_in(to.ptr, source, to.length, flags);

	pair->source += copied.done;
	return go_on(pair, copied, UM_FROM);
}

/* Blocks of `to`: for what the block that begins at pair->source and may fault goes to, or for all of the piece. */
static struct um_result into_blocks(void *context, const struct um_block *blocks, size_t count)
{
	struct pair *pair = context;
	struct um_result copied = { 0, UM_OK, UM_ONLY_SIDE };
	size_t done = 0, i;

	for (i = 0; i < count && copied.status == UM_OK; i++) {
		if (pair->between)
			copied = between_blocks(pair, blocks[i]);
		else if (blocks[i].may_fault)
			copied = bounce(pair, blocks[i].length);
		else
			copied = go_on(pair, ask_in(&pair->from, blocks[i].ptr, blocks[i].length), UM_FROM);
		done += copied.done;
	}
	copied.done = done;
	return copied;
}

static struct um_result visit_to(struct pair *pair, size_t n)
{
	struct um_result result = ask_visit(&pair->to, n, UM_WRITE, into_blocks, pair);
	unsigned char byte;
	struct um_result asked;

	if (result.status == UM_OK || result.side != UM_ONLY_SIDE)
		return result;
	/* The destination ended before the source was asked for that byte: at a tie the source is named. */
	asked = ask_in(&pair->from, &byte, 1);
	if (asked.status != UM_OK)
		return umi_result(result.done, asked.status, UM_FROM);
	return umi_result(result.done, result.status, UM_TO);
}

/* Blocks of `from`: memory of our own is copied out as any other; what may fault must not be taken for that. */
static struct um_result out_of_blocks(void *context, const struct um_block *blocks, size_t count)
{
	struct pair *pair = context;
	struct um_result copied = { 0, UM_OK, UM_ONLY_SIDE };
	size_t done = 0, i;

	for (i = 0; i < count && copied.status == UM_OK; i++) {
		pair->source = blocks[i].ptr;
		if (!blocks[i].may_fault)
			copied = go_on(pair, ask_out(&pair->to, blocks[i].ptr, blocks[i].length), UM_TO);
		else if (can_visit(&pair->to))
			copied = visit_to(pair, blocks[i].length);
		else
			copied = bounce(pair, blocks[i].length);
		done += copied.done;
	}
	copied.done = done;
	return copied;
}

static struct um_result copy_piece(struct pair *pair, size_t n)
{
	struct um_result result;

	pair->between = can_visit(&pair->from);
	if (!pair->between)
		return can_visit(&pair->to) ? visit_to(pair, n) : bounce(pair, n);
	result = ask_visit(&pair->from, n, UM_READ, out_of_blocks, pair);
	if (result.status != UM_OK && result.side == UM_ONLY_SIDE)
		result.side = UM_FROM;
	return result;
}

/* ---------------------------------------------------------------- judgement, and lists */

/* The source is judged first. */
static inline struct um_result judge_promises(const struct pair *pair)
{
	enum um_status of_from = umi_judge_read(pair->from.space, pair->from.flags);

	if (of_from != UM_OK)
		return umi_result(0, of_from, UM_FROM);
	return umi_result(0, umi_judge_write(pair->to.space, pair->to.flags), UM_TO);
}

/* Where the piece that is left on one side is used up, the next one, judged as far as the copy will go. */
static bool next_piece(struct um_ranges *ranges, struct place *place, uint64_t *left)
{
	struct um_range piece;

	if (*left != 0 || !umi_ranges_next(ranges, UINT64_MAX, &piece))
		return true;
	place->addr = piece.start;
	*left = piece.length;
	return umi_admit(place->space, &place->addr, piece.length);
}

/* One piece, without the steps of a list: both addresses are there, n > 0. */
static struct um_result copy_flat(struct pair *pair, size_t n)
{
	if (!umi_admit(pair->from.space, &pair->from.addr, n))
		return umi_result(0, UM_RANGE, UM_FROM);
	if (!umi_admit(pair->to.space, &pair->to.addr, n))
		return umi_result(0, UM_RANGE, UM_TO);
	return copy_piece(pair, n);
}

static struct um_result copy_lists(struct pair *pair, struct um_ranges to, struct um_ranges from, uint64_t n)
{
	struct um_result result = { 0, UM_OK, UM_ONLY_SIDE };
	uint64_t from_left = 0, to_left = 0;
	size_t done = 0;

	um_ranges_limit(&to, n);
	um_ranges_limit(&from, n);
	while (result.status == UM_OK && done < n) {
		if (!next_piece(&from, &pair->from, &from_left))
			return umi_result(done, UM_RANGE, UM_FROM);
		if (!next_piece(&to, &pair->to, &to_left))
			return umi_result(done, UM_RANGE, UM_TO);
		result = copy_piece(pair, umi_least(from_left, to_left));
		from_left -= result.done;
		to_left -= result.done;
		done += result.done;
	}
	result.done = done;
	return result;
}

struct um_result umi_copy_ranges(struct copy_side to, struct copy_side from, uint64_t most)
{
	struct pair pair = { .to = { to.space, to.ranges->head.start, to.flags }, .from = { from.space, from.ranges->head.start, from.flags } };
	struct um_result result = judge_promises(&pair);
	uint64_t n = umi_least(most, umi_least(to.ranges->length, from.ranges->length));

	if (result.status != UM_OK || n == 0)
		return result;
	if (!UMI_SMALL && n <= to.ranges->head.length && n <= from.ranges->head.length)
		return copy_flat(&pair, n);
	return copy_lists(&pair, *to.ranges, *from.ranges, n);
}

static __attribute__((noinline)) struct um_result
copy_shown(struct um_space *to, um_addr dst, struct um_space *from, um_addr src, size_t n, unsigned flags)
{
	struct um_ranges in = um_ranges_of(src, n), out = um_ranges_of(dst, n);

	return umi_copy_ranges((struct copy_side){ to, &out, flags }, (struct copy_side){ from, &in, flags }, n);
}

/* What is in this process on both sides is copied at one go; the rest, and whatever is amiss, goes by visits. */
struct um_result um_copy(struct um_space *to, um_addr dst, struct um_space *from, um_addr src, size_t n, unsigned flags)
{
	void *in = umi_direct(from, src, n, flags, 0);
	void *out = in ? umi_direct(to, dst, n, flags, UM_CAN_WRITE) : NULL;

	return out ? um_raw_copy((uintptr_t)out, (uintptr_t)in, n, flags) : copy_shown(to, dst, from, src, n, flags);
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
