"""Planted bugs: each is a plausible slip, and leaves unproved the goal that it names."""
import collections

Mutant = collections.namedtuple("Mutant", "unit file function goal what was becomes")

ADDR, RANGES, RANGES_H = "include/usermem/addr.h", "include/usermem/ranges.h", "src/ranges.h"

MUTANTS = [
    Mutant("addr", ADDR, "um_range_within", "ensures_bytes", "the last legal byte is cut off",
           "range.length - 1 <= last.value - start", "range.length <= last.value - start"),
    Mutant("addr", ADDR, "um_range_within", "assert_rte_unsigned_overflow", "the sum comes first, and wraps",
           "range.length - 1 <= last.value - start", "start + range.length - 1 <= last.value"),
    Mutant("addr", ADDR, "um_range_within", "assert_rte_unsigned_overflow", "nobody asks whether the start is above the last byte",
           "start <= last.value && range", "range"),
    Mutant("addr", ADDR, "um_range_within", "ensures_empty", "one past the last byte is refused",
           "start - 1 <= last.value;", "start <= last.value;"),
    Mutant("addr", ADDR, "um_addr_add", "assert_rte_unsigned_overflow", "a sum of 2^64 is let through",
           "n > UINT64_MAX - addr.value", "n - 1 > UINT64_MAX - addr.value"),
    Mutant("addr", ADDR, "um_addr_aligned", "assert_rte_division_by_zero", "alignment 0 divides",
           "alignment != 0 && addr", "addr"),
    Mutant("addr", "src/addr.c", "length_from", "ensures_rest", "a range up to 2^64 is cut by a byte",
           "left : below_top + 1", "left : below_top"),
    Mutant("addr", "src/addr.c", "length_from", "assert_rte_unsigned_overflow", "a start behind the range's end",
           "skipped >= range.length", "skipped > range.length"),
    Mutant("addr", "src/addr.c", "um_range_intersect", "call_length_from_requires", "the lower start instead of the higher",
           "a.start.value > b.start.value", "a.start.value < b.start.value"),
    Mutant("ranges", RANGES, "um_ranges_from", "assert_rte_unsigned_overflow", "the sum of the lengths wraps",
           " && array[i].length <= UINT64_MAX - length", ""),
    Mutant("ranges", RANGES, "um_ranges_from", "ensures_saturates", "the sum does not saturate",
           "i < count ? UINT64_MAX : length", "length"),
    Mutant("ranges", RANGES, "um_ranges_limit", "ensures_shrinks", "a limit widens the window",
           "most < ranges->length", "most > ranges->length"),
    Mutant("ranges", RANGES_H, "umi_ranges_drop", "ensures_saturates", "the address wraps instead of saturating",
           "start = um_addr_of(UINT64_MAX)", "start = um_addr_of(0)"),
    Mutant("ranges", RANGES_H, "umi_ranges_next", "loop_invariant", "a range of length 1 is passed over",
           "while (ranges->head.length == 0", "while (ranges->head.length <= 1"),
    Mutant("ranges", RANGES_H, "umi_ranges_next", "loop_invariant", "a range is passed over and stays counted",
           "		ranges->rest_count--;\n", ""),
    Mutant("ranges", RANGES_H, "umi_ranges_next", "ensures_some", "a window of one byte counts as empty",
           "if (n == 0)", "if (n <= 1)"),
    Mutant("ranges", RANGES_H, "umi_ranges_next", "call_umi_ranges_drop_requires", "a piece larger than its range",
           "if (n > ranges->head.length)", "if (n < ranges->head.length)"),
    Mutant("ranges", "src/ranges.c", "um_ranges_skip", "loop_invariant", "what is not there is skipped up to the end",
           "return UM_WINDOW", "n = ranges->length"),
    Mutant("ranges", "src/ranges.c", "um_ranges_skip", "loop_invariant", "a skip that never ends",
           "n -= piece.length", "n -= 0"),
]
