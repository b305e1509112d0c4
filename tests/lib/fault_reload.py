"""SIGHUP again and again, with good and broken configurations, while many ask:
every question gets its answer, and the right one."""

import os
import re
import sys
import threading
import time

from faultlab import *  # noqa: F403

POLICY = "OK secure match=mx.%s servername=hostname"
MANY = 100
SECONDS = 5
RULE = "rules:\n  ruled.test: { reply: \"secure match=%s.rule.test\" }\n"
# Each is worse than it looks; none may take anything from what runs.
BROKEN = [
    "resolver: [", "resolver:\n  dane: perhaps\n", "\0\0\0",
    "dns: { backend: stub, server: [\"192.0.2.1:53\"] }\n",
    "nonsense: true\n", "rules:\n  \"*\": { mta-sts: always }\n",
    "fetch: { ca-file: /nonexistent }\n",
]
check = Checks()


def storm(d, stop, told):
    """Change what is in force, by turns with what is broken."""
    i = 0
    while not stop.is_set():
        if i % 3 == 2:
            with open(d.conf, encoding="utf-8") as conf:
                good = conf.read()
            part = BROKEN[i // 3 % len(BROKEN)]
            d.replace_conf(part if i % 2 else good + part)
            told["broken"] += 1
        else:
            d.write_conf(more=RULE % ("one" if i % 2 else "two"))
            told["good"] += 1
        for _ in range(1 + i % 5):
            d.hup()
        i += 1
        time.sleep(0.05)


def asks(i, until, seen):
    """One connection that stays: known, ruled and never-seen domains."""
    asker = Asker(("127.0.0.1", TCP), 20)
    n = 0
    while time.monotonic() < until:
        good = "good%d.test" % (n % 20)
        fresh = "fresh%d-%d.test" % (i, n)
        for dialect, key, wanted in (
                ("sts", good, [POLICY % good]),
                ("QUERY", good, [POLICY % good]),
                ("sts", "ruled.test", ["OK secure match=one.rule.test",
                                       "OK secure match=two.rule.test"]),
                ("sts", fresh, ["NOTFOUND "])):
            began = time.monotonic()
            reply = asker.ask(dialect, key)
            took = time.monotonic() - began
            if reply not in wanted or took > SHORT_S + GRACE_S:
                seen["bad"].append((dialect, key, reply, took))
            seen["count"] += 1
        seen["fresh"] += 1
        n += 1
    asker.close()


def waiting(w, d):
    """Those who wait while everything is reopened beneath them."""
    for i in range(20):
        w.domain("late%d.test" % i)
    w.late(1)
    calls = [lambda i=i: d.ask("sts", "late%d.test" % i) for i in range(20)]

    def hups():
        for _ in range(6):
            time.sleep(0.1)
            d.hup()
    *results, _ = at_once(calls + [hups])
    w.late(0)
    for i, (reply, took) in enumerate(results):
        check.that(reply == POLICY % ("late%d.test" % i) and
                   took < SHORT_S + GRACE_S, "asked before the reload",
                   (reply, took))


def main():
    w = world()
    for i in range(20):
        w.domain("good%d.test" % i)
    d = Daemon(more=RULE % "one").start()
    for i in range(20):
        d.ask("sts", "good%d.test" % i)
    files = len(os.listdir("/proc/%d/fd" % d.process.pid))
    before = d.rss()
    stop, told = threading.Event(), {"good": 0, "broken": 0}
    storming = threading.Thread(target=storm, args=[d, stop, told])
    storming.start()
    seen = {"bad": [], "count": 0, "fresh": 0}
    until = time.monotonic() + SECONDS
    threads = [threading.Thread(target=asks, args=[i, until, seen])
               for i in range(MANY)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stop.set()
    storming.join()
    check.that(not seen["bad"], "all answers are right",
               (len(seen["bad"]), seen["bad"][:5]))
    check.that(seen["count"] > 1000, "there were many", seen["count"])
    check.that(told["broken"] > 10 and told["good"] > 20, "reloads", told)
    print("%d answers over %s reloads" % (seen["count"], told))
    log = d.log()
    slow = [int(ms) for ms in re.findall(r"took_ms=(\d+)", log)]
    check.that(max(slow) < 1000 * (SHORT_S + GRACE_S), "its own view",
               max(slow))
    check.that("reload-refused" in log or "reload-failed" in log,
               "a broken one is told")
    # What is written last is in force, whatever came between.
    d.write_conf(more=RULE % "last")
    d.hup()
    check.that(poll(lambda: d.ask("sts", "ruled.test")[0] ==
                    "OK secure match=last.rule.test"), "the last one holds")
    with open(d.conf, "a", encoding="utf-8") as conf:
        conf.write("\nlgo: { level: info }\n")
    d.hup()
    check.that(poll(lambda: "lgo" in d.log()), "where it is broken",
               d.log()[-500:])
    check.that(d.ask("sts", "ruled.test")[0] ==
               "OK secure match=last.rule.test", "the old one holds")
    d.write_conf(more=RULE % "last")
    waiting(w, d)
    check.that(poll(lambda: len(os.listdir(
        "/proc/%d/fd" % d.process.pid)) <= files + 8), "descriptors",
        files)
    # What it was asked once it remembers for a while: with sanitizers less
    # than 3 KB each. A reload leaves nothing.
    grown, may = d.rss() - before, 30 + seen["fresh"] * 3 / 1024
    check.that(grown < may, "memory", (before, grown, may))
    check.that(d.stop() == 0, "ends in order", d.log()[-2000:])
    return check.end()


if __name__ == "__main__":
    sys.exit(main())
