"""What systemd is to mtasts-host: holds its sockets, hears what it notifies,
starts it anew, while clients ask without end. PROGRAM CONF."""

import os
import signal
import socket
import sys
import tempfile
import threading

import wire

HOST = "mta-sts.one.example"
PROGRAM, CONF = sys.argv[1:]
CA = os.environ["CA"]
CHECKS = wire.Checks()


class Holder:
    """The sockets, and the process that has them just now."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.sockets = []
        for name in "HTTPS", "HTTP":
            sock = socket.create_server(("127.0.0.1", int(os.environ[name])),
                                        backlog=1024)
            self.sockets.append(sock)
        path = self.folder.name + "/notify"
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(path)
        self.notify.settimeout(wire.TIMEOUT_S)
        self.env = dict(os.environ, NOTIFY_SOCKET=path, LISTEN_FDS="2",
                        LISTEN_FDNAMES="https:http")
        self.pid = 0

    def start(self):
        """As systemd does: sockets from 3 on, their names in the environment."""
        self.pid = os.fork()
        if self.pid:
            return
        spare = [os.dup2(sock.fileno(), 100 + i)
                 for i, sock in enumerate(self.sockets)]
        for i, fd in enumerate(spare):
            os.dup2(fd, 3 + i)
        os.closerange(5, 200)
        self.env["LISTEN_PID"] = str(os.getpid())
        os.execve(PROGRAM, [PROGRAM, "--config", CONF], self.env)

    def hear(self, word):
        """Wait until it is notified; all that came until then."""
        heard = ""
        while word + "\n" not in heard + "\n":
            heard += self.notify.recv(4096).decode() + "\n"
        return heard

    def stop(self):
        """In order; the exit status."""
        os.kill(self.pid, signal.SIGTERM)
        self.hear("STOPPING=1")
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


class Crowd:
    """Clients that ask, each time anew."""

    def __init__(self):
        self.end = threading.Event()
        self.answers = []
        self.threads = [threading.Thread(target=self.run, args=(i,))
                        for i in range(4)]
        for thread in self.threads:
            thread.start()

    def run(self, number):
        """One client, half of them over TLS."""
        port = int(os.environ["HTTP" if number % 2 else "HTTPS"])
        ca = None if number % 2 else CA
        while not self.end.is_set():
            try:
                sock = wire.connect(port, ca, HOST)
                answer, _ = wire.ask(sock, wire.request(HOST))
                sock.close()
                self.answers.append(answer.status)
            except OSError as error:
                self.answers.append(repr(error))

    def stop(self):
        """All answers."""
        self.end.set()
        for thread in self.threads:
            thread.join()
        return self.answers


def main():
    """Start, reload, restart, end."""
    holder = Holder()
    holder.start()
    CHECKS.that("READY=1" in holder.hear("READY=1"), "ready")
    os.kill(holder.pid, signal.SIGHUP)
    heard = holder.hear("READY=1")
    CHECKS.that("RELOADING=1" in heard, "reloading", heard)
    crowd = Crowd()
    for i in range(5):
        before = len(crowd.answers)
        CHECKS.that(wire.poll(lambda n=before: len(crowd.answers) > n + 20),
                    "answers", len(crowd.answers))
        status = holder.stop()
        CHECKS.that(status == 0, "exit status %d" % i, status)
        holder.start()
        holder.hear("READY=1")
    answers = crowd.stop()
    bad = [answer for answer in answers if answer != 200]
    CHECKS.that(not bad, "every connection over 5 restarts is served", bad)
    print("%d connections, %d lost" % (len(answers), len(bad)))
    CHECKS.that(holder.stop() == 0, "ends in order")
    return CHECKS.end()


sys.exit(main())
