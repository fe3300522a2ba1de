"""Debian 12's own kernel and busybox for a machine, by way of tools/debian."""
import os
import pathlib
import re
import shutil
import subprocess

TOOL = pathlib.Path(__file__).resolve().parents[3] / "tools/debian"
SERIES = "6.1."


class Unavailable(Exception):
    """Why there is no kernel."""


def _said(*command, **more):
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more)
    except OSError as error:
        raise Unavailable(f"{command[0]}: {error.strerror}") from error
    if done.returncode != 0:
        raise Unavailable(f"{pathlib.Path(command[0]).name} says: {(done.stdout.strip().splitlines() or ['nothing'])[-1]}")
    return done.stdout


def kernel(folder, architecture):
    """The path of an image that QEMU boots, fetched when it is first asked for.  Its name ends with the version."""
    folder = pathlib.Path(folder).resolve() / f"debian-{architecture}"
    for image in folder.glob("vmlinuz-*"):
        return image
    name = f"linux-image-{architecture}"
    _said(TOOL, "binary", architecture, folder, name)
    depends = _said("apt-cache", "depends", name, env={**os.environ, "APT_CONFIG": str(folder / ".debian/apt.conf"), "LC_ALL": "C"})
    package = re.search(r"Depends: (linux-image-(\S+))", depends)
    if not package or not package[2].startswith(SERIES):
        raise Unavailable(f"this machine's package sources have {package[1] if package else 'no kernel'}; the lines are those of Linux {SERIES}")
    _said(TOOL, "binary", architecture, folder, package[1])
    image = next((folder / "boot").glob("vmlinuz-*"))
    for unneeded in ("lib", "usr"):
        shutil.rmtree(folder / unneeded)
    return image.rename(folder / image.name)


def busybox(folder, architecture):
    """The path of one that is a static program, fetched when it is first asked for."""
    folder = pathlib.Path(folder).resolve() / f"busybox-{architecture}"
    if not (folder / "bin/busybox").exists():
        _said(TOOL, "binary", architecture, folder, "busybox-static")
    return folder / "bin/busybox"
