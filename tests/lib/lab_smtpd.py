"""STARTTLS sinks: MX hosts that take every message and write down how it came.

lab_smtpd.py CONFIG LOG

CONFIG has one sink a line: ADDRESS NAME CERTIFICATE-FOLDER, on port 25. The
folder is "-" for a host without STARTTLS. LOG gets one JSON object a line per message and
one per handshake that failed. "ready" is printed when all of them listen.
"""

import json
import socket
import socketserver
import ssl
import sys
import threading

LOCK = threading.Lock()


def record(**what):
    with LOCK, open(sys.argv[2], "a", encoding="utf-8") as log:
        log.write(json.dumps(what) + "\n")


def context(folder):
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(folder + "/fullchain.pem", folder + "/privkey.pem")
    tls.sni_callback = lambda conn, name, _: setattr(conn, "asked", name)
    return tls


class Session(socketserver.BaseRequestHandler):
    """One connection: as little of RFC 5321 as a sender needs."""

    def say(self, *lines):
        head = [line.replace(" ", "-", 1) for line in lines[:-1]]
        text = "\r\n".join([*head, lines[-1], ""])
        self.conn.sendall(text.encode())

    def start_tls(self):
        self.say("220 go ahead")
        try:
            self.conn = self.server.tls.wrap_socket(self.conn, server_side=True)
        except (ssl.SSLError, OSError) as why:
            record(mx=self.server.name, failed=str(why))
            return False
        self.lines = self.conn.makefile("rb")
        self.tls = self.conn.version()
        self.sni = getattr(self.conn, "asked", None)
        return True

    def greet(self):
        words = ["250 sink.example", "250 8BITMIME", "250 SMTPUTF8"]
        if self.server.tls and not self.tls:
            words.append("250 STARTTLS")
        self.say(*words)

    def data(self):
        self.say("354 end with a dot")
        for line in self.lines:
            if line.rstrip(b"\r\n") == b".":
                break
        record(
            mx=self.server.name,
            rcpt=self.rcpt,
            tls=self.tls,
            sni=self.sni,
        )
        self.rcpt = []
        self.say("250 taken")

    def handle(self):
        self.conn = self.request
        self.lines = self.conn.makefile("rb")
        self.tls = self.sni = None
        self.rcpt = []
        self.say("220 sink.example ESMTP")
        while line := self.lines.readline():
            word = line.strip().decode(errors="replace")
            verb = word[:4].upper()
            if verb == "EHLO":
                self.greet()
            elif verb == "STAR" and self.server.tls and not self.tls:
                if not self.start_tls():
                    return
            elif verb == "DATA":
                self.data()
            elif verb == "QUIT":
                self.say("221 bye")
                return
            else:
                if verb == "RCPT":
                    self.rcpt.append(word[word.find("<") + 1 : word.find(">")])
                self.say("250 ok")

    def finish(self):
        self.lines.close()
        self.conn.close()


class Sink(socketserver.ThreadingTCPServer):
    """One address that listens."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, address, name, folder):
        if ":" in address:
            self.address_family = socket.AF_INET6
        self.tls = None if folder == "-" else context(folder)
        self.name = name
        super().__init__((address, 25), Session)

    def handle_error(self, request, client_address):
        record(mx=self.name, failed=str(sys.exc_info()[1]))


def main():
    with open(sys.argv[1], encoding="utf-8") as config:
        sinks = [Sink(*line.split()) for line in config if line.strip()]
    threads = [threading.Thread(target=s.serve_forever) for s in sinks]
    for thread in threads:
        thread.start()
    print("ready", flush=True)
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
