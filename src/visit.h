/*
 * How a space shows blocks to a visitor: gathers up to UM_VISIT_MAX of them, and does the sums.
 *
 *     struct visit show;
 *
 *     umi_visit_begin(&show, visit, context);
 *     while (um_ranges_next(&ranges, UINT64_MAX, &piece) && umi_visit_add(&show, block))
 *             ;
 *     return umi_visit_end(&show, UM_OK);
 */
#ifndef USERMEM_SRC_VISIT_H
#define USERMEM_SRC_VISIT_H

#include <usermem/space.h>

struct visit {
	um_visit_fn *visit;
	void *context;
	struct um_result result; /* of what was shown so far */
	size_t count, shown;     /* blocks gathered, and their bytes */
	struct um_block blocks[UM_VISIT_MAX];
};

void umi_visit_begin(struct visit *show, um_visit_fn *visit, void *context);

/* Adds a block, not empty.  False: the visitor has ended the visit. */
bool umi_visit_add(struct visit *show, struct um_block block);

/* Shows what is left.  status: what stopped the gathering, which is the result unless the visitor had one. */
struct um_result umi_visit_end(struct visit *show, enum um_status status);

/* What the visitor took of what it was shown. */
static inline struct um_result umi_visit_took(struct um_result took, size_t shown)
{
	if (took.done > shown)
		took.done = shown;
	if (took.status == UM_OK && took.done < shown)
		took.status = UM_STOPPED;
	return took;
}

/* A list that is one piece needs no gathering: from ranges.head.start on, ranges.length bytes. */
static inline bool umi_visit_is_flat(const struct um_ranges *ranges)
{
	return ranges->length <= ranges->head.length;
}

/* A visit of one block, which may be empty.  behind: what comes behind it. */
static inline struct um_result umi_visit_flat(struct um_block block, enum um_status behind, um_visit_fn *visit, void *context)
{
	struct um_result took = { 0, UM_OK, UM_ONLY_SIDE };

	if (block.length != 0)
		took = umi_visit_took(visit(context, &block, 1), block.length);
	if (took.status == UM_OK)
		took.status = behind;
	return took;
}

#endif
