"""A DNS server for tests of mtasts-resolver: fakedns.py PORT ZONE LOG [ADDRESS]

ZONE is read anew for every question; a line is NAME TYPE DATA, "#" begins a
comment. TXT data is one string, MX data a host, A data an address, TLSA data
"USAGE SELECTOR TYPE HEX". Data "silent" is no answer at all, "servfail" a
failure. A name without a line does not exist. Every answer says AD, as from a
validating resolver; every question is a line of LOG: TYPE NAME. Standard
library only.
"""

import socket
import struct
import sys

TYPES = {1: "A", 15: "MX", 16: "TXT", 28: "AAAA", 48: "DNSKEY", 52: "TLSA"}
TTL_S = 300
AD_ANSWER = 0x85a0


def name_bytes(name):
    """A name on the wire."""
    return b"".join(bytes([len(label)]) + label.encode()
                    for label in name.split(".") if label) + b"\0"


def rdata(kind, data):
    """The data of a record on the wire."""
    if kind == "TXT":
        return bytes([len(data)]) + data.encode()
    if kind == "MX":
        return struct.pack(">H", 10) + name_bytes(data)
    if kind == "A":
        return socket.inet_aton(data)
    usage, selector, matching, digest = data.split()
    return bytes([int(usage), int(selector), int(matching)]) + \
        bytes.fromhex(digest)


def read_zone(path):
    """Data by name and type; and the names that exist."""
    zone, names = {}, set()
    with open(path, encoding="ascii") as lines:
        for line in lines:
            field = line.split("#")[0].split(None, 2)
            if len(field) == 3:
                zone.setdefault((field[0], field[1]), []).append(
                    field[2].strip())
                names.add(field[0])
    return zone, names


def question(packet):
    """Name, type and the bytes of the question."""
    labels, at = [], 12
    while packet[at]:
        labels.append(packet[at + 1:at + 1 + packet[at]].decode("ascii"))
        at += packet[at] + 1
    kind = struct.unpack(">H", packet[at + 1:at + 3])[0]
    return ".".join(labels).lower(), TYPES.get(kind, "?"), packet[12:at + 5]


def soa():
    """The SOA of the root, for negative answers."""
    return b"\0" + struct.pack(">HHI", 6, 1, TTL_S) + struct.pack(
        ">H", 22) + b"\0\0" + struct.pack(">IIIII", 1, 1, 1, 1, TTL_S)


def answer(packet, zone, names):
    """The answer to a packet, or None."""
    name, kind, asked = question(packet)
    data = zone.get((name, kind), [])
    if "silent" in data or ("silent" in zone.get((name, "any"), [])):
        return None
    rcode = 2 if "servfail" in data else 0
    if not data and name not in names and name:
        rcode = 3
    if rcode == 2:
        data = []
    head = packet[:2] + struct.pack(">HHHHH", AD_ANSWER | rcode, 1, len(data),
                                    0 if data or rcode == 2 else 1, 0)
    records = b"".join(
        b"\xc0\x0c" + struct.pack(
            ">HHIH", {v: k for k, v in TYPES.items()}[kind], 1, TTL_S,
            len(rdata(kind, item))) + rdata(kind, item) for item in data)
    return head + asked + (
        records if data or rcode == 2 else soa())


def main():
    """Answer until somebody ends it."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
    address = sys.argv[4] if len(sys.argv) > 4 else "127.0.0.1"
    sock.bind((address, int(sys.argv[1])))
    with open(sys.argv[3], "a", encoding="ascii", buffering=1) as log:
        while True:
            packet, client = sock.recvfrom(4096)
            name, kind, _ = question(packet)
            log.write("%s %s\n" % (kind, name))
            reply = answer(packet, *read_zone(sys.argv[2]))
            if reply:
                sock.sendto(reply, client)


main()
