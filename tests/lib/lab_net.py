"""Brings loopback up and gives it more addresses: lab_net.py [IPV6...]"""

import fcntl
import socket
import struct
import sys

SIOCGIFINDEX, SIOCGIFFLAGS, SIOCSIFFLAGS = 0x8933, 0x8913, 0x8914
SIOCSIFADDR = 0x8916
IFF_UP = 1

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
    request = struct.pack("16sH14x", b"lo", 0)
    flags = struct.unpack("16sH14x", fcntl.ioctl(s, SIOCGIFFLAGS, request))[1]
    fcntl.ioctl(s, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", flags | IFF_UP))
    request = struct.pack("16si12x", b"lo", 0)
    index = struct.unpack("16si12x", fcntl.ioctl(s, SIOCGIFINDEX, request))[1]

with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as s:
    for address in sys.argv[1:]:
        raw = socket.inet_pton(socket.AF_INET6, address)
        fcntl.ioctl(s, SIOCSIFADDR, struct.pack("16sIi", raw, 128, index))
