"""What the tests of this folder share: results as TAP, printed as they come."""
import sys
import traceback

_results = []


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


def run_all(module, prefix="test_"):
    """Runs the functions of a module whose names begin so, in order; ends the program."""
    for name, function in list(vars(module).items()):
        if name.startswith(prefix):
            try:
                function()
            except Exception:
                check(name, False, traceback.format_exc(limit=-2))
    print(f"1..{len(_results)}")
    sys.exit(not all(_results))
