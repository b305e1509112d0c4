"""Speaks SMTP in the clear: ADDRESS PORT NAME LINE..., or ADDRESS PORT hold.

Sends the lines and prints all that comes until the server closes or is quiet
for a second. "hold" says that it is connected, and waits for the end.
"""

import socket
import sys


def main():
    address, port, *words = sys.argv[1:]
    with socket.create_connection((address, int(port)), timeout=10) as s:
        if words == ["hold"]:
            print("connected", flush=True)
            s.settimeout(60)
            s.recv(1)
            return
        got = s.recv(65536)
        for line in words[1:]:
            s.sendall(line.encode() + b"\r\n")
        s.settimeout(1)
        try:
            while True:
                part = s.recv(65536)
                if not part:
                    break
                got += part
        except OSError:
            pass
    sys.stdout.write(got.decode(errors="replace"))


main()
