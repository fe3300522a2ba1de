/*
 * Taking translations away.
 *
 * A view that copies is marked by its section, and reads mm->taken behind the mark, at every page; who takes away counts mm->taken
 * up first and then looks at the marks, with a barrier on both sides in between.  So a view has either seen the new count, has
 * forgotten what it knew and finds the pmap as it is now, or its mark is seen, and waited for.
 */
#include "mm_parts.h"

void umi_taken_flush(struct um_mm *mm, struct um_range range, struct umi_taken *taken)
{
	__atomic_add_fetch(&mm->taken, 1, __ATOMIC_SEQ_CST);
	if (mm->ops->flush)
		taken->flushed = mm->ops->flush(&mm->pmap, range);
}

/* The mark of a section that began later is no older than `taken`: a view that copies all the time does not hold us up. */
static void wait_for(const struct um_mm *mm, const struct um_mm_view *view, uint64_t taken)
{
	for (;;) {
		uint64_t section = __atomic_load_n(&view->section, __ATOMIC_SEQ_CST);

		if (section == 0 || section >= taken)
			return;
		mm->provider->pause(mm->provider);
	}
}

static void quiesce(struct um_mm *mm, const struct um_mm_view *own)
{
	uint64_t taken = __atomic_load_n(&mm->taken, __ATOMIC_SEQ_CST);
	const struct um_mm_view *view;
	bool alone;

	/* Views that are opened from here on find the pmap as it is. */
	umi_lock(mm->provider, &mm->views_lock);
	alone = !mm->views || (mm->views == own && !own->next);
	if (!alone && mm->provider->barrier)
		mm->provider->barrier(mm->provider);
	for (view = mm->views; view && !alone; view = view->next)
		if (view != own)
			wait_for(mm, view, taken);
	umi_unlock(mm->provider, &mm->views_lock);
}

void umi_taken_end(struct um_mm *mm, const struct um_mm_view *view, struct umi_taken *taken)
{
	size_t i;

	if (taken->any)
		quiesce(mm, view);
	for (i = 0; i < taken->count; i++)
		umi_page_drop(mm->provider, taken->pages[i], 1);
	if (taken->flushed)
		mm->ops->reclaim(&mm->pmap, taken->flushed);
	umi_taken_begin(taken);
}

void umi_take_pages(struct um_mm *mm, uint64_t start, uint64_t last, struct umi_taken *taken)
{
	struct um_range range = { um_addr_of(start), last - start + 1 };
	struct umi_walk walk = umi_walk_of(start, last);

	while (umi_walk_next(mm, &walk)) {
		taken->pages[taken->count++] = mm->ops->remove(&mm->pmap, walk.at);
		taken->any = true;
		if (taken->count == UMI_TAKEN_MAX) {
			umi_taken_flush(mm, range, taken);
			umi_taken_end(mm, NULL, taken);
		}
	}
	if (taken->any)
		umi_taken_flush(mm, range, taken);
}
