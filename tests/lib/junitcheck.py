"""Is standard input JUnit XML that adds up? Standard library only; prints what
is wrong, exits 1."""

import re
import sys
import xml.etree.ElementTree as tree

KINDS = {"failure": "failures", "error": "errors", "skipped": "skipped"}


def check_suite(suite):
    """The counts are those of the cases, and each case has one outcome."""
    name = suite.get("name")
    cases = suite.findall("testcase")
    if int(suite.get("tests")) != len(cases):
        yield f"{name}: {len(cases)} cases"
    for tag, count in KINDS.items():
        if int(suite.get(count)) != len(suite.findall(f"testcase/{tag}")):
            yield f"{name}: {count} are not {suite.get(count)}"
    if not re.fullmatch(r"\d+\.\d{3}", suite.get("time")):
        yield f"{name}: time {suite.get('time')}"
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d",
                        suite.get("timestamp")):
        yield f"{name}: timestamp {suite.get('timestamp')}"
    names = [case.get("name") for case in cases]
    if len(names) != len(set(names)):
        yield f"{name}: a case stands there twice"
    for case in cases:
        if case.get("classname") != name or len(case) > 1:
            yield f"{name}: {case.get('name')}"
        for outcome in case:
            if outcome.tag in KINDS and not outcome.get("message"):
                yield f"{name}: {case.get('name')} does not say why"


def main():
    """Tell all faults."""
    try:
        root = tree.fromstring(sys.stdin.buffer.read())
        suites = root.findall("testsuite")
        bad = [] if root.tag == "testsuites" and suites else ["no suites"]
        for suite in suites:
            bad.extend(check_suite(suite))
    except (tree.ParseError, TypeError, ValueError) as fault:
        bad = [f"{type(fault).__name__}: {fault}"]
    if bad:
        print("\n".join(bad))
    return 1 if bad else 0


sys.exit(main())
