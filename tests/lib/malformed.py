"""The rows of host_malformed.sh against one port: PORT plain|CA PIECES."""

import re
import sys

import wire

HOST = "mta-sts.one.example"


def unescape(text):
    """The bytes that a row means."""
    text = re.sub(r"\{(.+?)\*(\d+)\}",
                  lambda m: m.group(1) * int(m.group(2)), text)
    data = text.encode("latin-1")
    return re.sub(rb"\\(x..|[rnt0\\])", lambda m: {
        b"r": b"\r", b"n": b"\n", b"t": b"\t", b"0": b"\0", b"\\": b"\\",
    }.get(m.group(1)) or bytes([int(m.group(1)[1:], 16)]), data)


def send(sock, data, pieces):
    """In so many pieces; the peer may have heard enough half-way."""
    step = max(1, len(data) // pieces)
    try:
        for i in range(0, len(data), step):
            sock.sendall(data[i:i + step])
    except OSError:
        pass


def check(checks, port, ca, pieces, row):
    """One row on a connection of its own."""
    what, want, text = row.rstrip("\n").split("\t", 2)
    what = "%s, %s, %d pieces" % (what, "TLS" if ca else "plain", pieces)
    words = want.split()
    head_only = words[0] == "head"
    statuses = [200 if w == "head" else int(w) for w in words if w != "close"]
    sock = wire.connect(port, ca, HOST if ca else None)
    send(sock, unescape(text), pieces)
    answer, kept = wire.read(sock, head_only=head_only)
    checks.that(answer.status in statuses, what + ": " + want, answer.status)
    mx = re.findall(rb"mx: (\S+)", answer.body)
    good = [b"mx.one.example"] if answer.status == 200 else []
    checks.that(mx == ([] if head_only else good), what + ": body", mx)
    if "close" in words:
        checks.that(answer.closed or wire.ended(sock, kept),
                    what + ": closed", kept)
    elif answer.status:
        # It goes on: the next request is understood.
        answer, kept = wire.ask(sock, wire.request(HOST))
        checks.that(b"mx: mx.one.example" in answer.body,
                    what + ": goes on", answer.status)
    sock.close()


def main():
    """All rows."""
    port, ca, pieces = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    checks = wire.Checks()
    for row in sys.stdin:
        check(checks, port, None if ca == "plain" else ca, pieces, row)
    return checks.end()


sys.exit(main())
