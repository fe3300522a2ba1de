#!/usr/bin/env python3
"""find.py USERMEM TARGET: runs `usermem find` on processes and made-up cores, and looks at how progress is shown."""
import json
import os
import pty
import random
import re
import signal
import struct
import subprocess
import sys
import tempfile

from commands import ALL, EXEC, GONE, PAGE, PARTLY, READ, TARGET, USAGE, USERMEM, WRITE, core_file, core_notes, elf_core, memory, not_its_own, one_line, target, usermem
from tap import check, equal, run_all, unless

PIECE = 256 * 1024  # what is read at once


def occurrences(data, pattern):
    """Where it is, also over itself."""
    found, at = [], data.find(pattern)
    while at >= 0:
        found.append(at)
        at = data.find(pattern, at + 1)
    return found


def find(*arguments):
    """Addresses that were found, in order, and the rest of the JSON."""
    result = usermem("find", "--json", *arguments)
    found = json.loads(result.stdout)
    return [int(match["address"], 16) for match in found["matches"]], found, result


def test_help_teaches():
    text = usermem("find", "--help").stdout.decode()
    check("find --help has an example", "usermem find 4711 --int32 1000" in text and "Exit status" in text, text)


def test_text():
    with target() as place:
        pid, start = place["pid"], place["strings"]
        at = start + 8
        result = usermem("find", pid, 'hello, "world"', "--scan", f"{start:x}+4K")
        equal("find: address, protections, path, totals", (result.returncode, result.stdout.decode().splitlines()),
              (ALL, [f"{at:016x}  rw-p  ", "1 found in 4K, 0K could not be read"]))
        result = usermem("find", pid, "hello", "--hex", "77 6f726c64", "--scan", f"{start:x}+4K")
        equal("find: which one, in the order of their last bytes", [line.split("  ")[2] for line in result.stdout.decode().splitlines()[:2]],
              ['"hello"', "hex 77 6f726c64"])
        equal("find: across a page", find(pid, "across the page", "-s", f"{start:x}+8K")[0], [place["strings_end"] - 6])
        equal("find: the last byte before a hole", find(pid, "r" * PAGE, "-s", f"{place['ro']:x}-{place['wo']:x}")[0], [place["ro"]])
        equal("find: nothing goes over a hole", find(pid, "r" * (PAGE + 1), "-s", f"{place['ro']:x}-{place['strings']:x}")[0], [])
        equal("find: -I", find(pid, "HELLO, \"WORLD", "-I", "-s", f"{start:x}+4K")[0], [at])
        equal("find: without -I", find(pid, "HELLO", "-s", f"{start:x}+4K")[0], [])
        addresses, found, result = find(pid, "last")
        check("find: all that is mapped", place["strings_end"] + PAGE - 4 in addresses and result.returncode == ALL, addresses)
        check("find: it says what it could not read", found["read"] > 0 and found["status"] == "UM_OK", found)
        one_line("find: nothing", usermem("find", pid, "no such text " + "anywhere", "-s", f"{start:x}+8K"), PARTLY, "8192 bytes")


def test_case():
    with core_file(elf_core([(0x10000, 12, READ, b"Hello hello.")])) as name:
        equal("find -I: text", find("-c", name, "hELLO", "-I")[0], [0x10000, 0x10006])
        equal("find -I: bytes are bytes", find("-c", name, "-x", b"hello".hex(), "-I")[0], [0x10006])
        equal("find -I: integers are integers", find("-c", name, "-1", ord("H"), "-I")[0], [0x10000])


def test_permissions():
    with target() as place:
        pid, none, wo = place["pid"], place["none"], place["wo"]
        everywhere = f"{place['rw']:x}-{place['last_hole']:x}"
        equal("find: what is not readable is passed over", find(pid, "nnnn", "-s", everywhere, "-m", 1)[0], [])
        equal("find -i: it is not", find(pid, "nnnn", "-s", everywhere, "-m", 1, "-i")[0], [none])
        equal("find -p: not where there are others alone", find(pid, "w" * 8, "-i", "-s", everywhere, "-p", "rw")[0], [])
        equal("find -p: where all of them are", find(pid, "w" * 8, "-i", "-s", everywhere, "-p", "w", "-m", 2)[0], [wo, wo + 1])
        addresses, found, _ = find(pid, "\177ELF", "-p", "x")
        check("find -p x: perms are told", all("x" in match["perms"] for match in found["matches"]), found)


def test_integers():
    values = {1: (-128, 255), 2: (-32768, 65535), 4: (-2**31, 2**32 - 1), 8: (-2**63, 2**64 - 1)}
    # Bytes between them make no alignment.
    data = b"".join(value.to_bytes(size, order, signed=value < 0) + b"\x5a" for size in values for value in (*values[size], 0x37 + size) for order in ("little", "big"))
    with core_file(elf_core([(0x10000, len(data), READ, data)])) as name:
        for size, (least, most) in values.items():
            for value in (least, most, 0x37 + size):
                for big in (False, True):
                    wanted = value.to_bytes(size, "big" if big else "little", signed=value < 0)
                    arguments = [f"--int{8 * size}", value if value < 0 or big else hex(value), *(["-B"] if big else [])]
                    equal(f"find {' '.join(map(str, arguments))}", find("-c", name, *arguments)[0], [0x10000 + at for at in occurrences(data, wanted)])
            for value in (least - 1, most + 1):
                one_line(f"find: {value} is no integer of {size}", usermem("find", "-c", name, f"--int{8 * size}", value), USAGE, str(value))
        equal("find -4 is --int32", find("-c", name, "-4", -2**31)[0], find("-c", name, "--int32", -2**31)[0])


def test_alignment_and_limits():
    with core_file(elf_core([(0x10000, 64, READ, b"ab" * 32)])) as name:
        equal("find -a", find("-c", name, "ab", "-a", 8)[0], list(range(0x10000, 0x10040, 8)))
        equal("find -a: any number", find("-c", name, "ba", "-a", 3)[0], [at for at in range(0x10001, 0x1003f, 2) if at % 3 == 0])
        equal("find -m", find("-c", name, "ab", "-m", 3)[0], [0x10000, 0x10002, 0x10004])
        equal("find -s: an occurrence lies in the range", find("-c", name, "ab", "-s", "10001-10005")[0], [0x10002])


def test_pieces_and_mappings():
    data = bytearray(2 * PIECE + 3 * PAGE)
    for at in (PIECE - 3, 2 * PIECE - 1, len(data) - 6):
        data[at:at + 6] = b"needle"
    end, behind = 0x100000 + len(data), 0x100000 + len(data) + PAGE
    segments = [(0x100000, len(data), READ | WRITE, bytes(data)), (end, PAGE, READ, b"neeedle..".ljust(PAGE, b"\0")), (behind, PAGE, 0, b"dle"),
                (behind + PAGE, PAGE, READ | EXEC, b"dle")]
    with core_file(elf_core(segments, core_notes(files=[(0x100000, end, 0, b"/the file")]))) as name:
        at = [0x100000 + PIECE - 3, 0x100000 + 2 * PIECE - 1, end - 6]
        addresses, found, _ = find("-c", name, "needle")
        equal("find: across what is read at once", addresses, at)
        equal("find: the path", found["matches"][0]["path"], "/the file")
        equal("find: from one mapping into the next", find("-c", name, "-x", b"needleneee".hex())[0], [end - 6])
        equal("find: -p parts them", find("-c", name, "-x", b"needleneee".hex(), "-p", "w")[0], [])
        equal("find: what nobody may read parts them", find("-c", name, "-x", "00" * 16 + b"dle".hex())[0], [])


def test_cut_off():
    """Bytes that a core does not have: an occurrence is whole before them, and none goes over."""
    with core_file(elf_core([(0x10000, 2 * PAGE, READ, b"x" * 100 + b"end"), (0x12000, PAGE, READ, b"end")])) as name:
        addresses, found, result = find("-c", name, "end")
        equal("find: up to the last byte", (addresses, found["unreadable"]), ([0x10064, 0x12000], 2 * PAGE - 103 + PAGE - 3))
        equal("find: found is found", result.returncode, ALL)


def test_at_random():
    """Few different bytes, so that occurrences begin everywhere, overlap and go on in the next piece."""
    seed = random.randrange(2**32)
    rng = random.Random(seed)
    data = bytes(rng.choices(b"ab", k=PIECE + 300)) + b"a" * 3000 + b"ab" * 200
    with core_file(elf_core([(0x10000, len(data), READ, data)])) as name:
        for _ in range(20):
            start = rng.choice((PIECE, rng.randrange(len(data)))) - rng.randrange(20)
            pattern = rng.choice((data[start:start + rng.randrange(1, 40)], b"a" * rng.randrange(1, 200), b"ab" * rng.randrange(1, 40))) or b"b"
            wanted = [0x10000 + at for at in occurrences(data, pattern)]
            found = find("-c", name, pattern.decode(), "-s", "10000-fffff")[0] if wanted else []
            if not check(f"find: as Python does ({len(pattern)} bytes, {len(wanted)} times)", found == wanted, f"seed {seed}, pattern {pattern}"):
                break
        both = find("-c", name, "abab", "ba")[0]
        equal("find: two at once", sorted(both), sorted(0x10000 + at for p in (b"abab", b"ba") for at in occurrences(data, p)))


def test_usage():
    one_line("find: no pattern", usermem("find", os.getpid()), USAGE, "missing")
    one_line("find: an empty one", usermem("find", os.getpid(), ""), USAGE, "1 to 65536")
    one_line("find: half a byte", usermem("find", os.getpid(), "-x", "123"), USAGE, "pairs")
    one_line("find: no number", usermem("find", os.getpid(), "-4", "12x"), USAGE, "'12x'")
    one_line("find: no permission", usermem("find", os.getpid(), "x", "-p", "q"), USAGE, "'q'")
    one_line("find: no alignment", usermem("find", os.getpid(), "x", "-a", "0"), USAGE, "0")
    one_line("find: too many", usermem("find", os.getpid(), *["x"] * 65), USAGE, "64")
    one_line("find: no process", usermem("find", 2**22 + 1, "x"), GONE)


# progress

class Terminal:
    """A command whose stderr, or all of it, is a terminal; deaf to one signal, and to no other, whatever these tests ignore (nohup)."""
    def __init__(self, *arguments, stdout=subprocess.DEVNULL, deaf_to=None, **environment):
        def set_signals():
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN if number == deaf_to else signal.SIG_DFL)

        self.ours, theirs = pty.openpty()
        self.text = b""
        self.process = subprocess.Popen([USERMEM, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=stdout or theirs, stderr=theirs, preexec_fn=set_signals,
                                        env={**{k: v for k, v in os.environ.items() if k != "TERM"}, "TERM": "xterm", **environment})
        os.close(theirs)

    def read(self):
        """Some more of it; False at its end."""
        try:
            piece = os.read(self.ours, 4096)
        except OSError:  # the other side is closed
            piece = b""
        self.text += piece
        return piece != b""

    def read_until(self, times):
        """Until progress was shown so many times, or it ended."""
        while self.text.count(b"\r") < times and self.read():
            pass

    def end(self):
        while self.read():
            pass
        os.close(self.ours)
        return self.process.wait(60)


def seen(text):
    """What stands on a terminal's lines when all was written: \\r goes to the first column, ESC [ K erases from there on."""
    lines, column = [""], 0
    for token in re.findall(r"\033\[K|.", text.decode(), re.S):
        if token == "\n":
            lines.append("")
        elif token == "\r":
            column = 0
        elif token == "\033[K":
            lines[-1] = lines[-1][:column]
        else:
            lines[-1] = lines[-1][:column] + token + lines[-1][column + 1:]
            column += 1
    return lines


def test_progress():
    with target("plenty") as place:
        pid, start = place["pid"], place["vast"]
        whole = f"{start:x}+1T"
        long = {"find": ("find", pid, "no such text " + "anywhere", "-s", whole), "compare": ("compare", f"{pid}:{whole}", f"{pid}:{start:x}"),
                "strings": ("strings", pid, "--scan", whole), "read": ("read", pid, whole, "-o", "/dev/null")}
        quiet = {"in JSON": ("find", "--json", pid, "x" * 9, "-s", whole)}
        shown = {name: Terminal(*arguments) for name, arguments in long.items()}
        silent = {name: Terminal(*arguments) for name, arguments in quiet.items()}
        silent["on a dumb terminal"] = Terminal("find", pid, "x" * 9, "-s", whole, TERM="dumb")
        pipe = subprocess.Popen([USERMEM, "find", str(pid), "x" * 9, "-s", whole], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        for name, terminal in shown.items():
            terminal.read_until(3)
            check(f"progress of {name}", re.search(rb"^\rusermem " + name.encode() + rb": \d+M( of \d+M)?\033\[K\r", terminal.text), terminal.text)
        os.kill(pid, 9)
        for name, terminal in shown.items():
            status = terminal.end()
            lines = seen(terminal.text)
            check(f"progress of {name} is erased at the end", status == GONE and len(lines) == 2 and re.fullmatch(rf"usermem {name}: process \d+: .*", lines[0]) and lines[1] == "",
                  f"{status} {lines}")
        for name, terminal in silent.items():
            terminal.end()
            check(f"no progress {name}", b"\033" not in terminal.text and b"M" not in terminal.text, terminal.text)
        text = pipe.communicate()[1]
        check("no progress in a pipe", b"\r" not in text and text.count(b"\n") == 1, text)


def test_progress_and_signals():
    with target("plenty") as place:
        pid, start = place["pid"], place["vast"]
        whole = f"{start:x}+1T"
        long = {"find": ("find", pid, "no such text " + "anywhere", "-s", whole), "read": ("read", pid, whole, "-o", "/dev/null"),
                "strings": ("strings", pid, "--scan", whole), "compare": ("compare", f"{pid}:{whole}", f"{pid}:{start:x}")}
        signals = {"find": signal.SIGINT, "read": signal.SIGTERM, "strings": signal.SIGHUP, "compare": signal.SIGINT}
        shown = {name: Terminal(*arguments) for name, arguments in long.items()}
        deaf = Terminal(*long["find"], deaf_to=signal.SIGINT)
        for name, terminal in shown.items():
            terminal.read_until(2)
            terminal.process.send_signal(signals[name])
            equal(f"progress of {name} is erased when a signal ends it", (terminal.end(), seen(terminal.text)), (-signals[name], [""]))
        with tempfile.TemporaryDirectory() as folder:
            dump = Terminal("dump", pid, "-o", f"{folder}/core")
            dump.read_until(2)
            dump.process.send_signal(signal.SIGINT)
            equal("progress: a command with something to put away does so", (dump.end(), os.listdir(folder)), (-signal.SIGINT, []))
            lines = seen(dump.text)
            check("progress: and says so", len(lines) == 2 and "not finished" in lines[0] and lines[1] == "", lines)
        deaf.read_until(2)
        deaf.process.send_signal(signal.SIGINT)
        deaf.read_until(4)
        equal("progress: what is ignored stays ignored", deaf.process.poll(), None)
        os.kill(pid, 9)
        equal("progress: to the end", deaf.end(), GONE)


@unless(not_its_own)
def test_no_progress_of_what_is_short():
    with target() as place:
        terminal = Terminal("find", place["pid"], "hello", stdout=None)
        equal("progress: what takes no time has none", (terminal.end(), b"\033[K" in terminal.text), (ALL, False))


run_all(sys.modules[__name__])
