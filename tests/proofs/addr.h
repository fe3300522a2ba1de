/* Floor 0 in ACSL: the contracts of addr.h, over integers that do not wrap. */
#ifndef USERMEM_PROOFS_ADDR_H
#define USERMEM_PROOFS_ADDR_H

#include <usermem/addr.h>

/*@ logic integer um_top(struct um_range range) = \min(range.start.value + range.length, UINT64_MAX + 1);
    predicate um_in(integer byte, struct um_range range) = range.start.value <= byte < um_top(range); */

/*@ terminates \true;
    assigns \nothing;
    ensures \result.value == value; */
um_addr um_addr_of(uint64_t value);

/*@ requires \valid(sum);
    terminates \true;
    assigns *sum;
    ensures fits: \result <==> addr.value + n <= UINT64_MAX;
    ensures sum: sum->value == (\result ? addr.value + n : \old(sum->value)); */
bool um_addr_add(um_addr addr, uint64_t n, um_addr *sum);

/*@ terminates \true;
    assigns \nothing;
    ensures multiple: alignment > 0 ==> (\result <==> addr.value % alignment == 0);
    ensures zero: alignment == 0 ==> !\result; */
bool um_addr_aligned(um_addr addr, uint64_t alignment);

/*@ terminates \true;
    assigns \nothing;
    ensures bytes: range.length > 0 ==>
      (\result <==> first.value <= range.start.value && range.start.value + range.length - 1 <= last.value);
    ensures empty: range.length == 0 ==> (\result <==> range.start.value <= last.value + 1); */
bool um_range_within(struct um_range range, um_addr first, um_addr last);

/*@ terminates \true;
    assigns \nothing;
    ensures some: \result ==>
      um_in(\max(a.start.value, b.start.value), a) && um_in(\max(a.start.value, b.start.value), b);
    ensures none: !\result ==> \forall integer byte; !(um_in(byte, a) && um_in(byte, b)); */
bool um_range_overlaps(struct um_range a, struct um_range b);

/*@ requires range.start.value <= at;
    terminates \true;
    assigns \nothing;
    ensures rest: \result == \max(0, um_top(range) - at); */
static uint64_t length_from(struct um_range range, uint64_t at);

/*@ terminates \true;
    assigns \nothing;
    ensures start: \result.start.value == \max(a.start.value, b.start.value);
    ensures length: \result.length == \max(0, \min(um_top(a), um_top(b)) - \result.start.value);
    ensures common: \forall integer byte; um_in(byte, \result) <==> um_in(byte, a) && um_in(byte, b); */
struct um_range um_range_intersect(struct um_range a, struct um_range b);

#endif
