"""A client that does what no client should: for tests of mtasts-host.

connect() opens a socket, over TLS with an authority to trust; ask() sends
bytes and read() reads one answer. Standard library only.
"""

import socket
import ssl
import time

TIMEOUT_S = 10
PATH = "/.well-known/mta-sts.txt"


class Answer:
    """One answer; status 0: the connection was closed without one."""

    def __init__(self):
        self.status = 0
        self.fields = {}
        self.body = b""
        self.closed = False
        self.head = b""


def connect(port, ca=None, sni=None, source=None, address="127.0.0.1",
            context=None):
    """Connect; with ca (a file) or a context over TLS."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.settimeout(TIMEOUT_S)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if source:
        sock.bind((source, 0))
    try:
        sock.connect((address, port))
        if context is None and ca is not None:
            context = ssl.create_default_context(cafile=ca)
        if context is not None:
            context.check_hostname = False
            sock = context.wrap_socket(sock, server_hostname=sni)
    except OSError:
        sock.close()
        raise
    return sock


def request(host, path=PATH, method="GET", more=""):
    """The bytes of a good request."""
    return ("%s %s HTTP/1.1\r\nHost: %s\r\n%s\r\n" %
            (method, path, host, more)).encode()


def receive(sock):
    """Some bytes; b"" at the end, however it came."""
    try:
        return sock.recv(65536)
    except (ConnectionError, ssl.SSLError):
        return b""


def read(sock, kept=b"", head_only=False):
    """One answer; what came behind it is in the second result."""
    answer = Answer()
    while b"\r\n\r\n" not in kept:
        more = receive(sock)
        if not more:
            answer.closed = True
            return answer, kept
        kept += more
    answer.head, kept = kept.split(b"\r\n\r\n", 1)
    lines = answer.head.decode("latin-1").split("\r\n")
    answer.status = int(lines[0].split(" ")[1])
    for line in lines[1:]:
        name, value = line.split(": ", 1)
        answer.fields[name.lower()] = value
    length = 0 if head_only else int(answer.fields["content-length"])
    while len(kept) < length:
        more = receive(sock)
        if not more:
            answer.closed = True
            break
        kept += more
    answer.body = kept[:length]
    return answer, kept[length:]


def ended(sock, kept=b""):
    """Does the peer end now, without another byte?"""
    return not kept and receive(sock) == b""


def ask(sock, data):
    """Send, and read one answer. The peer may stop listening half-way."""
    try:
        sock.sendall(data)
    except (ConnectionError, ssl.SSLError):
        pass
    return read(sock)


def metric(port, name):
    """The value of a series, labels included; None when there is none."""
    sock = connect(port)
    answer, _ = ask(sock, request("metrics", "/metrics"))
    sock.close()
    for line in answer.body.decode().splitlines():
        if line.startswith(name + " "):
            return int(line[len(name) + 1:])
    return None


def poll(what, seconds=TIMEOUT_S, every=0.02):
    """Wait until what() holds; False when it never does."""
    end = time.monotonic() + seconds
    while not what():
        if time.monotonic() > end:
            return False
        time.sleep(every)
    return True


class Checks:
    """Counts; a failed check is printed and the test goes on."""

    def __init__(self):
        self.good = 0
        self.bad = 0

    def that(self, holds, what, seen=""):
        """One check."""
        if holds:
            self.good += 1
            return
        self.bad += 1
        print("not ok: %s; seen: %s" % (what, seen), flush=True)

    def end(self):
        """The exit status."""
        print("%d checks held, %d failed" % (self.good, self.bad),
              flush=True)
        return 1 if self.bad else 0
