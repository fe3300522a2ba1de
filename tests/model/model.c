/* Memory as it must be: bytes, lists and flat calls. */
#include <string.h>
#include "model.h"

static struct um_result result_of(uint64_t done, enum um_status status)
{
	return (struct um_result){ done, status, UM_ONLY_SIDE };
}

/* ---------------------------------------------------------------- a byte */

static enum um_status page_byte(const struct model_ask *ask, struct model_place *place, uint64_t addr, unsigned want,
                                unsigned char **byte)
{
	uint64_t index = addr - place->base.value;
	struct model_page *page;

	if (addr < place->base.value || index >= WINDOW || !place->page[index / PAGE].mapped)
		return UM_UNMAPPED;
	page = &place->page[index / PAGE];
	if (want & ~(ask->flags & UM_IGNORE_PERMS ? page->beyond : page->access))
		return UM_DENIED;
	if (ask->flags & UM_NOFAULT && want & ~page->present)
		return UM_WOULD_FAULT;
	if (page->bus)
		return UM_BUS;
	page->written |= want & UM_WRITE;
	*byte = &ask->model->frame[page->frame][index % PAGE];
	return UM_OK;
}

static enum um_status lent_byte(const struct model_ask *ask, const struct model_loan *loan, uint64_t addr, unsigned want,
                                unsigned char **byte)
{
	struct model_ask owner = { ask->model, loan->place, ask->flags };

	if (!loan->present)
		return UM_UNMAPPED;
	if (loan->gone)
		return UM_GONE;
	if (addr >= loan->range.length)
		return UM_UNMAPPED;
	if (want & ~loan->access)
		return UM_DENIED;
	return model_byte_within(&owner, loan->range.start.value, addr, want, byte);
}

enum um_status model_byte(const struct model_ask *ask, uint64_t addr, unsigned want, unsigned char **byte)
{
	struct model_place *place = &ask->model->place[ask->place];
	enum um_status status;

	if (place->plan.with != UM_OK && place->plan.left == 0)
		return place->plan.with;
	status = place->loan ? lent_byte(ask, place->loan, addr, want, byte) : page_byte(ask, place, addr, want, byte);
	if (status == UM_OK && place->plan.left > 0)
		place->plan.left--;
	return status;
}

enum um_status model_byte_within(const struct model_ask *ask, uint64_t start, uint64_t i, unsigned want, unsigned char **byte)
{
	const struct model_place *place = &ask->model->place[ask->place];

	if (i > UINT64_MAX - start || start + i < place->first.value || start + i > place->last.value)
		return UM_RANGE;
	return model_byte(ask, start + i, want, byte);
}

enum um_status model_judge(const struct model_ask *ask, unsigned need)
{
	unsigned can = ask->model->place[ask->place].can;

	if (ask->flags & ~(unsigned)(UM_NOFAULT | UM_IGNORE_PERMS))
		return UM_INVALID;
	need |= (ask->flags & UM_NOFAULT ? (unsigned)UM_CAN_NOFAULT : 0) | (ask->flags & UM_IGNORE_PERMS ? (unsigned)UM_CAN_IGNORE_PERMS : 0);
	return need & ~can ? UM_UNSUPPORTED : UM_OK;
}

bool model_within(const struct model_ask *ask, struct um_range range)
{
	const struct model_place *place = &ask->model->place[ask->place];
	uint64_t start = range.start.value;

	if (range.length == 0)
		return start == 0 || start - 1 <= place->last.value;
	return start >= place->first.value && start <= place->last.value && range.length - 1 <= place->last.value - start;
}

/* ---------------------------------------------------------------- lists */

uint64_t model_list_length(const struct model_list *list)
{
	uint64_t length = 0;
	size_t i;

	for (i = 0; i < list->count; i++)
		length = list->range[i].length > UINT64_MAX - length ? UINT64_MAX : length + list->range[i].length;
	return length;
}

void model_list_limit(struct model_list *list, uint64_t most)
{
	size_t i;

	for (i = 0; i < list->count; i++) {
		if (list->range[i].length > most)
			list->range[i].length = most;
		most -= list->range[i].length;
	}
}

void model_list_skip(struct model_list *list, uint64_t n)
{
	size_t i;

	for (i = 0; i < list->count; i++) {
		struct um_range *range = &list->range[i];
		uint64_t part = n < range->length ? n : range->length;

		range->start.value = part > UINT64_MAX - range->start.value ? UINT64_MAX : range->start.value + part;
		range->length -= part;
		n -= part;
	}
}

/* ---------------------------------------------------------------- what moves bytes */

static struct um_result move_range(const struct model_ask *ask, struct um_range range, uint64_t at, const struct model_move *move)
{
	unsigned char *byte, old;
	uint64_t i;

	for (i = 0; i < range.length; i++) {
		enum um_status status = model_byte(ask, range.start.value + i, move->want, &byte);

		if (status != UM_OK)
			return result_of(i, status);
		old = *byte;
		if (move->out)
			*byte = move->out[at + i];
		if (move->fill >= 0)
			*byte = (unsigned char)move->fill;
		if (move->in)
			move->in[at + i] = old;
	}
	return result_of(range.length, UM_OK);
}

struct um_result model_pieces(const struct model_ask *ask, const struct model_list *list, uint64_t n, struct model_move move)
{
	struct um_result result = { 0, UM_OK, UM_ONLY_SIDE };
	uint64_t done = 0;
	size_t i;

	for (i = 0; i < list->count && done < n && result.status == UM_OK; i++) {
		struct um_range piece = list->range[i];

		if (piece.length > n - done)
			piece.length = n - done;
		result = piece.length == 0 ? result_of(0, UM_OK) : model_within(ask, piece) ? move_range(ask, piece, done, &move) : result_of(0, UM_RANGE);
		done += result.done;
	}
	return result_of(done, result.status);
}

struct um_result model_flat(const struct model_ask *ask, struct um_range range, struct model_move move)
{
	struct model_list list = { { range }, 1 };
	enum um_status status = model_judge(ask, move.want & UM_WRITE ? UM_CAN_WRITE : 0);

	return status != UM_OK ? result_of(0, status) : model_pieces(ask, &list, range.length, move);
}

struct um_result model_string(const struct model_ask *ask, char *dst, uint64_t src, uint64_t limit)
{
	enum um_status status = model_judge(ask, 0);
	unsigned char *byte;
	uint64_t i;

	if (limit == 0)
		return result_of(0, UM_INVALID);
	dst[0] = '\0';
	for (i = 0; status == UM_OK && i < limit; i++) {
		status = model_byte_within(ask, src, i, UM_READ, &byte);
		dst[i] = status == UM_OK && i < limit - 1 ? (char)*byte : '\0';
		if (status != UM_OK || *byte == '\0')
			return result_of(i, status);
	}
	return status != UM_OK ? result_of(0, status) : result_of(limit - 1, UM_TOO_LONG);
}

/* A share answers for itself before it asks the owner's space. */
static enum um_status lent_word(const struct model_loan *loan, uint64_t addr, unsigned size, unsigned want)
{
	if (!loan->present || loan->gone)
		return loan->present ? UM_GONE : UM_UNMAPPED;
	if ((loan->range.start.value + addr) % size != 0)
		return UM_MISALIGNED;
	if (addr >= loan->range.length || want & ~loan->access)
		return addr >= loan->range.length ? UM_UNMAPPED : UM_DENIED;
	return size > loan->range.length - addr ? UM_UNMAPPED : UM_OK;
}

enum um_status model_atomic(const struct model_ask *ask, uint64_t addr, struct um_atomic_access *access)
{
	const struct model_place *place = &ask->model->place[ask->place];
	bool plain = access->op == UM_LOAD || access->op == UM_STORE, word = access->size == 4 || access->size == 8;
	unsigned want = access->op == UM_LOAD ? UM_READ : access->op == UM_STORE ? UM_WRITE : UM_READ | UM_WRITE;
	struct um_range range = { { addr }, access->size };
	unsigned char *bytes[8];
	uint64_t old = 0, set = access->operand, mask;
	enum um_status status;
	unsigned i;

	if (access->op > UM_XOR || !(word || (plain && (access->size == 1 || access->size == 2))))
		return UM_INVALID;
	mask = access->size == 8 ? UINT64_MAX : (UINT64_C(1) << (8 * access->size)) - 1;
	status = model_judge(ask, (plain ? UM_CAN_SINGLE : UM_CAN_ATOMIC) | (want & UM_WRITE ? (unsigned)UM_CAN_WRITE : 0));
	if (status == UM_OK && !model_within(ask, range))
		status = UM_RANGE;
	if (status == UM_OK && (addr % access->size != 0))
		status = UM_MISALIGNED;
	if (status == UM_OK && place->loan)
		status = lent_word(place->loan, addr, access->size, want);
	place = place->loan ? &ask->model->place[place->loan->place] : place;
	if (status == UM_OK && place->plan.with != UM_OK && place->plan.left < access->size)
		status = place->plan.with;
	for (i = 0; status == UM_OK && i < access->size; i++)
		status = model_byte(ask, addr + i, want, &bytes[i]);
	if (status != UM_OK)
		return status;
	for (i = 0; i < access->size; i++)
		old |= (uint64_t)*bytes[i] << (8 * i);
	switch (access->op) {
	case UM_LOAD: set = old; break;
	case UM_STORE: case UM_SWAP: break;
	case UM_CAS: set = old == (access->expected & mask) ? set : old; break;
	case UM_ADD: set += old; break;
	case UM_AND: set &= old; break;
	case UM_OR: set |= old; break;
	case UM_XOR: set ^= old; break;
	}
	for (i = 0; i < access->size; i++)
		*bytes[i] = (unsigned char)(set >> (8 * i));
	if (access->op != UM_STORE)
		access->old = old;
	return UM_OK;
}

/* ---------------------------------------------------------------- questions */

struct um_result model_check(const struct model_ask *ask, struct um_range range, unsigned access)
{
	struct model_move look = { access, NULL, NULL, -1 };
	struct model_list list = { { range }, 1 };
	enum um_status status = access & ~7u ? UM_INVALID : model_judge(ask, access & UM_WRITE ? UM_CAN_CHECK | UM_CAN_WRITE : access ? UM_CAN_CHECK : 0);

	if (status == UM_OK && !model_within(ask, range))
		status = UM_RANGE;
	if (status != UM_OK)
		return result_of(0, status);
	return access == 0 ? result_of(range.length, UM_OK) : model_pieces(ask, &list, range.length, look);
}

/* Which byte decides?  with NULL: the first that is (or, where `not` is set, is not) `byte`. */
static struct um_result look(const struct model_ask *ask, uint64_t addr, const unsigned char *with, unsigned char byte, bool not,
                             size_t n, bool *decided)
{
	enum um_status status = model_judge(ask, 0);
	unsigned char *there;
	size_t i;

	for (i = 0; status == UM_OK && i < n; i++) {
		status = model_byte_within(ask, addr, i, UM_READ, &there);
		if (status == UM_OK && (with ? *there != with[i] : (*there == byte) != not)) {
			*decided = true;
			return result_of(i, UM_OK);
		}
		if (status != UM_OK)
			return result_of(i, status);
	}
	*decided = false;
	return result_of(i, status);
}

struct um_result model_compare(const struct model_ask *ask, uint64_t addr, const unsigned char *with, size_t n, bool *equal)
{
	bool differ;
	struct um_result result = look(ask, addr, with, 0, false, n, &differ);

	if (result.status == UM_OK)
		*equal = !differ;
	return result;
}

struct um_result model_find(const struct model_ask *ask, uint64_t addr, unsigned char byte, size_t n, bool *found)
{
	bool decided;
	struct um_result result = look(ask, addr, NULL, byte, false, n, &decided);

	if (result.status == UM_OK)
		*found = decided;
	return result;
}

struct um_result model_zero(const struct model_ask *ask, uint64_t addr, size_t n, bool *zero)
{
	bool decided;
	struct um_result result = look(ask, addr, NULL, 0, true, n, &decided);

	if (result.status == UM_OK)
		*zero = !decided;
	return result;
}

/* ---------------------------------------------------------------- two user sides */

static bool locate(const struct model_list *list, uint64_t i, uint64_t *addr)
{
	size_t r;

	for (r = 0; r < list->count; i -= list->range[r++].length)
		if (i < list->range[r].length) {
			*addr = list->range[r].start.value + i;
			return i <= UINT64_MAX - list->range[r].start.value;
		}
	return false;
}

/* A side's byte i, its limits being met as a hole. */
static enum um_status side_byte(const struct model_ask *ask, const struct model_list *list, uint64_t i, unsigned want, unsigned char **byte)
{
	uint64_t addr;

	return locate(list, i, &addr) ? model_byte_within(ask, addr, 0, want, byte) : UM_RANGE;
}

struct um_result model_copy(const struct model_ask *to, const struct model_list *dst, const struct model_ask *from,
                            const struct model_list *src, uint64_t n)
{
	unsigned char *in, *out;
	uint64_t i;

	for (i = 0; i < n; i++) {
		enum um_status status = side_byte(from, src, i, UM_READ, &in);

		if (status != UM_OK)
			return (struct um_result){ i, status, UM_FROM };
		status = side_byte(to, dst, i, UM_WRITE, &out);
		if (status != UM_OK)
			return (struct um_result){ i, status, UM_TO };
		*out = *in;
	}
	return result_of(n, UM_OK);
}

/* ---------------------------------------------------------------- overlap */

struct span {
	unsigned char frame;
	uint64_t first, last; /* of the frame's bytes */
};

/* The frames behind a range; returns how many. */
static unsigned spans(const struct model *model, unsigned number, struct um_range range, struct span out[PAGES])
{
	const struct model_place *place = &model->place[number];
	unsigned count = 0, i;

	if (place->loan) {
		uint64_t lent = place->loan->range.length, at = range.start.value;

		if (!place->loan->present || at >= lent)
			return 0;
		range.start.value = place->loan->range.start.value + at;
		range.length = range.length < lent - at ? range.length : lent - at;
		return spans(model, place->loan->place, range, out);
	}
	for (i = 0; i < PAGES; i++) {
		uint64_t page = place->base.value + i * (uint64_t)PAGE, first = range.start.value;
		uint64_t last = range.length == 0 || range.length - 1 > UINT64_MAX - first ? UINT64_MAX : first + range.length - 1;

		if (range.length != 0 && place->page[i].mapped && first <= page + PAGE - 1 && last >= page)
			out[count++] = (struct span){ place->page[i].frame, first > page ? first - page : 0,
			                              last - page < PAGE ? last - page : PAGE - 1 };
	}
	return count;
}

bool model_overlap(const struct model *model, unsigned a, struct um_range first, unsigned b, struct um_range second)
{
	struct span of_first[PAGES], of_second[PAGES];
	unsigned firsts = spans(model, a, first, of_first), seconds = spans(model, b, second, of_second), i, k;

	for (i = 0; i < firsts; i++)
		for (k = 0; k < seconds; k++)
			if (of_first[i].frame == of_second[k].frame && of_first[i].first <= of_second[k].last &&
			    of_second[k].first <= of_first[i].last)
				return true;
	return false;
}
