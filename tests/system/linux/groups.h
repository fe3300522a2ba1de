/* The groups of cases, and what several of them use. */
#ifndef TESTS_SYSTEM_LINUX_GROUPS_H
#define TESTS_SYSTEM_LINUX_GROUPS_H

#include "sys.h"

void try_copies(void);
void try_files(void);
void try_lists(void);
void try_remote(void);
void try_strings(void);
void try_images(void);
void try_structs(void);
void try_growing(void);
void try_memory(void);
void try_faults(void);
void try_atomics(void);
void try_signals(void);
void try_others(void);
void try_races(void);

/* As C has it; the compiler may ask for them too. */
void *memset(void *bytes, int value, size_t size);
void *memcpy(void *restrict to, const void *restrict from, size_t size);

/* This program's path, and what it does when it was started by itself: prints what it was given. */
extern const char *own_path;
_Noreturn void show_image(const uint64_t *stack);

/* A file of three pages of varied bytes, open for reading; the same each time. */
uint64_t files_source(void);

/* An empty file, open for reading and writing, that others may have filled before. */
uint64_t files_sink(void);

/* To the effect of a case: where the file is, how much it holds, and what. */
void files_effect(uint64_t fd);

/* A pipe that holds so many varied bytes. */
struct pipe {
	int ends[2];
};
struct pipe pipes_filled(uint64_t size);

/* To the effect of a case: what is left in it; and then closes it. */
void pipes_effect(const struct pipe *pipe);

/* Forks; true in the child, which is to end by children_end. */
bool children_begin(void);
_Noreturn void children_end(int code);

/* In the parent: waits for the child, and says with what status it ended, as wait4 does. */
int children_status(void);

#endif
