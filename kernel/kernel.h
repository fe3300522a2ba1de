/*
 * What every file of the kernel uses: words for the console, the end, doubly linked lists.
 */
#ifndef KERNEL_KERNEL_H
#define KERNEL_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* %s %c %d %u %x %lx %lu %ld %p alone, with a width and zeroes; to the serial line. */
__attribute__((format(printf, 1, 2))) void print(const char *format, ...);

/* Prints where it was called from, and ends the machine. */
__attribute__((format(printf, 1, 2))) _Noreturn void panic(const char *format, ...);

/* The callers of the function whose frame pointer this is. */
void print_trace(const uintptr_t *frame);

/* calls_system.c: for getrandom(2) and AT_RANDOM. */
void random_init(uint64_t seed);
void random_bytes(void *to, size_t n);

/* The end of kernel_main, with memory and system calls in place: init.c's, or that of tests/kernel. */
struct boot;
_Noreturn void kernel_start(const struct boot *boot);

#define ASSERT(condition) ((condition) ? (void)0 : panic("%s:%d: not true: %s", __FILE__, __LINE__, #condition))

int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t most);

#define CONTAINER(pointer, type, member) ((type *)(void *)((char *)(pointer) - offsetof(type, member)))
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct list { /* a member of it, or its head; alone, it leads to itself */
	struct list *next, *previous;
};

static inline void list_init(struct list *list)
{
	list->next = list->previous = list;
}

static inline bool list_empty(const struct list *list)
{
	return list->next == list;
}

static inline void list_append(struct list *list, struct list *member)
{
	member->next = list;
	member->previous = list->previous;
	list->previous->next = member;
	list->previous = member;
}

static inline void list_remove(struct list *member)
{
	member->next->previous = member->previous;
	member->previous->next = member->next;
	list_init(member);
}

#endif
