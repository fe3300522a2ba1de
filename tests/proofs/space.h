/* The way in, in ACSL: what src/space.h decides of flags, promises and limits (laws 3 and 25). */
#ifndef USERMEM_PROOFS_SPACE_H
#define USERMEM_PROOFS_SPACE_H

#include "../../src/fetch.h"
#include "addr.h"

/*@ predicate um_promises{L}(struct um_space *space, integer can) = (space->can & can) == can;
    predicate um_flags_known(integer flags) = (flags & (unsigned)~(UM_NOFAULT | UM_IGNORE_PERMS)) == 0;
    predicate um_flags_promised{L}(struct um_space *space, integer flags) =
      ((flags & UM_NOFAULT) != 0 ==> (space->can & UM_CAN_NOFAULT) != 0) &&
      ((flags & UM_IGNORE_PERMS) != 0 ==> (space->can & UM_CAN_IGNORE_PERMS) != 0);

    // Law 3 over integers: may length bytes at start be touched?
    predicate um_admits{L}(struct um_space *space, integer start, integer length) =
      length == 0 ? start <= space->last.value + 1 :
      space->first.value <= start && start + length - 1 <= space->last.value; */

/*@ terminates \true;
    assigns \nothing;
    ensures \result.done == done && \result.status == status && \result.side == UM_ONLY_SIDE; */
static inline struct um_result umi_result_of(size_t done, enum um_status status);

/*@ requires \valid_read(space);
    terminates \true;
    assigns \nothing;
    ensures unknown: \result == UM_INVALID <==> !um_flags_known(flags);
    ensures known: \result == UM_OK <==> um_flags_known(flags) && um_flags_promised(space, flags);
    ensures \result == UM_OK || \result == UM_INVALID || \result == UM_UNSUPPORTED; */
enum um_status umi_judge_flags(const struct um_space *space, unsigned flags);

/*@ requires \valid_read(space);
    terminates \true;
    assigns \nothing;
    ensures unknown: \result == UM_INVALID <==> !um_flags_known(flags);
    ensures known: \result == UM_OK <==>
      um_flags_known(flags) && um_flags_promised(space, flags) && um_promises(space, need);
    ensures \result == UM_OK || \result == UM_INVALID || \result == UM_UNSUPPORTED; */
enum um_status umi_judge(const struct um_space *space, unsigned flags, unsigned need);

/*@ requires \valid_read(space);
    terminates \true;
    assigns \nothing;
    ensures \result == UM_OK <==> um_flags_known(flags) && um_flags_promised(space, flags); */
static inline enum um_status umi_judge_read(const struct um_space *space, unsigned flags);

/*@ requires \valid_read(space);
    terminates \true;
    assigns \nothing;
    ensures \result == UM_OK <==>
      um_flags_known(flags) && um_flags_promised(space, flags) && um_promises(space, UM_CAN_WRITE); */
static inline enum um_status umi_judge_write(const struct um_space *space, unsigned flags);

/*@ requires \valid_read(space);
    terminates \true;
    assigns \nothing;
    ensures none: space->ignored == 0 ==> \result == addr;
    ensures all: \result.value == (addr.value | space->ignored) || \result.value == (addr.value & (uint64_t)~space->ignored) ||
      space->ignored == 0; */
um_addr umi_resolve(const struct um_space *space, um_addr addr);

/*@ requires \valid_read(space) && \valid(start) && \separated(space, start);
    terminates \true;
    assigns *start;
    ensures none: space->ignored == 0 ==> *start == \old(*start);
    ensures limits: \result <==> um_admits(space, start->value, n); */
bool umi_admit(const struct um_space *space, um_addr *start, uint64_t n);

#endif
