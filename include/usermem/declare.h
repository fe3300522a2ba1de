/*
 * How usermem's headers declare things.  No contract lives here.
 *
 * Every header compiles alone, as C11..C23 and (but for ptr.h) as C++17.
 */
#ifndef USERMEM_DECLARE_H
#define USERMEM_DECLARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The library is built with hidden visibility; what a public header declares is what it exports. */
#ifdef __cplusplus
#define UM_BEGIN_DECLS extern "C" { _Pragma("GCC visibility push(default)")
#define UM_END_DECLS _Pragma("GCC visibility pop") }
#define UM_STATIC_ASSERT(condition, text) static_assert(condition, text)
#else
#define UM_BEGIN_DECLS _Pragma("GCC visibility push(default)")
#define UM_END_DECLS _Pragma("GCC visibility pop")
#define UM_STATIC_ASSERT(condition, text) _Static_assert(condition, text)
#endif

/* A result that nobody looks at is a copy that nobody knows the length of. */
#define UM_CHECKED __attribute__((warn_unused_result))

#endif
