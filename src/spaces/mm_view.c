/* A thread's window on an address space: the space.  The contract is in mm.h. */
#include "../visit.h"
#include "mm_parts.h"
#include "own.h"

static struct um_mm_view *view_of(struct um_space *space)
{
	return (struct um_mm_view *)space;
}

static inline struct um_result result_of(size_t done, enum um_status status)
{
	struct um_result result = { done, status, UM_ONLY_SIDE };

	return result;
}

/* ---------------------------------------------------------------- sections: what is found in one stays until it is left */

enum { NO_PAGE = -1 }; /* as an address */

static void forget(struct um_mm_view *view, uint64_t taken)
{
	unsigned i;

	for (i = 0; i < UM_MM_CACHED; i++)
		view->cache[i].read = view->cache[i].write = (uint64_t)NO_PAGE;
	view->seen = taken;
	/* What this section finds is as new as this; who waits for older ones need not wait. */
	__atomic_store_n(&view->section, taken, __ATOMIC_RELEASE);
}

/* Marks the view as copying by what it knows.  False: that is not to be used any more.  The other half is in mm_quiet.c. */
static inline __attribute__((always_inline)) bool mark(struct um_mm_view *view)
{
	uint64_t seen = view->seen;

	if (__builtin_expect(view->fenced, 0)) {
		__atomic_exchange_n(&view->section, seen, __ATOMIC_SEQ_CST);
	} else {
		__atomic_store_n(&view->section, seen, __ATOMIC_RELEASE);
		__atomic_signal_fence(__ATOMIC_SEQ_CST);
	}
	return __builtin_expect(__atomic_load_n(&view->mm->taken, __ATOMIC_SEQ_CST) == seen, 1);
}

static void enter(struct um_mm_view *view)
{
	if (!mark(view))
		forget(view, __atomic_load_n(&view->mm->taken, __ATOMIC_SEQ_CST));
}

static inline __attribute__((always_inline)) void leave(struct um_mm_view *view)
{
	__atomic_store_n(&view->section, 0, __ATOMIC_RELEASE);
}

/* By its offset, which is a shift less than by its number. */
static inline struct um_mm_cached *slot_of(struct um_mm_view *view, uint64_t addr)
{
	size_t offset = addr / UMI_PAGE * sizeof view->cache[0] % sizeof view->cache;

	return (struct um_mm_cached *)(void *)((unsigned char *)view->cache + offset);
}

static inline unsigned char *here(const struct um_mm_cached *cached, uint64_t addr)
{
	return (unsigned char *)(uintptr_t)(addr + cached->shift);
}

/* Within a section: where the byte at addr is, if its page is there and may be used so. */
static unsigned char *translate(struct um_mm_view *view, uint64_t addr, unsigned access)
{
	struct um_mm_cached *cached = slot_of(view, addr);
	struct um_mm *mm = view->mm;
	uint64_t page_addr = umi_page_of(addr);
	struct um_mm_page *page;
	unsigned has;

	if ((!(access & UM_READ) || cached->read == page_addr) && (!(access & UM_WRITE) || cached->write == page_addr))
		return here(cached, addr);
	page = mm->ops->find(&mm->pmap, um_addr_of(page_addr), &has);
	if (!page || access & ~has)
		return NULL;
	cached->read = has & UM_READ ? page_addr : (uint64_t)NO_PAGE;
	cached->write = has & UM_WRITE ? page_addr : (uint64_t)NO_PAGE;
	cached->shift = (uintptr_t)page->bytes - page_addr;
	return here(cached, addr);
}

/* ---------------------------------------------------------------- pages that are held beyond a section */

/* The page at addr, pinned for this access. */
static enum um_status pin(struct um_mm_view *view, uint64_t addr, unsigned access, unsigned flags, struct um_mm_page **page)
{
	struct um_mm *mm = view->mm;
	unsigned has;

	enter(view);
	*page = mm->ops->find(&mm->pmap, um_addr_of(umi_page_of(addr)), &has);
	if (*page && !(access & ~has))
		umi_page_hold(*page, UMI_PIN);
	else
		*page = NULL;
	leave(view);
	return *page ? UM_OK : umi_mm_resolve(mm, view, addr, access, flags, page);
}

static void unpin(struct um_mm_view *view, struct um_mm_page *page)
{
	umi_page_drop(view->mm->provider, page, UMI_PIN);
}

/* ---------------------------------------------------------------- copies */

struct move {
	enum { MOVE_IN, MOVE_OUT, MOVE_FILL } kind;
	unsigned char *ours; /* MOVE_FILL: none */
	uint8_t byte;
};

static inline unsigned access_of(const struct move *move)
{
	return move->kind == MOVE_IN ? UM_READ : UM_WRITE;
}

static void move_bytes(const struct move *move, size_t done, unsigned char *user, size_t n)
{
	if (move->kind == MOVE_FILL)
		__builtin_memset(user, move->byte, n);
	else if (move->kind == MOVE_IN)
		umi_own_move(move->ours + done, user, n, true);
	else
		umi_own_move(user, move->ours + done, n, false);
}

/* Past the program's protections, by a page that is held: the pmap grants them not. */
static enum um_status move_pinned(struct um_mm_view *view, uint64_t addr, const struct move *move, size_t done, size_t n, unsigned flags)
{
	struct um_mm_page *page;
	enum um_status status = umi_mm_resolve(view->mm, view, addr, access_of(move), flags, &page);

	if (status != UM_OK)
		return status;
	move_bytes(move, done, (unsigned char *)page->bytes + addr % UMI_PAGE, n);
	unpin(view, page);
	return UM_OK;
}

/* Part of one page: moved, or made fit for a retry, or why not. */
static enum um_status move_part(struct um_mm_view *view, uint64_t addr, const struct move *move, size_t *done, size_t n, unsigned flags)
{
	unsigned char *user;
	enum um_status status = UM_OK;

	enter(view);
	user = translate(view, addr, access_of(move));
	if (user)
		move_bytes(move, *done, user, n);
	leave(view);
	if (!user && !(flags & UM_IGNORE_PERMS))
		return umi_mm_resolve(view->mm, view, addr, access_of(move), flags, NULL);
	if (!user)
		status = move_pinned(view, addr, move, *done, n, flags);
	if (status == UM_OK)
		*done += n;
	return status;
}

static inline size_t part_of(uint64_t addr, size_t left)
{
	size_t part = UMI_PAGE - (size_t)(addr % UMI_PAGE);

	return part < left ? part : left;
}

/* A word of a page that the view knows.  Nothing else is as common: it calls nothing. */
static inline __attribute__((always_inline)) bool move_word(struct um_mm_view *view, uint64_t addr, void *ours, size_t n, bool in)
{
	const struct um_mm_cached *cached = slot_of(view, addr);
	bool moved = false;

	if (n > sizeof(uint64_t)) /* what is aligned and shorter lies in one page */
		return false;
	if (mark(view) && __builtin_expect((in ? cached->read : cached->write) == umi_page_of(addr), 1))
		moved = umi_move_once(in ? ours : here(cached, addr), in ? here(cached, addr) : ours, n, in);
	leave(view);
	return moved;
}

/* Part of one page, which the view knows; else nothing. */
static inline __attribute__((always_inline)) bool copy_known(struct um_mm_view *view, uint64_t addr, unsigned char *ours, size_t n, bool in)
{
	const struct um_mm_cached *cached = slot_of(view, addr);
	bool known = mark(view) && (in ? cached->read : cached->write) == umi_page_of(addr);

	if (known)
		umi_own_move(in ? ours : here(cached, addr), in ? here(cached, addr) : ours, n, in);
	leave(view);
	return known;
}

static __attribute__((noinline)) struct um_result copy_parts(struct um_mm_view *view, uint64_t addr, unsigned char *ours, size_t n, unsigned flags, bool in)
{
	enum um_status status = UM_OK;
	size_t done = 0;

	while (done < n && status == UM_OK) {
		struct move move = { in ? MOVE_IN : MOVE_OUT, ours, 0 };
		uint64_t at = addr + done;
		size_t part = part_of(at, n - done);

		if (copy_known(view, at, ours + done, part, in))
			done += part;
		else
			status = move_part(view, at, &move, &done, part, flags);
	}
	return result_of(done, status);
}

/* One known part is most of what there is, and next to its copy a loop's bookkeeping is seen. */
static __attribute__((noinline)) struct um_result copy(struct um_mm_view *view, uint64_t addr, unsigned char *ours, size_t n, unsigned flags, bool in)
{
	if (n <= UMI_PAGE - addr % UMI_PAGE && copy_known(view, addr, ours, n, in))
		return result_of(n, UM_OK);
	return copy_parts(view, addr, ours, n, flags, in);
}

static struct um_result view_copy_in(struct um_space *space, void *dst, um_addr src, size_t n, unsigned flags)
{
	if (move_word(view_of(space), src.value, dst, n, true))
		return result_of(n, UM_OK);
	return copy(view_of(space), src.value, dst, n, flags, true);
}

static struct um_result view_copy_out(struct um_space *space, um_addr dst, const void *src, size_t n, unsigned flags)
{
	void *ours = (void *)(uintptr_t)src;

	if (move_word(view_of(space), dst.value, ours, n, false))
		return result_of(n, UM_OK);
	return copy(view_of(space), dst.value, ours, n, flags, false);
}

static struct um_result view_fill(struct um_space *space, um_addr dst, uint8_t byte, size_t n, unsigned flags)
{
	struct move move = { .kind = MOVE_FILL, .byte = byte };
	enum um_status status = UM_OK;
	size_t done = 0;

	while (done < n && status == UM_OK)
		status = move_part(view_of(space), dst.value + done, &move, &done, part_of(dst.value + done, n - done), flags);
	return result_of(done, status);
}

/* ---------------------------------------------------------------- single accesses */

static enum um_status view_atomic(struct um_space *space, um_addr addr, struct um_atomic_access *access, unsigned flags)
{
	struct um_mm_view *view = view_of(space);
	struct um_mm_page *page;
	enum um_status status = UM_OK;
	unsigned char *user;

	enter(view);
	user = translate(view, addr.value, umi_access_of(access));
	if (user)
		status = umi_own_access(user, access);
	leave(view);
	if (user)
		return status;
	status = umi_mm_resolve(view->mm, view, addr.value, umi_access_of(access), flags, &page);
	if (status != UM_OK)
		return status;
	status = umi_own_access((unsigned char *)page->bytes + addr.value % UMI_PAGE, access);
	unpin(view, page);
	return status;
}

/* ---------------------------------------------------------------- questions */

struct um_result umi_view_populate(struct um_space *space, struct um_range range, unsigned access, unsigned flags)
{
	struct um_mm_view *view = view_of(space);
	uint64_t done = 0;

	while (done < range.length) {
		uint64_t at = range.start.value + done, part = UMI_PAGE - at % UMI_PAGE;
		enum um_status status = umi_mm_resolve(view->mm, view, at, access, flags, NULL);

		if (status != UM_OK)
			return result_of(done, status);
		done += part < range.length - done ? part : range.length - done;
	}
	return result_of(done, UM_OK);
}

/* How far the mappings allow it, and why no further. */
static struct um_result ask_mappings(struct um_mm *mm, struct um_range range, unsigned access, unsigned flags)
{
	uint64_t at = range.start.value, last = at + (range.length - 1);
	struct umi_mapping *mapping = umi_map_find(mm, at);
	enum um_status status = UM_OK;

	for (;;) {
		if (!mapping || mapping->start > at)
			status = UM_UNMAPPED;
		else if (access & ~(unsigned)(flags & UM_IGNORE_PERMS ? mapping->max_access : mapping->access))
			status = UM_DENIED;
		if (status != UM_OK)
			return result_of(at - range.start.value, status);
		if (mapping->last >= last)
			return result_of(range.length, UM_OK);
		at = mapping->last + 1;
		mapping = umi_map_next(mapping);
	}
}

/* How far the pages are there, as UM_NOFAULT wants them. */
static struct um_result ask_pages(struct um_mm *mm, struct um_range range, unsigned access, struct um_result result)
{
	uint64_t done = 0;

	while (done < result.done) {
		uint64_t at = range.start.value + done, part = UMI_PAGE - at % UMI_PAGE;
		unsigned has;

		if (!mm->ops->find(&mm->pmap, um_addr_of(umi_page_of(at)), &has) || access & ~has)
			return result_of(done, UM_WOULD_FAULT);
		done += part < result.done - done ? part : result.done - done;
	}
	return result;
}

struct um_result umi_view_check(struct um_space *space, struct um_range range, unsigned access, unsigned flags)
{
	struct um_mm *mm = view_of(space)->mm;
	struct um_result result;

	if (!(flags & UM_NOFAULT))
		umi_lock(mm->provider, &mm->lock);
	else if (!mm->provider->try_lock(mm->provider, &mm->lock))
		return result_of(0, UM_WOULD_FAULT);
	result = ask_mappings(mm, range, access, flags);
	if (flags & UM_NOFAULT)
		result = ask_pages(mm, range, flags & UM_IGNORE_PERMS ? 0 : access, result);
	umi_unlock(mm->provider, &mm->lock);
	return result;
}

/* ---------------------------------------------------------------- visits */

struct show {
	struct visit visit;
	struct um_mm_view *view;
	struct um_mm_page *pinned[UM_VISIT_MAX]; /* of the blocks gathered */
	unsigned access, flags;
	bool over;
};

/* What was shown is the visitor's no longer. */
static void unpin_all(struct show *show, size_t count)
{
	while (count > 0)
		unpin(show->view, show->pinned[--count]);
}

static enum um_status show_piece(struct show *show, struct um_range piece)
{
	uint64_t done = 0;

	while (done < piece.length && !show->over) {
		uint64_t at = piece.start.value + done, part = UMI_PAGE - at % UMI_PAGE;
		size_t count = show->visit.count;
		enum um_status status = pin(show->view, at, show->access, show->flags, &show->pinned[count]);
		unsigned char *bytes;

		if (status != UM_OK)
			return status;
		bytes = show->pinned[count]->bytes;
		part = part < piece.length - done ? part : piece.length - done;
		show->over = !umi_visit_add(&show->visit, (struct um_block){ bytes + at % UMI_PAGE, part, false });
		if (show->visit.count == 0)
			unpin_all(show, count + 1);
		done += part;
	}
	return UM_OK;
}

struct um_result umi_view_visit(struct um_space *space, struct um_ranges ranges, unsigned access, unsigned flags,
                                um_visit_fn *visit, void *context)
{
	enum um_status status = UM_OK;
	struct um_result result;
	struct um_range piece;
	struct show show;
	size_t left;

	show.view = view_of(space);
	show.access = access;
	show.flags = flags;
	show.over = false;
	umi_visit_begin(&show.visit, visit, context);
	while (status == UM_OK && !show.over && um_ranges_next(&ranges, UINT64_MAX, &piece))
		status = show_piece(&show, piece);
	left = show.visit.count;
	result = umi_visit_end(&show.visit, status);
	unpin_all(&show, left);
	return result;
}

/* ---------------------------------------------------------------- opening */

void umi_view_close(struct um_space *space)
{
	struct um_mm_view *view = view_of(space), **link;
	struct um_mm *mm = view->mm;

	umi_lock(mm->provider, &mm->views_lock);
	for (link = &mm->views; *link != view; link = &(*link)->next)
		;
	*link = view->next;
	umi_unlock(mm->provider, &mm->views_lock);
}

const struct um_space_ops umi_view_ops = {
	.size = sizeof umi_view_ops,
	.name = "mm",
	.copy_in = view_copy_in,
	.copy_out = view_copy_out,
	.fill = view_fill,
	.atomic = view_atomic,
	.populate = umi_view_populate,
	.check = umi_view_check,
	.visit = umi_view_visit,
	.close = umi_view_close,
};

enum um_status um_mm_view_open(struct um_mm_view *view, struct um_mm *mm)
{
	*view = (struct um_mm_view){
		.space = {
			.ops = mm->ops->active ? &umi_active_view_ops : &umi_view_ops,
			.first = mm->first,
			.last = mm->last,
			.can = mm->ops->can & (UM_CAN_WRITE | UM_CAN_ATOMIC | UM_CAN_SINGLE | UM_CAN_NOFAULT | UM_CAN_IGNORE_PERMS |
			                       UM_CAN_PERMS | UM_CAN_CHECK | UM_CAN_VISIT),
		},
		.mm = mm,
		.fenced = mm->provider->barrier == NULL,
	};
	umi_lock(mm->provider, &mm->views_lock);
	forget(view, __atomic_load_n(&mm->taken, __ATOMIC_SEQ_CST));
	leave(view);
	view->next = mm->views;
	mm->views = view;
	umi_unlock(mm->provider, &mm->views_lock);
	return UM_OK;
}
