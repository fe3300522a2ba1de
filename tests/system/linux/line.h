/*
 * One case, one line:
 *
 *     name.of.the.case: RESULT ARENA [EFFECT]
 *
 * RESULT is a number or an errno's name, ARENA the digest of the arena after the call, EFFECT a digest of what else the call did.
 */
#ifndef TESTS_SYSTEM_LINUX_LINE_H
#define TESTS_SYSTEM_LINUX_LINE_H

#include "arena.h"

/* Begins a case: its name so far, and the arena as it is at first. */
void line_begin(const char *name);

/* What the name goes on with, after a dot; a number above 2^20 in hexadecimal. */
void line_name(const char *part);
void line_number(uint64_t part);

/* The effect, which is the digest of all that is given. */
void line_effect(const void *bytes, uint64_t size);
void line_effect_number(int64_t number);

/* Words that are to be read: after the effect. */
void line_say(const char *text);

/* The result, where it is not that of a call, and the end of the line. */
void line_end(int64_t result);

/* For what is 0 or an address, a number of a process, or the like: "some" instead of what is not an error, or 0. */
void line_end_some(int64_t result);

/* For a case in which others touch the arena: no digest. */
void line_end_word(const char *word);

/* A child has printed one. */
void line_printed(void);

/* How many lines were printed. */
uint64_t line_count(void);

#endif
