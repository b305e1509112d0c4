"""A provider of DNS with a REST API, for the test of docs/examples/push-hook.sh.

fakedns_api.py PORT TOKEN ZONE STATE: answers as Cloudflare's version 4 does, as far
as the example asks; the records are kept in STATE as JSON. Standard library only.
"""

import http.server
import json
import sys
import urllib.parse

PORT, TOKEN, ZONE, STATE = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]


def load():
    """The records by id."""
    try:
        with open(STATE, encoding="utf-8") as f:
            return json.load(f)
    except FileNotFoundError:
        return {}


def save(records):
    """Keep them."""
    with open(STATE, "w", encoding="utf-8") as f:
        json.dump(records, f)


class Api(http.server.BaseHTTPRequestHandler):
    """One request."""

    def say(self, result=None, error=None):
        """The one form of all answers."""
        body = json.dumps({
            "success": error is None, "result": result,
            "errors": [] if error is None else [{"message": error}],
        }).encode()
        self.send_response(200 if error is None else 403)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def handle_all(self):
        """By method and path."""
        url = urllib.parse.urlparse(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        if self.headers.get("Authorization") != "Bearer " + TOKEN:
            return self.say(error="Authentication error")
        records = load()
        if url.path == "/zones":
            found = query.get("name") == ZONE
            return self.say([{"id": "z1"}] if found else [])
        if self.command == "GET":
            return self.say([
                dict(r, id=i) for i, r in records.items()
                if r["name"] == query["name"] and r["type"] == query["type"]])
        if self.command == "POST":
            records[str(max([0] + [int(i) for i in records]) + 1)] = \
                json.loads(body)
        else:
            records.pop(url.path.rsplit("/", 1)[1])
        save(records)
        return self.say({})

    do_GET = do_POST = do_DELETE = handle_all

    def log_message(self, *args):
        """Nothing of it."""


http.server.HTTPServer(("127.0.0.1", PORT), Api).serve_forever()
