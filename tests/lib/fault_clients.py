"""Clients that break the protocol, sit idle, do not read, or half-close."""

import socket
import sys
import time

from faultlab import *  # noqa: F403

POLICY = "OK secure match=mx.good.test servername=hostname"
GOOD = netstring("sts good.test")
check = Checks()

# Who is held up by another waits until that one is given up: eight seconds at
# least. On a busy machine "at once" takes a moment.
AT_ONCE_S = 3


def talk(data, seconds=5, end=True):
    """Send bytes, then the end; all that comes, and was it closed?"""
    sock = socket.create_connection(("127.0.0.1", TCP), 10)
    sock.settimeout(seconds)
    got = b""
    try:
        sock.sendall(data)
        if end:
            sock.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # closed already
    try:
        while more := sock.recv(65536):
            got += more
        closed = True
    except ConnectionError:
        closed = True
    except TimeoutError:
        closed = False
    sock.close()
    return got, closed


def broken(d):
    """What is no request ends the connection, with nothing said; what came
    whole before it is answered."""
    before = d.rss()
    answer = netstring(POLICY)
    table = {
        "10 MB": b"10000000:" + b"x" * 10000000 + b",",
        "10 MB announced": b"10000000:sts good.test",
        "10001": b"10001:" + b"x" * 10001 + b",",
        "many digits": b"9" * 100000,
        "wraps": b"18446744073709551629:sts good.test,",
        "negative": b"-5:sts good.test,",
        "plus": b"+13:sts good.test,",
        "leading zero": b"013:sts good.test,",
        "blank": b"13 :sts good.test,",
        "no digits": b":sts good.test,",
        "hex": b"0xd:sts good.test,",
        "letters": b"QUERY good.test\n",
        "no comma": b"13:sts good.test;",
        "too short": b"3:sts good.test,",
        "zero bytes": b"\0" * 5000,
        "http": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        "tls": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"r" * 500,
        "a long line": b"get " + b"x" * 200000,
    }
    results = at_once([lambda b=b, before=before: talk(before + b, end=False)
                       for before in (b"", GOOD) for b in table.values()])
    for i, (name, bytes_) in enumerate([*table.items()] * 2):
        wanted = b"" if i < len(table) else answer
        check.that(results[i] == (wanted, True), name, results[i])
    series = d.metrics()
    check.that(
        series['mtasts_resolver_bad_requests_total{reason="broken"}'] >=
        2 * len(table), "counted", series)
    check.that(d.rss() - before < 40, "memory", (before, d.rss()))


def refused(d):
    """Requests that nobody can answer; the connection goes on."""
    perm = b"PERM "
    table = {
        "empty": (b"0:,", perm), "no key": (b"3:sts,", perm),
        "unknown map": (netstring("nomap good.test"), perm),
        "no name": (netstring("sts " + "x" * 9000), b"NOTFOUND "),
        "odd bytes": (netstring(b"sts \xff\xfe\0\r\n\x1b[2J.test"),
                      b"NOTFOUND "),
        "address": (netstring("sts [192.0.2.1]"), b"NOTFOUND "),
        "parent": (netstring("sts .good.test"), b"NOTFOUND "),
        "dots": (netstring("sts a..b"), b"NOTFOUND "),
        "braces": (netstring("QUERY {x=y}"), b"NOTFOUND "),
    }
    for name, (request, wanted) in table.items():
        got, closed = talk(request + GOOD)
        first, _, rest = got.partition(b":")[2].partition(b",")
        check.that(first.startswith(wanted) and
                   got.endswith(netstring(POLICY)), name, got)
    check.that("\x1b" not in d.log() and "\0" not in d.log(),
               "the log is clean")


def halves(d):
    """In pieces, half-sent, half-closed, many in one."""
    asker = Asker(("127.0.0.1", TCP))
    for byte in GOOD:
        asker.sock.sendall(bytes([byte]))
        time.sleep(0.002)
    check.that(asker.read() == POLICY, "a byte at a time")
    asker.sock.sendall(GOOD[:7])
    asker.sock.shutdown(socket.SHUT_WR)
    check.that(asker.read() == "", "half-sent and ended")
    asker.close()
    # The end of the question's side is no end of the answer's: the first has
    # to be looked up.
    got, closed = talk(netstring("sts slow.test") + GOOD)
    check.that((got, closed) == (netstring("NOTFOUND ") + netstring(POLICY),
                                 True), "half-close while it waits", got)
    got, closed = talk(GOOD * 20000, 20)
    check.that(got == netstring(POLICY) * 20000 and closed, "20000 in one go",
               (len(got), closed))
    for data, wanted in ((b"get good.test\n", b"200 secure%20match=mx.good"),
                         (b"mode good.test\n", b"enforce"),
                         (b"mode good.test", b"enforce"),
                         (b"mx good.test mx.good.test\n", b"")):
        got, closed = talk(data)
        check.that(got.startswith(wanted) and closed and
                   (got == b"") == (wanted == b""), data, got)


def slow_readers(d):
    """Askers that never read do not cost memory, nor others' time."""
    before = d.rss()
    deaf = []
    for _ in range(50):
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.connect(("127.0.0.1", TCP))
        sock.setblocking(False)
        sent = 0
        try:
            # Far more than what both sockets hold of questions and answers.
            while sent < 20 << 20:
                sent += sock.send(GOOD * 1000)
        except BlockingIOError:
            pass
        check.that(sent < 20 << 20, "it stops reading", sent)
        deaf.append(sock)
    reply, took = ask(("127.0.0.1", TCP), "sts", "good.test")
    check.that(reply == POLICY and took < AT_ONCE_S, "others meanwhile",
               (reply, took))
    check.that(d.rss() - before < 50, "slow readers: memory",
               (before, d.rss()))
    # One of them begins to read: whole answers, none lost.
    first = Asker.__new__(Asker)
    first.sock, first.kept = deaf[0], b""
    first.sock.settimeout(10)
    check.that(all(first.read() == POLICY for _ in range(5000)),
               "a slow reader's answers are whole")
    for sock in deaf:
        sock.close()


def idle(d, many):
    """Many connections that say nothing, some half a question; one asks."""
    asker = Asker(("127.0.0.1", TCP))
    socks = []
    for i in range(many):
        sock = socket.create_connection(("127.0.0.1", TCP), 10)
        if i % 2:
            sock.sendall(GOOD[:5])
        socks.append(sock)
    slowest = 0
    for i in range(50):
        reply, took = ask(d.unix, "sts", "good.test")
        check.that(reply == POLICY, "beside idle ones", reply)
        slowest = max(slowest, took)
        check.that(asker.ask("sts", "good.test") == POLICY, "on an old one")
    check.that(slowest < AT_ONCE_S, "beside %d idle ones" % many, slowest)
    for i in range(1, many, 100):
        socks[i].sendall(GOOD[5:])
        socks[i].settimeout(5)
        check.that(socks[i].recv(1000) == netstring(POLICY),
                   "the other half comes late")
    check.that(d.metrics()["mtasts_resolver_connections"] > many, "counted")
    for sock in socks:
        sock.close()
    asker.close()
    check.that(poll(lambda: d.metrics()["mtasts_resolver_connections"] == 0),
               "all are gone", d.metrics()["mtasts_resolver_connections"])


def full(w):
    """More connections than there is room for: the idlest makes room."""
    d = Daemon("full", tcp=TCP2, metrics=METRICS2,
               resolver="  max-connections: 20").start()
    socks = [socket.create_connection(("127.0.0.1", TCP2), 10)
             for _ in range(30)]
    reply, took = ask(("127.0.0.1", TCP2), "sts", "good.test")
    check.that(reply == POLICY and took < AT_ONCE_S, "when full", (reply, took))
    check.that(poll(lambda: d.metrics()[
        "mtasts_resolver_connections_full_total"] >= 10), "room was made")
    for sock in socks:
        sock.close()
    # All of them wait: one more is turned away at once, not left hanging.
    w.lie("_mta-sts.silent.test", "TXT", "silent")
    askers = [Asker(("127.0.0.1", TCP2)) for _ in range(20)]
    for asker in askers:
        asker.send("sts", "silent.test")
    check.that(poll(lambda: d.status()["waiting"] == 20), "20 wait")
    reply, took = ask(("127.0.0.1", TCP2), "sts", "good.test")
    check.that(reply == "" and took < AT_ONCE_S, "turned away", (reply, took))
    check.that(all(a.read() == "NOTFOUND " for a in askers), "those who wait")
    check.that(d.stop() == 0, "full: ends in order")


def main():
    many = 1000 if files_max(4096) >= 4096 else 300
    w = world()
    w.domain("good.test")
    w.lie("_mta-sts.slow.test", "TXT", "slow 0.5")
    d = Daemon().start()
    check.that(d.ask("sts", "good.test")[0] == POLICY, "good")
    broken(d)
    refused(d)
    halves(d)
    slow_readers(d)
    idle(d, many)
    full(w)
    check.that(d.alive(), "lives")
    check.that(d.stop() == 0, "ends in order", d.log()[-2000:])
    return check.end()


if __name__ == "__main__":
    sys.exit(main())
