#!/usr/bin/env python3
"""trace.py USERMEM SUBJECT LIAR: runs `usermem trace` on real programs and compares what it prints."""
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

from tap import UNDER_VALGRIND, built, check, equal, run_all, skip

USERMEM, SUBJECT, LIAR = built(sys.argv[1]), *sys.argv[2:4]
FAILED, CANNOT_RUN, NOT_FOUND = 125, 126, 127
HEX = r"0x[0-9a-f]+"
UNMAPPED = "nothing is mapped there"
DENIED = "mapped, but not for this kind of access"
BUS = "mapped, but what backs it cannot supply it"


def usermem(*arguments, **options):
    return subprocess.run([USERMEM, "trace", *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True, timeout=60, text=True,
                          errors="surrogateescape", **options)


def trace(*arguments):
    """The lines of a trace, and how the run ended."""
    result = usermem(*arguments)
    return result.stderr.splitlines(), result


def shown(part, wanted, *options):
    """Runs a part of the subject: each of the patterns is a line of its trace, in this order."""
    lines, result = trace("--audit", *options, "--", SUBJECT, part)
    rest = iter(lines)
    for pattern in wanted:
        # The result stands in its column; how far is of no interest.
        found = any(re.fullmatch(pattern, re.sub(r"\) += ", ") = ", line)) for line in rest)
        if not check(f"{part}: {pattern[:90]}", found, "\n".join(lines)):
            rest = iter(lines)
    check(f"{part}: nothing is fetched twice", lines[-1].endswith("; 0 bytes fetched twice within a stop"), lines[-1])
    equal(f"{part}: its exit status", result.returncode, 0)
    return lines


def literal(text, **holes):
    """A pattern for a line: text as it is, but for what stands in @name@."""
    parts = re.split(r"@(\w+)@", text)
    return "".join(re.escape(part) if i % 2 == 0 else holes[part] for i, part in enumerate(parts))


def test_files():
    number = r"\d+"
    shown("files", [
        literal('openat(AT_FDCWD, "/nonexistent/file", O_RDWR|O_CREAT|O_EXCL, 0640) = -1 ENOENT (No such file or directory)'),
        literal('openat(AT_FDCWD, "/", O_RDONLY|O_DIRECTORY) = @n@', n=number),
        literal('newfstatat(@n@, "dev/null", {st_mode=S_IFCHR|0666, st_size=0, ...}, AT_SYMLINK_NOFOLLOW) = 0', n=number),
        literal('statx(@n@, "etc", AT_STATX_DONT_SYNC, STATX_BASIC_STATS, {stx_mask=STATX_BASIC_STATS@more@, stx_mode=S_IFDIR|0755, stx_size=@n@, ...}) = 0',
                n=number, more=r"[|\w]*"),
        literal("getdents64(@n@, [{d_ino=@n@, d_type=DT_@type@, d_name=@name@}@more@], 4096) = @n@", n=number, type="[A-Z]+", name='"[^"]*"', more=".*"),
        literal("close(@n@) = 0", n=number),
        literal('openat2(AT_FDCWD, "/dev/null", {flags=O_RDONLY|O_CLOEXEC, mode=000, resolve=RESOLVE_NO_SYMLINKS}, 24) = @n@', n=number),
        literal('openat2(AT_FDCWD, "/dev/null", {flags=O_RDONLY|O_CLOEXEC, mode=000, resolve=RESOLVE_NO_SYMLINKS}, 32) = @n@', n=number),
        literal('openat2(AT_FDCWD, "/dev/null", {flags=O_RDONLY|O_CLOEXEC, mode=000, resolve=RESOLVE_NO_SYMLINKS, <@at@: more than there is room for, '
                'or unknown fields that are not zero>}, 32) = -1 E2BIG (Argument list too long)', at=HEX),
        literal("pipe2([@n@, @n@], O_CLOEXEC) = 0", n=number),
        literal(r'write(@n@, "a\tb\n\"c\"\\\1\3779", 11) = 11', n=number),
        literal('writev(@n@, [{iov_base="first", iov_len=5}, {iov_base="", iov_len=0}, {iov_base="second", iov_len=6}], 3) = 11', n=number),
        literal(r'readv(@n@, [{iov_base="a\tb\n", iov_len=4}, {iov_base="\"c\"\\\1\3779firstsecond", iov_len=4086}], 2) = 22', n=number),
        literal("fcntl(@n@, F_SETFL, O_RDONLY|O_NONBLOCK) = 0", n=number),
        literal("read(@n@, @at@, 100) = -1 EAGAIN (Resource temporarily unavailable)", n=number, at=HEX),
        literal('utimensat(AT_FDCWD, "/nonexistent", [{tv_sec=1, tv_nsec=2}, {tv_sec=3, tv_nsec=1073741822}], 0) = -1 ENOENT (No such file or directory)'),
        literal('readlink("/proc/self/fd/0", @at@, 0) = -1 EINVAL (Invalid argument)', at=HEX),
        literal("lseek(@n@, -1, SEEK_END) = -1 ESPIPE (Illegal seek)", n=number),
        literal('access("/", R_OK|X_OK) = 0'),
        literal('mkdir("/nonexistent/directory", 0755) = -1 ENOENT (No such file or directory)'),
        literal("exit_group(0) = ?"),
        literal("+++ exited with 0 +++"),
    ])


def test_events():
    shown("events", [
        literal("poll([{fd=@n@, events=POLLIN|POLLPRI, revents=POLLIN}, {fd=-1, events=POLLOUT, revents=0}], 2, 1000) = 1", n=r"\d+"),
        literal("select(@n@, [@n@], NULL, NULL, {tv_sec=0, tv_usec=0}) = 1", n=r"\d+"),
        literal("epoll_create1(EPOLL_CLOEXEC) = @n@", n=r"\d+"),
        literal("epoll_ctl(@n@, EPOLL_CTL_ADD, @n@, {events=EPOLLIN|EPOLLET, data=0x1234}) = 0", n=r"\d+"),
        literal("epoll_wait(@n@, [{events=EPOLLIN, data=0x1234}], 2, 1000) = 1", n=r"\d+"),
    ])


def test_signals():
    shown("signals", [
        literal("rt_sigaction(SIGINT, NULL, {sa_handler=SIG_DFL, sa_mask=[], sa_flags=0, sa_restorer=0}, 8) = 0"),
        literal("rt_sigaction(SIGUSR2, {sa_handler=@at@, sa_mask=[], sa_flags=SA_RESTORER|SA_RESTART, sa_restorer=@at@}, NULL, 8) = 0", at=HEX),
        literal("rt_sigprocmask(SIG_BLOCK, [USR1 TERM], NULL, 8) = 0"),
        literal("rt_sigprocmask(SIG_SETMASK, ~[HUP], [USR1 TERM], 8) = 0"),
        literal("sigaltstack(NULL, {ss_sp=NULL, ss_flags=SS_DISABLE, ss_size=0}) = 0"),
        literal("kill(@n@, SIGUSR2) = 0", n=r"\d+"),
        literal("--- SIGUSR2 {si_signo=SIGUSR2, si_code=SI_USER, si_pid=@n@, si_uid=@n@} ---", n=r"\d+"),
    ])


def test_system():
    shown("system", [
        literal('uname({sysname="Linux", nodename=@s@, release=@s@, ...}) = 0', s='"[^"]*"'),
        literal("sysinfo({uptime=@n@, totalram=@n@, freeram=@n@, ...}) = 0", n=r"\d+"),
        literal("prlimit64(0, RLIMIT_CORE, NULL, {rlim_cur=@l@, rlim_max=@l@}) = 0", l=r"(\d+|RLIM_INFINITY)"),
        literal("setrlimit(RLIMIT_CORE, {rlim_cur=0, rlim_max=@l@}) = 0", l=r"(\d+|RLIM_INFINITY)"),
        literal("getrusage(RUSAGE_SELF, {ru_utime={tv_sec=@n@, tv_usec=@n@}, ru_stime={tv_sec=@n@, tv_usec=@n@}, ...}) = 0", n=r"\d+"),
        literal("nanosleep({tv_sec=0, tv_nsec=1000}, NULL) = 0"),
        literal("clock_gettime(CLOCK_PROCESS_CPUTIME_ID, {tv_sec=@n@, tv_nsec=@n@}) = 0", n=r"\d+"),
        literal("setitimer(ITIMER_REAL, {it_interval={tv_sec=0, tv_usec=0}, it_value={tv_sec=0, tv_usec=0}}, NULL) = 0"),
        literal("mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = @at@", at=HEX),
        literal("madvise(NULL, 0, MADV_DONTNEED) = 0"),
        literal('getrandom("", 0, GRND_NONBLOCK) = 0'),
        literal("futex(@at@, FUTEX_WAKE|FUTEX_PRIVATE_FLAG, 1, NULL, NULL, 0) = 0", at=HEX),
        literal("keyctl(0x11, 0x22, 0x33, 0x44, 0x55, @at@) = @end@", at=HEX, end=".*"),
        literal("syscall_999(0x1, 0x2, 0x3, 0x4, 0x5, 0x6) = -1 ENOSYS (Function not implemented)"),
        literal("32-bit:syscall_20(@numbers@) = @end@", numbers=f"{HEX}(, {HEX}){{5}}", end=".*"),
    ])


def test_network():
    shown("network", [
        literal("socketpair(AF_UNIX, SOCK_DGRAM|SOCK_CLOEXEC, 0, [@n@, @n@]) = 0", n=r"\d+"),
        literal('sendmsg(@n@, {msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base="mess", iov_len=4}, {iov_base="age", iov_len=3}], msg_iovlen=2, '
                'msg_controllen=0, msg_flags=0}, MSG_NOSIGNAL) = 7', n=r"\d+"),
        literal('recvmsg(@n@, {msg_name={}, msg_namelen=0, msg_iov=[{iov_base="message", iov_len=64}], msg_iovlen=1, msg_controllen=0, msg_flags=0}, 0) = 7',
                n=r"\d+"),
        literal('sendto(@n@, "datagram", 8, 0, NULL, 0) = 8', n=r"\d+"),
        literal('recvfrom(@n@, "datagram", 64, MSG_DONTWAIT, {}, [0]) = 8', n=r"\d+"),
        literal(r'setsockopt(@n@, SOL_SOCKET, SO_REUSEADDR, "\1\0\0\0", 4) = 0', n=r"\d+"),
        literal('getsockname(@n@, {sa_family=AF_INET, sin_port=0, sin_addr="0.0.0.0"}, [16]) = 0', n=r"\d+"),
        literal(r'connect(-1, {sa_family=AF_UNIX, sun_path="\0abstract"}, 11) = -1 EBADF (Bad file descriptor)'),
        literal('connect(-1, {sa_family=AF_INET, sin_port=80, sin_addr="127.0.0.1"}, 16) = -1 EBADF (Bad file descriptor)'),
        literal('connect(-1, {sa_family=AF_INET6, sin6_port=443, sin6_addr="::1"}, 28) = -1 EBADF (Bad file descriptor)'),
        literal(f"connect(-1, 0x18 <{UNMAPPED}>, 16) = -1 EBADF (Bad file descriptor)"),
    ])


def test_processes():
    pid = r"(\[pid \d+\] )?"
    shown("processes", [
        literal(r'execve("/nonexistent/program", ["/bin/true", "with space", "and\nnewline"], @at@ /* 2 vars */) = -1 ENOENT (No such file or directory)', at=HEX),
        pid + literal("clone3({flags=0, pidfd=NULL, child_tid=NULL, parent_tid=NULL, exit_signal=SIGCHLD, stack=NULL, stack_size=0, tls=NULL, ...}, 88) = @n@",
                      n=r"\d+"),
        pid + literal("wait4(@n@, [{WIFEXITED(s) && WEXITSTATUS(s) == 7}], 0, NULL) = @n@", n=r"\d+"),
        pid + literal(r'execve("/bin/true", ["/bin/true", "with space", "and\nnewline"], @at@ /* 2 vars */) = 0', at=HEX),
        # The memory behind the exec is the new program's.
        pid + literal('openat(AT_FDCWD, "/etc/ld.so.cache", O_RDONLY|O_CLOEXEC) = @n@', n=r"\d+"),
        pid + literal("exit_group(0) = ?"),
        pid + literal("wait4(@n@, [{WIFEXITED(s) && WEXITSTATUS(s) == 0}], 0, NULL) = @n@", n=r"\d+"),
    ], "-f")


def test_children_are_followed_only_if_asked():
    lines, _ = trace("--", SUBJECT, "processes")
    check("without -f: no child", not any("exit_group(7)" in line or "[pid" in line for line in lines), "\n".join(lines))
    lines, _ = trace("-f", "--", SUBJECT, "processes")
    check("with -f: the child's call", any(re.match(r"\[pid \d+\] exit_group\(7\) += \?", line) for line in lines), "\n".join(lines))
    check("with -f: the child's end", any(re.match(r"\[pid \d+\] \+\+\+ exited with 7 \+\+\+", line) for line in lines), "\n".join(lines))


def test_threads():
    lines, _ = trace("-f", "--audit", "--", SUBJECT, "threads")
    pids = {match[1] for match in (re.match(r'\[pid (\d+)\] write\(-1, "from a thread", 13\)', line) for line in lines) if match}
    equal("threads: each is followed", len(pids), 8)
    equal("threads: each ends", sum("+++ exited with 0 +++" in line for line in lines), 9)
    check("threads: nothing is fetched twice", lines[-1].endswith("; 0 bytes fetched twice within a stop"), lines[-1])


def test_an_exec_by_a_thread_takes_the_first_one_s_place():
    lines, result = trace("-f", "--", SUBJECT, "thread-exec")
    at = next((i for i, line in enumerate(lines) if 'execve("/bin/true"' in line), len(lines))
    check("thread-exec: the call returns", at < len(lines) and re.search(r"= 0$", lines[at]), "\n".join(lines))
    check("thread-exec: the new image is read", any('"/etc/ld.so.cache"' in line for line in lines[at:]), "\n".join(lines[at:]))
    equal("thread-exec: its exit status", result.returncode, 0)


def test_a_first_thread_that_ends():
    lines, result = trace("-f", "--", SUBJECT, "first-ends")
    check("first-ends: what the other one does is read", any('rename("/nonexistent/the first thread", "/nonexistent/has ended")' in line for line in lines),
          "\n".join(lines))
    equal("first-ends: its exit status", result.returncode, 3)


def test_a_program_that_is_killed():
    lines, result = trace("-f", "--audit", "--", SUBJECT, "killed")
    equal("killed: the tracer dies of it too", result.returncode, -signal.SIGKILL)
    equal("killed: each thread's end is shown", sum("+++ killed by SIGKILL +++" in line for line in lines), 2)
    check("killed: the calls that it was in are shown", any(re.search(r"kill\(\d+, SIGKILL\) += \?", line) for line in lines), "\n".join(lines))


def test_bytes_that_arguments_share():
    shown("overlaps", [
        literal('rename("/nonexistent/same", "/nonexistent/same") = -1 ENOENT (No such file or directory)'),
        literal('rename("red bytes are fetched once", "shared bytes are fetched once") = -1 ENOENT (No such file or directory)'),
        literal('rename("shared bytes are fetched once", "red bytes are fetched once") = -1 ENOENT (No such file or directory)'),
        literal('writev(-1, [{iov_base="shared bytes are fet", iov_len=20}, {iov_base="ed bytes are fetched", iov_len=20}, {iov_base="shared bytes are fet", '
                'iov_len=20}, {iov_base=@s@, iov_len=32}], 4) = -1 EBADF (Bad file descriptor)', s='".*"'),
        literal('writev(@n@, [{iov_base="ed bytes are fetched", iov_len=20}, {iov_base="shared bytes are fet", iov_len=20}, {iov_base=@s@, iov_len=32}], 3) = 72',
                n=r"\d+", s='".*"'),
    ])


def test_lengths_that_lie():
    lines = shown("lengths", [
        literal('write(-1, "sixteen bytes..@rest@"..., 4611686018427387904) = @end@', rest=".*", end=".*"),
        literal("writev(-1, [{iov_base=@at@ <outside the address space>, iov_len=18446744073709551615}, @rest@, ...], 1152921504606846976) = @end@".replace(
            "@at@ <", "<@at@: "), at=HEX, rest=".*", end=".*"),
        literal("poll([@elements@, ...], 4294967295, 0) = @end@", elements=".*", end=".*"),
        literal('openat2(AT_FDCWD, "/", @at@ <more than there is room for, or unknown fields that are not zero>, 1099511627776) = @end@', at=HEX, end=".*"),
        literal("bind(-1, {sa_family=@any@}, -1) = @end@", any=".*", end=".*"),
        literal("select(2147483647, @any@, NULL, NULL, NULL) = @end@", any=".*", end=".*"),
        literal("getdents64(-1, @at@, 18446744073709551615) = @end@", at=HEX, end=".*"),
    ])
    check("lengths: no line is long", max(map(len, lines)) < 8192, str(max(map(len, lines))))


def test_the_liar_s_causes():
    lines, result = trace("--audit", "-s", 80, "--", LIAR)
    text = "\n".join(re.sub(r"\) += ", ") = ", line) for line in lines)
    fault = "-1 EFAULT (Bad address)"
    for wanted in [
        f'openat(AT_FDCWD, NULL <{UNMAPPED}>, O_RDONLY) = {fault}',
        f'openat(AT_FDCWD, 0x10 <{UNMAPPED}>, O_RDONLY) = {fault}',
        f'openat(AT_FDCWD, 0xdead000000000000 <{UNMAPPED}>, O_RDONLY) = {fault}',
        f'openat(AT_FDCWD, 0xffffffff81000000 <{UNMAPPED}>, O_RDONLY) = {fault}',
        f'openat(AT_FDCWD, 0xffffffffffffffff <{UNMAPPED}>, O_RDONLY) = {fault}',
        f'openat(AT_FDCWD, "/etc/pass"... <@at@000: {UNMAPPED}>, O_RDONLY) = {fault}',
        f'write(@n@, "/etc/pass"... <@at@000: {UNMAPPED}>, 4096) = {fault}',
        f'read(@n@, @at@000 <{DENIED}>, 16) = {fault}',
        'read(@n@, "\\0\\0\\0\\0\\0\\0\\0\\0", 16) = 8',
        f'openat(AT_FDCWD, @at@000 <{DENIED}>, O_RDONLY) = {fault}',
        f'fstat(@n@, @at@000 <{DENIED}>) = {fault}',
        f'write(@n@, "my end"... <@at@000: {BUS}>, 32) = {fault}',
        f'openat(AT_FDCWD, @at@000 <{BUS}>, O_RDONLY) = {fault}',
        f'writev(@n@, 0x20 <{UNMAPPED}>, 2) = {fault}',
        f'writev(@n@, [{{iov_base="good", iov_len=4}}, {{iov_base=<0x30: {UNMAPPED}>, iov_len=4}}], 2) = ',
        f'writev(@n@, [{{iov_base="good", iov_len=4}}, <@at@000: {UNMAPPED}>], 2) = {fault}',
        f'write(@n@, @at@ <outside the address space>, 18446744073709551615) = {fault}',
        f'nanosleep(0x13 <{UNMAPPED}>, NULL) = {fault}',
        f'nanosleep({{tv_sec=4, <@at@000: {UNMAPPED}>}}, NULL) = {fault}',
        f'openat2(AT_FDCWD, "/", 0x40 <{UNMAPPED}>, 24) = {fault}',
    ]:
        check(f"liar: {wanted[:90]}", re.search("^" + literal(wanted, at="0x[0-9a-f]+?", n=r"\d+"), text, re.M), text)
    check("liar: the summary counts by cause", re.search(f"; faults: \\d+ {UNMAPPED}; \\d+ {DENIED}; \\d+ {BUS}; \\d+ outside the address space; 0 arguments changed while their call was under way; 0 bytes fetched twice",
                                                           lines[-1]), lines[-1])
    equal("liar: its exit status", result.returncode, 0)


def test_what_is_passed_on():
    for status in (0, 1, 42, 255):
        equal(f"exit status {status}", usermem("--", SUBJECT, "exit", status).returncode, status)
    for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGSEGV, signal.SIGINT):
        result = usermem("--", SUBJECT, "raise", int(number))
        equal(f"{number.name}: the tracer dies of it too", result.returncode, -number)
        check(f"{number.name}: it is shown", f"+++ killed by {number.name} +++" in result.stderr, result.stderr)


def one_line(name, result, status, *words):
    text = result.stderr
    good = result.returncode == status and text.count("\n") == 1 and text.startswith("usermem trace: ") and "; " in text
    check(name, good and all(word in text for word in words), f"status {result.returncode}, wanted {status}: {text!r}, wanted {words}")


def test_complaints():
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "not-executable")
        path.write_text("#!/bin/sh\n")
        one_line("a file that may not be executed", usermem("--", path), CANNOT_RUN, str(path), "Permission denied")
        path.write_text("neither ELF nor script")
        path.chmod(0o755)
        if UNDER_VALGRIND:
            skip("a file that is no program", "valgrind tells of it in its own way")
        else:
            one_line("a file that is no program", usermem("-o", "/dev/null", "--", path), CANNOT_RUN, str(path), "Exec format error")
        one_line("a folder", usermem("--", folder), CANNOT_RUN, folder)
        one_line("a trace that cannot be written", usermem("-o", folder, "--", SUBJECT, "exit", 0), FAILED, folder)
    one_line("no such program in PATH", usermem("--", "no-such-program-anywhere"), NOT_FOUND, "no-such-program-anywhere")
    one_line("no such file", usermem("--", "/no/such/file"), NOT_FOUND, "/no/such/file")
    one_line("nothing to trace", usermem(), FAILED, "missing")
    one_line("an unknown option", usermem("--bogus"), FAILED, "--bogus")
    one_line("both a process and a command", usermem("-p", os.getpid(), "--", "true"), FAILED)
    one_line("no such process", usermem("-p", 2 ** 22 + 1), FAILED, str(2 ** 22 + 1))
    one_line("no number", usermem("-p", "12x"), FAILED, "12x")
    one_line("too long strings", usermem("-s", 4097, "--", "true"), FAILED, "4097")
    one_line("an unknown call", usermem("-e", "openatt", "--", "true"), FAILED, "openatt", "did you mean 'openat'?")
    one_line("an unknown group", usermem("-e", "%files", "--", "true"), FAILED, "%files", "%file")
    one_line("an empty name", usermem("-e", "open,,close", "--", "true"), FAILED)
    full = usermem("-o", "/dev/full", "--", SUBJECT, "exit", 0)
    one_line("a full disk", full, FAILED, "written")


def calls(lines):
    return {match[1] for match in (re.match(r"(\w+)\(", line) for line in lines) if match}


def test_sets():
    lines, _ = trace("-e", "openat,close", "--", SUBJECT, "files")
    equal("-e openat,close", calls(lines), {"openat", "close"})
    lines, _ = trace("-e", "!openat,close,%memory", "--", SUBJECT, "files")
    check("-e !openat,close,%memory", calls(lines).isdisjoint({"openat", "close", "mmap", "brk", "munmap"}) and "write" in calls(lines), calls(lines))
    lines, _ = trace("-e", "%network", "--", SUBJECT, "network")
    equal("-e %network", calls(lines), {"socketpair", "socket", "sendmsg", "recvmsg", "sendto", "recvfrom", "setsockopt", "getsockname", "connect"})
    lines, _ = trace("-e", "%file", "--", SUBJECT, "files")
    check("-e %file", {"openat", "openat2", "access", "mkdir"} <= calls(lines) and "write" not in calls(lines), calls(lines))
    lines, _ = trace("-e", "%desc,%signal,%process", "--", SUBJECT, "signals")
    check("-e %desc,%signal,%process", {"rt_sigaction", "kill", "close", "exit_group"} <= calls(lines) and "getpid" not in calls(lines), calls(lines))


def test_json():
    result = usermem("--json", "-f", "--audit", "--", SUBJECT, "processes")
    lines = [json.loads(line) for line in result.stderr.splitlines()]
    first = next(line for line in lines if line.get("call") == "execve" and line.get("error"))
    equal("json: a call's members", set(first), {"pid", "call", "args", "error"})
    equal("json: argv", first["args"][1], ["/bin/true", "with space", "and\nnewline"])
    equal("json: the environment is all there with -v", json_of("processes", "execve", "-v")["args"][2][:1], ["A=1"])
    equal("json: the summary", lines[-1]["summary"]["fetched_twice"], 0)
    check("json: an end", {"pid": lines[0]["pid"], "exited": 0} in lines, result.stderr)
    write = json_of("files", "write")
    equal("json: bytes that are not UTF-8", bytes.fromhex(write["args"][1]["hex"]), b'a\tb\n"c"\\\1\xff9')
    stat = json_of("files", "newfstatat")
    equal("json: a struct", (stat["args"][2]["st_mode"], stat["args"][2]["st_size"], "st_mtim" in stat["args"][2]), ("S_IFCHR|0666", 0, True))
    lies = [json.loads(line) for line in usermem("--json", "--", LIAR).stderr.splitlines()]
    openat = [line["args"][1] for line in lies if line.get("call") == "openat" and line.get("error") == "EFAULT"]
    equal("json: a fault", openat[1], {"address": "0x10", "fault": "UM_UNMAPPED", "why": UNMAPPED})
    part = next(arg for arg in openat if "ends" in arg)
    equal("json: up to a fault", (part["text"], part["ends"]["fault"]), ("/etc/pass", "UM_UNMAPPED"))


def json_of(part, call, *options):
    """The last call of that name that a part of the subject makes and that is refused or is the only one."""
    lines = [json.loads(line) for line in usermem("--json", *options, "--", SUBJECT, part).stderr.splitlines()]
    of_name = [line for line in lines if line.get("call") == call]
    return of_name[-1]


def test_outputs():
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "trace")
        result = usermem("-o", path, "--", "/bin/sh", "-c", "echo to stdout; echo to stderr >&2")
        equal("-o: the program's output is its own", (result.stdout, result.stderr), ("to stdout\n", "to stderr\n"))
        check("-o: the trace is in the file", "+++ exited with 0 +++" in path.read_text(), path.read_text())
        check("-o: the summary too", path.read_text().splitlines()[-1].startswith("usermem trace: "), path.read_text())
    result = subprocess.run([USERMEM, "trace", "--", "/bin/sh", "-c", "echo said"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            timeout=60, text=True)
    lines = result.stdout.splitlines()
    at = lines.index("said")
    check("on stderr, lines come as things happen", at > 0 and lines[0].startswith("execve(") and lines[at + 1].startswith('write(1, "said\\n", 5)'), result.stdout)
    check("no colour where there is no terminal", "\033" not in usermem("--", LIAR).stderr)


def on_terminal(**environment):
    """What a trace writes to a terminal."""
    leader, follower = os.openpty()
    process = subprocess.Popen([USERMEM, "trace", "--", SUBJECT, "lengths"], stdin=subprocess.DEVNULL, stderr=follower, env={**os.environ, "TERM": "xterm", **environment})
    os.close(follower)
    text = b""
    try:
        while piece := os.read(leader, 65536):
            text += piece
    except OSError:
        pass  # the other side is closed
    os.close(leader)
    process.wait(60)
    return text


def test_colour():
    environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    os.environ.clear()
    os.environ.update(environment)
    check("colour on a terminal", b"\033[" in on_terminal())
    check("NO_COLOR", b"\033[" not in on_terminal(NO_COLOR="1"))


def start(*arguments):
    """A subject that says when it is ready."""
    process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    return process


def until(condition, what):
    """Waits for what will come to be."""
    end = time.monotonic() + 30
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(0.01)


def tracer_of(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"TracerPid:\s(\d+)", status)[1])


def test_attach_and_let_go():
    for part, options in (("waits", []), ("busy-waits", ["-f"])):
        process = start(SUBJECT, part)
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "trace")
            tracer = subprocess.Popen([USERMEM, "trace", *options, "-o", path, "-p", str(process.pid)], stderr=subprocess.PIPE, text=True)
            tasks = [int(name) for name in os.listdir(f"/proc/{process.pid}/task")]
            wanted = tasks if options else [process.pid]
            until(lambda: all(tracer_of(task) == tracer.pid for task in wanted), "it is traced")
            tracer.send_signal(signal.SIGINT)
            text = tracer.communicate(timeout=30)[1]
            equal(f"-p, {part}: letting go is no failure", (tracer.returncode, text), (0, ""))
            equal(f"-p, {part}: it is traced no more", [tracer_of(task) for task in wanted], [0] * len(wanted))
            check(f"-p, {part}: the trace", "usermem trace: " in path.read_text(), path.read_text())
        equal(f"-p, {part}: the program lives", process.poll(), None)
        process.kill()
        process.communicate()


def test_let_go_while_nothing_happens():
    """The signal alone must wake a tracer that waits for a program that sleeps."""
    process = start(SUBJECT, "waits")
    tracer = subprocess.Popen([USERMEM, "trace", "-p", str(process.pid)], stderr=subprocess.PIPE, text=True)
    until(lambda: tracer_of(process.pid) == tracer.pid, "it is traced")
    # It waits for the next stop when the call that it met it in is as before.
    until(lambda: pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "S", "it sleeps")
    time.sleep(0.1)
    tracer.send_signal(signal.SIGINT)
    equal("-p, asleep: it is let go", (tracer.wait(30), tracer_of(process.pid)), (0, 0))
    tracer.stderr.close()
    process.kill()
    process.communicate()


def test_attached_until_it_ends():
    process = start(SUBJECT, "busy-waits")
    tracer = subprocess.Popen([USERMEM, "trace", "-f", "-p", str(process.pid)], stderr=subprocess.PIPE, text=True)
    until(lambda: tracer_of(process.pid) == tracer.pid, "it is traced")
    lines = []
    while not any("nanosleep({tv_sec=0, tv_nsec=1000000}, NULL)" in line for line in lines):
        lines.append(tracer.stderr.readline())
    process.kill()
    lines += tracer.communicate(timeout=30)[1].splitlines()
    equal("-p: when it ends, so does the trace", tracer.returncode, 0)
    check("-p: its end is shown", any("+++ killed by SIGKILL +++" in line for line in lines), "\n".join(lines))
    process.communicate()


def interrupted(number, group):
    process = subprocess.Popen([USERMEM, "trace", "--", SUBJECT, "waits"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               start_new_session=True)
    assert process.stdout.readline() == "ready\n"
    (os.killpg if group else os.kill)(process.pid, number)
    text = process.communicate(timeout=30)[1]
    return process.returncode, text


def test_ctrl_c():
    for number in (signal.SIGINT, signal.SIGTERM):
        for group in (False, True):
            status, text = interrupted(number, group)
            name = f"{number.name} to {'both' if group else 'the tracer'}"
            equal(f"{name}: it dies as the program does", status, -number)
            check(f"{name}: the program's end is shown", f"+++ killed by {number.name} +++" in text, text)
            check(f"{name}: the summary is printed", "usermem trace: " in text.splitlines()[-1], text)


def test_a_program_that_does_not_listen():
    """A second Ctrl-C is not to be caught."""
    process = subprocess.Popen([USERMEM, "trace", "--", "/bin/sh", "-c", "trap '' INT; echo ready; while :; do sleep 1; done"], stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGINT)
    # Two that come at once are one to the kernel.
    while True:
        try:
            process.wait(0.2)
            break
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)
    equal("deaf to SIGINT: it is killed", process.returncode, -signal.SIGKILL)
    process.stdout.close()


def test_a_stopped_program_stays_stopped():
    process = subprocess.Popen([USERMEM, "trace", "--", SUBJECT, "waits"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    child = int(pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()[0])
    os.kill(child, signal.SIGSTOP)
    lines = []
    while not any("--- stopped by SIGSTOP ---" in line for line in lines):
        lines.append(process.stderr.readline())
    # A tracer that let it run on would have done so by now.
    time.sleep(0.1)
    state = pathlib.Path(f"/proc/{child}/stat").read_text().rsplit(")", 1)[1].split()[0]
    check("group-stop: it stays stopped", state in "tT", state)
    os.kill(child, signal.SIGCONT)
    while not any("--- SIGCONT" in line for line in lines):
        lines.append(process.stderr.readline())
    check("group-stop: it is shown once", sum("stopped by SIGSTOP" in line for line in lines) == 1, "".join(lines))
    os.kill(child, signal.SIGKILL)
    process.communicate(timeout=30)
    equal("group-stop: and then killed", process.returncode, -signal.SIGKILL)


def refused():
    """Why nothing can be traced here, or None."""
    if "UNDER_TSAN" in os.environ:
        return "ThreadSanitizer puts off our signal handlers, and starts a thread in the child before it becomes the program"
    result = usermem("-o", "/dev/null", "--", "/bin/true")
    return f"ptrace is refused: {result.stderr.strip()}" if result.returncode == FAILED else None


if __name__ == "__main__":
    reason = refused()
    if reason:
        skip("trace", reason)
        print("1..1")
    else:
        run_all(sys.modules[__name__])
