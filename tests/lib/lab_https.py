"""Policy hosts that are wrong: by SNI, each with a certificate and a manner.

lab_https.py ADDRESS PORT CONFIG

CONFIG has one host a line: NAME CERTIFICATE-FOLDER MANNER POLICY-FILE, where
MANNER is good, 404, redirect, html or slow. CONFIG is read again for every
connection, so that a test can change a host. "ready" is printed when it
listens.
"""

import http.server
import ssl
import sys
import time


def hosts():
    with open(sys.argv[3], encoding="utf-8") as config:
        return {w[0]: w[1:] for w in map(str.split, config) if w}


def choose(conn, name, _):
    """choose - the certificate of the host that was asked for"""
    known = hosts().get(name)
    if known is None:
        return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
    conn.context = context(known[0])
    return None


def context(folder):
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(folder + "/fullchain.pem", folder + "/privkey.pem")
    return tls


class Handler(http.server.BaseHTTPRequestHandler):
    """One request; the path does not matter."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        _, manner, path = hosts()[self.headers["Host"].split(":")[0]]
        with open(path, "rb") as policy:
            body = policy.read()
        status = {"404": 404, "redirect": 302}.get(manner, 200)
        kind = "text/html" if manner == "html" else "text/plain"
        if manner == "slow":
            time.sleep(60)
        self.send_response(status)
        if status == 302:
            self.send_header("Location", self.path + "?again")
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(http.server.ThreadingHTTPServer):
    """TLS in the thread of the connection, so that nobody holds up others."""

    def __init__(self, address):
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.sni_callback = choose
        super().__init__(address, Handler)

    def finish_request(self, request, client_address):
        with self.tls.wrap_socket(request, server_side=True) as conn:
            super().finish_request(conn, client_address)

    def handle_error(self, request, client_address):
        print(client_address, sys.exc_info()[1], flush=True)


if __name__ == "__main__":
    server = Server((sys.argv[1], int(sys.argv[2])))
    print("ready", flush=True)
    server.serve_forever()
