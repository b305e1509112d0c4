"""Is standard input Prometheus' text format, to the letter? Standard library
only; prints what is wrong, exits 1."""

import re
import sys

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\n"])*"'
SAMPLE = re.compile(r"(%s)(?:\{(%s(?:,%s)*)\})? (-?[0-9]+(?:\.[0-9]+)?)$" %
                    (NAME, LABEL, LABEL))
HELP = re.compile(r"# HELP (%s) (\S.*)$" % NAME)
TYPE = re.compile(r"# TYPE (%s) (counter|gauge|histogram)$" % NAME)


PARTS = ("_bucket", "_sum", "_count")


def family_of(name, kind):
    """The family of a sample: a histogram's have endings."""
    for part in PARTS:
        if kind == "histogram" and name.endswith(part):
            return name[:-len(part)]
    return None if kind == "histogram" else name


def check_buckets(buckets, counts):
    """Of each series of a histogram: ascending, and +Inf is the count."""
    for series, values in buckets.items():
        numbers = [int(value) for _, value in values]
        if numbers != sorted(numbers) or values[-1][0] != "+Inf":
            yield "buckets out of order: " + series
        if numbers[-1] != int(counts.get(series, -1)):
            yield "the last bucket is not the count: " + series


def main():
    """Every family: HELP, TYPE, then all its samples, and nothing else."""
    buckets, counts = {}, {}
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
        if family_of(found.group(1), kind) != family or kind is None:
            bad.append("outside of its family: " + line)
        series = line.rsplit(" ", 1)[0]
        if series in seen:
            bad.append("twice: " + series)
        seen.add(series)
        if kind != "gauge" and float(found.group(3)) < 0:
            bad.append("a counter below zero: " + line)
        labels = re.sub(r',?le="[^"]*"', "", found.group(2) or "")
        if kind == "histogram" and found.group(1).endswith("_bucket"):
            bound = re.search(r'le="([^"]*)"', line).group(1)
            buckets.setdefault(family + labels, []).append(
                (bound, found.group(3)))
        if kind == "histogram" and found.group(1).endswith("_count"):
            counts[family + labels] = found.group(3)
    bad.extend(check_buckets(buckets, counts))
    print("\n".join(bad) if bad else
          "%d families, %d series" % (len(families), len(seen)))
    return 1 if bad or not families else 0


sys.exit(main())
