"""Asks a DNS server one question: SERVER PORT NAME TYPE udp|tcp.

Prints the answer's rcode and flags, then one line per record; "no answer" when
none comes.
"""

import socket
import struct
import sys

TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "MX": 15, "TXT": 16,
         "AAAA": 28, "TLSA": 52, "CAA": 257}
RCODES = {0: "NOERROR", 2: "SERVFAIL", 3: "NXDOMAIN", 5: "REFUSED"}


def name(message, at):
    """The name at an offset, and the offset behind it."""
    labels, behind = [], None
    while message[at]:
        if message[at] >= 192:
            behind = behind or at + 2
            at = struct.unpack(">H", message[at:at + 2])[0] & 0x3FFF
            continue
        labels.append(message[at + 1:at + 1 + message[at]].decode())
        at += 1 + message[at]
    return ".".join(labels) or ".", behind or at + 1


def text(message, at, kind, length):
    """The data of a record."""
    data = message[at:at + length]
    if kind in (2, 5):
        return name(message, at)[0]
    if kind == 15:
        return "%d %s" % (struct.unpack(">H", data[:2])[0],
                          name(message, at + 2)[0])
    if kind == 16:
        strings = []
        while data:
            strings.append(data[1:1 + data[0]].decode())
            data = data[1 + data[0]:]
        return "|".join(strings)
    if kind == 1:
        return socket.inet_ntoa(data)
    if kind == 257:
        tag = data[2:2 + data[1]].decode()
        return "%d %s %s" % (data[0], tag, data[2 + data[1]:].decode())
    return data.hex()


def exchange(server, port, query, tcp):
    """Send the question, return the answer."""
    kind = socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM
    with socket.socket(socket.AF_INET, kind) as s:
        s.settimeout(1)
        s.connect((server, port))
        if not tcp:
            s.send(query)
            return s.recv(65535)
        s.sendall(struct.pack(">H", len(query)) + query)
        answer = b""
        while len(answer) < 2 or \
                len(answer) < 2 + struct.unpack(">H", answer[:2])[0]:
            part = s.recv(65535)
            if not part:
                raise OSError("closed")
            answer += part
        return answer[2:]


def main():
    server, port, wanted, kind, way = sys.argv[1:]
    labels = b"".join(bytes([len(p)]) + p.encode() for p in wanted.split("."))
    query = struct.pack(">6H", 4711, 0x0120, 1, 0, 0, 1) + labels + b"\0" + \
        struct.pack(">HH", TYPES[kind], 1) + b"\0" + \
        struct.pack(">HHIH", 41, 1232, 0, 0)
    try:
        message = exchange(server, int(port), query, way == "tcp")
    except OSError:
        print("no answer")
        return
    ident, flags, _, answers, _, _ = struct.unpack(">6H", message[:12])
    # The question comes back letter for letter.
    assert ident == 4711 and message[12:12 + len(labels)] == labels
    words = [RCODES[flags & 15]]
    words += [w for bit, w in ((0x400, "AA"), (0x80, "RA"), (0x20, "AD"))
              if flags & bit]
    print(" ".join(words))
    at = 12 + len(labels) + 5
    for _ in range(answers):
        _, at = name(message, at)
        number, _, _, length = struct.unpack(">HHIH", message[at:at + 10])
        kind = [k for k, v in TYPES.items() if v == number][0]
        print(kind, text(message, at + 10, number, length))
        at += 10 + length


main()
