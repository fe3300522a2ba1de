"""The program's lines: whether they are all there, where two runs differ, and which differences docs/differences.md explains."""
import collections
import re

LINE = re.compile(r"^(\w+\.[^ :]+): (\S+(?: allowed)?)(.*)$")
END = re.compile(r"^end +(\d+) lines$")
RULE = re.compile(r"^## (.+?)\n+```\n(.+?)\n```$", re.M | re.S)

Line = collections.namedtuple("Line", "result arena rest")
Rule = collections.namedtuple("Rule", "title machines lines linux ours less unlike", defaults=("", "", "0", ""))


def parse(output):
    """The lines by name, in order, with a number behind a name that comes again; and what is wrong with the whole, or None."""
    lines, seen, said = {}, collections.Counter(), [line.strip() for line in output.splitlines()]
    for line in said:
        match = LINE.match(line)
        if match:
            seen[match[1]] += 1
            digests = match[3].split()
            lines[f"{match[1]}#{seen[match[1]]}" if seen[match[1]] > 1 else match[1]] = Line(match[2], digests[:1], digests[1:])
    end = [int(match[1]) for match in map(END.match, said) if match]
    if end != [len(lines)]:
        return lines, f"{len(lines)} lines, and the end says {end or 'nothing'}; the last is: {said[-1] if said else 'none'}"
    return lines, None


def differences(linux, ours):
    """(name, Linux's line, ours) of each line that is not the same, or not there."""
    return [(name, linux.get(name), ours.get(name)) for name in {**linux, **ours} if linux.get(name) != ours.get(name)]


def rules(text):
    """Of docs/differences.md, whose introduction says what each key means."""
    return [Rule(title, **dict(line.split(": ", 1) for line in keys.splitlines())) for title, keys in RULE.findall(text)]


def _results_fit(rule, linux, ours):
    if rule.linux or rule.ours:
        return re.fullmatch(rule.linux, linux) and re.fullmatch(rule.ours, ours)
    if rule.less != "0" and linux.isdigit() and ours.isdigit():
        return 0 <= int(ours) - int(linux) <= int(rule.less)
    return linux == ours


def _explains(rule, difference):
    name, linux, ours = difference
    if not linux or not ours or not re.fullmatch(rule.lines, name) or not _results_fit(rule, linux.result, ours.result):
        return False
    return (rule.unlike != "" or linux.arena == ours.arena) and (rule.unlike == "all" or linux.rest == ours.rest)


def explain(known, arch, found):
    """The differences that no rule explains, and the titles of this machine's rules that explain none."""
    mine, used, left = [rule for rule in known if arch in rule.machines.split()], set(), []
    for difference in found:
        fitting = {rule for rule in mine if _explains(rule, difference)}
        used |= fitting
        if not fitting:
            left.append(difference)
    return left, [rule.title for rule in mine if rule not in used]
