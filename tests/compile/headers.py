#!/usr/bin/env python3
"""headers.py INCLUDE: every public header compiles alone and without a warning, as C11, C17, C23 and, but for ptr.h, as
C++17; usermem.h has all of them, and each is installed.
"""
import pathlib
import re
import subprocess
import sys
from multiprocessing.pool import ThreadPool

from compilers import clang, gcc

WARNINGS = ["-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-pedantic", "-Werror"]
C = [[*compiler, "-x", "c", f"-std={standard}"] for compiler in (gcc("gcc"), clang("clang")) for standard in ("c11", "c17", "c2x", "gnu11")]
CPP = [[*compiler, "-x", "c++", "-std=c++17"] for compiler in (gcc("g++"), clang("clang++"))]
NO_CPP = {"usermem/ptr.h"}


def compiles(job):
    """What the compiler says of a program that includes one header, twice; empty: nothing."""
    command, include, header = job
    program = f"#include <{header}>\n" * 2 + "int main(void) { return 0; }\n"
    done = subprocess.run([*command, *WARNINGS, "-I", include, "-fsyntax-only", "-"], input=program, capture_output=True, text=True)
    return done.stderr or ("" if done.returncode == 0 else "exit status")


def main():
    root = pathlib.Path(sys.argv[1])
    headers = sorted(path.relative_to(root).as_posix() for path in root.rglob("*.h"))
    jobs = [(command, str(root), header) for header in headers for command in C + ([] if header in NO_CPP else CPP)]
    included = re.findall(r"#include <([^>]+)>", (root / "usermem/usermem.h").read_text())
    listed = re.findall(r"'([^']+\.h)'", (root / "usermem/meson.build").read_text())
    checks = [
        ("usermem.h includes every other header", set(headers) - set(included) - {"usermem/usermem.h", "usermem/declare.h"}),
        ("every header is installed", set(headers) - {"usermem/" + name for name in listed}),
    ]

    print(f"1..{len(jobs) + len(checks)}")
    failed = 0
    with ThreadPool(2) as pool:
        for number, (job, said) in enumerate(zip(jobs, pool.imap(compiles, jobs)), 1):
            print(f"{'not ok' if said else 'ok'} {number} - {job[2]}: {job[0][0]} {job[0][-1]}")
            for line in said.splitlines()[:20]:
                print(f"#   {line}")
            failed += bool(said)
    for number, (text, wrong) in enumerate(checks, len(jobs) + 1):
        print(f"{'not ok' if wrong else 'ok'} {number} - {text}")
        for line in sorted(wrong):
            print(f"#   {line}")
        failed += bool(wrong)
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
