/* Argument vectors, terminated arrays, numbers written as text; the contracts are in text.h. */
#include <usermem/text.h>
#include "fetch.h"

enum { PAGE = 4096 }; /* no machine of ours has smaller pages */

/* ---------------------------------------------------------------- argument vectors */

/* The next string's address, and on to the one behind it. */
static struct um_result next_address(struct um_space *space, um_addr *array, bool *wrapped, unsigned address_size,
                                     um_addr *string, unsigned flags)
{
	uint32_t half;
	struct um_result got = { 0, UM_RANGE, UM_ONLY_SIDE };

	if (!*wrapped)
		got = um_copy_in(space, address_size == 4 ? (void *)&half : (void *)&string->value, *array, address_size, flags);
	if (got.status == UM_OK && address_size == 4)
		string->value = half;
	*wrapped = !um_addr_add(*array, address_size, array);
	return got;
}

struct um_result um_copy_strings_in(struct um_space *space, char **out, size_t out_count, size_t *count, char *buffer,
                                    size_t size, um_addr array, unsigned address_size, unsigned flags)
{
	enum um_status status = umi_judge_read(space, flags);
	bool wrapped = false;
	size_t used = 0;

	*count = 0;
	if (address_size != 4 && address_size != 8)
		status = UM_INVALID;
	if (status != UM_OK)
		return umi_result(0, status, UM_FROM);
	for (;;) {
		um_addr string;
		struct um_result got = next_address(space, &array, &wrapped, address_size, &string, flags);

		if (got.status != UM_OK || string.value == 0)
			return umi_result(used, got.status, UM_FROM);
		if (*count == out_count)
			return umi_result(used, UM_TOO_BIG, UM_FROM);
		if (used == size)
			return umi_result(used, UM_TOO_BIG, UM_TO);
		got = um_copy_string_in(space, buffer + used, string, size - used, flags);
		if (got.status != UM_OK)
			return umi_result(used, got.status == UM_TOO_LONG ? UM_TOO_BIG : got.status, UM_TO);
		out[(*count)++] = buffer + used;
		used += got.done + 1;
	}
}

/* ---------------------------------------------------------------- terminated arrays */

static bool is_zero(const unsigned char *element, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++)
		if (element[i] != 0)
			return false;
	return true;
}

/* How many bytes of the next count elements to fetch at `at`, behind the `have` that are there: to the end of the
 * scratch, of the page or of the elements. */
static size_t ask(um_addr at, size_t have, size_t element_size, size_t count)
{
	size_t most = umi_least(UMI_SCRATCH - have, umi_to_end(at, PAGE));

	return count <= UMI_SCRATCH / element_size ? umi_least(most, count * element_size - have) : most;
}

struct um_result um_copy_terminated_in(struct um_space *space, void *dst, um_addr src, size_t element_size, size_t limit, unsigned flags)
{
	unsigned char scratch[UMI_SCRATCH], *to = dst;
	enum um_status status = umi_judge_read(space, flags);
	struct um_result got = { 0, UM_OK, UM_ONLY_SIDE };
	size_t done = 0, have = 0;
	um_addr at = src;

	if (element_size == 0 || element_size > UMI_SCRATCH || limit == 0)
		status = UM_INVALID;
	if (status != UM_OK)
		return umi_result(0, status, UM_ONLY_SIDE);
	while (done < limit && got.status == UM_OK) {
		size_t whole, i;

		got = umi_fetch(space, scratch + have, at, ask(at, have, element_size, limit - done), flags);
		have += got.done;
		whole = have / element_size;
		for (i = 0; i < whole; i++, done++) {
			__builtin_memcpy(to + done * element_size, scratch + i * element_size, element_size);
			if (is_zero(scratch + i * element_size, element_size))
				return umi_result(done, UM_OK, UM_ONLY_SIDE);
		}
		have -= whole * element_size;
		__builtin_memmove(scratch, scratch + whole * element_size, have);
		if (!um_addr_add(at, got.done, &at) && got.status == UM_OK)
			got.status = UM_RANGE;
	}
	return umi_result(done, done == limit ? UM_TOO_LONG : got.status, UM_ONLY_SIDE);
}

/* ---------------------------------------------------------------- numbers */

/* The bytes of a list, one after the other, each fetched once. */
struct stream {
	struct um_space *space;
	struct um_ranges ranges;
	unsigned flags;
	enum um_status status; /* what comes behind the bytes that are here; UM_WINDOW: the end of the ranges */
	size_t at, have;
	size_t done; /* bytes taken */
	unsigned char scratch[UMI_SCRATCH];
};

/* The byte at the head of the stream, not taken yet; -1: there is none, and status says why. */
UMI_SPECIALISED int peek(struct stream *stream)
{
	struct um_range piece;

	while (stream->at == stream->have && stream->status == UM_OK) {
		struct um_result got = { 0, UM_WINDOW, UM_ONLY_SIDE };

		if (um_ranges_next(&stream->ranges, umi_to_end(stream->ranges.head.start, UMI_SCRATCH), &piece))
			got = umi_fetch(stream->space, stream->scratch, piece.start, piece.length, stream->flags);
		stream->at = 0;
		stream->have = got.done;
		stream->status = got.status;
	}
	return stream->at < stream->have ? stream->scratch[stream->at] : -1;
}

/* Takes that byte; the one behind it. */
UMI_SPECIALISED int next(struct stream *stream)
{
	stream->at++;
	stream->done++;
	return peek(stream);
}

static bool is_space(int byte)
{
	return byte == ' ' || (9 <= byte && byte <= 13);
}

static void skip_space(struct stream *stream)
{
	int byte = peek(stream);

	while (is_space(byte))
		byte = next(stream);
}

/* One number, up to white space or the end.  UM_INVALID as soon as a byte makes it none. */
static enum um_status parse(struct stream *stream, int32_t *number)
{
	bool negative = false, digits = false;
	int64_t value = 0;
	int byte = peek(stream);

	if (byte == '-' || byte == '+') {
		negative = byte == '-';
		byte = next(stream);
	}
	for (; byte >= 0 && !is_space(byte); byte = next(stream)) {
		value = value * 10 + (byte - '0');
		if (byte < '0' || byte > '9' || value > (int64_t)INT32_MAX + negative)
			return UM_INVALID;
		digits = true;
	}
	if (byte < 0 && stream->status != UM_WINDOW)
		return stream->status;
	if (!digits)
		return UM_INVALID;
	*number = (int32_t)(negative ? -value : value);
	return UM_OK;
}

struct um_result um_copy_int32s_in(struct um_space *space, struct um_ranges src, int32_t *dst, size_t count, size_t *found, unsigned flags)
{
	enum um_status status = umi_judge_read(space, flags);
	struct stream stream;
	size_t token = 0;

	stream.space = space;
	stream.ranges = src;
	stream.flags = flags;
	stream.status = status;
	stream.at = stream.have = stream.done = 0;
	*found = 0;
	if (status != UM_OK || count == 0)
		return umi_result(0, status, UM_ONLY_SIDE);
	skip_space(&stream);
	while (status == UM_OK && *found < count && (peek(&stream) >= 0 || *found == 0)) {
		token = stream.done;
		status = parse(&stream, &dst[*found]);
		*found += status == UM_OK;
		if (status == UM_OK)
			skip_space(&stream);
	}
	if (status == UM_OK && *found < count && stream.status != UM_WINDOW)
		status = stream.status;
	return umi_result(status == UM_INVALID ? token : stream.done, status, UM_ONLY_SIDE);
}
