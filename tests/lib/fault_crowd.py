"""Ten thousand questions at once: for one domain, for as many others, for a
policy that must be fetched, and while no DNS answers."""

import sys
import time

from faultlab import *  # noqa: F403

POLICY = "OK secure match=mx.%s servername=hostname"
TXT = "dns _mta-sts.%s 16"
SECURE = "OK secure match=mx.one.test servername=hostname"
check = Checks()


def told(results, wanted, limit, what):
    """All have this answer, within so many seconds."""
    bad = [r for r in results if r[0] is None or not r[0].startswith(wanted)]
    check.that(not bad, what + ": answers", (len(bad), bad[:3]))
    slowest = max(took for _, took in results)
    check.that(slowest < limit, what + ": in time", slowest)
    print("%s: %d answers, the last after %.2f s" %
          (what, len(results), slowest), flush=True)


def lookups(d):
    """How many the daemon has made so far."""
    return sum(n for name, n in d.metrics().items()
               if name.startswith("mtasts_dns_lookups_total"))


def one_domain(w, d, many):
    """One lookup and one fetch, whoever asks."""
    # Without a policy TXT is all that is asked; with one also MX, and A and
    # AAAA of the policy host.
    for name, wanted, few in (("none.test", "NOTFOUND ", 1),
                              ("one.test", SECURE, 4)):
        before = lookups(d)
        # Slow enough for all of them to come while it is looked up.
        w.lie("_mta-sts." + name, "TXT", "slow 2")
        told(crowd(d.unix, [("sts", name)] * many), wanted, LONG_S, name)
        check.that(lookups(d) - before == few, name + ": lookups",
                   lookups(d) - before)
        # A lookup that takes so long is sent a second time.
        check.that(w.count(TXT % name) <= 2, name + ": questions",
                   w.count(TXT % name))
    check.that(w.count("requests mta-sts.one.test") == 1, "one fetch",
               w.count("requests mta-sts.one.test"))
    series = d.metrics()
    check.that(series['mtasts_fetches_total{end="ok"}'] == 1, "one fetch")


def many_domains(w, d, many):
    """As many domains; nobody publishes anything."""
    questions = [("sts", "x%d.test" % i) for i in range(many)]
    told(crowd(d.unix, questions), "NOTFOUND ", SHORT_S + 6 * GRACE_S,
         "unknown domains")
    questions = [("QUERY", "y%d.test" % i) for i in range(many)]
    told(crowd(d.unix, questions), "NOTFOUND ", LONG_S + 6 * GRACE_S,
         "unknown domains, QUERY")
    reply, took = d.ask("sts", "one.test")
    check.that(reply == SECURE and took < 0.5, "afterwards", (reply, took))


def dead(w, d, many):
    """No DNS server: those who are known are answered while all wait."""
    w.dead(True, True)
    questions = [("sts", "z%d.test" % i) for i in range(many)]

    def known():
        slowest = 0
        end = time.monotonic() + 3
        while time.monotonic() < end:
            reply, took = ask(("127.0.0.1", TCP), "sts", "one.test")
            check.that(reply == SECURE, "known while others wait", reply)
            slowest = max(slowest, took)
            time.sleep(0.05)
        return slowest
    results, slowest = at_once([lambda: crowd(d.unix, questions), known])
    told(results, "NOTFOUND ", SHORT_S + 6 * GRACE_S, "no DNS")
    check.that(slowest < 2, "known ones meanwhile", slowest)
    w.dead(False, False)
    # Asked anew as soon as lookups get through again.
    check.that(poll(lambda: d.ask("sts", "two.test")[0] ==
                    POLICY % "two.test", 20), "it recovers")


def main():
    # Descriptors: one for each connection here, and there.
    files = files_max(12000)
    many = min(10000, files - 1100)
    if many < 10000:
        print("only %d at once: that many descriptors are allowed" % many)
    w = world()
    w.domain("one.test")
    w.domain("two.test")
    d = Daemon(resolver="  max-connections: 11000", log="warn").start()
    d.ask("sts", "warm.test")
    crowd(d.unix, [("sts", "warm.test")] * many)
    before = d.rss()
    one_domain(w, d, many)
    many_domains(w, d, many)
    after = d.rss()
    # Destinations that are remembered are some KiB each.
    check.that(after - before < 20 + 3 * many // 100, "memory",
               (before, after))
    dead(w, d, many)
    check.that(d.rss() - before < 20 + 6 * many // 100, "memory at last",
               (before, d.rss()))
    check.that(d.status()["waiting"] == 0, "nobody waits", d.status())
    check.that(poll(lambda: d.status()["running"] == 0),
               "nothing is left over", d.status())
    series = d.metrics()
    check.that(series["mtasts_resolver_turned_away_total"] == 0,
               "nobody was turned away")
    check.that(d.stop() == 0, "ends in order", d.log()[-2000:])
    return check.end()


if __name__ == "__main__":
    sys.exit(main())
