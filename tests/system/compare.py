#!/usr/bin/env python3
"""compare.py USERMEM TARGET: runs `usermem compare` on processes and made-up cores."""
import json
import os
import random
import sys

from commands import ALL, GONE, PAGE, PARTLY, READ, REFUSED, USAGE, WRITE, core_file, elf_core, one_line, target, usermem
from tap import check, equal, run_all

PIECE = 256 * 1024  # what is read at once
DIFFERENT = PARTLY


def compare(*arguments):
    result = usermem("compare", "--json", *arguments)
    return json.loads(result.stdout), result


def core_of(data, start=0x10000, size=None):
    return core_file(elf_core([(start, size or len(data), READ | WRITE, bytes(data))]))


def test_equal():
    with core_of(b"same" * 1000) as a, core_of(b"same" * 1000) as b:
        result = usermem("compare", a, b)
        equal("compare: equal", (result.returncode, result.stdout.decode(), result.stderr),
              (ALL, "0 of 4000 bytes differ, 0 are on one side alone, 0 can be read on neither\n", b""))
        equal("compare -q: equal", usermem("compare", "-q", a, b).returncode, ALL)
    with target() as place:
        equal("compare: a process and itself", usermem("compare", place["pid"], place["pid"]).returncode, ALL)


def test_lines():
    one = bytearray(b"\0" * PAGE)
    other = bytearray(one)
    other[5] = 1
    other[0x100:0x104] = b"\1\2\3\4"
    other[0x10c] = 5   # 8 equal bytes lie between: another difference
    other[0x200], other[0x208] = 6, 7  # 7 equal bytes do: the same
    other[0x300:0x320] = b"\xff" * 32
    other[-1] = 9
    with core_of(one) as a, core_of(other) as b:
        result = usermem("compare", a, b)
        equal("compare: each place, a side each", (result.returncode, result.stdout.decode().splitlines()), (DIFFERENT, [
            "0000000000010005  1 byte: 00 | 01",
            "0000000000010100  4 bytes: 00000000 | 01020304",
            "000000000001010c  1 byte: 00 | 05",
            "0000000000010200  9 bytes: " + "00" * 9 + " | 06" + "00" * 7 + "07",
            "0000000000010300  32 bytes: " + "00" * 16 + "... | " + "ff" * 16 + "...",
            "0000000000010fff  1 byte: 00 | 09",
            "41 of 4096 bytes differ, 0 are on one side alone, 0 can be read on neither"]))
        equal("compare -q", (usermem("compare", "-q", a, b).returncode, usermem("compare", "-q", a, b).stdout), (DIFFERENT, b""))
        result = usermem("compare", "-m", 1, a, b)
        equal("compare -m 1: the first one", (result.returncode, result.stdout.decode().splitlines()[0], len(result.stdout.splitlines())),
              (DIFFERENT, "0000000000010005  1 byte: 00 | 01", 2))
        result = usermem("compare", f"{a}:10000+1K", f"{b}:10100")
        equal("compare: two addresses", result.stdout.decode().splitlines()[0], "0000000000010000 0000000000010100  4 bytes: 00000000 | 01020304")


def test_holes():
    # A: mapped, cut off.  B: mapped whole, and one page that A has not; a page that neither has.
    with core_file(elf_core([(0x10000, 2 * PAGE, READ, b"a" * PAGE), (0x20000, PAGE, 0, b"h" * PAGE)])) as a, \
            core_file(elf_core([(0x10000, 3 * PAGE, READ, b"a" * 3 * PAGE), (0x20000, PAGE, 0, b"h" * (PAGE - 1) + b"!")])) as b:
        found, result = compare(a, b)
        equal("compare: what is on one side alone", [(d["length"], d["a"]["address"], d["a"]["is"], d["b"]["is"]) for d in found["differences"]],
              [(PAGE, "0x11000", "bus", "bytes"), (PAGE, "0x12000", "unmapped", "bytes")])
        equal("compare: counts", (found["compared"], found["different"], found["alone"], found["unreadable"], found["whole"]), (PAGE, 0, 2 * PAGE, PAGE, True))
        equal("compare: is no equality", result.returncode, DIFFERENT)
        result = usermem("compare", f"{a}:11000+4K", b)
        equal("compare: how it is printed", result.stdout.decode().splitlines()[0], "0000000000011000  4096 bytes: [bus] | " + "61" * 16 + "...")
        one_line("compare: what neither can read is not called equal", usermem("compare", f"{a}:20000+4K", b), REFUSED, "4096 bytes", "--ignore-perms")
        one_line("compare: nor what is not there", usermem("compare", f"{a}:50000+4K", b), REFUSED, "4096 bytes")
        found, result = compare("-i", f"{a}:20000+4K", b)
        equal("compare -i", (result.returncode, [d["a"]["address"] for d in found["differences"]]), (DIFFERENT, ["0x20fff"]))
        equal("compare -i: as far as it is equal", usermem("compare", "-i", f"{a}:20000+4095", b).returncode, ALL)


def test_processes():
    with target() as one, target() as other:
        a, b = one["pid"], other["pid"]
        where = f"{a}:{one['rw']:x}+8K", f"{b}:{other['rw']:x}"
        equal("compare: two processes, a range of each", usermem("compare", *where).returncode, ALL)
        with open(f"/proc/{b}/mem", "r+b", 0) as file:
            os.pwrite(file.fileno(), b"\xff\xee", other["rw"] + PAGE)
        found, result = compare(*where)
        equal("compare: what was written", [(d["length"], d["a"]["address"], d["b"]["address"], d["b"]["hex"]) for d in found["differences"]],
              [(2, hex(one["rw"] + PAGE), hex(other["rw"] + PAGE), "ffee")])
        equal("compare: who is who", (found["a"]["pid"], found["b"]["pid"]), (a, b))
        at, length = one["hole"] - 16, 32
        found, _ = compare(f"{a}:{at:x}+{length}", f"{b}:{other['rw']:x}")
        equal("compare: over the end of one", found["differences"][-1]["a"]["is"], "unmapped")


def test_at_random():
    seed = random.randrange(2**32)
    rng = random.Random(seed)
    one = bytearray(rng.randbytes(2 * PIECE + 100))
    for n in range(12):
        other = bytearray(one)
        places = sorted(rng.choice((PIECE, 2 * PIECE, rng.randrange(len(one)))) - rng.randrange(20) for _ in range(rng.randrange(9)))
        for at in places:
            other[at] ^= 0x80
        changed = [at for at in range(len(one)) if one[at] != other[at]]
        wanted = []
        for at in changed:
            if wanted and at - wanted[-1][1] <= 8:
                wanted[-1][1] = at
            else:
                wanted.append([at, at])
        # One of them elsewhere, so that what is read at once ends elsewhere too.
        with core_of(one) as a, core_of(b"x" * 77 + bytes(other)) as b:
            found, result = compare(f"{a}:10000+{len(one)}", f"{b}:{0x10000 + 77:x}")
        good = [(int(d["a"]["address"], 16) - 0x10000, d["length"]) for d in found["differences"]] == [(first, last - first + 1) for first, last in wanted]
        if not check(f"compare: as Python does ({len(wanted)} places)", good and found["different"] == len(changed) and (result.returncode == ALL) == (not changed),
                     f"seed {seed}: {found}, wanted {wanted}"):
            break


def test_usage():
    me = os.getpid()
    one_line("compare: one side", usermem("compare", me), USAGE, "two sources")
    one_line("compare: three", usermem("compare", me, me, me), USAGE)
    one_line("compare: no length", usermem("compare", f"{me}:1000", f"{me}:2000"), USAGE, "how many bytes")
    one_line("compare: two lengths", usermem("compare", f"{me}:1000+4", f"{me}:2000+8"), USAGE, "lengths differ")
    one_line("compare: beyond the last address", usermem("compare", f"{me}:1000+4K", f"{me}:ffffffffffffff00"), USAGE, "last 64-bit address")
    one_line("compare: no range", usermem("compare", f"{me}:xyz", me), USAGE, "'xyz'")
    one_line("compare: no process", usermem("compare", 2**22 + 1, me), GONE, str(2**22 + 1))
    one_line("compare: no core", usermem("compare", me, "/no/such/core"), GONE, "/no/such/core")
    text = usermem("compare", "--help").stdout.decode()
    check("compare --help has an example", "usermem compare core.4711 4711" in text and "Exit status" in text, text)


run_all(sys.modules[__name__])
