"""Brings loopback up and gives it more addresses

lab_net.py IPV4-PREFIX/24 [IPV6...]: all 256 addresses of the prefix are local.
"""

import fcntl
import socket
import struct
import sys

SIOCGIFINDEX, SIOCGIFFLAGS, SIOCSIFFLAGS = 0x8933, 0x8913, 0x8914
SIOCSIFADDR, SIOCSIFNETMASK = 0x8916, 0x891C
IFF_UP = 1

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
    request = struct.pack("16sH14x", b"lo", 0)
    flags = struct.unpack("16sH14x", fcntl.ioctl(s, SIOCGIFFLAGS, request))[1]
    fcntl.ioctl(s, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", flags | IFF_UP))
    for code, text in (
        (SIOCSIFADDR, sys.argv[1].split("/")[0]),
        (SIOCSIFNETMASK, "255.255.255.0"),
    ):
        raw = socket.inet_aton(text)
        address = struct.pack("HH4s8x", socket.AF_INET, 0, raw)
        fcntl.ioctl(s, code, struct.pack("16s16s", b"lo:1", address))
    request = struct.pack("16si12x", b"lo", 0)
    index = struct.unpack("16si12x", fcntl.ioctl(s, SIOCGIFINDEX, request))[1]

with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as s:
    for address in sys.argv[2:]:
        raw = socket.inet_pton(socket.AF_INET6, address)
        fcntl.ioctl(s, SIOCSIFADDR, struct.pack("16sIi", raw, 128, index))
