"""Socketmap questions, one answer a line: lab_ask.py ADDR:PORT MAPNAME KEY..."""

import socket
import sys


def ask(address, name, key):
    host, port = address.rsplit(":", 1)
    body = f"{name} {key}".encode()
    with socket.create_connection((host, int(port)), timeout=20) as s:
        s.sendall(b"%d:%s," % (len(body), body))
        got = b""
        while b":" not in got:
            got += s.recv(4096) or sys.exit("no answer")
        size, rest = got.split(b":", 1)
        while len(rest) <= int(size):
            rest += s.recv(65536) or sys.exit("half an answer")
        return rest[: int(size)].decode(errors="backslashreplace")


if __name__ == "__main__":
    for word in sys.argv[3:]:
        print(ask(sys.argv[1], sys.argv[2], word))
