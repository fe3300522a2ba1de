/* The memory that cases see; the contract is in arena.h. */
#include "arena.h"

#include <linux/mman.h>

#define FITS 8 /* eighths */
#define HALF 4

static const char backing[] = "/tmp/backing";
static uint64_t backing_fd;
static bool was_unlocked; /* a page that is not to be written has been, by arena_place */

const struct pointer pointers[] = {
	{ "null", 0, 0, 0 },
	{ "low", 0, 0, 16 },
	{ "wild", WILD, 0, 0 },
	{ "limit-1", USER_LIMIT, 0, -1 },
	{ "limit", USER_LIMIT, 0, 0 },
	{ "limit+1", USER_LIMIT, 0, 1 },
	{ "limit-half", USER_LIMIT, HALF, 0 },
	{ "non-canonical", 0xdead000000000000, 0, 0 },
	{ "half", 0x8000000000000000, 0, 0 },
	{ "kernel", 0xffffffff81000000, 0, 0 },
	{ "last", UINT64_MAX, 0, 0 },
	{ "wrapping", 0, HALF, 0 },
	{ "rw", PAGE_AT(RW), 0, 0 },
	{ "odd", PAGE_AT(RW), 0, 1 },
	{ "crossing", PAGE_AT(RW + 1), HALF, 0 },
	{ "last-byte", PAGE_AT(RW_END), 0, -1 },
	{ "fitting", PAGE_AT(RW_END), FITS, 0 },
	{ "cut", PAGE_AT(RW_END), FITS, 1 },
	{ "half-cut", PAGE_AT(RW_END), HALF, 0 },
	{ "hole", PAGE_AT(RW_END), 0, 0 },
	{ "ro", PAGE_AT(RO), 0, 0 },
	{ "half-ro", PAGE_AT(RO), HALF, 0 },
	{ "none", PAGE_AT(NONE), 0, 0 },
	{ "half-none", PAGE_AT(NONE), HALF, 0 },
	{ "wo", PAGE_AT(WO), 0, 0 },
	{ "wo-cut", PAGE_AT(WO_END), HALF, 0 },
	{ "file", PAGE_AT(FILE), 0, 0 },
	{ "half-bus", PAGE_AT(BUS), HALF, 0 },
	{ "bus", PAGE_AT(BUS), 0, 0 },
	{ "fresh", PAGE_AT(FRESH), 0, 0 },
	{ "fresh-cut", PAGE_AT(FRESH_END), HALF, 0 },
	{ NULL, 0, 0, 0 },
};

/* The pages that stay what they are; FILE and FRESH are mapped anew for each case. */
static const struct {
	enum arena_page page;
	uint64_t count;
	uint64_t protection;
} lasting[] = {
	{ RW, 2, PROT_READ | PROT_WRITE },
	{ RO - 1, 1, PROT_READ | PROT_WRITE },
	{ RO, 1, PROT_READ },
	{ NONE - 1, 1, PROT_READ | PROT_WRITE },
	{ NONE, 1, PROT_NONE },
	{ WO, 1, PROT_WRITE },
	{ LIST, LIST_END - LIST, PROT_READ | PROT_WRITE },
};
#define LASTING (sizeof lasting / sizeof lasting[0])

static uint64_t past(unsigned i)
{
	return PAGE_AT((uint64_t)lasting[i].page + lasting[i].count);
}

static void protect(enum arena_page page, uint64_t protection)
{
	CALL(mprotect, PAGE_AT(page), PAGE, protection);
}

uint64_t pointer_at(const struct pointer *pointer, uint64_t size)
{
	uint64_t held = size < 2 * PAGE ? size : 2 * PAGE;

	return pointer->base - held * pointer->eighths / 8 + (uint64_t)(int64_t)pointer->plus;
}

uint64_t pattern_at(uint64_t address)
{
	uint64_t mixed = address * 0x9e3779b97f4a7c15;

	return (mixed ^ mixed >> 29) | 0x8080808080808080;
}

static uint8_t pattern_byte(uint64_t address)
{
	return (uint8_t)(pattern_at(address & ~UINT64_C(7)) >> address % 8 * 8);
}

static void fill(uint64_t start, uint64_t end)
{
	uint64_t at;

	for (at = start; at < end; at += 8)
		*(volatile uint64_t *)at = pattern_at(at);
}

void arena_open(void)
{
	uint64_t i, word;

	backing_fd = (uint64_t)CALL(openat, CURRENT_FOLDER, ADDRESS(backing), O_RDWR | O_CREAT, 0600);
	for (i = 0; i < PAGE; i += 8) {
		word = pattern_at(PAGE_AT(FILE) + i);
		CALL(write, backing_fd, ADDRESS(&word), 8);
	}
	for (i = 0; i < LASTING; i++) {
		CALL(mmap, PAGE_AT(lasting[i].page), lasting[i].count * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, UINT64_MAX, 0);
		fill(PAGE_AT(lasting[i].page), past((unsigned)i));
		CALL(mprotect, PAGE_AT(lasting[i].page), lasting[i].count * PAGE, lasting[i].protection);
	}
}

/* Whether a byte is there: to be written by this program for good, if it makes the page so. */
static bool is_there(uint64_t address)
{
	unsigned i;

	for (i = 0; i < LASTING; i++)
		if (address >= PAGE_AT(lasting[i].page) && address < past(i))
			return true;
	return address - PAGE_AT(FILE) < PAGE;
}

static bool is_locked(uint64_t address)
{
	return address - PAGE_AT(RO) < PAGE || address - PAGE_AT(NONE) < PAGE || address - PAGE_AT(WO) < PAGE;
}

/* Opens, or closes again, those locked pages that an object touches. */
static void unlock(uint64_t address, uint64_t size, bool open)
{
	unsigned i;

	for (i = 0; i < LASTING; i++) {
		if (is_locked(PAGE_AT(lasting[i].page)) && address < past(i) && address + size > PAGE_AT(lasting[i].page)) {
			protect(lasting[i].page, open ? PROT_READ | PROT_WRITE : lasting[i].protection);
			was_unlocked = true;
		}
	}
}

void arena_reset(void)
{
	unsigned i;

	if (was_unlocked)
		unlock(PAGE_AT(RO), (WO_END - RO) * PAGE, true);
	for (i = 0; i < LASTING; i++)
		if (was_unlocked || (lasting[i].protection & PROT_WRITE) != 0)
			fill(PAGE_AT(lasting[i].page), past(i));
	if (was_unlocked)
		unlock(PAGE_AT(RO), (WO_END - RO) * PAGE, false);
	was_unlocked = false;
	CALL(mmap, PAGE_AT(FILE), (BUS_END - FILE) * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, backing_fd, 0);
	CALL(mmap, PAGE_AT(FRESH), PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, UINT64_MAX, 0);
}

void arena_place(uint64_t address, const void *bytes, uint64_t size)
{
	uint64_t i;

	unlock(address, size, true);
	for (i = 0; i < size; i++)
		if (is_there(address + i))
			*(volatile uint8_t *)(address + i) = ((const uint8_t *)bytes)[i];
	unlock(address, size, false);
}

void arena_withdraw(uint64_t address, const void *bytes, uint64_t size)
{
	uint64_t i;

	unlock(address, size, true);
	for (i = 0; i < size; i++)
		if (is_there(address + i) && *(volatile uint8_t *)(address + i) == ((const uint8_t *)bytes)[i])
			*(volatile uint8_t *)(address + i) = pattern_byte(address + i);
	unlock(address, size, false);
}

static bool is_fresh(uint64_t address)
{
	return address - PAGE_AT(FRESH) < PAGE;
}

/* Whether a call may have written there. */
static bool is_open(uint64_t address)
{
	return is_fresh(address) || address - PAGE_AT(WO) < PAGE || (is_there(address) && !is_locked(address));
}

void arena_forget(uint64_t address, uint64_t size)
{
	uint64_t at;

	for (at = address; at != address + size; at++)
		if (is_open(at))
			*(volatile uint8_t *)at = is_fresh(at) ? 0 : pattern_byte(at);
}

void arena_mask(uint64_t address, uint64_t size)
{
	uint64_t at;

	for (at = address; at != address + size; at++)
		if (is_open(at))
			*(volatile uint8_t *)at = 'V';
}

void arena_mask_words(uint64_t address, uint64_t size, uint64_t low)
{
	uint64_t i;

	for (i = 0; i < size; i += 8)
		arena_mask(address + i, low);
}

uint64_t digest(uint64_t before, const void *bytes, uint64_t size)
{
	uint64_t sum = before ^ 0xcbf29ce484222325, i;

	for (i = 0; i < size; i++)
		sum = (sum ^ ((const uint8_t *)bytes)[i]) * 0x100000001b3;
	return sum;
}

/* FNV by words: every case has some fifty thousand bytes. */
static uint64_t digest_words(uint64_t sum, uint64_t start, uint64_t end)
{
	for (; start < end; start += 8) {
		sum = (sum ^ *(volatile uint64_t *)start) * 0x100000001b3;
		sum ^= sum >> 32;
	}
	return sum;
}

uint64_t arena_digest(void)
{
	uint64_t sum = 0xcbf29ce484222325;
	unsigned i;

	CALL(mprotect, PAGE_AT(NONE), 2 * PAGE, PROT_READ);
	for (i = 0; i < LASTING; i++)
		sum = digest_words(sum, PAGE_AT(lasting[i].page), past(i));
	sum = digest_words(sum, PAGE_AT(FILE), PAGE_AT(FILE + 1));
	sum = digest_words(sum, PAGE_AT(FRESH), PAGE_AT(FRESH_END));
	protect(NONE, PROT_NONE);
	protect(WO, PROT_WRITE);
	return sum;
}
