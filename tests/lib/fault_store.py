"""The daemon and its file: full disk, lock, damage, a newer version; at start
and while it runs. It goes on answering, says so, and recovers by itself."""

import glob
import os
import sqlite3
import sys
import time

from faultlab import *  # noqa: F403

POLICY = "OK secure match=mx.%s servername=hostname"
check = Checks()


def learn(d, names):
    """Ask for domains; each has a policy that is to be kept."""
    for name in names:
        reply, took = d.ask("sts", name)
        check.that(reply == POLICY % name and took < 2, name, (reply, took))


def stored(d):
    """The domains in its file."""
    db = sqlite3.connect("file:%s/policies.db?mode=ro" % d.options["store"],
                         uri=True, timeout=10)
    try:
        return {row[0] for row in db.execute("SELECT domain FROM policy")}
    finally:
        db.close()


def eventually(what, holds, seconds=15):
    check.that(poll(holds, seconds), what)


def troubled(d, what, trouble):
    """Log, status and metric say so."""
    eventually(what + ": metric",
               lambda: d.metrics()["mtasts_policies_store_ok"] == 0)
    status = d.status()["store"]
    check.that(status is not None and trouble in status, what + ": status",
               status)
    check.that(trouble in d.log(), what + ": log", d.log()[-1000:])


def fine(d, what, names):
    """All of it is over, and on disk."""
    eventually(what + ": metric again",
               lambda: d.metrics()["mtasts_policies_store_ok"] == 1)
    eventually(what + ": all is saved",
               lambda: d.metrics()["mtasts_policies_unsaved"] == 0)
    check.that(d.status()["store"] is None, what + ": status again")
    check.that(set(names) <= stored(d), what + ": in the file", stored(d))


def fill(store):
    """Until not one byte more fits; the file that fills it."""
    path = store + "/filler"
    with open(path, "wb", buffering=0) as out:
        try:
            while True:
                out.write(b"x" * 4096)
        except OSError:
            pass
    return path


def full(w, d):
    """No room: while it runs, and at a start."""
    names = ["full%d.test" % i for i in range(6)]
    learn(d, names[:2])
    check.that(d.flushed(), "saved")
    filler = fill(d.options["store"])
    learn(d, names[2:4])
    troubled(d, "full", "store-full")
    for name in names[:4]:
        reply, took = d.ask("sts", name)
        check.that(reply == POLICY % name and took < 0.5, "while full", reply)
    os.unlink(filler)
    fine(d, "full", names[:4])
    filler = fill(d.options["store"])
    d.kill()
    d.start()
    learn(d, names[:4])
    learn(d, names[4:])
    os.unlink(filler)
    fine(d, "full at the start", names)


def locked(w, d):
    """Somebody else holds the file."""
    names = ["locked%d.test" % i for i in range(3)]
    path = d.options["store"] + "/policies.db"
    other = sqlite3.connect(path, isolation_level=None, timeout=10)
    other.execute("BEGIN IMMEDIATE")
    learn(d, names)
    troubled(d, "locked", "store-busy")
    learn(d, names)
    other.execute("ROLLBACK")
    other.close()
    fine(d, "locked", names)


def damaged(w, d):
    """Its pages become garbage beneath it; then at a start."""
    names = ["damaged%d.test" % i for i in range(2)]
    known = [n for n in stored(d)]
    path = d.options["store"] + "/policies.db"
    with sqlite3.connect(path) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    other.close()
    with open(path, "r+b") as db:
        db.write(b"garbage " * (os.path.getsize(path) // 8))
    learn(d, names[:1])
    eventually("damaged: moved aside", lambda: glob.glob(path + ".corrupt-*"))
    eventually("damaged: counted",
               lambda: d.metrics()["mtasts_policies_corrupt_total"] >= 1)
    # What was in memory is in the new file.
    fine(d, "damaged", known + names[:1])
    check.that("corrupt" in d.log() or "damaged" in d.log(), "damaged: log")
    check.that(d.stop() == 0, "damaged: ends")
    for aside in glob.glob(path + "*"):
        os.unlink(aside)
    with open(path, "wb") as db:
        db.write(os.urandom(40960))
    d.start()
    learn(d, names)
    fine(d, "damaged at start", names)
    check.that(len(glob.glob(path + ".corrupt-*")) == 1, "kept aside")


def newer(w, d):
    """A later version's file is never touched: while it runs it goes on from
    memory; at a start it says so and ends."""
    path = d.options["store"] + "/policies.db"
    check.that(d.flushed(), "saved")
    with sqlite3.connect(path) as other:
        other.execute("PRAGMA user_version = 99")
    other.close()
    check.that(d.stop() == 0, "newer: ends")
    with open(path, "rb") as db:
        before = db.read()
    d.start(wait=False)
    check.that(d.process.wait(20) != 0, "newer: does not start")
    check.that("newer version" in d.log(), "newer: says so", d.log()[-1000:])
    with open(path, "rb") as db:
        check.that(db.read() == before, "newer: untouched")
    with sqlite3.connect(path) as other:
        other.execute("PRAGMA user_version = 1")
    other.close()
    d.start()
    learn(d, ["damaged0.test"])


def removed(w, d):
    """The file is taken away: a new one has what is in memory."""
    path = d.options["store"] + "/policies.db"
    eventually("loaded", lambda: d.status()["loaded"])
    known = stored(d)
    for part in glob.glob(path + "*"):
        os.unlink(part)
    learn(d, ["removed.test"])
    eventually("removed: a new one", lambda: os.path.exists(path))
    fine(d, "removed", list(known) + ["removed.test"])


def main():
    w = world()
    for kind, count in (("full", 6), ("locked", 3), ("damaged", 2)):
        for i in range(count):
            w.domain("%s%d.test" % (kind, i))
    w.domain("removed.test")
    d = Daemon(store=os.environ["FAULT_STORE"], log="warn").start()
    began = time.monotonic()
    for act in (full, locked, damaged, newer, removed):
        act(w, d)
        print("%s: %.1f s" % (act.__name__, time.monotonic() - began),
              flush=True)
    check.that(d.stop() == 0, "ends in order", d.log()[-2000:])
    return check.end()


if __name__ == "__main__":
    sys.exit(main())
