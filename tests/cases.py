"""The cases of a program that reports them as TAP: those of this project, of cmocka, and of Meson's log."""
import re

PLAN = re.compile(r"^1\.\.(\d+)(?: # SKIP (.*))?$")
CASE = re.compile(r"^(not )?ok\b *\d* *-? *([^#]*)(?:# *(SKIP|TODO) *(.*))?", re.I)


def cases(test):
    """Yields (outcome, name, reason) of every case of one program's entry in meson's log."""
    plan, why, said, outcomes = None, None, "", []
    for line in test.get("stdout", "").splitlines():
        if PLAN.match(line):
            plan, why = int(PLAN.match(line)[1]), PLAN.match(line)[2]
        elif not CASE.match(line):
            said = line.removeprefix("#").strip()
        else:
            bad, name, directive, reason = CASE.match(line).groups()
            if directive and bad:  # cmocka's: the name stands there, and the reason was said before
                name, reason = reason, said
            outcomes.append(("skipped" if directive else "failed" if bad else "passed", name.strip(), reason or ""))
    yield from outcomes
    failed = any(outcome == "failed" for outcome, name, reason in outcomes)
    if plan not in (None, len(outcomes)):
        yield "failed", f"{plan} cases were to come", ""
    elif not outcomes or (test["result"] not in ("OK", "SKIP") and not failed):
        outcome = {"OK": "passed", "SKIP": "skipped"}.get(test["result"], "failed")
        yield outcome, "the program itself", why or test["result"].lower()
