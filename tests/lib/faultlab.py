"""mtasts-resolver and those who ask it, for tests of faults.

Daemon starts it with a configuration of its own; ask() is one question over
socketmap, Asker a connection that stays. Standard library only.
"""

import json
import os
import resource
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time

from faultworld import World
from wire import Checks, poll

DIR = os.environ["FAULT_DIR"]
BIN = os.environ["MTASTS_BIN"]
DNS, HTTPS, TCP, METRICS, TCP2, METRICS2 = (
    int(os.environ["FAULT_" + name]) for name in
    ("DNS", "HTTPS", "TCP", "METRICS", "TCP2", "METRICS2"))
# DESIGN 6, and what a loaded machine may add to a timer.
LONG_S, SHORT_S, GRACE_S = 8, 4, 0.9
CONF = """\
store: {{ url: "sqlite:{store}" }}
log: {{ level: {log} }}
dns: {{ backend: {backend}, server: ["127.0.0.1:{dns}"]{anchor} }}
fetch: {{ ca-file: "{dir}/ca/ca.pem", port: {https}, {fetch} }}
resolver:
  listen: ["127.0.0.1:{tcp}", "unix:{dir}/{name}.sock"]
  control: "{dir}/{name}.ctl"
  metrics: "127.0.0.1:{metrics}"
{resolver}
{more}
"""


def world():
    """The liars, with the ports and the certificate of this test."""
    return World(DNS, HTTPS, DIR + "/cert")


def files_max(wanted):
    """Let us and our children have so many descriptors; how many there are."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    many = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (many, hard))
    return many


class Daemon:
    """mtasts-resolver."""

    def __init__(self, name="resolver", **options):
        self.name = name
        self.tcp = options.pop("tcp", TCP)
        self.port = options.pop("metrics", METRICS)
        self.binary = options.pop("binary", BIN + "/mtasts-resolver")
        self.env = options.pop("env", {})
        self.options = {"backend": "stub", "anchor": "", "resolver": "", "log": "info",
                        "fetch": "allow-private: true", "more": "",
                        "store": "%s/store-%s" % (DIR, name)}
        self.options.update(options)
        self.conf = "%s/%s.yaml" % (DIR, name)
        self.log_path = "%s/%s.log" % (DIR, name)
        self.unix = "%s/%s.sock" % (DIR, name)
        self.process = None
        os.makedirs(self.options["store"], exist_ok=True)
        self.write_conf()

    def write_conf(self, **options):
        self.options.update(options)
        self.replace_conf(CONF.format(dir=DIR, name=self.name, dns=DNS,
                                      https=HTTPS, tcp=self.tcp,
                                      metrics=self.port, **self.options))

    def replace_conf(self, text):
        """As a whole: an empty file would be read as all that is preset."""
        with open(self.conf + ".new", "w", encoding="utf-8") as conf:
            conf.write(text)
        os.replace(self.conf + ".new", self.conf)

    def start(self, wait=True):
        """Start it; until it listens when wait."""
        log = open(self.log_path, "ab")
        self.process = subprocess.Popen(
            [self.binary, "--config", self.conf], stdin=subprocess.DEVNULL,
            stdout=log, stderr=log, env={**os.environ, **self.env})
        log.close()
        if wait and not poll(self.listens, 15, 0.01):
            sys.exit("mtasts-resolver does not start:\n" + self.log())
        return self

    def listens(self):
        if self.process.poll() is not None:
            sys.exit("mtasts-resolver ended:\n" + self.log())
        try:
            with socket.create_connection(("127.0.0.1", self.tcp), 5), \
                    socket.socket(socket.AF_UNIX) as control:
                control.connect("%s/%s.ctl" % (DIR, self.name))
                return True
        except OSError:
            return False

    def kill(self):
        self.process.kill()
        return self.process.wait()

    def stop(self):
        """End it in order; its exit status."""
        self.process.terminate()
        try:
            return self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return "does not end"

    def hup(self):
        self.process.send_signal(signal.SIGHUP)

    def alive(self):
        return self.process.poll() is None

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return log.read()

    def rss(self):
        """Resident, MiB."""
        with open("/proc/%d/status" % self.process.pid,
                  encoding="utf-8") as status:
            for line in status:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1]) // 1024
        return 0

    def metrics(self):
        """All series."""
        sock = socket.create_connection(("127.0.0.1", self.port), 10)
        sock.sendall(b"GET /metrics HTTP/1.1\r\nHost: m\r\n"
                     b"Connection: close\r\n\r\n")
        data = b""
        while more := sock.recv(65536):
            data += more
        sock.close()
        lines = data.split(b"\r\n\r\n", 1)[1].decode().splitlines()
        return {line.rsplit(" ", 1)[0]: int(float(line.rsplit(" ", 1)[1]))
                for line in lines if line and line[0] != "#"}

    def ctl(self, timeout=30, **request):
        """Ask the control socket; the lines of its answer."""
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(timeout)
            sock.connect("%s/%s.ctl" % (DIR, self.name))
            sock.sendall(json.dumps(request).encode() + b"\n")
            data = b""
            while more := sock.recv(65536):
                data += more
        return [json.loads(line) for line in data.splitlines()]

    def status(self):
        return self.ctl(do="status")[0]

    def mtasts(self, *words):
        """The command line with the daemon's configuration: status, text."""
        done = subprocess.run([BIN + "/mtasts", "--config", self.conf, *words],
                              capture_output=True, timeout=60, check=False)
        return done.returncode, (done.stdout + done.stderr).decode(
            errors="replace")

    def ask(self, name, key, timeout=15):
        return ask(self.unix, name, key, timeout)

    def flushed(self):
        """Wait until all policies are on disk; False: they never are."""
        return poll(lambda: self.metrics()["mtasts_policies_unsaved"] == 0)


def netstring(text):
    if isinstance(text, str):
        text = text.encode("latin-1")
    return b"%d:%s," % (len(text), text)


class Asker:
    """A connection of an MTA."""

    def __init__(self, address, timeout=15):
        if isinstance(address, str):
            self.sock = socket.socket(socket.AF_UNIX)
        else:
            self.sock = socket.socket()
        # A full backlog is waited for, as an MTA does; with a time limit
        # Python would not.
        self.sock.connect(address)
        self.sock.settimeout(timeout)
        self.kept = b""

    def send(self, name, key):
        self.sock.sendall(netstring("%s %s" % (name, key)))

    def read(self):
        """One reply; "" when the connection ended."""
        while True:
            size, colon, rest = self.kept.partition(b":")
            if colon and len(rest) > int(size):
                self.kept = rest[int(size) + 1:]
                return rest[:int(size)].decode("latin-1")
            try:
                more = self.sock.recv(65536)
            except ConnectionError:
                more = b""
            if not more:
                return ""
            self.kept += more

    def ask(self, name, key):
        self.send(name, key)
        return self.read()

    def close(self):
        self.sock.close()


def ask(address, name, key, timeout=15):
    """One question: the reply and how long it took."""
    began = time.monotonic()
    asker = Asker(address, timeout)
    try:
        reply = asker.ask(name, key)
    except TimeoutError:
        reply = "no answer"
    asker.close()
    return reply, time.monotonic() - began


def at_once(calls):
    """Call all of them at the same time; their results in order."""
    results = [None] * len(calls)

    def call(i):
        results[i] = calls[i]()
    threads = [threading.Thread(target=call, args=[i])
               for i in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def crowd(address, questions, seconds=30):
    """A connection for each question, all at the same time.

    Gives a (reply, seconds) for each; "" when the connection ended, None when
    nothing came.
    """
    selector = selectors.DefaultSelector()
    results = [(None, seconds)] * len(questions)
    for i, (name, key) in enumerate(questions):
        asker = Asker(address)
        asker.send(name, key)
        asker.sock.setblocking(False)
        selector.register(asker.sock, selectors.EVENT_READ,
                          (i, asker, time.monotonic()))
    end = time.monotonic() + seconds
    left = len(questions)
    while left and time.monotonic() < end:
        for key, _ in selector.select(1):
            i, asker, began = key.data
            try:
                reply = asker.read()
            except BlockingIOError:
                continue
            results[i] = reply, time.monotonic() - began
            selector.unregister(asker.sock)
            asker.close()
            left -= 1
    for key in list(selector.get_map().values()):
        key.data[1].close()
    return results


__all__ = ["Asker", "Checks", "DIR", "BIN", "Daemon", "GRACE_S", "LONG_S",
           "METRICS", "METRICS2", "SHORT_S", "TCP", "TCP2", "ask", "at_once", "crowd", "files_max",
           "netstring", "poll", "world"]
