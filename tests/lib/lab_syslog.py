"""What programs say to /dev/log goes into a file: lab_syslog.py SOCKET FILE"""

import os
import re
import socket
import sys

with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
    s.bind(sys.argv[1])
    os.chmod(sys.argv[1], 0o666)
    with open(sys.argv[2], "a", encoding="utf-8") as log:
        while True:
            line = s.recv(65536).decode(errors="backslashreplace")
            log.write(re.sub(r"^<\d+>", "", line).rstrip("\n\0") + "\n")
            log.flush()
