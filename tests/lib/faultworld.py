"""A DNS server and policy hosts that do what they should not.

World() runs them in a process of their own, so that they are quick while a
test measures; its methods are called over a pipe. Standard library only.

Names have records; a name can have a lie, too (LIES). A policy host is a
domain's manner (MANNERS): each manner has an address of its own, so that it
can misbehave before TLS has told for whom it is.
"""

import asyncio
import multiprocessing
import os
import random
import socket
import ssl
import struct
import threading
import time

A, NS, CNAME, SOA, MX, TXT, AAAA, DNSKEY, TLSA = 1, 2, 5, 6, 15, 16, 28, 48, 52
TYPES = {"A": A, "CNAME": CNAME, "MX": MX, "TXT": TXT, "AAAA": AAAA,
         "DNSKEY": DNSKEY, "TLSA": TLSA}
POLICY = "version: STSv1\r\nmode: %s\r\nmx: mx.%s\r\nmax_age: %d\r\n"
UDP_MAX = 1232


def wire(name):
    """A name as DNS writes it; labels are latin-1, "\\." is a dot."""
    out = b""
    for label in name.replace("\\.", "\0").split("."):
        label = label.replace("\0", ".").encode("latin-1")
        out += bytes([len(label)]) + label
    return out.rstrip(b"\0") + b"\0"


def txt(text):
    """The strings of a TXT record."""
    if isinstance(text, str):
        text = text.encode("latin-1")
    parts = [text[i:i + 255] for i in range(0, len(text), 255)] or [b""]
    return b"".join(bytes([len(p)]) + p for p in parts)


def rdata(kind, value):
    """A record's data from its text."""
    if kind == TXT:
        return txt(value)
    if kind == A:
        return socket.inet_aton(value)
    if kind == AAAA:
        return socket.inet_pton(socket.AF_INET6, value)
    if kind == MX:
        preference, host = value.split(" ", 1)
        return struct.pack(">H", int(preference)) + wire(host)
    if kind == CNAME:
        return wire(value)
    return value


def record(name, kind, data, ttl=300):
    """A whole record."""
    return (wire(name) + struct.pack(">HHIH", kind, 1, ttl, len(data)) + data)


class Query:
    """A question, and the parts of an answer to it."""

    def __init__(self, data):
        self.id, self.flags = struct.unpack(">HH", data[:4])
        at, labels = 12, []
        while data[at]:
            labels.append(data[at + 1:at + 1 + data[at]].decode("latin-1"))
            at += 1 + data[at]
        self.name = ".".join(labels).lower()
        self.kind = struct.unpack(">H", data[at + 1:at + 3])[0]
        self.question = data[12:at + 5]

    def answer(self, records, rcode=0, ad=False, tc=False, soa=False,
               question=None, id_=None):
        """The bytes of an answer."""
        flags = 0x8180 | rcode | (0x20 if ad else 0) | (0x200 if tc else 0)
        extra = []
        if soa:
            zone = self.name.split(".")[-1]
            extra = [record(zone, SOA, wire("ns." + zone) + wire("x." + zone) +
                            struct.pack(">IIIII", 1, 2, 3, 4, 60), 60)]
        return (struct.pack(">HHHHHH", self.id if id_ is None else id_, flags,
                            1, len(records), len(extra), 0) +
                (question or self.question) + b"".join(records + extra))


class Dns:
    """One UDP and TCP server."""

    def __init__(self, counts):
        self.records, self.lies, self.counts = {}, {}, counts
        self.secure = set()
        self.known = {}
        self.dead = False

    def truth(self, q):
        """The answer by the records."""
        ad = any(q.name == s or q.name.endswith("." + s) for s in self.secure)
        found = self.records.get((q.name, q.kind))
        if found:
            return q.answer([record(q.name, q.kind, r) for r in found], ad=ad)
        known = any((q.name, t) in self.records for t in TYPES.values())
        return q.answer([], rcode=0 if known else 3, ad=ad, soa=True)

    def serve(self, data, send, tcp):
        """Deal with one message; send(bytes) any number of times."""
        try:
            q = Query(data)
        except (IndexError, struct.error):
            return
        self.counts["dns %s %d" % (q.name, q.kind)] = self.counts.get(
            "dns %s %d" % (q.name, q.kind), 0) + 1
        if self.dead == "servfail":
            send(q.answer([], rcode=2))
        if self.dead:
            return
        lie = self.lies.get((q.name, q.kind))
        if lie is None:
            lie = self.lies.get((q.name, None))
        if lie is not None:
            words = lie.split()
            LIES[words[0]](self, q, send, tcp, *words[1:])
            return
        answer = self.truth(q)
        if not tcp and len(answer) > UDP_MAX:
            answer = q.answer([], tc=True)
        send(answer)


def many(q, texts):
    """TXT records of the name that was asked for."""
    return q.answer([record(q.name, TXT, txt(t)) for t in texts])


def in_full(q, send, tcp, answer):
    """Over TCP; over UDP only that it is too long."""
    send(answer if tcp else q.answer([], tc=True))


def later(dns, q, send, tcp, seconds):
    """A forwarder that must find out first; then it knows."""
    now = time.monotonic()
    known = dns.known.setdefault((q.name, q.kind), now + float(seconds))
    asyncio.get_running_loop().call_later(max(0, known - now), send,
                                          dns.truth(q))


def chain(q, length):
    """CNAMEs that end nowhere."""
    names = [q.name] + ["c%d.loop.test" % i for i in range(length)]
    return q.answer([record(a, CNAME, wire(b))
                     for a, b in zip(names, names[1:])])


def other_question(dns, q, send, tcp):
    """An answer to something that nobody asked."""
    send(q.answer([record("evil.test", q.kind, txt("v=STSv1; id=1;"))],
                  question=wire("evil.test") + struct.pack(">HH", q.kind, 1)))


def other_id(dns, q, send, tcp):
    """Answers that guess the number, all of them wrong."""
    for i in range(1, 50):
        send(q.answer([record(q.name, q.kind, txt("v=STSv1; id=1;"))],
                      id_=(q.id + i) % 65536))


def other_owner(dns, q, send, tcp):
    """The right question, and a record of another name."""
    send(q.answer([record("_mta-sts.evil.test", q.kind,
                          txt("v=STSv1; id=1;"))]))


def long_txt(dns, q, send, tcp):
    """One record of nearly 64 KiB; it is a whole message then."""
    in_full(q, send, tcp, many(q, ["v=STSv1; id=1; x=" + "y" * 64900]))


def garbage(dns, q, send, tcp):
    send(struct.pack(">H", q.id) + bytes(random.randbytes(200)))


def bad_length(dns, q, send, tcp):
    """A record that says it goes on behind the message's end."""
    answer = many(q, ["v=STSv1; id=1;"])
    send(answer[:-16 - 1] + struct.pack(">H", 60000) + answer[-15:])


def pointer(dns, q, send, tcp):
    """A name that points at itself."""
    head = struct.pack(">HHHHHH", q.id, 0x8180, 1, 1, 0, 0) + q.question
    send(head + struct.pack(">H", 0xc000 | len(head)) +
         struct.pack(">HHIH", TXT, 1, 60, 15) + txt("v=STSv1; id=1;"))


LIES = {
    "silent": lambda dns, q, send, tcp: None,
    "slow": later,
    "servfail": lambda dns, q, send, tcp: send(q.answer([], rcode=2)),
    "refused": lambda dns, q, send, tcp: send(q.answer([], rcode=5)),
    "question": other_question,
    "id": other_id,
    "owner": other_owner,
    # More is to be had over TCP, where nothing comes.
    "truncated": lambda dns, q, send, tcp:
        None if tcp else send(q.answer([], tc=True)),
    "loop": lambda dns, q, send, tcp: send(q.answer(
        [record(q.name, CNAME, wire("c0.loop.test")),
         record("c0.loop.test", CNAME, wire(q.name))])),
    "chain": lambda dns, q, send, tcp, n: send(chain(q, int(n))),
    "txts": lambda dns, q, send, tcp, n: in_full(
        q, send, tcp, many(q, ["junk %d %s" % (i, "x" * 40)
                               for i in range(int(n))] + ["v=STSv1; id=1;"])),
    "records": lambda dns, q, send, tcp, n: in_full(
        q, send, tcp, many(q, ["v=STSv1; id=%d;" % i
                               for i in range(int(n))])),
    "long": long_txt,
    "garbage": garbage,
    "rdlength": bad_length,
    "pointer": pointer,
    "head": lambda dns, q, send, tcp: send(
        struct.pack(">HHHHHH", q.id, 0x8180, 0, 0, 0, 0)),
}


class Udp(asyncio.DatagramProtocol):
    """DNS over UDP."""

    def __init__(self, dns):
        self.dns = dns

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        self.dns.serve(data, lambda b: self.transport.sendto(b, addr), False)


async def over_tcp(dns, reader, writer):
    """DNS over TCP."""
    try:
        while True:
            size = struct.unpack(">H", await reader.readexactly(2))[0]
            dns.serve(await reader.readexactly(size),
                      lambda b: writer.write(struct.pack(">H", len(b)) + b),
                      True)
    except (asyncio.IncompleteReadError, OSError):
        writer.close()


# ---- policy hosts ----

# Writes of an endless answer: far more than anybody should take.
ENDLESS = 2000
HEAD = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"


def whole(body):
    return (HEAD + "Content-Length: %d\r\n\r\n%s" %
            (len(body), body)).encode("latin-1")


async def taken(w):
    """Wait until the client takes more; let others have their turn."""
    await w.drain()
    await asyncio.sleep(0)


async def good(w, policy):
    w.write(whole(policy))


async def no_head(w, policy):
    w.write(b"HTTP/1.1 200 O")
    await asyncio.sleep(60)


async def half_head(w, policy):
    w.write(HEAD.encode())
    await asyncio.sleep(60)


async def trickle(w, policy):
    w.write((HEAD + "Content-Length: %d\r\n\r\n" % len(policy)).encode())
    for byte in policy.encode():
        w.write(bytes([byte]))
        await w.drain()
        await asyncio.sleep(1)


async def trickle_head(w, policy):
    for byte in whole(policy):
        w.write(bytes([byte]))
        await w.drain()
        await asyncio.sleep(1)


async def endless(w, policy):
    w.write((HEAD + "\r\n" + policy).encode())
    for _ in range(ENDLESS):
        w.write(b"x: " + b"y" * 65000 + b"\n")
        await taken(w)


async def endless_chunks(w, policy):
    w.write((HEAD + "Transfer-Encoding: chunked\r\n\r\n").encode())
    for _ in range(ENDLESS):
        w.write(b"1\r\n\n\r\n" * 5000)
        await taken(w)


async def endless_head(w, policy):
    w.write(HEAD.encode())
    for _ in range(ENDLESS):
        w.write(b"X-More: " + b"y" * 65000)
        await taken(w)


async def many_fields(w, policy):
    w.write((HEAD + "".join("X-%d: y\r\n" % i for i in range(10000)) +
             "Content-Length: %d\r\n\r\n%s" % (len(policy), policy)).encode())


async def too_long(w, policy):
    w.write((HEAD + "Content-Length: 99999999999\r\n\r\n" + policy).encode())


async def longer(w, policy):
    w.write((HEAD + "Content-Length: %d\r\n\r\n%s" %
             (len(policy) + 5, policy)).encode())


async def shorter(w, policy):
    w.write((HEAD + "Content-Length: %d\r\n\r\n%s" %
             (len(policy) - 5, policy)).encode())


async def negative(w, policy):
    w.write((HEAD + "Content-Length: -1\r\n\r\n" + policy).encode())


async def two_lengths(w, policy):
    w.write((HEAD + "Content-Length: %d\r\nContent-Length: 5\r\n\r\n%s" %
             (len(policy), policy)).encode())


async def zipped(w, policy):
    import gzip
    body = gzip.compress(policy.encode())
    w.write((HEAD + "Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" %
             len(body)).encode() + body)


async def redirect(w, policy):
    w.write(("HTTP/1.1 301 Moved\r\nLocation: https://mta-sts.target.test/\r\n"
             "Content-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s" %
             (len(policy), policy)).encode())


async def nothing(w, policy):
    pass


# Those without TLS first: what they do with a connection.
async def tls_silent(w, policy):
    await asyncio.sleep(60)


async def tls_none(w, policy):
    w.write(b"HTTP/1.1 400 This is no TLS\r\n\r\n")


async def tls_half(w, policy):
    """The beginning of a handshake record, a byte a second."""
    w.write(b"\x16\x03\x03\x40\x00\x02")
    for _ in range(60):
        await asyncio.sleep(1)
        w.write(b"\0")
        await w.drain()


PLAIN = {"tls-silent": tls_silent, "tls-none": tls_none, "tls-half": tls_half}
MANNERS = {
    "good": good, "no-head": no_head, "half-head": half_head,
    "trickle": trickle, "trickle-head": trickle_head, "endless": endless,
    "endless-chunks": endless_chunks, "endless-head": endless_head,
    "many-fields": many_fields, "too-long": too_long, "longer": longer,
    "shorter": shorter, "negative": negative, "two-lengths": two_lengths,
    "gzip": zipped, "redirect": redirect, "nothing": nothing,
}
# Where nobody listens, and where nobody accepts.
ADDRESS = {"refused": "127.0.3.1", "tcp-silent": "127.0.3.2"}
for i, manner in enumerate([*PLAIN, *MANNERS]):
    ADDRESS[manner] = "127.0.4.%d" % (i + 1)


class Hosts:
    """All policy hosts."""

    def __init__(self, port, cert, counts):
        self.port, self.cert, self.counts = port, cert, counts
        self.policies = {}
        self.late = 0
        self.down = False
        self.full = []

    def count(self, what):
        self.counts[what] = self.counts.get(what, 0) + 1

    async def listen(self):
        """Open all addresses."""
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(self.cert + "/fullchain.pem",
                            self.cert + "/privkey.pem")
        for name, act in PLAIN.items():
            await asyncio.start_server(self.handler(name, act, False),
                                       ADDRESS[name], self.port)
        for name, act in MANNERS.items():
            await asyncio.start_server(
                self.handler(name, act, True), ADDRESS[name], self.port,
                ssl=tls, ssl_handshake_timeout=60, backlog=4096)
        # A backlog of none, and full.
        deaf = socket.socket()
        deaf.bind((ADDRESS["tcp-silent"], self.port))
        deaf.listen(0)
        self.full = [deaf]
        for _ in range(4):
            sock = socket.socket()
            sock.setblocking(False)
            sock.connect_ex((ADDRESS["tcp-silent"], self.port))
            self.full.append(sock)

    def handler(self, name, act, tls):
        """What asyncio calls for a connection."""
        async def handle(reader, writer):
            self.count("connections " + name)
            try:
                await self.talk(name, act if tls else None, reader, writer,
                                act)
            except (OSError, asyncio.IncompleteReadError,
                    asyncio.LimitOverrunError):
                pass
            finally:
                self.count("ended " + name)
                writer.close()
        return handle

    async def talk(self, name, tls, reader, writer, act):
        """Read a request over TLS, then misbehave."""
        host = ""
        if self.down:
            return
        if tls is not None:
            head = await reader.readuntil(b"\r\n\r\n")
            for line in head.decode("latin-1").split("\r\n"):
                if line.lower().startswith("host:"):
                    host = line[5:].strip().split(":")[0]
            self.count("requests " + host)
        policy = self.policies.get(host[len("mta-sts."):], "")
        if self.late:
            await asyncio.sleep(self.late)
        await act(writer, policy)
        await writer.drain()


class Server:
    """What the pipe reaches; every method runs in the loop."""

    def __init__(self, dns_port, https_port, cert):
        self.counts = {}
        self.dns = Dns(self.counts)
        self.hosts = Hosts(https_port, cert, self.counts)
        self.dns_port = dns_port

    async def listen(self):
        loop = asyncio.get_running_loop()
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        sock.bind(("127.0.0.1", self.dns_port))
        await loop.create_datagram_endpoint(lambda: Udp(self.dns), sock=sock)
        await asyncio.start_server(
            lambda r, w: over_tcp(self.dns, r, w), "127.0.0.1", self.dns_port)
        await self.hosts.listen()

    def rr(self, name, kind, *values):
        self.dns.records[name, TYPES[kind]] = [
            rdata(TYPES[kind], v) for v in values]

    def unrr(self, name, kind):
        self.dns.records.pop((name, TYPES[kind]), None)

    def lie(self, name, kind, what):
        key = name, TYPES.get(kind)
        if what is None:
            self.dns.lies.pop(key, None)
        else:
            self.dns.lies[key] = what

    def secure(self, suffix):
        self.dns.secure.add(suffix)

    def dead(self, dns, hosts):
        """No servers any more; dns may be "servfail", too."""
        self.dns.dead, self.hosts.down = dns, hosts

    def late(self, seconds):
        self.hosts.late = seconds

    def domain(self, name, manner="good", id_="1", mode="enforce",
               max_age=86400, policy=None):
        """A mail domain with one MX, a record and a policy host."""
        if policy is None:
            policy = POLICY % (mode, name, max_age)
        self.hosts.policies[name] = policy
        self.rr(name, "MX", "10 mx." + name)
        self.rr("mx." + name, "A", "127.0.5.1")
        self.rr("_mta-sts." + name, "TXT", "v=STSv1; id=%s;" % id_)
        self.rr("mta-sts." + name, "A", ADDRESS[manner])

    def domains(self, names):
        for name in names:
            self.domain(name)

    def count(self, what):
        return self.counts.get(what, 0)

    def all_counts(self):
        return dict(self.counts)


def run(pipe, args):
    """The process."""
    server = Server(*args)

    def serve(loop):
        while True:
            try:
                name, words, named = pipe.recv()
            except EOFError:
                os._exit(0)
            done = threading.Event()
            result = []

            def act():
                try:
                    result.append((True, getattr(server, name)(*words,
                                                               **named)))
                except Exception as why:  # told to who asked
                    result.append((False, repr(why)))
                done.set()
            loop.call_soon_threadsafe(act)
            done.wait()
            pipe.send(result[0])

    async def main():
        await server.listen()
        threading.Thread(target=serve, daemon=True,
                         args=[asyncio.get_running_loop()]).start()
        pipe.send((True, None))
        await asyncio.Event().wait()
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        pass


class World:
    """Server's methods, from another process. It ends with its maker."""

    def __init__(self, dns_port, https_port, cert):
        self.pipe, theirs = multiprocessing.Pipe()
        self.process = multiprocessing.Process(
            target=run, args=[theirs, [dns_port, https_port, cert]],
            daemon=True)
        self.process.start()
        theirs.close()
        self.result()

    def result(self):
        if not self.pipe.poll(30):
            self.process.kill()
            raise RuntimeError("the world does not answer")
        good_, value = self.pipe.recv()
        if not good_:
            raise RuntimeError(value)
        return value

    def __getattr__(self, name):
        def call(*words, **named):
            self.pipe.send((name, words, named))
            return self.result()
        return call
