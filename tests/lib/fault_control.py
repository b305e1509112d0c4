"""The control socket: who may change things, and what is no request."""

import json
import os
import socket
import sys

from faultlab import *  # noqa: F403

POLICY = "OK secure match=mx.good.test servername=hostname"
NOBODY = 65534
check = Checks()


def raw(d, data, end=True, seconds=8):
    """Send bytes; the answer's lines, or what it is."""
    sock = socket.socket(socket.AF_UNIX)
    sock.settimeout(seconds)
    sock.connect(DIR + "/resolver.ctl")
    got = b""
    try:
        sock.sendall(data)
        if end:
            sock.shutdown(socket.SHUT_WR)
    except OSError:
        pass
    try:
        while more := sock.recv(65536):
            got += more
    except ConnectionError:
        pass
    except TimeoutError:
        got = b"no end"
    sock.close()
    return got


def garbage(d):
    """One line with an error, or the end; never silence."""
    table = {
        "nothing": b"", "no json": b"hello\n", "half": b"{\"do\":\"sta",
        "array": b"[1,2]\n", "number": b"7\n", "deep": b"[" * 60000 + b"\n",
        "unknown": b"{\"do\":\"explode\"}\n", "no do": b"{}\n",
        "do is none": b"{\"do\":{}}\n", "nul": b"\0" * 1000 + b"\n",
        "long": b"{\"do\":\"" + b"x" * 1000000 + b"\"}\n",
        "utf-8": b"{\"do\":\"\xff\xfe\"}\n", "crlf": b"\r\n\r\n",
        "no key": b"{\"do\":\"query\"}\n",
        "key of no kind": b"{\"do\":\"query\",\"key\":[]}\n",
        "odd key": b"{\"do\":\"query\",\"key\":\"\\u0000\\u001b[2J\"}\n",
        "long key": b"{\"do\":\"query\",\"key\":\"" + b"x" * 60000 + b"\"}\n",
        "no map": b"{\"do\":\"reply\",\"key\":\"good.test\"}\n",
        "odd map": b"{\"do\":\"reply\",\"key\":\"a\",\"map\":\"x y\"}\n",
        "no domain": b"{\"do\":\"show\"}\n",
        "odd domain": b"{\"do\":\"show\",\"domain\":\"../..\"}\n",
        "purge nothing": b"{\"do\":\"purge\"}\n",
        "purge no": b"{\"do\":\"purge\",\"all\":\"yes\"}\n",
        "http": b"GET /metrics HTTP/1.1\r\n\r\n",
    }
    results = at_once([lambda b=b: raw(d, b) for b in table.values()])
    for name, got in zip(table, results):
        lines = got.splitlines()
        if name == "nothing" or got == b"":
            check.that(name in ("nothing", "half", "long"), name, got)
            continue
        try:
            last = json.loads(lines[-1])
        except (ValueError, IndexError):
            check.that(False, name, got[:300])
            continue
        check.that(last.get("end") is True, name, last)
        told = last.get("error") or json.loads(lines[0]).get("error")
        check.that(isinstance(told, str), name + ": error", got[:300])
        check.that(all(32 <= c for c in got.replace(b"\n", b"")), name, got)
    check.that(d.ask("sts", "good.test")[0] == POLICY, "garbage: answers")
    check.that(d.status()["policies"] == 1, "garbage: nothing was purged",
               d.status())


def crowded(d):
    """Connections that ask nothing do not lock the administrator out for
    longer than they may take."""
    socks = []
    for _ in range(40):
        sock = socket.socket(socket.AF_UNIX)
        sock.connect(DIR + "/resolver.ctl")
        socks.append(sock)
    check.that(d.ask("sts", "good.test")[0] == POLICY, "crowded: answers")

    def served():
        try:
            return d.status()["policies"] == 1
        except (OSError, LookupError, ValueError):
            return False
    check.that(poll(served, 10, 0.2), "crowded: in time")
    for sock in socks:
        sock.close()


def unprivileged(d):
    """Another user: may look when the socket lets him, never change."""
    if os.getuid() != 0:
        print("left out: a second user takes root")
        return
    code, text = as_nobody(d, "status")
    check.that(code != 0 and "rmission" in text, "0660 keeps him out", text)
    os.chmod(DIR + "/resolver.ctl", 0o666)
    for request in ({"do": "purge", "all": True},
                    {"do": "purge", "domain": "good.test"},
                    {"do": "refresh", "domain": "good.test"},
                    {"do": "query", "key": "good.test", "renew": True}):
        code, text = as_nobody(d, request)
        check.that("root" in text and '"end":true' in text.replace(" ", ""),
                   "may not", (request, text))
    code, text = as_nobody(d, {"do": "status"})
    check.that('"policies"' in text, "may look", text)
    check.that(d.status()["policies"] == 1, "nothing was purged")
    check.that("purged" not in d.log(), "no purge in the log")


def as_nobody(d, request):
    """Ask as another user: exit status, text."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            words = request if isinstance(request, dict) else {"do": request}
            sock = socket.socket(socket.AF_UNIX)
            sock.settimeout(8)
            sock.connect(DIR + "/resolver.ctl")
            sock.sendall(json.dumps(words).encode() + b"\n")
            while more := sock.recv(65536):
                os.write(write, more)
            os._exit(0)
        except OSError as why:
            os.write(write, str(why).encode())
            os._exit(1)
    os.close(write)
    _, status = os.waitpid(child, 0)
    text = os.read(read, 1 << 20).decode()
    os.close(read)
    return os.waitstatus_to_exitcode(status), text


def main():
    w = world()
    w.domain("good.test")
    d = Daemon().start()
    check.that(d.ask("sts", "good.test")[0] == POLICY, "good")
    os.chmod(DIR, 0o755)
    garbage(d)
    crowded(d)
    unprivileged(d)
    told = d.ctl(do="purge", domain="good.test")
    check.that(told[0] == {"purged": 1}, "root may", told)
    check.that(d.status()["policies"] == 0, "purged")
    check.that("uid=%d" % os.getuid() in d.log(), "who did it is told")
    check.that(d.stop() == 0, "ends in order", d.log()[-2000:])
    return check.end()


if __name__ == "__main__":
    sys.exit(main())
