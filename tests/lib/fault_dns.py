"""DNS dead, slow, lying: every answer in time, and what DESIGN 6 says."""

import sys
import time

from faultlab import *  # noqa: F403

NONE, TEMP = "NOTFOUND ", "TEMP "
POLICY = "OK secure match=mx.%s servername=hostname"
# A lie about the TXT record, and what a dialect without DANE is told. Whoever
# cannot see the record (NOTFOUND) must not see a policy either.
LIES = {
    "silent": NONE, "slow 6": NONE, "slow 1": "OK", "slow 3": "OK", "servfail": NONE,
    "refused": NONE, "question": NONE, "id": NONE, "owner": NONE,
    "truncated": NONE, "loop": NONE, "chain 40": NONE, "txts 200": "OK",
    "records 200": NONE, "long": None, "garbage": NONE, "rdlength": NONE,
    "pointer": NONE, "head": NONE,
}
check = Checks()


def name_of(lie):
    return lie.replace(" ", "-") + ".lie.test"


def build(w):
    """The same lies about TXT, about MX, and about what is cached."""
    w.secure("signed.test")
    for name in ["good.test", "prime.signed.test", "mxonly.test"]:
        w.domain(name)
    for lie in LIES:
        w.domain(name_of(lie))
        w.lie("_mta-sts." + name_of(lie), "TXT", lie)
    for name in ["cached.test", "cachedmx.test", "required.test"]:
        w.domain(name)
    w.lie("cachedmx.test", "MX", "silent")


def responsive(d, end):
    """Others are answered meanwhile: the slowest known and unknown answer."""
    known, unknown = [], []
    i = 0
    while time.monotonic() < end:
        reply, took = d.ask("sts", "good.test")
        check.that(reply == POLICY % "good.test", "good meanwhile", reply)
        known.append(took)
        reply, took = d.ask("sts", "new%d.test" % i)
        check.that(reply == NONE, "unknown meanwhile", reply)
        unknown.append(took)
        i += 1
        time.sleep(0.1)
    return max(known), max(unknown)


def in_time(what, took, limit):
    check.that(took <= limit + GRACE_S, what + ": in time", "%.2f s" % took)


def lies(d, label):
    """All at once; meanwhile others are served."""
    questions = [("sts", lie) for lie in LIES] + [("QUERY", lie)
                                                  for lie in LIES]
    calls = [lambda q=q: d.ask(q[0], name_of(q[1])) for q in questions]
    questions.append(("sts", None))
    calls.append(lambda: d.ask("sts", "cachedmx.test"))
    calls.append(lambda: responsive(d, time.monotonic() + 4))
    results = at_once(calls)
    for (name, lie), (reply, took) in zip(questions, results):
        if lie is None:
            continue  # told by what comes next
        wanted = LIES[lie]
        what = "%s: %s, %s" % (label, lie, name)
        in_time(what, took, SHORT_S if name == "sts" else LONG_S)
        if wanted == "OK":
            wanted = POLICY % name_of(lie)
        if name == "QUERY" and lie == "slow 6":
            continue  # in 8 s it may just be found, or not
        if wanted is not None:
            check.that(reply.startswith(wanted), what, reply)
        else:
            check.that(reply.split(" ")[0] in ("OK", "NOTFOUND"), what, reply)
    known, unknown = results[-1]
    check.that(known < 0.5, label + ": known ones go on", "%.2f s" % known)
    check.that(unknown < 1.5, label + ": unknown go on", "%.2f s" % unknown)


# REQ: APP-8
def at_the_start(w):
    """The very first question after a start is about a domain with DANE."""
    w.domain("dane.signed.test")
    w.rr("_25._tcp.mx.dane.signed.test", "TLSA", b"\3\1\1" + b"x" * 32)
    w.lie("", "DNSKEY", "slow 1")
    d = Daemon("first", tcp=TCP2, metrics=METRICS2).start()
    reply, _ = d.ask("QUERY", "dane.signed.test")
    check.that(reply == "OK dane-only", "the first question", reply)
    check.that(d.stop() == 0, "first: ends in order", d.log()[-2000:])


def prime(d):
    """Let it see that DNSSEC works, and learn what will be cached."""
    check.that(d.ask("QUERY", "prime.signed.test")[0].startswith("OK"),
               "a signed answer", "")
    # Which dialects have DANE is looked at four times a second.
    check.that(poll(lambda: d.status()["dns_validation"] == "works"), "AD")
    time.sleep(0.6)
    reply, _ = d.ask("QUERY", "cached.test")
    check.that(reply == POLICY % "cached.test", "before", reply)


# REQ: FET-10 FET-11
def dead(w, d):
    """No server at all: what is cached, else by what could be open."""
    cached = POLICY % "cached.test"
    reply, _ = d.ask("sts", "cachedmx.test")
    check.that(reply == POLICY % "cachedmx.test", "before, without MX", reply)
    w.dead(True, True)
    table = [
        ("sts", "cached.test", cached, 0.5),
        ("QUERY", "cached.test", cached, LONG_S),
        ("QUERY", "cachedmx.test", POLICY % "cachedmx.test", LONG_S),
        # Only MTA-STS is open.
        ("sts", "never.test", NONE, SHORT_S),
        ("postfix", "never.test", NONE, LONG_S),
        # DANE is.
        ("QUERY", "other.test", TEMP, LONG_S),
        ("QUERYwithTLSRPT", "other.test", TEMP, LONG_S),
        # The rule wants something.
        ("sts", "required.test", TEMP, SHORT_S),
        ("postfix", "required.test", TEMP, LONG_S),
    ]
    results = at_once([lambda q=q: d.ask(q[0], q[1]) for q in table])
    for (name, key, wanted, limit), (reply, took) in zip(table, results):
        what = "dead: %s %s" % (name, key)
        check.that(reply.startswith(wanted), what, reply)
        check.that(wanted != TEMP or len(reply) > 10, what + ": reason", reply)
        in_time(what, took, limit)
    series = d.metrics()
    check.that(series['mtasts_dns_lookups_total{end="timeout"}'] > 5,
               "dead: counted", series)
    code, text = d.mtasts("query", "never.test")
    check.that("no answer" in text, "dead: query tells", (code, text))
    # It comes back, and nothing stays forgotten for longer than 30 s.
    w.dead(False, False)
    reply, _ = d.ask("sts", "new-after.test")
    check.that(reply == NONE, "alive again", reply)


def validating(w):
    """The in-process validator meets the same liars; only this one's trust
    anchor is in their zone, so that all they say is insecure."""
    anchor = DIR + "/anchor"
    with open(anchor, "w", encoding="utf-8") as out:
        out.write("signed.test. IN DS 12345 13 2 %s\n" % ("AB" * 32))
    return Daemon("validate", tcp=TCP2, metrics=METRICS2,
                  backend="validate", anchor=", trust-anchor: " + anchor)


def main():
    w = world()
    build(w)
    at_the_start(w)
    stub = Daemon(more="rules:\n  required.test: "
                  "{ mta-sts: require, reason: test }")
    stub.start()
    both = [(stub, "stub")]
    other = validating(w).start()
    both.append((other, "validate"))
    for d, _ in both:
        d.ask("sts", "good.test")
    prime(stub)
    at_once([lambda d=d, label=label: lies(d, label) for d, label in both])
    check.that(stub.rss() < 400, "memory", stub.rss())
    dead(w, stub)
    for d, label in both:
        check.that(d.alive(), label + ": lives")
        check.that(d.stop() == 0, label + ": ends in order", d.log()[-2000:])
    return check.end()


if __name__ == "__main__":
    sys.exit(main())
