/* Memory as it must be: structs that grow, lists of addresses, text. */
#include <string.h>
#include <usermem/iovec.h>
#include <usermem/struct.h>
#include "model.h"

static struct um_result result_of(uint64_t done, enum um_status status, enum um_side side)
{
	return (struct um_result){ done, status, side };
}

/* A number of `width` bytes, without a sign. */
static uint64_t number(const unsigned char *bytes, unsigned width)
{
	uint64_t value = 0;

	while (width-- > 0)
		value = value << 8 | bytes[width];
	return value;
}

/* ---------------------------------------------------------------- structs (law 12) */

static enum um_status judge_struct(const struct model_ask *ask, unsigned need, size_t kernel_size, uint64_t addr, size_t user_size)
{
	enum um_status status = model_judge(ask, need);

	if (status != UM_OK)
		return status;
	if (kernel_size == 0)
		return UM_INVALID;
	if (user_size > UM_STRUCT_MAX)
		return UM_TOO_BIG;
	return user_size == 0 || model_within(ask, (struct um_range){ { addr }, user_size }) ? UM_OK : UM_RANGE;
}

struct um_result model_struct_in(const struct model_ask *ask, unsigned char *dst, size_t kernel_size, uint64_t src, size_t user_size)
{
	enum um_status status = judge_struct(ask, 0, kernel_size, src, user_size);
	size_t both = user_size < kernel_size ? user_size : kernel_size;
	struct model_move in = { UM_READ, dst, NULL, -1 };
	struct um_result result;
	bool zero = true;

	if (status == UM_OK && user_size > kernel_size)
		status = model_zero(ask, src + kernel_size, user_size - kernel_size, &zero).status;
	if (status != UM_OK || !zero)
		return result_of(0, status != UM_OK ? status : UM_TOO_BIG, UM_ONLY_SIDE);
	result = model_flat(ask, (struct um_range){ { src }, both }, in);
	if (result.status == UM_OK)
		memset(dst + both, 0, kernel_size - both);
	return result;
}

struct um_result model_struct_out(const struct model_ask *ask, uint64_t dst, size_t user_size, const unsigned char *src,
                                  size_t kernel_size, bool *cut)
{
	enum um_status status = judge_struct(ask, UM_CAN_WRITE, kernel_size, dst, user_size);
	size_t both = user_size < kernel_size ? user_size : kernel_size, i;
	struct model_move out = { UM_WRITE, NULL, src, -1 }, zeroes = { UM_WRITE, NULL, NULL, 0 };
	struct um_result result, rest;

	*cut = false;
	if (status != UM_OK)
		return result_of(0, status, UM_ONLY_SIDE);
	for (i = both; i < kernel_size; i++)
		*cut = *cut || src[i] != 0;
	result = model_flat(ask, (struct um_range){ { dst }, both }, out);
	if (result.status != UM_OK || user_size == both)
		return result;
	rest = model_flat(ask, (struct um_range){ { dst + both }, user_size - both }, zeroes);
	return result_of(result.done + rest.done, rest.status, UM_ONLY_SIDE);
}

struct um_result model_body(const struct model_ask *ask, unsigned char *dst, size_t dst_size, const unsigned char *header,
                            size_t header_size, uint64_t src, size_t total)
{
	struct model_move in = { UM_READ, dst + header_size, NULL, -1 };
	enum um_status status = model_judge(ask, 0);
	struct um_result result;

	if (status == UM_OK && total > dst_size)
		status = UM_TOO_BIG;
	else if (status == UM_OK && total < header_size)
		status = UM_INVALID;
	if (status != UM_OK)
		return result_of(0, status, UM_ONLY_SIDE);
	memmove(dst, header, header_size);
	if (total == header_size)
		return result_of(total, UM_OK, UM_ONLY_SIDE);
	if (header_size > UINT64_MAX - src)
		return result_of(header_size, UM_RANGE, UM_ONLY_SIDE);
	result = model_flat(ask, (struct um_range){ { src + header_size }, total - header_size }, in);
	return result_of(header_size + result.done, result.status, UM_ONLY_SIDE);
}

/* ---------------------------------------------------------------- arrays (law 11) */

/* n bytes at start + at, or none; the limits are met as a hole. */
static enum um_status fetch(const struct model_ask *ask, uint64_t start, uint64_t at, unsigned n, unsigned char *to)
{
	unsigned char *byte;
	unsigned i;

	for (i = 0; i < n; i++) {
		enum um_status status = model_byte_within(ask, start, at + i, UM_READ, &byte);

		if (status != UM_OK)
			return status;
		to[i] = *byte;
	}
	return UM_OK;
}

/* An address is one piece, and its limits are judged as one's (law 3). */
static enum um_status fetch_whole(const struct model_ask *ask, uint64_t start, uint64_t at, unsigned n, unsigned char *to)
{
	if (at > UINT64_MAX - start || !model_within(ask, (struct um_range){ { start + at }, n }))
		return UM_RANGE;
	return fetch(ask, start, at, n, to);
}

struct um_result model_terminated(const struct model_ask *ask, unsigned char *dst, uint64_t src, size_t size, size_t limit)
{
	enum um_status status = ask->flags & ~3u || size == 0 || size > 256 || limit == 0 ? UM_INVALID : model_judge(ask, 0);
	unsigned char element[256] = { 0 }, any;
	size_t i, k;

	if (status != UM_OK)
		return result_of(0, status, UM_ONLY_SIDE);
	for (i = 0; i < limit; i++) {
		status = fetch(ask, src, i * size, (unsigned)size, element);
		if (status != UM_OK)
			return result_of(i, status, UM_ONLY_SIDE);
		memcpy(dst + i * size, element, size);
		for (k = 0, any = 0; k < size; k++)
			any |= element[k];
		if (any == 0)
			return result_of(i, UM_OK, UM_ONLY_SIDE);
	}
	return result_of(limit, UM_TOO_LONG, UM_ONLY_SIDE);
}

/* One string into `room` bytes, with its NUL; *taken: its bytes. */
static enum um_status one_string(const struct model_ask *ask, char *dst, size_t room, uint64_t src, size_t *taken)
{
	struct um_result result;

	if (room == 0)
		return UM_TOO_BIG;
	result = model_string(ask, dst, src, room);
	*taken = result.done + 1;
	return result.status == UM_TOO_LONG ? UM_TOO_BIG : result.status;
}

struct um_result model_strings(const struct model_ask *ask, size_t *at, size_t room, size_t *count, char *buffer, size_t size,
                               uint64_t array, unsigned width)
{
	enum um_status status = width != 4 && width != 8 ? UM_INVALID : model_judge(ask, 0);
	unsigned char element[8];
	size_t done = 0, taken = 0;

	*count = 0;
	if (status != UM_OK)
		return result_of(0, status, UM_FROM);
	for (;;) {
		status = fetch_whole(ask, array, *count * width, width, element);
		if (status != UM_OK || number(element, width) == 0)
			return result_of(done, status, status == UM_OK ? UM_ONLY_SIDE : UM_FROM);
		if (*count == room)
			return result_of(done, UM_TOO_BIG, UM_FROM);
		status = one_string(ask, buffer + done, size - done, number(element, width), &taken);
		if (status != UM_OK)
			return result_of(done, status, UM_TO);
		at[(*count)++] = done;
		done += taken;
	}
}

struct um_result model_iovec(const struct model_ask *ask, uint64_t array, size_t count, unsigned width, size_t room,
                             struct um_range *storage, uint64_t *total)
{
	enum um_status status = width != 4 && width != 8 ? UM_INVALID : model_judge(ask, 0);
	unsigned char entry[16];
	uint64_t sum = 0;
	size_t i;

	*total = 0;
	if (status == UM_OK && count != 0 && (count > UM_IOV_MAX || count > room))
		status = UM_INVALID;
	if (status != UM_OK || count == 0)
		return result_of(0, status, UM_ONLY_SIDE);
	if (!model_within(ask, (struct um_range){ { array }, count * 2 * width }))
		return result_of(0, UM_RANGE, UM_ONLY_SIDE);
	for (i = 0; i < count; i++) {
		status = fetch(ask, array, i * 2 * width, 2 * width, entry);
		if (status != UM_OK)
			return result_of(i, status, UM_ONLY_SIDE);
		storage[i] = (struct um_range){ { number(entry, width) }, number(entry + width, width) };
	}
	for (i = 0; i < count; i++)
		if (storage[i].length >> (8 * width - 1))
			return result_of(i, UM_INVALID, UM_ONLY_SIDE);
	for (i = 0; i < count; i++) {
		if (!model_within(ask, storage[i]))
			return result_of(i, UM_RANGE, UM_ONLY_SIDE);
		sum = storage[i].length > UINT64_MAX - sum ? UINT64_MAX : sum + storage[i].length;
	}
	*total = sum < UM_IOV_BYTES_MAX ? sum : UM_IOV_BYTES_MAX;
	return result_of(count, UM_OK, UM_ONLY_SIDE);
}

/* ---------------------------------------------------------------- numbers as text */

struct text {
	const struct model_ask *ask;
	struct model_list left;
	uint64_t at;
	enum um_status status; /* of the byte at `at`; UM_WINDOW: the ranges have ended */
	unsigned char byte;
};

/* What is at the front; a hole is met as a limit is. */
static void look(struct text *text)
{
	unsigned char *byte;
	size_t r = 0;

	while (r < text->left.count && text->left.range[r].length == 0)
		r++;
	if (r == text->left.count) {
		text->status = UM_WINDOW;
		return;
	}
	text->status = model_byte_within(text->ask, text->left.range[r].start.value, 0, UM_READ, &byte);
	if (text->status == UM_OK)
		text->byte = *byte;
}

static void next(struct text *text)
{
	model_list_skip(&text->left, 1);
	text->at++;
	look(text);
}

static bool is_white(const struct text *text)
{
	return text->status == UM_OK && (text->byte == ' ' || (text->byte >= 9 && text->byte <= 13));
}

/* UM_OK: *value.  UM_INVALID: no number, or one that does not fit.  Else the fault that cut it off. */
static enum um_status one_number(struct text *text, int32_t *value)
{
	bool minus = text->status == UM_OK && text->byte == '-', digits = false;
	int64_t number = 0;

	if (minus || (text->status == UM_OK && text->byte == '+'))
		next(text);
	for (; text->status == UM_OK && !is_white(text); next(text)) {
		if (text->byte < '0' || text->byte > '9')
			return UM_INVALID;
		digits = true;
		number = 10 * number + (text->byte - '0');
		if (number > INT64_C(2147483647) + minus)
			return UM_INVALID;
	}
	if (text->status != UM_OK && text->status != UM_WINDOW)
		return text->status;
	if (!digits)
		return UM_INVALID;
	*value = (int32_t)(minus ? -number : number);
	return UM_OK;
}

struct um_result model_numbers(const struct model_ask *ask, const struct model_list *list, int32_t *dst, size_t count, size_t *found)
{
	struct text text = { ask, *list, 0, UM_OK, 0 };
	enum um_status status = model_judge(ask, 0);
	uint64_t start;

	*found = 0;
	if (status != UM_OK || count == 0)
		return result_of(0, status, UM_ONLY_SIDE);
	for (look(&text); *found < count; (*found)++) {
		while (is_white(&text))
			next(&text);
		start = text.at;
		if (text.status == UM_WINDOW)
			return result_of(start, *found == 0 ? UM_INVALID : UM_OK, UM_ONLY_SIDE);
		status = one_number(&text, &dst[*found]);
		if (status != UM_OK)
			return result_of(status == UM_INVALID ? start : text.at, status, UM_ONLY_SIDE);
	}
	while (is_white(&text))
		next(&text);
	return result_of(text.at, UM_OK, UM_ONLY_SIDE);
}
