#!/usr/bin/env python3
"""refused.py INCLUDE: lines that must not compile do not, with the reason one expects, and their corrected twins do.

A case is a line that is wrong, its twin that is right, and what each compiler must say of the wrong one.
"""
import re
import subprocess
import sys
from multiprocessing.pool import ThreadPool

from compilers import clang, gcc

COMPILERS = (gcc("gcc"), clang("clang"))
FLAGS = ["-std=c11", "-Wall", "-Wextra", "-Werror=unused-result", "-D_GNU_SOURCE", "-x", "c", "-", "-S", "-o", "/dev/null"]

FILE_SCOPE = """#include <usermem/usermem.h>
struct padded { uint8_t kind; uint32_t value; };
struct tailed { uint64_t value; uint8_t kind; };
struct inner { int32_t seconds, nanoseconds; };
struct outer { struct inner when; uint16_t grid[2][3]; uint32_t id; };
struct holder { char *name; uint64_t length; };
struct flagged { uint64_t value; _Bool flags[8]; };
struct wide { long double value; };
struct pair { uint32_t first, second; };
struct large { uint64_t words[33]; };
struct bits { uint32_t low : 16, high : 16; };
UM_DEFINE_PTR(padded_ptr, struct padded);
UM_DEFINE_PTR(const_ptr, const struct pair);
UM_DEFINE_PTR(large_ptr, struct large);
UM_DEFINE_PTR_OUT(pair_ptr, struct pair, first, second);
UM_DEFINE_PTR_OUT(inner_ptr, struct inner, seconds, nanoseconds);
"""
FUNCTION = """
struct um_result test(struct um_space *space, um_addr addr, size_t n, padded_ptr padded, const_ptr constant, pair_ptr pair, large_ptr large,
                      um_u32_ptr number, um_str string, struct um_reader *reader);
struct um_result test(struct um_space *space, um_addr addr, size_t n, padded_ptr padded, const_ptr constant, pair_ptr pair, large_ptr large,
                      um_u32_ptr number, um_str string, struct um_reader *reader)
{
	struct um_result result = { n, UM_OK, 0 };
	struct padded p = { 0 };
	struct pair v = { 0 };
	const struct pair c = { 0 };
	struct large l = { 0 };
	uint32_t u = 0;
	int32_t i = 0;
	char text[8] = "";
	bool yes = false;
	(void)space, (void)addr, (void)padded, (void)constant, (void)pair, (void)large, (void)number, (void)string, (void)reader;
	(void)p, (void)v, (void)c, (void)l, (void)u, (void)i, (void)text, (void)yes;
	%s
	return result;
}
"""

SELECTS_NONE = r"not compatible with any"
NO_MEMBER = r"no member named .um_members_listed"

# name, wrong, right, reason; a line that begins with UM_DEFINE stands at file scope
CASES = [
    ("padding between members", "UM_DEFINE_PTR_OUT(x, struct padded, kind, value);", "UM_DEFINE_PTR(x, struct padded);", r"value does not begin where kind ends"),
    ("padding at the end", "UM_DEFINE_PTR_OUT(x, struct tailed, value, kind);", "UM_DEFINE_PTR(x, struct tailed);", r"does not end where kind ends"),
    ("the first member left out", "UM_DEFINE_PTR_OUT(x, struct pair, second);", "UM_DEFINE_PTR_OUT(x, struct pair, first, second);", r"does not begin with second"),
    ("a member in the middle left out", "UM_DEFINE_PTR_OUT(x, struct outer, when.seconds, grid, id);",
     "UM_DEFINE_PTR_OUT(x, struct outer, when.seconds, when.nanoseconds, grid, id);", r"grid does not begin where when.seconds ends"),
    ("the last member left out", "UM_DEFINE_PTR_OUT(x, struct pair, first);", "UM_DEFINE_PTR_OUT(x, struct pair, first, second);", r"does not end where first ends"),
    ("a member listed twice", "UM_DEFINE_PTR_OUT(x, struct pair, first, first);", "UM_DEFINE_PTR_OUT(x, struct pair, first, second);", r"first does not begin where first ends"),
    ("members out of order", "UM_DEFINE_PTR_OUT(x, struct pair, second, first);", "UM_DEFINE_PTR_OUT(x, struct pair, first, second);", r"does not begin with second"),
    ("a member struct by its name", "UM_DEFINE_PTR_OUT(x, struct outer, when, grid, id);",
     "UM_DEFINE_PTR_OUT(x, struct outer, when.seconds, when.nanoseconds, grid, id);", r"when: not a plain number"),
    ("a member that is a pointer", "UM_DEFINE_PTR_OUT(x, struct holder, name, length);", "UM_DEFINE_PTR(x, struct holder);", r"name: not a plain number"),
    ("a member that is a _Bool", "UM_DEFINE_PTR_OUT(x, struct flagged, value, flags);", "UM_DEFINE_PTR(x, struct flagged);", r"flags: not a plain number"),
    ("a member with padding of its own", "UM_DEFINE_PTR_OUT(x, struct wide, value);", "UM_DEFINE_PTR(x, struct wide);", r"value: not a plain number"),
    ("a bit-field", "UM_DEFINE_PTR_OUT(x, struct bits, low, high);", "UM_DEFINE_PTR(x, struct bits);", r"bit-field"),
    ("an unknown member", "UM_DEFINE_PTR_OUT(x, struct pair, first, third);", "UM_DEFINE_PTR_OUT(x, struct pair, first, second);", r"no member named .third"),
    ("a const struct to be put", "UM_DEFINE_PTR_OUT(x, const struct pair, first, second);", "UM_DEFINE_PTR(x, const struct pair);", r"a const object cannot be put"),
    ("a const number to be put", "UM_DEFINE_PTR_SCALAR(x, const int);", "UM_DEFINE_PTR_SCALAR(x, int);", r"a const object cannot be put"),
    ("a struct as a number", "UM_DEFINE_PTR_SCALAR(x, struct pair);", "UM_DEFINE_PTR_OUT(x, struct pair, first, second);", r"not a plain number"),
    ("a pointer to _Bool", "UM_DEFINE_PTR(x, _Bool);", "UM_DEFINE_PTR(x, uint8_t);", r"not every byte is a _Bool"),
    ("a pointer to const _Bool", "UM_DEFINE_PTR(x, const bool);", "UM_DEFINE_PTR(x, const uint8_t);", r"not every byte is a _Bool"),
    ("a pointer to pointers", "UM_DEFINE_PTR(x, char *);", "UM_DEFINE_PTR(x, um_addr);", r"no user pointer to pointers"),
    ("a pointer to arrays", "UM_DEFINE_PTR(x, char[4]);", "UM_DEFINE_PTR(x, char);", r"no user pointer to pointers, arrays"),
    ("a pointer to void", "UM_DEFINE_PTR(x, void);", "UM_DEFINE_PTR(x, char);", r"no user pointer to|void"),

    ("a get into another type", "result = um_get(space, number, &i, 0);", "result = um_get(space, number, &u, 0);", SELECTS_NONE),
    ("a get into a const object", "result = um_get(space, pair, &c, 0);", "result = um_get(space, pair, &v, 0);", SELECTS_NONE),
    ("a get through const into a const object", "result = um_get(space, constant, &c, 0);", "result = um_get(space, constant, &v, 0);", SELECTS_NONE),
    ("a get into void", "result = um_get(space, number, (void *)&u, 0);", "result = um_get(space, number, &u, 0);", SELECTS_NONE),
    ("a get of the object instead of its address", "result = um_get(space, pair, v, 0);", "result = um_get(space, pair, &v, 0);", SELECTS_NONE),
    ("a get of too large an object", "result = um_get(space, large, &l, 0);", "result = um_get_array(space, large, &l, 1, 0);", r"too_large_to_be_got_all_or_nothing"),
    ("a get by address alone", "result = um_get(space, addr, &u, 0);", "result = um_get(space, um_ptr_of(um_u32_ptr, addr), &u, 0);", r"no member named .addr|has no member"),
    ("a get whose result is ignored", "um_get(space, number, &u, 0);", "result = um_get(space, number, &u, 0);", r"unused.result|ignoring return value"),
    ("a put through const", "result = um_put(space, constant, &c, 0);", "result = um_put(space, pair, &c, 0);", NO_MEMBER),
    ("a put of a struct with padding", "result = um_put(space, padded, &p, 0);", "result = um_get(space, padded, &p, 0);", NO_MEMBER),
    ("a put of another type", "result = um_put(space, number, &i, 0);", "result = um_put(space, number, &u, 0);", SELECTS_NONE),
    ("a put whose result is ignored", "um_put(space, number, &u, 0);", "result = um_put(space, number, &u, 0);", r"unused.result|ignoring return value"),
    ("an array of another type", "result = um_get_array(space, number, &i, n, 0);", "result = um_get_array(space, number, &u, n, 0);", SELECTS_NONE),
    ("an array put through const", "result = um_put_array(space, constant, &c, n, 0);", "result = um_put_array(space, pair, &c, n, 0);", NO_MEMBER),
    ("a terminated array of another type", "result = um_get_terminated(space, number, &i, n, 0);", "result = um_get_terminated(space, number, &u, n, 0);", SELECTS_NONE),
    ("a string out of numbers", "result = um_get_string(space, number, text, 8, 0);", "result = um_get_string(space, string, text, 8, 0);", SELECTS_NONE),
    ("an element of another type", "yes = um_ptr_at(number, 1, &pair);", "yes = um_ptr_at(pair, 1, &pair);", SELECTS_NONE),
    ("a step whose wrap is ignored", "um_ptr_at(pair, 1, &pair);", "yes = um_ptr_at(pair, 1, &pair);", r"unused.result|ignoring return value"),
    ("a pointer assigned to one of another type", "pair = constant;", "pair = um_ptr_cast(pair_ptr, constant);", r"incompatible type"),

    ("a typed pointer followed", "u = *number;", "result = um_get(space, number, &u, 0);", r"invalid type argument of unary|indirection requires pointer"),
    ("a member through a typed pointer", "u = pair->first;", "result = um_get(space, pair, &v, 0);", r"invalid type argument of .->.|not a pointer"),
    ("an address followed", "u = *addr;", "result = um_copy_in(space, &u, addr, 4, 0);", r"invalid type argument of unary|indirection requires pointer"),
    ("an address indexed", "u = addr[1];", "result = um_copy_in(space, &u, addr, 4, 0);", r"neither array nor pointer|not an array, pointer"),
    ("addresses compared", "yes = addr == pair.addr;", "yes = addr.value == pair.addr.value;", r"invalid operands to binary"),
    ("an address compared with a number", "yes = addr > 4096;", "yes = addr.value > 4096;", r"invalid operands to binary"),
    ("an address as a truth", "yes = !addr;", "yes = !addr.value;", r"wrong type argument to unary|invalid argument type"),
    ("a length added", "addr = addr + n;", "yes = um_addr_add(addr, n, &addr);", r"invalid operands to binary"),
    ("an address out of a pointer", "addr = text;", "addr = um_addr_of((uintptr_t)text);", r"incompatible type"),
    ("an address out of a number", "addr = n;", "addr = um_addr_of(n);", r"incompatible type"),
    ("address and length swapped", "result = um_copy_in(space, text, n, addr, 0);", "result = um_copy_in(space, text, addr, n, 0);", r"incompatible type"),
    ("source and destination swapped", "result = um_copy_in(space, addr, text, n, 0);", "result = um_copy_in(space, text, addr, n, 0);", r"incompatible type"),
    ("memcpy from a user address", "__builtin_memcpy(text, addr, n);", "result = um_copy_in(space, text, addr, n, 0);", r"incompatible type"),
    ("a reader out of a slice by assignment", "*reader = um_slice_of(space, addr, n, 0);",
     "struct um_slice slice = um_slice_of(space, addr, n, 0); *reader = um_slice_reader(&slice);", r"incompatible type"),
    ("a write through a reader", "result = um_write(reader, text, 8);", "result = um_read(reader, text, 8);", r"incompatible (pointer )?type"),
    ("a copy whose result is ignored", "um_copy_in(space, text, addr, n, 0);", "result = um_copy_in(space, text, addr, n, 0);", r"unused.result|ignoring return value"),
    ("a read whose result is ignored", "um_read(reader, text, 8);", "result = um_read(reader, text, 8);", r"unused.result|ignoring return value"),
]


def source(line):
    """The program around one line."""
    return FILE_SCOPE + line + FUNCTION % ";" if line.startswith("UM_DEFINE") else FILE_SCOPE + FUNCTION % line


def compile_it(compiler, include, line, extra):
    done = subprocess.run([*compiler, "-I", include, *FLAGS, *extra], input=source(line), capture_output=True, text=True)
    return done.returncode, done.stderr


def main():
    include = sys.argv[1]
    # A pointer of the wrong type is but a warning to C; here it is what is tested.
    strict = ["-Werror=incompatible-pointer-types", "-Werror=int-conversion"]
    jobs = [(compiler, case) for case in CASES for compiler in COMPILERS]

    def run(job):
        compiler, (_, wrong, right, reason) = job
        good, said = compile_it(compiler, include, right, ["-Wconversion", "-Wshadow", "-pedantic", "-Werror"])
        if good != 0:
            return "the corrected twin does not compile:\n" + said
        bad, said = compile_it(compiler, include, wrong, strict)
        if bad == 0:
            return "it compiles"
        return "" if re.search(reason, said) else "refused for another reason:\n" + said

    print(f"1..{len(jobs)}")
    failed = 0
    with ThreadPool(2) as pool:
        for number, (job, wrong) in enumerate(zip(jobs, pool.imap(run, jobs)), 1):
            print(f"{'not ok' if wrong else 'ok'} {number} - {job[0][0]}: {job[1][0]}")
            for line in wrong.splitlines()[:20]:
                print(f"#   {line}")
            failed += bool(wrong)
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
