/* An iovec array, fetched once; the contract is in iovec.h. */
#include <usermem/iovec.h>
#include "fetch.h"

/* done: whole entries. */
static struct um_result fetch_entries(struct um_space *space, um_addr array, struct um_range *storage, size_t count,
                                      unsigned address_size, unsigned flags)
{
	size_t entry = 2 * (size_t)address_size;
	struct um_result result = um_copy_in(space, storage, array, count * entry, flags);

	result.done /= entry;
	return result;
}

/* Entry i of an array of two 32-bit words each. */
static struct um_range narrow_entry(const struct um_range *array, size_t i)
{
	struct um_range range;
	uint32_t words[2];

	__builtin_memcpy(words, (const unsigned char *)array + i * sizeof words, sizeof words);
	range.start = um_addr_of(words[0]);
	range.length = words[1];
	return range;
}

/* Two words as the user's side has them, at the front of storage, become ranges in place. */
static void widen(struct um_range *storage, size_t count)
{
	size_t i = count;

	/* From behind, so that no entry is written over one that is still to be read. */
	/*@ loop invariant 0 <= i <= count;
	    loop invariant \forall integer k; 0 <= k < i ==> storage[k] == \at(storage[k], Pre);
	    loop invariant \forall integer k; i <= k < count ==> um_is_narrow{Pre}(storage[k], storage, k);
	    loop assigns i, storage[0 .. count - 1];
	    loop variant i; */
	while (i > 0) {
		i--;
		storage[i] = narrow_entry(storage, i);
	}
}

static struct um_result judge_lengths(const struct um_range *entries, size_t count, unsigned address_size)
{
	uint64_t most = address_size == 4 ? INT32_MAX : INT64_MAX;
	size_t i;

	/*@ loop invariant 0 <= i <= count && \forall integer k; 0 <= k < i ==> entries[k].length <= most;
	    loop assigns i;
	    loop variant count - i; */
	for (i = 0; i < count; i++)
		if (entries[i].length > most)
			return umi_result(i, UM_INVALID, UM_ONLY_SIDE);
	return umi_result(count, UM_OK, UM_ONLY_SIDE);
}

static struct um_result judge_bases(const struct um_space *space, const struct um_range *entries, size_t count)
{
	size_t i;

	/*@ loop invariant 0 <= i <= count && \forall integer k; 0 <= k < i ==> um_admits_entry(space, entries[k]);
	    loop assigns i;
	    loop variant count - i; */
	for (i = 0; i < count; i++) {
		um_addr base = entries[i].start;

		if (!umi_admit(space, &base, entries[i].length))
			return umi_result(i, UM_RANGE, UM_ONLY_SIDE);
	}
	return umi_result(count, UM_OK, UM_ONLY_SIDE);
}

struct um_result um_import_iovec(struct um_space *space, um_addr array, size_t count, unsigned address_size,
                                 struct um_range *storage, size_t storage_count, struct um_ranges *out, unsigned flags)
{
	enum um_status status = umi_judge_read(space, flags);
	struct um_result result;

	UM_STATIC_ASSERT(sizeof(struct um_range) == 16 && offsetof(struct um_range, length) == 8, "an entry of two 64-bit words is a range as it stands");
	*out = um_ranges_from(NULL, 0);
	if (address_size != 4 && address_size != 8)
		return umi_result(0, UM_INVALID, UM_ONLY_SIDE);
	if (status != UM_OK || count == 0)
		return umi_result(0, status, UM_ONLY_SIDE);
	if (count > UM_IOV_MAX || count > storage_count)
		return umi_result(0, UM_INVALID, UM_ONLY_SIDE);
	result = fetch_entries(space, array, storage, count, address_size, flags);
	if (result.status != UM_OK)
		return result;
	if (address_size == 4)
		widen(storage, count);
	result = judge_lengths(storage, count, address_size);
	if (result.status == UM_OK)
		result = judge_bases(space, storage, count);
	if (result.status != UM_OK)
		return result;
	*out = um_ranges_from(storage, count);
	um_ranges_limit(out, UM_IOV_BYTES_MAX);
	return result;
}
