"""The clients of host_reload.sh. The shell says on standard input when to go
on, and is told on standard output what was seen: one word each."""

import os
import sys
import time

import wire

HOST = "mta-sts.one.example"
HTTPS, HTTP = int(os.environ["HTTPS"]), int(os.environ["HTTP"])
CA = os.environ["CA"]
GOOD = wire.request(HOST)


def say(*words):
    """To the shell."""
    print(*words, flush=True)


def follow():
    """Connections live through a reload, and then have the new limits."""
    idle = [wire.connect(HTTP), wire.connect(HTTPS, CA, HOST)]
    begun = [wire.connect(HTTP), wire.connect(HTTPS, CA, HOST)]
    for sock in idle:
        assert wire.ask(sock, GOOD)[0].status == 200
    for sock in begun:
        sock.sendall(GOOD[:20])
    say("ready")
    sys.stdin.readline()
    for sock in begun:
        answer, _ = wire.ask(sock, GOOD[20:])
        say("begun", answer.status)
        sock.close()
    for sock in idle[:1]:
        # max-requests is 3 now, and it has had one.
        answer, _ = wire.ask(sock, GOOD)
        say("second", answer.status, answer.fields.get("connection", "stays"))
        answer, _ = wire.ask(sock, GOOD)
        say("third", answer.status, answer.fields.get("connection", "stays"))
    start = time.monotonic()
    ended = wire.ended(idle[1])
    say("idle", ended and time.monotonic() - start < 4)


def finish():
    """A request that was begun before the order to stop is answered."""
    socks = [wire.connect(HTTP), wire.connect(HTTPS, CA, HOST)]
    rest = wire.connect(HTTP)
    assert wire.ask(rest, GOOD)[0].status == 200
    for sock in socks:
        sock.sendall(GOOD[:20])
    say("ready")
    sys.stdin.readline()
    say("resting", wire.ended(rest))
    for sock in socks:
        answer, kept = wire.ask(sock, GOOD[20:])
        say("begun", answer.status, answer.fields.get("connection", "stays"),
            wire.ended(sock, kept))


def hold():
    """A request that never ends."""
    sock = wire.connect(HTTP)
    sock.sendall(GOOD[:20])
    say("ready")
    sys.stdin.readline()
    say("ended", wire.ended(sock))


globals()[sys.argv[1]]()
