/*
 * Kinds of access: what is done to memory, how, and one single access as a value.
 */
#ifndef USERMEM_ACCESS_H
#define USERMEM_ACCESS_H

#include <usermem/declare.h>

UM_BEGIN_DECLS

/* Of um_check, um_populate and um_visit; combined with |. */
enum um_access { UM_READ = 1, UM_WRITE = 2, UM_EXEC = 4 };

/* Of every call that touches memory; combined with |.  A flag that the space does not promise (um_can in
 * space.h) is UM_UNSUPPORTED, an unknown one UM_INVALID (law 25). */
enum um_flags {
	UM_NOFAULT = 1,      /* never sleep, never populate: fail with UM_WOULD_FAULT instead (law 15) */
	UM_IGNORE_PERMS = 2, /* as a debugger: past the program's own protections, never past the mapping's limits (law 14) */
};

enum um_atomic_op { UM_LOAD, UM_STORE, UM_SWAP, UM_CAS, UM_ADD, UM_AND, UM_OR, UM_XOR };

/*
 * One single, non-tearing access of 4 or 8 bytes, or a load or store of 1 or 2: the other operations
 * on those would write the neighbours on some machines (laws 9, 16).
 *
 * Ordering: fully ordered where it stores; at least acquire where it only loads.
 */
struct um_atomic_access {
	enum um_atomic_op op;
	uint8_t size;      /* bytes */
	uint64_t operand;  /* what is stored, added, ...; only the low `size` bytes count */
	uint64_t expected; /* UM_CAS; only the low `size` bytes count */
	uint64_t old;      /* out: what was there, zero-extended; untouched unless the access was done, and by UM_STORE */
};

UM_END_DECLS

#endif
