"""The wall clock is stepped back and forward by about a year beneath a running
daemon: no policy is lost or kept for too long, deadlines stay, and nobody is
asked again and again."""

import os
import struct
import sys
import time

from faultlab import *  # noqa: F403

# The laboratory's certificates are good for 365 days.
YEAR_S = 364 * 86400
POLICY = "OK secure match=mx.%s servername=hostname"
NONE = "NOTFOUND "
STEP = DIR + "/step"
check = Checks()


def set_clock(seconds):
    """So much is added to the time of day from now on."""
    with open(STEP, "r+b") as out:
        out.write(struct.pack("=q", seconds))


def answers(d, what, wanted):
    """One question for each; all in time."""
    results = at_once([lambda k=k: d.ask("sts", k) for k in wanted])
    for key, (reply, took) in zip(wanted, results):
        check.that(reply == (wanted[key] or POLICY % key), what + ": " + key,
                   reply)
        check.that(took < SHORT_S + GRACE_S, what + ": in time", took)


def fetches(w):
    return sum(n for k, n in w.all_counts().items() if k.startswith("requests"))


def quiet(w, what, most):
    """Nothing is fetched over and over: so many since, in three seconds."""
    before = fetches(w)
    time.sleep(3)
    check.that(fetches(w) - before <= most, what + ": fetches",
               fetches(w) - before)


# REQ: FET-11 FET-16
def main():
    w = world()
    w.domain("day.test", max_age=86400)
    w.domain("year.test", max_age=31557600)
    w.domain("new.test")
    w.domain("newer.test")
    w.lie("_mta-sts.slow.test", "TXT", "silent")
    with open(STEP, "wb") as out:
        out.write(struct.pack("=q", 0))
    preload = os.environ["FAULT_PRELOAD"]
    d = Daemon(env={"LD_PRELOAD": preload, "STEPCLOCK": STEP,
                    "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") +
                    ":verify_asan_link_order=0"}).start()
    answers(d, "at first", {"day.test": "", "year.test": ""})

    # Back: what is known holds, without any server.
    w.dead("servfail", True)
    set_clock(-YEAR_S)
    answers(d, "back", {"day.test": "", "year.test": "", "slow.test": NONE})
    told = d.ctl(do="show", domain="day.test")[0]
    now = time.strftime("%Y", time.gmtime(time.time() - YEAR_S))
    check.that(told["until"][:4] <= str(int(now) + 1) and
               told["fetched"][:4] == now, "back: times", told)
    quiet(w, "back", 2)
    # And a restart there: what stands in the file is of the future.
    check.that(d.flushed(), "saved")
    d.kill()
    d.start()
    check.that(poll(lambda: d.status()["loaded"]), "loaded")
    check.that(d.metrics()["mtasts_policies_rows_skipped"] == 0, "all rows")
    answers(d, "back, started again", {"day.test": "", "year.test": ""})

    # Right again, where a year has passed for it: what is good for longer
    # holds without any server, the rest is fetched when there are servers.
    set_clock(0)
    answers(d, "right again", {"year.test": ""})
    w.dead(False, False)
    # A failed lookup is remembered for 30 s.
    set_clock(3600)
    answers(d, "right again, DNS too",
            {"day.test": "", "year.test": "", "new.test": ""})
    quiet(w, "right again", 4)
    # It may still count from a year ago.
    told = d.ctl(do="refresh", domain="year.test")[0]
    check.that(told["failure"] is None, "refreshed", told["failure"])

    # Forward: one has run out for good.
    w.dead("servfail", True)
    set_clock(YEAR_S)
    answers(d, "forward", {"day.test": NONE, "year.test": "",
                           "slow.test": NONE})
    w.dead(False, False)
    set_clock(YEAR_S + 3600)
    answers(d, "forward, DNS too",
            {"day.test": "", "year.test": "", "newer.test": ""})
    quiet(w, "forward", 4)

    # And right again: what was fetched in the future holds, too.
    set_clock(0)
    w.dead("servfail", True)
    answers(d, "at last", {"day.test": "", "year.test": "", "newer.test": ""})
    check.that(d.metrics()["mtasts_policies_store_ok"] == 1, "the file")
    check.that(d.stop() == 0, "ends in order", d.log()[-2000:])
    return check.end()


if __name__ == "__main__":
    sys.exit(main())
