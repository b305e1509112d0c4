"""A certification authority that only has faults; see tests/e2e/acme_refuse.sh

  acme_ca.py PORT CERT KEY FAULT

FAULT is hang (connections are taken, nothing is said), error (status 500 for
everything), limit (a directory, nonces, and then: too many), nonsense (a
directory that is no JSON).
"""
import http.server
import json
import socket
import ssl
import sys

PORT, CERT, KEY, FAULT = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
BASE = "https://localhost:%d" % PORT


class Ca(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def say(self, status, body, kind="application/json"):
        data = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Replay-Nonce", "bm9uY2Utb2YtdGhlLWxhYm9yYXRvcnk")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def handle_any(self):
        length = int(self.headers.get("Content-Length") or 0)
        self.rfile.read(length)
        if FAULT == "error":
            self.say(500, "out of order", "text/plain")
        elif FAULT == "nonsense":
            self.say(200, "<html>Welcome</html>", "text/html")
        elif self.path == "/dir":
            self.say(200, json.dumps({
                "newNonce": BASE + "/nonce", "newAccount": BASE + "/account",
                "newOrder": BASE + "/order", "revokeCert": BASE + "/revoke",
                "keyChange": BASE + "/key"}))
        elif self.path == "/nonce":
            self.say(204, "")
        else:
            self.say(429, json.dumps({
                "type": "urn:ietf:params:acme:error:rateLimited",
                "detail": "too many registrations for this address",
                "status": 429}, indent=4), "application/problem+json")

    do_GET = do_HEAD = do_POST = handle_any

    def log_message(self, *args):
        pass


if FAULT == "hang":
    listener = socket.create_server(("127.0.0.1", PORT), backlog=64)
    kept = []
    listener.settimeout(300)
    try:
        while True:
            kept.append(listener.accept())
    except socket.timeout:
        pass
else:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", PORT), Ca)
    server.daemon_threads = True
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERT, KEY)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.serve_forever()
