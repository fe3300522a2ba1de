/* Memory that is lent and taken back; the contract is in share.h. */
#include <usermem/spaces/share.h>
#include "../ranges.h"
#include "../space.h"

enum { ANYTHING = UM_CAN_WRITE | UM_CAN_ATOMIC | UM_CAN_SINGLE | UM_CAN_NOFAULT | UM_CAN_IGNORE_PERMS | UM_CAN_PERMS | UM_CAN_CHECK | UM_CAN_VISIT };

/* ---------------------------------------------------------------- owners */

/* Written by one thread while others ask whether it is still theirs. */
static void set_generation(struct um_owner *owner, uint64_t generation)
{
	__atomic_store_n(&owner->generation, generation, __ATOMIC_RELEASE);
}

void um_owner_start(struct um_owner *owner, struct um_space *space)
{
	owner->space = space;
	owner->shared_end = um_addr_of(0);
	if (owner->generations == UINT64_MAX)
		um_owner_end(owner);
	else
		set_generation(owner, ++owner->generations);
}

void um_owner_end(struct um_owner *owner)
{
	set_generation(owner, 0);
}

bool um_owner_may_shrink(const struct um_owner *owner, um_addr new_end)
{
	return owner->generation == 0 || new_end.value >= owner->shared_end.value;
}

/* ---------------------------------------------------------------- what may be done, asked at every access */

static inline struct um_share *share_of(struct um_space *space)
{
	return (struct um_share *)space;
}

static enum um_status state(const struct um_share *share)
{
	if (share->owner == NULL)
		return UM_UNMAPPED;
	return __atomic_load_n(&share->owner->generation, __ATOMIC_ACQUIRE) == share->generation ? UM_OK : UM_GONE;
}

bool um_share_present(const struct um_share *share)
{
	return state(share) == UM_OK;
}

uint64_t um_share_length(const struct um_share *share)
{
	return um_share_present(share) ? share->range.length : 0;
}

/* How many of the n bytes at *addr may be accessed so, and why no more; none: the inner space is not to be asked.  Makes *addr
 * where they are in there. */
static struct um_result reach(const struct um_share *share, um_addr *addr, uint64_t n, unsigned access)
{
	struct um_result reached = { 0, state(share), UM_ONLY_SIDE };
	uint64_t length = share->range.length - addr->value;

	if (reached.status != UM_OK)
		return reached;
	if (addr->value >= share->range.length)
		reached.status = UM_UNMAPPED;
	else if (access & ~share->access)
		reached.status = UM_DENIED;
	else if (n <= length)
		reached.done = n;
	else
		reached = (struct um_result){ length, UM_UNMAPPED, UM_ONLY_SIDE };
	addr->value += share->range.start.value;
	return reached;
}

/* Of a call of the inner space for all that was reached. */
static inline struct um_result behind(struct um_result result, struct um_result reached)
{
	return result.status == UM_OK ? reached : result;
}

/* ---------------------------------------------------------------- accesses */

UMI_SPECIALISED struct um_result move(struct um_space *space, void *ours, um_addr addr, size_t n, unsigned flags, enum umi_direction direction)
{
	struct um_share *share = share_of(space);
	struct um_result reached = reach(share, &addr, n, direction == UMI_IN ? UM_READ : UM_WRITE);

	return reached.done == 0 ? reached : behind(umi_move(share->inner, ours, addr, reached.done, flags, direction), reached);
}

static struct um_result share_copy_in(struct um_space *space, void *dst, um_addr src, size_t n, unsigned flags)
{
	return move(space, dst, src, n, flags, UMI_IN);
}

static struct um_result share_copy_out(struct um_space *space, um_addr dst, const void *src, size_t n, unsigned flags)
{
	return move(space, (void *)(uintptr_t)src, dst, n, flags, UMI_OUT);
}

static struct um_result share_fill(struct um_space *space, um_addr dst, uint8_t byte, size_t n, unsigned flags)
{
	return move(space, &byte, dst, n, flags, UMI_FILL);
}

static struct um_result share_copy_string_in(struct um_space *space, char *dst, um_addr src, size_t limit, unsigned flags)
{
	struct um_share *share = share_of(space);
	struct um_result reached = reach(share, &src, limit, UM_READ);

	return reached.done == 0 ? reached : umi_string_within(share->inner, dst, src, limit, flags, reached);
}

/* Operations that change a value tell the old one, and so read too. */
static unsigned access_of(enum um_atomic_op op)
{
	return op == UM_LOAD ? UM_READ : op == UM_STORE ? UM_WRITE : UM_READ | UM_WRITE;
}

static enum um_status share_atomic(struct um_space *space, um_addr addr, struct um_atomic_access *access, unsigned flags)
{
	struct um_share *share = share_of(space);
	enum um_status status = reach(share, &addr, access->size, access_of(access->op)).status;

	if (!um_addr_aligned(addr, access->size))
		return UM_MISALIGNED;
	return status != UM_OK ? status : um_atomic(share->inner, addr, access, flags);
}

/* ---------------------------------------------------------------- questions */

static struct um_result ask(struct um_space *space, struct um_range range, unsigned access, unsigned flags, bool populate)
{
	struct um_share *share = share_of(space);
	struct um_result reached = reach(share, &range.start, range.length, access), asked;

	if (reached.done == 0)
		return reached;
	range.length = reached.done;
	if (populate)
		asked = um_populate(share->inner, range, access, flags);
	else
		asked = um_check(share->inner, range, access, flags);
	return behind(asked, reached);
}

static struct um_result share_check(struct um_space *space, struct um_range range, unsigned access, unsigned flags)
{
	return ask(space, range, access, flags, false);
}

static struct um_result share_populate(struct um_space *space, struct um_range range, unsigned access, unsigned flags)
{
	return ask(space, range, access, flags, true);
}

/* As many pieces at once as a visitor is shown. */
static struct um_result share_visit(struct um_space *space, struct um_ranges ranges, unsigned access, unsigned flags,
                                    um_visit_fn *visit, void *context)
{
	struct um_share *share = share_of(space);
	struct um_result reached = { 0, UM_OK, UM_ONLY_SIDE }, shown = reached;
	struct um_range pieces[UM_VISIT_MAX];
	size_t done = 0, count, length;

	while (reached.status == UM_OK && shown.status == UM_OK && ranges.length != 0) {
		for (count = length = 0; reached.status == UM_OK && count < UM_VISIT_MAX && um_ranges_next(&ranges, UINT64_MAX, &pieces[count]); count++) {
			reached = reach(share, &pieces[count].start, pieces[count].length, access);
			length += reached.done;
		}
		if (length == 0)
			break;
		shown = um_visit(share->inner, (struct um_ranges){ pieces[0], pieces + 1, count - 1, length }, access, flags, visit, context);
		done += shown.done;
	}
	shown.done = reached.done = done;
	return behind(shown, reached);
}

static const struct um_space_ops share_ops = {
	.size = sizeof(struct um_space_ops),
	.name = "share",
	.copy_in = share_copy_in,
	.copy_out = share_copy_out,
	.fill = share_fill,
	.atomic = share_atomic,
	.copy_string_in = share_copy_string_in,
	.populate = share_populate,
	.check = share_check,
	.visit = share_visit,
};

/* ---------------------------------------------------------------- lending */

void um_share_init(struct um_share *share)
{
	*share = (struct um_share){ .space = { .ops = &share_ops, .last = { UINT64_MAX }, .can = ANYTHING } };
}

/* May the owner, which lives, lend this?  *end: one past its last byte. */
static enum um_status judge(struct um_space *space, unsigned access, struct um_range range, um_addr *end)
{
	if (range.length == 0)
		return UM_OK;
	/* The mark is compared with where memory ends, which has no ignored bits. */
	if (!um_addr_add(umi_resolve(space, range.start), range.length, end))
		return UM_RANGE;
	return um_check(space, range, space->can & UM_CAN_CHECK ? access : 0, 0).status;
}

enum um_status um_share_swap(struct um_share *share, struct um_owner *owner, unsigned access, struct um_range *range)
{
	struct um_range before = { { 0 }, 0 };
	um_addr end = before.start;
	enum um_status status;

	if (access & ~(unsigned)(UM_READ | UM_WRITE) || (access == 0 && range->length != 0))
		return UM_INVALID;
	if (owner->generation == 0)
		return UM_GONE;
	if (access & UM_WRITE && !(owner->space->can & UM_CAN_WRITE))
		return UM_UNSUPPORTED;
	status = judge(owner->space, access, *range, &end);
	if (status != UM_OK)
		return status;
	if (share->owner == owner && share->generation == owner->generation)
		before = share->range;
	share->owner = access != 0 ? owner : NULL;
	share->inner = owner->space;
	share->space.can = access != 0 ? owner->space->can : ANYTHING;
	share->generation = owner->generation;
	share->range = *range;
	share->access = access;
	share->changes++;
	if (owner->shared_end.value < end.value)
		owner->shared_end = end;
	*range = before;
	return UM_OK;
}
