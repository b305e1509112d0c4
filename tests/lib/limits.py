"""The clients of host_limits.sh: SCENARIO; ports and authority from HTTPS,
HTTP, METRICS and CA."""

import os
import ssl
import sys
import time

import wire

HOST = "mta-sts.one.example"
HTTPS, HTTP, METRICS = (int(os.environ[name])
                        for name in ("HTTPS", "HTTP", "METRICS"))
CA = os.environ["CA"]
CHECKS = wire.Checks()
GOOD = wire.request(HOST)


def plain(source="127.0.0.2", **more):
    """A connection without TLS, by default from a stranger."""
    return wire.connect(HTTP, source=source, **more)


def tls(source="127.0.0.2"):
    """A connection with its handshake done."""
    return wire.connect(HTTPS, CA, HOST, source)


def status(sock, data=GOOD):
    """Of the answer to a request; 0 when there is none."""
    return wire.ask(sock, data)[0].status


def hello():
    """The bytes of a ClientHello."""
    out = ssl.MemoryBIO()
    context = ssl.create_default_context()
    session = context.wrap_bio(ssl.MemoryBIO(), out, server_hostname=HOST)
    try:
        session.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return out.read()


def head():
    """max-header 1k"""
    for make in plain, tls:
        room = 1024 - len(wire.request(HOST, more="A: \r\n"))
        for size, want in (0, 200), (room, 200), (room + 1, 431), (9000, 431):
            sock = make()
            more = "A: %s\r\n" % ("x" * size)
            seen = status(sock, wire.request(HOST, more=more))
            CHECKS.that(seen == want, "head of %d more: %d" % (size, want),
                        seen)
            sock.close()


def requests():
    """max-requests 3"""
    for make in plain, tls:
        sock = make()
        kept = b""
        sock.sendall(GOOD * 5)
        for i in 1, 2, 3:
            answer, kept = wire.read(sock, kept)
            CHECKS.that(answer.status == 200, "request %d" % i, answer.status)
            CHECKS.that((answer.fields.get("connection") == "close") ==
                        (i == 3), "request %d: close" % i, answer.fields)
        CHECKS.that(wire.ended(sock, kept), "closed after 3", kept)
        sock.close()


def total():
    """max-connections 20"""
    held = [plain() for _ in range(10)]
    held += [tls() for _ in range(10)]
    for sock in held[:10]:
        sock.sendall(b"GET")
    late = plain("127.0.0.3")
    CHECKS.that(status(late) == 0, "the 21st is closed at once")
    CHECKS.that(status(held[0], GOOD[3:]) == 200, "the others are served")
    # That one is idle now, so it makes room.
    late = plain("127.0.0.3")
    CHECKS.that(status(late) == 200, "an idle one makes room")
    CHECKS.that(wire.ended(held[0]), "the idle one is closed")
    for sock in held:
        sock.close()
    CHECKS.that(wire.poll(lambda: status(plain("127.0.0.3")) == 200),
                "served again")


def address():
    """max-connections-per-address 5; 127.0.0.1 is a proxy"""
    held = [plain() if i % 2 else tls() for i in range(5)]
    for sock in held:
        CHECKS.that(status(sock) == 200, "one of five")
    CHECKS.that(status(plain()) == 0, "the sixth of an address")
    CHECKS.that(status(plain("127.0.0.3")) == 200, "another address")
    held[0].close()
    CHECKS.that(wire.poll(lambda: status(plain()) == 200), "one less")
    for sock in held:
        sock.close()
    said = "X-Forwarded-For: 203.0.113.9, %s\r\n"
    held = [plain("127.0.0.1") for _ in range(20)]
    for i, sock in enumerate(held):
        more = said % "198.51.100.7"
        CHECKS.that(status(sock, wire.request(HOST, more=more)) ==
                    (200 if i < 5 else 429), "forwarded %d" % i)
    CHECKS.that(status(held[0], wire.request(
        HOST, more=said % "198.51.100.8")) == 200, "forwarded, another one")
    # A stranger may say what he likes.
    sock = plain()
    for i in range(7):
        CHECKS.that(status(sock, wire.request(
            HOST, more="X-Forwarded-For: 198.51.100.7\r\n")) == 200,
            "forged %d" % i)


def flood():
    """500 half-open handshakes, 300 slow heads; others are served"""
    half = hello()
    crowd = []
    for i in range(800):
        sock = wire.connect(HTTPS if i < 500 else HTTP, source="127.0.0.2")
        sock.sendall(half[:i % len(half)] if i < 500 else b"GET /x")
        crowd.append(sock)
    CHECKS.that(wire.poll(lambda: wire.metric(
        METRICS, "mtasts_http_connections") == 800), "all 800 are in")
    took = []
    context = ssl.create_default_context(cafile=CA)
    for i in range(300):
        # The slow ones go on, and some begin anew in vain.
        crowd[500 + i].send(b"y")
        if i % 10 == 0:
            crowd.append(wire.connect(HTTPS, source="127.0.0.2"))
        begun = time.monotonic()
        sock = wire.connect(HTTPS, sni=HOST, context=context)
        CHECKS.that(status(sock) == 200, "served in a flood")
        sock.close()
        took.append(time.monotonic() - begun)
    took.sort()
    print("flood: median %.1f ms, p99 %.1f ms" %
          (took[150] * 1000, took[296] * 1000))
    CHECKS.that(took[296] < 1, "p99 under a second", took[296])


def files():
    """as few descriptors as 60 connections need"""
    held = []
    for _ in range(60):
        sock = plain()
        sock.sendall(b"GET")
        held.append(sock)
    CHECKS.that(status(held[0], GOOD[3:]) == 200, "those who are in, stay")
    # As long as that one is idle its descriptor may serve another.
    time.sleep(1)
    for sock in held:
        sock.close()
    CHECKS.that(wire.poll(lambda: status(plain()) == 200), "recovered")


if __name__ == "__main__":
    globals()[sys.argv[1]]()
    sys.exit(CHECKS.end())
