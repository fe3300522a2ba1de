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

#endif
