#!/usr/bin/env python3
"""trace_audit.py USERMEM MEDDLER SUBJECT: `usermem trace --audit` on a program whose second thread changes the arguments of the first one's calls."""
import json
import os
import re
import subprocess
import sys

from tap import built, check, equal, run_all, skip

USERMEM, MEDDLER, SUBJECT = built(sys.argv[1]), *sys.argv[2:4]
FOUND, FAILED = 124, 125
HEX = "0x[0-9a-f]+"


def trace(*arguments):
    result = subprocess.run([USERMEM, "trace", *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True, timeout=100, text=True)
    return result.stderr.splitlines(), result


def change(argument, call, n, before, after):
    return f'!!! argument {argument} of {call} changed while it was under way: {n} byte{"s" if n != 1 else ""} at @: "{before}" became "{after}" !!!'


CHANGES = [
    change(2, "openat", 4, "fifo", "evil"),
    "!!! argument 2 of openat changed while it was under way: @: mapped, but not for this kind of access !!!",
    change(2, "readv", 1, r"\1", r"\2"),
    *[change(2, "readv", 1, r"\1", r"\2")] * 8,
    "!!! and 24 more places in the arguments of readv !!!",
    change(1, "poll", 1, r"\0", r"\4"),
    change(2, "recvmsg", 1, "@", r"\3"),
    change(1, "nanosleep", 2, r"\350\3", r"\7\0"),
    change(4, "futex", 1, r"\0", "A"),
    change(2, "write", 3, "aaa", "bbb"),
]


def test_what_changed():
    lines, result = trace("--audit", "--", MEDDLER)
    found = [re.sub(f"( |: ){HEX}", r"\1@", line) for line in lines if line.startswith("!!!")]
    equal("changes by another thread, and nothing that the kernel wrote itself", found, CHANGES)
    equal("its own exit status", result.returncode, FOUND)
    equal("the summary", re.sub(r"^.*?; (?=\d+ arg)", "", lines[-1]), "9 arguments changed while their call was under way; 0 bytes fetched twice within a stop")
    at = next(i for i, line in enumerate(lines) if line.startswith("!!!"))
    check("told behind its call", re.match(r'openat\(AT_FDCWD, "/tmp/[^"]*/fifo", O_RDONLY\) += \d', lines[at - 1]), lines[at - 1])


def test_where():
    lines, _ = trace("--audit", "-e", "poll,readv", "--json", "--", MEDDLER)
    calls = [json.loads(line) for line in lines]
    changes = [call for call in calls if "changed" in call]
    check("json: of the calls asked for alone", {call["call"] for call in changes} == {"poll", "readv"}, lines)
    first, last, more = changes[0], changes[-1], changes[-2]
    equal("json: members", (sorted(first), sorted(first["changed"])), (["call", "changed", "pid"], ["address", "after", "argument", "before", "length"]))
    equal("json: the call's thread", first["pid"], calls[0]["pid"])
    equal("json: what was and is", [(c["changed"]["argument"], c["changed"]["length"], c["changed"]["before"], c["changed"]["after"]) for c in (first, last)],
          [(2, 1, "\1", "\2"), (1, 1, "\0", "\4")])
    equal("json: more of them", more["changed"], {"more": 24})
    at = [int(call["changed"]["address"], 16) for call in changes[1:9]]
    equal("each length of the list at its address", [b - a for a, b in zip(at, at[1:])], [16] * 7)
    summary = calls[-1]["summary"]
    equal("json: the summary", (summary["changed_arguments"], summary["calls_not_compared"], summary["fetched_twice"]), (3, 0, 0))


def test_loss_in_json():
    lines, _ = trace("--audit", "-e", "openat", "--json", "--", MEDDLER)
    changes = [json.loads(line)["changed"] for line in lines if '"changed"' in line]
    equal("json: a page that was taken away", (changes[1]["argument"], changes[1]["after"]["fault"]), (2, "UM_DENIED"))


def test_how_much_of_a_buffer():
    lines, _ = trace("--audit", "-e", "write", "-s", 4, "--", MEDDLER)
    equal("a buffer is compared as far as it is shown", [line for line in lines if line.startswith("!!!")], [])
    lines, result = trace("--audit", "-e", "write", "-s", 5, "--", MEDDLER)
    equal("to the byte", [re.sub(HEX, "@", line) for line in lines if line.startswith("!!!")], [change(2, "write", 1, "a", "b")])
    equal("and found is found", result.returncode, FOUND)


def test_not_asked_for():
    lines, result = trace("--", MEDDLER)
    check("without --audit nothing is said of it", not any("!!!" in line or "under way" in line for line in lines), "\n".join(lines))
    equal("without --audit: the program's exit status", result.returncode, 0)


def test_nothing_found():
    for part in "files", "events", "signals", "system", "network", "overlaps", "lengths":
        lines, result = trace("--audit", "--", SUBJECT, part)
        check(f"{part}: no changes", "; 0 arguments changed while their call was under way" in lines[-1], "\n".join(lines[-3:]))
        equal(f"{part}: the program's exit status", result.returncode, 0)
    equal("and a status that is not 0", trace("--audit", "--", SUBJECT, "exit", 7)[1].returncode, 7)


if __name__ == "__main__":
    if "UNDER_TSAN" in os.environ:
        skip("trace --audit", "ThreadSanitizer puts off our signal handlers, and starts a thread in the child before it becomes the program")
        print("1..1")
    elif trace("-o", "/dev/null", "--", "/bin/true")[1].returncode == FAILED:
        skip("trace --audit", "ptrace is refused")
        print("1..1")
    else:
        run_all(sys.modules[__name__])
