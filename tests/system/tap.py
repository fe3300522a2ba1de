"""What the tests of this folder share: results as TAP, printed as they come."""
import atexit
import os
import pathlib
import shlex
import shutil
import sys
import tempfile
import traceback

UNDER_VALGRIND = "UNDER_VALGRIND" in os.environ
EMULATOR = shlex.split(os.environ.get("EMULATOR", ""))  # what programs for another machine are run by
_folder = None  # of wrappers and valgrind's logs
_results = []


def _logs_of(folder):
    """What valgrind found fault with; of the programs' exit status one may have been passed on by nobody."""
    found = "".join(log.read_text() for log in sorted(pathlib.Path(folder).glob("log.*")))
    return "\n".join(line for line in found.splitlines() if line.startswith("=="))


def _wrapped(tool, *by):
    """A script that runs a program by another."""
    global _folder
    if _folder is None:
        _folder = tempfile.mkdtemp()
        atexit.register(shutil.rmtree, _folder)
        os.chmod(_folder, 0o777)
    wrapper = pathlib.Path(_folder, pathlib.Path(tool).name)
    wrapper.write_text(f'#!/bin/sh\nexec {shlex.join(str(word).replace("LOGS", _folder) for word in by)} "{os.path.abspath(tool)}" "$@"\n')
    wrapper.chmod(0o755)
    return str(wrapper)


def emulated(program):
    """A built program that others run as it is."""
    return _wrapped(program, *EMULATOR) if EMULATOR else program


def built(tool):
    """The built program as it is to be run: under valgrind where that was asked for, with what that says kept apart."""
    if UNDER_VALGRIND:
        return _wrapped(tool, pathlib.Path(__file__).resolve().parent.parent / "valgrind", "--log-file=LOGS/log.%p")
    return emulated(tool)


def check(name, good, detail=""):
    """One result.  detail is printed when it is not good."""
    _results.append(bool(good))
    print(f"{'ok' if good else 'not ok'} {len(_results)} - {name}", flush=True)
    if not good:
        for line in str(detail).splitlines():
            print(f"#   {line}")
    return good


def equal(name, found, wanted):
    return check(name, found == wanted, f"found:  {found!r}\nwanted: {wanted!r}")


def skip(name, reason):
    _results.append(True)
    print(f"ok {len(_results)} - {name} # SKIP {reason}", flush=True)


def unless(reason):
    """A test that is skipped where there is a reason (a text, or a function that gives one)."""
    def decorate(function):
        def either():
            why = reason() if callable(reason) else reason
            skip(function.__name__.removeprefix("test_").replace("_", " "), why) if why else function()
        return either
    return decorate


def run_all(module, prefix="test_"):
    """Runs the functions of a module whose names begin so, in order; ends the program."""
    for name, function in list(vars(module).items()):
        if name.startswith(prefix):
            try:
                function()
            except Exception:
                check(name, False, traceback.format_exc(limit=-2))
    if UNDER_VALGRIND:
        equal("valgrind has nothing to say", _logs_of(_folder), "")
    print(f"1..{len(_results)}")
    sys.exit(not all(_results))
