"""How long mtasts-host waits: the client of the scenario "times"."""

import sys
import time

import wire
from limits import CHECKS, GOOD, HTTPS, hello, plain, status, tls

HELLO = hello()


def lasts(sock, what, low_s, high_s, drip=b""):
    """The peer ends the connection so long after now, whatever drips in."""
    begun = time.monotonic()
    left = drip * 100
    sock.settimeout(0.1 if drip else wire.TIMEOUT_S)
    while True:
        try:
            if drip:
                sock.send(left[:1])
                left = left[1:]
            if not sock.recv(65536):
                break
        except TimeoutError:
            if not drip:
                break
        except OSError:
            break
    took = time.monotonic() - begun
    CHECKS.that(low_s <= took <= high_s, what, "%.2f s" % took)
    sock.close()


def first_checks():
    """first-byte-timeout 500ms"""
    first = (0.45, 3)
    lasts(plain(), "nothing is sent", *first)
    lasts(plain(), "a slow head", *first, drip=b"G")
    lasts(plain(), "empty lines", *first, drip=b"\r")
    lasts(wire.connect(HTTPS, source="127.0.0.2"), "no handshake", *first)
    lasts(wire.connect(HTTPS, source="127.0.0.2"), "a slow handshake", *first,
          drip=HELLO)
    half = wire.connect(HTTPS, source="127.0.0.2")
    half.sendall(HELLO)
    half.recv(65536)
    lasts(half, "half a handshake", *first)
    lasts(tls(), "a handshake and no more", *first)
    lasts(tls(), "a handshake and a slow head", *first, drip=b"G")


def idle_checks():
    """and idle-timeout 900ms"""
    for make in plain, tls:
        sock = make()
        CHECKS.that(status(sock) == 200, "before idling")
        lasts(sock, "idle", 0.85, 4)
        sock = make()
        CHECKS.that(status(sock) == 200, "before a second, slow head")
        lasts(sock, "a second, slow head", 0.45, 3, drip=b"G")
        sock = make()
        for _ in range(8):
            time.sleep(0.3)
            CHECKS.that(status(sock) == 200, "not idle")
        sock.close()


def send_checks():
    """A client that asks and asks and never reads"""
    reader = plain()
    begun = time.monotonic()
    reader.setblocking(False)
    while time.monotonic() - begun < wire.TIMEOUT_S:
        try:
            reader.send(GOOD * 100)
        except BlockingIOError:
            time.sleep(0.02)
        except OSError:
            break
    took = time.monotonic() - begun
    CHECKS.that(took < 8, "a client that never reads", "%.2f s" % took)


def drain_checks():
    """After an error the peer is listened to for a while, not for ever"""
    sock = plain()
    CHECKS.that(status(sock, b"nonsense\r\n") == 400, "an error")
    begun = time.monotonic()
    while time.monotonic() - begun < wire.TIMEOUT_S:
        try:
            sock.send(b"x")
        except OSError:
            break
        time.sleep(0.1)
    took = time.monotonic() - begun
    CHECKS.that(1 < took < 6, "a client that sends on", "%.2f s" % took)


first_checks()
idle_checks()
send_checks()
drain_checks()
sys.exit(CHECKS.end())
