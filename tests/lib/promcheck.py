"""Is standard input Prometheus' text format, to the letter? Standard library
only; prints what is wrong, exits 1."""

import re
import sys

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\n"])*"'
SAMPLE = re.compile(r"(%s)(?:\{(%s(?:,%s)*)\})? (-?[0-9]+)$" %
                    (NAME, LABEL, LABEL))
HELP = re.compile(r"# HELP (%s) (\S.*)$" % NAME)
TYPE = re.compile(r"# TYPE (%s) (counter|gauge)$" % NAME)


def main():
    """Every family: HELP, TYPE, then all its samples, and nothing else."""
    text = sys.stdin.read()
    bad, families, seen, family, kind = [], set(), set(), None, None
    if not text.endswith("\n"):
        bad.append("the last line has no end")
    for line in text.splitlines():
        found = HELP.match(line)
        if found:
            family, kind = found.group(1), None
            if family in families:
                bad.append("twice: " + family)
            families.add(family)
            if not found.group(2).endswith("."):
                bad.append("no sentence: " + line)
            continue
        found = TYPE.match(line)
        if found:
            kind = found.group(2)
            if found.group(1) != family:
                bad.append("TYPE without HELP: " + line)
            if (kind == "counter") != family.endswith("_total"):
                bad.append("a counter, and only it, ends in _total: " + line)
            continue
        found = SAMPLE.match(line)
        if not found:
            bad.append("neither comment nor sample: " + line)
            continue
        if found.group(1) != family or kind is None:
            bad.append("outside of its family: " + line)
        series = line.rsplit(" ", 1)[0]
        if series in seen:
            bad.append("twice: " + series)
        seen.add(series)
        if kind == "counter" and int(found.group(3)) < 0:
            bad.append("a counter below zero: " + line)
    print("\n".join(bad) if bad else
          "%d families, %d series" % (len(families), len(seen)))
    return 1 if bad or not families else 0


sys.exit(main())
