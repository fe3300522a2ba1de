#!/usr/bin/env python3
"""packaging.py SOURCE BUILD: what is installed, and that a stranger's program builds with it."""
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

from tap import EMULATOR, check, equal, run_all, skip

SOURCE, BUILD = map(pathlib.Path, sys.argv[1:3])
DESTINATION = tempfile.TemporaryDirectory()
ROOT = pathlib.Path(DESTINATION.name)
CC = shlex.split(os.environ.get("CC", "cc"))
OPTIONS = {option["name"]: option["value"] for option in json.loads(
    subprocess.run(["meson", "introspect", "--buildoptions", BUILD], stdout=subprocess.PIPE, check=True).stdout)}
PREFIX = ROOT / OPTIONS["prefix"].lstrip("/")
LIBRARY = PREFIX / OPTIONS["libdir"]


def run(*command, **options):
    return subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)


def pkg_config(*words):
    env = {**os.environ, "PKG_CONFIG_PATH": str(LIBRARY / "pkgconfig"), "PKG_CONFIG_SYSROOT_DIR": str(ROOT)}
    result = run("pkg-config", *words, "usermem", env=env)
    check(f"pkg-config {' '.join(words)}", result.returncode == 0, result.stdout)
    return shlex.split(result.stdout)


def test_install():
    result = run("meson", "install", "-C", BUILD, "--no-rebuild", "--destdir", ROOT)
    check("meson install", result.returncode == 0, result.stdout)
    headers = {path.relative_to(SOURCE / "include") for path in (SOURCE / "include").rglob("*.h")}
    equal("all public headers, and no others", {path.relative_to(PREFIX / "include") for path in (PREFIX / "include").rglob("*.h")}, headers)
    for name in "libusermem.a", "libusermem.so", "libusermem.so.0", "pkgconfig/usermem.pc":
        check(name, (LIBRARY / name).exists())
    check("the program", os.access(PREFIX / OPTIONS["bindir"] / "usermem", os.X_OK))
    check("the manual page", list((PREFIX / OPTIONS["mandir"] / "man1").glob("usermem.1*")))
    check("nothing of the tests", not list(ROOT.rglob("*cmocka*")) and not list(PREFIX.glob("bin/target*")))
    result = run("objdump", "-p", LIBRARY / "libusermem.so")
    check("the name that programs ask for is libusermem.so.0", re.search(r"SONAME\s+libusermem\.so\.0\n", result.stdout), result.stdout)
    if OPTIONS["b_sanitize"] == "none":
        equal("the program runs from there", run(*EMULATOR, PREFIX / OPTIONS["bindir"] / "usermem", "--version").returncode, 0)
        result = run("objdump", "-p", PREFIX / OPTIONS["bindir"] / "usermem")
        check("the program needs no library of ours", "libusermem" not in result.stdout, result.stdout)


def test_versions():
    version = re.search(r"version: '(.*?)'", (SOURCE / "meson.build").read_text()).group(1)
    equal("pkg-config tells the version", pkg_config("--modversion"), [version])
    equal("so does the program", run(*EMULATOR, PREFIX / OPTIONS["bindir"] / "usermem", "--version").stdout, f"usermem {version}\n")
    check("the change log has it", f"## {version}" in (SOURCE / "CHANGELOG.md").read_text())


def test_shared_needs_nothing():
    # What the library itself is linked with need not be installed for who links it.
    env = {**os.environ, "PKG_CONFIG_LIBDIR": str(LIBRARY / "pkgconfig"), "PKG_CONFIG_PATH": "", "PKG_CONFIG_SYSROOT_DIR": str(ROOT)}
    result = run("pkg-config", "--cflags", "--libs", "usermem", env=env)
    equal("pkg-config finds the shared library without the packages of others", (result.returncode, "-lelf" in result.stdout), (0, False))
    check("and tells the static one's needs", {"-lelf", "-pthread"} <= set(pkg_config("--libs", "--static")))


def test_program():
    if OPTIONS["b_sanitize"] != "none":
        skip("a program outside of the tree", "the library wants the sanitizer's own")
        return
    hello, printed = ROOT / "hello", set()
    for name, how in (("shared", []), ("static", ["--static"])):
        flags = pkg_config("--cflags", "--libs", *how)
        for standard in "c11", "c2x":
            result = run(*CC, f"-std={standard}", "-Wall", "-Wextra", "-Werror", *(["-static"] if how else []), "-o", hello,
                         SOURCE / "examples/hello.c", *flags, *OPTIONS["c_link_args"], cwd=ROOT)
            check(f"{name}, {standard}: the program of the README builds", result.returncode == 0, result.stdout)
        result = run(*EMULATOR, hello, env={**os.environ, "LD_LIBRARY_PATH": str(LIBRARY)})
        check(f"{name}: it runs", result.returncode == 0, result.stdout)
        printed.add(result.stdout)
        check(f"{name}: it is", ("libusermem.so.0" in run("objdump", "-p", hello).stdout) == (name == "shared"))
    equal("both print the same", len(printed), 1)


def test_headers_alone():
    compilers = [(CC, "c", ["c11", "c17", "c2x"])]
    plus = shutil.which("g++") or shutil.which("clang++")
    if plus:
        compilers.append(([plus], "c++", ["c++17"]))
    else:
        skip("headers as C++", "no C++ compiler")
    for header in sorted((SOURCE / "include").rglob("*.h")):
        name = header.relative_to(SOURCE / "include")
        wrong = []
        for compiler, language, standards in compilers:
            for standard in standards if not (language == "c++" and header.name == "ptr.h") else ():
                result = run(*compiler, f"-std={standard}", "-x", language, "-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-pedantic-errors",
                             "-I", SOURCE / "include", "-", input=f"#include <{name}>\n#include <{name}>\n")
                if result.returncode != 0:
                    wrong.append(f"{language} {standard}: {result.stdout}")
        check(f"{name} compiles alone, and twice", not wrong, "\n".join(wrong))


def declared():
    """The functions that the public headers declare, as gcc sees them."""
    with tempfile.TemporaryDirectory() as folder:
        source, found = pathlib.Path(folder) / "all.c", pathlib.Path(folder) / "found"
        names = [path.relative_to(SOURCE / "include") for path in sorted((SOURCE / "include").rglob("*.h"))]
        source.write_text("".join(f"#include <{name}>\n" for name in names))
        run("gcc", "-std=gnu11", "-fsyntax-only", "-aux-info", found, "-I", SOURCE / "include", source)
        return set(re.findall(r"/include/usermem/\S+ \*/ (?:extern )?[^(]*?\b(\w+) \(", found.read_text()))


def test_exports():
    result = run("nm", "-D", "--defined-only", "--extern-only", LIBRARY / "libusermem.so")
    exported = {line.split()[-1].split("@")[0] for line in result.stdout.splitlines()}
    equal("the shared library exports um_ names alone", [name for name in sorted(exported) if not name.startswith("um_")], [])
    wanted = {name for name in declared() if name.startswith("um_")}
    check("the headers declare something", len(wanted) > 80, sorted(wanted))
    equal("all that the headers declare is exported", sorted(wanted - exported), [])
    equal("nothing else is", sorted(exported - wanted), [])


def test_assembly_bears_the_compilers_marks():
    # One object without them takes the executable stack, or takes landing pads away, for the whole of a program.
    marks = {"X86-64": "IBT", "AArch64": "BTI", "RISC-V": ""}
    objects = list((BUILD / "src").rglob("*.S.o"))
    check("there are objects of assembly", len(objects) > 4, objects)
    for path in objects:
        said = run("readelf", "-hnSW", path).stdout
        machine = re.search(r"Machine: .*?([\w-]+)$", said, re.M).group(1)
        check(f"{path.name} has landing pads", marks[machine] in said, said)
        check(f"{path.name} has no executable stack", re.search(r"\.note\.GNU-stack +PROGBITS +0+ \w+ 0+ +00 +0 +0 +1$", said, re.M), said)


def test_tools_see_public_headers():
    found = []
    private = {path.relative_to(SOURCE / "src").as_posix() for path in (SOURCE / "src").rglob("*.h")}
    for path in [*(SOURCE / "tools").rglob("*.[ch]"), *(SOURCE / "examples").rglob("*.[ch]")]:
        for name in re.findall(r'^\s*#\s*include\s+[<"](.*?)[>"]', path.read_text(), re.M):
            if name in private or "src/" in name:
                found.append(f"{path.name}: {name}")
    equal("tools and examples use the public headers alone", found, [])


run_all(sys.modules[__name__])
