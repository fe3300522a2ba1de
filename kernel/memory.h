/*
 * Physical memory: pages, and what is smaller or larger.  Nothing here sleeps.
 */
#ifndef KERNEL_MEMORY_H
#define KERNEL_MEMORY_H

#include <usermem/spaces/mm.h>
#include "arch.h"

enum { PAGE = UM_MM_PAGE };

void memory_init(const struct boot *boot);

static inline void *memory_at(uint64_t physical)
{
	return (void *)(uintptr_t)(physical + ARCH_DIRECT);
}

static inline uint64_t memory_physical(const void *pointer) /* of memory_at, not of the image's */
{
	return (uint64_t)(uintptr_t)pointer - ARCH_DIRECT;
}

/* A page of zeroes; NULL: none. */
struct um_mm_page *page_alloc(void);
void page_free(struct um_mm_page *page);
struct um_mm_page *page_of(uint64_t physical); /* of memory that page_alloc has */
uint64_t pages_free(void);
uint64_t pages_total(void);

/* Zeroes, aligned to 16, or to a page from a page on; NULL: none.  size comes back at the free. */
void *memory_alloc(size_t size);
void memory_free(void *memory, size_t size);

/* For mm. */
extern const struct um_mm_provider memory_provider;
void memory_might_sleep(void); /* a panic where a lock of its is held */

#endif
