/* Lists of ranges in ACSL: the contracts of ranges.h.  What an array holds is summed over integers that do not wrap. */
#ifndef USERMEM_PROOFS_RANGES_H
#define USERMEM_PROOFS_RANGES_H

#include <usermem/ranges.h>
#include "addr.h"

/*@ logic integer um_left{L}(struct um_ranges ranges) = ranges.head.length + um_held(ranges.rest, ranges.rest_count);

    // The window never holds more than head and rest.
    predicate um_whole{L}(struct um_ranges ranges) =
      \valid_read(ranges.rest + (0 .. ranges.rest_count - 1)) && ranges.length <= um_left(ranges); */

/*@ terminates \true;
    assigns \nothing;
    ensures \result.head.start == start && \result.head.length == length && \result.length == length;
    ensures \result.rest_count == 0;
    ensures whole: um_whole(\result); */
struct um_ranges um_ranges_of(um_addr start, uint64_t length);

/*@ requires \valid_read(array + (0 .. count - 1));
    terminates \true;
    assigns \nothing;
    ensures saturates: \result.length == \min(UINT64_MAX, um_held(array, count));
    ensures all: \result.head.length == 0 && \result.rest == array && \result.rest_count == count;
    ensures whole: um_whole(\result); */
struct um_ranges um_ranges_from(const struct um_range *array, size_t count);

/*@ requires \valid(ranges) && um_whole(*ranges);
    requires \separated(ranges, ranges->rest + (0 .. ranges->rest_count - 1));
    terminates \true;
    assigns ranges->length;
    ensures shrinks: ranges->length == \min(most, \old(ranges->length));
    ensures whole: um_whole(*ranges); */
void um_ranges_limit(struct um_ranges *ranges, uint64_t most);

/*@ requires \valid(ranges) && n <= ranges->head.length && n <= ranges->length;
    terminates \true;
    assigns ranges->head, ranges->length;
    ensures saturates: ranges->head.start.value == \min(UINT64_MAX, \old(ranges->head.start.value) + n);
    ensures ranges->head.length == \old(ranges->head.length) - n && ranges->length == \old(ranges->length) - n; */
void umi_ranges_drop(struct um_ranges *ranges, uint64_t n);

/*@ requires \valid(ranges) && \valid(piece) && um_whole(*ranges);
    requires \separated(ranges, piece, ranges->rest + (0 .. ranges->rest_count - 1));
    terminates \true;
    assigns *ranges, *piece;
    ensures whole: um_whole(*ranges);
    ensures some: \result <==> most > 0 && \old(ranges->length) > 0;
    ensures none: !\result ==> *ranges == \old(*ranges) && *piece == \old(*piece);
    ensures passes: 0 <= ranges->rest_count <= \old(ranges->rest_count) &&
      ranges->rest == \old(ranges->rest) + (\old(ranges->rest_count) - ranges->rest_count);
    ensures counts: \result ==> 1 <= piece->length <= most && ranges->length == \old(ranges->length) - piece->length &&
      um_left(*ranges) == \old(um_left(*ranges)) - piece->length;
    ensures head: \result && \old(ranges->head.length) > 0 ==>
      ranges->rest == \old(ranges->rest) && piece->start == \old(ranges->head.start);
    ensures rest: \result && \old(ranges->head.length) == 0 ==>
      ranges->rest_count < \old(ranges->rest_count) && piece->start == ranges->rest[-1].start; */
bool umi_ranges_next(struct um_ranges *ranges, uint64_t most, struct um_range *piece);

/*@ requires \valid(ranges) && um_whole(*ranges);
    requires \separated(ranges, ranges->rest + (0 .. ranges->rest_count - 1));
    terminates \true;
    assigns *ranges;
    ensures whole: um_whole(*ranges);
    ensures fewer: n > \old(ranges->length) ==> \result == UM_WINDOW && *ranges == \old(*ranges);
    ensures drops: n <= \old(ranges->length) ==> \result == UM_OK && ranges->length == \old(ranges->length) - n &&
      um_left(*ranges) == \old(um_left(*ranges)) - n; */
enum um_status um_ranges_skip(struct um_ranges *ranges, uint64_t n);

/*@ requires \valid(ranges) && \valid(piece) && um_whole(*ranges);
    requires \separated(ranges, piece, ranges->rest + (0 .. ranges->rest_count - 1));
    terminates \true;
    assigns *ranges, *piece;
    ensures whole: um_whole(*ranges);
    ensures some: \result <==> most > 0 && \old(ranges->length) > 0;
    ensures none: !\result ==> *ranges == \old(*ranges) && *piece == \old(*piece);
    ensures counts: \result ==> 1 <= piece->length <= most && ranges->length == \old(ranges->length) - piece->length &&
      um_left(*ranges) == \old(um_left(*ranges)) - piece->length; */
bool um_ranges_next(struct um_ranges *ranges, uint64_t most, struct um_range *piece);

#endif
