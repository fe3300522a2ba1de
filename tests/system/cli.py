#!/usr/bin/env python3
"""cli.py USERMEM TARGET: runs the built usermem on real processes and compares what it prints."""
import contextlib
import json
import os
import pathlib
import pwd
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from commands import (ALL, GONE, LAST_PAGE, PAGE, PARTLY, PROGRAM, READ, REFUSED, TARGET, USAGE, USERMEM, USUAL_CORE, cannot_stop, core_file, core_notes,
                      elf_core, memory, not_its_own, one_line, target, usermem)
from tap import EMULATOR, check, equal, run_all, skip, unless

def hexdump(start, data):
    """hexdump -C of whole 16-byte lines, without the squeezing, with 64-bit addresses."""
    lines = []
    for i in range(0, len(data), 16):
        line = data[i:i + 16]
        columns = [f"{byte:02x}" for byte in line] + ["  "] * (16 - len(line))
        text = "".join(chr(byte) if 32 <= byte <= 126 else "." for byte in line)
        lines.append(f"{start + i:016x}  {' '.join(columns[:8])}  {' '.join(columns[8:])}  |{text}|")
    return lines


# main

def test_help_teaches():
    result = usermem("--help")
    text = result.stdout.decode()
    equal("--help succeeds", (result.returncode, result.stderr), (ALL, b""))
    for command in "trace", "maps", "read", "strings", "find", "compare", "dump", "write", "doctor":
        check(f"--help shows {command} with an example", re.search(rf"^  {command} +\w.*\n +usermem {command} ", text, re.M), text)
        result = usermem(command, "--help")
        check(f"{command} --help", result.returncode == ALL and result.stdout.startswith(f"Usage: usermem {command}".encode()), result)
    check("--version", re.fullmatch(rb"usermem \d+\.\d+\.\d+\n", usermem("--version").stdout))


def test_usage():
    one_line("no command", usermem(), USAGE, "missing", "--help")
    one_line("unknown command", usermem("frobnicate"), USAGE, "'frobnicate'", "--help")
    for command in "maps", "read", "strings", "find", "compare", "dump", "write", "doctor":
        one_line(f"{command}: unknown option", usermem(command, "--frobnicate"), USAGE, f"usermem {command}: ", "--frobnicate")
        if command != "compare":  # to which it is a core
            one_line(f"{command}: no process", usermem(command, "12x", "0"), USAGE, "'12x'", "decimal")
        if command != "doctor":
            one_line(f"{command}: too few arguments", usermem(command), USAGE)
    one_line("maps: too many arguments", usermem("maps", 1, 2), USAGE, "'2'")
    one_line("doctor: too many arguments", usermem("doctor", 1, 2), USAGE, "'2'")
    one_line("an option without its value", usermem("read", 1, 0, "-o"), USAGE, "argument")
    for pid, why in ("0", "no process"), ("-1", "option"), ("2147483648", "no process"), ("", "digit"), ("99999999999999999999", "64 bits"):
        one_line(f"pid {pid!r}", usermem("maps", pid), USAGE, why)


def test_ranges():
    for text, why in (("xyz", "digit"), ("0x", "hexadecimal"), ("12 ", "hexadecimal"), ("10-8", "before its start"), ("10+", "digit"),
                      ("10+4X", "K, M, G"), ("10+4KK", "K, M, G"), ("10+-4", "digit"), ("1ffffffffffffffff", "64 bits"),
                      ("10+99999999T", "64 bits"), ("ffffffffffffff00+0x101", "last 64-bit address"), ("10-", "digit"), ("", "digit")):
        one_line(f"range {text!r}", usermem("read", 1, text), USAGE, why)
    with target() as place:
        start, pid = place["rw"], place["pid"]
        wanted = hexdump(start, memory(place, start, 32)) + [f"{start + 32:016x}"]
        for text in (f"{start:x}+32", f"0x{start:x}+0x20", f"{start:X}-{start + 32:x}", f"{start:x}-0x{start + 32:X}"):
            equal(f"range {text.replace(f'{start:x}', 'ADDR')}", usermem("read", pid, text).stdout.decode().splitlines(), wanted)
        result = usermem("read", pid, f"{start:x}", "-v")
        equal("256 bytes without a length", result.stdout.decode().splitlines()[-1], f"{start + 256:016x}")
        result = usermem("read", pid, f"{start:x}+1K", "-v")
        equal("1K", result.stdout.decode().splitlines()[-1], f"{start + 1024:016x}")
        result = usermem("read", pid, "ffffffffffffff00+0x100")
        equal("the last byte of all", (result.returncode, result.stdout.decode().splitlines()),
              (PARTLY, ["ffffffffffffff00  [unmapped] 256 bytes, up to 10000000000000000", "10000000000000000"]))
        result = usermem("read", pid, "ffffffffffffff00+0x100", "--json")
        equal("and in JSON", json.loads(result.stdout)["pieces"], [{"start": hex(2**64 - 256), "end": hex(2**64), "hole": "unmapped"}])
        result = usermem("read", pid, f"{start:x}+0")
        equal("no bytes are all of them", (result.returncode, result.stdout.decode()), (ALL, f"{start:016x}\n"))


# maps

def test_maps():
    with target() as place:
        pid = place["pid"]
        lines = pathlib.Path(f"/proc/{pid}/maps").read_text().splitlines()
        result = usermem("maps", pid)
        rows = result.stdout.decode().splitlines()
        equal("maps: a heading, the mappings, a total", (result.returncode, len(rows)), (ALL, len(lines) + 2))
        for line, row in zip(lines, rows[1:]):
            columns = row.split(None, 6)
            start, end = (int(n, 16) for n in line.split()[0].split("-"))
            if columns[:5] + columns[6:] != line.split(None, 5) or columns[5] != f"{(end - start) // 1024}K":
                check("maps: the columns of /proc/PID/maps, and sizes", False, f"{row}\n{line}")
                break
        else:
            check("maps: the columns of /proc/PID/maps, and sizes", True)
        found = json.loads(usermem("maps", pid, "--json").stdout)
        wanted = []
        for line in lines:
            addresses, perms, offset, device, inode, *path = line.split(None, 5)
            start, end = (int(n, 16) for n in addresses.split("-"))
            wanted.append({"start": hex(start), "end": hex(end), "size": end - start, "perms": perms, "offset": hex(int(offset, 16)),
                           "device": device, "inode": int(inode), "path": path[0] if path else ""})
        equal("maps --json", found, {"pid": pid, "mappings": wanted})
    with target("leader") as place:
        equal("maps of a process whose first thread has ended", usermem("maps", place["pid"]).returncode, ALL)


def test_maps_escapes():
    with tempfile.TemporaryDirectory() as folder:
        name = pathlib.Path(folder) / "wild\033[31m"
        shutil.copy(PROGRAM, name)
        process = subprocess.Popen([*EMULATOR, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        process.stdout.readline()
        output = usermem("maps", process.pid).stdout
        process.communicate()
        check("maps: a path cannot command the terminal", b"\033" not in output and b"wild\\033[31m" in output, output)


# read

def test_read_squeezes():
    with target() as place:
        pid, start = place["pid"], place["rw"]
        lines = hexdump(start, memory(place, start, 1024))
        result = usermem("read", pid, f"{start:x}+1K", "--verbose")
        equal("read -v: every line", result.stdout.decode().splitlines(), lines + [f"{start + 1024:016x}"])
        squeezed = lines[:17] + ["*"] + lines[32:36] + ["*"] + lines[48:] + [f"{start + 1024:016x}"]
        equal("read: equal lines are one *", usermem("read", pid, f"{start:x}+1K").stdout.decode().splitlines(), squeezed)
        lines = hexdump(start + 3, memory(place, start + 3, 21))
        equal("read: an odd start, an odd length", usermem("read", pid, f"{start + 3:x}+21").stdout.decode().splitlines(),
              lines + [f"{start + 24:016x}"])


def hole(name, start, end):
    return f"{start:016x}  [{name}] {end - start} bytes, up to {end:016x}"


def test_read_holes():
    with target() as place:
        pid = place["pid"]
        at = place["hole"] - 8
        result = usermem("read", pid, f"{at:x}+24")
        wanted = hexdump(at, memory(place, at, 8)) + [hole("unmapped", at + 8, at + 24), f"{at + 24:016x}"]
        equal("read: a hole cuts a line", result.stdout.decode().splitlines(), wanted)
        one_line("read: the bytes before the hole are 8 of 24", result, PARTLY, "8 of 24", "16 are not mapped")

        start, end = place["rw_end"] + PAGE - 16, place["last_hole"] + 16
        result = usermem("read", pid, f"{start:x}-{end:x}")
        r, s = place["ro"], place["strings"]
        text = result.stdout.decode()
        wanted = [hole("unmapped", place["hole"], place["none"]), hole("denied", place["none"], r),
                  hole("denied", place["wo"], place["ro_again"]), hole("bus", place["file_behind"], place["last_hole"]),
                  hole("unmapped", place["last_hole"], end)]
        equal("read: each hole with its cause and extent", [line for line in text.splitlines() if "[" in line and line[18] == "["], wanted)
        equal("read: it goes on behind them", result.returncode, PARTLY)
        check("read: what is behind a hole is shown", f"{r:016x}  72 72" in text and f"{s:016x}  00" in text, text)
        check("read: a line equal to one before the hole too", f"{place['ro_again']:016x}  72 72" in text, text)

        result = usermem("read", pid, f"{place['none']:x}+{4 * PAGE}", "--ignore-perms")
        equal("read --ignore-perms: all of it", (result.returncode, b"[denied]" in result.stdout), (ALL, False))
        check("read --ignore-perms: what is there", b"|nnnnnnnnnnnnnnnn|" in result.stdout and b"|wwwwwwwwwwwwwwww|" in result.stdout, result.stdout)


def test_read_whole_space():
    with target() as place:
        result = usermem("read", place["pid"], f"{place['last_hole']:x}-ffffffffffffffff", "--json")
        found = json.loads(result.stdout)
        ends = [place["last_hole"], *(int(piece["end"], 16) for piece in found["pieces"])]
        equal("read: the pieces of 2^63 bytes and more leave no gap", [int(piece["start"], 16) for piece in found["pieces"]], ends[:-1])
        equal("read: and end where they should", ends[-1], 2**64 - 1)
        mapped = [m for m in json.loads(usermem("maps", place["pid"], "--json").stdout)["mappings"]]
        stack = next(m for m in mapped if m["path"] == "[stack]")
        piece = next(p for p in found["pieces"] if "hex" in p and int(p["start"], 16) <= int(stack["start"], 16) < int(p["end"], 16))
        check("read: the stack is among them", piece)
        result = usermem("read", place["pid"], "0-ffffffffffffffff", "-o", "/dev/null")
        one_line("read -o: terabytes of zeroes are for no pipe", result, PARTLY, "File too large")
        with tempfile.NamedTemporaryFile() as file:
            result = usermem("read", place["pid"], "0-ffffffffffffffff", "-o", file.name)
            one_line("read -o: more than a file can hold", result, PARTLY, "File too large")


def test_read_vast():
    # Page by page this would take hours.
    with tempfile.NamedTemporaryFile() as file:
        file.write(b"f" * 100)
        file.flush()
        with target("vast", file.name) as place:
            start, middle, end = (place["vast"] + i * 2**40 for i in range(3))
            wanted = [hole("denied", start, middle), *hexdump(middle, b"f" * 16), "*", *hexdump(middle + 96, b"ffff" + bytes(12)),
                      *hexdump(middle + 112, bytes(16)), "*", hole("bus", middle + PAGE, end), f"{end:016x}"]
            equal("read: terabytes that cannot be read", usermem("read", place["pid"], f"{start:x}-{end:x}").stdout.decode().splitlines(), wanted)


def test_read_json():
    with target() as place:
        at = place["hole"] - 8
        result = usermem("read", place["pid"], f"{at:x}+24", "--json")
        wanted = {"pid": place["pid"], "start": hex(at), "length": 24, "read": 8, "status": "UM_OK", "pieces": [
            {"start": hex(at), "end": hex(at + 8), "hex": memory(place, at, 8).hex()},
            {"start": hex(at + 8), "end": hex(at + 24), "hole": "unmapped"}]}
        equal("read --json", (result.returncode, json.loads(result.stdout)), (PARTLY, wanted))


def test_read_raw():
    with target() as place, tempfile.TemporaryDirectory() as folder:
        pid, name = place["pid"], pathlib.Path(folder) / "raw"
        result = usermem("read", pid, f"{place['rw']:x}+8K", "-o", name)
        equal("read -o", (result.returncode, result.stdout, result.stderr), (ALL, b"", b""))
        equal("read -o: the bytes", name.read_bytes(), memory(place, place["rw"], 2 * PAGE))
        equal("read -o: for its owner alone", name.stat().st_mode & 0o777, 0o600)
        equal("read -o -", usermem("read", pid, f"{place['rw']:x}+8K", "-o", "-").stdout, memory(place, place["rw"], 2 * PAGE))
        wanted = memory(place, place["rw_end"], PAGE) + bytes(2 * PAGE) + b"r" * PAGE + bytes(PAGE)
        until = place["ro_again"]
        result = usermem("read", pid, f"{place['rw_end']:x}-{until:x}", "-o", name)
        equal("read -o: holes are zeroes, at their place", (result.returncode, name.read_bytes()), (PARTLY, wanted))
        result = usermem("read", pid, f"{place['rw_end']:x}-{until:x}", "-o", "-")
        equal("read -o -: too", (result.returncode, result.stdout), (PARTLY, wanted))
        one_line("read -o: no such folder", usermem("read", pid, f"{place['rw']:x}", "-o", f"{folder}/no/such"), USAGE, "No such file")
        one_line("read -o: a full disk", usermem("read", pid, f"{place['rw']:x}", "-o", "/dev/full"), PARTLY, "No space")
        with open("/dev/full", "wb") as full:
            result = subprocess.run([USERMEM, "read", str(pid), f"{place['rw']:x}"], stdout=full, stderr=subprocess.PIPE)
        one_line("read: a full disk behind stdout", result, PARTLY, "No space")


# cores

def test_core_maps():
    with core_file() as name:
        result = usermem("maps", "--core", name)
        rows = [row.split() for row in result.stdout.decode().splitlines()]
        equal("maps --core: mappings in order, what was dumped, whose it was", (result.returncode, result.stderr, rows[1:]), (ALL, b"", [
            ["00010000-00012000", "rw-", "00003000", "8K", "4K", "/bin/wild\\033[31m"], ["00020000-00021000", "r--", "00000000", "4K", "4K"],
            ["00021000-00022000", "---", "00000000", "4K", "4K"], ["fffffffffffff000-10000000000000000", "r-x", "00000000", "4K", "4K"],
            ["4", "mappings,", "20K,", "16K", "dumped;", "process", "4711", "(crasher)"]]))
        found = json.loads(usermem("maps", "--core", name, "--json").stdout)
        equal("maps --core --json: of which core and process", (found["core"], found["pid"], found["command"], found["cut_off"]), (name, 4711, "crasher", 0))
        equal("maps --core --json", [found["mappings"][0], found["mappings"][-1]], [
            {"start": "0x10000", "end": "0x12000", "size": 8192, "perms": "rw-", "offset": "0x3000", "dumped": 4096, "path": "/bin/wild\033[31m"},
            {"start": hex(LAST_PAGE), "end": hex(2**64), "size": 4096, "perms": "r-x", "offset": "0x0", "dumped": 4096, "path": ""}])
    with core_file(elf_core([(0x10000, 16, READ, b"x" * 16)])) as name:
        found = json.loads(usermem("maps", "-c", name, "-j").stdout)
        equal("maps --core: a core without notes", (found["pid"], found["command"], found["mappings"][0]["size"]), (None, None, 16))
    with core_file(USUAL_CORE[:-PAGE - 2048]) as name:
        result = usermem("maps", "--core", name)
        equal("maps --core: what was cut off", (result.returncode, result.stdout.decode().splitlines()[-1]),
              (ALL, "4 mappings, 20K, 10K dumped, 6K more cut off; process 4711 (crasher)"))
        equal("maps --core --json: what was cut off", json.loads(usermem("maps", "--core", name, "--json").stdout)["cut_off"], PAGE + 2048)
    with core_file(elf_core([(0x10000, 16, READ, b"x" * 16)], core_notes(files=[(0x10000, 0x11000, 0, b"/x")])[:-3])) as name:
        result = usermem("maps", "--core", name)
        one_line("maps --core: notes that lie", result, PARTLY, name, "contradict")
        check("maps --core: the rest is told", b"process 4711 (crasher)" in result.stdout, result.stdout)


def test_core_read():
    with core_file() as name:
        result = usermem("read", "--core", name, "10ff0-20010")
        wanted = [*hexdump(0x10ff0, b"1" * 16), hole("bus", 0x11000, 0x12000), hole("unmapped", 0x12000, 0x20000), *hexdump(0x20000, b"second2222222222"),
                  f"{0x20010:016x}"]
        equal("read --core: bytes, and each hole with its cause", (result.returncode, result.stdout.decode().splitlines()), (PARTLY, wanted))
        one_line("read --core: how much", result, PARTLY, "32 of 61472", "4096 are not in the core")
        result = usermem("read", "--core", name, "20ff8+16")
        equal("read --core: protections", result.stdout.decode().splitlines(), [*hexdump(0x20ff8, b"2" * 8), hole("denied", 0x21000, 0x21008), f"{0x21008:016x}"])
        result = usermem("read", "-i", "--core", name, "21000+6", "--json")
        equal("read --core --ignore-perms --json", (result.returncode, json.loads(result.stdout)), (ALL, {
            "core": name, "pid": 4711, "start": "0x21000", "length": 6, "read": 6, "status": "UM_OK",
            "pieces": [{"start": "0x21000", "end": "0x21006", "hex": b"hidden".hex()}]}))
        equal("read --core: up to the last address", usermem("read", f"--core={name}", f"{LAST_PAGE:x}+4K", "-o", "-").stdout, b"last".ljust(PAGE, b"4"))
        result = usermem("read", "-c", name, "0-ffffffffffffffff", "--json")
        found = json.loads(result.stdout)
        equal("read --core: all of the space", [(p["end"], p.get("hole")) for p in found["pieces"]][:5],
              [("0x10000", "unmapped"), ("0x11000", None), ("0x12000", "bus"), ("0x20000", "unmapped"), ("0x21000", None)])
    whole = bytes(range(256)) * 64
    for bits, cut in (64, 0), (32, 0), (64, 100), (32, 5000):
        data = elf_core([(0x8000, len(whole), READ, whole)], bits=bits)
        with core_file(data[:len(data) - cut]) as name:
            result = usermem("read", "--core", name, "8000+16K", "-o", "-")
            equal(f"read --core: {bits} bits, {cut} bytes cut off", (result.returncode, result.stdout), (PARTLY if cut else ALL, whole[:len(whole) - cut] + bytes(cut)))


def test_core_strings():
    with core_file() as name:
        result = usermem("strings", "--core", name, "10000", "10ffd")
        equal("strings --core", (result.returncode, result.stdout.decode()), (PARTLY, f'{0x10000:016x}  "first"\n{0x10ffd:016x}  "111"  [bus] after 3 bytes\n'))
        one_line("strings --core: 1 of 2", result, PARTLY, "1 of 2", "backs it")
        result = usermem("strings", "--core", name, "--scan", "0-ffffffffffffffff", "--min", "5000")
        equal("strings --core --scan: a run that is too short", result.stdout, b"")
        result = usermem("strings", "--core", name, "-s", "0-ffffffffffffffff", "--json", "-i")
        equal("strings --core --scan --json", [(s["address"], s["text"][:7]) for s in json.loads(result.stdout)["strings"]],
              [("0x10000", "first"), ("0x10006", "1111111"), ("0x20000", "second2"), (hex(LAST_PAGE), "last444")])


def test_core_usage():
    one_line("maps --core: no file", usermem("maps", "--core"), USAGE, "--core")
    one_line("neither PID nor core", usermem("read"), USAGE, "PID or --core FILE")
    with core_file() as name:
        one_line("maps --core: a PID too", usermem("maps", "--core", name, "1"), USAGE, "'1' is one argument too many")
        one_line("read --core: a PID too", usermem("read", "1", "10000", "--core", name), USAGE, "'10000' is one argument too many")
        one_line("read --core: no address", usermem("read", "--core", name), USAGE, "an ADDR")
        one_line("strings --core: no address", usermem("strings", "--core", name), USAGE, "an ADDR or --scan")
        one_line("write has no --core", usermem("write", "--core", name, "0", "--hex", "00"), USAGE, "--core")


def test_core_refused():
    def refused(what, data, status, *words):
        with core_file(data) as name:
            for arguments in ["maps"], ["read", "0"], ["strings", "0"]:
                one_line(f"{arguments[0]} --core: {what}", usermem(arguments[0], "--core", name, *arguments[1:]), status, name, *words)
    refused("empty", b"", USAGE, "empty", "ulimit")
    refused("zstd", b"\x28\xb5\x2f\xfd" + bytes(100), USAGE, "compressed", "zstd -d", "coredumpctl dump")
    refused("gzip", b"\x1f\x8b" + bytes(100), USAGE, "compressed")
    refused("text", b"#!/bin/sh\n", USAGE, "not an ELF file")
    refused("a program", pathlib.Path(PROGRAM).read_bytes(), USAGE, "a program or a library")
    refused("the other byte order", elf_core([], order=">"), USAGE, "byte order")
    refused("cut off in its headers", USUAL_CORE[:200], USAGE, "before its headers do", "copy")
    refused("cut off in its first header", USUAL_CORE[:20], USAGE, "before its headers do")
    refused("segments that overlap", elf_core([(0x1000, 0x2000, READ, b""), (0x2000, 0x1000, READ, b"")]), USAGE, "contradict", "readelf")
    one_line("maps --core: no such file", usermem("maps", "--core", "/no/such/core"), GONE, "/no/such/core", "no such file", "core_pattern")
    one_line("maps --core: a directory", usermem("maps", "--core", "/"), USAGE, "directory", "regular file")
    one_line("maps --core: a device", usermem("maps", "--core", "/dev/zero"), USAGE, "device")
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        pipe, secret = f"{folder}/pipe", f"{folder}/secret"
        os.mkfifo(pipe)
        one_line("maps --core: a pipe that nobody writes to", usermem("maps", "--core", pipe), USAGE, "a pipe")
        if os.geteuid() != 0:
            skip("maps --core: no permission", "only root can become somebody else")
            return
        pathlib.Path(secret).write_bytes(USUAL_CORE)
        os.chmod(secret, 0o600)
        nobody = pwd.getpwnam("nobody")
        result = usermem("maps", "--core", secret, tool=shutil.copy(USERMEM, folder), user=nobody.pw_uid, group=nobody.pw_gid, extra_groups=[])
        one_line("maps --core: no permission", result, REFUSED, "does not let us read it", "root")


def crash(folder):
    """A core of a target that was killed by a signal, as this host writes it, and its addresses; or why there is none."""
    pattern = pathlib.Path("/proc/sys/kernel/core_pattern").read_text().strip()
    if "/" in pattern or pattern.startswith("|"):
        return None, f"core_pattern is {pattern!r}: it goes elsewhere"
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    if hard != resource.RLIM_INFINITY:
        return None, f"no core may have more than {hard} bytes"
    process = subprocess.Popen([os.path.abspath(TARGET)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=folder,
                               preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (hard, hard)))
    place = json.loads(process.stdout.readline())
    place["was"] = {name: memory(place, place[name], PAGE) for name in ("rw", "ro", "none", "wo", "strings")}
    place["maps"] = pathlib.Path(f"/proc/{place['pid']}/maps").read_text().splitlines()
    process.send_signal(signal.SIGSEGV)
    process.communicate()
    cores = list(pathlib.Path(folder).glob("core*"))
    return (place, cores[0]) if len(cores) == 1 else (None, "this host wrote no core")


@unless(not_its_own)
def test_core_of_a_crash():
    with tempfile.TemporaryDirectory() as folder:
        place, name = crash(folder)
        if not place:
            skip("the core of a crash", name)
            return
        for at, was in place["was"].items():
            result = usermem("read", "-i", "--core", name, f"{place[at]:x}+4K", "-o", "-")
            equal(f"the core of a crash: {at}", (result.returncode, result.stdout), (ALL, was))
        one_line("the core of a crash: protections", usermem("read", "--core", name, f"{place['none']:x}"), PARTLY, "256 denied")
        equal("the core of a crash: a string", usermem("strings", "--core", name, f"{place['strings'] + 8:x}").stdout.decode(),
              f'{place["strings"] + 8:016x}  "hello, \\"world\\"\\n"\n')
        found = json.loads(usermem("maps", "--core", name, "--json").stdout)
        equal("the core of a crash: whose it is", (found["pid"], found["command"]), (place["pid"], pathlib.Path(TARGET).name[:15]))
        wanted = []
        for line in place["maps"]:
            addresses, perms, offset, _, _, *path = line.split(None, 5)
            start, end = (int(n, 16) for n in addresses.split("-"))
            # The kernel's own pages have no file; some are left out.
            if not path or path[0][0] == "/":
                wanted.append((hex(start), hex(end), perms[:3], hex(int(offset, 16)) if path else "0x0", path[0] if path else ""))
        have = [(m["start"], m["end"], m["perms"], m["offset"], m["path"]) for m in found["mappings"]]
        equal("the core of a crash: its mappings are those it had", [m for m in wanted if m not in have], [])


# strings

def test_strings():
    with target() as place:
        pid, s, e = place["pid"], place["strings"], place["strings_end"]
        result = usermem("strings", pid, f"{s + 8:x}")
        equal("strings: escaped as C would", (result.returncode, result.stdout.decode()),
              (ALL, f'{s + 8:016x}  "hello, \\"world\\"\\n"\n'))
        result = usermem("strings", pid, f"{e - 6:x}", f"0x{e + 100:x}", f"{e + 50:x}")
        equal("strings: several, across a page, beyond ASCII, empty", (result.returncode, result.stdout.decode()),
              (ALL, f'{e - 6:016x}  "across the page"\n{e + 100:016x}  "caf\\303\\251"\n{e + 50:016x}  ""\n'))
        result = usermem("strings", pid, f"{place['hole'] - 2:x}", f"{s + 8:x}")
        equal("strings: a bad one among good ones", result.stdout.decode().splitlines()[1], f'{s + 8:016x}  "hello, \\"world\\"\\n"')
        check("strings: what there is, and the cause", b"[unmapped] after 2 bytes\n" in result.stdout, result.stdout)
        one_line("strings: 1 of 2", result, PARTLY, "1 of 2", "nothing is mapped there")
        one_line("strings: denied", usermem("strings", pid, f"{place['none']:x}"), PARTLY, "not for this kind of access")
        result = usermem("strings", pid, "-n", 6, f"{s + 8:x}")
        equal("strings -n: too long", result.stdout.decode(), f'{s + 8:016x}  "hello"  [no NUL so far] after 5 bytes\n')
        one_line("strings -n: says what to do", result, PARTLY, "-n")
        equal("strings -n: just long enough", usermem("strings", pid, "-n", 16, f"{s + 8:x}").returncode, ALL)
        result = usermem("strings", pid, "-n", "1M", "--ignore-perms", f"{place['none']:x}")
        check("strings --ignore-perms", result.stdout.startswith(f'{place["none"]:016x}  "nnnn'.encode()), result.stdout)
        one_line("strings -n 0", usermem("strings", pid, "-n", 0, "0"), USAGE, "from 1")
        one_line("strings -n too much", usermem("strings", pid, "-n", "65M", "0"), USAGE, "to 67108864")
        one_line("strings: 1025 addresses", usermem("strings", pid, *["0"] * 1025), USAGE, "1024")


def test_strings_json():
    with target() as place:
        e, b = place["strings_end"], place["hole"] - 2
        result = usermem("strings", place["pid"], "--json", f"{e + 100:x}", f"{b:x}")
        found = json.loads(result.stdout)
        bad = memory(place, b, 2)
        wanted = [{"address": hex(e + 100), "text": "café", "hex": "café".encode().hex(), "length": 5, "status": "UM_OK"},
                  {"address": hex(b), "text": found["strings"][1]["text"], "hex": bad.hex(), "length": 2, "status": "UM_UNMAPPED"}]
        equal("strings --json", found, {"pid": place["pid"], "strings": wanted})
        with contextlib.suppress(UnicodeDecodeError):
            bad.decode()
            bad = None
        check("strings --json: what is no UTF-8 is null", bad is None or found["strings"][1]["text"] is None, found)


def test_strings_scan():
    with target() as place:
        pid, s, e = place["pid"], place["strings"], place["strings_end"]
        wanted = [f'{s + 8:016x}  hello, "world"', f"{e - 6:016x}  across the page", f"{e + PAGE - 4:016x}  last" + "f" * 100]
        result = usermem("strings", pid, "--scan", f"{s:x}+12K")
        equal("strings --scan: as strings(1), across pages and mappings", (result.returncode, result.stdout.decode().splitlines()), (ALL, wanted))
        result = usermem("strings", pid, "--scan", f"{s:x}+12K", "--min", "15")
        equal("strings --scan --min", result.stdout.decode().splitlines(), wanted[1:])
        result = usermem("strings", pid, "--scan", f"{s:x}+12K", "--json")
        equal("strings --scan --json", json.loads(result.stdout), {"pid": pid, "strings": [
            {"address": "0x" + line.split("  ", 1)[0].lstrip("0"), "text": line.split("  ", 1)[1]} for line in wanted]})
        r = place["ro_again"]
        result = usermem("strings", pid, "--scan", f"{place['wo'] - 8:x}-{r + 8:x}")
        equal("strings --scan: a hole ends a run", result.stdout.decode().splitlines(), [f"{place['wo'] - 8:016x}  rrrrrrrr", f"{r:016x}  rrrrrrrr"])
        result = usermem("strings", pid, "--scan", f"{place['hole']:x}-{s + 100:x}")
        check("strings --scan: past holes", result.returncode == PARTLY and wanted[0] in result.stdout.decode(), result)


# write

def put_back(result):
    return re.search(r"^put back: usermem (.*)$", result.stdout.decode(), re.M).group(1).split()


@unless(cannot_stop)
def test_write():
    with target() as place:
        pid, at = place["pid"], place["rw"] + 100
        before = memory(place, at, 5)
        result = usermem("write", pid, f"{at:x}", "--hex", "48 65 6C 6c6f")
        equal("write --hex", (result.returncode, memory(place, at, 5)), (ALL, b"Hello"))
        check("write: says what was there", f"--hex {before.hex()}\n" in result.stdout.decode() and b"5 of 5" in result.stdout, result.stdout)
        equal("write: the command that it prints puts it back",
              (usermem(*put_back(result)).returncode, memory(place, at, 5)), (ALL, before))
        result = usermem("write", pid, f"0x{at:x}", "--text", "Hallo", "--json")
        equal("write --text --json", (result.returncode, json.loads(result.stdout)), (ALL, {
            "pid": pid, "address": hex(at), "asked": 5, "written": 5, "status": "UM_OK", "before": before.hex(), "backup": None}))
        equal("write --text: no NUL behind it", memory(place, at, 6)[:5], b"Hallo")
        result = usermem("write", pid, f"{at:x}", "--file", "/dev/stdin", stdin=subprocess.DEVNULL)
        one_line("write: an empty file", result, USAGE, "no bytes")


@unless(cannot_stop)
def test_write_partly():
    with target() as place:
        pid, end = place["pid"], place["hole"]
        before = memory(place, end - 3, 3)
        result = usermem("write", pid, f"{end - 3:x}", "--text", "abcdef")
        equal("write: up to the hole, exactly", (result.returncode, memory(place, end - 3, 3)), (PARTLY, b"abc"))
        one_line("write: says so", result, PARTLY, "3 of 6 bytes", "nothing is mapped there")
        check("write: puts back what it wrote", put_back(result)[-1] == before.hex(), result.stdout)
        for name, why in (("ro", "not for this kind"), ("none", "not for this kind"), ("hole", "nothing is mapped"), ("file_behind", "backs it")):
            result = usermem("write", pid, f"{place[name]:x}", "--hex", "00")
            one_line(f"write: {name}", result, PARTLY, "0 of 1", why)
        equal("write: a read-only page is as it was", memory(place, place["ro"], 1), b"r")
        result = usermem("write", pid, f"{place['ro']:x}", "--hex", "41", "--ignore-perms")
        equal("write --ignore-perms", (result.returncode, memory(place, place["ro"], 1)), (ALL, b"A"))
        equal("write --ignore-perms: the way back", (usermem(*put_back(result)).returncode, memory(place, place["ro"], 1)), (ALL, b"r"))
        result = usermem("write", pid, f"{place['wo']:x}", "--hex", "42")
        equal("write: a write-only page", (result.returncode, memory(place, place["wo"], 1)), (ALL, b"B"))


@unless(cannot_stop)
def test_write_large():
    with target() as place, tempfile.TemporaryDirectory() as folder:
        pid, at = place["pid"], place["rw"]
        data, backup = pathlib.Path(folder) / "data", pathlib.Path(folder) / "it's kept"
        data.write_bytes(os.urandom(2 * PAGE))
        before = memory(place, at, 2 * PAGE)
        one_line("write: what would be lost is not written", usermem("write", pid, f"{at:x}", "--file", data), USAGE, "--backup")
        equal("write: nor was it", memory(place, at, 2 * PAGE), before)
        result = usermem("write", pid, f"{at:x}", "--file", data, "--backup", backup)
        equal("write --backup", (result.returncode, memory(place, at, 2 * PAGE), backup.read_bytes()), (ALL, data.read_bytes(), before))
        command = re.search(r"^put back: usermem (.*)$", result.stdout.decode(), re.M).group(1)
        equal("write --backup: the way back, through a shell",
              (subprocess.run(f"{USERMEM} {command}", shell=True, stdout=subprocess.DEVNULL).returncode, memory(place, at, 2 * PAGE)), (ALL, before))
        one_line("write --backup: never over another file", usermem("write", pid, f"{at:x}", "--file", data, "--backup", backup), USAGE, "exists")
        equal("write --backup: nothing was written then", memory(place, at, 2 * PAGE), before)


def test_write_usage():
    for arguments, why in (([], "missing"), (["--hex", "4"], "pairs"), (["--hex", "4g"], "pairs"), (["--hex", ""], "no bytes"), (["--text", ""], "no bytes"),
                           (["--text", "a", "--hex", "00"], "more than one"), (["--file", "/no/such"], "No such file"), (["--file", "/"], "directory")):
        one_line(f"write {' '.join(arguments)}", usermem("write", 1, "0", *arguments), USAGE, why)
    one_line("write: past the end", usermem("write", 1, "ffffffffffffffff", "--hex", "0000"), USAGE, "last address")


def counts(place):
    return [int.from_bytes(memory(place, place["counters"] + 8 * i, 8), "little") for i in range(3)]


def wait_until(condition, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.005)
    return False


@unless(cannot_stop)
def test_write_lets_go():
    with target("threads") as place:
        result = usermem("write", place["pid"], f"{place['rw']:x}", "--hex", "00")
        equal("write: a process of four threads", result.returncode, ALL)
        seen = counts(place)
        check("write: all of them go on", wait_until(lambda: all(now > then for now, then in zip(counts(place), seen))))
        status = pathlib.Path(f"/proc/{place['pid']}/status").read_text()
        check("write: nobody traces it any more", "TracerPid:\t0\n" in status, status)
    with target() as place:
        os.kill(place["pid"], signal.SIGSTOP)
        os.waitid(os.P_PID, place["pid"], os.WSTOPPED | os.WNOWAIT)
        equal("write: a stopped process", usermem("write", place["pid"], f"{place['rw']:x}", "--hex", "00").returncode, ALL)
        # It wakes for a moment, to stop again.
        check("write: stays stopped", wait_until(lambda: "\nState:\tT (stopped)" in pathlib.Path(f"/proc/{place['pid']}/status").read_text()))
        os.kill(place["pid"], signal.SIGCONT)


@unless(cannot_stop)
def test_write_loses_no_signal():
    # Were one lost, no other would come.
    with target("handler") as place:
        for _ in range(30):
            seen = counts(place)[0]
            result = usermem("write", place["pid"], f"{place['rw']:x}", "--hex", "00")
            if result.returncode != ALL or not wait_until(lambda: counts(place)[0] > seen):
                check("write: no signal that comes meanwhile is lost", False, result)
                return
        check("write: no signal that comes meanwhile is lost", True)


# who cannot be touched

def test_gone():
    ended = subprocess.Popen(["/bin/true"])
    ended.wait()
    for arguments in (["maps"], ["read", "0"], ["strings", "0"], ["strings", "--scan", "0"], ["write", "0", "--hex", "00"], ["doctor"]):
        one_line(f"{arguments[0]}: a process that has ended", usermem(arguments[0], ended.pid, *arguments[1:]), GONE, str(ended.pid))
    zombie = subprocess.Popen(["/bin/true"])
    os.waitid(os.P_PID, zombie.pid, os.WEXITED | os.WNOWAIT)
    for arguments in (["maps"], ["read", "0"], ["strings", "0"], *([] if cannot_stop() else [["write", "0", "--hex", "00"]])):
        one_line(f"{arguments[0]}: a zombie", usermem(arguments[0], zombie.pid, *arguments[1:]), GONE, str(zombie.pid))
    zombie.wait()
    with target("leader") as place:
        result = usermem("read", place["pid"], f"{place['rw']:x}+32")
        equal("read: a process whose first thread has ended", (result.returncode, result.stdout.decode().splitlines()[0]),
              (ALL, hexdump(place["rw"], memory(place, place["rw"], 16))[0]))
        if cannot_stop():
            skip("write: a process whose first thread has ended, and a zombie", cannot_stop())
            return
        result = usermem("write", place["pid"], f"{place['rw']:x}", "--text", "leader")
        equal("write: a process whose first thread has ended", (result.returncode, memory(place, place["rw"], 6)), (ALL, b"leader"))


def test_gone_meanwhile():
    victim = subprocess.Popen([TARGET], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    json.loads(victim.stdout.readline())
    mapped = json.loads(usermem("maps", victim.pid, "--json").stdout)["mappings"]
    largest = max((m for m in mapped if m["perms"][0] == "r"), key=lambda m: m["size"])
    reader = subprocess.Popen([USERMEM, "read", "-v", str(victim.pid), f"{largest['start']}-{largest['end']}"],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0)
    first = reader.stdout.read(16)    # it has begun, and cannot end before the pipe is emptied
    victim.kill()
    victim.communicate()
    output, complaint = reader.communicate(timeout=60)
    check("there is enough to read", largest["size"] > 2**20, largest)
    one_line("read: a process that ends meanwhile", subprocess.CompletedProcess([], reader.returncode, output, complaint), GONE, str(victim.pid))
    lines = (first + output).decode().splitlines()
    check("read: what was read before is printed", len(lines) > 1000 and all(re.match(r"[0-9a-f]{16}  .*\|$", line) for line in lines[:-1]), lines[-3:])
    equal("read: up to where it ended", lines[-1], f"{int(lines[-2].split()[0], 16) + 16:016x}")


def test_refused():
    if os.geteuid() != 0:
        skip("who is refused", "only root can become somebody else")
        return
    nobody = pwd.getpwnam("nobody")
    with target() as place, tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        tool = shutil.copy(USERMEM, folder)
        pid, drop = place["pid"], {"tool": tool, "user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        for arguments in (["maps"], ["read", "0"], ["strings", "0"], ["write", "0", "--hex", "00"]):
            if arguments[0] == "write" and cannot_stop():
                skip("write: another user's process", cannot_stop())
                continue
            result = usermem(arguments[0], pid, *arguments[1:], **drop)
            one_line(f"{arguments[0]}: another user's process", result, REFUSED, "another user", "root")
        result = usermem("doctor", pid, **drop)
        one_line("doctor: another user's process", result, REFUSED, "0 of 5", "NO")
        text = result.stdout.decode()
        check("doctor: says why", re.search(r"^  NO  user +0, and we are not; run as that user, or as root$", text, re.M), text)
        found = json.loads(usermem("doctor", pid, "--json", **drop).stdout)
        equal("doctor --json: nothing works", (found["pid"], found["works"], found["fails"]), (pid, 0, 5))


def test_undumpable():
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        nobody = pwd.getpwnam("nobody")
        drop = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}
        tool, program = (shutil.copy(name, folder) for name in (USERMEM, TARGET))
        process = subprocess.Popen([program, "undumpable"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, **drop)
        json.loads(process.stdout.readline())
        result = usermem("read", process.pid, "0", tool=tool, **drop)
        one_line("read: a process that is not dumpable", result, REFUSED, "undumpable", "root")
        result = usermem("doctor", process.pid, tool=tool, **drop)
        equal("doctor: a process that is not dumpable", result.returncode, REFUSED)
        check("doctor: says so", re.search(r"^  NO  dumpable +no: ", result.stdout.decode(), re.M), result.stdout.decode())
        process.communicate()


@unless(cannot_stop)
def test_doctor():
    with target() as place:
        result = usermem("doctor", place["pid"])
        equal("doctor: all works on a child of ours", (result.returncode, result.stderr), (ALL, b""))
        lines = result.stdout.decode()
        for means in "/proc/PID/maps", "process_vm_readv", "/proc/PID/mem", "the library", "ptrace":
            check(f"doctor: {means}", re.search(rf"^  ok  {means} +works$", lines, re.M), lines)
        found = json.loads(usermem("doctor", place["pid"], "--json").stdout)
        means = [(f["what"], f["verdict"], f["says"]) for f in found["findings"] if f["about"] == "means"]
        equal("doctor --json", (found["works"], found["fails"], len(means), {m[1:] for m in means}), (5, 0, 5, {("good", "works")}))
        check("doctor: lets go", "TracerPid:\t0\n" in pathlib.Path(f"/proc/{place['pid']}/status").read_text())
    check("doctor: without a process", usermem("doctor").returncode in (ALL, PARTLY))
    if os.geteuid() == 0:
        one_line("doctor: a kernel thread", usermem("doctor", 2), GONE) if kernel_thread(2) else skip("doctor: a kernel thread", "there is none in this PID namespace")


def kernel_thread(pid):
    try:
        return "VmSize" not in pathlib.Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


@unless(cannot_stop)
def test_traced():
    with target() as place:
        tracer = subprocess.Popen([sys.executable, "-c", TRACER, str(place["pid"])], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        tracer.stdout.readline()
        result = usermem("write", place["pid"], f"{place['rw']:x}", "--hex", "00")
        one_line("write: a process that is traced already", result, REFUSED, f"process {tracer.pid} traces it")
        result = usermem("doctor", place["pid"])
        check("doctor: names the tracer", f"process {tracer.pid} (" in result.stdout.decode(), result.stdout)
        equal("doctor: reading works all the same", result.returncode, PARTLY)
        tracer.communicate()


# PTRACE_SEIZE by somebody else.
TRACER = "import ctypes, sys; c = ctypes.CDLL(None); c.ptrace(0x4206, int(sys.argv[1]), None, None); print(flush=True); sys.stdin.read()"


def test_colour():
    import pty
    with target() as place:
        def on_terminal(**env):
            ours, theirs = pty.openpty()
            subprocess.run([USERMEM, "read", str(place["pid"]), f"{place['hole']:x}"], stdout=theirs, stderr=subprocess.DEVNULL,
                           env={**{k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "TERM")}, **env})
            os.close(theirs)
            text = os.read(ours, 4096)
            os.close(ours)
            return text
        check("colour on a terminal", b"\033[31m[unmapped]" in on_terminal(TERM="xterm"))
        check("NO_COLOR", b"\033" not in on_terminal(TERM="xterm", NO_COLOR="1"))
        check("a dumb terminal", b"\033" not in on_terminal(TERM="dumb"))
        check("no colour in a file", b"\033" not in usermem("read", place["pid"], f"{place['hole']:x}", env={"TERM": "xterm"}).stdout)


run_all(sys.modules[__name__])
