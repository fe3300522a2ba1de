/*
 * Typed user pointers, for C: one word that remembers what it points to, and that nothing can follow.
 *
 *     struct point { int32_t x, y; };
 *     UM_DEFINE_PTR_OUT(point_ptr, struct point, x, y);
 *
 *     point_ptr user = um_ptr_of(point_ptr, um_addr_of(argument));
 *     struct point point;
 *     struct um_result result = um_get(space, user, &point, 0);
 *
 * Passed in one register, as the number would be; it may be a member of a struct that is shared with user programs
 * (um_u64_ptr and its like have the size and the layout of a uint64_t).  What it points to is judged when it is
 * used and never before (law 1).  Every macro evaluates each argument once, and is a thin name for a function that
 * is a symbol; thread safety and signal safety are those of the space.
 */
#ifndef USERMEM_PTR_H
#define USERMEM_PTR_H

#include <usermem/cursor.h>
#include <usermem/text.h>

#ifdef __cplusplus
#error "usermem/ptr.h is for C: C++ has templates"
#endif

UM_BEGIN_DECLS

/*
 * Define a type `name` of pointers to T.  At file scope, with a semicolon behind.  Not to T: pointers (of whose
 * memory?), _Bool (not every byte is one), arrays, void.  Not seen: those inside a struct that is only got.
 *
 * UM_DEFINE_PTR: what can be got only; T may be const, and may have padding.
 * UM_DEFINE_PTR_SCALAR: a number, got and put.
 * UM_DEFINE_PTR_OUT: a struct, got and put.  All its members are listed, in order, at most 32; it does not compile
 * unless each begins where the one before ends and the last ends where T does, so that no padding leaves (law 13).
 * A member struct is listed by its own members (when.seconds, when.nanoseconds), arrays of numbers by name.
 */
#define UM_DEFINE_PTR(name, T) \
	typedef union name { \
		um_addr addr; \
		const __typeof__(T) *um_pointee; /* for its type alone */ \
	} name; \
	UM_PTR_JUDGE(T)
#define UM_DEFINE_PTR_SCALAR(name, T) \
	UM_PTR_DEFINE_PUTTABLE(name, T); \
	UM_PTR_JUDGE_PLAIN(T, *(__typeof__(T) *)0)
#define UM_DEFINE_PTR_OUT(name, T, ...) \
	UM_PTR_DEFINE_PUTTABLE(name, T); \
	UM_PTR_JUDGE_FIRST(T, __VA_ARGS__, ); \
	UM_PTR_CALL(UM_PTR_PASTE(UM_PTR_MEMBERS_, UM_PTR_COUNT(__VA_ARGS__)), (T, __VA_ARGS__))

/* A pointer of type name at a um_addr; and one made of another, which says that the caller knows better. */
#define um_ptr_of(name, address) ((name){ .addr = (address) })
#define um_ptr_cast(name, p) ((name){ .addr = (p).addr })

#define um_ptr_is_null(p) ((p).addr.value == 0)

/* *q = &p[i].  False, and *q untouched, if that wraps.  i is taken as 64 bits without a sign. */
#define um_ptr_at(p, i, q) \
	um_ptr_step((p).addr, (uint64_t)(i), sizeof *(p).um_pointee, &_Generic(*(q), __typeof__(UM_PTR_RVALUE(p)): (q))->addr)

/*
 * Copies what p points to into *object, which has p's type exactly.  All or nothing: on failure the object is as it
 * was, done 0 (law 7).  1, 2, 4 or 8 aligned bytes are one access where the space can (UM_CAN_SINGLE).  Objects of
 * more than UM_VALUE_MAX bytes do not compile: um_get_array gets them, piece by piece.
 */
#define um_get(space, p, object, flags) \
	um_get_object(space, (p).addr, UM_PTR_OBJECT(p, object), UM_PTR_VALUE_SIZE(p), flags)

/* Copies *object, which has p's type exactly or that type const, to where p points; p was defined with all its members.  A put
 * that fails may have written part of the user's object: done bytes. */
#define um_put(space, p, object, flags) \
	um_copy_out(space, (p).addr, UM_PTR_SOURCE(p, object), sizeof *(p).um_members_listed, flags)

/* n elements, as um_copy_in and um_copy_out: done counts bytes, and what was done is there, also part of an element.
 * n elements of more than SIZE_MAX bytes: UM_RANGE, nothing touched. */
#define um_get_array(space, p, dst, n, flags) \
	um_get_elements(space, (p).addr, UM_PTR_OBJECT(p, dst), n, sizeof *(p).um_pointee, flags)
#define um_put_array(space, p, src, n, flags) \
	um_put_elements(space, (p).addr, UM_PTR_SOURCE(p, src), n, sizeof *(p).um_members_listed, flags)

/* Elements up to the first all-zero one, as um_copy_terminated_in: done and limit count elements. */
#define um_get_terminated(space, p, dst, limit, flags) \
	um_copy_terminated_in(space, UM_PTR_OBJECT(p, dst), (p).addr, UM_PTR_VALUE_SIZE(p), limit, flags)

/* The string at s, a um_str, as um_copy_string_in. */
#define um_get_string(space, s, dst, limit, flags) \
	um_copy_string_in(space, dst, _Generic((s), um_str: (s)).addr, limit, flags)

/* ---------------------------------------------------------------- the functions underneath */

UM_CHECKED bool um_ptr_step(um_addr addr, uint64_t i, size_t size, um_addr *sum);

/* um_get by size.  0 or more than UM_VALUE_MAX: UM_INVALID. */
UM_CHECKED struct um_result um_get_scratch(struct um_space *space, um_addr addr, void *object, size_t size, unsigned flags);

/* The same; inline, since a word is got in the time of two calls, but in a kernel, where every call passes the might-fault
 * hook (port.h).  It goes through a word of its own also where one access would do: a hole may begin within an aligned word
 * too, as at the end of a bytes space. */
#if !__STDC_HOSTED__
UM_CHECKED struct um_result um_get_object(struct um_space *space, um_addr addr, void *object, size_t size, unsigned flags);
#else
UM_CHECKED inline struct um_result um_get_object(struct um_space *space, um_addr addr, void *object, size_t size, unsigned flags)
{
	struct um_range range = { addr, size };
	struct um_result result;
	uint64_t word;

	if (size != 1 && size != 2 && size != 4 && size != 8)
		return um_get_scratch(space, addr, object, size, flags);
	if (flags == 0 && space->ignored == 0 && um_range_within(range, space->first, space->last))
		result = space->ops->copy_in(space, &word, addr, size, 0);
	else
		result = um_copy_in(space, &word, addr, size, flags);
	if (__builtin_expect(result.status != UM_OK, 0)) {
		result.done = 0;
		return result;
	}
	switch (size) { /* constants, so that no memcpy is called */
	case 1: __builtin_memcpy(object, &word, 1); break;
	case 2: __builtin_memcpy(object, &word, 2); break;
	case 4: __builtin_memcpy(object, &word, 4); break;
	default: __builtin_memcpy(object, &word, 8); break;
	}
	return result;
}
#endif

UM_CHECKED struct um_result um_get_elements(struct um_space *space, um_addr addr, void *dst, size_t n, size_t size, unsigned flags);
UM_CHECKED struct um_result um_put_elements(struct um_space *space, um_addr addr, const void *src, size_t n, size_t size, unsigned flags);

UM_END_DECLS

/* ---------------------------------------------------------------- how the types are judged; no contract below */

/* Drops qualifiers, and makes a pointer of an array. */
#define UM_PTR_RVALUE(x) ((void)0, (x))
#define UM_PTR_MEMBER(T, m) (((__typeof__(T) *)0)->m)
#define UM_PTR_ENDS(T, m) (offsetof(__typeof__(T), m) + sizeof UM_PTR_MEMBER(T, m))

/* What selects nothing does not compile: object is neither of another type nor const. */
#define UM_PTR_OBJECT(p, object) _Generic((object), __typeof__(UM_PTR_RVALUE(*(p).um_pointee)) *: (object))
#define UM_PTR_SOURCE(p, object) \
	_Generic((object), __typeof__(*(p).um_members_listed) *: (object), const __typeof__(*(p).um_members_listed) *: (object))
struct um_small;
struct um_too_large_to_be_got_all_or_nothing;
#define UM_PTR_VALUE_SIZE(p) \
	_Generic(__builtin_choose_expr(sizeof *(p).um_pointee <= UM_VALUE_MAX, (struct um_small *)0, \
	                               (struct um_too_large_to_be_got_all_or_nothing *)0), \
		 struct um_small *: sizeof *(p).um_pointee)

/* gcc's classes, as both compilers number them: 1 to 3 and 8 are numbers, 5 is a pointer, which an array becomes. */
#define UM_PTR_CLASS(x) __builtin_classify_type(x)
#define UM_PTR_IS_ARRAY(x) (!__builtin_types_compatible_p(__typeof__(x), __typeof__(UM_PTR_RVALUE(x))))
#define UM_PTR_ELEMENT(x) (*__builtin_choose_expr(UM_PTR_IS_ARRAY(x), UM_PTR_RVALUE(x), &(x)))
#define UM_PTR_IS_BOOL(x) _Generic((x), _Bool: 1, default: 0)
/* long double has padding. */
#define UM_PTR_IS_PLAIN(x) \
	_Generic((x), _Bool: 0, long double: 0, default: (1 <= UM_PTR_CLASS(x) && UM_PTR_CLASS(x) <= 3) || UM_PTR_CLASS(x) == 8)

#define UM_PTR_JUDGE(T) \
	UM_STATIC_ASSERT(!UM_PTR_IS_BOOL(*(__typeof__(T) *)0), #T ": not every byte is a _Bool"); \
	UM_STATIC_ASSERT(UM_PTR_CLASS(*(__typeof__(T) *)0) != 5 && UM_PTR_CLASS(*(__typeof__(T) *)0) != 0, #T ": no user pointer to pointers, arrays or void")
#define UM_PTR_DEFINE_PUTTABLE(name, T) \
	typedef union name { \
		um_addr addr; \
		const __typeof__(T) *um_pointee; \
		__typeof__(T) *um_members_listed; \
	} name; \
	UM_STATIC_ASSERT(_Generic((__typeof__(T) *)0, const __typeof__(T) *: 0, default: 1), #T ": a const object cannot be put"); \
	UM_PTR_JUDGE(T)
#define UM_PTR_JUDGE_PLAIN(what, x) \
	UM_STATIC_ASSERT(UM_PTR_IS_PLAIN(x), #what ": not a plain number; a struct is listed by its own members")

#define UM_PTR_JUDGE_FIRST(T, m, ...) \
	UM_STATIC_ASSERT(offsetof(__typeof__(T), m) == 0, #T " does not begin with " #m ": a member left out")
/* Member a, which member b follows; and member a, the last. */
#define UM_PTR_JOIN(T, a, b) \
	UM_PTR_JUDGE_PLAIN(a, UM_PTR_ELEMENT(UM_PTR_ELEMENT(UM_PTR_MEMBER(T, a)))); \
	UM_STATIC_ASSERT(offsetof(__typeof__(T), b) == UM_PTR_ENDS(T, a), #T ": " #b " does not begin where " #a " ends: padding, or a member left out");
#define UM_PTR_MEMBERS_1(T, a) \
	UM_PTR_JUDGE_PLAIN(a, UM_PTR_ELEMENT(UM_PTR_ELEMENT(UM_PTR_MEMBER(T, a)))); \
	UM_STATIC_ASSERT(UM_PTR_ENDS(T, a) == sizeof(T), #T " does not end where " #a " ends: padding, or a member left out")
#define UM_PTR_MEMBERS_2(T, a, b) UM_PTR_JOIN(T, a, b) UM_PTR_MEMBERS_1(T, b)
#define UM_PTR_MEMBERS_3(T, a, b, ...) UM_PTR_JOIN(T, a, b) UM_PTR_MEMBERS_2(T, b, __VA_ARGS__)
#define UM_PTR_MEMBERS_4(T, a, b, ...) UM_PTR_JOIN(T, a, b) UM_PTR_MEMBERS_3(T, b, __VA_ARGS__)
#define UM_PTR_MEMBERS_5(T, a, b, ...) UM_PTR_JOIN(T, a, b) UM_PTR_MEMBERS_4(T, b, __VA_ARGS__)
#define UM_PTR_MEMBERS_6(T, a, b, ...) UM_PTR_JOIN(T, a, b) UM_PTR_MEMBERS_5(T, b, __VA_ARGS__)
#define UM_PTR_MEMBERS_7(T, a, b, ...) UM_PTR_JOIN(T, a, b) UM_PTR_MEMBERS_6(T, b, __VA_ARGS__)
#define UM_PTR_MEMBERS_8(T, a, b, ...) UM_PTR_JOIN(T, a, b) UM_PTR_MEMBERS_7(T, b, __VA_ARGS__)
#define UM_PTR_MEMBERS_9(T, a, b, ...) UM_PTR_JOIN(T, a, b) UM_PTR_MEMBERS_8(T, b, __VA_ARGS__)
#define UM_PTR_MEMBERS_10(T, a, b, ...) UM_PTR_JOIN(T, a, b) UM_PTR_MEMBERS_9(T, b, __VA_ARGS__)
#define UM_PTR_MEMBERS_11(T, a, b, ...) UM_PTR_JOIN(T, a, b) UM_PTR_MEMBERS_10(T, b, __VA_ARGS__)
#define UM_PTR_MEMBERS_12(T, a, b, ...) UM_PTR_JOIN(T, a, b) UM_PTR_MEMBERS_11(T, b, __VA_ARGS__)
#define UM_PTR_MEMBERS_13(T, a, b, ...) UM_PTR_JOIN(T, a, b) UM_PTR_MEMBERS_12(T, b, __VA_ARGS__)
#define UM_PTR_MEMBERS_14(T, a, b, ...) UM_PTR_JOIN(T, a, b) UM_PTR_MEMBERS_13(T, b, __VA_ARGS__)
#define UM_PTR_MEMBERS_15(T, a, b, ...) UM_PTR_JOIN(T, a, b) UM_PTR_MEMBERS_14(T, b, __VA_ARGS__)
#define UM_PTR_MEMBERS_16(T, a, b, ...) UM_PTR_JOIN(T, a, b) UM_PTR_MEMBERS_15(T, b, __VA_ARGS__)
#define UM_PTR_MEMBERS_17(T, a, b, ...) UM_PTR_JOIN(T, a, b) UM_PTR_MEMBERS_16(T, b, __VA_ARGS__)
#define UM_PTR_MEMBERS_18(T, a, b, ...) UM_PTR_JOIN(T, a, b) UM_PTR_MEMBERS_17(T, b, __VA_ARGS__)
#define UM_PTR_MEMBERS_19(T, a, b, ...) UM_PTR_JOIN(T, a, b) UM_PTR_MEMBERS_18(T, b, __VA_ARGS__)
#define UM_PTR_MEMBERS_20(T, a, b, ...) UM_PTR_JOIN(T, a, b) UM_PTR_MEMBERS_19(T, b, __VA_ARGS__)
#define UM_PTR_MEMBERS_21(T, a, b, ...) UM_PTR_JOIN(T, a, b) UM_PTR_MEMBERS_20(T, b, __VA_ARGS__)
#define UM_PTR_MEMBERS_22(T, a, b, ...) UM_PTR_JOIN(T, a, b) UM_PTR_MEMBERS_21(T, b, __VA_ARGS__)
#define UM_PTR_MEMBERS_23(T, a, b, ...) UM_PTR_JOIN(T, a, b) UM_PTR_MEMBERS_22(T, b, __VA_ARGS__)
#define UM_PTR_MEMBERS_24(T, a, b, ...) UM_PTR_JOIN(T, a, b) UM_PTR_MEMBERS_23(T, b, __VA_ARGS__)
#define UM_PTR_MEMBERS_25(T, a, b, ...) UM_PTR_JOIN(T, a, b) UM_PTR_MEMBERS_24(T, b, __VA_ARGS__)
#define UM_PTR_MEMBERS_26(T, a, b, ...) UM_PTR_JOIN(T, a, b) UM_PTR_MEMBERS_25(T, b, __VA_ARGS__)
#define UM_PTR_MEMBERS_27(T, a, b, ...) UM_PTR_JOIN(T, a, b) UM_PTR_MEMBERS_26(T, b, __VA_ARGS__)
#define UM_PTR_MEMBERS_28(T, a, b, ...) UM_PTR_JOIN(T, a, b) UM_PTR_MEMBERS_27(T, b, __VA_ARGS__)
#define UM_PTR_MEMBERS_29(T, a, b, ...) UM_PTR_JOIN(T, a, b) UM_PTR_MEMBERS_28(T, b, __VA_ARGS__)
#define UM_PTR_MEMBERS_30(T, a, b, ...) UM_PTR_JOIN(T, a, b) UM_PTR_MEMBERS_29(T, b, __VA_ARGS__)
#define UM_PTR_MEMBERS_31(T, a, b, ...) UM_PTR_JOIN(T, a, b) UM_PTR_MEMBERS_30(T, b, __VA_ARGS__)
#define UM_PTR_MEMBERS_32(T, a, b, ...) UM_PTR_JOIN(T, a, b) UM_PTR_MEMBERS_31(T, b, __VA_ARGS__)

#define UM_PTR_COUNT(...) \
	UM_PTR_COUNTED(__VA_ARGS__, 32, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, \
	12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)
#define UM_PTR_COUNTED(a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, a18, a19, \
	a20, a21, a22, a23, a24, a25, a26, a27, a28, a29, a30, a31, a32, count, ...) \
	count
#define UM_PTR_CALL(macro, arguments) macro arguments
#define UM_PTR_PASTE(a, b) UM_PTR_PASTED(a, b)
#define UM_PTR_PASTED(a, b) a##b

/* ---------------------------------------------------------------- numbers, addresses and strings */

UM_DEFINE_PTR_SCALAR(um_u8_ptr, uint8_t);
UM_DEFINE_PTR_SCALAR(um_u16_ptr, uint16_t);
UM_DEFINE_PTR_SCALAR(um_u32_ptr, uint32_t);
UM_DEFINE_PTR_SCALAR(um_u64_ptr, uint64_t);
UM_DEFINE_PTR_SCALAR(um_i8_ptr, int8_t);
UM_DEFINE_PTR_SCALAR(um_i16_ptr, int16_t);
UM_DEFINE_PTR_SCALAR(um_i32_ptr, int32_t);
UM_DEFINE_PTR_SCALAR(um_i64_ptr, int64_t);
UM_DEFINE_PTR_OUT(um_addr_ptr, um_addr, value); /* a 64-bit program's pointer to a pointer */
UM_DEFINE_PTR(um_str, const char);              /* a string: um_get_string */

#endif
