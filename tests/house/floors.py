#!/usr/bin/env python3
"""floors.py SOURCE_ROOT: a room knows the floors below it and its own without circles; nothing points back up.

Reads the #include lines of the library and of the tools.  A file that stands on no floor fails: whoever adds a room says
here where it stands.
"""
import pathlib
import re
import sys

FLOORS = [
    (0, r"(include/usermem|src)/(declare|status|addr|access|ranges)\.[ch]$|src/arch/"),
    (1, r"(include/usermem|src)/(fault|guard|port)(_internal)?\.[ch]$|src/port/"),
    (2, r"(include/usermem|src)/(space|visit)\.[ch]$"),
    (3, r"(include/usermem|src)/spaces/"),
    (4, r"(include/usermem|src)/(fetch|copy|atomic|text|struct|iovec)\.[ch]$"),
    (5, r"(include/usermem|src)/(cursor|ptr)\.[ch]$"),
    (6, r"include/usermem/usermem\.h$|tools/|examples/"),
]
INCLUDE = re.compile(r'^\s*#\s*include\s+[<"]([^>"]+)[>"]', re.M)
# What the core may ask of the compiler's own headers, and a tree, which is macros.
CORE_SYSTEM = {"stdbool.h", "stddef.h", "stdint.h", "bsd/sys/tree.h"}
HOSTED = re.compile(r"src/(guard\.c|arch/[^/]+/(guard|choose)|port/linux/|spaces/(mm_host|self|remote|corefile|host_))")


def floor_of(path):
    return next((floor for floor, pattern in FLOORS if re.match(pattern, path)), None)


def resolve(root, path, name):
    """The repository's file behind an include, or None for a system header."""
    for candidate in (path.parent / name, root / "include" / name, root / "src" / name):
        if candidate.is_file():
            return candidate.resolve()
    return None


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    files = [path for top in ("include", "src", "tools", "examples") for path in sorted((root / top).rglob("*.[chS]"))]
    edges, upward, homeless, foreign = {}, [], [], []
    for path in files:
        name = path.relative_to(root).as_posix()
        floor = floor_of(name)
        if floor is None:
            homeless.append(name)
            continue
        for include in INCLUDE.findall(path.read_text()):
            target = resolve(root, path, include)
            if target is None:
                if floor < 6 and name.startswith("src/") and not HOSTED.match(name) and include not in CORE_SYSTEM:
                    foreign.append(f"{name}: {include}")
                continue
            edges.setdefault(path, set()).add(target)
            if (floor_of(target.relative_to(root).as_posix()) or 0) > floor:
                upward.append(f"{name} -> {target.relative_to(root)}")

    suite = [path for path in sorted((root / "tests/conformance").glob("*.[ch]")) if not path.name.startswith("run")]
    foreign_to_kernels = [f"{path.name}: {include}" for path in suite for include in INCLUDE.findall(path.read_text())
                          if resolve(root, path, include) is None and include not in CORE_SYSTEM]

    def circle(path, above):
        if path in above:
            return above[above.index(path):] + [path]
        return next((found for target in sorted(edges.get(path, ())) if (found := circle(target, above + [path]))), None)

    circles = sorted({" -> ".join(p.name for p in found) for path in files if (found := circle(path, []))})
    checks = [
        ("every file stands on a floor", homeless),
        ("no include points up", upward),
        ("no circles", circles),
        ("the core includes nothing of the host", foreign),
        ("the conformance suite includes nothing of the host: it runs inside a kernel too", foreign_to_kernels),
        ("there is something to look at", [] if len(files) > 20 and len(suite) > 20 else ["too few files found"]),
    ]
    print(f"1..{len(checks)}")
    for number, (text, wrong) in enumerate(checks, 1):
        print(f"{'not ok' if wrong else 'ok'} {number} - {text}")
        for line in wrong:
            print(f"#   {line}")
    return any(wrong for _, wrong in checks)


if __name__ == "__main__":
    sys.exit(main())
