#!/usr/bin/env python3
"""docs.py SOURCE USERMEM HELLO DRIVER: what the documents say is so.

A block marked ```c compiles behind a prelude of the usual headers; one marked ```c refused does not; one marked with a file's name is in it.
"""
import os
import pathlib
import re
import shlex
import subprocess
import sys

from tap import check, emulated, equal, run_all, skip

SOURCE, USERMEM, HELLO, DRIVER = pathlib.Path(sys.argv[1]), *map(emulated, sys.argv[2:5])
CC = os.environ.get("CC", "gcc")
DOCUMENTS = sorted([*SOURCE.glob("*.md"), *(SOURCE / "docs").glob("*.md")])
PRELUDE = "".join(f"#include <{name}>\n" for name in (
    "errno.h", "signal.h", "stdio.h", "stdlib.h", "string.h", "unistd.h", "linux/seccomp.h", "sys/ioctl.h", "sys/types.h", "usermem/usermem.h"))


def run(*command, text=None):
    return subprocess.run([str(word) for word in command], input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def blocks(document):
    """Yields (line, what the fence says, text)."""
    text = document.read_text()
    for found in re.finditer(r"^```([^\n]*)\n(.*?)^```$", text, re.M | re.S):
        yield text.count("\n", 0, found.start()) + 1, found.group(1).strip(), found.group(2)


def test_code_compiles():
    seen = 0
    for document in DOCUMENTS:
        for line, kind, text in blocks(document):
            if kind not in ("c", "c refused"):
                continue
            seen += 1
            for compiler in dict.fromkeys((CC, "clang")):
                result = run(*shlex.split(compiler), "-std=gnu11", "-c", "-o", "/dev/null", "-Wall", "-Wextra", "-Werror", "-D_GNU_SOURCE", "-Wno-unused-function",
                             "-I", SOURCE / "include", "-x", "c", "-", text=f'{PRELUDE}#line {line + 1} "{document.name}"\n{text}')
                if kind == "c":
                    check(f"{document.name}:{line}: {compiler} takes it", result.returncode == 0, result.stdout)
                else:
                    check(f"{document.name}:{line}: {compiler} refuses it", result.returncode == 1 and f"{document.name}:" in result.stdout, result.stdout)
    check("there is code in the documents", seen >= 8, seen)


def test_excerpts_are_in_their_files():
    for document in DOCUMENTS:
        for line, kind, text in blocks(document):
            if "/" in kind:
                check(f"{document.name}:{line}: {kind} has it", text in (SOURCE / kind).read_text(), text)


def test_readme_shows_hello():
    readme = SOURCE / "README.md"
    if not readme.exists():
        skip("the README's program", "there is no README yet")
        return
    shown = [text for _, _, text in blocks(readme)]
    program = (SOURCE / "examples/hello.c").read_text()
    check("the README shows examples/hello.c as it is", program[program.index("#include"):] in shown, "\n".join(shown))
    output = run(HELLO).stdout
    check("and what it prints", any(output in text for text in shown), output)


def test_share_shows_what_the_driver_prints():
    output = run(DRIVER).stdout
    check("the driver counts what is lent", "count: 20 in 20 bytes\n" in output, output)
    check("docs/share.md shows what examples/driver.c prints", output in [text for _, _, text in blocks(SOURCE / "docs/share.md")], output)


def test_links():
    for document in DOCUMENTS:
        wrong = [target for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text()) if not (document.parent / target).exists()]
        equal(f"{document.name}: what it links to exists", wrong, [])


def test_manual():
    manual = SOURCE / "man/usermem.1"
    result = run("mandoc", "-T", "lint", "-W", "warning", manual)
    equal("mandoc has nothing to say", (result.returncode, result.stdout), (0, ""))
    text = run("mandoc", "-T", "ascii", manual).stdout
    text = re.sub(r".\x08", "", text)
    commands = re.findall(r"^  (\w+) +\w.*\n +usermem ", run(USERMEM, "--help").stdout, re.M)
    check("there are commands", len(commands) >= 6, commands)
    for command in commands:
        section = re.search(rf"^   usermem {command}\n(.*?)(?=^   usermem |^\w)", text, re.M | re.S)
        general = re.search(r"^   Options of all commands\n(.*?)(?=^\w)", text, re.M | re.S).group(1)
        if not check(f"the manual tells of {command}", section):
            continue
        options = set(re.findall(r"^ +(?:-\S, +|)--([\w-]+)", run(USERMEM, command, "--help").stdout, re.M))
        if options <= {"help", "usage", "version"}:
            skip(f"the options of {command}", "it is not there yet")
            continue
        told = set(re.findall(r"--([\w-]+)", general + section.group(1)))
        equal(f"the manual tells every option of {command}", sorted(options - told), [])
        equal(f"and none that {command} has not", sorted(set(re.findall(r"^ +-\w, --([\w-]+)", section.group(1), re.M)) - options), [])


run_all(sys.modules[__name__])
