/*
 * All the memory that a case may see changed: some pages with holes between, at the same addresses on every machine.
 *
 *     hole RW RW hole | RW RO hole | RW NONE WO hole | FILE BUS hole | FRESH hole | LIST x 5 hole
 *
 * FILE is a private mapping of a file of one page, BUS the page past its end; FRESH has never been touched when a case
 * begins.  A byte of the others begins as its pattern, which depends on its address, and has bit 7 set: it is never the end of a
 * string, and what is made of eight of them is negative.
 */
#ifndef TESTS_SYSTEM_LINUX_ARENA_H
#define TESTS_SYSTEM_LINUX_ARENA_H

#include "sys.h"

enum { PAGE = 4096 };
enum arena_page { RW = 1, RW_END = 3, RO = 5, RO_END = 6, NONE = 8, WO = 9, WO_END = 10, FILE = 11, BUS = 12, BUS_END = 13, FRESH = 14, FRESH_END = 15,
	LIST = 16, LIST_END = 21 };
#define ARENA UINT64_C(0x100000000)
#define PAGE_AT(page) (ARENA + (uint64_t)(page) * PAGE)
#define WILD UINT64_C(0x3000000000) /* nothing is there, and a user's address on every machine */

/* Where an object of some size is put: that many eighths of the size before base, and then on by plus. */
struct pointer {
	const char *name;
	uint64_t base;
	unsigned eighths;
	int plus;
};

/* Ended by one without a name. */
extern const struct pointer pointers[];

uint64_t pointer_at(const struct pointer *pointer, uint64_t size);

/* Once, before all else. */
void arena_open(void);

/* As it is when a case begins. */
void arena_reset(void);

/* Puts an argument where there is memory for it and the case does not want it untouched. */
void arena_place(uint64_t address, const void *bytes, uint64_t size);

/* After the call: those bytes of an argument that still are as they were placed become their pattern again, for arguments of equal meaning
 * are not of equal bytes on all machines. */
void arena_withdraw(uint64_t address, const void *bytes, uint64_t size);

/* After the call: what can be written is as it was when the case began. */
void arena_forget(uint64_t address, uint64_t size);

/* After the call: bytes that legitimately vary become 'V', where the page is to be written. */
void arena_mask(uint64_t address, uint64_t size);

/* After the call: masks the low bytes of each 8-byte word of an object.  What is left of numbers that are small tells that they were written. */
void arena_mask_words(uint64_t address, uint64_t size, uint64_t low);

/* Of every byte of every page but BUS. */
uint64_t arena_digest(void);

/* Goes on with a digest; begin with 0. */
uint64_t digest(uint64_t before, const void *bytes, uint64_t size);

/* The pattern of the 8 bytes at an aligned address. */
uint64_t pattern_at(uint64_t address);

#endif
