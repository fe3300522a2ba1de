"""The program's lines: whether they are all there, and where two runs differ."""
import collections
import re

LINE = re.compile(r"^(\w+\.[^ :]+): (\S+(?: allowed)?)(.*)$")
END = re.compile(r"^end +(\d+) lines$")


def parse(output):
    """The lines by name, in order, with a number behind a name that comes again; and what is wrong with the whole, or None."""
    lines, seen, said = {}, collections.Counter(), [line.strip() for line in output.splitlines()]
    for line in said:
        match = LINE.match(line)
        if match:
            seen[match[1]] += 1
            lines[f"{match[1]}#{seen[match[1]]}" if seen[match[1]] > 1 else match[1]] = (match[2], *match[3].split())
    end = [int(match[1]) for match in map(END.match, said) if match]
    if end != [len(lines)]:
        return lines, f"{len(lines)} lines, and the end says {end or 'nothing'}; the last is: {said[-1] if said else 'none'}"
    return lines, None


def differences(wanted, found):
    """(name, what was wanted, what was found) of each line that is not the same, or not there."""
    return [(name, wanted.get(name), found.get(name)) for name in {**wanted, **found} if wanted.get(name) != found.get(name)]
