"""Is standard input SARIF 2.1.0, as far as we use it and those who show alerts
need it? Standard library only; prints what is wrong, exits 1.

With "--rules" the rules have to be there, too, and every result leads to its
own."""

import json
import sys

LEVELS = {"fail": {"note", "warning", "error"}, "open": {"none"}}


def check_rules(driver):
    """Each rule has an id of its own and words."""
    ids = [rule["id"] for rule in driver["rules"]]
    if len(ids) != len(set(ids)):
        yield "a rule stands there twice"
    for rule in driver["rules"]:
        for key in ("shortDescription", "fullDescription", "help"):
            if not rule[key]["text"].strip():
                yield f"{rule['id']}: no {key}"


def check_location(where, location):
    """A file for those who need one, and the domain."""
    uri = location["physicalLocation"]["artifactLocation"]["uri"]
    if not uri or any(c in uri for c in ' "<>\\^`{|}') or not uri.isascii():
        yield f"{where}: {uri!r} is no URI"
    if location["physicalLocation"]["region"]["startLine"] < 1:
        yield f"{where}: lines are counted from 1"
    if not all(one["name"] for one in location["logicalLocations"]):
        yield f"{where}: a logical location has no name"


def check_result(where, result):
    """Kind and level go together; there is a message and a place."""
    if result["level"] not in LEVELS.get(result["kind"], set()):
        yield f"{where}: {result['kind']} and {result['level']}"
    if not result["message"]["text"].strip():
        yield f"{where}: no message"
    if not all(result["partialFingerprints"].values()):
        yield f"{where}: no fingerprint"
    for location in result["locations"]:
        yield from check_location(where, location)
    if len(result["locations"]) != 1:
        yield f"{where}: {len(result['locations'])} locations"


def check_index(where, result, rules):
    """The index leads to the rule of the id."""
    index = result.get("ruleIndex", -1)
    if not 0 <= index < len(rules) or rules[index]["id"] != result["ruleId"]:
        yield f"{where}: {result['ruleId']} is not rule {index}"


def faults(text):
    """All that is wrong."""
    log = json.loads(text)
    if log["version"] != "2.1.0" or "sarif" not in log["$schema"]:
        yield "no SARIF 2.1.0"
    for run in log["runs"]:
        driver = run["tool"]["driver"]
        if driver["name"] != "mtasts":
            yield "not of us"
        yield from check_rules(driver)
        for i, result in enumerate(run["results"]):
            yield from check_result(f"result {i}", result)
            if "--rules" in sys.argv:
                yield from check_index(f"result {i}", result, driver["rules"])


def main():
    """Tell all faults."""
    try:
        bad = list(faults(sys.stdin.buffer.read().decode("utf-8")))
    except (KeyError, TypeError, ValueError) as fault:
        bad = [f"{type(fault).__name__}: {fault}"]
    if bad:
        print("\n".join(bad))
    return 1 if bad else 0


sys.exit(main())
