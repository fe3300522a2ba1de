"""What somebody would type on the machine, and what must then be seen: by name, lines for a shell, and expressions.

An exit status that is not 0 is wrong in any case.
"""

# Somebody who is looked at, and at $at the first page of his that may be written.
_SLEEPER = """sleep 1000 & sleeper=$!
until at=0x$(usermem maps $sleeper | awk '/ rw-p / { split($1, ends, "-"); print ends[1]; exit }') && test $at != 0x; do sleep 1; done
"""

SESSIONS = {
    "usermem trace": ("usermem trace -s 80 -- liar", [
        r'^write\(6, "--- a string and a buffer that run into a hole", 46\) = 46$',
        r'^openat\(AT_FDCWD, "/etc/pass"\.\.\. <0x[0-9a-f]+: nothing is mapped there>, O_RDONLY\) = -1 EFAULT \(Bad address\)$',
        r"^read\(4, 0x[0-9a-f]+ <mapped, but not for this kind of access>, 16\) = -1 EFAULT \(Bad address\)$",
        r"^exit_group\(0\) +=",
        r"; faults: 13 nothing is mapped there; 3 mapped, but not for this kind of access; 2 mapped, but what backs it cannot supply it; 1 outside",
    ]),
    "usermem trace -f": ("usermem trace -f -e clone,wait4 -- sh -c 'echo hi | cat; true'", [
        r"clone\(.*\|SIGCHLD, .*\) = \d+$",
        r"^wait4\(-1, \[\{WIFEXITED\(s\) && WEXITSTATUS\(s\) == 0\}\], 0, NULL\) += \d+$",
        r"^\[pid +\d+\] \+\+\+ exited with 0 \+\+\+$",
    ]),
    "usermem write": (_SLEEPER + "usermem write $sleeper $at --text 'written on Linux' && usermem read $sleeper $at+16", [r"\|written on Linux\|$"]),
    "usermem dump": (_SLEEPER + "usermem dump --stop -o core $sleeper && usermem compare core $sleeper && usermem maps --core core && od -A n -j 18 -N 2 -d core", [
        r"^0 of \d+ bytes differ",
        r"dumped; process \d+ \(sleep\)$",
        r"^ +183$",  # EM_AARCH64
    ]),
    "usermem doctor": (_SLEEPER + "usermem doctor $sleeper", [r"process_vm_readv +works", r"the library +works", r"ptrace +works"]),
}
