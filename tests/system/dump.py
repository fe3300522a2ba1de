#!/usr/bin/env python3
"""dump.py USERMEM TARGET: runs `usermem dump`, and reads the cores with usermem, with gdb and by hand."""
import json
import os
import pathlib
import re
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile

from commands import ALL, GONE, PAGE, PARTLY, TARGET, USAGE, USERMEM, cannot_stop, memory, not_its_own, one_line, target, usermem
from tap import check, equal, run_all, skip, unless


def mappings(*source):
    return json.loads(usermem("maps", "--json", *source).stdout)["mappings"]


def headers(core):
    """(type, flags, offset, address, bytes in the file, in memory) of each."""
    data = core.read_bytes()
    at, count = struct.unpack_from("<Q", data, 32)[0], struct.unpack_from("<H", data, 56)[0]
    return [tuple(struct.unpack_from("<IIQQQQQQ", data, at + 56 * i)[j] for j in (0, 1, 2, 3, 5, 6)) for i in range(count)]


def notes(core):
    """(type, content) of each."""
    (_, _, at, _, size, _), found = headers(core)[0], []
    data = core.read_bytes()[at:at + size]
    while data:
        name, n, kind = struct.unpack_from("<III", data)
        start = 12 + (name + 3) // 4 * 4
        found.append((kind, data[start:start + n]))
        data = data[start + (n + 3) // 4 * 4:]
    return found


def test_memory_read_back():
    with target() as place, tempfile.TemporaryDirectory() as folder:
        core, pid = pathlib.Path(folder, "core"), place["pid"]
        # Behind its line it has some way to go until it waits, and changes its stack: it must not go it between the dump and the look.
        os.kill(pid, signal.SIGSTOP)
        os.waitid(os.P_PID, pid, os.WSTOPPED | os.WNOWAIT)
        result, threads = usermem("dump", pid, "-o", core), len(os.listdir(f"/proc/{pid}/task"))
        check("dump: it says what it did", result.returncode == ALL and re.fullmatch(rf"{core}: \d+K of memory, \d+K of them not zero; \d+K could not be read; "
              rf"{threads} threads, 0 with registers\n", result.stdout.decode()), result)
        equal("dump: for its owner alone", core.stat().st_mode & 0o777, 0o600)
        for at, n in ("rw", 2 * PAGE), ("ro", PAGE), ("strings", 2 * PAGE), ("file_in", PAGE):
            equal(f"dump: {at}", usermem("read", "--core", core, f"{place[at]:x}+{n}", "-o", "-").stdout, memory(place, place[at], n))
        have = [(m["start"], m["end"], m["perms"]) for m in mappings("--core", core)]
        # A mapping with a hole in it is more than one segment.
        wanted = [(m["start"], m["end"], m["perms"][:3]) for m in mappings(pid) if m["path"] != "[vvar]" and "target" not in m["path"]]
        equal("dump: each mapping with its protections", [m for m in wanted if m not in have], [])
        equal("dump: all of what was readable is equal", usermem("compare", core, pid, "-q").returncode, ALL)
        os.kill(pid, signal.SIGCONT)
        for at, n in (place["none"], PAGE), (place["wo"], PAGE), (place["file_behind"], 2 * PAGE):
            found = json.loads(usermem("read", "-i", "-j", "--core", core, f"{at:x}+{n}").stdout)["pieces"]
            equal("dump: what could not be read is not made up", [piece.get("hole") for piece in found], ["bus"])
        equal("dump: and what is not mapped", usermem("read", "--core", core, f"{place['hole']:x}+16").stdout.count(b"[unmapped]"), 1)
        usermem("dump", pid, "-i", "-o", f"{core}.all")
        equal("dump -i: what is denied too", usermem("read", "-i", "--core", f"{core}.all", f"{place['none']:x}+4K", "-o", "-").stdout, b"n" * PAGE)


def test_exact_sizes():
    with target() as place, tempfile.TemporaryDirectory() as folder:
        core = pathlib.Path(folder, "core")
        usermem("dump", place["pid"], "-o", core)
        at = {address: (flags, offset, in_file, size) for kind, flags, offset, address, in_file, size in headers(core) if kind == 1}
        flags, offset, in_file, size = at[place["file_in"]]
        equal("dump: a file's mapping up to its end, then not", (flags, in_file, size), (6, PAGE, 3 * PAGE))
        equal("dump: nothing of what is denied", (at[place["none"]][0], at[place["none"]][2:]), (0, (0, PAGE)))
        check("dump: each at its place in a page", all(offset % PAGE == address % PAGE for address, (_, offset, _, _) in at.items()))
        ends = sorted((offset, offset + in_file) for _, offset, in_file, _ in at.values() if in_file)
        check("dump: no two in one place", all(a[1] <= b[0] for a, b in zip(ends, ends[1:])), ends)


def readable(place, at):
    try:
        return len(memory(place, at, 1)) == 1
    except OSError:
        return False


def test_a_hole_within_a_mapping():
    with target("guarded") as place, tempfile.TemporaryDirectory() as folder:
        core, start = pathlib.Path(folder, "core"), place["vast"]
        if not start or readable(place, start + PAGE):
            skip("dump: a hole within a mapping", "this Linux has no guard pages")
            return
        usermem("dump", place["pid"], "-o", core)
        at = {address: (in_file, size) for kind, _, _, address, in_file, size in headers(core) if kind == 1}
        equal("dump: behind the hole comes another segment", at.get(start + 2 * PAGE, (0, 0))[0] >= PAGE, True)
        equal("dump: the bytes on both sides", usermem("read", "--core", core, f"{start:x}+12K", "-o", "-").stdout, b"1" * PAGE + bytes(PAGE) + b"3" * PAGE)
        found = json.loads(usermem("read", "--core", core, f"{start:x}+12K", "-j").stdout)
        equal("dump: the hole", [piece["hole"] for piece in found["pieces"] if "hole" in piece], ["bus"])


def test_zeroes_take_no_room():
    with target() as place, tempfile.TemporaryDirectory() as folder:
        core = pathlib.Path(folder, "core")
        found = json.loads(usermem("dump", place["pid"], "-o", core, "--json").stdout)
        file = core.stat()
        check("dump: pages of zeroes", found["written"] < found["bytes"] <= file.st_size, found)
        # 64 KiB for what the file system and the headers need.
        check("dump: take no room", file.st_blocks * 512 <= found["written"] + 65536 or file.st_blocks * 512 >= file.st_size, (file, found))
        total = sum(m["size"] for m in mappings(place["pid"]))
        equal("dump: what is read and what is not are all", found["bytes"] + found["left_out"], total)


@unless(lambda: not_its_own() or cannot_stop())
def test_notes():
    with target("threads") as place, tempfile.TemporaryDirectory() as folder:
        core, pid = pathlib.Path(folder, "core"), place["pid"]
        found = json.loads(usermem("dump", pid, "--stop", "-o", core, "--json").stdout)
        equal("dump --stop: registers of every thread", (found["threads"], found["with_registers"]), (4, 4))
        check("dump --stop: it goes on", "TracerPid:\t0\n" in pathlib.Path(f"/proc/{pid}/status").read_text())
        all_notes = notes(core)
        kinds = [kind for kind, _ in all_notes]
        equal("dump: NT_PRSTATUS of the first thread is the first note", (kinds[0], kinds.count(1), kinds.count(2)), (1, 4, 4))
        tids = {struct.unpack_from("<i", content, 32)[0] for kind, content in all_notes if kind == 1}
        equal("dump: each thread", tids, {int(tid) for tid in os.listdir(f"/proc/{pid}/task")})
        process = next(content for kind, content in all_notes if kind == 3)
        state, name, arguments = process[1:2], process[40:56].rstrip(b"\0"), process[56:].rstrip(b"\0")
        equal("dump: NT_PRPSINFO", (struct.unpack_from("<i", process, 24)[0], name, state in (b"S", b"t", b"R")), (pid, pathlib.Path(TARGET).name[:15].encode(), True))
        check("dump: its command line", arguments == f"{TARGET} threads".encode()[:79].rstrip(b"\0"), arguments)
        equal("dump: NT_AUXV", next(content for kind, content in all_notes if kind == 6), pathlib.Path(f"/proc/{pid}/auxv").read_bytes())
        paths = [(m["start"], m["offset"], m["path"]) for m in mappings(pid) if m["path"].startswith("/")]
        equal("dump: NT_FILE", [(m["start"], m["offset"], m["path"]) for m in mappings("--core", core) if m["path"] and "target" not in m["path"]],
              [path for path in paths if "target" not in path[2]])
        equal("dump: whose core it is", json.loads(usermem("maps", "--core", core, "-j").stdout)["pid"], pid)


@unless(lambda: not_its_own() or cannot_stop())
def test_a_first_thread_that_has_ended():
    with target("leader") as place, tempfile.TemporaryDirectory() as folder:
        core, pid = pathlib.Path(folder, "core"), place["pid"]
        while "Z (zombie)" not in pathlib.Path(f"/proc/{pid}/status").read_text():
            pass
        (alive,) = {int(tid) for tid in os.listdir(f"/proc/{pid}/task")} - {pid}
        found = json.loads(usermem("dump", pid, "--stop", "-o", core, "--json").stdout)
        equal("dump: a thread that has ended is left out", (found["threads"], found["with_registers"]), (1, 1))
        all_notes = notes(core)
        first, process = all_notes[0], next(content for kind, content in all_notes if kind == 3)
        equal("dump: the first note is of one that lives", (first[0], struct.unpack_from("<i", first[1], 32)[0]), (1, alive))
        equal("dump: and it has registers", struct.unpack_from("<Q", first[1], 112 + 16 * 8)[0] != 0, True)
        equal("dump: the process is still the process", (struct.unpack_from("<i", process, 24)[0], process[1:2] != b"Z"), (pid, True))
        check("dump: its command line", process[56:].rstrip(b"\0") == f"{TARGET} leader".encode()[:79].rstrip(b"\0"), process[56:])
        equal("dump: its NT_AUXV", next(content for kind, content in all_notes if kind == 6), pathlib.Path(f"/proc/{alive}/auxv").read_bytes())
        equal("dump: its memory", usermem("read", "--core", core, f"{place['ro']:x}+{PAGE}", "-o", "-").stdout, b"r" * PAGE)


def gdb(core, *commands):
    arguments = [argument for command in commands for argument in ("-ex", command)]
    return subprocess.run(["gdb", "-nx", "-batch", *arguments, TARGET, core], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120).stdout


@unless(lambda: not_its_own() or cannot_stop())
def test_gdb():
    if not shutil.which("gdb"):
        skip("dump: gdb opens it", "there is no gdb")
        return
    with target("threads") as place, tempfile.TemporaryDirectory() as folder:
        core = pathlib.Path(folder, "core")
        usermem("dump", place["pid"], "--stop", "-o", core)
        text = gdb(core, f"x/s {place['strings'] + 8}", f"x/1xb {place['hole']}", "info threads", "info proc mappings", "info registers rip", "info files")
        check("gdb: memory", r'"hello, \"world\"\n"' in text, text)
        check("gdb: no memory", "Cannot access memory" in text or "cannot access memory" in text.lower(), text)
        equal("gdb: threads", len(re.findall(r"LWP \d+", text)) >= 4, True)
        check("gdb: info proc mappings", re.search(rf"0x[0-9a-f]+ +0x[0-9a-f]+ .*{re.escape(pathlib.Path(TARGET).name)}", text), text)
        check("gdb: registers", re.search(r"rip +0x[0-9a-f]+ +0x[0-9a-f]+", text) and not re.search(r"rip +0x0 ", text), text)
        check("gdb: info files", re.search(r"0x[0-9a-f]+ - 0x[0-9a-f]+ is load\d+", text), text)
        counters = gdb(core, f"x/3xg {place['counters']}")
        check("gdb: what the threads counted", re.search(r":\s+0x\w+\s+0x\w+\n", counters) and "Cannot" not in counters, counters)


def test_files():
    with target() as place, tempfile.TemporaryDirectory() as folder:
        pid, core = place["pid"], pathlib.Path(folder, "core")
        core.write_text("precious")
        one_line("dump: what is there stays", usermem("dump", pid, "-o", core), USAGE, str(core), "--force")
        equal("dump: it does", core.read_text(), "precious")
        equal("dump --force", (usermem("dump", pid, "-o", core, "--force").returncode, core.read_bytes()[:4]), (ALL, b"\177ELF"))
        equal("dump --force: nothing else is left", os.listdir(folder), ["core"])
        one_line("dump: no such folder", usermem("dump", pid, "-o", f"{folder}/no/such"), USAGE, "No such file")
        # As a device would be; but none that anybody needs.
        pipe = pathlib.Path(folder, "pipe")
        os.mkfifo(pipe)
        one_line("dump --force: what is no file is not replaced", usermem("dump", pid, "-o", pipe, "-f"), USAGE, str(pipe), "regular")
        check("dump --force: it is still there", pipe.is_fifo())
        os.symlink(core, f"{folder}/link")
        one_line("dump: not through a link", usermem("dump", pid, "-o", f"{folder}/link"), USAGE, "--force")
        equal("dump: core.PID", (usermem("dump", pid, tool=os.path.abspath(USERMEM), cwd=folder).returncode, pathlib.Path(folder, f"core.{pid}").exists()), (ALL, True))


def test_failures_leave_nothing():
    with target() as place, tempfile.TemporaryDirectory() as folder:
        pid, core = place["pid"], pathlib.Path(folder, "core")
        limit = lambda: (signal.signal(signal.SIGXFSZ, signal.SIG_IGN), resource.setrlimit(resource.RLIMIT_FSIZE, (PAGE * 20, PAGE * 20)))
        one_line("dump: no room", usermem("dump", pid, "-o", core, preexec_fn=limit), PARTLY, "File too large", "nothing is left")
        equal("dump: no room, no file", os.listdir(folder), [])
        core.write_text("precious")
        one_line("dump --force: no room", usermem("dump", pid, "-f", "-o", core, preexec_fn=limit), PARTLY, "File too large")
        equal("dump --force: what was there still is", (os.listdir(folder), core.read_text()), (["core"], "precious"))
    one_line("dump: no process", usermem("dump", 2**22 + 1), GONE)


def long_dump(folder, end):
    """A dump that does not end by itself, and what is done about that when it has begun."""
    with target("plenty") as place:
        process = subprocess.Popen([USERMEM, "dump", str(place["pid"]), "-o", f"{folder}/core"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        while process.poll() is None and not (os.listdir(folder) and os.stat(f"{folder}/core").st_size > PAGE):
            pass
        end(process, place["pid"])
        output = process.communicate(timeout=60)
        return process.returncode, output[1].decode()


def test_ended_meanwhile():
    with tempfile.TemporaryDirectory() as folder:
        status, text = long_dump(folder, lambda process, pid: process.send_signal(signal.SIGINT))
        equal("dump: Ctrl-C leaves no file", (status, os.listdir(folder)), (-signal.SIGINT, []))
        check("dump: Ctrl-C is one line", text.count("\n") == 1 and "not finished" in text, text)
        status, text = long_dump(folder, lambda process, pid: os.kill(pid, signal.SIGKILL))
        equal("dump: a process that ends leaves no file", (status, os.listdir(folder)), (GONE, []))
        check("dump: it is said", text.count("\n") == 1 and "does not exist" in text, text)


run_all(sys.modules[__name__])
