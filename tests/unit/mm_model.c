/*
 * Random programs of maps, unmaps, protects, forks and copies over a few address spaces, against arrays of bytes; with every
 * allocation at hand, and with some that fail.
 */
#include "check.h"
#include "../mm_kit.h"
#include "under.h"

enum { P = UM_MM_PAGE, PAGES = 16, FIRST = 512 - PAGES / 2, SPACES = 4, OBJECTS = 512, ALL = UM_READ | UM_WRITE | UM_EXEC };

/* ---------------------------------------------------------------- the model */

struct object {
	unsigned uses; /* pages of the model that are of it */
	unsigned char bytes[PAGES][P];
};

struct page {
	bool mapped;
	unsigned access, max, flags;
	bool paged; /* by the pager */
	uint64_t offset;
	struct object *object; /* shared */
	size_t index;          /* in it */
	unsigned char bytes[P];
};

struct model {
	bool open;
	struct um_mm mm;
	struct um_mm_view view;
	struct page pages[PAGES];
};

static struct kit kit;
static struct model models[SPACES];
static struct object objects[OBJECTS];
static uint32_t state;
static long holds; /* of the pager */

static unsigned any(unsigned below)
{
	state = state * 1664525 + 1013904223;
	return (state >> 10) % below;
}

/* Has an allocation of this step failed? */
static bool ran_out(void)
{
	return kit.fail_at != 0 && kit.allocations >= kit.fail_at;
}

/* ---------------------------------------------------------------- a pager whose bytes tell their offset */

static void fill_from(uint64_t offset, unsigned char *page)
{
	size_t i;

	for (i = 0; i < P; i++)
		page[i] = (unsigned char)(offset / P * 31 + i % 253 + 1);
}

static enum um_status read_page(const struct um_pager *pager, uint64_t offset, void *page)
{
	(void)pager;
	fill_from(offset, page);
	return UM_OK;
}

static void hold(const struct um_pager *pager)
{
	(void)pager;
	holds++;
}

static void release(const struct um_pager *pager)
{
	(void)pager;
	holds--;
}

static const struct um_pager pager = { sizeof pager, read_page, hold, release };

/* ---------------------------------------------------------------- the model's own steps */

static unsigned char *bytes_of(struct page *page)
{
	return page->object ? page->object->bytes[page->index] : page->bytes;
}

static void drop(struct page *page)
{
	if (page->mapped && page->object)
		page->object->uses--;
	page->mapped = false;
	page->object = NULL;
}

static struct object *new_object(void)
{
	size_t i;

	for (i = 0; objects[i].uses != 0; i++)
		assert_true(i + 1 < OBJECTS);
	return &objects[i];
}

static void model_map(struct model *model, size_t first, size_t count, const struct um_mapping *mapping)
{
	struct object *object;
	size_t i;

	for (i = 0; i < count; i++)
		drop(&model->pages[first + i]);
	object = mapping->flags & UM_MAP_SHARED ? new_object() : NULL;
	for (i = 0; i < count; i++) {
		struct page *page = &model->pages[first + i];

		page->mapped = true;
		page->access = mapping->access;
		page->max = mapping->max_access;
		page->flags = mapping->flags & UM_MAP_SHARED;
		page->paged = mapping->pager != NULL;
		page->offset = mapping->offset + i * P;
		page->object = object;
		page->index = i;
		if (object)
			object->uses++;
		if (page->paged)
			fill_from(page->offset, bytes_of(page));
		else
			memset(bytes_of(page), 0, P);
	}
}

/* ---------------------------------------------------------------- steps on both */

static struct um_range range_of(size_t first, size_t count)
{
	return (struct um_range){ um_addr_of((FIRST + first) * (uint64_t)P), count * (uint64_t)P };
}

static void step_map(struct model *model, size_t first, size_t count)
{
	unsigned max = any(4) == 0 ? any(8) : ALL;
	struct um_mapping mapping = {
		.range = range_of(first, count), .access = any(3) == 0 ? any(8) & max : max, .max_access = max,
		.flags = (any(3) == 0 ? UM_MAP_SHARED : 0) | (any(2) == 0 ? UM_MAP_REPLACE : 0),
		.pager = any(3) == 0 ? &pager : NULL, .offset = any(100) * (uint64_t)P,
	};
	bool free = true;
	enum um_status status = um_mm_map(&model->mm, &mapping);
	size_t i;

	for (i = 0; i < count; i++)
		free = free && !model->pages[first + i].mapped;
	if (status == UM_NO_MEMORY && ran_out())
		return;
	CHECK_STATUS(status, free || mapping.flags & UM_MAP_REPLACE ? UM_OK : UM_INVALID);
	if (status == UM_OK)
		model_map(model, first, count, &mapping);
}

static void step_unmap(struct model *model, size_t first, size_t count)
{
	enum um_status status = um_mm_unmap(&model->mm, range_of(first, count));
	size_t i;

	if (status == UM_NO_MEMORY && ran_out())
		return;
	CHECK_STATUS(status, UM_OK);
	for (i = 0; i < count; i++)
		drop(&model->pages[first + i]);
}

static void step_protect(struct model *model, size_t first, size_t count)
{
	unsigned access = any(2) == 0 ? UM_READ | UM_WRITE : any(8);
	enum um_status status = um_mm_protect(&model->mm, range_of(first, count), access), expected = UM_OK;
	size_t i;

	for (i = 0; i < count && expected == UM_OK; i++) {
		const struct page *page = &model->pages[first + i];

		expected = !page->mapped ? UM_UNMAPPED : access & ~page->max ? UM_DENIED : UM_OK;
	}
	if (status == UM_NO_MEMORY && ran_out() && expected == UM_OK)
		return;
	CHECK_STATUS(status, expected);
	for (i = 0; i < count && status == UM_OK; i++)
		model->pages[first + i].access = access;
}

static void close_model(struct model *model)
{
	size_t i;

	um_close(&model->view.space);
	um_mm_end(&model->mm);
	for (i = 0; i < PAGES; i++)
		drop(&model->pages[i]);
	model->open = false;
}

static void step_fork(struct model *model)
{
	struct model *child = &models[any(SPACES)];
	enum um_status status;
	size_t i;

	if (child == model)
		return;
	if (child->open)
		close_model(child);
	status = um_mm_fork(&child->mm, &model->mm);
	if (status == UM_NO_MEMORY && ran_out())
		return;
	CHECK_STATUS(status, UM_OK);
	CHECK_STATUS(um_mm_view_open(&child->view, &child->mm), UM_OK);
	child->open = true;
	memcpy(child->pages, model->pages, sizeof child->pages);
	for (i = 0; i < PAGES; i++)
		if (child->pages[i].mapped && child->pages[i].object)
			child->pages[i].object->uses++;
}

/* What a copy of n bytes at the offset does: how many, and why no more. */
static struct um_result expect(struct model *model, size_t at, size_t n, unsigned access, unsigned flags)
{
	size_t done = 0;

	while (done < n) {
		const struct page *page = &model->pages[(at + done) / P];
		size_t part = P - (at + done) % P;

		if (page == &model->pages[PAGES] || !page->mapped)
			return (struct um_result){ done, UM_UNMAPPED, UM_ONLY_SIDE };
		if (access & ~(flags & UM_IGNORE_PERMS ? page->max : page->access))
			return (struct um_result){ done, UM_DENIED, UM_ONLY_SIDE };
		done += part < n - done ? part : n - done;
	}
	return (struct um_result){ n, UM_OK, UM_ONLY_SIDE };
}

static void check_result(struct um_result result, struct um_result expected, unsigned flags)
{
	bool early = result.done < expected.done || (result.done == expected.done && expected.status != UM_OK);

	if ((result.status == UM_NO_MEMORY && ran_out()) || (result.status == UM_WOULD_FAULT && flags & UM_NOFAULT))
		assert_true(early);
	else
		CHECK(result, expected.done, expected.status);
}

static void step_copy(struct model *model)
{
	static unsigned char bytes[PAGES * P];
	size_t n = 1 + any(any(2) ? 16 : 3 * P), at = any(2) ? any(PAGES * P) : (any(PAGES) * P + P - any(16)) % (PAGES * P), i;
	unsigned flags = (any(4) == 0 ? UM_IGNORE_PERMS : 0) | (any(4) == 0 ? UM_NOFAULT : 0);
	struct um_space *space = &model->view.space;
	um_addr addr = um_addr_of(FIRST * (uint64_t)P + at);
	unsigned char byte = (unsigned char)any(256);
	struct um_result result;

	switch (any(3)) {
	case 0:
		memset(bytes, 0x55, n);
		result = um_copy_in(space, bytes, addr, n, flags);
		check_result(result, expect(model, at, n, UM_READ, flags), flags);
		for (i = 0; i < result.done; i++)
			assert_int_equal(bytes[i], bytes_of(&model->pages[(at + i) / P])[(at + i) % P]);
		for (; i < n; i++)
			assert_int_equal(bytes[i], 0x55);
		return;
	case 1:
		for (i = 0; i < n; i++)
			bytes[i] = (unsigned char)(byte + i);
		result = um_copy_out(space, addr, bytes, n, flags);
		break;
	default:
		memset(bytes, byte, n);
		result = um_fill(space, addr, byte, n, flags);
	}
	check_result(result, expect(model, at, n, UM_WRITE, flags), flags);
	for (i = 0; i < result.done; i++)
		bytes_of(&model->pages[(at + i) / P])[(at + i) % P] = bytes[i];
}

static void step_ask(struct model *model, size_t first, size_t count)
{
	unsigned access = 1 + any(7), flags = any(2) ? UM_IGNORE_PERMS : 0;
	struct um_range range = range_of(first, count);
	struct um_result expected = expect(model, first * P, count * P, access, flags);

	CHECK(um_check(&model->view.space, range, access, flags), expected.done, expected.status);
	if (access & (UM_READ | UM_WRITE))
		check_result(um_populate(&model->view.space, range, access, flags), expected, flags);
}

/* ---------------------------------------------------------------- compared */

static void same_mappings(struct model *model)
{
	um_addr from = um_addr_of(0);
	struct um_mapping mapping;
	bool seen[PAGES] = { false };
	size_t i, first;

	while (um_mm_next(&model->mm, from, &mapping)) {
		first = mapping.range.start.value / P - FIRST;
		for (i = 0; i < mapping.range.length / P; i++) {
			const struct page *page = &model->pages[first + i];

			assert_true(page->mapped);
			assert_int_equal(mapping.access, page->access);
			assert_int_equal(mapping.max_access, page->max);
			assert_int_equal(mapping.flags, page->flags);
			assert_int_equal(mapping.pager != NULL, page->paged);
			assert_int_equal(mapping.offset + i * P, page->offset);
			seen[first + i] = true;
		}
		from = um_addr_of(mapping.range.start.value + mapping.range.length);
	}
	for (i = 0; i < PAGES; i++)
		assert_int_equal(seen[i], model->pages[i].mapped);
}

/* The lowest stretch, as the model finds it page by page. */
static void same_gaps(struct model *model)
{
	size_t count = 1 + any(PAGES), align = (size_t)1 << any(4), from = any(PAGES), at, i = 0;
	um_addr found = um_addr_of(0);

	/* Above the model's pages all is free. */
	for (at = (FIRST + from + align - 1) / align * align - FIRST;; at += align) {
		for (i = 0; i < count && (at + i >= PAGES || !model->pages[at + i].mapped); i++)
			;
		if (i == count)
			break;
	}
	assert_true(um_mm_find_gap(&model->mm, um_addr_of((FIRST + from) * (uint64_t)P), count * (uint64_t)P, align * (uint64_t)P, &found));
	assert_int_equal(found.value, (FIRST + at) * (uint64_t)P);
}

static void same_bytes(struct model *model)
{
	unsigned char byte[P];
	size_t i;

	for (i = 0; i < PAGES; i++) {
		struct page *page = &model->pages[i];

		if (!page->mapped || !(page->max & UM_READ))
			continue;
		CHECK(um_copy_in(&model->view.space, byte, um_addr_of((FIRST + i) * (uint64_t)P), P, UM_IGNORE_PERMS), P, UM_OK);
		assert_memory_equal(byte, bytes_of(page), P);
	}
}

static void open_model(struct model *model)
{
	CHECK_STATUS(um_mm_init(&model->mm, &kit.provider, um_pmap_software(), um_addr_of(FIRST * (uint64_t)P), um_addr_of(2 * FIRST * (uint64_t)P - 1)), UM_OK);
	CHECK_STATUS(um_mm_view_open(&model->view, &model->mm), UM_OK);
	model->open = true;
}

static void step(struct model *model)
{
	size_t first = any(PAGES), count = 1 + any((unsigned)(PAGES - first));

	switch (any(12)) {
	case 0: case 1: case 2: step_map(model, first, count); break;
	case 3: step_unmap(model, first, count); break;
	case 4: case 5: step_protect(model, first, count); break;
	case 6: step_fork(model); break;
	case 7: step_ask(model, first, count); break;
	default: step_copy(model);
	}
}

/* One in `failing` allocations of a step fails; 0: none. */
static void programs(uint32_t seed, unsigned steps, unsigned failing)
{
	unsigned i;
	size_t m;

	state = seed;
	assert_true(kit_open(&kit));
	for (i = 0; i < steps; i++) {
		struct model *model = &models[any(SPACES)];

		if (!model->open)
			open_model(model);
		kit.fail_at = failing != 0 && any(2) == 0 ? kit.allocations + 1 + any(failing) : 0;
		step(model);
		kit.fail_at = 0;
		same_mappings(model);
		same_gaps(model);
		if (any(8) == 0)
			same_bytes(model);
	}
	for (m = 0; m < SPACES; m++)
		if (models[m].open) {
			same_bytes(&models[m]);
			close_model(&models[m]);
		}
	assert_int_equal(holds, 0);
	assert_true(kit_close(&kit));
}

static unsigned steps(void)
{
	return under_valgrind() ? 500 : under_tsan() || under_asan() ? 4000 : 20000;
}

static void with_all_the_memory(void **unused)
{
	uint32_t seed;

	(void)unused;
	for (seed = 1; seed <= 4; seed++)
		programs(seed, steps(), 0);
}

static void with_allocations_that_fail(void **unused)
{
	uint32_t seed;

	(void)unused;
	for (seed = 11; seed <= 14; seed++)
		programs(seed, steps(), 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(with_all_the_memory),
		cmocka_unit_test(with_allocations_that_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
