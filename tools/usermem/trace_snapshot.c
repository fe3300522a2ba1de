/* The program's memory as one stop saw it: each byte is fetched at most once. */
#include "trace.h"
#include <string.h>

enum { PAGE = 4096 };

void snapshot_begin(struct snapshot *snapshot, struct um_space *space, enum um_status missing)
{
	snapshot->space = space;
	snapshot->missing = missing;
	snapshot->count = 0;
	snapshot->used = 0;
}

static struct um_result result_of(size_t done, enum um_status status)
{
	struct um_result result = { done, status, UM_ONLY_SIDE };

	return result;
}

/* The piece that knows the byte at addr or why there is none; else NULL, and *gap is cut to the next piece. */
static const struct snapshot_piece *known(const struct snapshot *snapshot, uint64_t addr, size_t *gap)
{
	for (size_t i = 0; i < snapshot->count; i++) {
		const struct snapshot_piece *piece = &snapshot->pieces[i];
		uint64_t offset = addr - piece->start;

		if (offset < piece->done || (offset == piece->done && piece->status != UM_OK))
			return piece;
		if (piece->start > addr && piece->start - addr < *gap)
			*gap = piece->start - addr;
	}
	return NULL;
}

void snapshot_fault(struct snapshot *snapshot, enum um_status status)
{
	if (status != UM_OK && status != UM_TOO_LONG && status < STATUSES)
		snapshot->faults[status]++;
}

/* Notes what a fetch to the end of data brought. */
static void keep(struct snapshot *snapshot, uint64_t addr, struct um_result result)
{
	struct snapshot_piece piece = { addr, result.done, snapshot->used, result.status };

	snapshot->fetches++;
	snapshot->bytes += result.done;
	snapshot_fault(snapshot, result.status);
	snapshot->pieces[snapshot->count++] = piece;
	snapshot->used += result.done;
}

/* UM_OK: there is memory to ask, and room for at least a byte of it. */
static enum um_status ready(const struct snapshot *snapshot)
{
	if (!snapshot->space)
		return snapshot->missing;
	if (snapshot->count == SNAPSHOT_PIECES || snapshot->used == SNAPSHOT_BYTES)
		return UM_TOO_BIG;
	return UM_OK;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

struct um_result snapshot_read(struct snapshot *snapshot, void *dst, uint64_t addr, size_t n)
{
	size_t done = 0;

	while (done < n) {
		size_t gap = n - done;
		const struct snapshot_piece *piece = known(snapshot, addr + done, &gap);
		enum um_status status;

		if (piece) {
			size_t offset = (size_t)(addr + done - piece->start), have = least((size_t)(piece->done - offset), n - done);

			memcpy((unsigned char *)dst + done, snapshot->data + piece->at + offset, have);
			done += have;
			if (have == 0)
				return result_of(done, piece->status);
			continue;
		}
		status = ready(snapshot);
		if (status != UM_OK)
			return result_of(done, status);
		gap = least(gap, SNAPSHOT_BYTES - snapshot->used);
		keep(snapshot, addr + done, um_copy_in(snapshot->space, snapshot->data + snapshot->used, um_addr_of(addr + done), gap, 0));
	}
	return result_of(done, UM_OK);
}

/* A string of which nothing is known yet. */
static struct um_result fetch_string(struct snapshot *snapshot, char *dst, uint64_t addr, size_t limit)
{
	unsigned char *data = snapshot->data + snapshot->used;
	struct um_result result = um_copy_string_in(snapshot->space, (char *)data, um_addr_of(addr), limit, 0), kept = result;

	memcpy(dst, data, result.done);
	dst[result.done] = '\0';
	/* The NUL is known too.  Of a string that is too long one byte more was fetched, and nobody may ask for it again:
	 * that is what its status says. */
	if (result.status == UM_OK)
		kept.done++;
	keep(snapshot, addr, kept);
	return result;
}

struct um_result snapshot_string(struct snapshot *snapshot, char *dst, uint64_t addr, size_t limit)
{
	size_t done = 0, gap = limit;
	struct um_result result;

	if (limit == 0)
		return result_of(0, UM_INVALID);
	if (!known(snapshot, addr, &gap) && gap == limit && ready(snapshot) == UM_OK && limit <= SNAPSHOT_BYTES - snapshot->used)
		return fetch_string(snapshot, dst, addr, limit);
	/* Some of it was fetched before: the NUL may be in it.  What is new is taken by the page, so that a hole behind the
	 * NUL is not met. */
	while (done < limit) {
		size_t want = least(limit - done, PAGE - (size_t)((addr + done) % PAGE)), length;
		const struct snapshot_piece *piece = known(snapshot, addr + done, &want);

		if (piece && addr + done - piece->start < piece->done)
			want = least(want, (size_t)(piece->start + piece->done - (addr + done)));
		result = snapshot_read(snapshot, dst + done, addr + done, want);
		length = strnlen(dst + done, result.done);
		done += length;
		if (length < result.done)
			return result_of(done, UM_OK);
		if (result.status != UM_OK && done < limit) {
			dst[done] = '\0';
			return result_of(done, result.status);
		}
	}
	dst[limit - 1] = '\0';
	return result_of(limit - 1, UM_TOO_LONG);
}

static bool overlaps_known(const struct snapshot *snapshot, struct um_range range)
{
	for (size_t i = 0; i < snapshot->count; i++) {
		struct um_range piece = { um_addr_of(snapshot->pieces[i].start), snapshot->pieces[i].done + 1 };

		if (um_range_overlaps(piece, range))
			return true;
	}
	return false;
}

/* Those of the ranges that no other fetch touches. */
static size_t separate(const struct snapshot *snapshot, struct um_range *kept, const struct um_range *ranges, size_t count)
{
	size_t room = SNAPSHOT_PIECES - snapshot->count, n = 0;
	uint64_t bytes = SNAPSHOT_BYTES - snapshot->used;

	for (size_t i = 0; i < count && n < room; i++) {
		bool apart = ranges[i].length != 0 && ranges[i].length <= bytes && !overlaps_known(snapshot, ranges[i]);

		for (size_t j = 0; apart && j < n; j++)
			apart = !um_range_overlaps(kept[j], ranges[i]);
		if (!apart)
			continue;
		kept[n++] = ranges[i];
		bytes -= ranges[i].length;
	}
	return n;
}

void snapshot_prefetch(struct snapshot *snapshot, const struct um_range *ranges, size_t count)
{
	struct um_range kept[SNAPSHOT_PIECES];
	size_t first = 0;

	if (ready(snapshot) != UM_OK)
		return;
	count = separate(snapshot, kept, ranges, count);
	while (first < count) {
		struct um_ranges list = um_ranges_from(kept + first, count - first);
		struct um_result result = um_copy_in_ranges(snapshot->space, snapshot->data + snapshot->used, (size_t)list.length, list, 0);
		size_t left = result.done;
		bool whole = true;

		/* One call, a piece for each range that it reached; behind a fault the next call goes on. */
		for (; first < count && whole; first++) {
			size_t have = least(left, (size_t)kept[first].length);

			whole = have == kept[first].length;
			keep(snapshot, kept[first].start.value, result_of(have, whole ? UM_OK : result.status));
			snapshot->fetches--;
			left -= have;
		}
		snapshot->fetches++;
	}
}
