"""kill -9 of the whole daemon while it learns: whatever was answered more than
a second before is answered again, at once, without DNS and policy hosts."""

import random
import sqlite3
import sys
import threading
import time

from faultlab import *  # noqa: F403

POLICY = "OK secure match=mx.%s servername=hostname"
KILLS = 24
NAMES = 300
# One that began to be saved a second before, and a loaded machine.
OLD_S = 1 + GRACE_S
check = Checks()


class Load:
    """Askers that learn domains until they are told to stop."""

    def __init__(self, names, answered):
        self.names, self.answered = names, answered
        self.stop = False
        self.threads = [threading.Thread(target=self.learn, args=[i])
                        for i in range(4)]
        for thread in self.threads:
            thread.start()

    def learn(self, i):
        """Some new ones, some again; some are made new by a refresh."""
        rng = random.Random(i + len(self.answered))
        asker = Asker(("127.0.0.1", TCP))
        while not self.stop:
            name = rng.choice(self.names)
            try:
                reply = asker.ask("sts", name)
            except OSError:
                break
            if reply == "":
                break
            if reply == POLICY % name:
                self.answered.setdefault(name, time.monotonic())
            elif not self.stop:
                check.that(False, "while it learns: " + name, reply)
        asker.close()

    def end(self):
        self.stop = True
        for thread in self.threads:
            thread.join()


def again(d, names, what):
    """Right answers at once; none is asked for outside."""
    asker = Asker(("127.0.0.1", TCP))
    lost, slowest = [], 0
    for name in names:
        began = time.monotonic()
        if asker.ask("sts", name) != POLICY % name:
            lost.append(name)
        slowest = max(slowest, time.monotonic() - began)
    asker.close()
    check.that(not lost, what + ": nothing is lost",
               (len(lost), len(names), lost[:5]))
    check.that(slowest < 1, what + ": at once", slowest)


# REQ: FET-16
def main():
    w = world()
    names = ["kill%d.test" % i for i in range(NAMES)]
    w.domains(names)
    d = Daemon(log="warn").start()
    rng = random.Random(1)
    answered, sure = {}, set()
    left = names[:]
    rng.shuffle(left)
    for kill in range(KILLS):
        # New ones each time, and those that are known.
        part = left[kill * NAMES // KILLS:(kill + 1) * NAMES // KILLS]
        load = Load(part + list(sure)[:20], answered)
        # From in the middle of the first batch until after some.
        time.sleep(rng.uniform(0.05, 0.4) + (OLD_S if kill % 10 == 0 else 0))
        at = time.monotonic()
        d.kill()
        load.end()
        sure |= {n for n, when in answered.items() if when < at - OLD_S}
        # The others may be known or not: they count when answered again.
        for name in set(answered) - sure:
            del answered[name]
        w.dead("servfail", True)
        began = time.monotonic()
        d.start()
        check.that(time.monotonic() - began < 5, "it starts at once")
        if kill % 10 == 1:
            again(d, sorted(sure), "kill %d" % kill)
        w.dead(False, False)
    # All of them, and no chance to write but the second that there is.
    results = crowd(d.unix, [("sts", name) for name in names])
    check.that(all(r[0].startswith("OK") for r in results), "all at once")
    time.sleep(OLD_S)
    d.kill()
    db = sqlite3.connect(d.options["store"] + "/policies.db")
    check.that(db.execute("PRAGMA integrity_check").fetchone() == ("ok",),
               "the file is whole")
    rows = db.execute("SELECT count(*) FROM policy").fetchone()[0]
    db.close()
    w.dead(True, True)
    d.start()
    check.that(poll(lambda: d.status()["loaded"]), "loaded")
    check.that(d.status()["policies"] == rows, "all rows are read",
               (rows, d.status()["policies"]))
    check.that(d.metrics()["mtasts_policies_rows_skipped"] == 0, "all good")
    check.that("corrupt" not in d.log(), "no damage was seen")
    # Nothing answers at all: the same, when it has waited for MX records.
    results = crowd(d.unix, [("sts", name) for name in names])
    check.that(all(reply == POLICY % name and took < SHORT_S + GRACE_S
                   for name, (reply, took) in zip(names, results)),
               "without any DNS", results[:3])
    print("%d kills, %d domains survived one, %d stored" %
          (KILLS + 1, len(sure), rows))
    check.that(len(sure) > 20 and rows == NAMES, "much was learned",
               (len(sure), rows))
    check.that(d.stop() == 0, "ends in order", d.log()[-2000:])
    return check.end()


if __name__ == "__main__":
    sys.exit(main())
