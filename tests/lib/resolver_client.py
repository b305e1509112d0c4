"""Clients of mtasts-resolver, good and bad: resolver_client.py NAME [WORD...]

The environment says where it is: TCP (a port of loopback), SOCK and CTL (paths
of sockets). What a client saw is printed for the test to compare. Standard
library only.
"""

import os
import selectors
import socket
import sys
import time

TIMEOUT_S = 20


def netstring(text):
    """A request or reply as a netstring."""
    data = text.encode() if isinstance(text, str) else text
    return b"%d:%s," % (len(data), data)


def connect():
    """A connection over TCP."""
    sock = socket.create_connection(("127.0.0.1", int(os.environ["TCP"])))
    sock.settimeout(TIMEOUT_S)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def connect_unix(path=None):
    """A connection over the unix socket."""
    sock = socket.socket(socket.AF_UNIX)
    sock.settimeout(TIMEOUT_S)
    sock.connect(path or os.environ["SOCK"])
    return sock


def to_end(sock):
    """All that comes until the other side closes."""
    got = b""
    while True:
        try:
            more = sock.recv(65536)
        except ConnectionError:
            return got + b" [reset]"
        if not more:
            return got
        got += more


class Reader:
    """Netstrings off a socket."""

    def __init__(self, sock):
        self.sock = sock
        self.got = b""

    def fill(self):
        """Some more bytes."""
        more = self.sock.recv(65536)
        if not more:
            raise EOFError
        self.got += more

    def one(self):
        """The next reply."""
        while b":" not in self.got:
            self.fill()
        length, rest = self.got.split(b":", 1)
        while len(rest) < int(length) + 1:
            self.fill()
            length, rest = self.got.split(b":", 1)
        size = int(length)
        if rest[size:size + 1] != b",":
            raise ValueError(rest)
        self.got = rest[size + 1:]
        return rest[:size].decode()


def ask(*questions):
    """One connection, question after question."""
    sock = connect()
    reader = Reader(sock)
    for text in questions:
        sock.sendall(netstring(text))
        print(reader.one())


def ask_unix(*questions):
    """The same over the unix socket."""
    sock = connect_unix()
    reader = Reader(sock)
    for text in questions:
        sock.sendall(netstring(text))
        print(reader.one())


def raw(text, half=""):
    """Bytes as they are (with escapes); what comes until the end."""
    sock = connect_unix()
    sock.sendall(text.encode().decode("unicode_escape").encode("latin-1"))
    if half:
        sock.shutdown(socket.SHUT_WR)
    print(to_end(sock))


def ctl(text):
    """A request to the control socket."""
    sock = connect_unix(os.environ["CTL"])
    sock.sendall(text.encode() + b"\n")
    sys.stdout.write(to_end(sock).decode())


def pipelined(count, text):
    """Many questions in one go; how many replies, and all the same?"""
    sock = connect()
    reader = Reader(sock)
    sock.sendall(netstring(text) * int(count))
    replies = [reader.one() for _ in range(int(count))]
    print(len(replies), sorted(set(replies)))


def in_order(*questions):
    """All at once; the replies in their order."""
    sock = connect()
    reader = Reader(sock)
    sock.sendall(b"".join(netstring(text) for text in questions))
    for _ in questions:
        print(reader.one())


def nuisances(count, text):
    """So many connections that each say this, and are closed."""
    closed = 0
    for _ in range(int(count)):
        with connect() as sock:
            sock.sendall(text.encode())
            closed += to_end(sock) == b""
    print("%d closed" % closed)


def in_pieces(text):
    """A byte at a time."""
    sock = connect()
    for byte in netstring(text):
        sock.sendall(bytes([byte]))
        time.sleep(0.005)
    print(Reader(sock).one())


def slow_reader(count, text):
    """Ask much, read late: the other side must not hoard replies."""
    sock = socket.socket(socket.AF_UNIX)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.connect(os.environ["SOCK"])
    sock.setblocking(False)
    data, sent = netstring(text) * int(count), 0
    stuck_at = time.monotonic() + 1
    while time.monotonic() < stuck_at and sent < len(data):
        try:
            sent += sock.send(data[sent:sent + 65536])
        except BlockingIOError:
            time.sleep(0.01)
    print("stuck" if sent < len(data) else "swallowed all")
    sock.settimeout(TIMEOUT_S)
    got = 0
    reader = Reader(sock)
    whole = len(data) // int(count)
    while got < int(count):
        while sent < len(data) and sent // whole <= got + 10:
            sent += sock.send(data[sent:sent + whole * 10])
        reader.one()
        got += 1
    print(got, "replies")


def big(size):
    """A netstring that says it is huge; bytes taken before the end."""
    sock = connect_unix()
    sock.sendall(b"%d:" % int(size))
    try:
        for _ in range(int(size) // 65536 + 1):
            sock.sendall(b"x" * 65536)
        print("swallowed")
    except (BrokenPipeError, ConnectionResetError):
        print("refused")


class Crowd:
    """Many connections, each with one question at a time."""

    def __init__(self, count):
        self.sel = selectors.DefaultSelector()
        self.socks = [connect() for _ in range(count)]
        self.replies = {}
        self.took_s = []
        for sock in self.socks:
            sock.setblocking(False)

    def ask(self, sock, text):
        """Send one question."""
        sock.send(netstring(text))
        self.sel.register(sock, selectors.EVENT_READ,
                          [b"", time.monotonic()])

    def wait(self, seconds):
        """Until all are answered, or the time is up."""
        end = time.monotonic() + seconds
        while self.sel.get_map() and time.monotonic() < end:
            for key, _ in self.sel.select(0.2):
                key.data[0] += key.fileobj.recv(65536)
                if not key.data[0].endswith(b","):
                    continue
                self.took_s.append(time.monotonic() - key.data[1])
                reply = key.data[0].split(b":", 1)[1][:-1].decode()
                self.replies[reply] = self.replies.get(reply, 0) + 1
                self.sel.unregister(key.fileobj)
        return len(self.sel.get_map())


def crowd(count, seconds, *texts):
    """Each of COUNT connections asks; %d in a text is its number."""
    people = Crowd(int(count))
    for text in texts:
        for i, sock in enumerate(people.socks):
            people.ask(sock, text.replace("%d", str(i)))
        print("unanswered", people.wait(float(seconds)))
    for reply, times in sorted(people.replies.items(),
                               key=lambda item: -item[1])[:5]:
        print(times, reply)
    print("longest", round(max(people.took_s)), "s")


def hold(count, ready, go):
    """Hold idle connections; on "go" ask on each."""
    people = Crowd(int(count))
    with open(ready, "w", encoding="ascii"):
        pass
    end = time.monotonic() + TIMEOUT_S
    while not os.path.exists(go) and time.monotonic() < end:
        time.sleep(0.05)
    answered = 0
    for sock in people.socks:
        sock.settimeout(5)
        try:
            sock.sendall(netstring("QUERY static.example"))
            Reader(sock).one()
            answered += 1
        except (OSError, EOFError):
            pass
    print("answered", answered)


def steady(seconds, go, text):
    """Ask all the time on several connections; count what went wrong."""
    socks = [connect() for _ in range(8)]
    readers = [Reader(sock) for sock in socks]
    seen, failed = {}, 0
    with open(go, "w", encoding="ascii"):
        pass
    end = time.monotonic() + float(seconds)
    while time.monotonic() < end:
        for sock in socks:
            sock.sendall(netstring(text))
        for reader in readers:
            try:
                reply = reader.one()
                seen[reply] = seen.get(reply, 0) + 1
            except (OSError, EOFError):
                failed += 1
    print("failed", failed)
    for reply in sorted(seen):
        print(reply)


globals()[sys.argv[1]](*sys.argv[2:])
