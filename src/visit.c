/* The contract is in visit.h. */
#include "visit.h"

void umi_visit_begin(struct visit *show, um_visit_fn *visit, void *context)
{
	/* The blocks are not cleared: only those that were added are shown. */
	show->visit = visit;
	show->context = context;
	show->result = (struct um_result){ 0, UM_OK, UM_ONLY_SIDE };
	show->count = 0;
	show->shown = 0;
}

/* Shows the gathered blocks.  False: the visit is over. */
static bool flush(struct visit *show)
{
	struct um_result took;

	if (show->count == 0)
		return true;
	took = umi_visit_took(show->visit(show->context, show->blocks, show->count), show->shown);
	took.done += show->result.done;
	show->result = took;
	show->count = 0;
	show->shown = 0;
	return took.status == UM_OK;
}

bool umi_visit_add(struct visit *show, struct um_block block)
{
	show->blocks[show->count++] = block;
	show->shown += block.length;
	return show->count < UM_VISIT_MAX || flush(show);
}

struct um_result umi_visit_end(struct visit *show, enum um_status status)
{
	if (show->result.status == UM_OK && flush(show))
		show->result.status = status;
	return show->result;
}
