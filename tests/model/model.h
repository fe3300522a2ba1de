/*
 * What user memory is, in as few lines as can be: pages of bytes, each with a state, and what every call of the
 * library does to them, as the headers and the laws have it.  Byte by byte, and slow; knows the library's types, and
 * none of its code.
 *
 * A call returns what the library's must, writes what the library must write into its buffers, and changes the bytes
 * that must change.
 */
#ifndef USERMEM_TESTS_MODEL_H
#define USERMEM_TESTS_MODEL_H

#include <usermem/space.h>

enum {
	PAGE = 4096,
	PAGES = 8, /* of a place's window */
	WINDOW = PAGES * PAGE,
	PLACES = 5,
	FRAMES = 40,
	LIST = 8, /* ranges */
};

struct model_page {
	bool mapped;
	bool bus;         /* the backing cannot supply it */
	unsigned access;  /* enum um_access */
	unsigned beyond;  /* what UM_IGNORE_PERMS reaches */
	unsigned present; /* for what UM_NOFAULT finds it there */
	unsigned char frame; /* whose bytes it has: two pages may have the same */
	bool written;        /* since somebody looked; or might have been */
};

/* Lent memory (law 17): what a place is that is a share of another. */
struct model_loan {
	bool present, gone;
	unsigned place; /* of the owner */
	struct um_range range;
	unsigned access;
};

/* A space as it must behave.  What lies outside its window is not mapped. */
struct model_place {
	um_addr base, first, last;
	unsigned can;
	struct model_page page[PAGES];
	const struct model_loan *loan; /* NULL: its memory is its own */
	/* The byte-th byte touched faults, as does every one after it. */
	struct {
		enum um_status with; /* UM_OK: none is planned */
		uint64_t left;
	} plan;
};

struct model {
	struct model_place place[PLACES];
	unsigned char frame[FRAMES][PAGE];
};

/* What is asked of memory. */
struct model_ask {
	struct model *model;
	unsigned place;
	unsigned flags;
};

/* A list of ranges, consumed from the front. */
struct model_list {
	struct um_range range[LIST];
	size_t count;
};

uint64_t model_list_length(const struct model_list *list); /* saturates */
void model_list_limit(struct model_list *list, uint64_t most);
void model_list_skip(struct model_list *list, uint64_t n); /* at most its length */

/* UM_OK, and where the byte is; or why it cannot be had.  The limits are not looked at.  Counts against a plan. */
enum um_status model_byte(const struct model_ask *ask, uint64_t addr, unsigned want, unsigned char **byte);
/* The same, the limits being met as a hole (law 3): start + i. */
enum um_status model_byte_within(const struct model_ask *ask, uint64_t start, uint64_t i, unsigned want, unsigned char **byte);
/* Flags and promises (law 25). */
enum um_status model_judge(const struct model_ask *ask, unsigned need);
bool model_within(const struct model_ask *ask, struct um_range range);
/* May the two share a byte? */
bool model_overlap(const struct model *model, unsigned a, struct um_range first, unsigned b, struct um_range second);

/* One range or a list; in takes, out gives, both NULL: nothing moves but `fill` where want has UM_WRITE. */
struct model_move {
	unsigned want;
	unsigned char *in;
	const unsigned char *out;
	int fill; /* -1: no byte is filled in */
};
struct um_result model_flat(const struct model_ask *ask, struct um_range range, struct model_move move);
struct um_result model_pieces(const struct model_ask *ask, const struct model_list *list, uint64_t n, struct model_move move);

struct um_result model_string(const struct model_ask *ask, char *dst, uint64_t src, uint64_t limit);
enum um_status model_atomic(const struct model_ask *ask, uint64_t addr, struct um_atomic_access *access);
struct um_result model_check(const struct model_ask *ask, struct um_range range, unsigned access);
struct um_result model_compare(const struct model_ask *ask, uint64_t addr, const unsigned char *with, size_t n, bool *equal);
struct um_result model_find(const struct model_ask *ask, uint64_t addr, unsigned char byte, size_t n, bool *found);
struct um_result model_zero(const struct model_ask *ask, uint64_t addr, size_t n, bool *zero);
struct um_result model_struct_in(const struct model_ask *ask, unsigned char *dst, size_t kernel_size, uint64_t src, size_t user_size);
struct um_result model_struct_out(const struct model_ask *ask, uint64_t dst, size_t user_size, const unsigned char *src,
                                  size_t kernel_size, bool *cut);
struct um_result model_body(const struct model_ask *ask, unsigned char *dst, size_t dst_size, const unsigned char *header,
                            size_t header_size, uint64_t src, size_t total);
struct um_result model_terminated(const struct model_ask *ask, unsigned char *dst, uint64_t src, size_t size, size_t limit);
/* at[i]: where string i begins in buffer. */
struct um_result model_strings(const struct model_ask *ask, size_t *at, size_t room, size_t *count, char *buffer, size_t size,
                               uint64_t array, unsigned width);
struct um_result model_numbers(const struct model_ask *ask, const struct model_list *list, int32_t *dst, size_t count, size_t *found);
struct um_result model_iovec(const struct model_ask *ask, uint64_t array, size_t count, unsigned width, size_t room,
                             struct um_range *storage, uint64_t *total);
/* Two user sides.  `pieces`: each side is a list, else one range, judged as one. */
struct um_result model_copy(const struct model_ask *to, const struct model_list *dst, const struct model_ask *from,
                            const struct model_list *src, uint64_t n);

#endif
