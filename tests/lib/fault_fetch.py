"""Policy hosts that misbehave: the answer comes in time, the cause is told,
what is cached stays in force, and nobody asks them again at once."""

import sys
import time

from faultlab import *  # noqa: F403

NONE = "NOTFOUND "
POLICY = "OK secure match=mx.%s servername=hostname"
# How the fetch ends, by how the host behaves.
CAUSES = {
    "refused": "connect", "tcp-silent": "timeout", "tls-silent": "timeout",
    "tls-none": "tls", "tls-half": "timeout", "no-head": "timeout",
    "half-head": "timeout", "trickle": "timeout", "trickle-head": "timeout",
    "endless": "too-large", "endless-chunks": "too-large",
    "endless-head": "too-large", "many-fields": "too-large",
    "too-long": "too-large", "longer": "cut", "negative": "http",
    "two-lengths": "http", "gzip": "encoding", "redirect": "redirect",
    "nothing": "cut",
}
# Where a stranger's DNS could send us.
INSIDE = {
    "A": ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "0.0.0.0",
          "169.254.169.254", "100.64.0.1", "255.255.255.255", "224.0.0.1"],
    "AAAA": ["::1", "::", "fd00::1", "fe80::1", "::ffff:127.0.0.1",
             "64:ff9b::7f00:1", "2002:7f00:1::1"],
}
# Domains of a provider that hangs; asked all at once.
HANGING = 150
check = Checks()


def connections(w):
    """How often each kind of host was connected to."""
    return {name: n for name, n in w.all_counts().items()
            if name.startswith("connections ")}


def responsive(d, seconds):
    """Others are answered meanwhile."""
    end, slowest, i = time.monotonic() + seconds, 0, 0
    while time.monotonic() < end:
        reply, took = d.ask("sts", "good%d.test" % (i % 40))
        slowest = max(slowest, took)
        check.that(reply == POLICY % ("good%d.test" % (i % 40)),
                   "others meanwhile", reply)
        i += 1
        time.sleep(0.1)
    return slowest


# REQ: FET-3 FET-4 FET-5 FET-8 FET-10
def never_seen(w, d):
    """First contact: no policy, by the deadline, and why."""
    keys = [name + ".host.test" for name in CAUSES]
    calls = [lambda k=k, m=m: d.ask(m, k) for k in keys
             for m in ("sts", "QUERY")]
    calls += [lambda i=i: d.ask("sts", "hangs%d.test" % i)
              for i in range(HANGING)]
    results = at_once(calls + [lambda: responsive(d, 4)])
    check.that(results.pop() < 1.5, "others go on")
    for reply, took in results[-HANGING:]:
        check.that(reply == NONE and took < SHORT_S + GRACE_S,
                   "a provider hangs", (reply, took))
    del results[-HANGING:]
    for i, (reply, took) in enumerate(results):
        what = "%s, %s" % (keys[i // 2], "QUERY" if i % 2 else "sts")
        limit = LONG_S if i % 2 else SHORT_S
        check.that(reply == NONE, what, reply)
        check.that(took < limit + GRACE_S, what + " in time", took)


def causes(d, prefix=""):
    """What "mtasts query" tells."""
    for name, cause in CAUSES.items():
        key = prefix + name + ".host.test"
        told = d.ctl(do="query", key=key)[0]
        failure = told["failure"] or {}
        check.that(failure.get("cause") == cause, key + ": cause", failure)
        check.that(len(failure.get("why", "")) > 10, key + ": why", failure)
        if prefix:
            check.that(told["decision"]["kind"] == "sts" and
                       told["policy"]["failures"] == 1,
                       key + ": in force", told["decision"])


# REQ: FET-7
def not_again(w, d):
    """Asked again at once: the failure is remembered."""
    before = connections(w)
    for name in CAUSES:
        key = name + ".host.test"
        for dialect in ("sts", "QUERY", "QUERYwithTLSRPT"):
            reply, took = d.ask(dialect, key)
            check.that(reply == NONE and took < 0.5, key + ": again",
                       (reply, took))
    check.that(connections(w) == before, "no host was asked again",
               (before, connections(w)))


# REQ: FET-11
def cached(w, d):
    """A policy that is cached outlives a host that has gone bad."""
    keys = ["cached-" + name + ".host.test" for name in CAUSES]
    results = at_once([lambda k=k: d.ask("sts", k) for k in keys])
    check.that(all(r[0].startswith("OK") for r in results), "cached", results)
    for name, key in zip(CAUSES, keys):
        w.domain(key, name, id_="2")
    results = at_once([lambda k=k: d.ctl(do="refresh", domain=k)
                       for k in keys])
    for key, told in zip(keys, results):
        check.that("error" not in told[-1], key + ": refresh", told[-1])
    for key in keys:
        for dialect in ("sts", "QUERY"):
            reply, took = d.ask(dialect, key)
            check.that(reply == POLICY % key and took < 0.5,
                       key + ": still in force", (reply, took))


def counted(d):
    """Each cause has its series, and all fetches have ended."""
    series = d.metrics()
    for cause in set(CAUSES.values()):
        wanted = 2 * list(CAUSES.values()).count(cause)
        wanted += HANGING if cause == "timeout" else 0
        seen = series['mtasts_fetches_total{end="%s"}' % cause]
        check.that(seen == wanted, "counted: " + cause, (wanted, seen))
    check.that(series["mtasts_fetches_in_flight"] == 0, "all have ended")
    code, text = d.mtasts("query", "trickle.host.test")
    check.that("timeout" in text or "not finished" in text, "query", text)
    code, text = d.mtasts("query", "cached-gzip.host.test")
    check.that("gzip" in text and "mx.cached-gzip" in text, "query", text)


def inside(w):
    """Addresses of our own network are not asked, unless allowed."""
    d = Daemon("inside", tcp=TCP2, metrics=METRICS2,
               fetch="allow-private: false").start()
    keys = []
    for kind, values in INSIDE.items():
        for i, value in enumerate(values):
            key = "%s%d.inside.test" % (kind.lower(), i)
            keys.append(key)
            w.domain(key)
            w.unrr("mta-sts." + key, "A")
            w.rr("mta-sts." + key, kind, value)
    w.domain("good.inside.test")
    before = connections(w)
    results = at_once([lambda k=k: d.ask("sts", k)
                       for k in keys + ["good.inside.test"]])
    for key, (reply, took) in zip(keys, results):
        told = d.ctl(do="query", key=key)[0]
        check.that(reply == NONE and took < 1, key, (reply, took))
        check.that(told["failure"]["cause"] == "private", key,
                   told["failure"])
    check.that(connections(w) == before, "nobody inside was asked")
    d.write_conf(fetch="allow-networks: [127.0.4.0/24]")
    d.hup()
    check.that(poll(lambda: "reloaded" in d.log()), "reload", d.log())
    w.domain("new.inside.test")
    reply, _ = d.ask("sts", "new.inside.test")
    check.that(reply.startswith("OK"), "allowed", reply)
    check.that(d.stop() == 0, "inside: ends in order")


def main():
    w = world()
    for i in range(40):
        w.domain("good%d.test" % i)
    for name in CAUSES:
        w.domain(name + ".host.test", name)
        w.domain("cached-" + name + ".host.test")
    w.domain("target.test")
    for i in range(HANGING):
        w.domain("hangs%d.test" % i, "tls-silent")
    d = Daemon().start()
    d.ask("sts", "warm.test")
    before = d.rss()
    never_seen(w, d)
    check.that(poll(lambda: d.metrics()["mtasts_fetches_in_flight"] == 0),
               "fetches end")
    not_again(w, d)
    causes(d)
    cached(w, d)
    causes(d, "cached-")
    counted(d)
    check.that(w.count("requests mta-sts.target.test") == 0,
               "no redirect was followed")
    check.that(d.rss() - before < 60, "memory", (before, d.rss()))
    inside(w)
    check.that(d.stop() == 0, "ends in order", d.log()[-2000:])
    return check.end()


if __name__ == "__main__":
    sys.exit(main())
