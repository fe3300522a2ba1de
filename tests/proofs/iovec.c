#include "space.h"
#include "ranges.h"

/*@ // Entry i as the user has it, two 32-bit words: bytes of storage[i / 2], and of nothing else.
    axiomatic um_narrow {
      predicate um_is_narrow{L}(struct um_range entry, struct um_range *array, integer i) reads array[i / 2];
      axiom um_narrow_same{L1, L2}: \forall struct um_range entry, *array, integer i;
        \at(array[i / 2], L1) == \at(array[i / 2], L2) ==>
        (um_is_narrow{L1}(entry, array, i) <==> um_is_narrow{L2}(entry, array, i));
    }
    // Where no bits are ignored; else it is about the address that umi_resolve makes of it.
    predicate um_admits_entry{L}(struct um_space *space, struct um_range entry) =
      space->ignored == 0 ==> um_admits(space, entry.start.value, entry.length); */

#include "../../src/iovec.c"

/*@ ghost int um_fetches; */

/* Not proved: here bytes become ranges.  Of a space it asks what space.h says of um_copy_in. */
/*@ requires address_size == 4 || address_size == 8;
    requires count <= UM_IOV_MAX && \valid(storage + (0 .. count - 1));
    terminates \true;
    assigns storage[0 .. count - 1], um_fetches;
    ensures \result.done <= count && (\result.status == UM_OK <==> \result.done == count);
    ensures um_fetches == \old(um_fetches) + 1; */
static struct um_result fetch_entries(struct um_space *space, um_addr array, struct um_range *storage, size_t count,
                                      unsigned address_size, unsigned flags);

/* Not proved: as above. */
/*@ requires \valid_read(array + i / 2);
    terminates \true;
    assigns \nothing;
    ensures um_is_narrow(\result, array, i); */
static struct um_range narrow_entry(const struct um_range *array, size_t i);

/*@ requires \valid(storage + (0 .. count - 1)) && count <= UM_IOV_MAX;
    terminates \true;
    assigns storage[0 .. count - 1];
    ensures widens: \forall integer k; 0 <= k < count ==> um_is_narrow{Pre}(storage[k], storage, k); */
static void widen(struct um_range *storage, size_t count);

/*@ terminates \true;
    assigns \nothing;
    ensures \result.done == done && \result.status == status; */
static inline struct um_result umi_result(size_t done, enum um_status status, enum um_side side);

/*@ logic integer um_longest(integer address_size) = address_size == 4 ? INT32_MAX : INT64_MAX; */

/*@ requires \valid_read(entries + (0 .. count - 1));
    terminates \true;
    assigns \nothing;
    ensures judges: \result.status == UM_OK || \result.status == UM_INVALID;
    ensures all: \result.status == UM_OK ==> \result.done == count &&
      \forall integer k; 0 <= k < count ==> entries[k].length <= um_longest(address_size);
    ensures first: \result.status == UM_INVALID ==> \result.done < count &&
      entries[\result.done].length > um_longest(address_size) &&
      \forall integer k; 0 <= k < \result.done ==> entries[k].length <= um_longest(address_size); */
static struct um_result judge_lengths(const struct um_range *entries, size_t count, unsigned address_size);

/*@ requires \valid_read(space) && \valid_read(entries + (0 .. count - 1));
    terminates \true;
    assigns \nothing;
    ensures judges: \result.status == UM_OK || \result.status == UM_RANGE;
    ensures all: \result.status == UM_OK ==> \result.done == count &&
      \forall integer k; 0 <= k < count ==> um_admits_entry(space, entries[k]);
    ensures first: \result.status == UM_RANGE ==> \result.done < count &&
      (space->ignored == 0 ==> !um_admits_entry(space, entries[\result.done])) &&
      \forall integer k; 0 <= k < \result.done ==> um_admits_entry(space, entries[k]); */
static struct um_result judge_bases(const struct um_space *space, const struct um_range *entries, size_t count);

/*@ requires \valid_read(space) && \valid(out) && \valid(storage + (0 .. storage_count - 1)) && um_fetches == 0;
    requires \separated(space, out, storage + (0 .. storage_count - 1), &um_fetches);
    terminates \true;
    assigns *out, storage[0 .. \min(count, storage_count) - 1], um_fetches;
    ensures once: um_fetches <= 1;
    ensures judged: (address_size != 4 && address_size != 8) || count > UM_IOV_MAX || count > storage_count ==>
      um_fetches == 0 && \result.done == 0 && (count > 0 ==> \result.status != UM_OK) &&
      \forall integer k; 0 <= k < storage_count ==> storage[k] == \old(storage[k]);
    ensures nothing: count == 0 ==> um_fetches == 0 && \result.done == 0;
    ensures lengths: \result.status == UM_OK ==> \forall integer k; 0 <= k < count ==> storage[k].length <= um_longest(address_size);
    ensures bases: \result.status == UM_OK ==> \forall integer k; 0 <= k < count ==> um_admits_entry(space, storage[k]);
    ensures list: \result.status == UM_OK && count > 0 ==> \result.done == count && out->head.length == 0 &&
      out->rest == storage && out->rest_count == count;
    ensures total: \result.status == UM_OK && count > 0 ==> out->length == \min(UM_IOV_BYTES_MAX, um_held(storage, count));
    ensures empty: \result.status != UM_OK || count == 0 ==> out->length == 0;
    ensures whole: um_whole(*out); */
struct um_result um_import_iovec(struct um_space *space, um_addr array, size_t count, unsigned address_size,
                                 struct um_range *storage, size_t storage_count, struct um_ranges *out, unsigned flags);
