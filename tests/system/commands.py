"""What the tests of the command line share: running it, a process to look at, made-up cores."""
import contextlib
import functools
import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile

from tap import built, check, emulated

USERMEM, TARGET, PROGRAM = built(sys.argv[1]), emulated(sys.argv[2]), sys.argv[2]  # PROGRAM: the target's file
PAGE = 4096
ALL, PARTLY, USAGE, GONE, REFUSED = range(5)


def usermem(*arguments, tool=USERMEM, stdin=None, env=None, **options):
    return subprocess.run([tool, *map(str, arguments)], stdin=stdin or subprocess.DEVNULL, capture_output=True,
                          env={**os.environ, **(env or {})}, timeout=60, **options)


@contextlib.contextmanager
def target(*how, **options):
    """A running target: its addresses by name, and its pid."""
    process = subprocess.Popen([TARGET, *how], stdin=subprocess.PIPE, stdout=subprocess.PIPE, **options)
    try:
        yield json.loads(process.stdout.readline())
    finally:
        process.stdin.close()
        process.wait(10)
        process.stdout.close()


@functools.cache
def cannot_stop():
    """Why usermem can stop no process here, as where an emulator keeps ptrace to itself; or None."""
    with target() as place:
        found = json.loads(usermem("doctor", place["pid"], "--json").stdout)["findings"]
    return next((f"no process can be stopped here: ptrace: {f['says']}" for f in found if f["what"] == "ptrace" and f["verdict"] != "good"), None)


@functools.cache
def not_its_own():
    """Why a process is not what its program made it; or None."""
    with target() as place:
        if os.path.samefile(f"/proc/{place['pid']}/exe", PROGRAM):
            return None
    return "the process is an emulator's, with memory and threads of its own"


def memory(place, addr, n):
    """What is there, by another way: the file passes protections.  A first thread that has ended has none."""
    for name in (f"/proc/{place['pid']}/mem", *pathlib.Path(f"/proc/{place['pid']}/task").glob("*/mem")):
        with contextlib.suppress(ProcessLookupError, PermissionError), open(name, "rb", 0) as file:
            return os.pread(file.fileno(), n, addr)


def one_line(name, result, status, *words):
    """A complaint: its exit status, one line that says who, what; what to do."""
    text = result.stderr.decode()
    good = result.returncode == status and text.count("\n") == 1 and text.startswith("usermem") and "; " in text
    check(name, good and all(word in text for word in words), f"status {result.returncode}, wanted {status}: {text!r}, wanted {words}")


READ, WRITE, EXEC = 4, 2, 1


def elf_core(segments, notes=b"", bits=64, order="<", kind=4, data_at=PAGE):
    """A core file: segments are (address, bytes in memory, protections, bytes in the file)."""
    wide = bits == 64
    header_size, entry_size = (64, 56) if wide else (52, 32)
    entries, data = [(4, 0, data_at, 0, len(notes), len(notes))], notes
    for address, size, flags, dumped in segments:
        entries.append((1, flags, data_at + len(data), address, len(dumped), size))
        data += dumped
    table = b"".join(struct.pack(order + "IIQQQQQQ", t, flags, at, address, 0, n, size, 1) if wide else
                     struct.pack(order + "IIIIIIII", t, at, address, 0, n, size, flags, 1) for t, flags, at, address, n, size in entries)
    header = b"\x7fELF" + bytes([2 if wide else 1, 1 if order == "<" else 2, 1]) + bytes(9)
    header += struct.pack(order + ("HHIQQQIHHHHHH" if wide else "HHIIIIIHHHHHH"), kind, 62 if wide else 3, 1, 0, header_size, 0, 0,
                          header_size, entry_size, len(entries), 0, 0, 0)
    return (header + table).ljust(data_at, b"\0") + data


def note(kind, content, name=b"CORE\0"):
    def padded(data):
        return data + bytes(-len(data) % 4)
    return struct.pack("<III", len(name), len(content), kind) + padded(name) + padded(content)


def core_notes(pid=4711, command=b"crasher", files=()):
    """NT_PRPSINFO and NT_FILE as x86-64 Linux writes them; files: (start, end, offset in pages, name)."""
    process = struct.pack("<4xxxxxQIIiiii16s80s", 0, 0, 0, pid, 1, 1, 1, command, b"")
    table = struct.pack("<QQ", len(files), PAGE) + b"".join(struct.pack("<QQQ", *file[:3]) for file in files)
    return note(3, process) + note(0x46494C45, table + b"".join(file[3] + b"\0" for file in files))


LAST_PAGE = 2**64 - PAGE
USUAL_CORE = elf_core([(0x20000, PAGE, READ, b"second".ljust(PAGE, b"2")), (0x10000, 2 * PAGE, READ | WRITE, b"first\0".ljust(PAGE, b"1")),
                       (0x21000, PAGE, 0, b"hidden".ljust(PAGE, b"3")), (LAST_PAGE, PAGE, READ | EXEC, b"last".ljust(PAGE, b"4"))],
                      core_notes(files=[(0x10000, 0x12000, 3, b"/bin/wild\033[31m")]))


@contextlib.contextmanager
def core_file(data=USUAL_CORE):
    with tempfile.NamedTemporaryFile(prefix="core.") as file:
        file.write(data)
        file.flush()
        yield file.name
