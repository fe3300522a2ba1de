"""The program on a kernel: as process 1 of an initramfs under QEMU, or as a process of this machine."""
import os
import pathlib
import shutil
import stat
import subprocess
import tempfile

SECONDS = 900  # until a machine that says nothing more is given up

# The line by which each machine is emulated.  Not microvm for x86-64, which with ACPI stays silent now and then under TCG; and four levels of
# page tables, so that the limit of addresses is the usual one.
MACHINES = {
    "x86_64": (["qemu-system-x86_64", "-M", "pc"], "console=ttyS0 no5lvl"),
    "aarch64": (["qemu-system-aarch64", "-M", "virt"], "console=ttyAMA0"),
}
CONTENTS = [("tmp", stat.S_IFDIR | 0o777, b""), ("empty", stat.S_IFDIR | 0o755, b""), ("dev", stat.S_IFDIR | 0o755, b""), ("link", stat.S_IFLNK | 0o777, b"target")]


def _entry(number, name, mode, data):
    head = [number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0]
    entry = b"070701" + b"".join(b"%08X" % field for field in head) + name.encode() + b"\0"
    entry += bytes(-len(entry) % 4) + data
    return entry + bytes(-len(data) % 4)


def archive(files):
    """A cpio archive (newc) of (name, mode, bytes): the same bytes for the same files."""
    return b"".join(_entry(number, *file) for number, file in enumerate([*files, ("TRAILER!!!", 0, b"")], 1))


def initramfs(program):
    """The program as /init, and what it expects around it."""
    return archive([*CONTENTS, ("init", stat.S_IFREG | 0o755, pathlib.Path(program).read_bytes())])


def _output(command, seconds=SECONDS):
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=seconds)
    except subprocess.TimeoutExpired as late:
        return None, (late.stdout or b"").decode("latin-1")
    return done.returncode, done.stdout.decode("latin-1")


def linux(arch, image, initrd, memory="512M", processors=1, seconds=SECONDS):
    """What the serial line of a machine with this kernel and initramfs says."""
    command, line = MACHINES[arch]
    return _output([*command, "-accel", "tcg", "-cpu", "max", "-m", memory, "-smp", str(processors), "-kernel", image, "-initrd", initrd,
                    "-append", f"{line} quiet loglevel=1 panic=-1", "-nodefaults", "-display", "none", "-serial", "stdio", "-no-reboot"], seconds)


def reference(root, arch, image, initrd):
    """The same of the reference kernel, whose exit status tells that all was well."""
    return _output([root / "kernel/run", arch, image, initrd])


def here(program):
    """What it says as a process of this machine's kernel, in a root folder of its own, where that is allowed."""
    script = 'mount -t tmpfs none "$0" && cp "$1" "$0/init" && cd "$0" && mkdir tmp empty && ln -s target link && exec chroot . /init run'
    folder = tempfile.mkdtemp()
    try:
        apart = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--mount", "--map-root-user"]
        return _output([*apart, "sh", "-c", script, folder, program])
    finally:
        shutil.rmtree(folder)
