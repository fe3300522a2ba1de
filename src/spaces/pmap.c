/* The software pmap: tables in memory.  The contract is in mm.h. */
#include "pmap_radix.h"

_Static_assert(sizeof(struct umi_radix) <= sizeof(((struct um_pmap *)0)->words), "a pmap's own words");

static struct umi_radix *radix_of(struct um_pmap *pmap)
{
	return (struct umi_radix *)(void *)pmap->words;
}

static enum um_status pmap_init(struct um_pmap *pmap, um_addr first, um_addr last)
{
	(void)first;
	umi_radix_init(radix_of(pmap), last.value);
	return UM_OK;
}

static void *pmap_flush(struct um_pmap *pmap, struct um_range range)
{
	void *retired = radix_of(pmap)->retired;

	(void)range;
	radix_of(pmap)->retired = NULL;
	return retired;
}

static void pmap_reclaim(struct um_pmap *pmap, void *flushed)
{
	umi_radix_free(pmap->provider, flushed);
}

static void pmap_end(struct um_pmap *pmap)
{
	pmap_reclaim(pmap, radix_of(pmap)->retired);
}

static enum um_status pmap_enter(struct um_pmap *pmap, um_addr addr, struct um_mm_page *page, unsigned access)
{
	return umi_radix_put(radix_of(pmap), pmap->provider, addr.value, page, access) ? UM_OK : UM_NO_MEMORY;
}

static struct um_mm_page *pmap_remove(struct um_pmap *pmap, um_addr addr)
{
	return umi_radix_page(umi_radix_remove(radix_of(pmap), addr.value));
}

static struct um_mm_page *pmap_next(struct um_pmap *pmap, um_addr *addr, um_addr last, unsigned *access)
{
	uint64_t entry = umi_radix_next(radix_of(pmap), &addr->value, last.value);

	if (entry != 0)
		*access = entry & UMI_RADIX_ACCESS;
	return umi_radix_page(entry);
}

static struct um_mm_page *pmap_find(struct um_pmap *pmap, um_addr addr, unsigned *access)
{
	uint64_t entry = umi_radix_find(radix_of(pmap), addr.value);

	/* What is not there may be the link of a table that was retired. */
	if ((entry & UMI_RADIX_THERE) == 0)
		return NULL;
	*access = entry & UMI_RADIX_ACCESS;
	return umi_radix_page(entry);
}

static const struct um_pmap_ops software_ops = {
	.size = sizeof software_ops,
	.can = UM_CAN_WRITE | UM_CAN_ATOMIC | UM_CAN_SINGLE | UM_CAN_NOFAULT | UM_CAN_IGNORE_PERMS | UM_CAN_PERMS | UM_CAN_CHECK | UM_CAN_VISIT,
	.init = pmap_init,
	.end = pmap_end,
	.enter = pmap_enter,
	.remove = pmap_remove,
	.next = pmap_next,
	.flush = pmap_flush,
	.reclaim = pmap_reclaim,
	.find = pmap_find,
};

const struct um_pmap_ops *um_pmap_software(void)
{
	return &software_ops;
}
